/* A child to be supervised: writes its pid and the time at its place in a table, says that it is ready, and waits.

   child PLACE TABLE            a place is a number from 1
   child PLACE TABLE pid FILE   as a daemon whose pid stands in FILE
   child [PLACE]                as the file `run` of a service folder, so that no shell stands in between: the place is
                                the folder's name, TABLE and READY_FD (which may be missing) are in the environment */
#include <fcntl.h>
#include <unistd.h>

#include "clock.h"
#include "table.h"

static void become_daemon(const char *path) {
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid > 0) _exit(0);
  setsid();
  char text[32];
  int length = snprintf(text, sizeof text, "%d\n", (int)getpid());
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0 || write(file, text, length) != length) fail(path);
  close(file);
}

int main(int count, char **arguments) {
  char folder[4096];
  const char *place = arguments[1], *table = count > 2 ? arguments[2] : getenv("TABLE");
  if (count < 2 && getcwd(folder, sizeof folder)) place = strrchr(folder, '/') + 1;
  if (!place || !table || atoi(place) < 1) return 64;
  if (count == 5 && !strcmp(arguments[3], "pid")) become_daemon(arguments[4]);
  int file = open(table, O_WRONLY | O_CLOEXEC);
  if (file < 0) fail(table);
  struct entry entry = {.pid = getpid(), .started = now_ns()};
  if (pwrite(file, &entry, sizeof entry, atol(place) * sizeof entry) != sizeof entry) fail(table);
  close(file);
  const char *ready = count < 3 ? getenv("READY_FD") : NULL;
  if (ready && write(atoi(ready), "\n", 1) == 1) close(atoi(ready));
  for (;;) pause();
}
