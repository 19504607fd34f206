/*
 * The words of a phrase. See phrase_impl.h.
 */
#include <string.h>

#include "base/compat.h"
#include "phrase_impl.h"

/* They make a phrase polite, not another one. */
static const char *const fillers[] = { "a",	"an",	 "the",	 "please", "kindly", "now",
				       "just",	"my",	 "our",	 "your",   "its",    "can",
				       "could", "would", "you",	 "to",	   "of",     "for",
				       "me",	"us",	 "lets", "then" };

static bool is_filler(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(fillers); i++) {
		if (strcmp(fillers[i], word) == 0)
			return true;
	}
	return false;
}

static bool is_mark(char c)
{
	return strchr(".,:;!?\"'`()", c) != NULL;
}

static void add(struct phrase_words *words, char *word, size_t from, size_t to)
{
	for (char *c = word; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
	if (*word && !is_filler(word) && words->n < PHRASE_TEXT_WORDS)
		words->list[words->n++] = (struct phrase_word){ word, from, to };
}

/* "what's" is two words. */
static void add_written(struct phrase_words *words, const char *at, size_t len, struct arena *arena)
{
	size_t from = (size_t)(at - words->text), to = from + len;

	while (len && is_mark(*at)) {
		at++;
		len--;
	}
	while (len && is_mark(at[len - 1]))
		len--;
	if (len > 2 && at[len - 2] == '\'' && (at[len - 1] == 's' || at[len - 1] == 'S')) {
		add(words, arena_strndup(arena, at, len - 2), from, to);
		add(words, arena_strdup(arena, "is"), from, to);
	} else {
		add(words, arena_strndup(arena, at, len), from, to);
	}
}

void phrase_words_read(const char *text, struct arena *arena, struct phrase_words *words)
{
	static const char blanks[] = " \t\r\n";

	*words = (struct phrase_words){ .text = text };
	for (const char *at = text + strspn(text, blanks); *at;) {
		size_t len = strcspn(at, blanks);

		add_written(words, at, len, arena);
		at += len;
		at += strspn(at, blanks);
	}
}

/* Text in quotes means what is in them; a full stop ends the phrase, not what it is about. */
const char *phrase_words_text(const struct phrase_words *words, size_t from, size_t to,
			      struct arena *arena)
{
	const char *start = words->text + words->list[from].from;
	size_t len = words->list[to - 1].to - words->list[from].from;

	if (len > 2 && strchr("\"'`", *start) && start[len - 1] == *start)
		return arena_strndup(arena, start + 1, len - 2);
	while (len > 1 && strchr(".!?,;:", start[len - 1]))
		len--;
	return arena_strndup(arena, start, len);
}
