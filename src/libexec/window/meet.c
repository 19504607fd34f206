/*
 * The socket on which both sides meet. A message is its length (4 bytes) and texts, each with a NUL.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/compat.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "window_impl.h"

static int name_of(const char *path, struct sockaddr_un *address, struct err *err)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	CLEANUP(strbuf_release)
	struct strbuf folder = STRBUF_INIT;

	strbuf_add(&folder, path, slash ? (size_t)(slash - path) : 0);
	if (slash && chdir(strbuf_str(&folder)) < 0)
		return err_errno(err, "cannot enter '%s'", strbuf_str(&folder));
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(name) >= sizeof address->sun_path)
		return err_set(err, ERR_INVALID, "'%s' is too long", name);
	snprintf(address->sun_path, sizeof address->sun_path, "%s", name);
	return 0;
}

int meet_listen(const char *path, struct err *err)
{
	struct sockaddr_un address;
	int fd;

	if (name_of(path, &address, err) < 0)
		return -1;
	unlink(address.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
	    listen(fd, 1) == 0)
		return fd;
	err_errno(err, "cannot listen at '%s'", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

int meet_connect(const char *path, struct err *err)
{
	struct sockaddr_un address;
	int fd;

	if (name_of(path, &address, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	err_errno(err, "cannot reach the step at '%s'", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* 1: there is something; 0: the time is over, or a signal came; -1. */
static int wait_for(int fd, uint64_t until_ms, struct err *err)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	uint64_t now = clock_monotonic_ms(), left = until_ms > now ? until_ms - now : 0;
	struct timespec wait = { (time_t)(left / 1000), (long)(left % 1000) * 1000000 };
	sigset_t none;
	int n;

	/* Signals come in here and nowhere else: none is missed. */
	sigemptyset(&none);
	n = ppoll(&poll_fd, 1, until_ms ? &wait : NULL, &none);

	if (n < 0 && errno != EINTR)
		return err_errno(err, "cannot wait for the window");
	return n > 0;
}

int meet_accept(int listener, uint64_t until_ms, struct err *err)
{
	int fd, rc = wait_for(listener, until_ms, err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(err, ERR_SYSTEM, "the window did not come up in time");
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return fd < 0 ? err_errno(err, "cannot talk to the window") : fd;
}

int meet_read(int fd, uint64_t until_ms, struct word *word, struct err *err)
{
	int rc = wait_for(fd, until_ms, err);
	ssize_t n;

	if (rc <= 0)
		return rc < 0 ? -1 : 2;
	n = recv(fd, word, sizeof *word, MSG_WAITALL);
	if (n < 0)
		return errno == EINTR ? 2 : 1;
	return n == (ssize_t)sizeof *word ? 0 : 1;
}

static void add_texts(struct strbuf *message, const char *const *texts)
{
	size_t n = 0;

	while (texts[n])
		n++;
	strbuf_addf(message, "%zu", n);
	strbuf_addch(message, '\0');
	for (size_t i = 0; i < n; i++)
		strbuf_add(message, texts[i], strlen(texts[i]) + 1);
}

int meet_send(int fd, const char *dir, const char *const *argv, char *const *envp, bool is_bound,
	      struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf message = STRBUF_INIT;
	const char *const first[] = { dir, is_bound ? "bound" : "free", NULL };
	uint32_t len;

	add_texts(&message, first);
	add_texts(&message, argv);
	add_texts(&message, (const char *const *)envp);
	len = (uint32_t)message.len;
	if (fs_write_all(fd, &len, sizeof len, err) < 0)
		return -1;
	return fs_write_all(fd, message.buf, message.len, err);
}
