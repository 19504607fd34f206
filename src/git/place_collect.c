/*
 * What steps changed in a place: where stat tells that a file is as it was, it is; the others go into
 * the place's index, and the difference between that and the tree is the answer.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place_impl.h"

#define RACY_NS 20000000 /* what may pass between two ticks of a file system's clock */
#define BATCH	16384	 /* files; enough to be looked at in two threads */

struct collect {
	const struct place *place;
	bool (*is_declared)(const char *path, void *data);
	void *data;
	struct arena *arena;
	struct place_names changed;
	const char *const *env; /* which index is written; NULL: the place's */
	int held_fd;		/* of the lock on that */
};

static int run(const struct collect *collect, const char *const *args, const struct strbuf *input,
	       struct strbuf *out, struct err *err)
{
	static const char *const settings[] = { "core.splitIndex=false", "index.sparse=false",
						NULL };
	struct git_cmd cmd = { .repo = &collect->place->repo,
			       .args = args,
			       .input = input,
			       .env = collect->env,
			       .settings = settings,
			       .held_fd = collect->held_fd,
			       .timeout_ms = UINT64_C(10) * 60 * 1000,
			       .writes = true };

	return git_run(&cmd, out, NULL, err);
}

/* ---- Which files to look at --------------------------------------------------------------------------- */

static int ask_git_for_suspects(struct collect *collect, struct err *err)
{
	static const char *const args[] = { "diff-files", "-z", "--name-only",
					    "--ignore-submodules=all", NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (run(collect, args, NULL, &out, err) != 0)
		return -1;
	place_split_names(&out, &collect->changed, collect->arena);
	return 0;
}

/* Some of them at a time: the answers about all would be as large as the index. */
struct batch {
	const struct index_entry *entries[BATCH];
	const char *paths[BATCH];
	struct file_id ids[BATCH];
	signed char answers[BATCH];
	size_t n;
};

static bool is_as_it_was(const struct collect *collect, const struct index *index,
			 const struct index_entry *entry, const struct file_id *id)
{
	const struct place_ready *ready = collect->place->ready;
	struct index_details details;

	index_read_stat(index, entry, &details);
	return index_is_same_file(index, &details, id) ||
	       (ready && index == place_ready_index(ready) &&
		place_ready_had(ready, entry->name, id));
}

static void compare_batch(struct collect *collect, const struct index *index, int root_fd,
			  struct batch *batch)
{
	fs_stat_many(root_fd, batch->paths, batch->n, batch->ids, batch->answers);
	for (size_t i = 0; i < batch->n; i++)
		if (batch->answers[i] != 0 ||
		    !is_as_it_was(collect, index, batch->entries[i], &batch->ids[i]))
			vec_push(&collect->changed.list,
				 arena_strdup(collect->arena, batch->paths[i]));
	batch->n = 0;
}

static int compare_files(struct collect *collect, const struct index *index, struct err *err)
{
	struct batch *batch = ARENA_NEW(collect->arena, struct batch);
	int root_fd = open(collect->place->repo.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root_fd < 0)
		return err_errno(err, "cannot open '%s'", collect->place->repo.root);
	for (size_t i = 0; i < index->entries.n; i++) {
		const struct index_entry *entry = &index->entries.v[i];

		if (entry->is_gitlink || index_is_left_out(index, entry))
			continue;
		batch->paths[batch->n] = entry->name;
		batch->entries[batch->n++] = entry;
		if (batch->n == BATCH)
			compare_batch(collect, index, root_fd, batch);
	}
	compare_batch(collect, index, root_fd, batch);
	close(root_fd);
	return 0;
}

static int find_by_index(struct collect *collect, bool is_touched, struct err *err)
{
	const struct place *place = collect->place;
	struct index index;
	int status;

	if (place->ready && !is_touched)
		return compare_files(collect, place_ready_index(place->ready), err);
	status = index_read(&index, place->index, freeze_is_sha256(place->user));
	status = status == 0 ? compare_files(collect, &index, err)
			     : ask_git_for_suspects(collect, err);
	index_release(&index);
	return status;
}

static int find_by_sight(struct collect *collect, struct err *err)
{
	const struct place_sight *sight = &collect->place->sight;
	signed char *answers = arena_alloc(collect->arena, sight->n + 1);
	struct file_id *ids = ARENA_ARRAY(collect->arena, struct file_id, sight->n + 1);
	int root_fd = open(collect->place->repo.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root_fd < 0)
		return err_errno(err, "cannot open '%s'", collect->place->repo.root);
	fs_stat_many(root_fd, sight->paths, sight->n, ids, answers);
	close(root_fd);
	for (size_t i = 0; i < sight->n; i++)
		if (answers[i] != 0 || !fs_same_id(&ids[i], &sight->ids[i]) ||
		    ids[i].mtime_ns >= sight->clock_ns - RACY_NS)
			vec_push(&collect->changed.list, sight->paths[i]);
	return 0;
}

/* New files: those that steps say they make, if no ignore rule hides them. */
static int find_new(struct collect *collect, struct err *err)
{
	static const char *const args[] = { "ls-files", "-o", "-z", "--exclude-standard", NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (!collect->is_declared)
		return 0;
	if (run(collect, args, NULL, &out, err) != 0)
		return -1;
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1) {
		const char *path = out.buf + at;

		if (path[strlen(path) - 1] != '/' && collect->is_declared(path, collect->data))
			vec_push(&collect->changed.list, arena_strdup(collect->arena, path));
	}
	return 0;
}

/* ---- What became of them ------------------------------------------------------------------------------ */

static int update_index(const struct collect *collect, struct err *err)
{
	static const char *const args[] = { "update-index", "-z",      "--add", "--remove",
					    "--replace",    "--stdin", NULL };
	struct strbuf names CLEANUP(strbuf_release) = STRBUF_INIT;

	place_join_names(&collect->changed, &names);
	return names.len ? run(collect, args, &names, NULL, err) : 0;
}

static bool is_ours(const struct collect *collect, const char *path)
{
	const struct frozen_path *staged = freeze_find(collect->place->frozen, path);

	return (staged && staged->mode) ||
	       (collect->is_declared && collect->is_declared(path, collect->data));
}

static int compare_trees(const struct collect *collect, struct fixes *fixes, struct err *err)
{
	const char *args[] = { "diff-index",   "--cached",
			       "-z",	       "--raw",
			       "--no-renames", "--no-abbrev",
			       "--full-index", collect->place->frozen->tree,
			       "--",	       NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	struct frozen_path *paths;
	size_t n;

	if (run(collect, args, NULL, &out, err) != 0)
		return -1;
	paths = freeze_parse_raw(&out, &n, collect->arena, err);
	if (!paths)
		return -1;
	fixes->list = ARENA_ARRAY(collect->arena, struct fix, n + 1);
	fixes->others = ARENA_ARRAY(collect->arena, struct fix, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct fix fix = { paths[i].path, paths[i].old_mode, paths[i].mode,
					 paths[i].old_oid, paths[i].oid };

		if (is_ours(collect, fix.path))
			fixes->list[fixes->n++] = fix;
		else
			fixes->others[fixes->n_others++] = fix;
	}
	return 0;
}

/* A step may have staged something in its own index, too. */
static bool is_index_touched(const struct place *place)
{
	struct file_id id = { 0 };

	return place->kind != PLACE_IN_PLACE && (fs_stat(AT_FDCWD, place->index, &id, NULL) != 0 ||
						 !fs_same_id(&id, &place->index_id));
}

static int collect_in(struct collect *collect, struct fixes *fixes, struct err *err)
{
	const struct place *place = collect->place;
	bool is_touched = is_index_touched(place), is_unchanged;
	struct private_index copy;
	int status;

	if ((place->kind == PLACE_SHADOW ? find_by_index(collect, is_touched, err)
					 : find_by_sight(collect, err)) != 0 ||
	    find_new(collect, err) != 0)
		return -1;
	is_unchanged = !collect->changed.list.n && !is_touched;
	if (place->ready)
		place_ready_set_unchanged(place->ready, is_unchanged);
	if (is_unchanged)
		return 0;
	if (place->kind != PLACE_IN_PLACE)
		return update_index(collect, err) == 0 ? compare_trees(collect, fixes, err) : -1;
	if (private_index_open(&copy, place->user, place->index, collect->arena, err) != 0)
		return -1;
	collect->env = copy.env;
	collect->held_fd = copy.lock.fd;
	status = update_index(collect, err) == 0 ? compare_trees(collect, fixes, err) : -1;
	private_index_close(&copy);
	return status;
}

int place_collect(const struct place *place, bool (*is_declared)(const char *path, void *data),
		  void *data, struct fixes *fixes, struct arena *arena, struct err *err)
{
	struct collect collect = { .place = place,
				   .is_declared = is_declared,
				   .data = data,
				   .arena = arena,
				   .held_fd = place->lock.is_held ? place->lock.fd : 0 };
	int status;

	*fixes = (struct fixes){ 0 };
	status = collect_in(&collect, fixes, err);
	vec_release(&collect.changed.list);
	return status == 0 ? 0 : err_wrap(err, "cannot tell what the steps changed");
}

/* ---- Trees ------------------------------------------------------------------------------------------- */

static int apply_in(const struct repo *repo, const char *tree, const struct fixes *fixes,
		    const struct private_index *copy, const char **fixed, struct arena *arena,
		    struct err *err)
{
	const char *read[] = { "read-tree", tree, NULL };
	const char *add[] = { "update-index", "-z", "--replace", "--index-info", NULL };
	const char *write[] = { "write-tree", NULL };
	struct strbuf info CLEANUP(strbuf_release) = STRBUF_INIT;
	struct git_cmd cmd = { .repo = repo,
			       .args = read,
			       .env = copy->env,
			       .held_fd = copy->lock.fd,
			       .writes = true };

	if (git_run(&cmd, NULL, NULL, err) != 0)
		return -1;
	place_write_info(fixes, &info);
	cmd.args = add;
	cmd.input = &info;
	if (git_run(&cmd, NULL, NULL, err) != 0)
		return -1;
	cmd.args = write;
	cmd.input = NULL;
	return git_run_line(&cmd, arena, fixed, err);
}

int place_apply(const struct repo *repo, const char *tree, const struct fixes *fixes,
		const char **fixed, struct arena *arena, struct err *err)
{
	struct private_index copy;
	int status;

	if (private_index_open(&copy, repo, "", arena, err) != 0)
		return -1;
	status = apply_in(repo, tree, fixes, &copy, fixed, arena, err);
	private_index_close(&copy);
	return status;
}

/* What goes comes first: a file may stand where a directory was. */
void place_write_info(const struct fixes *fixes, struct strbuf *info)
{
	for (int removes = 1; removes >= 0; removes--)
		for (size_t i = 0; i < fixes->n; i++) {
			const struct fix *fix = &fixes->list[i];

			if ((fix->mode == 0) != removes)
				continue;
			strbuf_addf(info, "%o %s\t%s", (unsigned)fix->mode,
				    fix->mode ? fix->oid : fix->old_oid, fix->path);
			strbuf_addch(info, '\0');
		}
}

int place_compare(const struct repo *repo, const char *from, const char *to, struct fixes *fixes,
		  struct arena *arena, struct err *err)
{
	struct frozen_path *paths;

	*fixes = (struct fixes){ 0 };
	paths = freeze_compare(repo, from, to, &fixes->n, arena, err);
	if (!paths)
		return -1;
	fixes->list = ARENA_ARRAY(arena, struct fix, fixes->n + 1);
	for (size_t i = 0; i < fixes->n; i++)
		fixes->list[i] = (struct fix){ paths[i].path, paths[i].old_mode, paths[i].mode,
					       paths[i].old_oid, paths[i].oid };
	return 0;
}
