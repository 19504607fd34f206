/*
 * Opening what a command needs, in steps. See run/session.h.
 */
#include "run/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents_impl.h"
#include "base/strbuf.h"
#include "base/strmap.h"
#include "basis_impl.h"
#include "batch_impl.h"
#include "document_impl.h"
#include "event/state.h"
#include "include_impl.h"
#include "listing_impl.h"
#include "programs_impl.h"
#include "readers_impl.h"
#include "scope_impl.h"
#include "session_impl.h"
#include "sys/fs.h"
#include "turn_impl.h"

#define WORKFLOW_FILE_MAX (32u << 20) /* bytes; state.md, Trust */

/* git puts its own programs in front of PATH, again at each level (an alias, a hook). Steps get what
 * the caller had: PATH counts, and `git wf` is to find what `git-wf` remembered. */
static void leave_git_path(struct env *env)
{
	static const char own[] = "/git-core";
	const size_t own_len = sizeof own - 1;
	const char *inherited = env_get(env, "PATH"), *path = inherited, *colon;

	while (path && (colon = strchr(path, ':')) && (size_t)(colon - path) > own_len &&
	       memcmp(colon - own_len, own, own_len) == 0)
		path = colon + 1;
	if (path != inherited)
		env_set(env, "PATH", path);
}

static void begin(struct session *session)
{
	memset(session, 0, sizeof *session);
	session->layout.root_fd = -1;
	session->user = &session->repo;
	env_init(&session->env, environ, 0);
	leave_git_path(&session->env);
}

static int lay_out(struct session *session, const char *runs_dir, struct err *err)
{
	if (layout_init(&session->layout, &session->arena, session->repo.root,
			session->repo.git_dir, session->repo.common_dir, err) < 0)
		return -1;
	if (runs_dir && *runs_dir == '/') {
		session->layout.runs_dir = arena_strdup(&session->arena, runs_dir);
		session->is_isolated = true;
	}
	return 0;
}

int session_open(struct session *session, struct err *err)
{
	begin(session);
	if (repo_discover(&session->repo, &session->arena, err) < 0)
		return -1;
	/* In a worktree that goes afterwards: runs are kept where the user's are. */
	session->is_isolated = getenv("GIT_WF_RUNS_DIR") != NULL;
	return lay_out(session, getenv("GIT_WF_RUNS_DIR"), err);
}

int session_open_in(struct session *session, const struct repo *repo, const struct repo *user,
		    const char *runs_dir, struct err *err)
{
	begin(session);
	session->repo = *repo;
	session->repo.prefix = "";
	session->user = user;
	return lay_out(session, runs_dir, err);
}

void session_set_trigger(struct session *session, const struct trigger *trigger)
{
	session->trigger = trigger;
	/* Nobody else has seen this workflow yet. */
	((struct workflow *)session->wf)->concurrency.wait = true;
}

void session_lift_order(struct session *session)
{
	/* Nobody else has seen this workflow yet. */
	((struct workflow *)session->wf)->order_listed = false;
}

void session_close(struct session *session)
{
	if (session->final_state) {
		state_release(session->final_state);
		free(session->final_state);
	}
	listing_free(session->listing);
	scope_free(session->scope);
	vec_release(&session->unit_params);
	plan_free(session->plan);
	git_files_free(session->files);
	if (session->cache)
		cache_close(session->cache);
	if (session->stat)
		statcache_close(session->stat);
	planfile_builder_free(session->basis);
	planfile_free(session->planfile);
	vec_release(&session->results);
	vec_release(&session->bound);
	bitset_release(&session->stdout_readers);
	strmap_release(&session->inside);
	strmap_release(&session->fetched);
	include_release(session);
	diags_release(&session->diags);
	diags_release(&session->gate_diags);
	free(session->gate_text);
	free(session->wf_text);
	strbuf_release(&session->document);
	layout_release(&session->layout);
	env_release(&session->env);
	arena_release(&session->arena);
}

/* ---- Finding and loading the file ---- */

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct workflow_file *)a)->id, ((const struct workflow_file *)b)->id);
}

int session_list_workflows(struct session *session, const struct workflow_file **files, size_t *n,
			   struct err *err)
{
	VEC(struct workflow_file) found = { 0 };
	struct fs_dir dir = { 0 };
	struct fs_entry entry;
	int rc;

	*files = NULL;
	*n = 0;
	rc = fs_dir_open(&dir, session->layout.root_fd, ".workflows", err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	while ((rc = fs_dir_next(&dir, &entry, err)) > 0) {
		size_t stem = workflow_stem_length(entry.name);
		struct workflow_file file;

		if (!stem || entry.type == DT_DIR)
			continue;
		file.id = arena_strndup(&session->arena, entry.name, stem);
		file.path = arena_printf(&session->arena, ".workflows/%s", entry.name);
		if (workflow_id_is_valid(file.id))
			vec_push(&found, file);
	}
	fs_dir_close(&dir);
	if (rc == 0 && found.n) {
		qsort(found.v, found.n, sizeof *found.v, compare_files);
		*files = arena_memdup(&session->arena, found.v, found.n * sizeof *found.v);
		*n = found.n;
	}
	vec_release(&found);
	return rc;
}

static int no_such_workflow(struct session *session, const char *word, struct err *err)
{
	const struct workflow_file *files;
	const char *nearest;
	const char **ids;
	size_t n;

	if (session_list_workflows(session, &files, &n, err) < 0)
		return -1;
	if (n == 0)
		return err_set(err, ERR_NOT_FOUND,
			       "no workflow '%s': there are no workflow files in .workflows/",
			       word);
	ids = ARENA_ARRAY(&session->arena, const char *, n);
	for (size_t i = 0; i < n; i++)
		ids[i] = files[i].id;
	nearest = nearest_word(word, ids, n);
	if (nearest)
		return err_set(err, ERR_NOT_FOUND, "no workflow '%s'; did you mean '%s'?", word,
			       nearest);
	return err_set(err, ERR_NOT_FOUND, "no workflow '%s'; 'git wf list' shows all", word);
}

/* A path is given from where the caller stands. */
static int find_by_path(struct session *session, const char *word, const char **path,
			const char **id, struct err *err)
{
	const char *base = strrchr(word, '/');
	size_t stem;

	base = base ? base + 1 : word;
	stem = workflow_stem_length(base);
	if (!stem)
		return err_set(
			err, ERR_USAGE,
			"'%s' is no workflow file: its name must end in .yml, .yaml or .json",
			word);
	*id = arena_strndup(&session->arena, base, stem);
	if (!workflow_id_is_valid(*id))
		return err_set(err, ERR_USAGE,
			       "'%s' is no id for a workflow: letters, digits, '_' and '-' only",
			       *id);
	if (*word == '/' || !*session->repo.prefix)
		*path = arena_strdup(&session->arena, word);
	else
		*path = arena_printf(&session->arena, "%s/%s", session->repo.prefix, word);
	return 0;
}

int session_find_workflow(struct session *session, const char *word, const char **path,
			  const char **id, struct err *err)
{
	const char *found = NULL;
	struct file_id file;

	if (strchr(word, '/') || workflow_stem_length(word))
		return find_by_path(session, word, path, id, err);
	if (!workflow_id_is_valid(word))
		return err_set(err, ERR_USAGE,
			       "'%s' is no id for a workflow: letters, digits, '_' and '-' only",
			       word);
	for (size_t i = 0; i < WORKFLOW_ENDINGS; i++) {
		const char *at = arena_printf(&session->arena, ".workflows/%s%s", word,
					      workflow_endings[i]);
		int absent = fs_stat(session->layout.root_fd, at, &file, err);

		if (absent < 0)
			return -1;
		if (absent)
			continue;
		if (found)
			return err_set(err, ERR_INVALID,
				       "workflow '%s' is there twice: '%s' and '%s'", word, found,
				       at);
		found = at;
	}
	if (!found)
		return no_such_workflow(session, word, err);
	*path = found;
	*id = arena_strdup(&session->arena, word);
	return 0;
}

int session_load(struct session *session, const char *word, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const char *id;

	if (!session->repo.root)
		return err_set(err, ERR_SYSTEM,
			       "a bare repository has no files to run workflows on");
	if (session_find_workflow(session, word, &session->wf_path, &id, err) < 0)
		return -1;
	fs_stat(session->layout.root_fd, session->wf_path, &session->wf_file, NULL);
	if (fs_read_file(session->layout.root_fd, session->wf_path, WORKFLOW_FILE_MAX, &text, err) <
	    0)
		return err_wrap(err, "cannot read workflow '%s'", id);
	session->diags.file = session->wf_path;
	session->diags.text_len = text.len;
	session->wf_text = strbuf_detach(&text);
	session->diags.text = session->wf_text;
	session->wf = document_load(session, id);
	if (!session->wf)
		return -1;
	agents_load(session, session->wf, &session->diags); /* programs_check() sees its mistakes */
	if (include_splice(session) < 0 || programs_check(session) < 0)
		return -1;
	param_set_init(&session->params, session->wf, &session->arena);
	return 0;
}

int session_add_gates(struct session *session, const char *file, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (fs_read_file(AT_FDCWD, file, WORKFLOW_FILE_MAX, &text, err) < 0)
		return err_wrap(err, "cannot read the gates");
	session->gate_diags.file = arena_strdup(&session->arena, file);
	session->gate_diags.text_len = text.len;
	session->gate_text = strbuf_detach(&text);
	session->gate_diags.text = session->gate_text;
	session->is_volatile = true; /* no planfile knows of that file */
	/* Nobody else has seen this workflow yet. */
	return workflow_add_gates((struct workflow *)session->wf, &session->arena,
				  &session->gate_diags);
}

/* ---- Parameters ---- */

int session_set_param(struct session *session, const char *name, const char *text, struct err *err)
{
	return param_set_assign(&session->params, session->wf, name, text, &session->arena, err);
}

const char *session_param_variable(struct session *session, const char *param)
{
	char *name = arena_printf(&session->arena, "GIT_WF_PARAM_%s", param);

	for (char *c = name; *c; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	}
	return name;
}

int session_finish_params(struct session *session, struct err *err)
{
	for (size_t i = 0; i < session->params.n; i++) {
		const struct param_value *value = &session->params.values[i];
		const char *variable = session_param_variable(session, value->param->name);
		const char *text = value->text ? NULL : getenv(variable);

		if (text && session_set_param(session, value->param->name, text, err) < 0)
			return err_wrap(err, "environment variable '%s'", variable);
	}
	return param_set_finish(&session->params, &session->arena, err);
}

/* ---- The plan ---- */

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int host_list(void *data, const struct node_path *globs, size_t n_globs, struct arena *arena,
		     const char ***paths, size_t *n_paths, struct err *err)
{
	struct session *session = data;
	struct path_list list = { 0 };
	size_t kept = 0;

	if (listing_inputs(session->listing, globs, n_globs, NULL, arena, &list, err) < 0) {
		vec_release(&list.paths);
		return -1;
	}
	*paths = ARENA_ARRAY(arena, const char *, list.paths.n + 1);
	if (list.paths.n)
		qsort(list.paths.v, list.paths.n, sizeof *list.paths.v, compare_strings);
	for (size_t i = 0; i < list.paths.n; i++) { /* tracked, but deleted on disk */
		struct file_id id;

		if (i > 0 && strcmp(list.paths.v[i], list.paths.v[i - 1]) == 0)
			continue;
		if (fs_stat(session->layout.root_fd, list.paths.v[i], &id, NULL) == 0)
			(*paths)[kept++] = list.paths.v[i];
	}
	*n_paths = kept;
	vec_release(&list.paths);
	return 0;
}

static const struct expr_env *host_scope(void *data, const struct node *node)
{
	struct session *session = data;

	return scope_enter_plan(session->scope, node);
}

static uint64_t host_duration_ms(void *data, const char *node_id)
{
	struct session *session = data;

	return cache_last_duration_ms(session->cache, session->wf->id, node_id);
}

struct plan_host session_host(struct session *session)
{
	return (struct plan_host){ session, host_list, host_scope, host_duration_ms };
}

int session_open_caches(struct session *session, struct err *err)
{
	if (session->stat)
		return 0;
	session->stat = statcache_open(session->layout.cache_dir, err);
	if (!session->stat)
		return -1;
	session->cache = cache_open(session->layout.cache_dir, statcache_secret(session->stat),
				    err);
	if (session->cache)
		return 0;
	statcache_close(session->stat);
	session->stat = NULL;
	return -1;
}

void session_look_ahead(struct session *session)
{
	if (session->repo.root && session_open_caches(session, NULL) == 0)
		cache_load_behind(session->cache);
}

int session_plan(struct session *session, const struct selection *selection, struct err *err)
{
	struct plan_host host = session_host(session);

	if (session_open_caches(session, err) < 0)
		return -1;
	session->basis_clock_ns = statcache_clock_ns(session->stat);
	session->basis = planfile_builder_new();
	basis_add_workflow(session);
	planfile_add_env(session->basis, "PATH", getenv("PATH")); /* as it is compared */
	session->files = git_files_new(&session->repo, session->layout.root_fd);
	session->listing = listing_new(session);
	session->scope = scope_new(session);
	if (with_check(session) < 0 || turn_name_group(session) < 0)
		return -1;
	batch_order(session);
	batch_steps(session);
	session->plan = plan_build(session->wf, &host, selection, &session->diags, err);
	if (!session->plan)
		return -1;
	session_grow(session);
	readers_of_stdout(session->wf, &session->stdout_readers);
	return 0;
}

void session_grow(struct session *session)
{
	struct node_result fresh = { .status = STEP_PENDING };

	while (session->results.n < session->plan->nodes.n)
		vec_push(&session->results, fresh);
	listing_set_plan(session->listing, session->plan);
}

struct node_result *session_result(struct session *session, uint32_t node)
{
	return &session->results.v[node];
}
