/*
 * Every reference in a step, whatever key it stands in: for edges, and for what must be kept for it.
 */
#include "model/workflow.h"

static void visit_text(const struct text *text, expr_ref_fn fn, void *data)
{
	if (text->n_parts)
		text_each_ref(text, fn, data);
}

static void visit_texts(const struct text *texts, size_t n, expr_ref_fn fn, void *data)
{
	for (size_t i = 0; i < n; i++)
		visit_text(&texts[i], fn, data);
}

static void visit_paths(const struct path_spec *paths, size_t n, expr_ref_fn fn, void *data)
{
	for (size_t i = 0; i < n; i++)
		visit_text(&paths[i].text, fn, data);
}

static void visit_expr(const struct expr *expr, expr_ref_fn fn, void *data)
{
	if (expr)
		expr_each_ref(expr, fn, data);
}

static void visit_foreach(const struct foreach *foreach, expr_ref_fn fn, void *data)
{
	for (size_t v = 0; v < foreach->n_vars; v++) {
		const struct foreach_var *var = &foreach->vars[v];

		visit_texts(var->items, var->n_items, fn, data);
		visit_paths(var->globs, var->n_globs, fn, data);
		visit_expr(var->lines, fn, data);
	}
}

void step_each_ref(const struct step *step, expr_ref_fn fn, void *data)
{
	visit_expr(step->cond, fn, data);
	visit_text(&step->run, fn, data);
	visit_texts(step->argv, step->n_argv, fn, data);
	visit_text(&step->dir, fn, data);
	visit_text(&step->stdin_text, fn, data);
	visit_text(&step->depfile, fn, data);
	visit_texts(step->tools, step->n_tools, fn, data);
	visit_paths(step->inputs, step->n_inputs, fn, data);
	visit_paths(step->outputs, step->n_outputs, fn, data);
	if (step->question) {
		visit_text(&step->question->text, fn, data);
		visit_texts(step->question->choices, step->question->n_choices, fn, data);
		visit_text(&step->question->default_answer, fn, data);
	}
	for (size_t i = 0; step->env && i < step->env->n_vars; i++)
		visit_text(&step->env->vars[i].value, fn, data);
	if (step->foreach)
		visit_foreach(step->foreach, fn, data);
	for (size_t i = 0; step->group && i < step->group->n_with; i++)
		visit_texts(step->group->with[i].items, step->group->with[i].n_items, fn, data);
}
