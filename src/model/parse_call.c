/*
 * From names to handlers: each name that something calls becomes a step of its own, which waits for its
 * caller and runs only if that calls it. A step of the file that is called is a handler from then on: a
 * copy of it for each call takes its place.
 *
 * A name is, in this order: a strategy, an entry of `error_handlers`, a step, a built-in, an action, an
 * agent.
 */
#include <string.h>

#include "parse_call_impl.h"

enum { CHAIN_MAX = 16 }; /* handlers that call handlers */

/* What has called: a step, by its number, or the end of the run. */
struct caller {
	uint32_t step;
	const struct step *from;    /* where names are looked up from; NULL: the top of the file */
	const struct caller *outer; /* of a handler that calls: what called it */
	const void *target;	    /* and what it is */
	unsigned depth;
};

static void make_calls(struct calling *calling, const struct caller *caller,
		       const struct call_list *list);

static const char *const on_words[] = {
	[CALL_ON_FAILURE] = "on_failure",
	[CALL_ON_SUCCESS] = "on_success",
	[CALL_ALWAYS] = "finally",
	[CALL_ON_ROLLBACK] = "cleanup",
};

/* ---- what a name means ---- */

static const char *nearest_name(struct calling *calling, const char *name)
{
	static const char *const strategies[] = { "abort", "continue", "rollback", "fix_and_retry",
						  "escalate" };
	const struct strmap *maps[] = { &calling->reader->handlers, &calling->wf->step_ids };
	size_t n = ARRAY_SIZE(strategies), at = 0;
	const char **words, *built_in;

	for (size_t i = 0; parse_builtin_name(i); i++)
		n++;
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		n += maps[i]->n;
	calling->n_compared += n;
	if (calling->n_compared > NEAREST_BUDGET)
		return NULL;
	words = ARENA_ARRAY(&calling->reader->scratch, const char *, n);
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		for (size_t k = 0; k < maps[i]->n; k++)
			words[at++] = maps[i]->entries[k].key;
	for (size_t i = 0; (built_in = parse_builtin_name(i)); i++)
		words[at++] = built_in;
	for (size_t i = 0; i < ARRAY_SIZE(strategies); i++)
		words[at++] = strategies[i];
	return nearest_word(name, words, n);
}

/* True: it was told, now or before. */
static bool is_no_name(struct calling *calling, struct call_draft *draft)
{
	struct reader *reader = calling->reader;

	if (draft->is_wrong)
		return true;
	if (!parse_is_action_name(draft->name)) {
		diag_error(reader->diags, draft->span, "'%.60s' is no name", draft->name);
		draft->is_wrong = true;
	}
	return draft->is_wrong;
}

/* ---- one handler ---- */

static const char *id_of(struct calling *calling, const struct caller *caller,
			 const struct call_draft *draft)
{
	const char *front = caller->step == WF_NONE ? "workflow"
						    : call_step_at(calling, caller->step)->id;
	struct arena *arena = calling->reader->arena;

	if (!draft->name)
		return arena_printf(arena, "%s.%s", front, on_words[draft->on]);
	return arena_printf(arena, "%s.%s.%s", front, on_words[draft->on], draft->name);
}

/* What is the same for all of them, whatever they are made of. */
static void become_handler(struct calling *calling, struct step *step, const struct caller *caller,
			   enum call_on on, const struct text *message)
{
	struct call *call = ARENA_NEW(calling->reader->arena, struct call);

	call->on = (uint8_t)on;
	call->caller = caller->step;
	if (message)
		call->message = *message;
	step->called = step->within = call;
	step->role = ROLE_HANDLER;
	step->unit = calling->wf->units[0];
	step->parent = caller->step == WF_NONE ? (uint32_t)WF_NONE
					       : call_step_at(calling, caller->step)->parent;
	step->is_finally = caller->step == WF_NONE ||
			   call_step_at(calling, caller->step)->is_finally;
	step->cache = TRI_FALSE; /* it is called for what happens now */
	/* Its failure is told, and that of the run; it ends nothing that its caller has not ended. */
	step->on_failure = ON_FAILURE_CONTINUE;
}

static const struct retry *tries(struct reader *reader, uint32_t attempts)
{
	struct retry *retry;

	if (attempts < 2)
		return NULL;
	retry = ARENA_NEW(reader->arena, struct retry);
	retry->attempts = attempts;
	return retry;
}

static struct step from_draft(struct calling *calling, struct handler_draft *draft)
{
	struct reader *reader = calling->reader;
	const struct step *command;
	struct step step = parse_bare_step(ACTION_MESSAGE, draft->node->span);

	command = parse_handler_command(reader, draft);
	if (command)
		step = *command;
	else if (draft->n_channels)
		step = parse_notify_step(reader, draft->node->span, draft->channels,
					 draft->n_channels, &draft->message);
	step.timeout_ms = reader->defaults.step.timeout_ms;
	step.retry = tries(reader, draft->attempts);
	return step;
}

/* What a handler cannot have: nothing waits for it, and it is called once. */
static void check_step(struct calling *calling, const struct step *step, struct span at)
{
	const struct {
		bool is_wrong;
		const char *fault;
	} faults[] = {
		{ step->is_finally, "it is listed in 'finally'" },
		{ step->n_needs > 0, "it has 'needs'" },
		{ step->n_outputs > 0 || step->depfile.raw, "it has 'outputs'" },
		{ step->is_once, "it is not idempotent" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		if (faults[i].is_wrong) {
			diag_error(calling->reader->diags, at,
				   "step '%.60s' cannot be a handler: %s", step->id,
				   faults[i].fault);
			return;
		}
}

static bool calls_itself(struct calling *calling, const struct caller *caller,
			 const struct call_draft *draft, const void *target)
{
	const struct caller *at;

	for (at = caller; at; at = at->outer)
		if (at->target == target) {
			diag_error(calling->reader->diags, draft->span,
				   "handler '%.60s' calls itself", draft->name);
			return true;
		}
	if (caller->depth < CHAIN_MAX)
		return false;
	diag_error(calling->reader->diags, draft->span, "handlers call handlers more than %d times",
		   CHAIN_MAX);
	return true;
}

static uint32_t add_made(struct calling *calling, struct step step, uint32_t before)
{
	uint32_t number = (uint32_t)(calling->wf->n_steps + calling->made.n);

	step.index = number;
	step.before = before;
	vec_push(&calling->made, step);
	return number;
}

/* What is in a handler that is a group. */
static void take_inside(struct step *step, const struct step *around)
{
	step->within = around->within;
	step->is_finally = around->is_finally;
	step->cache = TRI_FALSE;
	if (step->role == ROLE_STEP)
		step->role = ROLE_HANDLER;
}

/* A group is copied with all that is in it. */
static void copy_inside(struct calling *calling, const struct caller *caller,
			const struct step *target, uint32_t number)
{
	struct arena *arena = calling->reader->arena;
	struct group *group = arena_memdup(arena, target->group, sizeof *group);
	uint32_t before = WF_NONE;

	group->children = ARENA_ARRAY(arena, uint32_t, group->n_children + GATE_STEPS);
	call_step_at(calling, number)->group = group;
	for (size_t i = 0; i < group->n_children; i++) {
		uint32_t index = target->group->children[i];
		const struct step *child = &calling->wf->steps[index];
		struct caller inner = {
			.from = child, .outer = caller, .target = child, .depth = caller->depth + 1
		};
		struct step copy = *child;

		take_inside(&copy, call_step_at(calling, number));
		copy.id = arena_join(arena, call_step_at(calling, number)->id, "",
				     child->id + strlen(target->id));
		copy.parent = number;
		calling->n_calls[index]++;
		inner.step = add_made(calling, copy,
				      child->role == ROLE_STEP ? before : (uint32_t)WF_NONE);
		if (child->role == ROLE_STEP)
			before = inner.step;
		group->children[i] = inner.step;
		if (child->group)
			copy_inside(calling, caller, child, inner.step);
		make_calls(calling, &inner, &calling->reader->step_calls.v[index]);
	}
}

static uint32_t call_step(struct calling *calling, const struct caller *caller,
			  const struct call_draft *draft, const struct step *target,
			  uint32_t before)
{
	struct caller inner = {
		.from = target, .outer = caller, .target = target, .depth = caller->depth + 1
	};
	struct step copy = *target;

	if (calls_itself(calling, caller, draft, target))
		return before;
	if (!calling->n_calls[target->index]++)
		check_step(calling, target, draft->span);
	copy.id = id_of(calling, caller, draft);
	become_handler(calling, &copy, caller, draft->on, NULL);
	inner.step = add_made(calling, copy, before);
	if (target->group)
		copy_inside(calling, caller, target, inner.step);
	make_calls(calling, &inner, &calling->reader->step_calls.v[target->index]);
	return inner.step;
}

/* Beside what it runs, a handler may tell people. */
static uint32_t call_notify(struct calling *calling, const struct caller *caller,
			    const struct call_draft *draft, const struct handler_draft *handler,
			    uint32_t before)
{
	struct step step = parse_notify_step(calling->reader, handler->node->span,
					     handler->channels, handler->n_channels,
					     &handler->message);

	step.id = arena_join(calling->reader->arena, id_of(calling, caller, draft), ".notify", "");
	become_handler(calling, &step, caller, draft->on, NULL);
	return add_made(calling, step, before);
}

static uint32_t call_draft(struct calling *calling, const struct caller *caller,
			   const struct call_draft *draft, struct handler_draft *handler,
			   uint32_t before)
{
	struct step step = from_draft(calling, handler);

	step.id = id_of(calling, caller, draft);
	become_handler(calling, &step, caller, draft->on, &handler->message);
	before = add_made(calling, step, before);
	if (handler->n_channels && step.action != ACTION_NOTIFY)
		before = call_notify(calling, caller, draft, handler, before);
	return before;
}

/* True: it is one, or is wrong. */
static bool call_builtin(struct calling *calling, const struct caller *caller,
			 struct call_draft *draft, uint32_t *before)
{
	struct step step;

	switch (parse_builtin(calling->reader, draft, caller->step != WF_NONE, &step)) {
	case BUILTIN_NONE: return false;
	case BUILTIN_WRONG: return true;
	case BUILTIN_MADE: break;
	}
	step.timeout_ms = step_asks(&step) ? 0 : calling->reader->defaults.step.timeout_ms;
	step.id = id_of(calling, caller, draft);
	become_handler(calling, &step, caller, draft->on, NULL);
	if (step_asks(&step))
		step.on_failure = ON_FAILURE_ABORT;
	*before = add_made(calling, step, *before);
	return true;
}

/* What is nothing else is an action or an agent; which there is is seen where there are files. */
static uint32_t call_action(struct calling *calling, const struct caller *caller,
			    struct call_draft *draft, uint32_t before)
{
	struct yaml_node node = yaml_string(draft->span, draft->name);
	const struct step *command;
	const char *nearest;
	struct action_call *call;
	struct step step;

	if (is_no_name(calling, draft))
		return before;
	command = parse_action_command(calling->reader, &node);
	if (!command)
		return before;
	step = *command;
	call = (struct action_call *)step.call;
	nearest = nearest_name(calling, draft->name);
	call->is_guess = true;
	call->nearest = nearest ? arena_strdup(calling->reader->arena, nearest) : NULL;
	step.timeout_ms = calling->reader->defaults.step.timeout_ms;
	step.id = id_of(calling, caller, draft);
	become_handler(calling, &step, caller, draft->on, NULL);
	return add_made(calling, step, before);
}

/* A step of the list itself. */
static uint32_t call_listed(struct calling *calling, const struct caller *caller,
			    const struct call_draft *draft, uint32_t before)
{
	struct step *step = &calling->wf->steps[draft->step];
	struct caller inner = { .step = draft->step, .from = step, .depth = 1 };

	step->is_finally = false;
	if (step->id)
		check_step(calling, step, step->span);
	become_handler(calling, step, caller, draft->on, NULL);
	step->before = before;
	for (size_t i = draft->step + 1; i < calling->wf->n_steps; i++)
		if (step_is_in(calling->wf, &calling->wf->steps[i], step))
			take_inside(&calling->wf->steps[i], step);
	make_calls(calling, &inner, &calling->reader->step_calls.v[draft->step]);
	return draft->step;
}

/* `fix_and_retry`, `escalate`: what is done before the failure counts is the step's own. */
static void mend(struct calling *calling, const struct caller *caller, struct call_draft *draft,
		 struct handler_draft *handler)
{
	struct reader *reader = calling->reader;
	struct step *step = call_step_at(calling, caller->step);
	struct mending *mending = ARENA_NEW(reader->arena, struct mending);

	if (step->group || step_asks(step)) {
		step->on_failure = ON_FAILURE_ABORT;
		if (!draft->is_inherited)
			diag_error(reader->diags, draft->span,
				   "'%s' is for a step that runs something", draft->name);
		return;
	}
	mending->attempts = handler ? handler->attempts : 1;
	if (handler) {
		mending->fixer = parse_handler_command(reader, handler);
		mending->message = handler->message;
	}
	step->mending = mending;
	if (handler && (parse_handler_runs(handler) || step->on_failure != ON_FAILURE_FIX))
		return;
	if (step->on_failure == ON_FAILURE_FIX && !draft->is_wrong)
		diag_hint(reader->diags,
			  diag_error(reader->diags, draft->span,
				     "'fix_and_retry' does not say what fixes"),
			  "write on_failure: {strategy: fix_and_retry, run: COMMAND}, or agent: "
			  "NAME, or an entry "
			  "'fix_and_retry' of error_handlers");
	draft->is_wrong = true;
}

/* The number of the last that was made, for the next to come after it. */
static uint32_t make_call(struct calling *calling, const struct caller *caller,
			  struct call_draft *draft, uint32_t before)
{
	struct handler_draft *handler = draft->handler;
	const struct step *step;

	if (draft->step != WF_NONE)
		return call_listed(calling, caller, draft, before);
	if (!handler)
		handler = strmap_get(&calling->reader->handlers, draft->name);
	if (draft->name && parse_is_mending(draft->name) && draft->on == CALL_ON_FAILURE &&
	    caller->step != WF_NONE) {
		mend(calling, caller, draft, handler);
		return before;
	}
	if (handler)
		return call_draft(calling, caller, draft, handler, before);
	if (workflow_is_strategy(draft->name)) {
		if (draft->on != CALL_ON_FAILURE || caller->step == WF_NONE)
			diag_error(calling->reader->diags, draft->span,
				   "'%s' says what the failure of a step does: it is for the "
				   "'on_failure' of a step",
				   draft->name);
		return before;
	}
	step = workflow_step_from(calling->wf, caller->from, draft->name);
	if (step)
		return call_step(calling, caller, draft, step, before);
	if (call_builtin(calling, caller, draft, &before))
		return before;
	return call_action(calling, caller, draft, before);
}

static bool is_named_twice(const struct call_list *list, size_t i)
{
	for (size_t k = 0; k < i && list->v[i].name; k++)
		if (list->v[k].name && list->v[k].on == list->v[i].on &&
		    strcmp(list->v[k].name, list->v[i].name) == 0)
			return true;
	return false;
}

static void make_calls(struct calling *calling, const struct caller *caller,
		       const struct call_list *list)
{
	uint32_t before[] = { WF_NONE, WF_NONE, WF_NONE, WF_NONE };

	for (size_t i = 0; i < list->n; i++) {
		struct call_draft *draft = &list->v[i];

		if (draft->is_inherited && caller->depth)
			continue; /* else what all steps call would call itself */
		if (is_named_twice(list, i))
			diag_error(calling->reader->diags, draft->span, "'%.60s' is listed twice",
				   draft->name);
		else
			before[draft->on] = make_call(calling, caller, draft, before[draft->on]);
	}
}

/* ---- the whole ---- */

static void call_all(struct calling *calling)
{
	struct workflow *wf = calling->wf;
	struct caller end = { .step = WF_NONE };

	for (size_t i = 0; i < wf->n_steps; i++) {
		struct caller caller = { .step = (uint32_t)i, .from = &wf->steps[i] };

		if (!calling->is_handler[i] && wf->steps[i].role == ROLE_STEP && wf->steps[i].id)
			make_calls(calling, &caller, &calling->reader->step_calls.v[i]);
	}
	make_calls(calling, &end, &calling->reader->calls);
	for (size_t i = 0; i < wf->n_steps; i++)
		if (calling->is_handler[i] && !calling->n_calls[i] &&
		    !calling->reader->diags->n_errors)
			diag_error(calling->reader->diags, wf->steps[i].span,
				   "only handlers call '%.60s', and nothing starts them",
				   wf->steps[i].id);
}

static bool has_calls(const struct reader *reader)
{
	for (size_t i = 0; i < reader->step_calls.n; i++)
		if (reader->step_calls.v[i].n)
			return true;
	return reader->calls.n > 0;
}

/* Steps of a list at the top are handlers before anything is looked up. */
static void note_listed(struct calling *calling)
{
	const struct call_list *list = &calling->reader->calls;

	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].step != WF_NONE)
			calling->wf->steps[list->v[i].step].role = ROLE_HANDLER;
}

void parse_calls(struct reader *reader)
{
	struct workflow *wf = reader->wf;
	struct calling calling = { .reader = reader, .wf = wf };

	if (!has_calls(reader))
		return;
	calling.n_calls = ARENA_ARRAY(&reader->scratch, uint32_t, wf->n_steps + 1);
	calling.is_handler = ARENA_ARRAY(&reader->scratch, bool, wf->n_steps + 1);
	note_listed(&calling);
	for (size_t i = 0; i < wf->n_steps; i++)
		if (wf->steps[i].id)
			strmap_put(&wf->step_ids, wf->steps[i].id, &wf->steps[i]);
	call_mark_handlers(&calling);
	call_all(&calling);
	strmap_release(&wf->step_ids);
	call_settle(&calling);
	vec_release(&calling.made);
}
