/*
 * See reach_impl.h. A step that declares its inputs says all that it reads. One that does not may read
 * anything; it is believed to only look, unless it has outputs, or is handed the files of the hook: that
 * is what formatters are.
 */
#include "reach_impl.h"

#include <string.h>

#include "base/sorted.h"

struct mentions {
	bool files; /* git.staged, git.pushed */
	bool each;
};

static void see_ref(void *data, const struct expr_ref *ref)
{
	struct mentions *seen = data;

	if (ref->ns == NS_GIT && ref->n_path &&
	    (!strcmp(ref->path[0], "staged") || !strcmp(ref->path[0], "pushed")))
		seen->files = true;
	if (ref->ns == NS_EACH)
		seen->each = true;
}

static bool has_word(const struct text *text)
{
	return text->raw && strstr(text->raw, "WF_FILES");
}

static bool is_handed_files(const struct step *step)
{
	struct mentions seen = { 0 };
	bool is_named = has_word(&step->run);

	step_each_ref(step, see_ref, &seen);
	for (size_t i = 0; i < step->n_argv; i++)
		is_named |= has_word(&step->argv[i]);
	if (step->script)
		is_named |= step->script->code && strstr(step->script->code, "WF_FILES");
	return seen.files || is_named;
}

/* ---- Paths ------------------------------------------------------------------------------------------ */

static void add_glob(struct reach *reach, const char *pattern, struct arena *arena)
{
	vec_push(&reach->globs, glob_compile(arena, pattern));
}

/* What a foreach of the step goes over. False: it cannot be told here. */
static bool add_each(struct reach *reach, const struct step *step, struct arena *arena)
{
	const struct foreach *foreach = step->foreach;
	struct mentions seen = { 0 };

	for (size_t v = 0; foreach && v < foreach->n_vars; v++) {
		const struct foreach_var *var = &foreach->vars[v];

		for (size_t i = 0; i < var->n_globs; i++)
			if (var->globs[i].text.n_parts)
				return false;
			else if (var->globs[i].kind != PATH_EXCLUDE)
				add_glob(reach, var->globs[i].text.raw, arena);
		if (var->lines)
			expr_each_ref(var->lines, see_ref, &seen);
		if (var->lines && !seen.files)
			return false;
	}
	reach->has_files |= seen.files;
	return foreach != NULL;
}

static bool is_output(const struct path_spec *spec)
{
	return spec->kind != PATH_ARTIFACT && spec->kind != PATH_EXCLUDE;
}

/* An input with a value in it: a file of the hook, an item, or anything. */
static void add_valued(struct reach *reach, const struct step *step, const struct text *text,
		       struct arena *arena)
{
	struct mentions seen = { 0 };

	text_each_ref(text, see_ref, &seen);
	if (seen.files)
		reach->has_files = true;
	else if (!seen.each || !add_each(reach, step, arena))
		reach->is_all = true;
}

static void add_inputs(struct reach *reach, const struct step *step, struct arena *arena)
{
	for (size_t i = 0; i < step->n_inputs; i++) {
		const struct path_spec *spec = &step->inputs[i];

		if (!is_output(spec))
			continue;
		if (spec->text.n_parts)
			add_valued(reach, step, &spec->text, arena);
		else
			add_glob(reach, spec->text.raw, arena);
	}
	if (step->script && step->script->file.raw)
		add_glob(reach, step->script->file.raw, arena);
	if (step->depfile.raw)
		reach->is_all = true;
}

/* Also new files are the user's to get, and not before all has passed. */
static void add_outputs(struct reach *reach, const struct step *step, struct arena *arena)
{
	for (size_t i = 0; i < step->n_outputs; i++) {
		const struct path_spec *spec = &step->outputs[i];

		if (!is_output(spec))
			continue;
		reach->may_write = true;
		if (!spec->text.n_parts)
			vec_push(&reach->writes, glob_compile(arena, spec->text.raw));
	}
}

/* ---- Steps ------------------------------------------------------------------------------------------ */

static bool acts_on_files(const struct step *step)
{
	switch (step->action) {
	case ACTION_SHELL:
	case ACTION_EXEC:
	case ACTION_SCRIPT:
	case ACTION_CALL:
	case ACTION_AGENT:
	case ACTION_CONTAINER: return true;
	case ACTION_HTTP: return step->n_inputs || step->n_outputs; /* it sends one, or saves one */
	default: return false;
	}
}

/* It says neither what it reads nor that it looks at one file at a time. */
static bool is_silent(const struct step *step)
{
	return !step->has_inputs && !(step->foreach && step->foreach->per_file);
}

static void add_step(struct reach *reach, const struct step *step, struct arena *arena)
{
	bool has_files = is_handed_files(step);
	bool is_declared = !is_silent(step);

	if (step->requires.n || step->ensures.n)
		reach->is_all = true;
	if (!acts_on_files(step))
		return;
	reach->has_files |= has_files;
	add_outputs(reach, step, arena);
	if (step->foreach && !add_each(reach, step, arena) && !is_declared)
		reach->is_all = true;
	if (is_declared) {
		add_inputs(reach, step, arena);
		return;
	}
	reach->is_all = true;
	reach->may_write |= has_files;
}

enum reach_writing reach_writing(const struct step *step)
{
	struct mentions outputs = { 0 }, items = { 0 };

	if (!acts_on_files(step))
		return REACH_READS;
	if (is_silent(step) && is_handed_files(step))
		return REACH_ANY;
	for (size_t i = 0; i < step->n_outputs; i++)
		text_each_ref(&step->outputs[i].text, see_ref, &outputs);
	for (size_t v = 0; step->foreach && v < step->foreach->n_vars; v++)
		if (step->foreach->vars[v].lines)
			expr_each_ref(step->foreach->vars[v].lines, see_ref, &items);
	return outputs.files || (outputs.each && items.files) ? REACH_DECLARED : REACH_READS;
}

void reach_find(struct reach *reach, const struct workflow *wf, const struct trigger *trigger,
		struct arena *arena)
{
	*reach = (struct reach){ .trigger = trigger };
	for (size_t i = 0; i < wf->n_steps; i++)
		add_step(reach, &wf->steps[i], arena);
}

void reach_release(struct reach *reach)
{
	vec_release(&reach->globs);
	vec_release(&reach->writes);
}

/* ---- Paths again ------------------------------------------------------------------------------------ */

static bool is_file_of_trigger(const struct trigger *trigger, const char *path)
{
	return trigger && sorted_find(trigger->files, trigger->n_files, path) < trigger->n_files;
}

static bool is_written(const struct reach *reach, const char *path)
{
	for (size_t i = 0; i < reach->writes.n; i++)
		if (glob_match(reach->writes.v[i], path))
			return true;
	return false;
}

bool reach_has(const char *path, void *data)
{
	const struct reach *reach = data;

	if (reach->is_all || !strncmp(path, ".workflows/", 11))
		return true;
	if (reach->has_files && is_file_of_trigger(reach->trigger, path))
		return true;
	for (size_t i = 0; i < reach->globs.n; i++)
		if (glob_match(reach->globs.v[i], path))
			return true;
	return is_written(reach, path);
}
