/*
 * The table of commands.
 */
#include "cli/command.h"

#include <string.h>

#include "base/strmap.h"
#include "commands_impl.h"
#include "execute_impl.h"
#include "target_impl.h"

const char *const command_groups[GROUP_COUNT] = {
	[GROUP_RUN] = "Run a workflow",
	[GROUP_READ] = "Look at workflows",
	[GROUP_PAST] = "Look at runs",
	[GROUP_SELF] = "The program itself",
};

static const struct option_row json_rows[] = {
	{ 0, "json", OPTION_FLAG, offsetof(struct json_option, json), NULL, NULL, "answer in JSON",
	  0 },
};

const struct option_table command_json_options = { json_rows, ARRAY_SIZE(json_rows) };

#define HOOKS                                                                                   \
	"pre-commit|pre-merge-commit|prepare-commit-msg|commit-msg|post-commit|pre-rebase|"     \
	"post-rewrite|post-checkout|post-merge|pre-push|applypatch-msg|pre-applypatch|"         \
	"post-applypatch|sendemail-validate|p4-pre-submit|p4-prepare-changelist|p4-changelist|" \
	"p4-post-changelist|pre-auto-gc|post-index-change|reference-transaction|"               \
	"pre-receive|update|post-receive"

const struct command command_rows[] = {
	{ "run",
	  GROUP_RUN,
	  cmd_run,
	  "ID|FILE [--PARAM VALUE...] [STEP...]",
	  "run a workflow, or as much of it as is not up to date",
	  "<workflows>",
	  "<steps>",
	  { &cmd_run_options, &target_options, &execute_options } },
	{ "resume",
	  GROUP_RUN,
	  cmd_resume,
	  "[RUN] [--PARAM VALUE...]",
	  "go on with a run that failed or was interrupted",
	  "<runs>",
	  NULL,
	  { &cmd_resume_options, &execute_options } },
	{ "rollback",
	  GROUP_RUN,
	  cmd_rollback,
	  "[RUN]",
	  "take back what a run did to the worktree",
	  "<runs>",
	  NULL,
	  { &cmd_rollback_options } },
	{ "undo",
	  GROUP_RUN,
	  cmd_undo,
	  "",
	  "take back the last rollback or undo",
	  NULL,
	  NULL,
	  { NULL } },
	{ "approve",
	  GROUP_RUN,
	  cmd_approve,
	  "[RUN] [STEP] [TEXT]",
	  "say yes to a step that waits for it",
	  "<waits>",
	  "<run-steps>",
	  { &cmd_answer_options } },
	{ "reject",
	  GROUP_RUN,
	  cmd_reject,
	  "[RUN] [STEP] [TEXT]",
	  "say no to a step that waits",
	  "<waits>",
	  "<run-steps>",
	  { &cmd_answer_options } },
	{ "answer",
	  GROUP_RUN,
	  cmd_answer,
	  "[RUN] [STEP] TEXT",
	  "answer the question of a step",
	  "<waits>",
	  "<run-steps>",
	  { &cmd_answer_options } },
	{ "cancel",
	  GROUP_RUN,
	  cmd_cancel,
	  "[RUN]",
	  "end a run; it can be resumed",
	  "<runs>",
	  NULL,
	  { NULL } },
	{ "pause",
	  GROUP_RUN,
	  cmd_pause,
	  "[RUN]",
	  "let what runs end, and hold the rest for a resume",
	  "<runs>",
	  NULL,
	  { NULL } },
	{ "skip",
	  GROUP_RUN,
	  cmd_skip,
	  "[RUN] [STEP]",
	  "leave a step out of a run",
	  "<runs>",
	  "<run-steps>",
	  { NULL } },
	{ "plan",
	  GROUP_RUN,
	  cmd_plan,
	  "ID|FILE [--PARAM VALUE...] [STEP...]",
	  "show what would run, and why",
	  "<workflows>",
	  "<steps>",
	  { &cmd_plan_options, &target_options } },
	{ "explain",
	  GROUP_RUN,
	  cmd_explain,
	  "ID|FILE [--PARAM VALUE...] [STEP...]",
	  "show every reason, with both sides of what changed",
	  "<workflows>",
	  "<steps>",
	  { &cmd_explain_options, &target_options } },

	{ "do",
	  GROUP_RUN,
	  cmd_do,
	  "TEXT...",
	  "run the command that a phrase means",
	  NULL,
	  NULL,
	  { &cmd_do_options } },
	{ "hooks",
	  GROUP_RUN,
	  cmd_hooks,
	  "install|uninstall|status|run|import [WORD...]",
	  "have git start workflows, and see what it starts",
	  "install|uninstall|status|run|import",
	  HOOKS,
	  { &cmd_hooks_options } },

	{ "new",
	  GROUP_READ,
	  cmd_new,
	  "ID [--template NAME] [--PARAM VALUE...]",
	  "write a workflow from a template",
	  "<templates>",
	  NULL,
	  { &cmd_new_options } },
	{ "list",
	  GROUP_READ,
	  cmd_list,
	  "",
	  "list the workflows of this repository",
	  NULL,
	  NULL,
	  { &command_json_options } },
	{ "show",
	  GROUP_READ,
	  cmd_show,
	  "ID|FILE",
	  "show a workflow: its parameters and steps",
	  "<workflows>",
	  NULL,
	  { &command_json_options } },
	{ "graph",
	  GROUP_READ,
	  cmd_graph,
	  "ID|FILE [--PARAM VALUE...] [STEP...]",
	  "show which step waits for which, and the critical path",
	  "<workflows>",
	  "<steps>",
	  { &cmd_graph_options, &target_options } },
	{ "validate",
	  GROUP_READ,
	  cmd_validate,
	  "[ID|FILE...]",
	  "find all mistakes in workflow files",
	  "<workflows>",
	  "<workflows>",
	  { &command_json_options } },
	{ "fmt",
	  GROUP_READ,
	  cmd_fmt,
	  "[ID|FILE|-...]",
	  "put workflow files into their canonical form",
	  "<workflows>",
	  "<workflows>",
	  { &cmd_fmt_options } },

	{ "status",
	  GROUP_PAST,
	  cmd_status,
	  "[RUN|ID]",
	  "show how a run stands",
	  "<runs>",
	  NULL,
	  { &cmd_status_options } },
	{ "log",
	  GROUP_PAST,
	  cmd_log,
	  "[RUN|ID] [STEP]",
	  "show what steps wrote",
	  "<runs>",
	  "<run-steps>",
	  { &cmd_log_options } },
	{ "report",
	  GROUP_PAST,
	  cmd_report,
	  "[RUN|ID]",
	  "write a run as a document",
	  "<runs>",
	  NULL,
	  { &cmd_report_options } },
	{ "snapshots",
	  GROUP_PAST,
	  cmd_snapshots,
	  "[RUN]|show RUN/N|diff RUN/N RUN/N",
	  "list the snapshots that runs took, and what changed between them",
	  "<runs>",
	  NULL,
	  { &command_json_options } },
	{ "history",
	  GROUP_PAST,
	  cmd_history,
	  "[ID]",
	  "list past runs",
	  "<workflows>",
	  NULL,
	  { &cmd_history_options } },
	{ "stats",
	  GROUP_PAST,
	  cmd_stats,
	  "[ID]",
	  "tell how past runs went, and what the cache saved",
	  "<workflows>",
	  NULL,
	  { &command_json_options } },

	{ "cache",
	  GROUP_SELF,
	  cmd_cache,
	  "info|gc|verify|clear",
	  "show and tend what is remembered of steps",
	  "info|gc|verify|clear",
	  NULL,
	  { &cmd_cache_options } },
	{ "config",
	  GROUP_SELF,
	  cmd_config,
	  "",
	  "show the settings and where each comes from",
	  NULL,
	  NULL,
	  { &command_json_options } },
	{ "trust",
	  GROUP_SELF,
	  cmd_trust,
	  "[hooks|schedule|watch|serve|mcp...]",
	  "agree to what triggers start in this repository",
	  "hooks|schedule|watch|serve|mcp",
	  "hooks|schedule|watch|serve|mcp",
	  { &cmd_trust_options } },
	{ "doctor",
	  GROUP_SELF,
	  cmd_doctor,
	  "",
	  "check what git wf needs from this machine",
	  NULL,
	  NULL,
	  { &command_json_options } },
	{ "completion",
	  GROUP_SELF,
	  cmd_completion,
	  "bash|zsh|fish",
	  "print what a shell needs to complete these commands",
	  "bash|zsh|fish",
	  NULL,
	  { NULL } },
	{ "help",
	  GROUP_SELF,
	  cmd_help,
	  "[COMMAND]",
	  "open the manual",
	  "<commands>",
	  NULL,
	  { NULL } },
	{ "version",
	  GROUP_SELF,
	  cmd_version,
	  "",
	  "print the version",
	  NULL,
	  NULL,
	  { &command_json_options } },

	{ "__snapshot",
	  GROUP_HIDDEN,
	  cmd_take_snapshot,
	  "RUN NUMBER KIND STEP [GLOB...]",
	  "take a snapshot for a run",
	  NULL,
	  NULL,
	  { NULL } },
	{ "__hook",
	  GROUP_HIDDEN,
	  cmd_hook,
	  "HOOK [ARGUMENT...]",
	  "what git's hooks call",
	  NULL,
	  NULL,
	  { NULL } },
	{ "__commit",
	  GROUP_HIDDEN,
	  cmd_commit_changes,
	  "MESSAGE N [TRAILER...] [GLOB...]",
	  "commit what a run has changed",
	  NULL,
	  NULL,
	  { NULL } },
	{ "__notify",
	  GROUP_HIDDEN,
	  cmd_tell,
	  "[CHANNEL...]",
	  "tell people what stands on standard input",
	  NULL,
	  NULL,
	  { NULL } },
	{ "__open",
	  GROUP_HIDDEN,
	  cmd_show_to,
	  "KIND WORD...",
	  "show something to a person",
	  NULL,
	  NULL,
	  { NULL } },
	{ "__complete",
	  GROUP_HIDDEN,
	  cmd_complete,
	  "KIND [ID]",
	  "names for the shells",
	  NULL,
	  NULL,
	  { NULL } },
	{ "__shim",
	  GROUP_HIDDEN,
	  cmd_shim,
	  "",
	  "what is installed as a hook",
	  NULL,
	  NULL,
	  { NULL } },
	{ "__schema",
	  GROUP_HIDDEN,
	  cmd_schema,
	  "",
	  "the JSON Schema of workflow files",
	  NULL,
	  NULL,
	  { NULL } },
	{ "__manual",
	  GROUP_HIDDEN,
	  cmd_manual,
	  "[dialect]",
	  "the tables of git-wf-workflow(5), or those of git-wf-dialect(5)",
	  NULL,
	  NULL,
	  { NULL } },
};

const size_t command_count = ARRAY_SIZE(command_rows);

const struct command_alias command_aliases[] = {
	{ "create", "new" },
	{ "generate", "new" },
};

const size_t command_alias_count = ARRAY_SIZE(command_aliases);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_alias_count; i++) {
		if (!strcmp(command_aliases[i].other, name))
			name = command_aliases[i].name;
	}
	for (size_t i = 0; i < command_count; i++) {
		if (!strcmp(command_rows[i].name, name))
			return &command_rows[i];
	}
	return NULL;
}

bool command_takes_params(const struct command *command)
{
	return strstr(command->args, "--PARAM") != NULL;
}

static bool is_param_name(const char *option, const char *param)
{
	for (; *option && *param; option++, param++)
		if (*option != (*param == '_' ? '-' : *param))
			return false;
	return !*option && !*param;
}

static bool table_takes(const struct option_table *table, const char *param)
{
	for (size_t i = 0; table && i < table->n; i++)
		if (table->rows[i].name && is_param_name(table->rows[i].name, param))
			return true;
	return false;
}

bool command_hides_param(const struct command *command, const char *param)
{
	if (table_takes(&cli_common_options, param))
		return true;
	for (size_t t = 0; t < COMMAND_TABLES; t++)
		if (table_takes(command->tables[t], param))
			return true;
	return false;
}
