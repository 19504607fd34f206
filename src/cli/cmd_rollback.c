/*
 * git wf rollback and undo.
 */
#include <string.h>

#include "cleaning_impl.h"
#include "commands_impl.h"
#include "event/stretch.h"
#include "rolling_impl.h"
#include "run/rollback.h"
#include "store/layout.h"
#include "target_impl.h"

struct rollback_options {
	const char *to;
	bool declared_only;
};

static const struct option_row rows[] = {
	{ 0, "to", OPTION_STRING, offsetof(struct rollback_options, to), "STEP", "<checkpoints>",
	  "as it was right after this step (before:STEP: before it; a number: that snapshot; a "
	  "checkpoint's file)",
	  0 },
	{ 0, "declared-only", OPTION_FLAG, offsetof(struct rollback_options, declared_only), NULL,
	  NULL, "leave paths that no step declares as its output", 0 },
};

const struct option_table cmd_rollback_options = { rows, ARRAY_SIZE(rows) };

static int answer(struct cli *cli, const struct rollback_note *note,
		  const struct rollback_outcome *outcome, bool finished)
{
	if (finished)
		cli_say(cli, "finished what was cut off; nothing else was done");
	else
		cli_say(cli, "%s run '%s'",
			note->is_undo ? "undid the last rollback or undo of" : "rolled back",
			note->run);
	rolling_show(&cli->out, outcome);
	return outcome->n_left ? EXIT_PARTLY : EXIT_PASSED;
}

/* ---- Of which run ---- */

static bool can_be_rolled_back(const struct session *session, const char *run)
{
	struct stretches stretches = { 0 };
	struct run_state state;
	bool can;

	state_init(&state);
	can = recover_read_state(&session->layout, run, &state, NULL) == 0;
	if (can)
		stretch_list(&state, &stretches);
	can = stretches.list.n > 0;
	vec_release(&stretches.list);
	state_release(&state);
	return can;
}

static int find_run(struct cli *cli, struct session *session, const char **run, struct err *err)
{
	struct layout_runs runs;

	if (cli_word(cli, 0))
		return layout_find_run(&session->layout, cli_word(cli, 0), &cli->arena, run, err);
	if (layout_list_runs(&session->layout, &cli->arena, &runs, err) < 0)
		return -1;
	for (size_t i = 0; i < runs.n; i++) {
		*run = runs.ids[i];
		if (can_be_rolled_back(session, *run))
			return 0;
	}
	return err_set(err, ERR_NOT_FOUND, "there is no run to roll back");
}

static int roll(struct cli *cli, struct session *session, const struct rollback_target *target,
		struct err *err)
{
	const struct rollback_ears ears = { NULL, rolling_say, cli };
	struct rollback_note note = { 0 }, pending = { 0 };
	struct rollback_outcome outcome = { 0 };
	const struct target_options no_options = { 0 };
	const char *run = NULL;
	bool finished = false, has_failed = false;
	int rc = rollback_find_pending(session, &cli->arena, &pending, err);

	if (rc < 0)
		return -1;
	if (rc == 0 && !target->is_undo) {
		if (find_run(cli, session, &run, err) < 0)
			return -1;
		rolling_load(cli, session, run, &note);
	}
	if (rollback_offline(session, run, target, &ears, &note, &outcome, &finished, err) < 0)
		return -1;
	if (finished)
		rc = pending.run && !pending.is_undo ? rolling_clean(cli, pending.run, err) : 0;
	else if (!target->is_undo)
		rc = cleaning_run(cli, session, &no_options, run, &has_failed, err);
	if (rc < 0)
		return -1;
	rc = answer(cli, &note, &outcome, finished);
	return rc == EXIT_PASSED && has_failed ? EXIT_NOT_PASSED : rc;
}

static int roll_in_session(struct cli *cli, const struct rollback_target *target, struct err *err)
{
	struct session session;
	int rc = target_open(&session, err);

	if (rc == 0)
		rc = roll(cli, &session, target, err);
	session_close(&session);
	return rc;
}

int cmd_rollback(struct cli *cli, struct err *err)
{
	struct rollback_options options = { 0 };
	int rc = cli_parse_words(cli, &options, 0, 1, err);
	struct rollback_target target = { .to = options.to,
					  .declared_only = options.declared_only };

	return rc != 0 ? rc : roll_in_session(cli, &target, err);
}

int cmd_undo(struct cli *cli, struct err *err)
{
	const struct rollback_target target = { .is_undo = true };
	int rc = cli_parse_words(cli, NULL, 0, 0, err);

	return rc != 0 ? rc : roll_in_session(cli, &target, err);
}
