/*
 * What differs between two materials: lines are matched by their key (`env CC`, `input src/a.c`), so
 * that the order of lines does not matter, and each difference becomes a reason.
 */
#include <stdlib.h>
#include <string.h>

#include "base/strmap.h"
#include "plan/fingerprint.h"
#include "plan/material_impl.h"

enum field_kind { /* most telling first */
		  FIELD_ACTION,
		  FIELD_ARG,
		  FIELD_DIR,
		  FIELD_STDIN,
		  FIELD_ENV,
		  FIELD_VALUE,
		  FIELD_TOOL,
		  FIELD_INPUT,
		  FIELD_DEP,
		  FIELD_UPSTREAM,
		  FIELD_GLOB,
		  FIELD_OUTPUT,
		  FIELD_DEPFILE,
		  FIELD_PLATFORM,
		  FIELD_HEADER,
		  FIELD_RUN, /* a result that counts in its own run only */
		  FIELD_UNKNOWN,
		  FIELD_KINDS
};

/* How a line's key and value are told apart. */
enum field_form {
	FORM_SINGLE, /* one line of its kind: all of it is the value */
	FORM_PAIR,   /* NAME=value, or NAME alone */
	FORM_ENTRY,  /* PATH kind digest */
	FORM_MEMBER  /* one of a set: all of it is the key */
};

static const struct field_row {
	const char *name;
	enum field_form form;
	enum reason_kind reason;
	const char *subject; /* FORM_SINGLE and FORM_MEMBER */
} field_rows[FIELD_KINDS] = {
	[FIELD_ACTION] = { "action", FORM_SINGLE, REASON_COMMAND_CHANGED, "action" },
	[FIELD_ARG] = { "arg", FORM_SINGLE, REASON_COMMAND_CHANGED, NULL },
	[FIELD_DIR] = { "dir", FORM_SINGLE, REASON_COMMAND_CHANGED, "dir" },
	[FIELD_STDIN] = { "stdin", FORM_SINGLE, REASON_COMMAND_CHANGED, "stdin" },
	[FIELD_ENV] = { "env", FORM_PAIR, REASON_ENV_CHANGED, NULL },
	[FIELD_VALUE] = { "value", FORM_PAIR, REASON_VALUE_CHANGED, NULL },
	[FIELD_TOOL] = { "tool", FORM_ENTRY, REASON_TOOL_CHANGED, NULL },
	[FIELD_INPUT] = { "input", FORM_ENTRY, REASON_INPUT_CHANGED, NULL },
	[FIELD_DEP] = { "dep", FORM_ENTRY, REASON_INPUT_CHANGED, NULL },
	[FIELD_UPSTREAM] = { "upstream", FORM_PAIR, REASON_UPSTREAM_CHANGED, NULL },
	[FIELD_GLOB] = { "glob", FORM_MEMBER, REASON_DEFINITION_CHANGED, "inputs" },
	[FIELD_OUTPUT] = { "output", FORM_MEMBER, REASON_DEFINITION_CHANGED, "outputs" },
	[FIELD_DEPFILE] = { "depfile", FORM_SINGLE, REASON_DEFINITION_CHANGED, "depfile" },
	[FIELD_PLATFORM] = { "platform", FORM_SINGLE, REASON_DEFINITION_CHANGED, "platform" },
	[FIELD_HEADER] = { "wf-material", FORM_SINGLE, REASON_DEFINITION_CHANGED, "format" },
	[FIELD_RUN] = { "run", FORM_SINGLE, REASON_ALWAYS_RUNS, NULL },
	[FIELD_UNKNOWN] = { "", FORM_MEMBER, REASON_DEFINITION_CHANGED, "definition" },
};

struct field {
	enum field_kind kind;
	const char *key;	  /* of the whole line: what must be equal to be the same fact */
	const char *name, *value; /* unescaped; value NULL: none */
	bool is_seen;
};

struct material {
	VEC(struct field) fields;
	struct strmap by_key;
	VEC(const char *) args;
	const char *action;
};

static void material_release(struct material *material)
{
	vec_release(&material->fields);
	vec_release(&material->args);
	strmap_release(&material->by_key);
}

static enum field_kind kind_of(const char *line, size_t len)
{
	enum field_kind kind;

	for (kind = 0; kind < FIELD_UNKNOWN; kind++) {
		size_t n = strlen(field_rows[kind].name);

		if (n == len && !memcmp(field_rows[kind].name, line, n))
			break;
	}
	return kind;
}

static void split_field(struct arena *arena, struct field *field, const char *rest, size_t len)
{
	enum field_form form = field_rows[field->kind].form;
	char separator = form == FORM_PAIR ? '=' : ' ';
	const char *end;

	if (form == FORM_SINGLE) {
		field->value = material_unescape(arena, rest, len);
		return;
	}
	end = form == FORM_MEMBER ? NULL : memchr(rest, separator, len);
	field->name = material_unescape(arena, rest, end ? (size_t)(end - rest) : len);
	if (end)
		field->value = material_unescape(arena, end + 1, len - (size_t)(end + 1 - rest));
}

/* The line up to what may differ while it stays the same fact. */
static const char *key_of(struct arena *arena, enum field_kind kind, const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len), *end = NULL;

	switch (field_rows[kind].form) {
	case FORM_SINGLE: return field_rows[kind].name;
	case FORM_MEMBER: return arena_strndup(arena, line, len);
	case FORM_PAIR: end = memchr(line, '=', len); break;
	case FORM_ENTRY: end = memchr(blank + 1, ' ', len - (size_t)(blank + 1 - line)); break;
	}
	return arena_strndup(arena, line, end ? (size_t)(end - line) : len);
}

static void add_line(struct material *material, struct arena *arena, const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len), *rest = blank ? blank + 1 : line + len;
	struct field field = { 0 };

	field.kind = blank ? kind_of(line, (size_t)(blank - line)) : FIELD_UNKNOWN;
	if (field.kind == FIELD_UNKNOWN)
		rest = line;
	split_field(arena, &field, rest, len - (size_t)(rest - line));
	if (field.kind == FIELD_ARG) {
		vec_push(&material->args, field.value);
		return;
	}
	if (field.kind == FIELD_ACTION)
		material->action = field.value;
	field.key = key_of(arena, field.kind, line, len);
	vec_push(&material->fields, field);
}

static void add_lines(struct material *material, struct arena *arena, const char *text,
		      const char *end)
{
	const char *stop;

	for (; text < end; text = stop + 1) {
		stop = material_end_of_line(text, end);
		add_line(material, arena, text, (size_t)(stop - text));
	}
}

/* The lines of [0, head) and of [from, to). */
static void material_read(struct material *material, struct arena *arena, const char *text,
			  size_t head, size_t from, size_t to)
{
	material->action = "";
	add_lines(material, arena, text, text + head);
	add_lines(material, arena, text + from, text + to);
	for (size_t i = 0; i < material->fields.n; i++)
		strmap_put(&material->by_key, material->fields.v[i].key, &material->fields.v[i]);
}

/* As a person would type it: two words are not one with a blank. */
static void add_word(struct strbuf *text, const char *word)
{
	bool is_plain = *word && !strpbrk(word, " \t\n'\"");

	if (!is_plain)
		strbuf_addch(text, '\'');
	strbuf_addstr(text, word);
	if (!is_plain)
		strbuf_addch(text, '\'');
}

static const char *join_args(struct arena *arena, const struct material *material, size_t n)
{
	struct strbuf text = STRBUF_INIT;
	const char *joined;
	size_t i;

	for (i = 0; i < n && i < material->args.n; i++) {
		if (i)
			strbuf_addch(&text, ' ');
		add_word(&text, material->args.v[i]);
	}
	joined = arena_strdup(arena, strbuf_str(&text));
	strbuf_release(&text);
	return joined;
}

static bool args_equal(const struct material *a, const struct material *b, size_t n)
{
	size_t i;

	if (a->args.n != b->args.n)
		return false;
	for (i = 0; i < n; i++)
		if (strcmp(a->args.v[i], b->args.v[i]) != 0)
			return false;
	return true;
}

static void add_reason(struct reasons *reasons, enum reason_kind kind, const char *subject,
		       const char *before, const char *after)
{
	vec_push(&reasons->list, ((struct reason){ kind, subject, before, after }));
}

/* The script of a shell is its last word; those before it are the shell. */
static void diff_args(struct material *before, struct material *after, struct arena *arena,
		      struct reasons *reasons)
{
	size_t n_before = before->args.n, n_after = after->args.n;
	bool is_shell = n_before && n_after && !strcmp(before->action, "shell") &&
			!strcmp(after->action, "shell");

	if (args_equal(before, after, n_before))
		return;
	if (!is_shell) {
		add_reason(reasons, REASON_COMMAND_CHANGED, "argv",
			   join_args(arena, before, n_before), join_args(arena, after, n_after));
		return;
	}
	if (strcmp(before->args.v[n_before - 1], after->args.v[n_after - 1]) != 0)
		add_reason(reasons, REASON_COMMAND_CHANGED, "command", before->args.v[n_before - 1],
			   after->args.v[n_after - 1]);
	if (!args_equal(before, after, n_before - 1))
		add_reason(reasons, REASON_COMMAND_CHANGED, "shell",
			   join_args(arena, before, n_before - 1),
			   join_args(arena, after, n_after - 1));
}

static bool is_absent(const struct field *field)
{
	return field->value && !strcmp(field->value, "absent");
}

/* "file 0f3c…" → "file" where the kinds differ: two digests tell a person nothing. */
static const char *entry_kind_of(struct arena *arena, const struct field *field)
{
	return arena_strndup(arena, field->value, strcspn(field->value, " "));
}

static void diff_entry(const struct field *before, const struct field *after, struct arena *arena,
		       struct reasons *reasons)
{
	enum reason_kind kind = field_rows[after->kind].reason;
	const char *was = entry_kind_of(arena, before), *is = entry_kind_of(arena, after);

	if (kind == REASON_INPUT_CHANGED && is_absent(before))
		kind = REASON_INPUT_ADDED;
	else if (kind == REASON_INPUT_CHANGED && is_absent(after))
		kind = REASON_INPUT_REMOVED;
	if (kind == REASON_INPUT_ADDED || kind == REASON_INPUT_REMOVED || !strcmp(was, is))
		was = is = NULL;
	add_reason(reasons, kind, after->name, was, is);
}

static void diff_changed(const struct field *before, const struct field *after, struct arena *arena,
			 struct reasons *reasons)
{
	const struct field_row *row = &field_rows[after->kind];

	if (before->value && after->value && !strcmp(before->value, after->value))
		return;
	if (!before->value && !after->value)
		return;
	if (row->form == FORM_ENTRY && before->value && after->value)
		diff_entry(before, after, arena, reasons);
	else if (after->kind == FIELD_RUN)
		add_reason(reasons, row->reason, NULL, NULL, NULL);
	else if (row->form == FORM_SINGLE)
		add_reason(reasons, row->reason, row->subject, before->value, after->value);
	else if (row->reason == REASON_UPSTREAM_CHANGED)
		add_reason(reasons, row->reason, after->name, NULL, NULL);
	else
		add_reason(reasons, row->reason, after->name, before->value, after->value);
}

static void diff_lonely(const struct field *field, bool is_new, struct reasons *reasons)
{
	const struct field_row *row = &field_rows[field->kind];
	const char *text = row->form == FORM_MEMBER ? field->name : field->value;

	if (field->kind == FIELD_INPUT || field->kind == FIELD_DEP) {
		/* An input that was never there and is not declared any more is a matter of the
		 * definition, which has its own line. */
		if (!is_absent(field))
			add_reason(reasons, is_new ? REASON_INPUT_ADDED : REASON_INPUT_REMOVED,
				   field->name, NULL, NULL);
		else
			add_reason(reasons, REASON_DEFINITION_CHANGED, "inputs",
				   is_new ? NULL : field->name, is_new ? field->name : NULL);
		return;
	}
	if (row->form == FORM_ENTRY || field->kind == FIELD_UPSTREAM || field->kind == FIELD_RUN)
		text = NULL;
	add_reason(reasons, row->reason, row->subject ? row->subject : field->name,
		   is_new ? NULL : text, is_new ? text : NULL);
}

static void diff_kind(struct material *before, struct material *after, enum field_kind kind,
		      struct arena *arena, struct reasons *reasons)
{
	size_t i;

	for (i = 0; i < after->fields.n; i++) {
		struct field *field = &after->fields.v[i], *old;

		if (field->kind != kind)
			continue;
		old = strmap_get(&before->by_key, field->key);
		if (old) {
			old->is_seen = true;
			diff_changed(old, field, arena, reasons);
		} else {
			diff_lonely(field, true, reasons);
		}
	}
	for (i = 0; i < before->fields.n; i++)
		if (before->fields.v[i].kind == kind && !before->fields.v[i].is_seen)
			diff_lonely(&before->fields.v[i], false, reasons);
}

void fingerprint_diff(const char *before, size_t before_len, const char *after, size_t after_len,
		      struct arena *arena, struct reasons *reasons)
{
	struct material old = { 0 }, new = { 0 };
	struct material_difference parts;
	size_t n = reasons->list.n;
	enum field_kind kind;

	if (before_len == after_len && !memcmp(before, after, after_len))
		return;
	material_find_difference(before, before_len, after, after_len, &parts);
	material_read(&old, arena, before, parts.head[0], parts.from, before_len - parts.tail);
	material_read(&new, arena, after, parts.head[1], parts.from, after_len - parts.tail);
	for (kind = 0; kind < FIELD_KINDS; kind++) {
		if (kind == FIELD_ARG)
			diff_args(&old, &new, arena, reasons);
		else
			diff_kind(&old, &new, kind, arena, reasons);
	}
	/* Only the order of a list differs. */
	if (reasons->list.n == n)
		add_reason(reasons, REASON_DEFINITION_CHANGED, "order", NULL, NULL);
	material_release(&old);
	material_release(&new);
}
