/*
 * The environment of children.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/env.h"

static const char *const block[] = { "PATH=/bin",
				     "GIT_DIR=.git",
				     "GIT_WF_TRUST=1",
				     "GIT_CONFIG_KEY_0=a",
				     "GIT_AUTHOR_NAME=me",
				     "GIT_INDEX_FILE=i",
				     "=odd",
				     "noequals",
				     "HOME=/root",
				     "GIT_DIRX=1",
				     NULL };

static void repository_variables_stay_behind(void **state)
{
	struct env env;
	char *const *out;

	(void)state;
	env_init(&env, (char *const *)block, 0);
	out = env_block(&env);
	assert_string_equal(out[0], "PATH=/bin");
	assert_string_equal(out[1], "GIT_AUTHOR_NAME=me");
	assert_string_equal(out[2], "HOME=/root");
	assert_string_equal(out[3], "GIT_DIRX=1");
	assert_null(out[4]);
	env_release(&env);
	env_init(&env, (char *const *)block, ENV_KEEP_GIT);
	assert_string_equal(env_get(&env, "GIT_INDEX_FILE"), "i");
	assert_null(env_get(&env, "GIT_WF_TRUST"));
	env_release(&env);
	assert_true(env_is_git_local("GIT_WORK_TREE"));
	assert_false(env_is_git_local("GIT_EDITOR"));
}

static void a_copy_changes_alone(void **state)
{
	struct env base, copy;

	(void)state;
	env_init(&base, (char *const *)block, 0);
	env_copy(&copy, &base);
	env_set(&copy, "PATH", "/usr/bin");
	env_setf(&copy, "N", "%d", 7);
	env_unset(&copy, "HOME");
	env_unset(&copy, "none");
	assert_string_equal(env_get(&copy, "PATH"), "/usr/bin");
	assert_string_equal(env_get(&copy, "N"), "7");
	assert_null(env_get(&copy, "HOME"));
	assert_null(env_get(&copy, "PAT"));
	assert_null(env_get(&copy, ""));
	assert_string_equal(env_get(&base, "PATH"), "/bin");
	assert_string_equal(env_get(&base, "HOME"), "/root");
	env_release(&copy);
	env_release(&base);
}

static void an_empty_one_is_a_block(void **state)
{
	struct env env = { 0 };

	(void)state;
	assert_null(*env_block(&env));
	env_set(&env, "A", "");
	assert_string_equal(env_block(&env)[0], "A=");
	assert_null(env_block(&env)[1]);
	env_release(&env);
	env_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repository_variables_stay_behind),
		cmocka_unit_test(a_copy_changes_alone),
		cmocka_unit_test(an_empty_one_is_a_block),
	};

	return cmocka_run_group_tests_name("sys/env", tests, NULL, NULL);
}
