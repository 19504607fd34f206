/*
 * The fingerprint of a step: the digest of its *material*, a text with one line a fact in a fixed
 * order. Because what is hashed is what is kept, `explain` cannot disagree with the decision.
 *
 *	wf-material 1
 *	action shell
 *	arg cc -c "$1"
 *	dir .
 *	env CC=gcc
 *	env CFLAGS
 *	glob src/[a-z]*.c
 *	input src/a.c file 0f3c…
 *	input config.h absent
 *
 * A name and its value are told apart by the first '='; an unset variable has none. Backslash, line
 * feed and carriage return are escaped, and '=' and blank in names, so that no two facts share a text.
 */
#ifndef PLAN_FINGERPRINT_H
#define PLAN_FINGERPRINT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/strbuf.h"
#include "ext/hash.h"
#include "plan/facts.h"
#include "plan/judge.h"

/* Changes whenever the meaning of a line changes: old records then miss. */
#define FINGERPRINT_VERSION 1

void fingerprint_material(const struct facts *facts, struct strbuf *material);
struct digest fingerprint_digest(const struct hash_secret *secret, const char *material,
				 size_t len);

/* What differs, most telling first (command, env, values, tools, inputs, …); reasons in the arena. */
void fingerprint_diff(const char *before, size_t before_len, const char *after, size_t after_len,
		      struct arena *arena, struct reasons *reasons);

/* The digest of an output tree, for those downstream. */
struct digest fingerprint_tree(const struct hash_secret *secret, const struct entry *entries,
			       size_t n);

#endif
