/*
 * The values of a foreach: lists as written, files that match a glob (those that are there and those
 * that another step will write), lines of an expression; several variables give a matrix.
 */
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "base/xalloc.h"
#include "plan/plan_impl.h"

#define ITEMS_MAX ((size_t)1000000)

struct words {
	VEC(const char *) list;
};

bool foreach_has_globs(const struct foreach *foreach)
{
	size_t i;

	for (i = 0; i < foreach->n_vars; i++)
		if (foreach->vars[i].kind == FOREACH_GLOB)
			return true;
	return false;
}

static bool var_is_late(const struct build *build, const struct step *step,
			const struct foreach_var *var)
{
	size_t i;

	for (i = 0; i < var->n_items; i++)
		if (text_is_late(build, step, &var->items[i], false))
			return true;
	for (i = 0; i < var->n_globs; i++)
		if (text_is_late(build, step, &var->globs[i].text, false))
			return true;
	return var->lines && expr_is_late(build, step, var->lines, false);
}

bool foreach_is_late(const struct build *build, const struct step *step)
{
	const struct foreach *foreach = step->foreach;
	size_t i;

	if (foreach->is_dynamic && !build->steps_are_known)
		return true;
	for (i = 0; i < foreach->n_vars; i++)
		if (var_is_late(build, step, &foreach->vars[i]))
			return true;
	return false;
}

static int list_words(struct build *build, const struct node *main, const struct foreach_var *var,
		      struct words *words)
{
	const char *value;
	size_t i;

	for (i = 0; i < var->n_items; i++) {
		if (text_value(build, &var->items[i], main, &value) < 0)
			return -1;
		vec_push(&words->list, value);
	}
	return 0;
}

static void split_lines(struct build *build, const char *text, struct words *words)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t len = strcspn(text, "\n"), end = len;

		if (end && text[end - 1] == '\r')
			end--;
		if (end)
			vec_push(&words->list, arena_strndup(&build->plan->arena, text, end));
	}
}

static void value_words(struct build *build, const struct value *value, struct words *words)
{
	struct strbuf text = STRBUF_INIT;
	size_t i;

	if (value->kind == VALUE_LIST) {
		for (i = 0; i < value->n; i++) {
			strbuf_clear(&text);
			value_to_text(&value->items[i], &text);
			vec_push(&words->list,
				 arena_strdup(&build->plan->arena, strbuf_str(&text)));
		}
	} else {
		value_to_text(value, &text);
		split_lines(build, strbuf_str(&text), words);
	}
	strbuf_release(&text);
}

static int line_words(struct build *build, const struct node *main, const struct foreach_var *var,
		      struct words *words)
{
	const struct expr_env *env = build->host->scope(build->host->data, main);
	struct value value;

	if (expr_eval(var->lines, env, &build->scratch, &value, build->err) < 0)
		return -1;
	value_words(build, &value, words);
	return 0;
}

static bool is_excluded(struct build *build, const struct node_path *globs, size_t n,
			const char *path)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (globs[i].kind == PATH_EXCLUDE &&
		    glob_match(glob_compile(&build->scratch, globs[i].path), path))
			return true;
	return false;
}

/* What other steps will write counts as there. */
static void output_words(struct build *build, const struct output_index *index,
			 const struct step *step, const struct node_path *globs, size_t n,
			 struct words *words)
{
	size_t i, o;

	for (i = 0; i < n; i++) {
		struct glob *glob = glob_compile(&build->scratch, globs[i].path);

		if (globs[i].kind == PATH_EXCLUDE)
			continue;
		for (o = 0; o < index->outputs.n; o++) {
			const struct output *output = &index->outputs.v[o];

			if (output->kind == PATH_LITERAL && output->node->step != step &&
			    *output->path != *ARTIFACT_PREFIX && glob_match(glob, output->path) &&
			    !is_excluded(build, globs, n, output->path))
				vec_push(&words->list, output->path);
		}
	}
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_unique(struct words *words)
{
	size_t i, n = 0;

	if (!words->list.n)
		return;
	qsort(words->list.v, words->list.n, sizeof *words->list.v, compare_words);
	for (i = 1; i < words->list.n; i++)
		if (strcmp(words->list.v[i], words->list.v[n]) != 0)
			words->list.v[++n] = words->list.v[i];
	words->list.n = n + 1;
}

static int glob_words(struct build *build, const struct node *main, const struct foreach_var *var,
		      const struct output_index *index, struct words *words)
{
	struct node_path *globs = ARENA_ARRAY(&build->scratch, struct node_path, var->n_globs);
	struct node nobody = { .step = main->step,
			       .id = main->id,
			       .each = main->each,
			       .n_each = main->n_each,
			       .instance = main->instance };
	const char **paths = NULL;
	size_t n = 0, i;
	bool is_late = false;

	for (i = 0; i < var->n_globs; i++)
		if (paths_render_spec(build, &var->globs[i], &nobody, &globs[i], &is_late) < 0)
			return -1;
	if (build->host->list && build->host->list(build->host->data, globs, var->n_globs,
						   &build->plan->arena, &paths, &n, build->err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		vec_push(&words->list, paths[i]);
	if (index)
		output_words(build, index, main->step, globs, var->n_globs, words);
	sort_unique(words);
	return 0;
}

static int var_words(struct build *build, const struct node *main, const struct foreach_var *var,
		     const struct output_index *index, struct words *words)
{
	int result;

	switch (var->kind) {
	case FOREACH_LIST: result = list_words(build, main, var, words); break;
	case FOREACH_GLOB: result = glob_words(build, main, var, index, words); break;
	case FOREACH_LINES: result = line_words(build, main, var, words); break;
	default: BUG("foreach kind %d", var->kind);
	}
	if (result < 0)
		err_wrap(build->err, "foreach '%s' of '%s'", var->name, main->id);
	return result;
}

/* The last variable varies fastest. */
static void fill_matrix(const struct foreach *foreach, const struct words *words,
			struct items *items)
{
	size_t v, i, n = foreach->n_vars, repeat = 1;

	for (v = n; v-- > 0;) {
		for (i = 0; i < items->n; i++)
			items->each[i * n + v] = (struct binding){
				foreach->vars[v].name,
				words[v].list.v[i / repeat % words[v].list.n],
			};
		repeat *= words[v].list.n;
	}
}

static int make_matrix(struct build *build, const struct step *step, const struct words *words,
		       struct items *items)
{
	const struct foreach *foreach = step->foreach;
	size_t v;

	items->n = 1;
	for (v = 0; v < foreach->n_vars; v++) {
		if (words[v].list.n && items->n > ITEMS_MAX / words[v].list.n)
			return build_fail(build, step, foreach->span,
					  "foreach of '%s' gives more than %zu items", step->id,
					  ITEMS_MAX);
		items->n *= words[v].list.n;
	}
	items->each = ARENA_ARRAY(&build->plan->arena, struct binding, items->n * foreach->n_vars);
	if (items->n)
		fill_matrix(foreach, words, items);
	return 0;
}

int foreach_items(struct build *build, const struct node *main, const struct output_index *index,
		  struct items *items)
{
	const struct step *step = main->step;
	const struct foreach *foreach = step->foreach;
	struct words *words = ARENA_ARRAY(&build->scratch, struct words, foreach->n_vars);
	int result = 0;
	size_t v;

	*items = (struct items){ 0 };
	for (v = 0; v < foreach->n_vars && result == 0; v++)
		result = var_words(build, main, &foreach->vars[v], index, &words[v]);
	if (result == 0)
		result = make_matrix(build, step, words, items);
	for (v = 0; v < foreach->n_vars; v++)
		vec_release(&words[v].list);
	return result;
}
