/*
 * What libyaml finds wrong, in words for people who never read YAML's grammar: a table from its
 * messages to ours, and hints for the traps that everybody falls into.
 */
#include "yaml_impl.h"

#include <string.h>

#include "base/compat.h"

enum { LINE_MAX_SCANNED = 2000 }; /* bytes; hints are for lines that people write */

/* One line of the document without its break. */
struct line {
	const char *text;
	size_t len;
};

static struct line source_line(const struct diags *diags, size_t number)
{
	const char *at = diags->text, *end = at + diags->text_len, *eol;

	for (; number && at < end; number--) {
		eol = memchr(at, '\n', (size_t)(end - at));
		at = eol ? eol + 1 : end;
	}
	eol = memchr(at, '\n', (size_t)(end - at));
	if (!eol)
		eol = end;
	if (eol > at && eol[-1] == '\r')
		eol--;
	return (struct line){ at, (size_t)(eol - at) };
}

/* Bytes before column `col`, which counts characters. */
static size_t byte_of(struct line line, size_t col)
{
	size_t at = 0;

	while (at < line.len && col) {
		at++;
		while (at < line.len && ((unsigned char)line.text[at] & 0xc0) == 0x80)
			at++;
		col--;
	}
	return at;
}

static char char_at(const struct diags *diags, size_t line_no, size_t col)
{
	struct line line = source_line(diags, line_no);
	size_t at = byte_of(line, col);

	return at < line.len ? line.text[at] : '\0';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct line trimmed(struct line line)
{
	while (line.len && is_blank(line.text[0])) {
		line.text++;
		line.len--;
	}
	while (line.len && is_blank(line.text[line.len - 1]))
		line.len--;
	return line;
}

/* Behind the indentation and the dashes of list items. */
static struct line without_dashes(struct line line)
{
	line = trimmed(line);
	while (line.len > 1 && line.text[0] == '-' && is_blank(line.text[1])) {
		line.text++;
		line.len--;
		line = trimmed(line);
	}
	return line;
}

static void hint_quoted(struct diags *diags, struct diag *diag, struct line word)
{
	bool has_double = memchr(word.text, '"', word.len) || memchr(word.text, '\\', word.len);

	if (!word.len || word.len > 80)
		diag_hint(diags, diag, "put it in quotes");
	else if (!has_double)
		diag_hint(diags, diag, "quote it: \"%.*s\"", (int)word.len, word.text);
	else if (!memchr(word.text, '\'', word.len))
		diag_hint(diags, diag, "quote it: '%.*s'", (int)word.len, word.text);
	else
		diag_hint(diags, diag, "write the text below the key, after 'key: |'");
}

static const char *find_in(struct line line, const char *what)
{
	return memmem(line.text, line.len, what, strlen(what));
}

/* Where the value around byte `at` begins, and how deep in brackets it is. */
struct value_start {
	size_t start, depth;
};

/* Behind the quote that closes the string beginning at `from`. */
static size_t skip_string(struct line line, size_t from, size_t end)
{
	size_t at = from + 1;

	while (at < end && line.text[at] != line.text[from])
		at += line.text[at] == '\\' && line.text[from] == '"' ? 2 : 1;
	return at < end ? at + 1 : end;
}

static struct value_start find_start(struct line line, size_t at)
{
	struct value_start found = { (size_t)(without_dashes(line).text - line.text), 0 };
	char stack[16] = { 0 };
	bool has_key = false;

	for (size_t i = found.start; i < at;) {
		char c = line.text[i], top = found.depth ? stack[found.depth - 1] : '\0';
		bool is_first =
			trimmed((struct line){ line.text + found.start, i - found.start }).len == 0;

		if (is_first && strchr("\"'", c)) {
			i = skip_string(line, i, at);
			continue;
		}
		if (is_first && strchr("[{", c) && found.depth < sizeof stack) {
			stack[found.depth++] = c;
			found.start = i + 1;
		} else if (c == ',' && top) {
			found.start = i + 1;
		} else if (strchr("]}", c) && top) {
			found.depth--;
		} else if (c == ':' && is_blank(line.text[i + 1]) &&
			   (top == '{' || (!top && !has_key))) {
			has_key |= !top;
			found.start = i + 1;
		}
		i++;
	}
	return found;
}

/* The value around `col`: in brackets up to the comma or bracket that ends it, else the rest of the
 * line. Brackets in it belong to it. */
static struct line word_at(struct line line, size_t col)
{
	size_t at = byte_of(line, col), end, depth = 0;
	struct value_start value;

	if (at && at < line.len && line.text[at] == '{' && line.text[at - 1] == '{')
		at--; /* {{ x }} */
	if (at > LINE_MAX_SCANNED)
		return (struct line){ line.text, 0 };
	value = find_start(line, at);
	for (end = at; end < line.len && end - at < LINE_MAX_SCANNED; end++) {
		char c = line.text[end];

		if (strchr("{[(", c))
			depth++;
		else if (depth && strchr("}])", c))
			depth--;
		else if (!depth && value.depth && strchr(",]}", c))
			break;
		else if (c == '#' && end && is_blank(line.text[end - 1]))
			break;
	}
	return trimmed((struct line){ line.text + value.start, end - value.start });
}

void yaml_hint_quote(struct diags *diags, struct diag *diag, size_t line, size_t col)
{
	/* Past the errors that are kept, looking for words would only take time. */
	if (diag)
		hint_quoted(diags, diag, word_at(source_line(diags, line), col));
}

static struct span here(const struct yaml_problem *p)
{
	return yaml_span(p->line, p->col, 1);
}

static struct span at_context(const struct yaml_problem *p)
{
	return yaml_span(p->context_line, p->context_col, 1);
}

static void report_bad_start(struct diags *diags, const struct yaml_problem *p)
{
	char c = char_at(diags, p->line, p->col);
	struct diag *diag;

	if (c == '\t') {
		diag = diag_error(diags, here(p), "a tab in the indentation");
		diag_hint(diags, diag, "indent with spaces: YAML allows no tabs there");
		return;
	}
	diag = diag_error(diags, here(p), "a plain value cannot begin with '%c'", c);
	yaml_hint_quote(diags, diag, p->line, p->col);
}

static void report_alias(struct diags *diags, const struct yaml_problem *p)
{
	char c = char_at(diags, p->context_line, p->context_col);
	struct diag *diag = diag_error(diags, at_context(p),
				       "a plain value cannot begin with '%c': YAML reads %s there",
				       c, c == '&' ? "an anchor" : "an alias");

	yaml_hint_quote(diags, diag, p->context_line, p->context_col);
}

static void report_tag(struct diags *diags, const struct yaml_problem *p)
{
	struct diag *diag = diag_error(
		diags, at_context(p),
		"a plain value cannot begin with '!': YAML reads a tag there");

	yaml_hint_quote(diags, diag, p->context_line, p->context_col);
}

static void report_flow(struct diags *diags, const struct yaml_problem *p)
{
	char close = strchr(p->problem, ']') ? ']' : '}';
	struct line line = source_line(diags, p->line);
	size_t at = byte_of(line, p->col);
	struct diag *diag;

	/* In a later line a ':' is that of the next key: the bracket was forgotten. */
	if (at >= line.len || (p->line != p->context_line && line.text[at] == ':')) {
		diag_error(diags, at_context(p), "'%c' without its '%c'", close == ']' ? '[' : '{',
			   close);
		return;
	}
	diag = diag_error(diags, here(p), "expected ',' or '%c'", close);
	if (at && !is_blank(line.text[at - 1]))
		hint_quoted(diags, diag, word_at(line, p->col));
}

/* `id:build`: a colon with no blank behind it, and nothing that makes it a key. */
static bool is_glued_key(struct line line)
{
	line = without_dashes(line);
	for (size_t i = 0; i < line.len; i++) {
		if (is_blank(line.text[i]))
			return false;
		if (line.text[i] == ':')
			return i && i + 1 < line.len && !is_blank(line.text[i + 1]) &&
			       line.text[i + 1] != '/';
	}
	return false;
}

static void report_glued(struct diags *diags, size_t line_no)
{
	struct line whole = source_line(diags, line_no), line = without_dashes(whole);
	const char *colon = memchr(line.text, ':', line.len);
	size_t before = (size_t)(colon + 1 - line.text);
	struct diag *diag = diag_error(
		diags, yaml_span(line_no, (size_t)(line.text - whole.text), line.len),
		"no blank after the colon");

	if (line.len < 80)
		diag_hint(diags, diag, "write \"%.*s %.*s\"", (int)before, line.text,
			  (int)(line.len - before), colon + 1);
}

static void report_colon(struct diags *diags, const struct yaml_problem *p)
{
	struct line line = source_line(diags, p->line), value;
	const char *colon = find_in(line, ": ");
	size_t at = byte_of(line, p->col);
	struct diag *diag;

	if (colon && (size_t)(colon - line.text) < at) {
		diag = diag_error(diags, here(p), "a ': ' inside a plain value");
		value.text = colon + 2;
		value.len = line.len - (size_t)(value.text - line.text);
		hint_quoted(diags, diag, trimmed(value));
		return;
	}
	if (p->line && is_glued_key(source_line(diags, p->line - 1))) {
		report_glued(diags, p->line - 1);
		return;
	}
	diag = diag_error(diags, here(p), "a key that is indented too far");
	diag_hint(diags, diag, "the keys of one mapping stand in the same column");
}

static void report_no_colon(struct diags *diags, const struct yaml_problem *p)
{
	struct line line = without_dashes(source_line(diags, p->context_line));
	struct diag *diag = diag_error(diags, yaml_span(p->context_line, p->context_col, line.len),
				       "neither a key nor a list item");

	if (is_glued_key(line))
		diag_hint(diags, diag, "put a blank after the colon");
	else
		diag_hint(diags, diag,
			  "a key ends in ':' and a blank; a list item begins with '- '");
}

static void report_dash(struct diags *diags, const struct yaml_problem *p)
{
	struct diag *diag = diag_error(diags, here(p), "expected '- ' or less indentation");

	diag_hint(diags, diag,
		  "the items of the list above begin in column %zu, their keys behind it",
		  p->context_col + 1);
}

static void report_key(struct diags *diags, const struct yaml_problem *p)
{
	struct line line = source_line(diags, p->line), before;
	char c = char_at(diags, p->line, p->col);
	struct diag *diag;

	before = trimmed((struct line){ line.text, byte_of(line, p->col) });
	if (before.len && strchr("\"']}", before.text[before.len - 1])) {
		const char *colon = find_in(line, ": ");

		diag = diag_error(diags, here(p), "text after the closing '%c'",
				  before.text[before.len - 1]);
		if (colon)
			line.len -= (size_t)(colon + 2 - line.text), line.text = colon + 2;
		hint_quoted(diags, diag, trimmed(line));
	} else if (c == ']' || c == '}') {
		diag_error(diags, here(p), "'%c' without its '%c'", c, c == ']' ? '[' : '{');
	} else {
		diag = diag_error(diags, here(p), "the indentation does not fit");
		diag_hint(diags, diag,
			  "the keys of the mapping that begins in line %zu stand in column %zu",
			  p->context_line + 1, p->context_col + 1);
	}
}

static void report_content(struct diags *diags, const struct yaml_problem *p)
{
	char c = char_at(diags, p->line, p->col);

	if (c)
		diag_error(diags, here(p), "expected a value before '%c'", c);
	else
		diag_error(diags, here(p), "expected a value");
}

static size_t col_of(struct line line, size_t at)
{
	size_t col = 0;

	for (size_t i = 0; i < at; i++)
		col += ((unsigned char)line.text[i] & 0xc0) != 0x80;
	return col;
}

/* In {id: a, run: echo "${x}"} the value ends at the first '}', and the quote behind it opens a string. */
static void report_unclosed(struct diags *diags, const struct yaml_problem *p)
{
	struct line line = source_line(diags, p->context_line);
	size_t at = byte_of(line, p->context_col);
	struct diag *diag = diag_error(diags, at_context(p), "a string without its closing quote");

	if (!diag || !at || at > LINE_MAX_SCANNED || line.text[at - 1] != '}')
		return;
	while (at > 1 && memcmp(line.text + at - 2, "${", 2) != 0)
		at--;
	if (at > 1)
		yaml_hint_quote(diags, diag, p->context_line, col_of(line, at - 2));
}

static const struct problem_row {
	const char *problem;
	void (*report)(struct diags *diags, const struct yaml_problem *problem);
	const char *msg; /* where report is NULL */
	const char *hint;
} problem_rows[] = {
	{ "found character that cannot start any token", report_bad_start, NULL, NULL },
	{ "did not find expected alphabetic or numeric character", report_alias, NULL, NULL },
	{ "did not find expected whitespace or line break", report_tag, NULL, NULL },
	{ "did not find expected tag URI", report_tag, NULL, NULL },
	{ "did not find expected '!'", report_tag, NULL, NULL },
	{ "found undefined tag handle", report_tag, NULL, NULL },
	{ "did not find expected ',' or ']'", report_flow, NULL, NULL },
	{ "did not find expected ',' or '}'", report_flow, NULL, NULL },
	{ "mapping values are not allowed in this context", report_colon, NULL, NULL },
	{ "could not find expected ':'", report_no_colon, NULL, NULL },
	{ "did not find expected '-' indicator", report_dash, NULL, NULL },
	{ "did not find expected key", report_key, NULL, NULL },
	{ "did not find expected node content", report_content, NULL, NULL },
	{ "found unexpected end of stream", report_unclosed, NULL, NULL },
	{ "found unexpected document indicator", report_unclosed, NULL, NULL },
	{ "found unknown escape character", NULL, "unknown escape in a double-quoted string",
	  "write \\\\ for a backslash, or use single quotes" },
	{ "did not find expected hexdecimal number", NULL, "an escape with too few digits",
	  "write \\\\ for a backslash, or use single quotes" },
	{ "found invalid Unicode character escape code", NULL, "an escape that is no character",
	  NULL },
	{ "found a tab character where an indentation space is expected", NULL,
	  "a tab in the indentation", "indent with spaces: YAML allows no tabs there" },
	{ "found a tab character that violates indentation", NULL, "a tab in the indentation",
	  "indent with spaces: YAML allows no tabs there" },
	{ "did not find expected comment or line break", NULL, "text behind '|' or '>'",
	  "the text begins in the next line, indented" },
	{ "block sequence entries are not allowed in this context", NULL,
	  "a list cannot begin here", "begin it in the next line, or write [a, b]" },
	{ "mapping keys are not allowed in this context", NULL, "a '?' cannot stand here",
	  "put the value in quotes" },
	{ "did not find expected <document start>", NULL, "text after the end of the document",
	  "a file has one mapping at its top" },
	{ "found incompatible YAML document", NULL, "only YAML 1.1 and 1.2 are read",
	  "leave the %YAML line out" },
};

void yaml_problem_report(struct diags *diags, const struct yaml_problem *problem)
{
	struct diag *diag;

	for (size_t i = 0; i < ARRAY_SIZE(problem_rows); i++) {
		const struct problem_row *row = &problem_rows[i];

		if (strcmp(row->problem, problem->problem) != 0)
			continue;
		if (row->report) {
			row->report(diags, problem);
			return;
		}
		diag = diag_error(diags, here(problem), "%s", row->msg);
		if (row->hint)
			diag_hint(diags, diag, "%s", row->hint);
		return;
	}
	diag_error(diags, here(problem), "this is no YAML: %s", problem->problem);
}
