/*
 * What a task needs, reads and writes by name: ids of others, logical inputs and outputs.
 */
#include <ctype.h>
#include <string.h>

#include "dialect_impl.h"

/* A handler does not wait for what calls it: that is what calling means. */
static bool is_caller(const struct dialect *d, const char *id)
{
	const struct seat *own = survey_seat(d, d->task->id);

	return own && own->called_by && strcmp(own->called_by, id) == 0;
}

void names_needs(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		 struct tree_map *out)
{
	const struct yaml_node *items;
	struct tree_list needs = { 0 };
	size_t n;

	(void)word;
	items = tree_items(&pair->value, &n);
	for (size_t i = 0; i < n; i++) {
		if (!tree_is_scalar(&items[i]))
			tree_append(d, &needs, items[i]);
		else if (!d->task || !is_caller(d, items[i].text))
			tree_append(d, &needs,
				    tree_retext(&items[i], survey_name(d, items[i].text)));
	}
	if (needs.n)
		tree_put(d, out, &pair->key, "needs", tree_of_list(&needs, pair->value.span, true));
}

/* [a-z][a-z0-9_]* of a logical name. */
static const char *param_name(struct dialect *d, const char *name)
{
	char *copy = arena_strdup(d->arena, name);

	for (char *c = copy; *c; c++)
		*c = *c == '-' ? '_' : (char)tolower((unsigned char)*c);
	return copy;
}

/* Nothing of that name is there: whoever runs the workflow says it. */
static void require_param(struct dialect *d, const struct yaml_node *item, const char *name)
{
	struct tree_map param = { 0 };

	strmap_put(&d->params, name, d);
	tree_add(d, &param, item->span, "required", tree_plain(YAML_BOOL, item->span, "true"));
	tree_add(d, &d->new_params, item->span, name, tree_of_map(&param, item->span, true));
}

/* A parameter is no file: what the task runs finds it in its environment, an action in its `with`. */
static void hand_param(struct dialect *d, const struct yaml_node *item, const char *name)
{
	const char *text = arena_join(d->arena, "${params.", name, "}");
	struct yaml_node value = yaml_string(item->span, text);

	tree_add(d, &d->task->with, item->span, item->text, value);
	tree_add(d, &d->task->env, item->span, name, value);
}

static void read_logical(struct dialect *d, const struct yaml_node *item, struct tree_list *paths)
{
	const char *param = param_name(d, item->text);
	const struct seat *writer = strmap_get(&d->artifacts, item->text);

	if (writer && writer->node != d->task->node) {
		tree_append(d, paths,
			    tree_retext(item, arena_join(d->arena, "artifact:", item->text, "")));
		return;
	}
	if (!strmap_get(&d->params, param)) {
		if (command_has_file(d, item->text)) {
			tree_append(d, paths, *item);
			return;
		}
		require_param(d, item, param);
	}
	hand_param(d, item, param);
}

void names_add_inputs(struct dialect *d, const struct yaml_node *list, struct tree_list *paths)
{
	const struct yaml_node *items;
	size_t n;

	items = tree_items(list, &n);
	for (size_t i = 0; i < n; i++) {
		if (d->task && items[i].kind == YAML_STRING && survey_is_bare(items[i].text))
			read_logical(d, &items[i], paths);
		else
			tree_append(d, paths, text_copy(d, &items[i]));
	}
}

void names_inputs(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		  struct tree_map *out)
{
	struct tree_list paths = { 0 };

	(void)word;
	names_add_inputs(d, &pair->value, &paths);
	if (paths.n)
		tree_put(d, out, &pair->key, "inputs",
			 tree_of_list(&paths, pair->value.span, true));
}

void names_add_outputs(struct dialect *d, const struct yaml_node *list, struct tree_list *paths)
{
	const struct yaml_node *items;
	size_t n;

	items = tree_items(list, &n);
	for (size_t i = 0; i < n; i++) {
		struct yaml_node item = text_copy(d, &items[i]);

		if (d->task && item.kind == YAML_STRING && survey_is_bare(item.text)) {
			tree_append(d, &d->task->names_out, item);
			item = tree_retext(&item, arena_join(d->arena, "artifact:", item.text, ""));
		}
		tree_append(d, paths, item);
	}
}

void names_unwritten(struct dialect *d, struct span at, struct tree_map *out)
{
	if (d->task->names_out.n && !survey_get(d->task->node, "unwritten"))
		tree_add(d, out, at, "unwritten", yaml_string(at, "stdout"));
}

void names_outputs(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		   struct tree_map *out)
{
	struct tree_list paths = { 0 };

	(void)word;
	names_add_outputs(d, &pair->value, &paths);
	if (paths.n)
		tree_put(d, out, &pair->key, "outputs",
			 tree_of_list(&paths, pair->value.span, true));
	if (d->task)
		names_unwritten(d, pair->value.span, out);
}
