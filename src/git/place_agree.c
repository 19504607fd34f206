/*
 * Does the user's worktree hold what is tested? Where the times in the index say so they are believed,
 * as git believes them; about all else git is asked, which reads the files.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files_impl.h"
#include "place_impl.h"

#define MAX_ASKED 200 /* paths on git's command line; more: all of them */

struct look {
	const struct place_request *request;
	const char *path; /* of the index */
	const struct index *index;
	int root_fd;
	struct place_names paths, suspects;
	struct arena *arena;
};

/* ---- Entries of the index ------------------------------------------------------------------------- */

/* What is staged is the index; a commit has to be the one that the index holds. 1, 0, -1. */
static int has_same_tree(struct look *look, const char **why, struct err *err)
{
	const struct frozen *frozen = look->request->frozen;
	const char *tree = NULL;
	struct file_id id;

	look->path = frozen->index;
	look->index = frozen->read;
	if (frozen->index)
		return 1;
	look->path = index_path(look->request->repo, look->arena);
	if (freeze_find_tree(look->request->repo, look->path, &tree, &id, &look->index, look->arena,
			     err) != 0)
		return -1;
	*why = "something else is checked out";
	return !strcmp(tree, frozen->tree);
}

/* False: a path that matters is not like in the tree, whatever is on the disk. */
static bool take_entry(struct look *look, const struct index_entry *entry)
{
	struct index_details details;

	index_read_stat(look->index, entry, &details);
	if (details.flags & INDEX_INTENT)
		return false;		  /* it is there, and will not be committed */
	if (details.flags & INDEX_ABSENT) /* left out of the worktree on purpose */
		return strncmp(entry->name, PLACE_DEFINITIONS, strlen(PLACE_DEFINITIONS)) != 0;
	if (entry->is_gitlink)
		vec_push(&look->suspects.list, entry->name);
	else
		vec_push(&look->paths.list, entry->name);
	return true;
}

/* Those that can matter. */
static struct index_range range_of(const struct look *look)
{
	const struct index_range all = { 0, look->index->entries.n };
	const char *below = look->request->reach.below;

	return below ? index_find_below(look->index, all, below, strlen(below)) : all;
}

static bool take_entries(struct look *look, const char **why)
{
	const struct index_range range = range_of(look);
	bool agrees = true;

	for (size_t i = range.begin; i < range.end; i++) {
		const struct index_entry *entry = &look->index->entries.v[i];

		if (!place_reaches(&look->request->reach, entry->name) || take_entry(look, entry))
			continue;
		*why = arena_strdup(look->arena, entry->name);
		agrees = false;
	}
	return agrees;
}

static void find_suspects(struct look *look, struct place_sight *sight)
{
	size_t n = look->paths.list.n;
	signed char *answers = arena_alloc(look->arena, n + 1);
	struct index_range all = { 0, look->index->entries.n };

	place_see(sight, look->root_fd, &look->paths, answers, look->arena);
	for (size_t i = 0; i < n; i++) {
		const char *path = look->paths.list.v[i];
		const struct index_entry *entry = index_find(look->index, all, path, strlen(path));
		struct index_details details;

		index_read_stat(look->index, entry, &details);
		if (answers[i] != 0 || !index_is_same_file(look->index, &details, &sight->ids[i]))
			vec_push(&look->suspects.list, path);
	}
}

/* ---- Asking git ----------------------------------------------------------------------------------- */

/* On a copy of the index: git refreshes it on the way, and only then tells files apart that are the same
 * but for their times. */
static int ask_git(struct look *look, struct strbuf *out, struct err *err)
{
	static const char *const head[] = { "diff", "-z", "--name-only", "--ignore-submodules=none",
					    "--" };
	size_t n = look->suspects.list.n, at = ARRAY_SIZE(head);
	const char **args = ARENA_ARRAY(look->arena, const char *, at + n + 1);
	struct private_index copy;
	const char *env[] = { NULL, "GIT_LITERAL_PATHSPECS=1", NULL };
	static const char *const settings[] = { "diff.autoRefreshIndex=true", NULL };
	struct git_cmd cmd = {
		.repo = look->request->repo, .args = args, .env = env, .settings = settings
	};
	int status;

	memcpy(args, head, sizeof head);
	for (size_t i = 0; i < n && n <= MAX_ASKED; i++)
		args[at++] = look->suspects.list.v[i];
	if (private_index_open(&copy, look->request->repo, look->path, look->arena, err) != 0)
		return -1;
	env[0] = copy.env[0];
	cmd.held_fd = copy.lock.fd;
	status = git_run(&cmd, out, NULL, err);
	private_index_close(&copy);
	return status;
}

/* An entry that is assumed to be unchanged is so for git whatever the file says. */
static const char *find_assumed(const struct look *look)
{
	struct index_range all = { 0, look->index->entries.n };

	for (size_t i = 0; i < look->suspects.list.n; i++) {
		const char *path = look->suspects.list.v[i];
		const struct index_entry *entry = index_find(look->index, all, path, strlen(path));
		struct index_details details;

		index_read_stat(look->index, entry, &details);
		if (details.flags & INDEX_ASSUMED)
			return path;
	}
	return NULL;
}

/* In place whatever the files say: one that differs is only not looked at afterwards. */
static void leave_out(struct place_sight *sight, const struct strbuf *differing)
{
	size_t kept = 0, at = 0;

	for (size_t i = 0; i < sight->n; i++) {
		while (at < differing->len && strcmp(differing->buf + at, sight->paths[i]) < 0)
			at += strlen(differing->buf + at) + 1;
		if (at < differing->len && !strcmp(differing->buf + at, sight->paths[i]))
			continue;
		sight->paths[kept] = sight->paths[i];
		sight->ids[kept++] = sight->ids[i];
	}
	sight->n = kept;
}

static int judge_suspects(struct look *look, struct place_sight *sight, const char **why,
			  struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *differs = find_assumed(look);

	if (!look->suspects.list.n)
		return 1;
	if ((!differs || look->request->takes_any) && ask_git(look, &out, err) != 0)
		return -1;
	if (look->request->takes_any) {
		leave_out(sight, &out);
		return 1;
	}
	for (size_t at = 0; !differs && at < out.len; at += strlen(out.buf + at) + 1)
		if (place_reaches(&look->request->reach, out.buf + at))
			differs = out.buf + at;
	if (differs)
		*why = arena_strdup(look->arena, differs);
	return !differs;
}

/* ---- What is not tracked ---------------------------------------------------------------------------- */

static int has_no_untracked(struct look *look, const char **why, struct err *err)
{
	const char *below = look->request->reach.below;
	struct index_range range = range_of(look);
	struct git_files *files;
	const char *const *paths;
	size_t n = 0;
	int status;

	if (look->request->reach.only_tracked || look->request->takes_any)
		return 1;
	files = git_files_new(look->request->repo, look->root_fd);
	files_lend_index(files, look->index);
	status = git_files_list(files, below ? below : "", &paths, &n, err);
	for (size_t i = 0; status == 0 && i < n; i++) {
		if (!place_reaches(&look->request->reach, paths[i]) ||
		    index_find(look->index, range, paths[i], strlen(paths[i])))
			continue;
		*why = arena_strdup(look->arena, paths[i]);
		status = 1;
	}
	git_files_free(files);
	return status < 0 ? -1 : !status;
}

/* ---- The whole ------------------------------------------------------------------------------------- */

static int look_around(struct look *look, struct place_sight *sight, const char **why,
		       struct err *err)
{
	int agrees = has_same_tree(look, why, err);

	if (agrees < 0 || (!agrees && !look->request->takes_any))
		return agrees;
	if (!look->index) {
		*why = "its index can only be read by git";
		return 0;
	}
	if (!take_entries(look, why) && !look->request->takes_any)
		return 0;
	find_suspects(look, sight);
	agrees = judge_suspects(look, sight, why, err);
	return agrees > 0 ? has_no_untracked(look, why, err) : agrees;
}

int place_agrees(const struct place_request *request, struct place_sight *sight, const char **why,
		 struct arena *arena, struct err *err)
{
	struct look look = { .request = request, .arena = arena };
	int agrees;

	*why = NULL;
	*sight = (struct place_sight){ 0 };
	look.root_fd = open(request->repo->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (look.root_fd < 0)
		return err_errno(err, "cannot open '%s'", request->repo->root);
	agrees = look_around(&look, sight, why, err);
	vec_release(&look.paths.list);
	vec_release(&look.suspects.list);
	close(look.root_fd);
	return agrees;
}

const char *place_find_disturbed(const struct place *place)
{
	const struct place_sight *sight = &place->sight;
	int root_fd = open(place->repo.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *found = NULL;

	for (size_t i = 0; i < sight->n && !found; i++) {
		struct file_id id = { 0 };

		if (root_fd < 0 || fs_stat(root_fd, sight->paths[i], &id, NULL) != 0 ||
		    !fs_same_id(&id, &sight->ids[i]))
			found = sight->paths[i];
	}
	if (root_fd >= 0)
		close(root_fd);
	return found;
}
