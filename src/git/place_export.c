/*
 * The export: those files of the tree that matter, written anew each time, beside an index of the whole.
 */
#include <string.h>
#include <unistd.h>

#include "place_impl.h"

/* Of the user's index as far as we can read it, so that ours says the same; else of the tree. */
static int make_index(const struct place *place, struct index *index, struct err *err)
{
	const char *args[] = { "read-tree", place->frozen->tree, NULL };
	bool is_sha256 = freeze_is_sha256(place->user);
	int status = 1;

	if (place->frozen->index && index_read(index, place->frozen->index, is_sha256) == 0 &&
	    index->id.ino)
		status = index_copy(place->frozen->index, place->index, err);
	if (status <= 0)
		return status;
	index_release(index);
	if (place_git(place, args, NULL, NULL, err) != 0)
		return -1;
	if (index_read(index, place->index, is_sha256) != 0)
		return err_set(err, ERR_SYSTEM, "cannot read an index that git wrote");
	return 0;
}

static bool is_exported(const struct index *index, const struct index_entry *entry,
			const struct place_reach *reach)
{
	struct index_details details;

	if (entry->is_gitlink ||
	    (strncmp(entry->name, PLACE_DEFINITIONS, strlen(PLACE_DEFINITIONS)) != 0 &&
	     !place_reaches(reach, entry->name)))
		return false;
	index_read_details(index, entry, &details);
	return !(details.flags & INDEX_INTENT);
}

static int see_files(struct place *place, const struct place_names *names, struct arena *arena,
		     struct err *err)
{
	signed char *answers = arena_alloc(arena, names->list.n + 1);
	int root_fd = open(place->repo.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root_fd < 0)
		return err_errno(err, "cannot open '%s'", place->repo.root);
	place_see(&place->sight, root_fd, names, answers, arena);
	close(root_fd);
	for (size_t i = 0; i < names->list.n; i++)
		if (answers[i] != 0)
			return err_set(err, ERR_SYSTEM, "'%s' was not written", names->list.v[i]);
	return 0;
}

static int write_files(struct place *place, const struct place_names *names, struct arena *arena,
		       struct err *err)
{
	static const char *const args[] = { "checkout-index",
					    "-u",
					    "-f",
					    "-q",
					    "-z",
					    "--stdin",
					    "--ignore-skip-worktree-bits",
					    NULL };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	if (!names->list.n)
		return 0;
	place_join_names(names, &text);
	if (place_git(place, args, &text, NULL, err) != 0)
		return -1;
	return see_files(place, names, arena, err);
}

int place_stage_export(struct place *place, const struct place_request *request,
		       struct arena *arena, struct err *err)
{
	struct index index = { 0 };
	struct place_names names = { 0 };
	int status = -1;

	if (place_wipe(place, arena, err) != 0 || place_write_git_dir(place, arena, err) != 0)
		return -1;
	if (make_index(place, &index, err) == 0) {
		for (size_t i = 0; i < index.entries.n; i++)
			if (is_exported(&index, &index.entries.v[i], &request->reach))
				vec_push(&names.list, index.entries.v[i].name);
		status = write_files(place, &names, arena, err);
	}
	vec_release(&names.list);
	index_release(&index);
	return status;
}
