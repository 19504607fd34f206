/*
 * What the parts of the console share: the steps that run, the lines that wait to be written.
 */
#ifndef REPORT_CONSOLE_IMPL_H
#define REPORT_CONSOLE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "event/state.h"
#include "live_impl.h"
#include "report/console.h"
#include "style_impl.h"
#include "tail_impl.h"

struct running { /* from its first start to its end, waits between tries included */
	const struct step_state *state;
	const struct step *step; /* NULL: not in the plan */
	int64_t since_ms;	 /* of this try, by the console's clock */
	int64_t again_ms;	 /* waits until then for its next try; 0: runs */
	uint64_t expected_ms;	 /* 0: unknown */
	struct tail tail;
	struct strbuf partial; /* CONSOLE_STREAM: a line not ended yet */
	bool is_streamed, is_prefixed;
};

enum fold { FOLD_CACHED, FOLD_RESTORED, FOLD_SKIPPED, FOLD_CANCELLED, FOLDS };

struct console {
	struct console_options options;
	struct style style;
	struct run_state state;
	VEC(struct running *) running;
	struct strbuf pending; /* whole lines for out_fd that scroll away */
	struct strbuf notes;   /* the same for err_fd */
	struct strbuf summaries;
	struct live live;
	struct strbuf folded;	   /* the lines of `folds`, as long as they are few */
	struct strbuf fold_reason; /* that all skipped ones share; empty: they do not */
	uint32_t folds[FOLDS];
	bool is_prompting;	      /* a question has the terminal: nothing is written either */
	const struct running *holder; /* owns the terminal: nothing is written meanwhile */
	struct err failure;	      /* the first write that did not work */
	size_t columns, rows;	      /* at the last look */
	size_t id_columns;
	int64_t began_ms, painted_ms, beat_ms;
	int64_t estimated_ms;
	int64_t end_ms; /* expected, by the console's clock; 0: unknown */
	bool has_headline, has_begun, has_ended;
};

int64_t console_now_ms(const struct console *c);
const struct node *console_node(const struct console *c, const char *id);
uint32_t console_total(const struct console *c); /* steps of the run, as far as is known */

/* ---- lines.c, lines_run.c: what scrolls away ---- */

void lines_started(struct console *c, const struct running *running);
void lines_retried(struct console *c, const struct running *running, const char *why,
		   uint64_t delay_ms);
/* `why`: in the words of its end, or NULL. `running` is NULL for a step that was never started. */
void lines_ended(struct console *c, const struct step_state *step, const char *why,
		 const struct running *running);
void lines_waiting(struct console *c, const struct step_state *step);
void lines_cancelled(struct console *c, const struct event *event);
void lines_gate(struct console *c, const struct event *event);
void lines_fix(struct console *c, const struct event *event);
void lines_note(struct console *c, const struct event *event);
void lines_heartbeat(struct console *c, int64_t now_ms);
void lines_headline(struct console *c); /* once */

/* ---- fold.c: steps that need no line of their own ---- */

void fold_add(struct console *c, const struct step_state *step, enum fold fold);
void fold_write(struct console *c); /* after the headline */
void fold_clear(struct console *c);

/* ---- output.c: what steps write ---- */

void output_add(struct console *c, struct running *running, const char *data, size_t len);
void output_end(struct console *c, struct running *running); /* a last line without a line feed */
/* Under GitHub Actions: what makes a failure show up beside the definition. */
void output_add_annotation(struct console *c, const struct step_state *step, const char *cause);
/* The end of the output of a step that failed. */
void output_add_tail(struct console *c, const struct running *running);

/* ---- block.c: what the live block says now ---- */

/* At most `max` lines; returns how many. The caller releases them. */
size_t block_compose(struct console *c, int64_t now_ms, struct line *lines, size_t max);
/* "5/9 · 1 failed · about 40s left" */
void block_add_counts(struct console *c, int64_t now_ms, struct line *line);

#endif
