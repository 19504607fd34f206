/*
 * git wf graph: who waits for whom.
 */
#include <string.h>

#include "commands_impl.h"
#include "report/graph.h"
#include "target_impl.h"

struct graph_options {
	const char *format;
	bool json;
};

static const struct option_row rows[] = {
	{ 0, "format", OPTION_CHOICE, offsetof(struct graph_options, format), "FORMAT",
	  "ascii|dot|mermaid|json", "ascii (the default), dot, mermaid or json", 0 },
	{ 0, "json", OPTION_FLAG, offsetof(struct graph_options, json), NULL, NULL,
	  "answer in JSON", 0 },
};

const struct option_table cmd_graph_options = { rows, ARRAY_SIZE(rows) };

static enum graph_format format_of(const struct graph_options *options)
{
	if (options->json)
		return GRAPH_JSON;
	if (!options->format || !strcmp(options->format, "ascii"))
		return GRAPH_ASCII;
	if (!strcmp(options->format, "dot"))
		return GRAPH_DOT;
	return strcmp(options->format, "mermaid") ? GRAPH_JSON : GRAPH_MERMAID;
}

static int graph_in_session(struct cli *cli, struct session *session,
			    const struct graph_options *options,
			    const struct target_request *target, struct err *err)
{
	if (target_load(cli, session, target, err) < 0)
		return -1;
	graph_render(session->plan, format_of(options), cli->common.verbose, &cli->out);
	return EXIT_PASSED;
}

int cmd_graph(struct cli *cli, struct err *err)
{
	struct graph_options options = { 0 };
	struct target_options selection = { 0 };
	struct option_values steps = { { 0 } };
	struct target_request target = { .options = &selection,
					 .steps = &steps,
					 .selected = &steps };
	void *const into[COMMAND_TABLES] = { &options, &selection };
	struct session session;
	int rc = cli_parse(cli, into, true, err);

	if (rc == 0 && !target_word(cli, err))
		rc = -1;
	if (rc == 0) {
		rc = target_open(&session, err);
		if (rc == 0)
			rc = graph_in_session(cli, &session, &options, &target, err);
		session_close(&session);
	}
	target_options_release(&selection);
	vec_release(&steps.list);
	return rc;
}
