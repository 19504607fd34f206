/*
 * What can only be said of the whole workflow: ids, the names that steps call each other by, pools
 * and artifacts. References in expressions are check_ref.c.
 */
#include <string.h>

#include "base/strbuf.h"
#include "parse_impl.h"

struct checker {
	struct workflow *wf;
	struct arena *arena;
	struct diags *diags;
	struct strmap artifacts; /* name → struct step * that writes it */
};

void check_hint_nearest(struct diags *diags, struct diag *diag, const struct strmap *names,
			const char *word)
{
	const char *nearest;

	if (!diag || diags->n_errors * names->n > NEAREST_BUDGET)
		return;
	nearest = strmap_nearest(names, word);
	if (nearest)
		diag_hint(diags, diag, "did you mean '%s'?", nearest);
}

static const char *lower_case(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *at = copy; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	return copy;
}

/* Logs, records and artifacts are files named after steps: case must not be all that differs. */
static void check_ids(struct checker *checker)
{
	struct arena scratch CLEANUP(arena_release) = { 0 };
	struct strmap seen = { 0 };

	for (size_t i = 0; i < checker->wf->n_steps; i++) {
		struct step *step = &checker->wf->steps[i];
		const struct step *other;
		struct diag *diag;

		/* What was made of a call has an id that no step can have. */
		if (step->id && step->within && !step->called)
			strmap_put(&checker->wf->step_ids, step->id, step);
		if (!step->id || strchr(step->id, '.'))
			continue;
		strmap_put(&checker->wf->step_ids, step->id, step);
		other = strmap_put(&seen, lower_case(&scratch, step->id), step);
		if (!other)
			continue;
		diag = diag_error(checker->diags, step->span, "a second step with id '%s'",
				  step->id);
		if (strcmp(other->id, step->id) == 0)
			diag_hint(checker->diags, diag, "the first is in line %u",
				  other->span.line);
		else
			diag_hint(checker->diags, diag,
				  "'%s' in line %u differs in case only, which is not enough",
				  other->id, other->span.line);
	}
	strmap_release(&seen);
}

static void check_need(struct checker *checker, const struct step *step, struct name_ref *need)
{
	const struct step *other = workflow_step_from(checker->wf, step, need->name);
	struct diag *diag;

	if (!other && check_reaches_into(checker->wf, step, need->name))
		return;
	if (!other && strmap_find(&checker->wf->handler_ids, need->name, strlen(need->name))) {
		diag_error(checker->diags, need->span,
			   "'%s' is a handler: it runs only where it is called, and nothing waits "
			   "for it",
			   need->name);
		return;
	}
	if (!other) {
		diag = diag_error(checker->diags, need->span, "no step '%.60s'", need->name);
		check_hint_nearest(checker->diags, diag, &checker->wf->step_ids, need->name);
		return;
	}
	need->index = other->index;
	if (other == step)
		diag_error(checker->diags, need->span, "step '%s' needs itself", step->id);
	else if (other->is_finally && !step->is_finally)
		diag_error(checker->diags, need->span,
			   "step '%s' runs in 'finally', after all the others", other->id);
}

bool check_reaches_into(const struct workflow *wf, const struct step *from, const char *name)
{
	struct strbuf front CLEANUP(strbuf_release) = STRBUF_INIT;

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		const struct step *step;

		strbuf_clear(&front);
		strbuf_add(&front, name, (size_t)(slash - name));
		step = workflow_step_from(wf, from, strbuf_str(&front));
		if (step && step->group && step->group->uses.name)
			return true;
	}
	return false;
}

static const char *what_needs_snapshots(const struct step *step)
{
	return step->on_failure == ON_FAILURE_ROLLBACK ? "on_failure: rollback"
	       : step->commit			       ? "commit"
	       : !step_is_restrained(step)	       ? NULL
	       : step->agent->has_allowed	       ? "allow_paths"
						       : "max_lines";
}

static void check_parallel(struct checker *checker, const struct step *step)
{
	if (step->is_parallel && !step_is_listed(checker->wf, step) && !step->called)
		diag_hint(checker->diags,
			  diag_error(checker->diags, step->span,
				     "'parallel' of step '%.60s' needs 'order: listed' around it",
				     step->id ? step->id : ""),
			  "leave it out: steps without an order run in parallel");
}

static void check_rollback(struct checker *checker)
{
	const struct rollback *rollback = &checker->wf->rollback;

	if (!rollback->has_strategy || rollback->strategy != ROLLBACK_NONE)
		return;
	for (size_t i = 0; i < checker->wf->n_steps; i++) {
		const char *what = what_needs_snapshots(&checker->wf->steps[i]);

		if (!what)
			continue;
		diag_error(checker->diags, rollback->strategy_at,
			   "'strategy: none' takes no snapshots, and '%s' has '%s'",
			   checker->wf->steps[i].id, what);
		return;
	}
}

static void check_checkpoint(struct checker *checker, struct name_ref *ref)
{
	const struct step *step = strmap_get(&checker->wf->step_ids, ref->name);
	struct diag *diag;

	if (!step && check_reaches_into(checker->wf, NULL, ref->name))
		return;
	if (step) {
		ref->index = step->index;
		return;
	}
	diag = diag_error(checker->diags, ref->span, "no step '%.60s'", ref->name);
	check_hint_nearest(checker->diags, diag, &checker->wf->step_ids, ref->name);
}

static void check_pool(struct checker *checker, struct name_ref *pool)
{
	struct strmap names = { 0 };
	struct diag *diag;

	if (!pool->name)
		return;
	for (size_t i = 0; i < checker->wf->n_pools; i++)
		if (strcmp(checker->wf->pools[i].name, pool->name) == 0) {
			pool->index = (uint32_t)i;
			return;
		}
	diag = diag_error(checker->diags, pool->span, "no pool '%.60s'", pool->name);
	for (size_t i = 0; i < checker->wf->n_pools; i++)
		strmap_put(&names, checker->wf->pools[i].name, &checker->wf->pools[i]);
	if (names.n)
		check_hint_nearest(checker->diags, diag, &names, pool->name);
	else
		diag_hint(checker->diags, diag, "declare it at the top: pools: {%.40s: 1}",
			  pool->name);
	strmap_release(&names);
}

static bool is_artifact(const struct path_spec *path)
{
	return path->kind == PATH_ARTIFACT && !text_has_refs(&path->text);
}

static void note_artifacts(struct checker *checker, struct step *step)
{
	for (size_t i = 0; i < step->n_outputs; i++) {
		const struct path_spec *path = &step->outputs[i];
		const struct step *other;

		if (!is_artifact(path))
			continue;
		other = strmap_get(&checker->artifacts, path->text.raw);
		if (!other)
			strmap_put(&checker->artifacts, path->text.raw, step);
		else if (other == step)
			diag_error(checker->diags, path->text.span, "artifact '%s' is listed twice",
				   path->text.raw);
		else
			diag_error(checker->diags, path->text.span,
				   "artifact '%s' is written by step '%s' already", path->text.raw,
				   other->id ? other->id : "");
	}
}

/* An artifact whose name holds a value may be any: then nothing is said about missing ones. */
static bool has_open_artifact(const struct workflow *wf)
{
	for (size_t i = 0; i < wf->n_steps; i++)
		for (size_t k = 0; k < wf->steps[i].n_outputs; k++)
			if (wf->steps[i].outputs[k].kind == PATH_ARTIFACT &&
			    !is_artifact(&wf->steps[i].outputs[k]))
				return true;
	return false;
}

static void check_artifacts(struct checker *checker, const struct step *step, bool is_open)
{
	for (size_t i = 0; i < step->n_inputs; i++) {
		const struct path_spec *path = &step->inputs[i];
		const struct step *writer;
		struct diag *diag;

		if (!is_artifact(path))
			continue;
		writer = strmap_get(&checker->artifacts, path->text.raw);
		if (!writer && !is_open) {
			diag = diag_error(checker->diags, path->text.span,
					  "no step writes artifact '%s'", path->text.raw);
			check_hint_nearest(checker->diags, diag, &checker->artifacts,
					   path->text.raw);
		} else if (writer == step) {
			diag_error(checker->diags, path->text.span,
				   "artifact '%s' is an output of this very step", path->text.raw);
		} else if (writer && writer->is_finally && !step->is_finally) {
			diag_error(checker->diags, path->text.span,
				   "artifact '%s' is written in 'finally', after all the others",
				   path->text.raw);
		}
	}
}

void check_settle_map(struct arena *arena, struct strmap *map)
{
	struct strmap settled = *map;

	if (map->n) {
		settled.entries = arena_memdup(arena, map->entries, map->n * sizeof *map->entries);
		settled.slots = arena_memdup(arena, map->slots, map->n_slots * sizeof *map->slots);
		settled.alloc = map->n;
	}
	strmap_release(map);
	*map = settled;
}

void check_workflow(struct workflow *wf, struct arena *arena, struct diags *diags)
{
	struct checker checker = { .wf = wf, .arena = arena, .diags = diags };
	bool is_open = has_open_artifact(wf);

	check_ids(&checker);
	for (size_t i = 0; i < wf->n_steps; i++)
		note_artifacts(&checker, &wf->steps[i]);
	for (size_t i = 0; i < wf->n_steps; i++) {
		struct step *step = &wf->steps[i];

		for (size_t k = 0; k < step->n_needs; k++)
			check_need(&checker, step, &step->needs[k]);
		check_pool(&checker, &step->pool);
		check_parallel(&checker, step);
		check_artifacts(&checker, step, is_open);
	}
	for (size_t i = 0; i < wf->n_checkpoints; i++)
		check_checkpoint(&checker, &wf->checkpoints[i].step);
	check_rollback(&checker);
	check_references(wf, diags);
	strmap_release(&checker.artifacts);
	check_settle_map(arena, &wf->step_ids);
	check_settle_map(arena, &wf->param_names);
	check_settle_map(arena, &wf->handler_ids);
}
