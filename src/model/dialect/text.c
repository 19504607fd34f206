/*
 * Expressions, and the `${…}` of texts: `tasks.x` is steps.x, `===` is ==, 'completed' is 'passed',
 * `item` in a loop is each.item, `execution` is run. What is a string, or a variable of the shell, is left
 * alone.
 */
#include <ctype.h>
#include <string.h>

#include "dialect_impl.h"

struct rewriter {
	struct dialect *d;
	const char *text;
	size_t len, at;
	struct strbuf out;
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static void copy_to(struct rewriter *r, size_t end)
{
	strbuf_add(&r->out, r->text + r->at, end - r->at);
	r->at = end;
}

/* What became shorter. */
static void fill_up(struct rewriter *r, size_t n)
{
	if (r->d->keeps_columns)
		strbuf_pad(&r->out, ' ', n);
}

/* Behind the string that begins at `at`. */
static size_t string_end(const char *text, size_t len, size_t at)
{
	char quote = text[at++];

	for (; at < len && text[at] != quote; at++)
		if (text[at] == '\\' && at + 1 < len)
			at++;
	return at < len ? at + 1 : len;
}

static bool is_boundary(const char *text, size_t len, size_t at)
{
	return at + 1 < len && ((text[at] == '&' && text[at + 1] == '&') ||
				(text[at] == '|' && text[at + 1] == '|'));
}

/* Is a status compared in the part of the expression, between && and ||, that has this place? */
static bool is_about_status(const struct rewriter *r, size_t at)
{
	static const char word[] = ".status";
	size_t from = at, to = at;

	while (from > 0 && !is_boundary(r->text, r->len, from))
		from--;
	while (to < r->len && !is_boundary(r->text, r->len, to))
		to++;
	for (; from + sizeof word - 1 <= to; from++)
		if (memcmp(r->text + from, word, sizeof word - 1) == 0 &&
		    (from + sizeof word - 1 == r->len || !is_word(r->text[from + sizeof word - 1])))
			return true;
	return false;
}

static void rewrite_string(struct rewriter *r)
{
	static const char word[] = "completed";
	size_t end = string_end(r->text, r->len, r->at), len = sizeof word - 1;
	char quote = r->text[r->at];

	if (end - r->at != len + 2 || memcmp(r->text + r->at + 1, word, len) != 0 ||
	    !is_about_status(r, r->at)) {
		copy_to(r, end);
		return;
	}
	strbuf_addf(&r->out, "%cpassed%c", quote, quote);
	fill_up(r, len - strlen("passed"));
	r->at = end;
}

/* Behind x.a['b'][0]. A name may hold '-' behind those that the format says. */
static size_t chain_end(const struct rewriter *r, size_t at, bool has_ids)
{
	while (at < r->len) {
		if (r->text[at] == '[') {
			for (at++; at < r->len && r->text[at] != ']';)
				at = strchr("'\"", r->text[at]) ? string_end(r->text, r->len, at)
								: at + 1;
			at += at < r->len;
		} else if (r->text[at] == '.' && at + 1 < r->len && is_word(r->text[at + 1])) {
			size_t from = ++at;

			while (at < r->len &&
			       (is_word(r->text[at]) || (has_ids && r->text[at] == '-')))
				at++;
			has_ids = at - from == 7 && memcmp(r->text + from, "outputs", 7) == 0;
		} else {
			break;
		}
	}
	return at;
}

/* The id in `tasks.ID` and `tasks['ID']`; *end: behind it. */
static const char *member(const struct rewriter *r, size_t at, size_t *end)
{
	size_t from = at + 1;

	if (r->text[at] == '.') {
		*end = from;
		while (*end < r->len && (is_word(r->text[*end]) || r->text[*end] == '-'))
			++*end;
		return arena_strndup(r->d->arena, r->text + from, *end - from);
	}
	if (from >= r->len || !strchr("'\"", r->text[from]))
		return NULL;
	*end = string_end(r->text, r->len, from);
	if (*end >= r->len || r->text[*end] != ']')
		return NULL;
	++*end;
	return arena_strndup(r->d->arena, r->text + from + 1, *end - from - 3);
}

/* `tasks.x` up to and with the id. */
static void rewrite_step(struct rewriter *r, size_t word_end)
{
	size_t end = word_end;
	const char *id = member(r, word_end, &end);
	const char *name = id && survey_seat(r->d, id) ? survey_name(r->d, id) : NULL;

	strbuf_addstr(&r->out, "steps");
	r->at = word_end;
	if (!name || strcmp(name, id) == 0)
		return;
	if (strchr(name, '/'))
		strbuf_addf(&r->out, "['%s']", name);
	else
		strbuf_addf(&r->out, ".%s", name);
	r->at = end;
}

static bool ends_in_duration(const struct rewriter *r, size_t end)
{
	static const char word[] = ".duration";
	size_t len = sizeof word - 1;

	return end >= len && memcmp(r->text + end - len, word, len) == 0;
}

static bool is_one_of(const char *word, size_t len, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
			return true;
	return false;
}

static const char *const namespaces[] = { "params", "env",	"vars",	 "each",     "event",
					  "steps",  "workflow", "run",	 "error",    "metrics",
					  "git",    "secret",	"tasks", "execution" };

static bool is_bare_name(const struct rewriter *r, size_t word_end)
{
	static const char *const words[] = { "true", "false", "null", "in", "not" };
	const char *word = r->text + r->at;
	size_t len = word_end - r->at, at = word_end;

	while (at < r->len && r->text[at] == ' ')
		at++;
	return !(at < r->len && r->text[at] == '(') &&
	       !is_one_of(word, len, words, ARRAY_SIZE(words)) &&
	       !is_one_of(word, len, namespaces, ARRAY_SIZE(namespaces));
}

static bool is_text(const struct rewriter *r, size_t end, const char *word)
{
	return end - r->at == strlen(word) && memcmp(r->text + r->at, word, end - r->at) == 0;
}

/* A name with its members. */
static void rewrite_name(struct rewriter *r)
{
	bool has_member, is_step, is_ms;
	size_t word_end = r->at, end;

	while (word_end < r->len && is_word(r->text[word_end]))
		word_end++;
	has_member = word_end < r->len && (r->text[word_end] == '.' || r->text[word_end] == '[');
	is_step = has_member && (is_text(r, word_end, "tasks") || is_text(r, word_end, "steps"));
	end = chain_end(r, word_end, is_step || is_text(r, word_end, "params"));
	is_ms = r->d->in_alert && ends_in_duration(r, end);
	if (is_ms)
		strbuf_addch(&r->out, '(');
	if (is_step) {
		rewrite_step(r, word_end);
	} else if (has_member && is_text(r, word_end, "execution")) {
		strbuf_addstr(&r->out, "run");
		r->at = word_end;
	} else if (r->d->task && r->d->task->in_loop && is_text(r, word_end, "item")) {
		strbuf_addstr(&r->out, "each.item");
		r->at = word_end;
	} else if (r->d->bare_is_output && is_bare_name(r, word_end)) {
		strbuf_addstr(&r->out, "run.outputs.");
	}
	copy_to(r, end);
	if (is_ms)
		strbuf_addstr(&r->out, " * 1000)");
}

static bool is_at(const struct rewriter *r, const char *word)
{
	size_t len = strlen(word);

	return r->len - r->at >= len && memcmp(r->text + r->at, word, len) == 0;
}

static void rewrite(struct rewriter *r)
{
	while (r->at < r->len) {
		char c = r->text[r->at];

		if (c == '\'' || c == '"') {
			rewrite_string(r);
		} else if (is_at(r, "===") || is_at(r, "!==")) {
			strbuf_add(&r->out, r->text + r->at, 2);
			fill_up(r, 1);
			r->at += 3;
		} else if (isdigit((unsigned char)c)) {
			size_t end = r->at;

			while (end < r->len && (is_word(r->text[end]) || r->text[end] == '.'))
				end++;
			copy_to(r, end);
		} else if (is_word(c)) {
			rewrite_name(r);
		} else {
			copy_to(r, r->at + 1);
		}
	}
}

static const char *rewritten(struct dialect *d, const char *text, size_t len)
{
	struct rewriter r = { .d = d, .text = text, .len = len };
	const char *copy;

	rewrite(&r);
	copy = arena_strndup(d->arena, strbuf_str(&r.out), r.out.len);
	strbuf_release(&r.out);
	return copy;
}

struct yaml_node text_expr(struct dialect *d, const struct yaml_node *scalar)
{
	const char *text;

	if (scalar->kind != YAML_STRING)
		return *scalar;
	text = rewritten(d, scalar->text, scalar->len);
	return strcmp(text, scalar->text) == 0 ? *scalar : tree_retext(scalar, text);
}

/* Behind the '}' of the `${` at this place; 0: there is none. */
static size_t braces_end(const char *text, size_t len, size_t at)
{
	unsigned depth = 0;

	for (at++; at < len; at++) {
		if (text[at] == '{')
			depth++;
		else if (text[at] == '}' && --depth == 0)
			return at + 1;
		else if (text[at] == '\'' || text[at] == '"')
			at = string_end(text, len, at) - 1;
	}
	return 0;
}

/* Is what stands in the braces for us, and not a variable of the shell's? */
static bool is_ours(const struct dialect *d, const char *text, size_t len)
{
	size_t at = 0, word;

	while (at < len && strchr(" !(", text[at]))
		at++;
	for (word = at; at < len && is_word(text[at]);)
		at++;
	if (d->task && d->task->in_loop && at - word == 4 && memcmp(text + word, "item", 4) == 0 &&
	    (at == len || strchr(".[ }", text[at])))
		return true;
	return at < len && (text[at] == '.' || text[at] == '[') &&
	       is_one_of(text + word, at - word, namespaces, ARRAY_SIZE(namespaces));
}

struct yaml_node text_values(struct dialect *d, const struct yaml_node *scalar)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *text = scalar->text;
	size_t at = 0;

	if (scalar->kind != YAML_STRING || !strstr(text, "${"))
		return *scalar;
	while (at < scalar->len) {
		bool is_open = text[at] == '$' && text[at + 1] == '{' &&
			       !(at && text[at - 1] == '$');
		size_t end = is_open ? braces_end(text, scalar->len, at) : 0;

		if (!end || !is_ours(d, text + at + 2, end - at - 3)) {
			strbuf_addch(&out, text[at++]);
			continue;
		}
		strbuf_addf(&out, "${%s}", rewritten(d, text + at + 2, end - at - 3));
		at = end;
	}
	if (strcmp(strbuf_str(&out), text) == 0)
		return *scalar;
	return tree_retext(scalar, arena_strdup(d->arena, strbuf_str(&out)));
}

struct yaml_node text_copy(struct dialect *d, const struct yaml_node *node)
{
	struct yaml_node copy = *node;

	if (node->kind == YAML_SEQ) {
		copy.items = ARENA_ARRAY(d->arena, struct yaml_node, node->n_items + 1);
		for (size_t i = 0; i < node->n_items; i++)
			copy.items[i] = text_copy(d, &node->items[i]);
	} else if (node->kind == YAML_MAP) {
		copy.pairs = ARENA_ARRAY(d->arena, struct yaml_pair, node->n_pairs + 1);
		for (size_t i = 0; i < node->n_pairs; i++) {
			copy.pairs[i].key = node->pairs[i].key;
			copy.pairs[i].value = text_copy(d, &node->pairs[i].value);
		}
	} else {
		copy = text_values(d, node);
	}
	return copy;
}
