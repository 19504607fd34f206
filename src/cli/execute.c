/*
 * Sinks, engine, outcome. See execute_impl.h.
 */
#include "execute_impl.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "asking_impl.h"
#include "base/utf8.h"
#include "isolate_impl.h"
#include "report/console.h"
#include "reports_impl.h"
#include "run/trigger.h"
#include "run/turn.h"
#include "sys/loop.h"

static const struct option_row rows[] = {
	{ 'k', "keep-going", OPTION_FLAG, offsetof(struct execute_options, keep_going), NULL, NULL,
	  "after a failure go on with what does not need it", 0 },
	{ 0, "timeout", OPTION_MINUTES, offsetof(struct execute_options, timeout_ms), "T", NULL,
	  "end the run after T (90s, 5m, 1h30m; a bare number: minutes)", 0 },
	{ 0, "checkpoint", OPTION_FLAG, offsetof(struct execute_options, checkpoint), NULL, NULL,
	  "write a checkpoint after every step", 0 },
	{ 0, "output", OPTION_CHOICE, offsetof(struct execute_options, output), "HOW",
	  "stream|group|quiet",
	  "what steps write: stream (as it comes), group (where one fails) or quiet",
	  OPTION_NOT_KEY },
	{ 0, "events", OPTION_STRING, offsetof(struct execute_options, events), "FILE", "<files>",
	  "write every event as a line of JSON (-: to standard output)", OPTION_NOT_KEY },
	{ 0, "report", OPTION_LIST, offsetof(struct execute_options, reports), "FORMAT:FILE",
	  "junit:|jsonl:|trace:|markdown:",
	  "write a report of the run: junit, jsonl, trace or markdown (-: to standard output)",
	  OPTION_NOT_KEY },
	{ 0, "mode", OPTION_CHOICE, offsetof(struct execute_options, mode), "MODE",
	  "autopilot|supervised|hybrid",
	  "ask before steps run: autopilot none, supervised each, hybrid those of high risk", 0 },
	{ 0, "interactive-mode", OPTION_FLAG, offsetof(struct execute_options, is_interactive),
	  NULL, NULL, "the same as --mode=supervised", 0 },
	{ 0, "yes", OPTION_FLAG, offsetof(struct execute_options, yes), NULL, NULL,
	  "yes to all that is asked, and the default where a question has one", OPTION_NOT_KEY },
};

const struct option_table execute_options = { rows, ARRAY_SIZE(rows) };

/* issue="7"; the items of a list stand in lines: tag="a" tag="b". */
static void describe_param(const struct param_value *value, struct strbuf *out)
{
	const char *line = value->text;

	do {
		size_t len = value->param->type == PARAM_LIST ? strcspn(line, "\n") : strlen(line);

		strbuf_addf(out, "%s%s=", out->len ? " " : "", value->param->name);
		if (value->param->secret) {
			strbuf_addstr(out, "***");
			return;
		}
		strbuf_addch(out, '"');
		utf8_add_visible(out, line, len);
		strbuf_addch(out, '"');
		line += len + (line[len] == '\n');
	} while (*line);
}

/* For the first line. */
static void describe_params(const struct session *session, struct strbuf *out)
{
	for (size_t i = 0; i < session->params.n; i++) {
		const struct param_value *value = &session->params.values[i];

		if (!value->text || value->is_default)
			continue;
		describe_param(value, out);
	}
}

void execute_options_release(struct execute_options *options)
{
	vec_release(&options->reports.list);
}

static enum console_output output_of_word(const char *word)
{
	if (!word || !strcmp(word, "group"))
		return CONSOLE_GROUP;
	return strcmp(word, "stream") ? CONSOLE_SILENT : CONSOLE_STREAM;
}

static void choose_console(struct cli *cli, const struct execute_options *options,
			   const struct run_options *run, bool stdout_is_taken,
			   struct console_options *console)
{
	console_options_detect(console, cli->color);
	console->verbosity = cli->common.quiet	   ? CONSOLE_QUIET
			     : cli->common.verbose ? CONSOLE_VERBOSE
						   : CONSOLE_NORMAL;
	console->output = output_of_word(options->output);
	console->jobs = run->jobs;
	/* Its lines would tear what is drawn. */
	console->is_live = console->is_live && !cli->debug;
	/* Standard output belongs to the events or the report then. */
	if (stdout_is_taken) {
		console->out_fd = STDERR_FILENO;
		console->is_live = tty_has_cursor(STDERR_FILENO) && !cli->debug;
		console->use_color = tty_use_color(STDERR_FILENO, cli->color);
	}
}

static int exit_of_outcome(const struct run_outcome *outcome)
{
	switch (outcome->status) {
	case RUN_PASSED: return EXIT_PASSED;
	case RUN_FAILED:
	case RUN_CANCELLED: return EXIT_NOT_PASSED;
	case RUN_PAUSED: return EXIT_WAITING;
	default: return EXIT_FATAL;
	}
}

/* Everything but the console that is told of the run. */
struct outputs {
	struct sink events, debug;
	struct reports reports;
};

static int open_outputs(struct cli *cli, const struct execute_options *options,
			struct outputs *outputs, struct err *err)
{
	bool to_stdout = options->events && !strcmp(options->events, "-");

	outputs->reports.uses_stdout = to_stdout;
	if (reports_open(&outputs->reports, &options->reports, &cli->arena, err) < 0)
		return -1;
	if (options->events &&
	    events_sink_open(&outputs->events, isolate_file(options->events, &cli->arena), err) < 0)
		return -1;
	if (cli->debug)
		outputs->debug = debug_sink();
	return 0;
}

static struct sink **list_sinks(struct cli *cli, struct sink *console, struct outputs *outputs,
				size_t *n)
{
	struct sink **sinks = ARENA_ARRAY(&cli->arena, struct sink *, outputs->reports.files.n + 4);

	*n = 0;
	sinks[(*n)++] = console;
	if (outputs->events.on_event)
		sinks[(*n)++] = &outputs->events;
	if (outputs->debug.on_event)
		sinks[(*n)++] = &outputs->debug;
	reports_add_sinks(&outputs->reports, sinks, n);
	return sinks;
}

/* What cannot be shown is told, but the steps did run. */
static void close_outputs(struct session *session, struct outputs *outputs,
			  const struct run_outcome *outcome, bool has_begun, struct err *late)
{
	struct err failure = ERR_INIT;

	if (outputs->events.on_event)
		events_sink_finish(&outputs->events, late);
	if (reports_write(&outputs->reports, session, outcome, has_begun, &failure) < 0)
		err_copy(late, &failure);
	if (outputs->debug.on_event)
		outputs->debug.close(outputs->debug.data);
	err_release(&failure);
}

static int run_with_sinks(struct cli *cli, struct session *session,
			  const struct execute_options *options, const struct run_options *run,
			  struct outputs *outputs, struct run_outcome *outcome, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf params = STRBUF_INIT;
	struct console_options choices;
	struct sink console, **sinks;
	struct err late = ERR_INIT;
	size_t n;
	int rc;

	choose_console(cli, options, run, outputs->reports.uses_stdout, &choices);
	describe_params(session, &params);
	choices.params = params.len ? strbuf_str(&params) : NULL;
	choices.plan = session->plan;
	choices.is_of_git = session->trigger &&
			    (hook_traits(session->trigger->hook) & HOOK_REFUSES) != 0;
	choices.is_asking = run->ask.has_terminal && !run->ask.assume_yes;
	console = console_sink(&choices);
	sinks = list_sinks(cli, &console, outputs, &n);
	rc = engine_run(session, run, sinks, n, outcome, err);
	console_status(&console, &late);
	if (rc < 0 && err->kind == ERR_BUSY)
		console_forget(&console);
	console.close(console.data);
	close_outputs(session, outputs, outcome, rc == 0 || outcome->run_id, &late);
	if (rc == 0 && late.kind != ERR_NONE)
		rc = err_copy(err, &late);
	err_release(&late);
	return rc;
}

static void tell_wait(void *data, const char *run, const char *group)
{
	if (group)
		cli_say(data, "waiting for run %s of the group '%s'", layout_short_id(run), group);
	else
		cli_say(data, "waiting for run %s", layout_short_id(run));
}

/* Somebody was quicker. What its `rate` forbids is busy too, but no reason to wait. */
static bool is_to_wait_again(struct cli *cli, struct session *session, struct err *err)
{
	if (err->kind != ERR_BUSY || !turn_may_wait(session) ||
	    (session->wf->rate_runs && turn_wait(session, tell_wait, cli, NULL) <= 0))
		return false;
	err_release(err);
	return true;
}

int execute_run(struct cli *cli, struct session *session, const struct execute_options *options,
		struct run_options *run, struct err *err)
{
	struct run_outcome outcome = { 0 };
	struct outputs outputs = { 0 };
	int rc;

	run->keep_going = options->keep_going;
	if (options->checkpoint)
		run->checkpoints = CHECKPOINTS_PER_STEP;
	if (options->timeout_ms)
		run->timeout_ms = options->timeout_ms;
	run->write_folder = cli->common.verbose || options->events;
	asking_choose(cli, session, options, &run->ask);
	rc = turn_may_wait(session) ? turn_wait(session, tell_wait, cli, err) : 0;
	if (rc != 0)
		return rc < 0 ? -1 : EXECUTE_AGAIN;
	rc = open_outputs(cli, options, &outputs, err);
	if (rc == 0)
		rc = run_with_sinks(cli, session, options, run, &outputs, &outcome, err);
	reports_release(&outputs.reports);
	if (outcome.signal) {
		if (rc < 0)
			cli_warn("%s", err_msg(err));
		/* A terminal that went away ends a run as TERM does. */
		loop_die_of_signal(outcome.signal == SIGHUP ? SIGTERM : outcome.signal);
	}
	if (rc < 0)
		return is_to_wait_again(cli, session, err) ? EXECUTE_AGAIN : -1;
	return exit_of_outcome(&outcome);
}
