/*
 * From the text of a path pattern to its tokens, with the rules of git's wildmatch under
 * WM_PATHNAME: what a bracket means, where it is broken, which stars are `**`.
 */
#include "glob_impl.h"

#include <string.h>

#include "base/compat.h"
#include "base/vec.h"

static bool is_between(unsigned c, unsigned low, unsigned high)
{
	return c >= low && c <= high;
}

static bool is_alpha(unsigned c)
{
	return is_between(c | 0x20, 'a', 'z');
}

static bool is_alnum(unsigned c)
{
	return is_alpha(c) || is_between(c, '0', '9');
}

static bool is_blank(unsigned c)
{
	return c == ' ' || c == '\t';
}

static bool is_cntrl(unsigned c)
{
	return c < 0x20 || c == 0x7f;
}

static bool is_digit(unsigned c)
{
	return is_between(c, '0', '9');
}

static bool is_graph(unsigned c)
{
	return is_between(c, 0x21, 0x7e);
}

static bool is_lower(unsigned c)
{
	return is_between(c, 'a', 'z');
}

static bool is_print(unsigned c)
{
	return is_between(c, 0x20, 0x7e);
}

static bool is_punct(unsigned c)
{
	return is_graph(c) && !is_alnum(c);
}

static bool is_space(unsigned c) /* git's: without vertical tab and form feed */
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_upper(unsigned c)
{
	return is_between(c, 'A', 'Z');
}

static bool is_xdigit(unsigned c)
{
	return is_digit(c) || is_between(c | 0x20, 'a', 'f');
}

static const struct {
	const char *name;
	bool (*has)(unsigned c);
} classes[] = {
	{ "alnum", is_alnum }, { "alpha", is_alpha }, { "blank", is_blank },
	{ "cntrl", is_cntrl }, { "digit", is_digit }, { "graph", is_graph },
	{ "lower", is_lower }, { "print", is_print }, { "punct", is_punct },
	{ "space", is_space }, { "upper", is_upper }, { "xdigit", is_xdigit },
};

static void set_add(struct glob_set *set, unsigned c)
{
	set->bits[c / 64] |= UINT64_C(1) << (c % 64);
}

static bool set_add_class(struct glob_set *set, const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (strlen(classes[i].name) != len || memcmp(classes[i].name, name, len) != 0)
			continue;
		for (unsigned c = 1; c < 128; c++) {
			if (classes[i].has(c))
				set_add(set, c);
		}
		return true;
	}
	return false;
}

/* "[:alpha:]" at s: NULL if it is broken, s itself if it is no class at all, else its last byte. */
static const char *parse_class(struct glob_set *set, const char *s)
{
	const char *end = strchr(s + 2, ']');

	if (!end)
		return NULL;
	if (end == s + 2 || end[-1] != ':')
		return s;
	return set_add_class(set, s + 2, (size_t)(end - 1 - (s + 2))) ? end : NULL;
}

/* One item of a bracket at s; *previous is the byte before it for a range, 0: none. Returns the
 * item's last byte, or NULL if the bracket is broken. */
static const char *parse_item(struct glob_set *set, const char *s, unsigned *previous)
{
	unsigned low = *previous;

	if (*s == '-' && low && s[1] && s[1] != ']') {
		s++;
		if (*s == '\\' && !*++s)
			return NULL;
		for (unsigned c = low; c <= (unsigned char)*s; c++)
			set_add(set, c);
		*previous = 0;
		return s;
	}
	if (s[0] == '[' && s[1] == ':') {
		const char *end = parse_class(set, s);

		if (end != s) {
			*previous = 0;
			return end;
		}
	} else if (*s == '\\' && !*++s) {
		return NULL;
	}
	*previous = (unsigned char)*s;
	set_add(set, *previous);
	return s;
}

/* The bracket that opens at s. Returns its ']', or NULL if there is none. */
static const char *parse_bracket(struct arena *arena, const char *s, struct glob_token *token)
{
	struct glob_set *set = ARENA_NEW(arena, struct glob_set);
	bool negated = s[1] == '!' || s[1] == '^';
	unsigned previous = 0;

	s += negated ? 2 : 1;
	do {
		if (!*s || !(s = parse_item(set, s, &previous)))
			return NULL;
		s++;
	} while (*s != ']');
	for (size_t i = 0; negated && i < ARRAY_SIZE(set->bits); i++)
		set->bits[i] = ~set->bits[i];
	*token = (struct glob_token){ .kind = GLOB_SET, .set = set };
	return s;
}

/* One token at s, which is no '/'. Returns its last byte, or NULL if the pattern is broken. */
static const char *parse_token(struct arena *arena, const char *s, struct glob_token *token)
{
	*token = (struct glob_token){ .kind = GLOB_BYTE, .byte = (unsigned char)*s };
	switch (*s) {
	case '*':
		token->kind = GLOB_STAR;
		while (s[1] == '*')
			s++;
		return s;
	case '?': token->kind = GLOB_ANY; return s;
	case '[': return parse_bracket(arena, s, token);
	case '\\': token->byte = (unsigned char)*++s; return *s ? s : NULL;
	default: return s;
	}
}

/* The length of "**" (or more stars) where they are the whole component, else 0. */
static size_t starstar_len(const char *s)
{
	size_t len = strspn(s, "*");

	return len >= 2 && (!s[len] || s[len] == '/') ? len : 0;
}

/* Bytes with at most one star are kept as bytes too. */
static void find_simple(struct arena *arena, struct glob_component *component)
{
	char *bytes = arena_alloc(arena, component->n + 1);
	size_t n_bytes = 0, n_stars = 0;

	for (size_t i = 0; i < component->n; i++) {
		const struct glob_token *token = &component->tokens[i];

		if (token->kind == GLOB_STAR && n_stars++ == 0)
			component->head_len = n_bytes;
		else if (token->kind == GLOB_BYTE)
			bytes[n_bytes++] = (char)token->byte;
		else
			return;
	}
	component->is_simple = component->n > 0;
	component->has_star = n_stars > 0;
	component->head_len = n_stars > 0 ? component->head_len : n_bytes;
	component->tail_len = n_bytes - component->head_len;
	component->bytes = bytes;
}

static const char *parse_component(struct arena *arena, const char *s,
				   struct glob_component *component)
{
	VEC(struct glob_token) tokens = { 0 };
	struct glob_token token;

	*component = (struct glob_component){ .is_starstar = starstar_len(s) > 0 };
	if (component->is_starstar)
		return s + starstar_len(s);
	while (s && *s && *s != '/') {
		s = parse_token(arena, s, &token);
		if (s) {
			vec_push(&tokens, token);
			s++;
		}
	}
	component->n = tokens.n;
	if (tokens.n > 0)
		component->tokens = arena_memdup(arena, tokens.v, tokens.n * sizeof *tokens.v);
	vec_release(&tokens);
	if (s)
		find_simple(arena, component);
	return s;
}

size_t glob_compile_components(struct arena *arena, const char *pattern,
			       struct glob_component **components)
{
	VEC(struct glob_component) list = { 0 };
	struct glob_component component;
	const char *s = pattern;
	size_t n;

	for (;;) {
		s = parse_component(arena, s, &component);
		if (!s)
			break;
		/* "**" after "**" adds nothing. */
		if (list.n == 0 || !component.is_starstar || !vec_last(&list)->is_starstar)
			vec_push(&list, component);
		if (*s++ != '/')
			break;
	}
	n = s ? list.n : 0;
	if (n > 0)
		*components = arena_memdup(arena, list.v, n * sizeof *list.v);
	vec_release(&list);
	return n;
}
