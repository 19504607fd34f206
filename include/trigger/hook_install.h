/*
 * The shims in git's folder of hooks: one small sh program, the same for every hook and every worktree,
 * that calls the hook which was there before, then git-wf. What was there stays beside it as
 * NAME.before-git-wf and goes back to its place, the very same file, when the shim is taken away.
 */
#ifndef TRIGGER_HOOK_INSTALL_H
#define TRIGGER_HOOK_INSTALL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "git/discover.h"
#include "model/hook.h"

#define HOOK_KEPT ".before-git-wf"

/* The shim; `program`: where git-wf was when it was installed, for who has no PATH. */
void hook_shim_write(const char *program, struct strbuf *out);
bool hook_shim_is_ours(const char *text, size_t len);

/* Where git looks for hooks here: absolute, in the arena. ERR_USAGE, and why, where that is a folder of
 * other repositories too. */
int hook_install_find_dir(const struct repo *repo, struct arena *arena, const char **dir,
			  struct err *err);

enum hook_presence {
	HOOK_ABSENT,
	HOOK_OURS,    /* the shim, as this version writes it */
	HOOK_OLDER,   /* a shim, but another one */
	HOOK_FOREIGN, /* somebody else's */
};

struct hook_state {
	enum hook_presence presence;
	bool is_executable; /* git passes over one that is not */
	bool keeps_other;   /* NAME.before-git-wf is there */
};

int hook_install_look(const char *dir, enum hook_kind kind, const char *program,
		      struct hook_state *state, struct err *err);

/* 0; 1: it was there already. ERR_USAGE: somebody has put another hook in the place of the shim. */
int hook_install_put(const char *dir, enum hook_kind kind, const char *program, struct err *err);
/* 0; 1: there is none of ours. */
int hook_install_take_away(const char *dir, enum hook_kind kind, struct err *err);

/* Calls the hook as git does, with a path of programs to look in; the old hook is not called. `settings`:
 * "name=value" for git, NULL-terminated. 1: ours was reached; 0: not. */
int hook_install_probe(const struct repo *repo, enum hook_kind kind, const char *path,
		       const char *const *settings, struct err *err);
/* In our own call by a hook: was this a probe? Then it is answered. */
bool hook_install_answer_probe(enum hook_kind kind);

#endif
