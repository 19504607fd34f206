/*
 * The names in .git/index, versions 2, 3 and 4. What is split, sparse, unknown or damaged is refused:
 * git itself has to be asked then.
 */
#ifndef GIT_INDEX_IMPL_H
#define GIT_INDEX_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "sys/fs.h"

struct index_entry {
	const char *name; /* NUL-terminated */
	uint32_t len;
	bool is_gitlink;
};

/* Sorted by bytes, each name once (also if it is unmerged). Zeroed: an empty one. */
struct index {
	VEC(struct index_entry) entries;
	struct file_id id; /* of the file, links followed; zeroed: it is not there */
	struct strbuf data;
	struct arena arena;
};

/* A range of entries. */
struct index_range {
	size_t begin, end;
};

/* 0: read, or not there and empty; 1: cannot be read by us, whatever the reason. */
int index_read(struct index *index, const char *path, bool is_sha256);
void index_release(struct index *index);

/* The entries below the directory `path`, looked for within `in`. */
struct index_range index_find_below(const struct index *index, struct index_range in,
				    const char *path, size_t len);
/* The entry of that very name, or NULL. */
const struct index_entry *index_find(const struct index *index, struct index_range in,
				     const char *path, size_t len);

#endif
