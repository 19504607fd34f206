/*
 * See deps_impl.h. Source of the format: the rules that gcc and clang write with -MD, -MF and -MP.
 */
#include "deps_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "plan/record.h"

/* ---- Parsing ---- */

/* Appends one word of a rule, unescaped, and returns what follows it. A target ends with its colon,
 * whether or not a blank comes after it. */
static const char *next_word(const char *at, const char *end, bool is_target, struct strbuf *word)
{
	strbuf_clear(word);
	while (at < end && *at != ' ' && *at != '\t' && *at != '\n' && *at != '\r') {
		if (is_target && *at == ':') {
			strbuf_addch(word, *at++);
			break;
		}
		if (*at == '\\' && at + 1 < end) {
			if (at[1] == '\n' || at[1] == '\r')
				break;
			if (strchr(" #:\\\t", at[1]))
				at++;
		} else if (*at == '$' && at + 1 < end && at[1] == '$') {
			at++;
		}
		strbuf_addch(word, *at++);
	}
	return at;
}

static const char *skip_blank(const char *at, const char *end, bool *new_rule)
{
	while (at < end) {
		if (*at == '\\' && at + 1 == end) { /* of a file that was cut */
			at++;
		} else if (*at == '\\' && (at[1] == '\n' || at[1] == '\r')) {
			at += at[1] == '\r' && at + 2 < end && at[2] == '\n' ? 3 : 2;
		} else if (*at == '\n') {
			*new_rule = true;
			at++;
		} else if (*at == ' ' || *at == '\t' || *at == '\r') {
			at++;
		} else {
			break;
		}
	}
	return at;
}

/* "a/./b/../c" → "a/c", purely by text; what leads to where it began is ".". */
static const char *clean_path(struct arena *arena, const char *path)
{
	char *clean = arena_alloc(arena, strlen(path) + 2);
	size_t len = 0;

	if (*path == '/')
		clean[len++] = '/';
	for (const char *at = path; *at;) {
		size_t n = strcspn(at, "/");
		bool is_up = n == 2 && at[0] == '.' && at[1] == '.';
		char *last = NULL;

		if (is_up && len > 0) {
			clean[len] = '\0';
			last = strrchr(clean, '/');
			last = last ? last : clean;
		}
		if (is_up && last && strcmp(last, "..") != 0 && strcmp(last, "/..") != 0) {
			len = (size_t)(last - clean) + (last == clean && *clean == '/');
		} else if (n > 0 && !(n == 1 && at[0] == '.')) {
			if (len > 0 && clean[len - 1] != '/')
				clean[len++] = '/';
			memcpy(clean + len, at, n);
			len += n;
		}
		at += n;
		while (*at == '/')
			at++;
	}
	if (!len)
		clean[len++] = '.';
	clean[len] = '\0';
	return clean;
}

static const char *from_root(struct session *session, struct arena *arena, const char *dir,
			     const char *path)
{
	const char *root = session->layout.root;
	size_t len = strlen(root);

	if (path[0] != '/' && *dir)
		path = arena_printf(arena, "%s/%s", dir, path);
	path = clean_path(arena, path);
	if (strncmp(path, "../", 3) == 0)
		path = clean_path(arena, arena_printf(arena, "%s/%s", root, path));
	if (strncmp(path, root, len) == 0 && path[len] == '/')
		path += len + 1;
	return path;
}

int deps_parse(struct session *session, const char *text, size_t len, const char *dir,
	       struct arena *arena, struct path_list *out, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf word = STRBUF_INIT;
	struct strmap known = { 0 };
	const char *at = text, *end = text + len;
	bool in_targets = true, any_rule = false;

	while (true) {
		bool new_rule = false;

		at = skip_blank(at, end, &new_rule);
		in_targets |= new_rule;
		if (at >= end)
			break;
		const char *before = at;

		at = next_word(at, end, in_targets, &word);
		if (at == before) { /* a lone backslash at the end */
			at++;
			continue;
		}
		if (in_targets && word.len && word.buf[word.len - 1] == ':') {
			in_targets = false;
			any_rule = true;
		} else if (!in_targets) {
			const char *path = from_root(session, arena, dir,
						     arena_strdup(arena, word.buf));

			if (!strmap_put(&known, path, (void *)1))
				vec_push(&out->paths, path);
		}
	}
	strmap_release(&known);
	if (!any_rule && len > 0)
		return err_set(err, ERR_VALUE, "no rule 'target: paths' in it");
	return 0;
}

/* ---- Reading and remembering ---- */

const char *facts_deps_step(struct arena *arena, const struct node *node)
{
	return arena_printf(arena, "%s (depfile)", node->id);
}

static const struct seen_entry *find_seen(const struct seen_entries *sorted, const char *path)
{
	size_t low = 0, high = sorted->list.n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(sorted->list.v[middle].entry.path, path);

		if (order == 0)
			return &sorted->list.v[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int read_paths(struct session *session, const struct node *node,
		      const struct path_list *paths, struct gathered *gathered, struct err *err)
{
	for (size_t i = 0; i < paths->paths.n; i++) {
		struct seen_entry seen;

		if (find_seen(&gathered->inputs, paths->paths.v[i]) ||
		    facts_is_own_output(node, paths->paths.v[i]))
			continue;
		if (entries_read(session, paths->paths.v[i], &seen, err) < 0)
			return -1;
		if (seen.entry.kind != ENTRY_DIR)
			vec_push(&gathered->deps.list, seen);
	}
	entries_sort(&gathered->deps);
	gathered->has_deps = true;
	return 0;
}

static bool is_among(const struct node_result *result, const struct entry *entry)
{
	for (size_t i = 0; i < result->n_outputs; i++) {
		if (strcmp(result->outputs[i].path, entry->path) == 0)
			return result->outputs[i].kind == entry->kind &&
			       digest_equal(&result->outputs[i].digest, &entry->digest);
	}
	return false;
}

/* A step that was done before this one began made it just so. */
static bool is_made_above(struct session *session, const struct node *node,
			  const struct entry *entry)
{
	uint32_t maker = listing_maker(session->listing, entry->path);

	if (maker != WF_NONE && maker != node->index &&
	    is_among(session_result(session, maker), entry))
		return true;
	for (size_t i = 0; i < node->deps.n; i++) {
		if (is_among(session_result(session, node->deps.v[i].from), entry))
			return true;
	}
	return false;
}

/* It is read after the step: is it what the step read? */
static bool has_held(struct session *session, const struct node *node,
		     const struct gathered *gathered, const struct seen_entries *before,
		     const struct seen_entry *now)
{
	const struct seen_entry *known = find_seen(before, now->entry.path);

	if (known && known->entry.kind == now->entry.kind && fs_same_id(&known->id, &now->id))
		return true;
	if (now->entry.kind == ENTRY_ABSENT)
		return false;
	return now->id.ctime_ns < gathered->clock_ns || is_made_above(session, node, &now->entry);
}

int deps_read_written(struct session *session, const struct node *node,
		      const struct path_list *paths, struct gathered *gathered, struct err *err)
{
	struct seen_entries before = gathered->deps;
	int rc;

	memset(&gathered->deps, 0, sizeof gathered->deps);
	gathered->changed_dep = NULL;
	rc = read_paths(session, node, paths, gathered, err);
	for (size_t i = 0; rc == 0 && i < gathered->deps.list.n && !gathered->changed_dep; i++) {
		const struct seen_entry *now = &gathered->deps.list.v[i];

		if (!has_held(session, node, gathered, &before, now))
			gathered->changed_dep = now->entry.path;
	}
	vec_release(&before.list);
	return rc;
}

int deps_read_known(struct session *session, const struct node *node, struct arena *arena,
		    struct gathered *gathered, struct err *err)
{
	const struct record *record = cache_find(session->cache, &gathered->base, arena);
	struct path_list paths = { 0 };
	int rc;

	if (!record)
		return 0;
	for (size_t i = 0; i < record->n_outputs; i++)
		vec_push(&paths.paths, record->outputs[i].path);
	rc = read_paths(session, node, &paths, gathered, err);
	vec_release(&paths.paths);
	return rc;
}

int deps_store(struct session *session, const struct node *node, const struct gathered *gathered,
	       struct err *err)
{
	struct arena scratch = { 0 };
	struct record record = {
		.fingerprint = gathered->base,
		.workflow = session->wf->id,
		.step = facts_deps_step(&scratch, node),
		.run = session->run_id,
		.n_outputs = gathered->deps.list.n,
	};
	struct entry *entries = ARENA_ARRAY(&scratch, struct entry, record.n_outputs + 1);
	int rc;

	for (size_t i = 0; i < record.n_outputs; i++)
		entries[i].path = gathered->deps.list.v[i].entry.path;
	record.outputs = entries;
	rc = cache_add_record(session->cache, &record, err);
	arena_release(&scratch);
	return rc;
}

/* Marks all that a node waits for. */
static void mark_above(const struct plan *plan, const struct node *node, uint8_t *marked)
{
	VEC(uint32_t) open = { 0 };

	vec_push(&open, node->index);
	while (open.n) {
		const struct node *at = plan->nodes.v[vec_pop(&open)];

		for (size_t i = 0; i < at->deps.n; i++) {
			uint32_t from = at->deps.v[i].from;

			if (marked[from])
				continue;
			marked[from] = 1;
			vec_push(&open, from);
		}
	}
	vec_release(&open);
}

int deps_check_edges(struct session *session, const struct node *node,
		     const struct path_list *paths, struct err *err)
{
	const struct plan *plan = session->plan;
	uint8_t *above = NULL;
	int rc = 0;

	for (size_t i = 0; i < paths->paths.n && rc == 0; i++) {
		const char *path = paths->paths.v[i], *id;
		uint32_t maker = listing_maker(session->listing, path);

		if (maker == WF_NONE || maker == node->index)
			continue;
		if (!above) {
			above = xcalloc(plan->nodes.n, 1);
			mark_above(plan, node, above);
		}
		id = plan->nodes.v[maker]->step->id;
		if (!above[maker])
			rc = err_set(err, ERR_VALUE,
				     "the depfile names '%s', which step '%s' makes, but nothing "
				     "orders the two: add needs: [%s]",
				     path, id, id);
	}
	free(above);
	return rc;
}
