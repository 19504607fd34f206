/*
 * Three versions of a file become one, line by line, as git merges them.
 */
#ifndef GIT_MERGE_IMPL_H
#define GIT_MERGE_IMPL_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "git/cmd.h"

enum merge_side { MERGE_OURS, MERGE_BASE, MERGE_THEIRS, MERGE_SIDES };

/* `like` says where and how git is started. The versions are written into `folder`, and stay there.
 * 1: `merged`; 0: both changed the same lines, or it is no text; -1. */
int merge_texts(const struct git_cmd *like, const char *folder,
		const struct strbuf *const texts[MERGE_SIDES], struct strbuf *merged,
		struct err *err);

/* The same of blobs: *oid is one, too, in the arena. */
int merge_blobs(const struct git_cmd *like, const char *folder, const char *const oids[MERGE_SIDES],
		const char **oid, struct arena *arena, struct err *err);

#endif
