/*
 * Path patterns with the rules of git's ':(glob)' pathspecs: `*` and `?` stop at '/', `[a-z]`,
 * `[!a-z]`, `**` as a whole path component crosses directories, backslash quotes; and `{a,b}`
 * alternatives (nested, expanded first). A pattern also matches the path that is spelled exactly
 * like it and everything below that ("src" matches "src/a.c"; "sr*" does not). A leading dot needs no
 * special care, except that nothing ever matches a component named ".git".
 *
 * Time is bounded by the length of the pattern times that of the path. A pattern of more than 4,096
 * bytes or 1,024 alternatives is taken literally.
 */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct glob; /* one pattern, compiled: braces expanded, literal prefixes cut */

/* Never fails: as in git, a broken pattern (an unclosed bracket, a backslash at the end) matches only
 * the path that is spelled like it. The pattern is not borrowed. */
struct glob *glob_compile(struct arena *arena, const char *pattern);
bool glob_match(const struct glob *glob, const char *path);

/* True if `pattern` has a wildcard or a brace; else it names one path. */
bool glob_has_magic(const char *pattern);

/* Number of leading bytes of `pattern` that are whole literal components, with the slash
 * ("src/a/" of "src/a/b*.c"): where a directory walk may start. */
size_t glob_literal_prefix(const char *pattern);

/* True if some path below `dir` ("" or "a/b", no trailing slash) could match: prunes a walk. */
bool glob_may_match_below(const struct glob *glob, const char *dir);

/* `{a,b}` expanded into n patterns without braces; strings in the arena. */
size_t glob_expand_braces(struct arena *arena, const char *pattern, const char ***expanded);

#endif
