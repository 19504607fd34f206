/*
 * Here-documents: the word behind `<<`, and the lines below up to that word.
 */
#include "shtext_impl.h"

#include <string.h>

/* The delimiter's quotes go; any quote makes the body literal. */
static bool read_delimiter(struct sh_lexer *lexer, struct strbuf *delimiter, bool *is_quoted)
{
	size_t start = lexer->pos;
	char c, quote = '\0';

	for (; (c = sh_peek(lexer, 0)); lexer->pos++) {
		if (quote ? c == quote : c == '\'' || c == '"') {
			quote = quote ? '\0' : c;
			*is_quoted = true;
			continue;
		}
		if (c == '\n' || (!quote && strchr(" \t;&|<>()", c)))
			break;
		if (c == '$' || c == '`')
			return false;
		if (c == '\\' && quote != '\'') {
			*is_quoted = true;
			c = sh_peek(lexer, 1);
			if (!c || c == '\n')
				return false;
			lexer->pos++;
		}
		strbuf_addch(delimiter, c);
	}
	return !quote && lexer->pos > start;
}

void sh_lex_heredoc_start(struct sh_lexer *lexer)
{
	struct strbuf delimiter CLEANUP(strbuf_release) = STRBUF_INIT;
	struct sh_heredoc heredoc = { .command = lexer->frame->command };
	size_t start = lexer->pos;

	if (sh_peek(lexer, 0) == '-') {
		heredoc.strips_tabs = true;
		lexer->pos++;
	}
	while (sh_peek(lexer, 0) == ' ' || sh_peek(lexer, 0) == '\t')
		lexer->pos++;
	if (!read_delimiter(lexer, &delimiter, &heredoc.is_quoted)) {
		sh_lose(lexer, start, "the end of this here-document is not a plain word");
		return;
	}
	heredoc.delimiter = arena_strndup(lexer->text.arena, strbuf_str(&delimiter), delimiter.len);
	vec_push(&lexer->frame->heredocs, heredoc);
}

static bool is_delimiter(const struct sh_heredoc *heredoc, const char *line, size_t len)
{
	for (; heredoc->strips_tabs && len > 0 && *line == '\t'; line++, len--)
		continue;
	return strlen(heredoc->delimiter) == len && memcmp(heredoc->delimiter, line, len) == 0;
}

/* A backslash at the end of a line of a plain body joins the next line to it. */
static bool is_continued(const struct sh_heredoc *heredoc, const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && line[len - 1 - n] == '\\')
		n++;
	return !heredoc->is_quoted && n % 2 == 1;
}

/* The body is [pos, *body_end), the line of the delimiter ends before *after. */
static bool find_end(const struct sh_lexer *lexer, const struct sh_heredoc *heredoc,
		     size_t *body_end, size_t *after)
{
	bool is_joined = false;

	for (size_t pos = lexer->pos; pos < lexer->end;) {
		const char *line = lexer->text.raw + pos;
		const char *newline = memchr(line, '\n', lexer->end - pos);
		size_t len = newline ? (size_t)(newline - line) : lexer->end - pos;

		if (!is_joined && is_delimiter(heredoc, line, len)) {
			*body_end = pos;
			*after = pos + len + (newline != NULL);
			return true;
		}
		is_joined = is_continued(heredoc, line, len);
		pos += len + 1;
	}
	return false;
}

static void lex_plain_body(struct sh_lexer *lexer, size_t body_end)
{
	size_t saved = lexer->end;

	lexer->end = body_end;
	while (lexer->pos < body_end) {
		char c = sh_peek(lexer, 0);

		if (c == '`')
			sh_lex_backquotes(lexer, NULL);
		else if (c == '$')
			sh_lex_dollar(lexer, true, NULL);
		else
			lexer->pos += c == '\\' ? 2 : 1;
	}
	lexer->end = saved;
}

static void lex_body(struct sh_lexer *lexer, const struct sh_heredoc *heredoc)
{
	const char *saved = lexer->forbidden;
	size_t body_end, after;

	if (!find_end(lexer, heredoc, &body_end, &after)) {
		sh_lose(lexer, lexer->pos - (lexer->pos > 0),
			"a here-document that starts in this line has no end");
		return;
	}
	if (heredoc->is_code && !saved)
		lexer->forbidden = "in a here-document that another shell reads as its script";
	if (heredoc->is_quoted)
		sh_skip_forbidden(lexer, body_end, "in a here-document whose delimiter is quoted");
	else
		lex_plain_body(lexer, body_end);
	lexer->forbidden = saved;
	lexer->pos = after;
}

void sh_lex_heredoc_bodies(struct sh_lexer *lexer)
{
	struct sh_frame *frame = lexer->frame;
	VEC(struct sh_heredoc) bodies = { 0 };

	/* Taken off the frame: a body may have commands of its own. */
	for (size_t i = 0; i < frame->heredocs.n; i++)
		vec_push(&bodies, frame->heredocs.v[i]);
	vec_clear(&frame->heredocs);
	for (size_t i = 0; i < bodies.n; i++)
		lex_body(lexer, &bodies.v[i]);
	vec_release(&bodies);
}
