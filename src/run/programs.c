/*
 * See programs_impl.h.
 */
#include "programs_impl.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/glob.h"
#include "sys/fs.h"

/* ---- who makes it ---- */

static bool may_match(const struct path_spec *spec, const char *path, struct arena *scratch)
{
	size_t len = strlen(spec->text.raw);

	if (text_has_refs(&spec->text))
		return true; /* nobody knows yet */
	switch (spec->kind) {
	case PATH_LITERAL: return strcmp(spec->text.raw, path) == 0;
	case PATH_DIR: return strncmp(spec->text.raw, path, len) == 0 && path[len] == '/';
	case PATH_GLOB: return glob_match(glob_compile(scratch, spec->text.raw), path);
	default: return false;
	}
}

static bool is_made_by_a_step(const struct workflow *wf, const char *path)
{
	struct arena scratch CLEANUP(arena_release) = { 0 };

	for (size_t i = 0; i < wf->n_steps; i++)
		for (size_t k = 0; k < wf->steps[i].n_outputs; k++)
			if (may_match(&wf->steps[i].outputs[k], path, &scratch))
				return true;
	return false;
}

/* ---- what is wrong ---- */

static void hint_nearest(struct session *session, struct diags *diags, struct diag *diag,
			 const char *name)
{
	VEC(const char *) names = { 0 };
	struct fs_dir dir;
	struct fs_entry entry;
	const char *nearest;

	if (fs_dir_open(&dir, session->layout.root_fd, ACTIONS_DIR, NULL) == 0) {
		while (fs_dir_next(&dir, &entry, NULL) > 0)
			vec_push(&names, arena_strdup(&session->arena, entry.name));
		fs_dir_close(&dir);
	}
	nearest = nearest_word(name, names.v, names.n);
	if (nearest)
		diag_hint(diags, diag, "did you mean '%s'?", nearest);
	else
		diag_hint(diags, diag, "it would be the program " ACTIONS_DIR "/%s", name);
	vec_release(&names);
}

/* The name of a handler that is nothing at all. */
static void no_such_name(struct diags *diags, const struct action_call *call)
{
	struct diag *diag = diag_error(diags, call->span,
				       "'%s' is no handler, no step, no built-in, no action and no "
				       "agent",
				       call->name);

	if (call->nearest)
		diag_hint(diags, diag, "did you mean '%s'?", call->nearest);
	else
		diag_hint(diags, diag, "describe it: error_handlers: {%s: {run: COMMAND}}",
			  call->name);
}

static void check_action(struct session *session, const struct step *step)
{
	const struct action_call *call = step->call;
	struct diags *diags = step->unit->diags;
	const char *path = arena_join(&session->arena, ACTIONS_DIR, "/", call->name);
	struct stat st;

	if (fstatat(session->layout.root_fd, path, &st, 0) < 0) {
		if (call->is_guess)
			no_such_name(diags, call);
		else if (!is_made_by_a_step(session->wf, path))
			hint_nearest(session, diags,
				     diag_error(diags, call->span, "no action '%s'", call->name),
				     call->name);
	} else if (!S_ISREG(st.st_mode)) {
		diag_error(diags, call->span, "'%s' is no file", path);
	} else if (!(st.st_mode & 0111)) {
		diag_hint(
			diags,
			diag_error(diags, call->span, "action '%s' is not executable", call->name),
			"chmod +x %s", path);
	}
}

static void check_script(struct session *session, const struct step *step)
{
	const struct text *file = &step->script->file;
	struct diags *diags = step->unit->diags;
	struct stat st;

	if (!file->raw || text_has_refs(file))
		return;
	if (fstatat(session->layout.root_fd, file->raw, &st, 0) < 0) {
		if (!is_made_by_a_step(session->wf, file->raw))
			diag_hint(diags, diag_error(diags, file->span, "no script '%s'", file->raw),
				  "paths are relative to the repository's root");
	} else if (!S_ISREG(st.st_mode)) {
		diag_error(diags, file->span, "'%s' is no file", file->raw);
	}
}

int programs_check(struct session *session)
{
	const struct workflow *wf = session->wf;

	for (size_t i = 0; i < wf->n_steps; i++) {
		const struct step *step = &wf->steps[i];

		if (step->call)
			check_action(session, step);
		else if (step->script)
			check_script(session, step);
	}
	return session_n_errors(session) ? -1 : 0;
}
