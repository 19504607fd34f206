/*
 * What the commit*.c files share.
 */
#ifndef GIT_COMMIT_IMPL_H
#define GIT_COMMIT_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strmap.h"
#include "base/vec.h"
#include "git/commit.h"

struct blob { /* of a tree or an index; mode 0: not there */
	uint32_t mode;
	const char *oid;
};

struct commit_change {
	const char *path;
	struct blob before, after;
	bool was_untracked; /* before */
};

struct commit_changes {
	VEC(struct commit_change) list; /* sorted by path */
};

struct commit_work {
	const struct commit_request *request;
	struct commit_report *report;
	struct strbuf *said;
	struct arena *arena;
	const char *index; /* private */
	const char *head;  /* hex; NULL: there is no commit yet */
};

/* git with the private index; `input` and `out` or NULL. */
int commit_git(const struct commit_work *work, const char *index, const char *const *args,
	       const struct strbuf *input, struct strbuf *out, int *exit_code, struct err *err);
/* Its first line, in the arena. */
int commit_git_line(const struct commit_work *work, const char *const *args, const char **line,
		    struct err *err);

/* What differs between two trees. */
int commit_diff(const struct commit_work *work, const char *before, const char *after,
		struct commit_changes *changes, struct err *err);
/* The paths of a commit: names to something. */
int commit_read_paths(const struct commit_work *work, const char *commit, struct strmap *paths,
		      struct err *err);
/* The entries of an index at the paths of `changes`: path → struct blob *. */
int commit_read_entries(const struct commit_work *work, const char *index,
			const struct commit_changes *changes, struct strmap *entries,
			struct err *err);
/* Lines of commit_apply() into an index (NULL: the user's). */
int commit_write_entries(const struct commit_work *work, const char *index,
			 const struct strbuf *lines, struct err *err);

bool commit_is_same(const struct blob *a, const struct blob *b);
/* The change made to an index that has `at` (or NULL) at its path: appends the line for that, if there is one.
 * 1; 0: both are about the same lines; -1. */
int commit_apply(const struct commit_work *work, const struct commit_change *change,
		 const struct blob *at, struct strbuf *lines, struct err *err);

/* ---- commit_pick.c: the private index ---- */

int commit_pick(struct commit_work *work, struct err *err);

/* ---- commit_staged.c: the user's index follows ---- */

int commit_follow(struct commit_work *work, const char *commit, struct err *err);

#endif
