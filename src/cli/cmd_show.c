/*
 * git wf show: one workflow as its author meant it: parameters as options, steps with what they need.
 */
#include <string.h>

#include "base/utf8.h"
#include "commands_impl.h"
#include "load_impl.h"
#include "model/action.h"
#include "show_impl.h"
#include "target_impl.h"
#include "views_impl.h"

static const char *type_name(enum param_type type)
{
	static const char *const names[] = {
		[PARAM_STRING] = "string", [PARAM_INT] = "int",	  [PARAM_NUMBER] = "number",
		[PARAM_BOOL] = "bool",	   [PARAM_PATH] = "path", [PARAM_LIST] = "list",
	};

	return (size_t)type < ARRAY_SIZE(names) ? names[type] : "?";
}

static void add_visible(struct strbuf *out, const char *text)
{
	utf8_add_visible(out, text, strlen(text));
}

static void add_values(struct strbuf *out, const struct param *param)
{
	for (size_t i = 0; i < param->n_choices; i++) {
		strbuf_addstr(out, i ? "|" : "");
		add_visible(out, param->choices[i]);
	}
	if (!param->n_choices && param->type == PARAM_LIST)
		strbuf_addstr(out, "ITEM");
	else if (!param->n_choices)
		for (const char *c = type_name(param->type); *c; c++)
			strbuf_addch(out, (char)(*c - 'a' + 'A'));
}

/* "-i, --issue TEXT"; "-p jobs=INT" where --jobs means something else */
static void add_option(struct strbuf *out, const struct param *param)
{
	size_t before = out->len, width;

	if (command_hides_param(command_find("run"), param->name)) {
		strbuf_addf(out, "  -p %s=", param->name);
		add_values(out, param);
	} else {
		if (param->short_option)
			strbuf_addf(out, "  -%c, --", param->short_option);
		else
			strbuf_addstr(out, "      --");
		option_add_param(out, param->name);
		if (param->type != PARAM_BOOL) {
			strbuf_addch(out, ' ');
			add_values(out, param);
		}
	}
	width = out->len - before;
	strbuf_pad(out, ' ', width < 28 ? 28 - width : 2);
}

static void add_default(struct strbuf *out, const struct param *param)
{
	const char *text = param->default_value;

	strbuf_addstr(out, " (default: ");
	for (; param->type == PARAM_LIST && text[strcspn(text, "\n")]; strbuf_addstr(out, ", ")) {
		size_t len = strcspn(text, "\n");

		utf8_add_visible(out, text, len);
		text += len + 1;
	}
	add_visible(out, text);
	strbuf_addch(out, ')');
}

static void add_param(struct strbuf *out, const struct param *param)
{
	add_option(out, param);
	/* Two spaces stand before what follows; each part brings one of its own. */
	strbuf_setlen(out, out->len - 1);
	if (param->help) {
		strbuf_addch(out, ' ');
		add_visible(out, param->help);
	}
	if (param->type == PARAM_LIST)
		strbuf_addstr(out, " (may be said again)");
	if (param->required)
		strbuf_addstr(out, " (required)");
	if (param->default_value && !param->secret)
		add_default(out, param);
	strbuf_addch(out, '\n');
}

static void add_needs(struct strbuf *out, const struct step *step)
{
	for (size_t i = 0; i < step->n_needs; i++)
		strbuf_addf(out, "%s%s", i ? ", " : "needs ", step->needs[i].name);
}

static void add_step(struct strbuf *out, const struct step *step)
{
	const char *title = step->name ? step->name : step->description;
	CLEANUP(strbuf_release)
	struct strbuf what = STRBUF_INIT;
	size_t before = out->len;

	strbuf_addf(out, "  %s%s", step->id, step->foreach ? "[...]" : "");
	show_action(&what, step);
	if (step->n_needs || title || what.len)
		strbuf_pad(out, ' ', out->len - before < 22 ? 22 - (out->len - before) : 2);
	if (title)
		utf8_add_visible(out, title, strcspn(title, "\n"));
	if (what.len)
		strbuf_addf(out, "%s%s", title ? "; " : "", what.buf);
	if (step->n_needs && (title || what.len))
		strbuf_addstr(out, "; ");
	add_needs(out, step);
	strbuf_addch(out, '\n');
}

static void add_finally(struct strbuf *out, const struct workflow *wf)
{
	bool has_title = false;

	for (size_t i = wf->n_graph_steps; i < wf->n_steps; i++) {
		if (wf->steps[i].role != ROLE_STEP)
			continue;
		strbuf_addstr(out, has_title ? "" : "\nfinally\n");
		has_title = true;
		add_step(out, &wf->steps[i]);
	}
}

/* Their ids say what calls them. */
static void add_handlers(struct strbuf *out, const struct workflow *wf)
{
	bool has_title = false;

	for (size_t i = 0; i < wf->n_steps; i++) {
		if (wf->steps[i].role != ROLE_HANDLER)
			continue;
		strbuf_addstr(out, has_title ? "" : "\nhandlers\n");
		has_title = true;
		add_step(out, &wf->steps[i]);
	}
}

static void add_gates(struct strbuf *out, const struct step *step, const char *suffix,
		      const struct gates *gates)
{
	if (gates->n)
		strbuf_addf(out, "\n%s%s\n", step->id, suffix);
	for (size_t i = 0; i < gates->n; i++) {
		const struct gate *gate = &gates->v[i];
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT;

		gate_text(gate, &text);
		strbuf_addf(out, "  %s ", gate_kind_name(gate->kind));
		utf8_add_visible(out, strbuf_str(&text), text.len);
		strbuf_addstr(out, gate->is_warning ? " (warning)\n" : "\n");
	}
}

static void add_all_gates(struct strbuf *out, const struct workflow *wf)
{
	for (size_t i = 0; i < wf->n_steps; i++) {
		const struct step *step = &wf->steps[i];
		bool has_own_id = step->action == ACTION_GATES;

		add_gates(out, step, has_own_id ? "" : ".requires", &step->requires);
		add_gates(out, step, ".ensures", &step->ensures);
	}
}

static void show_text(const struct workflow *wf, struct strbuf *out)
{
	strbuf_addf(out, "%s", wf->id);
	if (wf->name) {
		strbuf_addstr(out, ": ");
		add_visible(out, wf->name);
	}
	strbuf_addf(out, "  (%s)\n", wf->file);
	if (wf->description)
		for (const char *line = wf->description; *line;) {
			size_t len = strcspn(line, "\n");

			utf8_add_visible(out, line, len);
			strbuf_addch(out, '\n');
			line += len + (line[len] == '\n');
		}
	strbuf_addf(out, "\nusage: git wf run %s%s\n", wf->id, wf->n_params ? " [OPTION...]" : "");
	for (size_t i = 0; i < wf->n_params; i++)
		add_param(out, &wf->params[i]);
	strbuf_addf(out, "\nsteps%s\n", wf->order_listed ? " (in this order)" : "");
	for (size_t i = 0; i < wf->n_graph_steps; i++)
		if (wf->steps[i].role == ROLE_STEP)
			add_step(out, &wf->steps[i]);
	add_finally(out, wf);
	add_handlers(out, wf);
	add_all_gates(out, wf);
}

/* ---- JSON ---- */

static void add_json_param(struct jsonw *w, const struct param *param)
{
	jsonw_object(w);
	jsonw_kv_string(w, "name", param->name);
	jsonw_kv_string(w, "type", type_name(param->type));
	jsonw_kv_bool(w, "required", param->required);
	jsonw_kv_bool(w, "secret", param->secret);
	jsonw_kv_string(w, "default", param->secret ? NULL : param->default_value);
	jsonw_kv_string(w, "help", param->help);
	jsonw_key(w, "choices");
	jsonw_array(w);
	for (size_t i = 0; i < param->n_choices; i++)
		jsonw_string(w, param->choices[i]);
	jsonw_array_end(w);
	jsonw_object_end(w);
}

static void add_json_paths(struct jsonw *w, const char *key, const struct path_spec *paths,
			   size_t n)
{
	static const char *const prefix[] = { [PATH_EXCLUDE] = "!", [PATH_ARTIFACT] = "artifact:" };

	jsonw_key(w, key);
	jsonw_array(w);
	for (size_t i = 0; i < n; i++) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT;
		uint8_t kind = paths[i].kind;

		if (kind < ARRAY_SIZE(prefix) && prefix[kind])
			strbuf_addstr(&text, prefix[kind]);
		strbuf_addf(&text, "%s%s", paths[i].text.raw, kind == PATH_DIR ? "/" : "");
		jsonw_string(w, strbuf_str(&text));
	}
	jsonw_array_end(w);
}

static void add_json_gates(struct jsonw *w, const char *key, const struct gates *gates)
{
	jsonw_key(w, key);
	jsonw_array(w);
	for (size_t i = 0; i < gates->n; i++) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT;

		gate_text(&gates->v[i], &text);
		jsonw_object(w);
		jsonw_kv_string(w, "kind", gate_kind_name(gates->v[i].kind));
		jsonw_kv_string(w, "text", strbuf_str(&text));
		jsonw_kv_bool(w, "warning", gates->v[i].is_warning);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static const char *action_name(const struct step *step)
{
	if (step->group && step->group->uses.name)
		return "uses";
	return action_kind(step)->key;
}

static void add_json_step(struct jsonw *w, const struct step *step)
{
	jsonw_object(w);
	jsonw_kv_string(w, "id", step->id);
	jsonw_kv_string(w, "name", step->name);
	jsonw_kv_string(w, "description", step->description);
	jsonw_kv_uint(w, "line", step->span.line);
	jsonw_kv_bool(w, "finally", step->is_finally);
	jsonw_kv_bool(w, "foreach", step->foreach != NULL);
	jsonw_kv_bool(w, "cacheable", step_is_cacheable(step));
	jsonw_kv_string(w, "if", step->cond ? expr_source(step->cond) : NULL);
	jsonw_key(w, "needs");
	jsonw_array(w);
	for (size_t i = 0; i < step->n_needs; i++)
		jsonw_string(w, step->needs[i].name);
	jsonw_array_end(w);
	add_json_paths(w, "inputs", step->inputs, step->n_inputs);
	add_json_paths(w, "outputs", step->outputs, step->n_outputs);
	jsonw_kv_string(w, "action", action_name(step));
	jsonw_kv_string(w, "uses", step->group ? step->group->uses.name : NULL);
	add_json_gates(w, "requires", &step->requires);
	add_json_gates(w, "ensures", &step->ensures);
	jsonw_object_end(w);
}

static void add_json_handler(struct jsonw *w, const struct workflow *wf, const struct step *step)
{
	uint32_t caller = step->within->caller;

	jsonw_object(w);
	jsonw_kv_string(w, "id", step->id);
	jsonw_kv_uint(w, "line", step->span.line);
	jsonw_kv_string(w, "on", json_view_call(step->within));
	jsonw_kv_string(w, "caller", caller == WF_NONE ? NULL : wf->steps[caller].id);
	jsonw_object_end(w);
}

static void show_json(const struct workflow *wf, struct strbuf *out)
{
	struct jsonw w;

	json_view_begin(&w, out);
	jsonw_kv_string(&w, "id", wf->id);
	jsonw_kv_string(&w, "file", wf->file);
	jsonw_kv_string(&w, "name", wf->name);
	jsonw_kv_string(&w, "description", wf->description);
	jsonw_kv_string(&w, "version", wf->version);
	jsonw_key(&w, "params");
	jsonw_array(&w);
	for (size_t i = 0; i < wf->n_params; i++)
		add_json_param(&w, &wf->params[i]);
	jsonw_array_end(&w);
	jsonw_key(&w, "steps");
	jsonw_array(&w);
	for (size_t i = 0; i < wf->n_steps; i++)
		if (wf->steps[i].role == ROLE_STEP)
			add_json_step(&w, &wf->steps[i]);
	jsonw_array_end(&w);
	jsonw_key(&w, "handlers");
	jsonw_array(&w);
	for (size_t i = 0; i < wf->n_steps; i++)
		if (wf->steps[i].role == ROLE_HANDLER)
			add_json_handler(&w, wf, &wf->steps[i]);
	jsonw_array_end(&w);
	jsonw_key(&w, "gates");
	jsonw_array(&w);
	for (size_t i = 0; i < wf->n_steps; i++)
		if (wf->steps[i].action == ACTION_GATES)
			add_json_step(&w, &wf->steps[i]);
	jsonw_array_end(&w);
	json_view_end(&w);
}

static int show_in_session(struct cli *cli, struct session *session, const void *data,
			   struct err *err)
{
	bool json = ((const struct json_option *)data)->json;
	if (session_load(session, cli_word(cli, 0), err) < 0) {
		target_show_diags(cli, session);
		return -1;
	}
	if (json)
		show_json(session->wf, &cli->out);
	else
		show_text(session->wf, &cli->out);
	return EXIT_PASSED;
}

int cmd_show(struct cli *cli, struct err *err)
{
	struct json_option options = { 0 };

	return target_session(cli, &options, 1, 1, show_in_session, err);
}
