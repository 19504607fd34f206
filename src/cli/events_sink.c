/*
 * The sink behind --events: NDJSON, as in the journal but without its seals. A reader that goes away
 * does not end the run; it is told at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "execute_impl.h"
#include "sys/fs.h"

#define GATHER_MAX ((size_t)64 << 10)

struct events_sink {
	int fd;
	const char *path;
	struct strbuf lines;
	struct err failure;
};

static int flush(void *data, struct err *err UNUSED)
{
	struct events_sink *s = data;

	if (s->lines.len && s->failure.kind == ERR_NONE &&
	    fs_write_all(s->fd, s->lines.buf, s->lines.len, &s->failure) < 0)
		err_wrap(&s->failure, "events to '%s'", s->path);
	strbuf_clear(&s->lines);
	return 0;
}

static int on_event(void *data, const struct event *event, struct err *err)
{
	struct events_sink *s = data;

	if (event->type == EV_STEP_OUTPUT || event->type == EV_PROMPT)
		return 0;
	event_to_json(event, &s->lines);
	strbuf_addch(&s->lines, '\n');
	return s->lines.len > GATHER_MAX ? flush(data, err) : 0;
}

int events_sink_open(struct sink *sink, const char *path, struct err *err)
{
	int fd = STDOUT_FILENO;
	struct events_sink *s;

	if (strcmp(path, "-") != 0)
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_errno(err, "cannot open '%s' for events", path);
	s = xcalloc(1, sizeof *s);
	s->fd = fd;
	s->path = path;
	*sink = (struct sink){ .data = s, .on_event = on_event, .flush = flush };
	return 0;
}

int events_sink_finish(struct sink *sink, struct err *err)
{
	struct events_sink *s = sink->data;
	int rc;

	flush(s, NULL);
	if (s->fd != STDOUT_FILENO && s->failure.kind == ERR_NONE)
		fs_close(s->fd, &s->failure);
	else if (s->fd != STDOUT_FILENO)
		close(s->fd);
	rc = s->failure.kind == ERR_NONE ? 0 : err_copy(err, &s->failure);
	err_release(&s->failure);
	strbuf_release(&s->lines);
	free(s);
	return rc;
}
