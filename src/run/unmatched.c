/*
 * Inputs that nothing matches, as far as they are written out: most often a name that was mistyped, or
 * files that git ignores. It is advice: a path may be absent, and that counts.
 */
#include "run/unmatched.h"

#include <string.h>

#include "base/glob.h"
#include "session_impl.h"

enum { ADVICE_MAX = 10 };

struct search {
	struct session *session;
	struct diags *diags;
	struct arena scratch;
	size_t n_advice;
};

/* What has values in it, or is no path below the root as it stands, is not judged. */
static bool is_written_out(const struct path_spec *spec)
{
	const char *path = spec->text.raw;

	for (size_t i = 0; i < spec->text.n_parts; i++)
		if (spec->text.parts[i].expr)
			return false;
	return path && *path && *path != '/' && *path != '.' && !strstr(path, "//") &&
	       (spec->kind == PATH_LITERAL || spec->kind == PATH_GLOB || spec->kind == PATH_DIR);
}

static size_t known_prefix(const char *path, uint8_t kind)
{
	return kind == PATH_GLOB ? glob_literal_prefix(path) : strlen(path);
}

/* Globs and directories: whether both could mean one path. */
static bool may_meet(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return strncmp(a, b, a_len < b_len ? a_len : b_len) == 0;
}

static bool may_write(const struct node_path *output, const char *path, uint8_t kind,
		      struct arena *scratch)
{
	if (kind == PATH_LITERAL && output->kind == PATH_LITERAL)
		return strcmp(output->path, path) == 0;
	if (kind == PATH_LITERAL && output->kind == PATH_GLOB)
		return glob_match(glob_compile(scratch, output->path), path);
	if (kind == PATH_GLOB && output->kind == PATH_LITERAL)
		return glob_match(glob_compile(scratch, path), output->path);
	return output->kind != PATH_ARTIFACT &&
	       may_meet(output->path, known_prefix(output->path, output->kind), path,
			known_prefix(path, kind));
}

/* A foreach without items: what they would write is known up to the first value. */
static bool may_items_write(const struct node *node, const struct path_spec *spec)
{
	const char *path = spec->text.raw;

	if (node->kind != NODE_FOREACH || node->n_items)
		return false;
	for (size_t i = 0; i < node->step->n_outputs; i++) {
		const char *output = node->step->outputs[i].text.raw;

		if (may_meet(output, strcspn(output, "$*?[{"), path,
			     known_prefix(path, spec->kind)))
			return true;
	}
	return false;
}

static bool is_made(struct search *search, const struct path_spec *spec)
{
	const struct plan *plan = search->session->plan;

	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		if (may_items_write(node, spec))
			return true;
		for (size_t o = 0; o < node->n_outputs; o++)
			if (may_write(&node->outputs[o], spec->text.raw, spec->kind,
				      &search->scratch))
				return true;
	}
	return false;
}

/* Where that cannot be known it counts as there. */
static bool is_there(struct search *search, const struct path_spec *spec)
{
	const struct node_path path = { spec->text.raw, spec->kind };
	struct plan_host host = session_host(search->session);
	struct err err = ERR_INIT;
	const char **paths;
	size_t n = 0;
	int rc = host.list(host.data, &path, 1, &search->scratch, &paths, &n, &err);

	err_release(&err);
	return rc < 0 || n > 0;
}

static void advise(struct search *search, const struct path_spec *spec)
{
	const char *slash = spec->kind == PATH_DIR ? "/" : "";
	struct diag *diag;

	if (spec->kind == PATH_LITERAL) {
		diag = diag_advice(search->diags, spec->text.span,
				   "there is no '%s', and no step makes it", spec->text.raw);
		diag_hint(search->diags, diag, "it counts as absent until it is there");
		return;
	}
	diag = diag_advice(search->diags, spec->text.span,
			   "'%s%s' matches no file, and no step makes one", spec->text.raw, slash);
	diag_hint(search->diags, diag,
		  "what git ignores counts only where the whole path is written out");
}

static void look_at(struct search *search, const struct path_spec *specs, size_t n)
{
	for (size_t i = 0; i < n && search->n_advice < ADVICE_MAX; i++) {
		if (!is_written_out(&specs[i]) || is_there(search, &specs[i]) ||
		    is_made(search, &specs[i]))
			continue;
		advise(search, &specs[i]);
		search->n_advice++;
	}
}

void unmatched_advise(struct session *session)
{
	const struct workflow *wf = session->wf;
	struct search search = { .session = session, .diags = &session->diags };

	for (size_t i = 0; i < wf->n_steps; i++) {
		const struct step *step = &wf->steps[i];

		if (step->unit != wf->units[0])
			continue;
		look_at(&search, step->inputs, step->n_inputs);
		for (size_t v = 0; step->foreach && v < step->foreach->n_vars; v++)
			look_at(&search, step->foreach->vars[v].globs,
				step->foreach->vars[v].n_globs);
	}
	arena_release(&search.scratch);
}
