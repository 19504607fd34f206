/*
 * window: the words that its helper gets, and the names that are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/step/rendered.h"

static void test_words(void **state)
{
	(void)state;
	expect_words("window: {target: logs, run: make}", "",
		     "git-wf--window target=logs verify=5000 -- sh -eu -c make");
	expect_words(
		"window: {target: 'a ${params.x}', run: 'tail ${params.x} | cat'}", "b; c",
		"git-wf--window target=a b; c verify=5000 -- sh -eu -c tail \"${__wf_1}\" | cat");
	expect_words("window: {target: t, run: [tail, '${params.x}'], wait: false, restore: false, "
		     "verify_timeout: 2s}",
		     "-f x", "git-wf--window target=t verify=2000 no-wait no-restore -- tail -f x");
}

/* tmux would run "#(…)", and find another window by ':' or a leading '-'. */
static void test_names_that_mean_something_to_tmux(void **state)
{
	static const char *const names[] = { "",    "-t",  "#(id)", "a:b",    "a\"b",
					     "a'b", "a\\", "a\nb",  "a\033[", "#{pid}" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		expect_refused("window: {target: '${params.x}', run: make}", names[i],
			       "is no name of a window");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_names_that_mean_something_to_tmux),
	};

	return cmocka_run_group_tests_name("step/window", tests, NULL, NULL);
}
