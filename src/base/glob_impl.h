/*
 * A path pattern as tokens: shared by the compiler (glob_compile.c) and the matcher (glob.c).
 */
#ifndef BASE_GLOB_IMPL_H
#define BASE_GLOB_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum glob_token_kind { GLOB_BYTE, GLOB_ANY, GLOB_SET, GLOB_STAR };

struct glob_set {
	uint64_t bits[4]; /* one for each byte value */
};

struct glob_token {
	uint8_t kind; /* enum glob_token_kind */
	unsigned char byte;
	const struct glob_set *set;
};

/* Most components are bytes with at most one star: "main.c", "*.c". They are compared whole. */
struct glob_component {
	bool is_starstar;
	bool is_simple, has_star;
	size_t head_len, tail_len; /* bytes before and behind the star */
	const char *bytes;	   /* head, then tail */
	size_t n;
	struct glob_token *tokens;
};

/* The components of a pattern without braces. 0: it is broken (an unclosed bracket, an unknown
 * class, a backslash at the end) and matches nothing as a wildcard. */
size_t glob_compile_components(struct arena *arena, const char *pattern,
			       struct glob_component **components);

#endif
