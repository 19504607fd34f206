/*
 * Which ignore files count beside the .gitignore files of the tree: info/exclude and
 * core.excludesFile. git's config is read only to see whether a setting is mentioned at all; if so,
 * git is asked.
 */
#ifndef GIT_EXCLUDES_IMPL_H
#define GIT_EXCLUDES_IMPL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "git/discover.h"
#include "sys/fs.h"

struct excludes {
	const char *info_exclude;  /* absolute */
	const char *excludes_file; /* or NULL */
	bool folds_case;	   /* core.ignoreCase */
	/* Every file on which this rests, with its identity before it was read. */
	VEC(const char *) files;
	VEC(struct file_id) ids;
};

/* 1: the config is not for us to understand. */
int excludes_find(struct excludes *excludes, const struct repo *repo, struct arena *arena,
		  struct err *err);
void excludes_release(struct excludes *excludes);

#endif
