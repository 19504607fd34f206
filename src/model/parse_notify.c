/*
 * `notify`: the action of a step, and at the top of the file what is told at the end of a run.
 */
#include <string.h>

#include "action_impl.h"
#include "parse_impl.h"

#define NOTIFY(member) offsetof(struct notify_action, member)
#define RULE(member)   offsetof(struct notify_rule, member)

static void take_channels(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, const char ***names, size_t *n)
{
	parse_strings(reader, row, node, names, n);
	for (size_t i = 0; i < *n; i++)
		if (!workflow_id_is_valid((*names)[i]))
			diag_hint(reader->diags,
				  diag_error(reader->diags, node->span,
					     "'%.60s' is no name of a channel", (*names)[i]),
				  "a section [notify \"NAME\"] of your config.ini says where it "
				  "leads");
}

static void read_channels(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	struct notify_action *notify = into;

	take_channels(reader, row, node, &notify->channels, &notify->n_channels);
}

static const struct field notify_fields[] = {
	{ "channels", 0, read_channels },
	{ "message", NOTIFY(message), NULL },
};

const struct field_table parse_notify_fields = { ARRAY_SIZE(notify_fields), notify_fields };

static void finish(struct reader *reader, const struct yaml_node *map, struct step_draft *draft)
{
	static const char *const refused[] = { "outputs",  "depfile", "tools",	"dir",
					       "shell",	   "stdin",   "cache",	"limits",
					       "sandbox",  "console", "inputs", "retry",
					       "per_file", NULL };
	static const struct own_action own = { ACTION_NOTIFY, "notify", refused, false };

	parse_own_finish(reader, map, draft, &own);
}

void parse_notify(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *step_draft)
{
	struct step_draft *draft = step_draft;
	struct notify_action *notify = ARENA_NEW(reader->arena, struct notify_action);

	draft->step.notify = notify;
	parse_own_begin(draft, node, finish);
	if (parse_is_scalar(node)) {
		parse_text(reader, node, &notify->message);
	} else if (node->kind == YAML_MAP) {
		parse_fields(reader, AT_NOTIFY, node, notify);
		if (!yaml_get(node, "message"))
			parse_missing(reader, node, AT_NOTIFY, "message");
	} else {
		parse_wrong_type(reader, row, node);
		return;
	}
	if (notify->message.raw && !notify->message.raw[strspn(notify->message.raw, " \t\n")])
		diag_error(reader->diags, node->span, "'message' is empty");
}

void action_visit_notify(const struct step *step, const struct action_visitor *visitor)
{
	visitor->text(visitor->data, &step->notify->message);
}

/* ---- Steps that nobody wrote down as one ---- */

static const struct named_message {
	const char *name, *text;
} named_messages[] = {
	{ "notify_completion", "${workflow.name} has ended" },
	{ "notify_failure", "${workflow.name} has failed in '${error.step}': ${error.message}" },
	{ "notify_success", "${workflow.name} has passed" },
	{ "notify_team", "${workflow.name} wants your attention" },
};

static struct text own_text(struct reader *reader, const char *text, struct span at)
{
	struct yaml_node node = yaml_string(at, text);
	struct text parsed = { 0 };

	parse_text(reader, &node, &parsed);
	return parsed;
}

struct step parse_notify_step(struct reader *reader, struct span at, const char **channels,
			      size_t n_channels, const struct text *message)
{
	struct notify_action *notify = ARENA_NEW(reader->arena, struct notify_action);
	struct step step = parse_bare_step(ACTION_NOTIFY, at);

	notify->channels = channels;
	notify->n_channels = n_channels;
	notify->message = message->raw ? *message : own_text(reader, named_messages[1].text, at);
	step.notify = notify;
	return step;
}

/* Who is called by a failure tells of that. */
struct step parse_notify_named(struct reader *reader, const struct call_draft *draft)
{
	const char *text = named_messages[1].text;
	struct text message;

	for (size_t i = 0; i < ARRAY_SIZE(named_messages); i++)
		if (draft->on != CALL_ON_FAILURE &&
		    strcmp(named_messages[i].name, draft->name) == 0)
			text = named_messages[i].text;
	message = own_text(reader, text, draft->span);
	return parse_notify_step(reader, draft->span, NULL, 0, &message);
}

/* ---- The end of a run ---- */

static void read_rule_channels(struct reader *reader, const struct schema_row *row,
			       const struct yaml_node *node, void *into)
{
	struct notify_rule *rule = into;

	take_channels(reader, row, node, &rule->channels, &rule->n_channels);
}

static const struct field rule_fields[] = {
	{ "name", RULE(name), NULL },
	{ "if", RULE(cond), NULL },
	{ "channels", 0, read_rule_channels },
	{ "message", RULE(message), NULL },
};

const struct field_table parse_notify_rule_fields = { ARRAY_SIZE(rule_fields), rule_fields };

static void read_all_channels(struct reader *reader, const struct schema_row *row,
			      const struct yaml_node *node, void *into)
{
	struct notifications *all = into;

	take_channels(reader, row, node, &all->channels, &all->n_channels);
}

static void read_on(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *into)
{
	struct notifications *all = into;
	const struct {
		const char *word;
		bool *flag;
	} ends[] = { { "success", &all->on_success },
		     { "failure", &all->on_failure },
		     { "waiting", &all->on_waiting } };
	const char **words;
	size_t n = 0;

	parse_strings(reader, row, node, &words, &n);
	for (size_t i = 0; i < n; i++) {
		bool is_known = false;

		for (size_t k = 0; k < ARRAY_SIZE(ends); k++)
			if (strcmp(words[i], ends[k].word) == 0)
				*ends[k].flag = is_known = true;
		if (!is_known)
			diag_hint(reader->diags,
				  diag_error(reader->diags, node->span,
					     "'%.60s' is no end of a run", words[i]),
				  "write success, failure or waiting");
	}
}

static void read_rules(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct notifications *all = into;

	if (node->kind != YAML_SEQ) {
		parse_wrong_type(reader, row, node);
		return;
	}
	all->rules = ARENA_ARRAY(reader->arena, struct notify_rule, node->n_items + 1);
	for (size_t i = 0; i < node->n_items; i++) {
		const struct yaml_node *item = &node->items[i];
		struct notify_rule *rule = &all->rules[all->n_rules];

		if (item->kind != YAML_MAP) {
			if (item->kind != YAML_BAD)
				diag_error(reader->diags, item->span,
					   "a rule must be a mapping, not %s",
					   yaml_kind_name(item));
			continue;
		}
		rule->span = item->span;
		parse_fields(reader, AT_NOTIFY_RULE, item, rule);
		if (!yaml_get(item, "if"))
			parse_missing(reader, item, AT_NOTIFY_RULE, "if");
		all->n_rules++;
	}
}

static const struct field notifications_fields[] = {
	{ "channels", 0, read_all_channels },
	{ "on", 0, read_on },
	{ "rules", 0, read_rules },
};

const struct field_table parse_notifications_fields = { ARRAY_SIZE(notifications_fields),
							notifications_fields };

void parse_notifications(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *notifications)
{
	struct notifications *all = notifications;

	all->is_there = true;
	if (node->kind != YAML_MAP)
		parse_wrong_type(reader, row, node);
	else
		parse_fields(reader, AT_NOTIFICATIONS, node, notifications);
}
