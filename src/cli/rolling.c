/*
 * See rolling_impl.h.
 */
#include "rolling_impl.h"

#include <string.h>

#include "base/utf8.h"
#include "cleaning_impl.h"
#include "run/recover.h"
#include "store/layout.h"
#include "target_impl.h"

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

void rolling_load(struct cli *cli, struct session *session, const char *run,
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

int rolling_clean(struct cli *cli, const char *run, struct err *err)
{
	const struct target_options no_options = { 0 };
	struct rollback_note note = { 0 };
	struct session session;
	bool has_failed;
	int rc = target_open(&session, err);

	if (rc == 0) {
		rolling_load(cli, &session, run, &note);
		rc = cleaning_run(cli, &session, &no_options, run, &has_failed, err);
	}
	session_close(&session);
	return rc;
}

int rolling_finish(struct cli *cli, struct session *session, struct err *err)
{
	const struct rollback_ears ears = { NULL, rolling_say, cli };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct rollback_note note = { 0 };
	struct rollback_outcome outcome;
	int rc = rollback_find_pending(session, &cli->arena, &note, err);

	if (rc > 0)
		rc = rollback_finish_pending(session, &ears, &outcome, err);
	if (rc <= 0)
		return rc;
	rolling_show(&text, &outcome);
	cli_say(cli, "finished the rollback that was cut off:\n%s", strbuf_str(&text));
	return note.is_undo ? 0 : rolling_clean(cli, note.run, err);
}

static int roll_back_to(struct cli *cli, struct session *session, const char *run, const char *to,
			struct err *err)
{
	const struct rollback_target target = { .to = to };
	const struct rollback_ears ears = { NULL, rolling_say, cli };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const struct target_options no_options = { 0 };
	struct rollback_note note = { 0 };
	struct rollback_outcome outcome = { 0 };
	bool finished, has_failed;

	rolling_load(cli, session, run, &note);
	if (rollback_offline(session, run, &target, &ears, &note, &outcome, &finished, err) < 0)
		return -1;
	rolling_show(&text, &outcome);
	cli_say(cli, "rolled back run '%s' to '%s':\n%s", run, to, strbuf_str(&text));
	if (cleaning_run(cli, session, &no_options, run, &has_failed, err) < 0)
		return -1;
	if (has_failed)
		cli_warn("it was not cleaned up after in full; 'git wf resume %s' goes on",
			 layout_short_id(run));
	return has_failed;
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
