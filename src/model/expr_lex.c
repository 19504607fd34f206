/*
 * The words of an expression. A number may be a percentage (80%) or a duration (1h30m, in seconds).
 */
#include "expr_impl.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/timefmt.h"

struct span lexer_span(const struct lexer *lexer, size_t start, size_t end)
{
	struct span span = { .line = lexer->at.line };
	unsigned col = lexer->at.col, len = 0;

	for (size_t i = 0; i < end; i++) {
		bool is_char = ((unsigned char)lexer->text[i] & 0xc0) != 0x80;

		if (i >= start) {
			len += is_char;
		} else if (lexer->text[i] == '\n') {
			span.line++;
			col = lexer->at.col;
		} else {
			col += is_char;
		}
	}
	span.col = col < UINT16_MAX ? (uint16_t)col : UINT16_MAX;
	span.len = len < UINT16_MAX ? (uint16_t)len : UINT16_MAX;
	return lexer->at.line ? span : lexer->at;
}

struct diag *lexer_error(struct lexer *lexer, size_t start, size_t end, const char *fmt, ...)
{
	struct strbuf msg CLEANUP(strbuf_release) = STRBUF_INIT;
	va_list ap;

	if (lexer->failed)
		return NULL;
	lexer->failed = true;
	va_start(ap, fmt);
	strbuf_vaddf(&msg, fmt, ap);
	va_end(ap);
	return diag_error(lexer->diags, lexer_span(lexer, start, end), "%s", strbuf_str(&msg));
}

bool lexer_is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool lexer_is_name_char(char c)
{
	return lexer_is_name_start(c) || is_digit(c);
}

static char peek(const struct lexer *lexer, size_t ahead)
{
	return lexer->pos + ahead < lexer->len ? lexer->text[lexer->pos + ahead] : '\0';
}

static struct token finish(struct lexer *lexer, enum token_kind kind, size_t start)
{
	return (struct token){ .kind = kind, .start = start, .end = lexer->pos };
}

static struct token finish_text(struct lexer *lexer, enum token_kind kind, size_t start)
{
	struct token token = finish(lexer, kind, start);
	size_t len = token.end - start;

	token.value = value_string_copy(lexer->arena, lexer->text + start, len);
	return token;
}

/* "5 %2" and "5%2" divide, "80%" alone is a percentage. */
static bool is_percent_sign(const struct lexer *lexer)
{
	char next = peek(lexer, 1);

	return peek(lexer, 0) == '%' && !lexer_is_name_char(next) &&
	       !(next && strchr("('\"-$.", next));
}

static struct token lex_duration(struct lexer *lexer, size_t start)
{
	struct token token;
	uint64_t duration_ms;

	while (lexer_is_name_char(peek(lexer, 0)) || peek(lexer, 0) == '.')
		lexer->pos++;
	token = finish_text(lexer, TOKEN_NUMBER, start);
	if (duration_parse_ms(token.value.text, 0, &duration_ms) < 0) {
		lexer_error(lexer, start, token.end, "'%s' is neither a number nor a duration",
			    token.value.text);
		token.kind = TOKEN_BAD;
		return token;
	}
	token.value = value_number((double)duration_ms / 1000);
	return token;
}

static struct token lex_number(struct lexer *lexer)
{
	size_t start = lexer->pos;
	struct token token;
	double number = 0;

	while (is_digit(peek(lexer, 0)) || (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))))
		lexer->pos++;
	if (lexer_is_name_start(peek(lexer, 0)))
		return lex_duration(lexer, start);
	token = finish_text(lexer, TOKEN_NUMBER, start);
	if (!expr_text_to_number(token.value.text, token.value.len, &number)) {
		lexer_error(lexer, start, token.end, "'%s' is not a number", token.value.text);
		token.kind = TOKEN_BAD;
		return token;
	}
	if (is_percent_sign(lexer)) {
		token.end = ++lexer->pos;
		token.value = value_number(number);
		return token;
	}
	token.value.kind = VALUE_NUMBER; /* keeps its spelling */
	token.value.number = number;
	return token;
}

/* The character that `\c` stands for in a string with that quote; 0: no such escape. */
static char unescape(char c, char quote)
{
	if (c == '\\' || c == quote)
		return c;
	if (quote == '\'')
		return '\0';
	switch (c) {
	case 'n': return '\n';
	case 't': return '\t';
	case 'r': return '\r';
	case '\'': return '\'';
	case '$': return '$';
	case '/': return '/';
	default: return '\0';
	}
}

/* In '…' only \\ and \' are escapes, so that patterns read well: '^v[0-9]+\.[0-9]+$'. */
static bool lex_escape(struct lexer *lexer, char quote, struct strbuf *out)
{
	char c = peek(lexer, 1), plain = unescape(c, quote);

	if (!plain && quote == '"') {
		struct diag *diag = lexer_error(lexer, lexer->pos, lexer->pos + 2,
						"unknown escape in a string");

		diag_hint(lexer->diags, diag, "write '\\\\' for a backslash, or use single quotes");
		return false;
	}
	strbuf_addch(out, plain ? plain : '\\');
	lexer->pos += plain ? 2 : 1;
	return true;
}

static bool lex_string_body(struct lexer *lexer, char quote, struct strbuf *out)
{
	size_t start = lexer->pos++;

	while (peek(lexer, 0) != quote) {
		if (lexer->pos >= lexer->len) {
			lexer_error(lexer, start, start + 1,
				    "the string that starts here has no end");
			return false;
		}
		if (peek(lexer, 0) == '$' && peek(lexer, 1) == '{') {
			diag_hint(lexer->diags,
				  lexer_error(lexer, lexer->pos, lexer->pos + 2,
					      "'${' does nothing inside a string of an expression"),
				  "write the name without quotes, and join with +: 'v' + params.x");
			return false;
		}
		if (peek(lexer, 0) == '\\') {
			if (!lex_escape(lexer, quote, out))
				return false;
		} else {
			strbuf_addch(out, lexer->text[lexer->pos++]);
		}
	}
	lexer->pos++;
	return true;
}

static struct token lex_string(struct lexer *lexer)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t start = lexer->pos;
	bool is_good = lex_string_body(lexer, peek(lexer, 0), &text);
	struct token token = finish(lexer, is_good ? TOKEN_STRING : TOKEN_BAD, start);

	token.value = value_string_copy(lexer->arena, strbuf_str(&text), text.len);
	return token;
}

/* Longest first. Those with a hint are what other languages write. */
static const struct {
	char text[4];
	uint8_t kind;
	const char *hint;
} operators[] = {
	{ "===", TOKEN_BAD, "write '=='" },
	{ "!==", TOKEN_BAD, "write '!='" },
	{ "==", TOKEN_EQ, NULL },
	{ "!=", TOKEN_NE, NULL },
	{ "<=", TOKEN_LE, NULL },
	{ ">=", TOKEN_GE, NULL },
	{ "&&", TOKEN_AND, NULL },
	{ "||", TOKEN_OR, NULL },
	{ "${", TOKEN_OPEN_DOLLAR, NULL },
	{ "=~", TOKEN_BAD, "write matches(text, 'pattern')" },
	{ "<>", TOKEN_BAD, "write '!='" },
	{ "=", TOKEN_BAD, "write '==' to compare" },
	{ "&", TOKEN_BAD, "write '&&'" },
	{ "|", TOKEN_BAD, "write '||'" },
	{ "$", TOKEN_BAD, "write env.NAME for a variable of the environment" },
	{ "{", TOKEN_BAD, "an expression stands without '{{' and '}}'" },
	{ "<", TOKEN_LT, NULL },
	{ ">", TOKEN_GT, NULL },
	{ "!", TOKEN_NOT, NULL },
	{ "+", TOKEN_PLUS, NULL },
	{ "-", TOKEN_MINUS, NULL },
	{ "*", TOKEN_TIMES, NULL },
	{ "/", TOKEN_DIVIDE, NULL },
	{ "%", TOKEN_MODULO, NULL },
	{ "?", TOKEN_QUESTION, NULL },
	{ ":", TOKEN_COLON, NULL },
	{ "(", TOKEN_OPEN_PAREN, NULL },
	{ ")", TOKEN_CLOSE_PAREN, NULL },
	{ "[", TOKEN_OPEN_BRACKET, NULL },
	{ "]", TOKEN_CLOSE_BRACKET, NULL },
	{ "}", TOKEN_CLOSE_BRACE, NULL },
	{ ".", TOKEN_DOT, NULL },
	{ ",", TOKEN_COMMA, NULL },
};

static struct token lex_unknown(struct lexer *lexer)
{
	size_t start = lexer->pos;
	unsigned char c = (unsigned char)lexer->text[lexer->pos++];

	while (((unsigned char)peek(lexer, 0) & 0xc0) == 0x80)
		lexer->pos++;
	if (c >= 0x20 && c != 0x7f)
		lexer_error(lexer, start, lexer->pos, "'%.*s' cannot stand in an expression",
			    (int)(lexer->pos - start), lexer->text + start);
	else
		lexer_error(lexer, start, lexer->pos, "a control character in an expression");
	return finish(lexer, TOKEN_BAD, start);
}

static struct token lex_operator(struct lexer *lexer)
{
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		size_t start = lexer->pos, len = strlen(operators[i].text);
		struct diag *diag;

		if (lexer->len - start < len ||
		    memcmp(lexer->text + start, operators[i].text, len) != 0)
			continue;
		lexer->pos += len;
		if (operators[i].kind == TOKEN_BAD) {
			diag = lexer_error(lexer, start, lexer->pos,
					   "'%s' is no operator of an expression",
					   operators[i].text);
			if (operators[i].hint)
				diag_hint(lexer->diags, diag, "%s", operators[i].hint);
		}
		return finish(lexer, operators[i].kind, start);
	}
	return lex_unknown(lexer);
}

static void skip_blanks(struct lexer *lexer)
{
	while (lexer->pos < lexer->len && memchr(" \t\r\n", lexer->text[lexer->pos], 4))
		lexer->pos++;
}

struct token lexer_next(struct lexer *lexer)
{
	size_t start;
	char c;

	skip_blanks(lexer);
	start = lexer->pos;
	if (start >= lexer->len)
		return finish(lexer, TOKEN_END, start);
	c = peek(lexer, 0);
	if (is_digit(c))
		return lex_number(lexer);
	if (c == '\'' || c == '"')
		return lex_string(lexer);
	if (!lexer_is_name_start(c))
		return lex_operator(lexer);
	while (lexer_is_name_char(peek(lexer, 0)))
		lexer->pos++;
	return finish_text(lexer, TOKEN_NAME, start);
}

struct token lexer_next_member(struct lexer *lexer, bool has_dash)
{
	size_t start;

	skip_blanks(lexer);
	start = lexer->pos;
	while (lexer_is_name_char(peek(lexer, 0)) || (has_dash && peek(lexer, 0) == '-'))
		lexer->pos++;
	if (lexer->pos == start) {
		lexer_error(lexer, start, start + 1, "a name must follow the '.'");
		return finish(lexer, TOKEN_BAD, start);
	}
	return finish_text(lexer, TOKEN_NAME, start);
}

size_t expr_extent(const char *text, size_t len)
{
	size_t depth = 0;
	char quote = '\0';

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (quote) {
			if (c == '\\' && i + 1 < len &&
			    (quote == '"' || text[i + 1] == '\'' || text[i + 1] == '\\'))
				i++;
			else if (c == quote)
				quote = '\0';
		} else if (c == '\'' || c == '"') {
			quote = c;
		} else if (c == '{') {
			depth++;
		} else if (c == '}' && depth-- == 0) {
			return i;
		}
	}
	return len;
}
