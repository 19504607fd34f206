/*
 * `on_success`, `on_failure`, names in `finally`, `error_handlers`: as they stand there. Who is meant by
 * a name is found out in parse_call.c, when all that can have one is read.
 */
#include <string.h>

#include "parse_impl.h"

#define HANDLER(member) offsetof(struct handler_draft, member)

/* The words of `on_failure` that say what becomes of the run. */
static const struct {
	const char *word;
	uint8_t strategy; /* enum failure_strategy */
} strategies[] = {
	{ "abort", ON_FAILURE_ABORT },
	{ "continue", ON_FAILURE_CONTINUE },
	{ "rollback", ON_FAILURE_ROLLBACK },
	{ "fix_and_retry", ON_FAILURE_FIX },
	{ "escalate", ON_FAILURE_ESCALATE },
	{ "abort_workflow", ON_FAILURE_ABORT },
	/* The run goes on while the person is asked; a no ends it. */
	{ "request_user_input", ON_FAILURE_CONTINUE },
};

static int find_strategy(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(strategies); i++)
		if (strcmp(strategies[i].word, word) == 0)
			return (int)i;
	return -1;
}

bool workflow_is_strategy(const char *word)
{
	return find_strategy(word) >= 0 && strcmp(word, "request_user_input") != 0;
}

bool parse_is_mending(const char *word)
{
	int found = find_strategy(word);

	return found >= 0 && (strategies[found].strategy == ON_FAILURE_FIX ||
			      strategies[found].strategy == ON_FAILURE_ESCALATE);
}

static bool take_strategy(const struct yaml_node *node, uint8_t *strategy)
{
	int found = find_strategy(node->text);

	if (found < 0)
		return false;
	*strategy = strategies[found].strategy;
	return true;
}

static void read_strategy(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	struct handler_draft *draft = into;

	if (parse_choice(reader, row, node) < 0)
		return;
	take_strategy(node, &draft->strategy);
	draft->word = parse_copy(reader, node);
}

static void read_notify(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into)
{
	struct handler_draft *draft = into;

	parse_strings(reader, row, node, &draft->channels, &draft->n_channels);
}

static const struct field handler_fields[] = {
	{ "notify", 0, read_notify },
	{ "run", HANDLER(run), parse_keep_run },
	{ "action", HANDLER(action), parse_keep_scalar },
	{ "agent", HANDLER(agent), parse_keep_scalar },
	{ "attempts", HANDLER(attempts), NULL },
	{ "message", HANDLER(message), NULL },
};

const struct field_table parse_handler_fields = { ARRAY_SIZE(handler_fields), handler_fields };

static const struct field on_failure_fields[] = {
	{ "strategy", 0, read_strategy },
	{ "run", HANDLER(run), parse_keep_run },
	{ "action", HANDLER(action), parse_keep_scalar },
	{ "agent", HANDLER(agent), parse_keep_scalar },
	{ "attempts", HANDLER(attempts), NULL },
	{ "message", HANDLER(message), NULL },
};

const struct field_table parse_on_failure_fields = { ARRAY_SIZE(on_failure_fields),
						     on_failure_fields };

bool parse_handler_runs(const struct handler_draft *draft)
{
	return draft->run || draft->action || draft->agent;
}

static struct handler_draft *read_mapping(struct reader *reader, enum schema_place place,
					  const struct yaml_node *node)
{
	struct handler_draft *draft = ARENA_NEW(&reader->scratch, struct handler_draft);

	draft->node = node;
	draft->attempts = 1;
	draft->strategy = ON_FAILURE_ABORT;
	parse_fields(reader, place, node, draft);
	if (!parse_handler_runs(draft) && draft->attempts > 1)
		diag_error(reader->diags, yaml_get(node, "attempts")->span,
			   "'attempts' needs 'run', 'action' or 'agent'");
	if ((draft->run != NULL) + (draft->action != NULL) + (draft->agent != NULL) > 1)
		diag_error(reader->diags, (draft->agent ? draft->agent : draft->action)->span,
			   "a handler has one of 'run', 'action' and 'agent'");
	return draft;
}

/* A mapping of `defaults` is read once, however many steps inherit it. */
const struct step *parse_handler_command(struct reader *reader, struct handler_draft *draft)
{
	if (!draft->is_read && draft->run)
		draft->command = parse_command(reader, draft->run, "");
	else if (!draft->is_read && draft->action)
		draft->command = parse_action_command(reader, draft->action);
	else if (!draft->is_read && draft->agent)
		draft->command = parse_agent_command(reader, draft->agent);
	draft->is_read = true;
	return draft->command;
}

/* ---- lists of names ---- */

/* Room for `n` more behind those that it has. */
static void make_room(struct reader *reader, struct call_list *list, size_t n)
{
	struct call_draft *v = ARENA_ARRAY(&reader->scratch, struct call_draft, list->n + n);

	if (list->n)
		memcpy(v, list->v, list->n * sizeof *v);
	list->v = v;
}

void parse_add_call(struct reader *reader, struct call_list *list, struct call_draft call)
{
	make_room(reader, list, 1);
	list->v[list->n++] = call;
}

static struct call_draft by_name(struct reader *reader, const struct yaml_node *node,
				 enum call_on on)
{
	return (struct call_draft){ .on = (uint8_t)on,
				    .name = parse_copy(reader, node),
				    .span = node->span,
				    .step = WF_NONE };
}

static void add_names(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, enum call_on on, struct call_list *list)
{
	const struct yaml_node *items;
	size_t n;

	if (parse_list(reader, row, node, &items, &n) < 0)
		return;
	make_room(reader, list, n);
	for (size_t i = 0; i < n; i++)
		if (parse_item_ok(reader, row, &items[i]))
			list->v[list->n++] = by_name(reader, &items[i], on);
}

static void drop_calls(struct call_list *list, enum call_on on)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].on != on)
			list->v[n++] = list->v[i];
	list->n = n;
}

void parse_on_success(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *step_draft)
{
	struct step_draft *draft = step_draft;

	add_names(reader, row, node, CALL_ON_SUCCESS, &draft->calls);
}

/* A strategy among names says what becomes of the run, the names what else is done. */
static void take_strategies(struct reader *reader, const struct yaml_node *node,
			    struct step_draft *draft)
{
	const struct yaml_node *items = node->kind == YAML_SEQ ? node->items : node, *first = NULL;
	size_t n = node->kind == YAML_SEQ ? node->n_items : 1;

	for (size_t i = 0; i < n; i++) {
		if (!parse_is_scalar(&items[i]) ||
		    !take_strategy(&items[i], &draft->step.on_failure))
			continue;
		if (first)
			diag_error(reader->diags, items[i].span, "a second strategy beside '%.60s'",
				   first->text);
		first = &items[i];
	}
}

void parse_on_failure(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *step_draft)
{
	struct step_draft *draft = step_draft;
	struct call_draft call = { .on = CALL_ON_FAILURE, .span = node->span, .step = WF_NONE };

	/* What `defaults` say holds no more, neither the strategy nor the names. */
	draft->step.on_failure = ON_FAILURE_ABORT;
	make_room(reader, &draft->calls, 0);
	drop_calls(&draft->calls, CALL_ON_FAILURE);
	if (node->kind != YAML_MAP) {
		take_strategies(reader, node, draft);
		add_names(reader, row, node, CALL_ON_FAILURE, &draft->calls);
		return;
	}
	call.handler = read_mapping(reader, AT_ON_FAILURE, node);
	draft->step.on_failure = call.handler->strategy;
	if (call.handler->word && parse_is_mending(call.handler->word)) {
		call.name = call.handler->word;
		parse_add_call(reader, &draft->calls, call);
	} else if (parse_handler_runs(call.handler) || call.handler->message.raw) {
		parse_add_call(reader, &draft->calls, call);
	}
}

/* ---- the top of the file ---- */

void parse_call_names(struct reader *reader, const struct yaml_node *node, enum call_on on)
{
	parse_add_call(reader, &reader->calls, by_name(reader, node, on));
}

static void read_entry(struct reader *reader, const struct yaml_pair *pair)
{
	const struct yaml_node *value = &pair->value;
	struct handler_draft *draft;
	struct diag *diag;

	if (!workflow_id_is_valid(pair->key.text)) {
		diag = diag_error(reader->diags, pair->key.span, "'%.60s' is no name",
				  pair->key.text);
		diag_hint(reader->diags, diag, "use letters, digits, '_' and '-'");
		return;
	}
	if (value->kind != YAML_MAP) {
		diag = diag_error(reader->diags, value->span, "a handler must be a mapping, not %s",
				  yaml_kind_name(value));
		if (parse_is_scalar(value))
			diag_hint(reader->diags, diag, "write {run: COMMAND}");
		return;
	}
	draft = read_mapping(reader, AT_HANDLER, value);
	if (!yaml_get(value, "run") && !yaml_get(value, "message") && !yaml_get(value, "action") &&
	    !yaml_get(value, "agent") && !yaml_get(value, "notify"))
		diag_error(reader->diags, pair->key.span,
			   "handler '%.60s' does nothing: it has no 'run', 'action', 'agent', "
			   "'notify' or 'message'",
			   pair->key.text);
	parse_handler_command(reader, draft);
	strmap_put(&reader->handlers, parse_copy(reader, &pair->key), draft);
}

void parse_error_handlers(struct reader *reader)
{
	const struct yaml_node *node = reader->error_handlers;

	if (!node || node->kind == YAML_BAD)
		return;
	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, schema_find(AT_WORKFLOW, "error_handlers"), node);
		return;
	}
	for (size_t i = 0; i < node->n_pairs; i++)
		if (node->pairs[i].key.kind != YAML_BAD && node->pairs[i].value.kind != YAML_BAD)
			read_entry(reader, &node->pairs[i]);
}
