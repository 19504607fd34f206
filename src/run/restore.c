/*
 * Results without execution: what a record says, and its outputs brought back from the store.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "outcome_impl.h"

#include "base/strbuf.h"
#include "results_impl.h"
#include "sys/fs.h"

static struct stepout copy_values(struct arena *arena, const struct stepout *values)
{
	struct stepout copy = { values->n, ARENA_ARRAY(arena, struct stepout_pair, values->n + 1) };

	for (size_t i = 0; i < values->n; i++) {
		copy.pairs[i].name = arena_strdup(arena, values->pairs[i].name);
		copy.pairs[i].value = arena_strdup(arena, values->pairs[i].value);
	}
	return copy;
}

void outcome_use_record(struct session *session, const struct node *node,
			const struct judged *judged)
{
	const struct record *record = judged->record;
	struct node_result *result = session_result(session, node->index);
	struct entry *outputs = ARENA_ARRAY(&session->arena, struct entry, record->n_outputs + 1);

	for (size_t i = 0; i < record->n_outputs; i++) {
		outputs[i] = record->outputs[i];
		outputs[i].path = arena_strdup(&session->arena, record->outputs[i].path);
	}
	result->outputs = outputs;
	result->n_outputs = record->n_outputs;
	results_hand_on(session, result, copy_values(&session->arena, &record->values));
	result->exit_code = record->exit_code;
	result->attempts = 1;
	result->duration_ms = record->duration_ms;
	result->is_known = true;
	if (record->stdout_tail)
		result->stdout_tail = arena_strdup(&session->arena, record->stdout_tail);
}

static bool is_as_recorded(const struct entry *wanted, const struct entry *found)
{
	return wanted->kind == found->kind && digest_equal(&wanted->digest, &found->digest);
}

static int restore_file(struct session *session, const struct entry *wanted, struct err *err)
{
	struct seen_entry seen;
	int rc = cache_get_object(session->cache, session->layout.root_fd, wanted->path,
				  &wanted->digest, wanted->size_bytes, wanted->kind == ENTRY_EXEC,
				  err);

	if (rc != 0)
		return rc;
	if (fs_stat(session->layout.root_fd, wanted->path, &seen.id, err) != 0)
		return -1;
	seen.entry = *wanted;
	statcache_add(session->stat, &seen.id, &wanted->digest);
	entries_remember(session, &seen);
	return 0;
}

/* In the run's folder, as files are: a kill leaves nothing beside those of the user. False: the place is
 * on another file system. */
static bool link_through_spool(struct session *session, const char *text, const char *path,
			       struct arena *scratch)
{
	const char *spool = arena_printf(
		scratch, "%s/io/restored",
		layout_run_dir(&session->layout, scratch, session->run_id));

	unlink(spool);
	return symlink(text, spool) == 0 &&
	       cache_take_place(spool, session->layout.root_fd, path) == 0;
}

/* The link is made beside its place and takes it with a rename. */
static int make_link(int dirfd, const char *text, const char *path, struct arena *scratch,
		     struct err *err)
{
	const char *slash = strrchr(path, '/');
	const char *temp = arena_printf(scratch, "%s.tmp.%ld", path, (long)getpid());

	if (slash &&
	    fs_mkdir_p(dirfd, arena_strndup(scratch, path, (size_t)(slash - path)), 0777, err) < 0)
		return -1;
	unlinkat(dirfd, temp, 0);
	if (symlinkat(text, dirfd, temp) < 0)
		return err_errno(err, "cannot make a link");
	if (renameat(dirfd, temp, dirfd, path) < 0) {
		err_errno(err, "cannot rename the link");
		unlinkat(dirfd, temp, 0);
		return -1;
	}
	return 0;
}

/* It has to lead to what it led to: 1 if that is something else now. */
static int restore_link(struct session *session, const struct entry *wanted, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf material = STRBUF_INIT;
	struct arena scratch = { 0 };
	struct seen_entry seen;
	int rc = cache_get_bytes(session->cache, &wanted->digest, wanted->size_bytes, &material,
				 err);

	if (rc == 0 && !link_through_spool(session, strbuf_str(&material), wanted->path, &scratch))
		rc = make_link(session->layout.root_fd, strbuf_str(&material), wanted->path,
			       &scratch, err);
	arena_release(&scratch);
	if (rc != 0)
		return rc;
	if (entries_read(session, wanted->path, &seen, err) < 0)
		return -1;
	if (!is_as_recorded(wanted, &seen.entry))
		return 1;
	entries_remember(session, &seen);
	return 0;
}

static int remove_stale(struct session *session, const struct judged *judged, struct err *err)
{
	for (size_t i = 0; i < judged->n_wanted; i++) {
		const char *path = judged->wanted[i].path;

		if (judged->wanted[i].kind == ENTRY_ABSENT &&
		    judged->on_disk[i].kind != ENTRY_ABSENT &&
		    unlinkat(session->layout.root_fd, path, 0) < 0 && errno != ENOENT)
			return err_errno(err, "cannot remove '%s', which is of another result",
					 path);
	}
	return 0;
}

/* Links are last, when what they lead to is there. */
static int restore_all(struct session *session, const struct judged *judged, bool links,
		       struct err *err)
{
	for (size_t i = 0; i < judged->n_wanted; i++) {
		const struct entry *wanted = &judged->wanted[i];
		int rc;

		if (wanted->kind == ENTRY_ABSENT || (wanted->kind == ENTRY_LINK) != links ||
		    is_as_recorded(wanted, &judged->on_disk[i]))
			continue;
		rc = links ? restore_link(session, wanted, err)
			   : restore_file(session, wanted, err);
		if (rc < 0)
			return err_wrap(err, "cannot restore '%s'", wanted->path);
		if (rc > 0)
			return 1;
	}
	return 0;
}

int outcome_restore(struct session *session, const struct node *node, struct judged *judged,
		    struct err *err)
{
	int rc = remove_stale(session, judged, err);

	if (rc == 0)
		rc = restore_all(session, judged, false, err);
	if (rc == 0)
		rc = restore_all(session, judged, true, err);
	if (rc == 0)
		outcome_use_record(session, node, judged);
	return rc;
}

int outcome_bring_artifact(struct session *session, const struct node *node, const char *name,
			   struct err *err)
{
	struct arena scratch = { 0 };
	const char *path = artifact_path(session, &scratch, name);
	const char *as_entry = arena_printf(&scratch, "artifact:%s", name);
	struct seen_entry seen;
	bool found = false;
	int rc = entries_read(session, path, &seen, err);

	for (size_t i = 0; rc == 0 && !found && i < node->deps.n; i++) {
		const struct node_result *result = session_result(session, node->deps.v[i].from);

		for (size_t k = 0; rc == 0 && !found && k < result->n_outputs; k++) {
			const struct entry *entry = &result->outputs[k];

			found = strcmp(entry->path, as_entry) == 0;
			/* A resumed run may have it from another result. */
			if (!found || is_as_recorded(entry, &seen.entry))
				continue;
			rc = cache_get_object(session->cache, session->layout.root_fd, path,
					      &entry->digest, entry->size_bytes,
					      entry->kind == ENTRY_EXEC, err);
			if (rc == 1)
				rc = err_set(err, ERR_VALUE,
					     "artifact '%s' is no longer in the cache; run with "
					     "--force",
					     name);
		}
	}
	arena_release(&scratch);
	return rc < 0 ? -1 : 0;
}
