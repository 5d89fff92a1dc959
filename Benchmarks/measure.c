/* The stop-watch: makes something happen and waits until it had its effect. Each prints the median, the least and
   the greatest time in microseconds.

   measure restart FILE TIMES         kills the process of FILE's last line; until the next one's own time stamp
   measure relay IN OUT TIMES         replaces IN by a new value; until OUT has it
   measure lines FILE COUNT           waits until FILE has COUNT lines; from the start of this program
   measure start TIMES COMMAND...     runs COMMAND to its end
   measure change FILE TIMES COMMAND... the same, with another number in FILE each time
   measure same FILE TIMES COMMAND... the same, with FILE written again as it was

   The last three also print the most memory of COMMAND or of what it ran, in KiB. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum { LIMIT_SECONDS = 120, TIMES_LIMIT = 1000 };

extern char **environ;

static char text[1 << 20];

static const char *contents(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  text[length > 0 ? length : 0] = 0;
  return text;
}

static int lines(const char *path) {
  int count = 0;
  for (const char *at = contents(path); (at = strchr(at, '\n')); at++) count++;
  return count;
}

static void pause_briefly(int64_t since) {
  if (now_ns() - since > LIMIT_SECONDS * 1000000000LL) {
    errno = ETIMEDOUT;
    fail("waiting for the effect");
  }
  usleep(200);
}

static void last_line(const char *path, int *pid, int64_t *time) {
  const char *line = contents(path), *next;
  while ((next = strchr(line, '\n')) && next[1]) line = next + 1;
  long long nanoseconds = 0;
  sscanf(line, "%d %lld", pid, &nanoseconds);
  *time = nanoseconds;
}

static void restart(const char *file, int64_t *times, int count) {
  for (int at = 0; at < count; at++) {
    int before = lines(file), pid = 0;
    int64_t started = 0;
    last_line(file, &pid, &started);
    /* Young children may be held back by a supervisor; this measures those that have lived for a while. */
    while (now_ns() - started < 1200000000LL) usleep(10000);
    int64_t killed = now_ns();
    if (pid <= 0 || kill(pid, SIGKILL)) fail("kill");
    while (lines(file) == before) pause_briefly(killed);
    last_line(file, &pid, &started);
    times[at] = started - killed;
  }
}

static void relay(const char *input, const char *output, int64_t *times, int count) {
  char fresh[4096], value[64];
  snprintf(fresh, sizeof fresh, "%s.new", input);
  for (int at = 0; at < count; at++) {
    snprintf(value, sizeof value, "<value>%lld</value>", (long long)now_ns());
    FILE *file = fopen(fresh, "w");
    if (!file) fail(fresh);
    fprintf(file, "<probe>%s</probe>\n", value);
    fclose(file);
    int64_t changed = now_ns();
    if (rename(fresh, input)) fail(input);
    while (!strstr(contents(output), value)) pause_briefly(changed);
    times[at] = now_ns() - changed;
  }
}

/* In a second of its own, for tup sees no more of a file's time. */
static void rewrite(const char *file, int is_other) {
  static time_t last;
  if (!last) last = time(NULL);
  char value[64];
  while (time(NULL) == last) usleep(10000);
  last = time(NULL);
  snprintf(value, sizeof value, "%.63s", contents(file));
  if (is_other) snprintf(value, sizeof value, "%lld\n", (long long)now_ns());
  int descriptor = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (descriptor < 0 || write(descriptor, value, strlen(value)) < 0) fail(file);
  close(descriptor);
}

/* `file` may be null. */
static void start(char **command, int64_t *times, int count, const char *file, int is_other) {
  for (int at = 0; at < count; at++) {
    if (file) rewrite(file, is_other);
    int64_t began = now_ns();
    pid_t pid;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    errno = posix_spawn(&pid, command[0], &actions, NULL, command, environ);
    if (errno) fail(command[0]);
    int status;
    waitpid(pid, &status, 0);
    times[at] = now_ns() - began;
    if (WIFEXITED(status) && !WEXITSTATUS(status)) continue;
    fprintf(stderr, "benchmark: %s failed\n", command[0]);
    exit(1);
  }
}

static long memory_kilobytes(void) {
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  return usage.ru_maxrss;
}

int main(int count, char **arguments) {
  static int64_t times[TIMES_LIMIT];
  int64_t began = now_ns();
  const char *what = count > 3 ? arguments[1] : "";
  int last = count > 3 ? atoi(arguments[count - 1]) : 0;
  if (!strcmp(what, "lines") && count == 4) {
    while (lines(arguments[2]) < last) pause_briefly(began);
    printf("%.0f\n", (now_ns() - began) / 1e3);
    return 0;
  }
  int is_change = count > 4 && (!strcmp(what, "change") || !strcmp(what, "same"));
  int repeats = !strcmp(what, "start") ? atoi(arguments[2]) : is_change ? atoi(arguments[3]) : last;
  if (repeats < 1 || repeats > TIMES_LIMIT) return 64;
  if (!strcmp(what, "restart")) restart(arguments[2], times, repeats);
  else if (!strcmp(what, "relay") && count == 5) relay(arguments[2], arguments[3], times, repeats);
  else if (!strcmp(what, "start")) start(arguments + 3, times, repeats, NULL, 0);
  else if (is_change) start(arguments + 4, times, repeats, arguments[2], !strcmp(what, "change"));
  else return 64;
  print_microseconds(times, repeats);
  if (is_change || !strcmp(what, "start")) printf("%ld\n", memory_kilobytes());
  return 0;
}
