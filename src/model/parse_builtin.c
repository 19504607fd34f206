/*
 * Handlers that every workflow has by name: commit_changes, update_documentation, notify_failure and its
 * like, request_user_input.
 */
#include <string.h>

#include "parse_impl.h"

/* A yes, and the run goes on; a no ends it. */
static struct step request_user_input(struct reader *reader, const struct call_draft *draft)
{
	struct step step = parse_bare_step(ACTION_APPROVE, draft->span);
	struct question *question = ARENA_NEW(reader->arena, struct question);
	struct yaml_node text = yaml_string(
		draft->span,
		draft->on == CALL_ON_FAILURE
			? "'${error.step}' has failed: ${error.message}. Shall the run go on?"
			: "Shall the run go on?");

	parse_text(reader, &text, &question->text);
	step.question = question;
	return step;
}

static struct step commit_changes(struct reader *reader, const struct call_draft *draft)
{
	struct step step = parse_bare_step(ACTION_COMMIT, draft->span);
	struct commit_action *commit = ARENA_NEW(reader->arena, struct commit_action);
	struct yaml_node message = yaml_string(draft->span, "${workflow.name}");

	parse_text(reader, &message, &commit->message);
	step.commit = commit;
	return step;
}

/* The user's agent, held to documents; nothing where there is none. */
static struct step update_documentation(struct reader *reader, const struct call_draft *draft)
{
	static const char *const documents[] = { "**/*.md",    "**/*.rst",  "**/*.adoc",
						 "**/*.txt",   "**/*.scd",  "**/docs/**",
						 "**/doc/**",  "**/man/**", "**/README*",
						 "**/CHANGE*", "**/NEWS*" };
	struct yaml_node name = yaml_string(draft->span, "update_documentation");
	struct yaml_node condition = yaml_string(draft->span, "run.has_agent");
	const struct step *command = parse_agent_command(reader, &name);
	struct step step = *command;
	struct agent_call *agent = (struct agent_call *)step.agent;

	agent->has_allowed = true;
	agent->n_allowed = ARRAY_SIZE(documents);
	agent->allowed = ARENA_ARRAY(reader->arena, struct path_spec, agent->n_allowed);
	for (size_t i = 0; i < agent->n_allowed; i++)
		agent->allowed[i] = (struct path_spec){
			.text = { .raw = documents[i], .span = draft->span }, .kind = PATH_GLOB
		};
	agent->built_in =
		"Something has changed in this repository: what is not committed yet (git status,\n"
		"git diff HEAD), or else what the last commit did (git show). Bring its "
		"documentation\n"
		"in line with that: the README, manuals, the changelog, wherever it says what is "
		"no\n"
		"longer true, or does not say what users have to know now. Change documentation "
		"only,\n"
		"in the words and the form that it has, and nothing where nothing has to be "
		"said.\n";
	step.exclusive = true;
	step.cond = parse_expr(reader, &condition);
	return step;
}

static const struct {
	const char *name;
	struct step (*make)(struct reader *reader, const struct call_draft *draft);
	bool is_of_a_step; /* not of the run's end: it decides about the run */
} built_ins[] = {
	{ "commit_changes", commit_changes, false },
	{ "update_documentation", update_documentation, false },
	{ "notify_completion", parse_notify_named, false },
	{ "notify_failure", parse_notify_named, false },
	{ "notify_success", parse_notify_named, false },
	{ "notify_team", parse_notify_named, false },
	{ "request_user_input", request_user_input, true },
};

const char *parse_builtin_name(size_t i)
{
	return i < ARRAY_SIZE(built_ins) ? built_ins[i].name : NULL;
}

enum builtin_found parse_builtin(struct reader *reader, struct call_draft *draft, bool is_of_a_step,
				 struct step *step)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(built_ins) && strcmp(built_ins[i].name, draft->name) != 0)
		i++;
	if (i == ARRAY_SIZE(built_ins))
		return BUILTIN_NONE;
	if (is_of_a_step || !built_ins[i].is_of_a_step) {
		*step = built_ins[i].make(reader, draft);
		return BUILTIN_MADE;
	}
	if (!draft->is_wrong)
		diag_error(reader->diags, draft->span,
			   "'%s' is for the 'on_failure' or 'on_success' of a step", draft->name);
	draft->is_wrong = true;
	return BUILTIN_WRONG;
}
