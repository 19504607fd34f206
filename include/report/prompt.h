/*
 * A question on a terminal: how it looks, and what the line means that is typed. No I/O.
 */
#ifndef REPORT_PROMPT_H
#define REPORT_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "event/state.h"

struct prompt_view {
	const char *step, *kind; /* event/wait.h */
	const char *question;	 /* of a permission: the command */
	const char *choices;	 /* one a line, or NULL */
	const char *default_answer;
	const char *risk; /* "high", or NULL */
	const char **reasons;
	size_t n_reasons;
	const char *problem; /* with what was typed before, or NULL */
	bool is_secret, shows_all;
};

/* Wrapped to the columns; ends behind the words at which is typed, without a line feed. */
void prompt_compose(const struct prompt_view *view, size_t columns, bool use_color, bool use_utf8,
		    struct strbuf *out);

enum reply_kind {
	REPLY_WORD,  /* word and value, as waits take them */
	REPLY_AGAIN, /* it means nothing: problem */
	REPLY_SHOW,  /* all of the command and the reasons */
	REPLY_ALL,   /* yes, and to all that follow */
	REPLY_ABORT, /* the run is to end */
};

struct prompt_reply {
	enum reply_kind kind;
	const char *word, *problem;
	char *value; /* or NULL */
};

void prompt_read_reply(const struct step_wait *wait, const char *line, struct prompt_reply *reply);
void prompt_reply_release(struct prompt_reply *reply);

#endif
