/*
 * What a person has agreed to have started without being asked: this repository, for one trigger, with
 * the workflows and actions that it had then. Kept outside of the repository, so that nobody's commit
 * can grant it: $XDG_STATE_HOME/git-wf/trust/, else ~/.local/state/git-wf/trust/. A run that a person
 * types asks nobody: that is consent.
 *
 * A trigger gathers what it is about to start from (trust_gather(), or trust_add() for files of another
 * tree), looks (trust_look()) and lets trust_judge() say what comes of it.
 */
#ifndef STORE_TRUST_H
#define STORE_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sha256.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "store/layout.h"

enum trust_trigger {
	TRUST_HOOKS,
	TRUST_SCHEDULE,
	TRUST_WATCH,
	TRUST_SERVE,
	TRUST_MCP,
	TRUST_TRIGGERS
};

const char *trust_trigger_name(enum trust_trigger trigger);	       /* "hooks" */
int trust_trigger_find(const char *name, enum trust_trigger *trigger); /* 0, or -1 */

/* ---- What is agreed to ---- */

struct trust_file {
	const char *path; /* relative to the top */
	struct sha256 digest;
	const char
		*text; /* what a difference can be shown of, or NULL: not text, or over 256 KiB */
	size_t len;    /* of text */
};

struct trust_files { /* zeroed: none; strings in the arena of who gathered */
	VEC(struct trust_file) list;
};

void trust_files_release(struct trust_files *files);
void trust_add(struct trust_files *files, struct arena *arena, const char *path, const void *bytes,
	       size_t len);
void trust_sort(struct trust_files *files); /* by path, after the last trust_add() */
/* Every workflow of the worktree, and all below .workflows/actions and .workflows/agents; sorted. A link
 * counts by what it leads to. */
int trust_gather(int root_fd, struct arena *arena, struct trust_files *files, struct err *err);

/* ---- Records ---- */

struct trust_record {
	const char *repository; /* the git directory that all worktrees share, absolute */
	const char *root;	/* where the person stood: for people; NULL: bare */
	uint64_t inode; /* of the git directory (63 bits): another one at the place is not meant */
	enum trust_trigger trigger;
	int64_t at_ms; /* when, Unix time */
	struct trust_files files;
};

/* Where the records are; NULL: neither XDG_STATE_HOME nor HOME says. In the arena. */
const char *trust_dir(struct arena *arena);

/* Replaces what was granted for that trigger; durable when it returns. */
int trust_grant(const char *dir, const struct layout *layout, enum trust_trigger trigger,
		const struct trust_files *files, int64_t now_ms, struct err *err);
/* 1: it was not granted. */
int trust_revoke(const char *dir, const struct layout *layout, enum trust_trigger trigger,
		 struct err *err);
/* 1: there is none. ERR_INVALID: it is damaged. record->files is to be released. */
int trust_read(const char *dir, const struct layout *layout, enum trust_trigger trigger,
	       struct arena *arena, struct trust_record *record, struct err *err);

/* Every record of this user, by repository and trigger; `why`: it is damaged, and record is NULL. */
typedef void trust_record_fn(void *data, const char *path, const struct trust_record *record,
			     const char *why);
int trust_each(const char *dir, trust_record_fn *fn, void *data, struct err *err);

/* ---- Looking ---- */

enum trust_state {
	TRUST_NEVER,   /* not granted */
	TRUST_ANOTHER, /* to a repository that was at this place before */
	TRUST_SAME,    /* granted, to exactly this */
	TRUST_CHANGED  /* granted, and files have changed since */
};

struct trust_change { /* one of them is NULL where the file is new or gone */
	const struct trust_file *before, *now;
};

struct trust_answer {
	enum trust_state state;
	struct trust_record record; /* not for TRUST_NEVER */
	VEC(struct trust_change) changes;
};

void trust_answer_release(struct trust_answer *answer);
/* `files` must outlive the answer. */
int trust_look(const char *dir, const struct layout *layout, enum trust_trigger trigger,
	       const struct trust_files *files, struct arena *arena, struct trust_answer *answer,
	       struct err *err);

enum trust_mode { TRUST_FOLLOW, TRUST_PIN };

/* `configured`: trust.hooks. Who comes from outside (serve, mcp) is always pinned. */
enum trust_mode trust_mode_of(enum trust_trigger trigger, const char *configured);

enum trust_verdict {
	TRUST_GO,
	TRUST_GO_CHANGED, /* with one line that says so: trust_describe() */
	TRUST_REFUSE	  /* with trust_describe() and the command: trust_remedy() */
};

/* `is_forced`: GIT_WF_TRUST=1, for machines that have no person. */
enum trust_verdict trust_judge(const struct trust_answer *answer, enum trust_mode mode,
			       bool is_forced);
bool trust_is_forced(const char *variable); /* the value of GIT_WF_TRUST, or NULL */

/* "2 files changed since this was trusted for hooks: .workflows/build.yml, …" */
void trust_describe(const struct trust_answer *answer, enum trust_trigger trigger,
		    struct strbuf *out);
/* "'git wf trust --diff hooks' shows what changed, 'git wf trust hooks' agrees to it" */
void trust_remedy(const struct trust_answer *answer, enum trust_trigger trigger,
		  struct strbuf *out);

#endif
