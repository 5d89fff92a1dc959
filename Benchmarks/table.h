/* Who runs and since when: a file with a place for each child, of which the first is left free. */
#ifndef TABLE_H
#define TABLE_H

#include <stdint.h>

struct entry {
  int64_t pid;
  /* By the monotonic clock, in nanoseconds. */
  int64_t started;
};

#endif
