/*
 * What a step hands on: the file at $WF_OUTPUT ("NAME=value" lines and "NAME<<END … END" blocks) and
 * the lines it appends to $WF_PROGRESS ("NN% text").
 */
#ifndef MODEL_STEPOUT_H
#define MODEL_STEPOUT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct stepout_pair {
	const char *name;
	const char *value;
};

struct stepout {
	size_t n;
	struct stepout_pair *pairs; /* the last value of a name wins; order of first appearance */
};

/* Any other line is an error that quotes it with its number. Values have no NUL. */
int stepout_parse(struct arena *arena, const char *text, size_t len, struct stepout *out,
		  struct err *err);

/* The value of a name, or NULL. */
const char *stepout_get(const struct stepout *out, const char *name);

/* 0 and *percent (0–100) and *message (into line, after the blank), or -1: no progress line. */
int stepout_parse_progress(const char *line, unsigned *percent, const char **message);

#endif
