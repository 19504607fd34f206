/*
 * The table of keys. A key that the format knows and this version does not read yet has `is_later`,
 * so that it is told apart from a misspelt one.
 */
#include "model/schema.h"

#include <string.h>

#include "base/compat.h"
#include "base/strmap.h"

#define SCALAR "\"type\": [\"string\", \"number\", \"boolean\"]"
#define NAMES  "\"propertyNames\": {\"pattern\": \"^[A-Za-z_][A-Za-z0-9_]*$\"}"

#define GATES                                                                           \
	"{\"anyOf\": [{\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/gate\"}}, " \
	"{\"$ref\": \"#/$defs/gate\"}]}"

#define CALLS                                                                                \
	"{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"array\", \"items\": {\"anyOf\": " \
	"[{\"type\": \"string\"}, {\"$ref\": \"#/$defs/step\"}]}}]}"

#define ON_FAILURE                                                                          \
	"{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"array\", \"items\": {\"type\": " \
	"\"string\"}}, {\"$ref\": \"#/$defs/on_failure\"}]}"

#define LATER(at, name, text)                                                                     \
	{                                                                                         \
		.place = (at), .key = (name), .type = TYPE_OTHER, .is_later = true, .doc = (text) \
	}

#define HOOK_ROW(name, text)                                                                 \
	{                                                                                    \
		AT_ON, (name), TYPE_OTHER, .inner = AT_HOOK, .form = "a mapping of options", \
					   .json = "{\"anyOf\": [{\"type\": \"null\"}, "     \
						   "{\"$ref\": \"#/$defs/hook\"}]}",         \
					   .doc = (text)                                     \
	}

/* clang-format off */
const struct schema_row schema_rows[] = {
	/* ---- the top of the file ---- */
	{ AT_WORKFLOW, "name", TYPE_STRING,
	  .doc = "A title for people. The file's stem is the id." },
	{ AT_WORKFLOW, "description", TYPE_STRING,
	  .doc = "What the workflow is for." },
	{ AT_WORKFLOW, "version", TYPE_STRING,
	  .doc = "For people." },
	{ AT_WORKFLOW, "params", TYPE_MAP, .inner = AT_PARAM,
	  .form = "a mapping of names to parameters",
	  .json = "{\"type\": \"object\", \"propertyNames\": {\"pattern\": \"^[a-z][a-z0-9_]*$\"}, "
		  "\"additionalProperties\": {\"anyOf\": [{\"$ref\": \"#/$defs/param\"}, {\"type\": \"null\"}]}}",
	  .doc = "Parameters by name ([a-z][a-z0-9_]*): --name VALUE on the command line, ${params.name} here." },
	{ AT_WORKFLOW, "vars", TYPE_MAP,
	  .form = "a mapping of names to expressions",
	  .json = "{\"type\": \"object\", " NAMES ", \"additionalProperties\": {" SCALAR "}}",
	  .doc = "Named expressions, evaluated once, without steps and each: ${vars.name}." },
	{ AT_WORKFLOW, "env", TYPE_MAP,
	  .form = "a mapping of names to values",
	  .json = "{\"type\": \"object\", " NAMES ", \"additionalProperties\": {" SCALAR "}}",
	  .doc = "Environment of every step; counts in the fingerprint. {clear: true} starts from PATH HOME USER TERM TMPDIR LANG." },
	{ AT_WORKFLOW, "pass_env", TYPE_STRINGS,
	  .doc = "Names of the caller's environment variables that count in the fingerprint." },
	{ AT_WORKFLOW, "defaults", TYPE_OBJECT, .inner = AT_DEFAULTS,
	  .doc = "Keys that every step inherits." },
	{ AT_WORKFLOW, "order", TYPE_CHOICE, .choices = "graph|listed", .default_text = "graph",
	  .doc = "listed: each step also waits for the one before it." },
	{ AT_WORKFLOW, "pools", TYPE_MAP,
	  .form = "a mapping of names to whole numbers",
	  .json = "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"integer\", \"minimum\": 1}}",
	  .doc = "{NAME: N}: at most N steps with pool: NAME at once." },
	{ AT_WORKFLOW, "timeout", TYPE_DURATION,
	  .doc = "Limit of the whole run." },
	{ AT_WORKFLOW, "max_parallel", TYPE_COUNT,
	  .doc = "At most this many steps at once, also under a higher -j." },
	{ AT_WORKFLOW, "concurrency", TYPE_OBJECT, .inner = AT_CONCURRENCY,
	  .doc = "Runs of one workflow in one worktree exclude each other, and so do those of one group; the later one ends with exit status 4 unless this says otherwise." },
	{ AT_WORKFLOW, "rate", TYPE_OTHER, .form = "a number of runs and a time, such as 10/1h",
	  .json = "{\"type\": \"string\", \"pattern\": \"^[1-9][0-9]*/([0-9.]+(ms|s|m|h|d))+$\"}",
	  .doc = "How often it may run; one run more ends with exit status 4 and the time from which on it may. Runs that have nothing to do do not count." },
	{ AT_WORKFLOW, "rollback", TYPE_OBJECT, .inner = AT_ROLLBACK,
	  .doc = "Snapshots of the worktree for a rollback, and checkpoints. Alone, it means strategy run." },
	{ AT_WORKFLOW, "mode", TYPE_CHOICE, .choices = "autopilot|supervised|hybrid",
	  .default_text = "autopilot",
	  .doc = "How much is asked before steps run: autopilot nothing, supervised before each step, hybrid before those of high risk." },
	{ AT_WORKFLOW, "on", TYPE_OTHER, .inner = AT_ON,
	  .form = "a hook of git, a list of hooks, or a mapping of them",
	  .json = "{\"anyOf\": [{\"$ref\": \"#/$defs/on\"}, {\"type\": \"string\"}, {\"type\": \"array\", "
		  "\"items\": {\"type\": \"string\"}}]}",
	  .doc = "What starts it besides a person, once 'git wf hooks install' was said: [pre-commit, pre-push], or {pre-commit: {files: [\"**/*.py\"]}}." },
	{ AT_WORKFLOW, "requires", TYPE_OTHER, .inner = AT_GATE, .form = "a list of gates", .json = GATES,
	  .doc = "Gates before anything runs, checked in each run." },
	{ AT_WORKFLOW, "ensures", TYPE_OTHER, .inner = AT_GATE, .form = "a list of gates", .json = GATES,
	  .doc = "Gates after the last step, checked in each run whose steps have all passed." },
	{ AT_WORKFLOW, "on_success", TYPE_OTHER, .form = "a list of names and steps", .json = CALLS,
	  .doc = "Names, or steps, that run when all steps have passed and at least one of them has run." },
	{ AT_WORKFLOW, "on_failure", TYPE_OTHER, .form = "a list of names and steps", .json = CALLS,
	  .doc = "Names, or steps, that run when the run has failed." },
	{ AT_WORKFLOW, "error_handlers", TYPE_MAP, .inner = AT_HANDLER,
	  .form = "a mapping of names to handlers",
	  .json = "{\"type\": \"object\", \"propertyNames\": {\"pattern\": \"^[A-Za-z0-9_][A-Za-z0-9_-]*$\"}, "
		  "\"additionalProperties\": {\"$ref\": \"#/$defs/handler\"}}",
	  .doc = "Handlers by name. One with the name of a strategy says what else is done with that strategy." },
	{ AT_WORKFLOW, "notify", TYPE_OBJECT, .inner = AT_NOTIFICATIONS,
	  .doc = "Who is told of the end of a run in which a step ran. A message that does not arrive is a warning." },
	{ AT_WORKFLOW, "expected_duration", TYPE_DURATION,
	  .doc = "A run that takes longer says so." },
	{ AT_WORKFLOW, "steps", TYPE_STEPS, .required = true,
	  .doc = "The graph." },
	{ AT_WORKFLOW, "finally", TYPE_OTHER, .form = "a list of names and steps", .json = CALLS,
	  .doc = "Steps, or names, that run at the end, however the run ends." },

	/* ---- a step ---- */
	{ AT_STEP, "id", TYPE_ID, .required = true,
	  .doc = "[A-Za-z0-9_][A-Za-z0-9_-]*, unique without regard to case." },
	{ AT_STEP, "name", TYPE_STRING,
	  .doc = "A title for people." },
	{ AT_STEP, "description", TYPE_STRING,
	  .doc = "What the step is for." },
	{ AT_STEP, "needs", TYPE_IDS,
	  .doc = "Steps that must be done first." },
	{ AT_STEP, "if", TYPE_EXPR,
	  .doc = "Where it is false the step is skipped." },
	{ AT_STEP, "foreach", TYPE_MAP, .inner = AT_FOREACH,
	  .form = "a mapping of names to lists, {glob: PATTERNS} or {lines: EXPRESSION}",
	  .json = "{\"type\": \"object\", \"minProperties\": 1, " NAMES ", \"additionalProperties\": {\"anyOf\": "
		  "[{\"type\": \"array\", \"items\": {" SCALAR "}}, {\"$ref\": \"#/$defs/foreach\"}]}}",
	  .doc = "Runs the step once for each item, ${each.NAME}; several names make a matrix." },
	{ AT_STEP, "max_parallel", TYPE_COUNT,
	  .doc = "At most this many items of foreach, or steps of a group, at once; where it stands in items of another foreach, in each of them." },
	{ AT_STEP, "stop_on_failure", TYPE_BOOL, .default_text = "false",
	  .doc = "After an item of foreach failed no other is started." },
	{ AT_STEP, "per_file", TYPE_BOOL, .default_text = "false",
	  .doc = "The items of foreach (of a glob, or lines) are files: each is an input of its item, which is remembered for itself." },
	{ AT_STEP, "run", TYPE_RUN, .is_action = true,
	  .doc = "Text for the shell; one program, with redirections to files or without, starts without a shell. A list is a program and its arguments, no shell." },
	{ AT_STEP, "script", TYPE_OBJECT, .is_action = true, .inner = AT_SCRIPT,
	  .doc = "An interpreter with a file, which counts as an input, or with text that stands here." },
	{ AT_STEP, "action", TYPE_STRING, .is_action = true,
	  .form = "the name of a program in .workflows/actions",
	  .doc = "The executable .workflows/actions/NAME; its content counts in the fingerprint." },
	{ AT_STEP, "steps", TYPE_STEPS, .is_action = true,
	  .doc = "A group of steps, GROUP/STEP from elsewhere. Its needs, if and env count for each of them, its timeout for all together." },
	{ AT_STEP, "uses", TYPE_STRING, .is_action = true, .form = "the id of a workflow",
	  .doc = "The steps of another workflow as a group, with the params, vars, env, defaults and pools of their own file." },
	{ AT_STEP, "with", TYPE_MAP,
	  .form = "a mapping of names to values",
	  .json = "{\"type\": \"object\", \"additionalProperties\": {\"type\": [\"string\", \"number\", \"boolean\", \"array\"]}}",
	  .doc = "Values for the params of the workflow that is used; or for an action or agent (of ask, too), which finds NAME in $WF_WITH_NAME (upper case, - as _), a list with one item a line." },
	{ AT_STEP, "wait_for", TYPE_CHOICE, .choices = "all|any|first", .default_text = "all",
	  .doc = "When a group is done. any: with the first step that passes; first: with the first that ends. The others are then cancelled." },
	{ AT_STEP, "order", TYPE_CHOICE, .choices = "graph|listed", .default_text = "graph",
	  .doc = "Of a group: listed: each step also waits for the one before it." },
	{ AT_STEP, "parallel", TYPE_BOOL, .default_text = "false",
	  .doc = "In a list with order: listed: steps in a row that have it wait for the one before the row, not for each other." },
	{ AT_STEP, "inputs", TYPE_PATHS,
	  .doc = "Paths, globs (! excludes), dir/ and artifact:NAME that the result depends on. With it the result is remembered; [] depends on nothing but its command." },
	{ AT_STEP, "outputs", TYPE_PATHS,
	  .doc = "Paths, globs, dir/ and artifact:NAME (a file at $WF_OUT_NAME) that the step writes." },
	{ AT_STEP, "unwritten", TYPE_CHOICE, .choices = "error|stdout", .default_text = "error",
	  .doc = "What becomes of an artifact in outputs that the step does not write. error: the step fails. stdout: it is the value that the step gives that name in $WF_OUTPUT, else all that it printed, without the last line feed; what it printed is then ${steps.ID.outputs.NAME}, too, as far as steps.ID.stdout keeps it." },
	{ AT_STEP, "depfile", TYPE_TEXT,
	  .doc = "A file in the format of cc -MD that the step writes: the paths in it become inputs." },
	{ AT_STEP, "tools", TYPE_TEXTS,
	  .doc = "Programs whose path and content count in the fingerprint." },
	{ AT_STEP, "env", TYPE_MAP,
	  .form = "a mapping of names to values",
	  .json = "{\"type\": \"object\", " NAMES ", \"additionalProperties\": {" SCALAR "}}",
	  .doc = "Environment of this step, over the workflow's." },
	{ AT_STEP, "pass_env", TYPE_STRINGS,
	  .doc = "Names of the caller's environment variables that count in the fingerprint." },
	{ AT_STEP, "dir", TYPE_TEXT, .default_text = "the repository's root",
	  .doc = "Where the step runs; other paths stay relative to the root." },
	{ AT_STEP, "shell", TYPE_STRINGS, .default_text = "[sh, -eu, -c]",
	  .doc = "The program and its options that take the text of run as the last argument." },
	{ AT_STEP, "stdin", TYPE_TEXT, .default_text = "/dev/null",
	  .doc = "Text that the step reads from its standard input." },
	{ AT_STEP, "cache", TYPE_OTHER, .inner = AT_CACHE, .default_text = "true where inputs is declared",
	  .form = "true, false or {failures: true}",
	  .json = "{\"anyOf\": [{\"type\": \"boolean\"}, {\"$ref\": \"#/$defs/cache\"}]}",
	  .doc = "Whether the result is remembered." },
	{ AT_STEP, "timeout", TYPE_DURATION,
	  .doc = "Limit of one attempt." },
	{ AT_STEP, "retry", TYPE_OBJECT, .inner = AT_RETRY,
	  .doc = "Tries again after a failure." },
	{ AT_STEP, "pool", TYPE_STRING,
	  .doc = "The pool, one of pools, that the step takes a place of." },
	{ AT_STEP, "slots", TYPE_COUNT, .default_text = "1",
	  .doc = "How many of -j it takes." },
	{ AT_STEP, "exclusive", TYPE_BOOL, .default_text = "false",
	  .doc = "Runs alone." },
	{ AT_STEP, "console", TYPE_BOOL, .default_text = "false",
	  .doc = "Owns the terminal while it runs. Others that read it are stopped, and a note says so." },
	{ AT_STEP, "live", TYPE_BOOL, .default_text = "false",
	  .doc = "Shows its output as it comes." },
	{ AT_STEP, "on_failure", TYPE_OTHER, .inner = AT_ON_FAILURE, .default_text = "abort",
	  .form = "abort, continue, rollback, fix_and_retry, escalate, a list of names or a mapping", .json = ON_FAILURE,
	  .doc = "abort: nothing more is started. continue: the steps below are skipped, all others go on. rollback: nothing more is started, and when the run has ended the worktree is put back as far as rollback.strategy says. fix_and_retry: when no retry is left something mends it (run, action or agent), and it is tried again; a snapshot is taken before each fix. escalate: when no retry is left a person says what becomes of it: retry, approve (it counts as done), skip, or reject. Names are run, one after the other; with them, abort unless continue stands among them." },
	{ AT_STEP, "secrets", TYPE_STRINGS,
	  .doc = "Names of environment variables whose values are masked in what the step writes." },
	{ AT_STEP, "idempotent", TYPE_BOOL, .default_text = "true",
	  .doc = "false: its start is on disk before it begins, and when the engine died while it ran, a person says whether it has finished: resume --retry ID or --done ID." },
	{ AT_STEP, "ask", TYPE_OBJECT, .is_action = true, .inner = AT_ASK,
	  .doc = "A question to a person. The answer is ${steps.ID.outputs.answer}." },
	{ AT_STEP, "approve", TYPE_TEXT, .is_action = true,
	  .doc = "A person says yes to this text, and the step passes, or no, and it fails." },
	{ AT_STEP, "commit", TYPE_OBJECT, .is_action = true, .inner = AT_COMMIT,
	  .doc = "Commits what the run has changed since it began, or since its last commit, and nothing else. ${steps.ID.outputs.commit} is its id." },
	{ AT_STEP, "container", TYPE_OBJECT, .is_action = true, .inner = AT_CONTAINER,
	  .doc = "Runs in a container of podman or docker, with the repository at its own path, as the user, in the environment of the step alone." },
	{ AT_STEP, "database", TYPE_OBJECT, .is_action = true, .inner = AT_DATABASE,
	  .doc = "SQL, by sqlite3, psql or mysql. ${steps.ID.outputs.rows} is the number of rows that came back, ${steps.ID.outputs.applied} that of the migrations that were made." },
	{ AT_STEP, "window", TYPE_OBJECT, .is_action = true, .inner = AT_WINDOW,
	  .doc = "A command in a terminal window with a name, where a person sees it and can type: of tmux, or of what section [window] of the settings names." },
	{ AT_STEP, "limits", TYPE_OBJECT, .inner = AT_LIMITS,
	  .doc = "What its processes may take." },
	{ AT_STEP, "sandbox", TYPE_OTHER, .inner = AT_SANDBOX, .default_text = "none",
	  .form = "none, outputs, strict or {files, network}",
	  .json = "{\"anyOf\": [{\"enum\": [\"none\", \"outputs\", \"strict\"]}, {\"$ref\": \"#/$defs/sandbox\"}]}",
	  .doc = "outputs: it may write its declared outputs, $TMPDIR and the files of the run only. strict: it also reads only its inputs, its tools and the system, and has no network." },
	{ AT_STEP, "risk", TYPE_CHOICE, .choices = "low|medium|high", .default_text = "low",
	  .doc = "high: mode hybrid asks before the step runs." },
	{ AT_STEP, "agent", TYPE_OTHER, .is_action = true, .inner = AT_AGENT,
	  .form = "the name of a prompt in .workflows/agents, or {name, prompt}",
	  .json = "{\"anyOf\": [{\"type\": \"string\"}, {\"$ref\": \"#/$defs/agent\"}]}",
	  .doc = "The prompt .workflows/agents/NAME.md, or one that stands here, with its values in place, and the declared inputs, for the agent that the user has chosen: agent.command of his config.ini." },
	{ AT_STEP, "allow_paths", TYPE_PATHS,
	  .doc = "What an agent may change besides the outputs of its step, ! excludes; [] for nothing. Anything else is put back, with all that it did, and the step fails." },
	{ AT_STEP, "max_lines", TYPE_COUNT,
	  .doc = "How many lines an agent may add and delete, all in all; more is put back, and the step fails." },
	{ AT_STEP, "http", TYPE_OBJECT, .is_action = true, .inner = AT_HTTP,
	  .doc = "One request. ${steps.ID.outputs.status}, .headers (JSON, names in lower case) and .body are its answer; what it makes of a failure 'retry' says, and an answer's Retry-After is waited for. Never remembered." },
	{ AT_STEP, "notify", TYPE_OTHER, .is_action = true, .inner = AT_NOTIFY,
	  .form = "a text, or {channels, message}",
	  .json = "{\"anyOf\": [{" SCALAR "}, {\"$ref\": \"#/$defs/notify\"}]}",
	  .doc = "A message to people. The channels are sections [notify \"NAME\"] of your own config.ini. A message that does not arrive is a warning: the step passes." },
	{ AT_STEP, "open", TYPE_OTHER, .is_action = true, .inner = AT_OPEN,
	  .form = "a URL, a path, or {changed: GLOBS}",
	  .json = "{\"anyOf\": [{" SCALAR "}, {\"$ref\": \"#/$defs/open\"}]}",
	  .doc = "Shows a page in your browser, or files in your editor. Without a terminal it only says what it would open." },
	LATER(AT_STEP, "git_env", "Hands git's repository variables on."),
	{ AT_STEP, "requires", TYPE_OTHER, .inner = AT_GATE, .form = "a list of gates", .json = GATES,
	  .doc = "Gates before the step, checked where it has to run." },
	{ AT_STEP, "ensures", TYPE_OTHER, .inner = AT_GATE, .form = "a list of gates", .json = GATES,
	  .doc = "Gates after each try of the step. They count in the fingerprint: a result is remembered only if they held." },
	{ AT_STEP, "on_success", TYPE_STRINGS,
	  .doc = "Names that are run, one after the other, when the step has run and passed." },

	/* ---- defaults ---- */
	{ AT_DEFAULTS, "timeout", TYPE_DURATION, .doc = "As in a step." },
	{ AT_DEFAULTS, "retry", TYPE_OBJECT, .inner = AT_RETRY, .doc = "As in a step." },
	{ AT_DEFAULTS, "shell", TYPE_STRINGS, .default_text = "[sh, -eu, -c]", .doc = "As in a step." },
	{ AT_DEFAULTS, "dir", TYPE_TEXT, .default_text = "the repository's root",
	  .doc = "As in a step." },
	{ AT_DEFAULTS, "cache", TYPE_OTHER, .inner = AT_CACHE,
	  .form = "true, false or {failures: true}",
	  .json = "{\"anyOf\": [{\"type\": \"boolean\"}, {\"$ref\": \"#/$defs/cache\"}]}",
	  .doc = "As in a step; true counts only where a step has inputs." },
	{ AT_DEFAULTS, "on_failure", TYPE_OTHER, .inner = AT_ON_FAILURE, .default_text = "abort",
	  .form = "abort, continue, rollback, fix_and_retry, escalate, a list of names or a mapping", .json = ON_FAILURE,
	  .doc = "As in a step. Handlers do not inherit it." },
	{ AT_DEFAULTS, "pool", TYPE_STRING, .doc = "As in a step." },
	{ AT_DEFAULTS, "sandbox", TYPE_OTHER, .inner = AT_SANDBOX, .default_text = "none",
	  .form = "none, outputs, strict or {files, network}",
	  .json = "{\"anyOf\": [{\"enum\": [\"none\", \"outputs\", \"strict\"]}, {\"$ref\": \"#/$defs/sandbox\"}]}",
	  .doc = "As in a step." },

	/* ---- a parameter ---- */
	{ AT_PARAM, "type", TYPE_CHOICE, .choices = "string|int|number|bool|path|list",
	  .default_text = "string",
	  .doc = "What a value must be. A bool takes no value on the command line; a list grows with each use." },
	{ AT_PARAM, "required", TYPE_BOOL, .default_text = "false",
	  .doc = "The run does not start without a value." },
	{ AT_PARAM, "default", TYPE_OTHER,
	  .form = "a single value, or a list for type: list",
	  .json = "{\"type\": [\"string\", \"number\", \"boolean\", \"array\", \"null\"]}",
	  .doc = "The value where none is given." },
	{ AT_PARAM, "choices", TYPE_STRINGS, .doc = "The values there are." },
	{ AT_PARAM, "min", TYPE_NUMBER, .doc = "The least int or number." },
	{ AT_PARAM, "max", TYPE_NUMBER, .doc = "The greatest int or number." },
	{ AT_PARAM, "pattern", TYPE_STRING,
	  .doc = "A POSIX extended regular expression that matches the whole value." },
	{ AT_PARAM, "secret", TYPE_BOOL, .default_text = "false",
	  .doc = "Masked in what steps write, never in a state file." },
	{ AT_PARAM, "help", TYPE_STRING, .doc = "One line for the command line." },
	{ AT_PARAM, "short", TYPE_STRING, .doc = "One letter: i for -i." },

	/* ---- retry ---- */
	{ AT_RETRY, "attempts", TYPE_COUNT, .required = true, .doc = "All tries, the first included." },
	{ AT_RETRY, "delay", TYPE_DURATION, .default_text = "0s", .doc = "Wait before the second try." },
	{ AT_RETRY, "backoff", TYPE_CHOICE, .choices = "fixed|linear|exponential",
	  .default_text = "fixed", .doc = "How the wait grows." },
	{ AT_RETRY, "max_delay", TYPE_DURATION, .default_text = "5m", .doc = "The longest wait." },
	{ AT_RETRY, "jitter", TYPE_NUMBER, .default_text = "0",
	  .doc = "From 0 to 1: up to this part of the wait is added at random." },
	{ AT_RETRY, "on", TYPE_OTHER, .default_text = "every failure",
	  .form = "a list of exit codes and 'timeout'",
	  .json = "{\"type\": \"array\", \"items\": {\"anyOf\": [{\"type\": \"integer\", \"minimum\": 1, "
		  "\"maximum\": 255}, {\"const\": \"timeout\"}]}}",
	  .doc = "Tries again only after these exit codes, or a timeout." },

	/* ---- ask ---- */
	{ AT_ASK, "question", TYPE_TEXT, .required = true, .doc = "What is asked." },
	{ AT_ASK, "agent", TYPE_STRING, .form = "the name of a prompt in .workflows/agents",
	  .doc = "The prompt .workflows/agents/NAME.md, with its values in place, is shown below the question: for who does by hand what else an agent would." },
	{ AT_ASK, "choices", TYPE_TEXTS, .doc = "The answers there are; without them any text is one." },
	{ AT_ASK, "default", TYPE_TEXT,
	  .doc = "The answer of who only presses Enter, and after the timeout." },
	{ AT_ASK, "secret", TYPE_BOOL, .default_text = "false",
	  .doc = "Typed unseen, masked in what steps write, never in a state file: it is asked again when the run is resumed." },
	{ AT_ASK, "timeout", TYPE_DURATION,
	  .doc = "How long an answer is waited for; then the default counts, and without one the step fails." },

	/* ---- script ---- */
	{ AT_SCRIPT, "with", TYPE_TEXTS, .required = true,
	  .doc = "The interpreter, or a list of it and its options: python3, or [perl, -w]." },
	{ AT_SCRIPT, "file", TYPE_TEXT, .doc = "The script's path, an input of the step." },
	{ AT_SCRIPT, "code", TYPE_STRING,
	  .doc = "The script's text, in place of file. No value is put into it: hand it over by args or env." },
	{ AT_SCRIPT, "args", TYPE_TEXTS, .doc = "Arguments of the script." },

	/* ---- limits ---- */
	{ AT_LIMITS, "memory", TYPE_STRING, .doc = "Memory that each process may write to: 512M, 1G." },
	{ AT_LIMITS, "cpu_time", TYPE_DURATION, .doc = "Processor time of each process, in whole seconds: 90s." },
	{ AT_LIMITS, "files", TYPE_COUNT, .doc = "Files that each process may have open." },
	{ AT_LIMITS, "processes", TYPE_COUNT,
	  .doc = "Processes and threads of the step at once. Needs user namespaces; for root there is no such limit, and the step fails." },

	/* ---- sandbox ---- */
	{ AT_SANDBOX, "files", TYPE_CHOICE, .choices = "none|outputs|strict", .default_text = "none",
	  .doc = "none: as without a sandbox. outputs and strict: what may be written and read, as above." },
	{ AT_SANDBOX, "network", TYPE_CHOICE, .choices = "all|none", .default_text = "all",
	  .doc = "none: no socket can be made, not even to this machine." },

	/* ---- commit ---- */
	{ AT_COMMIT, "message", TYPE_TEXT, .required = true, .doc = "The message; Wf-Run, Wf-Workflow and Wf-Step are its trailers." },
	{ AT_COMMIT, "paths", TYPE_TEXTS, .doc = "Globs of what is committed, from the root; without them all that the run has changed." },
	{ AT_COMMIT, "trailers", TYPE_MAP, .form = "a mapping of names to values",
	  .json = "{\"type\": \"object\", \"propertyNames\": {\"pattern\": \"^[A-Za-z0-9][A-Za-z0-9-]*$\"}, \"additionalProperties\": {" SCALAR "}}",
	  .doc = "More trailers: {Reviewed-by: ${params.reviewer}}." },

	/* ---- agent ---- */
	{ AT_AGENT, "name", TYPE_STRING, .required = true, .doc = "What the agent is called, to whom it is handed: letters, digits, _, - and '.'." },
	{ AT_AGENT, "prompt", TYPE_TEXT, .required = true, .doc = "The prompt, in place of a file." },

	/* ---- container ---- */
	{ AT_CONTAINER, "image", TYPE_TEXT, .doc = "The image: debian:12, or NAME@sha256:… for one that cannot change." },
	{ AT_CONTAINER, "run", TYPE_RUN,
	  .doc = "What runs in it: text for its shell (shell of the step), or a program and its arguments; without it what the image starts." },
	{ AT_CONTAINER, "build", TYPE_OTHER, .inner = AT_BUILD, .form = "a folder, or {context, file}",
	  .json = "{\"anyOf\": [{\"type\": \"string\"}, {\"$ref\": \"#/$defs/build\"}]}",
	  .doc = "A folder that the image is built from, in place of image; with run that is run in it. ${steps.ID.outputs.image} is the id of the image." },
	{ AT_CONTAINER, "tags", TYPE_TEXTS, .doc = "Names of the image that is built." },
	{ AT_CONTAINER, "args", TYPE_MAP, .form = "a mapping of names to values",
	  .json = "{\"type\": \"object\", " NAMES ", \"additionalProperties\": {" SCALAR "}}",
	  .doc = "Arguments of the build (ARG); they stand in the image's history, so no secrets." },
	{ AT_CONTAINER, "mounts", TYPE_TEXTS, .form = "a list of SOURCE:TARGET and SOURCE:TARGET:ro",
	  .doc = "More folders and files of this machine, SOURCE:TARGET or SOURCE:TARGET:ro. A SOURCE is in the tree, or begins with / or ~/ as it is written." },

	/* ---- build ---- */
	{ AT_BUILD, "context", TYPE_TEXT, .required = true, .doc = "The folder." },
	{ AT_BUILD, "file", TYPE_TEXT, .default_text = "Containerfile or Dockerfile in it",
	  .doc = "What says how it is built, from the repository's root." },

	/* ---- http ---- */
	{ AT_HTTP, "url", TYPE_TEXT, .required = true,
	  .doc = "http:// or https://. A value in it is percent-encoded, but one that it begins with; certificates are always checked, by the system's authorities or those of $SSL_CERT_FILE." },
	{ AT_HTTP, "method", TYPE_CHOICE, .choices = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS",
	  .default_text = "GET; with a body POST", .doc = "What is asked for." },
	{ AT_HTTP, "headers", TYPE_MAP, .form = "a mapping of names to values",
	  .json = "{\"type\": \"object\", \"additionalProperties\": {" SCALAR "}}",
	  .doc = "Headers of the request. A value with a line break is an error." },
	{ AT_HTTP, "auth", TYPE_OBJECT, .inner = AT_HTTP_AUTH,
	  .doc = "Who asks, by a password or token that no file holds: it comes from env, secret or params, and is masked." },
	{ AT_HTTP, "body", TYPE_OTHER, .inner = AT_HTTP_BODY, .form = "a text, or a mapping of json, form, file or text",
	  .json = "{\"anyOf\": [{" SCALAR "}, {\"$ref\": \"#/$defs/http_body\"}]}",
	  .doc = "What is sent." },
	{ AT_HTTP, "expect", TYPE_OTHER, .inner = AT_HTTP_EXPECT, .default_text = "2xx",
	  .form = "statuses such as 200, 2xx or 200-204, an expression, or {status, if}",
	  .json = "{\"anyOf\": [{" SCALAR "}, {\"type\": \"array\", \"items\": {" SCALAR "}}, {\"$ref\": \"#/$defs/http_expect\"}]}",
	  .doc = "What the answer must be; with any other the step fails." },
	{ AT_HTTP, "save", TYPE_TEXT,
	  .doc = "A path, an output of the step, or artifact:NAME, that gets the body when all of it has arrived. Without it the body may have 1 MiB." },
	{ AT_HTTP, "redirects", TYPE_OTHER, .default_text = "10", .form = "a whole number from 0 to 50",
	  .json = "{\"type\": \"integer\", \"minimum\": 0, \"maximum\": 50}",
	  .doc = "How many redirects are followed; never one from https to http." },

	/* ---- auth of http ---- */
	{ AT_HTTP_AUTH, "username", TYPE_TEXT, .doc = "Basic: the name." },
	{ AT_HTTP_AUTH, "password", TYPE_TEXT, .doc = "Basic: ${secret.NAME} or ${env.NAME}." },
	{ AT_HTTP_AUTH, "bearer", TYPE_TEXT, .doc = "A token: ${secret.NAME} or ${env.NAME}." },

	/* ---- body of http ---- */
	{ AT_HTTP_BODY, "text", TYPE_TEXT, .doc = "The text itself." },
	{ AT_HTTP_BODY, "json", TYPE_OTHER, .form = "any value", .json = "{\"$comment\": \"any value\"}",
	  .doc = "Is sent as JSON. A string that is one ${…} becomes the value itself." },
	{ AT_HTTP_BODY, "form", TYPE_MAP, .form = "a mapping of names to values",
	  .json = "{\"type\": \"object\", \"additionalProperties\": {" SCALAR "}}",
	  .doc = "Is sent as a form of a page, percent-encoded." },
	{ AT_HTTP_BODY, "file", TYPE_TEXT, .doc = "The content of a file, which is an input of the step." },

	/* ---- expect of http ---- */
	{ AT_HTTP_EXPECT, "status", TYPE_STRINGS, .default_text = "2xx, or any where 'if' looks at it",
	  .doc = "Statuses: 200, 2xx, 200-204." },
	{ AT_HTTP_EXPECT, "if", TYPE_EXPR,
	  .doc = "An expression over status, headers['content-type'] and json, the body's value." },

	/* ---- window ---- */
	{ AT_WINDOW, "target", TYPE_TEXT, .required = true,
	  .doc = "The name of the window. Where the session has one of that name, that is split." },
	{ AT_WINDOW, "run", TYPE_RUN, .required = true, .doc = "What runs in it: text for the shell, or a program and its arguments." },
	{ AT_WINDOW, "wait", TYPE_BOOL, .default_text = "true",
	  .doc = "The step ends when the command does, as the command does; false: when it has begun." },
	{ AT_WINDOW, "restore", TYPE_BOOL, .default_text = "true",
	  .doc = "Then the window that was in front before is in front again, unless a person has gone elsewhere." },
	{ AT_WINDOW, "verify_timeout", TYPE_DURATION, .default_text = "5s",
	  .doc = "The command must have begun by then, or the step fails." },

	/* ---- database ---- */
	{ AT_DATABASE, "url", TYPE_TEXT, .required = true,
	  .doc = "sqlite:PATH (in the tree), postgres://USER@HOST:PORT/NAME or mysql://USER@HOST:PORT/NAME. A password in it reaches the client by its environment." },
	{ AT_DATABASE, "run", TYPE_TEXT,
	  .doc = "SQL. A value becomes a literal of the dialect, a list one with commas: WHERE name = ${params.name} AND id IN (${vars.ids}); it stands outside quotes. Rows come out as CSV without a heading (mysql: with tabs)." },
	{ AT_DATABASE, "migrations", TYPE_TEXT,
	  .doc = "A folder with NUMBER_name.sql: those that table wf_migrations does not name are made in order, one transaction each, before run. A file that has changed since, or is gone, is an error." },
	{ AT_DATABASE, "rollback_on_failure", TYPE_BOOL, .default_text = "false",
	  .doc = "All migrations, and run, are one transaction: a failure takes back all of them." },

	/* ---- notify ---- */
	{ AT_NOTIFY, "channels", TYPE_STRINGS, .default_text = "those of the file's own notify, else all you have",
	  .doc = "Names of channels." },
	{ AT_NOTIFY, "message", TYPE_TEXT, .required = true, .doc = "What they are told." },

	/* ---- notify at the top ---- */
	{ AT_NOTIFICATIONS, "channels", TYPE_STRINGS, .default_text = "all you have", .doc = "Names of channels." },
	{ AT_NOTIFICATIONS, "on", TYPE_STRINGS, .form = "a list of success, failure and waiting",
	  .doc = "The ends that are told: passed, failed, waiting for a person." },
	{ AT_NOTIFICATIONS, "rules", TYPE_OTHER, .inner = AT_NOTIFY_RULE, .form = "a list of {if, channels, message}",
	  .json = "{\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/notify_rule\"}}",
	  .doc = "What else is told at the end of a run." },

	/* ---- open ---- */
	{ AT_OPEN, "changed", TYPE_TEXTS, .required = true,
	  .doc = "Globs: those files are opened in the editor that differ from HEAD, or are new and not ignored." },

	/* ---- a rule of notify ---- */
	{ AT_NOTIFY_RULE, "name", TYPE_STRING, .doc = "What it is called in messages." },
	{ AT_NOTIFY_RULE, "if", TYPE_EXPR, .required = true,
	  .doc = "Over run.status (passed, failed, cancelled, waiting), run.duration (seconds), run.steps, run.failed; error; metrics; and what else the file may look at: metrics.success_rate < 80%." },
	{ AT_NOTIFY_RULE, "channels", TYPE_STRINGS, .default_text = "those of notify", .doc = "Names of channels." },
	{ AT_NOTIFY_RULE, "message", TYPE_TEXT, .default_text = "its name and how the run ended", .doc = "What they are told." },

	/* ---- cache ---- */
	{ AT_CACHE, "failures", TYPE_BOOL, .default_text = "false",
	  .doc = "A failure is remembered too: the step fails again without running." },

	/* ---- rollback ---- */
	{ AT_ROLLBACK, "checkpoints", TYPE_OTHER, .inner = AT_CHECKPOINT,
	  .form = "a list of {after: ID} and {before: ID}",
	  .json = "{\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/checkpoint\"}}",
	  .doc = "Where the state of the run is written down in any case, and kept." },
	{ AT_ROLLBACK, "strategy", TYPE_CHOICE, .choices = "none|step|checkpoint|run",
	  .doc = "What a rollback after a failure undoes: the step that failed, all since the last checkpoint, or the whole run; none: no snapshots are taken. Default: run where the workflow has 'rollback', a step with 'on_failure' of rollback or fix_and_retry, a commit or an agent, else none." },
	{ AT_ROLLBACK, "include", TYPE_STRINGS,
	  .doc = "Globs of ignored paths that snapshots take too." },
	{ AT_ROLLBACK, "cleanup", TYPE_STRINGS,
	  .doc = "Names that run when a rollback has put the worktree back: one that a failure wanted, when all else has ended, and 'git wf rollback'." },

	/* ---- an item of rollback.checkpoints ---- */
	{ AT_CHECKPOINT, "after", TYPE_ID, .doc = "After this step passed." },
	{ AT_CHECKPOINT, "before", TYPE_ID, .doc = "Before this step is started." },

	/* ---- concurrency ---- */
	{ AT_CONCURRENCY, "group", TYPE_TEXT,
	  .doc = "A name ([A-Za-z0-9_.-]+): of all workflows with it one run at a time. ${params.x}, env, vars, workflow and git may stand in it, with any printable value: deploy-${params.env}." },
	{ AT_CONCURRENCY, "wait", TYPE_BOOL, .default_text = "false",
	  .doc = "Wait for the turn." },
	{ AT_CONCURRENCY, "cancel_in_progress", TYPE_BOOL, .default_text = "false",
	  .doc = "Cancel the run that is at work, then wait for its end." },

	/* ---- a gate ---- */
	{ AT_GATE, "commands", TYPE_TEXTS, .doc = "Programs that must be found." },
	{ AT_GATE, "env", TYPE_TEXTS, .doc = "Names of environment variables that must have a value." },
	{ AT_GATE, "files", TYPE_OTHER, .inner = AT_GATE_FILE,
	  .form = "a list of paths and {path, access}",
	  .json = "{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"array\", \"items\": {\"anyOf\": "
		  "[{\"type\": \"string\"}, {\"$ref\": \"#/$defs/gate_file\"}]}}]}",
	  .doc = "Paths that must be there; a slash at the end: as a directory." },
	{ AT_GATE, "branch", TYPE_TEXTS,
	  .doc = "Names and globs of which the branch must match one." },
	{ AT_GATE, "clean", TYPE_BOOL,
	  .doc = "true: nothing in the worktree or the index differs from HEAD, and nothing is untracked. false: something does." },
	{ AT_GATE, "if", TYPE_EXPR, .doc = "An expression that must be true." },
	{ AT_GATE, "run", TYPE_RUN,
	  .doc = "A command that must end with 0, in the directory and environment of its step; the shell is that of defaults." },
	{ AT_GATE, "json", TYPE_OBJECT, .inner = AT_GATE_JSON, .doc = "A file that must be JSON." },
	{ AT_GATE, "matches", TYPE_OBJECT, .inner = AT_GATE_MATCHES,
	  .doc = "A file that must hold a pattern." },
	{ AT_GATE, "baseline", TYPE_OBJECT, .inner = AT_GATE_BASELINE,
	  .doc = "A number that must not be worse than in earlier runs of the workflow: than the median of the last five that passed." },
	{ AT_GATE, "no_secrets", TYPE_CHOICE, .choices = "staged|all",
	  .doc = "No private key, token or password in what is staged, or in all files of the worktree that are not ignored. A line with 'secrets: allow' is passed over, and what the globs and, after '=', texts in .workflows/secrets-allow say." },
	{ AT_GATE, "disk", TYPE_STRING, .doc = "Free space that the worktree's disk must have: 1G." },
	{ AT_GATE, "memory", TYPE_STRING, .doc = "Memory that must be available: 512M." },
	{ AT_GATE, "permissions", TYPE_MAP, .form = "a mapping of paths to modes such as \"0644\" or rw",
	  .json = "{\"type\": \"object\", \"minProperties\": 1, \"additionalProperties\": {\"type\": \"string\", \"pattern\": "
		  "\"^(0?[0-7]{3}|[rwx]+)$\"}}",
	  .doc = "Permissions of files: exactly these bits, or what the caller must be able to do." },
	{ AT_GATE, "message", TYPE_TEXT, .doc = "What is said where the gate fails." },
	{ AT_GATE, "level", TYPE_CHOICE, .choices = "error|warning", .default_text = "error",
	  .doc = "warning: it is told, and the run goes on." },
	{ AT_GATE, "timeout", TYPE_DURATION, .default_text = "5m",
	  .doc = "Limit of a gate with run." },

	/* ---- an item of `files` ---- */
	{ AT_GATE_FILE, "path", TYPE_TEXT, .required = true, .doc = "Relative to the root." },
	{ AT_GATE_FILE, "access", TYPE_STRING, .doc = "What the caller must be able to do: letters of r, w and x." },

	/* ---- json ---- */
	{ AT_GATE_JSON, "file", TYPE_TEXT, .required = true, .doc = "The file." },
	{ AT_GATE_JSON, "schema", TYPE_TEXT,
	  .doc = "A file with a JSON Schema (draft 2020-12); a keyword that is not supported is an error." },

	/* ---- matches ---- */
	{ AT_GATE_MATCHES, "file", TYPE_TEXT, .required = true, .doc = "The file." },
	{ AT_GATE_MATCHES, "pattern", TYPE_STRING, .required = true,
	  .doc = "A POSIX extended regular expression; ^ and $ stand for the ends of a line." },

	/* ---- baseline ---- */
	{ AT_GATE_BASELINE, "value", TYPE_EXPR, .required = true, .doc = "The number." },
	{ AT_GATE_BASELINE, "worse_by", TYPE_STRING, .default_text = "0",
	  .doc = "How much worse it may be: a number, or a part of the earlier value such as 5%." },
	{ AT_GATE_BASELINE, "better", TYPE_CHOICE, .choices = "higher|lower", .default_text = "higher",
	  .doc = "Which way is better." },

	/* ---- error_handlers ---- */
	{ AT_HANDLER, "run", TYPE_RUN, .doc = "What is run, as in a step." },
	{ AT_HANDLER, "attempts", TYPE_COUNT, .default_text = "1", .doc = "How often it is tried, all in all." },
	{ AT_HANDLER, "message", TYPE_TEXT, .doc = "What is said when it is called." },
	{ AT_HANDLER, "action", TYPE_STRING, .doc = "The executable .workflows/actions/NAME, in place of run." },
	{ AT_HANDLER, "agent", TYPE_STRING, .doc = "The prompt .workflows/agents/NAME.md for the user's agent, in place of run." },
	{ AT_HANDLER, "notify", TYPE_STRINGS, .doc = "Channels that are told its message, or what has failed." },

	/* ---- a mapping in on_failure ---- */
	{ AT_ON_FAILURE, "strategy", TYPE_CHOICE, .choices = "abort|continue|rollback|fix_and_retry|escalate", .default_text = "abort",
	  .doc = "What becomes of the step and the run." },
	{ AT_ON_FAILURE, "run", TYPE_RUN, .doc = "What is run, as in a step." },
	{ AT_ON_FAILURE, "attempts", TYPE_COUNT, .default_text = "1", .doc = "How often it is tried, all in all; with fix_and_retry: how often it may fix." },
	{ AT_ON_FAILURE, "message", TYPE_TEXT, .doc = "What is said then; with escalate: what the person is asked." },
	{ AT_ON_FAILURE, "action", TYPE_STRING, .doc = "The executable .workflows/actions/NAME, in place of run." },
	{ AT_ON_FAILURE, "agent", TYPE_STRING, .doc = "The prompt .workflows/agents/NAME.md for the user's agent, in place of run." },

	/* ---- on ---- */
	HOOK_ROW("pre-commit", "Before a commit, on what is staged."),
	HOOK_ROW("pre-merge-commit", "Before the commit of a merge, on what is staged."),
	HOOK_ROW("prepare-commit-msg", "Before the editor opens on the message: $WF_MSG_FILE."),
	HOOK_ROW("commit-msg", "After the message was written: $WF_MSG_FILE."),
	HOOK_ROW("post-commit", "After a commit."),
	HOOK_ROW("pre-rebase", "Before a rebase."),
	HOOK_ROW("post-rewrite", "After amend and rebase; event.rewritten are the commits."),
	HOOK_ROW("post-checkout", "After a checkout, a switch, a clone."),
	HOOK_ROW("post-merge", "After a merge, and a pull that merges."),
	HOOK_ROW("pre-push", "Before a push, on the commits that are pushed; deletions do not count."),
	HOOK_ROW("applypatch-msg", "On the message of a patch that git am applies: $WF_MSG_FILE."),
	HOOK_ROW("pre-applypatch", "Before git am commits a patch that is applied."),
	HOOK_ROW("post-applypatch", "After git am committed a patch."),
	HOOK_ROW("sendemail-validate", "On a mail that git send-email sends: $WF_MSG_FILE."),
	HOOK_ROW("p4-pre-submit", "Before git p4 submit."),
	HOOK_ROW("p4-prepare-changelist", "On the text that git p4 submit begins with: $WF_MSG_FILE."),
	HOOK_ROW("p4-changelist", "On the text that git p4 submit hands over: $WF_MSG_FILE."),
	HOOK_ROW("p4-post-changelist", "After git p4 submit."),
	HOOK_ROW("pre-auto-gc", "Before git gc --auto."),
	HOOK_ROW("post-index-change", "After the index was written."),
	HOOK_ROW("reference-transaction", "While references are changed; event.state says how far that is."),
	HOOK_ROW("pre-receive", "Where a push arrives, before any reference is changed, on the commits that arrive."),
	HOOK_ROW("update", "Where a push arrives, before a reference is changed, on its commit."),
	HOOK_ROW("post-receive", "Where a push arrived, on the commits that arrived."),
	{ AT_ON, "manual", TYPE_OTHER, .form = "nothing", .json = "{\"type\": \"null\"}",
	  .doc = "Started by a person; that is always possible." },
	LATER(AT_ON, "schedule", "At times."),
	LATER(AT_ON, "watch", "When files change."),
	LATER(AT_ON, "webhook", "By a request."),

	/* ---- a hook ---- */
	{ AT_HOOK, "files", TYPE_STRINGS,
	  .doc = "Globs from the top of the repository, ! excludes: the workflow is started only if one of the hook's files matches, and is told of those that do." },
	{ AT_HOOK, "types", TYPE_STRINGS,
	  .doc = "The same by kind, a file must be of all: file, symlink, executable, text, binary, or a language such as python, c or shell, told by name and #! line." },
	{ AT_HOOK, "branches", TYPE_STRINGS,
	  .doc = "Globs of which the branch must match one: the current one, or those that are pushed to." },
	{ AT_HOOK, "skip_in", TYPE_STRINGS, .form = "a list of merge, rebase and cherry-pick",
	  .doc = "Operations in the midst of which it is not started." },
	{ AT_HOOK, "priority", TYPE_NUMBER, .default_text = "0",
	  .doc = "Of several workflows of a hook the lower one goes first; after one that failed those of a higher number are not started." },
	{ AT_HOOK, "isolation", TYPE_CHOICE, .choices = "auto|shadow|export|in-place", .default_text = "auto",
	  .doc = "Where steps run: shadow: in a worktree below the git directory; export: in a folder with nothing but the hook's files; in-place: in your worktree as it is; auto: in place where that holds exactly what is tested, else in a shadow." },
	{ AT_HOOK, "fix", TYPE_CHOICE, .choices = "stage|fail|off", .default_text = "stage",
	  .doc = "What becomes of changes that steps make to files of the commit: stage: they go into the commit and the worktree; fail: into the worktree only, and the hook fails; off: nowhere, and the hook fails." },
	{ AT_HOOK, "share", TYPE_STRINGS,
	  .doc = "Ignored paths of the worktree, such as node_modules, that steps find elsewhere too." },
	{ AT_HOOK, "keep", TYPE_STRINGS,
	  .doc = "Ignored paths, such as build, that stay in the shadow from one time to the next." },
	{ AT_HOOK, "required", TYPE_BOOL, .default_text = "true",
	  .doc = "false: where it fails it says so, and git goes on." },

	/* ---- a name of foreach ---- */
	{ AT_FOREACH, "glob", TYPE_PATHS, .doc = "Patterns; the items are the paths that match." },
	{ AT_FOREACH, "lines", TYPE_EXPR,
	  .doc = "An expression; the items are the lines of its text, or the items of its list." },
};
/* clang-format on */

_Static_assert(ARRAY_SIZE(schema_rows) <= SCHEMA_ROWS_MAX, "more rows than a set of them can hold");
const size_t schema_n_rows = ARRAY_SIZE(schema_rows);

const struct schema_row *schema_find(enum schema_place place, const char *key)
{
	for (size_t i = 0; i < schema_n_rows; i++)
		if (schema_rows[i].place == place && strcmp(schema_rows[i].key, key) == 0)
			return &schema_rows[i];
	return NULL;
}

const char *schema_nearest_key(enum schema_place place, const char *word)
{
	const char *keys[ARRAY_SIZE(schema_rows)];
	size_t n = 0;

	for (size_t i = 0; i < schema_n_rows; i++)
		if (schema_rows[i].place == place && !schema_rows[i].is_later)
			keys[n++] = schema_rows[i].key;
	return nearest_word(word, keys, n);
}

const char *schema_place_name(enum schema_place place)
{
	static const char *const names[] = {
		[AT_WORKFLOW] = "a workflow",
		[AT_STEP] = "a step",
		[AT_DEFAULTS] = "'defaults'",
		[AT_PARAM] = "a parameter",
		[AT_RETRY] = "'retry'",
		[AT_CACHE] = "'cache'",
		[AT_FOREACH] = "'foreach'",
		[AT_ROLLBACK] = "'rollback'",
		[AT_ASK] = "'ask'",
		[AT_COMMIT] = "'commit'",
		[AT_AGENT] = "'agent'",
		[AT_CONTAINER] = "'container'",
		[AT_BUILD] = "'build'",
		[AT_HTTP] = "'http'",
		[AT_HTTP_AUTH] = "'auth'",
		[AT_HTTP_BODY] = "'body'",
		[AT_HTTP_EXPECT] = "'expect'",
		[AT_DATABASE] = "'database'",
		[AT_NOTIFY] = "'notify'",
		[AT_NOTIFICATIONS] = "'notify'",
		[AT_NOTIFY_RULE] = "a rule of 'notify'",
		[AT_OPEN] = "'open'",
		[AT_WINDOW] = "'window'",
		[AT_SCRIPT] = "'script'",
		[AT_LIMITS] = "'limits'",
		[AT_SANDBOX] = "'sandbox'",
		[AT_CHECKPOINT] = "a checkpoint",
		[AT_CONCURRENCY] = "'concurrency'",
		[AT_GATE] = "a gate",
		[AT_GATE_FILE] = "an item of 'files'",
		[AT_GATE_JSON] = "'json'",
		[AT_GATE_MATCHES] = "'matches'",
		[AT_GATE_BASELINE] = "'baseline'",
		[AT_HANDLER] = "a handler",
		[AT_ON_FAILURE] = "'on_failure'",
		[AT_ON] = "'on'",
		[AT_HOOK] = "a hook",
	};

	return names[place];
}

const char *schema_type_name(enum schema_type type)
{
	static const char *const names[] = {
		[TYPE_STRING] = "a string",
		[TYPE_TEXT] = "a string",
		[TYPE_NUMBER] = "a number",
		[TYPE_COUNT] = "a whole number from 1 on",
		[TYPE_BOOL] = "true or false",
		[TYPE_DURATION] = "a duration such as 30s",
		[TYPE_EXPR] = "an expression",
		[TYPE_ID] = "an id",
		[TYPE_CHOICE] = "one of its words",
		[TYPE_STRINGS] = "a list of strings",
		[TYPE_TEXTS] = "a list of strings",
		[TYPE_PATHS] = "a list of paths",
		[TYPE_IDS] = "a list of step ids",
		[TYPE_MAP] = "a mapping",
		[TYPE_RUN] = "text or a list of words",
		[TYPE_OBJECT] = "a mapping",
		[TYPE_STEPS] = "a list of steps",
		[TYPE_OTHER] = "something else",
	};

	return names[type];
}

void schema_row_form(const struct schema_row *row, struct strbuf *out)
{
	if (row->form) {
		strbuf_addstr(out, row->form);
		return;
	}
	if (row->type != TYPE_CHOICE) {
		strbuf_addstr(out, schema_type_name(row->type));
		return;
	}
	strbuf_addstr(out, "one of ");
	for (const char *at = row->choices; *at; at++) {
		if (*at == '|')
			strbuf_addstr(out, ", ");
		else
			strbuf_addch(out, *at);
	}
}
