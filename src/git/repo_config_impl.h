/*
 * The few settings of a repository's own config file that decide where its parts are. Read as git reads
 * them at that point: the file alone, no includes, no user's config.
 */
#ifndef GIT_REPO_CONFIG_IMPL_H
#define GIT_REPO_CONFIG_IMPL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

enum repo_bare { REPO_BARE_UNSAID, REPO_BARE_NO, REPO_BARE_YES };

/* Zeroed: nothing is said. */
struct repo_config {
	enum repo_bare bare;
	const char *worktree;	  /* core.worktree as written, or NULL */
	bool has_worktree_config; /* extensions.worktreeConfig: config.worktree was read too */
	bool is_sha256;		  /* extensions.objectFormat */
	bool has_other_refs;	  /* extensions.refStorage is not "files" */
	bool is_odd;		  /* one of these is written in a way that is left to git */
};

/* A config file that is not there says nothing. */
int repo_config_read(const char *git_dir, const char *common_dir, struct arena *arena,
		     struct repo_config *config, struct err *err);

#endif
