/*
 * One failure on its way up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/err.h"

static void the_first_cause_stays_and_is_wrapped(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_string_equal(err_msg(&err), "");
	assert_int_equal(err_wrap(&err, "nothing"), -1);
	assert_int_equal(err.kind, ERR_NONE);
	assert_int_equal(err_set(&err, ERR_BUSY, "'%s' is locked", "x"), -1);
	err_set(&err, ERR_USAGE, "later");
	err_wrap(&err, "cannot resume '%s'", "y");
	assert_string_equal(err_msg(&err), "cannot resume 'y': 'x' is locked");
	assert_int_equal(err.kind, ERR_BUSY);
	err_release(&err);
	assert_int_equal(err.kind, ERR_NONE);
}

static void system_errors_carry_errno(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	errno = ENOENT;
	assert_int_equal(err_errno(&err, "cannot open '%s'", "f"), -1);
	assert_string_equal(err_msg(&err), "cannot open 'f': No such file or directory");
	assert_int_equal(err.errnum, ENOENT);
	assert_int_equal(err.kind, ERR_SYSTEM);
	err_release(&err);
}

static void a_copy_says_the_same(void **state)
{
	struct err from = ERR_INIT, err = ERR_INIT;

	(void)state;
	errno = ENOSPC;
	err_errno(&from, "cannot write '%%s'");
	assert_int_equal(err_copy(&err, &from), -1);
	assert_string_equal(err_msg(&err), err_msg(&from));
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_int_equal(err.errnum, ENOSPC);
	err_release(&from);
	err_set(&from, ERR_BUSY, "later");
	err_copy(&err, &from);
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_int_equal(err_copy(NULL, &from), -1);
	err_release(&from);
	err_release(&err);
}

static void nobody_has_to_listen(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_USAGE, "x"), -1);
	assert_int_equal(err_errno(NULL, "x"), -1);
	assert_int_equal(err_wrap(NULL, "x"), -1);
	assert_string_equal(err_msg(NULL), "");
	err_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_cause_stays_and_is_wrapped),
		cmocka_unit_test(system_errors_carry_errno),
		cmocka_unit_test(a_copy_says_the_same),
		cmocka_unit_test(nobody_has_to_listen),
	};

	return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
