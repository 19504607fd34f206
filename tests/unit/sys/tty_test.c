/*
 * Clocks, and what a terminal can do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/tty.h"

static int master = -1, terminal = -1;

static int open_terminal(void **state)
{
	struct winsize size = { .ws_row = 40, .ws_col = 132 };

	(void)state;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ioctl(terminal, TIOCSWINSZ, &size);
	unsetenv("NO_COLOR");
	unsetenv("CLICOLOR_FORCE");
	unsetenv("COLUMNS");
	unsetenv("LINES");
	unsetenv("LC_ALL");
	unsetenv("LC_CTYPE");
	setenv("TERM", "xterm", 1);
	return terminal < 0 ? -1 : 0;
}

static int close_terminal(void **state)
{
	(void)state;
	close(terminal);
	close(master);
	return 0;
}

static void color_follows_the_conventions(void **state)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(tty_use_color(terminal, TTY_COLOR_AUTO));
	assert_false(tty_use_color(null, TTY_COLOR_AUTO));
	assert_false(tty_use_color(terminal, TTY_COLOR_NEVER));
	setenv("CLICOLOR_FORCE", "1", 1);
	assert_true(tty_use_color(null, TTY_COLOR_AUTO));
	setenv("NO_COLOR", "1", 1);
	assert_false(tty_use_color(terminal, TTY_COLOR_AUTO));
	assert_true(tty_use_color(null, TTY_COLOR_ALWAYS));
	setenv("NO_COLOR", "", 1);
	setenv("CLICOLOR_FORCE", "0", 1);
	setenv("TERM", "dumb", 1);
	assert_false(tty_use_color(terminal, TTY_COLOR_AUTO));
	assert_false(tty_has_cursor(terminal));
	setenv("TERM", "xterm", 1);
	assert_true(tty_has_cursor(terminal));
	assert_false(tty_is_terminal(-1));
	close(null);
}

static void sizes_have_a_fallback(void **state)
{
	int columns, rows;

	(void)state;
	tty_size(terminal, &columns, &rows);
	assert_int_equal(columns, 132);
	assert_int_equal(rows, 40);
	tty_size(-1, &columns, &rows);
	assert_int_equal(columns, 80);
	assert_int_equal(rows, 24);
	setenv("COLUMNS", "100", 1);
	tty_size(-1, &columns, &rows);
	assert_int_equal(columns, 100);
}

static void the_locale_is_read_without_libc(void **state)
{
	(void)state;
	setenv("LANG", "en_US.UTF-8", 1);
	assert_true(tty_is_utf8());
	setenv("LC_CTYPE", "de_DE.utf8", 1);
	assert_true(tty_is_utf8());
	setenv("LC_ALL", "C", 1);
	assert_false(tty_is_utf8());
	setenv("LC_ALL", "", 1);
	assert_true(tty_is_utf8());
}

static void clocks_go_forward(void **state)
{
	uint64_t start_ns = clock_monotonic_ns();

	(void)state;
	clock_sleep_ms(3);
	assert_true(clock_monotonic_ns() - start_ns >= 3000000);
	assert_true(clock_realtime_ms() > 1600000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(color_follows_the_conventions),
		cmocka_unit_test(sizes_have_a_fallback),
		cmocka_unit_test(the_locale_is_read_without_libc),
		cmocka_unit_test(clocks_go_forward),
	};

	return cmocka_run_group_tests_name("sys/tty", tests, open_terminal, close_terminal);
}
