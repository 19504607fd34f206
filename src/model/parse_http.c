/*
 * `http`: one request, without its body and what is expected of the answer.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "action_impl.h"
#include "parse_impl.h"

enum { REDIRECTS_DEFAULT = 10, REDIRECTS_MAX = 50 };

#define HTTP(member) offsetof(struct http_action, member)

/* ---- Secrets stand in no file ---- */

struct env_names {
	VEC(const char *) list;
	bool has_other; /* what no mask hides */
};

static void note_ref(void *data, const struct expr_ref *ref)
{
	struct env_names *names = data;

	if (ref->ns == NS_ENV && ref->n_path)
		vec_push(&names->list, ref->path[0]);
	else if (ref->ns != NS_SECRET && ref->ns != NS_PARAMS)
		names->has_other = true;
}

/* A variable that holds a password is masked, as one of `secrets` is. */
static void mask_variables(struct reader *reader, struct step *step, const struct env_names *names)
{
	const char **secrets;

	if (!names->list.n)
		return;
	secrets = ARENA_ARRAY(reader->arena, const char *, step->n_secrets + names->list.n + 1);
	for (size_t i = 0; i < step->n_secrets; i++)
		secrets[i] = step->secrets[i];
	for (size_t i = 0; i < names->list.n; i++)
		secrets[step->n_secrets++] = names->list.v[i];
	step->secrets = secrets;
}

static void check_secret(struct reader *reader, struct step *step, const struct text *text,
			 const char *what)
{
	struct env_names names = { 0 };

	if (!text->raw)
		return;
	text_each_ref(text, note_ref, &names);
	if (!text_has_refs(text))
		diag_hint(reader->diags,
			  diag_error(reader->diags, text->span, "%s stands in the file", what),
			  "write ${secret.NAME} or ${env.NAME}");
	else if (names.has_other)
		diag_error(reader->diags, text->span, "%s comes from secret, env or params only",
			   what);
	mask_variables(reader, step, &names);
	vec_release(&names.list);
}

/* ---- Headers ---- */

static bool is_token(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789!#$%&'*+-.^_`|~";

	return *name && !name[strspn(name, letters)];
}

static void check_header(struct reader *reader, struct step *step, const struct env_var *header)
{
	static const char *const own[] = { "Content-Length", "Transfer-Encoding", "Connection",
					   "Expect" };
	static const char *const secret[] = { "Authorization", "Proxy-Authorization", "Cookie" };
	struct span at = header->value.span;

	if (!is_token(header->name))
		diag_error(reader->diags, at, "'%.60s' is no name of a header", header->name);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strcasecmp(header->name, own[i]) == 0)
			diag_error(reader->diags, at, "'%s' is not for you to set", own[i]);
	for (size_t i = 0; i < ARRAY_SIZE(secret); i++)
		if (strcasecmp(header->name, secret[i]) == 0)
			check_secret(reader, step, &header->value,
				     "what the header says of who you are");
	if (!header->value.n_parts && strpbrk(header->value.raw, "\r\n"))
		diag_error(reader->diags, at, "header '%.60s' has a line break in its value",
			   header->name);
}

static void read_headers(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct http_action *http = into;

	parse_named_texts(reader, row, node, NULL, &http->headers, &http->n_headers);
}

/* ---- The rest ---- */

static const struct field auth_fields[] = {
	{ "username", HTTP(username), NULL },
	{ "password", HTTP(password), NULL },
	{ "bearer", HTTP(bearer), NULL },
};

const struct field_table parse_http_auth_fields = { ARRAY_SIZE(auth_fields), auth_fields };

static void read_auth(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct http_action *http = into;

	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, row, node);
		return;
	}
	parse_fields(reader, AT_HTTP_AUTH, node, http);
	if (http->bearer.raw && (http->username.raw || http->password.raw))
		diag_error(reader->diags, http->bearer.span,
			   "'auth' has either 'bearer', or 'username' and 'password'");
	else if (!http->bearer.raw && !(yaml_get(node, "username") && yaml_get(node, "password")))
		diag_error(reader->diags, node->span,
			   "'auth' needs 'bearer', or 'username' and 'password'");
}

static void read_method(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into)
{
	if (parse_choice(reader, row, node) >= 0)
		*(const char **)into = parse_copy(reader, node);
}

static void read_redirects(struct reader *reader, const struct schema_row *row,
			   const struct yaml_node *node, void *into)
{
	struct http_action *http = into;
	char *end;
	long n;

	if (node->kind != YAML_NUMBER) {
		parse_wrong_type(reader, row, node);
		return;
	}
	n = strtol(node->text, &end, 10);
	if (*end || n < 0 || n > REDIRECTS_MAX)
		diag_error(reader->diags, node->span, "'redirects' must be from 0 to %d",
			   REDIRECTS_MAX);
	else
		http->redirects = (uint32_t)n;
}

static void read_save(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct http_action *http = into;

	if (!parse_is_scalar(node)) {
		parse_wrong_type(reader, row, node);
		return;
	}
	if (parse_path(reader, node, false, &http->save) < 0)
		return;
	if (http->save.kind != PATH_LITERAL && http->save.kind != PATH_ARTIFACT)
		diag_error(reader->diags, node->span, "'save' is one path, or artifact:NAME");
}

static const struct field http_fields[] = {
	{ "url", HTTP(url), NULL },	{ "method", HTTP(method), read_method },
	{ "headers", 0, read_headers }, { "auth", 0, read_auth },
	{ "body", 0, parse_http_body }, { "expect", 0, parse_http_expect },
	{ "save", 0, read_save },	{ "redirects", 0, read_redirects },
};

const struct field_table parse_http_fields = { ARRAY_SIZE(http_fields), http_fields };

/* What can be said of it before values are known. */
static void check_url(struct reader *reader, const struct http_action *http)
{
	const char *raw = http->url.raw, *authority;
	struct span at = http->url.span;

	if (strncmp(raw, "${", 2) == 0)
		return;
	authority = strncasecmp(raw, "http://", 7) == 0	   ? raw + 7
		    : strncasecmp(raw, "https://", 8) == 0 ? raw + 8
							   : NULL;
	if (!authority)
		diag_hint(reader->diags,
			  diag_error(reader->diags, at, "'%.60s' is no URL of http", raw),
			  "it begins with https:// or http://");
	else if (memchr(authority, '@', strcspn(authority, "/?#")) &&
		 !memchr(authority, '$', strcspn(authority, "@")))
		diag_hint(reader->diags,
			  diag_error(reader->diags, at, "a name or password stands in the URL"),
			  "write auth: {username: NAME, password: \"${secret.NAME}\"}");
	else if (!http->url.n_parts && raw[strcspn(raw, " \t\r\n")])
		diag_hint(reader->diags, diag_error(reader->diags, at, "a URL has no blanks"),
			  "write %%20 for a space");
}

static bool is_get(const struct http_action *http)
{
	return strcmp(http->method, "GET") == 0 || strcmp(http->method, "HEAD") == 0;
}

static void finish(struct reader *reader, const struct yaml_node *map, struct step_draft *draft)
{
	static const char *const refused[] = { "outputs", "depfile", "tools",	 "dir",
					       "shell",	  "stdin",   "cache",	 "limits",
					       "sandbox", "console", "per_file", NULL };
	static const struct own_action own = { ACTION_HTTP, "http", refused, false };
	struct http_action *http = (struct http_action *)draft->step.http;
	struct step *step = &draft->step;

	parse_own_finish(reader, map, draft, &own);
	/* What `defaults` say of retries is for what can be said twice. */
	if (!is_get(http) && !yaml_get(map, "retry"))
		step->retry = NULL;
	check_secret(reader, step, &http->password, "the password");
	check_secret(reader, step, &http->bearer, "the token");
	for (size_t i = 0; i < http->n_headers; i++)
		check_header(reader, step, &http->headers[i]);
	if (http->save.text.raw)
		parse_add_path(reader, &step->outputs, &step->n_outputs, &http->save);
	if (http->body_kind == HTTP_BODY_FILE && http->body.raw)
		parse_add_input(reader, step, &http->body);
}

void parse_http(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		void *step_draft)
{
	struct step_draft *draft = step_draft;
	struct http_action *http = ARENA_NEW(reader->arena, struct http_action);

	draft->step.http = http;
	http->redirects = REDIRECTS_DEFAULT;
	parse_own_begin(draft, node, finish);
	if (node->kind != YAML_MAP) {
		struct diag *diag = parse_wrong_type(reader, row, node);

		if (parse_is_scalar(node))
			diag_hint(reader->diags, diag, "write http: {url: %.60s}", node->text);
	} else {
		parse_fields(reader, AT_HTTP, node, http);
	}
	if (!http->method)
		http->method = http->body_kind ? "POST" : "GET";
	if (node->kind == YAML_MAP && !yaml_get(node, "url"))
		parse_missing(reader, node, AT_HTTP, "url");
	else if (http->url.raw)
		check_url(reader, http);
	if (http->body_kind && is_get(http))
		diag_error(reader->diags, node->span, "a %s has no body", http->method);
	if (http->save.text.raw && strcmp(http->method, "HEAD") == 0)
		diag_error(reader->diags, http->save.text.span, "the answer to HEAD has no body");
	parse_http_expect_default(reader, http);
}

void action_visit_http(const struct step *step, const struct action_visitor *visitor)
{
	const struct http_action *http = step->http;
	const struct text *texts[] = { &http->url, &http->username, &http->password, &http->bearer,
				       &http->body };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		visitor->text(visitor->data, texts[i]);
	for (size_t i = 0; i < http->n_headers; i++)
		visitor->text(visitor->data, &http->headers[i].value);
	for (size_t i = 0; i < http->n_form; i++)
		visitor->text(visitor->data, &http->form[i].value);
	for (size_t i = 0; i < http->n_json; i++)
		visitor->text(visitor->data, &http->json[i].text);
	visitor->expr(visitor->data, http->condition);
}
