/*
 * From a phrase as people say it to a command line, by a fixed table: nothing is learned, nothing guessed.
 * A name of a workflow may be said in other words of the same meaning; where two fit, both are told.
 */
#ifndef CLI_PHRASE_IMPL_H
#define CLI_PHRASE_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/strbuf.h"

/* A name that a phrase can mean. */
struct phrase_name {
	const char *id;	   /* "bug-fix" */
	const char *title; /* "Fix a bug", or NULL */
	const char *const *params;
	size_t n_params;
};

/* What there is to be named. */
struct phrase_world {
	const struct phrase_name *workflows;
	size_t n_workflows;
	const struct phrase_name *templates;
	size_t n_templates;
};

enum phrase_kind {
	PHRASE_FOUND,	/* argv is the command */
	PHRASE_MANY,	/* names: the workflows that it may be about */
	PHRASE_NO_NAME, /* understood, but no workflow or template is called so: `said`, `remedy` */
	PHRASE_NO_PARAM, /* the workflow names[0] has no parameter `said` */
	PHRASE_UNKNOWN,	 /* names: phrases that are near */
};

enum { PHRASE_NAMES = 8, PHRASE_WORDS = 8 };

struct phrase_answer {
	enum phrase_kind kind;
	const char *argv[PHRASE_WORDS]; /* "run", "bug-fix", "--issue=42", NULL */
	const char *names[PHRASE_NAMES];
	size_t n_names;
	const char *said;
	const char *remedy; /* a template that would make such a workflow, or NULL */
};

void phrase_read(const char *text, const struct phrase_world *world, struct arena *arena,
		 struct phrase_answer *answer);

/* The words of the command as they can be pasted behind "git wf". */
void phrase_add_command(const struct phrase_answer *answer, struct strbuf *out);

/* ---- phrase.c ---- */

struct phrase {
	const char *pattern;
	const char *command; /* "log <workflow>"; "run" goes on with the workflow */
	const char *
		workflow; /* of `command`, where the pattern names none: "test, check" in this order */
	const char *param; /* that gets <text> or <word> */
	const char *example;
	const char *means; /* the command then, where every template is a workflow; for sh */
};

extern const struct phrase phrase_rows[];
extern const size_t phrase_n_rows;

/* ---- phrase_words.c ---- */

enum { PHRASE_TEXT_WORDS = 64 };

/* The words of a text that count: small letters, no marks, no "please" and "the". */
struct phrase_words {
	const char *text;
	struct phrase_word {
		const char *word;
		size_t from, to; /* where it stands in the text */
	} list[PHRASE_TEXT_WORDS];
	size_t n;
};

void phrase_words_read(const char *text, struct arena *arena, struct phrase_words *words);
/* The text from word `from` up to and without word `to`, as it was written. */
const char *phrase_words_text(const struct phrase_words *words, size_t from, size_t to,
			      struct arena *arena);

/* ---- phrase_name.c ---- */

/* Which of the names words [from, to) mean: how many, the first `max` of them in `found`. One whose words
 * are all said counts more than those with others. */
size_t phrase_name_find(const struct phrase_words *words, size_t from, size_t to,
			const struct phrase_name *names, size_t n_names,
			const struct phrase_name **found, size_t max);

#endif
