/* The bare loop that supervisors are compared with, and the stop-watch for them. Times are in microseconds: the median,
   the least and the greatest.

   herd create TABLE COUNT                   an empty table
   herd supervise TABLE COUNT CHILD          runs COUNT children, and each again whenever it ends
   herd now                                  the time, for `running`
   herd running TABLE COUNT SINCE            waits until all run: how long that took
   herd restart TABLE COUNT AGE TIMES LIMIT  kills one child after another, each AGE milliseconds old: until the next
                                             one says that it runs. At most TIMES, and three when LIMIT seconds are over
   herd quarter TABLE COUNT TIMES            kills every fourth child at once: until all run again. Fails if another
                                             one's pid is not what it was
   herd end TABLE COUNT CHILD                kills those that still run */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "table.h"

enum { LIMIT_SECONDS = 120, TIMES_LIMIT = 1000, COUNT_LIMIT = 100000, OLD_MILLISECONDS = 1200 };

extern char **environ;

static volatile struct entry *map(const char *path, int count) {
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  size_t bytes = (count + 1) * sizeof(struct entry);
  if (file < 0 || ftruncate(file, bytes)) fail(path);
  volatile struct entry *table = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (table == MAP_FAILED) fail(path);
  close(file);
  return table;
}

static pid_t start(char *child, char *table, int place) {
  char number[16];
  snprintf(number, sizeof number, "%d", place);
  char *command[] = {child, number, table, NULL};
  pid_t pid;
  errno = posix_spawn(&pid, child, NULL, NULL, command, environ);
  if (errno) fail(child);
  return pid;
}

static void supervise(char *table, int count, char *child) {
  static int places[1 << 22];
  for (int place = 1; place <= count; place++) places[start(child, table, place)] = place;
  for (pid_t pid; (pid = waitpid(-1, NULL, 0)) > 0;) {
    int place = places[pid];
    places[start(child, table, place)] = place;
  }
}

/* Sleeps, since a supervisor may need both processors; children write down themselves when they began. */
static void pause_briefly(int64_t since) {
  if (now_ns() - since > LIMIT_SECONDS * 1000000000LL) {
    errno = ETIMEDOUT;
    fail("waiting for children");
  }
  usleep(1000);
}

static int64_t wait_for_all(volatile struct entry *table, int count, int64_t since) {
  int64_t last = since;
  for (int place = 1; place <= count; place++) {
    while (!table[place].pid) pause_briefly(since);
    if (table[place].started > last) last = table[place].started;
  }
  return last;
}

static void wait_for_age(volatile struct entry *entry, int milliseconds) {
  while (now_ns() - entry->started < milliseconds * 1000000LL) usleep(5000);
}

static int64_t kill_one(volatile struct entry *entry) {
  int64_t pid = entry->pid, killed = now_ns();
  if (kill(pid, SIGKILL)) fail("kill");
  while (entry->pid == pid) pause_briefly(killed);
  return entry->started - killed;
}

static int restart(volatile struct entry *table, int count, int age, int64_t *times, int limit, int seconds) {
  int64_t began = now_ns();
  /* A young child is one that was just started again. */
  int is_young = age < OLD_MILLISECONDS;
  if (is_young) kill_one(&table[1]);
  int at = 0;
  for (; at < limit && (at < 3 || now_ns() - began < seconds * 1000000000LL); at++) {
    volatile struct entry *entry = &table[is_young ? 1 : 1 + at % count];
    wait_for_age(entry, age);
    times[at] = kill_one(entry);
  }
  return at;
}

static int64_t quarter(volatile struct entry *table, int count) {
  static int64_t before[COUNT_LIMIT + 1];
  for (int place = 1; place <= count; place++) {
    before[place] = table[place].pid;
    wait_for_age(&table[place], OLD_MILLISECONDS);
  }
  int64_t killed = now_ns(), last = killed;
  for (int place = 1; place <= count; place += 4) {
    if (kill(before[place], SIGKILL)) fail("kill");
  }
  for (int place = 1; place <= count; place += 4) {
    while (table[place].pid == before[place]) pause_briefly(killed);
    if (table[place].started > last) last = table[place].started;
  }
  for (int place = 1; place <= count; place++) {
    if (place % 4 == 1 || (table[place].pid == before[place] && !kill(before[place], 0))) continue;
    fprintf(stderr, "benchmark: child %d was disturbed\n", place);
    exit(1);
  }
  return last - killed;
}

/* Only what is surely a child: a number may be another process's by now. */
static void end(volatile struct entry *table, int count, const char *child) {
  char link[64], path[4096];
  for (int place = 1; place <= count; place++) {
    snprintf(link, sizeof link, "/proc/%lld/exe", (long long)table[place].pid);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) continue;
    path[length] = 0;
    if (!strcmp(path, child)) kill(table[place].pid, SIGKILL);
  }
}

int main(int count, char **arguments) {
  static int64_t times[TIMES_LIMIT];
  const char *what = count > 1 ? arguments[1] : "";
  if (!strcmp(what, "now")) return printf("%lld\n", (long long)now_ns()) < 0;
  int places = count > 3 ? atoi(arguments[3]) : 0, repeats = 0;
  if (places < 1 || places > COUNT_LIMIT) return 64;
  volatile struct entry *table = map(arguments[2], places);
  if (!strcmp(what, "create")) {
    memset((void *)table, 0, (places + 1) * sizeof *table);
    return 0;
  }
  if (!strcmp(what, "supervise") && count == 5) supervise(arguments[2], places, arguments[4]);
  if (!strcmp(what, "end") && count == 5) return end(table, places, arguments[4]), 0;
  if (!strcmp(what, "running") && count == 5) {
    int64_t since = atoll(arguments[4]);
    times[repeats++] = wait_for_all(table, places, since) - since;
  } else if (!strcmp(what, "restart") && count == 7 && atoi(arguments[5]) <= TIMES_LIMIT) {
    repeats = restart(table, places, atoi(arguments[4]), times, atoi(arguments[5]), atoi(arguments[6]));
  } else if (!strcmp(what, "quarter") && count == 5 && atoi(arguments[4]) <= TIMES_LIMIT) {
    for (; repeats < atoi(arguments[4]); repeats++) times[repeats] = quarter(table, places);
  }
  if (!repeats) return 64;
  print_microseconds(times, repeats);
  return 0;
}
