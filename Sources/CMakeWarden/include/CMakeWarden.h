#ifndef CMAKEWARDEN_H
#define CMAKEWARDEN_H

#include <stdint.h>
#include <sys/types.h>

/// Whether network and writes outside of a plan's `scratch` are taken away: not at all, as far as the kernel lets us
/// (a caller that compares the tree afterwards needs no more), or else the program is not started.
enum { WARDEN_UNCONFINED, WARDEN_CONFINED_IF_POSSIBLE, WARDEN_CONFINED };

/// What a warden runs, and under which limits. Strings and arrays stay the caller's.
struct warden_plan {
  const char *file;
  char **arguments;
  char **environment;
  const char *folder;
  /// RLIMIT_FSIZE: the largest file that make or a recipe may write.
  uint64_t file_size_limit_bytes;
  /// RLIMIT_AS; 0 for none.
  uint64_t memory_limit_bytes;
  int confinement;
  const char *scratch;
};

/// A warden that runs.
struct warden {
  pid_t pid;
  /// The program's own process; what hangs below it is the program's doing.
  pid_t program;
  /// Becomes readable once nothing of the program is left; `warden_wait` reads it.
  int status;
  /// While it is open the program may run: when the caller closes it or dies, everything is killed.
  int lifeline;
  /// What the program prints, both streams in one; non-blocking.
  int output;
};

/// How it ended.
struct warden_end {
  /// As from waitpid(2).
  int32_t wait_status;
  /// errno of what kept the program from being started, negative if it was the confinement; 0 if it was started.
  int32_t error;
  /// Processes that the program had left behind and that were killed.
  int32_t leftovers;
};

/// Starts the process that wardens are forked from, if there is none. To be called while the caller is small: what it
/// holds then is copied, by reference, with each warden. Without it the first warden starts it. Answers 0 or errno.
int warden_prepare(void);

/// Starts `plan` below a process of its own, a "warden": it is the subreaper (prctl(2)) of everything that the
/// program starts, so that a daemon's double fork or setsid leads no further than to it. Arguments and environment may
/// have 4,094 strings and 128 KiB. Answers 0 or errno.
int warden_start(const struct warden_plan *plan, struct warden *result);

/// Waits until nothing is left and collects the warden. Closes `status` and
/// `lifeline`; `output` may still hold something and is the caller's to close.
int warden_wait(struct warden *warden, struct warden_end *result);

/// wait(2)'s macros, which Swift cannot see.
int warden_exit_code(int wait_status);
int warden_signal(int wait_status);

#endif
