/*
 * A fact is only kept if it was the same before and after it was read; in doubt the session counts as
 * volatile, and the next run goes the long way.
 */
#include "basis_impl.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "entries_impl.h"
#include "include_impl.h"
#include "listing_impl.h"
#include "submodules_impl.h"
#include "sys/parallel.h"

#define DIRS_FOR_TWO 40 /* directories: below that a thread costs what it saves */

struct listed {
	struct digest digest;
	bool held;
};

/* The digest of a listing, if the directory is as it was `before`. */
static void list_dir(int root_fd, const char *dir, const struct file_id *before, struct listed *out)
{
	const char *path = *dir ? dir : ".";
	struct file_id after;

	out->held = planfile_dir_digest(root_fd, path, &out->digest, NULL) == 0 &&
		    fs_stat(root_fd, path, &after, NULL) == 0 && fs_same_id(before, &after);
}

static void add_listed(struct session *session, const char *dir, const struct file_id *before,
		       const struct listed *listed)
{
	if (listed->held)
		planfile_add_dir(session->basis, *dir ? dir : ".", before, &listed->digest);
	else
		session->is_volatile = true;
}

static void add_listed_dir(struct session *session, const char *dir, const struct file_id *before)
{
	struct listed listed;

	list_dir(session->layout.root_fd, dir, before, &listed);
	add_listed(session, dir, before, &listed);
}

struct dirs_work {
	int root_fd;
	const struct git_files_dir *dirs;
	struct listed *listed;
};

static void list_range(void *data, unsigned half UNUSED, size_t first, size_t end)
{
	const struct dirs_work *work = data;

	for (size_t i = first; i < end; i++)
		list_dir(work->root_fd, work->dirs[i].path, &work->dirs[i].id, &work->listed[i]);
}

static void add_listed_dirs(struct session *session, const struct git_files_dir *dirs, size_t n)
{
	struct listed *listed = xcalloc(n, sizeof *listed);
	struct dirs_work work = { session->layout.root_fd, dirs, listed };

	parallel_halves(n, DIRS_FOR_TWO, list_range, &work);
	for (size_t i = 0; i < n; i++)
		add_listed(session, dirs[i].path, &dirs[i].id, &listed[i]);
	free(listed);
}

void basis_add_dir(struct session *session, const char *dir)
{
	struct file_id id;
	int absent;

	if (!session->basis)
		return;
	absent = fs_stat(session->layout.root_fd, *dir ? dir : ".", &id, NULL);
	if (absent == 1)
		planfile_add_absent(session->basis, dir);
	else if (absent < 0)
		session->is_volatile = true;
	else
		add_listed_dir(session, dir, &id);
}

void basis_add_file(struct session *session, const char *path)
{
	struct seen_entry seen;

	if (!session->basis)
		return;
	if (entries_read(session, path, &seen, NULL) < 0)
		session->is_volatile = true;
	else
		entries_remember(session, &seen);
}

void basis_add_workflow(struct session *session)
{
	struct digest digest = hash_bytes(statcache_secret(session->stat), session->diags.text,
					  session->diags.text_len);

	planfile_add_file(session->basis, session->wf_path, &session->wf_file, &digest);
	include_add_basis(session);
}

/* A file whose rules were used for the listing: as it was then, or the next run goes the long way. */
static void add_listing_file(struct session *session, const char *path,
			     const struct file_id *before)
{
	struct file_id now;

	basis_add_file(session, path);
	git_files_stat(session->layout.root_fd, path, &now);
	if (!fs_same_id(before, &now))
		session->is_volatile = true;
}

/* Where git looks for its settings, and so for ignore rules. */
static void add_git_variables(struct session *session)
{
	static const char *const names[] = { "HOME",
					     "XDG_CONFIG_HOME",
					     "GIT_CONFIG_GLOBAL",
					     "GIT_CONFIG_SYSTEM",
					     "GIT_CONFIG_NOSYSTEM",
					     "GIT_CONFIG_COUNT",
					     "GIT_CONFIG_PARAMETERS" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		planfile_add_env(session->basis, names[i], getenv(names[i]));
}

void basis_add_listings(struct session *session)
{
	struct git_files_basis basis;
	struct file_id submodules;

	if (!session->basis || !session->files)
		return;
	git_files_get_basis(session->files, &basis);
	if (!basis.is_complete) {
		session->is_volatile = true;
		return;
	}
	add_listed_dirs(session, basis.dirs, basis.n_dirs);
	for (size_t i = 0; i < basis.n_files; i++)
		add_listing_file(session, basis.files[i], &basis.file_ids[i]);
	if (listing_has_read_submodules(session->listing, &submodules))
		add_listing_file(session, SUBMODULES_FILE, &submodules);
	add_git_variables(session);
}
