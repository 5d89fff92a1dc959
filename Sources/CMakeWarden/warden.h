#ifndef WARDEN_H
#define WARDEN_H

#include "CMakeWarden.h"

/// What a warden gets of its caller: the ends of three pipes.
struct warden_ends {
  int output, lifeline, status;
};

/// The life of a warden, in a process that was forked for it.
_Noreturn void run_warden(const struct warden_plan *plan, struct warden_ends ends);

#endif
