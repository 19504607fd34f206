/*
 * What keys of other tools are called here. A file that has one of them is wrong, and its author learns the
 * word at once; those of the dialect (model/dialect/words.c) are read as they are.
 */
#include <string.h>

#include "model/schema.h"

/* clang-format off */
const struct schema_alias schema_aliases[] = {
	{ AT_WORKFLOW, "id", "the file's name without its ending is the id" },
	{ AT_WORKFLOW, "jobs", "write 'steps'" },
	{ AT_WORKFLOW, "parameters", "write 'params'" },
	{ AT_WORKFLOW, "inputs", "write 'params'" },
	{ AT_WORKFLOW, "variables", "write 'vars', or 'env' for the environment" },
	{ AT_WORKFLOW, "triggers", "write 'on'" },
	{ AT_WORKFLOW, "execution", "write 'run' in a step" },
	{ AT_WORKFLOW, "stages", "write 'steps', with 'needs' between them" },
	{ AT_WORKFLOW, "dag", "write 'steps'" },
	{ AT_WORKFLOW, "targets", "write 'steps'" },
	{ AT_WORKFLOW, "schedule", "let cron or a timer of the system call 'git wf run'" },
	{ AT_WORKFLOW, "hooks", "write 'on: {pre-commit: {}}'" },
	{ AT_WORKFLOW, "handlers", "write 'on_success', 'on_failure' or 'finally'" },
	{ AT_WORKFLOW, "handler_on", "write 'on_success', 'on_failure' or 'finally'" },
	{ AT_WORKFLOW, "handlerOn", "write 'on_success', 'on_failure' or 'finally'" },
	{ AT_WORKFLOW, "deps", "write 'needs' in a step" },
	{ AT_WORKFLOW, "repos", "'git wf hooks import' reads such a file" },
	{ AT_WORKFLOW, "preconditions", "write 'requires'" },
	{ AT_WORKFLOW, "cmds", "write 'run' in a step" },
	{ AT_WORKFLOW, "runs-on", "it runs where git wf does: leave it out" },

	{ AT_STEP, "cmd", "write 'run'" },
	{ AT_STEP, "when", "write 'if'" },
	{ AT_STEP, "retries", "write 'retry: {attempts: N}', where N counts the first try too" },
	{ AT_STEP, "method", "write 'http: {method, url}'" },
	{ AT_STEP, "url", "write 'http: {method, url}'" },
	{ AT_STEP, "headers", "write 'http: {headers}'" },
	{ AT_STEP, "data", "write 'http: {body}'" },
	{ AT_STEP, "auth", "write 'http: {auth}'" },
	{ AT_STEP, "dockerfile", "write 'container: {build}'" },
	{ AT_STEP, "context", "write 'container: {build}'" },
	{ AT_STEP, "tags", "write 'container: {tags}'" },
	{ AT_STEP, "build_args", "write 'container: {args}'" },
	{ AT_STEP, "connection", "write 'database: {url}'" },
	{ AT_STEP, "migrations_path", "write 'database: {migrations}'" },
	{ AT_STEP, "rollback_on_failure", "write 'database: {rollback_on_failure}'" },
	{ AT_STEP, "then", "write 'if' in the steps themselves" },
	{ AT_STEP, "else", "write 'if' in the steps themselves" },
	{ AT_STEP, "items", "write 'foreach'" },
	{ AT_STEP, "task", "write 'foreach' and 'run'" },
	{ AT_STEP, "matrix", "write 'foreach'" },
	{ AT_STEP, "input", "write 'inputs'" },
	{ AT_STEP, "output", "write 'outputs'" },
	{ AT_STEP, "processor", "write 'run'" },
	{ AT_STEP, "deps", "write 'needs'" },
	{ AT_STEP, "depends", "write 'needs'" },
	{ AT_STEP, "dependsOn", "write 'needs'" },
	{ AT_STEP, "dependencies", "write 'needs'" },
	{ AT_STEP, "sources", "write 'inputs'" },
	{ AT_STEP, "srcs", "write 'inputs'" },
	{ AT_STEP, "generates", "write 'outputs'" },
	{ AT_STEP, "outs", "write 'outputs'" },
	{ AT_STEP, "creates", "write 'outputs'" },
	{ AT_STEP, "artifacts", "write 'outputs'" },
	{ AT_STEP, "cmds", "write 'run', a line for each command" },
	{ AT_STEP, "commands", "write 'run', a line for each command" },
	{ AT_STEP, "bash_command", "write 'run'" },
	{ AT_STEP, "execute", "write 'run'" },
	{ AT_STEP, "strategy", "write 'foreach'" },
	{ AT_STEP, "loop", "write 'foreach'" },
	{ AT_STEP, "with_items", "write 'foreach'" },
	{ AT_STEP, "for_each", "write 'foreach'" },
	{ AT_STEP, "forEach", "write 'foreach'" },
	{ AT_STEP, "continue-on-error", "write 'on_failure: continue'" },
	{ AT_STEP, "continue_on_error", "write 'on_failure: continue'" },
	{ AT_STEP, "continueOn", "write 'on_failure: continue'" },
	{ AT_STEP, "ignore_errors", "write 'on_failure: continue'" },
	{ AT_STEP, "ignore_error", "write 'on_failure: continue'" },
	{ AT_STEP, "allow_failure", "write 'on_failure: continue'" },
	{ AT_STEP, "timeout-minutes", "write 'timeout: 5m'" },
	{ AT_STEP, "timeout_minutes", "write 'timeout: 5m'" },
	{ AT_STEP, "timeoutSec", "write 'timeout: 5s'" },
	{ AT_STEP, "working-directory", "write 'dir'" },
	{ AT_STEP, "workdir", "write 'dir'" },
	{ AT_STEP, "wdir", "write 'dir'" },
	{ AT_STEP, "retryPolicy", "write 'retry'" },
	{ AT_STEP, "retry_policy", "write 'retry'" },
	{ AT_STEP, "preconditions", "write 'requires'" },
	{ AT_STEP, "status", "write 'ensures', or 'outputs' for files" },
	{ AT_STEP, "desc", "write 'description'" },
	{ AT_STEP, "summary", "write 'description'" },
	{ AT_STEP, "silent", "write 'live', or --output quiet" },
	{ AT_STEP, "image", "write 'container: {image, run}'" },
	{ AT_STEP, "runs-on", "it runs where git wf does; 'container' gives another system" },
	{ AT_STEP, "params", "a parameter that a step names counts for it: ${params.NAME}" },
	{ AT_STEP, "metrics", "write 'outputs' for the file; 'baseline' is a gate over a number" },
	{ AT_STEP, "vars", "write 'vars' at the top, or 'env'" },
	{ AT_STEP, "permissions", "write 'sandbox'" },
	{ AT_STEP, "register", "write NAME=VALUE to $WF_OUTPUT, and read ${steps.ID.outputs.NAME}" },

	{ AT_RETRY, "count", "write 'attempts', which counts the first try too" },
	{ AT_RETRY, "max", "write 'attempts', which counts the first try too" },
	{ AT_RETRY, "limit", "write 'attempts', which counts the first try too" },
	{ AT_RETRY, "max_retries", "write 'attempts', which counts the first try too" },
	{ AT_RETRY, "interval", "write 'delay'" },
	{ AT_RETRY, "intervalSec", "write 'delay'" },
	{ AT_RETRY, "wait", "write 'delay'" },

	{ AT_PARAM, "description", "write 'help'" },
	{ AT_PARAM, "options", "write 'choices'" },
	{ AT_PARAM, "enum", "write 'choices'" },
	{ AT_PARAM, "desc", "write 'help'" },
	{ AT_PARAM, "values", "write 'choices'" },

	{ AT_HOOK, "root", "write 'dir' in the step, and files: [\"ROOT/**\"]" },
	{ AT_HOOK, "paths", "write 'files'" },
	{ AT_HOOK, "glob", "write 'files'" },
	{ AT_HOOK, "exclude", "write 'files', with '!' before the glob" },
	{ AT_HOOK, "only", "write 'branches'" },
	{ AT_HOOK, "skip", "write 'skip_in'" },
	{ AT_HOOK, "stage_fixed", "write 'fix: stage'" },

	{ AT_ON, "push", "write 'pre-push'; for a CI see contrib/ci" },
	{ AT_ON, "pull_request", "a CI runs 'git wf run': see contrib/ci" },
	{ AT_ON, "commit", "write 'pre-commit'" },
	{ AT_ON, "workflow_dispatch", "leave it out: 'git wf run' starts it" },
	{ AT_ON, "cron", "let cron or a timer of the system call 'git wf run'" },
};
/* clang-format on */

const size_t schema_n_aliases = ARRAY_SIZE(schema_aliases);

const struct schema_alias *schema_find_alias(enum schema_place place, const char *key)
{
	for (size_t i = 0; i < schema_n_aliases; i++)
		if (schema_aliases[i].place == place && strcmp(schema_aliases[i].key, key) == 0)
			return &schema_aliases[i];
	return NULL;
}
