/*
 * `http`: the request as git-wf--http reads it on its standard input, where nobody else sees what is
 * secret in it; and the answer, as far as the helper cannot say whether it is right.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/jsonw.h"
#include "base/percent.h"
#include "base/strbuf.h"
#include "command_impl.h"
#include "step/helper.h"

/* ---- The URL ---- */

static void add_encoded(struct strbuf *out, const char *text)
{
	percent_encode(out, text, strlen(text), PERCENT_URL);
}

/* What stands there is the author's; a value is one piece of it, unless it begins the whole. */
static int render_url(const struct text *url, const struct expr_env *env, struct strbuf *out,
		      struct err *err)
{
	if (!url->n_parts)
		strbuf_addstr(out, url->raw);
	for (size_t i = 0; i < url->n_parts; i++) {
		CLEANUP(strbuf_release)
		struct strbuf piece = STRBUF_INIT;
		struct text part = { .raw = "", .n_parts = 1, .parts = &url->parts[i] };

		if (text_render(&part, env, &piece, err) < 0)
			return -1;
		if (url->parts[i].expr && i > 0)
			add_encoded(out, strbuf_str(&piece));
		else
			strbuf_add(out, strbuf_str(&piece), piece.len);
	}
	return 0;
}

/* Of the whole URL, wherever its pieces come from. */
static int check_url(const char *url, struct err *err)
{
	const char *authority = strncasecmp(url, "http://", 7) == 0    ? url + 7
				: strncasecmp(url, "https://", 8) == 0 ? url + 8
								       : NULL;
	size_t len;

	if (!authority)
		return err_set(err, ERR_VALUE,
			       "'%.100s' is no URL of http: it begins with https:// or http://",
			       url);
	for (const char *c = url; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '\\')
			return err_set(err, ERR_VALUE,
				       "a URL has no blanks, '\\' or control "
				       "characters");
	len = strcspn(authority, "/?#");
	if (!len)
		return err_set(err, ERR_VALUE, "'%.100s' names no host", url);
	if (memchr(authority, '@', len))
		return err_set(err, ERR_VALUE,
			       "a URL holds no name and no password; 'auth' is for those");
	return 0;
}

const char *command_render_url(const struct text *url, const struct expr_env *env,
			       struct arena *arena, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;

	if (render_url(url, env, &out, err) < 0 || check_url(strbuf_str(&out), err) < 0)
		return NULL;
	return arena_strndup(arena, out.buf, out.len);
}

static int write_url(struct jsonw *w, const struct http_action *http, const struct expr_env *env,
		     struct arena *arena, struct err *err)
{
	const char *url = command_render_url(&http->url, env, arena, err);

	if (!url)
		return err_wrap(err, "url");
	jsonw_kv_string(w, HELPER_HTTP_URL, url);
	return 0;
}

/* ---- Headers and who asks ---- */

/* A line break would begin a header, or a request, of somebody else's. */
static int check_value(const char *value, const char *what, struct err *err)
{
	for (const char *c = value; *c; c++)
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return err_set(err, ERR_VALUE, "%s has a %s in it", what,
				       *c == '\n' || *c == '\r' ? "line break"
								: "control character");
	return 0;
}

static int write_text(struct jsonw *w, const char *key, const struct text *text,
		      const struct expr_env *env, struct arena *arena, struct err *err)
{
	const char *value;

	if (!text->raw)
		return 0;
	value = command_render_text(text, env, arena, err);
	if (!value || check_value(value, "it", err) < 0)
		return err_wrap(err, "%s", key);
	jsonw_kv_string(w, key, value);
	return 0;
}

static int write_headers(struct jsonw *w, const struct http_action *http,
			 const struct expr_env *env, struct arena *arena, struct err *err)
{
	jsonw_key(w, HELPER_HTTP_HEADERS);
	jsonw_array(w);
	for (size_t i = 0; i < http->n_headers; i++) {
		const struct env_var *header = &http->headers[i];
		const char *value = command_render_text(&header->value, env, arena, err);

		if (!value || check_value(value, "its value", err) < 0)
			return err_wrap(err, "header '%s'", header->name);
		jsonw_array(w);
		jsonw_string(w, header->name);
		jsonw_string(w, value);
		jsonw_array_end(w);
	}
	jsonw_array_end(w);
	return 0;
}

/* ---- The body ---- */

/* A string that is one value and nothing else becomes that value. */
static int add_json_piece(const struct json_piece *piece, const struct expr_env *env,
			  struct arena *arena, struct strbuf *out, struct err *err)
{
	const struct text *text = &piece->text;
	struct jsonw w = { .out = out };
	struct value value;
	const char *string;

	if (piece->literal) {
		strbuf_addstr(out, piece->literal);
		return 0;
	}
	if (text->n_parts == 1 && text->parts[0].expr) {
		if (expr_eval(text->parts[0].expr, env, arena, &value, err) < 0)
			return -1;
		value_to_json(&value, out);
		return 0;
	}
	string = command_render_text(text, env, arena, err);
	if (!string)
		return -1;
	jsonw_string(&w, string);
	return 0;
}

static int render_json(const struct http_action *http, const struct expr_env *env,
		       struct arena *arena, struct strbuf *out, struct err *err)
{
	for (size_t i = 0; i < http->n_json; i++)
		if (add_json_piece(&http->json[i], env, arena, out, err) < 0)
			return -1;
	return 0;
}

static int render_form(const struct http_action *http, const struct expr_env *env,
		       struct arena *arena, struct strbuf *out, struct err *err)
{
	for (size_t i = 0; i < http->n_form; i++) {
		const char *value = command_render_text(&http->form[i].value, env, arena, err);

		if (!value)
			return err_wrap(err, "'%s'", http->form[i].name);
		if (i)
			strbuf_addch(out, '&');
		add_encoded(out, http->form[i].name);
		strbuf_addch(out, '=');
		add_encoded(out, value);
	}
	return 0;
}

static int write_file(struct jsonw *w, const struct http_action *http, const struct expr_env *env,
		      struct arena *arena, struct err *err)
{
	const char *path = command_render_text(&http->body, env, arena, err);

	path = path ? command_check_path(arena, path, err) : NULL;
	if (!path)
		return err_wrap(err, "file");
	jsonw_kv_string(w, HELPER_HTTP_FILE, path);
	return 0;
}

static int write_body(struct jsonw *w, const struct http_action *http, const struct expr_env *env,
		      struct arena *arena, struct err *err)
{
	static const char *const types[] = {
		[HTTP_BODY_TEXT] = "text/plain; charset=utf-8",
		[HTTP_BODY_JSON] = "application/json",
		[HTTP_BODY_FORM] = "application/x-www-form-urlencoded",
		[HTTP_BODY_FILE] = "application/octet-stream",
	};
	CLEANUP(strbuf_release)
	struct strbuf body = STRBUF_INIT;
	int rc = 0;

	if (!http->body_kind)
		return 0;
	jsonw_kv_string(w, HELPER_HTTP_TYPE, types[http->body_kind]);
	if (http->body_kind == HTTP_BODY_FILE)
		return write_file(w, http, env, arena, err);
	if (http->body_kind == HTTP_BODY_JSON)
		rc = render_json(http, env, arena, &body, err);
	else if (http->body_kind == HTTP_BODY_FORM)
		rc = render_form(http, env, arena, &body, err);
	else
		rc = text_render(&http->body, env, &body, err);
	if (rc < 0)
		return err_wrap(err, "body");
	jsonw_key(w, HELPER_HTTP_BODY);
	jsonw_string_n(w, strbuf_str(&body), body.len);
	return 0;
}

/* ---- The whole request ---- */

static int write_save(struct jsonw *w, const struct http_action *http, const struct expr_env *env,
		      struct arena *arena, struct err *err)
{
	const char *path;

	if (!http->save.text.raw)
		return 0;
	path = command_render_text(&http->save.text, env, arena, err);
	if (path && http->save.kind == PATH_ARTIFACT) {
		jsonw_kv_string(w, HELPER_HTTP_SAVE_VARIABLE,
				command_artifact_variable(arena, COMMAND_ARTIFACT_OUT, path));
		return 0;
	}
	path = path ? command_check_path(arena, path, err) : NULL;
	if (!path)
		return err_wrap(err, "save");
	jsonw_kv_string(w, HELPER_HTTP_SAVE, path);
	return 0;
}

static void write_limits(struct jsonw *w, const struct http_action *http)
{
	jsonw_key(w, HELPER_HTTP_EXPECT);
	jsonw_array(w);
	for (size_t i = 0; i < http->n_statuses; i++) {
		jsonw_array(w);
		jsonw_uint(w, http->statuses[i].from);
		jsonw_uint(w, http->statuses[i].to);
		jsonw_array_end(w);
	}
	jsonw_array_end(w);
	jsonw_kv_uint(w, HELPER_HTTP_REDIRECTS, http->redirects);
	jsonw_kv_bool(w, HELPER_HTTP_WANTS_BODY, http->needs_json || !http->save.text.raw);
}

static int write_request(struct jsonw *w, const struct http_action *http,
			 const struct expr_env *env, struct arena *arena, struct err *err)
{
	jsonw_object(w);
	jsonw_kv_string(w, HELPER_HTTP_METHOD, http->method);
	if (write_url(w, http, env, arena, err) < 0 ||
	    write_headers(w, http, env, arena, err) < 0 ||
	    write_text(w, HELPER_HTTP_USERNAME, &http->username, env, arena, err) < 0 ||
	    write_text(w, HELPER_HTTP_PASSWORD, &http->password, env, arena, err) < 0 ||
	    write_text(w, HELPER_HTTP_BEARER, &http->bearer, env, arena, err) < 0 ||
	    write_body(w, http, env, arena, err) < 0 || write_save(w, http, env, arena, err) < 0)
		return -1;
	write_limits(w, http);
	jsonw_object_end(w);
	return 0;
}

int command_render_http(const struct step *step, const struct expr_env *env, struct arena *arena,
			struct command *command, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf request = STRBUF_INIT;
	struct jsonw w = { .out = &request };

	command->action = "http";
	if (write_request(&w, step->http, env, arena, err) < 0)
		return -1;
	command_start_helper(command, HELPER_HTTP, 1, arena);
	command->stdin_text = arena_strndup(arena, request.buf, request.len);
	return 0;
}

/* ---- The answer ---- */

struct answer {
	const struct expr_env *env; /* what all other names mean */
	struct arena *arena;
	const struct stepout *outputs;
};

static int parse_output(const struct answer *answer, const char *name, const char *what,
			struct value *value, struct err *err)
{
	const char *text = stepout_get(answer->outputs, name);

	if (!text)
		return err_set(err, ERR_VALUE, "the answer has no %s", what);
	if (value_from_json(answer->arena, text, strlen(text), value, err) < 0)
		return err_wrap(err, "the %s of the answer is no JSON", what);
	return 0;
}

static int look_up(void *data, const struct expr_ref *ref, struct value *value, unsigned *used,
		   struct err *err)
{
	const struct answer *answer = data;

	if (ref->ns != NS_LOCAL)
		return answer->env->lookup(answer->env->data, ref, value, used, err);
	*used = 1;
	if (strcmp(ref->path[0], "headers") == 0)
		return parse_output(answer, "headers", "headers", value, err);
	if (strcmp(ref->path[0], "json") == 0)
		return parse_output(answer, "body", "body", value, err);
	return parse_output(answer, "status", "status", value, err);
}

static int call(void *data, enum expr_call which, const char *arg, bool *out, struct err *err)
{
	const struct answer *answer = data;

	return answer->env->call(answer->env->data, which, arg, out, err);
}

/* A body that was saved is a file and no output. */
static void drop_body(struct stepout *outputs)
{
	size_t n = 0;

	for (size_t i = 0; i < outputs->n; i++)
		if (strcmp(outputs->pairs[i].name, "body") != 0)
			outputs->pairs[n++] = outputs->pairs[i];
	outputs->n = n;
}

int command_finish_http(const struct step *step, const struct expr_env *env, struct arena *arena,
			struct stepout *outputs, struct err *err)
{
	const struct http_action *http = step->http;
	struct answer answer = { env, arena, outputs };
	const struct expr_env names = { &answer, look_up, call };
	struct value value;

	if (http->condition) {
		if (expr_eval(http->condition, &names, arena, &value, err) < 0)
			return err_wrap(err, "expect");
		if (!value_is_true(&value))
			return err_set(err, ERR_VALUE, "the answer %s is not as expected: %s",
				       stepout_get(outputs, "status"),
				       expr_source(http->condition));
	}
	if (http->save.text.raw)
		drop_body(outputs);
	return 0;
}

uint64_t command_retry_after_ms(const struct step *step, const struct stepout *outputs)
{
	const char *seconds = step->http ? stepout_get(outputs, HELPER_HTTP_RETRY_AFTER) : NULL;

	return seconds ? strtoull(seconds, NULL, 10) * 1000 : 0;
}
