/*
 * Where everything is plugged together: the console, the events file and the reports as sinks of the
 * engine, and the outcome as an exit status.
 */
#ifndef CLI_EXECUTE_IMPL_H
#define CLI_EXECUTE_IMPL_H

#include "cli/command.h"
#include "event/sink.h"
#include "run/engine.h"
#include "run/session.h"

struct execute_options {
	const char *output; /* "stream", "group", "quiet", or NULL */
	const char *events; /* a file, "-", or NULL */
	bool keep_going, yes, checkpoint, is_interactive;
	const char *mode; /* "autopilot", "supervised", "hybrid", or NULL */
	uint64_t timeout_ms;
	struct option_values reports; /* "FORMAT:FILE" */
};

extern const struct option_table execute_options;

void execute_options_release(struct execute_options *options);

/* The workflow's `concurrency` let it wait: all that was read may be old, so begin anew. */
#define EXECUTE_AGAIN (-3)

/* Runs the session's plan. The exit status, or -1, or EXECUTE_AGAIN before anything was done; a run that
 * a signal ended does not return. */
int execute_run(struct cli *cli, struct session *session, const struct execute_options *options,
		struct run_options *run, struct err *err);

/* ---- debug_sink.c ---- */

struct sink debug_sink(void);

/* ---- events_sink.c ---- */

/* Every event that has a meaning without its bytes, one a line, in `path` ("-": standard output). */
int events_sink_open(struct sink *sink, const char *path, struct err *err);
/* Closes it. -1: not everything could be written. */
int events_sink_finish(struct sink *sink, struct err *err);

#endif
