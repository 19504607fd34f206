/*
 * The file of the history: appended to by any engine, read from its end.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "store/history_impl.h"
#include "store/layout.h"
#include "sys/fs.h"

#define BLOCK_BYTES    ((size_t)64 << 10)
#define LINE_MAX_BYTES ((size_t)1 << 20)

/* Somebody was killed in the middle of a line: ours must not become part of it. */
static bool ends_in_mid_line(int fd)
{
	struct stat st;
	char last;

	return fstat(fd, &st) == 0 && st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1 &&
	       last != '\n';
}

static int append_line(int fd, struct strbuf *line, struct err *err)
{
	int result;

	do
		result = flock(fd, LOCK_EX);
	while (result < 0 && errno == EINTR);
	if (result < 0)
		return err_errno(err, "cannot lock it");
	if (!ends_in_mid_line(fd))
		return fs_write_all(fd, line->buf + 1, line->len - 1, err);
	return fs_write_all(fd, line->buf, line->len, err);
}

static int open_for_append(const char *runs_dir, const char *path, struct err *err)
{
	int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
	int fd = open(path, flags, 0600);

	if (fd < 0 && errno == ENOENT) {
		if (layout_make_runs_dir(runs_dir, err) < 0)
			return -1;
		fd = open(path, flags, 0600);
	}
	return fd < 0 ? err_errno(err, "cannot open it") : fd;
}

int history_append(const char *runs_dir, const struct history_entry *entry, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= xasprintf("%s/history.ndjson", runs_dir);
	struct strbuf line CLEANUP(strbuf_release) = STRBUF_INIT;
	int result, fd = open_for_append(runs_dir, path, err);

	if (fd < 0)
		return err_wrap(err, "cannot write '%s'", path);
	strbuf_addch(&line, '\n');
	history_line_write(entry, &line);
	result = append_line(fd, &line, err);
	if (fs_close(fd, result ? NULL : err) < 0)
		result = -1;
	return result < 0 ? err_wrap(err, "cannot write '%s'", path) : 0;
}

/* ---- Reading ---- */

/* Nonzero: the caller has enough. A line that is none of ours is passed over. */
static int give_line(char *line, size_t len, history_fn fn, void *data)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct history_entry entry;

	if (!len || len > LINE_MAX_BYTES || history_line_read(line, len, &arena, &entry) < 0)
		return 0;
	return fn(data, &entry);
}

/* The lines of buf[0, len), last first; what is before the first line feed is left to the caller,
 * who has its beginning still to read. Returns its length. */
static size_t give_lines(char *buf, size_t len, history_fn fn, void *data, bool *stop)
{
	size_t end = len;

	while (!*stop) {
		char *feed = end ? memrchr(buf, '\n', end) : NULL;
		size_t start = feed ? (size_t)(feed - buf) + 1 : 0;

		if (!feed)
			break;
		*stop = give_line(buf + start, end - start, fn, data) != 0;
		end = (size_t)(feed - buf);
	}
	return end;
}

static int read_block(int fd, uint64_t offset, size_t len, struct strbuf *block, struct err *err)
{
	size_t done = 0;

	strbuf_clear(block);
	strbuf_grow(block, len);
	while (done < len) {
		ssize_t n = pread(fd, block->buf + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "cannot read the history");
		if (n == 0)
			break;
		done += (size_t)n;
	}
	strbuf_setlen(block, done);
	return 0;
}

/* From the end in blocks; `rest` is the part of a line whose beginning is in the block before. */
static int read_backwards(int fd, uint64_t end, history_fn fn, void *data, struct err *err)
{
	struct strbuf block CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf rest CLEANUP(strbuf_release) = STRBUF_INIT;
	bool stop = false;

	while (end && !stop) {
		size_t len = end < BLOCK_BYTES ? (size_t)end : BLOCK_BYTES;

		end -= len;
		if (read_block(fd, end, len, &block, err) < 0)
			return -1;
		strbuf_add(&block, strbuf_str(&rest), rest.len);
		len = give_lines(block.buf, block.len, fn, data, &stop);
		strbuf_clear(&rest);
		/* A line without end is none of ours, and must not cost memory. */
		if (len <= LINE_MAX_BYTES)
			strbuf_add(&rest, block.buf, len);
	}
	if (!stop)
		give_line(rest.buf, rest.len, fn, data);
	return 0;
}

int history_read(const char *runs_dir, history_fn fn, void *data, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= xasprintf("%s/history.ndjson", runs_dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), result;
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0)
		result = err_errno(err, "cannot stat '%s'", path);
	else
		result = read_backwards(fd, (uint64_t)st.st_size, fn, data, err);
	close(fd);
	return result;
}
