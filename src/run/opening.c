/*
 * See run/opening.h. $BROWSER, EDITOR and the like are commands of the user's, and a shell reads them; what
 * is opened is an argument of theirs, never a part of the command.
 */
#include "run/opening.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/glob.h"
#include "git/cmd.h"
#include "sys/spawn.h"

enum { FILES_MAX = 50 }; /* that an editor gets at once */

/* ---- Programs that have the terminal ---- */

/* Its exit status; -1: it could not be started, or was killed. */
static int run_here(struct session *session, const char *const *argv)
{
	struct spawn_request request = SPAWN_REQUEST_INIT;
	struct env env CLEANUP(env_release) = { 0 };
	int status;
	pid_t pid;

	env_copy(&env, &session->env);
	request.argv = argv;
	request.envp = env_block(&env);
	request.dir = session->layout.root;
	request.stdin_fd = STDIN_FILENO;
	request.stdout_fd = STDOUT_FILENO;
	request.stderr_fd = STDERR_FILENO;
	if (spawn_start(&request, &pid, NULL) < 0 || spawn_wait(pid, &status, NULL) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- Pages ---- */

/* "firefox", or with its argument's place: "open -a Safari %s". */
static const char *script_of(struct arena *arena, const char *command, size_t len)
{
	const char *word = arena_strndup(arena, command, len), *place = strstr(word, "%s");

	if (!place)
		return arena_printf(arena, "%s \"$1\"", word);
	return arena_printf(arena, "%.*s\"$1\"%s", (int)(place - word), word, place + 2);
}

/* $BROWSER is a list; the first that can show it does. */
static bool show_by_variable(struct session *session, const char *url)
{
	const char *list = env_get(&session->env, "BROWSER");

	while (list && *list) {
		size_t len = strcspn(list, ":");
		const char *argv[] = { "sh", "-c", script_of(&session->arena, list, len),
				       "sh", url,  NULL };

		if (len && run_here(session, argv) == 0)
			return true;
		list += len + (list[len] == ':');
	}
	return false;
}

static bool show_by_program(struct session *session, const char *url)
{
	const char *const by_git[] = { "git", "web--browse", url, NULL };
	const char *const others[][3] = { { "xdg-open", url, NULL }, { "open", url, NULL } };
	CLEANUP(strbuf_release)
	struct strbuf found = STRBUF_INIT;

	if (run_here(session, by_git) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (spawn_find_program(others[i][0], env_get(&session->env, "PATH"), NULL,
				       &found) == 0 &&
		    run_here(session, others[i]) == 0)
			return true;
	return false;
}

int opening_page(struct session *session, const char *url, bool has_terminal, struct strbuf *out,
		 struct err *err)
{
	if (!has_terminal) {
		strbuf_addf(out, "no terminal here; would open %s\n", url);
		return 0;
	}
	if (!show_by_variable(session, url) && !show_by_program(session, url))
		return err_set(err, ERR_NOT_FOUND,
			       "no browser could show '%s'; $BROWSER names one, or git's "
			       "web.browser",
			       url);
	strbuf_addf(out, "opened %s\n", url);
	return 0;
}

/* ---- Files ---- */

static int find_editor(struct session *session, const struct config *config, const char **editor,
		       struct err *err)
{
	static const char *const args[] = { "var", "GIT_EDITOR", NULL };
	struct git_cmd cmd = { .repo = &session->repo, .args = args };

	*editor = config_string(config, "workflow", "", "editor");
	if (*editor)
		return 0;
	if (git_run_line(&cmd, &session->arena, editor, err) < 0)
		return err_wrap(err, "no editor is known");
	return 0;
}

static int edit(struct session *session, const char *editor, const char *const *paths, size_t n,
		struct err *err)
{
	struct arena *arena = &session->arena;
	const char **argv = ARENA_ARRAY(arena, const char *, n + 5);
	size_t argc = 0;

	argv[argc++] = "sh";
	argv[argc++] = "-c";
	argv[argc++] = arena_printf(arena, "%s \"$@\"", editor);
	argv[argc++] = editor;
	for (size_t i = 0; i < n; i++) /* none begins with a '-' */
		argv[argc++] = arena_join(arena, session->layout.root, "/", paths[i]);
	if (run_here(session, argv) != 0)
		return err_set(err, ERR_VALUE, "the editor '%s' has failed", editor);
	return 0;
}

int opening_files(struct session *session, const struct config *config, const char *const *paths,
		  size_t n, bool has_terminal, struct strbuf *out, struct err *err)
{
	const char *editor = NULL;

	if (n > FILES_MAX) {
		strbuf_addf(out, "%zu files; the first %d of them:\n", n, FILES_MAX);
		n = FILES_MAX;
	}
	if (!n)
		strbuf_addstr(out, "there is nothing to open\n");
	if (n && has_terminal &&
	    (find_editor(session, config, &editor, err) < 0 ||
	     edit(session, editor, paths, n, err) < 0))
		return -1;
	for (size_t i = 0; i < n; i++)
		strbuf_addf(out, has_terminal ? "opened %s\n" : "no terminal here; would open %s\n",
			    paths[i]);
	return 0;
}

/* ---- What has changed ---- */

struct changes {
	struct session *session;
	struct glob **globs;
	size_t n_globs;
	VEC(const char *) list;
};

static bool matches(const struct changes *changes, const char *path)
{
	for (size_t i = 0; i < changes->n_globs; i++)
		if (glob_match(changes->globs[i], path))
			return true;
	return false;
}

static bool is_there(struct session *session, const char *path)
{
	struct stat st;

	return fstatat(session->layout.root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

/* Appends what a git command lists, each with a NUL behind it. */
static int add_listed(struct changes *changes, const char *const *args, struct err *err)
{
	struct session *session = changes->session;
	struct git_cmd cmd = { .repo = &session->repo, .args = args };
	CLEANUP(strbuf_release)
	struct strbuf answer = STRBUF_INIT;

	if (git_run(&cmd, &answer, NULL, err) < 0)
		return -1;
	for (size_t at = 0; at < answer.len; at += strlen(answer.buf + at) + 1) {
		const char *path = answer.buf + at;

		if (*path && matches(changes, path) && is_there(session, path))
			vec_push(&changes->list, arena_strdup(&session->arena, path));
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int opening_changed(struct session *session, const char *const *globs, size_t n_globs,
		    const char ***paths, size_t *n, struct err *err)
{
	static const char *const changed[] = { "diff", "--name-only", "-z", "HEAD", "--", NULL };
	static const char *const added[] = { "ls-files", "-z", "--others", "--exclude-standard",
					     NULL };
	struct changes changes = { .session = session, .n_globs = n_globs };
	int rc;

	changes.globs = ARENA_ARRAY(&session->arena, struct glob *, n_globs + 1);
	for (size_t i = 0; i < n_globs; i++)
		changes.globs[i] = glob_compile(&session->arena, globs[i]);
	rc = add_listed(&changes, changed, err);
	if (rc == 0)
		rc = add_listed(&changes, added, err);
	if (changes.list.n)
		qsort(changes.list.v, changes.list.n, sizeof *changes.list.v, compare);
	*n = changes.list.n;
	*paths = arena_memdup(&session->arena, changes.list.v,
			      changes.list.n * sizeof *changes.list.v);
	vec_release(&changes.list);
	return rc;
}
