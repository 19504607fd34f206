/*
 * What an agent may change. Its step has the tree to itself: a snapshot is taken before it, another one
 * when an attempt has ended, and what lies between them is what it did. If that is more than it may, the
 * tree goes back to the first one, and the attempt has failed.
 *
 * All of this asks git, so it waits for the engine's next turn, as in mending.c.
 */
#include <string.h>

#include "engine_impl.h"

#include "base/glob.h"
#include "git/snapshot.h"

#define LISTED_MAX 5 /* paths in a message */

struct comparison {
	const struct execution *execution;
	const struct snapshot_change *changes;
	size_t n_changes;
	uint64_t n_lines;
};

bool allowance_begin(struct execution *execution, const struct event *end, bool has_passed)
{
	if (!step_is_restrained(execution->node->step) || execution->start_err.kind != ERR_NONE)
		return false;
	execution->allowance = (struct allowance){ .end = *end, .has_passed = has_passed };
	execution->pid = 0;
	loop_stop_timer(execution->engine->loop, &execution->kill);
	vec_push(&execution->engine->allowances, execution);
	return true;
}

/* ---- Is it more than it may? ---- */

static bool matches(const char *pattern, const char *path)
{
	struct arena scratch CLEANUP(arena_release) = { 0 };

	return glob_match(glob_compile(&scratch, pattern), path);
}

static bool is_allowed(const struct execution *execution, const char *path)
{
	const struct fact_list *allowed = &execution->judged.gathered.command.allowed;
	bool is_named = facts_is_declared_output(execution->node, path);

	for (size_t i = 0; i < allowed->n; i++) {
		const char *pattern = allowed->v[i];

		if (*pattern == '!' && matches(pattern + 1, path))
			return false;
		is_named = is_named || (*pattern != '!' && matches(pattern, path));
	}
	return is_named;
}

static void add_paths(const struct comparison *comparison, struct strbuf *out)
{
	size_t n = 0;

	if (!comparison->execution->node->step->agent->has_allowed)
		return;
	for (size_t i = 0; i < comparison->n_changes; i++) {
		const char *path = comparison->changes[i].path;

		if (is_allowed(comparison->execution, path))
			continue;
		if (n < LISTED_MAX)
			strbuf_addf(out, "%s'%s'", n ? ", " : "it changed what it may not: ", path);
		n++;
	}
	if (n > LISTED_MAX)
		strbuf_addf(out, " and %zu more", n - LISTED_MAX);
}

static void add_lines(const struct comparison *comparison, struct strbuf *out)
{
	uint32_t max = comparison->execution->node->step->agent->max_lines;

	if (max && comparison->n_lines > max)
		strbuf_addf(out, "%sit changed %llu lines, and may change %u", out->len ? "; " : "",
			    (unsigned long long)comparison->n_lines, max);
}

/* The snapshot that was taken before it, since it was last put back or mended. */
static const struct snapshot_state *base_of(const struct execution *execution)
{
	return state_last_snapshot(&execution->engine->state, SNAPSHOT_AGENT, execution->node->id);
}

/* What is wrong with it, or NULL. -1: it cannot be known. */
static int compare(struct execution *execution, const struct snapshot_state *base,
		   const char **fault, struct err *err)
{
	struct engine *engine = execution->engine;
	const struct repo *repo = &engine->session->repo;
	struct arena *arena = &execution->arena;
	struct comparison comparison = { .execution = execution };
	struct snapshot_change *changes;
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const struct snapshot_state *after = vec_last(&engine->state.snapshots);

	if (snapshot_diff(repo, base->raw, after->raw, arena, &changes, &comparison.n_changes,
			  err) < 0 ||
	    snapshot_count_lines(repo, base->raw, after->raw, &comparison.n_lines, err) < 0)
		return -1;
	comparison.changes = changes;
	add_paths(&comparison, &text);
	add_lines(&comparison, &text);
	*fault = text.len ? arena_strndup(&engine->session->arena, text.buf, text.len) : NULL;
	return 0;
}

/* ---- What comes of it ---- */

/* -1: it is not known what it did, or it could not be put back. */
static int enforce(struct execution *execution, const char **fault, struct err *err)
{
	struct engine *engine = execution->engine;
	const struct snapshot_state *base = base_of(execution);
	uint32_t number;

	if (!base)
		return err_set(err, ERR_SYSTEM,
			       "no snapshot was taken before it, so what it may change cannot be "
			       "held to");
	number = base->number;
	if (snapshotting_take_now(engine, SNAPSHOT_CHECKED, execution->node, err) < 0)
		return -1;
	/* The list of snapshots has moved. */
	if (compare(execution, base_of(execution), fault, err) < 0)
		return -1;
	if (!*fault)
		return 0;
	if (rollbacking_to(engine, number, err) < 0)
		return err_wrap(err, "%s; that was not put back", *fault);
	*fault = arena_printf(&engine->session->arena, "%s; all that it did was put back", *fault);
	return 0;
}

static void go_on(struct execution *execution)
{
	struct engine *engine = execution->engine;
	struct allowance *allowance = &execution->allowance;
	struct err err CLEANUP(err_release) = ERR_INIT;
	const char *fault = NULL;

	if (enforce(execution, &fault, &err) < 0)
		fault = arena_strdup(&engine->session->arena, err_msg(&err));
	if (fault) {
		allowance->end.text = fault;
		allowance->has_passed = false;
	}
	attempt_weighed(execution, &allowance->end, allowance->has_passed);
}

bool allowance_turn(struct engine *engine)
{
	bool any = engine->allowances.n > 0 && !snapshotting_is_busy(engine);

	while (any && engine->allowances.n && !engine->is_fatal)
		go_on(vec_pop(&engine->allowances));
	return any;
}
