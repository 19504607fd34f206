/*
 * See trigger/hook_install.h. A hook is never missing in between: what was there gets a second name
 * before the shim takes its first one, by a rename, and takes that back by a rename.
 */
#include "trigger/hook_install.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "git/cmd.h"
#include "sys/fs.h"

#define HOOK_MAX ((size_t)1 << 20) /* bytes of a hook that is looked at */
#define PROBE	 "GIT_WF_HOOK_PROBE"

/* ---- Where ---- */

static int ask_git(const struct repo *repo, const char *const *args, struct arena *arena,
		   const char **line, struct err *err)
{
	struct git_cmd cmd = { .repo = repo, .args = args, .runs_hooks = true };
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	int code;

	if (git_run(&cmd, &out, &code, err) < 0)
		return -1;
	*line = code == 0 ? arena_strndup(arena, strbuf_str(&out), strcspn(strbuf_str(&out), "\n"))
			  : NULL;
	return 0;
}

/* The folder itself may not be there yet. */
static const char *resolve(struct arena *arena, const char *path)
{
	char *found = realpath(path, NULL);
	const char *copy = arena_strdup(arena, found ? found : path);

	free(found);
	return copy;
}

static bool is_inside(const char *path, const char *dir)
{
	size_t len = dir ? strlen(dir) : 0;

	return len && strncmp(path, dir, len) == 0 && (path[len] == '/' || !path[len]);
}

static int refuse_shared(const char *scope, const char *dir, struct err *err)
{
	return err_set(
		err, ERR_USAGE,
		"core.hooksPath is set %s, to '%s', which is not of this repository alone: a hook "
		"there would start in others too; 'git config core.hooksPath \"$(git rev-parse "
		"--git-common-dir)/hooks\"' gives this one its own",
		scope, dir);
}

int hook_install_find_dir(const struct repo *repo, struct arena *arena, const char **dir,
			  struct err *err)
{
	static const char *const setting[] = { "config", "--show-scope", "--get", "core.hooksPath",
					       NULL };
	static const char *const path[] = { "rev-parse", "--path-format=absolute", "--git-path",
					    "hooks", NULL };
	const char *scope, *found;
	bool is_ours;

	if (ask_git(repo, setting, arena, &scope, err) < 0 ||
	    ask_git(repo, path, arena, &found, err) < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_SYSTEM, "git does not say where its hooks are");
	*dir = resolve(arena, found);
	if (!scope)
		return 0;
	is_ours = is_inside(*dir, repo->root) || is_inside(*dir, repo->common_dir);
	if (strncmp(scope, "global\t", 7) == 0)
		return refuse_shared("for all repositories of yours", *dir, err);
	if (strncmp(scope, "system\t", 7) == 0)
		return refuse_shared("for everybody on this machine", *dir, err);
	return is_ours ? 0 : refuse_shared("to a folder elsewhere", *dir, err);
}

/* ---- One hook ---- */

static char *path_of(const char *dir, enum hook_kind kind, const char *ending)
{
	return xasprintf("%s/%s%s", dir, hook_name(kind), ending);
}

int hook_install_look(const char *dir, enum hook_kind kind, const char *program,
		      struct hook_state *state, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= path_of(dir, kind, "");
	char *kept CLEANUP(xfree_ptr)
	= path_of(dir, kind, HOOK_KEPT);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf shim = STRBUF_INIT;
	struct file_id id;
	int absent = fs_stat(AT_FDCWD, kept, &id, err);

	*state = (struct hook_state){ .keeps_other = absent == 0 };
	if (absent >= 0)
		absent = fs_stat(AT_FDCWD, path, &id, err);
	if (absent != 0)
		return absent < 0 ? -1 : 0;
	state->is_executable = access(path, X_OK) == 0;
	state->presence = HOOK_FOREIGN;
	if (!S_ISREG(id.mode) || fs_read_file(AT_FDCWD, path, HOOK_MAX, &text, NULL) < 0 ||
	    !text.len || !hook_shim_is_ours(text.buf, text.len))
		return 0;
	hook_shim_write(program, &shim);
	state->presence = strcmp(strbuf_str(&text), strbuf_str(&shim)) == 0 && state->is_executable
				  ? HOOK_OURS
				  : HOOK_OLDER;
	return 0;
}

/* A second name for the same file; where the file system has none, another place. */
static int keep_other(const char *path, const char *kept, struct err *err)
{
	if (linkat(AT_FDCWD, path, AT_FDCWD, kept, 0) == 0)
		return 0;
	if (errno == EEXIST || rename(path, kept) < 0)
		return err_errno(err, "cannot keep '%s' as '%s'", path, kept);
	return 0;
}

int hook_install_put(const char *dir, enum hook_kind kind, const char *program, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= path_of(dir, kind, "");
	char *kept CLEANUP(xfree_ptr)
	= path_of(dir, kind, HOOK_KEPT);
	CLEANUP(strbuf_release)
	struct strbuf shim = STRBUF_INIT;
	struct hook_state state;

	if (hook_install_look(dir, kind, program, &state, err) < 0)
		return -1;
	if (state.presence == HOOK_OURS)
		return 1;
	if (state.presence == HOOK_FOREIGN && state.keeps_other)
		return err_set(
			err, ERR_USAGE,
			"somebody has put another hook in the place of '%s', and the one from "
			"before is still kept as '%s': remove one of the two",
			path, kept);
	if (fs_mkdir_p(AT_FDCWD, dir, 0777, err) < 0)
		return -1;
	if (state.presence == HOOK_FOREIGN && keep_other(path, kept, err) < 0)
		return -1;
	hook_shim_write(program, &shim);
	return fs_replace(AT_FDCWD, path, 0777, shim.buf, shim.len, FS_DURABLE, err);
}

int hook_install_take_away(const char *dir, enum hook_kind kind, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= path_of(dir, kind, "");
	char *kept CLEANUP(xfree_ptr)
	= path_of(dir, kind, HOOK_KEPT);
	struct hook_state state;

	if (hook_install_look(dir, kind, "", &state, err) < 0)
		return -1;
	if (state.presence == HOOK_FOREIGN && state.keeps_other)
		return err_set(err, ERR_USAGE,
			       "'%s' is not git-wf's; the hook from before is still kept as '%s'",
			       path, kept);
	if (state.presence == HOOK_FOREIGN || (state.presence == HOOK_ABSENT && !state.keeps_other))
		return 1;
	if (state.keeps_other ? rename(kept, path) < 0 : unlink(path) < 0)
		return err_errno(err, "cannot take '%s' away", path);
	return 0;
}

/* ---- Does it fire? ---- */

int hook_install_probe(const struct repo *repo, enum hook_kind kind, const char *path,
		       const char *const *settings, struct err *err)
{
	char file[] = "/tmp/git-wf-probe-XXXXXX";
	char *told CLEANUP(xfree_ptr)
	= NULL;
	char *search CLEANUP(xfree_ptr)
	= xasprintf("PATH=%s", path);
	const char *const args[] = { "hook", "run", "--ignore-missing", hook_name(kind), NULL };
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	int fd = mkstemp(file), rc, code;

	if (fd < 0)
		return err_errno(err, "cannot make a temporary file");
	close(fd);
	told = xasprintf(PROBE "=%s", file);
	const char *const env[] = { told, search, NULL };
	struct git_cmd cmd = {
		.repo = repo, .args = args, .env = env, .settings = settings, .runs_hooks = true
	};

	rc = git_run(&cmd, NULL, &code, err);
	if (rc == 0)
		rc = fs_read_file(AT_FDCWD, file, 256, &text, err);
	unlink(file);
	return rc < 0 ? -1 : strcmp(strbuf_str(&text), hook_name(kind)) == 0;
}

bool hook_install_answer_probe(enum hook_kind kind)
{
	const char *file = getenv(PROBE), *name = hook_name(kind);
	int fd;

	if (!file || !*file)
		return false;
	fd = open(file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0) {
		fs_write_all(fd, name, strlen(name), NULL);
		close(fd);
	}
	return true;
}
