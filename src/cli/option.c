/*
 * Reads a command line by the rows of its tables. See cli/option.h.
 */
#include "cli/option.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strmap.h"
#include "base/timefmt.h"

struct parser {
	const struct option_set *sets;
	size_t n_sets;
	bool keep_unknown;
	char *const *argv;
	size_t at; /* the word being read */
	struct arena *arena;
	struct option_words *words;
	struct err *err;
};

struct match {
	const struct option_row *row;
	void *into;
};

void option_words_release(struct option_words *words)
{
	vec_release(&words->list);
	vec_release(&words->key);
}

bool option_is_number(const char *word)
{
	char *end;

	if (word[0] != '-' || !((word[1] >= '0' && word[1] <= '9') || word[1] == '.'))
		return false;
	strtod(word, &end);
	return !*end;
}

static struct match find_name(const struct parser *p, const char *name, size_t len)
{
	for (size_t s = 0; s < p->n_sets; s++) {
		for (size_t i = 0; i < p->sets[s].table->n; i++) {
			const struct option_row *row = &p->sets[s].table->rows[i];

			if (row->name && strlen(row->name) == len && !memcmp(row->name, name, len))
				return (struct match){ row, p->sets[s].into };
		}
	}
	return (struct match){ NULL, NULL };
}

static struct match find_letter(const struct parser *p, char letter)
{
	for (size_t s = 0; s < p->n_sets; s++) {
		for (size_t i = 0; i < p->sets[s].table->n; i++) {
			const struct option_row *row = &p->sets[s].table->rows[i];

			if (row->letter == letter)
				return (struct match){ row, p->sets[s].into };
		}
	}
	return (struct match){ NULL, NULL };
}

static const char *spelling(struct arena *arena, const struct option_row *row)
{
	return row->name ? arena_printf(arena, "--%s", row->name)
			 : arena_printf(arena, "-%c", row->letter);
}

static int unknown_option(struct parser *p, const char *name, size_t len)
{
	VEC(const char *) names = { 0 };
	const char *word = arena_strndup(p->arena, name, len), *nearest;

	for (size_t s = 0; s < p->n_sets; s++) {
		for (size_t i = 0; i < p->sets[s].table->n; i++) {
			const struct option_row *row = &p->sets[s].table->rows[i];

			if (row->name && row->kind != OPTION_LATER && !(row->flags & OPTION_HIDDEN))
				vec_push(&names, row->name);
		}
	}
	nearest = nearest_word(word, names.v, names.n);
	vec_release(&names);
	if (nearest)
		return err_set(p->err, ERR_USAGE, "unknown option '--%s'; did you mean '--%s'?",
			       word, nearest);
	return err_set(p->err, ERR_USAGE, "unknown option '--%s'", word);
}

/* ---- Values ---- */

static bool is_choice(const char *words, const char *value)
{
	size_t len = strlen(value);

	for (const char *word = words; len && *word;) {
		size_t n = strcspn(word, "|");

		if (n == len && !memcmp(word, value, n))
			return true;
		word += n + (word[n] == '|');
	}
	return false;
}

static int bad_value(struct parser *p, const struct option_row *row, const char *value,
		     const char *wanted)
{
	return err_set(p->err, ERR_USAGE, "'%s' is no value for '%s'; it takes %s", value,
		       spelling(p->arena, row), wanted);
}

static int set_count(struct parser *p, const struct option_row *row, const char *value,
		     uint32_t *count)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || errno || number < 1 || number > 1000000)
		return bad_value(p, row, value, "a whole number from 1");
	*count = (uint32_t)number;
	return 0;
}

static int set_value(struct parser *p, struct match match, const char *value)
{
	const struct option_row *row = match.row;
	char *at = (char *)match.into + row->offset;

	switch (row->kind) {
	case OPTION_FLAG: *(bool *)at = true; return 0;
	case OPTION_STRING: *(const char **)at = value; return 0;
	case OPTION_COUNT: return set_count(p, row, value, (uint32_t *)at);
	case OPTION_MINUTES:
		if (duration_parse_ms(value, 60000, (uint64_t *)at) < 0 || !*(uint64_t *)at)
			return bad_value(
				p, row, value,
				"a duration such as 90s, 5m or 1h30m (a bare number: minutes)");
		return 0;
	case OPTION_CHOICE:
		if (!is_choice(row->words, value))
			return bad_value(p, row, value, row->words);
		*(const char **)at = value;
		return 0;
	case OPTION_LIST: vec_push(&((struct option_values *)at)->list, value); return 0;
	case OPTION_OPTIONAL:
	case OPTION_MAYBE:
		vec_push(&((struct option_values *)at)->list, value ? value : "");
		return 0;
	case OPTION_LATER: break;
	}
	return err_set(p->err, ERR_USAGE,
		       "'%s' is not supported yet (a parameter of that name: -p %s=VALUE)",
		       spelling(p->arena, row), row->name);
}

static bool takes_next_word(const struct option_row *row)
{
	return row->kind != OPTION_FLAG && row->kind != OPTION_OPTIONAL &&
	       row->kind != OPTION_MAYBE && row->kind != OPTION_LATER;
}

static bool has_next_value(const struct parser *p)
{
	const char *next = p->argv[p->at + 1];

	return next && *next != '-';
}

/* `value` is what stood behind '=' or in the same word, or NULL. */
static int take(struct parser *p, struct match match, const char *value)
{
	const struct option_row *row = match.row;

	if (value && row->kind == OPTION_FLAG)
		return err_set(p->err, ERR_USAGE, "'%s' takes no value", spelling(p->arena, row));
	if (!value && row->kind == OPTION_MAYBE && has_next_value(p))
		value = p->argv[++p->at];
	if (!value && takes_next_word(row)) {
		value = p->argv[p->at + 1];
		if (!value)
			return err_set(p->err, ERR_USAGE, "'%s' needs a value: %s",
				       spelling(p->arena, row), row->value);
		p->at++;
	}
	if (set_value(p, match, value) < 0)
		return -1;
	if (!(row->flags & OPTION_NOT_KEY))
		vec_push(&p->words->key,
			 value ? arena_printf(p->arena, "%s=%s", spelling(p->arena, row), value)
			       : spelling(p->arena, row));
	return 0;
}

/* ---- Words ---- */

static void keep(struct parser *p, bool is_option)
{
	struct option_word word = { p->argv[p->at], p->at, is_option };

	vec_push(&p->words->list, word);
}

static int read_long(struct parser *p, const char *name)
{
	size_t len = strcspn(name, "=");
	struct match match = find_name(p, name, len);

	if (match.row)
		return take(p, match, name[len] ? name + len + 1 : NULL);
	if (!p->keep_unknown)
		return unknown_option(p, name, len);
	keep(p, true);
	return 0;
}

static int read_letters(struct parser *p, const char *letters)
{
	for (size_t i = 0; letters[i]; i++) {
		struct match match = find_letter(p, letters[i]);

		if (!match.row && i == 0 && p->keep_unknown) {
			keep(p, true);
			return 0;
		}
		if (!match.row)
			return err_set(p->err, ERR_USAGE, "unknown option '-%c' in '-%s'",
				       letters[i], letters);
		if (takes_next_word(match.row))
			return take(p, match, letters[i + 1] ? letters + i + 1 : NULL);
		if (take(p, match, NULL) < 0)
			return -1;
	}
	return 0;
}

int option_parse(const struct option_set *sets, size_t n_sets, bool keep_unknown, char *const *argv,
		 struct arena *arena, struct option_words *words, struct err *err)
{
	struct parser p = { sets, n_sets, keep_unknown, argv, 0, arena, words, err };
	bool options_ended = false;

	for (; argv[p.at]; p.at++) {
		const char *word = argv[p.at];
		int rc = 0;

		if (options_ended || word[0] != '-' || !word[1]) {
			keep(&p, false);
		} else if (!strcmp(word, "--")) {
			options_ended = true;
		} else if (word[1] == '-') {
			rc = read_long(&p, word + 2);
		} else {
			rc = read_letters(&p, word + 1);
		}
		if (rc < 0)
			return -1;
	}
	return 0;
}

void option_add_param(struct strbuf *out, const char *param)
{
	for (; *param; param++)
		strbuf_addch(out, *param == '_' ? '-' : *param);
}

const char *option_of_param(struct arena *arena, const char *param)
{
	CLEANUP(strbuf_release)
	struct strbuf option = STRBUF_INIT;

	option_add_param(&option, param);
	return arena_strdup(arena, strbuf_str(&option));
}

const char *option_to_param(struct arena *arena, const char *option, size_t len)
{
	char *param = arena_strndup(arena, option, len);

	for (char *c = param; *c; c++)
		*c = *c == '-' ? '_' : *c;
	return param;
}
