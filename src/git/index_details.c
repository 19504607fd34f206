/*
 * What an entry of the index says beside its name, and the tree that git remembers of the whole: the
 * extension TREE, whose first line is "\0<entries> <subtrees>\n<object name>", with -1 entries if it does
 * not hold any more.
 */
#include <string.h>
#include <sys/stat.h>

#include "index_impl.h"

#define STAT_SIZE	40
#define FLAG_ASSUMED	0x8000
#define FLAG_EXTENDED	0x4000
#define FLAG_STAGES	0x3000
#define EXTENDED_ABSENT 0x4000
#define EXTENDED_INTENT 0x2000
#define RACY_NS		20000000 /* what may pass between two ticks of a file system's clock */
#define NS_PER_S	1000000000

static uint32_t get_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t get_be16(const unsigned char *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static void put_hex(const unsigned char *bytes, size_t n, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*hex++ = digits[bytes[i] >> 4];
		*hex++ = digits[bytes[i] & 15];
	}
	*hex = '\0';
}

static uint32_t read_flags(const unsigned char *flags)
{
	uint32_t value = get_be16(flags), result = 0;

	if (value & FLAG_STAGES)
		result |= INDEX_UNMERGED;
	if (value & FLAG_ASSUMED)
		result |= INDEX_ASSUMED;
	if (!(value & FLAG_EXTENDED))
		return result;
	value = get_be16(flags + 2);
	if (value & EXTENDED_ABSENT)
		result |= INDEX_ABSENT;
	if (value & EXTENDED_INTENT)
		result |= INDEX_INTENT;
	return result;
}

void index_read_stat(const struct index *index, const struct index_entry *entry,
		     struct index_details *details)
{
	const unsigned char *p = entry->raw;

	*details = (struct index_details){
		.ctime_s = get_be32(p),
		.ctime_ns = get_be32(p + 4),
		.mtime_s = get_be32(p + 8),
		.mtime_ns = get_be32(p + 12),
		.ino = get_be32(p + 20),
		.mode = get_be32(p + 24),
		.uid = get_be32(p + 28),
		.gid = get_be32(p + 32),
		.size_bytes = get_be32(p + 36),
		.flags = read_flags(p + STAT_SIZE + index->hash_size),
	};
}

void index_read_details(const struct index *index, const struct index_entry *entry,
			struct index_details *details)
{
	index_read_stat(index, entry, details);
	put_hex(entry->raw + STAT_SIZE, index->hash_size, details->oid);
}

bool index_is_left_out(const struct index *index, const struct index_entry *entry)
{
	return read_flags(entry->raw + STAT_SIZE + index->hash_size) &
	       (INDEX_ABSENT | INDEX_INTENT);
}

/* ---- The tree of the whole ----------------------------------------------------------------------- */

static const unsigned char *find_extension(const struct index *index, const char *name, size_t *len)
{
	const unsigned char *p = index->extensions;

	while (p && index->end - p >= 8) {
		*len = get_be32(p + 4);
		if (!memcmp(p, name, 4))
			return p + 8;
		p += 8 + *len; /* lengths were checked when it was read */
	}
	return NULL;
}

const char *index_find_tree(struct index *index)
{
	size_t len = 0;
	const unsigned char *p = find_extension(index, "TREE", &len), *end, *oid;

	if (!p || len < 2 || *p != '\0' || p[1] == '-')
		return NULL;
	end = p + len;
	oid = memchr(p, '\n', len);
	if (!oid || (size_t)(end - ++oid) < index->hash_size)
		return NULL;
	put_hex(oid, index->hash_size, index->tree);
	return index->tree;
}

/* ---- Against the disk ------------------------------------------------------------------------------ */

static bool is_same_mode(uint32_t mode, uint32_t file_mode)
{
	if (S_ISLNK(mode) || S_ISLNK(file_mode))
		return S_ISLNK(mode) && S_ISLNK(file_mode);
	return S_ISREG(file_mode) && ((mode & 0100) != 0) == ((file_mode & 0100) != 0);
}

static bool is_recent(const struct index *index, int64_t mtime_ns)
{
	return mtime_ns >= index->id.mtime_ns - RACY_NS;
}

bool index_is_recent(const struct index *index, const struct index_entry *entry)
{
	return is_recent(index,
			 (int64_t)get_be32(entry->raw + 8) * NS_PER_S + get_be32(entry->raw + 12));
}

static bool has_stat(const struct index_details *details, const struct file_id *file)
{
	return is_same_mode(details->mode, file->mode) &&
	       (int64_t)details->mtime_s * NS_PER_S + details->mtime_ns == file->mtime_ns &&
	       (int64_t)details->ctime_s * NS_PER_S + details->ctime_ns == file->ctime_ns &&
	       details->ino == (uint32_t)file->ino &&
	       details->size_bytes == (uint32_t)file->size_bytes;
}

bool index_is_overlooked(const struct index *index, const struct index_details *details,
			 const struct file_id *file)
{
	/* Whoever wrote the index, or the file system, keeps no more than seconds. */
	if ((!details->mtime_ns && !details->ctime_ns) || !(file->ctime_ns % NS_PER_S))
		return false;
	return S_ISREG(file->mode) && details->size_bytes == (uint32_t)file->size_bytes &&
	       details->mtime_s == file->mtime_ns / NS_PER_S &&
	       (!has_stat(details, file) || is_recent(index, file->ctime_ns));
}

bool index_is_same_file(const struct index *index, const struct index_details *details,
			const struct file_id *file)
{
	return has_stat(details, file) && !is_recent(index, file->mtime_ns);
}
