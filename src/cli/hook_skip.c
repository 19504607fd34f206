/*
 * What a hook leaves out: itself where it is called from its own steps, and what WF_SKIP names.
 */
#include <stdlib.h>
#include <string.h>

#include "hook_call_impl.h"

/* ---- Calls that have no business here ---- */

/* "pre-commit@/path/.git", a line for each hook of ours that is at work above. */
static const char *entry_of(const struct hook_call *call)
{
	return arena_printf(&call->cli->arena, "%s@%s", hook_name(call->request->kind),
			    call->session.layout.common_dir);
}

static bool has_line(const char *lines, const char *line, size_t skipped)
{
	size_t len = strlen(line);

	for (const char *at = lines; at && *at;) {
		size_t n = strcspn(at, "\n");
		const char *from = at;

		if (skipped) /* whatever hook it is */
			from = memchr(at, '@', n);
		if (from && n - (size_t)(from - at) == len && memcmp(from, line, len) == 0)
			return true;
		at += n + (at[n] == '\n');
	}
	return false;
}

/* A step that runs git would start the hook that started it. */
bool hook_is_nested(struct hook_call *call)
{
	const char *above = getenv("WF_IN_HOOK"), *entry = entry_of(call);

	if (has_line(above, entry, 0))
		return true;
	if ((hook_traits(call->request->kind) & HOOK_NESTS) &&
	    has_line(above, strchr(entry, '@'), 1))
		return true;
	call->nesting = above && *above ? arena_join(&call->cli->arena, above, "\n", entry) : entry;
	return false;
}

/* ---- WF_SKIP ---- */

void hook_read_skips(struct hook_call *call)
{
	const char *list = getenv("WF_SKIP");
	struct arena *arena = &call->cli->arena;
	VEC(const char *) skips = { 0 };

	while (list && *list) {
		size_t len = strcspn(list, ", ");

		if (len)
			vec_push(&skips, arena_strndup(arena, list, len));
		list += len + (list[len] != '\0');
	}
	call->n_skips = skips.n;
	call->skips = ARENA_ARRAY(arena, const char *, skips.n + 1);
	call->skips_met = ARENA_ARRAY(arena, bool, skips.n + 1);
	for (size_t i = 0; i < skips.n; i++)
		call->skips[i] = skips.v[i];
	vec_release(&skips);
}

bool hook_is_skipped(struct hook_call *call, const char *workflow)
{
	for (size_t i = 0; i < call->n_skips; i++) {
		if (strcmp(call->skips[i], workflow) != 0)
			continue;
		call->skips_met[i] = true;
		return true;
	}
	return false;
}

void hook_skip_steps(struct hook_call *call, struct session *session, struct run_options *run)
{
	struct hand *hands = ARENA_ARRAY(&session->arena, struct hand, call->n_skips + 1);
	size_t len = strlen(session->wf->id);

	run->hands = hands;
	for (size_t i = 0; i < call->n_skips; i++) {
		const char *step = call->skips[i];

		/* "check.lint" is the step of one workflow. */
		if (strncmp(step, session->wf->id, len) == 0 && step[len] == '.')
			step += len + 1;
		if (!workflow_step(session->wf, step))
			continue;
		call->skips_met[i] = true;
		hands[run->n_hands++] = (struct hand){ step, HAND_SKIP };
	}
}

void hook_tell_unknown_skips(const struct hook_call *call)
{
	for (size_t i = 0; i < call->n_skips; i++)
		if (!call->skips_met[i])
			cli_say(call->cli,
				"WF_SKIP: no step or workflow of this hook is called '%s'",
				call->skips[i]);
}
