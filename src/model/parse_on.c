/*
 * `on`: the hooks that start a workflow, and what it wants of each.
 */
#include <string.h>

#include "model/filetype.h"
#include "parse_impl.h"

static void check_globs(struct reader *reader, const struct yaml_node *node,
			const char *const *globs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *glob = globs[i] + (*globs[i] == '!');

		if (!*glob || *glob == '/' || !strcmp(glob, "..") || !strncmp(glob, "../", 3) ||
		    strstr(glob, "/../"))
			diag_error(reader->diags, node->span,
				   "'%.60s' is no path or glob from the top of the repository",
				   globs[i]);
	}
}

static void read_files(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct hook_trigger *hook = into;

	parse_strings(reader, row, node, &hook->files, &hook->n_files);
	check_globs(reader, node, hook->files, hook->n_files);
}

/* Paths that are handed over whole: no wildcards. */
static void read_places(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, const char ***paths, size_t *n)
{
	parse_strings(reader, row, node, paths, n);
	check_globs(reader, node, *paths, *n);
	for (size_t i = 0; i < *n; i++) {
		char *path = (char *)(*paths)[i];
		size_t len = strlen(path);

		while (len > 1 && path[len - 1] == '/')
			path[--len] = '\0';
		if (*path == '!')
			diag_error(reader->diags, node->span, "'%s' excludes nothing here: '%.60s'",
				   row->key, path);
	}
}

static void read_share(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct hook_trigger *hook = into;

	read_places(reader, row, node, &hook->share, &hook->n_share);
}

static void read_keep(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct hook_trigger *hook = into;

	read_places(reader, row, node, &hook->keep, &hook->n_keep);
}

static void read_types(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct hook_trigger *hook = into;

	parse_strings(reader, row, node, &hook->types, &hook->n_types);
	for (size_t i = 0; i < hook->n_types; i++) {
		const char *nearest;
		struct diag *diag;

		if (filetype_is_known(hook->types[i]))
			continue;
		diag = diag_error(reader->diags, node->span, "no kind of file is called '%.60s'",
				  hook->types[i]);
		nearest = filetype_nearest(hook->types[i]);
		if (nearest)
			diag_hint(reader->diags, diag, "did you mean '%s'?", nearest);
		else
			diag_hint(reader->diags, diag,
				  "'files' takes globs: files: [\"**/*.%.40s\"]", hook->types[i]);
	}
}

static void read_branches(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	struct hook_trigger *hook = into;

	parse_strings(reader, row, node, &hook->branches, &hook->n_branches);
}

static void read_skip_in(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	static const char *const words[] = { "merge", "rebase", "cherry-pick" };
	struct hook_trigger *hook = into;
	const struct yaml_node *items;
	size_t n;

	if (parse_list(reader, row, node, &items, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		unsigned bit = 0;

		if (!parse_item_ok(reader, row, &items[i]))
			continue;
		for (size_t w = 0; w < ARRAY_SIZE(words); w++)
			if (strcmp(words[w], items[i].text) == 0)
				bit = 1u << w;
		if (!bit)
			diag_error(reader->diags, items[i].span,
				   "'skip_in' knows merge, rebase and cherry-pick, not '%.60s'",
				   items[i].text);
		hook->skip_in |= bit;
	}
}

static void read_choice(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into)
{
	int index = parse_choice(reader, row, node);

	if (index >= 0)
		*(uint8_t *)into = (uint8_t)index;
}

static void read_required(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	bool required = true;

	parse_by_type(reader, row, node, &required);
	*(bool *)into = !required;
}

#define HOOK(member) offsetof(struct hook_trigger, member)

static const struct field hook_fields[] = {
	{ "files", 0, read_files },
	{ "types", 0, read_types },
	{ "branches", 0, read_branches },
	{ "skip_in", 0, read_skip_in },
	{ "priority", HOOK(priority), NULL },
	{ "isolation", HOOK(isolation), read_choice },
	{ "fix", HOOK(fix), read_choice },
	{ "share", 0, read_share },
	{ "keep", 0, read_keep },
	{ "required", HOOK(is_optional), read_required },
};

const struct field_table parse_hook_fields = { ARRAY_SIZE(hook_fields), hook_fields };

/* An option that says something about a hook of another kind. */
static void check_option(struct reader *reader, const struct yaml_node *map, const char *key,
			 enum hook_kind kind, unsigned wanted, const char *others)
{
	for (size_t i = 0; i < map->n_pairs; i++) {
		if (strcmp(map->pairs[i].key.text, key) == 0 && !(hook_traits(kind) & wanted))
			diag_error(reader->diags, map->pairs[i].key.span,
				   "'%s' means nothing for %s: it is for %s", key, hook_name(kind),
				   others);
	}
}

static void check_options(struct reader *reader, const struct yaml_node *map,
			  const struct hook_trigger *hook)
{
	static const char staged[] = "pre-commit and pre-merge-commit";
	static const char trees[] = "hooks about what is staged or pushed";
	static const char *const keys[] = { "isolation", "share", "keep" };

	check_option(reader, map, "fix", hook->kind, HOOK_STAGED, staged);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		check_option(reader, map, keys[i], hook->kind, HOOK_STAGED | HOOK_PUSHED, trees);
	if (hook->isolation == HOOK_EXPORT && !(hook_traits(hook->kind) & HOOK_STAGED))
		diag_error(reader->diags, map->span, "'isolation: export' is for %s", staged);
}

static struct hook_trigger *add_hook(struct reader *reader, enum hook_kind kind, struct span span)
{
	struct workflow *wf = reader->wf;

	for (size_t i = 0; i < wf->n_hooks; i++) {
		if (wf->hooks[i].kind != kind)
			continue;
		diag_error(reader->diags, span, "hook '%s' stands there twice", hook_name(kind));
		return NULL;
	}
	wf->hooks[wf->n_hooks] = (struct hook_trigger){ .kind = kind, .span = span };
	return &wf->hooks[wf->n_hooks++];
}

/* A key of `on` that names a hook; all names are rows of the schema. */
static void read_hook(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct hook_trigger *hook;
	enum hook_kind kind;

	(void)into;
	if (hook_find(row->key, strlen(row->key), &kind) < 0)
		BUG("no hook '%s'", row->key);
	if (node->kind != YAML_MAP && node->kind != YAML_NULL) {
		parse_wrong_type(reader, row, node);
		return;
	}
	hook = add_hook(reader, kind, node->span);
	if (!hook || node->kind == YAML_NULL)
		return;
	parse_fields(reader, AT_HOOK, node, hook);
	check_options(reader, node, hook);
}

static void read_manual(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into)
{
	(void)into;
	if (node->kind != YAML_NULL && !(node->kind == YAML_MAP && !node->n_pairs))
		parse_wrong_type(reader, row, node);
}

#define HOOK_FIELD(name)           \
	{                          \
		name, 0, read_hook \
	}

static const struct field on_fields[] = {
	HOOK_FIELD("pre-commit"),
	HOOK_FIELD("pre-merge-commit"),
	HOOK_FIELD("prepare-commit-msg"),
	HOOK_FIELD("commit-msg"),
	HOOK_FIELD("post-commit"),
	HOOK_FIELD("pre-rebase"),
	HOOK_FIELD("post-rewrite"),
	HOOK_FIELD("post-checkout"),
	HOOK_FIELD("post-merge"),
	HOOK_FIELD("pre-push"),
	HOOK_FIELD("applypatch-msg"),
	HOOK_FIELD("pre-applypatch"),
	HOOK_FIELD("post-applypatch"),
	HOOK_FIELD("sendemail-validate"),
	HOOK_FIELD("p4-pre-submit"),
	HOOK_FIELD("p4-prepare-changelist"),
	HOOK_FIELD("p4-changelist"),
	HOOK_FIELD("p4-post-changelist"),
	HOOK_FIELD("pre-auto-gc"),
	HOOK_FIELD("post-index-change"),
	HOOK_FIELD("reference-transaction"),
	HOOK_FIELD("pre-receive"),
	HOOK_FIELD("update"),
	HOOK_FIELD("post-receive"),
	{ "manual", 0, read_manual },
};

const struct field_table parse_on_fields = { ARRAY_SIZE(on_fields), on_fields };

/* `on: pre-commit`, `on: [pre-commit, pre-push]` */
static void read_name(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *item)
{
	enum hook_kind kind;
	const struct schema_alias *alias;
	const char *nearest;
	struct diag *diag;

	if (!parse_item_ok(reader, row, item) || strcmp(item->text, "manual") == 0)
		return;
	if (hook_find(item->text, item->len, &kind) == 0) {
		add_hook(reader, kind, item->span);
		return;
	}
	if (schema_find(AT_ON, item->text)) {
		parse_not_yet(reader, item->span, item->text);
		return;
	}
	diag = diag_error(reader->diags, item->span,
			  "nothing is called '%.60s' that starts workflows", item->text);
	alias = schema_find_alias(AT_ON, item->text);
	nearest = hook_nearest(item->text);
	if (alias)
		diag_hint(reader->diags, diag, "%s", alias->hint);
	else if (nearest)
		diag_hint(reader->diags, diag, "did you mean '%s'?", nearest);
}

void parse_on(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
	      void *workflow)
{
	struct workflow *wf = workflow;

	wf->hooks = ARENA_ARRAY(reader->arena, struct hook_trigger, HOOK_KINDS);
	if (node->kind == YAML_MAP) {
		parse_fields(reader, AT_ON, node, wf);
	} else if (node->kind == YAML_SEQ) {
		for (size_t i = 0; i < node->n_items; i++)
			read_name(reader, row, &node->items[i]);
	} else if (parse_is_scalar(node)) {
		read_name(reader, row, node);
	} else {
		parse_wrong_type(reader, row, node);
	}
}

const struct hook_trigger *workflow_hook(const struct workflow *wf, enum hook_kind kind)
{
	for (size_t i = 0; i < wf->n_hooks; i++) {
		if (wf->hooks[i].kind == kind)
			return &wf->hooks[i];
	}
	return NULL;
}
