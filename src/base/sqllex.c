/*
 * See base/sqllex.h.
 */
#include "base/sqllex.h"

#include <string.h>

#include "base/compat.h"

enum state {
	PLAIN,
	STRING,
	NAME,	  /* "…": a name, or a string of mysql's */
	BACKTICK, /* `…` */
	BRACKET,  /* […], with sqlite3 */
	DOLLAR,	  /* $tag$…$tag$, with psql */
	LINE_COMMENT,
	BLOCK_COMMENT,
	CLIENT, /* a line for the client: \copy, .import, source */
};

static const char *const insides[] = {
	[PLAIN] = NULL,
	[STRING] = "inside single quotes; without them it stands for the whole text",
	[NAME] = "inside double quotes",
	[BACKTICK] = "inside backquotes",
	[BRACKET] = "inside brackets",
	[DOLLAR] = "inside dollar quotes",
	[LINE_COMMENT] = "in a comment",
	[BLOCK_COMMENT] = "in a comment",
	[CLIENT] = "in a line that is the client's own command",
};

static const char *const unclosed[] = {
	[STRING] = "a single quote is not closed",
	[NAME] = "a double quote is not closed",
	[BACKTICK] = "a backquote is not closed",
	[BRACKET] = "a bracket is not closed",
	[DOLLAR] = "a dollar quote is not closed",
	[BLOCK_COMMENT] = "a comment is not closed",
	[CLIENT] = NULL,
};

void sqllex_init(struct sqllex *lex, enum sql_dialect dialect)
{
	*lex = (struct sqllex){ .dialect = dialect, .line_begins = true, .statement_begins = true };
}

/* ---- Words ---- */

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

static bool is_word(const struct sqllex *lex, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(lex->word, words[i]) == 0)
			return true;
	return false;
}

static void end_word(struct sqllex *lex)
{
	static const char *const steering[] = { "BEGIN", "COMMIT", "ROLLBACK", "START", "ABORT" };
	static const char *const clients[] = { "SOURCE", "SYSTEM",  "DELIMITER", "CONNECT",
					       "TEE",	 "PAGER",   "EDIT",	 "PROMPT",
					       "USE",	 "CHARSET", "HELP",	 "NOTEE",
					       "STATUS" };

	if (!lex->word_len)
		return;
	lex->word[lex->word_len < SQL_WORD_MAX ? lex->word_len : SQL_WORD_MAX] = '\0';
	if (lex->word_len <= SQL_WORD_MAX) {
		if (lex->word_begins_statement && is_word(lex, steering, ARRAY_SIZE(steering)))
			lex->steers_transaction = true;
		if (lex->dialect == SQL_POSTGRES && strcmp(lex->word, "STDIN") == 0)
			lex->reads_stdin = true;
		if (lex->dialect == SQL_MYSQL && lex->word_begins_line &&
		    is_word(lex, clients, ARRAY_SIZE(clients)))
			lex->state = CLIENT;
	}
	lex->word_len = 0;
}

static void add_to_word(struct sqllex *lex, char c)
{
	if (!lex->word_len) {
		lex->word_begins_statement = lex->statement_begins;
		lex->word_begins_line = lex->line_begins;
	}
	if (lex->word_len < SQL_WORD_MAX)
		lex->word[lex->word_len] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	lex->word_len++;
}

/* ---- What begins and ends ---- */

/* The length of "$tag$" at text, or 0. */
static size_t dollar_tag(const char *text, size_t len)
{
	for (size_t i = 1; i < len && i < SQL_TAG_MAX; i++) {
		if (text[i] == '$')
			return i + 1;
		if (!is_word_char(text[i]))
			return 0;
	}
	return 0;
}

static void enter(struct sqllex *lex, enum state state)
{
	lex->state = (unsigned char)state;
	lex->depth = state == BLOCK_COMMENT;
}

/* E'…' of psql, and every string of mysql's. */
static bool has_escapes(const struct sqllex *lex)
{
	return lex->dialect == SQL_MYSQL ||
	       (lex->dialect == SQL_POSTGRES && lex->word_len == 1 && lex->word[0] == 'E');
}

static bool begins_line_comment(const struct sqllex *lex, const char *at, size_t left)
{
	if (*at == '#')
		return lex->dialect == SQL_MYSQL ||
		       (lex->dialect == SQL_SQLITE && lex->line_begins && lex->statement_begins);
	/* mysql wants a blank behind it; where it has none a value is better refused, too. */
	return left > 1 && at[0] == '-' && at[1] == '-';
}

static bool begins_client_line(const struct sqllex *lex, char c)
{
	if (lex->dialect == SQL_SQLITE)
		return c == '.' && lex->line_begins && lex->statement_begins;
	return c == '\\';
}

/* What opens something here takes so many characters; 0: nothing does. */
static size_t open_here(struct sqllex *lex, const char *at, size_t left)
{
	size_t tag;

	if (begins_client_line(lex, *at)) {
		enter(lex, CLIENT);
		return 1;
	}
	if (begins_line_comment(lex, at, left)) {
		enter(lex, LINE_COMMENT);
		return 1;
	}
	if (left > 1 && at[0] == '/' && at[1] == '*') {
		enter(lex, BLOCK_COMMENT);
		return 2;
	}
	tag = lex->dialect == SQL_POSTGRES && *at == '$' && !lex->word_len ? dollar_tag(at, left)
									   : 0;
	if (tag) {
		memcpy(lex->tag, at, tag);
		lex->tag_len = tag;
		enter(lex, DOLLAR);
		return tag;
	}
	switch (*at) {
	case '\'':
		lex->escapes = has_escapes(lex);
		enter(lex, STRING);
		return 1;
	case '"':
		lex->escapes = lex->dialect == SQL_MYSQL;
		enter(lex, NAME);
		return 1;
	case '`':
		lex->escapes = false;
		if (lex->dialect != SQL_POSTGRES)
			enter(lex, BACKTICK);
		return lex->dialect != SQL_POSTGRES;
	case '[':
		lex->escapes = false;
		if (lex->dialect == SQL_SQLITE)
			enter(lex, BRACKET);
		return lex->dialect == SQL_SQLITE;
	default: return 0;
	}
}

static size_t feed_plain(struct sqllex *lex, const char *at, size_t left)
{
	size_t opened;
	bool is_blank = *at == ' ' || *at == '\t' || *at == '\r' || *at == '\n';

	if (is_word_char(*at)) {
		add_to_word(lex, *at);
		lex->line_begins = lex->statement_begins = false;
		lex->before = *at;
		return 1;
	}
	opened = open_here(lex, at, left);
	if (opened) {
		unsigned char state = lex->state;
		bool is_comment = state == LINE_COMMENT || state == BLOCK_COMMENT;

		end_word(lex);
		lex->state = state;
		lex->before = is_comment ? ' ' : *at;
		if (!is_comment && lex->state != CLIENT)
			lex->line_begins = lex->statement_begins = false;
		return opened;
	}
	end_word(lex);
	if (*at == '\n')
		lex->line_begins = true;
	else if (!is_blank)
		lex->line_begins = false;
	if (*at == ';')
		lex->statement_begins = true;
	else if (!is_blank)
		lex->statement_begins = false;
	lex->before = *at;
	return 1;
}

/* A quoted thing; the doubled quote stays inside. */
static size_t feed_quoted(struct sqllex *lex, const char *at, size_t left, char quote)
{
	if (*at == '\\' && lex->escapes)
		return left > 1 ? 2 : 1;
	if (*at != quote)
		return 1;
	if (left > 1 && at[1] == quote)
		return 2;
	lex->state = PLAIN;
	return 1;
}

static size_t feed_comment(struct sqllex *lex, const char *at, size_t left)
{
	if (left > 1 && at[0] == '*' && at[1] == '/') {
		if (--lex->depth == 0)
			lex->state = PLAIN;
		return 2;
	}
	if (left > 1 && at[0] == '/' && at[1] == '*' && lex->dialect == SQL_POSTGRES) {
		lex->depth++;
		return 2;
	}
	return 1;
}

static size_t feed_dollar(struct sqllex *lex, const char *at, size_t left)
{
	if (*at != '$' || left < lex->tag_len || memcmp(at, lex->tag, lex->tag_len) != 0)
		return 1;
	lex->state = PLAIN;
	return lex->tag_len;
}

static size_t feed_line(struct sqllex *lex, char c)
{
	if (c == '\n') {
		lex->state = PLAIN;
		lex->line_begins = true;
	}
	return 1;
}

static size_t feed_one(struct sqllex *lex, const char *at, size_t left)
{
	switch (lex->state) {
	case STRING: return feed_quoted(lex, at, left, '\'');
	case NAME: return feed_quoted(lex, at, left, '"');
	case BACKTICK: return feed_quoted(lex, at, left, '`');
	case BRACKET: return feed_quoted(lex, at, left, ']');
	case DOLLAR: return feed_dollar(lex, at, left);
	case LINE_COMMENT:
	case CLIENT: return feed_line(lex, *at);
	case BLOCK_COMMENT: return feed_comment(lex, at, left);
	default: return feed_plain(lex, at, left);
	}
}

static bool touches(char c)
{
	return is_word_char(c) || (c && strchr("'\"`$\\@", c));
}

static void set_fault(struct sqllex *lex, const char *fault)
{
	if (!lex->fault)
		lex->fault = fault;
}

void sqllex_feed(struct sqllex *lex, const char *text, size_t len)
{
	if (len && lex->is_after_value) {
		if (touches(*text))
			set_fault(lex, "next to other text; leave a blank between them");
		lex->is_after_value = false;
	}
	for (size_t i = 0; i < len;)
		i += feed_one(lex, text + i, len - i);
}

const char *sqllex_value(struct sqllex *lex)
{
	/* E'…' is another literal than '…', :'…' is a variable of psql's. */
	if (lex->state == PLAIN) {
		char before = lex->before;

		end_word(lex);
		if (lex->is_after_value || touches(before) || before == ':' || before == '&')
			set_fault(lex, "next to other text; leave a blank between them");
	}
	set_fault(lex, insides[lex->state]);
	lex->is_after_value = lex->has_value = true;
	lex->line_begins = lex->statement_begins = false;
	lex->before = ' ';
	return lex->fault;
}

const char *sqllex_end(struct sqllex *lex)
{
	end_word(lex);
	if (lex->has_value && lex->reads_stdin)
		set_fault(lex, "in a text with STDIN: the rows of COPY are no SQL");
	if (lex->fault)
		return lex->fault;
	return lex->state == PLAIN || lex->state == LINE_COMMENT ? NULL : unclosed[lex->state];
}
