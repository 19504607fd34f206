/*
 * git wf trust: agree to what triggers start in this repository, see what was agreed to, take it back.
 */
#include <string.h>

#include "base/timefmt.h"
#include "commands_impl.h"
#include "store/trust.h"
#include "sys/clock.h"
#include "target_impl.h"
#include "trust_diff_impl.h"
#include "views_impl.h"

struct trust_options {
	bool list, diff, revoke, json;
};

static const struct option_row rows[] = {
	{ 0, "list", OPTION_FLAG, offsetof(struct trust_options, list), NULL, NULL,
	  "show everything that is trusted on this machine", 0 },
	{ 0, "diff", OPTION_FLAG, offsetof(struct trust_options, diff), NULL, NULL,
	  "show what changed since", 0 },
	{ 0, "revoke", OPTION_FLAG, offsetof(struct trust_options, revoke), NULL, NULL,
	  "take it back", 0 },
	{ 0, "json", OPTION_FLAG, offsetof(struct trust_options, json), NULL, NULL,
	  "with --list and --diff: answer in JSON", 0 },
};

const struct option_table cmd_trust_options = { rows, ARRAY_SIZE(rows) };

struct trusting {
	struct cli *cli;
	struct session *session;
	const char *dir;
	bool is_chosen[TRUST_TRIGGERS]; /* said, or all that are granted */
	bool json;
};

/* ---- Which triggers ---- */

static int choose_words(struct trusting *work, struct err *err)
{
	for (size_t i = 0; cli_word(work->cli, i); i++) {
		enum trust_trigger trigger;

		if (trust_trigger_find(cli_word(work->cli, i), &trigger) < 0)
			return err_set(
				err, ERR_USAGE,
				"no trigger '%s'; there are hooks, schedule, watch, serve and mcp",
				cli_word(work->cli, i));
		work->is_chosen[trigger] = true;
	}
	return 0;
}

/* Those that are granted, also where the record is damaged. */
static void choose_granted(struct trusting *work, bool *any)
{
	for (int i = 0; i < TRUST_TRIGGERS; i++) {
		CLEANUP(arena_release)
		struct arena arena = { 0 };
		struct trust_record record;

		work->is_chosen[i] = trust_read(work->dir, &work->session->layout,
						(enum trust_trigger)i, &arena, &record, NULL) != 1;
		*any |= work->is_chosen[i];
		trust_files_release(&record.files);
	}
}

/* 1: nothing is granted, and that was said. */
static int choose(struct trusting *work, struct err *err)
{
	bool any = cli_word(work->cli, 0) != NULL;

	if (any)
		return choose_words(work, err);
	choose_granted(work, &any);
	return any ? 0 : 1;
}

/* ---- Granting ---- */

static int grant(struct trusting *work, struct err *err)
{
	CLEANUP(trust_files_release)
	struct trust_files files = { 0 };
	struct session *session = work->session;
	int rc = choose(work, err);

	if (rc > 0)
		return err_set(err, ERR_USAGE,
			       "trusted for what? say hooks, schedule, watch, serve or mcp");
	if (rc == 0 && !session->layout.root)
		return err_set(err, ERR_USAGE, "a bare repository has no workflow files to trust");
	if (rc < 0 || trust_gather(session->layout.root_fd, &session->arena, &files, err) < 0)
		return -1;
	for (int i = 0; i < TRUST_TRIGGERS; i++) {
		if (!work->is_chosen[i])
			continue;
		if (trust_grant(work->dir, &session->layout, (enum trust_trigger)i, &files,
				clock_realtime_ms(), err) < 0)
			return -1;
		cli_say(work->cli, "trusted for %s: '%s' with %zu file%s",
			trust_trigger_name((enum trust_trigger)i), session->layout.root,
			files.list.n, files.list.n == 1 ? "" : "s");
	}
	return EXIT_PASSED;
}

static int revoke(struct trusting *work, struct err *err)
{
	int rc = choose(work, err);
	bool any = false;

	for (int i = 0; rc == 0 && i < TRUST_TRIGGERS; i++) {
		int gone = work->is_chosen[i] ? trust_revoke(work->dir, &work->session->layout,
							     (enum trust_trigger)i, err)
					      : 1;

		if (gone < 0)
			return -1;
		if (gone == 0)
			cli_say(work->cli, "no longer trusted for %s",
				trust_trigger_name((enum trust_trigger)i));
		any |= gone == 0;
	}
	if (rc >= 0 && !any)
		cli_say(work->cli, "nothing of this was trusted");
	return rc < 0 ? -1 : EXIT_PASSED;
}

/* ---- Differences ---- */

static int show_one(struct trusting *work, enum trust_trigger trigger,
		    const struct trust_files *files, struct jsonw *w, struct err *err)
{
	CLEANUP(arena_release)
	struct arena arena = { 0 };
	CLEANUP(trust_answer_release)
	struct trust_answer answer;
	struct strbuf *out = &work->cli->out;

	if (trust_look(work->dir, &work->session->layout, trigger, files, &arena, &answer, err) < 0)
		return -1;
	if (w) {
		trust_diff_json(w, trigger, &answer);
		return 0;
	}
	trust_describe(&answer, trigger, out);
	strbuf_addch(out, '\n');
	return trust_diff_text(work->cli, work->session, &answer, err);
}

static int show_all(struct trusting *work, const struct trust_files *files, struct jsonw *w,
		    struct err *err)
{
	for (int i = 0; i < TRUST_TRIGGERS; i++) {
		if (work->is_chosen[i] && show_one(work, (enum trust_trigger)i, files, w, err) < 0)
			return -1;
	}
	return 0;
}

static int diff(struct trusting *work, struct err *err)
{
	CLEANUP(trust_files_release)
	struct trust_files files = { 0 };
	struct session *session = work->session;
	struct jsonw w;
	int rc = choose(work, err);

	if (rc > 0 && !work->json)
		cli_say(work->cli, "this repository is not trusted for anything");
	if (rc < 0 || (session->layout.root &&
		       trust_gather(session->layout.root_fd, &session->arena, &files, err) < 0))
		return -1;
	if (work->json) {
		json_view_begin(&w, &work->cli->out);
		jsonw_key(&w, "triggers");
		jsonw_array(&w);
	}
	if (show_all(work, &files, work->json ? &w : NULL, err) < 0)
		return -1;
	if (work->json) {
		jsonw_array_end(&w);
		json_view_end(&w);
	}
	return EXIT_PASSED;
}

/* ---- The list ---- */

struct listing_view {
	struct cli *cli;
	struct jsonw *json; /* NULL: text */
	int64_t now_ms;
	bool any;
};

static void list_json(struct jsonw *w, const char *path, const struct trust_record *record,
		      const char *why)
{
	jsonw_object(w);
	jsonw_kv_string(w, "record", path);
	jsonw_kv_string(w, "repository", record ? record->repository : NULL);
	jsonw_kv_string(w, "root", record ? record->root : NULL);
	jsonw_kv_string(w, "trigger", record ? trust_trigger_name(record->trigger) : NULL);
	json_view_instant(w, "at", record ? record->at_ms : 0);
	jsonw_kv_uint(w, "files", record ? record->files.list.n : 0);
	jsonw_kv_string(w, "problem", why);
	jsonw_object_end(w);
}

static void on_record(void *data, const char *path, const struct trust_record *record,
		      const char *why)
{
	struct listing_view *view = data;
	struct strbuf *out = &view->cli->out;

	view->any = true;
	if (view->json) {
		list_json(view->json, path, record, why);
	} else if (!record) {
		cli_warn("%s", why);
	} else {
		strbuf_addf(out, "%-9s %3zu file%s  %s  ", trust_trigger_name(record->trigger),
			    record->files.list.n, record->files.list.n == 1 ? " " : "s",
			    record->root ? record->root : record->repository);
		instant_format_ago(out, record->at_ms, view->now_ms);
		strbuf_addch(out, '\n');
	}
}

static int list(struct cli *cli, const char *dir, bool json, struct err *err)
{
	struct jsonw w;
	struct listing_view view = { cli, json ? &w : NULL, clock_realtime_ms(), false };

	if (cli_word(cli, 0))
		return err_set(err, ERR_USAGE, "--list shows all triggers: '%s' is too much",
			       cli_word(cli, 0));
	if (json) {
		json_view_begin(&w, &cli->out);
		jsonw_key(&w, "records");
		jsonw_array(&w);
	}
	if (trust_each(dir, on_record, &view, err) < 0)
		return -1;
	if (json) {
		jsonw_array_end(&w);
		json_view_end(&w);
	} else if (!view.any) {
		cli_say(cli, "nothing is trusted");
	}
	return EXIT_PASSED;
}

static int in_repository(struct cli *cli, const char *dir, const struct trust_options *options,
			 struct err *err)
{
	struct session session;
	struct trusting work = {
		.cli = cli, .session = &session, .dir = dir, .json = options->json
	};
	int rc = target_open(&session, err);

	if (rc == 0)
		rc = options->diff     ? diff(&work, err)
		     : options->revoke ? revoke(&work, err)
				       : grant(&work, err);
	session_close(&session);
	return rc;
}

int cmd_trust(struct cli *cli, struct err *err)
{
	struct trust_options options = { 0 };
	const char *dir;
	int rc = cli_parse_words(cli, &options, 0, TRUST_TRIGGERS, err);

	if (rc != 0)
		return rc;
	if (options.list + options.diff + options.revoke > 1)
		return err_set(err, ERR_USAGE,
			       "--list, --diff and --revoke: one of them at a time");
	if (options.json && !options.list && !options.diff)
		return err_set(err, ERR_USAGE, "--json goes with --list or --diff");
	dir = trust_dir(&cli->arena);
	if (!dir)
		return err_set(
			err, ERR_SYSTEM,
			"neither XDG_STATE_HOME nor HOME is set: there is no place for trust");
	return options.list ? list(cli, dir, options.json, err)
			    : in_repository(cli, dir, &options, err);
}
