/*
 * See model/sqltext.h.
 */
#include "model/sqltext.h"

#include <string.h>

#include "base/compat.h"
#include "base/utf8.h"

struct sql_writer {
	struct sqllex lex;
	const struct expr *wrong; /* the first value that stands where none may */
	const char *fault;
};

static void see_literal(void *data, const char *text, size_t len)
{
	struct sql_writer *writer = data;

	sqllex_feed(&writer->lex, text, len);
}

static void see_value(struct sql_writer *writer, const struct expr *expr)
{
	const char *fault = sqllex_value(&writer->lex);

	if (!writer->wrong && fault) {
		writer->wrong = expr;
		writer->fault = fault;
	}
}

static int say(const struct expr *expr, const char *fault, struct err *err)
{
	return err_set(err, ERR_VALUE, "'${%s}' cannot stand %s", expr_source(expr), fault);
}

/* ---- Literals ---- */

static void add_doubled(struct strbuf *out, const char *text, size_t len, bool backslashes)
{
	strbuf_addch(out, '\'');
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\'' || (backslashes && text[i] == '\\'))
			strbuf_addch(out, text[i]);
		strbuf_addch(out, text[i]);
	}
	strbuf_addch(out, '\'');
}

static void add_hex(struct strbuf *out, const char *text, size_t len)
{
	strbuf_addstr(out, "_utf8mb4 X'");
	for (size_t i = 0; i < len; i++)
		strbuf_addf(out, "%02X", (unsigned char)text[i]);
	strbuf_addch(out, '\'');
}

/* With psql E'…' where there is a backslash: it means the same under every standard_conforming_strings.
 * With mysql hexadecimal where anything in it could be read in two ways. */
static void add_string(struct strbuf *out, enum sql_dialect dialect, const char *text, size_t len)
{
	bool has_backslash = len && memchr(text, '\\', len);

	switch (dialect) {
	case SQL_SQLITE: add_doubled(out, text, len, false); break;
	case SQL_POSTGRES:
		if (has_backslash)
			strbuf_addch(out, 'E');
		add_doubled(out, text, len, has_backslash);
		break;
	case SQL_MYSQL:
		if (text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789 _.-:/@")])
			add_hex(out, text, len);
		else
			add_doubled(out, text, len, false);
		break;
	}
}

/* -5 behind a minus would begin a comment. */
static bool add_number(struct strbuf *out, const char *text)
{
	if (!*text || text[strspn(text, "0123456789.eE+-")])
		return false;
	strbuf_addf(out, *text == '-' ? "(%s)" : "%s", text);
	return true;
}

static int add_single(struct strbuf *out, enum sql_dialect dialect, const struct value *value,
		      const struct expr *expr, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	if (value->kind == VALUE_NULL) {
		strbuf_addstr(out, "NULL");
		return 0;
	}
	if (text_put_value(value, expr, &text, err) < 0)
		return -1;
	if (value->kind == VALUE_BOOL) {
		strbuf_addstr(out, value->boolean ? "TRUE" : "FALSE");
		return 0;
	}
	if (value->kind == VALUE_NUMBER && add_number(out, strbuf_str(&text)))
		return 0;
	if (!utf8_is_text(strbuf_str(&text), text.len))
		return err_set(err, ERR_VALUE, "the value of '${%s}' is no UTF-8",
			       expr_source(expr));
	add_string(out, dialect, strbuf_str(&text), text.len);
	return 0;
}

static int put(void *data, const struct value *value, const struct expr *expr, bool is_whole UNUSED,
	       struct strbuf *out, struct err *err)
{
	struct sql_writer *writer = data;

	see_value(writer, expr);
	if (value->kind != VALUE_LIST)
		return add_single(out, writer->lex.dialect, value, expr, err);
	if (!value->n)
		strbuf_addstr(out, "NULL");
	for (size_t i = 0; i < value->n; i++) {
		if (i)
			strbuf_addstr(out, ", ");
		if (add_single(out, writer->lex.dialect, &value->items[i], expr, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- All of it ---- */

static int finish(struct sql_writer *writer, struct err *err)
{
	const char *fault = sqllex_end(&writer->lex);

	if (writer->wrong)
		return say(writer->wrong, writer->fault, err);
	if (fault && writer->lex.fault)
		return err_set(err, ERR_VALUE, "a value cannot stand %s", fault);
	return fault ? err_set(err, ERR_VALUE, "%s", fault) : 0;
}

int sqltext_render(const struct text *text, enum sql_dialect dialect, const struct expr_env *env,
		   struct strbuf *out, struct err *err)
{
	struct sql_writer writer = { .wrong = NULL };
	const struct text_putter putter = { &writer, put, see_literal };

	sqllex_init(&writer.lex, dialect);
	if (text_render_with(text, env, &putter, out, err) < 0)
		return -1;
	return finish(&writer, err);
}

int sqltext_check(const struct text *text, enum sql_dialect dialect, struct err *err)
{
	struct sql_writer writer = { .wrong = NULL };

	sqllex_init(&writer.lex, dialect);
	if (!text->n_parts)
		see_literal(&writer, text->raw, strlen(text->raw));
	for (size_t i = 0; i < text->n_parts; i++) {
		if (text->parts[i].expr)
			see_value(&writer, text->parts[i].expr);
		else
			see_literal(&writer, text->parts[i].lit, text->parts[i].len);
	}
	return finish(&writer, err);
}

int sqltext_dialect_of(const char *url)
{
	static const struct {
		const char *scheme;
		enum sql_dialect dialect;
	} schemes[] = {
		{ "sqlite:", SQL_SQLITE },	 { "sqlite3:", SQL_SQLITE },
		{ "postgres://", SQL_POSTGRES }, { "postgresql://", SQL_POSTGRES },
		{ "mysql://", SQL_MYSQL },	 { "mariadb://", SQL_MYSQL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (strncmp(url, schemes[i].scheme, strlen(schemes[i].scheme)) == 0)
			return (int)schemes[i].dialect;
	return -1;
}
