/*
 * A fact is only kept if it was the same before and after it was read; in doubt the session counts as
 * volatile, and the next run goes the long way.
 */
#include "basis_impl.h"

#include <stdlib.h>

#include "entries_impl.h"

static void add_listed_dir(struct session *session, const char *dir, const struct file_id *before)
{
	struct digest listing;
	struct file_id after;

	if (planfile_dir_digest(session->layout.root_fd, *dir ? dir : ".", &listing, NULL) < 0 ||
	    fs_stat(session->layout.root_fd, *dir ? dir : ".", &after, NULL) != 0 ||
	    !fs_same_id(before, &after)) {
		session->is_volatile = true;
		return;
	}
	planfile_add_dir(session->basis, *dir ? dir : ".", before, &listing);
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

	if (!session->basis || !session->files)
		return;
	git_files_get_basis(session->files, &basis);
	if (!basis.is_complete) {
		session->is_volatile = true;
		return;
	}
	for (size_t i = 0; i < basis.n_dirs; i++)
		add_listed_dir(session, basis.dirs[i].path, &basis.dirs[i].id);
	for (size_t i = 0; i < basis.n_files; i++)
		add_listing_file(session, basis.files[i], &basis.file_ids[i]);
	add_git_variables(session);
}
