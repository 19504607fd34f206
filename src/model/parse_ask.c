/*
 * `ask`, `approve`, and how much else a person is asked: `risk`, `mode`.
 */
#include <string.h>

#include "parse_impl.h"

enum { MAX_CHOICES = 100 };

#define QUESTION(member) offsetof(struct question, member)

static void read_choices(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct question *question = into;

	parse_texts(reader, row, node, &question->choices, &question->n_choices);
	if (node->kind == YAML_SEQ && !node->n_items)
		diag_error(reader->diags, node->span, "'choices' is empty");
	else if (question->n_choices > MAX_CHOICES)
		diag_error(reader->diags, node->span, "more than %d choices", MAX_CHOICES);
}

static void read_agent(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct question *question = into;

	if (!parse_is_scalar(node)) {
		parse_wrong_type(reader, row, node);
		return;
	}
	question->agent = ARENA_NEW(reader->arena, struct agent_call);
	if (!parse_agent_name(reader, node, question->agent))
		question->agent = NULL;
}

static const struct field ask_fields[] = {
	{ "question", QUESTION(text), NULL },
	{ "choices", 0, read_choices },
	{ "agent", 0, read_agent },
	{ "default", QUESTION(default_answer), NULL },
	{ "secret", QUESTION(is_secret), NULL },
	{ "timeout", QUESTION(timeout_ms), NULL },
};

const struct field_table parse_ask_fields = { ARRAY_SIZE(ask_fields), ask_fields };

/* Where one of them is only known later the engine looks. */
static bool is_fixed(const struct question *question)
{
	for (size_t i = 0; i < question->n_choices; i++)
		if (question->choices[i].n_parts)
			return false;
	return !question->default_answer.n_parts;
}

static void check_choices(struct reader *reader, const struct question *question)
{
	const struct text *answer = &question->default_answer;
	struct diag *diag;

	for (size_t i = 0; i < question->n_choices; i++) {
		const struct text *choice = &question->choices[i];

		if (!*choice->raw)
			diag_error(reader->diags, choice->span, "a choice is empty");
		for (size_t k = 0; k < i; k++)
			if (strcmp(question->choices[k].raw, choice->raw) == 0)
				diag_error(reader->diags, choice->span, "'%.60s' is a choice twice",
					   choice->raw);
	}
	if (!answer->raw || !question->n_choices || !is_fixed(question))
		return;
	for (size_t i = 0; i < question->n_choices; i++)
		if (strcmp(question->choices[i].raw, answer->raw) == 0)
			return;
	diag = diag_error(reader->diags, answer->span, "'%.60s' is none of the choices",
			  answer->raw);
	diag_hint(reader->diags, diag, "the first is '%.60s'", question->choices[0].raw);
}

void parse_ask(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
	       void *step_draft)
{
	struct step_draft *draft = step_draft;
	struct question *question = &draft->question;
	struct diag *diag;

	draft->ask = node;
	if (node->kind != YAML_MAP) {
		diag = parse_wrong_type(reader, row, node);
		if (parse_is_scalar(node))
			diag_hint(reader->diags, diag, "write ask: {question: \"%.60s\"}",
				  node->text);
		return;
	}
	parse_fields(reader, AT_ASK, node, question);
	if (!yaml_get(node, "question"))
		parse_missing(reader, node, AT_ASK, "question");
	else if (question->text.raw && !question->text.raw[strspn(question->text.raw, " \t\n")])
		diag_error(reader->diags, question->text.span, "'question' is empty");
	check_choices(reader, question);
	if (!question->is_secret)
		return;
	if (question->n_choices)
		diag_error(reader->diags, yaml_get(node, "choices")->span,
			   "a secret is none of a few choices");
	if (question->default_answer.raw)
		diag_error(reader->diags, question->default_answer.span,
			   "a secret has no default in the file");
}

void parse_approve(struct reader *reader, const struct schema_row *row,
		   const struct yaml_node *node, void *step_draft)
{
	struct step_draft *draft = step_draft;

	draft->approve = node;
	if (!parse_is_scalar(node))
		parse_wrong_type(reader, row, node);
	else if (!node->text[strspn(node->text, " \t\n")])
		diag_error(reader->diags, node->span, "'approve' is empty");
	else if (!draft->ask)
		parse_text(reader, node, &draft->question.text);
}

/* Keys that are about a process. */
static void refuse_keys(struct reader *reader, const struct yaml_node *map, const char *action)
{
	static const char *const keys[] = {
		"outputs", "depfile", "tools",	   "env",	 "pass_env", "dir",
		"shell",   "stdin",   "cache",	   "retry",	 "pool",     "slots",
		"console", "live",    "exclusive", "idempotent", "secrets",  "timeout",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct yaml_node *value = yaml_get(map, keys[i]);
		struct diag *diag;

		if (!value)
			continue;
		diag = diag_error(reader->diags, value->span,
				  "'%s' has no meaning beside '%s': no process is started", keys[i],
				  action);
		if (strcmp(keys[i], "timeout") == 0)
			diag_hint(reader->diags, diag,
				  "write ask: {timeout: …} for how long an answer is waited for");
	}
}

void parse_refuse_other_actions(struct reader *reader, const struct yaml_node *map,
				const char *action)
{
	for (size_t i = 0; i < schema_n_rows; i++) {
		const struct schema_row *row = &schema_rows[i];
		const struct yaml_node *other;

		if (row->place != AT_STEP || !row->is_action || strcmp(row->key, action) == 0)
			continue;
		other = yaml_get(map, row->key);
		if (other)
			diag_error(reader->diags, other->span,
				   "a step has one action: '%s' and '%s' cannot stand together",
				   action, row->key);
	}
}

/* What `defaults` says is for processes, too. */
static void forget_defaults(struct step *step)
{
	step->timeout_ms = 0;
	step->sandbox = (struct sandbox){ 0 };
	step->retry = NULL;
	step->dir = (struct text){ 0 };
	step->cache = TRI_FALSE;
	step->cache_failures = false;
	step->pool = (struct name_ref){ .index = WF_NONE };
}

void parse_ask_finish(struct reader *reader, const struct yaml_node *map, struct step_draft *draft)
{
	const struct yaml_node *node = draft->ask ? draft->ask : draft->approve;
	const char *action = draft->ask ? "ask" : "approve";
	struct step *step = &draft->step;

	parse_refuse_other_actions(reader, map, action);
	refuse_keys(reader, map, action);
	forget_defaults(step);
	draft->has_cache = false;
	step->action = draft->ask ? ACTION_ASK : ACTION_APPROVE;
	step->action_span = node->span;
	if (draft->with && draft->question.agent)
		parse_agent_with(reader, draft, draft->question.agent);
	step->question = arena_memdup(reader->arena, &draft->question, sizeof draft->question);
}

bool step_asks(const struct step *step)
{
	return step->question != NULL;
}

void parse_mode(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		void *mode)
{
	int choice = parse_choice(reader, row, node);

	if (choice >= 0)
		*(uint8_t *)mode = (uint8_t)(MODE_AUTOPILOT + choice);
}

void parse_risk(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		void *risk)
{
	int choice = parse_choice(reader, row, node);

	if (choice >= 0)
		*(uint8_t *)risk = (uint8_t)choice;
}
