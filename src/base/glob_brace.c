/*
 * `{a,b}` written out before a pattern is compiled, as shells do it: nested, quoted with a
 * backslash, literal without a comma or a partner.
 */
#include "base/glob.h"

#include <stdint.h>
#include <string.h>

#include "base/vec.h"

/* What a hostile pattern may grow to; a pattern beyond it is taken as it is written. */
enum { PATTERNS_MAX = 1024, BYTES_MAX = 1 << 20 };

struct group {
	size_t open, close; /* of the first '{' that has a ',' and a '}' of its own */
};

struct open_brace {
	size_t at;
	bool has_comma;
};

static bool find_group(const char *s, struct group *group)
{
	VEC(struct open_brace) open = { 0 };
	bool found = false;

	for (size_t i = 0; s[i]; i++) {
		if (s[i] == '\\' && s[i + 1]) {
			i++;
		} else if (s[i] == '{') {
			vec_push(&open, ((struct open_brace){ i, false }));
		} else if (s[i] == ',' && open.n > 0) {
			vec_last(&open)->has_comma = true;
		} else if (s[i] == '}' && open.n > 0) {
			struct open_brace brace = vec_pop(&open);

			if (brace.has_comma && (!found || brace.at < group->open)) {
				*group = (struct group){ brace.at, i };
				found = true;
			}
		}
	}
	vec_release(&open);
	return found;
}

/* The end of the alternative that starts at `at`: its ',' or the group's '}'. */
static size_t alternative_end(const char *s, size_t at, size_t close)
{
	unsigned depth = 0;

	for (; at < close; at++) {
		if (s[at] == '\\')
			at++;
		else if (s[at] == '{')
			depth++;
		else if (s[at] == '}')
			depth--;
		else if (s[at] == ',' && depth == 0)
			return at;
	}
	return close;
}

struct expansion {
	struct arena *arena;
	VEC(const char *) work, done;
	size_t n_bytes;
};

static char *splice(struct expansion *ex, const char *s, struct group group, size_t from, size_t to)
{
	size_t tail_len = strlen(s + group.close + 1), len = group.open + (to - from) + tail_len;
	char *out = arena_alloc(ex->arena, len + 1);

	memcpy(out, s, group.open);
	memcpy(out + group.open, s + from, to - from);
	memcpy(out + group.open + (to - from), s + group.close + 1, tail_len);
	ex->n_bytes += len;
	return out;
}

/* Pushes the alternatives last first, so that they come off the stack in their order. */
static bool expand_group(struct expansion *ex, const char *s, struct group group)
{
	size_t first = ex->work.n, from = group.open + 1;

	for (;;) {
		size_t to = alternative_end(s, from, group.close);

		vec_push(&ex->work, splice(ex, s, group, from, to));
		if (ex->work.n + ex->done.n > PATTERNS_MAX || ex->n_bytes > BYTES_MAX)
			return false;
		if (to == group.close)
			break;
		from = to + 1;
	}
	for (size_t i = first, j = ex->work.n - 1; i < j; i++, j--) {
		const char *swap = ex->work.v[i];

		ex->work.v[i] = ex->work.v[j];
		ex->work.v[j] = swap;
	}
	return true;
}

size_t glob_expand_braces(struct arena *arena, const char *pattern, const char ***expanded)
{
	struct expansion ex = { .arena = arena };
	struct group group;
	bool fits = true;
	size_t n;

	vec_push(&ex.work, arena_strdup(arena, pattern));
	while (fits && ex.work.n > 0) {
		const char *s = vec_pop(&ex.work);

		if (find_group(s, &group))
			fits = expand_group(&ex, s, group);
		else
			vec_push(&ex.done, s);
	}
	if (!fits) {
		vec_clear(&ex.done);
		vec_push(&ex.done, arena_strdup(arena, pattern));
	}
	n = ex.done.n;
	*expanded = ARENA_ARRAY(arena, const char *, n);
	memcpy(*expanded, ex.done.v, n * sizeof *ex.done.v);
	vec_release(&ex.work);
	vec_release(&ex.done);
	return n;
}

bool glob_has_magic(const char *pattern)
{
	struct group group;

	return strpbrk(pattern, "*?[\\") || (strchr(pattern, '{') && find_group(pattern, &group));
}

size_t glob_literal_prefix(const char *pattern)
{
	size_t literal = strcspn(pattern, "*?[{\\");

	if (!pattern[literal] && !glob_has_magic(pattern)) /* the last component names the file */
		literal = strlen(pattern);
	while (literal > 0 && pattern[literal - 1] != '/')
		literal--;
	return literal;
}
