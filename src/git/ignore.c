/*
 * gitignore(5): parsing and matching.
 */
#include "ignore_impl.h"

#include <string.h>
#include <strings.h>

#include "base/vec.h"
#include "wild_impl.h"

/* ---- Parsing --------------------------------------------------------------------------------- */

enum rule_kind { NAMES, SUFFIXES, NAME_WILDS, PATHS, PATH_WILDS, N_KINDS };

struct rule_vec {
	VEC(struct ignore_rule) list;
};

struct parser {
	struct arena *arena;
	struct rule_vec kinds[N_KINDS];
	uint32_t n_rules;
	bool last_is_star;
};

/* Trailing spaces do not count, unless a backslash stands before them. */
static void trim_trailing_spaces(char *line)
{
	char *first_space = NULL;

	for (char *p = line; *p; p++) {
		if (*p == ' ') {
			if (!first_space)
				first_space = p;
			continue;
		}
		first_space = NULL;
		if (*p == '\\' && !*++p)
			return;
	}
	if (first_space)
		*first_space = '\0';
}

static bool is_literal(const char *pattern)
{
	return !strpbrk(pattern, "*?[\\");
}

static enum rule_kind classify(const char *pattern, bool has_slash)
{
	if (has_slash)
		return is_literal(pattern) ? PATHS : PATH_WILDS;
	if (is_literal(pattern))
		return NAMES;
	return *pattern == '*' && is_literal(pattern + 1) ? SUFFIXES : NAME_WILDS;
}

/* Cheap reasons not to try a pattern with wildcards at all. */
static void set_ends(struct ignore_rule *rule)
{
	const char *pattern = rule->pattern;
	size_t len = rule->len;

	if (!strchr("*?[\\", pattern[0]))
		rule->first = pattern[0];
	if (!strchr("*?[]\\", pattern[len - 1]) && (len < 2 || pattern[len - 2] != '\\') &&
	    !strchr(pattern, '['))
		rule->last = pattern[len - 1];
}

static void add_rule(struct parser *parser, char *line)
{
	struct ignore_rule rule = { 0 };
	enum rule_kind kind;
	bool has_slash;
	size_t len;

	trim_trailing_spaces(line);
	if (*line == '!') {
		rule.is_negative = true;
		line++;
	}
	len = strlen(line);
	if (len && line[len - 1] == '/') {
		rule.is_dir_only = true;
		line[--len] = '\0';
	}
	has_slash = strchr(line, '/') != NULL;
	line += has_slash && *line == '/';
	if (!strncmp(line, "**/", 3) && !strchr(line + 3, '/')) { /* in any folder: a name */
		line += 3;
		has_slash = false;
	}
	if (!*line) /* an empty pattern matches nothing */
		return;
	kind = classify(line, has_slash);
	line += kind == SUFFIXES;
	rule.len = (uint32_t)strlen(line);
	rule.pattern = arena_strndup(parser->arena, line, rule.len);
	rule.order = ++parser->n_rules;
	if (kind == NAME_WILDS || kind == PATH_WILDS)
		set_ends(&rule);
	parser->last_is_star = kind == SUFFIXES && !rule.len && !rule.is_negative &&
			       !rule.is_dir_only;
	vec_push(&parser->kinds[kind].list, rule);
}

static void parse_lines(struct parser *parser, char *text, size_t len)
{
	char *end = text + len;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	while (text < end) {
		char *newline = memchr(text, '\n', (size_t)(end - text));
		char *stop = newline ? newline : end;

		if (stop > text && *text != '#') {
			if (stop[-1] == '\r')
				stop[-1] = '\0';
			*stop = '\0'; /* the text has room for a NUL at its end */
			add_rule(parser, text);
		}
		text = stop + 1;
	}
}

static struct ignore_rules keep(struct parser *parser, enum rule_kind kind)
{
	struct ignore_rules rules = { .n = (uint32_t)parser->kinds[kind].list.n };

	if (rules.n)
		rules.v = arena_memdup(parser->arena, parser->kinds[kind].list.v,
				       rules.n * sizeof *rules.v);
	vec_release(&parser->kinds[kind].list);
	return rules;
}

/* ---- Bits: "no rule of this kind can match" by one test ------------------------------------- */

static uint64_t name_bit(const char *s, size_t len)
{
	return UINT64_C(1) << (((unsigned char)s[0] * 5u + len) & 63);
}

static uint64_t end_bit(const char *s, size_t len)
{
	return UINT64_C(1) << ((unsigned char)s[len - 1] & 63);
}

static void set_bits(struct ignore_list *list)
{
	if (list->folds_case) {
		list->name_bits = list->suffix_bits = list->path_bits = UINT64_MAX;
		return;
	}
	for (uint32_t i = 0; i < list->names.n; i++)
		list->name_bits |= name_bit(list->names.v[i].pattern, list->names.v[i].len);
	for (uint32_t i = 0; i < list->paths.n; i++)
		list->path_bits |= name_bit(list->paths.v[i].pattern, list->paths.v[i].len);
	for (uint32_t i = 0; i < list->suffixes.n; i++)
		list->suffix_bits |= list->suffixes.v[i].len ? end_bit(list->suffixes.v[i].pattern,
								       list->suffixes.v[i].len)
							     : UINT64_MAX;
}

const struct ignore_list *ignore_parse(struct arena *arena, char *text, size_t len, size_t base_len,
				       const struct ignore_list *next, bool folds_case)
{
	struct parser parser = { .arena = arena };
	struct ignore_list *list;

	parse_lines(&parser, text, len);
	if (!parser.n_rules)
		return NULL;
	list = ARENA_NEW(arena, struct ignore_list);
	list->next = next;
	list->base_len = base_len;
	list->names = keep(&parser, NAMES);
	list->suffixes = keep(&parser, SUFFIXES);
	list->name_wilds = keep(&parser, NAME_WILDS);
	list->paths = keep(&parser, PATHS);
	list->path_wilds = keep(&parser, PATH_WILDS);
	list->ignores_all = parser.last_is_star;
	list->folds_case = folds_case;
	set_bits(list);
	return list;
}

/* ---- Matching -------------------------------------------------------------------------------- */

struct query {
	const struct ignore_list *list;
	const char *text; /* the name, or the path below base */
	size_t len;
	bool is_dir;
	const struct ignore_rule *best; /* the last one so far */
};

static bool is_equal(const struct query *query, const char *a, const char *b, size_t len)
{
	return query->list->folds_case ? !strncasecmp(a, b, len) : !memcmp(a, b, len);
}

/* Only a later rule than the best so far is worth a look. */
static bool is_candidate(const struct query *query, const struct ignore_rule *rule)
{
	return (!rule->is_dir_only || query->is_dir) &&
	       (!query->best || rule->order > query->best->order);
}

static void try_equal(struct query *query, const struct ignore_rules *rules)
{
	for (uint32_t i = rules->n; i-- > 0;) {
		const struct ignore_rule *rule = &rules->v[i];

		if (rule->len == query->len && is_candidate(query, rule) &&
		    is_equal(query, rule->pattern, query->text, rule->len)) {
			query->best = rule;
			return;
		}
	}
}

static void try_suffixes(struct query *query, const struct ignore_rules *rules)
{
	for (uint32_t i = rules->n; i-- > 0;) {
		const struct ignore_rule *rule = &rules->v[i];

		if (rule->len <= query->len && is_candidate(query, rule) &&
		    is_equal(query, rule->pattern, query->text + query->len - rule->len,
			     rule->len)) {
			query->best = rule;
			return;
		}
	}
}

static bool has_ends(const struct query *query, const struct ignore_rule *rule)
{
	if (query->list->folds_case)
		return true;
	return (!rule->first || *query->text == rule->first) &&
	       (!rule->last || query->text[query->len - 1] == rule->last);
}

static void try_wilds(struct query *query, const struct ignore_rules *rules, int flags)
{
	if (query->list->folds_case)
		flags |= WILD_FOLD_CASE;
	for (uint32_t i = rules->n; i-- > 0;) {
		const struct ignore_rule *rule = &rules->v[i];

		if (is_candidate(query, rule) && has_ends(query, rule) &&
		    wild_match(rule->pattern, query->text, flags)) {
			query->best = rule;
			return;
		}
	}
}

/* The rule of this one file that decides, or NULL. */
static const struct ignore_rule *find_rule(const struct ignore_list *list,
					   const struct ignore_path *path)
{
	struct query query = {
		.list = list, .text = path->name, .len = path->name_len, .is_dir = path->is_dir
	};
	size_t skip = list->base_len ? list->base_len + 1 : 0;

	if (list->names.n && (list->name_bits & name_bit(query.text, query.len)))
		try_equal(&query, &list->names);
	if (list->suffixes.n && (list->suffix_bits & end_bit(query.text, query.len)))
		try_suffixes(&query, &list->suffixes);
	if (list->name_wilds.n)
		try_wilds(&query, &list->name_wilds, 0);
	query.text = path->path + skip;
	query.len = path->len - skip;
	if (list->paths.n && (list->path_bits & name_bit(query.text, query.len)))
		try_equal(&query, &list->paths);
	if (list->path_wilds.n)
		try_wilds(&query, &list->path_wilds, WILD_PATH);
	return query.best;
}

bool ignore_is_hidden(const struct ignore_list *list, const struct ignore_path *path)
{
	for (; list; list = list->next) {
		const struct ignore_rule *rule = find_rule(list, path);

		if (rule)
			return !rule->is_negative;
	}
	return false;
}
