/*
 * The list of steps while names become handlers: which of them something calls by name, and the list
 * without those and with what was made of each call.
 */
#include <string.h>

#include "parse_call_impl.h"

struct step *call_step_at(struct calling *calling, uint32_t number)
{
	return number < calling->wf->n_steps ? &calling->wf->steps[number]
					     : &calling->made.v[number - calling->wf->n_steps];
}

static void mark(struct calling *calling, const struct step *from, const struct call_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct call_draft *draft = &list->v[i];
		const struct step *step;

		if (!draft->name || workflow_is_strategy(draft->name) ||
		    strmap_get(&calling->reader->handlers, draft->name))
			continue;
		step = workflow_step_from(calling->wf, from, draft->name);
		if (step && step->role == ROLE_STEP)
			calling->is_handler[step->index] = true;
	}
}

void call_mark_handlers(struct calling *calling)
{
	struct reader *reader = calling->reader;

	for (size_t i = 0; i < calling->wf->n_steps; i++)
		mark(calling, &calling->wf->steps[i], &reader->step_calls.v[i]);
	mark(calling, NULL, &reader->calls);
	/* What is in a group that is a handler goes with it. */
	for (size_t i = 0; i < calling->wf->n_steps; i++) {
		uint32_t parent = calling->wf->steps[i].parent;

		if (parent != WF_NONE && calling->is_handler[parent])
			calling->is_handler[i] = true;
	}
}

static uint32_t kept_before(const struct calling *calling, uint32_t before)
{
	while (before != WF_NONE && before < calling->wf->n_steps && calling->is_handler[before])
		before = calling->wf->steps[before].before;
	return before;
}

static void renumber(const struct calling *calling, struct step *step, const uint32_t *numbers)
{
	struct group *group = (struct group *)step->group;
	size_t n = 0;

	step->before = kept_before(calling, step->before);
	if (step->before != WF_NONE)
		step->before = numbers[step->before];
	if (step->parent != WF_NONE)
		step->parent = numbers[step->parent];
	if (step->called && step->called->caller != WF_NONE)
		((struct call *)step->called)->caller = numbers[step->called->caller];
	for (size_t i = 0; group && i < group->n_children; i++)
		if (group->children[i] >= calling->wf->n_steps ||
		    !calling->is_handler[group->children[i]])
			group->children[n++] = numbers[group->children[i]];
	if (group)
		group->n_children = n;
}

void call_settle(struct calling *calling)
{
	struct workflow *wf = calling->wf;
	size_t n_all = wf->n_steps + calling->made.n, n = 0, n_graph = 0;
	uint32_t *numbers = ARENA_ARRAY(&calling->reader->scratch, uint32_t, n_all);
	struct step *steps = ARENA_ARRAY(calling->reader->arena, struct step, n_all + GATE_STEPS);

	for (size_t i = 0; i < n_all; i++) {
		if (i < wf->n_steps && calling->is_handler[i])
			continue;
		numbers[i] = (uint32_t)n;
		steps[n++] = *call_step_at(calling, (uint32_t)i);
		n_graph += i < wf->n_graph_steps;
	}
	for (size_t i = 0; i < n; i++) {
		steps[i].index = (uint32_t)i;
		renumber(calling, &steps[i], numbers);
	}
	for (size_t i = 0; i < wf->n_steps; i++)
		if (calling->is_handler[i] && wf->steps[i].id)
			strmap_put(&wf->handler_ids, wf->steps[i].id, (void *)wf->steps[i].id);
	wf->steps = steps;
	wf->n_steps = n;
	wf->n_graph_steps = n_graph;
}
