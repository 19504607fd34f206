/*
 * See streams_impl.h. A file is looked at before it is opened: a pipe, a device or a socket may keep
 * whoever opens it waiting, and the engine waits for nobody. Nor is what /dev/stdout or /proc/self means
 * to the program what it means to the engine: links and those places are left to the shell.
 */
#include "streams_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"

#define AT_ONCE_BYTES ((off_t)16 << 20) /* a file up to that is emptied in no time */

static bool is_without_wait(int dirfd, const char *path, const struct text_stream *stream)
{
	struct stat st;

	if (strcmp(path, "/dev/null") == 0)
		return true;
	if (strstr(path, "..") || strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0)
		return false;
	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && stream->fd != 0;
	return S_ISREG(st.st_mode) &&
	       (stream->fd == 0 || stream->appends || st.st_size <= AT_ONCE_BYTES);
}

static int flags_of(const struct text_stream *stream)
{
	if (stream->fd == 0)
		return O_RDONLY;
	return O_WRONLY | O_CREAT | (stream->appends ? O_APPEND : O_TRUNC);
}

/* -1: a shell shall say why. */
static int open_file(int dirfd, const char *path, const struct text_stream *stream)
{
	int fd = -1, flags;

	if (is_without_wait(dirfd, path, stream))
		fd = openat(dirfd, path,
			    flags_of(stream) | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
			    0666);
	if (fd < 0)
		return -1;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_stream(int rootfd, const char *dir, const struct text_stream *stream)
{
	CLEANUP(strbuf_release)
	struct strbuf path = STRBUF_INIT;

	if (!*dir || *stream->path == '/')
		return open_file(rootfd, stream->path, stream);
	strbuf_addf(&path, "%s/%s", dir, stream->path);
	return open_file(rootfd, strbuf_str(&path), stream);
}

bool streams_open(struct streams *streams, const struct text_direct *direct, int rootfd,
		  const char *dir)
{
	int fds[3];

	memcpy(fds, streams->fds, sizeof fds);
	for (size_t i = 0; i < direct->n_streams; i++) {
		const struct text_stream *stream = &direct->streams[i];

		if (stream->from >= 0) {
			fds[stream->fd] = fds[stream->from];
			continue;
		}
		fds[stream->fd] = open_stream(rootfd, dir, stream);
		if (fds[stream->fd] < 0) {
			streams_close(streams);
			return false;
		}
		streams->opened[streams->n_opened++] = fds[stream->fd];
	}
	memcpy(streams->fds, fds, sizeof fds);
	return true;
}

void streams_close(struct streams *streams)
{
	while (streams->n_opened > 0)
		close(streams->opened[--streams->n_opened]);
}
