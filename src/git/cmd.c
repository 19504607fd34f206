/*
 * Starts git with everything switched off that could run something else, and waits for it.
 */
#include "git/cmd.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/vec.h"
#include "sys/clock.h"
#include "sys/env.h"
#include "sys/fs.h"
#include "sys/spawn.h"

#define DEFAULT_TIMEOUT_MS 60000
#define TERM_GRACE_MS	   2000 /* git removes its lock files on SIGTERM */
#define DRAIN_GRACE_MS	   200	/* after its end, for a pipe that a grandchild holds */
#define DRAIN_LIMIT_MS	   5000
#define POLL_SLICE_MS	   50
#define MAX_STDERR_SIZE	   65536
#define HELD_FD		   9 /* in git; make's jobserver is below */

extern char **environ;

struct git_child {
	pid_t pid;
	int fds[2];		 /* stdout, stderr; -1: at its end */
	struct strbuf *sinks[2]; /* NULL: thrown away */
	struct strbuf messages;
	int status;
	int read_errno; /* of its output, which is not whole then */
	bool is_reaped;
	bool is_timed_out;
};

static void child_release(struct git_child *child)
{
	for (int i = 0; i < 2; i++)
		if (child->fds[i] >= 0)
			close(child->fds[i]);
	strbuf_release(&child->messages);
}

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

/* ---- Starting -------------------------------------------------------------------------------- */

static int start_with(struct git_child *child, const struct git_cmd *cmd, int input_fd,
		      struct err *err)
{
	struct argv argv = { 0 };
	struct env env CLEANUP(env_release) = { 0 };
	int out[2] = { -1, -1 }, messages[2];
	int status;

	if (spawn_pipe(out, err) != 0)
		return -1;
	child->fds[0] = out[0];
	if (spawn_pipe(messages, err) != 0) {
		close(out[1]);
		return -1;
	}
	child->fds[1] = messages[0];
	build_argv(&argv, cmd);
	build_env(&env, cmd);
	struct spawn_request request = SPAWN_REQUEST_INIT;
	const struct spawn_fd held = { cmd->held_fd, HELD_FD };
	request.extra_fds = &held;
	request.n_extra_fds = cmd->held_fd > 0;
	request.argv = argv.list.v;
	request.envp = env_block(&env);
	if (cmd->repo)
		request.dir = cmd->repo->root ? cmd->repo->root : cmd->repo->git_dir;
	request.stdin_fd = input_fd;
	request.stdout_fd = out[1];
	request.stderr_fd = messages[1];
	request.new_group = true;
	status = spawn_start(&request, &child->pid, err);
	close(out[1]);
	close(messages[1]);
	vec_release(&argv.list);
	return status;
}

static int start(struct git_child *child, const struct git_cmd *cmd, struct err *err)
{
	int input_fd = -1, status;

	if (cmd->input) {
		input_fd = fs_open_text(cmd->input->buf, cmd->input->len);
		if (input_fd < 0)
			return err_errno(err, "cannot keep the input of git");
	}
	status = start_with(child, cmd, input_fd, err);
	if (input_fd >= 0)
		close(input_fd);
	return status;
}

/* ---- Until its end --------------------------------------------------------------------------- */

static void take_output(struct git_child *child, int i)
{
	char *into, scrap[4096];
	struct strbuf *sink = child->sinks[i];
	size_t room = sizeof scrap;
	ssize_t n;

	into = scrap;
	if (sink == &child->messages && sink->len >= MAX_STDERR_SIZE)
		sink = NULL; /* its first lines say why; the rest is only drained */
	if (sink) {
		room = 65536;
		strbuf_grow(sink, room);
		into = sink->buf + sink->len;
	}
	n = read(child->fds[i], into, room);
	if (n > 0 && sink)
		strbuf_setlen(sink, sink->len + (size_t)n);
	else if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
		if (n < 0 && i == 0)
			child->read_errno = errno;
		close(child->fds[i]);
		child->fds[i] = -1;
	}
}

/* What is left of the output is given up: a git that goes on writing ends by SIGPIPE. */
static void give_up_output(struct git_child *child, int why)
{
	child->read_errno = why;
	for (int i = 0; i < 2; i++) {
		if (child->fds[i] >= 0)
			close(child->fds[i]);
		child->fds[i] = -1;
	}
}

/* Waits for output up to wait_ms. False: nothing came. */
static bool pump(struct git_child *child, int wait_ms)
{
	struct pollfd polls[2] = { { .fd = child->fds[0], .events = POLLIN },
				   { .fd = child->fds[1], .events = POLLIN } };

	int n = poll(polls, 2, wait_ms);

	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0)
		give_up_output(child, errno);
	if (n <= 0)
		return false;
	for (int i = 0; i < 2; i++)
		if (child->fds[i] >= 0 && polls[i].revents)
			take_output(child, i);
	return true;
}

static bool has_output(const struct git_child *child)
{
	return child->fds[0] >= 0 || child->fds[1] >= 0;
}

/* 1: it has ended; 0: it runs; -1: somebody else took its status. */
static int reap(struct git_child *child)
{
	pid_t pid;

	if (child->is_reaped)
		return 1;
	do
		pid = waitpid(child->pid, &child->status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return 0;
	child->is_reaped = true;
	return pid < 0 ? -1 : 1;
}

static void end_late_child(struct git_child *child, uint64_t now_ms, uint64_t *deadline_ms)
{
	kill(-child->pid, child->is_timed_out ? SIGKILL : SIGTERM);
	child->is_timed_out = true;
	*deadline_ms = now_ms + TERM_GRACE_MS;
}

/* A pipe ends when git does, so the usual case never waits for a slice to pass. */
static int wait_for(struct git_child *child, uint64_t timeout_ms, struct err *err)
{
	uint64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
	unsigned n_naps = 0;
	int ended;

	while ((ended = reap(child)) == 0) {
		uint64_t now_ms = clock_monotonic_ms();

		if (now_ms >= deadline_ms)
			end_late_child(child, now_ms, &deadline_ms);
		if (has_output(child)) {
			pump(child, POLL_SLICE_MS);
		} else {
			/* Its pipes close a moment before it can be reaped. */
			if (n_naps++ < 20)
				sched_yield();
			else
				clock_sleep_ms(n_naps < 30 ? 1 : 10);
		}
	}
	if (ended < 0)
		return err_errno(err, "cannot learn how git ended");
	deadline_ms = clock_monotonic_ms() + DRAIN_LIMIT_MS;
	while (has_output(child) && pump(child, DRAIN_GRACE_MS))
		if (clock_monotonic_ms() >= deadline_ms)
			break;
	return 0;
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

static int conclude(struct git_child *child, const struct git_cmd *cmd, int *exit_code,
		    struct err *err)
{
	const char *name = cmd->args[0];

	if (child->is_timed_out)
		return err_set(err, ERR_SYSTEM, "git %s took too long and was ended", name);
	if (WIFSIGNALED(child->status))
		return err_set(err, ERR_SYSTEM, "git %s was ended by signal %d", name,
			       WTERMSIG(child->status));
	if (child->read_errno) {
		errno = child->read_errno;
		return err_errno(err, "cannot read what git %s says", name);
	}
	if (exit_code) {
		*exit_code = WEXITSTATUS(child->status);
		return 0;
	}
	if (WEXITSTATUS(child->status) == 0)
		return 0;
	strbuf_grow(&child->messages, 1);
	return err_set(err, ERR_SYSTEM, "git %s failed: %s", name, find_cause(child->messages.buf));
}

int git_run(const struct git_cmd *cmd, struct strbuf *out, int *exit_code, struct err *err)
{
	struct git_child child = { .fds = { -1, -1 }, .sinks = { out, NULL } };
	int status;

	child.sinks[1] = &child.messages;
	status = start(&child, cmd, err);
	if (status == 0)
		status = wait_for(&child, cmd->timeout_ms ? cmd->timeout_ms : DEFAULT_TIMEOUT_MS,
				  err);
	if (cmd->said && child.messages.len)
		strbuf_add(cmd->said, child.messages.buf, child.messages.len);
	if (status == 0)
		status = conclude(&child, cmd, exit_code, err);
	child_release(&child);
	return status;
}

int git_run_line(const struct git_cmd *cmd, struct arena *arena, const char **line, struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (git_run(cmd, &out, NULL, err) != 0)
		return -1;
	*line = arena_strndup(arena, strbuf_str(&out), strcspn(strbuf_str(&out), "\n"));
	return 0;
}
