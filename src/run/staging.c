/*
 * See run/staging.h. The tree that is tested grows: what one workflow fixed is part of what the next one
 * sees. Places are made of that; at the end the difference to the first tree is what is published.
 */
#include "run/staging.h"

#include <stdio.h>
#include <string.h>

#include "base/strmap.h"
#include "base/xalloc.h"
#include "git/cmd.h"
#include "reach_impl.h"
#include "run/turn.h"
#include "silent_impl.h"
#include "sys/fs.h"

#define DEFINITIONS_DIR ".workflows"
#define DEFINITIONS	DEFINITIONS_DIR "/"
#define PUBLISH		"/.publish"

struct staging {
	struct arena arena;
	const struct repo *repo;
	const struct frozen *frozen;
	const char *runs_dir;
	struct frozen now;	  /* the tree as it is by now: with what was fixed */
	struct place definitions; /* with only .workflows/, or zeroed */
	bool has_definitions, is_theirs;
	struct place place;	  /* of the workflow that runs */
	struct place_sight sight; /* of the worktree, before it ran there */
	struct reach reach;
	struct silent silent; /* of the workflow that runs */
	uint8_t fix;	      /* enum hook_fix of it */
	unsigned slot;	      /* of several at once */
	bool fixed_in_place;  /* the worktree has the fixes already */
	bool has_refused;     /* there are fixes for the worktree alone */
};

struct staging *staging_new(const struct staging_request *request)
{
	struct staging *staging = xcalloc(1, sizeof *staging);

	staging->repo = request->repo;
	staging->frozen = request->frozen;
	staging->runs_dir = arena_strdup(&staging->arena, request->runs_dir);
	staging->now = *request->frozen;
	staging->definitions.lock = (struct lock)LOCK_NOT_HELD;
	staging->place.lock = (struct lock)LOCK_NOT_HELD;
	return staging;
}

void staging_free(struct staging *staging)
{
	if (!staging)
		return;
	place_end(&staging->definitions, true);
	place_end(&staging->place, true);
	reach_release(&staging->reach);
	arena_release(&staging->arena);
	free(staging);
}

/* ---- The definitions --------------------------------------------------------------------------------- */

static bool is_definition(const char *path, void *data UNUSED)
{
	return !strncmp(path, DEFINITIONS, strlen(DEFINITIONS));
}

static bool is_nothing(const char *path UNUSED, void *data UNUSED)
{
	return false; /* an export has the definitions always */
}

static int agrees(struct staging *staging, const struct place_reach *reach,
		  struct place_sight *sight, const char **why, struct err *err)
{
	const struct place_request request = { .repo = staging->repo,
					       .frozen = &staging->now,
					       .kind = PLACE_IN_PLACE,
					       .reach = *reach };

	if (!staging->repo->root) {
		*why = "the repository has no worktree";
		return 0;
	}
	if (strcmp(staging->now.tree, staging->frozen->tree) != 0) {
		*why = "another workflow has fixed files";
		return 0;
	}
	return place_agrees(&request, sight, why, &staging->arena, err);
}

int staging_definitions(struct staging *staging, const struct repo **repo, struct err *err)
{
	const struct place_reach reach = { .has = is_definition, .below = DEFINITIONS_DIR };
	const struct place_request request = { .repo = staging->repo,
					       .frozen = staging->frozen,
					       .kind = PLACE_EXPORT,
					       .reach = { .has = is_nothing } };
	struct place_sight sight;
	const char *why;
	int theirs;

	if (!staging->has_definitions) {
		theirs = agrees(staging, &reach, &sight, &why, err);
		if (theirs < 0 || (!theirs && place_stage(&staging->definitions, &request,
							  &staging->arena, err) != 0))
			return -1;
		staging->is_theirs = theirs;
		staging->has_definitions = true;
	}
	*repo = staging->is_theirs ? staging->repo : &staging->definitions.repo;
	return 0;
}

/* ---- Which place -------------------------------------------------------------------------------------- */

/* Where nothing is said: the cheapest in which nothing that the user works on can be written, and that is
 * whole. In an export a linter would not find its settings, which few declare, and pass: only who asks for
 * one gets one. */
static int choose_place(struct staging *staging, bool isolated, struct place_request *request,
			const char **why, struct err *err)
{
	const struct reach *reach = &staging->reach;
	int in_place = 0;

	request->reach.only_tracked = !reach->is_all && !reach->globs.n;
	if (reach->may_write)
		*why = "a step may change files";
	else if (isolated)
		*why = "files were edited while the checks ran";
	else if (silent_writes(&staging->silent))
		*why = "it has changed files where you work, and does not say so";
	else
		in_place = agrees(staging, &request->reach, &staging->sight, why, err);
	if (in_place < 0)
		return -1;
	if (in_place)
		request->sight = &staging->sight;
	request->kind = in_place ? PLACE_IN_PLACE : PLACE_SHADOW;
	return 0;
}

static int choose(struct staging *staging, const struct hook_trigger *on, bool isolated,
		  struct place_request *request, const char **why, struct err *err)
{
	*why = NULL;
	switch ((enum hook_isolation)on->isolation) {
	case HOOK_SHADOW: request->kind = PLACE_SHADOW; return 0;
	case HOOK_EXPORT: request->kind = PLACE_EXPORT; return 0;
	case HOOK_IN_PLACE:
		request->kind = PLACE_IN_PLACE;
		request->takes_any = true;
		return 0;
	case HOOK_AUTO: return choose_place(staging, isolated, request, why, err);
	}
	BUG("isolation %d", on->isolation);
}

/* An export has files one by one; a step that may read anything gets the files of the hook. */
static bool is_exported(const char *path, void *data)
{
	struct reach *reach = data;
	struct reach files = *reach;

	files.is_all = false;
	files.has_files |= reach->is_all;
	return reach_has(path, &files);
}

int staging_enter(struct staging *staging, const struct session *loaded,
		  const struct hook_trigger *on, const struct trigger *trigger, bool isolated,
		  struct staged *staged, struct err *err)
{
	struct place_request request = { .repo = staging->repo,
					 .frozen = &staging->now,
					 .share = on->share,
					 .n_share = on->n_share,
					 .keep = on->keep,
					 .n_keep = on->n_keep,
					 .before = turn_end_left,
					 .slot = staging->slot };

	if (!isolated)
		staging->silent = (struct silent){ 0 };
	silent_begin(&staging->silent, staging->repo, loaded, &staging->arena);
	reach_release(&staging->reach);
	reach_find(&staging->reach, loaded->wf, trigger, &staging->arena);
	/* What is committed already cannot be fixed. */
	staging->fix = staging->frozen->index ? on->fix : (uint8_t)HOOK_FIX_OFF;
	request.reach.has = reach_has;
	request.reach.data = &staging->reach;
	if (choose(staging, on, isolated, &request, &staged->why, err) != 0)
		return -1;
	if (request.kind == PLACE_EXPORT)
		request.reach.has = is_exported;
	if (place_stage(&staging->place, &request, &staging->arena, err) != 0)
		return -1;
	staged->kind = request.kind;
	staged->repo = request.kind == PLACE_IN_PLACE ? staging->repo : &staging->place.repo;
	return 0;
}

static const char *folder_of(struct arena *arena, const char *runs_dir)
{
	return arena_join(arena, runs_dir, PUBLISH, "");
}

/* ---- What was fixed ------------------------------------------------------------------------------------ */

struct declared {
	struct arena arena;
	struct strmap paths;
	VEC(const struct glob *) globs;
};

static void find_declared(struct declared *declared, const struct plan *plan)
{
	for (size_t i = 0; plan && i < plan->nodes.n; i++)
		for (size_t k = 0; k < plan->nodes.v[i]->n_outputs; k++) {
			const struct node_path *out = &plan->nodes.v[i]->outputs[k];

			if (out->kind == PATH_LITERAL)
				strmap_put(&declared->paths, out->path, (void *)out->path);
			else if (out->kind != PATH_ARTIFACT && out->kind != PATH_EXCLUDE)
				vec_push(&declared->globs,
					 glob_compile(&declared->arena, out->path));
		}
}

static bool is_declared(const char *path, void *data)
{
	const struct declared *declared = data;

	if (strmap_get(&declared->paths, path))
		return true;
	for (size_t i = 0; i < declared->globs.n; i++)
		if (glob_match(declared->globs.v[i], path))
			return true;
	return false;
}

static int collect(struct staging *staging, const struct session *ran, struct fixes *fixes,
		   struct err *err)
{
	struct declared declared = { 0 };
	bool has_any;
	int status;

	find_declared(&declared, ran ? ran->plan : NULL);
	has_any = declared.paths.n || declared.globs.n;
	status = place_collect(&staging->place, has_any ? is_declared : NULL, &declared, fixes,
			       &staging->arena, err);
	vec_release(&declared.globs);
	strmap_release(&declared.paths);
	arena_release(&declared.arena);
	return status;
}

static void become(struct staging *staging, const char *tree)
{
	staging->now.tree = tree;
	staging->now.index = NULL; /* nobody's index says that */
}

static int take_along(struct staging *staging, const struct fixes *fixes, struct err *err)
{
	const char *tree;

	if (place_apply(staging->repo, staging->now.tree, fixes, &tree, &staging->arena, err) != 0)
		return -1;
	become(staging, tree);
	return 0;
}

static void name_changes(struct staging *staging, const struct fixes *fixes,
			 struct staging_changes *changes)
{
	changes->fixed = ARENA_ARRAY(&staging->arena, const char *, fixes->n + 1);
	for (size_t i = 0; i < fixes->n; i++)
		changes->fixed[changes->n_fixed++] = fixes->list[i].path;
	changes->others = ARENA_ARRAY(&staging->arena, const char *, fixes->n_others + 1);
	for (size_t i = 0; i < fixes->n_others; i++)
		changes->others[changes->n_others++] = fixes->others[i].path;
}

static int look_for_disturbed(struct staging *staging, enum staging_end *end,
			      struct staging_changes *changes)
{
	changes->disturbed = place_find_disturbed(&staging->place);
	if (changes->disturbed) {
		*end = STAGING_DISTURBED;
		staging->silent.before = staging->place.sight;
	}
	return 0;
}

static int settle(struct staging *staging, const struct session *ran, struct fixes *fixes,
		  enum staging_end *end, struct staging_changes *changes, struct err *err)
{
	if (staging->place.kind == PLACE_IN_PLACE && !staging->place.takes_any)
		return look_for_disturbed(staging, end, changes);
	if (collect(staging, ran, fixes, err) != 0)
		return -1;
	name_changes(staging, fixes, changes);
	if (!fixes->n)
		return 0;
	if (staging->fix != HOOK_FIX_STAGE)
		*end = STAGING_REFUSED;
	staging->has_refused |= staging->fix == HOOK_FIX_FAIL;
	staging->fixed_in_place |= staging->place.kind == PLACE_IN_PLACE;
	return staging->fix == HOOK_FIX_OFF ? 0 : take_along(staging, fixes, err);
}

/* The user's files, if the same steps have run among them before. */
static int settle_worktree(struct staging *staging, const struct fixes *made,
			   struct staging_changes *changes, struct err *err)
{
	const struct silent_request request = {
		.place = { .repo = staging->repo,
			   .frozen = staging->frozen,
			   .reach = { .has = reach_has, .data = &staging->reach } },
		.made = made,
		.runs_dir = staging->runs_dir,
		.folder = folder_of(&staging->arena, staging->runs_dir),
	};

	return staging->silent.before.n
		       ? silent_settle(&staging->silent, &request, changes, &staging->arena, err)
		       : 0;
}

static bool has_acted(const struct session *ran)
{
	for (size_t i = 0; ran && i < ran->results.n; i++)
		if (ran->results.v[i].did_execute || ran->results.v[i].verdict == VERDICT_RESTORE)
			return true;
	return false;
}

int staging_leave(struct staging *staging, const struct session *ran, enum staging_end *end,
		  struct staging_changes *changes, struct err *err)
{
	bool has_run = has_acted(ran);
	struct fixes fixes = { 0 };
	int status = 0;

	*end = STAGING_KEPT;
	*changes = (struct staging_changes){ 0 };
	if (has_run || staging->place.kind == PLACE_IN_PLACE)
		status = settle(staging, ran, &fixes, end, changes, err);
	if (changes->disturbed)
		changes->disturbed = arena_strdup(&staging->arena, changes->disturbed);
	else if (settle_worktree(staging, &fixes, changes, status == 0 ? err : NULL) != 0)
		status = -1;
	place_end(&staging->place,
		  has_run || !ran); /* who knows what one has done that broke off */
	return status;
}

/* ---- Several at once --------------------------------------------------------------------------------- */

bool staging_may_fix(const struct workflow *wf)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct reach reach;
	bool may_write;

	reach_find(&reach, wf, NULL, &arena);
	may_write = reach.may_write;
	reach_release(&reach);
	return may_write;
}

void staging_set_slot(struct staging *staging, unsigned slot)
{
	staging->slot = slot;
}

void staging_tell(const struct staging *staging, struct staging_made *made)
{
	*made = (struct staging_made){ .has_refused = staging->has_refused };
	snprintf(made->tree, sizeof made->tree, "%s", staging->now.tree);
}

int staging_merge(struct staging *staging, const char *from, const struct staging_made *made,
		  const char **path, struct err *err)
{
	const char *tree;
	int merged = place_merge(staging->repo, from, staging->now.tree, made->tree, &tree, path,
				 &staging->arena, err);

	if (merged <= 0)
		return merged;
	staging->has_refused |= made->has_refused;
	if (strcmp(tree, staging->now.tree) != 0)
		become(staging, arena_strdup(&staging->arena, tree));
	return 1;
}

/* ---- The end ------------------------------------------------------------------------------------------- */

bool staging_has_fixes(const struct staging *staging)
{
	return strcmp(staging->now.tree, staging->frozen->tree) != 0;
}

int staging_leaves_nothing(struct staging *staging, struct err *err)
{
	const char *const args[] = {
		"rev-parse", arena_join(&staging->arena, staging->frozen->base, "^{tree}", ""), NULL
	};
	struct git_cmd cmd = { .repo = staging->repo, .args = args };
	const char *tree;

	if (!staging_has_fixes(staging))
		return 0;
	if (git_run_line(&cmd, &staging->arena, &tree, err) < 0)
		return -1;
	return strcmp(tree, staging->now.tree) == 0;
}

int staging_finish(struct staging *staging, bool passes, struct publish_report *report,
		   struct err *err)
{
	struct fixes fixes;
	const struct publish_request request = {
		.repo = staging->repo,
		.frozen = staging->frozen,
		.fixes = &fixes,
		.folder = folder_of(&staging->arena, staging->runs_dir),
		.leaves_index = !passes || staging->has_refused || !staging->frozen->index,
		.leaves_worktree = staging->fixed_in_place,
	};
	int holds;

	*report = (struct publish_report){ 0 };
	if (staging_has_fixes(staging) && (passes || staging->has_refused) && staging->repo->root) {
		if (place_compare(staging->repo, staging->frozen->tree, staging->now.tree, &fixes,
				  &staging->arena, err) != 0 ||
		    layout_make_runs_dir(staging->runs_dir, err) != 0)
			return -1;
		return publish_run(&request, report, &staging->arena, err);
	}
	holds = passes ? freeze_holds(staging->frozen, staging->repo, err) : 1;
	if (holds == 0)
		return err_set(err, ERR_BUSY,
			       "something else was staged while the checks ran: commit again");
	return holds < 0 ? -1 : 0;
}

const char *staging_tree(const struct staging *staging)
{
	return staging->now.tree;
}

int staging_recover(const struct repo *repo, const char *runs_dir,
		    void (*kept)(const char *path, const char *where, void *data), void *data,
		    struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };

	if (!repo->root)
		return 0;
	return publish_recover(repo, folder_of(&arena, runs_dir), kept, data, err);
}
