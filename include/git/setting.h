/*
 * What the user's and the repository's settings of git say, several of them by one question.
 */
#ifndef GIT_SETTING_H
#define GIT_SETTING_H

#include "base/err.h"
#include "base/strbuf.h"
#include "git/discover.h"

/* Appends the settings whose names, in small letters, match the regular expression: "NAME\nVALUE\0" of
 * each, "NAME\0" of one that is only there. Nothing, where there is none. */
int setting_list(const struct repo *repo, const char *pattern, struct strbuf *list,
		 struct err *err);

/* The value of `name` in such a list: of several the last, which counts. NULL: it has none. */
const char *setting_find(const struct strbuf *list, const char *name);

#endif
