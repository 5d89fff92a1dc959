/* What the benchmark programs share: a monotonic clock, failing with a reason, and medians. */
#ifndef CLOCK_H
#define CLOCK_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static inline void fail(const char *what) {
  fprintf(stderr, "benchmark: %s: %s\n", what, strerror(errno));
  exit(1);
}

static inline int compare_ns(const void *left, const void *right) {
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

/* Prints "median minimum maximum" in microseconds. */
static inline void print_microseconds(int64_t *times, int count) {
  qsort(times, count, sizeof *times, compare_ns);
  printf("%.0f %.0f %.0f\n", times[count / 2] / 1e3, times[0] / 1e3, times[count - 1] / 1e3);
}

#endif
