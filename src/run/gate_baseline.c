/*
 * A number against those of earlier runs of the workflow. Each run keeps it in its results.json; the
 * median of the last ones that passed is what counts, so that neither one lucky run nor one bad one
 * sets the mark.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "ext/json.h"
#include "gate_impl.h"
#include "store/history.h"
#include "sys/fs.h"

enum { VALUES_MAX = 5, RUNS_MAX = 100, RESULTS_MAX = 64 << 20 };

struct past {
	struct gate_check *check;
	const char *step, *gate;
	size_t n_runs, n;
	double values[VALUES_MAX];
};

static bool find_value(const struct json *results, const char *step, const char *gate,
		       double *number)
{
	const struct json *gates = json_get(results, "gates");

	for (size_t i = 0; gates && i < gates->n; i++) {
		const char *value = json_get_string(&gates->items[i], "value", NULL);
		char *end;

		if (!value || strcmp(json_get_string(&gates->items[i], "status", ""), "passed") ||
		    strcmp(json_get_string(&gates->items[i], "step", ""), step) != 0 ||
		    strcmp(json_get_string(&gates->items[i], "gate", ""), gate) != 0)
			continue;
		*number = strtod(value, &end);
		return *value && !*end && isfinite(*number);
	}
	return false;
}

/* A run whose folder is gone, or whose results cannot be read, has no say. */
static void look_at_run(struct past *past, const char *run)
{
	struct session *session = past->check->session;
	struct arena scratch CLEANUP(arena_release) = { 0 };
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const char *path = arena_printf(&scratch, "%s/%s/results.json", session->layout.runs_dir,
					run);
	const struct json *json;

	if (strchr(run, '/') || fs_read_file(AT_FDCWD, path, RESULTS_MAX, &text, NULL) < 0)
		return;
	json = json_parse(&scratch, strbuf_str(&text), text.len, NULL);
	if (json && find_value(json, past->step, past->gate, &past->values[past->n]))
		past->n++;
}

static int take_run(void *data, const struct history_entry *entry)
{
	struct past *past = data;

	if (!entry->run || entry->status != RUN_PASSED ||
	    strcmp(entry->workflow, past->check->session->wf->id) != 0)
		return 0;
	look_at_run(past, entry->run);
	return past->n == VALUES_MAX || ++past->n_runs == RUNS_MAX;
}

static int compare_numbers(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_of(double *values, size_t n)
{
	qsort(values, n, sizeof *values, compare_numbers);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static int number_of(struct gate_check *check, double *number, struct err *err)
{
	struct value value;
	char *end;

	if (expr_eval(check->gate->expr, check->env, check->arena, &value, err) < 0)
		return -1;
	if (value.kind == VALUE_NUMBER) {
		*number = value.number;
	} else {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT;

		value_to_text(&value, &text);
		*number = strtod(strbuf_str(&text), &end);
		if (value.kind != VALUE_STRING || !text.len || *end)
			return err_set(err, ERR_VALUE, "the value is no number: %.40s",
				       value.kind == VALUE_NULL ? "null" : strbuf_str(&text));
	}
	return isfinite(*number) ? 0 : err_set(err, ERR_VALUE, "the value is no number");
}

int gate_baseline(struct gate_check *check, struct err *err)
{
	const struct gate *gate = check->gate;
	struct past past = { .check = check, .step = check->step_id, .gate = gate->name };
	double number, before, worse, allowed;

	check->session->is_volatile = true;
	if (number_of(check, &number, err) < 0)
		return -1;
	check->finding->value = arena_printf(check->arena, "%.17g", number);
	if (history_read(check->session->layout.runs_dir, take_run, &past, err) < 0)
		return -1;
	if (!past.n)
		return 0; /* this run sets the mark */
	before = median_of(past.values, past.n);
	worse = gate->lower_is_better ? number - before : before - number;
	allowed = gate->worse_is_percent ? fabs(before) * gate->worse_by / 100 : gate->worse_by;
	if (worse <= allowed)
		return 0;
	if (past.n == 1)
		return gate_found(check, "%g, was %g in the last run that passed", number, before);
	return gate_found(check, "%g, the median of the last %zu runs that passed is %g", number,
			  past.n, before);
}
