/*
 * Matching of path patterns, component by component. Both levels (`**` over components, `*` over
 * the bytes of one) remember the last star only, so the work is bounded by the length of the
 * pattern times that of the path, whatever the pattern. A pattern also matches what is below a path
 * spelled exactly like it, as every git pathspec does.
 */
#include "base/glob.h"

#include <stdint.h>
#include <string.h>

#include "base/vec.h"
#include "glob_impl.h"

enum { PATTERN_LEN_MAX = 4096, STATE_WORDS = PATTERN_LEN_MAX / 64 + 2 };

struct glob_alt {
	const char *text; /* as written, normalized */
	size_t len;
	size_t prefix_len; /* every match starts with that many bytes of text */
	size_t n;	   /* 0: no wildcard, or one that never matches: text alone counts */
	struct glob_component *components;
};

struct glob {
	size_t n;
	struct glob_alt *alts;
};

/* Without "./", a "." at the end and doubled slashes. */
static char *normalize(struct arena *arena, const char *pattern)
{
	char *out = arena_alloc(arena, strlen(pattern) + 1);
	size_t len = 0;

	for (const char *s = pattern; *s;) {
		bool at_start = len == 0 || out[len - 1] == '/';

		if (at_start && s[0] == '.' && s[1] == '/')
			s += 2;
		else if (at_start && len > 0 && (s[0] == '/' || strcmp(s, ".") == 0))
			s++;
		else
			out[len++] = *s++;
	}
	return out;
}

static void compile_alt(struct arena *arena, const char *pattern, struct glob_alt *alt)
{
	alt->text = normalize(arena, pattern);
	alt->len = strlen(alt->text);
	if (strpbrk(alt->text, "*?[\\") && alt->len <= PATTERN_LEN_MAX)
		alt->n = glob_compile_components(arena, alt->text, &alt->components);
	alt->prefix_len = alt->n > 0 ? strcspn(alt->text, "*?[\\") : alt->len;
	/* A component that is "**" also stands for none at all: its slash is not in every match. */
	while (alt->n > 0 && alt->prefix_len > 0 && alt->text[alt->prefix_len - 1] == '/')
		alt->prefix_len--;
}

struct glob *glob_compile(struct arena *arena, const char *pattern)
{
	struct glob *glob = ARENA_NEW(arena, struct glob);
	const char **expanded;

	glob->n = glob_expand_braces(arena, pattern, &expanded);
	glob->alts = ARENA_ARRAY(arena, struct glob_alt, glob->n);
	for (size_t i = 0; i < glob->n; i++)
		compile_alt(arena, expanded[i], &glob->alts[i]);
	return glob;
}

static bool token_matches(const struct glob_token *token, unsigned char c)
{
	switch (token->kind) {
	case GLOB_BYTE: return token->byte == c;
	case GLOB_ANY: return true;
	case GLOB_SET: return token->set->bits[c / 64] >> (c % 64) & 1;
	case GLOB_STAR: break;
	}
	return false;
}

static bool simple_matches(const struct glob_component *component, const char *s, size_t len)
{
	size_t head = component->head_len, tail = component->tail_len;

	if (component->has_star ? len < head + tail || len == 0 : len != head)
		return false;
	return memcmp(s, component->bytes, head) == 0 &&
	       memcmp(s + len - tail, component->bytes + head, tail) == 0;
}

static bool tokens_match(const struct glob_component *component, const char *s, size_t len)
{
	const struct glob_token *tokens = component->tokens;
	size_t i = 0, t = 0, star = SIZE_MAX, mark = 0;

	while (i < len) {
		if (t < component->n && tokens[t].kind == GLOB_STAR) {
			star = t++;
			mark = i;
			if (t == component->n)
				return true;
		} else if (t < component->n && token_matches(&tokens[t], (unsigned char)s[i])) {
			i++;
			t++;
		} else if (star != SIZE_MAX) {
			t = star + 1;
			i = ++mark;
		} else {
			return false;
		}
	}
	while (t < component->n && tokens[t].kind == GLOB_STAR)
		t++;
	return t == component->n && len > 0;
}

static bool component_matches(const struct glob_component *component, const char *s, size_t len)
{
	return component->is_simple ? simple_matches(component, s, len)
				    : tokens_match(component, s, len);
}

/* The component behind the one at s, or NULL. */
static const char *next_component(const char *s)
{
	const char *slash = strchr(s, '/');

	return slash ? slash + 1 : NULL;
}

static bool wildcards_match(const struct glob_alt *alt, const char *path)
{
	const struct glob_component *list = alt->components;
	const char *s = path, *mark = NULL;
	size_t t = 0, star = SIZE_MAX;

	while (s) {
		const char *end = strchrnul(s, '/'), *next = *end ? end + 1 : NULL;

		if (t < alt->n && list[t].is_starstar) {
			star = t++;
			mark = s;
			if (t == alt->n)
				return true;
		} else if (t < alt->n && component_matches(&list[t], s, (size_t)(end - s))) {
			s = next;
			t++;
		} else if (star != SIZE_MAX) {
			t = star + 1;
			s = mark = mark == s ? next : next_component(mark);
		} else {
			return false;
		}
	}
	return t == alt->n;
}

/* The path spelled like the pattern, or something below it. */
static bool text_matches(const struct glob_alt *alt, const char *path)
{
	if (alt->len == 0 || strncmp(path, alt->text, alt->len) != 0)
		return alt->len == 1 && alt->text[0] == '.';
	return !path[alt->len] || path[alt->len] == '/' || alt->text[alt->len - 1] == '/';
}

static bool is_inside_git_dir(const char *path)
{
	for (const char *s = strstr(path, ".git") ? path : NULL; s; s = next_component(s)) {
		if (strncmp(s, ".git", 4) == 0 && (!s[4] || s[4] == '/'))
			return true;
	}
	return false;
}

bool glob_match(const struct glob *glob, const char *path)
{
	for (size_t i = 0; i < glob->n; i++) {
		const struct glob_alt *alt = &glob->alts[i];

		if (text_matches(alt, path) ||
		    (alt->n > 0 && strncmp(path, alt->text, alt->prefix_len) == 0 &&
		     wildcards_match(alt, path)))
			return *path && !is_inside_git_dir(path);
	}
	return false;
}

struct states {
	uint64_t words[STATE_WORDS];
};

static void states_add(struct states *states, const struct glob_alt *alt, size_t i)
{
	for (;; i++) {
		states->words[i / 64] |= UINT64_C(1) << (i % 64);
		if (i >= alt->n || !alt->components[i].is_starstar)
			return;
	}
}

static bool states_has(const struct states *states, size_t i)
{
	return states->words[i / 64] >> (i % 64) & 1;
}

/* All positions in the pattern that the components of dir can lead to; is one before its end? */
static bool wildcards_may_match_below(const struct glob_alt *alt, const char *dir)
{
	struct states now = { { 0 } };

	states_add(&now, alt, 0);
	for (const char *s = *dir ? dir : NULL; s; s = next_component(s)) {
		struct states next = { { 0 } };

		for (size_t i = 0; i < alt->n; i++) {
			if (!states_has(&now, i))
				continue;
			if (alt->components[i].is_starstar)
				states_add(&next, alt, i);
			else if (component_matches(&alt->components[i], s, strcspn(s, "/")))
				states_add(&next, alt, i + 1);
		}
		now = next;
	}
	for (size_t i = 0; i < alt->n; i++) {
		if (states_has(&now, i))
			return true;
	}
	return false;
}

bool glob_may_match_below(const struct glob *glob, const char *dir)
{
	size_t len = strlen(dir);

	if (is_inside_git_dir(dir))
		return false;
	for (size_t i = 0; i < glob->n; i++) {
		const struct glob_alt *alt = &glob->alts[i];

		if (alt->len == 0)
			continue;
		if (len == 0 || text_matches(alt, dir) ||
		    (strncmp(alt->text, dir, len) == 0 && alt->text[len] == '/'))
			return true;
		if (alt->n > 0 && wildcards_may_match_below(alt, dir))
			return true;
	}
	return false;
}
