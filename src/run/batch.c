/*
 * See batch_impl.h. Parts are cut where the next file would not fit, so that a part is the same for the
 * same files.
 */
#include "batch_impl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reach_impl.h"
#include "run/trigger.h"

#define NAME	  "part of the files" /* no name that a foreach can have */
#define MAX_FILES 4096		      /* of one command: a shell gets a variable for each */
#define MAX_BYTES (256 << 10)	      /* where the system does not say */

static size_t max_bytes(void)
{
	long whole = sysconf(_SC_ARG_MAX); /* with the environment, and a pointer for each word */

	return whole > 0 && whole / 8 < MAX_BYTES ? (size_t)whole / 8 : MAX_BYTES;
}

/* The end of the part that begins at `from`. */
static size_t end_of_part(const struct trigger *trigger, size_t from)
{
	size_t bytes = 0, limit = max_bytes(), at = from;

	while (at < trigger->n_files && at - from < MAX_FILES) {
		bytes += strlen(trigger->files[at]) + 1 + sizeof(char *);
		if (bytes > limit && at > from)
			break;
		at++;
	}
	return at;
}

static size_t count_parts(const struct trigger *trigger)
{
	size_t n = 0;

	for (size_t at = 0; at < trigger->n_files; at = end_of_part(trigger, at))
		n++;
	return n;
}

/* ---- Which steps -------------------------------------------------------------------------------------- */

static void see_ref(void *data, const struct expr_ref *ref)
{
	bool *has_files = data;

	if (ref->ns == NS_GIT && ref->n_path &&
	    (!strcmp(ref->path[0], "staged") || !strcmp(ref->path[0], "pushed")))
		*has_files = true;
}

/* On a command line; elsewhere a list is one text. */
static bool is_handed_files(const struct step *step)
{
	bool has_files = false;

	if (step->run.n_parts)
		text_each_ref(&step->run, see_ref, &has_files);
	for (size_t i = 0; i < step->n_argv; i++)
		if (step->argv[i].n_parts)
			text_each_ref(&step->argv[i], see_ref, &has_files);
	return has_files;
}

static const struct foreach *make_foreach(struct session *session, const struct step *step,
					  size_t n)
{
	struct foreach *foreach = ARENA_NEW(&session->arena, struct foreach);
	struct foreach_var *var = ARENA_NEW(&session->arena, struct foreach_var);

	*var = (struct foreach_var){ .name = NAME, .span = step->span, .kind = FOREACH_LIST };
	var->items = ARENA_ARRAY(&session->arena, struct text, n + 1);
	for (size_t i = 0; i < n; i++)
		var->items[var->n_items++] = (struct text){
			.raw = arena_printf(&session->arena, "%zu/%zu", i + 1, n),
			.span = step->span
		};
	*foreach = (struct foreach){ .vars = var, .n_vars = 1, .span = step->span };
	return foreach;
}

/* Nobody else has seen this workflow yet. */
void batch_steps(struct session *session)
{
	const struct trigger *trigger = session->trigger;
	size_t n = trigger ? count_parts(trigger) : 1;

	for (size_t i = 0; n != 1 && i < session->wf->n_steps; i++) {
		struct step *step = (struct step *)&session->wf->steps[i];

		if (!step->foreach && !step->group && is_handed_files(step))
			step->foreach = make_foreach(session, step, n);
	}
}

/* Nor those that do say it beside one of them. */
void batch_order(struct session *session)
{
	struct step *steps = (struct step *)session->wf->steps;
	bool has_silent = false;

	for (size_t i = 0; session->trigger && i < session->wf->n_graph_steps; i++)
		has_silent |= reach_writing(&steps[i]) == REACH_ANY;
	for (size_t i = 0; has_silent && i < session->wf->n_graph_steps; i++)
		steps[i].in_succession = reach_writing(&steps[i]) != REACH_READS;
}

/* ---- Their part ----------------------------------------------------------------------------------------- */

void batch_part(const struct session *session, const struct binding *each, size_t n_each,
		struct value *list)
{
	const struct trigger *trigger = session->trigger;
	size_t wanted, from = 0;

	if (n_each != 1 || strcmp(each->name, NAME) != 0 || !trigger ||
	    list->n != trigger->n_files || !strchr(each->value, '/'))
		return;
	wanted = strtoul(each->value, NULL, 10);
	for (size_t part = 1; part < wanted && from < list->n; part++)
		from = end_of_part(trigger, from);
	list->items += from;
	list->n = end_of_part(trigger, from) - from;
}
