/*
 * What a step's processes write: from the pipe into its log, secrets masked, and on to the events. The
 * log file is made with the first byte.
 */
#ifndef RUN_CAPTURE_IMPL_H
#define RUN_CAPTURE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "sys/loop.h"

#define CAPTURE_TAIL_MAX 65536 /* bytes of stdout that expressions see */

/* Values that must not be seen, longest first. */
struct masks {
	size_t n;
	const char *const *values;
	size_t longest; /* bytes */
};

/* A log that several pipes of one attempt write to. */
struct capture_log {
	int dirfd;	  /* of logs/; borrowed */
	const char *name; /* below it; borrowed */
	int fd;		  /* -1: nothing written yet */
	bool is_broken;	  /* writing failed: `err` says why, the rest is dropped */
	struct err err;
};

struct capture;
typedef void capture_data_fn(void *owner, const char *data, size_t len);
typedef void capture_end_fn(void *owner, struct capture *capture);

struct capture {
	int fd;	     /* our end of the pipe; -1: at its end */
	int held_fd; /* the program's end, or -1 */
	struct capture_log *log;
	struct capture_log *copy; /* of what comes by this pipe alone, or NULL */
	const struct masks *masks;
	struct strbuf held; /* may be the beginning of a secret */
	struct strbuf tail; /* the last CAPTURE_TAIL_MAX bytes and a little more */
	bool keeps_tail;
	void *owner;
	capture_data_fn *on_data;
	capture_end_fn *on_end; /* every writer has closed it */
	struct loop *loop;
};

/* Takes over `fd`. The rest of the struct is filled by the caller before. */
void capture_start(struct capture *capture, struct loop *loop, int fd);
/* Takes over the program's end, once the program has it. It is kept until the drain: what ends closes
 * its own and then is there to be reaped, and the engine is woken once for that, not twice. */
void capture_hold(struct capture *capture, int fd);
/* Once the program has ended: reads what is there now, waiting for nothing. */
void capture_drain(struct capture *capture);
/* Stops reading; what was held back is written. Harmless if it ended. */
void capture_stop(struct capture *capture);
void capture_release(struct capture *capture);
/* The last CAPTURE_TAIL_MAX bytes. */
const char *capture_tail(struct capture *capture, size_t *len);

void capture_log_close(struct capture_log *log);

/* Replaces every mask in [text, text+len) by "***" into out, but for the end that may be the
 * beginning of one: returns how many bytes of the end were left. `is_last`: nothing follows. */
size_t capture_mask(const struct masks *masks, const char *text, size_t len, bool is_last,
		    struct strbuf *out);

#endif
