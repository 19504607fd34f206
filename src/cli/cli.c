/*
 * One call of the program: its words, its answer, its messages, its exit status.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "manual_impl.h"
#include "sys/fs.h"
#include "sys/tty.h"

static const struct option_row common_rows[] = {
	{ 'C', NULL, OPTION_LIST, offsetof(struct cli_common, dirs), "DIR", "<dirs>",
	  "run as if started in DIR", OPTION_NOT_KEY },
	{ 'q', "quiet", OPTION_FLAG, offsetof(struct cli_common, quiet), NULL, NULL,
	  "say only what matters", OPTION_NOT_KEY },
	{ 'v', "verbose", OPTION_FLAG, offsetof(struct cli_common, verbose), NULL, NULL, "say more",
	  OPTION_NOT_KEY },
	{ 0, "color", OPTION_CHOICE, offsetof(struct cli_common, color_word), "WHEN",
	  "auto|always|never", "use color: auto, always or never", OPTION_NOT_KEY },
	{ 'h', NULL, OPTION_FLAG, offsetof(struct cli_common, wants_usage), NULL, NULL,
	  "show these options", OPTION_NOT_KEY },
	{ 0, "help", OPTION_FLAG, offsetof(struct cli_common, wants_manual), NULL, NULL,
	  "open the manual", OPTION_NOT_KEY },
};

const struct option_table cli_common_options = { common_rows, ARRAY_SIZE(common_rows) };

enum exit_code exit_of_err(const struct err *err)
{
	switch (err->kind) {
	case ERR_NONE: /* what was wrong has been shown already */
	case ERR_USAGE:
	case ERR_INVALID:
	case ERR_NOT_FOUND: return EXIT_WRONG;
	case ERR_BUSY: return EXIT_BUSY;
	case ERR_VALUE: return EXIT_NOT_PASSED;
	case ERR_SYSTEM: break;
	}
	return EXIT_FATAL;
}

static int change_directory(const struct cli *cli, struct err *err)
{
	for (size_t i = 0; i < cli->common.dirs.list.n; i++) {
		const char *dir = cli->common.dirs.list.v[i];

		if (*dir && chdir(dir) < 0)
			return err_errno(err, "cannot change to '%s'", dir);
	}
	return 0;
}

static bool wants_debug(void)
{
	const char *level = getenv("LOG_LEVEL"), *ours = getenv("GIT_WF_LOG");

	return (level && !strcmp(level, "DEBUG")) || (ours && !strcmp(ours, "debug"));
}

static enum tty_color color_of_word(const char *word)
{
	if (!word || !strcmp(word, "auto"))
		return TTY_COLOR_AUTO;
	return strcmp(word, "always") ? TTY_COLOR_NEVER : TTY_COLOR_ALWAYS;
}

int cli_parse(struct cli *cli, void *const into[COMMAND_TABLES], bool keep_unknown, struct err *err)
{
	struct option_set sets[COMMAND_TABLES + 1] = { { &cli_common_options, &cli->common } };
	size_t n = 1;
	int rc;

	for (size_t i = 0; i < COMMAND_TABLES && cli->command->tables[i]; i++)
		sets[n++] = (struct option_set){ cli->command->tables[i], into[i] };
	rc = option_parse(sets, n, keep_unknown, cli->argv, &cli->arena, &cli->words, err);
	/* Who asks for help gets it, whatever else is wrong. */
	if (cli->common.wants_usage) {
		err_release(err);
		usage_add_command(cli->command, cli_columns(), &cli->out);
		return CLI_ANSWERED;
	}
	if (rc < 0)
		return -1;
	if (cli->common.wants_manual)
		return manual_or_usage(cli, cli->command->name);
	cli->debug = wants_debug();
	cli->common.verbose = cli->common.verbose || cli->debug;
	cli->color = color_of_word(cli->common.color_word);
	return change_directory(cli, err);
}

int cli_columns_of(int fd)
{
	int columns = 0, rows = 0;

	if (tty_is_terminal(fd))
		tty_size(fd, &columns, &rows);
	return columns;
}

int cli_columns(void)
{
	return cli_columns_of(STDOUT_FILENO);
}

int cli_parse_words(struct cli *cli, void *into, size_t min, size_t max, struct err *err)
{
	void *const tables[COMMAND_TABLES] = { into };
	int rc = cli_parse(cli, tables, false, err);

	if (rc != 0)
		return rc;
	if (cli->words.list.n < min && !strcmp(cli->command->args, "ID|FILE"))
		return err_set(err, ERR_USAGE, "'%s' wants a workflow; 'git wf list' shows them",
			       cli->command->name);
	if (cli->words.list.n < min)
		return err_set(err, ERR_USAGE, "'%s' wants %s", cli->command->name,
			       cli->command->args);
	if (cli->words.list.n > max)
		return err_set(err, ERR_USAGE, "'%s' has no use for '%s'", cli->command->name,
			       cli->words.list.v[max].text);
	return 0;
}

const char *cli_word(const struct cli *cli, size_t i)
{
	return i < cli->words.list.n ? cli->words.list.v[i].text : NULL;
}

const char *const *cli_words(struct cli *cli, size_t first, size_t *n)
{
	const char **words;

	*n = cli->words.list.n > first ? cli->words.list.n - first : 0;
	words = ARENA_ARRAY(&cli->arena, const char *, *n + 1);
	for (size_t i = 0; i < *n; i++)
		words[i] = cli->words.list.v[first + i].text;
	return words;
}

void cli_release(struct cli *cli)
{
	vec_release(&cli->common.dirs.list);
	option_words_release(&cli->words);
	strbuf_release(&cli->out);
	arena_release(&cli->arena);
}

int cli_flush(struct cli *cli, struct err *err)
{
	int rc = 0;

	if (cli->out.len && fs_write_all(STDOUT_FILENO, cli->out.buf, cli->out.len, err) < 0)
		rc = err_wrap(err, "standard output");
	strbuf_clear(&cli->out);
	return rc;
}

static void say(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);

static void say(const char *fmt, va_list ap)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, "git-wf: ");
	strbuf_vaddf(&text, fmt, ap);
	strbuf_addch(&text, '\n');
	fs_write_all(STDERR_FILENO, text.buf, text.len, NULL);
}

void cli_say(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->common.quiet)
		return;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void cli_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void cli_show_mistakes(const struct cli *cli, struct diags *diags)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	diags_render(diags, DIAG_ERROR, cli_use_color(cli, STDERR_FILENO),
		     (size_t)cli_columns_of(STDERR_FILENO), &text);
	fs_write_all(STDERR_FILENO, strbuf_str(&text), text.len, NULL);
}

bool cli_use_color(const struct cli *cli, int fd)
{
	return tty_use_color(fd, cli->color);
}
