/* The floors: the least that the kernel and make themselves need for what DMake does.

   floor supervise PROBE FILE       runs PROBE FILE and runs it again whenever it ends
   floor relay IN OUT MAKEFILE      runs make whenever IN was replaced; MAKEFILE makes OUT from it
   floor spawn COUNT PROBE FILE     starts COUNT probes and waits for a signal
   floor copy IN OUT                replaces OUT by a copy of IN: a rule, by a program that knows what changed
   floor copies NODES PROCESSES     makes n1/p1.out of n1/p1.in and so on: all rules, by a program
   floor tree NODES PROCESSES       what DMake's tree promises of all of them, below tree/: states and configurations
                                    that are replaced as a whole, values beside, each with its folder and its time */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

extern char **environ;

static pid_t start(char **command) {
  pid_t pid;
  errno = posix_spawn(&pid, command[0], NULL, NULL, command, environ);
  if (errno) fail(command[0]);
  return pid;
}

static void supervise(char **command) {
  for (;;) waitpid(start(command), NULL, 0);
}

static void relay(char *input, char *output, char *makefile) {
  char folder[4096];
  snprintf(folder, sizeof folder, "%s", input);
  *strrchr(folder, '/') = 0;
  int watch = inotify_init1(IN_CLOEXEC);
  if (watch < 0 || inotify_add_watch(watch, folder, IN_MOVED_TO) < 0) fail(folder);
  char *command[] = {"/usr/bin/make", "-s", "-f", makefile, output, NULL};
  char events[4096];
  while (read(watch, events, sizeof events) > 0) waitpid(start(command), NULL, 0);
}

static void copy(const char *input, const char *output) {
  char text[4096], fresh[256];
  snprintf(fresh, sizeof fresh, "%s.new", output);
  int in = open(input, O_RDONLY | O_CLOEXEC);
  ssize_t length = in < 0 ? -1 : read(in, text, sizeof text);
  int out = length < 0 ? -1 : open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (out < 0 || write(out, text, length) != length || rename(fresh, output)) fail(output);
  close(in);
  close(out);
}

static void copies(int nodes, int processes) {
  char input[64], output[64];
  for (int node = 1; node <= nodes; node++) {
    for (int process = 1; process <= processes; process++) {
      snprintf(input, sizeof input, "n%d/p%d.in", node, process);
      snprintf(output, sizeof output, "n%d/p%d.out", node, process);
      copy(input, output);
    }
  }
}

/* A file as the tree keeps it: visible ones appear as a whole, all have a time of their own. */
static void place(const char *folder, const char *name, const char *text, int is_whole) {
  struct timespec times[2] = {{1000000000, 0}, {1000000000, 1000}};
  int in = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int out = openat(in, is_whole ? ".new" : name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  size_t length = strlen(text);
  if (out < 0 || write(out, text, length) != (ssize_t)length || futimens(out, times)) fail(folder);
  if (is_whole && renameat(in, ".new", in, name)) fail(folder);
  close(out);
  close(in);
}

static void make_folder(const char *path) {
  if (mkdir(path, 0755) && errno != EEXIST) fail(path);
}

static void tree(int nodes, int processes) {
  char path[128];
  make_folder("tree");
  make_folder("tree/.values");
  for (int node = 1; node <= nodes; node++) {
    snprintf(path, sizeof path, "tree/n%d", node);
    make_folder(path);
    snprintf(path, sizeof path, "tree/.values/n%d", node);
    make_folder(path);
    for (int process = 1; process <= processes; process++) {
      snprintf(path, sizeof path, "tree/n%d/p%d", node, process);
      make_folder(path);
      place(path, "state.xml", "<state><load>1</load><comment>0</comment></state>", 1);
      place(path, "config.xml", "<?xml version=\"1.0\"?>\n<config><load>1</load></config>\n", 1);
      snprintf(path, sizeof path, "tree/.values/n%d/p%d", node, process);
      make_folder(path);
      snprintf(path, sizeof path, "tree/.values/n%d/p%d/state.xml", node, process);
      make_folder(path);
      place(path, "~load", "1\n", 0);
    }
  }
}

int main(int count, char **arguments) {
  if (count == 4 && !strcmp(arguments[1], "supervise")) supervise(arguments + 2);
  if (count == 5 && !strcmp(arguments[1], "relay")) relay(arguments[2], arguments[3], arguments[4]);
  if (count == 5 && !strcmp(arguments[1], "spawn")) {
    for (int left = atoi(arguments[2]); left > 0; left--) start(arguments + 3);
    for (;;) pause();
  }
  if (count == 4 && !strcmp(arguments[1], "copy")) return copy(arguments[2], arguments[3]), 0;
  if (count == 4 && !strcmp(arguments[1], "copies")) return copies(atoi(arguments[2]), atoi(arguments[3])), 0;
  if (count == 4 && !strcmp(arguments[1], "tree")) return tree(atoi(arguments[2]), atoi(arguments[3])), 0;
  return 64;
}
