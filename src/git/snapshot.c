/*
 * Making a snapshot. The index is copied, the copy is brought up to the worktree by git itself (which
 * knows filters, modes, links and odd names better than anybody), and the trees of its three states,
 * as staged, with tracked files as they are, with untracked ones too, become commits. Nothing of the
 * user's is locked or moved, so any number of these may happen at once, beside a foreign index.lock.
 */
#include "git/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "git/cmd.h"
#include "raw_repo_impl.h"
#include "snapshot_impl.h"
#include "sys/fs.h"

#define GIT_TIMEOUT_MS (15 * 60 * 1000) /* the first one of a large repository reads every file */
#define MAX_ATTEMPTS   3
#define SETTINGS_MAX   16
/* Else glibc gives memory back after each object that git writes, and gets it anew for the next: half the time
 * of writing a small one. */
#define KEEPS_MEMORY "MALLOC_TRIM_THRESHOLD_=67108864"
#define FOLDER	     "snapshot-"

/* ---- git on a private index --------------------------------------------------------------------- */

/* Object names do not compress, and what a snapshot writes of its own is small or goes with it: only what
 * comes from files is compressed as git would. */
static void choose_settings(const struct snapshot_work *work, const char *command,
			    const char *settings[SETTINGS_MAX])
{
	static const char *const always[] = { SNAPSHOT_GIT_SETTINGS };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		settings[n++] = always[i];
	/* Each file as it is written; or all of them at once before anything names them. */
	settings[n++] = work->own_objects ? OBJECTS_UNSYNCED : OBJECTS_SYNCED;
	if (strcmp(command, "add") != 0 && strcmp(command, "update-index") != 0)
		settings[n++] = "core.looseCompression=0";
	settings[n] = NULL;
}

int snapshot_git(const struct snapshot_work *work, const char *index, const char *const *args,
		 const struct strbuf *input, struct strbuf *out, int *exit_code, struct err *err)
{
	const char *settings[SETTINGS_MAX];
	const char *env[] = { arena_join(work->arena,
					 "GIT_INDEX_FILE=", index ? index : work->index, ""),
			      KEEPS_MEMORY, work->own_objects ? work->objects_env[0] : NULL,
			      work->objects_env[1], NULL };
	struct git_cmd cmd = {
		.repo = work->request->repo,
		.args = args,
		.input = input,
		.settings = settings,
		.env = env,
		.timeout_ms = GIT_TIMEOUT_MS,
		.writes = true,
	};

	choose_settings(work, args[0], settings);
	return git_run(&cmd, out, exit_code, err);
}

int snapshot_git_oid(const struct snapshot_work *work, const char *index, const char *const *args,
		     const struct strbuf *input, const char **oid, struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t len;

	if (snapshot_git(work, index, args, input, &out, NULL, err) != 0)
		return -1;
	len = strcspn(strbuf_str(&out), "\n");
	if (len < 40)
		return err_set(err, ERR_SYSTEM, "git %s printed no object id", args[0]);
	*oid = arena_strndup(work->arena, out.buf, len);
	return 0;
}

void snapshot_join_paths(const struct path_list *paths, struct strbuf *text)
{
	for (size_t i = 0; i < paths->list.n; i++)
		strbuf_add(text, paths->list.v[i], strlen(paths->list.v[i]) + 1);
}

void snapshot_add_quoted(struct strbuf *text, const char *path)
{
	strbuf_addch(text, '"');
	for (; *path; path++)
		if (*path == '\n')
			strbuf_addstr(text, "\\n");
		else if (*path == '"' || *path == '\\')
			strbuf_addf(text, "\\%c", *path);
		else
			strbuf_addch(text, *path);
	strbuf_addstr(text, "\"\n");
}

/* ---- The whole --------------------------------------------------------------------------------- */

struct attempt {
	int number;
	bool is_lost; /* the disk failed: there is no other one */
};

static int prepare(struct snapshot_work *work, struct err *err)
{
	const struct repo *repo = work->request->repo;
	char *dir = arena_join(work->arena, work->request->scratch, "/" FOLDER "XXXXXX", "");
	int status;

	if (!mkdtemp(dir))
		return err_errno(err, "cannot make a folder in '%s'", work->request->scratch);
	work->dir = dir;
	work->index = arena_join(work->arena, dir, "/index", "");
	work->root_fd = open(repo->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (work->root_fd < 0)
		return err_errno(err, "cannot open '%s'", repo->root);
	if (snapshot_objects_begin(work, err) != 0)
		return -1;
	status = index_copy(index_path(repo, work->arena), work->index, err);
	work->has_index = status == 0;
	/* git replaces the private index and never writes into it: the other name keeps the first. */
	if (status == 0 && link(work->index, arena_join(work->arena, dir, "/kept-index", "")) != 0)
		return err_errno(err, "cannot keep the index in '%s'", dir);
	return status < 0 ? -1 : 0;
}

bool snapshot_is_left_over(int scratch_fd, const char *name)
{
	return !strncmp(name, FOLDER, strlen(FOLDER)) || snapshot_objects_are_left_over(name) ||
	       raw_repo_is_half_made(scratch_fd, name);
}

static void clean_up(struct snapshot_work *work)
{
	if (work->root_fd >= 0)
		close(work->root_fd);
	if (work->objects_fd >= 0)
		close(work->objects_fd);
	if (work->dir)
		fs_remove_tree(AT_FDCWD, work->dir, NULL);
	vec_release(&work->directories.list);
	vec_release(&work->untracked.list);
	vec_release(&work->raw_paths.list);
	vec_release(&work->overlooked.list);
	vec_release(&work->attributed.list);
	vec_release(&work->unreadable.list);
	vec_release(&work->hidden.list);
	vec_release(&work->folders.list);
}

/* Refs to objects that are not there any more are worse than none. */
static int check_whole(const struct snapshot_work *work, const char *base,
		       const struct snapshot *snapshot, struct err *err)
{
	const struct repo *repo = work->request->repo;
	const struct snapshot_entry entry = { .ref = snapshot->ref,
					      .tree = snapshot->tree,
					      .raw = snapshot->raw };
	int whole;

	snapshot_await_gc(repo, work->arena); /* it may not have seen the refs */
	whole = snapshot_is_whole_beside(repo, snapshot->raw, snapshot->tree, base, err);
	if (whole > 0)
		return 0;
	snapshot_remove(repo, &entry, NULL);
	return whole < 0 ? -1
			 : err_set(err, ERR_SYSTEM, "'git gc' or 'git prune' removed a part of it");
}

static int make_objects(struct snapshot_work *work, struct snapshot_trees *trees,
			struct snapshot *snapshot, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf notes = STRBUF_INIT;
	struct snapshot_tracked tracked = { 0 };
	int status;

	if (prepare(work, err) != 0)
		return -1;
	status = snapshot_look(work, &tracked, err);
	if (status == 0)
		status = snapshot_note(work, &notes, err);
	if (status == 0)
		status = snapshot_ask_attributes(work, &work->attributed, err);
	if (snapshot_tracked_wait(&tracked, work, trees, status == 0 ? err : NULL) != 0 ||
	    status != 0 || snapshot_write_trees(work, trees, &notes, snapshot, err) != 0)
		return -1;
	snapshot->n_unreadable = work->unreadable.list.n;
	snapshot->unreadable = arena_memdup(work->arena, work->unreadable.list.v,
					    work->unreadable.list.n *
						    sizeof *work->unreadable.list.v);
	return 0;
}

/* They are large, and what is gone when all is synced need not be written. */
static void drop_indexes(struct snapshot_work *work)
{
	static const char *const names[] = { "/index", "/kept-index", "/staged-index" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlink(arena_join(work->arena, work->dir, names[i], ""));
}

static int take_once(struct snapshot *snapshot, const struct snapshot_request *request,
		     struct attempt *attempt, struct arena *arena, struct err *err)
{
	struct snapshot_work work = { .request = request,
				      .arena = arena,
				      .root_fd = -1,
				      .objects_fd = -1,
				      .is_retry = attempt->number > 1 };
	struct snapshot_trees trees = { 0 };
	struct snapshot_gc gc;
	int status;

	snapshot_watch_gc(&gc, request->repo, arena);
	status = make_objects(&work, &trees, snapshot, err);
	if (status == 0)
		drop_indexes(&work);
	if (status == 0)
		status = snapshot_sync_objects(&work, &attempt->is_lost, err);
	if (status == 0)
		status = snapshot_write_refs(&work, snapshot, err);
	if (status == 0 && snapshot_may_lack(&gc, request->repo, arena))
		status = check_whole(&work, trees.base, snapshot, err);
	clean_up(&work);
	return status;
}

/* Files come and go while we look; git gives up on one that became a directory between its looks, and a gc
 * takes what nothing refers to yet: so what failed is tried again. */
int snapshot_take(struct snapshot *snapshot, const struct snapshot_request *request,
		  struct arena *arena, struct err *err)
{
	struct attempt attempt = { .number = 1 };
	struct err first = ERR_INIT;

	*snapshot = (struct snapshot){ 0 };
	snapshot->ref = arena_printf(arena, SNAPSHOT_REFS "%s/%u", request->run, request->number);
	for (; attempt.number < MAX_ATTEMPTS && !attempt.is_lost; attempt.number++) {
		if (take_once(snapshot, request, &attempt, arena, &first) == 0)
			return 0;
		if (attempt.is_lost)
			break;
		err_release(&first);
		snapshot_await_gc(request->repo, arena);
	}
	if (attempt.is_lost) {
		err_copy(err, &first);
		err_release(&first);
	} else if (take_once(snapshot, request, &attempt, arena, err) == 0) {
		return 0;
	}
	return err_wrap(err, "cannot take snapshot %s", snapshot->ref);
}
