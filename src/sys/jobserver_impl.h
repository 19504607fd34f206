/*
 * The inside of a jobserver, and its words in MAKEFLAGS.
 */
#ifndef SYS_JOBSERVER_IMPL_H
#define SYS_JOBSERVER_IMPL_H

#include "base/vec.h"
#include "sys/jobserver.h"

struct jobserver {
	bool is_server, owns_fds;
	unsigned n_jobs;
	int read_fd, write_fd; /* what children get; with a fifo write_fd is own_read_fd */
	int own_read_fd;       /* non-blocking, ours alone; -1: not to be had */
	struct spawn_fd extra_fds[2];
	size_t n_extra_fds;
	char *fifo_path, *fifo_dir; /* fifo_dir: made by us */
	VEC(char) held;
};

struct jobserver_offer {
	char *fifo; /* or NULL */
	int read_fd, write_fd;
};

/* False: MAKEFLAGS (or NULL) has none. */
bool jobserver_read_offer(const char *makeflags, struct jobserver_offer *offer);
void jobserver_offer_release(struct jobserver_offer *offer);

/* `existing` (or NULL) without its own -j and jobserver, plus ours. `fifo` NULL: the pipe `auth`. */
void jobserver_write_flags(const char *existing, unsigned n_jobs, const char *fifo,
			   const char *auth, struct strbuf *out);

#endif
