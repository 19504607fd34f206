/*
 * git wf snapshots: which there are, what is in one, what differs between two. They are refs: those of
 * runs whose folders are gone are here too.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "base/utf8.h"
#include "commands_impl.h"
#include "git/snapshot.h"
#include "run/snap.h"
#include "store/layout.h"
#include "sys/clock.h"
#include "target_impl.h"
#include "views_impl.h"

struct snapshots_call {
	struct cli *cli;
	struct session *session;
	bool json;
	struct jsonw w;
	struct snapshot_entry *entries;
	size_t n;
};

/* ---- The list ---- */

/* "git wf RUN 3 (after build)": what stands in the brackets. */
static const char *when_of(struct cli *cli, const struct snapshot_entry *entry)
{
	const char *open = strstr(entry->subject, " ("), *close = strrchr(entry->subject, ')');

	if (!open || !close || close < open)
		return entry->subject;
	return arena_strndup(&cli->arena, open + 2, (size_t)(close - open - 2));
}

static void add_entry(struct snapshots_call *call, const struct snapshot_entry *entry)
{
	struct strbuf *out = &call->cli->out;
	const char *when = when_of(call->cli, entry);

	if (call->json) {
		jsonw_object(&call->w);
		jsonw_kv_string(&call->w, "run", entry->run);
		jsonw_kv_uint(&call->w, "number", entry->number);
		jsonw_kv_string(&call->w, "when", when);
		json_view_instant(&call->w, "at", entry->time_s * 1000);
		jsonw_kv_string(&call->w, "ref", entry->ref);
		jsonw_kv_string(&call->w, "tree", entry->tree);
		jsonw_kv_string(&call->w, "raw", entry->raw);
		jsonw_object_end(&call->w);
		return;
	}
	strbuf_addf(out, "%s/%u  ", layout_short_id(entry->run), entry->number);
	instant_format_ago(out, entry->time_s * 1000, clock_realtime_ms());
	strbuf_addstr(out, "  ");
	utf8_add_visible(out, when, strlen(when));
	strbuf_addf(out, "  %s\n", entry->ref);
}

static bool is_of_run(const struct snapshot_entry *entry, const char *run)
{
	const char *workflow_end = run ? strstr(entry->run, run) : NULL;

	return !run || !strcmp(entry->run, run) || !strcmp(layout_short_id(entry->run), run) ||
	       (strlen(run) >= 8 && workflow_end == entry->run);
}

/* RUN as everywhere where its folder is there, else by the names of the refs. */
static const char *run_of_word(struct snapshots_call *call, const char *word)
{
	const char *run;

	if (layout_find_run(&call->session->layout, word, &call->cli->arena, &run, NULL) == 0)
		return run;
	for (size_t i = call->n; i-- > 0;)
		if (is_of_run(&call->entries[i], word))
			return call->entries[i].run;
	return NULL;
}

static int list(struct snapshots_call *call, const char *word, struct err *err)
{
	const char *run = word ? run_of_word(call, word) : NULL;
	size_t shown = 0;

	if (word && !run)
		return err_set(err, ERR_NOT_FOUND, "there is no run '%s'", word);
	if (call->json) {
		jsonw_key(&call->w, "snapshots");
		jsonw_array(&call->w);
	}
	for (size_t i = 0; i < call->n; i++) {
		if (run && strcmp(call->entries[i].run, run) != 0)
			continue;
		add_entry(call, &call->entries[i]);
		shown++;
	}
	if (call->json)
		jsonw_array_end(&call->w);
	else if (!shown)
		cli_say(call->cli, "there are no snapshots");
	return EXIT_PASSED;
}

/* ---- One, and two ---- */

/* "RUN/3", or the ref. */
static const struct snapshot_entry *find(struct snapshots_call *call, const char *word,
					 struct err *err)
{
	const char *slash = strrchr(word, '/'), *run;
	unsigned long number = slash ? strtoul(slash + 1, NULL, 10) : 0;

	for (size_t i = 0; i < call->n; i++)
		if (!strcmp(call->entries[i].ref, word))
			return &call->entries[i];
	run = slash ? run_of_word(call,
				  arena_strndup(&call->cli->arena, word, (size_t)(slash - word)))
		    : NULL;
	for (size_t i = 0; run && i < call->n; i++)
		if (!strcmp(call->entries[i].run, run) && call->entries[i].number == number)
			return &call->entries[i];
	err_set(err, ERR_NOT_FOUND,
		"there is no snapshot '%s'; it is RUN/NUMBER, as 'git wf snapshots' lists them",
		word);
	return NULL;
}

static void add_change(struct snapshots_call *call, const struct snapshot_change *change)
{
	const char *what = !change->old_mode ? "A" : !change->new_mode ? "D" : "M";

	if (call->json) {
		jsonw_object(&call->w);
		jsonw_kv_string(&call->w, "path", change->path);
		jsonw_kv_string(&call->w, "change", what);
		jsonw_object_end(&call->w);
		return;
	}
	strbuf_addf(&call->cli->out, "%s  ", what);
	utf8_add_visible(&call->cli->out, change->path, strlen(change->path));
	strbuf_addch(&call->cli->out, '\n');
}

static int add_changes(struct snapshots_call *call, const struct snapshot_entry *a,
		       const struct snapshot_entry *b, struct err *err)
{
	struct snapshot_change *changes;
	size_t n;

	if (snapshot_diff(&call->session->repo, a->raw, b->raw, &call->cli->arena, &changes, &n,
			  err) < 0)
		return -1;
	if (call->json) {
		jsonw_key(&call->w, "changes");
		jsonw_array(&call->w);
	}
	for (size_t i = 0; i < n; i++)
		add_change(call, &changes[i]);
	if (call->json)
		jsonw_array_end(&call->w);
	return EXIT_PASSED;
}

/* With what changed since the one before it in its run. */
static int show(struct snapshots_call *call, const char *word, struct err *err)
{
	const struct snapshot_entry *entry = find(call, word, err), *before = NULL;

	if (!entry)
		return -1;
	for (size_t i = 0; i < call->n; i++)
		if (!strcmp(call->entries[i].run, entry->run) &&
		    call->entries[i].number < entry->number &&
		    (!before || call->entries[i].number > before->number))
			before = &call->entries[i];
	if (call->json)
		jsonw_key(&call->w, "snapshot");
	add_entry(call, entry);
	if (!call->json && before)
		strbuf_addf(&call->cli->out, "since %s/%u:\n", layout_short_id(before->run),
			    before->number);
	return before ? add_changes(call, before, entry, err) : EXIT_PASSED;
}

static int diff(struct snapshots_call *call, const char *a, const char *b, struct err *err)
{
	const struct snapshot_entry *from = find(call, a, err),
				    *to = from ? find(call, b, err) : NULL;

	return to ? add_changes(call, from, to, err) : -1;
}

static int answer(struct snapshots_call *call, struct err *err)
{
	struct cli *cli = call->cli;
	const char *first = cli_word(cli, 0);
	size_t n = cli->words.list.n;

	if (first && !strcmp(first, "show") && n == 2)
		return show(call, cli_word(cli, 1), err);
	if (first && !strcmp(first, "diff") && n == 3)
		return diff(call, cli_word(cli, 1), cli_word(cli, 2), err);
	if (n > 1 || (first && (!strcmp(first, "show") || !strcmp(first, "diff"))))
		return err_set(err, ERR_USAGE, "'snapshots' wants %s", cli->command->args);
	return list(call, first, err);
}

int cmd_snapshots(struct cli *cli, struct err *err)
{
	struct json_option options = { 0 };
	struct session session;
	struct snapshots_call call = { .cli = cli, .session = &session };
	int rc = cli_parse_words(cli, &options, 0, 3, err);

	if (rc != 0)
		return rc;
	call.json = options.json;
	rc = target_open(&session, err);
	if (rc == 0)
		rc = snapshot_list(&session.repo, NULL, &cli->arena, &call.entries, &call.n, err);
	if (rc == 0 && call.json)
		json_view_begin(&call.w, &cli->out);
	if (rc == 0)
		rc = answer(&call, err);
	if (rc < 0)
		strbuf_clear(&cli->out);
	else if (call.json)
		json_view_end(&call.w);
	session_close(&session);
	return rc;
}
