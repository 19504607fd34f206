/*
 * One attempt is started: its pipes, its process. Its files are launch_files.c's, its environment
 * launch_env.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine_impl.h"

#include "agents_impl.h"
#include "helper_impl.h"
#include "launch_impl.h"
#include "printed_impl.h"
#include "secrets_impl.h"
#include "streams_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/spawn.h"
#include "sys/tty.h"

static bool has_console(const struct execution *execution)
{
	const struct step *step = execution->node->step;

	/* Who only says what he would open needs no terminal. */
	return step->console && !side_is_at_work(execution) &&
	       (!step->open || (tty_is_terminal(STDIN_FILENO) && tty_is_terminal(STDOUT_FILENO)));
}

/* ---- What it reads and writes ---- */

/* At the beginning of an open file; -1 with err. */
static int open_stdin(struct execution *execution, struct err *err)
{
	const struct command *command = launch_command(execution);
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
	if (launch_command(execution)->stdin_text && (fds->in = open_stdin(execution, err)) < 0)
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

static void leave_fds(struct execution *execution, const struct child_fds *fds)
{
	if (has_console(execution))
		return;
	if (fds->in >= 0)
		close(fds->in);
	if (fds->out >= 0)
		capture_hold(&execution->out, fds->out);
	if (fds->err >= 0 && fds->err != fds->out)
		capture_hold(&execution->errs, fds->err);
}

/* ---- Start ---- */

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
	const struct command *command = launch_command(execution);
	struct spawn_request request = SPAWN_REQUEST_INIT;
	struct streams streams = { .fds = { fds->in, fds->out, fds->err } };
	struct env env = { 0 };
	int rc;

	if (place_words(execution, command, &request.argv, err) < 0)
		return -1;
	launch_fill_env(execution, &env);
	if (!side_is_at_work(execution) && confine_is_wanted(execution->node->step) &&
	    confine_begin(execution, &request.argv, &env, err) < 0) {
		env_release(&env);
		return -1;
	}
	request.envp = env_block(&env);
	request.found = lookup_found(execution);
	request.dir = *command->dir ? arena_printf(&execution->arena, "%s/%s", session->layout.root,
						   command->dir)
				    : session->layout.root;
	if (goes_without_shell(execution, command, &streams))
		request.argv = command->direct->argv;
	request.moved = loop_moved_signals(engine->loop);
	request.stdin_fd = streams.fds[0] < 0 ? engine->null_fd : streams.fds[0];
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

void launch(struct execution *execution, capture_end_fn *on_end)
{
	struct child_fds fds = { -1, -1, -1 };
	struct err *err = &execution->start_err;

	launch_name_files(execution);
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
	else if (launch_prepare_files(execution, err) == 0 &&
		 open_fds(execution, &fds, on_end, err) == 0 && spawn(execution, &fds, err) == 0 &&
		 !side_is_at_work(execution))
		note_pid(execution);
	leave_fds(execution, &fds);
}
