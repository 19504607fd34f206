/*
 * The writing half: appending, compacting, removing; always under the cache's lock.
 */
#include "store/slab_file_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "sys/fs.h"

#define COPY_BYTES ((size_t)1 << 20)
#define WASTE_ROWS 1024 /* of an index: below, what is of no use does not matter */

void slab_refresh(struct slab *slab)
{
	slab_load(slab);
}

static int write_at(int fd, const void *data, size_t len, uint64_t offset)
{
	while (len) {
		ssize_t n = pwrite(fd, data, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data = (const char *)data + n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* All or nothing, as far as the disk lets us. */
static int append_at(int fd, const void *data, size_t len, uint64_t end, const char *name,
		     struct err *err)
{
	if (!len || write_at(fd, data, len, end) == 0)
		return 0;
	err_errno(err, "cannot append to '%s'", name);
	if (ftruncate(fd, (off_t)end) < 0)
		return err_wrap(err, "half of it stayed");
	return -1;
}

/* Data files of other generations: left by a crash, or by the index that went bad. */
static void remove_orphans(const struct slab *slab, uint64_t keep_generation)
{
	struct strbuf keep CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf folder CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *slash = strrchr(slab->name, '/'), *base = slash ? slash + 1 : slab->name;
	size_t len = strlen(base);
	struct fs_dir dir;
	struct fs_entry entry;

	slab_data_path(slab, keep_generation, &keep);
	strbuf_add(&folder, slab->name, (size_t)(base - slab->name));
	strbuf_addch(&folder, '.');
	if (fs_dir_open(&dir, slab->dirfd, folder.buf, NULL) != 0)
		return;
	while (fs_dir_next(&dir, &entry, NULL) > 0) {
		size_t name_len = strlen(entry.name);

		if (strncmp(entry.name, base, len) == 0 && entry.name[len] == '-' && name_len > 4 &&
		    strcmp(entry.name + name_len - 4, ".dat") == 0 &&
		    strcmp(entry.name, keep.buf + (base - slab->name)) != 0)
			unlinkat(fs_dir_fd(&dir), entry.name, 0);
	}
	fs_dir_close(&dir);
}

/* A data file that nobody knows yet; *generation gets its name. */
static int create_data(const struct slab *slab, uint64_t *generation, struct err *err)
{
	struct strbuf path CLEANUP(strbuf_release) = STRBUF_INIT;
	int fd;

	if (getentropy(generation, sizeof *generation) < 0)
		return err_errno(err, "cannot get random bytes");
	slab_data_path(slab, *generation, &path);
	fd = openat(slab->dirfd, path.buf, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	return fd < 0 ? err_errno(err, "cannot make '%s'", path.buf) : fd;
}

static int write_index(const struct slab *slab, uint64_t generation, const struct slab_row *rows,
		       size_t n, struct err *err)
{
	struct strbuf path CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf file CLEANUP(strbuf_release) = STRBUF_INIT;
	struct slab_head head = {
		.magic = "wfslab\0\1",
		.version = SLAB_VERSION,
		.row_bytes = sizeof(struct slab_row),
		.generation = generation,
	};

	head.check = slab_head_check(&head);
	strbuf_add(&file, &head, sizeof head);
	if (n)
		strbuf_add(&file, rows, n * sizeof *rows);
	slab_path(slab, &path);
	return fs_replace(slab->dirfd, path.buf, 0600, file.buf, file.len, 0, err);
}

static int create(struct slab *slab, struct err *err)
{
	uint64_t generation;
	int fd = create_data(slab, &generation, err);

	if (fd < 0)
		return -1;
	close(fd);
	if (write_index(slab, generation, NULL, 0, err) < 0)
		return -1;
	remove_orphans(slab, generation);
	return 0;
}

static int file_size(int fd, uint64_t *size, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, "cannot stat the cache's file");
	*size = (uint64_t)st.st_size;
	return 0;
}

/* Marks first: they speak of rows before them, and what replaces a dead row must outlive it. */
static void finish_rows(struct slab *slab, uint64_t data_end, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < slab->marks.n; i++) {
		slab->marks.v[i].check = slab_row_check(&slab->marks.v[i]);
		strbuf_add(out, &slab->marks.v[i], sizeof slab->marks.v[i]);
	}
	for (i = 0; i < slab->pending.n; i++) {
		struct slab_row row = slab->rows.v[slab->pending.v[i]];

		row.flags &= ~(uint32_t)SLAB_PENDING;
		row.offset += data_end;
		row.check = slab_row_check(&row);
		strbuf_add(out, &row, sizeof row);
	}
}

static void settle_pending(struct slab *slab, uint64_t data_end)
{
	size_t i;

	for (i = 0; i < slab->pending.n; i++) {
		struct slab_row *row = &slab->rows.v[slab->pending.v[i]];

		row->flags &= ~(uint32_t)SLAB_PENDING;
		row->offset += data_end;
	}
	slab->n_file_rows += slab->pending.n + slab->marks.n;
	slab->data_end = data_end + slab->pending_data.len;
	vec_clear(&slab->pending);
	vec_clear(&slab->marks);
	strbuf_clear(&slab->pending_data);
}

static int append_rows(struct slab *slab, struct err *err)
{
	struct strbuf rows CLEANUP(strbuf_release) = STRBUF_INIT;
	uint64_t data_end, rows_end;

	slab_read_rows(slab);
	if (slab_check_read(slab, err) < 0) /* what was not read would be cut off */
		return -1;
	rows_end = slab_rows_end(slab);
	data_end = slab->data_end;
	slab->data_end = 0; /* until this append is whole */
	if (slab->pending.n && !data_end && file_size(slab->data_fd, &data_end, err) < 0)
		return -1;
	/* Half a row of somebody who was killed. */
	if (slab->index_bytes != rows_end && ftruncate(slab->index_fd, (off_t)rows_end) < 0)
		return err_errno(err, "cannot cut '%s.idx'", slab->name);
	finish_rows(slab, data_end, &rows);
	if (append_at(slab->data_fd, strbuf_str(&slab->pending_data), slab->pending_data.len,
		      data_end, slab->name, err) < 0 ||
	    append_at(slab->index_fd, rows.buf, rows.len, rows_end, slab->name, err) < 0)
		return -1;
	settle_pending(slab, data_end);
	return 0;
}

/* ---- Compacting ---- */

struct compaction {
	int fd;
	uint64_t end;
	struct strbuf data;
	VEC(struct slab_row) rows;
};

static int compact_flush(struct compaction *new, struct err *err)
{
	if (write_at(new->fd, strbuf_str(&new->data), new->data.len, new->end) < 0)
		return err_errno(err, "cannot write the compacted cache");
	new->end += new->data.len;
	strbuf_clear(&new->data);
	return 0;
}

static int compact_rows(struct slab *slab, const bool *keep, struct compaction *new,
			struct err *err)
{
	size_t i;

	for (i = 0; i < slab->rows.n; i++) {
		struct slab_row row = slab->rows.v[i];
		size_t start = new->data.len;

		if (!keep[i] || (row.flags & SLAB_DEAD))
			continue;
		if (!slab_read(slab, &slab->rows.v[i], &new->data)) {
			if (slab_check_read(slab, err) < 0)
				return -1;
			strbuf_setlen(&new->data, start);
			continue;
		}
		row.offset = new->end + start;
		row.check = slab_row_check(&row);
		vec_push(&new->rows, row);
		if (new->data.len >= COPY_BYTES && compact_flush(new, err) < 0)
			return -1;
	}
	return compact_flush(new, err);
}

int slab_compact(struct slab *slab, const bool *keep, struct err *err)
{
	struct compaction new = { 0 };
	struct strbuf path CLEANUP(strbuf_release) = STRBUF_INIT;
	uint64_t generation;
	int result;

	new.fd = create_data(slab, &generation, err);
	if (new.fd < 0)
		return -1;
	result = compact_rows(slab, keep, &new, err);
	if (fs_close(new.fd, result ? NULL : err) < 0)
		result = -1;
	if (result == 0)
		result = write_index(slab, generation, new.rows.v, new.rows.n, err);
	if (result == 0) {
		remove_orphans(slab, generation);
		slab_load(slab);
	} else {
		slab_data_path(slab, generation, &path);
		unlinkat(slab->dirfd, path.buf, 0);
	}
	vec_release(&new.rows);
	strbuf_release(&new.data);
	return result;
}

/* ---- Appending, and what it leaves ---- */

/* A step that is never cached adds a row each time it runs: nobody has to clean up after it. */
static void compact_if_wasteful(struct slab *slab)
{
	size_t n_kept = 0;
	bool *keep;

	if (slab->n_file_rows < WASTE_ROWS ||
	    slab->n_file_rows + 2 * slab->n_spent_waste < 2 * slab->by_key.n)
		return;
	keep = xcalloc(slab->rows.n + 1, sizeof *keep);
	for (uint32_t i = 0; i < slab->rows.n; i++) {
		keep[i] = slab_is_of_use(slab, i);
		n_kept += keep[i];
	}
	/* If it cannot be done the old files stay, and nothing is lost. */
	if (n_kept * 2 <= slab->n_file_rows && slab_compact(slab, keep, NULL) < 0)
		slab->read_errno = 0;
	free(keep);
}

int slab_append(struct slab *slab, struct err *err)
{
	if (!slab_has_pending(slab))
		return 0;
	if (slab_open_index(slab) < 0 &&
	    (slab_check_read(slab, err) < 0 || create(slab, err) < 0 || slab_open_index(slab) < 0))
		return err_set(err, ERR_SYSTEM, "cannot open '%s.idx'", slab->name);
	if (append_rows(slab, err) < 0)
		return -1;
	compact_if_wasteful(slab);
	return 0;
}

int slab_remove(struct slab *slab, struct err *err)
{
	struct strbuf path CLEANUP(strbuf_release) = STRBUF_INIT;

	slab_path(slab, &path);
	if (unlinkat(slab->dirfd, path.buf, 0) < 0 && errno != ENOENT)
		return err_errno(err, "cannot remove '%s'", path.buf);
	slab_drop_pending(slab);
	slab_clear(slab);
	remove_orphans(slab, 0);
	return 0;
}
