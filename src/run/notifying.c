/*
 * People are told how a run ended, by a process of our own (git wf __notify) for each message. A message
 * that does not arrive is a note.
 */
#include "notifying_impl.h"

#include <string.h>
#include <sys/wait.h>

#include "engine_impl.h"

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "failure_impl.h"
#include "scope_impl.h"
#include "secrets_impl.h"
#include "sys/clock.h"
#include "sys/run.h"

#define TELL_TIMEOUT_MS 60000
#define ANSWER_MAX	((size_t)64 << 10)
#define REASON_MAX	300 /* bytes of why a step failed */

struct run_ending {
	const char *status; /* as rules call it */
	uint64_t duration_ms;
	uint32_t n_steps, n_failed;
};

/* ---- What rules see ---- */

int notifying_lookup(const struct session *session, const char *member, struct value *out,
		     struct err *err)
{
	const struct run_ending *ending = session->ending;

	if (ending && strcmp(member, "status") == 0)
		*out = value_string(ending->status);
	else if (ending && strcmp(member, "duration") == 0)
		*out = value_number((double)ending->duration_ms / 1000);
	else if (ending && strcmp(member, "steps") == 0)
		*out = value_number(ending->n_steps);
	else if (ending && strcmp(member, "failed") == 0)
		*out = value_number(ending->n_failed);
	else
		return err_set(err, ERR_VALUE, "'run' has no '%s'", member);
	return 0;
}

static const char *word_of(enum run_status status)
{
	static const char *const words[] = {
		[RUN_PASSED] = "passed",
		[RUN_FAILED] = "failed",
		[RUN_CANCELLED] = "cancelled",
		[RUN_PAUSED] = "waiting",
	};

	return status < ARRAY_SIZE(words) && words[status] ? words[status] : "failed";
}

/* ---- One message ---- */

struct telling {
	struct engine *engine;
	const struct run_ending *ending;
	const char *title;
	const char *const *channels;
	size_t n_channels;
	const char *text;
};

static void write_message(const struct telling *telling, struct strbuf *out)
{
	struct session *session = telling->engine->session;
	struct jsonw w = { .out = out };

	jsonw_object(&w);
	jsonw_kv_string(&w, "title", telling->title);
	jsonw_kv_string(&w, "message", secrets_mask(session, &session->arena, telling->text));
	jsonw_kv_string(&w, "status", telling->ending->status);
	jsonw_object_end(&w);
}

/* What it prints says who was told, and who was not. */
static void note_lines(struct engine *engine, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		if (len && strncmp(lines, "told ", 5) != 0)
			emit_note(engine, NULL, "%.*s", (int)len, lines);
		lines += len + (lines[len] == '\n');
	}
}

static void make_env(struct engine *engine, struct env *env)
{
	env_copy(env, &engine->env);
	engine_name_repository(engine, env);
	env_unset(env, "MAKEFLAGS"); /* the jobserver is on its way out */
}

static void tell(const struct telling *telling)
{
	struct engine *engine = telling->engine;
	const char **argv = ARENA_ARRAY(&engine->session->arena, const char *,
					telling->n_channels + 4);
	struct strbuf input CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf said CLEANUP(strbuf_release) = STRBUF_INIT;
	struct env env CLEANUP(env_release) = { 0 };
	struct err err CLEANUP(err_release) = ERR_INIT;
	struct run_request request = { .argv = argv,
				       .dir = engine->session->layout.root,
				       .timeout_ms = TELL_TIMEOUT_MS,
				       .max_bytes = ANSWER_MAX };
	size_t n = 0;
	int status = 0;

	argv[n++] = COMMAND_ITSELF;
	argv[n++] = "__notify";
	argv[n++] = "--";
	for (size_t i = 0; i < telling->n_channels; i++)
		argv[n++] = telling->channels[i];
	write_message(telling, &input);
	request.input = input.buf;
	request.input_len = input.len;
	make_env(engine, &env);
	request.envp = env_block(&env);
	if (run_program(&request, &out, &said, &status, &err) < 0) {
		emit_note(engine, NULL, "nobody was told: %s", err_msg(&err));
		return;
	}
	note_lines(engine, strbuf_str(&out));
	if (status != 0 && !out.len) {
		run_describe(status, &said, &out);
		emit_note(engine, NULL, "nobody was told: %s", out.buf);
	}
}

/* ---- What is said ---- */

static void add_failure(struct engine *engine, struct strbuf *out)
{
	struct session *session = engine->session;
	struct err err CLEANUP(err_release) = ERR_INIT;
	struct value step, message;

	if (failure_lookup(session, NULL, "step", &step, &err) < 0 || step.kind != VALUE_STRING ||
	    failure_lookup(session, NULL, "message", &message, &err) < 0 ||
	    message.kind != VALUE_STRING)
		return;
	strbuf_addf(out, "\n%s: %.*s", step.text, REASON_MAX, message.text);
}

/* Of any end: "build failed after 12.0s: 5 steps, 1 failed", then the first failure. */
static const char *describe(struct engine *engine, const struct run_ending *ending)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const struct workflow *wf = engine->session->wf;

	strbuf_addf(&out, "%s %s after ", wf->name ? wf->name : wf->id,
		    strcmp(ending->status, "waiting") == 0 ? "waits for a person" : ending->status);
	duration_format(&out, ending->duration_ms);
	strbuf_addf(&out, ": %u step%s", ending->n_steps, ending->n_steps == 1 ? "" : "s");
	if (ending->n_failed)
		strbuf_addf(&out, ", %u failed", ending->n_failed);
	if (strcmp(ending->status, "failed") == 0)
		add_failure(engine, &out);
	return arena_strdup(&engine->session->arena, out.buf);
}

static bool is_wanted(const struct notifications *all, enum run_status status)
{
	return (status == RUN_PASSED && all->on_success) ||
	       (status == RUN_FAILED && all->on_failure) ||
	       (status == RUN_PAUSED && all->on_waiting);
}

static const char *message_of(struct engine *engine, const struct notify_rule *rule,
			      const struct expr_env *env, const struct run_ending *ending,
			      struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	struct arena *arena = &engine->session->arena;

	if (!rule->message.raw)
		return arena_printf(arena, "%s%s%s", rule->name ? rule->name : "",
				    rule->name ? ": " : "", describe(engine, ending));
	if (text_render(&rule->message, env, &out, err) < 0)
		return NULL;
	return arena_strndup(arena, strbuf_str(&out), out.len);
}

static int look_at(struct engine *engine, const struct notify_rule *rule,
		   const struct run_ending *ending, const char **text, struct err *err)
{
	struct session *session = engine->session;
	const struct expr_env *env = scope_enter(session->scope, NULL, NULL, 0, NULL);
	struct value value;

	*text = NULL;
	if (expr_eval(rule->cond, env, &session->arena, &value, err) < 0)
		return -1;
	if (value_is_true(&value))
		*text = message_of(engine, rule, env, ending, err);
	return value_is_true(&value) && !*text ? -1 : 0;
}

static void tell_rule(struct telling *telling, const struct notify_rule *rule)
{
	const struct notifications *all = &telling->engine->session->wf->notify;
	struct err err CLEANUP(err_release) = ERR_INIT;

	if (look_at(telling->engine, rule, telling->ending, &telling->text, &err) < 0) {
		emit_note(telling->engine, NULL, "a rule of 'notify'%s%s%s does not work: %s",
			  rule->name ? " ('" : "", rule->name ? rule->name : "",
			  rule->name ? "')" : "", err_msg(&err));
		return;
	}
	if (!telling->text)
		return;
	telling->channels = rule->n_channels ? rule->channels : all->channels;
	telling->n_channels = rule->n_channels ? rule->n_channels : all->n_channels;
	tell(telling);
}

void notifying_finish(struct engine *engine, enum run_status status)
{
	struct session *session = engine->session;
	const struct notifications *all = &session->wf->notify;
	struct run_ending ending = {
		.status = word_of(status),
		.duration_ms = clock_monotonic_ms() - engine->started_ms,
		.n_steps = engine->state.n_expected,
		.n_failed = engine->state.n_failed,
	};
	struct telling telling = { .engine = engine, .ending = &ending };

	/* Where nothing had to run there is nothing to tell. */
	if (!all->is_there || !engine->has_folder || engine->is_fatal)
		return;
	telling.title = arena_printf(&session->arena, "%s: %s", session->wf->id, ending.status);
	if (is_wanted(all, status)) {
		telling.channels = all->channels;
		telling.n_channels = all->n_channels;
		telling.text = describe(engine, &ending);
		tell(&telling);
	}
	session->ending = &ending;
	for (size_t i = 0; i < all->n_rules; i++)
		tell_rule(&telling, &all->rules[i]);
	session->ending = NULL;
}
