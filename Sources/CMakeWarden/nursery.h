#ifndef NURSERY_H
#define NURSERY_H

#include "warden.h"

/// A process that forks wardens for this one.
///
/// fork(2) copies the caller's page tables, which a leader with half a million values would pay for at every run of
/// make. The nursery is forked while the caller is small, and stays as small as that.

/// Asks the nursery for a warden, starting a nursery where there is none. Answers 0 and the warden's process, or
/// errno; the ends stay the caller's.
int nursery_start_warden(const struct warden_plan *plan, struct warden_ends ends, pid_t *warden);

/// Lets the nursery collect a warden that has told its end: until then its process number is nobody else's.
void nursery_collect(pid_t warden);

#endif
