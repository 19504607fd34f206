/*
 * `command`: text for a shell, a list of words, or `@name`: the action of that name, else the agent, else
 * the configured agent, which is told what the task is.
 */
#include <string.h>

#include "dialect_impl.h"
#include "model/workflow.h"

bool command_has_file(const struct dialect *d, const char *path)
{
	return d->world && d->world->has_file(d->world->data, path);
}

bool command_has_action(const struct dialect *d, const char *name)
{
	return command_has_file(d, arena_join(d->arena, ACTIONS_DIR, "/", name));
}

bool command_has_agent(const struct dialect *d, const char *name)
{
	return command_has_file(d, arena_printf(d->arena, AGENTS_DIR "/%s" AGENTS_SUFFIX, name));
}

bool command_is_call(const struct yaml_node *scalar)
{
	return scalar->kind == YAML_STRING && scalar->text[0] == '@';
}

/* "@name", with words behind it or without. */
struct call_text {
	const char *name, *words;
};

static bool split(struct dialect *d, const struct yaml_node *scalar, struct call_text *call)
{
	static const char blanks[] = " \t\n";
	const char *text;
	size_t len;

	if (!command_is_call(scalar))
		return false;
	text = scalar->text + 1;
	len = strcspn(text, blanks);
	call->name = arena_strndup(d->arena, text, len);
	call->words = text + len + strspn(text + len, blanks);
	return survey_is_bare(call->name);
}

static void put_words(struct dialect *d, const struct yaml_node *value, const char *words)
{
	struct yaml_node text = yaml_string(value->span, words);

	if (*words && d->task)
		tree_add(d, &d->task->with, value->span, "arguments", text_values(d, &text));
}

static void add_names(struct strbuf *text, const char *title, const struct yaml_node *list)
{
	const struct yaml_node *items;
	size_t n = 0;

	if (list)
		items = tree_items(list, &n);
	for (size_t i = 0; i < n; i++)
		if (tree_is_scalar(&items[i]))
			strbuf_addf(text, "%s%s", i ? ", " : title, items[i].text);
	if (n)
		strbuf_addch(text, '\n');
}

static const char *text_at(const struct yaml_node *task, const char *key)
{
	const struct yaml_node *node = survey_get(task, key);

	return node && tree_is_scalar(node) ? node->text : NULL;
}

/* What is known of the task: all that an agent without a prompt of its own can be told. */
static const char *prompt_of(struct dialect *d, const struct call_text *call)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const struct yaml_node *task = d->task->node;
	const char *name = text_at(task, "name"), *description = text_at(task, "description");

	strbuf_addf(&text, "# %s\n\n", name ? name : d->task->id);
	if (description)
		strbuf_addf(&text, "%s\n\n", description);
	strbuf_addf(&text, "Task: %s\n", d->task->id);
	strbuf_addf(&text, "Do: %s%s%s\n", call->name, *call->words ? " " : "", call->words);
	add_names(&text, "Inputs: ", survey_get(task, "inputs"));
	add_names(&text, "Outputs: ", survey_get(task, "outputs"));
	return arena_strdup(d->arena, strbuf_str(&text));
}

/* Nothing has that name: the configured agent is told what the task is. */
static void put_prompt(struct dialect *d, const struct yaml_pair *pair,
		       const struct call_text *call, struct tree_map *out)
{
	struct tree_map agent = { 0 };
	struct yaml_node text = yaml_string(pair->value.span, prompt_of(d, call));

	tree_add(d, &agent, pair->value.span, "name", tree_retext(&pair->value, call->name));
	tree_add(d, &agent, pair->value.span, "prompt", text_values(d, &text));
	tree_put(d, out, &pair->key, "agent", tree_of_map(&agent, pair->value.span, false));
}

static void read_call(struct dialect *d, const struct yaml_pair *pair, const struct call_text *call,
		      bool is_task, struct tree_map *out)
{
	struct yaml_node name = tree_retext(&pair->value, call->name), run;

	if (!d->world || command_has_action(d, call->name)) {
		if (!*call->words) {
			tree_put(d, out, &pair->key, "action", name);
			return;
		}
		run = tree_retext(&pair->value, arena_printf(d->arena, ACTIONS_DIR "/%s %s",
							     call->name, call->words));
		tree_put(d, out, &pair->key, "run", text_values(d, &run));
	} else if (command_has_agent(d, call->name)) {
		tree_put(d, out, &pair->key, "agent", name);
		put_words(d, &pair->value, call->words);
	} else if (is_task) {
		put_prompt(d, pair, call, out);
	} else {
		tree_put(d, out, &pair->key, "action", name);
	}
}

void command_read(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		  struct tree_map *out)
{
	struct call_text call;

	if (split(d, &pair->value, &call)) {
		read_call(d, pair, &call, word->place == AT_STEP && d->task, out);
		return;
	}
	if (command_is_call(&pair->value))
		diag_error(d->diags, pair->value.span, "'%.60s' is no name", pair->value.text);
	tree_put(d, out, &pair->key, "run", text_copy(d, &pair->value));
}
