/*
 * Advice, not mistakes: neighbours in the file that may run at the same time without saying anywhere
 * what they depend on. Who comes from tools that run steps one by one would not expect it. Lists of
 * files that are one argument of a program: right for one file, and for no more; or that are named from
 * the root, to a step that runs below it. And gates that run a command with the name of a step:
 * `after: build` reads as if it were an order.
 */
#include <string.h>

#include "plan/plan_impl.h"

enum { ADVICE_MAX = 10 };

static bool says_nothing(const struct step *step)
{
	return !step->group && !step_asks(step) && !step->has_inputs && !step->n_inputs &&
	       !step->n_outputs;
}

static void advise(struct build *build, const struct step *before, const struct step *step)
{
	struct diags *diags = build_diags(build, step);
	struct diag *diag = diag_advice(
		diags, step->span,
		"'%s' does not wait for '%s': neither an order between them nor "
		"inputs are declared",
		step->id, before->id);

	diag_hint(diags, diag,
		  "needs: [%s], or order: listed for the whole file; "
		  "inputs: [] if it depends on nothing",
		  before->id);
}

/* Those are meant to run at the same time. */
static bool is_race(const struct workflow *wf, const struct step *step)
{
	return step->parent != WF_NONE && wf->steps[step->parent].group->wait_for != WAIT_FOR_ALL;
}

void advise_missing_order(struct build *build, const uint32_t *rank)
{
	const struct workflow *wf = build->plan->wf;
	struct reach *reach = reach_new(build->plan, rank, &build->scratch);
	size_t n_advice = 0, i;

	for (i = 1; i < wf->n_graph_steps && n_advice < ADVICE_MAX; i++) {
		const struct step *step = &wf->steps[i], *before;

		if (step->before == WF_NONE || step->role != ROLE_STEP ||
		    step->unit != wf->units[0] || is_race(wf, step) ||
		    build->main_node[i] == WF_NONE)
			continue; /* in a foreach it would be said of each item */
		before = &wf->steps[step->before];
		if (!says_nothing(before) || !says_nothing(step) ||
		    reach_is_ordered(reach, build->main_node[before->index], build->main_node[i]))
			continue;
		advise(build, before, step);
		n_advice++;
	}
}

/* Of the files that a hook is about. */
static bool is_list_of_files(const struct text_part *part)
{
	static const char *const lists[] = { "git.staged", "git.pushed", "event.files" };

	for (size_t i = 0; part->expr && i < ARRAY_SIZE(lists); i++)
		if (!strcmp(expr_source(part->expr), lists[i]))
			return true;
	return false;
}

/* And nothing beside them in the argument. */
static bool is_nothing_but_files(const struct text *argument)
{
	return argument->n_parts == 1 && is_list_of_files(&argument->parts[0]);
}

static void advise_list(struct build *build, const struct step *step, size_t at)
{
	const struct text *argument = &step->argv[at];
	struct diags *diags = build_diags(build, step);
	struct diag *diag = diag_advice(diags, argument->span,
					"'%s' is one argument, however many files there are",
					argument->raw);

	diag_hint(diags, diag, "as text each file is one: run: %s %s%s", step->argv[0].raw,
		  at > 1 ? "… " : "", argument->raw);
}

void advise_lists(struct build *build)
{
	const struct workflow *wf = build->plan->wf;

	for (size_t i = 0; build->diags && i < wf->n_steps; i++)
		for (size_t a = 1; a < wf->steps[i].n_argv; a++)
			if (is_nothing_but_files(&wf->steps[i].argv[a]))
				advise_list(build, &wf->steps[i], a);
}

/* True: it was said, and once is enough for a step. */
static bool advise_folder(struct build *build, const struct step *step, const struct text *text)
{
	struct diags *diags = build_diags(build, step);

	for (size_t i = 0; i < text->n_parts; i++) {
		struct diag *diag;
		const char *list;

		if (!is_list_of_files(&text->parts[i]))
			continue;
		list = expr_source(text->parts[i].expr);
		diag = diag_advice(diags, text->span,
				   "the paths in '%s' begin at the root, and '%s' runs in '%s'",
				   list, step->id, step->dir.raw);
		if (!step->dir.n_parts && !strchr(step->dir.raw, '\''))
			diag_hint(diags, diag, "${relative(%s, '%s')}", list, step->dir.raw);
		else
			diag_hint(diags, diag, "relative(%s, FOLDER) names them from there", list);
		return true;
	}
	return false;
}

static bool is_root(const struct text *dir)
{
	return !dir->raw || (!dir->n_parts && !dir->raw[strspn(dir->raw, "./")]);
}

void advise_folders(struct build *build)
{
	const struct workflow *wf = build->plan->wf;

	for (size_t i = 0; build->diags && i < wf->n_steps; i++) {
		const struct step *step = &wf->steps[i];
		bool is_said = is_root(&step->dir) || advise_folder(build, step, &step->run);

		for (size_t a = 0; a < step->n_argv && !is_said; a++)
			is_said = advise_folder(build, step, &step->argv[a]);
	}
}

static bool is_id_beside(const struct workflow *wf, const struct step *step, const char *text,
			 struct arena *scratch)
{
	return strmap_get(&wf->step_ids, arena_printf(scratch, "%s%s", step->unit->prefix, text));
}

static void advise_gate(struct build *build, const struct step *step, const struct gate *gate)
{
	const char *text = gate->kind == GATE_RUN ? gate->run->run.raw : NULL;
	struct diags *diags = build_diags(build, step);

	if (!text || !is_id_beside(build->plan->wf, step, text, &build->scratch))
		return;
	diag_hint(diags,
		  diag_advice(diags, gate->span, "this runs a command '%s', not the step '%s'",
			      text, text),
		  "needs: [%s] makes '%s' wait for it", text, step->id);
}

void advise_gates(struct build *build)
{
	const struct workflow *wf = build->plan->wf;

	for (size_t i = 0; build->diags && i < wf->n_steps; i++) {
		const struct step *step = &wf->steps[i];

		for (size_t g = 0; g < step->requires.n; g++)
			advise_gate(build, step, &step->requires.v[g]);
		for (size_t g = 0; g < step->ensures.n; g++)
			advise_gate(build, step, &step->ensures.v[g]);
	}
}
