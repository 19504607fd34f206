/*
 * The end of a run on the disk: the journal, its last checkpoint, results.json. The two files are never
 * ahead of the journal, and results.json has its name when its content is there; within that nothing
 * waits for anything: while the journal is synced the files are written, and beside them the planfile,
 * which nobody has a promise of.
 */
#include "engine_impl.h"

#include "manifest_impl.h"

static void sync_journal_behind(struct engine *engine)
{
	struct err err = ERR_INIT;

	if (engine->journal && journal_sync_behind(engine->journal, &err) < 0)
		engine_fail(engine, &err);
}

static void sync_name(void *data)
{
	struct engine *engine = data;

	fs_sync_dir(AT_FDCWD, engine->run_dir, &engine->closing.err);
}

static int place_results(struct engine *engine, struct fs_temp *temp, struct err *err)
{
	if (engine->is_fatal) {
		fs_temp_abort(temp);
		return 0;
	}
	if (fs_temp_commit(temp, 0, err) < 0)
		return -1;
	behind_start(&engine->closing.behind, sync_name, engine);
	return 0;
}

void closing_begin(struct engine *engine)
{
	struct fs_temp results = { 0 };
	struct err err = ERR_INIT;
	bool has_failed;

	sync_journal_behind(engine);
	checkpointing_prepare_end(engine);
	has_failed = !engine->journal || engine->is_fatal ||
		     manifest_prepare_results(engine->session, &engine->state,
					      engine->checkpointing.writer, engine->run_dir,
					      &results, &err) < 0 ||
		     fs_temp_sync(&results, &err) < 0;
	emit_barrier(engine);
	checkpointing_end(engine);
	if (has_failed)
		fs_temp_abort(&results);
	else if (place_results(engine, &results, &err) < 0)
		has_failed = true;
	if (err.kind != ERR_NONE)
		engine_fail(engine, &err);
}

void closing_wait(struct engine *engine)
{
	struct closing *closing = &engine->closing;

	behind_wait(&closing->behind);
	behind_wait(&closing->planfile.behind);
	if (closing->err.kind != ERR_NONE)
		engine_fail(engine, &closing->err);
}
