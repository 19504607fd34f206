/*
 * git wf explain: every reason of some or all steps.
 */
#include <string.h>
#include <unistd.h>

#include "base/strmap.h"
#include "commands_impl.h"
#include "preview_impl.h"
#include "views_impl.h"

struct explain_options {
	bool json;
};

static const struct option_row rows[] = {
	{ 0, "json", OPTION_FLAG, offsetof(struct explain_options, json), NULL, NULL,
	  "answer in JSON", 0 },
};

const struct option_table cmd_explain_options = { rows, ARRAY_SIZE(rows) };

/* A step, or one item of it: "test" or "test[unit]". */
static bool is_named(const struct preview_item *item, const char *word)
{
	return !strcmp(item->node->id, word) || !strcmp(item->node->step->id, word);
}

static bool is_wanted(void *data, const struct preview_item *item)
{
	const struct option_values *steps = data;

	for (size_t i = 0; i < steps->list.n; i++) {
		if (is_named(item, steps->list.v[i]))
			return true;
	}
	/* A group whose items are there says nothing of its own. */
	return steps->list.n == 0 && !(item->node->kind == NODE_FOREACH && item->node->is_expanded);
}

static int no_step(struct cli *cli, const struct preview *preview, const char *word,
		   struct err *err)
{
	const char **ids = ARENA_ARRAY(&cli->arena, const char *, preview->items.n + 1);
	const char *nearest;

	for (size_t i = 0; i < preview->items.n; i++)
		ids[i] = preview->items.v[i].node->id;
	nearest = nearest_word(word, ids, preview->items.n);
	if (nearest)
		return err_set(err, ERR_USAGE, "no step '%s'; did you mean '%s'?", word, nearest);
	return err_set(err, ERR_USAGE, "no step '%s' among those that are selected", word);
}

static int check_steps(struct cli *cli, const struct preview_request *request, struct err *err)
{
	for (size_t s = 0; s < request->steps->list.n; s++) {
		const char *word = request->steps->list.v[s];
		size_t i = 0;

		while (i < request->preview->items.n &&
		       !is_named(&request->preview->items.v[i], word))
			i++;
		if (i == request->preview->items.n)
			return no_step(cli, request->preview, word, err);
	}
	return 0;
}

/* Who names no step asks why something runs: what is up to date is only counted. */
static void explain_text(struct cli *cli, const struct preview_request *request,
			 struct since_view *view)
{
	const struct preview *preview = request->preview;
	const struct option_values *steps = request->steps;
	bool use_color = cli_use_color(cli, STDOUT_FILENO), counts = !steps->list.n;
	size_t n_folded = 0;

	for (size_t i = 0; i < preview->items.n; i++) {
		const struct preview_item *item = &preview->items.v[i];

		if (!is_wanted((void *)(uintptr_t)steps, item))
			continue;
		if (counts && !cli->common.verbose && plan_view_is_cached(item))
			n_folded++;
		else
			plan_view_explain(view, item, use_color, &cli->out);
	}
	if (n_folded)
		strbuf_addf(&cli->out, "%zu step%s up to date\n", n_folded,
			    n_folded == 1 ? "" : "s");
}

static int answer(struct cli *cli, const struct preview_request *request, struct err *err)
{
	const struct explain_options *options = request->own;
	const struct preview *preview = request->preview;
	struct since_view view = { request->session, SINCE_VIEW_FILES };
	void *steps = (void *)(uintptr_t)request->steps;

	if (check_steps(cli, request, err) < 0)
		return -1;
	if (options->json) {
		plan_view_json(request->session->wf, preview, &view, is_wanted, steps, &cli->out);
		return EXIT_PASSED;
	}
	explain_text(cli, request, &view);
	return EXIT_PASSED;
}

int cmd_explain(struct cli *cli, struct err *err)
{
	struct explain_options options = { 0 };

	return preview_command(cli, &options, true, answer, err);
}
