/*
 * git wf history: past runs, newest first.
 */
#include <string.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "commands_impl.h"
#include "store/history.h"
#include "sys/clock.h"
#include "target_impl.h"
#include "views_impl.h"

#define DEFAULT_LIMIT 20

struct history_options {
	bool json;
	uint32_t limit;
};

static const struct option_row rows[] = {
	{ 'n', "limit", OPTION_COUNT, offsetof(struct history_options, limit), "N", NULL,
	  "show at most N runs (default: 20)", 0 },
	{ 0, "json", OPTION_FLAG, offsetof(struct history_options, json), NULL, NULL,
	  "answer in JSON", 0 },
};

const struct option_table cmd_history_options = { rows, ARRAY_SIZE(rows) };

struct history_view {
	struct cli *cli;
	struct jsonw *json;   /* NULL: text */
	const char *workflow; /* or NULL: all */
	int64_t now_ms;
	uint32_t left;
	bool any;
};

static void add_json(struct jsonw *w, const struct history_entry *entry)
{
	jsonw_object(w);
	jsonw_kv_string(w, "run", entry->run);
	jsonw_kv_string(w, "workflow", entry->workflow);
	jsonw_kv_string(w, "head", entry->head && *entry->head ? entry->head : NULL);
	jsonw_kv_string(w, "status", run_status_name(entry->status));
	json_view_instant(w, "started_at", entry->started_ms);
	jsonw_kv_uint(w, "duration_ms", entry->duration_ms);
	jsonw_kv_uint(w, "work_ms", entry->work_ms);
	jsonw_kv_uint(w, "cpu_ms", entry->cpu_ms);
	jsonw_kv_uint(w, "saved_ms", entry->saved_ms);
	jsonw_kv_uint(w, "jobs", entry->jobs);
	jsonw_kv_uint(w, "steps", entry->n_steps);
	jsonw_kv_uint(w, "ran", entry->n_ran);
	jsonw_kv_uint(w, "cached", entry->n_cached);
	jsonw_kv_uint(w, "restored", entry->n_restored);
	jsonw_kv_uint(w, "failed", entry->n_failed);
	jsonw_kv_uint(w, "skipped", entry->n_skipped);
	jsonw_kv_uint(w, "retries", entry->n_retries);
	jsonw_kv_uint(w, "resumes", entry->n_resumes);
	jsonw_object_end(w);
}

static void add_text(struct history_view *view, const struct history_entry *entry)
{
	CLEANUP(strbuf_release)
	struct strbuf time = STRBUF_INIT;
	struct strbuf *out = &view->cli->out;
	enum view_color color = entry->status == RUN_PASSED   ? VIEW_GOOD
				: entry->status == RUN_FAILED ? VIEW_BAD
							      : VIEW_WARN;

	if (!view->any)
		strbuf_addf(out, "%-20s %-6s %-11s %7s %5s %6s  %s\n", "WORKFLOW", "RUN", "STATUS",
			    "TIME", "RAN", "CACHED", "WHEN");
	duration_format(&time, entry->duration_ms);
	strbuf_addf(out, "%-20s %-6s ", entry->workflow,
		    entry->run ? layout_short_id(entry->run) : "-");
	view_add(out, cli_use_color(view->cli, STDOUT_FILENO), color, "%-11s",
		 run_status_name(entry->status));
	strbuf_addf(out, " %7s %5u %6u  ", strbuf_str(&time), entry->n_ran, entry->n_cached);
	instant_format_ago(out, entry->started_ms, view->now_ms);
	strbuf_addch(out, '\n');
}

static int on_entry(void *data, const struct history_entry *entry)
{
	struct history_view *view = data;

	if (view->workflow && strcmp(view->workflow, entry->workflow) != 0)
		return 0;
	if (view->json)
		add_json(view->json, entry);
	else
		add_text(view, entry);
	view->any = true;
	return --view->left == 0;
}

static int history_in_session(struct cli *cli, struct session *session, const void *data,
			      struct err *err)
{
	const struct history_options *options = data;
	struct jsonw w;
	struct history_view view = { .cli = cli,
				     .json = options->json ? &w : NULL,
				     .workflow = cli_word(cli, 0),
				     .now_ms = clock_realtime_ms(),
				     .left = options->limit ? options->limit : DEFAULT_LIMIT };

	if (options->json) {
		json_view_begin(&w, &cli->out);
		jsonw_key(&w, "runs");
		jsonw_array(&w);
	}
	if (history_read(session->layout.runs_dir, on_entry, &view, err) < 0)
		return -1;
	if (options->json) {
		jsonw_array_end(&w);
		json_view_end(&w);
	} else if (!view.any) {
		if (view.workflow)
			cli_say(cli, "'%s' has not run here yet", view.workflow);
		else
			cli_say(cli, "nothing has run here yet");
	}
	return EXIT_PASSED;
}

int cmd_history(struct cli *cli, struct err *err)
{
	struct history_options options = { 0 };

	return target_session(cli, &options, 0, 1, history_in_session, err);
}
