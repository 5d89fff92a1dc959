#define _GNU_SOURCE
#include "CLinuxProcess.h"

#include <sys/timerfd.h>

int dmake_boot_timer(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK); }

int dmake_boot_timer_set(int timer, int64_t nanoseconds) {
  struct itimerspec setting = {
      .it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000}};
  return timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, NULL);
}
