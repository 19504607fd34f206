/*
 * A run as people watch it. On a terminal finished steps scroll away as one line each, and a block at
 * the bottom shows what runs now; elsewhere there is one line at the start and one at the end of each
 * step, and a sign of life every 30 s. Progress goes to out_fd, notes go to err_fd.
 *
 * The cursor is never hidden and always rests below the block, so even a killed engine leaves a usable
 * terminal. Text of steps can harm none: control characters come out in caret form.
 */
#ifndef REPORT_CONSOLE_H
#define REPORT_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "event/sink.h"
#include "plan/plan.h"
#include "sys/tty.h"

enum console_verbosity {
	CONSOLE_QUIET,	 /* only failures and notes */
	CONSOLE_NORMAL,	 /* many cached or skipped steps in a row become one line */
	CONSOLE_VERBOSE, /* every step, and why it ran */
};

/* What is shown of what steps write: its end when a step fails (and all of it from `live: true`
 * steps); whole lines as they come, "ID | " before them where several run; nothing, the log has it. */
enum console_output { CONSOLE_GROUP, CONSOLE_STREAM, CONSOLE_SILENT };

struct console_options {
	int out_fd, err_fd;
	bool is_live; /* out_fd is a terminal whose cursor can be moved */
	bool use_color, use_utf8;
	bool is_asking;	 /* questions are asked here: no lines about what waits */
	bool is_of_git;	 /* a hook that git's command starts anew: nobody resumes it */
	bool use_github; /* ::group:: commands of GitHub Actions */
	bool use_gitlab; /* sections that fold, of GitLab */
	enum console_verbosity verbosity;
	enum console_output output;
	uint32_t jobs;		 /* -j, for the parallel efficiency; 0: unknown */
	const struct plan *plan; /* places of steps, expected durations; may be NULL */
	const char *params;	 /* for the headline: "issue=\"7\"", or NULL */

	/* NULL: the terminal's size (asked for at each redraw), the monotonic clock. */
	void (*size)(void *data, int *columns, int *rows);
	int64_t (*now_ms)(void *data);
	void *data;
};

/* Standard output and error, and what the environment says about them; the rest zero. */
void console_options_detect(struct console_options *options, enum tty_color color);

/* What options point to is borrowed until close. */
struct sink console_sink(const struct console_options *options);

/* The run did not begin (another one is at work): nothing of what was gathered is shown. */
void console_forget(const struct sink *sink);

/* A failed write does not disturb the run. This tells it afterwards, before close: 0, or -1. */
int console_status(const struct sink *sink, struct err *err);

#endif
