/*
 * Reading the two files. What is known of their rows is slab_rows.c, writing is slab_write.c.
 */
#include "store/slab_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ext/hash.h"
#include "store/slab_file_impl.h"

#define PLAUSIBLE_BYTES 65536 /* of a blob: not worth asking how long the file is */
#define PLAUSIBLE_ROWS	65536 /* of an index: not worth growing step by step */

void slab_init(struct slab *slab, int dirfd, const char *name)
{
	*slab = (struct slab){ .dirfd = dirfd, .name = name, .index_fd = -1, .data_fd = -1 };
}

void slab_clear(struct slab *slab)
{
	if (slab->data_fd >= 0)
		close(slab->data_fd);
	if (slab->index_fd >= 0)
		close(slab->index_fd);
	vec_release(&slab->rows);
	free(slab->by_key.slots);
	free(slab->by_key2.slots);
	slab->by_key = slab->by_key2 = (struct slab_map){ 0 };
	slab->data_fd = slab->index_fd = -1;
	slab->index_dev = slab->index_ino = slab->index_bytes = slab->n_file_rows = 0;
	slab->data_end = 0;
	slab->n_spent_waste = 0;
	slab_view_drop(slab);
}

void slab_release(struct slab *slab)
{
	slab_clear(slab);
	slab_drop_pending(slab);
	vec_release(&slab->pending);
	vec_release(&slab->marks);
	strbuf_release(&slab->pending_data);
}

bool store_is_none(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP || errnum == EISDIR ||
	       errnum == ENXIO;
}

static void note_failure(struct slab *slab)
{
	if (!store_is_none(errno) && !slab->read_errno)
		slab->read_errno = errno;
}

int slab_check_read(const struct slab *slab, struct err *err)
{
	if (!slab->read_errno)
		return 0;
	errno = slab->read_errno;
	return err_errno(err, "cannot read '%s'", slab->name);
}

void slab_path(const struct slab *slab, struct strbuf *path)
{
	strbuf_clear(path);
	strbuf_addf(path, "%s.idx", slab->name);
}

void slab_data_path(const struct slab *slab, uint64_t generation, struct strbuf *path)
{
	strbuf_clear(path);
	strbuf_addf(path, "%s-%016" PRIx64 ".dat", slab->name, generation);
}

uint64_t slab_row_check(const struct slab_row *row)
{
	return hash_checksum(row, offsetof(struct slab_row, check));
}

uint64_t slab_head_check(const struct slab_head *head)
{
	return hash_checksum(head, offsetof(struct slab_head, check));
}

size_t slab_read_at(struct slab *slab, int fd, void *data, size_t len, uint64_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)data + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			note_failure(slab);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

uint64_t slab_rows_end(const struct slab *slab)
{
	return sizeof(struct slab_head) + slab->n_file_rows * sizeof(struct slab_row);
}

/* A file may be longer than what is good of it. */
static size_t count_plausible_rows(const struct slab *slab)
{
	uint64_t end = slab_rows_end(slab), bytes = slab->index_bytes;
	uint64_t n = bytes > end ? (bytes - end) / sizeof(struct slab_row) : 0;

	return n < PLAUSIBLE_ROWS ? (size_t)n : PLAUSIBLE_ROWS;
}

void slab_read_rows(struct slab *slab)
{
	struct slab_row batch[128];

	slab_reserve(slab, count_plausible_rows(slab));
	while (slab_rows_end(slab) + sizeof *batch <= slab->index_bytes) {
		size_t got = slab_read_at(slab, slab->index_fd, batch, sizeof batch,
					  slab_rows_end(slab));
		size_t i, n = got / sizeof *batch;

		for (i = 0; i < n && slab->rows.n < SLAB_NONE - 1; i++) {
			if (batch[i].check != slab_row_check(&batch[i]))
				continue;
			batch[i].flags &= ~(uint32_t)SLAB_PENDING; /* nothing on disk is */
			slab_take_row(slab, &batch[i]);
		}
		slab->n_file_rows += n;
		slab->data_end = 0; /* somebody else's are behind ours */
		if (got < sizeof batch)
			break;
	}
}

/* Another generation: what is not written yet comes along, with new indexes. */
static void start_over(struct slab *slab)
{
	VEC(struct slab_row) kept = { 0 };
	size_t i;

	for (i = 0; i < slab->pending.n; i++)
		vec_push(&kept, slab->rows.v[slab->pending.v[i]]);
	slab_clear(slab);
	for (i = 0; i < kept.n; i++) {
		slab->pending.v[i] = (uint32_t)slab->rows.n;
		slab_push_row(slab, &kept.v[i]);
	}
	vec_release(&kept);
}

static bool is_good_head(const struct slab_head *head)
{
	return memcmp(head->magic, "wfslab\0\1", 8) == 0 && head->version == SLAB_VERSION &&
	       head->row_bytes == sizeof(struct slab_row) && head->check == slab_head_check(head);
}

static int open_file(struct slab *slab, const char *path)
{
	int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = openat(slab->dirfd, path, O_RDWR | flags);

	if (fd < 0)
		fd = openat(slab->dirfd, path, O_RDONLY | flags);
	if (fd < 0)
		note_failure(slab);
	return fd;
}

/* The files behind a path that is not, or not any more, what we have open. */
static int open_generation(struct slab *slab, struct strbuf *path)
{
	struct slab_head head;
	struct stat st;
	int fd = open_file(slab, path->buf);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0) {
		note_failure(slab);
		close(fd);
		return -1;
	}
	if (slab_read_at(slab, fd, &head, sizeof head, 0) != sizeof head || !is_good_head(&head)) {
		close(fd);
		return -1;
	}
	start_over(slab);
	slab->index_fd = fd;
	slab->index_dev = (uint64_t)st.st_dev;
	slab->index_ino = (uint64_t)st.st_ino;
	slab->index_bytes = (uint64_t)st.st_size;
	slab_data_path(slab, head.generation, path);
	slab->data_fd = open_file(slab, path->buf);
	return slab->data_fd < 0 ? -1 : 0;
}

int slab_open_index(struct slab *slab)
{
	struct strbuf path CLEANUP(strbuf_release) = STRBUF_INIT;
	struct stat st;

	slab_path(slab, &path);
	if (fstatat(slab->dirfd, path.buf, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		note_failure(slab);
		return -1;
	}
	if (slab->data_fd < 0 || slab->index_ino != (uint64_t)st.st_ino ||
	    slab->index_dev != (uint64_t)st.st_dev)
		return open_generation(slab, &path);
	slab->index_bytes = (uint64_t)st.st_size;
	return 0;
}

void slab_load(struct slab *slab)
{
	if (slab->dirfd >= 0 && slab_open_index(slab) == 0)
		slab_read_rows(slab);
}

/* No room is made for a length that the file does not have. */
static bool is_in_data(struct slab *slab, const struct slab_row *row)
{
	struct stat st;

	if (row->flags & SLAB_PENDING || row->len <= PLAUSIBLE_BYTES)
		return true;
	if (fstat(slab->data_fd, &st) < 0) {
		note_failure(slab);
		return false;
	}
	return row->len <= (uint64_t)st.st_size;
}

static bool read_from_file(struct slab *slab, const struct slab_row *row, char *to)
{
	return slab->data_fd >= 0 &&
	       slab_read_at(slab, slab->data_fd, to, row->len, row->offset) == row->len;
}

/* `view`: of slab_view(). */
static bool read_blob(struct slab *slab, const struct slab_row *row, const char *view, char *to)
{
	if (row->flags & SLAB_PENDING)
		view = strbuf_str(&slab->pending_data) + row->offset;
	if (view)
		memcpy(to, view, row->len);
	else if (!read_from_file(slab, row, to))
		return false;
	return hash_checksum(to, row->len) == row->blob_check;
}

bool slab_read(struct slab *slab, const struct slab_row *row, struct strbuf *out)
{
	size_t start = out->len;
	const char *view = slab_view(slab, row);

	if (!view && !is_in_data(slab, row))
		return false;
	strbuf_grow(out, row->len);
	if (!read_blob(slab, row, view, out->buf + start))
		return false;
	strbuf_setlen(out, start + row->len);
	return true;
}

const char *slab_read_in(struct slab *slab, const struct slab_row *row, struct arena *arena)
{
	const char *view = slab_view(slab, row);
	char *blob;

	if (!view && !is_in_data(slab, row))
		return NULL;
	blob = arena_alloc(arena, (size_t)row->len + 1);
	return read_blob(slab, row, view, blob) ? blob : NULL;
}
