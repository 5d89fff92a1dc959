/* A child to be supervised: says in one line of the file that it runs ("PID NANOSECONDS"), then waits. */
#include <fcntl.h>
#include <unistd.h>

#include "clock.h"

int main(int count, char **arguments) {
  if (count != 2) return 64;
  int file = open(arguments[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) fail(arguments[1]);
  char line[64];
  int length = snprintf(line, sizeof line, "%d %lld\n", (int)getpid(), (long long)now_ns());
  if (write(file, line, length) != length) fail(arguments[1]);
  close(file);
  for (;;) pause();
}
