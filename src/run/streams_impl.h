/*
 * What a step's command redirects, opened as a shell would: then the program is started without one.
 */
#ifndef RUN_STREAMS_IMPL_H
#define RUN_STREAMS_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "model/text.h"

struct streams {
	int fds[3]; /* of the program: the caller's, then what they are moved to */
	size_t n_opened;
	int opened[TEXT_STREAMS_MAX]; /* ours to close */
};

/* Relative names are seen from `dir` ("": rootfd itself). False: a shell has to do it, for what is no
 * plain file, is so large that to empty it takes time, or cannot be opened (the message is the
 * shell's); then `fds` are as they were. */
bool streams_open(struct streams *streams, const struct text_direct *direct, int rootfd,
		  const char *dir);
void streams_close(struct streams *streams);

#endif
