/*
 * Timers: a binary heap of pointers into the callers' memory.
 */
#include "loop_impl.h"
#include "sys/clock.h"

static void place(struct loop *loop, size_t at, struct loop_timer *timer)
{
	loop->timers.v[at] = timer;
	timer->heap_index = at + 1;
}

static void sift_up(struct loop *loop, size_t at)
{
	struct loop_timer *timer = loop->timers.v[at];

	for (; at; at = (at - 1) / 2) {
		struct loop_timer *parent = loop->timers.v[(at - 1) / 2];

		if (parent->deadline_ms <= timer->deadline_ms)
			break;
		place(loop, at, parent);
	}
	place(loop, at, timer);
}

static void sift_down(struct loop *loop, size_t at)
{
	struct loop_timer *timer = loop->timers.v[at];
	size_t child;

	for (; (child = 2 * at + 1) < loop->timers.n; at = child) {
		if (child + 1 < loop->timers.n &&
		    loop->timers.v[child + 1]->deadline_ms < loop->timers.v[child]->deadline_ms)
			child++;
		if (timer->deadline_ms <= loop->timers.v[child]->deadline_ms)
			break;
		place(loop, at, loop->timers.v[child]);
	}
	place(loop, at, timer);
}

void loop_start_timer(struct loop *loop, struct loop_timer *timer, uint64_t delay_ms,
		      loop_timer_fn *fn, void *data)
{
	/* The millisecond that is running is partly over: one more, or it fires too early. */
	uint64_t now_ms = clock_monotonic_ms() + (delay_ms ? 1 : 0);

	loop_stop_timer(loop, timer);
	timer->deadline_ms = delay_ms < UINT64_MAX - now_ms ? now_ms + delay_ms : UINT64_MAX;
	timer->fn = fn;
	timer->data = data;
	vec_push(&loop->timers, timer);
	sift_up(loop, loop->timers.n - 1);
}

void loop_stop_timer(struct loop *loop, struct loop_timer *timer)
{
	size_t at = timer->heap_index;
	struct loop_timer *last;

	if (!at--)
		return;
	timer->heap_index = 0;
	last = vec_pop(&loop->timers);
	if (at == loop->timers.n)
		return;
	place(loop, at, last);
	sift_up(loop, at);
	sift_down(loop, last->heap_index - 1);
}

void loop_fire_timers(struct loop *loop)
{
	uint64_t now_ms;
	size_t left = loop->timers.n; /* one that starts itself anew with no delay has to wait */

	if (!left)
		return;
	now_ms = clock_monotonic_ms();
	while (left-- && loop->timers.n && loop->timers.v[0]->deadline_ms <= now_ms) {
		struct loop_timer *timer = loop->timers.v[0];

		loop_stop_timer(loop, timer);
		timer->fn(loop, timer, timer->data);
	}
}
