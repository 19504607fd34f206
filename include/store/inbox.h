/*
 * The inbox of a run, a folder of files: what people say to its engine while it runs. Each word is a file, written
 * beside and renamed; the engine takes them in the order in which they were put and removes them. What
 * cannot be read is moved aside (".bad") and told.
 */
#ifndef STORE_INBOX_H
#define STORE_INBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct inbox_word {
	const char *verb;  /* "cancel", "pause", "skip", "approve", "reject", "answer" */
	const char *step;  /* or NULL */
	const char *by;	   /* who says it, for people */
	const char *text;  /* an answer, a reason; or NULL */
	const char *token; /* taken: the name of its file, which no other word has */
};

/* *path gets the file's, in the arena: it is gone once the engine has taken it. */
int inbox_put(const char *run_dir, const struct inbox_word *word, int64_t now_ms,
	      struct arena *arena, const char **path, struct err *err);

typedef void inbox_word_fn(void *data, const struct inbox_word *word);
typedef void inbox_bad_fn(void *data, const char *name, const char *why);

/* The number of words that were given; -1: the folder cannot be read. No folder is an empty one. */
int inbox_take(const char *run_dir, inbox_word_fn *fn, inbox_bad_fn *bad, void *data,
	       struct err *err);

/* May there be something new? One stat. *seen_ns is the caller's memory, 0 at first. */
bool inbox_may_have(const char *run_dir, int64_t now_ms, int64_t *seen_ns);

#endif
