/*
 * Settings: layers, types, and whose file may hold what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/config.h"

static int read_text(struct config *config, enum config_layer layer, const char *text,
		     struct diags *diags)
{
	*diags = (struct diags){ .file = "config.ini", .text = text, .text_len = strlen(text) };
	return config_read(config, layer, diags);
}

static void test_defaults(void **state)
{
	struct config config = { 0 };

	(void)state;
	assert_string_equal(config_string(&config, "trust", "", "hooks"), "follow");
	assert_true(config_bool(&config, "cache", "enabled"));
	assert_true(config_size_bytes(&config, "cache", "max_size") == (uint64_t)5 << 30);
	assert_true(config_duration_ms(&config, "cache", "max_age") == (uint64_t)30 * 86400000);
	assert_null(config_string(&config, "agent", "", "command"));
	assert_int_equal(config_count(&config, "run", "jobs"), 0);
	config_release(&config);
}

static void test_layers(void **state)
{
	struct config config = { 0 };
	struct err err = ERR_INIT;
	struct diags diags;

	(void)state;
	/* Read in any order: the layer decides. */
	assert_int_equal(read_text(&config, CONFIG_USER, "[run]\njobs = 4\n", &diags), 0);
	diags_release(&diags);
	assert_int_equal(
		read_text(&config, CONFIG_REPOSITORY,
			  "[run]\njobs = 8\nmode = hybrid\n[workflow]\ntimeout_seconds = 90\n",
			  &diags),
		0);
	diags_release(&diags);
	assert_int_equal(config_count(&config, "run", "jobs"), 4);
	assert_int_equal(config_origin(&config, "run", "", "jobs"), CONFIG_USER);
	assert_string_equal(config_string(&config, "run", "", "mode"), "hybrid");
	assert_int_equal(config_duration_ms(&config, "workflow", "timeout_seconds"), 90000);
	assert_int_equal(config_set(&config, CONFIG_ENVIRONMENT, "run.jobs", "2", &err), 0);
	assert_int_equal(config_count(&config, "run", "jobs"), 2);
	config_release(&config);
}

static void test_user_only(void **state)
{
	static const char text[] = "[agent]\ncommand = evil\n[trust]\nhooks = pin\n"
				   "[secret \"a\"]\ncommand = pass a\n";
	struct config config = { 0 };
	struct diags diags;

	(void)state;
	assert_int_equal(read_text(&config, CONFIG_REPOSITORY, text, &diags), 0);
	assert_int_equal(diags.list.n, 3);
	assert_int_equal(diags.list.v[0].level, DIAG_WARNING);
	assert_null(config_string(&config, "agent", "", "command"));
	assert_string_equal(config_string(&config, "trust", "", "hooks"), "follow");
	diags_release(&diags);
	assert_int_equal(read_text(&config, CONFIG_USER, text, &diags), 0);
	assert_string_equal(config_string(&config, "agent", "", "command"), "evil");
	assert_string_equal(config_string(&config, "secret", "a", "command"), "pass a");
	assert_null(config_string(&config, "secret", "b", "command"));
	diags_release(&diags);
	config_release(&config);
}

static void test_faults(void **state)
{
	static const struct {
		const char *text, *msg, *hint;
	} rows[] = {
		{ "[run]\njosb = 1\n", "unknown key 'josb' in [run]", "did you mean 'jobs'?" },
		{ "[rnu]\njobs = 1\n", "unknown section [rnu]", "did you mean 'run'?" },
		{ "[run]\njobs = many\n", "'jobs' must be a whole number, not 'many'", NULL },
		{ "[cache]\nenabled = perhaps\n", "'enabled' must be true or false, not 'perhaps'",
		  NULL },
		{ "[cache]\nmax_size = 1Q\n", "'max_size' must be a size such as 512M, not '1Q'",
		  NULL },
		{ "[run]\nmode = fast\n",
		  "'mode' must be one of autopilot|supervised|hybrid, not 'fast'", NULL },
		{ "[run \"x\"]\njobs = 1\n", "the section of 'jobs' is written [run]", NULL },
		{ "[secret]\ncommand = 1\n",
		  "the section of 'command' is written [secret \"NAME\"]", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct config config = { 0 };
		struct diags diags;

		assert_int_equal(read_text(&config, CONFIG_USER, rows[i].text, &diags), -1);
		assert_string_equal(diags.list.v[0].msg, rows[i].msg);
		assert_int_equal(diags.list.v[0].span.line, 2);
		if (rows[i].hint)
			assert_string_equal(diags.list.v[0].hint, rows[i].hint);
		diags_release(&diags);
		config_release(&config);
	}
}

static void test_set(void **state)
{
	struct config config = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(config_set(&config, CONFIG_COMMAND_LINE, "run.nope", "1", &err), -1);
	assert_string_equal(err_msg(&err), "there is no setting 'run.nope'");
	err_release(&err);
	err = (struct err)ERR_INIT;
	assert_int_equal(config_set(&config, CONFIG_COMMAND_LINE, "run.jobs", "-1", &err), -1);
	err_release(&err);
	err = (struct err)ERR_INIT;
	assert_int_equal(config_set(&config, CONFIG_COMMAND_LINE, "secret.a.b.command", "x", &err),
			 0);
	assert_string_equal(config_string(&config, "secret", "a.b", "command"), "x");
	config_release(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),  cmocka_unit_test(test_layers),
		cmocka_unit_test(test_user_only), cmocka_unit_test(test_faults),
		cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests_name("model/config", tests, NULL, NULL);
}
