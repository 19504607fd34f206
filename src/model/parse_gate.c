/*
 * Gates: one kind each, and what all kinds share. The row of a kind says how its value is read.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "parse_impl.h"

enum { MAX_GATES = 1000, GATE_TIMEOUT_MS = 5 * 60 * 1000 };

/* A gate being read: which kinds stood there, and where. */
struct gate_draft {
	struct gate gate;
	size_t n_kinds;
	const struct yaml_node *run;
	uint64_t timeout_ms;
	struct span timeout_at;
};

static const char *const kind_names[GATE_KINDS] = {
	[GATE_COMMANDS] = "commands", [GATE_ENV] = "env",
	[GATE_FILES] = "files",	      [GATE_BRANCH] = "branch",
	[GATE_CLEAN] = "clean",	      [GATE_IF] = "if",
	[GATE_RUN] = "run",	      [GATE_JSON] = "json",
	[GATE_MATCHES] = "matches",   [GATE_BASELINE] = "baseline",
	[GATE_DISK] = "disk",	      [GATE_NO_SECRETS] = "no_secrets",
	[GATE_MEMORY] = "memory",     [GATE_PERMISSIONS] = "permissions",
};

const char *gate_kind_name(enum gate_kind kind)
{
	if ((unsigned)kind >= GATE_KINDS)
		BUG("gate kind %d", (int)kind);
	return kind_names[kind];
}

/* ---- Kinds ---- */

static void read_words(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct gate *gate = into;
	const struct yaml_node *items;
	size_t n;

	if (parse_list(reader, row, node, &items, &n) < 0)
		return;
	if (!n)
		diag_error(reader->diags, node->span, "'%s' is empty", row->key);
	gate->words = ARENA_ARRAY(reader->arena, struct text, n);
	for (size_t i = 0; i < n; i++)
		if (parse_item_ok(reader, row, &items[i]) &&
		    parse_text(reader, &items[i], &gate->words[gate->n_words]) == 0)
			gate->n_words++;
}

static void read_env_names(struct reader *reader, const struct schema_row *row,
			   const struct yaml_node *node, void *into)
{
	struct gate *gate = into;

	read_words(reader, row, node, gate);
	for (size_t i = 0; i < gate->n_words; i++)
		if (!text_has_refs(&gate->words[i]) && !parse_is_name(gate->words[i].raw))
			diag_error(reader->diags, gate->words[i].span,
				   "'%.60s' is no name for an environment variable",
				   gate->words[i].raw);
}

/* "rw" → ACCESS_READ | ACCESS_WRITE; 0: it is none. */
static uint8_t access_of(const char *text)
{
	static const char letters[] = "rwx";
	uint8_t access = 0;

	for (; *text; text++) {
		const char *at = strchr(letters, *text);

		if (!at)
			return 0;
		access |= (uint8_t)(1u << (at - letters));
	}
	return access;
}

static void read_access(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into)
{
	struct gate_path *path = into;
	const char *text = NULL;

	parse_by_type(reader, row, node, &text);
	if (!text)
		return;
	path->access = access_of(text);
	if (!path->access)
		diag_error(reader->diags, node->span,
			   "'access' must be letters of r, w and x, not '%.60s'", text);
}

static const struct field file_fields[] = {
	{ "path", offsetof(struct gate_path, path), NULL },
	{ "access", 0, read_access },
};

const struct field_table parse_gate_file_fields = { ARRAY_SIZE(file_fields), file_fields };

static void read_file_item(struct reader *reader, const struct schema_row *row,
			   const struct yaml_node *item, struct gate *gate)
{
	struct gate_path *path = &gate->paths[gate->n_paths];

	if (item->kind == YAML_MAP) {
		parse_fields(reader, AT_GATE_FILE, item, path);
		if (!yaml_get(item, "path"))
			parse_missing(reader, item, AT_GATE_FILE, "path");
		gate->n_paths += path->path.raw != NULL;
	} else if (parse_item_ok(reader, row, item) && parse_text(reader, item, &path->path) == 0) {
		gate->n_paths++;
	}
}

static void read_files(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct gate *gate = into;
	const struct yaml_node *items;
	size_t n;

	if (parse_list(reader, row, node, &items, &n) < 0)
		return;
	if (!n)
		diag_error(reader->diags, node->span, "'files' is empty");
	gate->paths = ARENA_ARRAY(reader->arena, struct gate_path, n);
	for (size_t i = 0; i < n; i++)
		read_file_item(reader, row, &items[i], gate);
}

static bool read_mode(const char *text, struct gate_path *path)
{
	size_t len = strlen(text);

	path->access = access_of(text);
	path->has_mode = !path->access;
	if (path->access)
		return true;
	path->mode = (uint16_t)strtoul(text, NULL, 8);
	return text[strspn(text, "01234567")] == '\0' && (len == 3 || (len == 4 && *text == '0'));
}

static void read_permissions(struct reader *reader, const struct schema_row *row,
			     const struct yaml_node *node, void *into)
{
	struct gate *gate = into;

	if (node->kind != YAML_MAP || !node->n_pairs) {
		parse_wrong_type(reader, row, node);
		return;
	}
	gate->paths = ARENA_ARRAY(reader->arena, struct gate_path, node->n_pairs);
	for (size_t i = 0; i < node->n_pairs; i++) {
		const struct yaml_node *key = &node->pairs[i].key, *value = &node->pairs[i].value;
		struct gate_path *path = &gate->paths[gate->n_paths];

		if (key->kind == YAML_BAD || value->kind == YAML_BAD ||
		    parse_text(reader, key, &path->path) < 0)
			continue;
		if (!parse_is_scalar(value) || !read_mode(value->text, path)) {
			struct diag *diag = diag_error(reader->diags, value->span,
						       "no permissions of '%.60s'", key->text);

			diag_hint(reader->diags, diag,
				  "write three octal digits, \"644\", or letters of r, w and x");
			continue;
		}
		gate->n_paths++;
	}
}

static void read_clean(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	bool clean = true;

	parse_by_type(reader, row, node, &clean);
	((struct gate *)into)->wants_changes = !clean;
}

static void read_if(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *into)
{
	parse_by_type(reader, row, node, &((struct gate *)into)->expr);
}

static void keep_run(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *into)
{
	parse_keep_run(reader, row, node, &((struct gate_draft *)into)->run);
}

static void read_secrets(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	((struct gate *)into)->staged_only = parse_choice(reader, row, node) == 0;
}

static void read_size(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	const char *text = NULL;
	struct diag *diag;

	parse_by_type(reader, row, node, &text);
	if (!text || size_parse(text, &((struct gate *)into)->size_bytes) == 0)
		return;
	diag = diag_error(reader->diags, node->span, "'%s' must be a size, not '%.60s'", row->key,
			  text);
	diag_hint(reader->diags, diag, "units are K, M, G and T: 512M, 1.5G");
}

/* ---- json, matches, baseline ---- */

static void read_pattern(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	char why[120];
	regex_t regex;
	int rc;

	parse_by_type(reader, row, node, into);
	if (!*(const char **)into)
		return;
	rc = regcomp(&regex, *(const char **)into, REG_EXTENDED | REG_NOSUB);
	if (rc) {
		regerror(rc, &regex, why, sizeof why);
		diag_error(reader->diags, node->span, "the pattern is wrong: %s", why);
		return;
	}
	regfree(&regex);
}

static void read_worse_by(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	struct gate *gate = into;
	const char *text = NULL;
	char *number;
	size_t len;

	parse_by_type(reader, row, node, &text);
	if (!text)
		return;
	len = strlen(text);
	gate->worse_is_percent = len && text[len - 1] == '%';
	number = arena_strndup(&reader->scratch, text, len - gate->worse_is_percent);
	if (!parse_number(number, &gate->worse_by) || gate->worse_by < 0)
		diag_error(reader->diags, node->span,
			   "'worse_by' must be a number from 0 on or a percentage, not '%.60s'",
			   text);
}

static void read_better(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into)
{
	((struct gate *)into)->lower_is_better = parse_choice(reader, row, node) == 1;
}

#define GATE(member) offsetof(struct gate, member)

static const struct field json_fields[] = {
	{ "file", GATE(path), NULL },
	{ "schema", GATE(schema), NULL },
};

static const struct field matches_fields[] = {
	{ "file", GATE(path), NULL },
	{ "pattern", GATE(pattern), read_pattern },
};

static const struct field baseline_fields[] = {
	{ "value", GATE(expr), NULL },
	{ "worse_by", 0, read_worse_by },
	{ "better", 0, read_better },
};

const struct field_table parse_gate_json_fields = { ARRAY_SIZE(json_fields), json_fields };
const struct field_table parse_gate_matches_fields = { ARRAY_SIZE(matches_fields), matches_fields };
const struct field_table parse_gate_baseline_fields = { ARRAY_SIZE(baseline_fields),
							baseline_fields };

static void read_map(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *into)
{
	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, row, node);
		return;
	}
	parse_fields(reader, row->inner, node, into);
	for (size_t i = 0; i < schema_n_rows; i++)
		if (schema_rows[i].place == row->inner && schema_rows[i].required &&
		    !yaml_get(node, schema_rows[i].key))
			parse_missing(reader, node, row->inner, schema_rows[i].key);
}

/* ---- One gate ---- */

static void (*const kind_readers[GATE_KINDS])(struct reader *, const struct schema_row *,
					      const struct yaml_node *, void *) = {
	[GATE_COMMANDS] = read_words,
	[GATE_ENV] = read_env_names,
	[GATE_FILES] = read_files,
	[GATE_BRANCH] = read_words,
	[GATE_CLEAN] = read_clean,
	[GATE_IF] = read_if,
	[GATE_RUN] = keep_run,
	[GATE_JSON] = read_map,
	[GATE_MATCHES] = read_map,
	[GATE_BASELINE] = read_map,
	[GATE_DISK] = read_size,
	[GATE_MEMORY] = read_size,
	[GATE_NO_SECRETS] = read_secrets,
	[GATE_PERMISSIONS] = read_permissions,
};

static void read_kind(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct gate_draft *draft = into;

	for (int kind = 0; kind < GATE_KINDS; kind++) {
		if (strcmp(kind_names[kind], row->key) != 0)
			continue;
		if (draft->n_kinds++) /* an error, in the end */
			return;
		draft->gate.kind = (uint8_t)kind;
		kind_readers[kind](reader, row, node, draft);
		return;
	}
	BUG("no gate '%s'", row->key);
}

static void read_level(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	((struct gate *)into)->is_warning = parse_choice(reader, row, node) == 1;
}

static void read_timeout(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct gate_draft *draft = into;

	draft->timeout_at = node->span;
	parse_by_type(reader, row, node, &draft->timeout_ms);
}

static const struct field gate_fields[] = {
	{ "commands", 0, read_kind },
	{ "env", 0, read_kind },
	{ "files", 0, read_kind },
	{ "branch", 0, read_kind },
	{ "clean", 0, read_kind },
	{ "if", 0, read_kind },
	{ "run", 0, read_kind },
	{ "json", 0, read_kind },
	{ "matches", 0, read_kind },
	{ "baseline", 0, read_kind },
	{ "no_secrets", 0, read_kind },
	{ "disk", 0, read_kind },
	{ "memory", 0, read_kind },
	{ "permissions", 0, read_kind },
	{ "message", GATE(message), NULL },
	{ "level", 0, read_level },
	{ "timeout", 0, read_timeout },
};

const struct field_table parse_gate_fields = { ARRAY_SIZE(gate_fields), gate_fields };

static void finish_run(struct reader *reader, struct gate_draft *draft)
{
	struct step *run;

	if (!draft->run) {
		if (draft->timeout_at.line)
			diag_error(reader->diags, draft->timeout_at,
				   "'timeout' of a gate needs 'run'");
		return;
	}
	run = (struct step *)parse_command(reader, draft->run, draft->gate.name);
	if (run)
		run->timeout_ms = draft->timeout_ms ? draft->timeout_ms : GATE_TIMEOUT_MS;
	draft->gate.run = run;
}

static void read_gate(struct reader *reader, const struct yaml_node *node, const char *key,
		      const char *file, size_t number, struct gate *out)
{
	struct gate_draft draft = { .gate.span = node->span, .gate.file = file };
	size_t n_errors = reader->diags->n_errors;
	struct diag *diag;

	parse_fields(reader, AT_GATE, node, &draft);
	if (!draft.n_kinds && reader->diags->n_errors > n_errors)
		return; /* it was misspelt */
	if (draft.n_kinds != 1) {
		diag = diag_error(reader->diags, node->span,
				  draft.n_kinds ? "a gate is of one kind, not of %zu"
						: "a gate needs a kind",
				  draft.n_kinds);
		diag_hint(reader->diags, diag,
			  "write {commands: […]}, {files: […]}, {if: …}, "
			  "{run: …} and so on, each as an item of its own");
		return;
	}
	draft.gate.name = arena_printf(reader->arena, "%s[%zu] %s", key, number,
				       kind_names[draft.gate.kind]);
	finish_run(reader, &draft);
	*out = draft.gate;
}

/* A bare word is a command in some tools, a program or a file in others. */
static void refuse_item(struct reader *reader, const struct yaml_node *item)
{
	struct diag *diag;

	if (item->kind == YAML_BAD)
		return;
	diag = diag_error(reader->diags, item->span, "a gate must be a mapping, not %s",
			  yaml_kind_name(item));
	if (parse_is_scalar(item))
		diag_hint(reader->diags, diag,
			  "write {run: COMMAND}, {commands: [PROGRAM]}, {files: [PATH]}, {if: "
			  "EXPRESSION} and so on");
}

void parse_gates(struct reader *reader, const struct yaml_node *node, const char *key,
		 const char *file, struct gates *gates)
{
	const struct yaml_node *items = node;
	size_t n = 1, n_before = gates->n;
	struct gate *list;

	if (node->kind == YAML_SEQ) {
		items = node->items;
		n = node->n_items;
	} else if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, schema_find(AT_STEP, key), node);
		return;
	}
	if (n + n_before > MAX_GATES) {
		diag_error(reader->diags, node->span, "more than %d gates", MAX_GATES);
		return;
	}
	list = ARENA_ARRAY(reader->arena, struct gate, n + n_before);
	if (n_before)
		memcpy(list, gates->v, n_before * sizeof *list);
	for (size_t i = 0; i < n; i++) {
		if (items[i].kind == YAML_MAP)
			read_gate(reader, &items[i], key, file, n_before + i + 1,
				  &list[n_before + i]);
		else
			refuse_item(reader, &items[i]);
	}
	*gates = (struct gates){ n_before + n, list };
}
