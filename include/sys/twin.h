/*
 * A second process of ours that goes on with all that this one knows, for a piece of work beside it, or
 * one that our own end must not cut in two. Everything but that is started by sys/spawn.h.
 *
 *     switch (twin_start(&pid, true, err)) {
 *     case 1: …; _exit(0);           the twin: no exit(), no return to where we came from
 *     case 0: spawn_wait(pid, &status, err);
 *     }
 *
 * What it knows is a copy; files that were open are the same ones, so a lock that one of the two lets
 * go of is free. Not while another thread is at work.
 */
#ifndef SYS_TWIN_H
#define SYS_TWIN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* 1: this is the twin; 0: it was started as *pid, which the caller waits for; -1. `ends_with_us`: it gets
 * TERM when we end before it, however that is. */
int twin_start(pid_t *pid, bool ends_with_us, struct err *err);

#endif
