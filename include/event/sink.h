/*
 * Where events go: the engine knows only this. A sink must not keep pointers of an event past its
 * return; a failure of on_event ends the run with its error (a journal that cannot be written must
 * not be passed over), so sinks for people swallow their own.
 */
#ifndef EVENT_SINK_H
#define EVENT_SINK_H

#include "base/err.h"
#include "event/event.h"

struct sink {
	void *data;
	int (*on_event)(void *data, const struct event *event, struct err *err);
	/* The loop is about to wait: write what was gathered. May be NULL. */
	int (*flush)(void *data, struct err *err);
	/* Called every `tick_ms` while something runs (0: never); live displays. */
	void (*on_tick)(void *data, int64_t now_ms);
	unsigned tick_ms;
	/* The process was stopped and goes on (SIGCONT): what it drew is no longer where it was. May be
	 * NULL. */
	void (*on_continue)(void *data);
	void (*close)(void *data);
};

#endif
