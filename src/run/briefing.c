/*
 * What an agent gets on its standard input: the prompt with its values (step/agent.c), what it may
 * change, the failure that it is called for, and the declared inputs.
 *
 *	PROMPT
 *
 *	# Values
 *
 *	- issue: 1234
 *
 *	# Limits
 *
 *	…
 *
 *	# File: src/a.c
 *
 *	```
 *	CONTENT
 *	```
 *
 * A file over FILE_MAX, one that is no text, and all that come once ALL_MAX was given, is named and not
 * shown: it is there to be read.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine_impl.h"

#include "base/utf8.h"
#include "failure_impl.h"
#include "sys/fs.h"

#define FILE_MAX ((size_t)64 << 10)  /* bytes of one file */
#define ALL_MAX	 ((size_t)512 << 10) /* bytes of all together */

struct briefing {
	struct execution *execution;
	const struct command *command;
	const struct step *step;
	struct strbuf *out;
	size_t shown; /* bytes of files */
};

static void add_heading(struct briefing *briefing, const char *heading)
{
	strbuf_addf(briefing->out, "\n# %s\n\n", heading);
}

/* ---- Texts as they are ---- */

static size_t longest_fence(const char *text)
{
	size_t longest = 0;

	for (const char *at = text; (at = strchr(at, '`'));) {
		size_t n = strspn(at, "`");

		longest = n > longest ? n : longest;
		at += n;
	}
	return longest;
}

static void add_fence(struct strbuf *out, size_t n)
{
	while (n--)
		strbuf_addch(out, '`');
	strbuf_addch(out, '\n');
}

/* Nothing in it ends the fence around it. */
static void add_fenced(struct briefing *briefing, const char *text, size_t len)
{
	size_t longest = longest_fence(text), n = longest < 3 ? 3 : longest + 1;

	add_fence(briefing->out, n);
	strbuf_add(briefing->out, text, len);
	if (len && text[len - 1] != '\n')
		strbuf_addch(briefing->out, '\n');
	add_fence(briefing->out, n);
}

/* ---- What it may change ---- */

static void add_limits(struct briefing *briefing)
{
	const struct command *command = briefing->command;
	const struct node *node = briefing->execution->node;
	struct strbuf *out = briefing->out;

	if (!step_is_restrained(briefing->step))
		return;
	add_heading(briefing, "Limits");
	if (briefing->step->agent->max_lines)
		strbuf_addf(out, "Add and delete no more than %u lines, all in all.\n",
			    briefing->step->agent->max_lines);
	if (!briefing->step->agent->has_allowed)
		return;
	strbuf_addstr(out, "Change no files but these; whatever else changes is put back, with all "
			   "that you did:\n\n");
	for (size_t i = 0; i < command->allowed.n; i++)
		strbuf_addf(out, *command->allowed.v[i] == '!' ? "- not `%s`\n" : "- `%s`\n",
			    command->allowed.v[i] + (*command->allowed.v[i] == '!'));
	for (size_t i = 0; i < node->n_outputs; i++)
		if (node->outputs[i].kind != PATH_ARTIFACT)
			strbuf_addf(out, "- `%s`\n", node->outputs[i].path);
	if (!command->allowed.n && !node->n_outputs)
		strbuf_addstr(out, "- none at all\n");
}

/* ---- What it is called for ---- */

static struct value error_of(struct briefing *briefing, const char *member)
{
	struct value value = value_null();

	failure_lookup(briefing->execution->engine->session, briefing->execution->node, member,
		       &value, NULL);
	return value;
}

/* A fixer, or what a failure calls. */
static bool has_failure(const struct briefing *briefing)
{
	const struct node *node = briefing->execution->node;

	return mending_is_at_work(briefing->execution) ||
	       (node->step->within && node->step->within->on == CALL_ON_FAILURE);
}

static void add_failure(struct briefing *briefing)
{
	struct value step, message, output;

	if (!has_failure(briefing))
		return;
	step = error_of(briefing, "step");
	if (step.kind != VALUE_STRING)
		return;
	message = error_of(briefing, "message");
	output = error_of(briefing, "output");
	add_heading(briefing, "Failure");
	strbuf_addf(briefing->out, "Step `%s` has failed: %s\n", step.text,
		    message.kind == VALUE_STRING ? message.text : "");
	if (output.kind != VALUE_STRING || !*output.text)
		return;
	strbuf_addstr(briefing->out, "\nThe end of what it wrote:\n\n");
	add_fenced(briefing, output.text, strlen(output.text));
}

/* ---- Files ---- */

static void name_only(struct briefing *briefing, const char *path, const char *why)
{
	add_heading(briefing, arena_join(&briefing->execution->arena, "File: ", path, ""));
	strbuf_addf(briefing->out, "(%s)\n", why);
}

static void show_text(struct briefing *briefing, const char *path, const struct strbuf *text)
{
	if (!utf8_is_text(strbuf_str(text), text->len)) {
		name_only(briefing, path, "no text, not shown");
		return;
	}
	briefing->shown += text->len;
	add_heading(briefing, arena_join(&briefing->execution->arena, "File: ", path, ""));
	add_fenced(briefing, strbuf_str(text), text->len);
}

static void add_file(struct briefing *briefing, const char *path, const char *shown_as)
{
	struct arena *arena = &briefing->execution->arena;
	int root_fd = briefing->execution->engine->session->layout.root_fd;
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err err CLEANUP(err_release) = ERR_INIT;
	struct stat st;

	if (fstatat(root_fd, path, &st, 0) < 0)
		name_only(briefing, shown_as, "it is not there");
	else if (!S_ISREG(st.st_mode))
		name_only(briefing, shown_as, "no file, not shown");
	else if ((uint64_t)st.st_size > FILE_MAX ||
		 (uint64_t)st.st_size + briefing->shown > ALL_MAX)
		name_only(briefing, shown_as,
			  arena_printf(arena, "%lld bytes, not shown: read it there",
				       (long long)st.st_size));
	else if (fs_read_file(root_fd, path, FILE_MAX, &text, &err) < 0)
		name_only(briefing, shown_as, err_msg(&err));
	else
		show_text(briefing, shown_as, &text);
}

static void add_files(struct briefing *briefing)
{
	struct execution *execution = briefing->execution;
	const struct seen_entries *inputs = &execution->judged.gathered.inputs;
	const char *prompt = briefing->step->agent->path;

	for (size_t i = 0; i < inputs->list.n; i++) {
		const char *path = inputs->list.v[i].entry.path;

		if (!strncmp(path, "artifact:", 9))
			add_file(briefing,
				 artifact_path(execution->engine->session, &execution->arena,
					       path + 9),
				 path);
		else if (!prompt || strcmp(path, prompt) != 0)
			add_file(briefing, path, path);
	}
}

void briefing_write(struct execution *execution, const struct command *command,
		    const struct step *step, struct strbuf *out)
{
	struct briefing briefing = {
		.execution = execution, .command = command, .step = step, .out = out
	};

	strbuf_addstr(out, command->stdin_text);
	add_limits(&briefing);
	add_failure(&briefing);
	if (execution->judged.has_facts)
		add_files(&briefing);
}
