/*
 * Events go to the state first, then to the journal, then to everybody else. As long as nothing has to
 * run there is no folder and so no journal: what happened is kept, and written when there is one.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine_impl.h"

#include "manifest_impl.h"
#include "secrets_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "trigger_scope_impl.h"
#include "turn_impl.h"

#define FLUSH_WITHIN_MS 5

void engine_fail(struct engine *engine, struct err *err)
{
	if (!engine->is_fatal) {
		engine->err = *err;
		memset(err, 0, sizeof *err);
	}
	engine->is_fatal = true;
	err_release(err);
}

struct event event_of(const struct engine *engine UNUSED, enum event_type type,
		      const struct node *node)
{
	struct event event = { .type = type, .at_ms = clock_realtime_ms(), .node = WF_NONE };

	if (node) {
		event.node = node->index;
		event.step = node->id;
	}
	return event;
}

static void to_journal(struct engine *engine, struct event *event)
{
	struct err err = ERR_INIT;

	if (!event_is_journalled(event->type))
		return;
	if (!engine->journal) /* yet */
		vec_push(&engine->early, *event);
	else if (journal_append(engine->journal, event, &err) < 0)
		engine_fail(engine, &err);
	else
		engine->state.last_seq = event->seq;
}

static const char *masked(struct engine *engine, const char *text)
{
	return secrets_mask(engine->session, &engine->session->arena, text);
}

/* An error may quote what it is about: what is said for people names no secret. */
static void mask_texts(struct engine *engine, struct event *event)
{
	switch (event->type) {
	case EV_NOTE:
	case EV_STEP_JUDGED:
	case EV_STEP_TRY:
	case EV_STEP_END:
	case EV_GATE:
		event->text = masked(engine, event->text);
		event->expected = masked(engine, event->expected);
		event->found = masked(engine, event->found);
		break;
	case EV_STEP_WAIT: event->question = masked(engine, event->question); break;
	default: break;
	}
}

void emit(struct engine *engine, struct event *event)
{
	struct err err = ERR_INIT;

	mask_texts(engine, event);
	state_apply(&engine->state, event);
	to_journal(engine, event);
	for (size_t i = 0; i < engine->n_sinks; i++) {
		if (engine->sinks[i]->on_event(engine->sinks[i]->data, event, &err) < 0)
			engine_fail(engine, &err);
	}
}

void emit_note(struct engine *engine, const struct node *node, const char *fmt, ...)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct event event = event_of(engine, EV_NOTE, node);
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	event.text = arena_strdup(&engine->session->arena, strbuf_str(&text));
	emit(engine, &event);
}

/* Before the journal's lines: what they say has passed is not to be executed again. */
static void flush_records(struct engine *engine)
{
	struct err err = ERR_INIT;

	if (!engine->session->cache || !engine->has_folder ||
	    cache_flush(engine->session->cache, &err) == 0)
		return;
	emit_note(engine, NULL, "results are not remembered: %s", err_msg(&err));
	engine->session->is_volatile = true;
	err_release(&err);
}

static void on_sync_due(struct loop *loop UNUSED, struct loop_timer *timer UNUSED, void *data)
{
	struct engine *engine = data;
	struct err err = ERR_INIT;

	flush_records(engine); /* lines that wait for their turn are written with it */
	if (engine->journal && journal_sync_behind(engine->journal, &err) < 0)
		engine_fail(engine, &err);
}

static void arm_sync(struct engine *engine)
{
	int64_t due = journal_sync_due_ms(engine->journal);
	int64_t now = (int64_t)clock_monotonic_ms();

	if (due && !loop_timer_is_running(&engine->sync_timer))
		loop_start_timer(engine->loop, &engine->sync_timer,
				 due > now ? (uint64_t)(due - now) : 0, on_sync_due, engine);
}

void emit_flush(struct engine *engine)
{
	struct err err = ERR_INIT;

	flush_records(engine);
	if (engine->journal) {
		if (journal_flush(engine->journal, &err) < 0)
			engine_fail(engine, &err);
		else
			arm_sync(engine);
	}
	for (size_t i = 0; i < engine->n_sinks; i++) {
		struct sink *sink = engine->sinks[i];

		if (sink->flush && sink->flush(sink->data, &err) < 0)
			engine_fail(engine, &err);
	}
}

static void on_flush_due(struct loop *loop UNUSED, struct loop_timer *timer UNUSED, void *data)
{
	emit_flush(data);
}

void emit_flush_soon(struct engine *engine)
{
	bool can_wait = engine->running.n > 0 && !engine->is_stopping && !engine->is_cancelled;

	if (!can_wait)
		emit_flush(engine);
	else if (!loop_timer_is_running(&engine->flush_timer))
		loop_start_timer(engine->loop, &engine->flush_timer, FLUSH_WITHIN_MS, on_flush_due,
				 engine);
}

void emit_barrier(struct engine *engine)
{
	struct err err = ERR_INIT;

	flush_records(engine);
	if (engine->journal && journal_sync(engine->journal, &err) < 0)
		engine_fail(engine, &err);
}

/* ---- The folder ---- */

/* Whoever makes a file in it moves its time to now. */
static bool mark_untouched(int fd)
{
	static const struct timespec never[2] = { { 0 } };

	return futimens(fd, never) == 0;
}

bool emit_io_is_untouched(const struct engine *engine)
{
	struct stat st;

	return engine->io_was_marked && fstat(engine->io_fd, &st) == 0 && st.st_mtim.tv_sec == 0 &&
	       st.st_mtim.tv_nsec == 0;
}

static int take_lock(struct engine *engine, struct err *err)
{
	const char *path = arena_printf(&engine->session->arena, "%s/lock", engine->run_dir);

	/* For as long as the child of a killed engine may need to exec. */
	if (lock_wait(&engine->lock, AT_FDCWD, path, LOCK_EXCLUSIVE, 250, err) < 0)
		return err_wrap(err, "run '%s'", engine->run_id);
	return 0;
}

static int open_journal(struct engine *engine, struct err *err)
{
	uint64_t n_lost = 0;

	engine->journal = journal_open(engine->run_dir, &n_lost, err);
	if (!engine->journal)
		return -1;
	if (n_lost)
		emit_note(engine, NULL,
			  "%llu damaged lines of the journal were moved to journal.damaged; what "
			  "they said is unknown, those steps run again",
			  (unsigned long long)n_lost);
	return 0;
}

/* Our turn; then an end to what a killed engine of this workflow, or of this run, left running. */
static int take_turn(struct engine *engine, struct err *err)
{
	uint64_t grace = engine->options->grace_ms ? engine->options->grace_ms : GRACE_MS;
	struct err turn_err = ERR_INIT;
	size_t n;

	if (turn_take(engine->session, engine->run_id, &engine->turn, &turn_err) < 0) {
		if (turn_err.kind == ERR_BUSY) {
			err_set(err, ERR_BUSY, "%s", err_msg(&turn_err));
			err_release(&turn_err);
			return -1;
		}
		/* A git directory that is read-only or full: so it is for the other runs. */
		emit_note(engine, NULL, "no other run can be held back: %s", err_msg(&turn_err));
		err_release(&turn_err);
	}
	n = turn_end_died(&engine->turn, engine->run_id, grace);
	if (engine->options->resume_run)
		n += turn_end_orphans(engine->run_id, grace);
	if (n)
		emit_note(engine, NULL, "ended %zu process%s of a run whose engine was killed", n,
			  n == 1 ? "" : "es");
	return 0;
}

static int open_folder(const struct engine *engine, const char *name, struct err *err)
{
	const char *path = arena_join(&engine->session->arena, engine->run_dir, name, "");
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_errno(err, "cannot open '%s'", path) : fd;
}

/* Of a run that goes on, a power cut may have taken those that were empty. */
static int make_folders(const struct engine *engine, struct err *err)
{
	static const char *const names[] = { "io", "logs", "artifacts" };
	size_t n = engine->options->resume_run ? ARRAY_SIZE(names) : 1;

	for (size_t i = 0; i < n; i++) {
		const char *path = arena_printf(&engine->session->arena, "%s/%s", engine->run_dir,
						names[i]);

		if (fs_mkdir_p(AT_FDCWD, path, 0700, err) < 0)
			return -1;
	}
	return 0;
}

static int make_folder(struct engine *engine, struct err *err)
{
	struct session *session = engine->session;
	struct arena *arena = &session->arena;

	if (take_turn(engine, err) < 0 ||
	    (!engine->options->resume_run && rate_check(session, clock_realtime_ms(), err) < 0))
		return -1;
	if (!engine->options->resume_run &&
	    layout_create_run(&session->layout, engine->run_id, err) < 0)
		return -1;
	if (make_folders(engine, err) < 0 || take_lock(engine, err) < 0)
		return -1;
	cache_set_spool(session->cache, arena_printf(arena, "%s/io/restored", engine->run_dir));
	engine->logs_fd = open_folder(engine, "/logs", err);
	engine->io_fd = open_folder(engine, "/io", err);
	engine->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	engine->io_was_marked = !engine->options->resume_run && engine->io_fd >= 0 &&
				mark_untouched(engine->io_fd);
	if (engine->logs_fd < 0 || engine->io_fd < 0 ||
	    trigger_write_files(session, engine->run_dir, err) < 0)
		return -1;
	if (engine->options->resume_run ? manifest_update_params(session, engine->run_dir, err) < 0
					: manifest_write(session, engine->options, engine->run_dir,
							 engine->boot_id, err) < 0)
		return -1;
	return open_journal(engine, err);
}

int emit_open_folder(struct engine *engine)
{
	struct err err = ERR_INIT;

	if (engine->has_folder)
		return 0;
	engine->has_folder = true;
	if (make_folder(engine, &err) < 0) {
		if (err.kind != ERR_BUSY)
			err_wrap(&err, "cannot begin the run");
		engine_fail(engine, &err);
		return -1;
	}
	for (size_t i = 0; i < engine->early.n && !engine->is_fatal; i++)
		to_journal(engine, &engine->early.v[i]);
	vec_release(&engine->early);
	checkpointing_begin(engine);
	return engine->is_fatal ? -1 : 0;
}
