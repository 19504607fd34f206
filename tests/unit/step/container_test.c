/*
 * container: the words that its helper gets, and the values that are refused.
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
	expect_words("container: {image: 'debian:12'}", "", "git-wf--container image=debian:12");
	expect_words("container: {image: x, run: 'echo ${params.x}'}", "a b; c",
		     "git-wf--container image=x -- sh -eu -c echo \"${__wf_1}\"");
	expect_words("container: {image: x, run: [make, '${params.x}']}", "a b",
		     "git-wf--container image=x -- make a b");
	expect_words(
		"container: {image: x, mounts: ['${params.x}:/b', 'a//b:/c:ro', "
		"'/etc/${params.x}:/e']}",
		"a:b",
		"git-wf--container image=x from=a:b to=/b from=a/b to-ro=/c from=/etc/a:b to=/e");
	expect_words(
		"container: {build: {context: ., file: d/f}, tags: ['t:${params.x}'], args: {A: "
		"'${params.x}'}}",
		"1", "git-wf--container build= file=d/f tag=t:1 arg=A=1");
}

static void test_refused(void **state)
{
	static const char *const images[] = { "-v",   "--privileged", "",    "a b", "a;b",
					      "$(x)", "a\nb",	      "a,b", ":x" };

	(void)state;
	for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
		expect_refused("container: {image: '${params.x}'}", images[i],
			       "is no name of an image");
		expect_refused("container: {build: ., tags: ['${params.x}']}", images[i],
			       "is no name of an image");
	}
	expect_refused("container: {image: x, mounts: ['${params.x}:/b']}", "../up", "leads out");
	expect_refused("container: {image: x, mounts: ['${params.x}:/b']}", "/etc", "is absolute");
	expect_refused("container: {image: x, mounts: ['${params.x}:/b']}", ".git/hooks",
		       "leads into '.git'");
	expect_refused("container: {image: x, mounts: ['${params.x}:/b']}", "a,readonly",
		       "cannot be mounted");
	expect_refused("container: {image: x, mounts: ['/srv/${params.x}:/b']}", "../etc",
		       "by '..'");
	expect_refused("container: {image: x, mounts: ['a:${params.x}']}", "/b,source=/",
		       "cannot be mounted");
	expect_refused("container: {image: x, mounts: ['a:${params.x}']}", "b", "no absolute path");
	expect_refused("container: {image: x, mounts: ['a:${params.x}']}", "/a/../b",
		       "no absolute path");
	expect_refused("container: {build: '${params.x}'}", "../x", "leads out");
	expect_refused("container: {build: {context: ., file: '${params.x}'}}", "/etc/passwd",
		       "is absolute");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("step/container", tests, NULL, NULL);
}
