/*
 * Starts git with everything switched off that could run something else, and waits for it.
 */
#include "git/cmd.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/vec.h"
#include "sys/env.h"
#include "sys/run.h"

#define DEFAULT_TIMEOUT_MS 60000
#define HELD_FD		   9 /* in git; make's jobserver is below */

extern char **environ;

/* ---- What git is told ------------------------------------------------------------------------ */

/* GIT_CONFIG_PARAMETERS and its like are not among them: they are the user's `-c`. */
static const char *const stripped[] = {
	"GIT_DIR",
	"GIT_WORK_TREE",
	"GIT_COMMON_DIR",
	"GIT_INDEX_FILE",
	"GIT_IMPLICIT_WORK_TREE",
	"GIT_PREFIX",
	"GIT_NAMESPACE",
	"GIT_GRAFT_FILE",
	"GIT_SHALLOW_FILE",
	"GIT_REPLACE_REF_BASE",
	"GIT_NO_REPLACE_OBJECTS",
	"GIT_INTERNAL_SUPER_PREFIX",
	"GIT_CONFIG",
};

/* What the user set for his own commands and would change the meaning of ours. */
static const char *const hostile[] = {
	"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS",
	"GIT_ICASE_PATHSPECS",	 "GIT_EXTERNAL_DIFF",  "GIT_DIFF_OPTS",
	"GIT_ATTR_SOURCE",	 "GIT_TRACE_SETUP",    "GIT_DEFAULT_REF_FORMAT",
	"GIT_ASKPASS",		 "SSH_ASKPASS",	       "LANGUAGE",
};

static void unset_all(struct env *env, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		env_unset(env, names[i]);
}

/* A pre-receive hook sees the pushed objects through these; they are of its repository alone. */
static bool is_own_quarantine(const struct repo *repo)
{
	const char *path = getenv("GIT_QUARANTINE_PATH");
	size_t len = strlen(repo->common_dir);

	return path && !strncmp(path, repo->common_dir, len) && path[len] == '/';
}

static void strip_repository(struct env *env, const struct repo *repo)
{
	unset_all(env, stripped, ARRAY_SIZE(stripped));
	if (!is_own_quarantine(repo)) {
		env_unset(env, "GIT_OBJECT_DIRECTORY");
		env_unset(env, "GIT_ALTERNATE_OBJECT_DIRECTORIES");
		env_unset(env, "GIT_QUARANTINE_PATH");
	}
	env_set(env, "GIT_DIR", repo->git_dir);
	if (strcmp(repo->git_dir, repo->common_dir) != 0)
		env_set(env, "GIT_COMMON_DIR", repo->common_dir);
	if (repo->root)
		env_set(env, "GIT_WORK_TREE", repo->root);
}

static void build_env(struct env *env, const struct git_cmd *cmd)
{
	env_init(env, environ, ENV_KEEP_GIT);
	unset_all(env, hostile, ARRAY_SIZE(hostile));
	if (cmd->repo)
		strip_repository(env, cmd->repo);
	env_set(env, "LC_ALL", "C");
	env_set(env, "GIT_TERMINAL_PROMPT", "0");
	env_set(env, "GIT_OPTIONAL_LOCKS", "0");
	if (!cmd->writes)
		env_set(env, "GIT_NO_LAZY_FETCH", "1");
	for (const char *const *extra = cmd->env; extra && *extra; extra++) {
		const char *equals = strchr(*extra, '=');

		if (!equals)
			BUG("'%s' is no variable", *extra);
		env_set(env, arena_strndup(&env->arena, *extra, (size_t)(equals - *extra)),
			equals + 1);
	}
}

static bool is_diff(const char *name)
{
	static const char *const diffs[] = { "diff",	  "diff-files", "diff-index",
					     "diff-tree", "log",	"show" };

	for (size_t i = 0; i < ARRAY_SIZE(diffs); i++)
		if (!strcmp(name, diffs[i]))
			return true;
	return false;
}

struct argv {
	VEC(const char *) list;
};

static void add_settings(struct argv *argv, const char *const *settings)
{
	for (; settings && *settings; settings++) {
		vec_push(&argv->list, "-c");
		vec_push(&argv->list, *settings);
	}
}

static void build_argv(struct argv *argv, const struct git_cmd *cmd)
{
	/* The folder of hooks is none then; those that a git of 2.54 or later finds in its settings, as far
	 * as commands of ours would start them. */
	static const char *const no_hooks[] = {
		"core.hooksPath=/dev/null",
		"hook.post-index-change.enabled=false",
		"hook.reference-transaction.enabled=false",
		"hook.post-checkout.enabled=false",
		"hook.pre-push.enabled=false",
		NULL,
	};
	static const char *const settings[] = {
		"core.fsmonitor=false",
		"core.pager=cat",
		"color.ui=false",
		"maintenance.auto=false",
		"gc.auto=0",
		"submodule.recurse=false",
		/* By itself git syncs no loose object: after a power cut its name may be there without its
		 * content, and is taken for the object whenever the same content is to be stored again. */
		"core.fsync=committed,loose-object",
		"core.fsyncMethod=fsync",
		NULL,
	};
	const char *const *arg = cmd->args;

	vec_push(&argv->list, "git");
	vec_push(&argv->list, "--no-pager");
	add_settings(argv, settings);
	add_settings(argv, cmd->settings);
	if (!cmd->runs_hooks)
		add_settings(argv, no_hooks);
	if (*arg && is_diff(*arg)) {
		vec_push(&argv->list, *arg++);
		vec_push(&argv->list, "--no-ext-diff");
		vec_push(&argv->list, "--no-textconv");
	}
	while (*arg)
		vec_push(&argv->list, *arg++);
	vec_push(&argv->list, NULL);
}

/* ---- What came of it ------------------------------------------------------------------------- */

static bool starts_line(const char *line, const char *prefix)
{
	return !strncmp(line, prefix, strlen(prefix));
}

/* The line that says why; `text` is cut into pieces. */
static const char *find_cause(char *text)
{
	char *rest = NULL;
	const char *last = "it said nothing";

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (starts_line(line, "fatal: ") || starts_line(line, "error: "))
			return line + 7;
		if (!starts_line(line, "hint: ") && !starts_line(line, "warning: "))
			last = line;
	}
	return last;
}

static int conclude(const struct git_cmd *cmd, int status, struct strbuf *messages, int *exit_code,
		    struct err *err)
{
	const char *name = cmd->args[0];

	if (WIFSIGNALED(status))
		return err_set(err, ERR_SYSTEM, "git %s was ended by signal %d", name,
			       WTERMSIG(status));
	if (exit_code) {
		*exit_code = WEXITSTATUS(status);
		return 0;
	}
	if (WEXITSTATUS(status) == 0)
		return 0;
	strbuf_grow(messages, 1);
	return err_set(err, ERR_SYSTEM, "git %s failed: %s", name, find_cause(messages->buf));
}

/* ---- Running ----------------------------------------------------------------------------------- */

static int run(const struct git_cmd *cmd, struct strbuf *out, struct strbuf *messages, int *status,
	       struct err *err)
{
	struct argv argv = { 0 };
	struct env env CLEANUP(env_release) = { 0 };
	const struct spawn_fd held = { cmd->held_fd, HELD_FD };
	struct run_request request = { .extra_fds = &held,
				       .n_extra_fds = cmd->held_fd > 0,
				       .timeout_ms = cmd->timeout_ms ? cmd->timeout_ms
								     : DEFAULT_TIMEOUT_MS,
				       .own_group = true }; /* told to end, it removes its locks */
	int rc;

	build_argv(&argv, cmd);
	build_env(&env, cmd);
	request.argv = argv.list.v;
	request.envp = env_block(&env);
	if (cmd->repo)
		request.dir = cmd->repo->root ? cmd->repo->root : cmd->repo->git_dir;
	if (cmd->input) {
		request.input = strbuf_str(cmd->input);
		request.input_len = cmd->input->len;
	}
	rc = run_program(&request, out, messages, status, err);
	vec_release(&argv.list);
	return rc < 0 ? err_wrap(err, "git %s", cmd->args[0]) : 0;
}

int git_run(const struct git_cmd *cmd, struct strbuf *out, int *exit_code, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf messages = STRBUF_INIT;
	int status, rc = run(cmd, out, &messages, &status, err);

	if (cmd->said && messages.len)
		strbuf_add(cmd->said, messages.buf, messages.len);
	return rc < 0 ? -1 : conclude(cmd, status, &messages, exit_code, err);
}

int git_run_line(const struct git_cmd *cmd, struct arena *arena, const char **line, struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (git_run(cmd, &out, NULL, err) != 0)
		return -1;
	*line = arena_strndup(arena, strbuf_str(&out), strcspn(strbuf_str(&out), "\n"));
	return 0;
}
