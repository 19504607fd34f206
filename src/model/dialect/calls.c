/*
 * What the end of a task, or of the run, calls: on_success, on_failure, error_handlers, and commands that
 * stand where a name is meant.
 */
#include <string.h>

#include "dialect_impl.h"
#include "model/workflow.h"

/* A name, as the format has them; '@' in front of it is the dialect's. */
static const char *name_in(const struct yaml_node *item)
{
	const char *text = item->text[0] == '@' ? item->text + 1 : item->text;

	return survey_is_bare(text) ? text : NULL;
}

/* What stands where a name is meant becomes a handler with one. */
static struct yaml_node make_handler(struct dialect *d, const struct yaml_node *at,
				     struct yaml_node handler)
{
	const char *name;
	unsigned number = d->new_handlers.n;

	do
		name = arena_printf(d->arena, "handler-%u", ++number);
	while (survey_seat(d, name));
	tree_add(d, &d->new_handlers, at->span, name, handler);
	return yaml_string(at->span, name);
}

static struct yaml_node handler_of_command(struct dialect *d, const struct yaml_node *item)
{
	struct tree_map handler = { 0 };

	tree_add(d, &handler, item->span, "run", text_values(d, item));
	return make_handler(d, item, tree_of_map(&handler, item->span, true));
}

/* Is it a task that waits for the one that calls, so that there is nothing left to call? */
static bool follows_anyway(const struct dialect *d, const struct yaml_node *item, bool is_success)
{
	const struct seat *seat = is_success && d->task ? survey_seat(d, item->text) : NULL;

	return seat && !seat->called_by;
}

static struct yaml_node one_call(struct dialect *d, const struct yaml_node *item)
{
	const char *name;

	if (item->kind == YAML_MAP) {
		if (yaml_get(item, "id"))
			return task_translate(d, item, "");
		return make_handler(d, item, walk_map(d, AT_HANDLER, item));
	}
	if (!tree_is_scalar(item))
		return *item;
	name = name_in(item);
	if (!name)
		return handler_of_command(d, item);
	return tree_retext(item, survey_name(d, name));
}

static struct yaml_node names_of(struct dialect *d, const struct yaml_node *node, bool is_success)
{
	const struct yaml_node *items;
	struct tree_list calls = { 0 };
	size_t n;

	items = tree_items(node, &n);
	for (size_t i = 0; i < n; i++)
		if (!tree_is_scalar(&items[i]) || !follows_anyway(d, &items[i], is_success))
			tree_append(d, &calls, one_call(d, &items[i]));
	return tree_of_list(&calls, node->span, true);
}

struct yaml_node calls_list(struct dialect *d, const struct yaml_node *node)
{
	return names_of(d, node, false);
}

void calls_names(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		 struct tree_map *out)
{
	const char *key = words_key(word);
	struct yaml_node calls, *before = tree_get(out, key);

	/* One word for what becomes of the run is said for each of its steps. */
	if (word->place == AT_WORKFLOW && tree_is_scalar(&pair->value) &&
	    strcmp(key, "on_failure") == 0 &&
	    workflow_is_strategy(tree_first(d, &pair->value).text)) {
		walk_pair(d, AT_DEFAULTS, pair, &d->defaults);
		return;
	}
	calls = names_of(d, &pair->value, strcmp(key, "on_success") == 0);
	/* success_actions beside on_success: both are called. */
	if (before && before->kind == YAML_SEQ && strcmp(word->theirs, key) != 0) {
		struct tree_list all = { 0 };

		for (size_t i = 0; i < before->n_items; i++)
			tree_append(d, &all, before->items[i]);
		for (size_t i = 0; i < calls.n_items; i++)
			tree_append(d, &all, calls.items[i]);
		*before = tree_of_list(&all, before->span, true);
	} else if (calls.n_items) {
		tree_put(d, out, &pair->key, key, calls);
	}
}

/* `max_attempts` of the task is how often its fixer may fix. */
static void add_attempts(struct dialect *d, struct tree_map *failure)
{
	const struct yaml_pair *attempts = d->task ? task_take(d->task, "max_attempts") : NULL;

	if (attempts)
		tree_put(d, failure, &attempts->key, "attempts", attempts->value);
}

static bool is_fix(const struct yaml_node *node)
{
	return tree_is(node, "fix_and_retry");
}

/* The strategy alone, and with `max_attempts` what the entry of error_handlers says of it. */
static struct yaml_node fix_of(struct dialect *d, const struct yaml_node *node)
{
	static const char *const keys[] = { "run", "command", "action", "agent", "message" };
	const struct yaml_node *handlers = survey_get(d->root, "error_handlers");
	const struct yaml_node *own = handlers && handlers->kind == YAML_MAP
					      ? yaml_get(handlers, "fix_and_retry")
					      : NULL;
	struct tree_map failure = { 0 };

	tree_add(d, &failure, node->span, "strategy", *node);
	for (size_t i = 0; own && own->kind == YAML_MAP && i < own->n_pairs; i++)
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			if (strcmp(own->pairs[i].key.text, keys[k]) == 0)
				walk_pair(d, AT_ON_FAILURE, &own->pairs[i], &failure);
	add_attempts(d, &failure);
	return tree_of_map(&failure, node->span, true);
}

void calls_on_failure(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		      struct tree_map *out)
{
	struct yaml_node value = pair->value, first;

	(void)word;
	if (value.kind == YAML_MAP) {
		value = walk_map(d, AT_ON_FAILURE, &value);
		if (d->task && yaml_get(&value, "strategy") &&
		    is_fix(yaml_get(&value, "strategy"))) {
			struct tree_map failure = { value.pairs, value.n_pairs, value.n_pairs };

			add_attempts(d, &failure);
			value = tree_of_map(&failure, value.span, value.flow);
		}
	} else if (tree_is_scalar(&value)) {
		first = tree_first(d, &value);
		if (is_fix(&first) && d->task && survey_get(d->task->node, "max_attempts"))
			value = fix_of(d, &first);
		else if (workflow_is_strategy(first.text))
			value = first;
		else
			value = names_of(d, &value, false);
	} else {
		value = names_of(d, &value, false);
	}
	tree_put(d, out, &pair->key, "on_failure", value);
}

/* ---- error_handlers ---- */

/* What puts the tree back by hand is the rollback that is there. */
static bool is_by_hand(const char *text)
{
	static const char *const commands[] = { "git checkout -- .", "git checkout .",
						"git reset --hard",  "git reset --hard HEAD",
						"git restore .",     "rollback" };

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(text, commands[i]) == 0)
			return true;
	return false;
}

/* What the strategy of that name does anyway. */
static bool is_what_it_does(const char *strategy, const struct yaml_node *action)
{
	static const char *const pairs[][2] = {
		{ "abort", "abort" },	    { "abort", "abort_workflow" },
		{ "abort", "stop" },	    { "continue", "continue" },
		{ "escalate", "escalate" }, { "escalate", "request_user_input" },
	};

	if (!tree_is_scalar(action))
		return false;
	if (strcmp(strategy, "rollback") == 0)
		return is_by_hand(action->text);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (strcmp(pairs[i][0], strategy) == 0 && strcmp(pairs[i][1], action->text) == 0)
			return true;
	return false;
}

/* Keys of one that do nothing without an action. */
static bool has_more(const struct tree_map *handler)
{
	return tree_get(handler, "run") || tree_get(handler, "action") ||
	       tree_get(handler, "agent") || tree_get(handler, "message") ||
	       tree_get(handler, "notify");
}

static void read_handler(struct dialect *d, const struct yaml_pair *pair, struct tree_map *out)
{
	struct tree_map handler = { 0 };
	bool is_itself = false;

	for (size_t i = 0; i < pair->value.n_pairs; i++) {
		const struct yaml_pair *key = &pair->value.pairs[i];

		if ((tree_is(&key->key, "action") || tree_is(&key->key, "run") ||
		     tree_is(&key->key, "command")) &&
		    is_what_it_does(pair->key.text, &key->value))
			is_itself = true;
		else
			walk_pair(d, AT_HANDLER, key, &handler);
	}
	if (!is_itself || has_more(&handler))
		tree_put(d, out, &pair->key, pair->key.text,
			 tree_of_map(&handler, pair->value.span, pair->value.flow));
}

void calls_handlers(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		    struct tree_map *out)
{
	struct tree_map handlers = { 0 };

	(void)word;
	if (pair->value.kind != YAML_MAP) {
		tree_put(d, out, &pair->key, "error_handlers", pair->value);
		return;
	}
	for (size_t i = 0; i < pair->value.n_pairs; i++) {
		const struct yaml_pair *entry = &pair->value.pairs[i];
		struct tree_map own = { 0 };

		if (entry->value.kind == YAML_MAP) {
			read_handler(d, entry, &handlers);
		} else if (tree_is_scalar(&entry->value) &&
			   !is_what_it_does(entry->key.text, &entry->value)) {
			/* `fix: COMMAND` */
			walk_pair(d, AT_HANDLER,
				  &(struct yaml_pair){ yaml_string(entry->key.span, "action"),
						       entry->value },
				  &own);
			tree_put(d, &handlers, &entry->key, entry->key.text,
				 tree_of_map(&own, entry->value.span, true));
		}
	}
	if (handlers.n)
		tree_put(d, out, &pair->key, "error_handlers",
			 tree_of_map(&handlers, pair->value.span, pair->value.flow));
}

/* `action` of a handler: the name of one, or a command. */
void calls_action(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		  struct tree_map *out)
{
	if (word->place == AT_HANDLER && tell_action(d, pair, out))
		return;
	if (tree_is_scalar(&pair->value) && name_in(&pair->value) && pair->value.text[0] != '@') {
		bool is_agent = word->place == AT_ON_FAILURE &&
				command_has_agent(d, pair->value.text) &&
				!command_has_action(d, pair->value.text);

		tree_put(d, out, &pair->key, is_agent ? "agent" : "action", pair->value);
		return;
	}
	command_read(d, word, pair, out);
}

void calls_cleanup(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		   struct tree_map *out)
{
	struct yaml_node calls = names_of(d, &pair->value, false);

	if (calls.n_items)
		tree_put(d, out, &pair->key, words_key(word), calls);
}
