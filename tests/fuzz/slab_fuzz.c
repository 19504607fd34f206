/*
 * Input: one byte of ways, two bytes that say where an index ends and its data begin. Heads, rows and
 * blobs get the right checks where the ways say so. Whatever it is, it is read, a blob can be added and
 * is found by the next reader, and what is compacted loses no blob that was good.
 */
#include "fuzz/scratch.h"

#include "ext/hash.h"
#include "store/slab_file_impl.h"

enum ways { SEAL_HEAD = 1, SEAL_ROWS = 2, SEAL_BLOBS = 4, COMPACT = 8 };

static void seal_row(uint8_t *at, int ways, const uint8_t *blobs, size_t n_blobs)
{
	struct slab_row row;

	memcpy(&row, at, sizeof row);
	if (ways & SEAL_BLOBS && row.offset <= n_blobs && row.len <= n_blobs - row.offset)
		row.blob_check = hash_checksum(blobs + row.offset, row.len);
	row.check = slab_row_check(&row);
	memcpy(at, &row, sizeof row);
}

static void write_files(int ways, uint8_t *index, size_t n_index, const uint8_t *blobs,
			size_t n_blobs)
{
	struct slab_head head = { .magic = "wfslab\0\1",
				  .version = SLAB_VERSION,
				  .row_bytes = sizeof(struct slab_row),
				  .generation = 1 };

	if (ways & SEAL_HEAD && n_index >= sizeof head) {
		head.check = slab_head_check(&head);
		memcpy(index, &head, sizeof head);
	}
	if (ways & SEAL_ROWS)
		for (size_t at = sizeof head; at + sizeof(struct slab_row) <= n_index;
		     at += sizeof(struct slab_row))
			seal_row(index + at, ways, blobs, n_blobs);
	scratch_write("s.idx", index, n_index);
	scratch_write("s-0000000000000001.dat", blobs, n_blobs);
}

static size_t count_good(struct slab *slab)
{
	struct strbuf blob = STRBUF_INIT;
	size_t n = 0;

	for (uint32_t i = 0; i < slab->rows.n; i++) {
		const struct slab_row *row = &slab->rows.v[i];

		slab_find2(slab, row->key2);
		n += slab_find(slab, &row->key) == i && slab_read(slab, row, &blob);
		strbuf_clear(&blob);
	}
	strbuf_release(&blob);
	return n;
}

static void add_one(struct slab *slab)
{
	struct slab_row row = { .key.bytes = "the one of ours", .key2 = 5 };
	uint32_t index;

	slab_add(slab, &row, "blob", 4);
	if (slab_append(slab, NULL) < 0)
		abort();
	index = slab_find(slab, &row.key);
	if (index == SLAB_NONE || slab_find2(slab, 5) != index)
		abort();
}

static void compact(struct slab *slab)
{
	bool *keep = malloc(slab->rows.n ? slab->rows.n : 1);
	size_t n = count_good(slab);

	for (uint32_t i = 0; i < slab->rows.n; i++)
		keep[i] = slab_find(slab, &slab->rows.v[i].key) == i;
	if (slab_compact(slab, keep, NULL) < 0 || count_good(slab) != n)
		abort();
	free(keep);
}

static void use(int dirfd, bool compacts)
{
	struct slab slab;
	size_t n;

	slab_init(&slab, dirfd, "s");
	slab_load(&slab);
	add_one(&slab);
	if (compacts)
		compact(&slab);
	n = count_good(&slab);
	slab_release(&slab);
	slab_init(&slab, dirfd, "s");
	slab_load(&slab);
	if (count_good(&slab) != n || !n)
		abort();
	slab_release(&slab);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;
	size_t n_index;
	int dirfd;

	if (size < 3)
		return 0;
	n_index = (size_t)data[1] << 8 | data[2];
	if (n_index > size - 3)
		n_index = size - 3;
	copy = memcpy(malloc(size), data, size);
	scratch_fresh();
	write_files(data[0], copy + 3, n_index, copy + 3 + n_index, size - 3 - n_index);
	dirfd = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	use(dirfd, data[0] & COMPACT);
	close(dirfd);
	free(copy);
	return 0;
}
