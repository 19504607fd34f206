/*
 * `http`: from the file to the request, and from the answer to what the step has come to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/strbuf.h"
#include "ext/json.h"
#include "step/command.h"
#include "step/helper.h"

struct fixture {
	struct arena arena;
	struct diags diags;
	const struct workflow *wf;
	const char *value; /* of params.x */
	struct command command;
	struct err err;
};

static int look_up(void *data, const struct expr_ref *ref, struct value *out, unsigned *used,
		   struct err *err)
{
	const struct fixture *fixture = data;

	(void)err;
	assert_true(ref->ns == NS_PARAMS || ref->ns == NS_SECRET);
	*out = value_string(fixture->value);
	*used = 1;
	return 0;
}

static const struct expr_env *enter(void *data, const struct step *where)
{
	static struct expr_env env;

	(void)where;
	env = (struct expr_env){ data, look_up, NULL };
	return &env;
}

/* A step whose `http` is this; `value` is that of params.x and of all secrets. */
static void load(struct fixture *fixture, const char *http, const char *value)
{
	struct strbuf text = STRBUF_INIT;

	memset(fixture, 0, sizeof *fixture);
	strbuf_addf(&text, "params: {x: {default: y}}\nsteps:\n  - {id: a, http: %s}\n", http);
	fixture->diags.file = "w.yml";
	fixture->diags.text = arena_strndup(&fixture->arena, text.buf, text.len);
	fixture->diags.text_len = text.len;
	fixture->value = value;
	fixture->wf = workflow_load(&fixture->arena, "w", &fixture->diags);
	strbuf_release(&text);
	assert_non_null(fixture->wf);
}

static int render(struct fixture *fixture)
{
	struct command_scope scope = { fixture->wf, fixture, enter };

	return command_render(&scope, &fixture->wf->steps[0], &fixture->arena, &fixture->command,
			      &fixture->err);
}

static void drop(struct fixture *fixture)
{
	diags_release(&fixture->diags);
	err_release(&fixture->err);
	arena_release(&fixture->arena);
}

static void expect(const char *http, const char *value, const char *key, const char *wanted)
{
	struct fixture fixture;
	const struct json *request;

	load(&fixture, http, value);
	assert_int_equal(render(&fixture), 0);
	assert_string_equal(fixture.command.argv[0], HELPER_HTTP);
	assert_null(fixture.command.argv[1]);
	request = json_parse(&fixture.arena, fixture.command.stdin_text,
			     strlen(fixture.command.stdin_text), NULL);
	assert_non_null(request);
	assert_string_equal(json_get_string(request, key, "nothing"), wanted);
	drop(&fixture);
}

static void refuse(const char *http, const char *value, const char *why)
{
	struct fixture fixture;

	load(&fixture, http, value);
	assert_int_equal(render(&fixture), -1);
	assert_int_equal(fixture.err.kind, ERR_VALUE);
	if (!strstr(err_msg(&fixture.err), why))
		fail_msg("'%s' instead of '%s'", err_msg(&fixture.err), why);
	drop(&fixture);
}

static void test_url(void **state)
{
	(void)state;
	expect("{url: \"http://h/${params.x}?q=${params.x}\"}", "a/../b?&#\n\xc3\xa4", "url",
	       "http://h/a%2F..%2Fb%3F%26%23%0A%C3%A4?q=a%2F..%2Fb%3F%26%23%0A%C3%A4");
	expect("{url: \"${params.x}/y\"}", "https://h:8/x", "url", "https://h:8/x/y");
	expect("{url: \"http://h${params.x}/\"}", ".evil@e", "url", "http://h.evil%40e/");
	refuse("{url: \"${params.x}\"}", "file:///etc/passwd", "is no URL of http");
	refuse("{url: \"${params.x}\"}", "http://a:b@h/", "no password");
	refuse("{url: \"${params.x}\"}", "http://h/ HTTP/1.1\r\nX: y", "no blanks");
	refuse("{url: \"${params.x}\"}", "http:///x", "names no host");
}

static void test_headers(void **state)
{
	(void)state;
	refuse("{url: \"http://h\", headers: {X-A: \"${params.x}\"}}", "a\r\nX-B: c",
	       "header 'X-A': its value has a line break");
	refuse("{url: \"http://h\", headers: {X-A: \"${params.x}\"}}", "a\x01",
	       "control character");
	refuse("{url: \"http://h\", auth: {bearer: \"${secret.x}\"}}", "a\nb", "line break");
	expect("{url: \"http://h\", auth: {bearer: \"${secret.x}\"}}", "a b", "bearer", "a b");
}

static void test_body(void **state)
{
	(void)state;
	expect("{url: \"http://h\", body: {json: {a: \"${params.x}\", b: [1.50, true, null, \"t "
	       "${params.x}\"]}}}",
	       "q\"\\", "body", "{\"a\":\"q\\\"\\\\\",\"b\":[1.5,true,null,\"t q\\\"\\\\\"]}");
	expect("{url: \"http://h\", body: {form: {\"a b\": \"${params.x}\", c: d}}}", "1&2=3",
	       "body", "a%20b=1%262%3D3&c=d");
	expect("{url: \"http://h\", body: x}", "", "method", "POST");
	expect("{url: \"http://h\", save: \"artifact:the-file\"}", "", "save_variable",
	       "WF_OUT_THE_FILE");
	refuse("{url: \"http://h\", method: PUT, body: {file: \"${params.x}\"}}", "../x", "..");
}

static int finish(struct fixture *fixture, const char *status, const char *body)
{
	struct stepout_pair pairs[] = { { "status", status },
					{ "headers", "{\"x-a\":\"1\"}" },
					{ "body", body } };
	struct stepout outputs = { 3, pairs };

	return command_finish(&fixture->wf->steps[0], enter(fixture, NULL), &fixture->arena,
			      &outputs, &fixture->err);
}

static void test_expect(void **state)
{
	struct fixture fixture;

	(void)state;
	load(&fixture, "{url: \"http://h\", expect: \"json.n > 2 && headers['x-a'] == 1\"}", "");
	assert_int_equal(fixture.wf->steps[0].http->statuses[0].to, 299);
	assert_int_equal(finish(&fixture, "200", "{\"n\": 3}"), 0);
	assert_int_equal(finish(&fixture, "200", "{\"n\": 2}"), -1);
	assert_non_null(strstr(err_msg(&fixture.err), "is not as expected: json.n > 2"));
	err_release(&fixture.err);
	fixture.err = (struct err)ERR_INIT;
	assert_int_equal(finish(&fixture, "200", "<html>"), -1);
	assert_non_null(strstr(err_msg(&fixture.err), "is no JSON"));
	drop(&fixture);
	load(&fixture, "{url: \"http://h\", expect: status != 500}", "");
	assert_int_equal(fixture.wf->steps[0].http->statuses[0].to, 599);
	drop(&fixture);
}

static void test_retry_of_defaults(void **state)
{
	struct fixture fixture;

	(void)state;
	load(&fixture,
	     "{url: \"http://h\"}}\n  - {id: b, http: {url: \"http://h\", body: x}}\n"
	     "defaults: {retry: {attempts: 3}",
	     "");
	assert_non_null(fixture.wf->steps[0].retry);
	assert_null(fixture.wf->steps[1].retry);
	drop(&fixture);
}

static void test_retry_after(void **state)
{
	struct stepout_pair pair = { HELPER_HTTP_RETRY_AFTER, "7" };
	struct stepout outputs = { 1, &pair };
	struct fixture fixture;

	(void)state;
	load(&fixture, "{url: \"http://h\"}", "");
	assert_int_equal(command_retry_after_ms(&fixture.wf->steps[0], &outputs), 7000);
	outputs.n = 0;
	assert_int_equal(command_retry_after_ms(&fixture.wf->steps[0], &outputs), 0);
	drop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_expect),
		cmocka_unit_test(test_retry_of_defaults),
		cmocka_unit_test(test_retry_after),
	};

	return cmocka_run_group_tests_name("step/http", tests, NULL, NULL);
}
