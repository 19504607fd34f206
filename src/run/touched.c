/*
 * See run/touched.h.
 */
#include "run/touched.h"

#include <stdlib.h>
#include <string.h>

#include "base/strmap.h"
#include "event/stretch.h"
#include "git/snapshot.h"

/* A path over all that the run did, from before its first change to after its last. */
struct path {
	const char *name;
	uint32_t old_mode, new_mode, old_perm, new_perm;
	const char *old_oid, *new_oid;
	bool is_output;
};

struct touching {
	const struct session *session;
	const struct run_state *state;
	struct arena *arena;
	struct strmap places; /* name → its place in paths + 1 */
	VEC(struct path) paths;
};

static struct path *path_of(struct touching *touching, const char *name)
{
	uintptr_t place = (uintptr_t)strmap_get(&touching->places, name);
	struct path fresh = { .name = name };

	if (place)
		return &touching->paths.v[place - 1];
	vec_push(&touching->paths, fresh);
	strmap_put(&touching->places, name, (void *)(uintptr_t)touching->paths.n);
	return vec_last(&touching->paths);
}

static void add_change(struct touching *touching, const struct snapshot_change *change)
{
	struct path *path = path_of(touching, change->path);

	if (!path->new_oid) {
		path->old_mode = change->old_mode;
		path->old_perm = change->old_perm;
		path->old_oid = change->old_oid;
	}
	path->new_mode = change->new_mode;
	path->new_perm = change->new_perm;
	path->new_oid = change->new_oid;
}

static int add_stretch(struct touching *touching, const struct stretch *stretch, struct err *err)
{
	const struct snapshot_state *first = state_snapshot(touching->state, stretch->first);
	const struct snapshot_state *last = state_snapshot(touching->state, stretch->last);
	struct snapshot_change *changes;
	size_t n;

	if (!first || !last || first == last)
		return 0;
	if (snapshot_diff(&touching->session->repo, first->raw, last->raw, touching->arena,
			  &changes, &n, err) < 0)
		return err_wrap(err, "the snapshots cannot be compared");
	for (size_t i = 0; i < n; i++)
		add_change(touching, &changes[i]);
	return 0;
}

static int add_stretches(struct touching *touching, struct err *err)
{
	struct stretches stretches = { 0 };
	int rc = 0;

	stretch_list(touching->state, &stretches);
	for (size_t i = 0; i < stretches.list.n && rc == 0; i++)
		rc = add_stretch(touching, &stretches.list.v[i], err);
	vec_release(&stretches.list);
	return rc;
}

/* A step that ran has a record of what it made, if that is remembered. */
static void add_outputs(struct touching *touching)
{
	for (size_t i = 0; i < touching->state->steps.n && touching->session->cache; i++) {
		const struct step_state *step = touching->state->steps.v[i];
		const struct record *record = NULL;
		struct digest digest;

		if (step->status == STEP_PASSED && step->verdict == VERDICT_RUN &&
		    step->fingerprint && digest_from_hex(step->fingerprint, &digest) == 0)
			record = cache_find(touching->session->cache, &digest, touching->arena);
		for (size_t k = 0; record && k < record->n_outputs; k++)
			if (record->outputs[k].kind != ENTRY_ABSENT &&
			    strncmp(record->outputs[k].path, "artifact:", 9) != 0)
				path_of(touching, record->outputs[k].path)->is_output = true;
	}
}

static bool has_changed(const struct path *path)
{
	return path->is_output || path->old_mode != path->new_mode ||
	       path->old_perm != path->new_perm || strcmp(path->old_oid, path->new_oid) != 0;
}

static enum touched_how how_of(const struct path *path)
{
	return path->is_output	 ? TOUCHED_MADE
	       : !path->old_mode ? TOUCHED_CREATED
	       : !path->new_mode ? TOUCHED_DELETED
				 : TOUCHED_MODIFIED;
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct touched_file *)a)->path,
		      ((const struct touched_file *)b)->path);
}

int touched_list(const struct session *session, const struct run_state *state, struct arena *arena,
		 struct touched_file **files, size_t *n, struct err *err)
{
	struct touching touching = { .session = session, .state = state, .arena = arena };
	int rc = 0;

	if (state->snapshots.n)
		rc = add_stretches(&touching, err);
	else
		add_outputs(&touching);
	*n = 0;
	*files = ARENA_ARRAY(arena, struct touched_file, touching.paths.n + 1);
	for (size_t i = 0; i < touching.paths.n; i++)
		if (has_changed(&touching.paths.v[i]))
			(*files)[(*n)++] = (struct touched_file){ touching.paths.v[i].name,
								  how_of(&touching.paths.v[i]) };
	qsort(*files, *n, sizeof **files, compare_files);
	strmap_release(&touching.places);
	vec_release(&touching.paths);
	return rc;
}
