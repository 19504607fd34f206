/*
 * fdatasync() may take as long as some steps do: while a thread waits for it, the loop goes on.
 */
#include "store/journal_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "sys/fs.h"

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

static void work(void *data)
{
	struct journal_syncer *syncer = data;

	syncer->result = journal_sync_file(syncer->fd, &syncer->err);
	if (syncer->result == 0 && syncer->with_names)
		syncer->result = journal_sync_names(syncer->dirfd, &syncer->err);
}

void journal_syncer_start(struct journal_syncer *syncer, int fd, int dirfd, bool with_names)
{
	syncer->fd = fd;
	syncer->dirfd = dirfd;
	syncer->with_names = with_names;
	behind_start(&syncer->behind, work, syncer);
}

bool journal_syncer_is_busy(const struct journal_syncer *syncer)
{
	return behind_is_busy(&syncer->behind);
}

bool journal_syncer_has_done(const struct journal_syncer *syncer)
{
	return !behind_is_busy(&syncer->behind) && syncer->result == 0;
}

int journal_syncer_wait(struct journal_syncer *syncer, struct err *err)
{
	int result;

	behind_wait(&syncer->behind);
	result = syncer->result;
	syncer->result = 0;
	if (result < 0)
		err_copy(err, &syncer->err);
	err_release(&syncer->err);
	return result;
}
