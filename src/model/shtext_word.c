/*
 * Inside a word of sh: quotes and expansions.
 */
#include "shtext_impl.h"

#include <string.h>

static void collect_char(struct sh_collect *collect, char c)
{
	if (collect)
		strbuf_addch(&collect->text, c);
}

static void collect_dynamic(struct sh_collect *collect)
{
	if (collect)
		collect->is_dynamic = true;
}

/* Recursion is as deep as the script nests. */
static bool enter(struct sh_lexer *lexer)
{
	if (lexer->depth >= SHTEXT_DEPTH_MAX) {
		sh_lose(lexer, lexer->pos, "the script is nested too deeply");
		return false;
	}
	lexer->depth++;
	return true;
}

static void collect_range(struct sh_lexer *lexer, size_t start, size_t end,
			  struct sh_collect *collect)
{
	if (collect)
		strbuf_add(&collect->text, lexer->text.raw + start, end - start);
}

void sh_lex_single_quotes(struct sh_lexer *lexer, struct sh_collect *collect)
{
	size_t start = lexer->pos + 1;
	const char *end = start <= lexer->end
				  ? memchr(lexer->text.raw + start, '\'', lexer->end - start)
				  : NULL;

	if (!end) {
		sh_lose(lexer, lexer->pos, "the single quote that starts here has no end");
		return;
	}
	lexer->pos++;
	collect_range(lexer, start, (size_t)(end - lexer->text.raw), collect);
	sh_skip_forbidden(lexer, (size_t)(end - lexer->text.raw), "inside single quotes");
	if (lexer->pos >
	    (size_t)(end - lexer->text.raw)) /* a quote of the expression was our end */
		sh_lose(lexer, start - 1, "the single quote that starts here has no clear end");
	else
		lexer->pos++;
}

/* $'…': a backslash hides a quote from bash, ksh and zsh, not from dash. */
static void lex_ansi_quotes(struct sh_lexer *lexer)
{
	size_t start = lexer->pos, i = start + 2;

	for (; i < lexer->end && lexer->text.raw[i] != '\''; i++) {
		if (lexer->text.raw[i] == '\\' && i + 1 < lexer->end &&
		    lexer->text.raw[++i] == '\'') {
			sh_lose(lexer, start, "shells differ about where this $'…' ends");
			return;
		}
	}
	if (i >= lexer->end) {
		sh_lose(lexer, start, "the $' that starts here has no end");
		return;
	}
	lexer->pos += 2;
	sh_skip_forbidden(lexer, i, "inside $'…'");
	lexer->pos = lexer->pos > i ? lexer->pos : i + 1;
}

void sh_lex_double_quotes(struct sh_lexer *lexer, struct sh_collect *collect)
{
	size_t start = lexer->pos++;
	char c;

	if (!enter(lexer))
		return;
	while ((c = sh_peek(lexer, 0)) != '"') {
		if (lexer->pos >= lexer->end) {
			sh_lose(lexer, start, "the double quote that starts here has no end");
			break;
		}
		if (c == '\\' && sh_peek(lexer, 1) && strchr("$`\"\\\n", sh_peek(lexer, 1))) {
			if (sh_peek(lexer, 1) != '\n')
				collect_char(collect, sh_peek(lexer, 1));
			lexer->pos += 2;
		} else if (c == '`') {
			sh_lex_backquotes(lexer, collect);
		} else if (c == '$') {
			sh_lex_dollar(lexer, true, collect);
		} else {
			collect_char(collect, c);
			lexer->pos++;
		}
	}
	lexer->pos += lexer->pos < lexer->end;
	lexer->depth--;
}

/* What is inside is parsed twice, and quoting there is nobody's friend: nothing of ours may be. */
void sh_lex_backquotes(struct sh_lexer *lexer, struct sh_collect *collect)
{
	size_t start = lexer->pos, i = start + 1;

	while (i < lexer->end && lexer->text.raw[i] != '`')
		i += lexer->text.raw[i] == '\\' ? 2 : 1;
	if (i >= lexer->end) {
		sh_lose(lexer, start, "the backquote that starts here has no end");
		return;
	}
	collect_dynamic(collect);
	lexer->pos++;
	sh_skip_forbidden(lexer, i, "inside backquotes (write $(…) instead)");
	if (lexer->pos > i)
		sh_lose(lexer, start, "the backquote that starts here has no clear end");
	else
		lexer->pos++;
}

/* Behind the "((": up to the "))" that ends it. "((" may also be two subshells, which end in
 * another way; then quotes and comments in it were read with the wrong rules. */
void sh_lex_arithmetic(struct sh_lexer *lexer)
{
	size_t start = lexer->pos, closed_at = 0, depth = 2;
	const char *saved = lexer->forbidden;
	char c;

	if (!enter(lexer))
		return;
	if (!saved)
		lexer->forbidden = "inside ((…)), where the shell calculates";
	while (depth > 0 && lexer->pos < lexer->end) {
		c = sh_peek(lexer, 0);
		if (c == '"') {
			sh_lex_double_quotes(lexer, NULL);
		} else if (c == '\'') {
			sh_lex_single_quotes(lexer, NULL);
		} else if (c == '`') {
			sh_lex_backquotes(lexer, NULL);
		} else if (c == '$') {
			sh_lex_dollar(lexer, false, NULL);
		} else {
			lexer->pos += c == '\\' ? 2 : 1;
			depth += c == '(';
			if (c == ')' && --depth == 1)
				closed_at = lexer->pos;
		}
	}
	lexer->forbidden = saved;
	lexer->depth--;
	if (lexer->pos > lexer->end || depth > 0)
		sh_lose(lexer, start, "the '((' that starts here has no end");
	else if (closed_at + 1 != lexer->pos)
		sh_lose(lexer, start,
			"'((' is not clear here: write '( (' for a subshell in a subshell");
}

void sh_lex_condition(struct sh_lexer *lexer)
{
	size_t start = lexer->pos;
	const char *saved = lexer->forbidden;
	bool at_word = false;
	char c;

	if (!saved)
		lexer->forbidden = "inside [[…]]";
	while (lexer->pos < lexer->end) {
		c = sh_peek(lexer, 0);
		if (at_word && c == ']' && sh_peek(lexer, 1) == ']' &&
		    (!sh_peek(lexer, 2) || strchr(" \t\n;&|)", sh_peek(lexer, 2))))
			break;
		at_word = c == ' ' || c == '\t' || c == '\n';
		if (c == '"')
			sh_lex_double_quotes(lexer, NULL);
		else if (c == '\'')
			sh_lex_single_quotes(lexer, NULL);
		else if (c == '`')
			sh_lex_backquotes(lexer, NULL);
		else if (c == '$')
			sh_lex_dollar(lexer, false, NULL);
		else
			lexer->pos += c == '\\' && sh_peek(lexer, 1) ? 2 : 1;
	}
	lexer->forbidden = saved;
	if (lexer->pos >= lexer->end)
		sh_lose(lexer, start, "the '[[' that starts here has no ']]'");
	else
		lexer->pos += 2;
}

/* The shell's own "${": at its first character. */
static void lex_parameter(struct sh_lexer *lexer, bool in_double_quotes)
{
	size_t start = lexer->pos;
	const char *saved = lexer->forbidden;
	char c;

	lexer->pos += 2;
	if (!enter(lexer))
		return;
	if (!saved)
		lexer->forbidden = "inside a ${…} of the shell's own";
	while (lexer->pos < lexer->end && (c = sh_peek(lexer, 0)) != '}') {
		if (c == '\\')
			lexer->pos += 2;
		else if (c == '"')
			sh_lex_double_quotes(lexer, NULL);
		else if (c == '\'' && in_double_quotes)
			sh_lose(lexer, lexer->pos,
				"shells differ about a single quote inside \"${…}\"");
		else if (c == '\'')
			sh_lex_single_quotes(lexer, NULL);
		else if (c == '`')
			sh_lex_backquotes(lexer, NULL);
		else if (c == '$')
			sh_lex_dollar(lexer, in_double_quotes, NULL);
		else
			lexer->pos++;
	}
	lexer->forbidden = saved;
	lexer->depth--;
	if (lexer->pos >= lexer->end)
		sh_lose(lexer, start, "the '${' that starts here has no end");
	else
		lexer->pos++;
}

/* "$[1+1]" is arithmetic to bash and zsh and text to dash. */
static void lex_dollar_bracket(struct sh_lexer *lexer)
{
	const char *raw = lexer->text.raw;
	size_t i = lexer->pos + 2;
	bool has_ours = false;

	for (; i < lexer->end && raw[i] != ']' && raw[i] != '\n'; i++)
		has_ours |= raw[i] == '$' && i + 1 < lexer->end && raw[i + 1] == '{' &&
			    sh_is_ours(lexer, i);
	lexer->pos += 2;
	if (has_ours)
		sh_skip_forbidden(lexer, i, "inside $[…], where the shell calculates");
}

static void lex_brace(struct sh_lexer *lexer, bool in_double_quotes, struct sh_collect *collect)
{
	/* "${{" is nothing to any shell either; where it is data, in quotes, it stays as it is. */
	if (sh_peek(lexer, 2) != '{' && !sh_is_ours(lexer, lexer->pos)) {
		collect_dynamic(collect);
		lex_parameter(lexer, in_double_quotes);
		return;
	}
	if (collect && !collect->is_dynamic && collect->text.len == 0)
		collect->begins_with_ours = true;
	collect_dynamic(collect);
	if (collect && !strchr(strbuf_str(&collect->text), '='))
		collect->has_ours_in_name = true;
	sh_take_ours(lexer, in_double_quotes ? TEXT_QUOTED : TEXT_PIECE);
}

static void lex_dollar_paren(struct sh_lexer *lexer)
{
	if (!enter(lexer))
		return;
	if (sh_peek(lexer, 2) == '(') {
		lexer->pos += 3;
		sh_lex_arithmetic(lexer);
	} else {
		lexer->pos += 2;
		sh_lex_commands(lexer, ')');
	}
	lexer->depth--;
}

void sh_lex_dollar(struct sh_lexer *lexer, bool in_double_quotes, struct sh_collect *collect)
{
	char next = sh_peek(lexer, 1);

	if (next == '$' && sh_peek(lexer, 2) == '{') { /* "$${" writes "${", which is the shell's */
		text_add_literal(&lexer->text, lexer->pos, lexer->pos + 1);
		lexer->pos++;
		collect_dynamic(collect);
		lex_parameter(lexer, in_double_quotes);
	} else if (next == '{') {
		lex_brace(lexer, in_double_quotes, collect);
	} else if (next == '(') {
		collect_dynamic(collect);
		lex_dollar_paren(lexer);
	} else if (next == '[') {
		collect_dynamic(collect);
		lex_dollar_bracket(lexer);
	} else if (next == '\'' && !in_double_quotes) {
		collect_dynamic(collect); /* what it stands for is not worked out */
		lex_ansi_quotes(lexer);
	} else if (next && strchr("@*#?-$!", next)) {
		collect_dynamic(collect);
		lexer->pos += 2;
	} else {
		if (sh_is_name_char(next))
			collect_dynamic(collect);
		else if (!(next == '"' && !in_double_quotes))
			collect_char(collect, '$');
		lexer->pos++;
	}
}
