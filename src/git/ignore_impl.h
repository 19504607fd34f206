/*
 * The rules of one ignore file (gitignore(5)), and files of rules stacked on each other: a directory's
 * own first, then its parents', then info/exclude, then core.excludesFile. The first file that says
 * something about a path decides, in it the last rule that matches.
 */
#ifndef GIT_IGNORE_IMPL_H
#define GIT_IGNORE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct ignore_rule {
	const char *pattern; /* without "!", the leading and the trailing slash */
	uint32_t len;
	uint32_t order;	  /* place in its file, from 1 */
	char first, last; /* of a wild one: what the text must begin and end with; 0: anything */
	bool is_negative, is_dir_only;
};

struct ignore_rules {
	struct ignore_rule *v;
	uint32_t n;
};

/* By kind, so that a usual path costs a few tests of a bit instead of a look at each rule. */
struct ignore_list {
	const struct ignore_list *next; /* asked when this one has nothing to say */
	size_t base_len;		/* of the directory whose file it is; 0: the top */
	struct ignore_rules names;	/* `build`: equal to the name */
	struct ignore_rules suffixes;	/* `*.o`: pattern is what follows the star */
	struct ignore_rules name_wilds; /* `[ab]?.c` against the name */
	struct ignore_rules paths;	/* `/a/b`: equal to the path below base */
	struct ignore_rules path_wilds; /* `a/ **` against the path below base */
	uint64_t name_bits, suffix_bits, path_bits; /* what may be in names, suffixes, paths */
	bool ignores_all;			    /* the last rule is `*` */
	bool folds_case;
};

/* Parses a file's text (changed in the course). NULL: it has no rule. */
const struct ignore_list *ignore_parse(struct arena *arena, char *text, size_t len, size_t base_len,
				       const struct ignore_list *next, bool folds_case);

struct ignore_path {
	const char *path; /* below the top, NUL-terminated */
	size_t len;
	const char *name; /* its last component */
	size_t name_len;
	bool is_dir;
};

/* Is the path itself hidden? That a directory above it is, is for the caller to know. */
bool ignore_is_hidden(const struct ignore_list *list, const struct ignore_path *path);

#endif
