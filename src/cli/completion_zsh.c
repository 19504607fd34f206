/*
 * The script for zsh: `_git-wf`, found by name for `git-wf` and for `git wf`.
 */
#include <string.h>

#include "cli/command.h"
#include "completion_impl.h"

static const char head[] = "#compdef git-wf\n"
			   "#description run the workflows of a repository\n"
			   "# Made by 'git wf completion zsh'.\n"
			   "\n"
			   "# KIND: names that only the repository knows, with what they are\n"
			   "__git_wf_names() {\n"
			   "\tlocal -a names\n"
			   "\tlocal name about\n"
			   "\twhile IFS=$'\\t' read -r name about; do\n"
			   "\t\tnames+=(\"${name//:/\\\\:}${about:+:$about}\")\n"
			   "\tdone < <(git-wf __complete $1 $__git_wf_id 2>/dev/null)\n"
			   "\t_describe -t $1 $1 names\n"
			   "}\n"
			   "\n"
			   "# Parameters of the workflow as options\n"
			   "__git_wf_params() {\n"
			   "\tlocal line name about choices\n"
			   "\twhile IFS= read -r line; do\n"
			   "\t\tname=${line%%$'\\t'*} about=${line#$name} choices=\n"
			   "\t\tabout=${about#$'\\t'}\n"
			   "\t\t[[ $about != *$'\\t'* ]] || choices=\"(${${about##*$'\\t'}//|/ "
			   "})\" about=${about%$'\\t'*}\n"
			   "\t\tabout=${about//(#m)[\\[\\]:\\\\]/\\\\$MATCH}\n"
			   "\t\tcase $name in\n"
			   "\t\t*=) options+=(\"${name}[${about}]:value:${choices:- }\") ;;\n"
			   "\t\t*) options+=(\"${name}[${about}]\") ;;\n"
			   "\t\tesac\n"
			   "\tdone < <(git-wf __complete params $__git_wf_id 2>/dev/null)\n"
			   "}\n"
			   "\n"
			   "_git-wf() {\n"
			   "\tsetopt localoptions extendedglob\n"
			   "\tlocal curcontext=$curcontext __git_wf_id word\n"
			   "\tlocal -a commands options\n";

static const char tail[] = "\tesac\n"
			   "\t_arguments -s -S : $options\n"
			   "}\n"
			   "\n"
			   "_git-wf \"$@\"\n";

/* Inside '…': no quote; inside […] and before ':' those are quoted too. */
static void add_quoted(struct strbuf *out, const char *text, const char *special)
{
	for (; *text; text++) {
		if (*text == '\'') {
			strbuf_addstr(out, "'\\''");
			continue;
		}
		if (strchr(special, *text))
			strbuf_addch(out, '\\');
		strbuf_addch(out, *text);
	}
}

static void add_source(struct strbuf *out, const char *source)
{
	if (!source)
		strbuf_addch(out, ' ');
	else if (!strcmp(source, "<files>"))
		strbuf_addstr(out, "_files");
	else if (!strcmp(source, "<dirs>"))
		strbuf_addstr(out, "_files -/");
	else if (!strcmp(source, "<commands>"))
		strbuf_addstr(out, "{_describe command commands}");
	else if (*source == '<')
		strbuf_addf(out, " __git_wf_names %.*s", (int)strlen(source) - 2, source + 1);
	else {
		strbuf_addch(out, '(');
		for (; *source; source++)
			strbuf_addf(out, *source == ':' ? "\\%c" : "%c",
				    *source == '|' ? ' ' : *source);
		strbuf_addch(out, ')');
	}
}

/* '(-j --jobs)'{-j+,--jobs=}'[help]:N:action' */
static void add_option(struct strbuf *out, const struct option_row *row)
{
	bool repeats = row->kind == OPTION_LIST || row->kind == OPTION_OPTIONAL ||
		       row->kind == OPTION_MAYBE;
	const char *equals = row->kind == OPTION_OPTIONAL ? "=-" : row->value ? "=" : "";

	if (row->kind == OPTION_LATER || row->flags & OPTION_HIDDEN)
		return;
	strbuf_addstr(out, "\t\t");
	if (row->letter && row->name) {
		if (repeats)
			strbuf_addstr(out, "'*'");
		else
			strbuf_addf(out, "'(-%c --%s)'", row->letter, row->name);
		strbuf_addf(out, "{-%c%s,--%s%s}", row->letter, row->value ? "+" : "", row->name,
			    equals);
	} else if (row->name) {
		strbuf_addf(out, "%s--%s%s", repeats ? "'*'" : "", row->name, equals);
	} else {
		strbuf_addf(out, "%s-%c%s", repeats ? "'*'" : "", row->letter,
			    row->value ? "+" : "");
	}
	strbuf_addstr(out, "'[");
	add_quoted(out, row->help, "[]:\\");
	strbuf_addch(out, ']');
	if (row->value) {
		strbuf_addf(out, "%s%s:",
			    row->kind == OPTION_OPTIONAL || row->kind == OPTION_MAYBE ? "::" : ":",
			    row->value);
		add_source(out, row->words);
	}
	strbuf_addstr(out, "'\n");
}

static void add_table(struct strbuf *out, const struct option_table *table)
{
	for (size_t i = 0; table && i < table->n; i++)
		add_option(out, &table->rows[i]);
}

static void add_words(struct strbuf *out, const struct command *command)
{
	if (command->words) {
		strbuf_addf(out, "\t\t'%s:word:", command->words == command->more ? "*" : "1");
		add_source(out, command->words);
		strbuf_addstr(out, "'\n");
	}
	if (command->more && command->words != command->more) {
		strbuf_addstr(out, "\t\t'*:word:");
		add_source(out, command->more);
		strbuf_addstr(out, "'\n");
	}
}

static void add_command(struct strbuf *out, const struct command *command)
{
	bool has_params = command_takes_params(command);

	strbuf_addf(out, "\t%s)\n\t\toptions+=(\n", command->name);
	for (size_t t = 0; t < COMMAND_TABLES; t++)
		add_table(out, command->tables[t]);
	add_words(out, command);
	strbuf_addstr(out, "\t\t)\n");
	if (has_params)
		strbuf_addstr(out, "\t\t[[ -z $__git_wf_id ]] || __git_wf_params\n");
	strbuf_addstr(out, "\t\t;;\n");
}

/* What others call a command is that command. */
static void add_real_name(struct strbuf *out)
{
	strbuf_addstr(out, "\tcase $words[1] in\n");
	for (size_t i = 0; i < command_alias_count; i++)
		strbuf_addf(out, "\t%s) words[1]=%s ;;\n", command_aliases[i].other,
			    command_aliases[i].name);
	strbuf_addstr(out, "\tesac\n");
}

void completion_write_zsh(struct strbuf *out)
{
	strbuf_addstr(out, head);
	strbuf_addstr(out, "\tcommands=(\n");
	for (size_t i = 0; i < command_count; i++) {
		if (command_rows[i].group == GROUP_HIDDEN)
			continue;
		strbuf_addf(out, "\t\t'%s:", command_rows[i].name);
		add_quoted(out, command_rows[i].summary, "");
		strbuf_addstr(out, "'\n");
	}
	strbuf_addstr(out, "\t)\n"
			   "\tif ((CURRENT == 2)); then\n"
			   "\t\t_describe -t commands 'git wf command' commands\n"
			   "\t\treturn\n"
			   "\tfi\n"
			   "\tshift words\n"
			   "\t((CURRENT--))\n"
			   "\tfor word in ${words[2,CURRENT-1]}; do\n"
			   "\t\t[[ $word == -* ]] || { __git_wf_id=$word; break }\n"
			   "\tdone\n"
			   "\toptions=(\n");
	add_table(out, &cli_common_options);
	strbuf_addstr(out, "\t)\n");
	add_real_name(out);
	strbuf_addstr(out, "\tcase $words[1] in\n");
	for (size_t i = 0; i < command_count; i++) {
		if (command_rows[i].group != GROUP_HIDDEN)
			add_command(out, &command_rows[i]);
	}
	strbuf_addstr(out, tail);
}
