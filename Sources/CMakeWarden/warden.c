#define _GNU_SOURCE
#include "warden.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Between fork and exec only async-signal-safe calls are made: the nursery was forked from a process with many threads,
// and any of them may have held malloc's lock at that moment.

static void write_text(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  ssize_t ignored = write(file, text, strlen(text));
  (void)ignored;
  close(file);
}

/// "ID ID 1\n" without printf, which is not async-signal-safe.
static void write_id_map(const char *path, unsigned id) {
  char digits[16];
  int start = sizeof digits;
  do digits[--start] = (char)('0' + id % 10);
  while ((id /= 10) != 0);
  char text[48];
  size_t length = sizeof digits - (size_t)start;
  memcpy(text, digits + start, length);
  text[length] = ' ';
  memcpy(text + length + 1, digits + start, length);
  memcpy(text + 2 * length + 1, " 1\n", 4);
  write_text(path, text);
}

/// Takes the network and the writing of files away. Each step may be refused (containers often forbid user
/// namespaces): answers 0, or -1 with errno.
static int confine(const char *scratch) {
  unsigned user = geteuid(), group = getegid();
  if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0) return -1;
    write_text("/proc/self/setgroups", "deny");
    write_id_map("/proc/self/uid_map", user);
    write_id_map("/proc/self/gid_map", group);
  }
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return -1;
  if (mount(scratch, scratch, NULL, MS_BIND | MS_REC, NULL) != 0) return -1;
  struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
  if (syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &read_only, sizeof read_only) != 0) return -1;
  struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};
  return (int)syscall(SYS_mount_setattr, AT_FDCWD, scratch, 0, &writable, sizeof writable);
}

static void set_limit(int resource, uint64_t bytes) {
  struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
  setrlimit((__rlimit_resource_t)resource, &limit);
}

static void run_program(const struct warden_plan *plan, int output, int errors) {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int input = open("/dev/null", O_RDONLY);
  if (input < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) goto failed;
  // The pipe for errors was made close-on-exec; everything else that the caller has open is none of make's.
  if (errors != 3 && dup3(errors, 3, O_CLOEXEC) < 0) goto failed;
  errors = 3;
  close_range(4, ~0U, 0);
  // Where memory is short the kernel is to end what the policy runs, and not who runs it.
  int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0) {
    ssize_t ignored = write(score, "1000", 4);
    (void)ignored;
    close(score);
  }
  if (plan->confinement != WARDEN_UNCONFINED && confine(plan->scratch) != 0
      && plan->confinement == WARDEN_CONFINED) {
    // Below zero, so that the caller can tell it from what exec says.
    errno = -errno;
    goto failed;
  }
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_FSIZE, plan->file_size_limit_bytes);
  if (plan->memory_limit_bytes != 0) set_limit(RLIMIT_AS, plan->memory_limit_bytes);
  if (chdir(plan->folder) != 0) goto failed;
  execve(plan->file, plan->arguments, plan->environment);
failed:;
  int error = errno;
  ssize_t ignored = write(errors, &error, sizeof error);
  (void)ignored;
  _exit(127);
}

/// Starts the program; errno through the pipe that exec closes, or 0.
static int start_program(const struct warden_plan *plan, int output, pid_t *program) {
  int errors[2];
  if (pipe2(errors, O_CLOEXEC) != 0) return errno;
  pid_t child = _Fork();
  if (child == 0) run_program(plan, output, errors[1]);
  int error = child < 0 ? errno : 0;
  close(errors[1]);
  if (child > 0 && read(errors[0], &error, sizeof error) != sizeof error) error = 0;
  close(errors[0]);
  *program = child;
  return error;
}

/// Sends SIGKILL to every child; answers how many there were.
static int kill_children(void) {
  int file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[4096];
  int killed = 0;
  pid_t pid = 0;
  ssize_t count;
  while ((count = read(file, text, sizeof text)) > 0) {
    for (ssize_t i = 0; i < count; i++) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else if (pid > 0) {
        kill(pid, SIGKILL);
        killed++;
        pid = 0;
      }
    }
  }
  close(file);
  return killed;
}

/// Kills until nobody is left: a killed child's children become ours, for this process is their subreaper.
static int clear_away(pid_t program, int *wait_status) {
  int cleared = 0;
  for (;;) {
    kill_children();
    int status;
    pid_t pid = waitpid(-1, &status, 0);
    if (pid < 0) {
      if (errno == EINTR) continue;
      return cleared;
    }
    if (pid == program) *wait_status = status;
    else cleared++;
  }
}

static void ignore_signal(int number) { (void)number; }

/// Closes everything but the three ends, which become 10, 11 and 12: neither the nursery's socket nor what it may be
/// sent later is a warden's.
static struct warden_ends keep_only(struct warden_ends ends) {
  int kept[3] = {ends.output, ends.lifeline, ends.status};
  for (int i = 0; i < 3; i++) {
    // Above the others first, so that no move overwrites one that is still needed.
    kept[i] = fcntl(kept[i], F_DUPFD_CLOEXEC, 100);
    if (kept[i] < 0) _exit(126);
  }
  for (int i = 0; i < 3; i++) {
    if (dup3(kept[i], 10 + i, O_CLOEXEC) < 0) _exit(126);
  }
  close_range(3, 9, 0);
  close_range(13, ~0U, 0);
  return (struct warden_ends){.output = 10, .lifeline = 11, .status = 12};
}

void run_warden(const struct warden_plan *plan, struct warden_ends all) {
  struct warden_ends ends = keep_only(all);
  int output = ends.output, lifeline = ends.lifeline, status = ends.status;
  setsid();
  prctl(PR_SET_NAME, "dmake-warden");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_IGN);
  // SIGCHLD must interrupt ppoll, so it needs a handler, and must not before ppoll, so it stays blocked.
  struct sigaction action = {.sa_handler = ignore_signal};
  sigaction(SIGCHLD, &action, NULL);
  sigset_t blocked, open_mask;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  sigemptyset(&open_mask);

  struct warden_end end = {0};
  pid_t program = -1;
  end.error = start_program(plan, output, &program);
  ssize_t ignored = write(status, &program, sizeof program);
  // An open end here would keep the caller from seeing that the output has ended.
  close(output);
  struct pollfd polled = {.fd = lifeline, .events = POLLIN};
  for (int running = end.error == 0; running;) {
    int child_status;
    pid_t pid;
    while ((pid = waitpid(-1, &child_status, WNOHANG)) > 0) {
      if (pid == program) {
        end.wait_status = child_status;
        running = 0;
      }
    }
    if (pid < 0 && errno == ECHILD) running = 0;
    if (running && ppoll(&polled, 1, NULL, &open_mask) > 0) running = 0;
  }
  end.leftovers = clear_away(program, &end.wait_status);
  ignored = write(status, &end, sizeof end);
  (void)ignored;
  _exit(0);
}
