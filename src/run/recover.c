/*
 * See run/recover.h. Nothing here writes.
 */
#include "run/recover.h"

#include <string.h>

#include "base/strbuf.h"
#include "ext/json.h"
#include "model/hook.h"
#include "store/checkpoint.h"
#include "store/journal.h"
#include "sys/fs.h"
#include "sys/lock.h"

#define MANIFEST_MAX (64u << 20) /* bytes of workflow.json */

static int read_params(const struct json *params, struct arena *arena, struct run_origin *origin)
{
	size_t n = params && params->kind == JSON_OBJECT ? params->n : 0;

	origin->param_names = ARENA_ARRAY(arena, const char *, n + 1);
	origin->param_values = ARENA_ARRAY(arena, const char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (params->items[i].kind != JSON_STRING)
			return -1;
		origin->param_names[i] = params->keys[i];
		origin->param_values[i] = params->items[i].text;
	}
	origin->n_params = n;
	return 0;
}

static int read_words(const struct json *words, struct arena *arena, struct run_origin *origin)
{
	size_t n = words && words->kind == JSON_ARRAY ? words->n : 0;

	origin->words = ARENA_ARRAY(arena, const char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (words->items[i].kind != JSON_STRING)
			return -1;
		origin->words[i] = words->items[i].text;
	}
	origin->n_words = n;
	return 0;
}

int recover_read_origin(const struct layout *layout, const char *run_id, struct arena *arena,
			struct run_origin *origin, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const char *path = arena_printf(arena, "%s/%s/workflow.json", layout->runs_dir, run_id);
	const struct json *json;

	memset(origin, 0, sizeof *origin);
	if (fs_read_file(AT_FDCWD, path, MANIFEST_MAX, &text, err) < 0)
		return err_wrap(err, "cannot go on with run '%s'", run_id);
	json = json_parse(arena, strbuf_str(&text), text.len, err);
	if (!json)
		return err_wrap(err, "'%s' is damaged", path);
	origin->run_id = arena_strdup(arena, run_id);
	origin->workflow = json_get_string(json, "workflow", NULL);
	origin->workflow_path = json_get_string(json, "workflow_path", NULL);
	origin->head = json_get_string(json, "head", NULL);
	origin->engine_version = json_get_string(json, "engine_version", NULL);
	origin->boot_id = json_get_string(json, "boot_id", NULL);
	origin->hook = json_get_string(json, "hook", NULL);
	if (!origin->workflow || !origin->workflow_path ||
	    read_params(json_get(json, "params"), arena, origin) < 0 ||
	    read_words(json_get(json, "words"), arena, origin) < 0)
		return err_set(err, ERR_INVALID, "'%s' is damaged: it does not say what was run",
			       path);
	return 0;
}

bool recover_is_of_git(const struct run_origin *origin)
{
	enum hook_kind kind;

	return origin->hook && hook_find(origin->hook, strlen(origin->hook), &kind) == 0 &&
	       (hook_traits(kind) & HOOK_REFUSES);
}

int recover_refuse_of_git(const struct run_origin *origin, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND,
		       "run '%s' is of the hook %s: git starts it anew, and so does 'git wf hooks "
		       "run %s'; what passed is not done again",
		       origin->run_id, origin->hook, origin->hook);
}

static int apply(void *data, const struct event *event)
{
	state_apply(data, event);
	return 0;
}

/* From the newest checkpoint on, unless it knows more than the journal. */
static int read_events(const char *dir, struct run_state *state, struct err *err)
{
	uint64_t last_seq = 0;
	int found = checkpoint_load(dir, state, NULL, NULL, NULL);

	if (found > 0) {
		uint64_t seq = state->last_seq;

		if (journal_read_after(dir, seq, apply, state, &last_seq, NULL, err) < 0)
			return -1;
		if (last_seq >= seq)
			return 0;
	}
	state_release(state);
	state_init(state);
	return journal_read(dir, apply, state, NULL, err);
}

static void mark_dead(struct run_state *state)
{
	state->status = RUN_INTERRUPTED;
	state_mark_dead(state);
}

/* Killed before its first event: what the name says of it is all there is. */
static void describe_by_name(const char *run_id, struct run_state *state)
{
	const char *workflow;
	int64_t began_ms;

	state->run = arena_strdup(&state->arena, run_id);
	if (layout_parse_id(run_id, &state->arena, &workflow, &began_ms) < 0)
		return;
	state->workflow = workflow;
	state->started_ms = began_ms;
}

int recover_read_state(const struct layout *layout, const char *run_id, struct run_state *state,
		       struct err *err)
{
	struct arena scratch = { 0 };
	const char *dir = layout_run_dir(layout, &scratch, run_id);
	const char *lock = arena_printf(&scratch, "%s/lock", dir);
	int rc = read_events(dir, state, err);

	if (rc == 0 && !state->run)
		describe_by_name(run_id, state);
	if (rc == 0 && state->status == RUN_RUNNING && lock_probe(AT_FDCWD, lock, NULL) == 0)
		mark_dead(state);
	arena_release(&scratch);
	return rc;
}
