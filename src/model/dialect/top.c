/*
 * The top of the document: its id, what starts it, groups of tasks, checkpoints, and what is said nowhere
 * in it because it goes without saying there.
 */
#include <string.h>
#include <strings.h>

#include "dialect_impl.h"

void top_id(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
	    struct tree_map *out)
{
	(void)word;
	if (!tree_is_scalar(&pair->value)) {
		tree_wrong(d, &pair->value, "id", "a string");
		return;
	}
	if (strcmp(pair->value.text, d->id) == 0)
		return;
	if (!yaml_get(d->root, "name"))
		tree_put(d, out, &pair->key, "name", pair->value);
	diag_advice(d->diags, pair->value.span, "the id is the name of the file: 'git wf run %s'",
		    d->id);
}

/* ---- trigger ---- */

/* What they call it. NULL: unknown. */
static const char *kind_of(struct dialect *d, const char *word)
{
	static const char *const others[][2] = {
		{ "cron", "schedule" }, { "scheduled", "schedule" }, { "file_change", "watch" },
		{ "file", "watch" },	{ "api", "webhook" },
	};
	char *dashed = arena_strdup(d->arena, word);

	for (char *c = dashed; *c; c++)
		if (*c == '_')
			*c = '-';
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strcmp(others[i][0], word) == 0)
			return others[i][1];
	return schema_find(AT_ON, dashed) ? dashed : NULL;
}

static void put_kind(struct dialect *d, const struct yaml_node *at, const char *word,
		     const struct yaml_node *config, struct tree_map *on)
{
	const char *kind = kind_of(d, word);
	const struct schema_row *row = kind ? schema_find(AT_ON, kind) : NULL;
	struct yaml_node nothing = tree_plain(YAML_NULL, at->span, "null");
	bool is_empty = !config || (config->kind == YAML_MAP && !config->n_pairs);

	if (!kind)
		diag_error(d->diags, at->span, "no trigger '%.60s' is known", word);
	else if (row->is_later)
		diag_warning(d->diags, at->span,
			     "'%s' does not start workflows yet: this one is started by hand",
			     kind);
	else if (!tree_get(on, kind))
		tree_add(d, on, at->span, kind, is_empty ? nothing : text_copy(d, config));
}

/* "manual|schedule|webhook" with a config of the kinds that are meant: those; else the first. */
static void put_kinds(struct dialect *d, const struct yaml_node *type,
		      const struct yaml_node *config, struct tree_map *on)
{
	const char *text = type->text;
	bool has_any = false;

	while (*text && strchr(type->text, '|')) {
		size_t len = strcspn(text, "|");
		const char *word = arena_strndup(d->arena, text, len);
		const struct yaml_node *own = config && config->kind == YAML_MAP
						      ? yaml_get(config, word)
						      : NULL;

		if (own) {
			put_kind(d, type, word, own, on);
			has_any = true;
		}
		text += len + (text[len] == '|');
	}
	if (!has_any)
		put_kind(d, type, tree_first(d, type).text, config, on);
}

/* `type: git_hook` with the hook's name in its config. */
static void put_hook(struct dialect *d, const struct yaml_node *type,
		     const struct yaml_node *config, struct tree_map *on)
{
	struct tree_map options = { 0 };
	const struct yaml_node *hook = NULL;
	struct yaml_node rest;

	for (size_t i = 0; config && config->kind == YAML_MAP && i < config->n_pairs; i++) {
		const struct yaml_pair *pair = &config->pairs[i];

		if (tree_is(&pair->key, "hook") || tree_is(&pair->key, "event"))
			hook = &pair->value;
		else
			tree_put(d, &options, &pair->key, pair->key.text, pair->value);
	}
	rest = tree_of_map(&options, type->span, true);
	if (hook && tree_is_scalar(hook))
		put_kind(d, hook, hook->text, &rest, on);
	else
		diag_error(d->diags, type->span, "'%s' needs 'hook' in its config", type->text);
}

static bool is_hook_word(const char *text)
{
	return strcmp(text, "git_hook") == 0 || strcmp(text, "git-hook") == 0 ||
	       strcmp(text, "hook") == 0 || strcmp(text, "git") == 0;
}

static void read_trigger(struct dialect *d, const struct yaml_node *node, struct tree_map *on)
{
	static const char *const keys[] = { "type", "config", NULL };
	const struct yaml_node *type = node, *config = NULL;

	if (node->kind == YAML_MAP) {
		type = yaml_get(node, "type");
		config = yaml_get(node, "config");
		tree_check_keys(d, node, keys, "'trigger'");
	}
	if (!type || !tree_is_scalar(type))
		diag_error(d->diags, node->span, "'trigger' needs 'type'");
	else if (is_hook_word(type->text))
		put_hook(d, type, config, on);
	else
		put_kinds(d, type, config, on);
}

void top_trigger(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		 struct tree_map *out)
{
	const struct yaml_node *items;
	struct tree_map on = { 0 };
	size_t n;

	(void)word;
	items = tree_items(&pair->value, &n);
	for (size_t i = 0; i < n; i++)
		read_trigger(d, &items[i], &on);
	if (on.n)
		tree_put(d, out, &pair->key, "on", tree_of_map(&on, pair->value.span, false));
}

/* ---- parallel_groups ---- */

static void check_members(struct dialect *d, const struct yaml_node *steps)
{
	const struct yaml_node *items;
	size_t n;

	items = tree_items(steps, &n);
	for (size_t i = 0; i < n; i++)
		if (!survey_named(d, &items[i]))
			diag_error(d->diags, items[i].span,
				   "a group names no task of the document");
}

static void read_group(struct dialect *d, const struct yaml_node *group)
{
	const struct yaml_node *name = NULL, *steps = NULL, *limit = NULL;
	size_t n;

	for (size_t i = 0; group->kind == YAML_MAP && i < group->n_pairs; i++) {
		const struct yaml_pair *pair = &group->pairs[i];

		if (tree_is(&pair->key, "group") || tree_is(&pair->key, "name"))
			name = &pair->value;
		else if (tree_is(&pair->key, "steps") || tree_is(&pair->key, "tasks"))
			steps = &pair->value;
		else if (tree_is(&pair->key, "max_parallel"))
			limit = &pair->value;
		else
			diag_error(d->diags, pair->key.span, "unknown key '%.60s' in a group",
				   pair->key.text);
	}
	if (!name || !tree_is_scalar(name) || !steps) {
		diag_error(d->diags, group->span, "a group must be {group: NAME, steps: [IDS]}");
		return;
	}
	check_members(d, steps);
	tree_items(steps, &n);
	tree_add(d, &d->pools, name->span, name->text,
		 limit ? *limit
		       : tree_plain(YAML_NUMBER, name->span, arena_printf(d->arena, "%zu", n)));
}

void top_groups(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		struct tree_map *out)
{
	const struct yaml_node *items;
	size_t n;

	(void)word;
	(void)out;
	items = tree_items(&pair->value, &n);
	for (size_t i = 0; i < n; i++)
		read_group(d, &items[i]);
}

/* Where there is an order by needs nothing else is in the way of it. */
void top_parallel(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		  struct tree_map *out)
{
	(void)word;
	if (pair->value.kind != YAML_BOOL)
		diag_error(d->diags, pair->value.span, "'parallel' must be true or false");
	else if (d->is_listed && d->task && !d->task->outer &&
		 strcasecmp(pair->value.text, "true") == 0)
		tree_put(d, out, &pair->key, "parallel", pair->value);
}

/* ---- rollback.checkpoints ---- */

/* An id, or "after_ID" and "before_ID". */
static struct yaml_node checkpoint_of(struct dialect *d, const struct yaml_node *item)
{
	static const char *const words[] = { "after", "before" };
	const char *key = "after", *id = item->text;
	struct tree_map map = { 0 };

	if (!tree_is_scalar(item))
		return walk_map(d, AT_CHECKPOINT, item);
	for (size_t i = 0; i < ARRAY_SIZE(words) && !survey_seat(d, item->text); i++) {
		size_t len = strlen(words[i]);

		if (strncmp(item->text, words[i], len) == 0 && strchr("_-: ", item->text[len])) {
			key = words[i];
			id = item->text + len + strspn(item->text + len, "_-: ");
		}
	}
	tree_add(d, &map, item->span, key, tree_retext(item, survey_name(d, id)));
	return tree_of_map(&map, item->span, true);
}

void top_checkpoints(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		     struct tree_map *out)
{
	tree_put(d, out, &pair->key, words_key(word),
		 tree_each(d, &pair->value, true, checkpoint_of));
}

/* ---- the end ---- */

static void add_conditions(struct dialect *d, struct tree_map *out)
{
	struct yaml_node *steps = tree_get(out, "steps");
	struct tree_list all = { 0 };

	if (!d->conditions.n || !steps || steps->kind != YAML_SEQ)
		return;
	for (size_t i = 0; i < steps->n_items; i++)
		tree_append(d, &all, steps->items[i]);
	for (size_t i = 0; i < d->conditions.n; i++)
		tree_append(d, &all, d->conditions.v[i]);
	*steps = tree_of_list(&all, steps->span, steps->flow);
}

/* What goes without saying there: nothing is remembered, a shell goes on after a command that failed. */
static void add_defaults(struct dialect *d)
{
	struct span at = d->root->span;
	struct tree_list shell = { 0 };

	if (!tree_get(&d->defaults, "shell")) {
		tree_append(d, &shell, yaml_string(at, "sh"));
		tree_append(d, &shell, yaml_string(at, "-c"));
		tree_add(d, &d->defaults, at, "shell", tree_of_list(&shell, at, true));
	}
	if (!tree_get(&d->defaults, "cache"))
		tree_add(d, &d->defaults, at, "cache", tree_plain(YAML_BOOL, at, "false"));
}

void top_finish(struct dialect *d, struct tree_map *out)
{
	const struct yaml_node *steps;

	add_conditions(d, out);
	steps = tree_get(out, "steps");
	if (d->is_listed && steps && steps->kind == YAML_SEQ && steps->n_items > 1)
		tree_add(d, out, d->tasks->span, "order", yaml_string(d->tasks->span, "listed"));
	add_defaults(d);
	tree_merge(d, out, "defaults", &d->defaults);
	tree_merge(d, out, "params", &d->new_params);
	tree_merge(d, out, "pools", &d->pools);
	tree_merge(d, out, "error_handlers", &d->new_handlers);
	tree_merge(d, out, "notify", &d->notify);
}
