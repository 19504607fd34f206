/*
 * The gates of a workflow as a whole: `requires` and `ensures` at its top, and of a file of its own. Each list
 * is a step of gates, before the first step and after the last.
 */
#include <string.h>

#include "parse_impl.h"

void parse_init_gate_step(struct step *step, enum step_role role, const struct gates *gates)
{
	*step = parse_bare_step(ACTION_GATES, (struct span){ 0 });
	step->parent = step->before = WF_NONE;
	step->role = (uint8_t)role;
	step->requires = *gates;
}

static struct step *gate_step(struct reader *reader, enum step_role role)
{
	static const struct gates none;

	struct workflow *wf = reader->wf;
	struct step *step;

	for (size_t i = 0; i < wf->n_steps; i++)
		if (wf->steps[i].role == role && wf->steps[i].parent == WF_NONE &&
		    !wf->steps[i].is_finally)
			return &wf->steps[i];
	step = &wf->steps[wf->n_steps];
	parse_init_gate_step(step, role, &none);
	step->id = role == ROLE_REQUIRES ? "workflow.requires" : "workflow.ensures";
	step->index = (uint32_t)wf->n_steps++;
	step->unit = wf->units[0];
	return step;
}

static void add_gates(struct reader *reader, const struct yaml_node *node, enum step_role role,
		      const char *file)
{
	const char *key = role == ROLE_REQUIRES ? "requires" : "ensures";
	struct step *step;

	if (!node || node->kind == YAML_BAD || (node->kind == YAML_SEQ && !node->n_items))
		return;
	step = gate_step(reader, role);
	if (!file)
		step->span = node->span;
	/* Before the first step, after the last: both are lists of `requires`, checked in one go. */
	parse_gates(reader, node, key, file, &step->requires);
}

void parse_workflow_gates(struct reader *reader, const char *file)
{
	add_gates(reader, reader->requires, ROLE_REQUIRES, file);
	add_gates(reader, reader->ensures, ROLE_ENSURES, file);
}

/* Only the two keys of gates mean something in such a file. */
static bool find_in_file(struct reader *reader, const struct yaml_node *root)
{
	static const char *const keys[] = { "requires", "ensures" };

	if (root->kind == YAML_SEQ) {
		reader->requires = root;
		return true;
	}
	if (root->kind != YAML_MAP) {
		diag_error(reader->diags, root->span,
			   "it must be a list of gates, or a mapping "
			   "with requires and ensures");
		return false;
	}
	for (size_t i = 0; i < root->n_pairs; i++) {
		const struct yaml_node *key = &root->pairs[i].key;
		const char *nearest;
		struct diag *diag;

		if (key->kind == YAML_BAD || !strcmp(key->text, keys[0]) ||
		    !strcmp(key->text, keys[1]))
			continue;
		diag = diag_error(reader->diags, key->span,
				  "unknown key '%.60s' in a file of gates", key->text);
		nearest = nearest_word(key->text, keys, ARRAY_SIZE(keys));
		if (nearest)
			diag_hint(reader->diags, diag, "did you mean '%s'?", nearest);
	}
	reader->requires = yaml_get(root, keys[0]);
	reader->ensures = yaml_get(root, keys[1]);
	return true;
}

int workflow_add_gates(struct workflow *wf, struct arena *arena, struct diags *diags)
{
	struct arena document CLEANUP(arena_release) = { 0 };
	const struct yaml_node *root = yaml_parse(&document, diags, workflow_is_json(diags->file));
	struct reader reader;

	if (!root)
		return -1;
	reader_init(&reader, arena, wf, diags);
	if (find_in_file(&reader, root))
		parse_workflow_gates(&reader, arena_strdup(arena, diags->file));
	for (size_t i = 0; i < wf->n_steps; i++)
		if (wf->steps[i].role != ROLE_STEP && wf->steps[i].parent == WF_NONE)
			check_gates(wf, &wf->steps[i], diags->file, diags);
	reader_release(&reader);
	return diags->n_errors ? -1 : 0;
}
