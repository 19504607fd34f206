/*
 * The bytes of files that git would convert, and of ignored files that are to be kept. A git directory
 * of our own beside the repository's, over the same objects, has an info/attributes that turns every
 * conversion off; its index stays for the next time, so that only what changed is read again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/strmap.h"
#include "git/cmd.h"
#include "repo_config_impl.h"
#include "snapshot_impl.h"
#include "sys/fs.h"

#define RAW_DIR	      "/raw"
#define RAW_INDEX     "/raw-index"
#define NO_CONVERSION "* -text -crlf -eol -filter -ident -working-tree-encoding\n"

struct raw_repo {
	struct repo repo;
	const char *index;   /* of this attempt */
	const char *objects; /* "GIT_OBJECT_DIRECTORY=…" */
};

static int write_file(const struct raw_repo *raw, struct arena *arena, const char *name,
		      const char *text, struct err *err)
{
	return fs_replace(AT_FDCWD, arena_join(arena, raw->repo.git_dir, "/", name), 0600, text,
			  strlen(text), 0, err);
}

/* Settings of the user's repository (file modes, links, case) hold here too. */
static int make_repo(const struct snapshot_work *work, const struct raw_repo *raw, struct err *err)
{
	static const char *const folders[] = { "/info", "/objects", "/refs" };
	const struct repo *repo = work->request->repo;
	struct repo_config config = { 0 };
	const char *text;

	if (access(arena_join(work->arena, raw->repo.git_dir, "/HEAD", ""), F_OK) == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (fs_mkdir_p(AT_FDCWD, arena_join(work->arena, raw->repo.git_dir, folders[i], ""),
			       0700, err) != 0)
			return -1;
	if (repo_config_read(repo->git_dir, repo->common_dir, work->arena, &config, err) != 0)
		return -1;
	text = arena_printf(work->arena,
			    "[core]\n\trepositoryformatversion = %d\n%s"
			    "[include]\n\tpath = \"%s/config\"\n[core]\n\tbare = false\n",
			    config.is_sha256,
			    config.is_sha256 ? "[extensions]\n\tobjectformat = sha256\n" : "",
			    repo->common_dir);
	if (write_file(raw, work->arena, "config", text, err) != 0 ||
	    write_file(raw, work->arena, "info/attributes", NO_CONVERSION, err) != 0)
		return -1;
	return write_file(raw, work->arena, "HEAD", "ref: refs/heads/none\n", err);
}

static int run_raw(const struct snapshot_work *work, const struct raw_repo *raw,
		   const char *const *args, const struct strbuf *input, struct strbuf *out,
		   struct err *err)
{
	static const char *const settings[] = { "core.fsync=all", "core.fsyncMethod=batch",
						"core.splitIndex=false", NULL };
	const char *env[] = { arena_join(work->arena, "GIT_INDEX_FILE=", raw->index, ""),
			      raw->objects, NULL };
	struct git_cmd cmd = { .repo = &raw->repo,
			       .args = args,
			       .settings = settings,
			       .env = env,
			       .timeout_ms = 15 * 60 * 1000,
			       .writes = true };

	if (input) {
		cmd.input = strbuf_str(input);
		cmd.input_len = input->len;
	}
	return git_run(&cmd, out, NULL, err);
}

/* ---- What to keep ------------------------------------------------------------------------------ */

/* With an index that is not there every file is one of the "others", ignored or not. */
static int find_included(const struct snapshot_work *work, const struct raw_repo *raw,
			 struct path_list *paths, struct err *err)
{
	const struct snapshot_request *request = work->request;
	struct raw_repo empty = *raw;
	const char **args = ARENA_ARRAY(work->arena, const char *, request->n_include + 5);
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t n = 0;

	if (!request->n_include)
		return 0;
	empty.index = arena_join(work->arena, work->dir, "/none", "");
	args[n++] = "ls-files";
	args[n++] = "-o";
	args[n++] = "-z";
	args[n++] = "--";
	for (size_t i = 0; i < request->n_include; i++)
		args[n++] = arena_join(work->arena, ":(glob)", request->include[i], "");
	if (run_raw(work, &empty, args, NULL, &out, err) != 0)
		return -1;
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1) {
		const char *path = out.buf + at;

		if (path[strlen(path) - 1] != '/')
			vec_push(&paths->list, arena_strdup(work->arena, path));
	}
	return 0;
}

/* Lines of `ls-files -s -z` whose path is wanted. */
static void pick_entries(const struct strbuf *all, const struct path_list *paths,
			 struct strbuf *picked)
{
	struct strmap wanted = { 0 };

	for (size_t i = 0; i < paths->list.n; i++)
		strmap_put(&wanted, paths->list.v[i], (void *)paths);
	for (size_t at = 0; at < all->len; at += strlen(all->buf + at) + 1) {
		const char *entry = all->buf + at, *tab = strchr(entry, '\t');

		if (tab && strmap_get(&wanted, tab + 1))
			strbuf_add(picked, entry, strlen(entry) + 1);
	}
	strmap_release(&wanted);
}

static int hash_raw(const struct snapshot_work *work, const struct raw_repo *raw,
		    const struct path_list *paths, struct strbuf *entries, struct err *err)
{
	static const char *const add[] = { "update-index", "--add",   "--remove",
					   "-z",	   "--stdin", NULL };
	static const char *const show[] = { "ls-files", "-s", "-z", NULL };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf all CLEANUP(strbuf_release) = STRBUF_INIT;

	snapshot_join_paths(paths, &text);
	if (run_raw(work, raw, add, &text, NULL, err) != 0 ||
	    run_raw(work, raw, show, NULL, &all, err) != 0)
		return -1;
	pick_entries(&all, paths, entries);
	return 0;
}

static int overlay(const struct snapshot_work *work, struct raw_repo *raw, struct path_list *paths,
		   struct err *err)
{
	static const char *const move[] = { "update-index", "-z", "--index-info", NULL };
	const char *kept = arena_join(work->arena, raw->repo.git_dir, "/index", "");
	struct strbuf entries CLEANUP(strbuf_release) = STRBUF_INIT;

	if (!work->is_retry && snapshot_copy_index(kept, raw->index, err) < 0)
		return -1;
	if (find_included(work, raw, paths, err) != 0)
		return -1;
	if (!paths->list.n)
		return 0;
	if (hash_raw(work, raw, paths, &entries, err) != 0)
		return -1;
	return snapshot_git(work, NULL, move, &entries, NULL, NULL, err);
}

int snapshot_overlay_raw(const struct snapshot_work *work, struct err *err)
{
	const struct snapshot_request *request = work->request;
	struct path_list paths = { 0 };
	struct raw_repo raw = { .repo = *request->repo };
	int status;

	if (!work->raw_paths.list.n && !request->n_include)
		return 0;
	raw.repo.git_dir = arena_join(work->arena, request->scratch, RAW_DIR, "");
	raw.repo.common_dir = raw.repo.git_dir;
	raw.index = arena_join(work->arena, work->dir, RAW_INDEX, "");
	raw.objects = arena_join(work->arena, "GIT_OBJECT_DIRECTORY=", request->repo->common_dir,
				 "/objects");
	if (make_repo(work, &raw, err) != 0)
		return -1;
	for (size_t i = 0; i < work->raw_paths.list.n; i++)
		vec_push(&paths.list, work->raw_paths.list.v[i]);
	status = overlay(work, &raw, &paths, err);
	vec_release(&paths.list);
	return status;
}

void snapshot_keep_raw(const struct snapshot_work *work)
{
	rename(arena_join(work->arena, work->dir, RAW_INDEX, ""),
	       arena_join(work->arena, work->request->scratch, RAW_DIR, "/index"));
}
