/* The floors: the least that the kernel and make themselves need for what DMake does.

   floor supervise PROBE FILE       runs PROBE FILE and runs it again whenever it ends
   floor relay IN OUT MAKEFILE      runs make whenever IN was replaced; MAKEFILE makes OUT from it
   floor spawn COUNT PROBE FILE     starts COUNT probes and waits for a signal */
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
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

int main(int count, char **arguments) {
  if (count == 4 && !strcmp(arguments[1], "supervise")) supervise(arguments + 2);
  if (count == 5 && !strcmp(arguments[1], "relay")) relay(arguments[2], arguments[3], arguments[4]);
  if (count == 5 && !strcmp(arguments[1], "spawn")) {
    for (int left = atoi(arguments[2]); left > 0; left--) start(arguments + 3);
    for (;;) pause();
  }
  return 64;
}
