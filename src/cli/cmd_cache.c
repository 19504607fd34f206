/*
 * git wf cache: what is remembered of steps.
 */
#include <string.h>

#include "base/size.h"
#include "base/strmap.h"
#include "base/timefmt.h"
#include "commands_impl.h"
#include "run/recover.h"
#include "run/snap.h"
#include "settings_impl.h"
#include "store/cache.h"
#include "store/leftover.h"
#include "store/statcache.h"
#include "sys/clock.h"
#include "target_impl.h"
#include "views_impl.h"

struct cache_options {
	bool json, dry_run;
};

static const struct option_row rows[] = {
	{ 'n', "dry-run", OPTION_FLAG, offsetof(struct cache_options, dry_run), NULL, NULL,
	  "gc: only say what would go", 0 },
	{ 0, "json", OPTION_FLAG, offsetof(struct cache_options, json), NULL, NULL,
	  "answer in JSON", 0 },
};

const struct option_table cmd_cache_options = { rows, ARRAY_SIZE(rows) };

struct cache_call {
	struct cli *cli;
	const struct cache_options *options;
	const struct session *session;
	struct cache *cache;
	struct jsonw w;
};

static void add_number(struct cache_call *call, const char *key, uint64_t number, const char *label,
		       bool is_bytes)
{
	if (call->options->json) {
		jsonw_kv_uint(&call->w, key, number);
		return;
	}
	strbuf_addf(&call->cli->out, "%-10s ", label);
	if (is_bytes)
		size_format(&call->cli->out, number);
	else
		strbuf_addf(&call->cli->out, "%llu", (unsigned long long)number);
	strbuf_addch(&call->cli->out, '\n');
}

static int info(struct cache_call *call, struct err *err)
{
	struct cache_info found = { 0 };

	if (cache_info(call->cache, &found, err) < 0)
		return -1;
	if (call->options->json) {
		jsonw_kv_string(&call->w, "path", call->session->layout.cache_dir);
		json_view_instant(&call->w, "oldest_at", found.oldest_unix_ms);
	} else {
		strbuf_addf(&call->cli->out, "%-10s %s\n", "path", call->session->layout.cache_dir);
	}
	add_number(call, "records", found.n_records, "records", false);
	add_number(call, "record_bytes", found.record_bytes, "  size", true);
	add_number(call, "objects", found.n_objects, "objects", false);
	add_number(call, "object_bytes", found.object_bytes, "  size", true);
	if (found.oldest_unix_ms && !call->options->json) {
		strbuf_addf(&call->cli->out, "%-10s ", "oldest");
		instant_format_ago(&call->cli->out, found.oldest_unix_ms, clock_realtime_ms());
		strbuf_addch(&call->cli->out, '\n');
	}
	return EXIT_PASSED;
}

/* A run that may go on needs what it has made; one that may not needs nothing of what counted in it only. */
static int sort_runs(struct cache_call *call, struct cache_gc_options *options, struct err *err)
{
	struct arena *arena = &call->cli->arena;
	struct layout_runs runs = { 0 };
	const char **keep, **ended;

	if (layout_list_runs(&call->session->layout, arena, &runs, err) < 0)
		return -1;
	keep = ARENA_ARRAY(arena, const char *, runs.n + 1);
	ended = ARENA_ARRAY(arena, const char *, runs.n + 1);
	for (size_t i = 0; i < runs.n; i++) {
		struct run_state state;
		struct err unreadable = ERR_INIT;

		state_init(&state);
		if (recover_read_state(&call->session->layout, runs.ids[i], &state, &unreadable) <
			    0 ||
		    (state.status != RUN_PASSED && !state.is_aborted))
			keep[options->n_keep_runs++] = runs.ids[i];
		else
			ended[options->n_ended_runs++] = runs.ids[i];
		err_release(&unreadable);
		state_release(&state);
	}
	options->keep_runs = keep;
	options->ended_runs = ended;
	return 0;
}

static int read_limits(const struct session *session, struct cache_gc_options *options,
		       struct err *err)
{
	struct config config = { 0 };
	int rc = settings_load(&config, session, err);

	if (rc == 0) {
		options->max_bytes = config_size_bytes(&config, "cache", "max_size");
		options->max_age_ms = config_duration_ms(&config, "cache", "max_age");
	}
	config_release(&config);
	return rc;
}

static int gc(struct cache_call *call, struct err *err)
{
	struct cache_gc_options options = { .dry_run = call->options->dry_run };
	struct cache_gc_result result = { 0 };
	uint64_t n_expired;

	if (read_limits(call->session, &options, err) < 0 || sort_runs(call, &options, err) < 0 ||
	    cache_gc(call->cache, &options, clock_realtime_ms(), &result, err) < 0)
		return -1;
	if (snap_expire(call->session, clock_realtime_ms(), options.dry_run, &n_expired, err) < 0)
		return -1;
	if (!options.dry_run) {
		leftover_remove(&call->session->layout, clock_realtime_ms());
		snap_remove_leftovers(call->session);
	}
	add_number(call, "removed", result.n_removed, options.dry_run ? "would go" : "removed",
		   false);
	add_number(call, "removed_bytes", result.removed_bytes, "  size", true);
	add_number(call, "expired_snapshots", n_expired, "snapshots", false);
	add_number(call, "kept", result.n_kept, "kept", false);
	add_number(call, "kept_bytes", result.kept_bytes, "  size", true);
	return EXIT_PASSED;
}

static int verify(struct cache_call *call, struct err *err)
{
	uint64_t n_checked = 0, n_bad = 0;

	if (cache_verify(call->cache, &n_checked, &n_bad, err) < 0)
		return -1;
	add_number(call, "checked", n_checked, "checked", false);
	add_number(call, "bad", n_bad, "bad", false);
	if (n_bad)
		cli_say(call->cli, "what was bad has been removed; those steps run again");
	return n_bad ? EXIT_NOT_PASSED : EXIT_PASSED;
}

static int clear(struct cache_call *call, struct err *err)
{
	return cache_clear(call->cache, err);
}

static const struct {
	const char *name;
	int (*fn)(struct cache_call *call, struct err *err);
} actions[] = {
	{ "info", info },
	{ "gc", gc },
	{ "verify", verify },
	{ "clear", clear },
};

static int find_action(const char *word, size_t *action, struct err *err)
{
	const char *names[ARRAY_SIZE(actions)];
	const char *nearest;

	for (*action = 0; *action < ARRAY_SIZE(actions); ++*action) {
		names[*action] = actions[*action].name;
		if (!strcmp(actions[*action].name, word))
			return 0;
	}
	if (!strcmp(word, "push") || !strcmp(word, "pull"))
		return err_set(err, ERR_USAGE, "'cache %s' is not supported yet", word);
	nearest = nearest_word(word, names, ARRAY_SIZE(actions));
	return err_set(err, ERR_USAGE,
		       nearest ? "no action '%s'; did you mean '%s'?"
			       : "no action '%s': it is info, gc, verify or clear%s",
		       word, nearest ? nearest : "");
}

static int act(struct cache_call *call, size_t action, struct err *err)
{
	struct statcache *stat = statcache_open(call->session->layout.cache_dir, err);
	int rc = -1;

	if (!stat)
		return -1;
	call->cache = cache_open(call->session->layout.cache_dir, statcache_secret(stat), err);
	if (call->options->json)
		json_view_begin(&call->w, &call->cli->out);
	if (call->cache)
		rc = actions[action].fn(call, err);
	if (call->options->json)
		json_view_end(&call->w);
	if (rc < 0)
		strbuf_clear(&call->cli->out);
	cache_close(call->cache);
	statcache_close(stat);
	return rc;
}

int cmd_cache(struct cli *cli, struct err *err)
{
	struct cache_options options = { 0 };
	struct session session;
	struct cache_call call = { .cli = cli, .options = &options, .session = &session };
	size_t action;
	int rc = cli_parse_words(cli, &options, 1, 1, err);

	if (rc == 0)
		rc = find_action(cli_word(cli, 0), &action, err);
	if (rc != 0)
		return rc;
	rc = target_open(&session, err);
	if (rc == 0)
		rc = act(&call, action, err);
	session_close(&session);
	return rc;
}
