/*
 * What a step reads, as entries: declared paths with their patterns resolved, artifacts, tools.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "facts_impl.h"

#include "base/xalloc.h"
#include "sys/spawn.h"

#define LINKS_MAX 40 /* as the kernel follows */

static bool is_literal_input(const struct node *node, const char *path)
{
	for (size_t i = 0; i < node->n_inputs; i++) {
		if (node->inputs[i].kind == PATH_LITERAL && strcmp(node->inputs[i].path, path) == 0)
			return true;
	}
	return false;
}

static int read_paths(struct session *session, const struct node *node,
		      const struct path_list *paths, struct arena *arena, struct seen_entries *into,
		      struct err *err);

static int take_path(struct session *session, const struct node *node,
		     const struct seen_entry *seen, struct arena *arena, struct seen_entries *into,
		     struct err *err)
{
	const char *path = seen->entry.path;
	struct path_list below = { 0 };
	int rc;

	if (seen->entry.kind == ENTRY_ABSENT && !is_literal_input(node, path)) {
		entries_remember(session, seen); /* when it appears, the pattern matches it */
		return 0;
	}
	if (seen->entry.kind != ENTRY_DIR)
		vec_push(&into->list, *seen);
	if (seen->entry.kind != ENTRY_DIR &&
	    !(seen->entry.kind == ENTRY_LINK && is_literal_input(node, path)))
		return 0;
	rc = listing_below(session->listing, path, node, arena, &below, err);
	if (rc == 0)
		rc = read_paths(session, node, &below, arena, into, err);
	vec_release(&below.paths);
	return rc;
}

static int read_paths(struct session *session, const struct node *node,
		      const struct path_list *paths, struct arena *arena, struct seen_entries *into,
		      struct err *err)
{
	size_t n = paths->paths.n;
	struct file_id *ids = xcalloc(n, sizeof *ids);
	signed char *answers = xcalloc(n, sizeof *answers);
	int rc = 0;

	fs_stat_many(session->layout.root_fd, paths->paths.v, n, ids, answers);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const char *path = paths->paths.v[i];
		struct seen_entry seen;

		rc = answers[i] < 0
			     ? entries_read(session, path, &seen, err)
			     : entries_read_as(session, path, answers[i], &ids[i], &seen, err);
		if (rc == 0)
			rc = take_path(session, node, &seen, arena, into, err);
	}
	free(answers);
	free(ids);
	return rc;
}

/* An artifact is what its maker said it is, wherever the file lies now. */
static int read_artifact(struct session *session, const struct node *node, const char *name,
			 struct arena *arena, struct seen_entries *into, struct err *err)
{
	const char *path = arena_printf(arena, "artifact:%s", name);

	for (size_t i = 0; i < node->deps.n; i++) {
		const struct node_result *result = session_result(session, node->deps.v[i].from);

		for (size_t k = 0; k < result->n_outputs; k++) {
			struct seen_entry seen = { .entry = result->outputs[k] };

			if (strcmp(seen.entry.path, path) != 0)
				continue;
			vec_push(&into->list, seen);
			return 0;
		}
	}
	return err_set(err, ERR_VALUE, "no step before this one made artifact '%s'", name);
}

int inputs_gather(struct session *session, const struct node *node, struct arena *arena,
		  struct seen_entries *inputs, struct err *err)
{
	struct path_list paths = { 0 };
	int rc = listing_inputs(session->listing, node->inputs, node->n_inputs, node, arena, &paths,
				err);

	if (rc == 0)
		rc = read_paths(session, node, &paths, arena, inputs, err);
	vec_release(&paths.paths);
	for (size_t i = 0; rc == 0 && i < node->n_inputs; i++) {
		if (node->inputs[i].kind == PATH_ARTIFACT)
			rc = read_artifact(session, node, node->inputs[i].path, arena, inputs, err);
	}
	entries_sort(inputs);
	return rc;
}

/* The links that lead from where a tool was found to what it is. */
static void remember_links(struct session *session, const char *path, struct arena *arena)
{
	for (int i = 0; i < LINKS_MAX; i++) {
		char text[PATH_MAX];
		struct file_id id;
		struct digest digest;
		const char *slash = strrchr(path, '/');
		ssize_t len;

		if (fs_stat(session->layout.root_fd, path, &id, NULL) != 0 || !S_ISLNK(id.mode))
			return;
		len = readlinkat(session->layout.root_fd, path, text, sizeof text - 1);
		if (len < 0)
			break;
		text[len] = '\0';
		digest = hash_bytes(statcache_secret(session->stat), text, (size_t)len);
		planfile_add_link(session->basis, path, &id, &digest);
		if (text[0] == '/' || !slash)
			path = arena_strdup(arena, text);
		else
			path = arena_printf(arena, "%.*s/%s", (int)(slash - path), path, text);
	}
	session->is_volatile = true;
}

/* A tool of this name that appears earlier on PATH would be another one. */
static void remember_search(struct session *session, const char *tool, const char *found,
			    struct arena *arena)
{
	const char *path = env_get(&session->env, "PATH");

	if (!session->basis)
		return;
	while (!strchr(tool, '/') && path && *path) {
		size_t len = strcspn(path, ":");
		const char *at = arena_printf(arena, "%.*s/%s", (int)(len ? len : 1),
					      len ? path : ".", tool);

		if (strcmp(at, found) == 0)
			break;
		planfile_add_absent(session->basis, at);
		path += len + (path[len] == ':');
	}
	remember_links(session, found, arena);
}

/* A folder on PATH may be relative: to where steps run. */
static const char *resolve_tool(struct session *session, const char *tool, const char *found,
				struct arena *arena, struct err *err)
{
	const char *root = *found == '/' ? "" : session->layout.root;
	const char *path = arena_join(arena, root, *root ? "/" : "", found);
	char *resolved = realpath(path, NULL);

	if (!resolved) {
		err_errno(err, "cannot tell where the tool '%s' is, '%s'", tool, found);
		return NULL;
	}
	path = arena_strdup(arena, resolved);
	free(resolved);
	return path;
}

int inputs_gather_tools(struct session *session, struct arena *arena, struct gathered *out,
			struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf found = STRBUF_INIT;

	for (size_t i = 0; i < out->command.tools.n; i++) {
		const char *tool = out->command.tools.v[i], *path;
		struct seen_entry seen;

		strbuf_clear(&found);
		if (spawn_find_program(tool, env_get(&session->env, "PATH"), session->layout.root,
				       &found) != 0)
			return err_set(err, ERR_VALUE, "tool '%s' is not on PATH", tool);
		remember_search(session, tool, found.buf, arena);
		path = resolve_tool(session, tool, found.buf, arena, err);
		if (!path || entries_read(session, path, &seen, err) < 0)
			return -1;
		vec_push(&out->tools.list, seen);
	}
	entries_sort(&out->tools);
	return 0;
}
