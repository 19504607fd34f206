/*
 * See run/committing.h.
 */
#include "run/committing.h"

#include <string.h>
#include <unistd.h>

#include "base/vec.h"
#include "event/stretch.h"
#include "run/recover.h"
#include "run/snap.h"

static int tree_of(const struct run_state *state, uint32_t number, const struct snapshot_state *now,
		   const char **tree, struct err *err)
{
	const struct snapshot_state *snapshot = number ? state_snapshot(state, number) : now;

	if (!snapshot)
		return err_set(err, ERR_NOT_FOUND, "snapshot %u is not there any more", number);
	*tree = snapshot->tree;
	return 0;
}

struct finding {
	const struct run_state *state;
	const struct snapshot_state *now;
	VEC(struct commit_pair) pairs;
	VEC(struct commit_done) done;
};

/* The commit that the step of this snapshot has made, or NULL. */
static const char *commit_of(const struct run_state *state, const struct snapshot_state *snapshot)
{
	const struct step_state *step = snapshot->step ? state_step(state, snapshot->step) : NULL;

	if (strcmp(snapshot->kind, SNAPSHOT_COMMIT) != 0 || !step || step->status != STEP_PASSED ||
	    step->snapshot != snapshot->number)
		return NULL;
	return stepout_get(&step->outputs, "commit");
}

static int add_pair(struct finding *finding, uint32_t before, uint32_t after, struct err *err)
{
	struct commit_pair pair;

	if (tree_of(finding->state, before, finding->now, &pair.before, err) < 0 ||
	    tree_of(finding->state, after, finding->now, &pair.after, err) < 0)
		return -1;
	vec_push(&finding->pairs, pair);
	return 0;
}

/* A stretch, cut where the run has made a commit. */
static int add_stretch(struct finding *finding, const struct stretch_pair *stretch, struct err *err)
{
	const struct run_state *state = finding->state;
	uint32_t last = stretch->after ? stretch->after : finding->now->number;
	uint32_t from = stretch->before;

	for (size_t i = 0; i < state->snapshots.n; i++) {
		const struct snapshot_state *snapshot = &state->snapshots.v[i];
		struct commit_done done = { .commit = commit_of(state, snapshot) };

		if (snapshot->number < from || snapshot->number >= last || !done.commit)
			continue;
		if (add_pair(finding, from, snapshot->number, err) < 0)
			return -1;
		from = snapshot->number;
		done.n_pairs = finding->pairs.n;
		vec_push(&finding->done, done);
	}
	return from < last ? add_pair(finding, from, last, err) : 0;
}

/* They come with the last first. */
static int find_pairs(struct finding *finding, struct arena *arena, struct commit_request *request,
		      struct err *err)
{
	struct stretches stretches = { 0 };
	struct stretch_pair *found;
	size_t n = 0;
	int rc = 0;

	stretch_list(finding->state, &stretches);
	found = stretch_back_to(&stretches, stretches.list.n ? stretches.list.v[0].first : 0, arena,
				&n);
	while (rc == 0 && n-- > 0)
		rc = add_stretch(finding, &found[n], err);
	request->pairs = arena_memdup(arena, finding->pairs.v,
				      finding->pairs.n * sizeof *finding->pairs.v);
	request->n_pairs = finding->pairs.n;
	request->done = arena_memdup(arena, finding->done.v,
				     finding->done.n * sizeof *finding->done.v);
	request->n_done = finding->done.n;
	vec_release(&stretches.list);
	return rc;
}

static void add_trailers(const struct committing *committing, const char *workflow,
			 struct arena *arena, struct commit_request *request)
{
	const char **trailers = ARENA_ARRAY(arena, const char *, committing->n_trailers + 3);
	size_t n = 0;

	for (size_t i = 0; i < committing->n_trailers; i++)
		trailers[n++] = committing->trailers[i];
	trailers[n++] = arena_join(arena, "Wf-Run: ", committing->run, "");
	trailers[n++] = arena_join(arena, "Wf-Workflow: ", workflow, "");
	trailers[n++] = arena_join(arena, "Wf-Step: ", committing->step, "");
	request->trailers = trailers;
	request->n_trailers = n;
}

static int run_it(struct session *session, const struct committing *committing,
		  const struct run_state *state, struct commit_report *report, struct strbuf *said,
		  struct err *err)
{
	const struct snapshot_state *now = state_last_snapshot(state, SNAPSHOT_COMMIT,
							       committing->step);
	struct finding finding = { .state = state };
	struct arena *arena = &session->arena;
	struct commit_request request = {
		.repo = &session->repo,
		.paths = committing->paths,
		.n_paths = committing->n_paths,
		.message = committing->message,
	};
	struct lock lock = LOCK_NOT_HELD;
	const char *scratch;
	int rc;

	if (!now)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no snapshot of what the run has changed");
	finding.now = now;
	rc = find_pairs(&finding, arena, &request, err);
	vec_release(&finding.pairs);
	vec_release(&finding.done);
	if (rc < 0)
		return -1;
	add_trailers(committing, state->workflow ? state->workflow : "", arena, &request);
	if (snap_hold_scratch(session, arena, &scratch, &lock, err) < 0)
		return -1;
	request.folder = arena_printf(arena, "%s/" SNAP_OF_COMMIT "%ld", scratch, (long)getpid());
	rc = commit_make(&request, report, said, arena, err);
	lock_release(&lock);
	return rc;
}

int committing_run(struct session *session, const struct committing *committing,
		   struct commit_report *report, struct strbuf *said, struct err *err)
{
	struct run_state state;
	int rc;

	state_init(&state);
	rc = recover_read_state(&session->layout, committing->run, &state, err);
	if (rc == 0)
		rc = run_it(session, committing, &state, report, said, err);
	state_release(&state);
	return rc;
}
