/*
 * The loop itself and its file descriptors. Timers are in loop_timer.c, signals and children in
 * loop_signal.c.
 */
#include "sys/loop.h"

#include <errno.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "loop_impl.h"
#include "sys/clock.h"

struct loop *loop_new(struct err *err)
{
	struct loop *loop = xcalloc(1, sizeof *loop);

	if (loop_signals_init(loop, err) < 0) {
		loop_free(loop);
		return NULL;
	}
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	loop_signals_release(loop);
	vec_release(&loop->polled);
	vec_release(&loop->handlers);
	vec_release(&loop->slot_of_fd);
	vec_release(&loop->timers);
	free(loop);
}

/* Slot + 1, 0: none. */
static size_t *slot_of(struct loop *loop, int fd)
{
	while (loop->slot_of_fd.n <= (size_t)fd)
		vec_push(&loop->slot_of_fd, 0);
	return &loop->slot_of_fd.v[fd];
}

void loop_add_fd(struct loop *loop, int fd, short events, loop_fd_fn *fn, void *data)
{
	struct loop_handler handler = { fn, data };
	struct pollfd polled = { .fd = fd, .events = events };
	size_t *slot;

	if (fd < 0)
		BUG("fd %d in the loop", fd);
	slot = slot_of(loop, fd);
	if (*slot) {
		/* What poll said was said to the previous handler. */
		loop->polled.v[*slot - 1] = polled;
		loop->handlers.v[*slot - 1] = handler;
		return;
	}
	vec_push(&loop->polled, polled);
	vec_push(&loop->handlers, handler);
	*slot = loop->polled.n;
}

void loop_set_events(struct loop *loop, int fd, short events)
{
	size_t *slot = slot_of(loop, fd);

	if (*slot)
		loop->polled.v[*slot - 1].events = events;
}

static void remove_slot(struct loop *loop, size_t slot)
{
	struct pollfd last = vec_pop(&loop->polled);
	struct loop_handler last_handler = vec_pop(&loop->handlers);

	if (slot == loop->polled.n)
		return;
	loop->polled.v[slot] = last;
	loop->handlers.v[slot] = last_handler;
	if (last.fd >= 0)
		*slot_of(loop, last.fd) = slot + 1;
}

void loop_remove_fd(struct loop *loop, int fd)
{
	size_t *slot = fd >= 0 ? slot_of(loop, fd) : NULL, index;

	if (!slot || !*slot)
		return;
	index = *slot - 1;
	*slot = 0;
	if (loop->is_dispatching) {
		/* Slots must not move under the dispatch: swept after it. */
		loop->polled.v[index].fd = -1;
		loop->polled.v[index].revents = 0;
		loop->n_dead++;
	} else {
		remove_slot(loop, index);
	}
}

static void sweep(struct loop *loop)
{
	size_t i = loop->polled.n;

	while (loop->n_dead && i--)
		if (loop->polled.v[i].fd < 0) {
			remove_slot(loop, i);
			loop->n_dead--;
		}
}

static void dispatch_fds(struct loop *loop, int n_ready)
{
	size_t i, n = loop->polled.n; /* those added now have nothing to say yet */

	loop->is_dispatching = true;
	for (i = 0; i < n && n_ready > 0; i++) {
		struct pollfd polled = loop->polled.v[i];
		struct loop_handler handler = loop->handlers.v[i];

		if (!polled.revents)
			continue;
		n_ready--;
		loop->polled.v[i].revents = 0;
		/* A callback may have paused this one after poll() returned. */
		polled.revents &= (short)(polled.events | POLLERR | POLLHUP | POLLNVAL);
		if (polled.fd >= 0 && polled.revents)
			handler.fn(loop, polled.fd, polled.revents, handler.data);
	}
	loop->is_dispatching = false;
	sweep(loop);
}

static int poll_timeout(const struct loop *loop, int timeout_ms)
{
	uint64_t now_ms, left_ms;

	if (loop_has_ended_children())
		return 0;
	if (!loop->timers.n)
		return timeout_ms;
	now_ms = clock_monotonic_ms();
	left_ms = loop->timers.v[0]->deadline_ms;
	left_ms = left_ms > now_ms ? left_ms - now_ms : 0;
	if (timeout_ms >= 0 && left_ms > (uint64_t)timeout_ms)
		return timeout_ms;
	return left_ms > 3600000 ? 3600000 : (int)left_ms;
}

int loop_run_once(struct loop *loop, int timeout_ms, struct err *err)
{
	int n_ready;

	if (loop->is_dispatching)
		BUG("the loop runs in its own callback");
	n_ready = poll(loop->polled.v, (nfds_t)loop->polled.n, poll_timeout(loop, timeout_ms));
	/* The signal that woke us is in the pipe by now, and goes before the timers. */
	if (n_ready < 0 && errno == EINTR)
		n_ready = poll(loop->polled.v, (nfds_t)loop->polled.n, 0);
	if (n_ready < 0 && errno != EINTR && errno != EAGAIN)
		return err_errno(err, "cannot poll");
	if (n_ready > 0)
		dispatch_fds(loop, n_ready);
	if (loop_reap_children(loop, err) < 0)
		return -1;
	loop_fire_timers(loop);
	return 0;
}

int loop_run(struct loop *loop, struct err *err)
{
	loop->is_stopped = false;
	while (!loop->is_stopped)
		if (loop_run_once(loop, -1, err) < 0)
			return -1;
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->is_stopped = true;
}
