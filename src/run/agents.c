/*
 * See agents_impl.h.
 */
#include "agents_impl.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "include_impl.h"
#include "sys/fs.h"

#define PROMPT_MAX (1u << 20) /* bytes */

/* ---- The files ---- */

static void hint_nearest(struct session *session, struct diags *diags, struct diag *diag,
			 const char *name)
{
	const size_t suffix = sizeof AGENTS_SUFFIX - 1;
	VEC(const char *) names = { 0 };
	struct fs_dir dir;
	struct fs_entry entry;
	const char *nearest;

	if (fs_dir_open(&dir, session->layout.root_fd, AGENTS_DIR, NULL) == 0) {
		while (fs_dir_next(&dir, &entry, NULL) > 0) {
			size_t len = strlen(entry.name);

			if (len > suffix && !strcmp(entry.name + len - suffix, AGENTS_SUFFIX))
				vec_push(&names,
					 arena_strndup(&session->arena, entry.name, len - suffix));
		}
		fs_dir_close(&dir);
	}
	nearest = nearest_word(name, names.v, names.n);
	if (nearest)
		diag_hint(diags, diag, "did you mean '%s'?", nearest);
	else
		diag_hint(diags, diag, "it would be the prompt " AGENTS_DIR "/%s" AGENTS_SUFFIX,
			  name);
	vec_release(&names);
}

/* NULL, with an error in the workflow's diags: it cannot be read. */
static struct included *find_prompt(struct session *session, const struct agent_call *agent,
				    struct diags *diags)
{
	struct included *file = include_find(session, agent->path);
	struct err err CLEANUP(err_release) = ERR_INIT;

	if (!file)
		file = include_read(session, agent->path, PROMPT_MAX, &err);
	if (file) {
		file->is_prompt = true;
		return file;
	}
	if (err.kind == ERR_NOT_FOUND && agent->built_in)
		return NULL;
	if (err.kind == ERR_NOT_FOUND)
		hint_nearest(session, diags,
			     diag_error(diags, agent->span, "no agent '%s'", agent->name),
			     agent->name);
	else
		diag_error(diags, agent->span, "cannot read the prompt: %s", err_msg(&err));
	return NULL;
}

/* ---- One agent ---- */

static void load_prompt(struct session *session, struct workflow *wf, const struct step *step,
			struct agent_call *agent, bool is_fixer, struct diags *diags)
{
	struct included *file = agent->path ? find_prompt(session, agent, diags) : NULL;
	size_t n_errors;

	if (!file && agent->built_in)
		agent->prompt.raw = agent->built_in;
	if (!file)
		return;
	n_errors = file->diags.n_errors;
	if (memchr(file->text, '\0', file->diags.text_len)) {
		diag_error(diags, agent->span, "the prompt '%s' is no text", agent->path);
		return;
	}
	if (!agent->prompt.raw &&
	    text_parse(&session->arena, file->text, file->diags.text_len,
		       (struct span){ .line = 1, .col = 1 }, &agent->prompt, &file->diags) < 0)
		return;
	if (file->diags.n_errors == n_errors)
		workflow_check_prompt(wf, step, is_fixer, &agent->prompt, &file->diags);
}

static bool is_there(const struct session *session, const char *path)
{
	return faccessat(session->layout.root_fd, path, F_OK, 0) == 0;
}

/* The name of a handler that is no action, and is an agent. */
static void become_agent(struct session *session, struct step *step)
{
	const struct action_call *call = step->call;
	const char *action = arena_join(&session->arena, ACTIONS_DIR "/", call->name, "");
	struct agent_call *agent = ARENA_NEW(&session->arena, struct agent_call);

	agent->name = call->name;
	agent->span = call->span;
	agent->path = arena_printf(&session->arena, AGENTS_DIR "/%s" AGENTS_SUFFIX, call->name);
	if (is_there(session, action) || !is_there(session, agent->path))
		return;
	for (size_t i = 0; i < step->n_inputs; i++)
		if (!strcmp(step->inputs[i].text.raw, action))
			step->inputs[i].text.raw = agent->path;
	step->action = ACTION_AGENT;
	step->call = NULL;
	step->agent = agent;
}

int agents_load(struct session *session, const struct workflow *wf, struct diags *diags)
{
	size_t n_errors = diags->n_errors;

	for (size_t i = 0; i < wf->n_steps; i++) {
		struct step *step = &wf->steps[i];
		const struct mending *mending = step->mending;
		struct workflow *mine = (struct workflow *)wf;

		if (step->call && step->call->is_guess)
			become_agent(session, step);
		if (step->agent)
			load_prompt(session, mine, step, (struct agent_call *)step->agent, false,
				    diags);
		if (step->question && step->question->agent)
			load_prompt(session, mine, step, step->question->agent, false, diags);
		if (mending && mending->fixer && mending->fixer->agent)
			load_prompt(session, mine, step, (struct agent_call *)mending->fixer->agent,
				    true, diags);
	}
	return diags->n_errors > n_errors || session_n_errors(session) ? -1 : 0;
}

/* ---- Is there one? ---- */

int agents_none(const struct node *node, struct err *err)
{
	const struct agent_call *agent = node->step->agent;

	/* What was written as @name may be a program as well. */
	if (agent && !agent->path)
		return err_set(err, ERR_NOT_FOUND,
			       "step '%s' calls '%s', which is neither the program " ACTIONS_DIR
			       "/%s nor the prompt " AGENTS_DIR "/%s" AGENTS_SUFFIX
			       ", and no agent is configured: write one of them, or 'command = "
			       "PROGRAM' under [agent] into your config.ini",
			       node->id, agent->name, agent->name, agent->name);
	return err_set(err, ERR_NOT_FOUND,
		       "step '%s' is for an agent, and none is configured: write 'command = "
		       "PROGRAM' under [agent] into your config.ini ('git wf config' tells where), "
		       "or set GIT_WF_AGENT_COMMAND",
		       node->id);
}

/* It runs unless something fails: nothing decides about it. */
static bool is_certain(const struct session *session, const struct node *node)
{
	const struct step *steps = session->wf->steps;

	if (!node->is_selected || node->kind != NODE_STEP || node->step->within || node->step->cond)
		return false;
	for (uint32_t at = node->step->parent; at != WF_NONE; at = steps[at].parent)
		if (steps[at].cond || steps[at].group->wait_for != WAIT_FOR_ALL)
			return false;
	return true;
}

static bool is_done(const struct run_state *state, const struct node *node)
{
	const struct step_state *step = state_step(state, node->id);

	return step && step->status == STEP_PASSED && !state_rolled_back(state, step);
}

int agents_check(const struct session *session, const struct run_state *state, struct err *err)
{
	const struct plan *plan = session->plan;

	for (size_t i = 0; i < plan->nodes.n && !session->agent_command; i++) {
		const struct node *node = plan->nodes.v[i];
		enum hand_word word;

		if (!node->step->agent || !is_certain(session, node) || is_done(state, node))
			continue;
		word = by_hand_of(session, node);
		if (word != HAND_SKIP && word != HAND_DONE)
			return agents_none(node, err);
	}
	return 0;
}
