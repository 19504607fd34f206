/*
 * git wf plan: what a run would do now, with the first reason of each step.
 */
#include <unistd.h>

#include "commands_impl.h"
#include "preview_impl.h"
#include "views_impl.h"

struct plan_options {
	bool check, json;
};

static const struct option_row rows[] = {
	{ 0, "check", OPTION_FLAG, offsetof(struct plan_options, check), NULL, NULL,
	  "exit with 1 unless everything is up to date", 0 },
	{ 0, "json", OPTION_FLAG, offsetof(struct plan_options, json), NULL, NULL, "answer in JSON",
	  0 },
};

const struct option_table cmd_plan_options = { rows, ARRAY_SIZE(rows) };

static int answer(struct cli *cli, const struct preview_request *request, struct err *err UNUSED)
{
	const struct plan_options *options = request->own;
	const struct workflow *wf = request->session->wf;

	if (options->json)
		plan_view_json(wf, request->preview, NULL, NULL, NULL, &cli->out);
	else if (!cli->common.quiet)
		plan_view_text(wf, request->preview, cli->common.verbose,
			       cli_use_color(cli, STDOUT_FILENO), &cli->out);
	return options->check && !plan_view_is_up_to_date(request->preview) ? EXIT_NOT_PASSED
									    : EXIT_PASSED;
}

int cmd_plan(struct cli *cli, struct err *err)
{
	struct plan_options options = { 0 };

	return preview_command(cli, &options, false, answer, err);
}
