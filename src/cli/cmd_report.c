/*
 * git wf report: a past run as a document, from its journal.
 */
#include <string.h>

#include "commands_impl.h"
#include "reports_impl.h"
#include "run/recover.h"
#include "store/journal.h"
#include "target_impl.h"

struct report_command_options {
	const char *format;
};

static const struct option_row rows[] = {
	{ 0, "format", OPTION_CHOICE, offsetof(struct report_command_options, format), "FORMAT",
	  "markdown|junit|trace|jsonl", "markdown (the default), junit, trace or jsonl", 0 },
};

const struct option_table cmd_report_options = { rows, ARRAY_SIZE(rows) };

static int add_line(void *data, const struct event *event)
{
	struct strbuf *out = data;

	event_to_json(event, out);
	strbuf_addch(out, '\n');
	return 0;
}

static int add_document(struct cli *cli, struct session *session, const char *run,
			enum report_format format, struct err *err)
{
	const char *dir = layout_run_dir(&session->layout, &cli->arena, run);
	struct run_state state;
	struct report report;
	int rc;

	report_init(&report);
	state_init(&state);
	rc = report_read(&report, dir, err);
	/* It knows whether the engine of a run that has no end is still there. */
	if (rc == 0)
		rc = recover_read_state(&session->layout, run, &state, err);
	if (rc == 0) {
		report.state.status = state.status;
		if (format == REPORT_MARKDOWN && session_open_caches(session, NULL) == 0)
			reports_add_changes(&report, session);
		report_render(&report, format, arena_printf(&cli->arena, "%s/logs", dir),
			      &cli->out);
	}
	state_release(&state);
	report_release(&report);
	return rc;
}

static int report_in_session(struct cli *cli, struct session *session, const void *data,
			     struct err *err)
{
	const struct report_command_options *options = data;
	const char *word = cli_word(cli, 0), *run, *name = options->format;
	enum report_format format;
	uint64_t n_bad = 0;
	int rc;

	if (layout_find_run(&session->layout, word ? word : "latest", &cli->arena, &run, err) < 0)
		return -1;
	if (!reports_format_of(name ? name : "markdown", strlen(name ? name : "markdown"), &format))
		BUG("format '%s' is in the table and is none", name);
	if (format == REPORT_FORMATS)
		rc = journal_read(layout_run_dir(&session->layout, &cli->arena, run), add_line,
				  &cli->out, &n_bad, err);
	else
		rc = add_document(cli, session, run, format, err);
	return rc < 0 ? -1 : EXIT_PASSED;
}

int cmd_report(struct cli *cli, struct err *err)
{
	struct report_command_options options = { 0 };

	return target_session(cli, &options, 0, 1, report_in_session, err);
}
