/*
 * What a person is told of files: those that a workflow fixed, and those of the worktree that it should not
 * have touched.
 */
#include <string.h>

#include "base/utf8.h"
#include "hook_call_impl.h"

#define PATHS_SHOWN 5

static void list_paths(const char *const *paths, size_t n, struct strbuf *out)
{
	for (size_t i = 0; i < n && i < PATHS_SHOWN; i++) {
		strbuf_addstr(out, i ? ", " : "");
		utf8_add_visible(out, paths[i], strlen(paths[i]));
	}
	if (n > PATHS_SHOWN)
		strbuf_addf(out, " and %zu more", n - PATHS_SHOWN);
}

static void tell_fixed(struct hook_call *call, const struct hook_workflow *workflow,
		       enum staging_end end, const struct staging_changes *changes)
{
	CLEANUP(strbuf_release)
	struct strbuf paths = STRBUF_INIT;

	list_paths(changes->fixed, changes->n_fixed, &paths);
	if (changes->n_fixed && end == STAGING_REFUSED)
		cli_warn("workflow '%s' would fix %s%s", workflow->id, strbuf_str(&paths),
			 workflow->trigger.fix == HOOK_FIX_FAIL
				 ? ": look at it, stage it and try again"
				 : "");
	else if (changes->n_fixed)
		cli_say(call->cli, "workflow '%s' fixed %s", workflow->id, strbuf_str(&paths));
	strbuf_clear(&paths);
	list_paths(changes->others, changes->n_others, &paths);
	if (changes->n_others)
		cli_say(call->cli,
			"workflow '%s' changed %s, which %s no part of this; %s left out",
			workflow->id, strbuf_str(&paths), changes->n_others == 1 ? "is" : "are",
			changes->n_others == 1 ? "it is" : "they are");
}

/* Those that went back, by one line; the others each by one of its own. */
static void tell_back(struct hook_call *call, const struct hook_workflow *workflow,
		      const struct publish_report *back)
{
	const char **went = ARENA_ARRAY(&call->cli->arena, const char *, back->n_items + 1);
	CLEANUP(strbuf_release)
	struct strbuf paths = STRBUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < back->n_items; i++)
		if (back->items[i].result != PUBLISH_LEFT)
			went[n++] = back->items[i].path;
	list_paths(went, n, &paths);
	if (n)
		cli_say(call->cli,
			"workflow '%s' changes %s where you work, and does not say so; %s put back",
			workflow->id, strbuf_str(&paths), n == 1 ? "it was" : "they were");
	hook_tell_left(call, back);
}

static void tell_edited(struct hook_call *call, const struct staging_changes *changes)
{
	CLEANUP(strbuf_release)
	struct strbuf paths = STRBUF_INIT;
	bool is_one = changes->n_edited == 1;

	list_paths(changes->edited, changes->n_edited, &paths);
	if (changes->n_edited)
		cli_say(call->cli,
			"%s %s edited while the checks ran, and not by them: %s as you have %s",
			strbuf_str(&paths), is_one ? "was" : "were", is_one ? "it is" : "they are",
			is_one ? "it" : "them");
}

void hook_tell_left(struct hook_call *call, const struct publish_report *report)
{
	for (size_t i = 0; i < report->n_items; i++) {
		const struct publish_item *item = &report->items[i];

		if (item->result == PUBLISH_LEFT)
			cli_say(call->cli, "your '%s' is as you have it: %s", item->path,
				item->why);
		if (item->kept)
			cli_warn("what stood in your '%s' is kept as '%s'", item->path, item->kept);
	}
}

void hook_tell_changes(struct hook_call *call, const struct hook_workflow *workflow,
		       enum staging_end end, const struct staging_changes *changes)
{
	tell_back(call, workflow, &changes->back);
	tell_edited(call, changes);
	tell_fixed(call, workflow, end, changes);
}
