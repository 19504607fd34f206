/*
 * What a path of the worktree holds now, as fingerprints and records see it.
 */
#ifndef RUN_ENTRIES_IMPL_H
#define RUN_ENTRIES_IMPL_H

#include "base/vec.h"
#include "plan/record.h"
#include "run/session.h"

/* An entry and the stat it was read under, so that a later change can be seen without reading. */
struct seen_entry {
	struct entry entry;
	struct file_id id; /* zeroed for an absent path */
};

struct seen_entries {
	VEC(struct seen_entry) list;
};

/* `path` is relative to the root, or absolute (tools, depfiles); it must live as long as `out`.
 * ENTRY_DIR has no digest: who asked decides what a directory means. */
int entries_read(struct session *session, const char *path, struct seen_entry *out,
		 struct err *err);

/* What a link's digest is of: its text; then, where it leads to a file, NUL and the digest of that. */
int entries_link_material(struct session *session, const char *path, struct strbuf *material,
			  struct err *err);

/* The same of a path that was stat'ed before: `answer` and *id of fs_stat(). */
int entries_read_as(struct session *session, const char *path, int answer, const struct file_id *id,
		    struct seen_entry *out, struct err *err);

/* Does the path still have the stat it was read under? `answer` and *now of fs_stat(), not -1. */
bool entries_is_same(const struct seen_entry *seen, int answer, const struct file_id *now);

/* Puts an entry among the facts of this session's planfile. */
void entries_remember(struct session *session, const struct seen_entry *seen);

/* Sorts by path and drops doubles. */
void entries_sort(struct seen_entries *entries);

#endif
