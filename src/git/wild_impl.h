/*
 * Patterns of ignore files against names and paths, as git's wildmatch does, but in time that is
 * polynomial for every pattern.
 */
#ifndef GIT_WILD_IMPL_H
#define GIT_WILD_IMPL_H

#include <stdbool.h>

enum wild_flags {
	WILD_PATH = 1,	    /* '*', '?' and '[' stop at '/', a whole component of stars does not */
	WILD_FOLD_CASE = 2, /* ASCII only, as git */
};

/* A pattern that is malformed (an open bracket, a last backslash) matches nothing. */
bool wild_match(const char *pattern, const char *text, int flags);

#endif
