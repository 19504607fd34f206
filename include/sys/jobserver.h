/*
 * GNU make's jobserver, both sides: one byte in a pipe (or fifo) for each job that may run beyond
 * the first, which every participant has for free. Whoever takes a byte puts the same byte back.
 *
 * As a server with -jN there are N-1 bytes. A program we start uses the job of its step as its free
 * one and takes more from the pipe, so all together never run more than N.
 */
#ifndef SYS_JOBSERVER_H
#define SYS_JOBSERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "sys/spawn.h"

struct jobserver;

enum jobserver_style {
	JOBSERVER_PIPE, /* every make; children need the two fds */
	JOBSERVER_FIFO, /* make >= 4.4: a path, no fds */
};

/* NULL on error. n_jobs >= 1 counts the free one. */
struct jobserver *jobserver_serve(unsigned n_jobs, enum jobserver_style style, struct err *err);

/* The one that MAKEFLAGS (may be NULL) offers. NULL with err unset: none is offered. NULL with
 * ERR_INVALID: offered, but not usable (a recipe without "+"): say so and go on without. */
struct jobserver *jobserver_join(const char *makeflags, struct err *err);

void jobserver_free(struct jobserver *server); /* puts back what we hold, removes the fifo */

bool jobserver_is_server(const struct jobserver *server);
unsigned jobserver_job_count(const struct jobserver *server); /* N; 0: not known (client) */

/* Readable when there may be a token; for loop_add_fd(). Not to be read by anyone else. */
int jobserver_fd(const struct jobserver *server);

/* 1: *token is ours; 0: none there now; -1. Never waits. */
int jobserver_try_acquire(struct jobserver *server, char *token, struct err *err);
int jobserver_release(struct jobserver *server, char token, struct err *err);

/* What children need: MAKEFLAGS = what the user has there (may be NULL; its own jobserver removed)
 * plus ours, and the fds to hand on. The array belongs to the server. */
void jobserver_makeflags(const struct jobserver *server, const char *existing, struct strbuf *out);
size_t jobserver_extra_fds(const struct jobserver *server, const struct spawn_fd **fds);

/* As a server, when no child is alive: puts back the tokens that killed children took along (and
 * removes surplus ones). Returns how many were missing; 0 as a client. */
unsigned jobserver_recover(struct jobserver *server);

#endif
