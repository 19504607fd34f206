/*
 * Lines that running steps append to $WF_PROGRESS, and steps that the kernel has stopped.
 */
#include <string.h>

#include "engine_impl.h"

#include "model/stepout.h"
#include "sys/fs.h"
#include "sys/tty.h"

#define PROGRESS_MAX (1u << 20) /* bytes */

static void poll_progress(struct execution *execution)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf masked = STRBUF_INIT;
	struct event event;
	unsigned percent;
	const char *message, *line;

	if (fs_read_file(AT_FDCWD, execution->progress_path, PROGRESS_MAX, &text, NULL) < 0 ||
	    text.len == execution->progress_seen)
		return;
	execution->progress_seen = text.len;
	while (text.len && text.buf[text.len - 1] == '\n') {
		text.len--;
		text.buf[text.len] = '\0';
	}
	line = strrchr(strbuf_str(&text), '\n');
	line = line ? line + 1 : strbuf_str(&text);
	if (stepout_parse_progress(line, &percent, &message) < 0)
		return;
	event = event_of(execution->engine, EV_STEP_PROGRESS, execution->node);
	event.percent = (uint8_t)percent;
	capture_mask(&execution->engine->masks, message, strlen(message), true, &masked);
	event.text = strbuf_str(&masked);
	emit(execution->engine, &event);
}

/* It would wait for ever, and nobody would know for what. */
static void tell_of_stop(struct execution *execution)
{
	if (execution->was_told_of_stop || !tty_is_wanted_by(execution->pid))
		return;
	execution->was_told_of_stop = true;
	emit_note(execution->engine, execution->node,
		  "'%s' uses the terminal, which is not its own, and has been stopped: it needs "
		  "'console: true'",
		  execution->node->id);
}

void attempts_poll(struct engine *engine)
{
	for (size_t i = 0; i < engine->running.n; i++) {
		struct execution *execution = engine->running.v[i];

		if (execution->pid)
			poll_progress(execution);
		if (execution->pid && !execution->is_reaped)
			tell_of_stop(execution);
	}
}
