/*
 * When a run takes snapshots: before its first step, at declared checkpoints, and with `strategy: step`
 * after every step, always with nothing else at work on the tree. A process of our own makes each, for
 * the loop must neither wait for git nor reap its children; until it has ended nothing is judged, for
 * that may bring outputs back, and nothing is started.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine_impl.h"

#include "ext/json.h"
#include "run/snap.h"
#include "sys/fs.h"
#include "sys/spawn.h"
#include "sys/tree.h"

#define ANSWER_MAX ((size_t)16 << 20)

void snapshotting_begin(struct engine *engine)
{
	engine->snapshotting.strategy = engine->options->no_snapshots || !engine->session->repo.root
						? ROLLBACK_NONE
						: workflow_rollback(engine->session->wf);
}

enum rollback_strategy snapshotting_strategy(const struct engine *engine)
{
	return engine->snapshotting.strategy;
}

bool snapshotting_is_busy(const struct engine *engine)
{
	return engine->snapshotting.kind != NULL;
}

static void want(struct engine *engine, const char *kind, const struct node *node, bool declared)
{
	struct snapshotting *s = &engine->snapshotting;

	s->kind = kind;
	s->node = node;
	s->is_checkpoint = declared;
}

bool snapshotting_lets_start(struct engine *engine, const struct node *node)
{
	struct snapshotting *s = &engine->snapshotting;
	const struct node *declared;

	if (snapshotting_is_busy(engine))
		return false;
	/* What runs after a person wanted the end is not kept waiting. */
	if (snapshotting_strategy(engine) == ROLLBACK_NONE || engine->is_cancelled ||
	    node->step->action == ACTION_GATES)
		return true;
	if (!s->has_begun) {
		want(engine, SNAPSHOT_BEGIN, NULL, false);
		s->first = node;
		return false;
	}
	declared = checkpointing_declared_before(engine, node);
	if (declared && s->before != declared) {
		s->before = declared;
		want(engine, SNAPSHOT_BEFORE, declared, true);
		return false;
	}
	if (s->own != node)
		snapshotting_after_fix(engine, node);
	return !snapshotting_is_busy(engine);
}

/* What it commits, or is compared with, is what is there when it starts. */
static const char *own_kind(const struct step *step)
{
	return step->action == ACTION_COMMIT ? SNAPSHOT_COMMIT
	       : step_is_restrained(step)    ? SNAPSHOT_AGENT
					     : NULL;
}

void snapshotting_after_fix(struct engine *engine, const struct node *node)
{
	const char *kind = own_kind(node->step);

	engine->snapshotting.own = kind ? node : NULL; /* of another it is stale from now on */
	if (kind && snapshotting_strategy(engine) != ROLLBACK_NONE)
		want(engine, kind, node, false);
}

/* What an agent did in an attempt before counts, too, unless another step was at work between. */
void snapshotting_attempt_ended(struct engine *engine, const struct node *node)
{
	if (node->step->action == ACTION_COMMIT)
		engine->snapshotting.own = NULL;
}

void snapshotting_before_fix(struct engine *engine, const struct node *node)
{
	if (snapshotting_strategy(engine) != ROLLBACK_NONE)
		want(engine, SNAPSHOT_FIX, node, false);
}

bool snapshotting_after(struct engine *engine, const struct node *node, bool is_declared)
{
	bool did_execute = session_result(engine->session, node->index)->did_execute;

	if (!engine->snapshotting.has_begun || engine->is_cancelled || snapshotting_is_busy(engine))
		return false;
	if (!is_declared && !(did_execute && node->kind == NODE_STEP &&
			      snapshotting_strategy(engine) == ROLLBACK_STEP))
		return false;
	want(engine, SNAPSHOT_AFTER, node, is_declared);
	return true;
}

/* ---- One of them ---- */

static struct snap_request request_of(const struct engine *engine)
{
	const struct rollback *rollback = &engine->session->wf->rollback;
	const struct snapshotting *s = &engine->snapshotting;

	return (struct snap_request){
		.run = engine->run_id,
		.number = s->number,
		.kind = s->kind,
		.step = s->node ? s->node->id : NULL,
		.include = rollback->include,
		.n_include = rollback->n_include,
	};
}

static void tell(struct engine *engine, const char *tree, const char *raw)
{
	struct snap_request request = request_of(engine);
	struct event event = snap_event(&request, tree, raw);
	struct event now = event_of(engine, EV_SNAPSHOT, engine->snapshotting.node);

	event.at_ms = now.at_ms;
	event.node = now.node;
	emit(engine, &event);
	emit_barrier(engine);
}

static void tell_unreadable(struct engine *engine, const struct json *paths)
{
	for (size_t i = 0; paths && paths->kind == JSON_ARRAY && i < paths->n; i++)
		if (paths->items[i].kind == JSON_STRING)
			emit_note(engine, NULL, "'%s' cannot be read: no rollback will put it back",
				  paths->items[i].text);
}

/* The first one is a promise; without a later one less can be put back. */
static void fail(struct engine *engine, const char *why)
{
	struct err err = ERR_INIT;

	if (!strcmp(engine->snapshotting.kind, SNAPSHOT_BEGIN)) {
		err_set(&err, ERR_SYSTEM,
			"%s; nothing was started ('rollback: {strategy: none}' runs without "
			"snapshots)",
			why);
		engine_fail(engine, &err);
		return;
	}
	emit_note(engine, engine->snapshotting.node, "%s", why);
}

static void end(struct engine *engine)
{
	struct snapshotting *s = &engine->snapshotting;
	const struct node *node = s->node;
	bool is_checkpoint = s->is_checkpoint;

	s->kind = NULL;
	s->node = s->first = NULL;
	s->pid = 0;
	if (is_checkpoint)
		checkpointing_declared(engine, node);
}

/* "{"tree":"…","raw":"…","unreadable":[…]}" */
static void take_answer(struct engine *engine)
{
	struct arena *arena = &engine->session->arena;
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err err CLEANUP(err_release) = ERR_INIT;
	const char *tree, *raw;
	const struct json *json;

	if (fs_read_file(AT_FDCWD, engine->snapshotting.out, ANSWER_MAX, &text, &err) < 0 ||
	    !(json = json_parse(arena, strbuf_str(&text), text.len, &err))) {
		fail(engine, err_msg(&err));
		return;
	}
	tree = json_get_string(json, "tree", NULL);
	raw = json_get_string(json, "raw", NULL);
	if (!tree || !raw) {
		fail(engine, "a snapshot gave no answer");
		return;
	}
	engine->snapshotting.has_begun = true;
	if (strcmp(engine->snapshotting.kind, SNAPSHOT_END) != 0) /* nothing is to come */
		tell_unreadable(engine, json_get(json, "unreadable"));
	tell(engine, tree, raw);
}

static void take_failure(struct engine *engine, int status)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *why;
	size_t len;

	fs_read_file(AT_FDCWD, engine->snapshotting.errs, ANSWER_MAX, &text, NULL);
	len = strcspn(strbuf_str(&text), "\n");
	why = arena_strndup(&engine->session->arena, strbuf_str(&text), len);
	if (!strncmp(why, "git-wf: ", 8))
		why += 8;
	if (!len)
		why = arena_printf(&engine->session->arena,
				   "a snapshot could not be taken (status %d)", status);
	fail(engine, why);
}

static void on_end(struct loop *loop UNUSED, pid_t pid UNUSED, int status,
		   const struct rusage *usage UNUSED, void *data)
{
	struct engine *engine = data;

	if (engine->is_fatal)
		(void)0; /* nobody is told any more */
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		take_answer(engine);
	else
		take_failure(engine, status);
	unlink(engine->snapshotting.out);
	unlink(engine->snapshotting.errs);
	end(engine);
}

static int open_output(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd < 0 ? err_errno(err, "cannot make '%s'", path) : fd;
}

/* The caller's own environment: what git is told about the repository counts. The run's id lets a resume
 * find it if this engine is killed. */
static void make_env(const struct engine *engine, struct env *env)
{
	env_init(env, environ, ENV_KEEP_GIT);
	env_set(env, "WF_RUN_ID", engine->run_id);
}

static int spawn(struct engine *engine, int out_fd, int errs_fd, struct err *err)
{
	struct snap_request snap = request_of(engine);
	struct spawn_request request = SPAWN_REQUEST_INIT;
	struct arena *arena = &engine->session->arena;
	const char **argv = ARENA_ARRAY(arena, const char *, snap.n_include + 8);
	struct env env;
	size_t n = 0;
	int rc;

	argv[n++] = COMMAND_ITSELF;
	argv[n++] = "__snapshot";
	argv[n++] = "--";
	argv[n++] = snap.run;
	argv[n++] = arena_printf(arena, "%u", snap.number);
	argv[n++] = snap.kind;
	argv[n++] = snap.step ? snap.step : "";
	for (size_t i = 0; i < snap.n_include; i++)
		argv[n++] = snap.include[i];
	make_env(engine, &env);
	request.argv = argv;
	request.envp = env_block(&env);
	request.stdout_fd = out_fd;
	request.stderr_fd = errs_fd;
	request.new_group = true; /* a Ctrl-C is for the steps */
	rc = spawn_start(&request, &engine->snapshotting.pid, err);
	env_release(&env);
	return rc;
}

static int choose_number(struct engine *engine, struct err *err)
{
	struct snapshotting *s = &engine->snapshotting;

	if (!s->number && snap_next_number(engine->session, engine->run_id, &engine->state,
					   &s->next_number, err) < 0)
		return -1;
	s->number = s->next_number++;
	return 0;
}

static int start(struct engine *engine, struct err *err)
{
	struct snapshotting *s = &engine->snapshotting;
	struct arena *arena = &engine->session->arena;
	int out_fd, errs_fd, rc;

	if (choose_number(engine, err) < 0)
		return -1;
	s->out = arena_printf(arena, "%s/io/snapshot", engine->run_dir);
	s->errs = arena_printf(arena, "%s/io/snapshot.errors", engine->run_dir);
	out_fd = open_output(s->out, err);
	errs_fd = out_fd < 0 ? -1 : open_output(s->errs, err);
	rc = errs_fd < 0 ? -1 : spawn(engine, out_fd, errs_fd, err);
	if (out_fd >= 0)
		close(out_fd);
	if (errs_fd >= 0)
		close(errs_fd);
	if (rc == 0)
		loop_watch_child(engine->loop, s->pid, on_end, engine);
	return rc;
}

static bool is_anything_running(const struct engine *engine)
{
	for (size_t i = 0; i < engine->running.n; i++)
		if (engine->running.v[i]->pid)
			return true;
	return false;
}

/* With git below it. What was made of it expires. */
static void end_at_once(struct engine *engine)
{
	struct snapshotting *s = &engine->snapshotting;
	struct tree_list list = { 0 };

	loop_forget_child(engine->loop, s->pid);
	tree_find_escaped(engine->foreign.v, engine->foreign.n, NULL, &list);
	tree_kill_all(&list, GRACE_MS);
	tree_list_release(&list);
	unlink(s->out);
	unlink(s->errs);
}

/* The run is to end, or nothing will be started after this one. */
static bool is_pointless(const struct engine *engine)
{
	const struct snapshotting *s = &engine->snapshotting;

	return engine->is_cancelled || (!s->pid && s->first && stop_reaches(engine, s->first));
}

static void drop(struct engine *engine)
{
	struct snapshotting *s = &engine->snapshotting;

	if (s->pid)
		end_at_once(engine);
	s->kind = NULL;
	s->node = s->first = NULL;
	s->pid = 0;
}

bool snapshotting_turn(struct engine *engine)
{
	struct snapshotting *s = &engine->snapshotting;
	struct err err = ERR_INIT;

	if (s->kind && is_pointless(engine)) {
		drop(engine);
		return false;
	}
	if (!s->kind || s->pid || engine->is_fatal || is_anything_running(engine))
		return s->kind != NULL;
	if (start(engine, &err) < 0) {
		fail(engine, err_msg(&err));
		end(engine);
	}
	err_release(&err);
	return s->kind != NULL;
}

/* ---- At once ---- */

/* While git works no timer is heard, and what was written is to be on the disk soon. */
static void sync_meanwhile(struct engine *engine)
{
	struct err err = ERR_INIT;

	emit_flush(engine);
	if (engine->journal && journal_sync_behind(engine->journal, &err) < 0)
		engine_fail(engine, &err);
}

static void take_now(struct engine *engine)
{
	struct err err CLEANUP(err_release) = ERR_INIT;
	struct snap_request request;
	struct snapshot snapshot;

	sync_meanwhile(engine);
	if (choose_number(engine, &err) < 0) {
		fail(engine, err_msg(&err));
		end(engine);
		return;
	}
	request = request_of(engine);
	if (snap_take(engine->session, &request, &engine->session->arena, &snapshot, &err) < 0) {
		fail(engine, err_msg(&err));
	} else {
		engine->snapshotting.has_begun = true;
		tell(engine, snapshot.tree, snapshot.raw);
	}
	end(engine);
}

int snapshotting_take_now(struct engine *engine, const char *kind, const struct node *node,
			  struct err *err)
{
	size_t n = engine->state.snapshots.n;

	if (snapshotting_strategy(engine) == ROLLBACK_NONE)
		return err_set(err, ERR_SYSTEM, "snapshots are switched off");
	want(engine, kind, node, false);
	take_now(engine);
	if (engine->state.snapshots.n == n)
		return err_set(err, ERR_SYSTEM, "what it did could not be looked at");
	return 0;
}

void snapshotting_begin_again(struct engine *engine)
{
	engine->snapshotting.number = 0; /* a rollback has taken some of its own */
	engine->snapshotting.own = engine->snapshotting.before = NULL;
	engine->snapshotting.has_begun = false;
	snapshotting_begin_now(engine);
}

bool snapshotting_begin_now(struct engine *engine)
{
	struct snapshotting *s = &engine->snapshotting;

	if (snapshotting_strategy(engine) == ROLLBACK_NONE)
		return true;
	if (s->has_begun)
		return true;
	want(engine, SNAPSHOT_BEGIN, NULL, false);
	take_now(engine);
	return !engine->is_fatal;
}

void snapshotting_settle(struct engine *engine)
{
	struct snapshotting *s = &engine->snapshotting;
	struct err err CLEANUP(err_release) = ERR_INIT;

	while (s->pid && !engine->is_cancelled && !engine->is_fatal &&
	       loop_run_once(engine->loop, -1, &err) == 0)
		;
	if (s->pid)
		drop(engine);
}

/* With an ear for who wants the end at once: then what a rollback finds counts as the end. */
static void take_listening(struct engine *engine)
{
	struct snapshotting *s = &engine->snapshotting;
	unsigned n_cancels = engine->n_cancels;
	struct err err CLEANUP(err_release) = ERR_INIT;

	emit_flush(engine);
	if (start(engine, &err) < 0) {
		fail(engine, err_msg(&err));
		end(engine);
		return;
	}
	while (s->pid && engine->n_cancels == n_cancels && !engine->is_fatal &&
	       loop_run_once(engine->loop, -1, &err) == 0)
		;
	s->has_no_end = s->pid != 0;
	if (s->pid)
		drop(engine);
}

void snapshotting_finish(struct engine *engine)
{
	struct snapshotting *s = &engine->snapshotting;

	if (engine->is_fatal || snapshotting_strategy(engine) == ROLLBACK_NONE || !s->has_begun ||
	    s->has_no_end || !engine->state.has_run_since_snapshot)
		return;
	if (!s->kind)
		want(engine, SNAPSHOT_END, NULL, false);
	take_listening(engine);
}
