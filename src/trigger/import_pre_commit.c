/*
 * .pre-commit-config.yaml: hooks of `repo: local` that need no environment of pre-commit's making. Its
 * files are regular expressions: the usual ones become globs.
 */
#include <string.h>

#include "base/shword.h"
#include "import_impl.h"
#include "model/filetype.h"

/* ---- Regular expressions ---- */

/* "py|pyi" → "{py,pyi}"; NULL: something else stands there. */
static const char *alternatives(struct arena *arena, const char *text, size_t len)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_addch(&out, '{');
	for (size_t i = 0; i < len; i++) {
		if (strchr("\\.*+?^$()[]{}", text[i]))
			return NULL;
		strbuf_addch(&out, text[i] == '|' ? ',' : text[i]);
	}
	strbuf_addch(&out, '}');
	return arena_strdup(arena, out.buf);
}

/* ^src/.*\.(c|h)$ → src/ ** / *.{c,h}: a beginning, anything, an ending. NULL: it is more than that. */
static const char *as_glob(struct arena *arena, const char *regex)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	bool is_anchored = *regex == '^', is_ended = false;
	const char *at = regex + is_anchored;

	if (!is_anchored)
		strbuf_addstr(&out, "**/*");
	while (*at && !is_ended) {
		size_t close = strcspn(at, ")");

		if (*at == '\\' && at[1] && strchr(".-_/+", at[1])) {
			strbuf_addch(&out, at[1]);
			at += 2;
		} else if (strncmp(at, ".*", 2) == 0) {
			strbuf_addstr(&out, out.len && out.buf[out.len - 1] == '/' ? "**/*" : "*");
			at += 2;
		} else if (*at == '(' && at[close]) {
			const char *inner = at + 1 + (strncmp(at, "(?:", 3) == 0 ? 2 : 0);
			const char *words = alternatives(arena, inner,
							 (size_t)(at + close - inner));

			if (!words)
				return NULL;
			strbuf_addstr(&out, words);
			at += close + 1;
		} else if (*at == '$' && !at[1]) {
			is_ended = true;
		} else if (strchr("\\.*+?^$()[]{}|", *at)) {
			return NULL;
		} else {
			strbuf_addch(&out, *at++);
		}
	}
	if (!out.len)
		return NULL;
	if (!is_ended) /* whatever comes behind */
		strbuf_addstr(&out, out.buf[out.len - 1] == '/' ? "**" : "*");
	return arena_strdup(arena, out.buf);
}

static bool add_pattern(struct import *import, struct import_draft *draft, const char *key,
			const char *regex, bool excludes)
{
	const char *glob;

	if (!regex || !*regex || strcmp(regex, "^$") == 0)
		return true;
	glob = as_glob(import->arena, regex);
	if (!glob || draft->n_files == ARRAY_SIZE(draft->files)) {
		import_left(import, draft->from,
			    "its '%s: %s' is a regular expression for which no glob is known", key,
			    regex);
		return false;
	}
	draft->files[draft->n_files++] = excludes ? arena_join(import->arena, "!", glob, "") : glob;
	return true;
}

/* ---- One hook ---- */

static bool add_types(struct import *import, struct import_draft *draft,
		      const struct yaml_node *hook)
{
	const struct yaml_node *types = yaml_get(hook, "types");

	if (yaml_get(hook, "types_or") || yaml_get(hook, "exclude_types")) {
		import_left(import, draft->from,
			    "'types_or' and 'exclude_types' have no counterpart");
		return false;
	}
	for (size_t i = 0; types && types->kind == YAML_SEQ && i < types->n_items; i++) {
		const char *word = types->items[i].text;

		if (types->items[i].kind != YAML_STRING || !filetype_is_known(word) ||
		    draft->n_types == ARRAY_SIZE(draft->types)) {
			import_left(import, draft->from, "files of type '%s' are not known",
				    types->items[i].kind == YAML_STRING ? word : "?");
			return false;
		}
		draft->types[draft->n_types++] = arena_strdup(import->arena, word);
	}
	return true;
}

static uint32_t stage_bit(const char *stage)
{
	static const char *const old[][2] = { { "commit", "pre-commit" },
					      { "push", "pre-push" },
					      { "merge-commit", "pre-merge-commit" } };
	enum hook_kind kind;

	for (size_t i = 0; i < ARRAY_SIZE(old); i++)
		if (strcmp(stage, old[i][0]) == 0)
			stage = old[i][1];
	return hook_find(stage, strlen(stage), &kind) == 0 ? UINT32_C(1) << kind : 0;
}

static uint32_t stages_of(const struct yaml_node *hook, const struct yaml_node *root)
{
	const struct yaml_node *stages = yaml_get(hook, "stages");
	uint32_t hooks = 0;

	if (!stages)
		stages = yaml_get(root, "default_stages");
	if (!stages || stages->kind != YAML_SEQ)
		return UINT32_C(1) << HOOK_PRE_COMMIT;
	for (size_t i = 0; i < stages->n_items; i++)
		if (stages->items[i].kind == YAML_STRING)
			hooks |= stage_bit(stages->items[i].text);
	return hooks;
}

static void make_command(struct import *import, struct import_draft *draft,
			 const struct yaml_node *hook)
{
	struct strbuf run CLEANUP(strbuf_release) = STRBUF_INIT;
	const struct yaml_node *args = yaml_get(hook, "args");
	const char *list = import_list_of(draft->hooks);
	bool passes = import_flag(hook, "pass_filenames", true);
	bool is_message = draft->hooks & ((UINT32_C(1) << HOOK_COMMIT_MSG) |
					  (UINT32_C(1) << HOOK_PREPARE_COMMIT_MSG));

	if (passes && !list && !is_message)
		strbuf_addstr(&run, "xargs -0 -r ");
	strbuf_addstr(&run, import_text(hook, "entry", ""));
	for (size_t i = 0; args && args->kind == YAML_SEQ && i < args->n_items; i++) {
		if (args->items[i].kind == YAML_MAP || args->items[i].kind == YAML_SEQ)
			continue;
		strbuf_addch(&run, ' ');
		shword_add(&run, args->items[i].text);
	}
	if (passes && is_message)
		strbuf_addstr(&run, " \"$WF_MSG_FILE\"");
	else if (passes && list)
		strbuf_addf(&run, " ${%s}", list);
	else if (passes)
		strbuf_addstr(&run, " <\"$WF_FILES\"");
	draft->run = arena_strdup(import->arena, strbuf_str(&run));
}

static int take_hook(struct import *import, const struct yaml_node *root,
		     const struct yaml_node *hook, struct err *err)
{
	static const char *const languages[] = { "system", "script", "unsupported",
						 "unsupported_script" };
	const char *language = import_text(hook, "language", "system");
	const char *id = import_text(hook, "id", "hook");
	struct import_draft draft = { .id = arena_strdup(import->arena, id) };
	bool is_simple = false;

	draft.name = arena_strdup(import->arena, import_text(hook, "name", id));
	draft.from = arena_printf(import->arena, "hook '%s' of %s", id, import->source);
	for (size_t i = 0; i < ARRAY_SIZE(languages); i++)
		is_simple |= strcmp(language, languages[i]) == 0;
	if (!is_simple) {
		import_left(import, draft.from,
			    "pre-commit makes an environment for 'language: %s'", language);
		return 0;
	}
	draft.hooks = stages_of(hook, root);
	if (!draft.hooks) {
		import_left(import, draft.from, "it is called by hand only");
		return 0;
	}
	if (!import_flag(hook, "always_run", false) &&
	    (!add_pattern(import, &draft, "files", import_text(root, "files", NULL), false) ||
	     !add_pattern(import, &draft, "files", import_text(hook, "files", NULL), false) ||
	     !add_pattern(import, &draft, "exclude", import_text(root, "exclude", NULL), true) ||
	     !add_pattern(import, &draft, "exclude", import_text(hook, "exclude", NULL), true) ||
	     !add_types(import, &draft, hook)))
		return 0;
	make_command(import, &draft, hook);
	return import_write(import, &draft, err);
}

static int take_repo(struct import *import, const struct yaml_node *root,
		     const struct yaml_node *repo, struct err *err)
{
	const struct yaml_node *hooks = yaml_get(repo, "hooks");
	const char *where = import_text(repo, "repo", "?");

	for (size_t i = 0; hooks && hooks->kind == YAML_SEQ && i < hooks->n_items; i++) {
		const struct yaml_node *hook = &hooks->items[i];

		if (hook->kind != YAML_MAP)
			continue;
		if (strcmp(where, "local") != 0)
			import_left(import,
				    arena_printf(import->arena, "hook '%s' of %s",
						 import_text(hook, "id", "?"), import->source),
				    "its command is in %s", where);
		else if (take_hook(import, root, hook, err) < 0)
			return -1;
	}
	return 0;
}

int import_pre_commit(struct import *import, const struct yaml_node *root, struct err *err)
{
	const struct yaml_node *repos = yaml_get(root, "repos");

	for (size_t i = 0; repos && repos->kind == YAML_SEQ && i < repos->n_items; i++)
		if (repos->items[i].kind == YAML_MAP &&
		    take_repo(import, root, &repos->items[i], err) < 0)
			return -1;
	return 0;
}
