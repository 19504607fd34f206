/*
 * Making and using the git directory without conversions.
 */
#include "raw_repo_impl.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "git/cmd.h"
#include "repo_config_impl.h"
#include "snapshot_impl.h"
#include "sys/fs.h"

#define GIT_TIMEOUT_MS (15 * 60 * 1000)
#define FOLDER	       "raw"
#define NO_CONVERSION  "* -text -crlf -eol -filter -ident -working-tree-encoding\n"

static int write_file(const struct raw_repo *raw, struct arena *arena, const char *name,
		      const char *text, struct err *err)
{
	return fs_replace(AT_FDCWD, arena_join(arena, raw->repo.git_dir, "/", name), 0600, text,
			  strlen(text), FS_DURABLE, err);
}

static void add_escaped(struct strbuf *text, const char *path)
{
	for (; *path; path++) {
		if (*path == '"' || *path == '\\' || *path == '\n')
			strbuf_addch(text, '\\');
		strbuf_addch(text, *path == '\n' ? 'n' : *path);
	}
}

/* Settings of the user's repository (file modes, links, case) hold here too; that of being bare must not,
 * and the format of objects is read from the file itself. */
static int write_config(const struct raw_repo *raw, const struct repo *repo, struct arena *arena,
			struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct repo_config config = { 0 };

	if (repo_config_read(repo->git_dir, repo->common_dir, arena, &config, err) != 0)
		return -1;
	strbuf_addf(&text, "[core]\n\trepositoryformatversion = %d\n", config.is_sha256);
	if (config.is_sha256)
		strbuf_addstr(&text, "[extensions]\n\tobjectformat = sha256\n");
	strbuf_addstr(&text, "[include]\n\tpath = \"");
	add_escaped(&text, repo->common_dir);
	strbuf_addstr(&text, "/config\"\n[core]\n\tbare = false\n");
	return write_file(raw, arena, "config", text.buf, err);
}

/* HEAD last: with it the directory counts as made, and the attributes that keep bytes as they are have to
 * be there, after a power cut too. */
static int make(const struct raw_repo *raw, const struct repo *repo, struct arena *arena,
		struct err *err)
{
	static const char *const folders[] = { "/info", "/objects", "/refs" };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (fs_mkdir_p(AT_FDCWD, arena_join(arena, raw->repo.git_dir, folders[i], ""), 0700,
			       err) != 0)
			return -1;
	if (write_config(raw, repo, arena, err) != 0 ||
	    write_file(raw, arena, "info/attributes", NO_CONVERSION, err) != 0)
		return -1;
	return write_file(raw, arena, "HEAD", "ref: refs/heads/none\n", err);
}

int raw_repo_open(struct raw_repo *raw, const struct repo *repo, const char *scratch,
		  struct arena *arena, struct err *err)
{
	raw->repo = *repo;
	raw->repo.git_dir = arena_join(arena, scratch, "/" FOLDER, "");
	raw->repo.common_dir = raw->repo.git_dir;
	raw->index = arena_join(arena, raw->repo.git_dir, "/index", "");
	raw->objects = arena_join(arena, "GIT_OBJECT_DIRECTORY=", repo->common_dir, "/objects");
	if (access(arena_join(arena, raw->repo.git_dir, "/HEAD", ""), F_OK) == 0)
		return 0;
	return make(raw, repo, arena, err);
}

bool raw_repo_is_half_made(int scratch_fd, const char *name)
{
	return !strcmp(name, FOLDER) && faccessat(scratch_fd, FOLDER "/HEAD", F_OK, 0) != 0;
}

int raw_repo_run(const struct raw_repo *raw, struct arena *arena, const char *const *args,
		 const struct strbuf *input, struct strbuf *out, struct err *err)
{
	static const char *const settings[] = { OBJECTS_SYNCED, SNAPSHOT_GIT_SETTINGS, NULL };
	const char *env[] = { arena_join(arena, "GIT_INDEX_FILE=", raw->index, ""), raw->objects,
			      NULL };
	struct git_cmd cmd = { .repo = &raw->repo,
			       .args = args,
			       .input = input,
			       .settings = settings,
			       .env = env,
			       .timeout_ms = GIT_TIMEOUT_MS,
			       .writes = true };

	return git_run(&cmd, out, NULL, err);
}
