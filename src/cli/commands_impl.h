/*
 * Every command's function and options: what the table in command.c is made of.
 */
#ifndef CLI_COMMANDS_IMPL_H
#define CLI_COMMANDS_IMPL_H

#include "cli/command.h"

command_fn cmd_answer, cmd_approve, cmd_reject, cmd_cancel, cmd_pause, cmd_skip, cmd_cache,
	cmd_complete, cmd_completion, cmd_config, cmd_do, cmd_doctor, cmd_explain, cmd_fmt,
	cmd_graph, cmd_help, cmd_history, cmd_hook, cmd_hooks, cmd_list, cmd_log, cmd_manual,
	cmd_new, cmd_plan, cmd_report, cmd_resume, cmd_rollback, cmd_run, cmd_undo, cmd_schema,
	cmd_shim, cmd_show, cmd_stats, cmd_status, cmd_snapshots, cmd_take_snapshot,
	cmd_commit_changes, cmd_tell, cmd_show_to, cmd_trust, cmd_validate, cmd_version;

extern const struct option_table cmd_answer_options, cmd_cache_options, cmd_do_options,
	cmd_explain_options, cmd_fmt_options, cmd_graph_options, cmd_history_options,
	cmd_hooks_options, cmd_log_options, cmd_new_options, cmd_plan_options, cmd_report_options,
	cmd_resume_options, cmd_rollback_options, cmd_run_options, cmd_status_options,
	cmd_trust_options;

/* `--json` alone, for the commands that have nothing else. */
struct json_option {
	bool json;
};
extern const struct option_table command_json_options;

#endif
