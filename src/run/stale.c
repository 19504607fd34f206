/*
 * See stale_impl.h. Literal outputs cannot be stale: they are looked at one by one.
 */
#include "stale_impl.h"

#include <stdlib.h>
#include <string.h>

#include "listing_impl.h"

static int compare_path(const void *key, const void *entry)
{
	return strcmp(key, ((const struct entry *)entry)->path);
}

/* The outputs of a record are sorted. */
static const struct entry *find_output(const struct record *record, const char *path)
{
	return record->n_outputs ? bsearch(path, record->outputs, record->n_outputs,
					   sizeof *record->outputs, compare_path)
				 : NULL;
}

static int add_file(struct session *session, const char *path, const struct record *last,
		    struct stale_files *out, struct err *err)
{
	const struct entry *made = last ? find_output(last, path) : NULL;
	struct stale_file file = { 0 };
	struct seen_entry seen;

	if (entries_read(session, path, &seen, err) < 0)
		return -1;
	file.entry = seen.entry;
	file.is_ours = made && made->kind == seen.entry.kind &&
		       digest_equal(&made->digest, &seen.entry.digest);
	vec_push(&out->list, file);
	return 0;
}

static bool is_listed(const struct stale_files *files, const char *path)
{
	for (size_t i = 0; i < files->list.n; i++) {
		if (strcmp(files->list.v[i].entry.path, path) == 0)
			return true;
	}
	return false;
}

static int add_paths(struct session *session, const struct node *node, const struct record *record,
		     const struct path_list *paths, struct arena *arena, struct stale_files *out,
		     struct err *err)
{
	const struct record *last = NULL;

	for (size_t i = 0; i < paths->paths.n; i++) {
		const char *path = paths->paths.v[i];

		if (find_output(record, path) || is_listed(out, path) ||
		    listing_is_made_elsewhere(session->listing, node, path))
			continue;
		if (!last)
			last = cache_find_last(session->cache, session->wf->id, node->id, arena);
		if (add_file(session, path, last, out, err) < 0)
			return -1;
	}
	return 0;
}

int stale_find(struct session *session, const struct node *node, const struct record *record,
	       struct arena *arena, struct stale_files *out, struct err *err)
{
	for (size_t i = 0; i < node->n_outputs; i++) {
		const struct node_path *spec = &node->outputs[i];
		struct path_list paths = { 0 };
		int rc;

		if (spec->kind != PATH_DIR && spec->kind != PATH_GLOB)
			continue;
		rc = listing_outputs(session->listing, spec, arena, &paths, err);
		if (rc == 0)
			rc = add_paths(session, node, record, &paths, arena, out, err);
		vec_release(&paths.paths);
		if (rc < 0)
			return -1;
	}
	return 0;
}
