/*
 * What the terminal can do and who has it.
 */
#include "sys/tty.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool tty_is_terminal(int fd)
{
	return fd >= 0 && isatty(fd) == 1;
}

static int positive_or(const char *text, int fallback)
{
	long number = text ? strtol(text, NULL, 10) : 0;

	return number > 0 && number < 10000 ? (int)number : fallback;
}

void tty_size(int fd, int *columns, int *rows)
{
	struct winsize size = { 0 };

	if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) < 0)
		size = (struct winsize){ 0 };
	*columns = size.ws_col ? size.ws_col : positive_or(getenv("COLUMNS"), 80);
	*rows = size.ws_row ? size.ws_row : positive_or(getenv("LINES"), 24);
}

static bool is_dumb(void)
{
	const char *term = getenv("TERM");

	return !term || !*term || !strcmp(term, "dumb");
}

bool tty_use_color(int fd, enum tty_color choice)
{
	const char *no_color = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");

	if (choice != TTY_COLOR_AUTO)
		return choice == TTY_COLOR_ALWAYS;
	if (no_color && *no_color)
		return false;
	if (force && *force && strcmp(force, "0") != 0)
		return true;
	return tty_has_cursor(fd);
}

bool tty_has_cursor(int fd)
{
	return !is_dumb() && tty_is_terminal(fd);
}

bool tty_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value = NULL, *charset;
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names && !(value && *value); i++)
		value = getenv(names[i]);
	charset = value ? strchr(value, '.') : NULL;
	if (!charset)
		return false;
	return !strncasecmp(charset + 1, "utf-8", 5) || !strncasecmp(charset + 1, "utf8", 4);
}

bool tty_is_foreground(int fd)
{
	return tty_is_terminal(fd) && tcgetpgrp(fd) == getpgrp();
}

int tty_take_foreground(int fd)
{
	sigset_t block, old;
	int result;

	/* From the background the kernel would stop us with SIGTTOU for asking. */
	sigemptyset(&block);
	sigaddset(&block, SIGTTOU);
	sigprocmask(SIG_BLOCK, &block, &old);
	result = tcsetpgrp(fd, getpgrp());
	sigprocmask(SIG_SETMASK, &old, NULL);
	return result;
}

bool tty_is_wanted_by(pid_t child)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOHANG | WNOWAIT) < 0)
		return false;
	return info.si_pid == child && (info.si_status == SIGTTIN || info.si_status == SIGTTOU);
}
