/*
 * The decision about one step. The order of the questions is the meaning: what it waits for, its
 * condition, what the user asked for, and only then what is remembered.
 */
#include "plan/judge.h"

#include <string.h>

#include "plan/fingerprint.h"

static void because(struct decision *out, enum reason_kind kind, const char *subject)
{
	vec_push(&out->reasons.list, ((struct reason){ kind, subject, NULL, NULL }));
}

static void decide(struct decision *out, enum verdict verdict, enum reason_kind kind,
		   const char *subject)
{
	out->verdict = verdict;
	because(out, kind, subject);
}

static bool entry_equal(const struct entry *a, const struct entry *b)
{
	return a->kind == b->kind &&
	       (a->kind == ENTRY_ABSENT || digest_equal(&a->digest, &b->digest));
}

/* Fills the reasons; returns how many outputs differ, and of these how many are lost. */
static size_t compare_outputs(const struct judge_input *in, struct decision *out, size_t *n_lost)
{
	const struct record *record = in->record;
	size_t n_differ = 0, i;

	*n_lost = 0;
	if (in->n_on_disk != record->n_outputs)
		BUG("%zu outputs looked at, %zu recorded", in->n_on_disk, record->n_outputs);
	for (i = 0; i < record->n_outputs; i++) {
		if (entry_equal(&record->outputs[i], &in->on_disk[i]))
			continue;
		n_differ++;
		because(out,
			in->on_disk[i].kind == ENTRY_ABSENT ? REASON_OUTPUT_MISSING
							    : REASON_OUTPUT_CHANGED,
			record->outputs[i].path);
		*n_lost += !in->in_store || !in->in_store[i];
	}
	return n_differ;
}

static void add_lost(const struct judge_input *in, struct decision *out)
{
	const struct record *record = in->record;
	size_t i;

	for (i = 0; i < record->n_outputs; i++)
		if (record->outputs[i].kind != ENTRY_ABSENT &&
		    !entry_equal(&record->outputs[i], &in->on_disk[i]) &&
		    (!in->in_store || !in->in_store[i]))
			because(out, REASON_OBJECT_MISSING, record->outputs[i].path);
}

static void judge_record(const struct judge_input *in, struct decision *out)
{
	size_t n_lost, n_differ = compare_outputs(in, out, &n_lost);

	if (n_lost) {
		out->verdict = VERDICT_RUN;
		add_lost(in, out);
		return;
	}
	out->verdict = n_differ ? VERDICT_RESTORE : VERDICT_CACHED;
	out->remembered_failure = in->record->failed;
	if (in->record->failed)
		because(out, REASON_FAILED_BEFORE, NULL);
	else if (!n_differ)
		because(out, REASON_UP_TO_DATE, NULL);
}

/* No record that counts: what differs from the last time? */
static void judge_difference(const struct judge_input *in, struct arena *arena,
			     struct decision *out)
{
	const struct record *previous = in->previous ? in->previous : in->record;

	out->verdict = VERDICT_RUN;
	if (previous && previous->material)
		fingerprint_diff(previous->material, previous->material_len, in->material,
				 in->material_len, arena, &out->reasons);
	if (out->reasons.list.n)
		return;
	because(out, previous && previous->failed ? REASON_FAILED_BEFORE : REASON_NEVER_RAN, NULL);
}

void judge(const struct judge_input *in, struct arena *arena, struct decision *out)
{
	*out = (struct decision){ 0 };
	if (in->upstream == UPSTREAM_NOT_PASSED)
		decide(out, VERDICT_SKIP, REASON_UPSTREAM_FAILED, in->upstream_step);
	else if (in->upstream == UPSTREAM_WILL_RUN)
		decide(out, VERDICT_PENDING, REASON_UPSTREAM_WILL_RUN, in->upstream_step);
	else if (in->has_condition && !in->condition)
		decide(out, VERDICT_SKIP, REASON_CONDITION_FALSE, in->condition_text);
	else if (in->is_forced)
		decide(out, VERDICT_RUN, REASON_FORCED, NULL);
	else if (!in->is_cacheable)
		decide(out, VERDICT_RUN, REASON_ALWAYS_RUNS, NULL);
	else if (in->no_cache)
		decide(out, VERDICT_RUN, REASON_NO_CACHE, NULL);
	else if (in->record && (!in->record->failed || in->cache_failures))
		judge_record(in, out);
	else
		judge_difference(in, arena, out);
}
