/*
 * What the terminal can do and who has it.
 */
#ifndef SYS_TTY_H
#define SYS_TTY_H

#include <stdbool.h>
#include <sys/types.h>

enum tty_color { TTY_COLOR_AUTO, TTY_COLOR_ALWAYS, TTY_COLOR_NEVER };

bool tty_is_terminal(int fd);

/* Columns and rows: of the terminal, else COLUMNS and LINES, else 80 and 24. */
void tty_size(int fd, int *columns, int *rows);

/* An explicit choice wins; then NO_COLOR (not empty), CLICOLOR_FORCE (not empty, not 0), TERM=dumb,
 * and at last whether fd is a terminal. */
bool tty_use_color(int fd, enum tty_color choice);

/* Can the cursor be moved there: a terminal that is not dumb. */
bool tty_has_cursor(int fd);

/* By LC_ALL, LC_CTYPE, LANG; needs no setlocale(). */
bool tty_is_utf8(void);

/* Is it a terminal, and ours to read from now: the shell has not put us in the background. */
bool tty_is_foreground(int fd);

/* Makes our process group the foreground one again. 0 or -1; harmless if it is. */
int tty_take_foreground(int fd);

/* Has this child of ours been stopped because it uses the terminal from the background? What waits
 * for the child later sees it as before. */
bool tty_is_wanted_by(pid_t child);

#endif
