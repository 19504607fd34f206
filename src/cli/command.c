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
	  NULL,
	  { &cmd_log_options } },
	{ "report",
	  GROUP_PAST,
	  cmd_report,
	  "[RUN|ID]",
	  "write a run as a document",
	  "<runs>",
	  NULL,
	  { &cmd_report_options } },
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
	  "tell how past runs went: how many passed, how long, what the cache saved",
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

	{ "__complete",
	  GROUP_HIDDEN,
	  cmd_complete,
	  "KIND [ID]",
	  "names for the shells",
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
	  "",
	  "the tables of git-wf-workflow(5)",
	  NULL,
	  NULL,
	  { NULL } },
};

const size_t command_count = ARRAY_SIZE(command_rows);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++) {
		if (!strcmp(command_rows[i].name, name))
			return &command_rows[i];
	}
	return NULL;
}

const char *command_nearest(const char *word)
{
	const char *names[ARRAY_SIZE(command_rows)];
	size_t n = 0;

	for (size_t i = 0; i < command_count; i++) {
		if (command_rows[i].group != GROUP_HIDDEN)
			names[n++] = command_rows[i].name;
	}
	return nearest_word(word, names, n);
}
