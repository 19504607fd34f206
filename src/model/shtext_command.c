/*
 * Commands of sh: words, operators, reserved words, `case`, redirections. Just enough grammar to know
 * where a word is, where a `)` belongs to, and which words make up one command.
 */
#include "shtext_impl.h"

#include <string.h>

static bool is_meta(char c)
{
	return !c || strchr(" \t\n;&|<>()", c);
}

static struct sh_open *top_open(struct sh_frame *frame)
{
	return frame->opens.n > 0 ? vec_last(&frame->opens) : NULL;
}

static void open_group(struct sh_frame *frame, enum sh_open_kind kind)
{
	vec_push(&frame->opens, ((struct sh_open){ .kind = kind }));
}

/* What stands in the parentheses of an array or a glob belongs to the word before them. */
static void close_group(const struct sh_lexer *lexer, struct sh_frame *frame)
{
	struct sh_open open = vec_pop(&frame->opens);

	if ((open.kind == OPEN_ARRAY || open.kind == OPEN_GLOB) && frame->words.n > 0)
		vec_last(&frame->words)->end_site = lexer->sites.n;
}

/* Words of a case's head and patterns, of an array and of a glob's alternatives are data. */
static bool is_data(const struct sh_frame *frame)
{
	const struct sh_open *top = frame->opens.n > 0 ? vec_last(&frame->opens) : NULL;

	if (!top || top->kind == OPEN_SUBSHELL)
		return false;
	return top->kind != OPEN_CASE || top->state != CASE_BODY;
}

static void end_command(struct sh_lexer *lexer, struct sh_frame *frame, bool is_piped)
{
	if (frame->words.n > 0)
		sh_check_danger(lexer, frame, is_piped);
	vec_clear(&frame->words);
	frame->command++;
	if (!is_piped) {
		vec_clear(&frame->strings);
		frame->first_command = frame->command;
	}
	frame->at_start = true;
	frame->redirect = REDIRECT_NONE;
}

/* ---- words ---- */

static bool is_name(const char *s, size_t len)
{
	if (len == 0 || (s[0] >= '0' && s[0] <= '9'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!sh_is_name_char(s[i]))
			return false;
	}
	return true;
}

/* NAME= NAME+= NAME[…]= at the start of text */
static bool is_assignment(const char *text)
{
	size_t len = strcspn(text, "=+[");

	if (!is_name(text, len))
		return false;
	if (text[len] == '[') {
		const char *close = strchr(text + len, ']');

		len = close ? (size_t)(close + 1 - text) : len;
	}
	return text[len] == '=' || (text[len] == '+' && text[len + 1] == '=');
}

/* "a[${x}]=1": the subscript of an array is calculated, and that runs commands. */
static bool is_open_subscript(const struct sh_frame *frame, const char *text)
{
	size_t len = strcspn(text, "[");
	const struct sh_open *top = frame->opens.n > 0 ? vec_last(&frame->opens) : NULL;

	if (!text[len] || strchr(text + len, ']'))
		return false;
	if (top && top->kind == OPEN_ARRAY)
		return len == 0;
	return frame->at_start && is_name(text, len);
}

/* A '(' that belongs to the word before it: an array's values or a glob's alternatives. */
static bool is_group_start(const struct sh_lexer *lexer, const struct sh_frame *frame,
			   const struct sh_word *word, enum sh_open_kind *kind)
{
	size_t len = strlen(word->text);

	if (sh_peek(lexer, 0) != '(' || len == 0)
		return false;
	*kind = OPEN_ARRAY;
	if (!word->is_quoted && word->text[len - 1] == '=' && is_assignment(word->text))
		return true;
	*kind = OPEN_GLOB;
	return strchr("@?*+!", word->text[len - 1]) &&
	       !(frame->at_start && strcmp(word->text, "!") == 0);
}

/* The "2" of "2>file". */
static bool is_fd_number(const struct sh_lexer *lexer, const struct sh_word *word)
{
	char next = sh_peek(lexer, 0);

	return (next == '<' || next == '>') && !word->is_quoted && !word->is_dynamic &&
	       word->text[strspn(word->text, "0123456789")] == '\0';
}

static void lex_word_part(struct sh_lexer *lexer, struct sh_frame *frame,
			  struct sh_collect *collect)
{
	char c = sh_peek(lexer, 0);
	size_t n_sites = lexer->sites.n;

	if (c == '\\' && sh_peek(lexer, 1) == '\n') {
		lexer->pos += 2;
	} else if (c == '\\') {
		if (sh_peek(lexer, 1))
			strbuf_addch(&collect->text, sh_peek(lexer, 1));
		collect->is_quoted = true;
		lexer->pos += 2;
	} else if (c == '\'' || c == '"') {
		collect->is_quoted = true;
		(c == '"' ? sh_lex_double_quotes : sh_lex_single_quotes)(lexer, collect);
	} else if (c == '`') {
		sh_lex_backquotes(lexer, collect);
	} else if (c == '$') {
		sh_lex_dollar(lexer, false, collect);
	} else {
		strbuf_addch(&collect->text, c);
		lexer->pos++;
	}
	if (lexer->sites.n > n_sites && is_open_subscript(frame, strbuf_str(&collect->text)))
		sh_refuse_site(lexer, vec_last(&lexer->sites), "in the subscript of an array");
}

/* One `${…}` that is all of an argument may give more words than one, or none. */
static void set_places(struct sh_lexer *lexer, const struct sh_frame *frame,
		       const struct sh_word *word)
{
	const struct sh_site *site = word->first_site < word->end_site
					     ? &lexer->sites.v[word->first_site]
					     : NULL;
	const struct sh_open *top = frame->opens.n > 0 ? vec_last(&frame->opens) : NULL;
	bool is_array = top && top->kind == OPEN_ARRAY;

	if (!site || site->start != word->start || site->end != word->end)
		return;
	if (frame->redirect == REDIRECT_NONE && (!is_data(frame) || is_array))
		lexer->text.parts.v[site->part].place = TEXT_WORD;
}

static bool skip_empty_parens(struct sh_lexer *lexer)
{
	size_t i = 0;

	if (sh_peek(lexer, 0) != '(')
		return false;
	for (i = 1; sh_peek(lexer, i) == ' ' || sh_peek(lexer, i) == '\t'; i++)
		continue;
	if (sh_peek(lexer, i) != ')')
		return false;
	lexer->pos += i + 1;
	return true;
}

/* ---- what a word means where it stands ---- */

/* The word after `case`: subject, `in`, a pattern or `esac`. */
static bool take_case_word(struct sh_lexer *lexer, struct sh_frame *frame,
			   const struct sh_word *word)
{
	struct sh_open *top = top_open(frame);
	bool is_plain = !word->is_quoted && !word->is_dynamic, was_pattern;

	if (!top || top->kind != OPEN_CASE || top->state == CASE_BODY)
		return false;
	was_pattern = top->state == CASE_PATTERN;
	if (top->state == CASE_SUBJECT) {
		top->state = CASE_IN;
	} else if (top->state == CASE_IN) {
		if (is_plain && strcmp(word->text, "in") == 0)
			top->state = CASE_PATTERN;
	} else if (frame->at_start && is_plain && strcmp(word->text, "esac") == 0) {
		close_group(lexer, frame);
		return true;
	}
	frame->at_start = top->state == CASE_PATTERN && !was_pattern;
	return true;
}

/* True if it was a reserved word: what follows is a command again. */
static bool take_reserved_word(struct sh_lexer *lexer, struct sh_frame *frame,
			       const struct sh_word *word)
{
	struct sh_open *top = top_open(frame);

	if (word->is_quoted || word->is_dynamic || !sh_is_reserved(word->text))
		return false;
	if (strcmp(word->text, "[[") == 0) {
		sh_lex_condition(lexer);
		return true;
	}
	if (strcmp(word->text, "case") == 0)
		vec_push(&frame->opens, ((struct sh_open){ OPEN_CASE, CASE_SUBJECT }));
	else if (strcmp(word->text, "esac") == 0 && top && top->kind == OPEN_CASE)
		close_group(lexer, frame);
	return true;
}

/* "for x do", "function f {": a command begins where the grammar has no separator. */
static bool is_end_of_head(const struct sh_frame *frame)
{
	const struct sh_word *words = frame->words.v;

	if (frame->words.n == 2 && strcmp(words[0].text, "function") == 0)
		return true;
	return frame->words.n == 3 && strcmp(words[2].text, "do") == 0 && !words[2].is_quoted &&
	       (strcmp(words[0].text, "for") == 0 || strcmp(words[0].text, "select") == 0);
}

static void take_word(struct sh_lexer *lexer, struct sh_frame *frame, struct sh_word *word)
{
	enum sh_redirect redirect = frame->redirect;

	frame->redirect = REDIRECT_NONE;
	if (redirect == REDIRECT_STRING)
		vec_push(&frame->strings, *word);
	if (redirect != REDIRECT_NONE)
		return;
	if (take_case_word(lexer, frame, word) || is_data(frame))
		return;
	if (frame->at_start && take_reserved_word(lexer, frame, word))
		return;
	word->is_assignment = frame->at_start && is_assignment(word->text) &&
			      strncmp(lexer->text.raw + word->start, word->text,
				      strcspn(word->text, "=+[")) == 0;
	frame->at_start = word->is_assignment;
	vec_push(&frame->words, *word);
	if (is_end_of_head(frame)) {
		vec_clear(&frame->words);
		frame->at_start = true;
	}
}

static void read_word(struct sh_lexer *lexer, struct sh_frame *frame, struct sh_word *word)
{
	struct sh_collect collect = { 0 };

	word->start = lexer->pos;
	word->first_site = lexer->sites.n;
	while (lexer->pos < lexer->end && !is_meta(sh_peek(lexer, 0)))
		lex_word_part(lexer, frame, &collect);
	word->end = lexer->pos;
	word->end_site = lexer->sites.n;
	word->is_dynamic = collect.is_dynamic;
	word->is_quoted = collect.is_quoted;
	word->begins_with_ours = collect.begins_with_ours;
	word->has_ours_in_name = collect.has_ours_in_name;
	word->text = arena_strndup(lexer->text.arena, strbuf_str(&collect.text), collect.text.len);
	strbuf_release(&collect.text);
}

static void lex_word(struct sh_lexer *lexer, struct sh_frame *frame)
{
	struct sh_word word = { 0 };
	enum sh_open_kind kind;
	bool opens_group;

	read_word(lexer, frame, &word);
	if (is_fd_number(lexer, &word))
		return;
	set_places(lexer, frame, &word);
	opens_group = is_group_start(lexer, frame, &word, &kind);
	take_word(lexer, frame, &word);
	if (opens_group) {
		open_group(frame, kind);
		lexer->pos++;
	} else if (skip_empty_parens(lexer)) { /* a function's head */
		end_command(lexer, frame, false);
	}
}

/* ---- operators ---- */

static void lex_open_paren(struct sh_lexer *lexer, struct sh_frame *frame)
{
	struct sh_open *top = top_open(frame);
	bool is_for = frame->words.n == 1 && strcmp(frame->words.v[0].text, "for") == 0;

	if (top && top->kind == OPEN_CASE && top->state == CASE_PATTERN && frame->at_start) {
		lexer->pos++;
	} else if (frame->words.n == 1 && skip_empty_parens(lexer)) {
		end_command(lexer, frame, false);
	} else if (is_data(frame)) {
		open_group(frame, OPEN_GLOB);
		lexer->pos++;
	} else if (sh_peek(lexer, 1) == '(' && (frame->at_start || is_for)) {
		lexer->pos += 2;
		sh_lex_arithmetic(lexer);
		frame->at_start = true;
	} else if (frame->at_start) {
		open_group(frame, OPEN_SUBSHELL);
		end_command(lexer, frame, false);
		lexer->pos++;
	} else {
		sh_lose(lexer, lexer->pos, "a '(' that not every shell understands");
	}
}

/* Returns true if this is the ')' that ends the whole list. */
static bool lex_close_paren(struct sh_lexer *lexer, struct sh_frame *frame, char closer)
{
	struct sh_open *top = top_open(frame);

	lexer->pos++;
	if (top && top->kind == OPEN_CASE && top->state == CASE_PATTERN) {
		top->state = CASE_BODY;
		end_command(lexer, frame, false);
	} else if (top && top->kind == OPEN_SUBSHELL) {
		end_command(lexer, frame, false);
		close_group(lexer, frame);
	} else if (top && top->kind != OPEN_CASE) {
		close_group(lexer, frame);
	} else if (!top && closer == ')') {
		return true;
	} else {
		sh_lose(lexer, lexer->pos - 1, "a ')' that closes nothing");
	}
	return false;
}

static void lex_redirect(struct sh_lexer *lexer, struct sh_frame *frame)
{
	char c = sh_peek(lexer, 0);
	size_t n = 1;

	if (c == '<' && sh_peek(lexer, 1) == '<' && sh_peek(lexer, 2) != '<') {
		lexer->pos += 2;
		sh_lex_heredoc_start(lexer);
		return;
	}
	if (sh_peek(lexer, 1) == '(') { /* <( … ) */
		lexer->pos += 2;
		if (lexer->depth++ < SHTEXT_DEPTH_MAX)
			sh_lex_commands(lexer, ')');
		else
			sh_lose(lexer, lexer->pos, "the script is nested too deeply");
		lexer->depth--;
		frame->at_start = false;
		frame->redirect = REDIRECT_NONE;
		return;
	}
	while (sh_peek(lexer, n) && strchr("<>&|", sh_peek(lexer, n)) && n < 3)
		n++;
	frame->redirect = n == 3 && c == '<' ? REDIRECT_STRING : REDIRECT_FILE;
	lexer->pos += n;
}

static void lex_separator(struct sh_lexer *lexer, struct sh_frame *frame)
{
	struct sh_open *top = top_open(frame);
	char c = sh_peek(lexer, 0);

	if (c == '&' && sh_peek(lexer, 1) == '>') { /* &>file */
		lexer->pos++;
		return;
	}
	if (is_data(frame)) { /* a|b) */
		lexer->pos++;
		return;
	}
	end_command(lexer, frame, c == '|' && sh_peek(lexer, 1) != '|');
	if (c == ';' && sh_peek(lexer, 1) && strchr(";&|", sh_peek(lexer, 1)) && top &&
	    top->kind == OPEN_CASE) {
		top->state = CASE_PATTERN;
		lexer->pos += 2;
		lexer->pos += sh_peek(lexer, 0) == '&';
		return;
	}
	lexer->pos += (c == '|' || c == '&') && (sh_peek(lexer, 1) == c || sh_peek(lexer, 1) == '&')
			      ? 2
			      : 1;
}

static void lex_newline(struct sh_lexer *lexer, struct sh_frame *frame)
{
	lexer->pos++;
	if (!is_data(frame) && frame->words.n > 0)
		end_command(lexer, frame, false);
	for (struct sh_frame *outer = frame->outer; outer; outer = outer->outer) {
		if (outer->heredocs.n > 0) {
			sh_lose(lexer, lexer->pos - 1,
				"the body of a here-document must begin before this line ends");
			return;
		}
	}
	sh_lex_heredoc_bodies(lexer);
}

static void skip_comment(struct sh_lexer *lexer)
{
	while (lexer->pos < lexer->end && sh_peek(lexer, 0) != '\n')
		lexer->pos++;
}

/* One blank, comment, word or operator. Returns true at the end of the whole list. */
static bool lex_one(struct sh_lexer *lexer, struct sh_frame *frame, char closer)
{
	char c = sh_peek(lexer, 0);

	switch (c) {
	case ' ':
	case '\t': lexer->pos++; break;
	case '\n': lex_newline(lexer, frame); break;
	case '#': skip_comment(lexer); break;
	case ';':
	case '&':
	case '|': lex_separator(lexer, frame); break;
	case '<':
	case '>': lex_redirect(lexer, frame); break;
	case '(': lex_open_paren(lexer, frame); break;
	case ')': return lex_close_paren(lexer, frame, closer);
	default:
		if (c == '\\' && sh_peek(lexer, 1) == '\n')
			lexer->pos += 2;
		else
			lex_word(lexer, frame);
	}
	return false;
}

void sh_lex_commands(struct sh_lexer *lexer, char closer)
{
	struct sh_frame frame = { .outer = lexer->frame, .at_start = true };
	size_t start = lexer->pos;
	bool is_closed = false;

	lexer->frame = &frame;
	while (!is_closed && lexer->pos < lexer->end)
		is_closed = lex_one(lexer, &frame, closer);
	end_command(lexer, &frame, false);
	if (!is_closed && closer)
		sh_lose(lexer, start, "the '(' before this has no ')'");
	else if (is_closed && frame.heredocs.n > 0)
		sh_lose(lexer, start,
			"a here-document that starts inside $(…) must also end inside it");
	else if (frame.opens.n > 0)
		sh_lose(lexer, lexer->text.len, "a '(' or a 'case' has no end");
	lexer->frame = frame.outer;
	vec_release(&frame.opens);
	vec_release(&frame.heredocs);
	vec_release(&frame.words);
	vec_release(&frame.strings);
}
