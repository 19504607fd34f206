/*
 * fdatasync() may take as long as some steps do: while a thread waits for it, the loop goes on.
 */
#include "store/journal_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "sys/fs.h"

#define THREAD_STACK ((size_t)256 << 10)

int journal_sync_file(int fd, struct err *err)
{
#ifdef __APPLE__
	int result = fcntl(fd, F_FULLFSYNC) == -1 ? fsync(fd) : 0;
#else
	int result = fdatasync(fd);
#endif
	return result < 0 ? err_errno(err, "cannot sync the journal") : 0;
}

static int sync_manifest(int dirfd, struct err *err)
{
	int fd = openat(dirfd, JOURNAL_MANIFEST, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), result;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_errno(err, "cannot open '%s'", JOURNAL_MANIFEST);
	result = fsync(fd) < 0 ? err_errno(err, "cannot sync '%s'", JOURNAL_MANIFEST) : 0;
	close(fd);
	return result;
}

int journal_sync_names(int dirfd, struct err *err)
{
	if (sync_manifest(dirfd, err) < 0 || fs_sync_dir(dirfd, ".", err) < 0)
		return -1;
	return fs_sync_dir(dirfd, "..", err);
}

static void work(struct journal_syncer *syncer)
{
	syncer->result = journal_sync_file(syncer->fd, &syncer->err);
	if (syncer->result == 0 && syncer->with_names)
		syncer->result = journal_sync_names(syncer->dirfd, &syncer->err);
	atomic_store(&syncer->is_done, true);
}

static void *run(void *data)
{
	work(data);
	return NULL;
}

/* Signals are the loop's. */
static bool start_thread(struct journal_syncer *syncer)
{
	pthread_attr_t attr;
	sigset_t all, old;
	bool is_started;

	if (pthread_attr_init(&attr) != 0)
		return false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	is_started = pthread_attr_setstacksize(&attr, THREAD_STACK) == 0 &&
		     pthread_create(&syncer->thread, &attr, run, syncer) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return is_started;
}

void journal_syncer_start(struct journal_syncer *syncer, int fd, int dirfd, bool with_names)
{
	syncer->fd = fd;
	syncer->dirfd = dirfd;
	syncer->with_names = with_names;
	syncer->is_started = true;
	atomic_store(&syncer->is_done, false);
	syncer->has_thread = start_thread(syncer);
	if (!syncer->has_thread)
		work(syncer);
}

bool journal_syncer_is_busy(struct journal_syncer *syncer)
{
	return syncer->is_started && !atomic_load(&syncer->is_done);
}

int journal_syncer_wait(struct journal_syncer *syncer, struct err *err)
{
	int result;

	if (!syncer->is_started)
		return 0;
	if (syncer->has_thread)
		pthread_join(syncer->thread, NULL);
	result = syncer->result;
	syncer->is_started = syncer->has_thread = false;
	if (result < 0)
		err_set(err, syncer->err.kind, "%s", err_msg(&syncer->err));
	err_release(&syncer->err);
	return result;
}
