/*
 * The matcher keeps two places to return to: the last star and the last double star. Earlier ones need no
 * second try: what stands between two stars has a fixed length, what stands between two double stars
 * a fixed number of components, so the first fit leaves most of the text to the rest.
 */
#include "wild_impl.h"

#include <string.h>

typedef unsigned char byte;

struct matcher {
	const byte *pattern;
	const byte *p, *t;
	const byte *star_p, *star_t;   /* after the star, and what it has swallowed; NULL: none */
	const byte *dstar_p, *dstar_t; /* after the double star's slash, and the same */
	int flags;
};

/* ---- Classes of characters: ASCII, whatever the locale -------------------------------------------- */

static bool is_between(byte c, byte low, byte high)
{
	return c >= low && c <= high;
}

static bool is_upper(byte c)
{
	return is_between(c, 'A', 'Z');
}

static bool is_lower(byte c)
{
	return is_between(c, 'a', 'z');
}

static bool is_digit(byte c)
{
	return is_between(c, '0', '9');
}

static byte to_lower(byte c)
{
	return is_upper(c) ? (byte)(c + 32) : c;
}

static bool is_alnum(byte c)
{
	return is_upper(c) || is_lower(c) || is_digit(c);
}

static bool is_graph(byte c)
{
	return is_between(c, 33, 126);
}

/* 1, 0, or -1: no such class. */
static int in_class(const byte *name, size_t len, byte c, bool folds_case)
{
	static const char *const names[] = {
		"alnum", "alpha", "blank", "cntrl", "digit", "graph",
		"lower", "print", "punct", "space", "upper", "xdigit"
	};
	const bool is_in[] = {
		is_alnum(c),
		is_upper(c) || is_lower(c),
		c == ' ' || c == '\t',
		c < 32 || c == 127,
		is_digit(c),
		is_graph(c),
		is_lower(c),
		is_graph(c) || c == ' ',
		is_graph(c) && !is_alnum(c),
		c == ' ' || is_between(c, '\t', '\r'),
		is_upper(c) || (folds_case && is_lower(c)),
		is_digit(c) || is_between(c, 'a', 'f') || is_between(c, 'A', 'F'),
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (len == strlen(names[i]) && !memcmp(name, names[i], len))
			return is_in[i];
	return -1;
}

/* ---- Brackets -------------------------------------------------------------------------------- */

struct bracket {
	const byte *p;
	byte c;	     /* of the text */
	byte before; /* of the pattern, where a range may begin; 0: none */
	bool folds_case;
	bool is_hit;
};

static bool in_range(const struct bracket *bracket, byte low, byte high)
{
	byte upper = (byte)(bracket->c - 32);

	if (is_between(bracket->c, low, high))
		return true;
	return bracket->folds_case && is_lower(bracket->c) && is_between(upper, low, high);
}

/* "[:alpha:]" at bracket->p. 1: done; 0: it is no class but a plain bracket; -1: malformed. */
static int take_class(struct bracket *bracket)
{
	const byte *name = bracket->p + 2, *end = name;
	int is_in;

	while (*end && *end != ']')
		end++;
	if (!*end)
		return -1;
	if (end == name || end[-1] != ':')
		return 0;
	is_in = in_class(name, (size_t)(end - 1 - name), bracket->c, bracket->folds_case);
	if (is_in < 0)
		return -1;
	bracket->is_hit |= is_in > 0;
	bracket->before = 0;
	bracket->p = end + 1;
	return 1;
}

/* One member: a character, a range, a class. -1: malformed. */
static int take_member(struct bracket *bracket)
{
	const byte *p = bracket->p;
	byte first = *p;

	if (first == '-' && bracket->before && p[1] && p[1] != ']') {
		p++;
		if (*p == '\\' && !*++p)
			return -1;
		bracket->is_hit |= in_range(bracket, bracket->before, *p);
		bracket->before = 0;
		bracket->p = p + 1;
		return 0;
	}
	if (first == '[' && p[1] == ':') {
		int taken = take_class(bracket);

		if (taken)
			return taken < 0 ? -1 : 0;
	} else if (first == '\\') {
		first = *++p;
	}
	if (!first)
		return -1;
	bracket->is_hit |= bracket->c == first;
	bracket->before = first;
	bracket->p = p + 1;
	return 0;
}

/* Behind the bracket with *is_match, or NULL: malformed. A ']' that comes first is a member. */
static const byte *match_bracket(const byte *p, byte c, int flags, bool *is_match)
{
	struct bracket bracket = { .p = p + 1, .c = c };
	bool is_negated = p[1] == '!' || p[1] == '^';

	bracket.folds_case = (flags & WILD_FOLD_CASE) != 0;
	bracket.p += is_negated;
	do {
		if (!*bracket.p || take_member(&bracket) != 0)
			return NULL;
	} while (*bracket.p != ']');
	*is_match = bracket.is_hit != is_negated && !((flags & WILD_PATH) && c == '/');
	return bracket.p + 1;
}

/* ---- The walk -------------------------------------------------------------------------------- */

/* Matches one character. 1: both moved on; 0: it does not fit; -1: it never will. */
static int match_one(struct matcher *m)
{
	bool folds_case = (m->flags & WILD_FOLD_CASE) != 0;
	byte c = folds_case ? to_lower(*m->t) : *m->t;
	const byte *p = m->p;
	bool is_match;

	if (*p == '?') {
		is_match = !((m->flags & WILD_PATH) && c == '/');
		p++;
	} else if (*p == '[') {
		p = match_bracket(p, c, m->flags, &is_match);
		if (!p)
			return -1;
	} else if (*p == '\\') { /* what is escaped keeps its case, as in git */
		if (!*++p)
			return -1;
		is_match = c == *p++;
	} else {
		is_match = c == (folds_case ? to_lower(*p) : *p);
		p++;
	}
	if (!is_match)
		return 0;
	m->p = p;
	m->t++;
	return 1;
}

static const byte *after_slash(const byte *t)
{
	const char *slash = strchr((const char *)t, '/');

	return slash ? (const byte *)slash + 1 : NULL;
}

/* Is "**" between `start` and `end` a whole component? */
static bool is_component(const struct matcher *m, const byte *start, const byte *end)
{
	if (!(m->flags & WILD_PATH) || end - start < 2)
		return false;
	if (start != m->pattern && start[-1] != '/')
		return false;
	return !*end || *end == '/' || (*end == '\\' && end[1] == '/');
}

/* The pattern stands at a star. 1: go on; 0: does not fit; 2: everything fits. */
static int match_stars(struct matcher *m)
{
	const byte *start = m->p, *end = start;

	while (*end == '*')
		end++;
	if (!is_component(m, start, end)) {
		m->p = m->star_p = end;
		m->star_t = m->t;
		return 1;
	}
	if (!*end)
		return 2;
	m->star_p = NULL;
	m->dstar_p = m->p = end + (*end == '\\' ? 2 : 1);
	m->dstar_t = m->t;
	if (*end == '/') /* no component at all is fine too */
		return 1;
	m->t = m->dstar_t = after_slash(m->t);
	return m->t ? 1 : 0;
}

static bool retry(struct matcher *m)
{
	if (m->star_p && *m->star_t && !((m->flags & WILD_PATH) && *m->star_t == '/')) {
		m->p = m->star_p;
		m->t = ++m->star_t;
		return true;
	}
	m->star_p = NULL;
	if (!m->dstar_p || !m->dstar_t)
		return false;
	m->t = m->dstar_t = after_slash(m->dstar_t);
	m->p = m->dstar_p;
	return m->t != NULL;
}

bool wild_match(const char *pattern, const char *text, int flags)
{
	struct matcher m = { .pattern = (const byte *)pattern,
			     .p = (const byte *)pattern,
			     .t = (const byte *)text,
			     .flags = flags };

	for (;;) {
		int status;

		if (*m.p == '*') {
			status = match_stars(&m);
			if (status != 1)
				return status == 2;
			continue;
		}
		if (!*m.t) /* no retry leaves more text than this */
			return !*m.p;
		status = *m.p ? match_one(&m) : 0;
		if (status < 0)
			return false;
		if (status == 0 && !retry(&m))
			return false;
	}
}
