#define _GNU_SOURCE
#include "CLinuxFiles.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

int dmake_open_beneath(int folder, const char *path, uint64_t flags, uint64_t mode) {
  struct open_how how = {
      .flags = flags,
      .mode = mode,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  long descriptor;
  /* EAGAIN: the kernel could not rule out a race with a rename (openat2(2)); it asks for another try. */
  int tries = 128;
  do descriptor = syscall(SYS_openat2, folder, path, &how, sizeof how);
  while (descriptor < 0 && (errno == EINTR || (errno == EAGAIN && --tries > 0)));
  return (int)descriptor;
}

ssize_t dmake_attribute(const char *path, const char *name, void *value, size_t room) {
  return getxattr(path, name, value, room);
}

int dmake_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return 0;
}
