/*
 * Of what is kept by a key the oldest give way; what else is in the folder stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "store/newest.h"
#include "unit/store/scratch.h"

#define N_FILES 5

/* Of that age, whatever the order in which they are made. */
static void make(const struct scratch *scratch, const char *name, time_t age_s)
{
	const struct timespec at[2] = { { .tv_sec = time(NULL) - age_s },
					{ .tv_sec = time(NULL) - age_s } };

	scratch_write_n(scratch, name, "x", 1);
	assert_int_equal(utimensat(scratch->fd, name, at, 0), 0);
}

static const char *name_of(int i, const char *suffix)
{
	static char name[DIGEST_HEX_LEN + 16];

	snprintf(name, sizeof name, "%0*x%s", DIGEST_HEX_LEN, i, suffix);
	return name;
}

static bool is_there(const struct scratch *scratch, const char *name)
{
	return faccessat(scratch->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void the_newest_stay(void **state)
{
	const struct scratch *scratch = *state;
	int i;

	for (i = 0; i < N_FILES; i++)
		make(scratch, name_of(i, ".doc"),
		     100 + (i * 3 % N_FILES)); /* 0, 2 and 4: 100, 101, 102 */
	newest_keep(scratch->path, ".doc", 3);
	for (i = 0; i < N_FILES; i++)
		assert_int_equal(is_there(scratch, name_of(i, ".doc")), i * 3 % N_FILES < 3);
}

static void others_stay(void **state)
{
	const struct scratch *scratch = *state;

	make(scratch, name_of(1, ""), 9000);
	make(scratch, name_of(2, ".document"), 9000);
	make(scratch, "short.doc", 9000);
	assert_int_equal(mkdirat(scratch->fd, name_of(3, ".doc"), 0700), 0);
	make(scratch, ".left.1f.tmp", 9000);
	make(scratch, ".young.1f.tmp", 10);
	newest_keep(scratch->path, ".doc", 0);
	assert_true(is_there(scratch, name_of(1, "")));
	assert_true(is_there(scratch, name_of(2, ".document")));
	assert_true(is_there(scratch, "short.doc"));
	assert_true(is_there(scratch, name_of(3, ".doc")));
	assert_false(is_there(scratch, ".left.1f.tmp"));
	assert_true(is_there(scratch, ".young.1f.tmp"));
	newest_keep(scratch_path(scratch, "none"), ".doc", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_newest_stay, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(others_stay, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests_name("store/newest", tests, NULL, NULL);
}
