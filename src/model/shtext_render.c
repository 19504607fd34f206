/*
 * From a shell text and values to what is started: a script with its variables, or the words of a
 * script that needs no shell.
 */
#include <stdlib.h>
#include <string.h>

#include "shtext_impl.h"

bool sh_is_reserved(const char *word)
{
	static const char *const list[] = { "if",    "then", "else", "elif", "fi",    "while",
					    "until", "do",   "done", "case", "esac",  "{",
					    "}",     "!",    "[[",   "time", "coproc" };

	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		if (strcmp(list[i], word) == 0)
			return true;
	}
	return false;
}

/* Everything that some shell has built in: even where a program of that name exists it may differ. */
bool sh_is_builtin(const char *word)
{
	static const char *const list[] = {
		".",	     ":",	 "[",	      "alias",	 "autoload", "bg",
		"bind",	     "break",	 "builtin",   "caller",	 "cd",	     "chdir",
		"command",   "compgen",	 "complete",  "compopt", "continue", "declare",
		"dirs",	     "disown",	 "echo",      "emulate", "enable",   "eval",
		"exec",	     "exit",	 "export",    "false",	 "fc",	     "fg",
		"for",	     "function", "functions", "getopts", "hash",     "help",
		"history",   "integer",	 "jobs",      "kill",	 "let",	     "limit",
		"local",     "logout",	 "mapfile",   "nameref", "newgrp",   "noglob",
		"popd",	     "print",	 "printf",    "pushd",	 "pwd",	     "read",
		"readarray", "readonly", "rehash",    "repeat",	 "return",   "sched",
		"select",    "set",	 "setopt",    "shift",	 "shopt",    "source",
		"suspend",   "test",	 "time",      "times",	 "trap",     "true",
		"type",	     "typeset",	 "ulimit",    "umask",	 "unalias",  "unfunction",
		"unlimit",   "unset",	 "unsetopt",  "wait",	 "whence",   "where",
		"which",     "zle",	 "zmodload",  "foreach", "end",	     "nocorrect",
	};

	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		if (strcmp(list[i], word) == 0)
			return true;
	}
	return false;
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

static int fail_list(const struct text_part *part, size_t n, struct err *err)
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
		return fail_list(part, list->n, err);
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

/* ---- without a shell ---- */

/* A walk over a script's characters and values, shared by the question and the answer. */
struct plain_reader {
	const struct text *text;
	const struct expr_env *env; /* NULL: values are not known */
	struct arena *arena;
	struct err *err;
	VEC(const char *) argv;
	struct strbuf word;
	char *first; /* of who only looks; owned */
	bool only_looks, in_word, is_value_in_first, has_equals_in_first;
	char quote;
};

/* Who only looks needs the first word, and how many there are. */
static void end_word(struct plain_reader *reader)
{
	const char *word = "";

	if (!reader->in_word)
		return;
	if (!reader->only_looks)
		word = arena_strndup(reader->arena, strbuf_str(&reader->word), reader->word.len);
	else if (reader->argv.n == 0)
		word = reader->first = strbuf_detach(&reader->word);
	vec_push(&reader->argv, word);
	strbuf_clear(&reader->word);
	reader->in_word = false;
}

/* Those that mean themselves everywhere, '=' aside. */
static bool is_plain_char(char c)
{
	static const uint64_t plain[2] = { UINT64_C(0x07fff82000000000),
					   UINT64_C(0x07fffffe87ffffff) };
	unsigned char byte = (unsigned char)c;

	return byte >= 0x80 || (plain[byte >> 6] >> (byte & 63) & 1);
}

/* False if it needs a shell. */
static bool read_char(struct plain_reader *reader, char c, bool is_last)
{
	if (!c)
		return false;
	if (reader->quote && c == reader->quote) {
		reader->quote = '\0';
	} else if (reader->quote) {
		if (reader->quote == '"' && strchr("$`\\", c))
			return false;
		strbuf_addch(&reader->word, c);
	} else if (c == ' ' || c == '\t') {
		end_word(reader);
	} else if (c == '\n') {
		end_word(reader);
		return is_last;
	} else if (c == '\'' || c == '"') {
		reader->quote = c;
		reader->in_word = true;
	} else if (is_plain_char(c) || (c == '=' && reader->in_word)) { /* zsh looks "=x" up */
		reader->has_equals_in_first |= c == '=' && reader->argv.n == 0;
		strbuf_addch(&reader->word, c);
		reader->in_word = true;
	} else {
		return false;
	}
	return true;
}

/* Words of plain characters are taken whole: that is nearly all there is. */
static size_t read_plain_run(struct plain_reader *reader, const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && is_plain_char(s[n]))
		n++;
	if (n)
		strbuf_add(&reader->word, s, n);
	reader->in_word |= n > 0;
	return n;
}

static bool read_literal(struct plain_reader *reader, const char *s, size_t len, bool is_last_part)
{
	for (size_t i = 0; i < len; i++) {
		if (!reader->quote)
			i += read_plain_run(reader, s + i, len - i);
		if (i < len && !read_char(reader, s[i], is_last_part && i + 1 == len))
			return false;
	}
	return true;
}

static int read_list(struct plain_reader *reader, const struct value *list,
		     const struct text_part *part)
{
	const char *text;

	if (part->place != TEXT_WORD && list->n != 1)
		return fail_list(part, list->n, reader->err);
	for (size_t i = 0; i < list->n; i++) {
		if (text_of_value(&list->items[i], part->expr, reader->arena, &text, reader->err) <
		    0)
			return -1;
		if (part->place == TEXT_WORD)
			vec_push(&reader->argv, text);
		else
			strbuf_addstr(&reader->word, text);
	}
	reader->in_word = part->place != TEXT_WORD;
	return 0;
}

static int read_value(struct plain_reader *reader, const struct text_part *part)
{
	struct value value;
	const char *text;

	reader->is_value_in_first |= reader->argv.n == 0;
	reader->in_word = true;
	if (!reader->env)
		return 0;
	if (text_eval(part->expr, reader->env, reader->arena, &value, reader->err) < 0)
		return -1;
	if (value.kind == VALUE_LIST && part->place != TEXT_QUOTED)
		return read_list(reader, &value, part);
	if (text_of_value(&value, part->expr, reader->arena, &text, reader->err) < 0)
		return -1;
	strbuf_addstr(&reader->word, text);
	return 0;
}

/* 0, -1 with an error, or 1: it needs a shell. */
static int read_plain(struct plain_reader *reader)
{
	const struct text *text = reader->text;
	bool is_plain = true;

	if (text->n_parts == 0)
		is_plain = read_literal(reader, text->raw, strlen(text->raw), true);
	for (size_t i = 0; is_plain && i < text->n_parts; i++) {
		const struct text_part *part = &text->parts[i];

		if (part->expr && read_value(reader, part) < 0)
			return -1;
		if (!part->expr)
			is_plain = read_literal(reader, part->lit, part->len,
						i + 1 == text->n_parts);
	}
	end_word(reader);
	return is_plain && !reader->quote ? 0 : 1;
}

static void release_reader(struct plain_reader *reader)
{
	vec_release(&reader->argv);
	strbuf_release(&reader->word);
	free(reader->first);
}

bool shtext_is_plain(const struct text *script)
{
	struct plain_reader reader = { .text = script, .only_looks = true };
	bool is_plain = script->raw && read_plain(&reader) == 0 && reader.argv.n > 0 &&
			!reader.is_value_in_first && !reader.has_equals_in_first;

	if (is_plain)
		is_plain = *reader.argv.v[0] && !sh_is_builtin(reader.argv.v[0]) &&
			   !sh_is_reserved(reader.argv.v[0]);
	release_reader(&reader);
	return is_plain;
}

int shtext_render_argv(const struct text *text, const struct expr_env *env, struct arena *arena,
		       const char ***argv, size_t *argc, struct err *err)
{
	struct plain_reader reader = { .text = text, .env = env, .arena = arena, .err = err };
	int rc = read_plain(&reader);

	if (rc > 0)
		BUG("'%s' needs a shell", text->raw);
	if (rc == 0) {
		*argc = reader.argv.n;
		*argv = ARENA_ARRAY(arena, const char *, reader.argv.n + 1);
		for (size_t i = 0; i < reader.argv.n; i++)
			(*argv)[i] = reader.argv.v[i];
	}
	release_reader(&reader);
	return rc;
}
