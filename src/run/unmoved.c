/*
 * See unmoved_impl.h. It answers for a node only where decide() could come to nothing else: its own facts
 * are as they were, those of all nodes are, and so is everything above it, up to the roots. An
 * ancestor that was judged in full sends all below it the whole way, unless it came to the very same
 * record and that to the same product: then it hands on what it did.
 *
 * The facts were looked at when the run began. Steps that write meanwhile are no matter: what one
 * writes for another is an edge between them. What a person edits meanwhile is seen by the next run, as
 * if the node had been judged a moment earlier; hence the moment must not be long ago.
 */
#include "unmoved_impl.h"

#include <string.h>
#include <sys/stat.h>

#include "base/bitset.h"
#include "plan/fingerprint.h"
#include "sys/clock.h"

#define FRESH_MS 5000

static bool all_are_unmoved(struct session *session, const struct node *node, bool with_items)
{
	for (size_t i = 0; i < node->deps.n; i++) {
		const struct edge *edge = &node->deps.v[i];

		if ((with_items || edge->kind != EDGE_ITEM) &&
		    !session_result(session, edge->from)->is_unmoved)
			return false;
	}
	return true;
}

/* An item of a foreach that was expanded late is what it is because of what the foreach waited for. */
bool unmoved_is_above(struct session *session, const struct node *node)
{
	const struct plan *plan = session->plan;

	return all_are_unmoved(session, node, true) &&
	       (node->group == WF_NONE ||
		all_are_unmoved(session, plan->nodes.v[node->group], false));
}

/* What decide() asks beyond the facts of a planfile: conditions, also those of groups, look at the run,
 * late paths must be resolved first, `finally` waits for no edge. */
static bool is_plain(const struct node *node)
{
	return node->kind == NODE_STEP && !node->step->cond && !node->has_late_paths &&
	       !node->is_finally && node->parent == WF_NONE && step_is_cacheable(node->step);
}

static bool has_fresh_facts(const struct session *session, const struct node *node)
{
	return session->planfile && is_plain(node) &&
	       clock_monotonic_ms() - session->planfile_ms < FRESH_MS;
}

/* ---- The beginning ---- */

static void put_moved_first(struct session *session)
{
	struct plan *plan = session->plan;
	struct bitset moved;
	struct digest fingerprint;

	bitset_init(&moved, plan->nodes.n);
	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		if (is_plain(node) &&
		    !planfile_node_holds(session->planfile, node->index, node->id, &fingerprint))
			bitset_set(&moved, i);
	}
	plan_put_first(plan, &moved);
	bitset_release(&moved);
}

void unmoved_begin(struct session *session, const struct run_options *options)
{
	if (!session->planfile)
		return;
	if (options->noop_key && session->basis && planfile_settle(session->planfile)) {
		planfile_keep_general(session->basis, session->planfile);
		put_moved_first(session);
		return;
	}
	planfile_free(session->planfile);
	session->planfile = NULL;
}

/* ---- Nodes ---- */

/* An artifact has no file that a fact could be of. */
static bool artifacts_are_there(struct session *session, const struct record *record)
{
	for (size_t i = 0; i < record->n_outputs; i++) {
		const struct entry *output = &record->outputs[i];

		if (strncmp(output->path, "artifact:", 9) == 0 &&
		    !cache_has_object(session->cache, &output->digest, output->size_bytes))
			return false;
	}
	return true;
}

bool unmoved_decide(struct session *session, const struct node *node, struct arena *arena,
		    struct judged *out)
{
	struct reason reason = { .kind = REASON_UP_TO_DATE };
	struct digest fingerprint;
	const struct record *record;

	if (!has_fresh_facts(session, node) ||
	    !planfile_node_holds(session->planfile, node->index, node->id, &fingerprint) ||
	    !unmoved_is_above(session, node))
		return false;
	record = cache_find(session->cache, &fingerprint, arena);
	if (!record || record->failed || !artifacts_are_there(session, record))
		return false;
	memset(out, 0, sizeof *out);
	out->decision.verdict = VERDICT_CACHED;
	vec_push(&out->decision.reasons.list, reason);
	out->record = record;
	out->has_facts = true;
	out->shut_by = WF_NONE;
	out->gathered.fingerprint = fingerprint;
	planfile_keep_node(session->basis, session->planfile, node->index);
	session_result(session, node->index)->is_unmoved = true;
	return true;
}

/* ---- What a node hands on ---- */

static void add_text(struct hash_stream *stream, const char *text)
{
	const uint8_t is_there = text != NULL;

	hash_stream_add(stream, &is_there, sizeof is_there);
	if (text)
		hash_stream_add(stream, text, strlen(text) + 1);
}

struct digest unmoved_product(struct session *session, const struct record *record)
{
	const struct hash_secret *secret = statcache_secret(session->stat);
	struct hash_stream *stream = hash_stream_new(secret);
	struct digest digest = fingerprint_tree(secret, record->outputs, record->n_outputs);
	const int64_t numbers[] = { record->exit_code, (int64_t)record->duration_ms };

	hash_stream_add(stream, digest.bytes, sizeof digest.bytes);
	hash_stream_add(stream, numbers, sizeof numbers);
	add_text(stream, record->stdout_tail);
	for (size_t i = 0; i < record->values.n; i++) {
		add_text(stream, record->values.pairs[i].name);
		add_text(stream, record->values.pairs[i].value);
	}
	digest = hash_stream_digest(stream);
	hash_stream_free(stream);
	return digest;
}

void unmoved_came_out_the_same(struct session *session, const struct node *node,
			       const struct judged *judged)
{
	struct node_result *result = session_result(session, node->index);
	struct digest product;

	if (result->is_unmoved || !judged->record || judged->record->failed ||
	    !has_fresh_facts(session, node))
		return;
	product = unmoved_product(session, judged->record);
	result->is_unmoved = planfile_node_was(session->planfile, node->index, node->id,
					       &judged->gathered.fingerprint, &product);
}

/* ---- Inputs of a node of which only inputs moved ---- */

static bool read_input(struct session *session, const struct node *node, size_t i,
		       struct seen_entry *seen)
{
	struct planfile_input input;

	if (!planfile_get_input(session->planfile, node->index, i, &input))
		return false;
	memset(seen, 0, sizeof *seen);
	if (input.has_moved) {
		if (entries_read(session, input.path, seen, NULL) < 0)
			return false;
		return seen->entry.kind == ENTRY_FILE || seen->entry.kind == ENTRY_EXEC;
	}
	seen->id = input.id;
	seen->entry = (struct entry){
		.path = input.path,
		.kind = input.id.mode & S_IXUSR ? ENTRY_EXEC : ENTRY_FILE,
		.digest = input.digest,
		.size_bytes = input.id.size_bytes,
	};
	return true;
}

bool unmoved_gather_inputs(struct session *session, const struct node *node,
			   struct seen_entries *inputs)
{
	struct seen_entry seen;
	size_t n;

	if (!has_fresh_facts(session, node) ||
	    !planfile_inputs_are_known(session->planfile, node->index, node->id, &n) ||
	    !unmoved_is_above(session, node))
		return false;
	vec_reserve(&inputs->list, n);
	for (size_t i = 0; i < n; i++) {
		if (!read_input(session, node, i, &seen)) {
			vec_clear(&inputs->list);
			return false;
		}
		vec_push(&inputs->list, seen);
	}
	return true;
}

static bool are_files(const struct seen_entries *inputs)
{
	for (size_t i = 0; i < inputs->list.n; i++) {
		const struct entry *entry = &inputs->list.v[i].entry;

		if ((entry->kind != ENTRY_FILE && entry->kind != ENTRY_EXEC) ||
		    strncmp(entry->path, "artifact:", 9) == 0)
			return false;
	}
	return true;
}

static void remember_input(struct session *session, const struct node *node, size_t i,
			   const struct seen_entry *seen)
{
	struct planfile_input as = { seen->entry.path, seen->id, seen->entry.digest, false };

	if (!session->planfile ||
	    !planfile_keep_input(session->basis, session->planfile, node->index, i, &as))
		entries_remember(session, seen);
}

void unmoved_remember_inputs(struct session *session, const struct node *node,
			     const struct seen_entries *inputs)
{
	bool is_known = are_files(inputs);

	if (!session->basis)
		return;
	if (is_known)
		planfile_begin_inputs(session->basis);
	for (size_t i = 0; i < inputs->list.n; i++) {
		if (strncmp(inputs->list.v[i].entry.path, "artifact:", 9) != 0)
			remember_input(session, node, i, &inputs->list.v[i]);
	}
	if (is_known)
		planfile_end_inputs(session->basis);
}
