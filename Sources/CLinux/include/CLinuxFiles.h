#ifndef DMAKE_CLINUX_FILES_H
#define DMAKE_CLINUX_FILES_H

#include <stdint.h>
#include <sys/types.h>

/* Opens `path` beneath `folder` by openat2(2), which glibc of Debian 12 has no wrapper for: no `..` that leaves
   the folder, no symbolic link and no magic link in any component. Answers a descriptor, or -1 with errno. */
int dmake_open_beneath(int folder, const char *path, uint64_t flags, uint64_t mode);

/* getxattr(2), of which Swift's Glibc lacks the header: the value's length, or -1 and errno. */
ssize_t dmake_attribute(const char *path, const char *name, void *value, size_t room);

/* pipe2(2), which Swift's Glibc does not show: both ends are closed on execution, and reading never waits. -1 and errno
   on failure. */
int dmake_pipe(int ends[2]);

#endif
