/*
 * The table of gates, and what is the same for all of them.
 */
#include "gate_impl.h"

#include <stdarg.h>
#include <string.h>

#include "base/strbuf.h"
#include "scope_impl.h"
#include "secrets_impl.h"
#include "step/command.h"
#include "sys/fs.h"

#define FILE_MAX (16u << 20) /* bytes of a file that is looked into */

/* "steps.cov.outputs.percent is 70", for each name in the expression. */
struct shown {
	struct gate_check *check;
	struct strbuf *out;
};

static void show_value(void *data, const struct expr_ref *ref)
{
	struct shown *shown = data;
	const struct expr_env *env = shown->check->env;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct err err = ERR_INIT;
	struct value value;
	unsigned used = 0;

	if (env->lookup(env->data, ref, &value, &used, &err) < 0 || used < ref->n_path) {
		err_release(&err);
		return;
	}
	strbuf_addf(shown->out, "%s%s", shown->out->len ? ", " : "", expr_ns_names[ref->ns]);
	for (unsigned i = 0; i < ref->n_path; i++)
		strbuf_addf(shown->out, ref->path_is_index[i] ? "[%s]" : ".%s", ref->path[i]);
	if (value.kind != VALUE_NULL)
		value_to_text(&value, &text);
	if (secrets_hold(shown->check->session, strbuf_str(&text)))
		strbuf_addstr(shown->out, " is secret");
	else
		strbuf_addf(shown->out, " is %.60s",
			    value.kind == VALUE_NULL ? "null" : strbuf_str(&text));
}

static int gate_if(struct gate_check *check, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf values = STRBUF_INIT;
	struct shown shown = { check, &values };
	struct value value;

	if (expr_eval(check->gate->expr, check->env, check->arena, &value, err) < 0)
		return -1;
	if (value_is_true(&value))
		return 0;
	gate_each_ref(check->gate, show_value, &shown);
	return gate_found(check, "%s", values.len ? values.buf : "it is false");
}

static gate_fn *const kinds[GATE_KINDS] = {
	[GATE_COMMANDS] = gate_commands,
	[GATE_ENV] = gate_env,
	[GATE_FILES] = gate_files,
	[GATE_BRANCH] = gate_branch,
	[GATE_CLEAN] = gate_clean,
	[GATE_IF] = gate_if,
	[GATE_RUN] = NULL,
	/* a process */[GATE_JSON] = gate_json,
	[GATE_MATCHES] = gate_matches,
	[GATE_BASELINE] = gate_baseline,
	[GATE_NO_SECRETS] = gate_no_secrets,
	[GATE_DISK] = gate_disk,
	[GATE_MEMORY] = gate_memory,
	[GATE_PERMISSIONS] = gate_permissions,
};

bool gate_has_process(const struct gate *gate)
{
	return !kinds[gate->kind];
}

bool gates_have_process(const struct gates *gates)
{
	for (size_t i = 0; i < gates->n; i++)
		if (gate_has_process(&gates->v[i]))
			return true;
	return false;
}

bool gate_only_warns(const struct gate *gate, enum gate_rigor rigor)
{
	return rigor == GATES_LENIENT || (rigor == GATES_AS_WRITTEN && gate->is_warning);
}

/* ---- What kinds share ---- */

const char *gate_render(struct gate_check *check, const struct text *text, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;

	if (text->n_parts == 0)
		return text->raw;
	if (text_render(text, check->env, &out, err) < 0)
		return NULL;
	return arena_strndup(check->arena, strbuf_str(&out), out.len);
}

const char *gate_render_path(struct gate_check *check, const struct text *text, struct err *err)
{
	const char *path = gate_render(check, text, err);

	path = path ? command_check_path(check->arena, path, err) : NULL;
	return path && !*path ? "." : path;
}

int gate_found(struct gate_check *check, const char *fmt, ...)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	check->finding->holds = false;
	check->finding->found = arena_strndup(check->arena, strbuf_str(&text), text.len);
	return 0;
}

int gate_read(struct gate_check *check, const char *path, struct strbuf *out, struct err *err)
{
	return fs_read_file(check->session->layout.root_fd, path, FILE_MAX, out, err);
}

/* ---- One gate ---- */

static struct gate_check begin(struct session *session, const struct node *node,
			       const struct gate *gate, struct arena *arena,
			       struct gate_finding *finding)
{
	const struct expr_env *env = scope_enter(session->scope, node->step, node->each,
						 node->n_each, node);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	memset(finding, 0, sizeof *finding);
	gate_text(gate, &text);
	finding->expected = arena_strndup(arena, strbuf_str(&text), text.len);
	return (struct gate_check){ session, node->id, gate, env, arena, finding };
}

static void render_message(struct gate_check *check)
{
	struct err err = ERR_INIT;

	if (!check->gate->message.raw)
		return;
	check->finding->message = gate_render(check, &check->gate->message, &err);
	if (!check->finding->message || secrets_hold(check->session, check->finding->message))
		check->finding->message = check->gate->message.raw;
	err_release(&err);
}

void gate_describe(struct session *session, const struct node *node, const struct gate *gate,
		   struct arena *arena, struct gate_finding *finding)
{
	struct gate_check check = begin(session, node, gate, arena, finding);

	render_message(&check);
}

void gate_look(struct session *session, const struct node *node, const struct gate *gate,
	       struct arena *arena, struct gate_finding *finding)
{
	struct gate_check check = begin(session, node, gate, arena, finding);
	struct err err = ERR_INIT;

	finding->holds = true;
	if (kinds[gate->kind](&check, &err) < 0)
		gate_found(&check, "%s", err_msg(&err));
	err_release(&err);
	if (!finding->holds)
		render_message(&check);
}

const char *gate_sentence(const struct gate *gate, const struct gate_finding *finding,
			  struct arena *arena)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "%s: ", gate->name);
	if (finding->message)
		strbuf_addstr(&text, finding->message);
	else
		strbuf_addstr(&text, finding->found ? finding->found : "it does not hold");
	for (size_t i = 0; i < text.len; i++)
		if (text.buf[i] == '\n')
			text.buf[i] = ' ';
	return arena_strndup(arena, strbuf_str(&text), text.len);
}
