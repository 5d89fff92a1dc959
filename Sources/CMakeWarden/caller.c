#define _GNU_SOURCE
#include "nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/// The pipes between caller and warden.
struct pipes {
  int output[2], lifeline[2], status[2];
};

static int open_pipes(struct pipes *pipes) {
  int *ends[3] = {pipes->output, pipes->lifeline, pipes->status};
  for (int i = 0; i < 3; i++) {
    if (pipe2(ends[i], O_CLOEXEC) == 0) continue;
    int error = errno;
    while (i-- > 0) {
      close(ends[i][0]);
      close(ends[i][1]);
    }
    return error;
  }
  return 0;
}

static void close_warden(struct warden *warden) {
  close(warden->status);
  close(warden->lifeline);
  nursery_collect(warden->pid);
}

int warden_start(const struct warden_plan *plan, struct warden *result) {
  struct pipes pipes;
  int error = open_pipes(&pipes);
  if (error != 0) return error;
  struct warden_ends ends = {
      .output = pipes.output[1], .lifeline = pipes.lifeline[0], .status = pipes.status[1]};
  *result = (struct warden){
      .status = pipes.status[0], .lifeline = pipes.lifeline[1], .output = pipes.output[0]};
  error = nursery_start_warden(plan, ends, &result->pid);
  close(ends.output);
  close(ends.lifeline);
  close(ends.status);
  fcntl(result->output, F_SETFL, O_NONBLOCK);
  if (error == 0) {
    ssize_t count;
    do count = read(result->status, &result->program, sizeof result->program);
    while (count < 0 && errno == EINTR);
    if (count == sizeof result->program) return 0;
    close_warden(result);
    error = EIO;
  } else {
    close(result->status);
    close(result->lifeline);
  }
  close(result->output);
  return error;
}

int warden_wait(struct warden *warden, struct warden_end *result) {
  ssize_t count;
  do count = read(warden->status, result, sizeof *result);
  while (count < 0 && errno == EINTR);
  close_warden(warden);
  return count == sizeof *result ? 0 : EIO;
}

int warden_exit_code(int wait_status) { return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1; }
int warden_signal(int wait_status) { return WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0; }
