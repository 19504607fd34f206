/*
 * `rollback`: its strategy, what snapshots take as well, its checkpoints.
 */
#include <string.h>

#include "parse_impl.h"

enum { MAX_CHECKPOINTS = 1000 };

/* One item: which of its two keys stood there. */
struct checkpoint_draft {
	struct name_ref after, before;
};

/* "deploy/test": a step in a group. */
static bool is_id_or_way(struct reader *reader, const char *text)
{
	for (;; text++) {
		size_t len = strcspn(text, "/");

		if (!workflow_id_is_valid(arena_strndup(&reader->scratch, text, len)))
			return false;
		text += len;
		if (!*text)
			return true;
	}
}

static void read_step(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct name_ref *ref = into;

	if (!parse_is_scalar(node)) {
		parse_wrong_type(reader, row, node);
		return;
	}
	if (!is_id_or_way(reader, node->text)) {
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

static void read_strategy(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	struct rollback *rollback = &((struct workflow *)into)->rollback;
	int choice = parse_choice(reader, row, node);

	if (choice < 0)
		return;
	rollback->has_strategy = true;
	rollback->strategy_at = node->span;
	rollback->strategy = (uint8_t)choice;
}

/* A snapshot asks git for them: what git takes for a pathspec's magic must not get there. */
static void read_include(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct rollback *rollback = &((struct workflow *)into)->rollback;

	parse_strings(reader, row, node, &rollback->include, &rollback->n_include);
	for (size_t i = 0; i < rollback->n_include; i++) {
		const char *glob = rollback->include[i];

		if (!*glob || *glob == '/' || *glob == ':' || *glob == '!' || !strcmp(glob, "..") ||
		    !strncmp(glob, "../", 3) || strstr(glob, "/../"))
			diag_error(reader->diags, node->span,
				   "'%.60s' is no path or glob from the top of the repository",
				   glob);
	}
}

static void read_cleanup(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	const struct yaml_node *items;
	size_t n;

	(void)into;
	if (parse_list(reader, row, node, &items, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (parse_item_ok(reader, row, &items[i]))
			parse_call_names(reader, &items[i], CALL_ON_ROLLBACK);
}

static const struct field rollback_fields[] = {
	{ "cleanup", 0, read_cleanup },
	{ "strategy", 0, read_strategy },
	{ "include", 0, read_include },
	{ "checkpoints", 0, read_checkpoints },
};

const struct field_table parse_rollback_fields = { ARRAY_SIZE(rollback_fields), rollback_fields };

void parse_rollback(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *workflow)
{
	struct workflow *wf = workflow;

	wf->rollback.is_there = true;
	if (node->kind != YAML_MAP)
		parse_wrong_type(reader, row, node);
	else
		parse_fields(reader, AT_ROLLBACK, node, workflow);
}

enum rollback_strategy workflow_rollback(const struct workflow *wf)
{
	if (wf->rollback.has_strategy)
		return (enum rollback_strategy)wf->rollback.strategy;
	if (wf->rollback.is_there)
		return ROLLBACK_RUN;
	for (size_t i = 0; i < wf->n_steps; i++)
		if (wf->steps[i].on_failure == ON_FAILURE_ROLLBACK ||
		    wf->steps[i].action == ACTION_COMMIT || wf->steps[i].agent ||
		    wf->steps[i].on_failure == ON_FAILURE_FIX)
			return ROLLBACK_RUN;
	return ROLLBACK_NONE;
}
