/*
 * Which tracked files git has to look at for the tree of tracked files: those that are not surely as the
 * index has them. It asks for nothing but what a snapshot looks at anyway, so git need not look at each file
 * again. Whatever is not a plain file or link is for git alone.
 */
#include <string.h>
#include <sys/stat.h>

#include "snapshot_impl.h"

static bool is_plain(const struct index *index, const struct index_entry *entry)
{
	return !entry->is_gitlink && !entry->is_pinned && !index_is_left_out(index, entry);
}

bool snapshot_can_tell_changes(const struct index *index)
{
	for (size_t i = 0; i < index->entries.n; i++)
		if (!is_plain(index, &index->entries.v[i]))
			return false;
	return !index->is_unmerged;
}

enum change { CHANGE_NONE, CHANGE_LIKELY, CHANGE_ODD };

/* A folder in the place of a file may be a repository, which git takes for a submodule. */
static enum change judge_type(const struct file_id *id)
{
	return S_ISREG(id->mode) || S_ISLNK(id->mode) ? CHANGE_LIKELY : CHANGE_ODD;
}

/* Of an entry that is not among the paths. */
static enum change judge_missing(const struct snapshot_work *work, const struct index_entry *entry)
{
	struct file_id id;

	return fs_stat(work->root_fd, entry->name, &id, NULL) > 0 ? CHANGE_LIKELY : CHANGE_ODD;
}

/* Of an entry whose path is the `at`-th. */
static enum change judge(const struct snapshot_work *work, const struct index *index,
			 const struct index_entry *entry, size_t at)
{
	struct index_details details;

	if (work->answers[at] != 0)
		return work->answers[at] > 0 ? CHANGE_LIKELY : CHANGE_ODD;
	index_read_stat(index, entry, &details);
	return index_is_same_file(index, &details, &work->ids[at]) ? CHANGE_NONE
								   : judge_type(&work->ids[at]);
}

/* Both are sorted by bytes. */
bool snapshot_list_changes(const struct snapshot_work *work, const struct index *index,
			   struct strbuf *changes)
{
	size_t at = 0;

	for (size_t i = 0; i < index->entries.n; i++) {
		const struct index_entry *entry = &index->entries.v[i];
		enum change change;
		int order = 1;

		while (at < work->n_paths && (order = strcmp(work->paths[at], entry->name)) < 0)
			at++;
		change = at < work->n_paths && order == 0 ? judge(work, index, entry, at)
							  : judge_missing(work, entry);
		if (change == CHANGE_ODD || !is_plain(index, entry))
			return false;
		if (change == CHANGE_LIKELY)
			strbuf_add(changes, entry->name, entry->len + (size_t)1);
	}
	return true;
}

void snapshot_find_overlooked(struct snapshot_work *work, const struct index *index)
{
	size_t at = 0;

	for (size_t i = 0; i < index->entries.n; i++) {
		const struct index_entry *entry = &index->entries.v[i];
		struct index_details details;

		while (at < work->n_paths && strcmp(work->paths[at], entry->name) < 0)
			at++;
		if (at == work->n_paths || strcmp(work->paths[at], entry->name) != 0 ||
		    work->answers[at] != 0 || !is_plain(index, entry))
			continue;
		index_read_stat(index, entry, &details);
		if (!index_is_overlooked(index, &details, &work->ids[at]))
			continue;
		vec_push(&work->raw_paths.list, work->paths[at]);
		vec_push(&work->overlooked.list, work->paths[at]);
	}
}
