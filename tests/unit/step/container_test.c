/*
 * container: the words that its helper gets, and the values that are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "step/command.h"

struct place {
	struct expr_env env;
	const char *value; /* of every reference */
};

static int look_up(void *data, const struct expr_ref *ref, struct value *value, unsigned *used,
		   struct err *err)
{
	const struct place *place = data;

	(void)err;
	*value = value_string(place->value);
	*used = (unsigned)ref->n_path;
	return 0;
}

static const struct expr_env *enter(void *data, const struct step *step)
{
	struct place *place = data;

	(void)step;
	place->env = (struct expr_env){ .lookup = look_up, .data = place };
	return &place->env;
}

/* The words with a blank between them, or the error. */
static char *render(const char *container, const char *value)
{
	struct arena arena = { 0 };
	struct strbuf text = STRBUF_INIT;
	struct diags diags = { .file = "w.yml" };
	struct place place = { .value = value };
	struct command command;
	struct err err = ERR_INIT;
	const struct workflow *wf;

	strbuf_addf(&text,
		    "params: {x: {}}\nsteps:\n  - id: a\n    env: {E: \"1\"}\n    container: %s\n",
		    container);
	diags.text = strbuf_str(&text);
	diags.text_len = text.len;
	wf = workflow_load(&arena, "w", &diags);
	assert_non_null(wf);
	struct command_scope scope = { wf, &place, enter };
	int rc = command_render(&scope, &wf->steps[0], &arena, &command, &err);

	strbuf_clear(&text);
	if (rc < 0)
		strbuf_addstr(&text, err_msg(&err));
	for (size_t i = 0; rc == 0 && i < command.argc; i++)
		strbuf_addf(&text, "%s%s", i ? " " : "", command.argv[i]);
	if (rc == 0) {
		assert_true(command.env_is_carried);
		assert_int_equal(command.placed, WORD_IS_HELPER);
		assert_null(command.argv[command.argc]);
	}
	err_release(&err);
	diags_release(&diags);
	arena_release(&arena);
	return text.buf;
}

static void expect(const char *container, const char *value, const char *want)
{
	char *got = render(container, value);

	assert_string_equal(got, want);
	free(got);
}

static void expect_refused(const char *container, const char *value, const char *part)
{
	char *got = render(container, value);

	if (!strstr(got, part))
		fail_msg("'%s' lacks '%s'", got, part);
	free(got);
}

static void test_words(void **state)
{
	(void)state;
	expect("{image: 'debian:12'}", "", "git-wf--container image=debian:12");
	expect("{image: x, run: 'echo ${params.x}'}", "a b; c",
	       "git-wf--container image=x -- sh -eu -c echo \"${__wf_1}\"");
	expect("{image: x, run: [make, '${params.x}']}", "a b",
	       "git-wf--container image=x -- make a b");
	expect("{image: x, mounts: ['${params.x}:/b', 'a//b:/c:ro', '/etc/${params.x}:/e']}", "a:b",
	       "git-wf--container image=x from=a:b to=/b from=a/b to-ro=/c from=/etc/a:b to=/e");
	expect("{build: {context: ., file: d/f}, tags: ['t:${params.x}'], args: {A: "
	       "'${params.x}'}}",
	       "1", "git-wf--container build= file=d/f tag=t:1 arg=A=1");
}

static void test_refused(void **state)
{
	static const char *const images[] = { "-v",   "--privileged", "",    "a b", "a;b",
					      "$(x)", "a\nb",	      "a,b", ":x" };

	(void)state;
	for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
		expect_refused("{image: '${params.x}'}", images[i], "is no name of an image");
		expect_refused("{build: ., tags: ['${params.x}']}", images[i],
			       "is no name of an image");
	}
	expect_refused("{image: x, mounts: ['${params.x}:/b']}", "../up", "leads out");
	expect_refused("{image: x, mounts: ['${params.x}:/b']}", "/etc", "is absolute");
	expect_refused("{image: x, mounts: ['${params.x}:/b']}", ".git/hooks", "leads into '.git'");
	expect_refused("{image: x, mounts: ['${params.x}:/b']}", "a,readonly", "cannot be mounted");
	expect_refused("{image: x, mounts: ['/srv/${params.x}:/b']}", "../etc", "by '..'");
	expect_refused("{image: x, mounts: ['a:${params.x}']}", "/b,source=/", "cannot be mounted");
	expect_refused("{image: x, mounts: ['a:${params.x}']}", "b", "no absolute path");
	expect_refused("{image: x, mounts: ['a:${params.x}']}", "/a/../b", "no absolute path");
	expect_refused("{build: '${params.x}'}", "../x", "leads out");
	expect_refused("{build: {context: ., file: '${params.x}'}}", "/etc/passwd", "is absolute");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("step/container", tests, NULL, NULL);
}
