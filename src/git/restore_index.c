/*
 * The index goes back byte for byte, under git's own lock, if it still says what the second snapshot's
 * says. Bytes may differ where git only looked at files again, so entries are compared.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "git/cmd.h"
#include "index_impl.h"
#include "restore_impl.h"
#include "sys/fs.h"

#define ITEM "the index"

struct index_text {
	struct strbuf bytes;
	bool is_there;
};

static bool is_same_bytes(const struct index_text *a, const struct index_text *b)
{
	return a->is_there == b->is_there && a->bytes.len == b->bytes.len &&
	       (!a->bytes.len || !memcmp(a->bytes.buf, b->bytes.buf, a->bytes.len));
}

static int read_kept(const struct raw_notes *notes, struct index_text *index, struct err *err)
{
	int status = raw_notes_read(notes, "index", &index->bytes, err);

	index->is_there = status == 0;
	return status < 0 ? -1 : 0;
}

static int read_now(const struct restore_work *work, struct index_text *index, struct err *err)
{
	const char *path = index_path(work->request->repo, work->arena);
	struct err why CLEANUP(err_release) = ERR_INIT;

	if (fs_read_file(AT_FDCWD, path, SIZE_MAX, &index->bytes, &why) == 0)
		index->is_there = true;
	else if (why.kind != ERR_NOT_FOUND)
		return err_copy(err, &why);
	return 0;
}

/* Each entry comes with five lines about what stat() said, which does not count, and the flags, of which
 * those that tell an empty file from one that is only intended to be added do. */
static void strip(const struct strbuf *listed, struct strbuf *out)
{
	static const unsigned kept = 0x60000000;

	for (size_t at = 0; at < listed->len;) {
		const char *entry = listed->buf + at, *rest = entry + strlen(entry) + 1;
		const char *flags = strstr(rest, "\tflags: ");
		const char *end = flags ? strchr(flags, '\n') : NULL;

		if (!end)
			return;
		strbuf_add(out, entry, strlen(entry) + 1);
		strbuf_addf(out, "%lx\n", strtoul(flags + 8, NULL, 16) & kept);
		at = (size_t)(end + 1 - listed->buf);
	}
}

/* What git says of an index that is put into the restore's own folder. */
static int list_entries(const struct restore_work *work, const struct index_text *index,
			struct strbuf *out, struct err *err)
{
	static const char *const args[] = { "ls-files", "-s", "-v", "-z", "--debug", NULL };
	struct strbuf listed CLEANUP(strbuf_release) = STRBUF_INIT;
	int status;
	const char *path = arena_join(work->arena, work->request->folder, "/index", "");
	const char *env[] = { arena_join(work->arena, "GIT_INDEX_FILE=", path, ""), NULL };
	struct git_cmd cmd = { .repo = work->request->repo, .args = args, .env = env };

	if (!index->is_there)
		return 0;
	if (fs_replace(AT_FDCWD, path, 0600, strbuf_str(&index->bytes), index->bytes.len, 0, err) !=
	    0)
		return -1;
	status = git_run(&cmd, &listed, NULL, err);
	if (status == 0)
		strip(&listed, out);
	return status;
}

/* 1: the same entries; 0: others; -1. */
static int says_the_same(const struct restore_work *work, const struct index_text *a,
			 const struct index_text *b, struct err *err)
{
	struct strbuf x CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf y CLEANUP(strbuf_release) = STRBUF_INIT;

	if (is_same_bytes(a, b))
		return 1;
	if (list_entries(work, a, &x, err) != 0 || list_entries(work, b, &y, err) != 0)
		return -1;
	return x.len == y.len && (!x.len || !memcmp(x.buf, y.buf, x.len));
}

/* A split index refers to a file that git may have cleaned up since. */
static int restore_shared(const struct restore_work *work, struct err *err)
{
	const struct strmap *names = &work->before.oids;

	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->entries[i].key;
		const char *path = arena_join(work->arena, work->request->repo->git_dir, "/", name);
		struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

		if (strncmp(name, "sharedindex.", 12) != 0 || access(path, F_OK) == 0)
			continue;
		if (raw_notes_read(&work->before, name, &text, err) != 0 ||
		    fs_replace(AT_FDCWD, path, 0666, strbuf_str(&text), text.len, FS_DURABLE,
			       err) != 0)
			return -1;
	}
	return 0;
}

/* ---- Under the lock ----------------------------------------------------------------------------- */

/* With its old time, for git looks again at files that are not older than the index: with a later one a file
 * that changed as the index was written would count as clean. Not known: all are looked at again. */
static int set_time(const struct restore_work *work, int fd, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1 } };
	long long time_ns;

	if (raw_notes_read(&work->before, "index-time", &text, err) < 0)
		return -1;
	time_ns = strtoll(strbuf_str(&text), NULL, 10);
	if (time_ns > 0) {
		times[1].tv_sec = (time_t)(time_ns / 1000000000);
		times[1].tv_nsec = (long)(time_ns % 1000000000);
	}
	return futimens(fd, times) == 0 ? 0 : err_errno(err, "cannot set the time of the index");
}

/* The content goes into index.lock and the lock becomes the index, as git itself does it. */
static int put(const struct restore_work *work, int lock_fd, const char *lock,
	       const struct index_text *wanted, struct err *err)
{
	const char *path = index_path(work->request->repo, work->arena);

	if (!wanted->is_there) {
		if (unlink(path) != 0 && errno != ENOENT)
			return err_errno(err, "cannot remove '%s'", path);
		if (unlink(lock) != 0)
			return err_errno(err, "cannot remove '%s'", lock);
		return 0;
	}
	if (restore_shared(work, err) != 0 ||
	    fs_write_all(lock_fd, strbuf_str(&wanted->bytes), wanted->bytes.len, err) != 0 ||
	    set_time(work, lock_fd, err) != 0)
		return -1;
	if (fsync(lock_fd) != 0 || rename(lock, path) != 0)
		return err_errno(err, "cannot write '%s'", path);
	return 0;
}

static int compare_and_put(struct restore_work *work, int lock_fd, const char *lock,
			   const struct index_text sides[2], bool *is_done, struct err *err)
{
	struct index_text now = { 0 };
	int status, same = -1;

	*is_done = false;
	status = read_now(work, &now, err);
	if (status == 0)
		same = says_the_same(work, &now, &sides[0], err);
	if (same > 0)
		restore_add_item(work, ITEM, RESTORE_ALREADY, NULL);
	if (same == 0)
		same = says_the_same(work, &now, &sides[1], err) * 2;
	if (same == 0)
		restore_add_item(work, ITEM, RESTORE_LEFT, "it was changed since");
	if (same == 2) {
		status = put(work, lock_fd, lock, &sides[0], err);
		*is_done = status == 0;
		if (*is_done)
			restore_add_item(work, ITEM, RESTORE_PUT_BACK, NULL);
	}
	strbuf_release(&now.bytes);
	return same < 0 ? -1 : status;
}

/* The lock is a second name of a file of ours, so that one which a killed try has left is known. 0: an
 * fd; 1: somebody else has it; -1. */
static int take_lock(const struct restore_work *work, const char *lock, int *fd, struct err *err)
{
	const char *mine = arena_join(work->arena, work->request->scratch, "/index.lock", "");
	struct file_id ids[2];

	if (fs_stat(AT_FDCWD, mine, &ids[0], NULL) == 0) {
		if (fs_stat(AT_FDCWD, lock, &ids[1], NULL) == 0 && ids[0].ino == ids[1].ino &&
		    ids[0].dev == ids[1].dev && unlink(lock) != 0)
			return err_errno(err, "cannot remove '%s'", lock);
		if (unlink(mine) != 0)
			return err_errno(err, "cannot remove '%s'", mine);
	}
	*fd = open(mine, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (*fd < 0)
		return err_errno(err, "cannot make '%s'", mine);
	if (link(mine, lock) == 0)
		return 0;
	close(*fd);
	/* A linked index on another file system: there a lock of a killed try is nobody's. */
	*fd = errno == EXDEV ? open(lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666) : -1;
	if (*fd >= 0)
		return 0;
	if (errno != EEXIST)
		return err_errno(err, "cannot make '%s'", lock);
	unlink(mine);
	return 1;
}

static int swap(struct restore_work *work, const struct index_text sides[2], struct err *err)
{
	const char *index = index_path(work->request->repo, work->arena);
	const char *lock = arena_join(work->arena, index, ".lock", "");
	int fd = -1, status = take_lock(work, lock, &fd, err);
	bool is_done;

	if (status > 0)
		restore_add_item(work, ITEM, RESTORE_LEFT,
				 "another git holds index.lock, or died and left it");
	if (status != 0)
		return status < 0 ? -1 : 0;
	status = compare_and_put(work, fd, lock, sides, &is_done, err);
	if (!is_done)
		unlink(lock);
	unlink(arena_join(work->arena, work->request->scratch, "/index.lock", ""));
	close(fd);
	return status;
}

int restore_index(struct restore_work *work, struct err *err)
{
	struct index_text sides[2] = { 0 };
	int status = -1, same;

	if (read_kept(&work->before, &sides[0], err) == 0 &&
	    read_kept(&work->after, &sides[1], err) == 0) {
		same = says_the_same(work, &sides[0], &sides[1], err);
		status = same < 0 ? -1 : same ? 0 : swap(work, sides, err);
	}
	strbuf_release(&sides[0].bytes);
	strbuf_release(&sides[1].bytes);
	return status;
}
