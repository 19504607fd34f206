/*
 * Which run `resume` goes on with when none is named; see run/recover.h. Nothing here writes.
 */
#include <string.h>

#include "base/vec.h"
#include "run/recover.h"
#include "sys/clock.h"
#include "sys/lock.h"

#define EXEC_GRACE_MS 250
#define LOOK_EACH_MS  10

struct passed {
	const char *run_id, *workflow;
	int64_t started_ms;
};

/* From the newest run to the oldest. */
struct search {
	const struct layout *layout;
	struct arena *arena;
	const char *workflow; /* wanted; NULL: any */
	VEC(struct passed) passed;
	bool has_of_git; /* one was left to git's command */
};

/* A child that was not executed yet when its engine was killed holds the lock for a moment more.
 * Readers take no lock, so this looks again; true: it is free. */
static bool is_let_go(const struct layout *layout, const char *run_id)
{
	struct arena scratch = { 0 };
	const char *lock = arena_printf(&scratch, "%s/%s/lock", layout->runs_dir, run_id);
	bool is_free = false;

	for (int ms = 0; ms < EXEC_GRACE_MS && !is_free; ms += LOOK_EACH_MS) {
		is_free = lock_probe(AT_FDCWD, lock, NULL) == 0;
		if (!is_free)
			clock_sleep_ms(LOOK_EACH_MS);
	}
	arena_release(&scratch);
	return is_free;
}

static bool may_go_on(const struct search *search, const char *run_id, bool is_newest,
		      const struct run_state *state)
{
	if (state->status == RUN_RUNNING && !(is_newest && is_let_go(search->layout, run_id)))
		return false;
	return !state->is_aborted && state->workflow &&
	       (!search->workflow || strcmp(state->workflow, search->workflow) == 0);
}

static bool same_texts(const char **a, size_t n_a, const char **b, size_t n_b)
{
	for (size_t i = 0; i < n_a && n_a == n_b; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return n_a == n_b;
}

static bool same_hook(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The same workflow with the same parameters and the same words: what the one was to do, the other did. What
 * a hook has passed for the files of a commit says nothing of the rest. */
static bool same_work(const struct run_origin *a, const struct run_origin *b)
{
	return strcmp(a->workflow, b->workflow) == 0 && same_hook(a->hook, b->hook) &&
	       same_texts(a->words, a->n_words, b->words, b->n_words) &&
	       same_texts(a->param_names, a->n_params, b->param_names, b->n_params) &&
	       same_texts(a->param_values, a->n_params, b->param_values, b->n_params);
}

/* What cannot be read settles nothing. */
static bool has_passed_since(const struct search *search, const struct run_origin *origin,
			     int64_t ended_ms)
{
	struct arena scratch = { 0 };
	bool has = false;

	for (size_t i = 0; i < search->passed.n && !has; i++) {
		const struct passed *passed = &search->passed.v[i];
		struct run_origin later;
		struct err none = ERR_INIT;

		if (passed->started_ms < ended_ms ||
		    strcmp(passed->workflow, origin->workflow) != 0)
			continue;
		has = recover_read_origin(search->layout, passed->run_id, &scratch, &later,
					  &none) == 0 &&
		      same_work(origin, &later);
		err_release(&none);
	}
	arena_release(&scratch);
	return has;
}

/* Of the newest run; to go on with an older one instead would surprise. */
static int refuse_lost(struct err *why, struct err *err)
{
	err_set(err, ERR_NOT_FOUND,
		"%s; it was not on the disk yet when its engine was killed or the machine "
		"stopped, and has to be started again with 'git wf run'",
		err_msg(why));
	err_release(why);
	return -1;
}

/* What a power cut leaves of a run that had not been synced yet: a journal, and no word of what the run
 * is; or a kill, of one that was about to begin. Nobody was promised anything about it. */
static int without_origin(bool is_newest, struct err *why, struct err *err)
{
	bool was_lost = why->kind == ERR_NOT_FOUND || why->kind == ERR_INVALID;

	if (was_lost && is_newest)
		return refuse_lost(why, err);
	if (!was_lost)
		err_copy(err, why);
	err_release(why);
	return was_lost ? 0 : -1;
}

static int is_unsettled(struct search *search, const char *run_id, bool is_newest,
			const struct run_state *state, struct err *err)
{
	struct arena scratch = { 0 };
	struct err why = ERR_INIT;
	struct run_origin origin;
	int rc;

	if (recover_read_origin(search->layout, run_id, &scratch, &origin, &why) < 0) {
		rc = without_origin(is_newest, &why, err);
	} else if (recover_is_of_git(&origin) && state->status != RUN_PAUSED) {
		search->has_of_git = true;
		rc = is_newest ? recover_refuse_of_git(&origin, err) : 0;
	} else {
		rc = !has_passed_since(search, &origin,
				       state->ended_ms ? state->ended_ms : state->seen_ms);
	}
	arena_release(&scratch);
	return rc;
}

static void note_passed(struct search *search, const char *run_id, const struct run_state *state)
{
	vec_push(&search->passed,
		 ((struct passed){ run_id, arena_strdup(search->arena, state->workflow),
				   state->started_ms }));
}

/* 1, 0; -1: that cannot be known, and to pass it over could go on with the wrong one. */
static int is_resumable(struct search *search, const char *run_id, bool is_newest, struct err *err)
{
	struct run_state state;
	int rc = 0;

	state_init(&state);
	if (recover_read_state(search->layout, run_id, &state, err) < 0)
		rc = err_wrap(err, "cannot read run '%s'", run_id);
	else if (state.status == RUN_PASSED && state.workflow)
		note_passed(search, run_id, &state);
	else if (may_go_on(search, run_id, is_newest, &state))
		rc = is_unsettled(search, run_id, is_newest, &state, err);
	state_release(&state);
	return rc;
}

static int refuse_none(const struct search *search, struct err *err)
{
	const char *of_git = search->has_of_git
				     ? "; what a hook has refused, git's command starts anew"
				     : "";

	if (search->workflow)
		return err_set(
			err, ERR_NOT_FOUND,
			"no run of '%s' was interrupted or failed and has not passed since%s",
			search->workflow, of_git);
	return err_set(err, ERR_NOT_FOUND,
		       "no run was interrupted or failed and has not passed since%s", of_git);
}

int recover_find_resumable(const struct layout *layout, const char *workflow, struct arena *arena,
			   const char **run_id, struct err *err)
{
	struct search search = { .layout = layout, .arena = arena, .workflow = workflow };
	struct layout_runs runs;
	int rc = 0;

	if (layout_list_runs(layout, arena, &runs, err) < 0)
		return -1;
	for (size_t i = 0; i < runs.n && rc == 0; i++) {
		rc = is_resumable(&search, runs.ids[i], i == 0, err);
		if (rc > 0)
			*run_id = runs.ids[i];
	}
	vec_release(&search.passed);
	if (rc == 0)
		return refuse_none(&search, err);
	return rc > 0 ? 0 : -1;
}
