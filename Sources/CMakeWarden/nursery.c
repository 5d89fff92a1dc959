#define _GNU_SOURCE
#include "nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// The nursery is forked from a process with many threads and never calls exec, so it makes async-signal-safe calls
// alone, and its buffers are static. Only the nursery touches them; the caller's copies are never paged in.

enum { REQUEST_LIMIT_BYTES = 128 << 10, STRING_LIMIT = 4096, ENDS = 3 };

/// Begins a request for a warden. Behind it are the plan's strings, each with its NUL: file, folder, scratch, then
/// arguments and environment. A request to collect a warden is its process number and nothing else.
struct request {
  uint64_t file_size_limit_bytes;
  uint64_t memory_limit_bytes;
  int32_t confinement;
  uint32_t argument_count;
  uint32_t environment_count;
};

struct answer {
  pid_t warden;
  int32_t error;
};

union control {
  char bytes[CMSG_SPACE(ENDS * sizeof(int))];
  struct cmsghdr alignment;
};

/// The next string of a request, or NULL if it has no further one.
static char *next_string(char **at, const char *end) {
  char *string = *at, *nul = memchr(string, 0, (size_t)(end - string));
  if (!nul) return NULL;
  *at = nul + 1;
  return string;
}

static int read_plan(char *bytes, size_t count, struct warden_plan *plan) {
  static char *strings[STRING_LIMIT + 2];
  struct request request;
  if (count < sizeof request) return EINVAL;
  memcpy(&request, bytes, sizeof request);
  if (request.argument_count > STRING_LIMIT || request.environment_count > STRING_LIMIT - request.argument_count)
    return E2BIG;
  char *at = bytes + sizeof request;
  const char *end = bytes + count;
  *plan = (struct warden_plan){
      .file_size_limit_bytes = request.file_size_limit_bytes,
      .memory_limit_bytes = request.memory_limit_bytes,
      .confinement = request.confinement,
      .file = next_string(&at, end),
      .folder = next_string(&at, end),
      .scratch = next_string(&at, end),
      .arguments = strings,
      .environment = strings + request.argument_count + 1};
  for (uint32_t i = 0; i < request.argument_count; i++) strings[i] = next_string(&at, end);
  strings[request.argument_count] = NULL;
  for (uint32_t i = 0; i < request.environment_count; i++) plan->environment[i] = next_string(&at, end);
  plan->environment[request.environment_count] = NULL;
  return plan->file && plan->folder && plan->scratch ? 0 : EINVAL;
}

/// Takes a request; answers its size, or less than one when the caller is gone. Without descriptors the ends are -1.
static ssize_t receive_request(int caller, char *bytes, struct warden_ends *ends) {
  union control control;
  struct iovec vector = {.iov_base = bytes, .iov_len = REQUEST_LIMIT_BYTES};
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t count;
  do count = recvmsg(caller, &message, MSG_CMSG_CLOEXEC);
  while (count < 0 && errno == EINTR);
  *ends = (struct warden_ends){-1, -1, -1};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (count > 0 && header && header->cmsg_len == CMSG_LEN(sizeof *ends)) memcpy(ends, CMSG_DATA(header), sizeof *ends);
  return count;
}

static _Noreturn void run_nursery(int caller) {
  static char bytes[REQUEST_LIMIT_BYTES];
  setsid();
  prctl(PR_SET_NAME, "dmake-nursery");
  for (int number = 1; number < NSIG; number++) signal(number, number == SIGCHLD ? SIG_DFL : SIG_IGN);
  struct warden_ends ends;
  ssize_t count;
  while ((count = receive_request(caller, bytes, &ends)) > 0) {
    if (count == sizeof(pid_t)) {
      pid_t warden;
      memcpy(&warden, bytes, sizeof warden);
      waitpid(warden, NULL, 0);
      continue;
    }
    struct warden_plan plan;
    struct answer answer = {.warden = -1, .error = read_plan(bytes, (size_t)count, &plan)};
    if (answer.error == 0) {
      answer.warden = _Fork();
      if (answer.warden == 0) run_warden(&plan, ends);
      if (answer.warden < 0) answer.error = errno;
    }
    close(ends.output);
    close(ends.lifeline);
    close(ends.status);
    if (send(caller, &answer, sizeof answer, MSG_NOSIGNAL) < 0) break;
  }
  _exit(0);
}

/// Closes everything but the socket: a copy of the caller's pipes here would keep them open.
static int keep_only(int socket) {
  int kept = fcntl(socket, F_DUPFD_CLOEXEC, 3);
  if (kept < 0) _exit(126);
  for (int stream = 0; stream < 3; stream++) close(stream);
  // Pipes that come later must not get the numbers of the standard streams.
  if (open("/dev/null", O_RDWR) != 0 || dup(0) != 1 || dup(0) != 2) _exit(126);
  if (kept > 3) close_range(3, (unsigned)kept - 1, 0);
  close_range((unsigned)kept + 1, ~0U, 0);
  return kept;
}

// The caller's side. One asks at a time: an answer is told from others only by its turn.
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int nursery = -1;
static pid_t nursery_process = -1;

static int open_nursery(void) {
  if (nursery >= 0) return 0;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  // Without fork's handlers: nothing of the C library's state is used in the child.
  pid_t child = _Fork();
  if (child == 0) run_nursery(keep_only(ends[1]));
  int error = errno;
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return error;
  }
  nursery = ends[0];
  nursery_process = child;
  return 0;
}

/// It was killed, or does not keep to its part.
static void close_nursery(void) {
  close(nursery);
  kill(nursery_process, SIGKILL);
  while (waitpid(nursery_process, NULL, 0) < 0 && errno == EINTR) {}
  nursery = -1;
}

static int append(char *bytes, size_t *count, const char *string) {
  size_t size = strlen(string) + 1;
  if (size > REQUEST_LIMIT_BYTES - *count) return E2BIG;
  memcpy(bytes + *count, string, size);
  *count += size;
  return 0;
}

static int write_plan(const struct warden_plan *plan, char *bytes, size_t *count) {
  struct request request = {
      .file_size_limit_bytes = plan->file_size_limit_bytes,
      .memory_limit_bytes = plan->memory_limit_bytes,
      .confinement = plan->confinement};
  *count = sizeof request;
  int error = append(bytes, count, plan->file);
  if (error == 0) error = append(bytes, count, plan->folder);
  if (error == 0) error = append(bytes, count, plan->scratch);
  for (char **string = plan->arguments; error == 0 && *string; string++, request.argument_count++)
    error = append(bytes, count, *string);
  for (char **string = plan->environment; error == 0 && *string; string++, request.environment_count++)
    error = append(bytes, count, *string);
  memcpy(bytes, &request, sizeof request);
  return error;
}

static int send_request(char *bytes, size_t count, struct warden_ends ends) {
  union control control;
  struct iovec vector = {.iov_base = bytes, .iov_len = count};
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  *header = (struct cmsghdr){
      .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof ends)};
  memcpy(CMSG_DATA(header), &ends, sizeof ends);
  ssize_t sent;
  do sent = sendmsg(nursery, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == (ssize_t)count ? 0 : errno;
}

/// Sends a request to the nursery that is there, or to a new one if it was killed: then it did not get the request.
static int deliver(char *bytes, size_t count, struct warden_ends ends) {
  int error = open_nursery();
  if (error == 0) error = send_request(bytes, count, ends);
  if (error != EPIPE && error != ECONNRESET) return error;
  close_nursery();
  error = open_nursery();
  return error != 0 ? error : send_request(bytes, count, ends);
}

int nursery_start_warden(const struct warden_plan *plan, struct warden_ends ends, pid_t *warden) {
  static char bytes[REQUEST_LIMIT_BYTES];
  struct answer answer = {.warden = -1};
  size_t count;
  pthread_mutex_lock(&turn);
  int error = write_plan(plan, bytes, &count);
  if (error == 0) error = deliver(bytes, count, ends);
  if (error == 0) {
    ssize_t received;
    do received = recv(nursery, &answer, sizeof answer, 0);
    while (received < 0 && errno == EINTR);
    if (received != sizeof answer) {
      // It was killed with the request. What it may have started ends with the caller's pipes, and nothing is
      // started beside it.
      close_nursery();
      answer.error = EPIPE;
    }
  }
  pthread_mutex_unlock(&turn);
  *warden = answer.warden;
  return error != 0 ? error : answer.error;
}

void nursery_collect(pid_t warden) {
  pthread_mutex_lock(&turn);
  // A nursery that is gone has left its wardens to init.
  if (nursery >= 0) send(nursery, &warden, sizeof warden, MSG_NOSIGNAL);
  pthread_mutex_unlock(&turn);
}

int warden_prepare(void) {
  pthread_mutex_lock(&turn);
  int error = open_nursery();
  pthread_mutex_unlock(&turn);
  return error;
}
