/*
 * From a node to a decision: the condition, the facts, the record, what is on disk, then judge().
 */
#include "decide_impl.h"

#include <string.h>

#include "answers_impl.h"
#include "by_hand_impl.h"
#include "door_impl.h"
#include "recall_impl.h"
#include "results_impl.h"
#include "scope_impl.h"
#include "stale_impl.h"
#include "unmoved_impl.h"

static bool is_forced(const struct plan *plan, const struct node *node, const struct force *force)
{
	if (force->all)
		return true;
	for (size_t i = 0; i < force->n_steps; i++) {
		if (plan_is_meant(plan, node, force->steps[i]))
			return true;
	}
	return false;
}

static int evaluate_condition(struct session *session, const struct node *node, struct arena *arena,
			      struct judge_input *in, struct err *err)
{
	const struct expr *cond = node->step->cond;
	struct value value;

	in->has_condition = cond != NULL;
	if (!cond)
		return 0;
	in->condition_text = expr_source(cond);
	if (in->upstream == UPSTREAM_NOT_PASSED && expr_uses_status_call(cond))
		in->upstream = UPSTREAM_DONE; /* it says itself what it makes of a failure */
	if (in->upstream != UPSTREAM_DONE)
		return 0;
	if (expr_eval(cond, scope_enter(session->scope, node->step, node->each, node->n_each, node),
		      arena, &value, err) < 0)
		return err_wrap(err, "if");
	in->condition = value_is_true(&value);
	return 0;
}

static bool same_entry(const struct entry *a, const struct entry *b)
{
	return a->kind == b->kind && digest_equal(&a->digest, &b->digest);
}

/* An artifact needs no file until somebody reads it: its content in the store is enough. */
static void look_at_artifact(struct session *session, const struct entry *wanted,
			     struct entry *found, bool *in_store)
{
	*in_store = cache_has_object(session->cache, &wanted->digest, wanted->size_bytes);
	*found = *wanted;
	if (!*in_store)
		found->kind = ENTRY_ABSENT;
}

static int look_at_output(struct session *session, const struct entry *wanted, struct entry *found,
			  bool *in_store, struct err *err)
{
	struct seen_entry seen;

	if (strncmp(wanted->path, "artifact:", 9) == 0) {
		look_at_artifact(session, wanted, found, in_store);
		return 0;
	}
	if (entries_read(session, wanted->path, &seen, err) < 0)
		return -1;
	*found = seen.entry;
	if (same_entry(&seen.entry, wanted))
		entries_remember(session, &seen);
	else
		*in_store = cache_has_object(session->cache, &wanted->digest, wanted->size_bytes);
	return 0;
}

/* What must not be there is an output that is absent; "in the store" says that it may go. */
static void add_stale(const struct stale_files *stale, size_t n, struct entry *wanted,
		      struct entry *on_disk, bool *in_store)
{
	for (size_t i = 0; i < stale->list.n; i++) {
		const struct stale_file *file = &stale->list.v[i];

		wanted[n + i] = (struct entry){ .path = file->entry.path, .kind = ENTRY_ABSENT };
		on_disk[n + i] = file->entry;
		in_store[n + i] = file->is_ours;
	}
}

static int look_at_outputs(struct session *session, const struct node *node, struct arena *arena,
			   struct judge_input *in, struct judged *out, struct err *err)
{
	const struct record *record = out->record;
	struct stale_files stale = { 0 };
	size_t n = record->n_outputs, n_all;
	struct record *extended = ARENA_NEW(arena, struct record);
	struct entry *wanted, *on_disk;
	bool *in_store;
	int rc = stale_find(session, node, record, arena, &stale, err);

	n_all = n + stale.list.n;
	wanted = ARENA_ARRAY(arena, struct entry, n_all + 1);
	on_disk = ARENA_ARRAY(arena, struct entry, n_all + 1);
	in_store = ARENA_ARRAY(arena, bool, n_all + 1);
	for (size_t i = 0; i < n && rc == 0; i++) {
		wanted[i] = record->outputs[i];
		rc = look_at_output(session, &wanted[i], &on_disk[i], &in_store[i], err);
	}
	add_stale(&stale, n, wanted, on_disk, in_store);
	vec_release(&stale.list);
	*extended = *record;
	extended->n_outputs = in->n_on_disk = out->n_wanted = n_all;
	extended->outputs = out->wanted = wanted;
	in->record = extended;
	in->on_disk = out->on_disk = on_disk;
	in->in_store = in_store;
	return rc;
}

static void remember_inputs(struct session *session, const struct node *node,
			    const struct judged *judged)
{
	const struct gathered *gathered = &judged->gathered;
	const struct seen_entries *lists[] = { &gathered->tools, &gathered->deps };
	struct digest product;

	unmoved_remember_inputs(session, node, &gathered->inputs);
	for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
		for (size_t i = 0; i < lists[k]->list.n; i++) {
			if (strncmp(lists[k]->list.v[i].entry.path, "artifact:", 9) != 0)
				entries_remember(session, &lists[k]->list.v[i]);
		}
	}
	if (!session->basis)
		return;
	product = unmoved_product(session, judged->record);
	planfile_set_node(session->basis, node->index, node->id, &gathered->fingerprint, &product);
}

static int look_at_facts(struct session *session, const struct node *node, struct arena *arena,
			 struct judge_input *in, struct judged *out, struct err *err)
{
	if (facts_gather(session, node, arena, &out->gathered, err) < 0) {
		facts_release(&out->gathered);
		return -1;
	}
	out->has_facts = true;
	in->material = out->gathered.material.buf;
	in->material_len = out->gathered.material.len;
	if (in->no_cache || in->is_forced)
		return 0;
	in->record = cache_find(session->cache, &out->gathered.fingerprint, arena);
	if (!in->record)
		return 0;
	out->record = in->record;
	if (in->record->is_bound)
		vec_push(&session->bound, in->record->fingerprint);
	return look_at_outputs(session, node, arena, in, out, err);
}

/* What passed in the run that goes on need not run again, though it is not cached otherwise: its
 * record is bound to the run. But not below something that ran anew. */
static bool upstream_executed(struct session *session, const struct node *node)
{
	for (size_t i = 0; i < node->deps.n; i++) {
		if (session_result(session, node->deps.v[i].from)->did_execute)
			return true;
	}
	return false;
}

static bool may_be_cached(struct session *session, const struct node *node,
			  const struct run_options *options, enum hand_word word)
{
	if (word ==
	    HAND_PASSED) /* then its fingerprint says whether what is above it is the same */
		return true;
	if (step_is_cacheable(node->step) && !(options->no_cache && options->resume_run))
		return true;
	/* What it did is gone with the worktree it did it in. */
	if (session->is_isolated && !step_is_cacheable(node->step))
		return false;
	/* What cleans up does so at the end of each way to it. */
	/* Of what the end of the run calls everything is upstream. */
	if (node->step->within && node->step->within->caller == WF_NONE)
		return options->resume_run && node->step->within->on != CALL_ALWAYS &&
		       node->step->within->on != CALL_ON_ROLLBACK && !results_any_executed(session);
	return options->resume_run && !node->is_finally && !upstream_executed(session, node);
}

/* What was rolled back is done again, but where the store has all that the step makes. */
static bool must_redo(const struct node *node, enum hand_word word)
{
	return word == HAND_REDO ||
	       (word == HAND_BRING_BACK && !(step_is_cacheable(node->step) && node->n_outputs));
}

static enum reason_kind why_forced(const struct node *node, enum hand_word word)
{
	return word == HAND_ESCALATED  ? REASON_ESCALATED
	       : must_redo(node, word) ? REASON_ROLLED_BACK
				       : REASON_FORCED;
}

static void decide_so(struct judged *out, enum verdict verdict, enum reason_kind kind)
{
	struct reason reason = { .kind = kind };

	out->decision.verdict = verdict;
	vec_push(&out->decision.reasons.list, reason);
}

/* The group around it is not to run. */
static void decide_shut(const struct door_answer *door, struct judged *out)
{
	out->decision.verdict = VERDICT_SKIP;
	out->shut_by = door->shut_by;
	vec_push(&out->decision.reasons.list, door->reason);
}

/* True: a person has decided, or has to. */
static bool decide_by_hand(const struct node *node, enum hand_word word, struct judged *out)
{
	if (word == HAND_SKIP)
		decide_so(out, VERDICT_SKIP, REASON_SKIPPED_BY_HAND);
	else if (word == HAND_DONE)
		decide_so(out, VERDICT_CACHED, REASON_DONE_BY_HAND);
	else if (word == HAND_REJECTED)
		decide_so(out, VERDICT_RUN, REASON_REJECTED);
	else if (word == HAND_UNKNOWN && node->step->is_once)
		decide_so(out, VERDICT_SKIP, REASON_END_UNKNOWN);
	else if ((word == HAND_REDO || word == HAND_BRING_BACK) && node->step->is_once)
		decide_so(out, VERDICT_SKIP, REASON_NOT_AGAIN);
	else
		return false;
	return true;
}

enum reason_kind decide_first_reason(const struct decision *decision)
{
	return decision->reasons.list.n ? decision->reasons.list.v[0].kind : REASON_UP_TO_DATE;
}

bool decide_needs_a_word(const struct decision *decision)
{
	enum reason_kind kind = decide_first_reason(decision);

	return kind == REASON_END_UNKNOWN || kind == REASON_NOT_AGAIN;
}

/* The cache may forget, and after a power cut does; the journal knows that it must not run twice. */
void decide_not_again(struct decision *decision)
{
	struct reason reason = { .kind = REASON_NOT_AGAIN };

	decision->verdict = VERDICT_SKIP;
	vec_clear(&decision->reasons.list);
	vec_push(&decision->reasons.list, reason);
}

bool decide_is_skip_that_passes(const struct decision *decision)
{
	enum reason_kind kind = decide_first_reason(decision);

	return kind == REASON_CONDITION_FALSE || kind == REASON_SKIPPED_BY_HAND;
}

/* A person has said already, of what is asked now and not of something else; else he is asked. */
static void decide_question(struct session *session, const struct node *node, enum hand_word word,
			    struct judged *out)
{
	struct reason reason = { .kind = REASON_ASKS };
	const struct answer *answer = NULL;

	if (out->decision.verdict != VERDICT_RUN)
		return;
	/* In a new worktree much runs again only to be there. */
	if (word != HAND_RETRY && (session->is_isolated || !upstream_executed(session, node)))
		answer = answers_find(session, node, &out->gathered.fingerprint);
	if (answer) {
		out->decision.verdict = VERDICT_CACHED;
		reason.kind = REASON_ANSWERED;
		reason.subject = answer->by;
	}
	vec_clear(&out->decision.reasons.list);
	vec_push(&out->decision.reasons.list, reason);
}

int decide(struct session *session, const struct node *node, const struct run_options *options,
	   uint32_t blocked_by, uint32_t will_run_by, struct arena *arena, struct judged *out,
	   struct err *err)
{
	struct judge_input in = { 0 };
	uint32_t above = blocked_by != WF_NONE ? blocked_by : will_run_by;

	enum hand_word word = by_hand_of(session, node);
	struct door_answer door;

	memset(out, 0, sizeof *out);
	out->shut_by = WF_NONE;
	if (blocked_by == WF_NONE && decide_by_hand(node, word, out))
		return 0;
	if (node->parent != WF_NONE && will_run_by == WF_NONE) {
		if (door_ask(session, node, &door, err) < 0)
			return -1;
		if (!door.is_open) {
			decide_shut(&door, out);
			return 0;
		}
	}
	session->is_private = options->no_cache;
	in.is_cacheable = !step_asks(node->step) && may_be_cached(session, node, options, word);
	in.is_forced = word == HAND_RETRY || word == HAND_ESCALATED || must_redo(node, word) ||
		       (word != HAND_PASSED && is_forced(session->plan, node, &options->force));
	in.no_cache = options->no_cache && !options->resume_run;
	in.cache_failures = node->step->cache_failures;
	in.upstream = blocked_by != WF_NONE    ? UPSTREAM_NOT_PASSED
		      : will_run_by != WF_NONE ? UPSTREAM_WILL_RUN
					       : UPSTREAM_DONE;
	in.upstream_step = above != WF_NONE ? session->plan->nodes.v[above]->id : NULL;
	if (in.upstream == UPSTREAM_DONE)
		recall_above(session, node);
	if (evaluate_condition(session, node, arena, &in, err) < 0)
		return -1;
	if (in.upstream == UPSTREAM_DONE && node->step->action == ACTION_GATES) {
		decide_so(out, VERDICT_RUN, REASON_GATES);
		return 0;
	}
	if (in.upstream == UPSTREAM_DONE && (!in.has_condition || in.condition) &&
	    look_at_facts(session, node, arena, &in, out, err) < 0)
		return -1;
	if (!in.record) /* for the reasons only */
		in.previous = cache_find_last(session->cache, session->wf->id, node->id, arena);
	if (cache_check(session->cache, err) < 0) {
		facts_release(&out->gathered);
		out->has_facts = false;
		return -1;
	}
	judge(&in, arena, &out->decision);
	if (decide_first_reason(&out->decision) == REASON_FORCED)
		out->decision.reasons.list.v[0].kind = why_forced(node, word);
	if (step_asks(node->step))
		decide_question(session, node, word, out);
	else if (word == HAND_PASSED && out->decision.verdict == VERDICT_RUN)
		decide_not_again(&out->decision);
	else if (out->decision.verdict == VERDICT_CACHED ||
		 out->decision.verdict == VERDICT_RESTORE)
		remember_inputs(session, node, out);
	return 0;
}

const char *artifact_path(struct session *session, struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/%s/artifacts/%s", session->layout.runs_dir,
			    session->run_id ? session->run_id : "", name);
}
