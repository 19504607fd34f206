/*
 * git wf stats: figures about past runs.
 */
#include <string.h>

#include "commands_impl.h"
#include "stats_view_impl.h"
#include "sys/clock.h"
#include "target_impl.h"

struct gathering {
	struct stats stats;
	const char *workflow; /* or NULL: all */
};

static int on_entry(void *data, const struct history_entry *entry)
{
	struct gathering *g = data;

	if (!g->workflow || !strcmp(g->workflow, entry->workflow))
		stats_add_entry(&g->stats, entry);
	return 0;
}

/* Folders of old runs may be gone: an absent journal is an empty one. */
static int read_journals(struct session *session, struct stats *stats, struct err *err)
{
	for (size_t i = 0; i < stats->workflows.n; i++) {
		struct stats_workflow *workflow = stats->workflows.v[i];

		for (size_t k = 0; k < workflow->runs.n; k++) {
			struct arena scratch = { 0 };
			const char *run = workflow->runs.v[k].id;
			int rc = 0;

			if (run)
				rc = stats_add_journal(
					stats, workflow,
					layout_run_dir(&session->layout, &scratch, run), err);
			arena_release(&scratch);
			if (rc < 0)
				return -1;
		}
	}
	return 0;
}

static void show(struct cli *cli, const struct gathering *g, bool json)
{
	const struct stats *stats = &g->stats;
	bool with_steps = cli->common.verbose;

	if (json) {
		stats_view_json(stats, with_steps, &cli->out);
		return;
	}
	if (!stats->workflows.n && g->workflow)
		cli_say(cli, "'%s' has not run here yet", g->workflow);
	else if (!stats->workflows.n)
		cli_say(cli, "nothing has run here yet");
	else if (stats->workflows.n > 1 && !with_steps)
		stats_view_table(stats, &cli->out);
	else
		for (size_t i = 0; i < stats->workflows.n; i++)
			stats_view_text(stats->workflows.v[i], clock_realtime_ms(), with_steps,
					&cli->out);
}

static int stats_in_session(struct cli *cli, struct session *session, const void *data,
			    struct err *err)
{
	bool json = ((const struct json_option *)data)->json;
	struct gathering g = { .workflow = cli_word(cli, 0) };
	int rc = history_read(session->layout.runs_dir, on_entry, &g, err);

	stats_finish(&g.stats);
	if (rc == 0 && cli->common.verbose)
		rc = read_journals(session, &g.stats, err);
	if (rc == 0)
		show(cli, &g, json);
	stats_release(&g.stats);
	return rc < 0 ? -1 : EXIT_PASSED;
}

int cmd_stats(struct cli *cli, struct err *err)
{
	struct json_option options = { 0 };

	return target_session(cli, &options, 0, 1, stats_in_session, err);
}
