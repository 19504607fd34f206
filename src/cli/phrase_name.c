/*
 * Which workflow is meant: every word that is said must be one of its id or its title, in another form
 * ("tests", "testing"), mistyped by one letter, or of the same meaning.
 */
#include <string.h>

#include "base/compat.h"
#include "base/strbuf.h"
#include "base/strmap.h"
#include "phrase_impl.h"

enum { TOKENS_MAX = 24, TOKEN_MAX = 31 };

struct tokens {
	char list[TOKENS_MAX][TOKEN_MAX + 1];
	size_t n;
	size_t n_id; /* those of the id come first */
};

/* Words of one row mean the same in the name of a workflow. */
static const char *const synonyms[][5] = {
	{ "implementation", "implement", "development", "develop" },
	{ "deployment", "deploy", "release", "ship" },
	{ "performance", "perf", "speed" },
	{ "optimization", "optimize", "optimise", "tuning" },
	{ "refactor", "refactoring", "restructure" },
	{ "fix", "fixing", "repair", "mend" },
	{ "test", "check", "verify" },
	{ "migration", "migrate" },
	{ "onboarding", "onboard", "setup" },
	{ "audit", "scan" },
	{ "documentation", "docs", "document" },
	{ "ci", "continuous-integration" },
};

/* They say what the thing is, not which. */
static const char *const generic[] = { "workflow", "workflows", "pipeline", "flow", "process" };

static bool is_generic(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(generic); i++) {
		if (strcmp(generic[i], word) == 0)
			return true;
	}
	return false;
}

static void add_tokens(struct tokens *tokens, const char *text)
{
	static const char between[] = "-_ \t.,:;/()";

	for (const char *at = text + strspn(text, between); *at && tokens->n < TOKENS_MAX;) {
		size_t len = strcspn(at, between);
		char *token = tokens->list[tokens->n];

		if (len <= TOKEN_MAX) {
			for (size_t i = 0; i < len; i++)
				token[i] = at[i] >= 'A' && at[i] <= 'Z' ? (char)(at[i] - 'A' + 'a')
									: at[i];
			token[len] = '\0';
			tokens->n++;
		}
		at += len;
		at += strspn(at, between);
	}
}

static bool mean_the_same(const char *a, const char *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++) {
		bool has_a = false, has_b = false;

		for (size_t k = 0; k < ARRAY_SIZE(synonyms[i]) && synonyms[i][k]; k++) {
			has_a |= strcmp(synonyms[i][k], a) == 0;
			has_b |= strcmp(synonyms[i][k], b) == 0;
		}
		if (has_a && has_b)
			return true;
	}
	return false;
}

/* One letter too many, too few, another, or two of them swapped. */
static bool is_mistyped(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b), i = 0, end = 0;
	size_t shorter = a_len < b_len ? a_len : b_len, longer = a_len + b_len - shorter;

	if (shorter < 4 || longer - shorter > 1)
		return false;
	while (i < shorter && a[i] == b[i])
		i++;
	while (end < shorter - i && a[a_len - 1 - end] == b[b_len - 1 - end])
		end++;
	if (longer - i - end <= 1)
		return true;
	return a_len == b_len && a_len - i - end == 2 && a[i] == b[i + 1] && a[i + 1] == b[i];
}

static bool is_form(const char *a, const char *b)
{
	static const char *const endings[] = { "s", "es", "ing", "ed", "er" };
	size_t a_len = strlen(a), b_len = strlen(b);
	const char *longer = a_len > b_len ? a : b, *shorter = a_len > b_len ? b : a;
	size_t stem = a_len > b_len ? b_len : a_len;

	if (stem < 3 || strncmp(longer, shorter, stem) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		if (strcmp(longer + stem, endings[i]) == 0)
			return true;
	}
	return false;
}

static bool is_same(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || is_form(a, b) || is_mistyped(a, b) || mean_the_same(a, b);
}

static bool is_among(const char *word, const struct tokens *tokens, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_same(word, tokens->list[i]))
			return true;
	}
	return false;
}

/* "bugfix" is "bug-fix". */
static bool is_in_one_word(const struct tokens *said, const struct tokens *id)
{
	CLEANUP(strbuf_release)
	struct strbuf a = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < said->n; i++)
		strbuf_addstr(&a, said->list[i]);
	for (size_t i = 0; i < id->n_id; i++)
		strbuf_addstr(&b, id->list[i]);
	return strcmp(strbuf_str(&a), strbuf_str(&b)) == 0;
}

enum fit { FITS_NOT, FITS_IN_PART, FITS_WHOLLY, FITS_LITERALLY };

static enum fit fit_of(const struct tokens *said, const struct phrase_name *name)
{
	struct tokens tokens = { .n = 0 };
	bool is_literal;

	add_tokens(&tokens, name->id);
	tokens.n_id = tokens.n;
	is_literal = said->n == tokens.n_id;
	if (name->title)
		add_tokens(&tokens, name->title);
	if (is_in_one_word(said, &tokens))
		return is_literal ? FITS_LITERALLY : FITS_WHOLLY;
	for (size_t i = 0; i < said->n; i++) {
		if (!is_among(said->list[i], &tokens, tokens.n))
			return FITS_NOT;
		is_literal = is_literal && strcmp(said->list[i], tokens.list[i]) == 0;
	}
	if (is_literal)
		return FITS_LITERALLY;
	for (size_t i = 0; i < tokens.n_id; i++) {
		if (!is_among(tokens.list[i], said, said->n))
			return FITS_IN_PART;
	}
	return FITS_WHOLLY;
}

size_t phrase_name_find(const struct phrase_words *words, size_t from, size_t to,
			const struct phrase_name *names, size_t n_names,
			const struct phrase_name **found, size_t max)
{
	struct tokens said = { .n = 0 };
	enum fit best = FITS_IN_PART;
	size_t n = 0;

	for (size_t i = from; i < to; i++) {
		if (!is_generic(words->list[i].word))
			add_tokens(&said, words->list[i].word);
	}
	for (size_t i = 0; said.n && i < n_names; i++) {
		enum fit fit = fit_of(&said, &names[i]);

		if (fit < best)
			continue;
		if (fit > best)
			n = 0;
		best = fit;
		if (n < max)
			found[n] = &names[i];
		n++;
	}
	return n;
}
