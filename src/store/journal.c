/*
 * Writing and reading the journal of a run.
 */
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "ext/json.h"
#include "store/journal_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"

#define SYNC_WITHIN_MS 100
#define SYNC_RETRY_MS  10 /* the sync before is not over */

struct journal {
	int fd, dirfd;
	bool is_named;	/* its name is known to be on disk; whoever made it may have been killed */
	bool is_broken; /* an fsync failed: what is on disk is not known any more */
	uint64_t last_seq;
	uint64_t synced_seq;	   /* on disk up to this one */
	uint64_t syncing_seq;	   /* what the syncer was last started for */
	struct strbuf waiting;	   /* gathered lines */
	int64_t unsynced_since_ms; /* 0: all is on disk, or being synced */
	struct journal_syncer syncer;
};

/* ---- Opening and repair ---- */

/* Lines that do not count but have good ones behind them leave the file: appended to
 * journal.damaged, and the rest written anew. */
static int move_aside(int dirfd, const char *text, size_t good_end, struct err *err)
{
	struct strbuf good CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf bad CLEANUP(strbuf_release) = STRBUF_INIT;
	struct journal_scan scan = { .text = text, .len = good_end };
	struct journal_line line;
	int fd, result;

	while (journal_next_line(&scan, &line)) {
		struct strbuf *into = line.is_good ? &good : &bad;

		strbuf_add(into, line.text, line.len);
		strbuf_addch(into, '\n');
	}
	fd = openat(dirfd, JOURNAL_DAMAGED, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return err_errno(err, "cannot open '%s'", JOURNAL_DAMAGED);
	result = fs_write_all(fd, bad.buf, bad.len, err);
	if (fs_close(fd, result ? NULL : err) < 0 || result < 0)
		return -1;
	return fs_replace(dirfd, JOURNAL_FILE, 0600, strbuf_str(&good), good.len, FS_DURABLE, err);
}

static int repair(struct journal *journal, const struct strbuf *file, uint64_t *n_lost,
		  struct err *err)
{
	struct journal_scan scan = { .text = file->buf, .len = file->len };
	struct journal_line line;
	uint64_t n_bad = 0;
	size_t good_end = 0;

	while (journal_next_line(&scan, &line)) {
		if (line.is_good) {
			good_end = scan.pos;
			*n_lost += n_bad;
			n_bad = 0;
		} else {
			n_bad++;
		}
	}
	journal->last_seq = scan.last_seq;
	if (*n_lost)
		return move_aside(journal->dirfd, file->buf, good_end, err);
	if (good_end < file->len && ftruncate(journal->fd, (off_t)good_end) < 0)
		return err_errno(err, "cannot cut the torn end");
	return 0;
}

static int open_file(struct journal *journal, struct err *err)
{
	int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW;

	journal->fd = openat(journal->dirfd, JOURNAL_FILE, flags);
	if (journal->fd < 0 && errno == ENOENT)
		journal->fd = openat(journal->dirfd, JOURNAL_FILE, flags | O_CREAT | O_EXCL, 0600);
	return journal->fd < 0 ? err_errno(err, "cannot open '%s'", JOURNAL_FILE) : 0;
}

static int open_and_repair(struct journal *journal, const char *run_dir, uint64_t *n_lost,
			   struct err *err)
{
	struct strbuf file CLEANUP(strbuf_release) = STRBUF_INIT;

	journal->dirfd = open(run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (journal->dirfd < 0)
		return err_errno(err, "cannot open '%s'", run_dir);
	if (open_file(journal, err) < 0)
		return -1;
	if (fs_read_fd(journal->fd, JOURNAL_MAX_BYTES, &file, err) < 0 ||
	    repair(journal, &file, n_lost, err) < 0)
		return -1;
	if (!*n_lost)
		return 0;
	close(journal->fd); /* it was written anew */
	return open_file(journal, err);
}

struct journal *journal_open(const char *run_dir, uint64_t *n_lost, struct err *err)
{
	struct journal *journal = xcalloc(1, sizeof *journal);
	uint64_t lost = 0;

	journal->fd = journal->dirfd = -1;
	if (open_and_repair(journal, run_dir, &lost, err) < 0) {
		err_wrap(err, "cannot open the journal of '%s'", run_dir);
		journal_close(journal);
		return NULL;
	}
	if (n_lost)
		*n_lost = lost;
	return journal;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	journal_flush(journal, NULL);
	journal_syncer_wait(&journal->syncer, NULL);
	if (journal->fd >= 0)
		close(journal->fd);
	if (journal->dirfd >= 0)
		close(journal->dirfd);
	strbuf_release(&journal->waiting);
	free(journal);
}

/* ---- Appending ---- */

static int refuse_broken(struct err *err)
{
	return err_set(err, ERR_SYSTEM, "the journal could not be synced and takes nothing more");
}

int journal_append(struct journal *journal, struct event *event, struct err *err)
{
	size_t start = journal->waiting.len;

	if (journal->is_broken)
		return refuse_broken(err);
	event->seq = ++journal->last_seq;
	event_to_json(event, &journal->waiting);
	journal_seal(&journal->waiting, start);
	if (!journal->unsynced_since_ms)
		journal->unsynced_since_ms = (int64_t)clock_monotonic_ms();
	return 0;
}

/* What a full disk did not take stays gathered, and the next flush goes on in mid-line. */
int journal_flush(struct journal *journal, struct err *err)
{
	struct strbuf *waiting = &journal->waiting;
	size_t done = 0;
	int result = 0;

	while (done < waiting->len && result == 0) {
		ssize_t n = write(journal->fd, waiting->buf + done, waiting->len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			result = err_errno(err, "cannot write the journal");
	}
	if (done) {
		memmove(waiting->buf, waiting->buf + done, waiting->len - done);
		strbuf_setlen(waiting, waiting->len - done);
	}
	return result;
}

/* What could not be synced: nobody knows what is on disk, and nothing is promised any more. */
static int give_up(struct journal *journal)
{
	journal->is_broken = true;
	return -1;
}

int journal_sync(struct journal *journal, struct err *err)
{
	if (journal->is_broken)
		return refuse_broken(err);
	if (journal_flush(journal, err) < 0)
		return -1;
	if (journal_syncer_wait(&journal->syncer, err) < 0)
		return give_up(journal);
	if (!journal->unsynced_since_ms)
		return 0;
	if (journal_sync_file(journal->fd, err) < 0 ||
	    (!journal->is_named && journal_sync_names(journal->dirfd, err) < 0))
		return give_up(journal);
	journal->is_named = true;
	journal->unsynced_since_ms = 0;
	journal->synced_seq = journal->last_seq;
	return 0;
}

int journal_sync_behind(struct journal *journal, struct err *err)
{
	if (journal->is_broken)
		return refuse_broken(err);
	if (journal_flush(journal, err) < 0)
		return -1;
	if (journal_syncer_is_busy(&journal->syncer))
		return 0;
	if (journal_syncer_wait(&journal->syncer, err) < 0)
		return give_up(journal);
	if (!journal->unsynced_since_ms)
		return 0;
	journal->syncing_seq = journal->last_seq;
	journal_syncer_start(&journal->syncer, journal->fd, journal->dirfd, !journal->is_named);
	journal->is_named = true;
	journal->unsynced_since_ms = 0;
	return 0;
}

bool journal_is_synced(const struct journal *journal, uint64_t seq)
{
	if (journal->is_broken)
		return false;
	return seq <= journal->synced_seq ||
	       (seq <= journal->syncing_seq && journal_syncer_has_done(&journal->syncer));
}

/* The first one, with the names, is due at once: the disk is at it while the first step runs, and the
 * end of a short run waits for the content only. */
int64_t journal_sync_due_ms(struct journal *journal)
{
	int64_t due_ms = journal->unsynced_since_ms + (journal->is_named ? SYNC_WITHIN_MS : 0);
	int64_t later_ms;

	if (!journal->unsynced_since_ms)
		return 0;
	if (!journal_syncer_is_busy(&journal->syncer))
		return due_ms;
	later_ms = (int64_t)clock_monotonic_ms() + SYNC_RETRY_MS;
	return due_ms > later_ms ? due_ms : later_ms;
}

/* ---- As a sink ---- */

static int on_event(void *data, const struct event *event, struct err *err)
{
	struct event numbered = *event;

	return event_is_journalled(event->type) ? journal_append(data, &numbered, err) : 0;
}

static int on_flush(void *data, struct err *err)
{
	return journal_flush(data, err);
}

static void on_close(void *data)
{
	journal_close(data);
}

struct sink journal_sink(struct journal *journal)
{
	return (struct sink){
		.data = journal,
		.on_event = on_event,
		.flush = on_flush,
		.close = on_close,
	};
}

/* ---- Reading ---- */

/* 0: given; 1: the line does not count; -1: the caller has enough. */
static int give_event(const struct journal_line *line, struct arena *arena, journal_fn fn,
		      void *data)
{
	struct err cause = ERR_INIT;
	struct json *json = json_parse(arena, line->text, line->len, NULL);
	struct event event;
	int result = 1;

	if (!json || json->kind != JSON_OBJECT)
		return 1;
	if (event_from_json(json, arena, &event, &cause) == 0)
		result = fn(data, &event) < 0 ? -1 : 0;
	else if (cause.kind == ERR_NOT_FOUND)
		result = 0; /* a type of a newer version: good, but not for us */
	err_release(&cause);
	return result;
}

struct given { /* what of a journal is given, and what was seen of it */
	uint64_t after, last_seq, n_bad;
};

static int give_events(const struct strbuf *file, journal_fn fn, void *data, struct given *given)
{
	struct journal_scan scan = { .text = strbuf_str(file), .len = file->len };
	struct journal_line line;
	uint64_t n_between = 0, n_gone;
	int result = 0;

	while (result >= 0 && journal_next_line(&scan, &line)) {
		struct arena arena CLEANUP(arena_release) = { 0 };

		if (!line.is_good) {
			given->n_bad++;
			n_between++;
			continue;
		}
		n_gone = line.seq - given->last_seq - 1;
		given->n_bad += n_gone > n_between ? n_gone - n_between : 0;
		n_between = 0;
		given->last_seq = line.seq;
		if (line.seq <= given->after)
			continue;
		result = give_event(&line, &arena, fn, data);
		given->n_bad += result > 0;
	}
	return result;
}

int journal_read(const char *run_dir, journal_fn fn, void *data, uint64_t *n_bad, struct err *err)
{
	return journal_read_after(run_dir, 0, fn, data, NULL, n_bad, err);
}

int journal_read_after(const char *run_dir, uint64_t after, journal_fn fn, void *data,
		       uint64_t *last_seq, uint64_t *n_bad, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= xasprintf("%s/%s", run_dir, JOURNAL_FILE);
	struct strbuf file CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err cause = ERR_INIT;
	struct given given = { .after = after };
	int result;

	if (n_bad)
		*n_bad = 0;
	if (last_seq)
		*last_seq = 0;
	result = fs_read_file(AT_FDCWD, path, JOURNAL_MAX_BYTES, &file, &cause);
	if (result < 0 && cause.kind == ERR_NOT_FOUND) {
		err_release(&cause);
		return 0;
	}
	if (result < 0) {
		err_copy(err, &cause);
		err_release(&cause);
		return -1;
	}
	result = give_events(&file, fn, data, &given);
	if (n_bad)
		*n_bad = given.n_bad;
	if (last_seq)
		*last_seq = given.last_seq;
	return result < 0 ? -1 : 0;
}
