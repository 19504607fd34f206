/*
 * lefthook.yml: commands and jobs of each hook. Its `*` crosses folders, ours does not; its {staged_files}
 * and the like become lists of ours. With `root` both are about what is below that folder.
 */
#include <string.h>

#include "import_impl.h"

static void add_glob(struct import *import, struct import_draft *draft, const char *glob,
		     bool excludes)
{
	bool is_deep = strchr(glob, '/') != NULL;
	/* One with a folder is from the top already, unless that is any. */
	const char *below = draft->dir && (!is_deep || strncmp(glob, "**/", 3) == 0)
				    ? arena_join(import->arena, draft->dir, "/", "")
				    : "";

	if (draft->n_files < ARRAY_SIZE(draft->files))
		draft->files[draft->n_files++] = arena_printf(import->arena, "%s%s%s%s",
							      excludes ? "!" : "", below,
							      is_deep ? "" : "**/", glob);
}

static void add_globs(struct import *import, struct import_draft *draft,
		      const struct yaml_node *node, bool excludes)
{
	if (node && node->kind == YAML_STRING)
		add_glob(import, draft, node->text, excludes);
	for (size_t i = 0; node && node->kind == YAML_SEQ && i < node->n_items; i++)
		if (node->items[i].kind == YAML_STRING)
			add_glob(import, draft, node->items[i].text, excludes);
}

/* `skip: merge`, `skip: [merge, rebase]`; false: it is skipped for another reason. */
static bool add_skips(struct import *import, struct import_draft *draft,
		      const struct yaml_node *skip)
{
	size_t n = !skip ? 0 : skip->kind == YAML_SEQ ? skip->n_items : 1;

	for (size_t i = 0; i < n; i++) {
		const struct yaml_node *item = skip->kind == YAML_SEQ ? &skip->items[i] : skip;

		if (item->kind == YAML_STRING && strcmp(item->text, "merge") == 0)
			draft->skip_in |= HOOK_IN_MERGE;
		else if (item->kind == YAML_STRING && strcmp(item->text, "rebase") == 0)
			draft->skip_in |= HOOK_IN_REBASE;
		else if (item->kind != YAML_BOOL || *item->text == 't' || *item->text == 'T') {
			import_left(import, draft->from,
				    "its 'skip' says more than merge and rebase");
			return false;
		}
	}
	return true;
}

static void add_list(const struct import_draft *draft, const char *list, struct strbuf *out)
{
	if (draft->dir && *list != '$')
		strbuf_addf(out, "${relative(%s, '%s')}", list, draft->dir);
	else if (*list != '$')
		strbuf_addf(out, "${%s}", list);
	else
		strbuf_addstr(out, list);
}

/* {staged_files} → ${git.staged}; NULL: one that has no counterpart. */
static const char *convert_run(struct import *import, const struct import_draft *draft,
			       const char *run, enum hook_kind kind)
{
	static const char *const names[][2] = {
		{ "{staged_files}", "git.staged" },
		{ "{push_files}", "git.pushed" },
		{ "{all_files}", "$(git ls-files)" }, /* of the folder where it runs */
		{ "{files}", "event.files" },
	};
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	while (*run) {
		size_t found = ARRAY_SIZE(names);

		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (strncmp(run, names[i][0], strlen(names[i][0])) == 0)
				found = i;
		if (found < ARRAY_SIZE(names)) {
			add_list(draft, names[found][1], &out);
			run += strlen(names[found][0]);
		} else if (strncmp(run, "{1}", 3) == 0 && (hook_traits(kind) & HOOK_MESSAGE)) {
			strbuf_addstr(&out, "\"$WF_MSG_FILE\"");
			run += 3;
		} else if (*run == '{' && run[1] >= '0' && run[1] <= '9') {
			import_left(import, draft->from,
				    "'%.3s' has no counterpart: event.args has them", run);
			return NULL;
		} else {
			strbuf_addch(&out, *run++);
		}
	}
	return arena_strdup(import->arena, strbuf_str(&out));
}

/* Then it does not run where there are none. */
static bool names_files(const char *run)
{
	return strstr(run, "{staged_files}") || strstr(run, "{push_files}") ||
	       strstr(run, "{files}");
}

/* Nothing but the folder's name; NULL: the root. */
static const char *folder_of(struct import *import, const struct yaml_node *command)
{
	const char *root = import_text(command, "root", "");
	size_t len;

	while (strncmp(root, "./", 2) == 0)
		root += 2;
	len = strlen(root);
	while (len && root[len - 1] == '/')
		len--;
	return len && strcmp(root, ".") != 0 ? arena_strndup(import->arena, root, len) : NULL;
}

static int take_command(struct import *import, enum hook_kind kind, const char *name,
			const struct yaml_node *hook, const struct yaml_node *command,
			struct err *err)
{
	static const char *const unknown[] = { "only", "group", "use_stdin", "files" };
	struct import_draft draft = { .hooks = UINT32_C(1) << kind };
	const char *run = import_text(command, "run", NULL);

	draft.id = arena_join(import->arena, hook_name(kind), "-", name);
	draft.from = arena_printf(import->arena, "%s '%s' of %s", hook_name(kind), name,
				  import->source);
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		if (yaml_get(command, unknown[i])) {
			import_left(import, draft.from, "'%s' has no counterpart", unknown[i]);
			return 0;
		}
	if (!run) {
		import_left(import, draft.from, "it has no 'run'");
		return 0;
	}
	if (!add_skips(import, &draft, yaml_get(hook, "skip")) ||
	    !add_skips(import, &draft, yaml_get(command, "skip")))
		return 0;
	draft.dir = folder_of(import, command);
	add_globs(import, &draft, yaml_get(command, "glob"), false);
	if (!draft.n_files && (draft.dir || names_files(run)))
		draft.files[draft.n_files++] = draft.dir ? arena_join(import->arena, draft.dir,
								      "/**", "")
							 : "**";
	add_globs(import, &draft, yaml_get(command, "exclude"), true);
	draft.run = convert_run(import, &draft, run, kind);
	draft.env = yaml_get(command, "env");
	draft.console = import_flag(command, "interactive", false);
	if (draft.env && draft.env->kind != YAML_MAP)
		draft.env = NULL;
	return draft.run ? import_write(import, &draft, err) : 0;
}

static int take_hook(struct import *import, enum hook_kind kind, const struct yaml_node *hook,
		     struct err *err)
{
	const struct yaml_node *commands = yaml_get(hook, "commands"),
			       *jobs = yaml_get(hook, "jobs");
	const struct yaml_node *scripts = yaml_get(hook, "scripts");

	for (size_t i = 0; commands && commands->kind == YAML_MAP && i < commands->n_pairs; i++)
		if (commands->pairs[i].value.kind == YAML_MAP &&
		    take_command(import, kind, commands->pairs[i].key.text, hook,
				 &commands->pairs[i].value, err) < 0)
			return -1;
	for (size_t i = 0; jobs && jobs->kind == YAML_SEQ && i < jobs->n_items; i++) {
		const char *name = import_text(&jobs->items[i], "name", NULL);

		if (jobs->items[i].kind == YAML_MAP &&
		    take_command(import, kind,
				 name ? name : arena_printf(import->arena, "job-%zu", i + 1), hook,
				 &jobs->items[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; scripts && scripts->kind == YAML_MAP && i < scripts->n_pairs; i++)
		import_left(import,
			    arena_printf(import->arena, "script '%s' of %s",
					 scripts->pairs[i].key.text, import->source),
			    "call it in a step: run: .lefthook/%s/%s", hook_name(kind),
			    scripts->pairs[i].key.text);
	return 0;
}

int import_lefthook(struct import *import, const struct yaml_node *root, struct err *err)
{
	for (size_t i = 0; i < root->n_pairs; i++) {
		const struct yaml_pair *pair = &root->pairs[i];
		enum hook_kind kind;

		if (pair->value.kind != YAML_MAP && pair->value.kind != YAML_SEQ)
			continue; /* colors, output, min_version: of lefthook itself */
		if (hook_find(pair->key.text, strlen(pair->key.text), &kind) < 0)
			import_left(import,
				    arena_printf(import->arena, "'%s' of %s", pair->key.text,
						 import->source),
				    "git has no hook of this name that workflows can have");
		else if (take_hook(import, kind, &pair->value, err) < 0)
			return -1;
	}
	return 0;
}
