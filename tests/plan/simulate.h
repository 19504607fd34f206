/*
 * A run without processes: the real plan, fingerprints, judge and scheduler, a clock that jumps from
 * one end to the next, and steps that "run" by writing what follows from their inputs.
 */
#ifndef TESTS_PLAN_SIMULATE_H
#define TESTS_PLAN_SIMULATE_H

#include "event/policy.h"
#include "plan/judging.h"

/* --- a step that runs --- */

static inline const char *sim_content(struct sim *sim, const struct node *node,
				      const struct behaviour *behaviour, const char *path)
{
	const struct file *now = strmap_get(&sim->world->files, path);
	struct digest digest;
	size_t i;

	for (i = 0; i < behaviour->writes.n; i++)
		if (!strcmp(behaviour->writes.v[i].path, path))
			return behaviour->contents.v[i];
	for (i = 0; i < node->n_inputs; i++)
		if (now && now->content && path_is_meant(&sim->arena, &node->inputs[i], path))
			return strncmp(now->content, "tidy ", 5)
				       ? arena_printf(&sim->world->arena, "tidy %s", now->content)
				       : now->content;
	digest = hash_bytes(NULL, strbuf_str(&sim->material), sim->material.len);
	return arena_printf(&sim->world->arena, "%s from %s", path, world_hex(sim->world, &digest));
}

static inline void sim_write_outputs(struct sim *sim, const struct node *node,
				     const struct behaviour *behaviour)
{
	size_t i;

	for (i = 0; i < node->n_outputs; i++) {
		const char *path = node->outputs[i].path;

		if (node->outputs[i].kind == PATH_ARTIFACT)
			path = arena_printf(&sim->world->arena, "artifact:%s", path);
		if (node->outputs[i].kind == PATH_DIR)
			path = arena_printf(&sim->world->arena, "%s/made", path);
		if (node->outputs[i].kind != PATH_GLOB)
			world_write(sim->world, path, sim_content(sim, node, behaviour, path));
	}
	for (i = 0; i < behaviour->writes.n; i++)
		world_write(sim->world, behaviour->writes.v[i].path, behaviour->contents.v[i]);
}

static inline struct record *sim_record(struct sim *sim, const struct node *node,
					const struct behaviour *behaviour)
{
	struct record *record = ARENA_NEW(&sim->world->arena, struct record);
	struct fact_entries outputs = sim_entries(sim, node->outputs, node->n_outputs);
	size_t i;

	record->step = arena_strdup(&sim->world->arena, node->id);
	record->failed = behaviour->exit_code != 0;
	record->exit_code = behaviour->exit_code;
	record->stdout_tail = behaviour->prints;
	record->values = (struct stepout){ behaviour->sets.n, behaviour->sets.v };
	if (!record->failed) {
		record->n_outputs = outputs.n;
		record->outputs = arena_memdup(&sim->world->arena, outputs.v,
					       outputs.n * sizeof *outputs.v);
	}
	for (i = 0; i < record->n_outputs; i++) {
		const struct file *file = strmap_get(&sim->world->files, outputs.v[i].path);

		((struct entry *)record->outputs)[i].path = arena_strdup(&sim->world->arena,
									 outputs.v[i].path);
		if (file && file->content)
			strmap_put(&sim->world->store, world_hex(sim->world, &outputs.v[i].digest),
				   (void *)(uintptr_t)file->content);
	}
	return record;
}

/* What it formats counts as it is now, so the material is made again. */
static inline void sim_remember(struct sim *sim, const struct node *node,
				const struct behaviour *behaviour)
{
	struct record *record = sim_record(sim, node, behaviour);

	scope_result(&sim->scope, node->index)->record = record;
	if (!step_is_cacheable(node->step) || sim_material(sim, node, &sim->material) < 0)
		return;
	record->material = arena_memdup(&sim->world->arena, sim->material.buf,
					sim->material.len + 1);
	record->material_len = sim->material.len;
	record->fingerprint = fingerprint_digest(NULL, record->material, record->material_len);
	strmap_put(&sim->world->records, world_hex(sim->world, &record->fingerprint), record);
	strmap_put(&sim->world->last, record->step, record);
}

static inline void sim_finish(struct sim *sim, const struct node *node)
{
	const struct behaviour *behaviour = world_behaviour_of(sim->world, node);
	struct result *result = scope_result(&sim->scope, node->index);

	sim_material(sim, node, &sim->material);
	if (!behaviour->exit_code)
		sim_write_outputs(sim, node, behaviour);
	sim_remember(sim, node, behaviour);
	strmap_put(&sim->world->timings, arena_strdup(&sim->world->arena, node->id),
		   (void *)(uintptr_t)(result->end_ms - result->start_ms));
}

/* --- the loop --- */

static inline void sim_stop(struct sim *sim, const struct node *node)
{
	if (!node->is_finally && !sim->options->limits.keep_going &&
	    node->step->on_failure != ON_FAILURE_CONTINUE)
		sched_stop(sim->sched);
}

static inline void sim_end(struct sim *sim, const struct node *node, enum step_status status)
{
	scope_result(&sim->scope, node->index)->status = status;
	sched_done(sim->sched, node->index, status);
	if (status == STEP_FAILED && node->kind == NODE_STEP)
		sim_stop(sim, node);
}

static inline void sim_line(struct sim *sim, const struct node *node, enum step_status status)
{
	strbuf_addf(sim->out, "%s: %s", node->id, step_status_name(status));
}

static inline void sim_fail(struct sim *sim, const struct node *node)
{
	sim_line(sim, node, STEP_FAILED);
	strbuf_addf(sim->out, ", %s\n", err_msg(&sim->err));
	err_release(&sim->err);
	sim->err = (struct err)ERR_INIT;
	sim_end(sim, node, STEP_FAILED);
}

static inline void sim_restore(struct sim *sim, const struct record *record)
{
	size_t i;

	for (i = 0; i < record->n_outputs; i++) {
		const char *content = strmap_get(&sim->world->store,
						 world_hex(sim->world, &record->outputs[i].digest));

		if (record->outputs[i].kind != ENTRY_ABSENT)
			world_write(sim->world, record->outputs[i].path, content);
	}
}

static inline void sim_act(struct sim *sim, const struct node *node, struct decision *decision)
{
	struct result *result = scope_result(&sim->scope, node->index);
	enum step_status status = decision->remembered_failure ? STEP_FAILED : STEP_PASSED;

	result->verdict = decision->verdict;
	if (decision->verdict == VERDICT_RUN) {
		struct strbuf why = STRBUF_INIT;

		reason_render(&decision->reasons.list.v[0], &why);
		result->why = arena_strdup(&sim->arena, strbuf_str(&why));
		strbuf_release(&why);
		sched_enqueue(sim->sched, node->index);
		return;
	}
	if (decision->verdict == VERDICT_SKIP)
		status = STEP_SKIPPED;
	if (decision->verdict == VERDICT_RESTORE)
		sim_restore(sim, result->record);
	sim_line(sim, node, status);
	strbuf_addf(sim->out, ", %s", verdict_name(decision->verdict));
	sim_reasons(sim, decision);
	strbuf_addch(sim->out, '\n');
	sim_end(sim, node, status);
}

static inline void sim_group(struct sim *sim, struct node *group, uint32_t blocked_by)
{
	enum step_status status = blocked_by == WF_NONE ? STEP_PASSED : STEP_SKIPPED;
	uint32_t i;

	if (!group->is_expanded && blocked_by == WF_NONE) {
		if (plan_expand(sim->plan, group, &sim->host, &sim->err) < 0) {
			sim_fail(sim, group);
			return;
		}
		scope_result(&sim->scope, (uint32_t)sim->plan->nodes.n);
		sched_grow(sim->sched);
		return;
	}
	for (i = 0; i < group->n_items; i++)
		if (scope_result(&sim->scope, plan_item(sim->plan, group, i)->index)->status ==
		    STEP_FAILED)
			status = STEP_FAILED;
	sim_end(sim, group, status);
}

/* One that is not called ends without a word. */
static inline bool sim_is_called(struct sim *sim, const struct node *node)
{
	const struct call *call = node->step->called;
	enum step_status status = STEP_PASSED;
	bool did_run = false;
	size_t i;

	if (call->caller != WF_NONE) {
		const struct node *caller = plan_node(sim->plan,
						      sim->plan->wf->steps[call->caller].id);
		const struct result *result = scope_result(&sim->scope, caller->index);

		return policy_calls(call->on, result->status, result->did_execute);
	}
	for (i = 0; i < sim->plan->nodes.n; i++) {
		did_run |= scope_result(&sim->scope, (uint32_t)i)->did_execute;
		if (scope_result(&sim->scope, (uint32_t)i)->status == STEP_FAILED)
			status = STEP_FAILED;
	}
	return policy_calls(call->on, status, did_run);
}

static inline bool sim_next_ready(struct sim *sim)
{
	struct decision decision = { 0 };
	uint32_t index, blocked_by;
	struct node *node;

	if (!sched_next_ready(sim->sched, &index, &blocked_by))
		return false;
	node = sim->plan->nodes.v[index];
	if (node->step->called && !sim_is_called(sim, node))
		sim_end(sim, node, STEP_SKIPPED);
	else if (node->kind != NODE_STEP)
		sim_group(sim, node, blocked_by);
	else if (plan_resolve(sim->plan, node, &sim->host, &sim->err) < 0 ||
		 sim_judge(sim, node, blocked_by, WF_NONE, &decision) < 0)
		sim_fail(sim, node);
	else
		sim_act(sim, node, &decision);
	vec_release(&decision.reasons.list);
	return true;
}

static inline bool sim_next_stopped(struct sim *sim)
{
	const struct node *node;
	uint32_t index;

	if (!sched_next_stopped(sim->sched, &index))
		return false;
	node = sim->plan->nodes.v[index];
	if (node->kind == NODE_STEP) {
		uint32_t by = sched_blocked_by(sim->sched, index);

		sim_line(sim, node, STEP_SKIPPED);
		if (by != WF_NONE)
			strbuf_addf(sim->out, ", did not pass before it: %s\n",
				    sim->plan->nodes.v[by]->id);
		else
			strbuf_addstr(sim->out, ", the run failed before\n");
	}
	sim_end(sim, node, STEP_SKIPPED);
	return true;
}

static inline bool sim_start(struct sim *sim)
{
	struct result *result;
	const struct behaviour *behaviour;
	uint32_t index;

	if (!sched_next_start(sim->sched, &index))
		return false;
	behaviour = world_behaviour_of(sim->world, sim->plan->nodes.v[index]);
	result = scope_result(&sim->scope, index);
	result->did_execute = true;
	result->start_ms = sim->now_ms;
	result->end_ms = sim->now_ms + (behaviour->takes_ms ? behaviour->takes_ms : 100);
	vec_push(&sim->running, index);
	return true;
}

static inline void sim_tick(struct sim *sim)
{
	size_t next = 0, i;
	const struct node *node;
	struct result *result;
	enum step_status status;

	for (i = 1; i < sim->running.n; i++)
		if (scope_result(&sim->scope, sim->running.v[i])->end_ms <
		    scope_result(&sim->scope, sim->running.v[next])->end_ms)
			next = i;
	node = sim->plan->nodes.v[sim->running.v[next]];
	memmove(sim->running.v + next, sim->running.v + next + 1,
		(--sim->running.n - next) * sizeof *sim->running.v);
	result = scope_result(&sim->scope, node->index);
	sim->now_ms = result->end_ms;
	sim_finish(sim, node);
	status = world_behaviour_of(sim->world, node)->exit_code ? STEP_FAILED : STEP_PASSED;
	sim_line(sim, node, status);
	strbuf_addf(sim->out, ", run %" PRIu64 "-%" PRIu64 ", %s\n", result->start_ms,
		    result->end_ms, result->why);
	sim_end(sim, node, status);
}

static inline void sim_run(struct sim *sim)
{
	sim->sched = sched_new(sim->plan, &sim->options->limits);
	while (!sched_is_finished(sim->sched)) {
		if (sim_next_stopped(sim) || sim_next_ready(sim) || sim_start(sim))
			continue;
		if (!sim->running.n) {
			strbuf_addstr(sim->out, "stuck\n");
			break;
		}
		sim_tick(sim);
	}
	sched_free(sim->sched);
	vec_release(&sim->running);
}

/* --- what would be run --- */

static inline uint32_t sim_above(struct sim *sim, const struct node *node, enum verdict verdict)
{
	size_t i;

	for (i = 0; i < node->deps.n; i++) {
		uint32_t from = node->deps.v[i].from;
		const struct result *result = scope_result(&sim->scope, from);

		if (!sim->plan->nodes.v[from]->is_selected)
			continue;
		if (verdict == VERDICT_SKIP
			    ? result_is_bad(result)
			    : result->verdict == VERDICT_RUN || result->verdict == VERDICT_PENDING)
			return from;
	}
	return WF_NONE;
}

static inline void sim_plan_node(struct sim *sim, const struct node *node)
{
	struct decision decision = { 0 };
	uint32_t by = sim_above(sim, node, VERDICT_SKIP);
	uint32_t above = sim_above(sim, node, VERDICT_PENDING);

	if (node->kind != NODE_STEP && node->is_expanded) {
		scope_result(&sim->scope, node->index)->verdict = above == WF_NONE
									  ? VERDICT_CACHED
									  : VERDICT_PENDING;
		return;
	}
	if (sim_judge(sim, node, by, above, &decision) < 0) {
		strbuf_addf(sim->out, "%s: error: %s\n", node->id, err_msg(&sim->err));
	} else {
		struct result *result = scope_result(&sim->scope, node->index);

		result->verdict = decision.verdict;
		result->status = decision.verdict == VERDICT_SKIP ? STEP_SKIPPED : STEP_PASSED;
		if (by != WF_NONE && decision.verdict == VERDICT_SKIP)
			result->status = STEP_CANCELLED;
		if (decision.remembered_failure)
			result->status = STEP_FAILED;
		strbuf_addf(sim->out, "%s: %s", node->id, verdict_name(decision.verdict));
		sim_reasons(sim, &decision);
		strbuf_addch(sim->out, '\n');
	}
	vec_release(&decision.reasons.list);
}

static inline void sim_plan(struct sim *sim)
{
	uint32_t *order;
	size_t n, i;

	plan_topological(sim->plan, &sim->arena, &order, &n);
	for (i = 0; i < n; i++)
		sim_plan_node(sim, sim->plan->nodes.v[order[i]]);
}

/* --- set up --- */

static inline int sim_host_list(void *data, const struct node_path *globs, size_t n_globs,
				struct arena *arena, const char ***paths, size_t *n_paths,
				struct err *err)
{
	struct scope *scope = data;
	struct path_set set = { 0 };

	(void)err;
	world_list(scope->world, globs, n_globs, &set);
	*n_paths = set.list.n;
	*paths = arena_memdup(arena, set.list.v ? set.list.v : (void *)"",
			      set.list.n * sizeof *set.list.v);
	vec_release(&set.list);
	return 0;
}

static inline const struct expr_env *sim_host_scope(void *data, const struct node *node)
{
	return scope_enter(data, node->step, node->each, node->n_each);
}

static inline uint64_t sim_host_duration(void *data, const char *node_id)
{
	const struct scope *scope = data;

	return (uint64_t)(uintptr_t)strmap_get(&scope->world->timings, node_id);
}

static inline int sim_init(struct sim *sim, struct world *world, const struct workflow *wf,
			   const struct sim_options *options, struct diags *diags,
			   struct strbuf *out)
{
	*sim = (struct sim){ .world = world, .wf = wf, .options = options, .out = out };
	if (scope_init(&sim->scope, world, wf, &sim->err) < 0)
		return -1;
	sim->host = (struct plan_host){ &sim->scope, sim_host_list, sim_host_scope,
					sim_host_duration };
	sim->plan = plan_build(wf, &sim->host, &options->selection, diags, &sim->err);
	if (!sim->plan)
		return -1;
	sim->scope.plan = sim->plan;
	scope_result(&sim->scope, (uint32_t)sim->plan->nodes.n);
	return 0;
}

static inline void sim_release(struct sim *sim)
{
	plan_free(sim->plan);
	vec_release(&sim->scope.results);
	strbuf_release(&sim->material);
	arena_release(&sim->arena);
	err_release(&sim->err);
}

#endif
