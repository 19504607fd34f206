/*
 * Whether two patterns have a path in common: both become sequences of tokens, and a walk over pairs
 * of positions asks whether they can be led to their ends by the same text. Exact for what glob.h
 * knows, so that a step from *.y to *.c and one from *.c to *.o do not seem to wait for each other.
 */
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "plan/plan_impl.h"

#define TOKENS_MAX 256 /* longer patterns count as overlapping */

struct charset {
	uint64_t bits[4];
};

enum token_kind {
	TOKEN_ONE,	 /* one character of the set */
	TOKEN_MANY,	 /* any number of them */
	TOKEN_DIRS,	 /* `**` and its slash: nothing, or TOKEN_DIRS_BODY */
	TOKEN_DIRS_BODY, /* anything that ends in a slash */
};

struct token {
	enum token_kind kind;
	struct charset set;
};

struct tokens {
	size_t n;
	bool is_cut; /* too long */
	struct token v[TOKENS_MAX];
};

static struct charset set_of(unsigned char c)
{
	struct charset set = { { 0 } };

	set.bits[c / 64] |= UINT64_C(1) << c % 64;
	return set;
}

static struct charset set_not(struct charset set)
{
	size_t i;

	for (i = 0; i < 4; i++)
		set.bits[i] = ~set.bits[i];
	return set;
}

static struct charset set_and(struct charset a, struct charset b)
{
	size_t i;

	for (i = 0; i < 4; i++)
		a.bits[i] &= b.bits[i];
	return a;
}

static bool set_is_empty(struct charset set)
{
	return !(set.bits[0] | set.bits[1] | set.bits[2] | set.bits[3]);
}

static struct charset set_in_component(void)
{
	return set_not(set_of('/'));
}

static void push(struct tokens *tokens, enum token_kind kind, struct charset set)
{
	if (tokens->n == TOKENS_MAX)
		tokens->is_cut = true;
	else
		tokens->v[tokens->n++] = (struct token){ kind, set };
}

static void push_literal(struct tokens *tokens, const char *s)
{
	for (; *s; s++)
		push(tokens, TOKEN_ONE, set_of((unsigned char)*s));
}

/* `[a-z]`, `[!a-z]`; returns its end, or NULL where the bracket is not closed. */
static const char *parse_bracket(const char *p, struct charset *set)
{
	bool is_negated = p[1] == '!' || p[1] == '^', is_first = true;
	const char *at = p + 1 + is_negated;
	struct charset found = { { 0 } };
	unsigned c, last;

	for (; *at && (is_first || *at != ']'); is_first = false) {
		if (at[0] == '[' && at[1] == ':') { /* a class: anything, to be on the safe side */
			found = set_not((struct charset){ { 0 } });
			is_negated = false;
		}
		if (*at == '\\' && at[1])
			at++;
		c = last = (unsigned char)*at++;
		if (at[0] == '-' && at[1] && at[1] != ']') {
			at += 1 + (at[1] == '\\' && at[2]);
			last = (unsigned char)*at++;
		}
		for (; c <= last; c++)
			found.bits[c / 64] |= UINT64_C(1) << c % 64;
	}
	if (!*at)
		return NULL;
	*set = set_and(is_negated ? set_not(found) : found, set_in_component());
	return at + 1;
}

static bool is_globstar(const char *pattern, const char *p)
{
	return p[0] == '*' && p[1] == '*' && (p == pattern || p[-1] == '/') &&
	       (!p[2] || p[2] == '/');
}

static const char *push_special(struct tokens *tokens, const char *pattern, const char *p)
{
	struct charset set;
	const char *end;

	if (is_globstar(pattern, p)) {
		if (!p[2]) {
			push(tokens, TOKEN_MANY, set_not((struct charset){ { 0 } }));
			return p + 2;
		}
		push(tokens, TOKEN_DIRS, (struct charset){ { 0 } });
		push(tokens, TOKEN_DIRS_BODY, set_not((struct charset){ { 0 } }));
		return p + 3;
	}
	if (*p == '*') {
		push(tokens, TOKEN_MANY, set_in_component());
		return p + 1;
	}
	if (*p == '?') {
		push(tokens, TOKEN_ONE, set_in_component());
		return p + 1;
	}
	end = parse_bracket(p, &set);
	push(tokens, TOKEN_ONE, end ? set : set_of('['));
	return end ? end : p + 1;
}

static void push_pattern(struct tokens *tokens, const char *pattern)
{
	const char *p = pattern;

	while (*p) {
		if (*p == '*' || *p == '?' || *p == '[') {
			p = push_special(tokens, pattern, p);
			continue;
		}
		if (*p == '\\' && p[1])
			p++;
		push(tokens, TOKEN_ONE, set_of((unsigned char)*p++));
	}
}

/* What one side can do next: read a character of `set` and stand `step` tokens further. */
struct move {
	struct charset set;
	size_t step;
};

static size_t moves_of(const struct tokens *tokens, size_t at, struct move moves[2])
{
	const struct token *token = &tokens->v[at];

	if (at == tokens->n || token->kind == TOKEN_DIRS)
		return 0;
	moves[0] = (struct move){ token->set, token->kind == TOKEN_ONE };
	if (token->kind != TOKEN_DIRS_BODY)
		return 1;
	moves[1] = (struct move){ set_of('/'), 1 };
	return 2;
}

struct rows { /* reached pairs of positions: this row and the two that follow */
	bool v[3][TOKENS_MAX + 1];
};

static bool *row_at(struct rows *rows, size_t i)
{
	return rows->v[i % 3];
}

/* Steps that read nothing: `*` may be empty, `**` and its slash may be left out. */
static void skip_tokens(struct rows *rows, const struct tokens *a, size_t i, const struct tokens *b,
			size_t j)
{
	if (i < a->n && a->v[i].kind == TOKEN_MANY)
		row_at(rows, i + 1)[j] = true;
	if (i < a->n && a->v[i].kind == TOKEN_DIRS)
		row_at(rows, i + 1)[j] = row_at(rows, i + 2)[j] = true;
	if (j < b->n && b->v[j].kind == TOKEN_MANY)
		row_at(rows, i)[j + 1] = true;
	if (j < b->n && b->v[j].kind == TOKEN_DIRS)
		row_at(rows, i)[j + 1] = row_at(rows, i)[j + 2] = true;
}

static void read_character(struct rows *rows, const struct tokens *a, size_t i,
			   const struct tokens *b, size_t j)
{
	struct move of_a[2], of_b[2];
	size_t n_a = moves_of(a, i, of_a), n_b = moves_of(b, j, of_b), x, y;

	for (x = 0; x < n_a; x++)
		for (y = 0; y < n_b; y++)
			if (!set_is_empty(set_and(of_a[x].set, of_b[y].set)))
				row_at(rows, i + of_a[x].step)[j + of_b[y].step] = true;
}

static bool tokens_overlap(const struct tokens *a, const struct tokens *b)
{
	struct rows rows = { 0 };
	size_t i, j;

	if (a->is_cut || b->is_cut)
		return true;
	row_at(&rows, 0)[0] = true;
	for (i = 0; i <= a->n; i++) {
		for (j = 0; j <= b->n; j++) {
			if (!row_at(&rows, i)[j])
				continue;
			if (i == a->n && j == b->n)
				return true;
			skip_tokens(&rows, a, i, b, j);
			read_character(&rows, a, i, b, j);
		}
		memset(row_at(&rows, i), 0, sizeof rows.v[0]);
	}
	return false;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
}

static void tokenize(struct tokens *tokens, const char *pattern, uint8_t kind)
{
	tokens->n = 0;
	tokens->is_cut = false;
	if (kind == PATH_GLOB) {
		push_pattern(tokens, pattern);
		return;
	}
	push_literal(tokens, pattern);
	if (kind != PATH_DIR)
		return;
	push(tokens, TOKEN_ONE, set_of('/'));
	push(tokens, TOKEN_MANY, set_not((struct charset){ { 0 } }));
}

/* The wildcards stand behind different literal text: by far the commonest answer. */
static bool prefixes_differ(const struct node_path *a, const struct node_path *b)
{
	size_t i;

	for (i = 0; a->path[i] && b->path[i]; i++) {
		if (strchr("*?[{\\", a->path[i]) || strchr("*?[{\\", b->path[i]))
			return false;
		if (a->path[i] != b->path[i])
			return true;
	}
	return false;
}

static size_t patterns_of(const struct node_path *path, struct arena *arena, const char ***patterns)
{
	if (path->kind == PATH_GLOB && strchr(path->path, '{'))
		return glob_expand_braces(arena, path->path, patterns);
	*patterns = arena_alloc(arena, sizeof **patterns);
	(*patterns)[0] = path->path;
	return 1;
}

static bool globs_overlap(const struct node_path *a, const struct node_path *b, struct arena *arena)
{
	const char **of_a, **of_b;
	size_t n_a = patterns_of(a, arena, &of_a), n_b = patterns_of(b, arena, &of_b), i, j;
	struct tokens tokens_a, tokens_b;

	for (i = 0; i < n_a; i++) {
		tokenize(&tokens_a, of_a[i], a->kind);
		for (j = 0; j < n_b; j++) {
			tokenize(&tokens_b, of_b[j], b->kind);
			if (tokens_overlap(&tokens_a, &tokens_b))
				return true;
		}
	}
	return false;
}

bool paths_overlap(const struct node_path *a, const struct node_path *b, struct arena *arena)
{
	if (a->kind == PATH_EXCLUDE || b->kind == PATH_EXCLUDE)
		return false;
	if ((a->kind == PATH_ARTIFACT) != (b->kind == PATH_ARTIFACT))
		return false;
	if (a->kind == PATH_GLOB || b->kind == PATH_GLOB)
		return !prefixes_differ(a, b) && globs_overlap(a, b, arena);
	return (a->kind == PATH_DIR && is_below(b->path, a->path)) ||
	       (b->kind == PATH_DIR && is_below(a->path, b->path)) || !strcmp(a->path, b->path);
}
