/*
 * `-h`: usage of a command and the overview of all, from their tables.
 */
#include <string.h>

#include "base/utf8.h"
#include "cli/command.h"

#define HELP_COLUMN  26
#define LINE_COLUMNS 80

/* From `column` on to the end of the line, broken between words. */
static void add_wrapped(struct strbuf *out, size_t column, size_t indent, const char *text)
{
	size_t at = column;

	while (*text) {
		size_t len = strcspn(text, " ");
		size_t width = utf8_text_width(text, len);

		if (at > indent && at + 1 + width > LINE_COLUMNS) {
			strbuf_addch(out, '\n');
			strbuf_pad(out, ' ', indent);
			at = indent;
		} else if (at > indent) {
			strbuf_addch(out, ' ');
			at++;
		}
		strbuf_add(out, text, len);
		at += width;
		text += len + strspn(text + len, " ");
	}
	strbuf_addch(out, '\n');
}

static void add_columns(struct strbuf *out, const char *left, const char *right)
{
	size_t width = 2 + strlen(left);

	strbuf_addf(out, "  %s", left);
	if (width + 2 > HELP_COLUMN) {
		strbuf_addch(out, '\n');
		width = 0;
	}
	strbuf_pad(out, ' ', HELP_COLUMN - width);
	add_wrapped(out, HELP_COLUMN, HELP_COLUMN, right);
}

static void add_option(struct strbuf *out, const struct option_row *row)
{
	CLEANUP(strbuf_release)
	struct strbuf left = STRBUF_INIT;

	if (row->kind == OPTION_LATER || row->flags & OPTION_HIDDEN)
		return;
	if (row->letter)
		strbuf_addf(&left, row->name ? "-%c, " : "-%c", row->letter);
	else
		strbuf_addstr(&left, "    ");
	if (row->name)
		strbuf_addf(&left, "--%s", row->name);
	if (row->value)
		strbuf_addf(&left,
			    row->kind == OPTION_OPTIONAL ? "[=%s]"
			    : row->kind == OPTION_MAYBE	 ? " [%s]"
							 : " %s",
			    row->value);
	add_columns(out, strbuf_str(&left), row->help);
}

static void add_table(struct strbuf *out, const struct option_table *table)
{
	for (size_t i = 0; table && i < table->n; i++)
		add_option(out, &table->rows[i]);
}

static void add_sentence(struct strbuf *out, const char *text)
{
	char first = *text;

	if (first >= 'a' && first <= 'z')
		first = (char)(first - 'a' + 'A');
	strbuf_addch(out, first);
	strbuf_addf(out, "%s.\n", text + 1);
}

void usage_add_command(const struct command *command, struct strbuf *out)
{
	strbuf_addf(out, "usage: git wf %s", command->name);
	if (*command->args)
		strbuf_addf(out, " %s", command->args);
	strbuf_addstr(out, "\n\n");
	add_sentence(out, command->summary);
	if (command->tables[0]) {
		strbuf_addch(out, '\n');
		for (size_t i = 0; i < COMMAND_TABLES; i++)
			add_table(out, command->tables[i]);
	}
	if (strstr(command->args, "--PARAM"))
		strbuf_addstr(out,
			      "\nThe parameters of the workflow are options too; 'git wf show ID' "
			      "lists them.\n");
	strbuf_addstr(out, "\nEverywhere:\n");
	add_table(out, &cli_common_options);
}

void usage_add_overview(struct strbuf *out)
{
	strbuf_addstr(out, "usage: git wf COMMAND [OPTION...]\n");
	for (size_t group = 0; group < GROUP_HIDDEN; group++) {
		strbuf_addf(out, "\n%s\n", command_groups[group]);
		for (size_t i = 0; i < command_count; i++) {
			const struct command *command = &command_rows[i];

			if (command->group != group)
				continue;
			strbuf_addf(out, "  %-12s", command->name);
			add_wrapped(out, 14, 14, command->summary);
		}
	}
	strbuf_addstr(out,
		      "\n'git wf COMMAND -h' shows its options, 'git wf help' opens the manual.\n"
		      "The format of workflow files is in git-wf-workflow(5).\n");
}
