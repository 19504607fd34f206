/*
 * The hooks of git that a workflow can be started by, and what its file says of each under `on`.
 */
#ifndef MODEL_HOOK_H
#define MODEL_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

enum hook_kind {
	HOOK_PRE_COMMIT,
	HOOK_PRE_MERGE_COMMIT,
	HOOK_PREPARE_COMMIT_MSG,
	HOOK_COMMIT_MSG,
	HOOK_POST_COMMIT,
	HOOK_PRE_REBASE,
	HOOK_POST_REWRITE,
	HOOK_POST_CHECKOUT,
	HOOK_POST_MERGE,
	HOOK_PRE_PUSH,
	HOOK_APPLYPATCH_MSG,
	HOOK_PRE_APPLYPATCH,
	HOOK_POST_APPLYPATCH,
	HOOK_SENDEMAIL_VALIDATE,
	HOOK_P4_PRE_SUBMIT,
	HOOK_P4_PREPARE_CHANGELIST,
	HOOK_P4_CHANGELIST,
	HOOK_P4_POST_CHANGELIST,
	HOOK_PRE_AUTO_GC,
	HOOK_POST_INDEX_CHANGE,
	HOOK_REFERENCE_TRANSACTION,
	HOOK_PRE_RECEIVE,
	HOOK_UPDATE,
	HOOK_POST_RECEIVE,
	HOOK_KINDS
};

enum hook_trait {
	HOOK_REFUSES = 1, /* its exit status stops git */
	HOOK_STAGED = 2,  /* about what is staged */
	HOOK_PUSHED = 4,  /* about commits that are pushed */
	HOOK_MESSAGE = 8, /* its first argument is the file of a message */
	HOOK_READS = 16,  /* git writes lines to its standard input */
	HOOK_SERVER = 32, /* runs where a push arrives */
	HOOK_NESTS = 64,  /* git commands of a workflow call it again, many times */
};

const char *hook_name(enum hook_kind kind);			   /* "pre-commit" */
int hook_find(const char *name, size_t len, enum hook_kind *kind); /* 0, or -1 */
const char *hook_nearest(const char *word);			   /* or NULL */
unsigned hook_traits(enum hook_kind kind);			   /* enum hook_trait */

enum hook_isolation { /* in the order of the schema's words */
		      HOOK_AUTO,
		      HOOK_SHADOW,   /* in a worktree of its own */
		      HOOK_EXPORT,   /* in a folder with the files that the hook is about */
		      HOOK_IN_PLACE, /* in the user's worktree */
};

enum hook_fix { /* what becomes of changes that steps make; in the order of the schema's words */
		HOOK_FIX_STAGE, /* they go into the commit */
		HOOK_FIX_FAIL,	/* they go into the worktree, and the hook fails */
		HOOK_FIX_OFF,	/* they are thrown away, and the hook fails */
};

enum hook_skip { HOOK_IN_MERGE = 1, HOOK_IN_REBASE = 2, HOOK_IN_CHERRY_PICK = 4 };

/* One hook of `on`. */
struct hook_trigger {
	enum hook_kind kind;
	struct span span;
	const char **files; /* globs, '!' excludes; none: all */
	size_t n_files;
	const char **types; /* a file must be of each; model/filetype.h */
	size_t n_types;
	const char **branches; /* globs; none: all */
	size_t n_branches;
	const char **share; /* ignored paths of the worktree that steps see elsewhere too */
	size_t n_share;
	const char **keep; /* ignored paths of the shadow that stay for the next time */
	size_t n_keep;
	double priority;   /* the lower, the earlier */
	unsigned skip_in;  /* enum hook_skip */
	uint8_t isolation; /* enum hook_isolation */
	uint8_t fix;	   /* enum hook_fix */
	bool is_optional;  /* `required: false`: its failure is told, and git goes on */
};

#endif
