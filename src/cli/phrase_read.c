/*
 * Reads a phrase by the table of phrase.c. See phrase_impl.h.
 */
#include <string.h>

#include "base/compat.h"
#include "base/shword.h"
#include "phrase_impl.h"

enum slot { SLOT_WORKFLOW, SLOT_TEXT, SLOT_WORD, SLOT_TEMPLATE, SLOT_COUNT };

static const char *const slot_names[SLOT_COUNT] = { "<workflow>", "<text>", "<word>",
						    "<template>" };

/* Which words fill a slot; to 0: it is not in the pattern. */
struct match {
	const struct phrase_words *words;
	struct {
		size_t from, to;
	} slots[SLOT_COUNT];
};

/* ---- Patterns ---- */

static bool is_one_of(const char *word, const char *list, size_t len)
{
	size_t word_len = strlen(word);

	for (size_t at = 0; at < len;) {
		size_t n = 0;

		while (at + n < len && list[at + n] != '|')
			n++;
		if (n == word_len && !memcmp(list + at, word, n))
			return true;
		at += n + 1;
	}
	return false;
}

static int find_slot(const char *token, size_t len)
{
	for (int i = 0; i < SLOT_COUNT; i++) {
		if (strlen(slot_names[i]) == len && !memcmp(slot_names[i], token, len))
			return i;
	}
	return -1;
}

static bool matches(struct match *match, const char *pattern, size_t at);

/* As many words as leave enough for what comes behind. */
static bool matches_slot(struct match *match, int slot, const char *rest, size_t at)
{
	size_t most = slot == SLOT_WORD ? at + 1 : match->words->n;

	for (size_t to = most; to > at && to <= match->words->n; to--) {
		if (!matches(match, rest, to))
			continue;
		match->slots[slot].from = at;
		match->slots[slot].to = to;
		return true;
	}
	return false;
}

static bool matches(struct match *match, const char *pattern, size_t at)
{
	const struct phrase_words *words = match->words;
	size_t len;
	const char *rest;
	int slot;

	pattern += strspn(pattern, " ");
	if (!*pattern)
		return at == words->n;
	len = strcspn(pattern, " ");
	rest = pattern + len;
	slot = find_slot(pattern, len);
	if (slot >= 0)
		return matches_slot(match, slot, rest, at);
	if (*pattern == '[')
		return (at < words->n && is_one_of(words->list[at].word, pattern + 1, len - 2) &&
			matches(match, rest, at + 1)) ||
		       matches(match, rest, at);
	return at < words->n && is_one_of(words->list[at].word, pattern, len) &&
	       matches(match, rest, at + 1);
}

/* ---- What it comes to ---- */

struct reading {
	const struct phrase *phrase;
	struct match match;
	const struct phrase_world *world;
	struct arena *arena;
	struct phrase_answer *answer;
};

static void take_names(struct phrase_answer *answer, const struct phrase_name *const *found,
		       size_t n)
{
	answer->n_names = n < PHRASE_NAMES ? n : PHRASE_NAMES;
	for (size_t i = 0; i < answer->n_names; i++)
		answer->names[i] = found[i]->id;
}

/* The template that would be one, where there is one such. */
static const char *find_remedy(const struct reading *reading, const struct phrase_words *words,
			       size_t from, size_t to)
{
	const struct phrase_name *found[1];
	size_t n = phrase_name_find(words, from, to, reading->world->templates,
				    reading->world->n_templates, found, 1);

	return n == 1 ? found[0]->id : NULL;
}

/* The name that the row is about, by the words of the phrase. NULL: the answer says why not. */
static const struct phrase_name *named_by_words(struct reading *reading, bool is_template)
{
	const struct phrase_world *world = reading->world;
	const struct phrase_words *words = reading->match.words;
	const struct phrase_name *found[PHRASE_NAMES];
	int slot = is_template ? SLOT_TEMPLATE : SLOT_WORKFLOW;
	size_t from = reading->match.slots[slot].from, to = reading->match.slots[slot].to;
	size_t n = phrase_name_find(
		words, from, to, is_template ? world->templates : world->workflows,
		is_template ? world->n_templates : world->n_workflows, found, PHRASE_NAMES);

	if (n == 1)
		return found[0];
	reading->answer->kind = n ? PHRASE_MANY : PHRASE_NO_NAME;
	take_names(reading->answer, found, n);
	reading->answer->said = phrase_words_text(words, from, to, reading->arena);
	reading->answer->remedy = n ? NULL : find_remedy(reading, words, from, to);
	return NULL;
}

/* The one that the row has in mind: the first of its names by which there is one. */
static const struct phrase_name *named_by_row(struct reading *reading)
{
	const struct phrase_world *world = reading->world;
	const char *remedy = NULL;
	struct arena *arena = reading->arena;

	for (const char *name = reading->phrase->workflow; *name;) {
		size_t len = strcspn(name, ",");
		const char *text = arena_strndup(arena, name, len);
		const struct phrase_name *found[PHRASE_NAMES];
		struct phrase_words words;
		size_t n;

		phrase_words_read(text, arena, &words);
		n = phrase_name_find(&words, 0, words.n, world->workflows, world->n_workflows,
				     found, PHRASE_NAMES);
		if (n == 1)
			return found[0];
		if (n > 1) {
			reading->answer->kind = PHRASE_MANY;
			reading->answer->said = text;
			take_names(reading->answer, found, n);
			return NULL;
		}
		remedy = remedy ? remedy : find_remedy(reading, &words, 0, words.n);
		name += len + (name[len] == ',');
		name += strspn(name, " ");
	}
	reading->answer->kind = PHRASE_NO_NAME;
	reading->answer->said = arena_strndup(arena, reading->phrase->workflow,
					      strcspn(reading->phrase->workflow, ","));
	reading->answer->remedy = remedy;
	return NULL;
}

static bool has_param(const struct phrase_name *name, const char *param)
{
	for (size_t i = 0; i < name->n_params; i++) {
		if (strcmp(name->params[i], param) == 0)
			return true;
	}
	return false;
}

/* <text> or <word> of the phrase, or NULL. */
static const char *said_text(const struct reading *reading)
{
	for (int slot = SLOT_TEXT; slot <= SLOT_WORD; slot++) {
		size_t from = reading->match.slots[slot].from, to = reading->match.slots[slot].to;

		if (to)
			return phrase_words_text(reading->match.words, from, to, reading->arena);
	}
	return NULL;
}

static void add_argument(struct reading *reading, const struct phrase_name *name, size_t *n)
{
	struct phrase_answer *answer = reading->answer;
	const char *param = reading->phrase->param, *text = said_text(reading);

	if (!text)
		return;
	if (param && !has_param(name, param)) {
		*answer = (struct phrase_answer){ .kind = PHRASE_NO_PARAM, .said = param };
		answer->names[answer->n_names++] = name->id;
		return;
	}
	answer->argv[(*n)++] = param ? arena_printf(reading->arena, "--%s=%s", param, text) : text;
}

/* Fills in the command of the row. */
static void read_row(struct reading *reading)
{
	struct phrase_answer *answer = reading->answer;
	const struct phrase_name *name = NULL;
	const char *at = reading->phrase->command;
	size_t n = 0;

	*answer = (struct phrase_answer){ .kind = PHRASE_FOUND };
	if (reading->match.slots[SLOT_WORKFLOW].to || reading->match.slots[SLOT_TEMPLATE].to)
		name = named_by_words(reading, reading->match.slots[SLOT_TEMPLATE].to > 0);
	else if (reading->phrase->workflow)
		name = named_by_row(reading);
	if (answer->kind != PHRASE_FOUND)
		return;
	while (*at) {
		size_t len = strcspn(at, " ");

		answer->argv[n++] = *at == '<' ? name->id : arena_strndup(reading->arena, at, len);
		at += len + (at[len] == ' ');
	}
	if (reading->phrase->workflow)
		answer->argv[n++] = name->id;
	add_argument(reading, name, &n);
}

/* ---- What is near ---- */

/* How many words of the phrase are in the example, of the longer one. */
static size_t nearness(const struct phrase_words *words, const char *example, struct arena *arena)
{
	struct phrase_words other;
	size_t n = 0;

	phrase_words_read(example, arena, &other);
	for (size_t i = 0; i < words->n; i++) {
		const struct phrase_name name = { .id = words->list[i].word };
		const struct phrase_name *found[1];

		for (size_t k = 0; k < other.n; k++) {
			if (phrase_name_find(&other, k, k + 1, &name, 1, found, 1)) {
				n++;
				break;
			}
		}
	}
	return other.n ? 100 * n / (other.n > words->n ? other.n : words->n) : 0;
}

static void suggest(const struct phrase_words *words, struct arena *arena,
		    struct phrase_answer *answer)
{
	size_t scores[3] = { 0 };

	*answer = (struct phrase_answer){ .kind = PHRASE_UNKNOWN };
	for (size_t i = 0; i < phrase_n_rows; i++) {
		size_t score = nearness(words, phrase_rows[i].example, arena), at = 3;

		while (at > 0 && score > scores[at - 1])
			at--;
		if (score < 30 || at == 3)
			continue;
		for (size_t k = 2; k > at; k--) {
			scores[k] = scores[k - 1];
			answer->names[k] = answer->names[k - 1];
		}
		scores[at] = score;
		answer->names[at] = phrase_rows[i].example;
		answer->n_names += answer->n_names < 3;
	}
}

void phrase_read(const char *text, const struct phrase_world *world, struct arena *arena,
		 struct phrase_answer *answer)
{
	struct phrase_answer first = { .kind = PHRASE_UNKNOWN };
	struct phrase_words words;

	phrase_words_read(text, arena, &words);
	for (size_t i = 0; words.n && i < phrase_n_rows; i++) {
		struct reading reading = { .phrase = &phrase_rows[i],
					   .match = { .words = &words },
					   .world = world,
					   .arena = arena,
					   .answer = answer };

		if (!matches(&reading.match, phrase_rows[i].pattern, 0))
			continue;
		read_row(&reading);
		if (answer->kind != PHRASE_NO_NAME)
			return;
		/* "show …" may be about what is no workflow; but the first that was near is told. */
		if (first.kind == PHRASE_UNKNOWN)
			first = *answer;
	}
	if (first.kind != PHRASE_UNKNOWN)
		*answer = first;
	else
		suggest(&words, arena, answer);
}

void phrase_add_command(const struct phrase_answer *answer, struct strbuf *out)
{
	for (size_t i = 0; answer->argv[i]; i++) {
		strbuf_addstr(out, i ? " " : "");
		shword_add(out, answer->argv[i]);
	}
}
