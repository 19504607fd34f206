/*
 * The entries of .git/index, versions 2, 3 and 4: their names, and on request the rest. What is split,
 * sparse, unknown or damaged is refused: git itself has to be asked then.
 */
#ifndef GIT_INDEX_IMPL_H
#define GIT_INDEX_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "git/discover.h"
#include "sys/fs.h"

struct index_entry {
	const char *name; /* NUL-terminated */
	uint32_t len;
	bool is_gitlink;
	bool is_pinned; /* git was told not to look at the file: assume-unchanged, skip-worktree */
	const unsigned char *raw; /* for index_read_details() */
};

enum index_flags {
	INDEX_UNMERGED = 1,
	INDEX_INTENT = 2,  /* `add -N`: in no tree yet */
	INDEX_ABSENT = 4,  /* a sparse checkout left it out */
	INDEX_ASSUMED = 8, /* `update-index --assume-unchanged` */
};

struct index_details {
	uint32_t mode; /* as in a tree */
	uint32_t flags;
	char oid[65]; /* hex */
	uint32_t ctime_s, ctime_ns, mtime_s, mtime_ns, ino, uid, gid, size_bytes;
};

/* Sorted by bytes, each name once (also if it is unmerged). Zeroed: an empty one. */
struct index {
	struct {
		struct index_entry *v;
		size_t n;
	} entries;
	struct {
		const char **v;
		size_t n;
	} skipped_rules;   /* a .gitignore that a sparse checkout leaves out: where its directory is
			     * there, git reads the blob */
	struct file_id id; /* of the file, links followed; zeroed: it is not there */
	struct arena arena; /* what all of it is in, unless it was read into another */
	char tree[65];	    /* for index_find_tree() */
	size_t hash_size;
	const unsigned char *extensions, *end;
	bool is_unmerged; /* some entry is */
};

void index_read_details(const struct index *index, const struct index_entry *entry,
			struct index_details *details);
/* The same without the name of the object. */
void index_read_stat(const struct index *index, const struct index_entry *entry,
		     struct index_details *details);
/* Has the worktree no file for it: left out by a sparse checkout, or not added yet? */
bool index_is_left_out(const struct index *index, const struct index_entry *entry);
/* Are the entry's time and that of the index too close to tell? */
bool index_is_recent(const struct index *index, const struct index_entry *entry);
/* The tree that git wrote of this very index, as hex; NULL if it does not know one. Valid with the
 * index. */
const char *index_find_tree(struct index *index);

/* git is mostly built to compare times by their seconds, and can be told to look at no more than the size and
 * that of the last change (core.trustctime, core.checkStat): to it a content of the same size that was given
 * the same time again (`touch -r`, tar, rsync) may be the old one. Nor can anybody tell by times what was
 * written when the index was. */
bool index_is_overlooked(const struct index *index, const struct index_details *details,
			 const struct file_id *file);
/* Is the file surely as the entry has it? False where the two times are too close to tell, too. */
bool index_is_same_file(const struct index *index, const struct index_details *details,
			const struct file_id *file);

/* A range of entries. */
struct index_range {
	size_t begin, end;
};

/* 0: read, or not there and empty; 1: cannot be read by us, whatever the reason. */
int index_read(struct index *index, const char *path, bool is_sha256);
void index_release(struct index *index);
/* The same into memory of the caller's, that others may look at it, too: nothing is to be released. */
int index_read_in(struct index *index, const char *path, bool is_sha256, struct arena *arena);

/* The entries below the directory `path`, looked for within `in`. */
struct index_range index_find_below(const struct index *index, struct index_range in,
				    const char *path, size_t len);
/* The entry of that very name, or NULL. */
const struct index_entry *index_find(const struct index *index, struct index_range in,
				     const char *path, size_t len);

/* ---- index_file.c ---- */

/* The file that is the index, or will be: where `path` is a link, what git follows it to when it writes. */
const char *index_path(const struct repo *repo, struct arena *arena);
const char *index_resolve(const char *path, struct arena *arena);

/* Copies with time and permissions: entries that are not older than their index are looked at again by git,
 * so a copy with a later time would hide an edit. 1: there is none. */
int index_copy(const char *from, const char *to, struct err *err);

#endif
