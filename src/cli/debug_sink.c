/*
 * The sink behind GIT_WF_LOG=debug: what the engine decides, and the first reason, on standard error
 * as it happens. git wf explain has all reasons.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "execute_impl.h"
#include "sys/fs.h"

struct debug_sink {
	int64_t began_ms; /* at the first event */
	struct strbuf line;
};

static void add_event(struct debug_sink *s, const struct event *event)
{
	struct strbuf *line = &s->line;

	if (!s->began_ms)
		s->began_ms = event->at_ms;
	strbuf_addf(line, "debug: %+8.3fs %s", (double)(event->at_ms - s->began_ms) / 1000,
		    event_type_name(event->type));
	if (event->step)
		strbuf_addf(line, " %s", event->step);
	switch (event->type) {
	case EV_STEP_JUDGED: strbuf_addf(line, ": %s", verdict_name(event->verdict)); break;
	case EV_STEP_START: strbuf_addf(line, ": attempt %u", event->attempt); break;
	case EV_STEP_PID: strbuf_addf(line, ": %lld", (long long)event->pid); break;
	case EV_STEP_END:
		strbuf_addf(line, ": %s (%s)", step_status_name(event->status),
			    verdict_name(event->verdict));
		break;
	case EV_RUN_END: strbuf_addf(line, ": %s", run_status_name(event->run_status)); break;
	default: break;
	}
	if (event->text && event->type != EV_STEP_PID)
		strbuf_addf(line, ": %s", event->text);
	if (event->type == EV_STEP_JUDGED && event->fingerprint)
		strbuf_addf(line, " [%s]", event->fingerprint);
}

/* One write for each: what steps write to the same place must not tear a line. */
static int on_event(void *data, const struct event *event, struct err *err UNUSED)
{
	struct debug_sink *s = data;
	size_t i;

	if (!event_is_journalled(event->type) && event->type != EV_NOTE)
		return 0;
	add_event(s, event);
	for (i = 0; i < s->line.len; i++)
		if ((unsigned char)s->line.buf[i] < ' ')
			s->line.buf[i] = ' ';
	strbuf_addch(&s->line, '\n');
	fs_write_all(STDERR_FILENO, s->line.buf, s->line.len, NULL);
	strbuf_clear(&s->line);
	return 0;
}

static void close_sink(void *data)
{
	struct debug_sink *s = data;

	strbuf_release(&s->line);
	free(s);
}

struct sink debug_sink(void)
{
	struct debug_sink *s = xcalloc(1, sizeof *s);

	return (struct sink){ .data = s, .on_event = on_event, .close = close_sink };
}
