/*
 * Programs that are run to their end: what they print, how they end, what is done about those that do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/run.h"

struct ran {
	struct strbuf out, said, how;
	struct err err;
	int rc, status;
};

static struct ran run_it(const char *script, const char *input, uint64_t timeout_ms, size_t max)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct run_request request = { .argv = argv,
				       .envp = environ,
				       .input = input,
				       .input_len = input ? strlen(input) : 0,
				       .timeout_ms = timeout_ms,
				       .max_bytes = max };
	struct ran ran = { 0 };

	ran.rc = run_program(&request, &ran.out, &ran.said, &ran.status, &ran.err);
	run_describe(ran.status, &ran.said, &ran.how);
	return ran;
}

static void release(struct ran *ran)
{
	strbuf_release(&ran->out);
	strbuf_release(&ran->said);
	strbuf_release(&ran->how);
	err_release(&ran->err);
}

static void test_passes(void **state)
{
	struct ran ran = run_it("cat; echo bye >&2", "hello", 10000, 100);

	(void)state;
	assert_int_equal(ran.rc, 0);
	assert_string_equal(strbuf_str(&ran.out), "hello");
	assert_string_equal(strbuf_str(&ran.said), "bye\n");
	release(&ran);
}

static void test_fails(void **state)
{
	struct ran ran = run_it("echo one >&2; echo 'two ' >&2; exit 7", NULL, 10000, 100);

	(void)state;
	assert_int_equal(ran.rc, 0);
	assert_string_equal(strbuf_str(&ran.how), "exit 7: two");
	release(&ran);
}

static void test_late(void **state)
{
	uint64_t before = clock_monotonic_ms();
	struct ran ran = run_it("exec sleep 60", NULL, 100, 100);

	(void)state;
	assert_int_equal(ran.rc, -1);
	assert_non_null(strstr(err_msg(&ran.err), "took longer"));
	assert_true(clock_monotonic_ms() - before < 20000);
	release(&ran);
}

static void test_too_much(void **state)
{
	struct ran ran = run_it("exec yes", NULL, 20000, 1000);

	(void)state;
	assert_int_equal(ran.rc, -1);
	assert_non_null(strstr(err_msg(&ran.err), "more than 1000 bytes"));
	assert_true(ran.out.len <= 1000);
	release(&ran);
}

static void test_not_there(void **state)
{
	const char *const argv[] = { "no-such-program-here", NULL };
	struct run_request request = { .argv = argv, .envp = environ, .max_bytes = 10 };
	struct strbuf out = STRBUF_INIT;
	struct err err = ERR_INIT;
	int status;

	(void)state;
	assert_int_equal(run_program(&request, &out, NULL, &status, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	err_release(&err);
	strbuf_release(&out);
}

/* The system reaps for us then, and no status is left. */
static void test_status_is_taken(void **state)
{
	struct ran ran;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	ran = run_it("exit 7", NULL, 10000, 100);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(ran.rc, -1);
	assert_non_null(strstr(err_msg(&ran.err), "cannot learn how it ended"));
	release(&ran);
}

static void test_grandchild_prints_on(void **state)
{
	uint64_t before = clock_monotonic_ms();
	struct ran ran = run_it("sh -c 'while echo x && sleep 0.1; do :; done' &", NULL, 20000, 0);

	(void)state;
	assert_int_equal(ran.rc, 0);
	assert_true(clock_monotonic_ms() - before < 15000);
	release(&ran);
}

static void test_group_is_told_first(void **state)
{
	const char *const argv[] = { "sh", "-c", "trap 'echo tidied; exit' TERM; sleep 60 & wait",
				     NULL };
	struct run_request request = {
		.argv = argv, .envp = environ, .timeout_ms = 300, .own_group = true
	};
	struct ran ran = { 0 };

	(void)state;
	strbuf_addstr(&ran.out, "what was there: ");
	ran.rc = run_program(&request, &ran.out, &ran.said, &ran.status, &ran.err);
	assert_int_equal(ran.rc, -1);
	assert_string_equal(strbuf_str(&ran.out), "what was there: tidied\n");
	release(&ran);
}

static void test_as_much_as_allowed(void **state)
{
	const char *const argv[] = { "echo", "1234", NULL };
	struct run_request request = { .argv = argv, .envp = environ, .max_bytes = 5 };
	struct ran ran = { 0 };

	(void)state;
	strbuf_addstr(&ran.out, "0");
	ran.rc = run_program(&request, &ran.out, NULL, &ran.status, &ran.err);
	assert_int_equal(ran.rc, 0);
	assert_string_equal(strbuf_str(&ran.out), "01234\n");
	release(&ran);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes),
		cmocka_unit_test(test_fails),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_status_is_taken),
		cmocka_unit_test(test_grandchild_prints_on),
		cmocka_unit_test(test_group_is_told_first),
		cmocka_unit_test(test_as_much_as_allowed),
	};

	return cmocka_run_group_tests_name("sys/run", tests, NULL, NULL);
}
