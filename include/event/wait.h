/*
 * Waiting for a person: what for, which words end it, and how they are said. Pure.
 */
#ifndef EVENT_WAIT_H
#define EVENT_WAIT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"

#define WAIT_ANSWER	"answer"     /* `ask` */
#define WAIT_APPROVAL	"approval"   /* `approve` */
#define WAIT_ESCALATION "escalation" /* it has failed: what becomes of it? */
#define WAIT_PERMISSION "permission" /* the mode of the run asks before a step starts */

struct step_state;
struct step_wait;

/* The answers to an escalation, one a line; each is a word, too. */
#define ESCALATION_CHOICES "retry\napprove\nskip\nreject"

bool wait_is_escalation(const char *kind); /* kind: or NULL */

/* A text is wanted, or one of the choices; else yes or no. */
bool wait_wants_text(const char *kind);
/* What it comes to: of an escalation the answer "skip" is the word "skip". */
const char *wait_word(const char *kind, const char *word, const char *value);

/* The wait is the step itself: `ask`, `approve`. */
bool wait_is_step(const char *kind);

/* May this word end the wait? "approve", "reject", "skip", or "answer" with a value. ERR_USAGE says
 * which word it needs. */
int wait_check(const struct step_wait *wait, const char *step, const char *word, const char *value,
	       struct err *err);

/* Somebody was quicker: "'deploy' was approved already, by Ann" */
void wait_describe_answer(const struct step_state *step, struct strbuf *out);

#endif
