/*
 * Inputs that nothing matches, as far as they are written out: most often a name that was mistyped, or
 * files that git ignores. It is advice: a path may be absent, and that counts.
 */
#include "run/unmatched.h"

#include <string.h>

#include "session_impl.h"

enum { ADVICE_MAX = 10 };

struct search {
	struct session *session;
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

/* Where that cannot be known it counts as there. */
static bool is_there(struct search *search, const struct node_path *path)
{
	struct plan_host host = session_host(search->session);
	struct err err = ERR_INIT;
	const char **paths;
	size_t n = 0;
	int rc = host.list(host.data, path, 1, &search->scratch, &paths, &n, &err);

	err_release(&err);
	return rc < 0 || n > 0;
}

static void advise(struct search *search, const struct path_spec *spec)
{
	const char *slash = spec->kind == PATH_DIR ? "/" : "";
	struct diags *diags = &search->session->diags;
	struct diag *diag;

	if (spec->kind == PATH_LITERAL) {
		diag = diag_advice(diags, spec->text.span, "there is no '%s', and no step makes it",
				   spec->text.raw);
		diag_hint(diags, diag, "it counts as absent until it is there");
		return;
	}
	diag = diag_advice(diags, spec->text.span, "'%s%s' matches no file, and no step makes one",
			   spec->text.raw, slash);
	diag_hint(diags, diag, "what git ignores counts only where the whole path is written out");
}

static void look_at(struct search *search, const struct path_spec *specs, size_t n)
{
	for (size_t i = 0; i < n && search->n_advice < ADVICE_MAX; i++) {
		const struct node_path path = { specs[i].text.raw, specs[i].kind };

		if (!is_written_out(&specs[i]) || is_there(search, &path) ||
		    plan_may_write(search->session->plan, &path, &search->scratch))
			continue;
		advise(search, &specs[i]);
		search->n_advice++;
	}
}

void unmatched_advise(struct session *session)
{
	const struct workflow *wf = session->wf;
	struct search search = { .session = session };

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
