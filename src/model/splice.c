/*
 * Workflows that steps use take their place among the steps: one workflow, in which each step knows
 * the file it was written in. Names stay what they are in their file; ids get the user's in front.
 */
#include <string.h>

#include "base/vec.h"
#include "model/param.h"
#include "parse_impl.h"

enum { DEPTH_MAX = 32, STEPS_MAX = 100000 };

/* Until all are there steps at the end have numbers of their own. */
#define AT_THE_END ((uint32_t)1 << 31)

struct splicer {
	struct arena *arena;
	workflow_load_fn *load;
	void *data;
	struct workflow *out;
	VEC(struct step) graph, finally;
	VEC(struct unit *) units;
	VEC(struct pool) pools;
	VEC(struct declared_checkpoint) checkpoints;
	bool failed;
};

struct spot {	       /* where a file's steps go */
	uint32_t user; /* not final; WF_NONE: the top */
	bool is_finally;
	unsigned depth;
};

static void add_file(struct splicer *splicer, const struct unit *unit, struct spot spot);

static struct step *step_at(struct splicer *splicer, uint32_t number)
{
	return number & AT_THE_END ? &splicer->finally.v[number & ~AT_THE_END]
				   : &splicer->graph.v[number];
}

static uint32_t final_number(const struct splicer *splicer, uint32_t number)
{
	if (number == WF_NONE || !(number & AT_THE_END))
		return number;
	return (uint32_t)splicer->graph.n + (number & ~AT_THE_END);
}

static const char *prefixed(struct splicer *splicer, const struct unit *unit, const char *name)
{
	return *unit->prefix ? arena_join(splicer->arena, unit->prefix, name, "") : name;
}

/* ---- what is wrong with `uses` and `with` ---- */

static struct diag *fail(struct splicer *splicer, const struct unit *unit, struct span at,
			 const char *text)
{
	splicer->failed = true;
	return diag_error(unit->diags, at, "%s", text);
}

/* The way back to the file that is used a second time, and where each step of it stands. */
static bool goes_in_a_circle(struct splicer *splicer, const struct unit *unit,
			     const struct name_ref *uses)
{
	const char *ids = uses->name, *places = NULL;
	struct span at = uses->span;

	for (const struct unit *u = unit; u; u = u->outer) {
		const char *place = arena_printf(splicer->arena, "%s:%u",
						 u->wf->file ? u->wf->file : u->wf->id, at.line);

		ids = arena_join(splicer->arena, u->wf->id, " → ", ids);
		places = places ? arena_printf(splicer->arena, "%s, %s", place, places) : place;
		if (strcmp(u->wf->id, uses->name) == 0) {
			diag_hint(unit->diags,
				  fail(splicer, unit, uses->span,
				       arena_printf(splicer->arena, "'%s' uses itself: %s",
						    uses->name, ids)),
				  "the steps with 'uses' are %s", places);
			return true;
		}
		if (u->outer)
			at = step_at(splicer, u->user)->group->uses.span;
	}
	return false;
}

static void check_value(struct splicer *splicer, const struct unit *unit, const struct param *param,
			const struct with_value *value)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < value->n_items; i++) {
		if (text_has_refs(&value->items[i]))
			return; /* checked when it is known */
		strbuf_addf(&text, i ? "\n%s" : "%s", value->items[i].raw);
	}
	if (param_check(param, strbuf_str(&text), &err) < 0)
		diag_hint(unit->diags,
			  fail(splicer, unit, value->value_span,
			       arena_printf(splicer->arena, "parameter '%s' cannot have this value",
					    param->name)),
			  "%s", err_msg(&err));
	err_release(&err);
}

static void check_with(struct splicer *splicer, const struct unit *unit, const struct group *group,
		       const struct workflow *used)
{
	struct strmap given = { 0 };
	const char *nearest;

	for (size_t i = 0; i < group->n_with; i++) {
		const struct with_value *value = &group->with[i];
		const struct param *param = workflow_param(used, value->name);
		struct diag *diag;

		strmap_put(&given, value->name, (void *)value);
		if (param) {
			check_value(splicer, unit, param, value);
			continue;
		}
		diag = fail(splicer, unit, value->span,
			    arena_printf(splicer->arena, "workflow '%s' has no parameter '%.60s'",
					 used->id, value->name));
		nearest = strmap_nearest(&used->param_names, value->name);
		if (nearest)
			diag_hint(unit->diags, diag, "did you mean '%s'?", nearest);
	}
	for (size_t i = 0; i < used->n_params; i++)
		if (used->params[i].required && !strmap_get(&given, used->params[i].name))
			diag_hint(unit->diags,
				  fail(splicer, unit, group->uses.span,
				       arena_printf(splicer->arena,
						    "workflow '%s' requires the parameter '%s'",
						    used->id, used->params[i].name)),
				  "with: {%s: VALUE}", used->params[i].name);
	strmap_release(&given);
}

/* ---- steps ---- */

static uint64_t least(uint64_t a, uint64_t b) /* 0: none */
{
	return !a || (b && b < a) ? b : a;
}

/* Its steps become those of the group. */
static void use(struct splicer *splicer, const struct unit *outer, uint32_t number,
		const struct workflow *used, struct diags *diags, unsigned depth)
{
	struct unit *unit = ARENA_NEW(splicer->arena, struct unit);
	struct step *step = step_at(splicer, number);
	struct group *group = (struct group *)step->group;
	struct spot spot = { number, step->is_finally, depth + 1 };

	*unit = (struct unit){ (uint32_t)splicer->units.n,
			       number,
			       outer,
			       used,
			       arena_join(splicer->arena, step->id, "/", ""),
			       diags };
	vec_push(&splicer->units, unit);
	check_with(splicer, outer, group, used);
	group->unit = unit;
	group->order_listed = used->order_listed;
	group->max_parallel = (uint32_t)least(group->max_parallel, used->max_parallel);
	group->children = ARENA_ARRAY(splicer->arena, uint32_t, used->n_steps + GATE_STEPS);
	step->timeout_ms = least(step->timeout_ms, used->timeout_ms);
	add_file(splicer, unit, spot);
}

static void load_used(struct splicer *splicer, const struct unit *unit, uint32_t number,
		      unsigned depth)
{
	const struct name_ref *uses = &step_at(splicer, number)->group->uses;
	const struct workflow *used;
	struct diags *diags = NULL;
	struct err err = ERR_INIT;

	if (goes_in_a_circle(splicer, unit, uses))
		return;
	if (depth == DEPTH_MAX || splicer->graph.n + splicer->finally.n > STEPS_MAX) {
		fail(splicer, unit, uses->span,
		     depth == DEPTH_MAX ? "workflows use each other too deeply"
					: "with what they use there are too many steps");
		return;
	}
	used = splicer->load(splicer->data, uses->name, &diags, &err);
	if (used)
		use(splicer, unit, number, used, diags, depth);
	else
		fail(splicer, unit, uses->span, arena_strdup(splicer->arena, err_msg(&err)));
	err_release(&err);
}

/* What the end of a workflow calls is called by that of the group which uses it. */
static void move_call(struct splicer *splicer, struct step *step, const struct spot *spot,
		      const uint32_t *numbers)
{
	struct call *call = arena_memdup(splicer->arena, step->called, sizeof *call);

	if (call->caller != WF_NONE) {
		call->caller = numbers[call->caller];
	} else if (spot->user != WF_NONE && call->on != CALL_ALWAYS &&
		   call->on != CALL_ON_ROLLBACK) {
		call->caller = spot->user;
		step->is_finally = spot->is_finally;
	}
	step->called = call;
}

static uint32_t add_step(struct splicer *splicer, const struct unit *unit, const struct step *step,
			 const struct spot *spot, const uint32_t *numbers, uint32_t first_pool)
{
	struct step copy = *step;
	uint32_t number;

	copy.id = prefixed(splicer, unit, step->id);
	copy.unit = unit;
	copy.is_finally = step->is_finally || spot->is_finally;
	copy.parent = step->parent == WF_NONE ? spot->user : numbers[step->parent];
	if (step->called)
		move_call(splicer, &copy, spot, numbers);
	else if (step->within) /* in a handler that is a group */
		copy.is_finally = step_at(splicer, copy.parent)->is_finally;
	if (step->within)
		copy.within = step->called ? copy.called : step_at(splicer, copy.parent)->within;
	copy.before = step->before == WF_NONE ? (uint32_t)WF_NONE : numbers[step->before];
	if (copy.n_needs)
		copy.needs = arena_memdup(splicer->arena, step->needs,
					  step->n_needs * sizeof *step->needs);
	if (copy.pool.index != WF_NONE)
		copy.pool.index += first_pool;
	if (copy.group) {
		struct group *group = arena_memdup(splicer->arena, step->group, sizeof *group);

		group->children = ARENA_ARRAY(splicer->arena, uint32_t, group->n_children);
		group->n_children = 0;
		copy.group = group;
	}
	if (copy.is_finally) {
		number = (uint32_t)splicer->finally.n | AT_THE_END;
		vec_push(&splicer->finally, copy);
	} else {
		number = (uint32_t)splicer->graph.n;
		vec_push(&splicer->graph, copy);
	}
	return number;
}

/* What cleans up at the end of a run is not waited for by what comes after the group. */
static void join_parent(struct splicer *splicer, uint32_t number)
{
	const struct step *step = step_at(splicer, number);
	struct step *parent = step->parent == WF_NONE ? NULL : step_at(splicer, step->parent);
	struct group *group;

	if (!parent || parent->is_finally != step->is_finally || step->called)
		return;
	group = (struct group *)parent->group;
	group->children[group->n_children++] = number;
}

static uint32_t add_pools(struct splicer *splicer, const struct unit *unit)
{
	uint32_t first = (uint32_t)splicer->pools.n;

	for (size_t i = 0; i < unit->wf->n_pools; i++) {
		struct pool pool = unit->wf->pools[i];

		pool.name = prefixed(splicer, unit, pool.name);
		vec_push(&splicer->pools, pool);
	}
	return first;
}

static void add_checkpoints(struct splicer *splicer, const struct unit *unit,
			    const uint32_t *numbers)
{
	for (size_t i = 0; i < unit->wf->n_checkpoints; i++) {
		struct declared_checkpoint checkpoint = unit->wf->checkpoints[i];

		checkpoint.step.name = prefixed(splicer, unit, checkpoint.step.name);
		if (checkpoint.step.index != WF_NONE)
			checkpoint.step.index = numbers[checkpoint.step.index];
		vec_push(&splicer->checkpoints, checkpoint);
	}
}

static void add_file(struct splicer *splicer, const struct unit *unit, struct spot spot)
{
	const struct workflow *wf = unit->wf;
	uint32_t *numbers = ARENA_ARRAY(splicer->arena, uint32_t, wf->n_steps);
	uint32_t first_pool = add_pools(splicer, unit);

	for (size_t i = 0; i < wf->n_steps; i++) {
		numbers[i] = add_step(splicer, unit, &wf->steps[i], &spot, numbers, first_pool);
		join_parent(splicer, numbers[i]);
		if (wf->steps[i].group && wf->steps[i].group->uses.name)
			load_used(splicer, unit, numbers[i], spot.depth);
	}
	for (size_t i = 0; i < wf->n_steps; i++) {
		struct step *step = step_at(splicer, numbers[i]);

		for (size_t n = 0; n < step->n_needs; n++)
			if (step->needs[n].index != WF_NONE)
				step->needs[n].index = numbers[step->needs[n].index];
	}
	add_checkpoints(splicer, unit, numbers);
}

/* ---- the whole ---- */

static void settle_step(struct splicer *splicer, struct step *step, uint32_t index)
{
	struct group *group = (struct group *)step->group;

	step->index = index;
	step->parent = final_number(splicer, step->parent);
	step->before = final_number(splicer, step->before);
	if (step->called)
		((struct call *)step->called)->caller = final_number(splicer, step->called->caller);
	for (size_t n = 0; n < step->n_needs; n++)
		step->needs[n].index = final_number(splicer, step->needs[n].index);
	for (size_t n = 0; group && n < group->n_children; n++)
		group->children[n] = final_number(splicer, group->children[n]);
}

static void settle(struct splicer *splicer)
{
	struct workflow *out = splicer->out;
	struct strmap ids = { 0 };

	out->n_graph_steps = splicer->graph.n;
	out->n_steps = splicer->graph.n + splicer->finally.n;
	out->steps = ARENA_ARRAY(splicer->arena, struct step, out->n_steps + GATE_STEPS);
	for (size_t i = 0; i < out->n_steps; i++) {
		out->steps[i] = i < splicer->graph.n ? splicer->graph.v[i]
						     : splicer->finally.v[i - splicer->graph.n];
		settle_step(splicer, &out->steps[i], (uint32_t)i);
		strmap_put(&ids, out->steps[i].id, &out->steps[i]);
	}
	for (size_t i = 0; i < splicer->units.n; i++)
		splicer->units.v[i]->user = final_number(splicer, splicer->units.v[i]->user);
	for (size_t i = 0; i < splicer->checkpoints.n; i++) {
		struct name_ref *ref = &splicer->checkpoints.v[i].step;

		ref->index = final_number(splicer, ref->index);
	}
	check_settle_map(splicer->arena, &ids);
	out->step_ids = ids;
	out->n_units = splicer->units.n;
	out->units = arena_memdup(splicer->arena, splicer->units.v,
				  splicer->units.n * sizeof *splicer->units.v);
	out->n_pools = splicer->pools.n;
	out->pools = arena_memdup(splicer->arena, splicer->pools.v,
				  splicer->pools.n * sizeof *splicer->pools.v);
	out->n_checkpoints = splicer->checkpoints.n;
	out->checkpoints = arena_memdup(splicer->arena, splicer->checkpoints.v,
					splicer->checkpoints.n * sizeof *splicer->checkpoints.v);
}

/* ---- names that reach into what is used ---- */

struct reaching {
	struct splicer *splicer;
	const struct step *step;
};

static const struct step *resolve(struct splicer *splicer, const struct step *from,
				  const struct unit *unit, const char *name, struct span at)
{
	const struct step *found = workflow_step_from(splicer->out, from, name);
	const char *nearest;
	struct diag *diag;

	if (found)
		return found;
	diag = fail(splicer, unit, at, arena_printf(splicer->arena, "no step '%.60s'", name));
	nearest = strmap_nearest(&splicer->out->step_ids, name);
	if (nearest)
		diag_hint(unit->diags, diag, "did you mean '%s'?", nearest);
	return NULL;
}

static void resolve_ref(void *data, const struct expr_ref *ref)
{
	const struct reaching *reaching = data;

	if (ref->ns == NS_STEPS && ref->n_path && strchr(ref->path[0], '/'))
		resolve(reaching->splicer, reaching->step, reaching->step->unit, ref->path[0],
			ref->span);
}

static void resolve_names(struct splicer *splicer)
{
	struct workflow *out = splicer->out;

	for (size_t i = 0; i < out->n_steps; i++) {
		struct step *step = &out->steps[i];
		struct reaching reaching = { splicer, step };

		for (size_t n = 0; n < step->n_needs; n++) {
			const struct step *other;

			if (step->needs[n].index != WF_NONE)
				continue;
			other = resolve(splicer, step, step->unit, step->needs[n].name,
					step->needs[n].span);
			if (other)
				step->needs[n].index = other->index;
		}
		step_each_ref(step, resolve_ref, &reaching);
	}
	for (size_t i = 0; i < out->n_checkpoints; i++) {
		struct name_ref *ref = &out->checkpoints[i].step;
		const struct step *other = ref->index != WF_NONE
						   ? NULL
						   : resolve(splicer, NULL, out->units[0],
							     ref->name, ref->span);

		if (other)
			ref->index = other->index;
	}
}

const struct workflow *workflow_splice(struct arena *arena, const struct workflow *wf,
				       struct diags *diags, workflow_load_fn *load, void *data)
{
	struct splicer splicer = { .arena = arena, .load = load, .data = data };
	struct unit *unit;
	struct spot spot = { WF_NONE, false, 0 };

	if (!workflow_uses_others(wf))
		return wf;
	unit = ARENA_NEW(arena, struct unit);
	*unit = *wf->units[0];
	unit->diags = diags;
	splicer.out = arena_memdup(arena, wf, sizeof *wf);
	vec_push(&splicer.units, unit);
	add_file(&splicer, unit, spot);
	settle(&splicer);
	if (!splicer.failed)
		resolve_names(&splicer);
	vec_release(&splicer.graph);
	vec_release(&splicer.finally);
	vec_release(&splicer.units);
	vec_release(&splicer.pools);
	vec_release(&splicer.checkpoints);
	return splicer.failed ? NULL : splicer.out;
}
