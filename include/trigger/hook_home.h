/*
 * How git comes to call the shims of this repository (trigger/hook_install.h): they stand in its folder of
 * hooks; or, where that is not of this repository alone and git is 2.54 or later, in a folder of ours, and
 * its settings say so for each hook:
 *
 *     [hook "git-wf-pre-commit"]
 *         command = "$(git rev-parse --git-common-dir)/wf/hooks/pre-commit"
 *         event = pre-commit
 *
 * git starts hooks of its settings beside those of the folder; what else is among them is told.
 */
#ifndef TRIGGER_HOOK_HOME_H
#define TRIGGER_HOOK_HOME_H

#include <stdbool.h>
#include <stddef.h>

#include "trigger/hook_install.h"

struct hook_home {
	const struct repo *repo; /* borrowed */
	const char *dir;	 /* where the shims are */
	bool in_settings;	 /* git finds them by its settings */
	bool is_set[HOOK_KINDS]; /* its settings have ours */
	bool has_others;	 /* hooks of somebody else stand in its settings… */
	bool starts_others;	 /* …and this git starts such */
	struct hook_others {
		const char **names; /* that it starts for this hook, in its order */
		size_t n;
	} others[HOOK_KINDS];
};

/* Strings in the arena. ERR_USAGE, and why, where there is no way. */
int hook_home_find(struct hook_home *home, const struct repo *repo, struct arena *arena,
		   struct err *err);

/* As those of trigger/hook_install.h. */
int hook_home_look(const struct hook_home *home, enum hook_kind kind, const char *program,
		   struct hook_state *state, struct err *err);
int hook_home_put(struct hook_home *home, enum hook_kind kind, const char *program,
		  struct err *err);
int hook_home_take_away(struct hook_home *home, enum hook_kind kind, struct err *err);
int hook_home_probe(const struct hook_home *home, enum hook_kind kind, const char *path,
		    struct err *err);

#endif
