/*
 * git wf new: a workflow file from a template.
 */
#include <string.h>

#include "base/jsonw.h"
#include "commands_impl.h"
#include "target_impl.h"
#include "template/template.h"
#include "views_impl.h"

struct new_options {
	const char *template, *output;
	bool list, json;
};

#define OPTION(member) offsetof(struct new_options, member)

static const struct option_row rows[] = {
	{ 't', "template", OPTION_STRING, OPTION(template), "NAME", "<templates>",
	  "the template (default: the one that is called as the workflow)", 0 },
	{ 'o', "output", OPTION_STRING, OPTION(output), "FILE", "<files>",
	  "write the workflow there", 0 },
	{ 'l', "list", OPTION_FLAG, OPTION(list), NULL, NULL, "list the templates", 0 },
	{ 0, "json", OPTION_FLAG, OPTION(json), NULL, NULL, "with --list: answer in JSON", 0 },
};

const struct option_table cmd_new_options = { rows, ARRAY_SIZE(rows) };

struct new_call {
	struct cli *cli;
	const struct new_options *options;
	const char *word; /* by which the workflow is called from where the caller stands */
	struct session session;
	struct template template;
	struct template_request request;
	struct template_result result;
};

/* ---- --list ---- */

/* What its description says; "" where it has mistakes. */
static const char *about(struct new_call *call, const struct template *template)
{
	struct arena *arena = &call->cli->arena;
	struct diags diags CLEANUP(diags_release) = { 0 };
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const struct workflow *wf;

	if (template_read(template, &text, NULL) < 0)
		return "";
	diags_begin(&diags, template->path, &text);
	wf = workflow_load(arena, template->name, &diags);
	return wf && wf->description ? wf->description : "";
}

static void list_as_json(struct new_call *call, const struct template_list *templates)
{
	struct jsonw w;

	json_view_begin(&w, &call->cli->out);
	jsonw_key(&w, "templates");
	jsonw_array(&w);
	for (size_t i = 0; i < templates->list.n; i++) {
		const struct template *template = &templates->list.v[i];

		jsonw_object(&w);
		jsonw_kv_string(&w, "name", template->name);
		jsonw_kv_string(&w, "description", about(call, template));
		jsonw_kv_bool(&w, "own", template->is_own);
		jsonw_object_end(&w);
	}
	jsonw_array_end(&w);
	json_view_end(&w);
}

static int list_templates(struct new_call *call, struct err *err)
{
	struct template_list templates = { 0 };
	int root_fd = call->session.repo.root ? call->session.layout.root_fd : -1;
	int rc = template_find_all(root_fd, &call->cli->arena, &templates, err);

	if (rc == 0 && call->options->json)
		list_as_json(call, &templates);
	for (size_t i = 0; rc == 0 && !call->options->json && i < templates.list.n; i++) {
		const struct template *template = &templates.list.v[i];

		strbuf_addf(&call->cli->out, "%-24s%s%s\n", template->name, about(call, template),
			    template->is_own ? " (of this repository)" : "");
	}
	if (rc == 0 && !templates.list.n)
		cli_say(call->cli, "there are no templates: neither in .workflows/templates nor "
				   "in share/git-wf/templates of the program");
	template_list_release(&templates);
	return rc;
}

/* ---- Words ---- */

/* --NAME=VALUE, --NAME VALUE, --NAME: values for parameters of the template. */
static int read_values(struct new_call *call, struct err *err)
{
	const struct option_words *words = &call->cli->words;
	struct arena *arena = &call->cli->arena;
	struct template_value *values = ARENA_ARRAY(arena, struct template_value, words->list.n);
	size_t n = 0;

	for (size_t i = 1; i < words->list.n; i++) {
		const struct option_word *word = &words->list.v[i], *next = word + 1;
		const char *equals = strchr(word->text, '=');

		if (!word->is_option || word->text[1] != '-')
			return err_set(err, ERR_USAGE, "'new' has no use for '%s'", word->text);
		values[n] = (struct template_value){ word->text + 2, NULL };
		if (equals) {
			values[n].name = arena_strndup(arena, word->text + 2,
						       (size_t)(equals - word->text - 2));
			values[n].value = equals + 1;
		} else if (i + 1 < words->list.n && !next->is_option &&
			   next->position == word->position + 1) {
			values[n].value = next->text;
			i++;
		}
		n++;
	}
	call->request.values = values;
	call->request.n_values = n;
	return 0;
}

static int read_place(struct new_call *call, struct err *err)
{
	struct template_request *request = &call->request;
	const char *id = cli_word(call->cli, 0), *output = call->options->output;

	if (!workflow_id_is_valid(id))
		return err_set(err, ERR_USAGE,
			       "'%s' is no id for a workflow: letters, digits, '_' and '-' only",
			       id);
	request->id = id;
	call->word = id;
	request->path = arena_join(&call->cli->arena, ".workflows/", id, ".yml");
	if (!output)
		return 0;
	if (!strchr(output, '/'))
		output = arena_join(&call->cli->arena, "./", output, "");
	call->word = output;
	return session_find_workflow(&call->session, output, &request->path, &request->id, err);
}

static int read_words(struct new_call *call, struct err *err)
{
	const struct option_words *words = &call->cli->words;
	const char *name = call->options->template;

	if (!words->list.n || words->list.v[0].is_option)
		return err_set(err, ERR_USAGE,
			       "'new' wants an id for the workflow; 'git wf new --list' shows the "
			       "templates");
	if (!call->session.repo.root)
		return err_set(err, ERR_USAGE, "a bare repository has no workflow files");
	call->request.root_fd = call->session.layout.root_fd;
	call->request.template = &call->template;
	if (read_place(call, err) < 0 || read_values(call, err) < 0)
		return -1;
	return template_find(call->request.root_fd, name ? name : call->request.id,
			     &call->cli->arena, &call->template, err);
}

/* ---- The answer ---- */

static void tell_found(struct new_call *call)
{
	const struct fill *fill = &call->result.fill;
	bool is_told[PROJECT_TASKS] = { false };

	for (size_t i = 0; i < fill->notes.n; i++) {
		const struct fill_note *note = &fill->notes.v[i];
		const char *task = project_task_name(note->task);

		if (!note->command && note->may_be_nothing)
			cli_say(call->cli,
				"%s:%u: no command was found for '%s': the step does nothing yet",
				call->request.path, note->line, task);
		else if (!note->command)
			cli_warn("%s:%u: no command was found for '%s': the step fails until you "
				 "write one",
				 call->request.path, note->line, task);
		else if (note->folder || !is_told[note->task])
			strbuf_addf(&call->cli->out, "%s: %s (%s%s%s)\n", task, note->command,
				    note->folder ? note->folder : "", note->folder ? "/" : "",
				    note->file);
		is_told[note->task] |= note->command && !note->folder;
	}
}

static void add_next(struct new_call *call)
{
	const struct workflow *wf = call->result.wf;
	struct strbuf *out = &call->cli->out;

	strbuf_addf(out, "next: git wf run %s", call->word);
	for (size_t i = 0; i < wf->n_params; i++) {
		const struct param *param = &wf->params[i];

		if (!param->required || param->default_value)
			continue;
		strbuf_addstr(out, " --");
		option_add_param(out, param->name);
		strbuf_addch(out, ' ');
		for (const char *c = param->name; *c; c++)
			strbuf_addch(out, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
	}
	strbuf_addch(out, '\n');
	if (wf->n_hooks)
		strbuf_addstr(out, "      git wf hooks install   (then git starts it by itself)\n");
}

/* What a file says is checked again where it stands: the prompts and programs that it names. */
static int check_written(struct new_call *call, struct err *err)
{
	int rc = session_load(&call->session, call->word, err);

	if (target_show_diags(call->cli, &call->session) == 0 && rc == 0)
		return 0;
	template_take_back(&call->request, &call->result);
	return -1;
}

static int write_files(struct new_call *call, struct err *err)
{
	struct template_result *result = &call->result;

	if (template_write(&call->request, &call->cli->arena, result, err) < 0) {
		cli_show_mistakes(call->cli, &result->diags);
		return -1;
	}
	if (check_written(call, err) < 0)
		return -1;
	for (size_t i = 0; i < result->wrote.n; i++)
		strbuf_addf(&call->cli->out, "wrote %s\n", result->wrote.v[i]);
	for (size_t i = 0; i < result->kept.n; i++)
		cli_say(call->cli, "'%s' is there already and stays as it is", result->kept.v[i]);
	tell_found(call);
	add_next(call);
	return EXIT_PASSED;
}

static int run_call(struct new_call *call, struct err *err)
{
	if (call->options->list)
		return list_templates(call, err);
	if (read_words(call, err) < 0)
		return -1;
	return write_files(call, err);
}

int cmd_new(struct cli *cli, struct err *err)
{
	struct new_options options = { 0 };
	struct new_call call = { .cli = cli, .options = &options };
	void *const tables[COMMAND_TABLES] = { &options };
	int rc = cli_parse(cli, tables, true, err);

	if (rc != 0)
		return rc;
	rc = target_open(&call.session, err);
	if (rc < 0 && options.list) { /* there are templates everywhere */
		err_release(err);
		rc = 0;
	}
	if (rc == 0)
		rc = run_call(&call, err);
	template_result_release(&call.result);
	session_close(&call.session);
	return rc;
}
