/*
 * A step of a case as judge() sees it: facts from the world in memory, the condition, the records.
 */
#ifndef TESTS_PLAN_JUDGING_H
#define TESTS_PLAN_JUDGING_H

#include <inttypes.h>

#include "event/sched.h"
#include "plan/fingerprint.h"
#include "plan/scope.h"
#include "step/command.h"

struct sim_options {
	struct sched_limits limits;
	struct selection selection;
	bool force_all, no_cache;
	const char *force;
};

struct sim {
	struct world *world;
	const struct workflow *wf;
	struct plan *plan;
	struct scope scope;
	struct plan_host host;
	const struct sim_options *options;
	struct sched *sched;
	uint64_t now_ms;
	VEC(uint32_t) running;
	struct strbuf *out;
	struct arena arena;
	struct err err;
	struct strbuf material; /* of the node judged last */
};

/* --- facts --- */

static inline struct fact_list sim_texts(struct sim *sim, const struct node_path *paths, size_t n)
{
	static const char *const forms[] = { [PATH_LITERAL] = "%s",
					     [PATH_GLOB] = "%s",
					     [PATH_EXCLUDE] = "!%s",
					     [PATH_DIR] = "%s/",
					     [PATH_ARTIFACT] = "artifact:%s" };
	struct fact_list list = { n, ARENA_ARRAY(&sim->arena, const char *, n) };
	size_t i;

	for (i = 0; i < n; i++) {
		const char *form = forms[paths[i].kind], *hole = strstr(form, "%s");

		list.v[i] = arena_printf(&sim->arena, "%.*s%s%s", (int)(hole - form), form,
					 paths[i].path, hole + 2);
	}
	return list;
}

static inline struct fact_entries sim_entries(struct sim *sim, const struct node_path *paths,
					      size_t n)
{
	struct path_set set = { 0 };
	struct fact_entries entries;
	size_t i;

	world_list(sim->world, paths, n, &set);
	entries = (struct fact_entries){ set.list.n,
					 ARENA_ARRAY(&sim->arena, struct entry, set.list.n) };
	for (i = 0; i < set.list.n; i++)
		entries.v[i] = world_entry(sim->world, set.list.v[i]);
	vec_release(&set.list);
	return entries;
}

static inline void sim_upstream(struct sim *sim, const struct node *node, struct facts *facts)
{
	size_t i;

	facts->upstream.v = ARENA_ARRAY(&sim->arena, struct fact_pair, node->deps.n);
	for (i = 0; i < node->deps.n; i++) {
		const struct node *from = sim->plan->nodes.v[node->deps.v[i].from];
		const struct record *record = scope_result(&sim->scope, from->index)->record;
		struct digest tree;

		if (node->deps.v[i].kind != EDGE_NEEDS || !record || !record->n_outputs)
			continue;
		tree = fingerprint_tree(NULL, record->outputs, record->n_outputs);
		facts->upstream.v[facts->upstream.n++] = (struct fact_pair){
			from->id, world_hex(sim->world, &tree)
		};
	}
}

static inline void sim_env(struct sim *sim, const struct command *command, struct facts *facts)
{
	size_t n = command->env.n, i;

	facts->env.v = ARENA_ARRAY(&sim->arena, struct fact_pair, n + command->pass.n);
	facts->env.n = n;
	for (i = 0; i < n; i++)
		facts->env.v[i] = command->env.v[i];
	for (i = 0; i < command->pass.n; i++)
		facts->env.v[facts->env.n++] = (struct fact_pair){
			command->pass.v[i], strmap_get(&sim->world->env, command->pass.v[i])
		};
}

static inline const struct expr_env *sim_enter(void *data, const struct step *where)
{
	const struct node *node = ((struct scope *)data)->node;

	return where == node->step ? scope_enter(data, where, node->each, node->n_each)
				   : scope_enter(data, where, NULL, 0);
}

static inline int sim_material(struct sim *sim, const struct node *node, struct strbuf *material)
{
	struct command_scope scope = { sim->wf, &sim->scope, sim_enter };
	struct command command = { 0 };
	struct facts facts = { 0 };
	size_t i;

	sim->scope.node = node;
	if (command_render(&scope, node->step, &sim->arena, &command, &sim->err) < 0)
		return -1;
	facts.action = command.action;
	facts.argv = (struct fact_list){ command.argc, command.argv };
	facts.dir = command.dir;
	facts.stdin_text = command.stdin_text;
	facts.values.v = ARENA_ARRAY(&sim->arena, struct fact_pair, command.vars.n);
	for (i = 0; i < command.vars.n; i++)
		facts.values.v[facts.values.n++] = (struct fact_pair){ command.vars.names[i],
								       command.vars.values[i] };
	sim_env(sim, &command, &facts);
	facts.globs = sim_texts(sim, node->inputs, node->n_inputs);
	facts.outputs = sim_texts(sim, node->outputs, node->n_outputs);
	facts.inputs = sim_entries(sim, node->inputs, node->n_inputs);
	sim_upstream(sim, node, &facts);
	strbuf_clear(material);
	fingerprint_material(&facts, material);
	return 0;
}

/* --- judging --- */

static inline bool sim_is_forced(const struct sim *sim, const struct node *node)
{
	return sim->options->force_all ||
	       (sim->options->force && (!strcmp(sim->options->force, node->id) ||
					!strcmp(sim->options->force, node->step->id)));
}

static inline void sim_look(struct sim *sim, struct judge_input *in)
{
	struct entry *on_disk;
	bool *in_store;
	size_t i;

	if (!in->record)
		return;
	in->n_on_disk = in->record->n_outputs;
	in->on_disk = on_disk = ARENA_ARRAY(&sim->arena, struct entry, in->n_on_disk);
	in->in_store = in_store = ARENA_ARRAY(&sim->arena, bool, in->n_on_disk);
	for (i = 0; i < in->n_on_disk; i++) {
		const struct entry *output = &in->record->outputs[i];

		on_disk[i] = world_entry(sim->world, output->path);
		in_store[i] = strmap_get(&sim->world->store,
					 world_hex(sim->world, &output->digest)) != NULL;
	}
}

static inline int sim_condition(struct sim *sim, const struct node *node, struct judge_input *in)
{
	const struct expr *cond = node->step->cond;
	struct value value;

	if (!cond)
		return 0;
	in->has_condition = true;
	in->condition_text = expr_source(cond);
	if (in->upstream == UPSTREAM_NOT_PASSED && expr_uses_status_call(cond))
		in->upstream = UPSTREAM_DONE;
	if (in->upstream != UPSTREAM_DONE)
		return 0;
	sim->scope.node = node;
	if (expr_eval(cond, scope_enter(&sim->scope, node->step, node->each, node->n_each),
		      &sim->arena, &value, &sim->err) < 0)
		return -1;
	in->condition = value_is_true(&value);
	return 0;
}

static inline int sim_judge(struct sim *sim, const struct node *node, uint32_t blocked_by,
			    uint32_t will_run_by, struct decision *decision)
{
	struct judge_input in = {
		.is_cacheable = step_is_cacheable(node->step),
		.is_forced = sim_is_forced(sim, node),
		.no_cache = sim->options->no_cache,
		.cache_failures = node->step->cache_failures,
		.previous = strmap_get(&sim->world->last, node->id),
	};
	uint32_t above = blocked_by != WF_NONE ? blocked_by : will_run_by;
	struct digest digest;

	in.upstream = blocked_by != WF_NONE    ? UPSTREAM_NOT_PASSED
		      : will_run_by != WF_NONE ? UPSTREAM_WILL_RUN
					       : UPSTREAM_DONE;
	in.upstream_step = above != WF_NONE ? sim->plan->nodes.v[above]->id : NULL;
	if (sim_condition(sim, node, &in) < 0)
		return -1;
	if (in.upstream == UPSTREAM_DONE && (!in.has_condition || in.condition)) {
		if (sim_material(sim, node, &sim->material) < 0)
			return -1;
		in.material = strbuf_str(&sim->material);
		in.material_len = sim->material.len;
		digest = fingerprint_digest(NULL, in.material, in.material_len);
		in.record = strmap_get(&sim->world->records, world_hex(sim->world, &digest));
		sim_look(sim, &in);
	}
	judge(&in, &sim->arena, decision);
	if (decision->verdict == VERDICT_CACHED || decision->verdict == VERDICT_RESTORE)
		scope_result(&sim->scope, node->index)->record = in.record;
	return 0;
}

static inline void sim_reasons(struct sim *sim, const struct decision *decision)
{
	size_t i;

	for (i = 0; i < decision->reasons.list.n; i++) {
		strbuf_addstr(sim->out, i ? "; " : ", ");
		reason_render(&decision->reasons.list.v[i], sim->out);
	}
}

#endif
