/*
 * Every reference in a step, whatever key it stands in: for edges, and for what must be kept for it.
 */
#include "model/workflow.h"

#include <string.h>

#include "model/action.h"

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

void gate_each_ref(const struct gate *gate, expr_ref_fn fn, void *data)
{
	visit_text(&gate->message, fn, data);
	visit_texts(gate->words, gate->n_words, fn, data);
	for (size_t i = 0; i < gate->n_paths; i++)
		visit_text(&gate->paths[i].path, fn, data);
	visit_expr(gate->expr, fn, data);
	visit_text(&gate->path, fn, data);
	visit_text(&gate->schema, fn, data);
	if (gate->run)
		step_each_ref(gate->run, fn, data);
}

bool step_is_called(const struct step *step, const char *name)
{
	const char *slash = step->id ? strrchr(step->id, '/') : NULL;

	return step->id && strcmp(slash ? slash + 1 : step->id, name) == 0;
}

/* What a step ensures of itself is no dependency. */
struct others {
	const struct step *step;
	expr_ref_fn fn;
	void *data;
};

static void visit_other(void *data, const struct expr_ref *ref)
{
	const struct others *others = data;

	if (ref->ns == NS_STEPS && ref->n_path && step_is_called(others->step, ref->path[0]))
		return;
	others->fn(others->data, ref);
}

static void visit_gates(const struct step *step, expr_ref_fn fn, void *data)
{
	struct others others = { step, fn, data };

	for (size_t i = 0; i < step->requires.n; i++)
		gate_each_ref(&step->requires.v[i], fn, data);
	for (size_t i = 0; i < step->ensures.n; i++)
		gate_each_ref(&step->ensures.v[i], visit_other, &others);
}

static void visit_with(const struct with_value *with, size_t n, expr_ref_fn fn, void *data)
{
	for (size_t i = 0; i < n; i++)
		visit_texts(with[i].items, with[i].n_items, fn, data);
}

struct ref_visit {
	expr_ref_fn fn;
	void *data;
};

static void visit_action_text(void *data, const struct text *text)
{
	const struct ref_visit *visit = data;

	visit_text(text, visit->fn, visit->data);
}

static void visit_action_expr(void *data, const struct expr *expr)
{
	const struct ref_visit *visit = data;

	visit_expr(expr, visit->fn, visit->data);
}

static void visit_action(const struct step *step, expr_ref_fn fn, void *data)
{
	struct ref_visit visit = { fn, data };
	const struct action_visitor visitor = { &visit, visit_action_text, visit_action_expr };

	action_visit(step, &visitor);
}

static void visit_mending(const struct step *step, expr_ref_fn fn, void *data)
{
	struct others others = { step, fn, data };
	const struct mending *mending = step->mending;

	if (!mending)
		return;
	visit_text(&mending->message, visit_other, &others);
	if (mending->fixer)
		step_each_ref(mending->fixer, visit_other, &others);
}

void step_each_ref(const struct step *step, expr_ref_fn fn, void *data)
{
	visit_mending(step, fn, data);
	visit_expr(step->cond, fn, data);
	visit_text(&step->run, fn, data);
	visit_texts(step->argv, step->n_argv, fn, data);
	if (step->script) {
		visit_texts(step->script->with, step->script->n_with, fn, data);
		visit_text(&step->script->file, fn, data);
		visit_texts(step->script->args, step->script->n_args, fn, data);
	}
	visit_action(step, fn, data);
	if (step->call)
		visit_with(step->call->with, step->call->n_with, fn, data);
	visit_text(&step->dir, fn, data);
	visit_text(&step->stdin_text, fn, data);
	visit_text(&step->depfile, fn, data);
	visit_texts(step->tools, step->n_tools, fn, data);
	visit_paths(step->inputs, step->n_inputs, fn, data);
	visit_paths(step->outputs, step->n_outputs, fn, data);
	if (step->question) {
		visit_text(&step->question->text, fn, data);
		if (step->question->agent) {
			visit_text(&step->question->agent->prompt, fn, data);
			visit_with(step->question->agent->with, step->question->agent->n_with, fn,
				   data);
		}
		visit_texts(step->question->choices, step->question->n_choices, fn, data);
		visit_text(&step->question->default_answer, fn, data);
	}
	for (size_t i = 0; step->env && i < step->env->n_vars; i++)
		visit_text(&step->env->vars[i].value, fn, data);
	if (step->foreach)
		visit_foreach(step->foreach, fn, data);
	if (step->group)
		visit_with(step->group->with, step->group->n_with, fn, data);
	if (step->called)
		visit_text(&step->called->message, fn, data);
	visit_gates(step, fn, data);
}
