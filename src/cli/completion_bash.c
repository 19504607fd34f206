/*
 * The script for bash: `_git_wf`, which git's own completion calls, and the same for `git-wf`.
 */
#include <string.h>

#include "cli/command.h"
#include "completion_impl.h"

static const char head[] =
	"# bash completion for 'git wf' and 'git-wf'. Made by 'git wf completion bash'.\n"
	"\n"
	"__git_wf_names() {\n"
	"\tgit-wf __complete \"$@\" 2>/dev/null | cut -f 1\n"
	"}\n"
	"\n";

static const char tail[] =
	"# Those of the words that begin with $cur; a blank follows all but '--name=' and "
	"'junit:'.\n"
	"__git_wf_reply() {\n"
	"\tlocal word typed=${cur//\\\\/}\n"
	"\tfor word; do\n"
	"\t\tcase $word in\n"
	"\t\t\"$typed\"*[=:]) COMPREPLY+=(\"$word\") ;;\n"
	"\t\t\"$typed\"*) COMPREPLY+=(\"$(printf %q \"$word\") \") ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"}\n"
	"\n"
	"# SOURCE ID [OPTION]\n"
	"__git_wf_source() {\n"
	"\tlocal IFS=$' \\t\\n' name\n"
	"\tcase $1 in\n"
	"\t'<files>') compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
	"\t'<dirs>') compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- \"$cur\")) ;;\n"
	"\t'<commands>') __git_wf_reply $__git_wf_commands ;;\n"
	"\t'<'*)\n"
	"\t\twhile IFS= read -r name; do __git_wf_reply \"$name\"; done < <(\n"
	"\t\t\t__git_wf_names \"${1//[<>]/}\" ${2:+\"$2\"} ${3:+\"$3\"}) ;;\n"
	"\t*) __git_wf_reply ${1//|/ } ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"# Called by git's completion, or with words, cword, cur, prev set by __git_wf_main.\n"
	"_git_wf() {\n"
	"\tlocal i=${__git_wf_start:-$((${__git_cmd_idx:-1} + 1))} command='' id='' n=0 source\n"
	"\tfor (( ; i < cword; i++)); do\n"
	"\t\tcase ${words[i]} in\n"
	"\t\t-*) [ -z \"$(__git_wf_value \"$command\" \"${words[i]}\")\" ] || ((i++)) ;;\n"
	"\t\t*)\n"
	"\t\t\tif [ -z \"$command\" ]; then\n"
	"\t\t\t\tcommand=${words[i]}\n"
	"\t\t\t\t__git_wf_real_name\n"
	"\t\t\telse\n"
	"\t\t\t\t[ -n \"$id\" ] || id=${words[i]}\n"
	"\t\t\t\t((++n))\n"
	"\t\t\tfi ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\tif [[ $prev == = ]]; then\n"
	"\t\tprev=${words[cword - 2]}\n"
	"\telif [[ $cur == = ]]; then\n"
	"\t\tcur=\n"
	"\telif [[ $cur == --*=* ]]; then\n"
	"\t\tprev=${cur%%=*} cur=${cur#*=}\n"
	"\t\t[[ $prev != --force ]] || { __git_wf_source '<steps>' \"$id\"; return; }\n"
	"\tfi\n"
	"\tsource=$(__git_wf_value \"$command\" \"$prev\")\n"
	"\tif [ -n \"$source\" ]; then\n"
	"\t\t__git_wf_source \"$source\" \"$id\"\n"
	"\t\treturn\n"
	"\telif [ -z \"$command\" ]; then\n"
	"\t\t__git_wf_reply $__git_wf_commands\n"
	"\t\treturn\n"
	"\telif [[ $prev == --* ]] && __git_wf_takes_params; then\n"
	"\t\t__git_wf_source '<values>' \"$id\" \"${prev#--}\"\n"
	"\t\t[ ${#COMPREPLY[@]} -eq 0 ] || return\n"
	"\tfi\n"
	"\tif [[ $cur == -* ]]; then\n"
	"\t\t__git_wf_reply $(__git_wf_options \"$command\")\n"
	"\t\t! __git_wf_takes_params || __git_wf_source '<params>' \"$id\"\n"
	"\telse\n"
	"\t\t__git_wf_source \"$(__git_wf_word \"$command\" $n)\" \"$id\"\n"
	"\tfi\n"
	"}\n"
	"\n"
	"__git_wf_main() {\n"
	"\tlocal words cword cur prev __git_wf_start=1\n"
	"\tif declare -F _get_comp_words_by_ref >/dev/null; then\n"
	"\t\t_get_comp_words_by_ref -n =: cur words cword prev\n"
	"\telse\n"
	"\t\twords=(\"${COMP_WORDS[@]}\") cword=$COMP_CWORD\n"
	"\t\tcur=${words[cword]} prev=${words[cword - 1]}\n"
	"\tfi\n"
	"\t_git_wf\n"
	"}\n"
	"\n"
	"complete -o bashdefault -o nospace -F __git_wf_main git-wf\n";

/* In _git_wf: what others call a command is that command. */
static void add_real_name(struct strbuf *out)
{
	strbuf_addstr(out, "__git_wf_real_name() {\n\tcase $command in\n");
	for (size_t i = 0; i < command_alias_count; i++)
		strbuf_addf(out, "\t%s) command=%s ;;\n", command_aliases[i].other,
			    command_aliases[i].name);
	strbuf_addstr(out, "\tesac\n}\n\n");
}

/* In _git_wf: is it a command that takes the parameters of a workflow as options? */
static void add_takes_params(struct strbuf *out)
{
	const char *separator = "";

	strbuf_addstr(
		out,
		"__git_wf_takes_params() {\n\t[ -n \"$id\" ] || return\n\tcase $command in\n\t");
	for (size_t i = 0; i < command_count; i++) {
		if (!command_takes_params(&command_rows[i]))
			continue;
		strbuf_addf(out, "%s%s", separator, command_rows[i].name);
		separator = " | ";
	}
	strbuf_addstr(out, ") ;;\n\t*) return 1 ;;\n\tesac\n}\n\n");
}

static bool is_shown(const struct option_row *row)
{
	return row->kind != OPTION_LATER && !(row->flags & OPTION_HIDDEN);
}

static void add_option_words(struct strbuf *out, const struct option_table *table)
{
	for (size_t i = 0; table && i < table->n; i++) {
		const struct option_row *row = &table->rows[i];

		if (!is_shown(row))
			continue;
		if (row->letter)
			strbuf_addf(out, " -%c", row->letter);
		if (row->name)
			strbuf_addf(out, " --%s", row->name);
	}
}

static void add_options(struct strbuf *out)
{
	strbuf_addstr(out, "__git_wf_options() {\n\techo");
	add_option_words(out, &cli_common_options);
	strbuf_addstr(out, "\n\tcase $1 in\n");
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = &command_rows[i];

		if (command->group == GROUP_HIDDEN || !command->tables[0])
			continue;
		strbuf_addf(out, "\t%s) echo", command->name);
		for (size_t t = 0; t < COMMAND_TABLES; t++)
			add_option_words(out, command->tables[t]);
		strbuf_addstr(out, " ;;\n");
	}
	strbuf_addstr(out, "\tesac\n}\n\n");
}

static void add_table_values(struct strbuf *out, const char *command,
			     const struct option_table *table)
{
	for (size_t i = 0; table && i < table->n; i++) {
		const struct option_row *row = &table->rows[i];
		const char *source = row->words ? row->words : "<none>";

		if (!is_shown(row) || !row->value || row->kind == OPTION_OPTIONAL)
			continue;
		strbuf_addch(out, '\t');
		if (row->letter)
			strbuf_addf(out, "%s:-%c", command, row->letter);
		if (row->letter && row->name)
			strbuf_addstr(out, " | ");
		if (row->name)
			strbuf_addf(out, "%s:--%s", command, row->name);
		strbuf_addf(out, ") echo '%s' ;;\n", source);
	}
}

/* What comes behind an option, and behind the command. */
static void add_values(struct strbuf *out)
{
	strbuf_addstr(out, "# COMMAND OPTION: where the words behind it come from\n"
			   "__git_wf_value() {\n\tcase $1:$2 in\n");
	add_table_values(out, "*", &cli_common_options);
	for (size_t i = 0; i < command_count; i++) {
		for (size_t t = 0; t < COMMAND_TABLES; t++)
			add_table_values(out, command_rows[i].name, command_rows[i].tables[t]);
	}
	strbuf_addstr(out, "\tesac\n}\n\n"
			   "# COMMAND NUMBER: the same for its own words\n"
			   "__git_wf_word() {\n\tcase $1:$2 in\n");
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = &command_rows[i];

		if (command->group == GROUP_HIDDEN)
			continue;
		if (command->words)
			strbuf_addf(out, "\t%s:0) echo '%s' ;;\n", command->name, command->words);
		if (command->more)
			strbuf_addf(out, "\t%s:*) echo '%s' ;;\n", command->name, command->more);
	}
	strbuf_addstr(out, "\tesac\n}\n\n");
}

void completion_write_bash(struct strbuf *out)
{
	strbuf_addstr(out, head);
	strbuf_addstr(out, "__git_wf_commands='");
	for (size_t i = 0; i < command_count; i++) {
		if (command_rows[i].group != GROUP_HIDDEN)
			strbuf_addf(out, "%s%s", i ? " " : "", command_rows[i].name);
	}
	strbuf_addstr(out, "'\n\n");
	add_options(out);
	add_values(out);
	add_takes_params(out);
	add_real_name(out);
	strbuf_addstr(out, tail);
}
