/*
 * See cleaning_impl.h.
 */
#include "cleaning_impl.h"

#include <string.h>

#include "run/engine.h"
#include "store/layout.h"

struct listener {
	struct cli *cli;
	const char *run;
};

static int hear(void *data, const struct event *event, struct err *err UNUSED)
{
	const struct listener *listener = data;

	if (event->type == EV_NOTE)
		cli_say(listener->cli, "%s%s%s", event->step ? event->step : "",
			event->step ? ": " : "", event->text);
	if (event->type != EV_STEP_END || !event->step)
		return 0;
	if (event->status == STEP_FAILED)
		cli_warn("%s has failed; 'git wf log %s %s' shows its output", event->step,
			 layout_short_id(listener->run), event->step);
	else
		cli_say(listener->cli, "%s %s", event->step, step_status_name(event->status));
	return 0;
}

static void close_nothing(void *data UNUSED)
{
}

static bool has_cleanup(const struct session *session)
{
	for (size_t i = 0; session->wf && session->plan && i < session->wf->n_steps; i++)
		if (session->wf->steps[i].called &&
		    session->wf->steps[i].called->on == CALL_ON_ROLLBACK)
			return true;
	return false;
}

int cleaning_run(struct cli *cli, struct session *session, const struct target_options *options,
		 const char *run, bool *has_failed, struct err *err)
{
	struct listener listener = { cli, run };
	struct sink sink = { .data = &listener, .on_event = hear, .close = close_nothing };
	struct sink *const sinks[] = { &sink };
	struct run_options choices = { 0 };
	struct run_outcome outcome;

	*has_failed = false;
	if (!has_cleanup(session))
		return 0;
	if (target_run_options(session, options, &choices, err) < 0)
		return -1;
	choices.resume_run = run;
	choices.is_cleanup = choices.no_snapshots = true;
	if (engine_run(session, &choices, sinks, 1, &outcome, err) < 0)
		return err_wrap(err, "it was rolled back, but not cleaned up after");
	*has_failed = outcome.any_failed;
	return 0;
}
