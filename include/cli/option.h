/*
 * Options as rows of a table: the parser, `-h`, the shells' completion and the check of the manual
 * pages all read the same rows.
 *
 * Rules: long options are exact ("--jobs=4" or "--jobs 4"), short ones may be bundled ("-kj4"), "--"
 * ends them, they may stand between other words. A row's `offset` is where its value goes in the
 * struct that comes with the table.
 */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "base/vec.h"

enum option_kind {
	OPTION_FLAG,	 /* bool */
	OPTION_STRING,	 /* const char * */
	OPTION_COUNT,	 /* uint32_t, at least 1 */
	OPTION_MINUTES,	 /* uint64_t, milliseconds; a bare number counts in minutes */
	OPTION_CHOICE,	 /* const char *, one of `words` */
	OPTION_LIST,	 /* struct option_values; may be said again */
	OPTION_OPTIONAL, /* the same; its value only as "--x=VALUE", alone it adds "" */
	OPTION_MAYBE,	 /* the same; its value is the next word unless that is an option */
	OPTION_LATER,	 /* part of the contract, not there yet: a usage error that says so */
};

enum option_flags {
	OPTION_NOT_KEY = 1, /* cannot change what a run does: no part of the key of its plan */
	OPTION_HIDDEN = 2,  /* read, but not shown */
};

struct option_values {
	VEC(const char *) list;
};

struct option_row {
	char letter;	  /* or 0 */
	const char *name; /* or NULL */
	enum option_kind kind;
	size_t offset;
	const char *value; /* "N", "STEP"; NULL for a flag */
	const char *
		words; /* "a|b|c": OPTION_CHOICE; else "<steps>" and so on for completion, or NULL */
	const char *help; /* half a sentence */
	int flags;
};

struct option_table {
	const struct option_row *rows;
	size_t n;
};

/* A table and the struct its rows write to. */
struct option_set {
	const struct option_table *table;
	void *into;
};

/* What is no option of a table, in order. */
struct option_word {
	const char *text;
	size_t position; /* in argv */
	bool is_option;	 /* begins with '-' and is in no table: only with keep_unknown */
};

struct option_words {
	VEC(struct option_word) list;
	VEC(const char *) key; /* options that can change what is done, spelled canonically */
};

void option_words_release(struct option_words *words);

/* Reads argv (NULL-terminated, without the command). ERR_USAGE with the nearest spelling. Strings are
 * borrowed from argv or live in the arena. */
int option_parse(const struct option_set *sets, size_t n_sets, bool keep_unknown, char *const *argv,
		 struct arena *arena, struct option_words *words, struct err *err);

/* What the option of a parameter is called: "dry_run" gives "dry-run". */
const char *option_of_param(struct arena *arena, const char *param);
void option_add_param(struct strbuf *out, const char *param);
/* And back. */
const char *option_to_param(struct arena *arena, const char *option, size_t len);

/* Could this word be a negative number, and so a value? */
bool option_is_number(const char *word);

#endif
