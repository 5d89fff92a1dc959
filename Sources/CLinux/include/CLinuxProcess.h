#ifndef DMAKE_CLINUX_PROCESS_H
#define DMAKE_CLINUX_PROCESS_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/types.h>

enum { DMAKE_SPAWN_PLACES = 5 };

struct dmake_limit {
  int resource;
  rlim_t soft;
  rlim_t hard;
};

/* What a child does between clone(2) and execve(2). Everything is prepared by the parent: the child must not
   allocate, lock or call what is not async-signal-safe, since it shares the parent's memory until it executes. */
struct dmake_spawn {
  /* Tried in this order, as execvp(3) would; ends with a null pointer. */
  char *const *executables;
  char *const *arguments;
  char *const *environment;
  /* Null: the parent's. */
  const char *folder;
  /* Becomes stdin, stdout and, where `errors` is -1, stderr. */
  int input;
  int output;
  int errors;
  /* Becomes descriptor 3; -1: there is none. */
  int connection;
  /* Descriptors of the parent's for this use, the lowest that it has, each open to anything. The child begins with a
     table that ends behind them: to copy one of thousands, and to close it on execution, takes most of a start. */
  const int *places;
  /* The child writes "PID START-TIME\n" here, at this offset, before it can outlive the parent; -1: it is not recorded
     and outlives the parent at once. */
  int record;
  off_t record_offset;
  /* The folder of the control group of version 2 in which the child is born (CLONE_INTO_CGROUP of clone3(2)), or into
     which it moves before it does anything else where the kernel refuses that; -1: the parent's. */
  int cgroup;
  /* Applied if `changes_user` is set. */
  int changes_user;
  uid_t user;
  gid_t group;
  const gid_t *groups;
  size_t group_count;
  /* The soft limit of open files that the child gets, before `limits`. */
  uint64_t open_file_limit;
  const struct dmake_limit *limits;
  size_t limit_count;
  mode_t umask;
  int nice;
  int no_new_privileges;
  /* Whether the child is killed when the parent dies, also once its record stands. */
  int dies_with_parent;
  /* Whether the child goes on before its parent does where they share a processor: the kernel would let the parent, which
     waited until the program was executed, go first. */
  int goes_first;
  /* Whether it becomes the child of init, or of the next subreaper (prctl(2)): its number is not answered then. */
  int detaches;
};

/* What the child was doing when it failed. */
enum dmake_spawn_step {
  DMAKE_SPAWN_CLONE = 1,
  DMAKE_SPAWN_SESSION,
  DMAKE_SPAWN_STREAMS,
  DMAKE_SPAWN_LIMITS,
  DMAKE_SPAWN_USER,
  DMAKE_SPAWN_FOLDER,
  DMAKE_SPAWN_RECORD,
  DMAKE_SPAWN_EXECUTE,
  DMAKE_SPAWN_GROUP,
};

struct dmake_spawned {
  pid_t pid;
  int pidfd;
  /* 0, or why there is no process. */
  int error;
  enum dmake_spawn_step step;
};

/* Starts a process in a session of its own, with default signal dispositions and no descriptor but 0, 1 and 2.

   Call it from one thread that lives as long as the process does: until the child has written its record, it dies
   with that thread (PR_SET_PDEATHSIG). So at every instant either no child outlives its parent or its pid and start
   time stand in the record. Returns after the child has executed or failed. */
struct dmake_spawned dmake_spawn_process(const struct dmake_spawn *request);

/* Makes this process the parent of all its descendants whose own parents end (PR_SET_CHILD_SUBREAPER of prctl(2)). */
int dmake_adopt_orphans(void);

/* pidfd_open(2) and pidfd_send_signal(2), which glibc of Debian 12 declares only for C. -1 and errno on failure. */
int dmake_pidfd_open(pid_t pid);
int dmake_pidfd_signal(int pidfd, int signal);

/* Waits for the child of a pidfd without blocking: 1 with its `code` (CLD_EXITED, CLD_KILLED, CLD_DUMPED) and `status`,
   0 if it still runs, -1 and errno (ECHILD: it is not this process's child). With `keep` it stays a zombie. */
int dmake_pidfd_wait(int pidfd, int keep, int *code, int *status);

/* By how many microseconds the clock may be wrong at most, as adjtimex(2) tells; -1 where it does not. */
int64_t dmake_clock_error(int *is_synchronised);

struct dmake_peer {
  pid_t pid;
  uid_t user;
};

/* SO_PEERCRED of unix(7), whose structure glibc shows only to GNU sources. -1 and errno on failure. */
int dmake_socket_peer(int socket, struct dmake_peer *peer);

/* timerfd_create(2) by CLOCK_BOOTTIME, and its absolute time; 0 disarms it. -1 and errno on failure. */
int dmake_boot_timer(void);
int dmake_boot_timer_set(int timer, int64_t nanoseconds);

/* Takes one datagram from a socket without waiting; its length, or -1 and errno. Descriptors that came with it are
   closed, which is what their sender waits for (sd_notify_barrier(3)). */
ssize_t dmake_receive_notice(int socket, char *text, size_t room);

#endif
