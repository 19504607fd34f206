/*
 * From a shell text and values to what is started: a script with its variables.
 */
#include <string.h>

#include "base/sorted.h"
#include "shtext_impl.h"

/* This list and the next are sorted by bytes: the command of each step is looked up. */
bool sh_is_reserved(const char *word)
{
	static const char *const list[] = {
		"!",  "[[", "case", "coproc", "do",    "done",	"elif", "else", "esac",
		"fi", "if", "then", "time",   "until", "while", "{",	"}",
	};

	return sorted_find(list, ARRAY_SIZE(list), word) < ARRAY_SIZE(list);
}

/* Everything that some shell has built in: even where a program of that name exists it may differ. */
bool sh_is_builtin(const char *word)
{
	static const char *const list[] = {
		".",	   ":",		"[",	      "alias",	   "autoload",	"bg",
		"bind",	   "break",	"builtin",    "caller",	   "cd",	"chdir",
		"command", "compgen",	"complete",   "compopt",   "continue",	"declare",
		"dirs",	   "disown",	"echo",	      "emulate",   "enable",	"end",
		"eval",	   "exec",	"exit",	      "export",	   "false",	"fc",
		"fg",	   "for",	"foreach",    "function",  "functions", "getopts",
		"hash",	   "help",	"history",    "integer",   "jobs",	"kill",
		"let",	   "limit",	"local",      "logout",	   "mapfile",	"nameref",
		"newgrp",  "nocorrect", "noglob",     "popd",	   "print",	"printf",
		"pushd",   "pwd",	"read",	      "readarray", "readonly",	"rehash",
		"repeat",  "return",	"sched",      "select",	   "set",	"setopt",
		"shift",   "shopt",	"source",     "suspend",   "test",	"time",
		"times",   "trap",	"true",	      "type",	   "typeset",	"ulimit",
		"umask",   "unalias",	"unfunction", "unlimit",   "unset",	"unsetopt",
		"wait",	   "whence",	"where",      "which",	   "zle",	"zmodload",
	};

	return sorted_find(list, ARRAY_SIZE(list), word) < ARRAY_SIZE(list);
}

/* ---- the script and its variables ---- */

static void add_variable(struct text_vars *vars, const char *value)
{
	if (vars->n == vars->alloc) {
		size_t alloc = vars->alloc ? vars->alloc * 2 : 8;
		const char **names = ARENA_ARRAY(vars->arena, const char *, alloc);
		const char **values = ARENA_ARRAY(vars->arena, const char *, alloc);

		for (size_t i = 0; i < vars->n; i++) {
			names[i] = vars->names[i];
			values[i] = vars->values[i];
		}
		vars->names = names;
		vars->values = values;
		vars->alloc = alloc;
	}
	vars->names[vars->n] = arena_printf(vars->arena, "__wf_%zu", vars->n + 1);
	vars->values[vars->n++] = value;
}

static int add_value(const struct value *value, const struct text_part *part, struct strbuf *script,
		     struct text_vars *vars, struct err *err)
{
	const char *quote = part->place == TEXT_QUOTED ? "" : "\"", *text;

	if (text_of_value(value, part->expr, vars->arena, &text, err) < 0)
		return -1;
	add_variable(vars, text);
	strbuf_addf(script, "%s${%s}%s", quote, vars->names[vars->n - 1], quote);
	return 0;
}

int sh_fail_list(const struct text_part *part, size_t n, struct err *err)
{
	return err_set(err, ERR_VALUE,
		       "'${%s}' is a list of %zu items where one word must stand; put blanks "
		       "around it, or "
		       "double quotes for one item a line",
		       expr_source(part->expr), n);
}

static int render_list(const struct value *list, const struct text_part *part,
		       struct strbuf *script, struct text_vars *vars, struct err *err)
{
	if (part->place != TEXT_WORD && list->n != 1)
		return sh_fail_list(part, list->n, err);
	if (list->n == 0) /* no word, in any shell and under -u, and nothing that can be missing */
		strbuf_addstr(script, "${__wf_0+}");
	for (size_t i = 0; i < list->n; i++) {
		if (i > 0)
			strbuf_addch(script, ' ');
		if (add_value(&list->items[i], part, script, vars, err) < 0)
			return -1;
	}
	return 0;
}

static int render_part(const struct text_part *part, const struct expr_env *env,
		       struct strbuf *script, struct text_vars *vars, struct err *err)
{
	struct value value;

	if (!part->expr) {
		strbuf_add(script, part->lit, part->len);
		return 0;
	}
	if (text_eval(part->expr, env, vars->arena, &value, err) < 0)
		return -1;
	if (value.kind == VALUE_LIST && part->place != TEXT_QUOTED)
		return render_list(&value, part, script, vars, err);
	return add_value(&value, part, script, vars, err);
}

int shtext_render(const struct text *text, const struct expr_env *env, struct strbuf *script,
		  struct text_vars *vars, struct err *err)
{
	if (text->n_parts == 0 && text->raw)
		strbuf_addstr(script, text->raw);
	for (size_t i = 0; i < text->n_parts; i++) {
		if (render_part(&text->parts[i], env, script, vars, err) < 0)
			return -1;
	}
	return 0;
}
