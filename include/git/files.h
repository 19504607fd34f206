/*
 * The files of the worktree as inputs see them: tracked ones, and untracked ones that no ignore rule
 * hides; each only if it exists now as a regular file or a symlink. Found by our own walk, which asks
 * the index (read by ourselves) only about ignored paths; a repository whose index we cannot read
 * (split, sparse) is listed by `git ls-files`.
 *
 * Not listed: what is below a symlinked directory, and the inside of submodules and other embedded
 * repositories. A directory that cannot be read is empty, as for git. A bare repository has no files.
 */
#ifndef GIT_FILES_H
#define GIT_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/discover.h"
#include "sys/fs.h"

struct git_files; /* one listing session: what was walked once is not walked again */

/* Borrows both. Reads nothing yet. */
struct git_files *git_files_new(const struct repo *repo, int root_fd);
/* Before the first load: not the repository's own index (borrowed). */
void git_files_use_index(struct git_files *files, const char *path);
/* Before the first load: what is there and not listed is kept, too. */
void git_files_keep_hidden(struct git_files *files);
/* In no order: an ignored file; "dir/" where whatever is in it and not tracked is left out (ignored, an
 * embedded repository, a submodule). Nothing if git listed. */
const char *const *git_files_hidden(const struct git_files *files, size_t *n);
void git_files_free(struct git_files *files);

/* Makes everything below these directories ("" = the root, "src", no trailing slash) known. */
int git_files_load(struct git_files *files, const char *const *dirs, size_t n, struct err *err);

/* Every known path below `dir`, sorted by bytes; loads what is not known. Strings live as long as
 * `files`. */
int git_files_list(struct git_files *files, const char *dir, const char *const **paths, size_t *n,
		   struct err *err);

/* What the listing rested on, to know later without a walk that it would be the same. */
struct git_files_dir {
	const char *path;  /* relative to the root, "" for the root itself */
	struct file_id id; /* taken before it was read */
};
struct git_files_basis {
	const struct git_files_dir *dirs; /* every directory that was read */
	size_t n_dirs;
	const char *const
		*files; /* ignore files, the index, git's config files: present or absent */
	const struct file_id *file_ids; /* one for each, by git_files_stat() before it was read */
	size_t n_files;			/* relative to the root, or absolute */
	bool is_complete;		/* false: listed by git, nothing can be said */
};
/* Valid until the next load. Which files count depends on HOME, XDG_CONFIG_HOME and GIT_CONFIG_* too. */
void git_files_get_basis(const struct git_files *files, struct git_files_basis *basis);

/* The identity of what `path` leads to, links followed; zeroed if nothing is there. */
void git_files_stat(int root_fd, const char *path, struct file_id *id);

#endif
