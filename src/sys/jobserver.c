/*
 * GNU make's jobserver, both sides. How MAKEFLAGS is read and written is in jobserver_flags.c.
 */
#include "sys/jobserver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "jobserver_impl.h"

/* What GNU make puts in. Any byte would do. */
#define TOKEN '+'

/* Beyond it a pipe may be full before the last token is in, and nobody has such a machine. */
#define JOBS_MAX 4096

static int fill(struct jobserver *server, unsigned count, struct err *err)
{
	char tokens[JOBS_MAX];

	memset(tokens, TOKEN, count);
	while (count) {
		ssize_t wrote = write(server->write_fd, tokens, count);

		if (wrote < 0 && errno != EINTR)
			return err_errno(err, "cannot fill the jobserver");
		if (wrote > 0)
			count -= (unsigned)wrote;
	}
	return 0;
}

/* O_NONBLOCK belongs to the open file, which is shared with every make that reads here and does not
 * expect it. Opened anew through /proc the same pipe has a second open file, for us alone. */
static void open_own_reader(struct jobserver *server)
{
#ifdef __linux__
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", server->read_fd);
	server->own_read_fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
#else
	server->own_read_fd = -1;
#endif
}

static struct jobserver *server_new(void)
{
	struct jobserver *server = xcalloc(1, sizeof *server);

	server->read_fd = server->write_fd = server->own_read_fd = -1;
	return server;
}

static int serve_pipe(struct jobserver *server, struct err *err)
{
	int fds[2];

	if (spawn_pipe(fds, err) < 0)
		return -1;
	server->read_fd = fds[0];
	server->write_fd = fds[1];
	server->owns_fds = true;
	server->extra_fds[0] = (struct spawn_fd){ fds[0], fds[0] };
	server->extra_fds[1] = (struct spawn_fd){ fds[1], fds[1] };
	server->n_extra_fds = 2;
	open_own_reader(server);
	return 0;
}

/* Read and write, so that there is always a reader and a writer. */
static int open_fifo(struct jobserver *server, const char *path, struct err *err)
{
	struct stat st;

	server->own_read_fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (server->own_read_fd < 0)
		return err_errno(err, "cannot open the jobserver '%s'", path);
	if (fstat(server->own_read_fd, &st) < 0 || !S_ISFIFO(st.st_mode))
		return err_set(err, ERR_INVALID, "the jobserver '%s' is no fifo", path);
	server->write_fd = server->own_read_fd;
	server->fifo_path = xstrdup(path);
	return 0;
}

static int serve_fifo(struct jobserver *server, struct err *err)
{
	const char *top = getenv("TMPDIR");
	char *path CLEANUP(xfree_ptr)
	= NULL;

	server->fifo_dir = xasprintf("%s/git-wf-XXXXXX", top && *top ? top : "/tmp");
	if (!mkdtemp(server->fifo_dir)) {
		err_errno(err, "cannot make directory '%s'", server->fifo_dir);
		free(server->fifo_dir);
		server->fifo_dir = NULL;
		return -1;
	}
	path = xasprintf("%s/jobs", server->fifo_dir);
	if (mkfifo(path, 0600) < 0)
		return err_errno(err, "cannot make fifo '%s'", path);
	return open_fifo(server, path, err);
}

struct jobserver *jobserver_serve(unsigned n_jobs, enum jobserver_style style, struct err *err)
{
	struct jobserver *server = server_new();
	int result;

	server->n_jobs = n_jobs < 1 ? 1 : n_jobs > JOBS_MAX ? JOBS_MAX : n_jobs;
	server->is_server = true;
	result = style == JOBSERVER_FIFO ? serve_fifo(server, err) : serve_pipe(server, err);
	if (result < 0 || fill(server, server->n_jobs - 1, err) < 0) {
		jobserver_free(server);
		return NULL;
	}
	return server;
}

static bool is_pipe(int fd, int wanted)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	return flags >= 0 && ((flags & O_ACCMODE) == wanted || (flags & O_ACCMODE) == O_RDWR) &&
	       fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

static int join_pipe(struct jobserver *server, int read_fd, int write_fd, struct err *err)
{
	if (read_fd < 0 || write_fd < 0 || !is_pipe(read_fd, O_RDONLY) ||
	    !is_pipe(write_fd, O_WRONLY))
		return err_set(err, ERR_INVALID,
			       "make's jobserver is not open here: its recipe needs a leading '+'");
	server->read_fd = read_fd;
	server->write_fd = write_fd;
	/* From here on only those that are told about it get them. */
	fcntl(read_fd, F_SETFD, FD_CLOEXEC);
	fcntl(write_fd, F_SETFD, FD_CLOEXEC);
	server->extra_fds[0] = (struct spawn_fd){ read_fd, read_fd };
	server->extra_fds[1] = (struct spawn_fd){ write_fd, write_fd };
	server->n_extra_fds = 2;
	open_own_reader(server);
	return 0;
}

struct jobserver *jobserver_join(const char *makeflags, struct err *err)
{
	struct jobserver_offer offer CLEANUP(jobserver_offer_release) = { 0 };
	struct jobserver *server;
	int result;

	if (!jobserver_read_offer(makeflags, &offer))
		return NULL;
	server = server_new();
	result = offer.fifo ? open_fifo(server, offer.fifo, err)
			    : join_pipe(server, offer.read_fd, offer.write_fd, err);
	if (result == 0)
		return server;
	if (err && err->kind == ERR_SYSTEM)
		err->kind = ERR_INVALID;
	jobserver_free(server);
	return NULL;
}

void jobserver_free(struct jobserver *server)
{
	size_t i;

	if (!server)
		return;
	for (i = 0; i < server->held.n; i++)
		(void)!write(server->write_fd, &server->held.v[i], 1);
	vec_release(&server->held);
	if (server->own_read_fd >= 0)
		close(server->own_read_fd);
	if (server->owns_fds) {
		close(server->read_fd);
		close(server->write_fd);
	}
	if (server->fifo_dir) {
		if (server->fifo_path)
			unlink(server->fifo_path);
		rmdir(server->fifo_dir);
	}
	free(server->fifo_dir);
	free(server->fifo_path);
	free(server);
}

bool jobserver_is_server(const struct jobserver *server)
{
	return server->is_server;
}

unsigned jobserver_job_count(const struct jobserver *server)
{
	return server->n_jobs;
}

int jobserver_fd(const struct jobserver *server)
{
	return server->own_read_fd >= 0 ? server->own_read_fd : server->read_fd;
}

static void on_alarm(int signo)
{
	(void)signo;
}

/* Where the pipe has one open file for all: poll() says there is a token, but another process may be
 * faster, and then read() would wait for it. A timer that goes on ticking ends that wait. */
static ssize_t read_with_alarm(int fd, char *token)
{
	struct itimerval tick = { { 0, 10000 }, { 0, 10000 } }, off = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_alarm }, old;
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	ssize_t got;
	int cause;

	if (poll(&polled, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &tick, NULL);
	got = read(fd, token, 1);
	cause = errno;
	setitimer(ITIMER_REAL, &off, NULL);
	sigaction(SIGALRM, &old, NULL);
	errno = cause == EINTR ? EAGAIN : cause;
	return got;
}

int jobserver_try_acquire(struct jobserver *server, char *token, struct err *err)
{
	ssize_t got;

	if (server->own_read_fd >= 0) {
		do
			got = read(server->own_read_fd, token, 1);
		while (got < 0 && errno == EINTR);
	} else {
		got = read_with_alarm(server->read_fd, token);
	}
	if (got == 1) {
		vec_push(&server->held, *token);
		return 1;
	}
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (got == 0)
		return err_set(err, ERR_SYSTEM, "the jobserver was closed");
	return err_errno(err, "cannot take a job from the jobserver");
}

int jobserver_release(struct jobserver *server, char token, struct err *err)
{
	size_t i;
	ssize_t wrote;

	for (i = 0; i < server->held.n && server->held.v[i] != token; i++)
		;
	if (i == server->held.n)
		BUG("a job token is put back that was not taken");
	server->held.v[i] = *vec_last(&server->held);
	server->held.n--;
	do
		wrote = write(server->write_fd, &token, 1);
	while (wrote < 0 && errno == EINTR);
	return wrote == 1 ? 0 : err_errno(err, "cannot put a job back to the jobserver");
}

size_t jobserver_extra_fds(const struct jobserver *server, const struct spawn_fd **fds)
{
	*fds = server->extra_fds;
	return server->n_extra_fds;
}

void jobserver_makeflags(const struct jobserver *server, const char *existing, struct strbuf *out)
{
	char auth[64] = "";

	if (!server->is_server) {
		strbuf_addstr(out, existing ? existing : "");
		return;
	}
	if (!server->fifo_path)
		snprintf(auth, sizeof auth, "%d,%d", server->read_fd, server->write_fd);
	jobserver_write_flags(existing, server->n_jobs, server->fifo_path, auth, out);
}

unsigned jobserver_recover(struct jobserver *server)
{
	unsigned there = 0, want;
	char token;

	if (!server->is_server)
		return 0;
	while (jobserver_try_acquire(server, &token, NULL) == 1) {
		server->held.n--;
		there++;
	}
	want = server->n_jobs - 1;
	want = want > server->held.n ? want - (unsigned)server->held.n : 0;
	fill(server, want, NULL);
	return want > there ? want - there : 0;
}
