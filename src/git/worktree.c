/*
 * See git/worktree.h. `git worktree remove` and `prune` are not used: the one refuses submodules, the
 * other takes worktrees of the user along that happen not to be mounted.
 */
#include "git/worktree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "git/cmd.h"
#include "index_impl.h"
#include "objects_impl.h"
#include "sys/fs.h"

#define TREES	    "wf/trees"
#define WORKTREES   "worktrees" /* git's own */
#define PREFIX	    "wf-tree-"	/* git calls what it keeps of each by the folder's name */
#define LOCK_SUFFIX ".lock"
#define MINUTES_MS  (60 * 1000)

static struct git_cmd git_of(const struct repo *repo, const char *const *args,
			     const char *const *env)
{
	return (struct git_cmd){ .repo = repo,
				 .args = args,
				 .env = env,
				 .timeout_ms = 30 * MINUTES_MS,
				 .writes = true };
}

static int run(const struct repo *repo, const char *const *args, const char *const *env,
	       struct err *err)
{
	struct git_cmd cmd = git_of(repo, args, env);

	return git_run(&cmd, NULL, NULL, err);
}

static const char *new_name(struct arena *arena)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number)
		number = 0; /* the process id is enough among the living */
	return arena_printf(arena, PREFIX "%d-%08x", (int)getpid(), number);
}

int worktree_add(struct worktree *worktree, const struct repo *repo, const char *commit,
		 struct arena *arena, struct err *err)
{
	const char *name = new_name(arena);
	const char *trees = arena_join(arena, repo->common_dir, "/", TREES);
	const char *path = arena_join(arena, trees, "/", name);
	const char *const args[] = { "worktree", "add", "-q",	"--force",
				     "--detach", path,	commit, NULL };

	*worktree = (struct worktree){
		.repo = { path, arena_join(arena, repo->common_dir, "/" WORKTREES "/", name),
			  repo->common_dir, "" },
		.lock_path = arena_join(arena, path, LOCK_SUFFIX, ""),
		.lock = LOCK_NOT_HELD,
	};
	if (fs_mkdir_p(AT_FDCWD, trees, 0700, err) < 0 ||
	    lock_try(&worktree->lock, AT_FDCWD, worktree->lock_path, LOCK_EXCLUSIVE, err) < 0)
		return err_wrap(err, "cannot make a worktree");
	if (run(repo, args, NULL, err) < 0) {
		worktree_remove(worktree, NULL);
		return err_wrap(err, "cannot make a worktree");
	}
	return 0;
}

/* Writes objects; into a folder of ours they need not be synced. */
static int write_objects(const struct repo *repo, const char *const *args, const char *const *env,
			 struct strbuf *out, struct err *err)
{
	static const char *const unsynced[] = { OBJECTS_UNSYNCED, NULL };
	struct git_cmd cmd = git_of(repo, args, env);

	if (env[1])
		cmd.settings = unsynced;
	return git_run(&cmd, out, NULL, err);
}

/* The tree of all files, by an index of our own. */
static int write_tree(const struct repo *from, const char *index, const char *const *env,
		      struct arena *arena, const char **tree, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	const char *const add[] = { "add", "-A", "--", ".", NULL };
	const char *const write[] = { "write-tree", NULL };

	if (index_copy(index_path(from, arena), index, err) < 0)
		return -1;
	if (write_objects(from, add, env, NULL, err) < 0 ||
	    write_objects(from, write, env, &out, err) < 0)
		return -1;
	while (out.len && out.buf[out.len - 1] == '\n')
		strbuf_setlen(&out, out.len - 1);
	*tree = arena_strdup(arena, strbuf_str(&out));
	return 0;
}

/* The files of the tree, then the index of HEAD: what is not committed shows as such. */
static int copy_files(const struct worktree *worktree, const struct repo *from, const char *index,
		      const char *const *objects_env, struct arena *arena, struct err *err)
{
	const char *const env[] = { arena_join(arena, "GIT_INDEX_FILE=", index, ""), objects_env[0],
				    objects_env[1], NULL };
	const char *files[] = { "read-tree", "--reset", "-u", NULL, NULL };
	const char *const back[] = { "read-tree", "HEAD", NULL };

	if (write_tree(from, index, env, arena, &files[3], err) < 0 ||
	    run(&worktree->repo, files, env + 1, err) < 0)
		return -1;
	return run(&worktree->repo, back, NULL, err);
}

/* Nobody needs the objects afterwards: they go with the worktree, if they can be written there. */
int worktree_take_current(const struct worktree *worktree, const struct repo *from,
			  struct arena *arena, struct err *err)
{
	const char *git_dir = worktree->repo.git_dir;
	const char *index = arena_join(arena, git_dir, "/wf-index", "");
	const char *objects = arena_join(arena, git_dir, "/wf-objects", "");
	const char *env[2] = { NULL, NULL };
	int rc;

	if (objects_can_be_apart(from, arena)) {
		if (fs_mkdir_p(AT_FDCWD, objects, 0700, err) < 0)
			return err_wrap(err, "cannot copy the files of the worktree");
		objects_apart(from, objects, arena, env);
	}
	rc = copy_files(worktree, from, index, env, arena, err);
	unlink(index);
	fs_remove_tree(AT_FDCWD, objects, NULL);
	return rc < 0 ? err_wrap(err, "cannot copy the files of the worktree") : 0;
}

int worktree_move(const struct worktree *worktree, const char *commit, struct err *err)
{
	const char *const checkout[] = { "checkout", "-q", "-f", "--detach", commit, NULL };
	const char *const clean[] = { "clean", "-ffdxq", NULL };

	if (run(&worktree->repo, checkout, NULL, err) < 0 ||
	    run(&worktree->repo, clean, NULL, err) < 0)
		return err_wrap(err, "cannot check out '%s'", commit);
	return 0;
}

/* The lock goes last: whoever finds the rest after a crash in between can still tell what it is. */
static int remove_all(const char *path, const char *git_dir, const char *lock_path, struct err *err)
{
	int rc = fs_remove_tree(AT_FDCWD, path, err);

	if (fs_remove_tree(AT_FDCWD, git_dir, rc == 0 ? err : NULL) < 0)
		rc = -1;
	if (rc == 0)
		unlink(lock_path);
	return rc;
}

int worktree_remove(struct worktree *worktree, struct err *err)
{
	int rc = 0;

	if (worktree->lock.is_held)
		rc = remove_all(worktree->repo.root, worktree->repo.git_dir, worktree->lock_path,
				err);
	lock_release(&worktree->lock);
	*worktree = (struct worktree){ .lock = LOCK_NOT_HELD };
	return rc;
}

/* As new_name() makes them: a user's may begin alike. */
static bool is_name(const char *name)
{
	size_t len = strlen(PREFIX);

	if (strncmp(name, PREFIX, len) != 0)
		return false;
	name += len;
	len = strspn(name, "0123456789");
	return len > 0 && name[len] == '-' && strspn(name + len + 1, "0123456789abcdef") == 8 &&
	       name[len + 9] == '\0';
}

/* Of one that a power cut has left there may be any part. */
static int remove_one(const char *common_dir, const char *name, worktree_left_fn *before,
		      struct err *err)
{
	CLEANUP(arena_release)
	struct arena arena = { 0 };
	const char *trees = arena_join(&arena, common_dir, "/" TREES, "");
	const char *path = arena_join(&arena, trees, "/", name);
	const char *lock_path = arena_join(&arena, path, LOCK_SUFFIX, "");
	const char *git_dir = arena_join(&arena, common_dir, "/" WORKTREES "/", name);
	struct err busy = ERR_INIT;
	struct lock lock = LOCK_NOT_HELD;
	int rc = 0;

	if (fs_mkdir_p(AT_FDCWD, trees, 0700, err) < 0)
		return -1;
	if (lock_try(&lock, AT_FDCWD, lock_path, LOCK_EXCLUSIVE, &busy) == 0) {
		before(git_dir);
		rc = remove_all(path, git_dir, lock_path, err);
	}
	err_release(&busy);
	lock_release(&lock);
	return rc;
}

static int remove_named_in(const char *folder, const char *common_dir, worktree_left_fn *before,
			   struct err *err)
{
	CLEANUP(arena_release)
	struct arena arena = { 0 };
	struct fs_dir dir;
	struct fs_entry entry;
	const char *name;
	int rc = fs_dir_open(&dir, AT_FDCWD, arena_join(&arena, common_dir, "/", folder), err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	while (rc == 0 && fs_dir_next(&dir, &entry, err) > 0) {
		size_t len = strlen(entry.name), suffix = strlen(LOCK_SUFFIX);

		if (len > suffix && strcmp(entry.name + len - suffix, LOCK_SUFFIX) == 0)
			len -= suffix;
		name = arena_strndup(&arena, entry.name, len);
		if (is_name(name))
			rc = remove_one(common_dir, name, before, err);
	}
	fs_dir_close(&dir);
	return rc;
}

int worktree_remove_left(const char *common_dir, worktree_left_fn *before, struct err *err)
{
	if (remove_named_in(TREES, common_dir, before, err) != 0)
		return -1;
	return remove_named_in(WORKTREES, common_dir, before, err);
}
