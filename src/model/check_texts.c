/*
 * All places of a workflow where an expression or a text stands, and what it is used for there; see
 * check_ref.c for the references in them.
 */
#include <string.h>

#include "check_ref_impl.h"
#include "model/action.h"

static void check_expr(struct ref_checker *checker, const struct expr *expr, enum ref_use use)
{
	if (!expr)
		return;
	checker->use = use;
	expr_each_ref(expr, check_ref, checker);
	expr_check_status_words(expr, checker->diags);
}

static void check_text(struct ref_checker *checker, const struct text *text, enum ref_use use)
{
	checker->use = use;
	for (size_t i = 0; i < text->n_parts; i++)
		if (text->parts[i].expr)
			check_expr(checker, text->parts[i].expr, use);
}

static void check_texts(struct ref_checker *checker, const struct text *texts, size_t n,
			enum ref_use use)
{
	for (size_t i = 0; i < n; i++)
		check_text(checker, &texts[i], use);
}

static void check_paths(struct ref_checker *checker, const struct path_spec *paths, size_t n,
			enum ref_use use)
{
	for (size_t i = 0; i < n; i++)
		check_text(checker, &paths[i].text, use);
}

static void check_env(struct ref_checker *checker, const struct env_block *env, enum ref_use use)
{
	for (size_t i = 0; env && i < env->n_vars; i++)
		check_text(checker, &env->vars[i].value, use);
}

static void check_foreach_vars(struct ref_checker *checker, const struct foreach *foreach)
{
	for (size_t i = 0; foreach && i < foreach->n_vars; i++) {
		check_texts(checker, foreach->vars[i].items, foreach->vars[i].n_items, USE_FOREACH);
		check_paths(checker, foreach->vars[i].globs, foreach->vars[i].n_globs, USE_FOREACH);
		check_expr(checker, foreach->vars[i].lines, USE_FOREACH);
	}
}

static void check_gate(struct ref_checker *checker, const struct gate *gate, enum ref_use use)
{
	check_text(checker, &gate->message, use);
	check_texts(checker, gate->words, gate->n_words, use);
	for (size_t i = 0; i < gate->n_paths; i++)
		check_text(checker, &gate->paths[i].path, use);
	check_expr(checker, gate->expr, use);
	check_text(checker, &gate->path, use);
	check_text(checker, &gate->schema, use);
	if (!gate->run)
		return;
	check_text(checker, &gate->run->run, use);
	check_texts(checker, gate->run->argv, gate->run->n_argv, use);
}

static bool is_of_file(const struct gate *gate, const char *file)
{
	return file ? gate->file && strcmp(gate->file, file) == 0 : !gate->file;
}

static void check_gate_list(struct ref_checker *checker, const struct step *step, const char *file)
{
	bool is_first = step->role == ROLE_REQUIRES && step->parent == WF_NONE;
	enum ref_use use = is_first ? USE_REQUIRES : USE_STEP;

	for (size_t i = 0; i < step->requires.n; i++)
		if (is_of_file(&step->requires.v[i], file))
			check_gate(checker, &step->requires.v[i], use);
	checker->sees_itself = true;
	for (size_t i = 0; i < step->ensures.n; i++)
		check_gate(checker, &step->ensures.v[i], USE_STEP);
	checker->sees_itself = false;
}

static void check_with(struct ref_checker *checker, const struct with_value *with, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_texts(checker, with[i].items, with[i].n_items, USE_STEP);
}

/* Called with the failure of the step itself. */
static void check_mending(struct ref_checker *checker, const struct mending *mending)
{
	const struct step *fixer = mending->fixer;

	checker->sees_itself = checker->sees_error = true;
	check_text(checker, &mending->message, USE_STEP);
	if (fixer) {
		check_text(checker, &fixer->run, USE_STEP);
		check_texts(checker, fixer->argv, fixer->n_argv, USE_STEP);
	}
	checker->sees_itself = checker->sees_error = false;
}

static void check_action_text(void *data, const struct text *text)
{
	check_text(data, text, USE_STEP);
}

static void check_action_expr(void *data, const struct expr *expr)
{
	check_expr(data, expr, USE_STEP);
}

static void check_step_refs(struct ref_checker *checker, const struct step *step)
{
	const struct action_visitor visitor = { checker, check_action_text, check_action_expr };

	checker->step = step;
	check_expr(checker, step->cond, USE_STEP);
	check_text(checker, &step->run, USE_STEP);
	check_texts(checker, step->argv, step->n_argv, USE_STEP);
	if (step->script) {
		check_texts(checker, step->script->with, step->script->n_with, USE_STEP);
		check_texts(checker, step->script->args, step->script->n_args, USE_STEP);
	}
	action_visit(step, &visitor);
	if (step->call)
		check_with(checker, step->call->with, step->call->n_with);
	check_text(checker, &step->dir, USE_STEP);
	check_text(checker, &step->stdin_text, USE_STEP);
	check_paths(checker, step->inputs, step->n_inputs, USE_STEP);
	check_paths(checker, step->outputs, step->n_outputs, USE_OUTPUT);
	check_text(checker, &step->depfile, USE_OUTPUT);
	check_texts(checker, step->tools, step->n_tools, USE_STEP);
	if (step->question) {
		check_text(checker, &step->question->text, USE_STEP);
		if (step->question->agent)
			check_with(checker, step->question->agent->with,
				   step->question->agent->n_with);
		check_texts(checker, step->question->choices, step->question->n_choices, USE_STEP);
		check_text(checker, &step->question->default_answer, USE_STEP);
	}
	check_env(checker, step->env, USE_STEP);
	check_foreach_vars(checker, step->foreach);
	if (step->group)
		check_with(checker, step->group->with, step->group->n_with);
	if (step->called)
		check_text(checker, &step->called->message, USE_STEP);
	if (step->mending)
		check_mending(checker, step->mending);
	check_gate_list(checker, step, NULL);
}

void workflow_check_prompt(struct workflow *wf, const struct step *step, bool is_fixer,
			   const struct text *prompt, struct diags *diags)
{
	struct ref_checker checker = { .wf = wf,
				       .diags = diags,
				       .step = step,
				       .sees_itself = is_fixer,
				       .sees_error = is_fixer };

	check_text(&checker, prompt, USE_STEP);
}

void check_gates(struct workflow *wf, const struct step *step, const char *file,
		 struct diags *diags)
{
	struct ref_checker checker = { .wf = wf, .diags = diags, .step = step };

	check_gate_list(&checker, step, file);
}

void check_references(struct workflow *wf, struct diags *diags)
{
	struct ref_checker checker = { .wf = wf, .diags = diags };

	for (size_t i = 0; i < wf->n_vars; i++)
		check_expr(&checker, wf->vars[i].expr, USE_VAR);
	check_circles(wf, diags);
	check_env(&checker, &wf->env, USE_ENV);
	check_text(&checker, &wf->concurrency.group, USE_GROUP);
	for (size_t i = 0; i < wf->notify.n_rules; i++) {
		check_expr(&checker, wf->notify.rules[i].cond, USE_RULE);
		check_text(&checker, &wf->notify.rules[i].message, USE_RULE);
	}
	for (size_t i = 0; i < wf->n_steps; i++)
		check_step_refs(&checker, &wf->steps[i]);
}
