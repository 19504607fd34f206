/*
 * `command`: text for a shell, a list of words, or `@name`: the action of that name, else the agent, else
 * the configured agent, which is told what the task is.
 */
#include <string.h>

#include "dialect_impl.h"
#include "model/workflow.h"

#define AGENTS_DIR ".workflows/agents"

bool command_has_file(const struct dialect *d, const char *path)
{
	return d->world && d->world->has_file(d->world->data, path);
}

/* "@name", with words behind it or without. */
struct call_text {
	const char *name, *words;
};

static bool split(struct dialect *d, const struct yaml_node *scalar, struct call_text *call)
{
	static const char blanks[] = " \t\n";
	const char *text = scalar->text + 1;
	size_t len;

	if (scalar->kind != YAML_STRING || scalar->text[0] != '@')
		return false;
	len = strcspn(text, blanks);
	call->name = arena_strndup(d->arena, text, len);
	call->words = text + len + strspn(text + len, blanks);
	return survey_is_bare(call->name);
}

bool command_is_call(const struct yaml_node *scalar)
{
	return scalar->kind == YAML_STRING && scalar->text[0] == '@';
}

static void put_words(struct dialect *d, const struct yaml_node *value, const char *words)
{
	struct yaml_node text = tree_string(value->span, words);

	if (*words && d->task)
		tree_add(d, &d->task->with, value->span, "arguments", text_values(d, &text));
}

static void no_such_name(struct dialect *d, const struct yaml_node *value, const char *name)
{
	struct diag *diag = diag_error(d->diags, value->span, "nothing is called '@%.60s'", name);

	diag_hint(d->diags, diag,
		  "write the program %s/%s or the prompt %s/%s.md, or set agent.command in your "
		  "config.ini",
		  ACTIONS_DIR, name, AGENTS_DIR, name);
}

static void read_call(struct dialect *d, const struct yaml_pair *pair, const struct call_text *call,
		      struct tree_map *out)
{
	const char *program = arena_join(d->arena, ACTIONS_DIR, "/", call->name);
	const char *prompt = arena_printf(d->arena, "%s/%s.md", AGENTS_DIR, call->name);
	struct yaml_node name = tree_retext(&pair->value, call->name), run;

	if (!d->world || command_has_file(d, program)) {
		if (!*call->words) {
			tree_put(d, out, &pair->key, "action", name);
			return;
		}
		run = tree_retext(&pair->value, arena_join(d->arena, program, " ", call->words));
		tree_put(d, out, &pair->key, "run", text_values(d, &run));
	} else if (command_has_file(d, prompt)) {
		tree_put(d, out, &pair->key, "agent", name);
		put_words(d, &pair->value, call->words);
	} else {
		no_such_name(d, &pair->value, call->name);
		tree_put(d, out, &pair->key, "action", name);
	}
}

void command_read(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		  struct tree_map *out)
{
	struct call_text call;

	(void)word;
	if (split(d, &pair->value, &call)) {
		read_call(d, pair, &call, out);
		return;
	}
	if (command_is_call(&pair->value))
		diag_error(d->diags, pair->value.span, "'%.60s' is no name", pair->value.text);
	tree_put(d, out, &pair->key, "run", text_copy(d, &pair->value));
}
