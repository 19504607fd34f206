/*
 * `-h`: usage of a command and the overview of all, from their tables.
 */
#include <string.h>

#include "base/utf8.h"
#include "cli/command.h"

#define LINE_COLUMNS   80 /* at most: longer lines are harder to read */
#define NARROW_COLUMNS 60 /* below that what options do stands below them */

struct page {
	struct strbuf *out;
	size_t columns, help_column;
};

static struct page page_of(struct strbuf *out, int columns)
{
	bool is_narrow = columns > 0 && columns < NARROW_COLUMNS;

	return (struct page){ out,
			      columns > 0 && columns < LINE_COLUMNS ? (size_t)columns
								    : LINE_COLUMNS,
			      is_narrow ? 6 : 26 };
}

/* From `column` on to the end of the line, broken between words. */
static void add_wrapped(const struct page *page, size_t column, size_t indent, const char *text)
{
	struct strbuf *out = page->out;
	size_t at = column;

	while (*text) {
		size_t len = strcspn(text, " ");
		size_t width = utf8_text_width(text, len);

		if (at > indent && at + 1 + width > page->columns) {
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

static void add_columns(const struct page *page, const char *left, const char *right)
{
	size_t width = 2 + strlen(left);

	strbuf_addf(page->out, "  %s", left);
	if (width + 2 > page->help_column) {
		strbuf_addch(page->out, '\n');
		width = 0;
	}
	strbuf_pad(page->out, ' ', page->help_column - width);
	add_wrapped(page, page->help_column, page->help_column, right);
}

static void add_option(const struct page *page, const struct option_row *row)
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
	add_columns(page, strbuf_str(&left), row->help);
}

static void add_table(const struct page *page, const struct option_table *table)
{
	for (size_t i = 0; table && i < table->n; i++)
		add_option(page, &table->rows[i]);
}

static void add_paragraph(const struct page *page, const char *text)
{
	strbuf_addch(page->out, '\n');
	add_wrapped(page, 0, 0, text);
}

/* "List past runs." of "list past runs" */
static void add_sentence(const struct page *page, const char *text)
{
	CLEANUP(strbuf_release)
	struct strbuf sentence = STRBUF_INIT;

	strbuf_addf(&sentence, "%s.", text);
	if (*text >= 'a' && *text <= 'z')
		sentence.buf[0] = (char)(*text - 'a' + 'A');
	add_paragraph(page, strbuf_str(&sentence));
}

void usage_add_command(const struct command *command, int columns, struct strbuf *out)
{
	struct page page = page_of(out, columns);

	strbuf_addf(out, "usage: git wf %s", command->name);
	if (*command->args) {
		add_wrapped(&page, strlen("usage: git wf ") + strlen(command->name), 4,
			    command->args);
	} else {
		strbuf_addch(out, '\n');
	}
	add_sentence(&page, command->summary);
	if (command->tables[0]) {
		strbuf_addch(out, '\n');
		for (size_t i = 0; i < COMMAND_TABLES; i++)
			add_table(&page, command->tables[i]);
	}
	if (strstr(command->args, "--PARAM"))
		add_paragraph(&page,
			      "The parameters of the workflow are options too; 'git wf show ID' "
			      "lists them.");
	strbuf_addstr(out, "\nEverywhere:\n");
	add_table(&page, &cli_common_options);
}

void usage_add_overview(int columns, struct strbuf *out)
{
	struct page page = page_of(out, columns);

	strbuf_addstr(out, "usage: git wf COMMAND [OPTION...]\n");
	for (size_t group = 0; group < GROUP_HIDDEN; group++) {
		strbuf_addf(out, "\n%s\n", command_groups[group]);
		for (size_t i = 0; i < command_count; i++) {
			const struct command *command = &command_rows[i];

			if (command->group != group)
				continue;
			strbuf_addf(out, "  %-12s", command->name);
			add_wrapped(&page, 14, 14, command->summary);
		}
	}
	add_paragraph(&page,
		      "'git wf COMMAND -h' shows its options, 'git wf help' opens the manual.");
	add_wrapped(&page, 0, 0, "The format of workflow files: 'git wf help workflow'.");
}
