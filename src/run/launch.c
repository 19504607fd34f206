/*
 * One attempt is started: its environment, its files, its pipes, its process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_impl.h"

#include "agents_impl.h"
#include "carry_impl.h"
#include "helper_impl.h"
#include "outcome_impl.h"
#include "printed_impl.h"
#include "secrets_impl.h"
#include "streams_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/spawn.h"
#include "sys/tty.h"

/* The step's own, or that of what stands beside it. */
static const struct command *command_of(const struct execution *execution)
{
	return side_is_at_work(execution) ? execution->side.command
					  : &execution->judged.gathered.command;
}

static bool has_console(const struct execution *execution)
{
	const struct step *step = execution->node->step;

	/* Who only says what he would open needs no terminal. */
	return step->console && !side_is_at_work(execution) &&
	       (!step->open || (tty_is_terminal(STDIN_FILENO) && tty_is_terminal(STDOUT_FILENO)));
}

/* ---- Environment ---- */

static void set_artifact(struct execution *execution, struct env *env, const char *prefix,
			 const char *name)
{
	env_set(env, command_artifact_variable(&execution->arena, prefix, name),
		artifact_path(execution->engine->session, &execution->arena, name));
}

static void set_artifacts(struct execution *execution, struct env *env)
{
	const struct node *node = execution->node;

	for (size_t i = 0; i < node->n_outputs; i++) {
		if (node->outputs[i].kind == PATH_ARTIFACT)
			set_artifact(execution, env, COMMAND_ARTIFACT_OUT, node->outputs[i].path);
	}
	for (size_t i = 0; i < node->n_inputs; i++) {
		if (node->inputs[i].kind == PATH_ARTIFACT)
			set_artifact(execution, env, COMMAND_ARTIFACT_IN, node->inputs[i].path);
	}
}

static void start_clear(struct engine *engine, const struct command *command, struct env *env)
{
	static const char *const kept[] = { "PATH",	   "HOME",	 "USER",       "TERM",
					    "TMPDIR",	   "LANG",	 "MAKEFLAGS",  "WF_RUN_ID",
					    "WF_WORKFLOW", "WF_ROOT",	 "WF_RUN_DIR", "WF_HOOK",
					    "WF_FILES",	   "WF_MSG_FILE" };

	env_init(env, (char *const[]){ NULL }, 0);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		const char *value = env_get(&engine->env, kept[i]);

		if (value)
			env_set(env, kept[i], value);
	}
	for (size_t i = 0; i < command->pass.n; i++) {
		const char *value = env_get(&engine->env, command->pass.v[i]);

		if (value)
			env_set(env, command->pass.v[i], value);
	}
}

/* Its own variables may hold what is masked, besides those of the caller. */
static void mask_variables(struct execution *execution, const struct env *env)
{
	const struct step *step = execution->node->step;

	for (size_t i = 0; i < step->n_secrets; i++) {
		const char *value = env_get(env, step->secrets[i]);

		if (value && *value)
			secrets_add(execution->engine->session, value);
	}
	engine_gather_masks(execution->engine);
}

void engine_name_repository(const struct engine *engine, struct env *env)
{
	const struct repo *repo = &engine->session->repo;

	env_set(env, "GIT_DIR", repo->git_dir);
	if (strcmp(repo->git_dir, repo->common_dir) != 0)
		env_set(env, "GIT_COMMON_DIR", repo->common_dir);
	env_set(env, "GIT_WORK_TREE", repo->root);
	env_unset(env, "GIT_INDEX_FILE");
}

static void make_env(struct execution *execution, struct env *env)
{
	struct engine *engine = execution->engine;
	const struct command *command = command_of(execution);

	if (command->env_clear)
		start_clear(engine, command, env);
	else
		env_copy(env, &engine->env);
	for (size_t i = 0; i < command->env.n; i++)
		env_set(env, command->env.v[i].name, command->env.v[i].value);
	for (size_t i = 0; i < command->vars.n; i++)
		env_set(env, command->vars.names[i], command->vars.values[i]);
	env_set(env, "WF_STEP", execution->node->id);
	env_setf(env, "WF_ATTEMPT", "%u", execution->attempt);
	env_set(env, "WF_COOKIE", execution->cookie);
	env_set(env, "WF_OUTPUT", execution->output_path);
	env_set(env, "WF_SUMMARY", execution->summary_path);
	env_set(env, "WF_PROGRESS", execution->progress_path);
	if (strcmp(command->argv[0], COMMAND_ITSELF) == 0)
		engine_name_repository(engine, env);
	if (mending_is_at_work(execution))
		mending_set_env(execution, env);
	set_artifacts(execution, env);
	mask_variables(execution, env);
	if (command->env_is_carried)
		carry_env(execution, command, env);
}

/* ---- Files ---- */

static bool is_plain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

/* "<n>-<step>.<attempt>.log", of any id a name that is a file's */
static const char *log_name_of(struct execution *execution, unsigned attempt)
{
	struct arena *arena = &execution->engine->session->arena;
	const char *id = execution->node->id;
	char *name;

	if (side_is_at_work(execution))
		id = arena_printf(arena, "%.100s.%s", id, execution->side.label);
	name = arena_printf(arena, "%u-%.120s.%u.log", execution->node->index, id, attempt);

	for (char *c = name; *c; c++) {
		if (!is_plain_char(*c))
			*c = '_';
	}
	return name;
}

/* A run that goes on counts attempts anew, but keeps the logs it has. */
static const char *log_name(struct execution *execution)
{
	const struct engine *engine = execution->engine;
	unsigned attempt = execution->attempt;
	const char *name = log_name_of(execution, attempt);

	while (engine->options->resume_run &&
	       faccessat(engine->logs_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		name = log_name_of(execution, ++attempt);
	return name;
}

static const char *number_of(struct execution *execution)
{
	struct arena *arena = &execution->arena;

	if (side_is_at_work(execution))
		return arena_printf(arena, "/%u.%u.%s", execution->node->index, execution->attempt,
				    execution->side.label);
	return arena_printf(arena, "/%u.%u", execution->node->index, execution->attempt);
}

static void name_files(struct execution *execution)
{
	struct engine *engine = execution->engine;
	struct arena *arena = &execution->arena;
	const char *number = number_of(execution);
	const char *base = arena_join(arena, engine->run_dir, "/io", number);

	execution->log_name = log_name(execution);
	execution->cookie = arena_join(&engine->session->arena, engine->run_id, number, "");
	execution->output_path = arena_join(arena, base, ".output", "");
	execution->summary_path = arena_join(arena, base, ".summary", "");
	execution->progress_path = arena_join(arena, base, ".progress", "");
	execution->script_path = arena_join(arena, base, ".script", "");
	execution->progress_seen = 0;
	execution->was_told_of_stop = false;
	if (!execution->engine->options->resume_run)
		return;
	/* Those of an engine that was killed would be taken for this attempt's. */
	unlink(execution->output_path);
	unlink(execution->summary_path);
	unlink(execution->progress_path);
}

/* What an attempt before left must not pass for what this one makes. */
static int remove_artifacts(struct execution *execution, struct err *err)
{
	const struct node *node = execution->node;

	for (size_t i = 0; i < node->n_outputs; i++) {
		const char *path;

		if (node->outputs[i].kind != PATH_ARTIFACT)
			continue;
		path = artifact_path(execution->engine->session, &execution->arena,
				     node->outputs[i].path);
		if (unlink(path) < 0 && errno != ENOENT)
			return err_errno(err, "cannot remove '%s' of an earlier attempt", path);
	}
	return 0;
}

/* Directories of declared outputs are there when the step begins, as ninja does it. */
static int make_output_dirs(struct execution *execution, struct err *err)
{
	struct engine *engine = execution->engine;
	const struct node *node = execution->node;

	for (size_t i = 0; i < node->n_outputs; i++) {
		const char *path = node->outputs[i].path;
		const char *slash = strrchr(path, '/');
		size_t len = slash ? (size_t)(slash - path) : 0;
		char *dir;

		if (node->outputs[i].kind != PATH_LITERAL || len == 0 ||
		    (i > 0 && strncmp(node->outputs[i - 1].path, path, len + 1) == 0))
			continue;
		/* It mostly is there: "dir/." is cheaper than a mkdir in vain. */
		dir = arena_printf(&execution->arena, "%.*s/.", (int)len, path);
		if (faccessat(engine->session->layout.root_fd, dir, F_OK, 0) == 0)
			continue;
		dir[len] = '\0';
		if (fs_mkdir_p(engine->session->layout.root_fd, dir, 0777, err) < 0)
			return err_wrap(err, "cannot make the directory of output '%s'", path);
	}
	return 0;
}

static int bring_artifacts(struct execution *execution, struct err *err)
{
	const struct node *node = execution->node;

	for (size_t i = 0; i < node->n_inputs; i++) {
		if (node->inputs[i].kind == PATH_ARTIFACT &&
		    outcome_bring_artifact(execution->engine->session, node, node->inputs[i].path,
					   err) < 0)
			return -1;
	}
	return 0;
}

/* What it reads, at the beginning of an open file; -1 with err. */
static int open_stdin(struct execution *execution, struct err *err)
{
	const struct command *command = command_of(execution);
	const struct step *step = side_is_at_work(execution) ? execution->side.step
							     : execution->node->step;
	const char *text = command->stdin_text;
	struct strbuf briefing CLEANUP(strbuf_release) = STRBUF_INIT;
	int fd;

	if (step->notify) /* a message leaves this machine */
		text = secrets_mask(execution->engine->session, &execution->arena, text);
	if (step->agent) {
		briefing_write(execution, command, step, &briefing);
		fd = fs_open_text(briefing.buf, briefing.len);
	} else {
		fd = fs_open_text(text, strlen(text));
	}
	return fd < 0 ? err_errno(err, "cannot hold what it reads") : fd;
}

/* ---- Start ---- */

static void on_data(void *owner, const char *data, size_t len)
{
	struct execution *execution = owner;
	struct event event = event_of(execution->engine, EV_STEP_OUTPUT, execution->node);

	if (execution->is_ended)
		return;
	event.data = data;
	event.data_len = len;
	event.attempt = execution->attempt;
	emit(execution->engine, &event);
}

static int open_pipe(struct execution *execution, struct capture *capture, bool keeps_tail,
		     int *write_end, capture_end_fn *on_end, struct err *err)
{
	struct engine *engine = execution->engine;
	int fds[2];

	if (spawn_pipe(fds, err) < 0)
		return -1;
	memset(capture, 0, sizeof *capture);
	capture->log = &execution->log;
	capture->masks = &engine->masks;
	capture->keeps_tail = keeps_tail;
	capture->owner = execution;
	capture->on_data = on_data;
	capture->on_end = on_end;
	capture_start(capture, engine->loop, fds[0]);
	*write_end = fds[1];
	return 0;
}

struct child_fds {
	int in, out, err;
};

static int open_fds(struct execution *execution, struct child_fds *fds, capture_end_fn *on_end,
		    struct err *err)
{
	bool is_side = side_is_at_work(execution);
	bool apart = execution->wants_stdout && !is_side;
	bool keeps_tail = apart || is_side || execution->node->step->notify;

	execution->log = (struct capture_log){ execution->engine->logs_fd, execution->log_name, -1,
					       false, ERR_INIT };
	if (has_console(execution)) {
		*fds = (struct child_fds){ STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };
		return 0;
	}
	if (command_of(execution)->stdin_text && (fds->in = open_stdin(execution, err)) < 0)
		return -1;
	if (open_pipe(execution, &execution->out, keeps_tail, &fds->out, on_end, err) < 0)
		return -1;
	if (!is_side)
		printed_begin(execution);
	if (!apart)
		fds->err = fds->out;
	else if (open_pipe(execution, &execution->errs, false, &fds->err, on_end, err) < 0)
		return -1;
	return 0;
}

static void close_fds(const struct execution *execution, const struct child_fds *fds)
{
	if (has_console(execution))
		return;
	if (fds->in >= 0)
		close(fds->in);
	if (fds->out >= 0)
		close(fds->out);
	if (fds->err >= 0 && fds->err != fds->out)
		close(fds->err);
}

static void note_start(struct execution *execution)
{
	struct event event = event_of(execution->engine, EV_STEP_START, execution->node);

	event.attempt = execution->attempt;
	event.attempts = execution->attempts;
	event.is_once = execution->node->step->is_once;
	event.cookie = execution->cookie;
	emit(execution->engine, &event);
	if (event.is_once) /* whoever looks after a crash must know that it began */
		emit_barrier(execution->engine);
	else if (!execution->engine->is_fatal)
		emit_flush(execution->engine);
}

static void note_pid(struct execution *execution)
{
	struct event event = event_of(execution->engine, EV_STEP_PID, execution->node);

	event.pid = execution->pid;
	event.pid_start = tree_birth_ticks(&execution->engine->births, execution->pid);
	event.text = execution->engine->boot_id;
	emit(execution->engine, &event);
}

/* The user's own words, for his shell. */
static int place_agent(struct execution *execution, const char *const **argv, struct err *err)
{
	const char *command = execution->engine->session->agent_command;
	const char **words = ARENA_ARRAY(&execution->arena, const char *, 4);

	if (!command)
		return agents_none(execution->node, err);
	if (step_is_restrained(execution->node->step) &&
	    snapshotting_strategy(execution->engine) == ROLLBACK_NONE)
		return err_set(err, ERR_SYSTEM,
			       "what it may change cannot be held to: snapshots are switched off "
			       "(workflow.enable_rollback)");
	words[0] = "sh";
	words[1] = "-c";
	words[2] = command;
	*argv = words;
	return 0;
}

/* A text goes into a file, as an interpreter wants it; of a file of the tree the whole path, wherever
 * the step runs. */
static int place_words(struct execution *execution, const struct command *command,
		       const char *const **argv, struct err *err)
{
	struct arena *arena = &execution->arena;
	const char *word = command->placed ? command->argv[command->placed_at] : NULL, *path = NULL;
	const char **words;

	*argv = command->argv;
	if (!strcmp(command->action, "agent"))
		return place_agent(execution, argv, err);
	if (command->placed == WORD_OF_TREE) {
		path = arena_join(arena, execution->engine->session->layout.root, "/", word);
	} else if (command->placed == WORD_IS_CODE) {
		path = execution->script_path;
		if (fs_replace(AT_FDCWD, path, 0600, word, strlen(word), 0, err) < 0)
			return err_wrap(err, "cannot hand on the script");
	}
	if (command->placed == WORD_IS_HELPER && !(path = helper_find(arena, word, err)))
		return -1;
	if (!path)
		return 0;
	words = arena_memdup(arena, command->argv, (command->argc + 1) * sizeof *words);
	words[command->placed_at] = path;
	*argv = words;
	return 0;
}

/* What it redirects is opened here where that is the same, and a shell is not needed for it. */
static bool goes_without_shell(const struct execution *execution, const struct command *command,
			       struct streams *streams)
{
	const struct session *session = execution->engine->session;

	return command->direct && !has_console(execution) &&
	       !confine_is_wanted(execution->node->step) &&
	       streams_open(streams, command->direct, session->layout.root_fd, command->dir);
}

static int spawn(struct execution *execution, const struct child_fds *fds, struct err *err)
{
	struct engine *engine = execution->engine;
	struct session *session = engine->session;
	const struct command *command = command_of(execution);
	struct spawn_request request = SPAWN_REQUEST_INIT;
	struct streams streams = { .fds = { fds->in, fds->out, fds->err } };
	struct env env = { 0 };
	int rc;

	if (place_words(execution, command, &request.argv, err) < 0)
		return -1;
	make_env(execution, &env);
	if (!side_is_at_work(execution) && confine_is_wanted(execution->node->step) &&
	    confine_begin(execution, &request.argv, &env, err) < 0) {
		env_release(&env);
		return -1;
	}
	request.envp = env_block(&env);
	request.dir = *command->dir ? arena_printf(&execution->arena, "%s/%s", session->layout.root,
						   command->dir)
				    : session->layout.root;
	if (goes_without_shell(execution, command, &streams))
		request.argv = command->direct->argv;
	request.stdin_fd = streams.fds[0];
	request.stdout_fd = streams.fds[1];
	request.stderr_fd = streams.fds[2];
	request.new_group = true;
	request.n_extra_fds = jobserver_extra_fds(engine->jobserver, &request.extra_fds);
	if (has_console(execution) && tty_is_terminal(STDIN_FILENO))
		request.foreground_tty_fd = STDIN_FILENO;
	tree_birth_begin(&engine->births);
	rc = spawn_start(&request, &execution->pid, err);
	streams_close(&streams);
	env_release(&env);
	return rc;
}

static int prepare_files(struct execution *execution, struct err *err)
{
	if (side_is_at_work(execution))
		return 0;
	if (make_output_dirs(execution, err) < 0 || remove_artifacts(execution, err) < 0)
		return -1;
	return bring_artifacts(execution, err);
}

void launch(struct execution *execution, capture_end_fn *on_end)
{
	struct child_fds fds = { -1, -1, -1 };
	struct err *err = &execution->start_err;

	name_files(execution);
	execution->pid = 0;
	execution->is_reaped = execution->timed_out = execution->was_cancelled = false;
	if (!side_is_at_work(execution))
		note_start(execution);
	if (!side_is_at_work(execution))
		execution->started_ns = clock_monotonic_ns();
	if (execution->judged.gathered.facts.depfile)
		execution->judged.gathered.clock_ns = statcache_clock_ns(
			execution->engine->session->stat);
	if (execution->engine->is_fatal)
		err_set(err, ERR_SYSTEM, "the run cannot go on");
	else if (prepare_files(execution, err) == 0 &&
		 open_fds(execution, &fds, on_end, err) == 0 && spawn(execution, &fds, err) == 0 &&
		 !side_is_at_work(execution))
		note_pid(execution);
	close_fds(execution, &fds);
}
