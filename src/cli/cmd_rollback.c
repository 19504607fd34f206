/*
 * git wf rollback and undo.
 */
#include <string.h>

#include "base/utf8.h"
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

/* ---- What came of it ---- */

static void add_path(struct strbuf *out, const char *path, const char *why)
{
	strbuf_addstr(out, "  ");
	utf8_add_visible(out, path, strlen(path));
	if (why) {
		strbuf_addstr(out, ": ");
		utf8_add_visible(out, why, strlen(why));
	}
	strbuf_addch(out, '\n');
}

void rolling_show(struct strbuf *out, const struct rollback_outcome *outcome)
{
	size_t n_back = 0;

	for (size_t i = 0; i < outcome->n_items; i++)
		n_back += i < outcome->n_paths && outcome->items[i].result == RESTORE_PUT_BACK;
	strbuf_addf(out, "%zu path%s put back\n", n_back, n_back == 1 ? "" : "s");
	for (size_t i = outcome->n_paths; i < outcome->n_items; i++)
		if (outcome->items[i].result == RESTORE_PUT_BACK)
			add_path(out, outcome->items[i].name, "put back");
	if (outcome->n_undeclared)
		strbuf_addf(out, "not declared as an output of any step, put back too:\n");
	for (size_t i = 0; i < outcome->n_undeclared; i++)
		add_path(out, outcome->undeclared[i], NULL);
	if (outcome->n_left)
		strbuf_addf(out, "left as you have %s:\n", outcome->n_left == 1 ? "it" : "them");
	for (size_t i = 0; i < outcome->n_items; i++)
		if (outcome->items[i].result == RESTORE_LEFT)
			add_path(out, outcome->items[i].name, outcome->items[i].why);
}

void rolling_say(void *cli, const char *text)
{
	cli_say(cli, "%s", text);
}

int rolling_finish(struct cli *cli, struct session *session, struct err *err)
{
	const struct rollback_ears ears = { NULL, rolling_say, cli };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct rollback_outcome outcome;
	int rc = rollback_finish_pending(session, &ears, &outcome, err);

	if (rc <= 0)
		return rc;
	rolling_show(&text, &outcome);
	cli_say(cli, "finished the rollback that was cut off:\n%s", strbuf_str(&text));
	return 0;
}

static int roll_back_to(struct cli *cli, struct session *session, const char *run, const char *to,
			struct err *err)
{
	const struct rollback_target target = { .to = to };
	const struct rollback_ears ears = { NULL, rolling_say, cli };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct rollback_note note = { 0 };
	struct rollback_outcome outcome = { 0 };
	bool finished;

	if (rollback_offline(session, run, &target, &ears, &note, &outcome, &finished, err) < 0)
		return -1;
	rolling_show(&text, &outcome);
	cli_say(cli, "rolled back run '%s' to '%s':\n%s", run, to, strbuf_str(&text));
	return 0;
}

int rolling_back_to(struct cli *cli, const char *run, const char *to, struct err *err)
{
	struct session session;
	int rc = target_open(&session, err);

	if (rc == 0)
		rc = roll_back_to(cli, &session, run, to, err);
	session_close(&session);
	return rc;
}

static int answer(struct cli *cli, const struct rollback_note *note,
		  const struct rollback_outcome *outcome, bool finished)
{
	if (finished)
		cli_say(cli, "finished what was cut off; nothing else was done");
	else
		cli_say(cli, "%s run '%s'",
			note->is_undo ? "undid the last rollback of" : "rolled back", note->run);
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

/* What its steps declare, as today's definition has it; without one nothing is known of that. */
static void load_definition(struct cli *cli, struct session *session, const char *run,
			    struct rollback_note *note)
{
	struct target_options options = { 0 };
	struct run_origin origin = { 0 };
	struct target_request request = { .options = &options, .origin = &origin };
	struct err err CLEANUP(err_release) = ERR_INIT;

	if (recover_read_origin(&session->layout, run, &cli->arena, &origin, &err) == 0) {
		request.word = strncmp(origin.workflow_path, ".workflows/", 11)
				       ? origin.workflow_path
				       : origin.workflow;
		request.first_word = cli->words.list.n;
		if (target_load(cli, session, &request, &err) == 0)
			rollback_declare(session, &session->arena, note);
	}
	if (err.kind != ERR_NONE)
		cli_warn("what steps declare is not known: %s", err_msg(&err));
}

static int roll(struct cli *cli, struct session *session, const struct rollback_target *target,
		struct err *err)
{
	const struct rollback_ears ears = { NULL, rolling_say, cli };
	struct rollback_note note = { 0 };
	struct rollback_outcome outcome = { 0 };
	const struct target_options no_options = { 0 };
	const char *run = NULL;
	bool finished = false, has_failed = false;
	int rc = rollback_find_pending(session, &cli->arena, &note, err);

	if (rc < 0)
		return -1;
	memset(&note, 0, sizeof note);
	if (rc == 0 && !target->is_undo) {
		if (find_run(cli, session, &run, err) < 0)
			return -1;
		load_definition(cli, session, run, &note);
	}
	if (rollback_offline(session, run, target, &ears, &note, &outcome, &finished, err) < 0)
		return -1;
	if (!target->is_undo && !finished &&
	    cleaning_run(cli, session, &no_options, run, &has_failed, err) < 0)
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
