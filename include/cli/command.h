/*
 * The commands: one row each. A command gets its words, puts its answer into cli->out and returns the
 * exit status, or -1 with err. Only this folder prints and exits.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "cli/exit.h"
#include "cli/option.h"
#include "sys/tty.h"

struct cli;

typedef int command_fn(struct cli *cli, struct err *err);

enum command_group {
	GROUP_RUN,  /* "run a workflow" */
	GROUP_READ, /* "look at workflows" */
	GROUP_PAST, /* "look at runs" */
	GROUP_SELF, /* "this program" */
	GROUP_HIDDEN,
	GROUP_COUNT
};

enum { COMMAND_TABLES = 3 };

struct command {
	const char *name;
	enum command_group group;
	command_fn *fn;
	const char *args;    /* "ID [STEP...]" for the usage line, "" if there are none */
	const char *summary; /* half a sentence */
	const char *words;   /* completion of the first word: "<workflows>", "a|b|c", or NULL */
	const char *more;    /* completion of the others, or NULL */
	const struct option_table *tables[COMMAND_TABLES]; /* its options, the first ones first */
};

extern const struct command command_rows[];
extern const size_t command_count;
extern const char *const command_groups[GROUP_COUNT];

/* What others call a command. */
struct command_alias {
	const char *other, *name;
};

extern const struct command_alias command_aliases[];
extern const size_t command_alias_count;

const struct command *command_find(const char *name);	  /* NULL: none */
bool command_takes_params(const struct command *command); /* --PARAM VALUE of a workflow */
/* The command has an option of that name: the parameter is given with -p alone. */
bool command_hides_param(const struct command *command, const char *param);

/* Options that every command takes. */
struct cli_common {
	struct option_values dirs; /* -C, in order */
	bool quiet, verbose, wants_usage, wants_manual;
	const char *color_word;
};

extern const struct option_table cli_common_options;

/* One call of the program. */
struct cli {
	const struct command *command;
	char *const *argv; /* behind the command's name */
	struct arena arena;
	struct cli_common common;
	bool debug; /* asked for in the environment */
	enum tty_color color;
	struct option_words words;
	struct strbuf out; /* the answer, written at once at the end */
};

void cli_release(struct cli *cli);

/* What cli_parse() found instead of something to do: -h, --help. */
#define CLI_ANSWERED (-2)

/* Parses cli->argv with the common options and those of the command, each table into its struct, and
 * changes to -C. 0, -1, or CLI_ANSWERED after usage was put into cli->out. */
int cli_parse(struct cli *cli, void *const into[COMMAND_TABLES], bool keep_unknown,
	      struct err *err);
/* The same for a command with one table or none, that takes from min to max words. */
int cli_parse_words(struct cli *cli, void *into, size_t min, size_t max, struct err *err);
const char *cli_word(const struct cli *cli, size_t i); /* NULL: not given */
/* All from the word `first` on, in the arena, and behind them a NULL. */
const char *const *cli_words(struct cli *cli, size_t first, size_t *n);

/* Writes cli->out to standard output. -1: it cannot be written. */
int cli_flush(struct cli *cli, struct err *err);
/* "git-wf: …" on standard error; not with -q. */
void cli_say(const struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);
void cli_warn(const char *fmt, ...) PRINTF_LIKE(1, 2); /* also with -q */
/* The mistakes of a file, on standard error. */
void cli_show_mistakes(const struct cli *cli, struct diags *diags);
bool cli_use_color(const struct cli *cli, int fd);
/* Of the terminal that standard output is; 0: it is none. */
int cli_columns(void);
int cli_columns_of(int fd);

/* Usage of one command, and the overview of all, for so many columns (0: 80). */
void usage_add_command(const struct command *command, int columns, struct strbuf *out);
void usage_add_overview(int columns, struct strbuf *out);

#endif
