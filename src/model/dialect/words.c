/*
 * The table of spellings, whether a document has one of them, and the translation of a whole document.
 */
#include <string.h>

#include "dialect_impl.h"

/* clang-format off */
static const struct word words[] = {
	/* ---- the top ---- */
	{ AT_WORKFLOW, "tasks", "steps", task_list, "*steps*" },
	{ AT_WORKFLOW, "steps", NULL, task_list, NULL },
	{ AT_WORKFLOW, "id", NULL, top_id, NULL },
	{ AT_WORKFLOW, "config", "", walk_config, "its keys, as if they stood beside it" },
	{ AT_WORKFLOW, "environment", "env", walk_rename, "*env*" },
	{ AT_WORKFLOW, "trigger", "on", top_trigger,
	  "{type, config}: *on*; of several kinds, \"manual|schedule\", those that have a config, else the first. A kind that nothing starts yet is a warning" },
	{ AT_WORKFLOW, "notifications", "notify", tell_notifications,
	  "{channels, on\\_completion, on\\_failure}: *notify*" },
	{ AT_WORKFLOW, "alerts", "notify", tell_alerts,
	  "a list of {name, condition, channels, template}: *notify.rules*; _execution_ is *run*, durations are in milliseconds" },
	{ AT_WORKFLOW, "notify", NULL, tell_notify, NULL },
	{ AT_WORKFLOW, "success_actions", "on_success", calls_names, "*on\\_success*" },
	{ AT_WORKFLOW, "on_success", NULL, calls_names, NULL },
	{ AT_WORKFLOW, "on_failure", NULL, calls_names, NULL },
	{ AT_WORKFLOW, "finally", NULL, calls_names, NULL },
	{ AT_WORKFLOW, "error_handlers", NULL, calls_handlers, NULL },
	{ AT_WORKFLOW, "parallel_groups", "pools", top_groups,
	  "a list of {group, steps, max\\_parallel}: *pools*, and *pool* in those steps; without needs they overlap (*parallel*)" },
	{ AT_WORKFLOW, "conditions", "if", conditions_read,
	  "a list of {if, then, else}: *if* of the steps that are named; other names are called by a step at the end. A bare name in it is *run.outputs.NAME*" },
	{ AT_WORKFLOW, "before", "requires", walk_gates, "*requires*, with *run*" },
	{ AT_WORKFLOW, "after", "ensures", walk_gates, "*ensures*, with *run*" },
	{ AT_WORKFLOW, "retry", "", walk_defaults, NULL },
	{ AT_WORKFLOW, "retry_count", "", walk_defaults, "as in a task, for all of them" },
	{ AT_WORKFLOW, "cwd", "", walk_defaults, NULL },
	{ AT_WORKFLOW, "working_directory", "", walk_defaults, "*dir* of all tasks" },

	/* ---- a task ---- */
	{ AT_STEP, "command", "run", command_read,
	  "*run*; _@x_ is *action*: x where .workflows/actions/x is there, else *agent*: x where .workflows/agents/x.md is, else the configured agent is told what the task is" },
	{ AT_STEP, "run", NULL, command_read, NULL },
	{ AT_STEP, "depends_on", "needs", names_needs, "*needs*" },
	{ AT_STEP, "needs", NULL, names_needs, NULL },
	{ AT_STEP, "condition", "if", walk_expr, "*if*" },
	{ AT_STEP, "environment", "env", walk_rename, "*env*" },
	{ AT_STEP, "cwd", "dir", walk_rename, "*dir*" },
	{ AT_STEP, "working_directory", "dir", walk_rename, "*dir*" },
	{ AT_STEP, "retry_count", "retry", walk_retry_count, "N more tries: *retry*: {attempts: N+1}" },
	{ AT_STEP, "live_output", "live", walk_rename, "*live*" },
	{ AT_STEP, "before", "requires", walk_gates, "*requires*, with *run*" },
	{ AT_STEP, "after", "ensures", walk_gates, "*ensures*, with *run*" },
	{ AT_STEP, "success_actions", "on_success", calls_names, "*on\\_success*" },
	{ AT_STEP, "on_success", NULL, calls_names, NULL },
	{ AT_STEP, "on_failure", NULL, calls_on_failure, NULL },
	{ AT_STEP, "max_attempts", "attempts", walk_rename,
	  "how often *fix\\_and\\_retry* may fix, else *retry.attempts*" },
	{ AT_STEP, "config", "", walk_config, "its keys, as if they stood beside it" },
	{ AT_STEP, "type", "", walk_rename, "which keys are the action, see below" },
	{ AT_STEP, "tasks", "steps", task_nested, "*steps*" },
	{ AT_STEP, "steps", NULL, task_nested, NULL },
	{ AT_STEP, "parallel", NULL, top_parallel, NULL },
	{ AT_STEP, "inputs", NULL, names_inputs, NULL },
	{ AT_STEP, "outputs", NULL, names_outputs, NULL },

	/* ---- what stands in them ---- */
	{ AT_DEFAULTS, "retry_count", "retry", walk_retry_count, "N more tries" },
	{ AT_DEFAULTS, "cwd", "dir", walk_rename, "*dir*" },
	{ AT_DEFAULTS, "working_directory", "dir", walk_rename, "*dir*" },
	{ AT_DEFAULTS, "on_failure", NULL, calls_on_failure, NULL },
	{ AT_RETRY, "max_attempts", "attempts", walk_rename, "*attempts*" },
	{ AT_RETRY, "delay", NULL, walk_ms, NULL },
	{ AT_RETRY, "max_delay", NULL, walk_ms, NULL },
	{ AT_HANDLER, "max_attempts", "attempts", walk_rename, "*attempts*" },
	{ AT_HANDLER, "command", "run", command_read, "*run*" },
	{ AT_HANDLER, "action", NULL, calls_action, NULL },
	{ AT_HANDLER, "notify", NULL, tell_handler, NULL },
	{ AT_ON_FAILURE, "max_attempts", "attempts", walk_rename, "*attempts*" },
	{ AT_ON_FAILURE, "command", "run", command_read, "*run*" },
	{ AT_ON_FAILURE, "action", NULL, calls_action, NULL },
	{ AT_ROLLBACK, "enabled", NULL, walk_drop_true, NULL },
	{ AT_ROLLBACK, "checkpoints", NULL, top_checkpoints, NULL },
	{ AT_ROLLBACK, "cleanup_actions", "cleanup", calls_cleanup, "*cleanup*" },
	{ AT_ROLLBACK, "cleanup", NULL, calls_cleanup, NULL },
	{ AT_GATE, "command", "run", walk_rename, "*run*" },
};
/* clang-format on */

const struct word *words_find(enum schema_place place, const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].place == place && strcmp(words[i].theirs, key) == 0)
			return &words[i];
	return NULL;
}

const char *words_key(const struct word *word)
{
	return word->ours ? word->ours : word->theirs;
}

/* ---- is it spoken? ---- */

/* A key that only the dialect has; word NULL: none. */
struct spoken {
	const struct word *word;
	const struct yaml_node *key;
};

static struct spoken find_word(enum schema_place place, const struct yaml_node *map);

static struct spoken find_word_in(enum schema_place place, const struct yaml_node *node)
{
	struct spoken found = { 0 };

	if (!node)
		return found;
	if (node->kind == YAML_MAP)
		return find_word(place, node);
	for (size_t i = 0; node->kind == YAML_SEQ && i < node->n_items && !found.word; i++)
		found = find_word(place, &node->items[i]);
	return found;
}

/* Where a word may stand below a key. */
static const struct {
	enum schema_place place;
	const char *key;
	enum schema_place inner;
} below[] = {
	{ AT_WORKFLOW, "steps", AT_STEP },
	{ AT_WORKFLOW, "finally", AT_STEP },
	{ AT_WORKFLOW, "defaults", AT_DEFAULTS },
	{ AT_WORKFLOW, "rollback", AT_ROLLBACK },
	{ AT_WORKFLOW, "on_success", AT_STEP },
	{ AT_WORKFLOW, "on_failure", AT_STEP },
	{ AT_STEP, "steps", AT_STEP },
	{ AT_STEP, "retry", AT_RETRY },
	{ AT_STEP, "on_failure", AT_ON_FAILURE },
	{ AT_DEFAULTS, "retry", AT_RETRY },
};

static struct spoken find_word(enum schema_place place, const struct yaml_node *map)
{
	const struct yaml_node *handlers;
	struct spoken found = { 0 };

	if (map->kind != YAML_MAP)
		return found;
	for (size_t i = 0; i < map->n_pairs; i++) {
		const struct yaml_node *key = &map->pairs[i].key;
		const struct word *word = key->kind == YAML_BAD ? NULL
								: words_find(place, key->text);

		if (word && word->ours && !schema_find(place, word->theirs))
			return (struct spoken){ word, key };
	}
	for (size_t i = 0; i < ARRAY_SIZE(below) && !found.word; i++)
		if (below[i].place == place)
			found = find_word_in(below[i].inner, yaml_get(map, below[i].key));
	handlers = place == AT_WORKFLOW ? yaml_get(map, "error_handlers") : NULL;
	for (size_t i = 0;
	     handlers && handlers->kind == YAML_MAP && i < handlers->n_pairs && !found.word; i++)
		found = find_word(AT_HANDLER, &handlers->pairs[i].value);
	return found;
}

bool dialect_is_spoken(const struct yaml_node *root)
{
	return find_word(AT_WORKFLOW, root).word != NULL;
}

/* ---- is it meant? ---- */

/* `steps`, and one of them with `run`: the author writes as we do. */
static bool is_ours_else(const struct yaml_node *root)
{
	const struct yaml_node *steps = yaml_get(root, "steps");

	for (size_t i = 0; steps && steps->kind == YAML_SEQ && i < steps->n_items; i++)
		if (steps->items[i].kind == YAML_MAP && yaml_get(&steps->items[i], "run"))
			return true;
	return false;
}

/* One word from elsewhere, out of habit, changes what the whole file means. */
static void warn_if_mixed(struct dialect *d)
{
	struct spoken found = find_word(AT_WORKFLOW, d->root);
	struct diag *diag;

	if (!found.word || !is_ours_else(d->root))
		return;
	diag = diag_warning(
		d->diags, found.key->span,
		"'%s' is of another vocabulary, and so the whole file is read: nothing is "
		"cached, steps without needs go as listed, a shell goes on after an error",
		found.key->text);
	/* Where it is no more than another name. */
	if (found.word->read != walk_retry_count && *found.word->ours &&
	    schema_find(found.word->place, found.word->ours))
		diag_hint(d->diags, diag, "write '%s'; git-wf-dialect(5) tells what differs",
			  found.word->ours);
	else
		diag_hint(d->diags, diag, "git-wf-dialect(5) tells what differs");
}

/* ---- the whole ---- */

/* `defaults` first: what is said at the top for all joins them. */
static void read_defaults(struct dialect *d)
{
	const struct yaml_node *own = yaml_get(d->root, "defaults");

	for (size_t i = 0; own && own->kind == YAML_MAP && i < own->n_pairs; i++)
		walk_pair(d, AT_DEFAULTS, &own->pairs[i], &d->defaults);
}

const struct yaml_node *dialect_translate(struct arena *arena, const char *id,
					  const struct yaml_node *root,
					  const struct dialect_world *world, bool keeps_columns,
					  struct diags *diags)
{
	struct dialect d = { .arena = arena,
			     .diags = diags,
			     .world = world,
			     .id = id,
			     .root = root,
			     .keeps_columns = keeps_columns };
	struct yaml_node *result = ARENA_NEW(arena, struct yaml_node);
	struct tree_map out = { 0 };

	if (keeps_columns)
		warn_if_mixed(&d);
	survey(&d);
	read_defaults(&d);
	for (size_t i = 0; i < root->n_pairs; i++)
		if (strcmp(root->pairs[i].key.text, "defaults") != 0 ||
		    root->pairs[i].value.kind != YAML_MAP)
			walk_pair(&d, AT_WORKFLOW, &root->pairs[i], &out);
	top_finish(&d, &out);
	*result = tree_of_map(&out, root->span, root->flow);
	strmap_release(&d.seats);
	strmap_release(&d.artifacts);
	strmap_release(&d.params);
	return result;
}

/* ---- the manual ---- */

static void add_escaped(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '_')
			strbuf_addch(out, '\\');
		strbuf_addch(out, *text);
	}
}

void dialect_write_manual(struct strbuf *out)
{
	enum schema_place place = AT_PLACES;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!words[i].doc)
			continue;
		if (words[i].place != place) {
			place = words[i].place;
			strbuf_addf(out, "## In %s\n\n", schema_place_name(place));
		}
		strbuf_addch(out, '*');
		add_escaped(out, words[i].theirs);
		strbuf_addf(out, "*\n\t%s.\n\n", words[i].doc);
	}
	strbuf_addstr(out, "## By type of a task\n\n");
	for (size_t i = 0; i < types_n_rows; i++) {
		strbuf_addch(out, '*');
		add_escaped(out, types_rows[i].name);
		strbuf_addf(out, "*\n\t%s.\n\n", types_rows[i].doc);
	}
}
