/*
 * `container`: what runs in which image, or is built.
 */
#include <string.h>

#include "action_impl.h"
#include "parse_impl.h"

#define CONTAINER(member) offsetof(struct container_action, member)

static void read_tags(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct container_action *container = into;

	parse_texts(reader, row, node, &container->tags, &container->n_tags);
}

static void read_args(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	static const struct name_rule rule = { parse_is_name, "no name of an argument", NULL };
	struct container_action *container = into;

	parse_named_texts(reader, row, node, &rule, &container->args, &container->n_args);
}

static void read_build(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct container_action *container = into;

	if (parse_is_scalar(node)) {
		parse_text(reader, node, &container->context);
	} else if (node->kind == YAML_MAP) {
		parse_fields(reader, AT_BUILD, node, container);
		if (!yaml_get(node, "context"))
			parse_missing(reader, node, AT_BUILD, "context");
	} else {
		parse_wrong_type(reader, row, node);
	}
	parse_check_path(reader, &container->context, "context");
	parse_check_path(reader, &container->file, "file");
}

/* ---- Mounts ---- */

/* The colons that the author wrote separate: those of a value do not. */
static size_t find_colon(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (text[i] == ':')
			return i;
		if (text[i] == '$' && text[i + 1] == '{' && (i == 0 || text[i - 1] != '$'))
			i += 2 + expr_extent(text + i + 2, len - i - 2);
	}
	return len;
}

static void mount_wrong(struct reader *reader, const struct yaml_node *item)
{
	diag_hint(reader->diags,
		  diag_error(reader->diags, item->span, "'%.60s' is no mount", item->text),
		  "write SOURCE:TARGET, or SOURCE:TARGET:ro");
}

static void read_mount(struct reader *reader, const struct yaml_node *item,
		       struct container_mount *mount)
{
	const char *raw = parse_copy(reader, item);
	size_t source = find_colon(raw), target, len = strlen(raw);
	struct span at = yaml_text_span(item);

	if (source == 0 || source >= len) {
		mount_wrong(reader, item);
		return;
	}
	target = find_colon(raw + source + 1);
	mount->is_read_only = strcmp(raw + source + 1 + target, ":ro") == 0;
	if (target == 0 || (raw[source + 1 + target] && !mount->is_read_only &&
			    strcmp(raw + source + 1 + target, ":rw") != 0)) {
		mount_wrong(reader, item);
		return;
	}
	text_parse(reader->arena, raw, source, at, &mount->source, reader->diags);
	text_parse(reader->arena, raw + source + 1, target, at, &mount->target, reader->diags);
}

static void read_mounts(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into)
{
	struct container_action *container = into;
	const struct yaml_node *items;
	size_t n;

	if (parse_list(reader, row, node, &items, &n) < 0)
		return;
	container->mounts = ARENA_ARRAY(reader->arena, struct container_mount, n + 1);
	for (size_t i = 0; i < n; i++)
		if (parse_item_ok(reader, row, &items[i]))
			read_mount(reader, &items[i], &container->mounts[container->n_mounts++]);
}

static const struct field container_fields[] = {
	{ "image", CONTAINER(image), NULL },
	{ "run", 0, parse_own_see_run },
	{ "build", 0, read_build },
	{ "tags", 0, read_tags },
	{ "args", 0, read_args },
	{ "mounts", 0, read_mounts },
};

const struct field_table parse_container_fields = { ARRAY_SIZE(container_fields),
						    container_fields };

static const struct field build_fields[] = {
	{ "context", CONTAINER(context), NULL },
	{ "file", CONTAINER(file), NULL },
};

const struct field_table parse_build_fields = { ARRAY_SIZE(build_fields), build_fields };

/* ---- All of it ---- */

static void check_combination(struct reader *reader, const struct yaml_node *node)
{
	static const char *const of_build[] = { "tags", "args" };

	if (yaml_get(node, "image") && yaml_get(node, "build"))
		diag_error(reader->diags, yaml_get(node, "build")->span,
			   "a container has either 'image' or 'build'");
	if (!yaml_get(node, "image") && !yaml_get(node, "build"))
		diag_error(reader->diags, node->span, "'container' needs 'image' or 'build'");
	for (size_t i = 0; i < ARRAY_SIZE(of_build) && !yaml_get(node, "build"); i++)
		if (yaml_get(node, of_build[i]))
			diag_error(reader->diags, yaml_get(node, of_build[i])->span,
				   "'%s' needs 'build'", of_build[i]);
	if (yaml_get(node, "build") && !yaml_get(node, "run") && yaml_get(node, "mounts"))
		diag_error(reader->diags, yaml_get(node, "mounts")->span, "'mounts' needs 'run'");
}

/* What runs is of the container: the shell is one in it, and so are limits and sandbox. */
static void finish(struct reader *reader, const struct yaml_node *map, struct step_draft *draft)
{
	static const char *const refused[] = { "tools", "limits", "sandbox", "depfile", NULL };
	static const struct own_action own = { ACTION_CONTAINER, "container", refused, true };
	bool has_run = parse_own_run(reader, draft);

	parse_own_finish(reader, map, draft, &own);
	draft->step.has_default_shell = false;
	if (!has_run && yaml_get(map, "shell"))
		diag_error(reader->diags, yaml_get(map, "shell")->span,
			   "'shell' needs 'run' in the container");
}

void parse_container(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *step_draft)
{
	struct step_draft *draft = step_draft;
	struct container_action *container = ARENA_NEW(reader->arena, struct container_action);

	parse_own_begin(draft, node, finish);
	draft->step.container = container;
	if (node->kind != YAML_MAP) {
		struct diag *diag = parse_wrong_type(reader, row, node);

		if (parse_is_scalar(node))
			diag_hint(reader->diags, diag, "write container: {image: %.60s, run: …}",
				  node->text);
		return;
	}
	parse_fields(reader, AT_CONTAINER, node, container);
	check_combination(reader, node);
	if (container->image.raw && !*container->image.raw)
		diag_error(reader->diags, container->image.span, "'image' is empty");
	container->has_run = yaml_get(node, "run") != NULL;
}

void action_visit_container(const struct step *step, const struct action_visitor *visitor)
{
	const struct container_action *container = step->container;

	visitor->text(visitor->data, &container->image);
	visitor->text(visitor->data, &container->context);
	visitor->text(visitor->data, &container->file);
	action_visit_texts(visitor, container->tags, container->n_tags);
	for (size_t i = 0; i < container->n_args; i++)
		visitor->text(visitor->data, &container->args[i].value);
	for (size_t i = 0; i < container->n_mounts; i++) {
		visitor->text(visitor->data, &container->mounts[i].source);
		visitor->text(visitor->data, &container->mounts[i].target);
	}
}
