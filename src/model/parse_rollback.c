/*
 * `rollback`, so far: its checkpoints.
 */
#include "parse_impl.h"

enum { MAX_CHECKPOINTS = 1000 };

/* One item: which of its two keys stood there. */
struct checkpoint_draft {
	struct name_ref after, before;
};

static void read_step(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct name_ref *ref = into;

	if (!parse_is_scalar(node)) {
		parse_wrong_type(reader, row, node);
		return;
	}
	if (!workflow_id_is_valid(node->text)) {
		diag_error(reader->diags, node->span, "'%.60s' is no id", node->text);
		return;
	}
	ref->name = parse_copy(reader, node);
	ref->span = node->span;
	ref->index = WF_NONE;
}

static const struct field checkpoint_fields[] = {
	{ "after", offsetof(struct checkpoint_draft, after), read_step },
	{ "before", offsetof(struct checkpoint_draft, before), read_step },
};

const struct field_table parse_checkpoint_fields = { ARRAY_SIZE(checkpoint_fields),
						     checkpoint_fields };

static void read_checkpoint(struct reader *reader, const struct yaml_node *item,
			    struct workflow *wf)
{
	struct checkpoint_draft draft = { 0 };
	struct declared_checkpoint *checkpoint = &wf->checkpoints[wf->n_checkpoints];

	if (item->kind == YAML_BAD)
		return;
	if (item->kind != YAML_MAP || item->n_pairs != 1) {
		diag_error(reader->diags, item->span,
			   "a checkpoint must be {after: ID} or {before: ID}");
		return;
	}
	parse_fields(reader, AT_CHECKPOINT, item, &draft);
	checkpoint->is_before = draft.before.name != NULL;
	checkpoint->step = checkpoint->is_before ? draft.before : draft.after;
	wf->n_checkpoints += checkpoint->step.name != NULL;
}

static void read_checkpoints(struct reader *reader, const struct schema_row *row,
			     const struct yaml_node *node, void *into)
{
	struct workflow *wf = into;

	if (node->kind != YAML_SEQ) {
		parse_wrong_type(reader, row, node);
		return;
	}
	if (node->n_items > MAX_CHECKPOINTS) {
		diag_error(reader->diags, node->span, "more than %d checkpoints", MAX_CHECKPOINTS);
		return;
	}
	wf->checkpoints = ARENA_ARRAY(reader->arena, struct declared_checkpoint, node->n_items);
	for (size_t i = 0; i < node->n_items; i++)
		read_checkpoint(reader, &node->items[i], wf);
}

static const struct field rollback_fields[] = {
	{ "checkpoints", 0, read_checkpoints },
};

const struct field_table parse_rollback_fields = { ARRAY_SIZE(rollback_fields), rollback_fields };

void parse_rollback(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *workflow)
{
	if (node->kind != YAML_MAP)
		parse_wrong_type(reader, row, node);
	else
		parse_fields(reader, AT_ROLLBACK, node, workflow);
}
