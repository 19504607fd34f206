/*
 * The way from a command line to a preview. See preview_impl.h.
 */
#include "preview_impl.h"

#include <unistd.h>

#include "target_impl.h"
#include "views_impl.h"

int preview_show(struct cli *cli, struct session *session, const struct run_options *run,
		 struct err *err)
{
	struct preview preview = { 0 };
	int rc = preview_build(session, run, &preview, err);

	if (rc == 0)
		plan_view_text(session->wf, &preview, cli->common.verbose,
			       cli_use_color(cli, STDOUT_FILENO), &cli->out);
	return rc < 0 ? -1 : EXIT_PASSED;
}

static int in_session(struct cli *cli, struct session *session, const struct target_request *target,
		      void *own, preview_answer *answer, struct err *err)
{
	struct preview_request request = { session, NULL, target->steps, own };
	struct run_options run = { 0 };
	struct preview preview = { 0 };

	if (target_load(cli, session, target, err) < 0)
		return -1;
	if (target_run_options(session, target->options, &run, err) < 0 ||
	    preview_build(session, &run, &preview, err) < 0)
		return -1;
	request.preview = &preview;
	return answer(cli, &request, err);
}

int preview_command(struct cli *cli, void *own, bool steps_filter, preview_answer *answer,
		    struct err *err)
{
	struct target_options options = { 0 };
	struct option_values steps = { { 0 } };
	struct target_request target = { .options = &options,
					 .steps = &steps,
					 .selected = steps_filter ? NULL : &steps };
	void *const into[COMMAND_TABLES] = { own, &options };
	struct session session;
	int rc = cli_parse(cli, into, true, err);

	if (rc == 0 && !target_word(cli, err))
		rc = -1;
	if (rc == 0) {
		rc = target_open(&session, err);
		if (rc == 0)
			rc = in_session(cli, &session, &target, own, answer, err);
		session_close(&session);
	}
	target_options_release(&options);
	vec_release(&steps.list);
	return rc;
}
