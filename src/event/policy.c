/*
 * What follows a failed try.
 */
#include "event/policy.h"

#include "base/compat.h"

#define DEFAULT_MAX_DELAY_MS (5 * 60 * 1000)

/* A shell says 128 + n for a command that died of signal n; a program started without a shell shall
 * not need other numbers in `on`. */
static int code_of(const struct try_outcome *outcome)
{
	if (outcome->exit_code >= 0)
		return outcome->exit_code;
	return outcome->signal > 0 ? 128 + outcome->signal : -1;
}

static bool is_worth_another(const struct retry *retry, const struct try_outcome *outcome)
{
	size_t i;

	if (!retry->n_codes && !retry->on_timeout)
		return true;
	if (outcome->timed_out)
		return retry->on_timeout;
	for (i = 0; !outcome->could_not_start && i < retry->n_codes; i++)
		if (retry->codes[i] == code_of(outcome))
			return true;
	return false;
}

static double grow(const struct retry *retry, uint32_t attempt, double max_ms)
{
	double delay = (double)retry->delay_ms;
	uint32_t i;

	if (retry->backoff == BACKOFF_LINEAR)
		delay *= attempt;
	/* 2^64 times any delay is over every maximum: the loop ends soon. */
	for (i = 1;
	     retry->backoff == BACKOFF_EXPONENTIAL && i < attempt && delay < max_ms && delay > 0;
	     i++)
		delay *= 2;
	return delay;
}

static uint64_t delay_before_next(const struct retry *retry, uint32_t attempt, double random01)
{
	uint64_t max_ms = retry->max_delay_ms ? retry->max_delay_ms : DEFAULT_MAX_DELAY_MS;
	double delay = grow(retry, attempt, (double)max_ms);

	if (random01 > 0 && random01 <= 1 && retry->jitter > 0)
		delay += delay * retry->jitter * random01;
	return delay < (double)max_ms ? (uint64_t)delay : max_ms;
}

bool policy_retries(const struct step *step, const struct try_outcome *outcome, double random01,
		    uint64_t *delay_ms)
{
	const struct retry *retry = step->retry;

	*delay_ms = 0;
	if (outcome->cancelled || !retry || outcome->attempt >= retry->attempts)
		return false;
	if (!is_worth_another(retry, outcome))
		return false;
	*delay_ms = delay_before_next(retry, outcome->attempt ? outcome->attempt : 1, random01);
	return true;
}

/* Whose failure it is, and how much of the run it concerns. */
enum failure_kind {
	FAILURE_OF_STEP,
	FAILURE_OF_ITEM, /* of a foreach: the other items go on, and then it fails as a whole */
	FAILURE_KEPT,	 /* --keep-going */
	FAILURE_KINDS
};

static const uint8_t next_after[FAILURE_STRATEGIES][FAILURE_KINDS] = {
	[ON_FAILURE_ABORT] = { [FAILURE_OF_STEP] = NEXT_STOP,
			       [FAILURE_OF_ITEM] = NEXT_GO_ON,
			       [FAILURE_KEPT] = NEXT_GO_ON },
	[ON_FAILURE_CONTINUE] = { [FAILURE_OF_STEP] = NEXT_GO_ON,
				  [FAILURE_OF_ITEM] = NEXT_GO_ON,
				  [FAILURE_KEPT] = NEXT_GO_ON },
	[ON_FAILURE_FIX] = { [FAILURE_OF_STEP] = NEXT_STOP,
			     [FAILURE_OF_ITEM] = NEXT_GO_ON,
			     [FAILURE_KEPT] = NEXT_GO_ON },
	[ON_FAILURE_ESCALATE] = { [FAILURE_OF_STEP] = NEXT_STOP,
				  [FAILURE_OF_ITEM] = NEXT_GO_ON,
				  [FAILURE_KEPT] = NEXT_GO_ON },
	[ON_FAILURE_ROLLBACK] = { [FAILURE_OF_STEP] = NEXT_STOP,
				  [FAILURE_OF_ITEM] = NEXT_GO_ON,
				  [FAILURE_KEPT] = NEXT_GO_ON },
};

enum policy_next policy_after_failure(const struct step *step, bool keep_going,
				      bool stop_item_siblings)
{
	enum failure_kind kind = FAILURE_OF_STEP;

	if (keep_going)
		kind = FAILURE_KEPT;
	else if (step->foreach && !stop_item_siblings)
		kind = FAILURE_OF_ITEM;
	return next_after[step->on_failure][kind];
}

bool policy_calls(uint8_t on, enum step_status status, bool did_run)
{
	switch ((enum call_on)on) {
	case CALL_ON_FAILURE: return status == STEP_FAILED;
	case CALL_ON_SUCCESS: return status == STEP_PASSED && did_run;
	case CALL_ALWAYS: return true;
	case CALL_ON_ROLLBACK: return false; /* that is not known by an end */
	}
	return false;
}
