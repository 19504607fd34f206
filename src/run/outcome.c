/*
 * See outcome_impl.h. The record is written last: a crash before that costs a run of the step, never
 * a wrong hit.
 */
#include "outcome_impl.h"

#include <string.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "deps_impl.h"
#include "listing_impl.h"
#include "model/stepout.h"
#include "printed_impl.h"
#include "results_impl.h"
#include "scope_impl.h"
#include "secrets_impl.h"
#include "sys/fs.h"
#include "unmoved_impl.h"

#define STEP_OUTPUT_MAX (16u << 20) /* bytes of $WF_OUTPUT */
#define DEPFILE_MAX	(16u << 20)

/* ---- What the step wrote for us ---- */

static int read_values(struct session *session, const char *path, bool is_answer,
		       struct arena *arena, struct stepout *values, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct err read_err = ERR_INIT;

	memset(values, 0, sizeof *values);
	if (!path)
		return 0;
	if (fs_read_file(AT_FDCWD, path, STEP_OUTPUT_MAX, &text, &read_err) < 0) {
		bool absent = read_err.kind == ERR_NOT_FOUND;

		if (!absent)
			err_set(err, ERR_VALUE, "$WF_OUTPUT: %s", err_msg(&read_err));
		err_release(&read_err);
		return absent ? 0 : -1;
	}
	if (text.len == 0)
		return 0;
	if (stepout_parse(arena, text.buf, text.len, values, err) < 0)
		return err_wrap(err, "$WF_OUTPUT");
	for (size_t i = 0; i < values->n; i++) {
		if (is_answer)
			values->pairs[i].value = secrets_mask(session, arena,
							      values->pairs[i].value);
		else if (secrets_hold(session, values->pairs[i].value))
			return err_set(err, ERR_VALUE,
				       "$WF_OUTPUT: the value of '%s' holds a secret",
				       values->pairs[i].name);
	}
	return 0;
}

uint64_t outcome_retry_after_ms(struct session *session, const struct node *node,
				const char *output_path)
{
	struct arena arena = { 0 };
	struct stepout values;
	uint64_t ms = 0;

	if (node->step->http && read_values(session, output_path, true, &arena, &values, NULL) == 0)
		ms = command_retry_after_ms(node->step, &values);
	arena_release(&arena);
	return ms;
}

static int read_depfile(struct session *session, const struct node *node,
			const struct gathered *gathered, struct arena *arena,
			struct path_list *deps, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const char *path = gathered->facts.depfile;

	if (fs_read_file(session->layout.root_fd, path, DEPFILE_MAX, &text, err) < 0 ||
	    deps_parse(session, strbuf_str(&text), text.len, gathered->command.dir, arena, deps,
		       err) < 0) {
		if (err)
			err->kind = ERR_VALUE;
		return err_wrap(err, "depfile '%s'", path);
	}
	return deps_check_edges(session, node, deps, err);
}

/* ---- What it made ---- */

static int collect_artifact(struct session *session, const char *name, struct arena *arena,
			    struct seen_entries *made, struct err *err)
{
	struct seen_entry seen;

	if (entries_read(session, artifact_path(session, arena, name), &seen, err) < 0)
		return -1;
	if (seen.entry.kind != ENTRY_FILE && seen.entry.kind != ENTRY_EXEC)
		return err_set(err, ERR_VALUE,
			       "did not create its output 'artifact:%s' ($WF_OUT_…)", name);
	seen.entry.path = arena_printf(arena, "artifact:%s", name);
	vec_push(&made->list, seen);
	return 0;
}

static int collect_path(struct session *session, const char *path, bool is_literal,
			struct arena *arena, struct seen_entries *made, struct err *err)
{
	struct listing *listing = session->listing;
	struct node_path below = { path, PATH_DIR };
	struct path_list paths = { 0 };
	struct seen_entry seen;
	int rc;

	if (entries_read(session, path, &seen, err) < 0)
		return -1;
	if (seen.entry.kind == ENTRY_ABSENT)
		return is_literal ? err_set(err, ERR_VALUE, "did not create its output '%s'", path)
				  : 0;
	if (seen.entry.kind != ENTRY_DIR) {
		vec_push(&made->list, seen);
		return 0;
	}
	rc = listing_outputs(listing, &below, arena, &paths, err);
	for (size_t i = 0; rc == 0 && i < paths.paths.n; i++)
		rc = collect_path(session, paths.paths.v[i], false, arena, made, err);
	vec_release(&paths.paths);
	return rc;
}

static int collect_spec(struct session *session, const struct node_path *spec, struct arena *arena,
			struct seen_entries *made, struct err *err)
{
	struct path_list paths = { 0 };
	struct file_id id;
	int rc;

	if (spec->kind == PATH_ARTIFACT)
		return collect_artifact(session, spec->path, arena, made, err);
	if (spec->kind == PATH_DIR &&
	    (fs_stat(session->layout.root_fd, spec->path, &id, NULL) != 0 || !S_ISDIR(id.mode)))
		return err_set(err, ERR_VALUE, "did not create its output directory '%s/'",
			       spec->path);
	rc = listing_outputs(session->listing, spec, arena, &paths, err);
	for (size_t i = 0; rc == 0 && i < paths.paths.n; i++)
		rc = collect_path(session, paths.paths.v[i], spec->kind == PATH_LITERAL, arena,
				  made, err);
	vec_release(&paths.paths);
	return rc;
}

static int collect_outputs(struct session *session, const struct node *node, struct arena *arena,
			   struct seen_entries *made, struct err *err)
{
	for (size_t i = 0; i < node->n_outputs; i++) {
		if (collect_spec(session, &node->outputs[i], arena, made, err) < 0)
			return -1;
	}
	entries_sort(made);
	return 0;
}

/* ---- Remembering ---- */

/* The object of a link is what its digest is of. */
static int store_link(struct session *session, const struct entry *entry, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf material = STRBUF_INIT;

	if (entries_link_material(session, entry->path, &material, err) < 0 ||
	    cache_put_bytes(session->cache, &entry->digest, strbuf_str(&material), material.len,
			    err) < 0)
		return err_wrap(err, "cannot store '%s'", entry->path);
	return 0;
}

/* It mostly was read a moment ago, for its digest. */
static int store_file(struct session *session, const struct entry *entry, const char *path,
		      struct err *err)
{
	const struct strbuf *recent = statcache_recent(session->stat, &entry->digest);

	if (recent && recent->len == entry->size_bytes)
		return cache_put_bytes(session->cache, &entry->digest, strbuf_str(recent),
				       recent->len, err);
	return cache_put_object(session->cache, session->layout.root_fd, path, &entry->digest,
				entry->size_bytes, err);
}

static int store_objects(struct session *session, const struct seen_entries *made,
			 struct arena *arena, struct err *err)
{
	for (size_t i = 0; i < made->list.n; i++) {
		const struct entry *entry = &made->list.v[i].entry;
		const char *path = entry->path;

		if (entry->kind == ENTRY_LINK && store_link(session, entry, err) < 0)
			return -1;
		if (entry->kind != ENTRY_FILE && entry->kind != ENTRY_EXEC)
			continue;
		if (strncmp(path, "artifact:", 9) == 0)
			path = artifact_path(session, arena, path + 9);
		if (store_file(session, entry, path, err) < 0)
			return -1;
	}
	return 0;
}

static struct record make_record(struct session *session, const struct node *node,
				 const struct gathered *gathered, const struct outcome_files *files,
				 bool failed)
{
	const struct node_result *result = session_result(session, node->index);

	return (struct record){
		.fingerprint = gathered->fingerprint,
		.workflow = session->wf->id,
		.step = node->id,
		.run = session->run_id,
		.failed = failed,
		.is_bound = gathered->is_bound,
		.exit_code = files->exit_code,
		.duration_ms = files->duration_ms,
		.finished_unix_ms = files->ended_ms,
		.n_outputs = result->n_outputs,
		.outputs = result->outputs,
		.values = result->values,
		.stdout_tail = result->stdout_tail,
		.material = gathered->material.buf,
		.material_len = gathered->material.len,
	};
}

static int add_record(struct session *session, const struct record *record, struct err *err)
{
	if (record->is_bound)
		vec_push(&session->bound, record->fingerprint);
	return cache_add_record(session->cache, record, err);
}

static void remember_facts(struct session *session, const struct node *node,
			   const struct gathered *gathered, const struct record *record,
			   const struct seen_entries *made)
{
	const struct seen_entries *lists[] = { &gathered->tools, &gathered->deps, made };
	struct digest product = unmoved_product(session, record);

	unmoved_remember_inputs(session, node, &gathered->inputs);
	for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
		for (size_t i = 0; i < lists[k]->list.n; i++) {
			if (strncmp(lists[k]->list.v[i].entry.path, "artifact:", 9) != 0)
				entries_remember(session, &lists[k]->list.v[i]);
		}
	}
	planfile_set_node(session->basis, node->index, node->id, &gathered->fingerprint, &product);
}

/* 1: remembered; 0: not, *note says why. */
static int remember(struct session *session, const struct node *node, struct judged *judged,
		    const struct outcome_files *files, const struct seen_entries *made,
		    struct arena *arena, const char **note, struct err *err)
{
	struct gathered *gathered = &judged->gathered;
	struct record record = make_record(session, node, gathered, files, false);
	const char *changed;
	int held = facts_inputs_held(session, node, gathered, &changed, err);

	if (held < 0)
		return -1;
	if (!held) {
		*note = arena_printf(arena,
				     "'%s' changed while the step ran: its result is used, "
				     "but not remembered",
				     changed);
		return 0;
	}
	if (store_objects(session, made, arena, err) < 0 ||
	    (gathered->facts.depfile && deps_store(session, node, gathered, err) < 0) ||
	    add_record(session, &record, err) < 0)
		return -1;
	remember_facts(session, node, gathered, &record, made);
	return 1;
}

static void fill_result(struct session *session, const struct node *node,
			const struct outcome_files *files, const struct stepout *values,
			const struct seen_entries *made)
{
	struct node_result *result = session_result(session, node->index);
	struct entry *outputs = ARENA_ARRAY(&session->arena, struct entry, made->list.n + 1);

	for (size_t i = 0; i < made->list.n; i++)
		outputs[i] = made->list.v[i].entry;
	result->outputs = outputs;
	result->n_outputs = made->list.n;
	results_hand_on(session, result, *values);
	result->is_known = true;
	result->exit_code = files->exit_code;
	result->attempts = files->attempts;
	result->duration_ms = files->duration_ms;
	result->stdout_tail = files->stdout_tail;
}

static const struct expr_env *enter(struct session *session, const struct node *node)
{
	return scope_enter(session->scope, node->step, node->each, node->n_each, node);
}

static int take_outputs(struct session *session, const struct node *node, struct judged *judged,
			const struct outcome_files *files, struct path_list *deps,
			struct seen_entries *made, struct stepout *values, struct arena *arena,
			struct err *err)
{
	struct arena *lasting = &session->arena;

	/* What another machine says is not the step's to leave out. */
	bool is_answer = judged->gathered.command.placed == WORD_IS_HELPER;

	if (read_values(session, files->output_path, is_answer, lasting, values, err) < 0 ||
	    command_finish(node->step, enter(session, node), lasting, values, err) < 0 ||
	    printed_stand_in(session, node, files, lasting, values, err) < 0 ||
	    collect_outputs(session, node, lasting, made, err) < 0)
		return -1;
	if (judged->gathered.facts.depfile)
		return read_depfile(session, node, &judged->gathered, arena, deps, err);
	return 0;
}

void outcome_made_release(struct outcome_made *made)
{
	vec_release(&made->entries.list);
	vec_release(&made->deps.paths);
}

int outcome_take(struct session *session, const struct node *node, struct judged *judged,
		 const struct outcome_files *files, struct arena *arena, struct outcome_made *made,
		 struct err *err)
{
	struct stepout values;
	int rc;

	memset(made, 0, sizeof *made);
	planfile_begin_node(session->basis, node->index);
	rc = take_outputs(session, node, judged, files, &made->deps, &made->entries, &values, arena,
			  err);
	planfile_end_node(session->basis);
	if (rc < 0) {
		outcome_made_release(made);
		return -1;
	}
	fill_result(session, node, files, &values, &made->entries);
	return 0;
}

void outcome_remember(struct session *session, const struct node *node, struct judged *judged,
		      const struct outcome_files *files, const struct outcome_made *made,
		      struct arena *arena, const char **note)
{
	const struct path_list *deps = judged->gathered.facts.depfile ? &made->deps : NULL;
	struct err err = ERR_INIT;
	int kept;

	*note = NULL;
	planfile_begin_node(session->basis, node->index);
	kept = facts_refresh(session, node, deps, arena, &judged->gathered, &err);
	if (kept == 0)
		kept = remember(session, node, judged, files, &made->entries, arena, note, &err);
	if (kept < 0)
		*note = arena_printf(arena, "the result is not remembered: %s", err_msg(&err));
	if (kept <= 0)
		session->is_volatile = true;
	planfile_end_node(session->basis);
	err_release(&err);
}

int outcome_by_hand(struct session *session, const struct node *node, struct err *err)
{
	struct seen_entries made = { 0 };
	struct outcome_files files = { .attempts = 0 };
	struct stepout values = { 0 };
	int rc = printed_stand_in(session, node, &files, &session->arena, &values, err);

	if (rc == 0)
		rc = collect_outputs(session, node, &session->arena, &made, err);
	if (rc == 0)
		fill_result(session, node, &files, &values, &made);
	session->is_volatile = true;
	vec_release(&made.list);
	return rc;
}

void outcome_failed(struct session *session, const struct node *node, struct judged *judged,
		    const struct outcome_files *files, struct arena *arena, const char **note)
{
	struct node_result *result = session_result(session, node->index);
	struct record record;
	struct err err = ERR_INIT;
	const char *changed;

	*note = NULL;
	result->exit_code = files->exit_code;
	result->attempts = files->attempts;
	result->duration_ms = files->duration_ms;
	result->stdout_tail = files->stdout_tail;
	result->is_known = true;
	session->is_volatile = true;
	if (!files->is_final || !judged->has_facts || !node->step->cache_failures ||
	    !step_is_cacheable(node->step) ||
	    facts_inputs_held(session, node, &judged->gathered, &changed, NULL) != 1)
		return;
	record = make_record(session, node, &judged->gathered, files, true);
	if (add_record(session, &record, &err) < 0)
		*note = arena_printf(arena, "the failure is not remembered: %s", err_msg(&err));
	err_release(&err);
}
