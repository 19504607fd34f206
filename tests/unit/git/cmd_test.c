/*
 * Starting git: what it is told, what comes back, what it may not do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include "git/cmd.h"
#include "scratch.h"
#include "sys/clock.h"

static struct arena arena;
static struct repo repo;

static int make(void **state)
{
	struct err err = ERR_INIT;

	if (scratch_setup(state) != 0)
		return -1;
	scratch_run(
		"git init -q main && cd main && mkdir sub && git commit -q --allow-empty -m one");
	scratch_enter("main");
	return repo_discover(&repo, &arena, &err);
}

static int tidy(void **state)
{
	arena_release(&arena);
	return scratch_teardown(state);
}

static int run(const char *const *args, struct strbuf *out, struct err *err)
{
	struct git_cmd cmd = { .repo = &repo, .args = args };

	return git_run(&cmd, out, NULL, err);
}

static void expect_output(const char *const *args, const char *expected)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err err = ERR_INIT;

	if (run(args, &out, &err) != 0)
		fail_msg("%s", err_msg(&err));
	assert_string_equal(strbuf_str(&out), expected);
}

static void runs_at_the_top(void **state)
{
	static const char *const args[] = { "rev-parse", "--show-prefix", "--is-inside-work-tree",
					    NULL };

	(void)state;
	scratch_enter("main/sub");
	expect_output(args, "\ntrue\n");
	scratch_enter(".");
	expect_output(args, "\ntrue\n");
}

static void strips_what_ties_to_a_repository(void **state)
{
	static const char *const args[] = { "rev-parse", "--git-path", "index", NULL };
	char expected[200];

	(void)state;
	setenv("GIT_DIR", "/nowhere", 1);
	setenv("GIT_INDEX_FILE", "/nowhere/index", 1);
	snprintf(expected, sizeof expected, "%s\n", scratch_path("main/.git/index"));
	expect_output(args, expected);
	unsetenv("GIT_DIR");
	unsetenv("GIT_INDEX_FILE");
}

static void keeps_the_users_settings(void **state)
{
	static const char *const args[] = { "config", "wf.test", NULL };

	(void)state;
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "wf.test", 1);
	setenv("GIT_CONFIG_VALUE_0", "yes", 1);
	expect_output(args, "yes\n");
	unsetenv("GIT_CONFIG_COUNT");
}

static void passes_more_variables(void **state)
{
	static const char *const args[] = { "var", "GIT_AUTHOR_IDENT", NULL };
	static const char *const env[] = { "GIT_AUTHOR_NAME=Some One", NULL };
	struct git_cmd cmd = { .repo = &repo, .args = args, .env = env };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	(void)state;
	assert_int_equal(git_run(&cmd, &out, NULL, NULL), 0);
	assert_int_equal(strncmp(out.buf, "Some One <", 10), 0);
}

static void feeds_large_input_and_takes_large_output(void **state)
{
	static const char *const hash[] = { "hash-object", "-w", "--stdin", NULL };
	struct strbuf data CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf name CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *cat[] = { "cat-file", "blob", NULL, NULL };
	struct git_cmd cmd = { .repo = &repo, .args = hash, .writes = true };

	(void)state;
	for (int i = 0; i < 300000; i++)
		strbuf_addf(&data, "%d\n", i);
	cmd.input = &data;
	assert_int_equal(git_run(&cmd, &name, NULL, NULL), 0);
	name.buf[40] = '\0';
	cat[2] = name.buf;
	assert_int_equal(run(cat, &out, NULL), 0);
	assert_int_equal(out.len, data.len);
	assert_memory_equal(out.buf, data.buf, data.len);
}

/* Nobody reads it: that must not end us by SIGPIPE. */
static void survives_input_that_is_not_read(void **state)
{
	static const char *const args[] = { "rev-parse", "HEAD", NULL };
	size_t len = 1 << 20;
	struct strbuf data CLEANUP(strbuf_release) = STRBUF_INIT;
	struct git_cmd cmd = { .repo = &repo, .args = args, .input = &data };

	(void)state;
	strbuf_pad(&data, '\0', len);
	assert_int_equal(git_run(&cmd, NULL, NULL, NULL), 0);
}

static void says_why_it_failed(void **state)
{
	static const char *const args[] = { "cat-file", "-p", "nothing", NULL };
	struct git_cmd cmd = { .repo = &repo, .args = args };
	struct err err = ERR_INIT;
	int exit_code = -1;

	(void)state;
	assert_int_equal(run(args, NULL, &err), -1);
	assert_string_equal(err.msg, "git cat-file failed: Not a valid object name nothing");
	err_release(&err);
	assert_int_equal(git_run(&cmd, NULL, &exit_code, &err), 0);
	assert_int_equal(exit_code, 128);
	assert_int_equal(err.kind, ERR_NONE);
}

static void ends_what_takes_too_long(void **state)
{
	static const char *const args[] = { "-c", "alias.x=!sleep 60", "x", NULL };
	struct git_cmd cmd = { .repo = &repo, .args = args, .timeout_ms = 100 };
	uint64_t start_ms = clock_monotonic_ms();
	struct err err = ERR_INIT;
	int exit_code;

	(void)state;
	assert_int_equal(git_run(&cmd, NULL, &exit_code, &err), -1);
	assert_non_null(strstr(err.msg, "git -c: it took longer"));
	assert_true(clock_monotonic_ms() - start_ms < 10000);
	err_release(&err);
}

static void waits_for_no_grandchild(void **state)
{
	static const char *const args[] = { "-c", "alias.x=!sleep 60 & echo $!", "x", NULL };
	struct git_cmd cmd = { .repo = &repo, .args = args };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	uint64_t start_ms = clock_monotonic_ms();
	pid_t pid;

	(void)state;
	assert_int_equal(git_run(&cmd, &out, NULL, NULL), 0);
	pid = (pid_t)strtol(strbuf_str(&out), NULL, 10);
	assert_true(pid > 1);
	kill(pid, SIGKILL);
	assert_true(clock_monotonic_ms() - start_ms < 10000);
}

static void runs_no_hook_unless_told(void **state)
{
	static const char *const args[] = { "commit", "-q", "--allow-empty", "-m", "x", NULL };
	struct git_cmd cmd = { .repo = &repo, .args = args, .writes = true };

	(void)state;
	scratch_run("printf '#!/bin/sh\\ntouch hook-ran\\n' >main/.git/hooks/post-commit && "
		    "chmod +x main/.git/hooks/post-commit");
	assert_int_equal(git_run(&cmd, NULL, NULL, NULL), 0);
	scratch_run("test ! -e main/hook-ran");
	cmd.runs_hooks = true;
	assert_int_equal(git_run(&cmd, NULL, NULL, NULL), 0);
	scratch_run("rm main/hook-ran");
}

static void runs_no_other_program_of_the_config(void **state)
{
	static const char *const diff[] = { "diff", NULL };
	static const char *const status[] = { "status", "--porcelain", NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	(void)state;
	scratch_run(
		"cd main && echo a >f && git add f && echo b >f && "
		"git config diff.external 'touch ran; false' && "
		"git config core.fsmonitor 'touch ran; false' && "
		"echo 'f diff=x' >.gitattributes && git config diff.x.textconv 'touch ran; cat'");
	assert_int_equal(run(diff, &out, NULL), 0);
	assert_non_null(strstr(strbuf_str(&out), "+b\n"));
	assert_int_equal(run(status, &out, NULL), 0);
	scratch_run("test ! -e main/ran");
}

static void says_that_git_is_missing(void **state)
{
	static const char *const args[] = { "version", NULL };
	char *path = strdup(getenv("PATH"));
	struct err err = ERR_INIT;

	(void)state;
	setenv("PATH", "/nowhere", 1);
	assert_int_equal(run(args, NULL, &err), -1);
	setenv("PATH", path, 1);
	free(path);
	assert_non_null(strstr(err.msg, "git"));
	err_release(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_at_the_top),
		cmocka_unit_test(strips_what_ties_to_a_repository),
		cmocka_unit_test(keeps_the_users_settings),
		cmocka_unit_test(passes_more_variables),
		cmocka_unit_test(feeds_large_input_and_takes_large_output),
		cmocka_unit_test(survives_input_that_is_not_read),
		cmocka_unit_test(says_why_it_failed),
		cmocka_unit_test(ends_what_takes_too_long),
		cmocka_unit_test(waits_for_no_grandchild),
		cmocka_unit_test(runs_no_hook_unless_told),
		cmocka_unit_test(runs_no_other_program_of_the_config),
		cmocka_unit_test(says_that_git_is_missing),
	};

	return cmocka_run_group_tests_name("git/cmd", tests, make, tidy);
}
