/*
 * Lists of steps: where each stands, what a group hands on to those in it, what runs at the end.
 */
#include <string.h>

#include "parse_impl.h"

/* Where a step stands: in which list, and what it begins with. */
struct place {
	const struct step_draft *base;
	uint32_t parent, before; /* index, or WF_NONE */
	bool is_finally;
	bool has_names; /* a name in the list is called… */
	uint8_t on;	/* …(enum call_on)… */
	bool calls;	/* …and so is each step that stands there */
};

static void read_list(struct reader *reader, const struct yaml_node *list, struct place place);

/* What a group says for each of its steps. */
static void read_children(struct reader *reader, const struct step_draft *group, uint32_t index,
			  bool is_finally)
{
	struct step_draft base = reader->defaults;
	struct place place = {
		.base = &base, .parent = index, .before = WF_NONE, .is_finally = is_finally
	};

	if (!group->steps || group->steps->kind != YAML_SEQ)
		return;
	base.step.dir = group->step.dir;
	base.step.shell = group->step.shell;
	base.step.pool = group->step.pool;
	base.step.live = group->step.live;
	read_list(reader, group->steps, place);
}

/* What a group requires, or ensures, is a step in it: before, or after, its others. */
static void add_gates(struct reader *reader, const struct step_draft *draft, uint32_t index,
		      const struct gates *gates, enum step_role role)
{
	struct workflow *wf = reader->wf;
	const struct step *around = &wf->steps[index];
	struct group *group = (struct group *)around->group;
	struct step *step = &wf->steps[wf->n_steps];

	if (!gates->n || !around->id)
		return;
	parse_init_gate_step(step, role, gates);
	step->id = arena_join(reader->arena, around->id,
			      role == ROLE_REQUIRES ? ".requires" : ".ensures", "");
	step->span = gates->v[0].span;
	step->index = (uint32_t)wf->n_steps++;
	step->parent = index;
	step->is_finally = around->is_finally;
	step->unit = around->unit;
	step->dir = draft->step.dir;
	group->children[group->n_children++] = step->index;
	vec_push(&reader->step_calls, (struct call_list){ 0 });
}

/* Those of `uses` come to their places later. */
static void add_inside(struct reader *reader, const struct step_draft *draft, uint32_t index)
{
	struct step *step = &reader->wf->steps[index];
	struct group *group = (struct group *)step->group;
	size_t n = draft->steps && draft->steps->kind == YAML_SEQ ? draft->steps->n_items : 0;

	group->children = ARENA_ARRAY(reader->arena, uint32_t, n + GATE_STEPS);
	read_children(reader, draft, index, step->is_finally);
	add_gates(reader, draft, index, &draft->step.requires, ROLE_REQUIRES);
	add_gates(reader, draft, index, &draft->step.ensures, ROLE_ENSURES);
	step->requires = step->ensures = (struct gates){ 0 };
}

static void add_step(struct reader *reader, const struct step_draft *draft,
		     const struct place *place)
{
	struct workflow *wf = reader->wf;
	struct step *step = &wf->steps[wf->n_steps];
	uint32_t index = (uint32_t)wf->n_steps++;

	*step = draft->step;
	vec_push(&reader->step_calls, draft->calls);
	step->is_finally = place->is_finally;
	step->index = index;
	step->parent = place->parent;
	step->before = place->before;
	step->unit = wf->units[0];
	if (step->id && place->parent != WF_NONE && wf->steps[place->parent].id)
		step->id = arena_printf(reader->arena, "%s/%s", wf->steps[place->parent].id,
					step->id);
	if (!step->group)
		return;
	step->pool = (struct name_ref){ .index = WF_NONE };
	add_inside(reader, draft, index);
}

static void read_step(struct reader *reader, const struct yaml_node *node,
		      const struct place *place)
{
	struct step_draft draft = *place->base;
	struct diag *diag;

	if (node->kind != YAML_MAP) {
		diag = diag_error(reader->diags, node->span, "a step must be a mapping, not %s",
				  yaml_kind_name(node));
		if (parse_is_scalar(node))
			diag_hint(reader->diags, diag, "write {id: NAME, run: COMMAND}");
		return;
	}
	parse_fields(reader, AT_STEP, node, &draft);
	parse_finish_step(reader, node, &draft);
	add_step(reader, &draft, place);
}

static void read_list(struct reader *reader, const struct yaml_node *list, struct place place)
{
	struct workflow *wf = reader->wf;
	struct group *group = place.parent == WF_NONE
				      ? NULL
				      : (struct group *)wf->steps[place.parent].group;

	for (size_t i = 0; i < list->n_items; i++) {
		uint32_t index = (uint32_t)wf->n_steps;

		if (list->items[i].kind == YAML_BAD)
			continue;
		if (place.has_names && parse_is_scalar(&list->items[i])) {
			parse_call_names(reader, &list->items[i], place.on);
			continue;
		}
		read_step(reader, &list->items[i], &place);
		if (wf->n_steps == index)
			continue;
		if (group)
			group->children[group->n_children++] = index;
		if (place.calls)
			parse_add_call(reader, &reader->calls,
				       (struct call_draft){ .on = place.on, .step = index });
		place.before = index;
	}
}

/* Those in groups too, and what may stand for the gates of each. */
static size_t count_all(const struct yaml_node *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n_items; i++) {
		const struct yaml_node *item = &list->items[i], *nested;

		n++;
		if (item->kind != YAML_MAP)
			continue;
		nested = yaml_get(item, "steps");
		if (nested && nested->kind == YAML_SEQ)
			n += count_all(nested);
		if (yaml_get(item, "requires") || yaml_get(item, "ensures"))
			n += GATE_STEPS;
	}
	return n;
}

static size_t count_steps(struct reader *reader, const struct yaml_node *list, const char *key)
{
	struct diag *diag;

	if (!list || list->kind == YAML_BAD)
		return 0;
	if (list->kind == YAML_SEQ)
		return count_all(list);
	diag = parse_wrong_type(reader, schema_find(AT_WORKFLOW, key), list);
	if (list->kind == YAML_MAP)
		diag_hint(reader->diags, diag, "begin each step with '- id: NAME'");
	return 0;
}

/* Names, or steps, that are run at the end: a list, or one name. */
static void read_at_end(struct reader *reader, const struct yaml_node *node, size_t n,
			enum call_on on)
{
	struct place place = { .base = &reader->defaults,
			       .parent = WF_NONE,
			       .before = WF_NONE,
			       .is_finally = true,
			       .has_names = true,
			       .on = (uint8_t)on,
			       .calls = on != CALL_ALWAYS };

	if (node && parse_is_scalar(node))
		parse_call_names(reader, node, on);
	else if (n)
		read_list(reader, node, place);
}

static size_t count_at_end(struct reader *reader, const struct yaml_node *node, const char *key)
{
	return node && parse_is_scalar(node) ? 0 : count_steps(reader, node, key);
}

void parse_steps(struct reader *reader)
{
	size_t n_graph = count_steps(reader, reader->steps, "steps");
	size_t n_finally = count_at_end(reader, reader->finally, "finally");
	size_t n_success = count_at_end(reader, reader->on_success, "on_success");
	size_t n_failure = count_at_end(reader, reader->on_failure, "on_failure");
	struct workflow *wf = reader->wf;
	struct place place = { .base = &reader->defaults, .parent = WF_NONE, .before = WF_NONE };

	wf->steps = ARENA_ARRAY(reader->arena, struct step,
				n_graph + n_finally + n_success + n_failure + GATE_STEPS);
	if (n_graph)
		read_list(reader, reader->steps, place);
	wf->n_graph_steps = wf->n_steps;
	read_at_end(reader, reader->finally, n_finally, CALL_ALWAYS);
	read_at_end(reader, reader->on_success, n_success, CALL_ON_SUCCESS);
	read_at_end(reader, reader->on_failure, n_failure, CALL_ON_FAILURE);
	if (reader->steps && reader->steps->kind == YAML_SEQ && !n_graph)
		diag_error(reader->diags, reader->steps->span, "'steps' is empty");
}
