/*
 * Receipts: that a workflow passed in a hook, for a tree and all that is in it. First they are lines in
 * <common git dir>/wf/receipts; when the tree is pushed they become a note on it, in refs/notes/wf, which
 * can be pushed and fetched:
 *
 *     {"payload":"{\"tree\":…,\"workflow\":…,\"blob\":…,\"engine\":…,\"hook\":…,\"by\":…,\"at\":…}",
 *      "signature":"-----BEGIN SSH SIGNATURE-----…"}
 *
 * one a line. `blob` is the workflow's file. The signature is there if its author signs commits with SSH;
 * its namespace is "git-wf".
 */
#ifndef TRIGGER_RECEIPT_H
#define TRIGGER_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/discover.h"
#include "store/layout.h"

#define RECEIPT_REF "refs/notes/wf"

struct receipt {
	const char *tree, *workflow, *blob, *engine, *hook, *by, *at; /* blob, by: or NULL */
	bool is_note;						      /* else of this clone alone */
	bool is_signed;
	const char
		*signer; /* who signed, if the allowed signers were asked and know him; or NULL */
};

/* It passed now. */
int receipt_keep(const struct layout *layout, const char *tree, const char *workflow,
		 const char *hook, int64_t now_ms, struct err *err);

/* Those that are kept of a tree become its note. */
int receipt_publish(const struct repo *repo, const struct layout *layout, const char *tree,
		    struct err *err);

/* Every receipt of the tree. `allowed_signers`: a file as ssh-keygen(1) has it, or NULL. */
typedef void receipt_fn(void *data, const struct receipt *receipt);
int receipt_each(const struct repo *repo, const struct layout *layout, const char *tree,
		 const char *allowed_signers, receipt_fn *fn, void *data, struct err *err);

#endif
