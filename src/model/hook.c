/*
 * The hooks of git: one row each.
 */
#include "model/hook.h"

#include <string.h>

#include "base/compat.h"
#include "base/strmap.h"

static const struct hook_row {
	const char *name;
	unsigned traits;
} rows[HOOK_KINDS] = {
	[HOOK_PRE_COMMIT] = { "pre-commit", HOOK_REFUSES | HOOK_STAGED },
	[HOOK_PRE_MERGE_COMMIT] = { "pre-merge-commit", HOOK_REFUSES | HOOK_STAGED },
	[HOOK_PREPARE_COMMIT_MSG] = { "prepare-commit-msg", HOOK_REFUSES | HOOK_MESSAGE },
	[HOOK_COMMIT_MSG] = { "commit-msg", HOOK_REFUSES | HOOK_MESSAGE },
	[HOOK_POST_COMMIT] = { "post-commit", 0 },
	[HOOK_PRE_REBASE] = { "pre-rebase", HOOK_REFUSES },
	[HOOK_POST_REWRITE] = { "post-rewrite", HOOK_READS },
	[HOOK_POST_CHECKOUT] = { "post-checkout", HOOK_NESTS },
	[HOOK_POST_MERGE] = { "post-merge", 0 },
	[HOOK_PRE_PUSH] = { "pre-push", HOOK_REFUSES | HOOK_PUSHED | HOOK_READS },
	[HOOK_APPLYPATCH_MSG] = { "applypatch-msg", HOOK_REFUSES | HOOK_MESSAGE },
	[HOOK_PRE_APPLYPATCH] = { "pre-applypatch", HOOK_REFUSES },
	[HOOK_POST_APPLYPATCH] = { "post-applypatch", 0 },
	[HOOK_SENDEMAIL_VALIDATE] = { "sendemail-validate", HOOK_REFUSES | HOOK_MESSAGE },
	[HOOK_P4_PRE_SUBMIT] = { "p4-pre-submit", HOOK_REFUSES },
	[HOOK_P4_PREPARE_CHANGELIST] = { "p4-prepare-changelist", HOOK_REFUSES | HOOK_MESSAGE },
	[HOOK_P4_CHANGELIST] = { "p4-changelist", HOOK_REFUSES | HOOK_MESSAGE },
	[HOOK_P4_POST_CHANGELIST] = { "p4-post-changelist", 0 },
	[HOOK_PRE_AUTO_GC] = { "pre-auto-gc", HOOK_REFUSES },
	[HOOK_POST_INDEX_CHANGE] = { "post-index-change", HOOK_NESTS },
	[HOOK_REFERENCE_TRANSACTION] = { "reference-transaction",
					 HOOK_REFUSES | HOOK_READS | HOOK_NESTS },
	[HOOK_PRE_RECEIVE] = { "pre-receive",
			       HOOK_REFUSES | HOOK_PUSHED | HOOK_READS | HOOK_SERVER },
	[HOOK_UPDATE] = { "update", HOOK_REFUSES | HOOK_PUSHED | HOOK_SERVER },
	[HOOK_POST_RECEIVE] = { "post-receive", HOOK_PUSHED | HOOK_READS | HOOK_SERVER },
};

const char *hook_name(enum hook_kind kind)
{
	return rows[kind].name;
}

unsigned hook_traits(enum hook_kind kind)
{
	return rows[kind].traits;
}

int hook_find(const char *name, size_t len, enum hook_kind *kind)
{
	for (size_t i = 0; i < HOOK_KINDS; i++) {
		if (strlen(rows[i].name) != len || memcmp(rows[i].name, name, len) != 0)
			continue;
		*kind = (enum hook_kind)i;
		return 0;
	}
	return -1;
}

const char *hook_nearest(const char *word)
{
	const char *names[HOOK_KINDS];

	for (size_t i = 0; i < HOOK_KINDS; i++)
		names[i] = rows[i].name;
	return nearest_word(word, names, HOOK_KINDS);
}
