/*
 * A git directory beside the repository's, over the same objects, in which no file is converted: line
 * endings, encodings, $Id$ and filters are off whatever the attributes say. With an index of its own it
 * takes and writes files as the bytes that they are.
 */
#ifndef GIT_RAW_REPO_IMPL_H
#define GIT_RAW_REPO_IMPL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "git/discover.h"

struct raw_repo {
	struct repo repo;    /* its git_dir stays for the next time */
	const char *index;   /* the index to use */
	const char *objects; /* "GIT_OBJECT_DIRECTORY=…" */
};

/* Makes it in `scratch` if it is not there. The index is the one that stays. */
int raw_repo_open(struct raw_repo *raw, const struct repo *repo, const char *scratch,
		  struct arena *arena, struct err *err);

/* Is this what was left in `scratch` when one was killed while it made it? */
bool raw_repo_is_half_made(int scratch_fd, const char *name);

/* As snapshot_git(), on its index. */
int raw_repo_run(const struct raw_repo *raw, struct arena *arena, const char *const *args,
		 const struct strbuf *input, struct strbuf *out, struct err *err);

#endif
