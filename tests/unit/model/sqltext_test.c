/*
 * Values in SQL: their literals, and where none may stand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/strbuf.h"
#include "model/sqltext.h"

struct scene {
	struct value value; /* of every reference */
};

static int look_up(void *data, const struct expr_ref *ref, struct value *value, unsigned *used,
		   struct err *err)
{
	const struct scene *scene = data;

	(void)err;
	*value = scene->value;
	*used = (unsigned)ref->n_path;
	return 0;
}

static int render(const char *sql, enum sql_dialect dialect, struct value value, struct strbuf *out,
		  struct err *err)
{
	struct arena arena = { 0 };
	struct diags diags = { .file = "x" };
	struct scene scene = { value };
	struct expr_env env = { .lookup = look_up, .data = &scene };
	struct text text;
	int rc;

	assert_int_equal(text_parse(&arena, sql, strlen(sql), (struct span){ 0 }, &text, &diags),
			 0);
	rc = sqltext_render(&text, dialect, &env, out, err);
	diags_release(&diags);
	arena_release(&arena);
	return rc;
}

static void expect(enum sql_dialect dialect, struct value value, const char *want)
{
	struct strbuf out = STRBUF_INIT;
	struct err err = ERR_INIT;

	if (render("${params.x}", dialect, value, &out, &err) < 0)
		fail_msg("%s", err_msg(&err));
	assert_string_equal(strbuf_str(&out), want);
	strbuf_release(&out);
	err_release(&err);
}

static void expect_refused(const char *sql, enum sql_dialect dialect, struct value value)
{
	struct strbuf out = STRBUF_INIT;
	struct err err = ERR_INIT;

	if (render(sql, dialect, value, &out, &err) == 0)
		fail_msg("'%s' became '%s'", sql, strbuf_str(&out));
	assert_int_equal(err.kind, ERR_VALUE);
	strbuf_release(&out);
	err_release(&err);
}

static void expect_fine(const char *sql, enum sql_dialect dialect)
{
	struct strbuf out = STRBUF_INIT;
	struct err err = ERR_INIT;

	if (render(sql, dialect, value_string("v"), &out, &err) < 0)
		fail_msg("%s: %s", sql, err_msg(&err));
	strbuf_release(&out);
}

static void test_literals(void **state)
{
	const struct value items[] = { value_string("a'"), value_number(2), value_null() };
	struct value list = { .kind = VALUE_LIST, .n = 3, .items = items };

	(void)state;
	expect(SQL_SQLITE, value_string("it's; --\\"), "'it''s; --\\'");
	expect(SQL_POSTGRES, value_string("it's"), "'it''s'");
	expect(SQL_POSTGRES, value_string("a\\'b"), "E'a\\\\''b'");
	expect(SQL_MYSQL, value_string("plain 1.0-x"), "'plain 1.0-x'");
	expect(SQL_MYSQL, value_string("\\'"), "_utf8mb4 X'5C27'");
	expect(SQL_MYSQL, value_string("\xc3\xa9"), "_utf8mb4 X'C3A9'");
	expect(SQL_SQLITE, value_string(""), "''");
	expect(SQL_SQLITE, value_null(), "NULL");
	expect(SQL_SQLITE, value_bool(true), "TRUE");
	expect(SQL_SQLITE, value_number(12), "12");
	expect(SQL_POSTGRES, value_number(-1.5), "(-1.5)");
	expect(SQL_POSTGRES, list, "'a''', 2, NULL");
	list.n = 0;
	expect(SQL_POSTGRES, list, "NULL");
}

static void test_bytes(void **state)
{
	static const char *const broken[] = { "\xc3'", "\xff", "a\xe2\x82'; drop", "\xc0\xa7" };

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		for (int dialect = SQL_SQLITE; dialect <= SQL_MYSQL; dialect++)
			expect_refused("select ${params.x}", (enum sql_dialect)dialect,
				       value_string(broken[i]));
	expect_refused("select ${params.x}", SQL_SQLITE, value_string_n("a\0b", 3));
}

static void test_places(void **state)
{
	static const char *const everywhere[] = {
		"select '${params.x}'",	      "select 'a''${params.x}'",
		"select \"${params.x}\"",     "select 1 -- ${params.x}\n",
		"/* ${params.x} */ select 1", "select 'a'${params.x}",
		"select ${params.x}'a'",      "select ${params.x}${params.x}",
		"select x${params.x}",	      "select ${params.x}x",
		"select E${params.x}",	      "select _utf8${params.x}",
		"select :${params.x}",	      "select U&${params.x}",
		"select $${x}, ${params.x}$",
	};

	(void)state;
	for (size_t i = 0; i < sizeof everywhere / sizeof *everywhere; i++)
		for (int dialect = SQL_SQLITE; dialect <= SQL_MYSQL; dialect++)
			expect_refused(everywhere[i], (enum sql_dialect)dialect, value_string("v"));
	expect_refused("select [${params.x}]", SQL_SQLITE, value_string("v"));
	expect_refused(".shell ${params.x}", SQL_SQLITE, value_string("v"));
	expect_refused("select 1;\n.shell ${params.x}", SQL_SQLITE, value_string("v"));
	expect_refused("\\! ${params.x}", SQL_POSTGRES, value_string("v"));
	expect_refused("select 1 \\g ${params.x}", SQL_POSTGRES, value_string("v"));
	expect_refused("select $a$ ${params.x} $a$", SQL_POSTGRES, value_string("v"));
	expect_refused("select $$ ${params.x} $$", SQL_POSTGRES, value_string("v"));
	expect_refused("select E'\\' ${params.x}'", SQL_POSTGRES, value_string("v"));
	expect_refused("/* /* */ ${params.x} */ select 1", SQL_POSTGRES, value_string("v"));
	expect_refused("copy t from stdin;\n${params.x}\n\\.\n", SQL_POSTGRES, value_string("v"));
	expect_refused("select '\\' ${params.x}'", SQL_MYSQL, value_string("v"));
	expect_refused("select 1 # ${params.x}", SQL_MYSQL, value_string("v"));
	expect_refused("source ${params.x}", SQL_MYSQL, value_string("v"));
	expect_refused("select `${params.x}`", SQL_MYSQL, value_string("v"));
	expect_refused("select ${params.x} 'open", SQL_SQLITE, value_string("v"));
}

static void test_fine(void **state)
{
	(void)state;
	for (int dialect = SQL_SQLITE; dialect <= SQL_MYSQL; dialect++) {
		expect_fine(
			"select ${params.x}, '''', a from \"t\" where b in (${params.x});\n-- x\n"
			"select 1-${params.x}, 'it''s' || ${params.x} /* c */",
			(enum sql_dialect)dialect);
		expect_fine("insert into t values (${params.x},${params.x})",
			    (enum sql_dialect)dialect);
	}
	expect_fine("select ${params.x}::int, $a$ it's $a$", SQL_POSTGRES);
	expect_fine("select '\\', ${params.x}", SQL_SQLITE);
	expect_fine("select '\\'', ${params.x}", SQL_MYSQL);
	expect_fine(".mode csv\nselect ${params.x}", SQL_SQLITE);
}

static void test_transactions(void **state)
{
	static const struct {
		const char *sql;
		bool steers;
	} texts[] = {
		{ "commit", true },
		{ "select 1; BEGIN;", true },
		{ "begin/* x */;", true },
		{ "create trigger t after insert on a begin select 1; end;", false },
		{ "select 'x; commit'", false },
		{ "select $$ commit; $$; -- ;commit", false },
		{ "select a as commit", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct sqllex lex;

		sqllex_init(&lex, SQL_POSTGRES);
		sqllex_feed(&lex, texts[i].sql, strlen(texts[i].sql));
		assert_null(sqllex_end(&lex));
		if (lex.steers_transaction != texts[i].steers)
			fail_msg("%s", texts[i].sql);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals),     cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_places),	     cmocka_unit_test(test_fine),
		cmocka_unit_test(test_transactions),
	};

	return cmocka_run_group_tests_name("model/sqltext", tests, NULL, NULL);
}
