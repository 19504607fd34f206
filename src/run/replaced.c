/*
 * Before outputs are brought back: what stands in their place and is nowhere else, a person's edit, is copied
 * to the run's folder, below replaced/.
 */
#include <string.h>

#include "git/cmd.h"
#include "outcome_impl.h"
#include "sys/fs.h"

enum { TRIES_MAX = 1000 };

/* As it is staged, byte for byte: git has it. */
static bool is_staged(struct session *session, const char *path)
{
	const char *const entry_args[] = { "ls-files", "-s", "--", path, NULL };
	const char *const content_args[] = { "hash-object", "--no-filters", "--", path, NULL };
	struct git_cmd cmd = { .repo = &session->repo, .args = entry_args };
	struct arena scratch = { 0 };
	struct err none = ERR_INIT;
	const char *entry = NULL, *oid = NULL;
	bool is;

	git_run_line(&cmd, &scratch, &entry, &none);
	err_release(&none);
	cmd.args = content_args;
	if (entry && *entry)
		git_run_line(&cmd, &scratch, &oid, &none);
	err_release(&none);
	is = oid && *oid && strstr(entry, oid) != NULL;
	arena_release(&scratch);
	return is;
}

/* It is to be replaced, and would be nowhere then. */
static bool would_be_lost(struct session *session, const struct entry *wanted,
			  const struct entry *on_disk)
{
	bool is_file = on_disk->kind == ENTRY_FILE || on_disk->kind == ENTRY_EXEC;

	if (!is_file || wanted->kind == ENTRY_ABSENT || !strncmp(wanted->path, "artifact:", 9) ||
	    digest_equal(&wanted->digest, &on_disk->digest))
		return false;
	return !cache_has_object(session->cache, &on_disk->digest, on_disk->size_bytes) &&
	       !is_staged(session, wanted->path);
}

/* By way of io/, which is beside it: what has its name is whole. Beside what was kept before. */
static int keep_copy(struct session *session, const char *path, struct arena *scratch,
		     struct err *err)
{
	const char *dir = layout_run_dir(&session->layout, scratch, session->run_id);
	const char *copy = arena_printf(scratch, "%s/io/replaced", dir);
	const char *to = arena_printf(scratch, "%s/replaced/%s", dir, path);
	int rc = 1;

	if (fs_mkdir_p(AT_FDCWD, arena_strndup(scratch, to, (size_t)(strrchr(to, '/') - to)), 0700,
		       err) < 0 ||
	    fs_copy(session->layout.root_fd, path, AT_FDCWD, copy, FS_KEEP_TIME, err) < 0)
		return -1;
	for (unsigned i = 0; i < TRIES_MAX && rc > 0; i++)
		rc = fs_move_new(AT_FDCWD, copy, AT_FDCWD,
				 i ? arena_printf(scratch, "%s.%u", to, i) : to, err);
	return rc > 0 ? err_set(err, ERR_SYSTEM, "'%s' is there already", to) : rc;
}

int replaced_keep(struct session *session, const struct judged *judged, struct replaced *kept,
		  struct err *err)
{
	struct arena scratch = { 0 };
	int rc = 0;

	for (size_t i = 0; i < judged->n_wanted && rc == 0; i++) {
		const char *path = judged->wanted[i].path;

		if (!would_be_lost(session, &judged->wanted[i], &judged->on_disk[i]))
			continue;
		rc = keep_copy(session, path, &scratch, err);
		if (rc < 0)
			err_wrap(err, "cannot keep the edit of '%s'", path);
		else if (!kept->n++)
			kept->first = arena_strdup(&session->arena, path);
	}
	arena_release(&scratch);
	return rc;
}
