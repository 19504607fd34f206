/*
 * One line a run:
 *
 *	{"run":"build-20261120-213201-3f9c5a","workflow":"build","head":"9c1f…","status":"passed",
 *	 "started":"2026-11-20T21:32:01.042Z","duration_ms":8412,"steps":12,"ran":3,"cached":9,…}
 */
#include "store/history.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/strbuf.h"
#include "base/timefmt.h"
#include "base/xalloc.h"
#include "ext/json.h"
#include "store/layout.h"
#include "sys/fs.h"

#define BLOCK_BYTES    ((size_t)64 << 10)
#define LINE_MAX_BYTES ((size_t)1 << 20)

static const struct {
	const char *key;
	size_t offset;
} counts[] = {
	{ "steps", offsetof(struct history_entry, n_steps) },
	{ "ran", offsetof(struct history_entry, n_ran) },
	{ "cached", offsetof(struct history_entry, n_cached) },
	{ "restored", offsetof(struct history_entry, n_restored) },
	{ "failed", offsetof(struct history_entry, n_failed) },
	{ "skipped", offsetof(struct history_entry, n_skipped) },
	{ "retries", offsetof(struct history_entry, n_retries) },
};

/* ---- Writing ---- */

static void entry_to_json(const struct history_entry *entry, struct strbuf *out)
{
	struct strbuf instant CLEANUP(strbuf_release) = STRBUF_INIT;
	struct jsonw w = { .out = out };
	size_t i;

	instant_format(&instant, entry->started_ms);
	jsonw_object(&w);
	jsonw_kv_string(&w, "run", entry->run);
	jsonw_kv_string(&w, "workflow", entry->workflow);
	jsonw_kv_string(&w, "head", entry->head);
	jsonw_kv_string(&w, "status", run_status_name(entry->status));
	jsonw_kv_string(&w, "started", instant.buf);
	jsonw_kv_uint(&w, "duration_ms", entry->duration_ms);
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		jsonw_kv_uint(&w, counts[i].key,
			      *(const uint32_t *)((const char *)entry + counts[i].offset));
	jsonw_object_end(&w);
	strbuf_addch(out, '\n');
}

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
	entry_to_json(entry, &line);
	result = append_line(fd, &line, err);
	if (fs_close(fd, result ? NULL : err) < 0)
		result = -1;
	return result < 0 ? err_wrap(err, "cannot write '%s'", path) : 0;
}

/* ---- Reading ---- */

static int entry_from_json(const struct json *json, struct history_entry *entry)
{
	const char *status = json_get_string(json, "status", "");
	const char *started = json_get_string(json, "started", "");
	int64_t duration_ms = json_get_int(json, "duration_ms", 0);
	size_t i;

	*entry = (struct history_entry){ 0 };
	entry->workflow = json_get_string(json, "workflow", NULL);
	entry->run = json_get_string(json, "run", NULL);
	entry->head = json_get_string(json, "head", NULL);
	if (!entry->workflow || run_status_from_name(status, &entry->status) < 0 ||
	    instant_parse(started, &entry->started_ms) < 0)
		return -1;
	entry->duration_ms = duration_ms > 0 ? (uint64_t)duration_ms : 0;
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		int64_t count = json_get_int(json, counts[i].key, 0);

		if (count > 0 && count <= UINT32_MAX)
			*(uint32_t *)((char *)entry + counts[i].offset) = (uint32_t)count;
	}
	return 0;
}

/* Nonzero: the caller has enough. A line that is none of ours is passed over. */
static int give_line(const char *line, size_t len, history_fn fn, void *data)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct history_entry entry;
	const struct json *json;

	if (!len || line[0] != '{' || len > LINE_MAX_BYTES)
		return 0;
	json = json_parse(&arena, line, len, NULL);
	if (!json || json->kind != JSON_OBJECT || entry_from_json(json, &entry) < 0)
		return 0;
	return fn(data, &entry);
}

/* The lines of buf[0, len), last first; what is before the first line feed is left to the caller,
 * who has its beginning still to read. Returns its length. */
static size_t give_lines(const char *buf, size_t len, history_fn fn, void *data, bool *stop)
{
	size_t end = len;

	while (!*stop) {
		const char *feed = end ? memrchr(buf, '\n', end) : NULL;
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
		give_line(strbuf_str(&rest), rest.len, fn, data);
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
