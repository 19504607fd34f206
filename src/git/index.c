/*
 * Reads git's index. The format is gitformat-index(5): a header of 12 bytes, entries with 40 bytes of
 * stat data, an object name, flags and a path, then extensions, then a checksum. The checksum is
 * not verified; every length is.
 */
#include "index_impl.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_INDEX_SIZE	 (UINT64_C(1) << 31)
#define STAT_SIZE	 40
#define MODE_OFFSET	 24
#define FLAG_VALID	 0x8000
#define FLAG_EXTENDED	 0x4000
#define FLAG_STAGE	 0x3000
#define FLAG_NAME_LEN	 0x0fff
#define FLAG_SKIP_TREE	 0x4000 /* of the extended flags */
#define MODE_TYPE	 0170000
#define MODE_GITLINK	 0160000
#define MODE_SPARSE_TREE 0040000

struct cursor {
	const unsigned char *p, *end;
	uint32_t version;
	size_t hash_size;
	struct strbuf name; /* version 4: the one before */
	VEC(const char *) skipped_rules;
	struct arena *arena;
};

static uint32_t get_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t get_be16(const unsigned char *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* Versions 2 and 3: the name where it stands; NULs fill the entry up to a multiple of eight. */
static int take_plain_name(struct cursor *at, const unsigned char *start, struct index_entry *entry)
{
	const unsigned char *nul = memchr(at->p, '\0', (size_t)(at->end - at->p));
	size_t size;

	if (!nul)
		return -1;
	entry->name = (const char *)at->p;
	entry->len = (uint32_t)(nul - at->p);
	size = ((size_t)(nul - start) + 8) & ~(size_t)7;
	if (size > (size_t)(at->end - start))
		return -1;
	at->p = start + size;
	return 0;
}

/* Version 4: how many bytes of the last name to drop, then what comes in their place. */
static int take_packed_name(struct cursor *at, struct arena *arena, struct index_entry *entry)
{
	const unsigned char *nul;
	size_t drop;

	if (at->p >= at->end)
		return -1;
	drop = *at->p & 127;
	while (*at->p++ & 128) {
		if (at->p >= at->end || drop > UINT32_MAX)
			return -1;
		drop = ((drop + 1) << 7) + (*at->p & 127);
	}
	nul = memchr(at->p, '\0', (size_t)(at->end - at->p));
	if (drop > at->name.len || !nul)
		return -1;
	strbuf_setlen(&at->name, at->name.len - drop);
	strbuf_add(&at->name, at->p, (size_t)(nul - at->p));
	at->p = nul + 1;
	entry->len = (uint32_t)at->name.len;
	entry->name = arena_strndup(arena, strbuf_str(&at->name), at->name.len);
	return 0;
}

static bool is_skipped_rules(const struct index_entry *entry, uint32_t more_flags)
{
	const char *slash = strrchr(entry->name, '/');

	return (more_flags & FLAG_SKIP_TREE) &&
	       !strcmp(slash ? slash + 1 : entry->name, ".gitignore");
}

static int take_entry(struct cursor *at, struct index *index, struct index_entry *entry)
{
	const unsigned char *start = at->p;
	size_t fixed = STAT_SIZE + at->hash_size + 2;
	uint32_t flags, more_flags = 0, mode;

	if ((size_t)(at->end - start) < fixed + 2)
		return -1;
	mode = get_be32(start + MODE_OFFSET);
	flags = get_be16(start + fixed - 2);
	at->p += fixed;
	if (flags & FLAG_EXTENDED) {
		if (at->version < 3)
			return -1;
		more_flags = get_be16(at->p);
		at->p += 2;
	}
	if ((at->version == 4 ? take_packed_name(at, at->arena, entry)
			      : take_plain_name(at, start, entry)) != 0)
		return -1;
	if (!entry->len || (mode & MODE_TYPE) == MODE_SPARSE_TREE)
		return -1;
	if (entry->len < FLAG_NAME_LEN && (flags & FLAG_NAME_LEN) != entry->len)
		return -1;
	index->is_unmerged |= (flags & FLAG_STAGE) != 0;
	entry->is_gitlink = (mode & MODE_TYPE) == MODE_GITLINK;
	entry->raw = start;
	entry->is_pinned = (flags & FLAG_VALID) || (more_flags & FLAG_SKIP_TREE);
	if (is_skipped_rules(entry, more_flags))
		vec_push(&at->skipped_rules, entry->name);
	return 0;
}

/* ---- The file -------------------------------------------------------------------------------- */

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	if (order)
		return order;
	return a_len < b_len ? -1 : a_len > b_len;
}

static int take_entries(struct index *index, struct cursor *at, uint32_t count)
{
	if (count > (size_t)(at->end - at->p) / (STAT_SIZE + at->hash_size))
		return -1;
	index->entries.v = ARENA_ARRAY(at->arena, struct index_entry, (size_t)count + 1);
	while (count--) {
		struct index_entry entry;
		int order = -1;

		if (take_entry(at, index, &entry) != 0)
			return -1;
		if (index->entries.n) {
			const struct index_entry *last = &index->entries.v[index->entries.n - 1];

			order = compare(last->name, last->len, entry.name, entry.len);
		}
		if (order > 0)
			return -1;
		if (order < 0) /* else another stage of the same path */
			index->entries.v[index->entries.n++] = entry;
	}
	return 0;
}

/* Extensions with a small first letter change what the entries mean: 'link', 'sdir', unknown ones. */
static int check_extensions(const struct cursor *at)
{
	const unsigned char *p = at->p;

	while (p < at->end) {
		if (at->end - p < 8 || *p < 'A' || *p > 'Z')
			return -1;
		if (get_be32(p + 4) > (size_t)(at->end - p) - 8)
			return -1;
		p += 8 + get_be32(p + 4);
	}
	return 0;
}

static void keep_skipped_rules(struct index *index, struct cursor *at)
{
	size_t n = at->skipped_rules.n;

	index->skipped_rules.n = n;
	if (n)
		index->skipped_rules.v = arena_memdup(at->arena, at->skipped_rules.v,
						      n * sizeof *at->skipped_rules.v);
	vec_release(&at->skipped_rules);
}

static int parse(struct index *index, const unsigned char *data, size_t len, bool is_sha256,
		 struct arena *arena)
{
	struct cursor at = { .p = data, .hash_size = is_sha256 ? 32 : 20, .arena = arena };
	int status;

	if (len < 12 + at.hash_size || memcmp(at.p, "DIRC", 4) != 0)
		return -1;
	at.end = at.p + len - at.hash_size;
	at.version = get_be32(at.p + 4);
	if (at.version < 2 || at.version > 4)
		return -1;
	at.p += 12;
	status = take_entries(index, &at, get_be32(at.p - 4));
	index->hash_size = at.hash_size;
	index->extensions = at.p;
	index->end = at.end;
	strbuf_release(&at.name);
	keep_skipped_rules(index, &at);
	return status == 0 ? check_extensions(&at) : -1;
}

/* As long as it says it is: git renames a new one into its place, and never writes in one. */
static const unsigned char *read_all(int fd, size_t size, struct arena *arena)
{
	unsigned char *data = arena_alloc(arena, size + 1);
	size_t len = 0;

	for (;;) {
		ssize_t got = read(fd, data + len, size + 1 - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || len + (size_t)got > size)
			return NULL;
		if (!got)
			return len == size ? data : NULL;
		len += (size_t)got;
	}
}

static int read_in(struct index *index, const char *path, bool is_sha256, struct arena *arena)
{
	const unsigned char *data = NULL;
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return errno == ENOENT ? 0 : 1;
	if (fs_stat_fd(fd, &index->id, NULL) == 0 && S_ISREG(index->id.mode) &&
	    index->id.size_bytes < MAX_INDEX_SIZE)
		data = read_all(fd, index->id.size_bytes, arena);
	close(fd);
	if (data && parse(index, data, index->id.size_bytes, is_sha256, arena) == 0)
		return 0;
	index->entries.n = 0;
	index->skipped_rules.n = 0;
	return 1;
}

int index_read(struct index *index, const char *path, bool is_sha256)
{
	memset(index, 0, sizeof *index);
	return read_in(index, path, is_sha256, &index->arena);
}

int index_read_in(struct index *index, const char *path, bool is_sha256, struct arena *arena)
{
	memset(index, 0, sizeof *index);
	return read_in(index, path, is_sha256, arena);
}

void index_release(struct index *index)
{
	arena_release(&index->arena);
}

/* ---- Searching ------------------------------------------------------------------------------- */

/* The first entry in `in` that is not before `path` followed by `last` (0: nothing follows). */
static size_t lower_bound(const struct index *index, struct index_range in, const char *path,
			  size_t len, unsigned char last)
{
	while (in.begin < in.end) {
		size_t middle = in.begin + (in.end - in.begin) / 2;
		const struct index_entry *entry = &index->entries.v[middle];
		int order = memcmp(entry->name, path, entry->len < len ? entry->len : len);

		if (!order && entry->len < len)
			order = -1;
		if (!order)
			order = (unsigned char)entry->name[len] < last ? -1 : 1;
		if (order < 0)
			in.begin = middle + 1;
		else
			in.end = middle;
	}
	return in.begin;
}

struct index_range index_find_below(const struct index *index, struct index_range in,
				    const char *path, size_t len)
{
	struct index_range found = in;

	if (!len)
		return in;
	found.begin = lower_bound(index, in, path, len, '/');
	in.begin = found.begin;
	found.end = lower_bound(index, in, path, len, '/' + 1);
	return found;
}

const struct index_entry *index_find(const struct index *index, struct index_range in,
				     const char *path, size_t len)
{
	size_t at = lower_bound(index, in, path, len, 0);
	const struct index_entry *entry = at < in.end ? &index->entries.v[at] : NULL;

	return entry && entry->len == len && !memcmp(entry->name, path, len) ? entry : NULL;
}
