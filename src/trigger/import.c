/*
 * See trigger/hook_import.h. What is written is read again as a workflow first: one with mistakes is
 * not written.
 */
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "base/jsonw.h"
#include "import_impl.h"
#include "model/workflow.h"
#include "sys/fs.h"

#define SOURCE_MAX ((size_t)4 << 20) /* bytes */

static const struct {
	const char *path;
	int (*read)(struct import *import, const struct yaml_node *root, struct err *err);
} sources[] = {
	{ ".pre-commit-config.yaml", import_pre_commit },
	{ "lefthook.yml", import_lefthook },
	{ "lefthook.yaml", import_lefthook },
	{ ".lefthook.yml", import_lefthook },
	{ ".husky", NULL },
};

void import_left(struct import *import, const char *what, const char *fmt, ...)
{
	CLEANUP(strbuf_release)
	struct strbuf why = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&why, fmt, ap);
	va_end(ap);
	import->tell(import->data, IMPORT_LEFT, what, strbuf_str(&why));
}

const char *import_text(const struct yaml_node *map, const char *key, const char *fallback)
{
	const struct yaml_node *node = yaml_get(map, key);

	return node && (node->kind == YAML_STRING || node->kind == YAML_NUMBER) ? node->text
										: fallback;
}

bool import_flag(const struct yaml_node *map, const char *key, bool fallback)
{
	const struct yaml_node *node = yaml_get(map, key);

	return node && node->kind == YAML_BOOL ? *node->text == 't' || *node->text == 'T'
					       : fallback;
}

const char *import_list_of(uint32_t hooks)
{
	unsigned traits = 0;

	for (int kind = 0; kind < HOOK_KINDS; kind++)
		if (hooks & (UINT32_C(1) << kind))
			traits |= hook_traits((enum hook_kind)kind) & (HOOK_STAGED | HOOK_PUSHED)
					  ? hook_traits((enum hook_kind)kind)
					  : HOOK_STAGED | HOOK_PUSHED;
	switch (traits & (HOOK_STAGED | HOOK_PUSHED)) {
	case HOOK_STAGED: return "git.staged";
	case HOOK_PUSHED: return "git.pushed";
	default: return NULL;
	}
}

/* ---- Writing ---- */

static void add_quoted(struct strbuf *out, const char *text)
{
	struct jsonw w = { .out = out };

	jsonw_string(&w, text);
}

static void add_list(struct strbuf *out, const char *key, const char *const *list, size_t n)
{
	if (!n)
		return;
	strbuf_addf(out, "    %s: [", key);
	for (size_t i = 0; i < n; i++) {
		strbuf_addstr(out, i ? ", " : "");
		add_quoted(out, list[i]);
	}
	strbuf_addstr(out, "]\n");
}

static void add_options(const struct import *import, const struct import_draft *draft,
			enum hook_kind kind, struct strbuf *out)
{
	static const char *const operations[] = { "merge", "rebase", "cherry-pick" };
	static const char *const node[] = { "node_modules" };
	const char *skips[3];
	size_t n_skips = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(operations); i++)
		if (draft->skip_in & (1u << i))
			skips[n_skips++] = operations[i];
	add_list(out, "files", draft->files, draft->n_files);
	add_list(out, "types", draft->types, draft->n_types);
	add_list(out, "skip_in", skips, n_skips);
	if (import->has_node && (hook_traits(kind) & (HOOK_STAGED | HOOK_PUSHED)))
		add_list(out, "share", node, 1);
}

static void add_text(struct strbuf *out, const char *text)
{
	strbuf_addstr(out, "|\n");
	while (*text) {
		size_t len = strcspn(text, "\n");

		strbuf_addstr(out, len ? "      " : "");
		strbuf_add(out, text, len);
		strbuf_addch(out, '\n');
		text += len + (text[len] == '\n');
	}
}

static void add_step(const struct import_draft *draft, struct strbuf *out)
{
	strbuf_addf(out, "steps:\n  - id: %s\n    run: ", draft->id);
	if (strchr(draft->run, '\n')) {
		add_text(out, draft->run);
	} else {
		add_quoted(out, draft->run);
		strbuf_addch(out, '\n');
	}
	if (draft->dir) {
		strbuf_addstr(out, "    dir: ");
		add_quoted(out, draft->dir);
		strbuf_addch(out, '\n');
	}
	for (size_t i = 0; draft->env && i < draft->env->n_pairs; i++) {
		const struct yaml_pair *pair = &draft->env->pairs[i];

		strbuf_addf(out, "%s      %s: ", i ? "" : "    env:\n", pair->key.text);
		add_quoted(out, pair->value.kind == YAML_STRING ||
						pair->value.kind == YAML_NUMBER ||
						pair->value.kind == YAML_BOOL
					? pair->value.text
					: "");
		strbuf_addch(out, '\n');
	}
	if (draft->console)
		strbuf_addstr(out, "    console: true\n");
}

static void compose(const struct import *import, const struct import_draft *draft,
		    struct strbuf *out)
{
	if (draft->name) {
		strbuf_addstr(out, "name: ");
		add_quoted(out, draft->name);
		strbuf_addch(out, '\n');
	}
	strbuf_addstr(out, "on:\n");
	for (int kind = 0; kind < HOOK_KINDS; kind++) {
		if (!(draft->hooks & (UINT32_C(1) << kind)))
			continue;
		strbuf_addf(out, "  %s:\n", hook_name((enum hook_kind)kind));
		add_options(import, draft, (enum hook_kind)kind, out);
	}
	add_step(draft, out);
}

/* An id that a workflow can have. */
static const char *make_id(struct arena *arena, const char *text)
{
	char *id = arena_strdup(arena, *text ? text : "hook");

	for (char *c = id; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		      (*c >= '0' && *c <= '9') || *c == '_' || *c == '-'))
			*c = '-';
	if (*id == '-')
		*id = '_';
	return id;
}

static bool is_right(const char *path, const char *id, const struct strbuf *text,
		     struct strbuf *why)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct diags diags CLEANUP(diags_release) = { 0 };
	bool ok;

	diags_begin(&diags, path, text);
	ok = workflow_load(&arena, id, &diags) != NULL;
	for (size_t i = 0; !ok && i < diags.list.n && !why->len; i++)
		if (diags.list.v[i].level == DIAG_ERROR)
			strbuf_addstr(why, diags.list.v[i].msg);
	return ok;
}

int import_write(struct import *import, struct import_draft *draft, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf why = STRBUF_INIT;
	struct file_id there;
	const char *path;

	draft->id = make_id(import->arena, draft->id);
	path = arena_join(import->arena, ".workflows/", draft->id, ".yml");
	if (fs_stat(import->root_fd, path, &there, NULL) == 0) {
		import_left(import, draft->from, "'%s' is there already", path);
		return 0;
	}
	compose(import, draft, &text);
	if (!is_right(path, draft->id, &text, &why)) {
		import_left(import, draft->from, "%s", strbuf_str(&why));
		return 0;
	}
	if (fs_mkdir_p(import->root_fd, ".workflows", 0777, err) < 0 ||
	    fs_replace(import->root_fd, path, 0666, text.buf, text.len, 0, err) < 0)
		return -1;
	import->n_written++;
	import->tell(import->data, IMPORT_WROTE, path, draft->from);
	return 0;
}

/* ---- Reading ---- */

static int read_document(struct import *import,
			 int (*read)(struct import *, const struct yaml_node *, struct err *),
			 struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct diags diags CLEANUP(diags_release) = { 0 };
	const struct yaml_node *root;

	if (fs_read_file(import->root_fd, import->source, SOURCE_MAX, &text, err) < 0)
		return -1;
	diags_begin(&diags, import->source, &text);
	root = yaml_parse(&arena, &diags, false);
	if (!root || diags.n_errors || root->kind != YAML_MAP)
		return err_set(err, ERR_USAGE, "cannot read '%s': %s", import->source,
			       diags.list.n ? diags.list.v[0].msg : "it is no mapping");
	return read(import, root, err);
}

static int import_one(struct import *import, size_t i, struct err *err)
{
	import->source = sources[i].path;
	return sources[i].read ? read_document(import, sources[i].read, err)
			       : import_husky(import, err);
}

int hook_import(int root_fd, const char *source, struct arena *arena, import_tell_fn *tell,
		void *data, size_t *n_written, struct err *err)
{
	struct import import = { root_fd, NULL, arena, tell, data, 0, false };
	struct file_id id;
	size_t n_found = 0;

	import.has_node = fs_stat(root_fd, "package.json", &id, NULL) == 0;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		if ((source && strcmp(source, sources[i].path) != 0) ||
		    fs_stat(root_fd, sources[i].path, &id, NULL) != 0)
			continue;
		n_found++;
		if (import_one(&import, i, err) < 0)
			return -1;
	}
	*n_written = import.n_written;
	if (!n_found)
		return err_set(err, ERR_USAGE, "there is no %s here that could be imported",
			       source ? source
				      : ".pre-commit-config.yaml, lefthook.yml or .husky/");
	return 0;
}
