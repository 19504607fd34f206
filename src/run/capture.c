/*
 * See capture_impl.h. One read of 64 KiB a turn of the loop, so that a step that floods its pipe does
 * not keep the engine from the others.
 */
#include "capture_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sys/fs.h"

#define READ_SIZE 65536

/* ---- Masks ---- */

/* The mask that stands at text, or NULL; *maybe: one might, were there more bytes. */
static const char *mask_at(const struct masks *masks, const char *text, size_t len, bool *maybe)
{
	for (size_t i = 0; i < masks->n; i++) {
		size_t mask_len;

		if (*masks->values[i] != *text)
			continue;
		mask_len = strlen(masks->values[i]);
		if (mask_len <= len) {
			if (memcmp(text, masks->values[i], mask_len) == 0)
				return masks->values[i];
		} else if (memcmp(text, masks->values[i], len) == 0) {
			*maybe = true;
		}
	}
	return NULL;
}

size_t capture_mask(const struct masks *masks, const char *text, size_t len, bool is_last,
		    struct strbuf *out)
{
	for (size_t i = 0; i < len;) {
		bool maybe = false;
		const char *mask = mask_at(masks, text + i, len - i, &maybe);

		if (maybe && !is_last)
			return len - i;
		if (mask) {
			strbuf_addstr(out, "***");
			i += strlen(mask);
		} else {
			strbuf_addch(out, text[i++]);
		}
	}
	return 0;
}

/* ---- The log ---- */

static void log_write(struct capture_log *log, const char *data, size_t len)
{
	if (log->is_broken)
		return;
	if (log->fd < 0)
		log->fd = openat(log->dirfd, log->name,
				 O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (log->fd < 0)
		err_errno(&log->err, "cannot create log '%s'", log->name);
	else if (fs_write_all(log->fd, data, len, &log->err) < 0)
		err_wrap(&log->err, "log '%s' is incomplete", log->name);
	else
		return;
	log->is_broken = true;
}

void capture_log_close(struct capture_log *log)
{
	if (log->fd >= 0 && fs_close(log->fd, &log->err) < 0)
		log->is_broken = true;
	log->fd = -1;
}

/* ---- The pipe ---- */

static void keep_tail(struct capture *capture, const char *data, size_t len)
{
	struct strbuf *tail = &capture->tail;

	if (!capture->keeps_tail)
		return;
	strbuf_add(tail, data, len);
	if (tail->len > 2 * CAPTURE_TAIL_MAX) {
		memmove(tail->buf, tail->buf + tail->len - CAPTURE_TAIL_MAX, CAPTURE_TAIL_MAX);
		strbuf_setlen(tail, CAPTURE_TAIL_MAX);
	}
}

static void pass_on(struct capture *capture, const char *data, size_t len)
{
	if (len == 0)
		return;
	log_write(capture->log, data, len);
	if (capture->copy)
		log_write(capture->copy, data, len);
	keep_tail(capture, data, len);
	capture->on_data(capture->owner, data, len);
}

static void take(struct capture *capture, const char *data, size_t len, bool is_last)
{
	struct strbuf masked = STRBUF_INIT;
	size_t left;

	if (!capture->masks || capture->masks->n == 0) {
		pass_on(capture, data, len);
		return;
	}
	strbuf_add(&capture->held, data, len);
	left = capture_mask(capture->masks, strbuf_str(&capture->held), capture->held.len, is_last,
			    &masked);
	pass_on(capture, strbuf_str(&masked), masked.len);
	if (capture->held.len) {
		memmove(capture->held.buf, capture->held.buf + capture->held.len - left, left);
		strbuf_setlen(&capture->held, left);
	}
	strbuf_release(&masked);
}

/* 1: there may be more; 0: nothing now, or the end. */
static int read_some(struct capture *capture)
{
	char buf[READ_SIZE];
	ssize_t n;

	do {
		n = read(capture->fd, buf, sizeof buf);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		take(capture, buf, (size_t)n, false);
		return n == (ssize_t)sizeof buf;
	}
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	capture_stop(capture);
	capture->on_end(capture->owner, capture);
	return 0;
}

static void on_readable(struct loop *loop UNUSED, int fd UNUSED, short revents UNUSED, void *data)
{
	read_some(data);
}

void capture_start(struct capture *capture, struct loop *loop, int fd)
{
	capture->fd = fd;
	capture->held_fd = -1;
	capture->loop = loop;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	loop_add_fd(loop, fd, POLLIN, on_readable, capture);
}

/* Half of those that we may have; the rest is for more programs. */
static bool is_to_spare(int fd)
{
	static rlim_t most;
	struct rlimit limit;

	if (!most)
		most = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur / 2 : 1;
	return (rlim_t)fd < most;
}

void capture_hold(struct capture *capture, int fd)
{
	if (is_to_spare(fd))
		capture->held_fd = fd;
	else
		close(fd);
}

static void let_go(struct capture *capture)
{
	if (capture->held_fd >= 0)
		close(capture->held_fd);
	capture->held_fd = -1;
}

void capture_drain(struct capture *capture)
{
	if (capture->fd >= 0)
		let_go(capture);
	/* A pipe holds 64 KiB; more comes only from a process that still writes. */
	for (int i = 0; i < 16 && capture->fd >= 0; i++) {
		if (!read_some(capture))
			break;
	}
}

void capture_stop(struct capture *capture)
{
	if (capture->fd < 0)
		return;
	loop_remove_fd(capture->loop, capture->fd);
	let_go(capture);
	close(capture->fd);
	capture->fd = -1;
	if (capture->held.len)
		take(capture, "", 0, true);
}

void capture_release(struct capture *capture)
{
	capture_stop(capture);
	strbuf_release(&capture->held);
	strbuf_release(&capture->tail);
}

const char *capture_tail(struct capture *capture, size_t *len)
{
	struct strbuf *tail = &capture->tail;
	size_t skip = tail->len > CAPTURE_TAIL_MAX ? tail->len - CAPTURE_TAIL_MAX : 0;

	*len = tail->len - skip;
	return strbuf_str(tail) + skip;
}
