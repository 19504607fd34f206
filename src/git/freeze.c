/*
 * See git/freeze.h. While a hook runs git has just written the tree of the index it commits from and
 * noted it there, so that one `git diff-tree` is all that is asked.
 */
#include "freeze_impl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/vec.h"
#include "index_impl.h"
#include "repo_config_impl.h"

#define EMPTY_TREE_SHA1	  "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
#define EMPTY_TREE_SHA256 "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
#define LOCK_WAIT_MS	  30000
#define NO_INDEX	  "/wf/no-index" /* nothing is there: to git, an empty index */

/* ---- A private index ------------------------------------------------------------------------------ */

int private_index_open(struct private_index *copy, const struct repo *repo, const char *index,
		       struct arena *arena, struct err *err)
{
	const char *dir = arena_join(arena, repo->git_dir, "/wf", "");
	const char *lock = arena_join(arena, dir, "/freeze.lock", "");

	*copy = (struct private_index){ .path = arena_join(arena, dir, "/freeze.index", ""),
					.lock = LOCK_NOT_HELD };
	copy->env[0] = arena_join(arena, "GIT_INDEX_FILE=", copy->path, "");
	if (fs_mkdir_p(AT_FDCWD, dir, 0700, err) != 0 ||
	    lock_wait(&copy->lock, AT_FDCWD, lock, LOCK_EXCLUSIVE, LOCK_WAIT_MS, err) != 0)
		return -1;
	unlink(copy->path);
	unlink(arena_join(arena, copy->path, ".lock", ""));
	if (index_copy(index, copy->path, err) < 0) {
		private_index_close(copy);
		return -1;
	}
	return 0;
}

void private_index_close(struct private_index *copy)
{
	if (copy->lock.is_held)
		unlink(copy->path);
	lock_release(&copy->lock);
}

/* ---- Asking git -------------------------------------------------------------------------------- */

bool freeze_is_sha256(const struct repo *repo)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct repo_config config = { 0 };

	return repo_config_read(repo->git_dir, repo->common_dir, &arena, &config, NULL) == 0 &&
	       config.is_sha256;
}

const char *freeze_empty_tree(const struct repo *repo)
{
	return freeze_is_sha256(repo) ? EMPTY_TREE_SHA256 : EMPTY_TREE_SHA1;
}

static int write_tree(const struct repo *repo, const char *index, const char **tree,
		      struct arena *arena, struct err *err)
{
	static const char *const args[] = { "write-tree", NULL };
	struct private_index copy;
	struct git_cmd cmd = { .repo = repo, .args = args, .env = copy.env, .writes = true };
	int status;

	if (private_index_open(&copy, repo, index, arena, err) != 0)
		return -1;
	cmd.held_fd = copy.lock.fd;
	status = git_run_line(&cmd, arena, tree, err);
	private_index_close(&copy);
	return status;
}

static int refuse_unmerged(const struct index *index, struct err *err)
{
	for (size_t i = 0; i < index->entries.n; i++) {
		struct index_details details;

		index_read_stat(index, &index->entries.v[i], &details);
		if (details.flags & INDEX_UNMERGED)
			return err_set(err, ERR_USAGE,
				       "'%s' is unmerged: there is no tree to test yet",
				       index->entries.v[i].name);
	}
	return 0;
}

int freeze_find_tree(const struct repo *repo, const char *path, const char **tree,
		     struct file_id *id, const struct index **read, struct arena *arena,
		     struct err *err)
{
	struct index *index = ARENA_NEW(arena, struct index);

	*read = NULL;
	*tree = NULL;
	if (fs_stat(AT_FDCWD, path, id, err) < 0)
		return -1;
	if (index_read_in(index, path, freeze_is_sha256(repo), arena) == 0) {
		*read = index;
		*id = index->id;
		*tree = index_find_tree(index);
		if (!*tree && refuse_unmerged(index, err) != 0)
			return -1;
	}
	return *tree ? 0 : write_tree(repo, path, tree, arena, err);
}

/* ---- Differences ---------------------------------------------------------------------------------- */

/* ":100644 100755 <oid> <oid> M" */
static int parse_record(const char *record, struct frozen_path *path, struct arena *arena)
{
	char *rest;
	const char *oid;
	size_t len;

	path->old_mode = (uint32_t)strtoul(record + 1, &rest, 8);
	path->mode = (uint32_t)strtoul(rest, &rest, 8);
	if (*record != ':' || *rest++ != ' ')
		return -1;
	oid = rest;
	len = strcspn(oid, " ");
	path->old_oid = arena_strndup(arena, oid, len);
	if (oid[len] != ' ' || strcspn(oid + len + 1, " ") != len || oid[2 * len + 1] != ' ')
		return -1;
	path->oid = arena_strndup(arena, oid + len + 1, len);
	path->status = oid[2 * len + 2];
	return 0;
}

struct frozen_path *freeze_parse_raw(const struct strbuf *raw, size_t *n, struct arena *arena,
				     struct err *err)
{
	VEC(struct frozen_path) list = { 0 };
	struct frozen_path *paths;

	for (size_t at = 0; at < raw->len;) {
		const char *record = raw->buf + at, *name = record + strlen(record) + 1;
		struct frozen_path path = { 0 };

		if (name >= raw->buf + raw->len || parse_record(record, &path, arena) != 0) {
			vec_release(&list);
			err_set(err, ERR_SYSTEM, "git said something else than a difference");
			return NULL;
		}
		path.path = arena_strdup(arena, name);
		at = (size_t)(name + strlen(name) + 1 - raw->buf);
		vec_push(&list, path);
	}
	paths = ARENA_ARRAY(arena, struct frozen_path, list.n + 1);
	if (list.n)
		memcpy(paths, list.v, list.n * sizeof *list.v);
	*n = list.n;
	vec_release(&list);
	return paths;
}

/* git would read the index first, which says nothing about two trees, and look for references that are
 * called like them. */
struct frozen_path *freeze_compare(const struct repo *repo, const char *from, const char *to,
				   size_t *n, struct arena *arena, struct err *err)
{
	const char *args[] = { "diff-tree",    "-r",
			       "-z",	       "--raw",
			       "--no-renames", "--no-abbrev",
			       "--full-index", "--ignore-submodules=none",
			       from,	       to,
			       "--",	       NULL };
	const char *env[] = { arena_join(arena, "GIT_INDEX_FILE=", repo->git_dir, NO_INDEX), NULL };
	static const char *const settings[] = { "core.warnAmbiguousRefs=false", NULL };
	struct git_cmd cmd = { .repo = repo, .args = args, .env = env, .settings = settings };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (git_run(&cmd, &out, NULL, err) != 0)
		return NULL;
	return freeze_parse_raw(&out, n, arena, err);
}

static int find_paths(struct frozen *frozen, const struct repo *repo, struct arena *arena,
		      struct err *err)
{
	frozen->paths = freeze_compare(repo, frozen->base, frozen->tree, &frozen->n_paths, arena,
				       err);
	return frozen->paths ? 0 : -1;
}

/* ---- The whole ------------------------------------------------------------------------------------- */

int freeze_index(struct frozen *frozen, const struct repo *repo, const char *index,
		 const char *base, struct arena *arena, struct err *err)
{
	const char *branch;

	*frozen = (struct frozen){ 0 };
	if (!index || !*index)
		frozen->index = index_path(repo, arena);
	else
		frozen->index = index_resolve(*index == '/'
						      ? arena_strdup(arena, index)
						      : arena_join(arena, repo->root, "/", index),
					      arena);
	if (repo_head(repo, arena, &frozen->head, &branch, err) != 0 ||
	    freeze_find_tree(repo, frozen->index, &frozen->tree, &frozen->index_id, &frozen->read,
			     arena, err) != 0)
		return err_wrap(err, "cannot tell what is staged");
	frozen->base = base ? base : frozen->head;
	if (!*frozen->base)
		frozen->base = freeze_empty_tree(repo);
	if (find_paths(frozen, repo, arena, err) != 0)
		return err_wrap(err, "cannot tell what is staged");
	return 0;
}

static int resolve(const struct repo *repo, const char *rev, const char *suffix,
		   struct arena *arena, const char **oid, int *exit_code, struct err *err)
{
	const char *args[] = { "rev-parse",
			       "--verify",
			       "-q",
			       "--end-of-options",
			       arena_join(arena, rev, suffix, ""),
			       NULL };
	struct git_cmd cmd = { .repo = repo, .args = args };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (git_run(&cmd, &out, exit_code, err) != 0)
		return -1;
	/* An old git hands "--end-of-options" back. */
	const char *text = strbuf_str(&out);

	if (!strncmp(text, "--end-of-options\n", 17))
		text += 17;
	*oid = arena_strndup(arena, text, strcspn(text, "\n"));
	return 0;
}

int freeze_commit(struct frozen *frozen, const struct repo *repo, const char *commit,
		  const char *base, struct arena *arena, struct err *err)
{
	int code = 0;

	*frozen = (struct frozen){ 0 };
	if (resolve(repo, commit, "^{commit}", arena, &frozen->head, NULL, err) != 0 ||
	    resolve(repo, frozen->head, "^{tree}", arena, &frozen->tree, NULL, err) != 0)
		return err_wrap(err, "no commit '%s'", commit);
	frozen->base = base;
	if (!base && resolve(repo, frozen->head, "^1", arena, &frozen->base, &code, err) != 0)
		return -1;
	if (code != 0 || !*frozen->base)
		frozen->base = freeze_empty_tree(repo);
	if (find_paths(frozen, repo, arena, err) != 0)
		return err_wrap(err, "cannot tell what commit '%s' changes", commit);
	return 0;
}

int freeze_holds(const struct frozen *frozen, const struct repo *repo, struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct err why CLEANUP(err_release) = ERR_INIT;
	struct file_id id = { 0 };
	const struct index *read;
	const char *tree;

	if (!frozen->index)
		return 1;
	if (fs_stat(AT_FDCWD, frozen->index, &id, err) < 0)
		return -1;
	if (fs_same_id(&id, &frozen->index_id))
		return 1;
	if (freeze_find_tree(repo, frozen->index, &tree, &id, &read, &arena, &why) == 0)
		return !strcmp(tree, frozen->tree);
	if (why.kind == ERR_USAGE) /* unmerged */
		return 0;
	return err_copy(err, &why);
}

const struct frozen_path *freeze_find(const struct frozen *frozen, const char *path)
{
	size_t low = 0, high = frozen->n_paths;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(frozen->paths[middle].path, path);

		if (!order)
			return &frozen->paths[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
