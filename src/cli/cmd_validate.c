/*
 * git wf validate: all mistakes of all files, those of the graph too.
 */
#include <string.h>
#include <unistd.h>

#include "commands_impl.h"
#include "load_impl.h"
#include "run/unmatched.h"
#include "target_impl.h"
#include "views_impl.h"

struct validation {
	struct cli *cli;
	struct jsonw *json; /* NULL: text */
	size_t n_files, n_errors, n_warnings;
};

/* Something that could stand there, so that the graph can be drawn without anybody's values. */
static const char *placeholder(const struct param *param)
{
	if (param->n_choices)
		return param->choices[0];
	switch (param->type) {
	case PARAM_INT:
	case PARAM_NUMBER: return "1";
	case PARAM_BOOL: return "true";
	default: return "value";
	}
}

/* "git wf run ID --jobs 4" is no mistake that anybody could see. */
static void advise_params(struct session *session)
{
	const struct command *run = command_find("run");

	for (size_t i = 0; i < session->wf->n_params; i++) {
		const struct param *param = &session->wf->params[i];
		struct diag *diag;

		if (!command_hides_param(run, param->name))
			continue;
		diag = diag_advice(&session->diags, param->span,
				   "'git wf run' has an option of the name '%s'", param->name);
		diag_hint(&session->diags, diag, "give the parameter as -p %s=VALUE", param->name);
	}
}

/* Cycles, two writers of one path: what only the whole graph shows. */
static void check_graph(struct session *session)
{
	const struct selection selection = { 0 };
	bool is_guess = false;
	struct err err = ERR_INIT;
	int rc = 0;

	for (size_t i = 0; i < session->params.n && rc == 0; i++) {
		const struct param *param = session->params.values[i].param;

		if (!param->required || param->default_value)
			continue;
		is_guess = true;
		rc = session_set_param(session, param->name, placeholder(param), &err);
	}
	if (rc == 0)
		rc = session_finish_params(session, &err);
	if (rc == 0)
		rc = session_plan(session, &selection, &err);
	if (rc == 0)
		unmatched_advise(session);
	advise_params(session);
	/* A value that was made up may fit nowhere: that is no mistake of the file. */
	if (rc < 0 && err.kind != ERR_NONE && !is_guess && session_n_errors(session) == 0)
		diag_error(&session->diags, (struct span){ 0 }, "%s", err_msg(&err));
	err_release(&err);
}

static void add_json(struct jsonw *w, const struct diags *diags, const char *id)
{
	static const char *const levels[] = { "error", "warning", "advice" };

	jsonw_object(w);
	jsonw_kv_string(w, "id", id);
	jsonw_kv_string(w, "file", diags->file);
	jsonw_kv_bool(w, "valid", diags->n_errors == 0);
	jsonw_key(w, "diagnostics");
	jsonw_array(w);
	for (size_t i = 0; i < diags->list.n; i++) {
		const struct diag *diag = &diags->list.v[i];

		jsonw_object(w);
		jsonw_kv_string(w, "level", levels[diag->level]);
		jsonw_kv_uint(w, "line", diag->span.line);
		jsonw_kv_uint(w, "column", diag->span.col);
		jsonw_kv_uint(w, "length", diag->span.len);
		jsonw_kv_string(w, "message", diag->msg);
		jsonw_kv_string(w, "hint", diag->hint);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
	jsonw_object_end(w);
}

static void tell_file(struct validation *v, struct diags *diags, const char *id)
{
	enum diag_level level = v->cli->common.quiet ? DIAG_ERROR : DIAG_ADVICE;

	v->n_files++;
	v->n_errors += diags->n_errors;
	for (size_t i = 0; i < diags->list.n; i++)
		v->n_warnings += diags->list.v[i].level == DIAG_WARNING;
	if (v->json)
		add_json(v->json, diags, id);
	else
		diags_render(diags, level, cli_use_color(v->cli, STDOUT_FILENO),
			     (size_t)cli_columns_of(STDOUT_FILENO), &v->cli->out);
}

/* Mistakes of a workflow that is used are told when it is its turn, but for those that only show here. */
static void tell(struct validation *v, struct session *session, const char *id)
{
	tell_file(v, session_diags(session, 0), id);
	for (size_t i = 1; i < session_n_files(session); i++)
		if (session_diags(session, i)->n_errors &&
		    (!session_diags(session, 0)->n_errors || session_is_prompt(session, i)))
			tell_file(v, session_diags(session, i), id);
}

static int validate_file(struct validation *v, const char *word, const char *id, struct err *err)
{
	struct session session;
	int rc = target_open(&session, err);

	if (rc == 0)
		rc = session_load(&session, word, err);
	if (rc == 0)
		check_graph(&session);
	if (err->kind == ERR_NONE)
		tell(v, &session, id);
	session_close(&session);
	return err->kind == ERR_NONE ? 0 : -1;
}

static int validate_all(struct validation *v, struct session *session, struct err *err)
{
	const struct workflow_file *files;
	size_t n;

	if (load_list(v->cli, session, &files, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const char *word = cli_word(v->cli, i) ? cli_word(v->cli, i) : files[i].id;

		if (validate_file(v, word, files[i].id, err) < 0)
			return -1;
	}
	return 0;
}

static void add_count(struct strbuf *out, size_t n, const char *what)
{
	if (n == 0)
		strbuf_addf(out, "no %ss", what);
	else
		strbuf_addf(out, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static int validate_in_session(struct cli *cli, struct session *session, const void *data,
			       struct err *err)
{
	bool json = ((const struct json_option *)data)->json;
	struct validation validation = { .cli = cli }, *v = &validation;
	struct strbuf *out = &v->cli->out;
	struct jsonw w;

	if (json) {
		json_view_begin(&w, out);
		jsonw_key(&w, "files");
		jsonw_array(&w);
		v->json = &w;
	}
	if (validate_all(v, session, err) < 0)
		return -1;
	if (json) {
		jsonw_array_end(&w);
		jsonw_kv_uint(&w, "errors", v->n_errors);
		json_view_end(&w);
	} else if (!v->cli->common.quiet) {
		add_count(out, v->n_files, "workflow");
		strbuf_addstr(out, ", ");
		add_count(out, v->n_errors, "error");
		if (v->n_warnings) {
			strbuf_addstr(out, ", ");
			add_count(out, v->n_warnings, "warning");
		}
		strbuf_addch(out, '\n');
	}
	return v->n_errors ? EXIT_WRONG : EXIT_PASSED;
}

int cmd_validate(struct cli *cli, struct err *err)
{
	struct json_option options = { 0 };

	return target_session(cli, &options, 0, SIZE_MAX, validate_in_session, err);
}
