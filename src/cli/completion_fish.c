/*
 * The script for fish. For `git wf` its completion of git asks that of `git-wf` (3.6.0 does not: it
 * looks for the command under a wrong name).
 */
#include <string.h>

#include "cli/command.h"
#include "completion_impl.h"

static const char head[] =
	"# fish completion for 'git wf' and 'git-wf'. Made by 'git wf completion fish'.\n"
	"\n"
	"# The words so far that are no options: the command, its words\n"
	"function __git_wf_words\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -e words[1]\n"
	"\ttest (count $words) -gt 0; and test \"$words[1]\" = wf; and set -e words[1]\n"
	"\tstring match -v -- '-*' $words\n"
	"end\n"
	"\n"
	"function __git_wf_needs_command\n"
	"\ttest (count (__git_wf_words)) -eq 0\n"
	"end\n"
	"\n"
	"# COMMAND [NUMBER]: in this command, with so many words behind it ('+': one or more)\n"
	"function __git_wf_in\n"
	"\tset -l words (__git_wf_words)\n"
	"\ttest (count $words) -gt 0; or return 1\n"
	"\ttest (__git_wf_real_name $words[1]) = $argv[1]; or return 1\n"
	"\tswitch \"$argv[2]\"\n"
	"\t\tcase ''\n"
	"\t\t\treturn 0\n"
	"\t\tcase '+'\n"
	"\t\t\ttest (count $words) -gt 1\n"
	"\t\tcase '*'\n"
	"\t\t\ttest (count $words) -eq (math $argv[2] + 1)\n"
	"\tend\n"
	"end\n"
	"\n"
	"# KIND: names that only the repository knows\n"
	"function __git_wf_names\n"
	"\tset -l words (__git_wf_words)\n"
	"\tgit-wf __complete $argv[1] $words[2] 2>/dev/null\n"
	"end\n"
	"\n";

static void add_quoted(struct strbuf *out, const char *text)
{
	strbuf_addch(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			strbuf_addch(out, '\\');
		strbuf_addch(out, *text);
	}
	strbuf_addch(out, '\'');
}

static void add_source(struct strbuf *out, const char *source)
{
	if (!strcmp(source, "<files>")) {
		strbuf_addstr(out, " -F");
	} else if (!strcmp(source, "<dirs>")) {
		strbuf_addstr(out, " -a '(__fish_complete_directories)'");
	} else if (*source == '<') {
		strbuf_addf(out, " -a '(__git_wf_names %.*s)'", (int)strlen(source) - 2,
			    source + 1);
	} else {
		strbuf_addstr(out, " -a '");
		for (; *source; source++)
			strbuf_addch(out, *source == '|' ? ' ' : *source);
		strbuf_addch(out, '\'');
	}
}

static void add_option(struct strbuf *out, const char *condition, const struct option_row *row)
{
	if (row->kind == OPTION_LATER || row->flags & OPTION_HIDDEN)
		return;
	strbuf_addstr(out, "complete -c git-wf");
	if (condition)
		strbuf_addf(out, " -n '__git_wf_in %s'", condition);
	if (row->letter)
		strbuf_addf(out, " -s %c", row->letter);
	if (row->name)
		strbuf_addf(out, " -l %s", row->name);
	if (row->value && row->kind != OPTION_OPTIONAL)
		strbuf_addstr(out, row->words && !strcmp(row->words, "<files>") ? " -r" : " -x");
	if (row->value && row->words)
		add_source(out, row->words);
	strbuf_addstr(out, " -d ");
	add_quoted(out, row->help);
	strbuf_addch(out, '\n');
}

static void add_table(struct strbuf *out, const char *condition, const struct option_table *table)
{
	for (size_t i = 0; table && i < table->n; i++)
		add_option(out, condition, &table->rows[i]);
}

static void add_words(struct strbuf *out, const struct command *command)
{
	if (command->words && !strcmp(command->words, "<commands>")) {
		for (size_t i = 0; i < command_count; i++) {
			if (command_rows[i].group != GROUP_HIDDEN)
				strbuf_addf(out, "complete -c git-wf -n '__git_wf_in %s 0' -a %s\n",
					    command->name, command_rows[i].name);
		}
	} else if (command->words) {
		strbuf_addf(out, "complete -c git-wf -n '__git_wf_in %s 0'", command->name);
		add_source(out, command->words);
		strbuf_addch(out, '\n');
	}
	if (command_takes_params(command))
		strbuf_addf(out,
			    "complete -c git-wf -n '__git_wf_in %s +' -a '(__git_wf_names "
			    "param-words)'\n",
			    command->name);
	if (!command->more)
		return;
	strbuf_addf(out, "complete -c git-wf -n '__git_wf_in %s +'", command->name);
	add_source(out, command->more);
	strbuf_addch(out, '\n');
}

/* What others call a command is that command. */
static void add_real_name(struct strbuf *out)
{
	strbuf_addstr(out, "function __git_wf_real_name\n\tswitch $argv[1]\n");
	for (size_t i = 0; i < command_alias_count; i++)
		strbuf_addf(out, "\t\tcase %s\n\t\t\techo %s\n", command_aliases[i].other,
			    command_aliases[i].name);
	strbuf_addstr(out, "\t\tcase '*'\n\t\t\techo $argv[1]\n\tend\nend\n\n");
}

void completion_write_fish(struct strbuf *out)
{
	strbuf_addstr(out, head);
	add_real_name(out);
	strbuf_addstr(out, "complete -c git-wf -f\n");
	for (size_t i = 0; i < command_count; i++) {
		if (command_rows[i].group == GROUP_HIDDEN)
			continue;
		strbuf_addf(out, "complete -c git-wf -n __git_wf_needs_command -a %s -d ",
			    command_rows[i].name);
		add_quoted(out, command_rows[i].summary);
		strbuf_addch(out, '\n');
	}
	add_table(out, NULL, &cli_common_options);
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = &command_rows[i];

		if (command->group == GROUP_HIDDEN)
			continue;
		for (size_t t = 0; t < COMMAND_TABLES; t++)
			add_table(out, command->name, command->tables[t]);
		add_words(out, command);
	}
}
