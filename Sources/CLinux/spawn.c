#define _GNU_SOURCE
#include "CLinuxProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

enum { STACK_BYTES = 64 * 1024 };

struct child {
  const struct dmake_spawn *request;
  struct dmake_spawned *result;
  pid_t parent;
  /* Whether it moves into its control group by itself, since it was not born there. */
  int joins;
  /* What the child needs of its parent's descriptors stands at places below this number. */
  unsigned first_foreign;
};

static void fail(struct child *child, enum dmake_spawn_step step) {
  child->result->error = errno != 0 ? errno : EINVAL;
  child->result->step = step;
  _exit(127);
}

/* Field 22 of /proc/self/stat, which with the pid tells a process from a later one of the same number (proc(5)).
   The name in field 2 may hold anything, so fields are counted from its closing parenthesis. Returns its length. */
static size_t read_start_time(char *text, size_t limit) {
  char stat[1024];
  int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, stat, sizeof stat - 1);
  close(file);
  if (count <= 0) return 0;
  stat[count] = 0;
  char *field = strrchr(stat, ')');
  for (int number = 2; field != NULL && number < 22; number++) field = strchr(field + 1, ' ');
  if (field == NULL) return 0;
  size_t length = 0;
  for (field++; *field >= '0' && *field <= '9' && length < limit; field++) text[length++] = *field;
  return length;
}

static int write_record(const struct dmake_spawn *request) {
  char line[64];
  char digits[24];
  size_t length = 0, count = 0;
  for (long pid = getpid(); pid > 0; pid /= 10) digits[count++] = (char)('0' + pid % 10);
  while (count > 0) line[length++] = digits[--count];
  line[length++] = ' ';
  size_t start = read_start_time(line + length, 24);
  if (start == 0) return -1;
  length += start;
  line[length++] = '\n';
  return pwrite(request->record, line, length, request->record_offset) == (ssize_t)length ? 0 : -1;
}

/* The raw system call, since glibc keeps two signals from its callers which a child may inherit as ignored. All zero
   is SIG_DFL without flags, whatever the order of the kernel's fields. */
static void reset_signals(void) {
  unsigned char action[64] = {0};
  for (int number = 1; number < NSIG; number++) syscall(SYS_rt_sigaction, number, action, NULL, 8);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Raw system calls: glibc's wrappers would change the ids of the parent's threads, whose memory this is. */
static int change_user(const struct dmake_spawn *request) {
  if (!request->changes_user) return 0;
  if (syscall(SYS_setgroups, request->group_count, request->groups) != 0) return -1;
  if (syscall(SYS_setresgid, request->group, request->group, request->group) != 0) return -1;
  return (int)syscall(SYS_setresuid, request->user, request->user, request->user);
}

static void execute(struct child *child) {
  const struct dmake_spawn *request = child->request;
  int denied = 0;
  for (char *const *path = request->executables; *path != NULL; path++) {
    execve(*path, request->arguments, request->environment);
    if (errno == EACCES) denied = 1;
    else if (errno != ENOENT && errno != ENOTDIR) fail(child, DMAKE_SPAWN_EXECUTE);
  }
  if (denied) errno = EACCES;
  fail(child, DMAKE_SPAWN_EXECUTE);
}

/* Zero stands for the writer (cgroups(7)). It may take milliseconds, for which a birth in the group need not wait. */
static int join_group(const struct dmake_spawn *request) {
  int file = openat(request->cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  if (file < 0) return -1;
  int error = write(file, "0", 1) == 1 ? 0 : errno;
  close(file);
  errno = error;
  return error == 0 ? 0 : -1;
}

static int run(void *argument) {
  struct child *child = argument;
  const struct dmake_spawn *request = child->request;
  errno = 0;
  if (child->joins && join_group(request) != 0) fail(child, DMAKE_SPAWN_GROUP);
  if (syscall(SYS_close_range, child->first_foreign, ~0u, CLOSE_RANGE_UNSHARE) != 0) fail(child, DMAKE_SPAWN_STREAMS);
  if (request->detaches) {
    /* This process ends once the other one has executed, which then is nobody's to reap. */
    pid_t pid = vfork();
    if (pid < 0) fail(child, DMAKE_SPAWN_CLONE);
    if (pid > 0) _exit(0);
  }
  if (setsid() < 0) fail(child, DMAKE_SPAWN_SESSION);
  int errors = request->errors >= 0 ? request->errors : request->output;
  if (dup2(request->input, 0) < 0 || dup2(request->output, 1) < 0 || dup2(errors, 2) < 0) {
    fail(child, DMAKE_SPAWN_STREAMS);
  }
  if (request->connection >= 0) {
    /* Of one that is 3 already, the copy would still be closed on execution. */
    if (request->connection == 3 ? fcntl(3, F_SETFD, 0) < 0 : dup2(request->connection, 3) < 0) {
      fail(child, DMAKE_SPAWN_STREAMS);
    }
  }
  unsigned first = request->connection >= 0 ? 4u : 3u;
  if (syscall(SYS_close_range, first, ~0u, CLOSE_RANGE_CLOEXEC) != 0) fail(child, DMAKE_SPAWN_STREAMS);
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && request->open_file_limit <= limit.rlim_max) {
    limit.rlim_cur = request->open_file_limit;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  for (size_t number = 0; number < request->limit_count; number++) {
    const struct dmake_limit *wanted = &request->limits[number];
    struct rlimit value = {.rlim_cur = wanted->soft, .rlim_max = wanted->hard};
    if (setrlimit(wanted->resource, &value) != 0) fail(child, DMAKE_SPAWN_LIMITS);
  }
  if (request->nice != 0 && setpriority(PRIO_PROCESS, 0, request->nice) != 0) fail(child, DMAKE_SPAWN_LIMITS);
  umask(request->umask);
  if (change_user(request) != 0) fail(child, DMAKE_SPAWN_USER);
  if (request->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(child, DMAKE_SPAWN_LIMITS);
  if (request->folder != NULL && chdir(request->folder) != 0) fail(child, DMAKE_SPAWN_FOLDER);
  if (request->record < 0) {
    if (request->dies_with_parent) {
      if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(child, DMAKE_SPAWN_LIMITS);
      if (getppid() != child->parent) _exit(127);
    }
    reset_signals();
    execute(child);
  }
  /* Only now, since a change of user clears it; a parent that died before is seen by the changed parent's pid. */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(child, DMAKE_SPAWN_RECORD);
  if (getppid() != child->parent) _exit(127);
  if (write_record(request) != 0) fail(child, DMAKE_SPAWN_RECORD);
  reset_signals();
  /* The record stands: from here on the child may outlive its parent. */
  if (!request->dies_with_parent && prctl(PR_SET_PDEATHSIG, 0) != 0) fail(child, DMAKE_SPAWN_RECORD);
  execute(child);
  return 127;
}

/* clone3(2) with a function for the child, as glibc has for clone(2): a child that shares memory must not return through
   frames of its parent. -1 and errno on failure, ENOSYS where nobody has written the call for this processor. */
static pid_t clone_into(struct clone_args *arguments, int (*function)(void *), void *argument) {
#if defined(__x86_64__)
  long result;
  register int (*callee)(void *) __asm__("r8") = function;
  register void *passed __asm__("r9") = argument;
  __asm__ volatile(
    "syscall\n\t"
    "test %%rax, %%rax\n\t"
    "jnz 1f\n\t"
    "xor %%ebp, %%ebp\n\t"
    "mov %%r9, %%rdi\n\t"
    "call *%%r8\n\t"
    "mov %%eax, %%edi\n\t"
    "mov %[exit], %%eax\n\t"
    "syscall\n\t"
    "hlt\n"
    "1:"
    : "=a"(result)
    : "0"((long)SYS_clone3), "D"(arguments), "S"(sizeof *arguments), "r"(callee), "r"(passed), [exit] "i"(SYS_exit)
    : "rcx", "r11", "cc", "memory");
#elif defined(__aarch64__)
  register long number __asm__("x8") = SYS_clone3;
  register long result __asm__("x0") = (long)arguments;
  register long size __asm__("x1") = sizeof *arguments;
  register int (*callee)(void *) __asm__("x2") = function;
  register void *passed __asm__("x3") = argument;
  __asm__ volatile(
    "svc #0\n\t"
    "cbnz x0, 1f\n\t"
    "mov x29, #0\n\t"
    "mov x30, #0\n\t"
    "mov x0, x3\n\t"
    "blr x2\n\t"
    "mov x8, %[exit]\n\t"
    "svc #0\n\t"
    "brk #1\n"
    "1:"
    : "+r"(result)
    : "r"(number), "r"(size), "r"(callee), "r"(passed), [exit] "i"(SYS_exit)
    : "cc", "memory");
#else
  long result = -ENOSYS;
  (void)arguments, (void)function, (void)argument;
#endif
  if (result >= 0) return (pid_t)result;
  errno = (int)-result;
  return -1;
}

/* Kernels before 5.7 know no birth in a group, and filters of containers refuse the call because they cannot look into
   its structure (seccomp(2)). */
static int is_refusal(int error) {
  return error == ENOSYS || error == EPERM || error == EINVAL || error == E2BIG;
}

static pid_t clone_into_group(
  int group, uint64_t flags, int *pidfd, char *stack, int (*function)(void *), void *argument) {
  struct clone_args arguments = {
    .flags = flags | CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_INTO_CGROUP,
    .pidfd = (uintptr_t)pidfd,
    .exit_signal = SIGCHLD,
    .stack = (uintptr_t)stack,
    .stack_size = STACK_BYTES,
    .cgroup = (uint64_t)group,
  };
  return clone_into(&arguments, function, argument);
}

static int do_nothing(void *argument) {
  (void)argument;
  return 0;
}

enum birth { UNTRIED, POSSIBLE, IMPOSSIBLE };

/* Linux kills a child at its birth in another group when its parent's own group was killed as a whole (cgroup.kill) at
   any time before, as a service manager may do with what an earlier instance left: 6.1 and 6.18 compare the counts of
   such kills of the two groups. So a child that does nothing goes first. */
static enum birth try_birth(int group, char *stack) {
  pid_t pid = clone_into_group(group, 0, NULL, stack, do_nothing, NULL);
  if (pid < 0) return is_refusal(errno) ? IMPOSSIBLE : UNTRIED;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  return WIFEXITED(status) ? POSSIBLE : IMPOSSIBLE;
}

static pid_t clone_child(struct child *child, char *stack, int *pidfd) {
  static atomic_int birth = UNTRIED;
  const int group = child->request->cgroup;
  if (group >= 0 && atomic_load(&birth) == UNTRIED) atomic_store(&birth, try_birth(group, stack));
  if (group >= 0 && atomic_load(&birth) != IMPOSSIBLE) {
    return clone_into_group(group, CLONE_PIDFD, pidfd, stack, run, child);
  }
  child->joins = group >= 0;
  return clone(run, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | SIGCHLD, child, pidfd);
}

/* Puts what the child needs at the places, or takes it away again, so that no pipe stays open by it. */
static int take_places(struct dmake_spawn *request, unsigned *first_foreign) {
  int *wanted[DMAKE_SPAWN_PLACES] = {
    &request->input, &request->output, &request->errors, &request->connection, &request->record};
  *first_foreign = 3;
  for (int number = 0; number < DMAKE_SPAWN_PLACES; number++) {
    const int place = request->places[number];
    if ((unsigned)place >= *first_foreign) *first_foreign = (unsigned)place + 1;
    if (*wanted[number] < 0) continue;
    if (dup3(*wanted[number], place, O_CLOEXEC) < 0) return -1;
    *wanted[number] = place;
  }
  return 0;
}

static void leave_places(const struct dmake_spawn *request) {
  for (int number = 0; number < DMAKE_SPAWN_PLACES; number++) dup3(request->input, request->places[number], O_CLOEXEC);
}

struct dmake_spawned dmake_spawn_process(const struct dmake_spawn *original) {
  struct dmake_spawned result = {.pid = -1, .pidfd = -1};
  void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) {
    result.error = errno;
    result.step = DMAKE_SPAWN_CLONE;
    return result;
  }
  struct dmake_spawn moved = *original;
  const struct dmake_spawn *request = &moved;
  struct child child = {.request = request, .result = &result, .parent = getpid()};
  if (take_places(&moved, &child.first_foreign) != 0) {
    result.error = errno;
    result.step = DMAKE_SPAWN_STREAMS;
    leave_places(original);
    munmap(stack, STACK_BYTES);
    return result;
  }
  /* A handler of the parent must not run in the child, which shares its memory. */
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int pidfd = -1;
  pid_t pid = clone_child(&child, stack, &pidfd);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (request->goes_first) sched_yield();
  leave_places(original);
  munmap(stack, STACK_BYTES);
  if (pid < 0) {
    result.error = error;
    result.step = DMAKE_SPAWN_CLONE;
  } else if (result.error != 0 || request->detaches) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    close(pidfd);
  } else {
    result.pid = pid;
    result.pidfd = pidfd;
  }
  return result;
}

int64_t dmake_clock_error(int *is_synchronised) {
  struct timex clock = {.modes = 0};
  int state = adjtimex(&clock);
  if (state < 0) return -1;
  *is_synchronised = state != TIME_ERROR && !(clock.status & STA_UNSYNC);
  return clock.maxerror;
}

int dmake_socket_peer(int socket, struct dmake_peer *peer) {
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
  peer->pid = credentials.pid;
  peer->user = credentials.uid;
  return 0;
}

int dmake_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int dmake_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int dmake_pidfd_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int dmake_pidfd_wait(int pidfd, int keep, int *code, int *status) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  int flags = WEXITED | WNOHANG | (keep ? WNOWAIT : 0);
  int result;
  do result = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, flags); while (result < 0 && errno == EINTR);
  if (result < 0) return -1;
  if (info.si_pid == 0) return 0;
  *code = info.si_code;
  *status = info.si_status;
  return 1;
}
