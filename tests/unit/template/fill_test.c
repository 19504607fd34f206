/*
 * Marks and defaults in the text of a template.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/fs.h"
#include "template/fill.h"

struct place {
	char dir[32];
	int fd;
	struct arena arena;
	struct strbuf out;
	struct fill fill;
	struct err err;
};

static void place_init(struct place *place)
{
	memset(place, 0, sizeof *place);
	strcpy(place->dir, "fill.XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	place->fd = open(place->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	place->fill = (struct fill){ .root_fd = place->fd, .id = "demo", .arena = &place->arena };
}

static void place_release(struct place *place)
{
	close(place->fd);
	fs_remove_tree(AT_FDCWD, place->dir, NULL);
	fill_release(&place->fill);
	strbuf_release(&place->out);
	arena_release(&place->arena);
	err_release(&place->err);
}

static void put(struct place *place, const char *path, const char *text)
{
	if (strchr(path, '/'))
		assert_int_equal(fs_mkdir_p(place->fd, "server", 0777, NULL), 0);
	assert_int_equal(fs_replace(place->fd, path, 0666, text, strlen(text), 0, NULL), 0);
}

static void expect_filled(struct place *place, const char *text, const char *want)
{
	strbuf_clear(&place->out);
	assert_int_equal(fill_marks(&place->fill, text, &place->out, &place->err), 0);
	assert_string_equal(strbuf_str(&place->out), want);
}

static void test_a_command_takes_the_place_of_the_value(void **state)
{
	struct place place;

	(void)state;
	place_init(&place);
	put(&place, "Makefile", "test:\n");
	expect_filled(&place, "a: b\n    run: x y  # detect: test\nc: d\n",
		      "a: b\n    run: make test\nc: d\n");
	assert_int_equal(place.fill.notes.n, 1);
	assert_int_equal(place.fill.notes.v[0].line, 2);
	assert_string_equal(place.fill.notes.v[0].file, "Makefile");
	place_release(&place);
}

static void test_what_yaml_would_misread_is_quoted(void **state)
{
	struct place place;

	(void)state;
	place_init(&place);
	put(&place, "go.mod", "");
	expect_filled(&place, "run: x  # detect: bench",
		      "run: \"go test -run '^$' -bench . ./...\"");
	place_release(&place);
}

static void test_where_nothing_is_known(void **state)
{
	struct place place;

	(void)state;
	place_init(&place);
	expect_filled(&place, "run: x  # detect: lint, or nothing\n",
		      "run: \"true\"  # no command was found for 'lint': write it here\n");
	expect_filled(
		&place, "run: x  # detect: test\n",
		"run: \"echo 'write the command for test into .workflows/demo.yml' >&2; false\"\n");
	assert_true(place.fill.notes.v[0].may_be_nothing);
	assert_false(place.fill.notes.v[1].may_be_nothing);
	assert_null(place.fill.notes.v[1].command);
	place_release(&place);
}

static void test_a_part_of_the_project(void **state)
{
	struct place place;

	(void)state;
	place_init(&place);
	put(&place, "go.mod", "");
	put(&place, "server/Cargo.toml", "");
	expect_filled(&place, "dir: backend  # detect: folder backend\n", "dir: server\n");
	expect_filled(&place, "dir: frontend  # detect: folder frontend\n", "dir: frontend\n");
	expect_filled(&place, "run: x  # detect: build in backend\n", "run: cargo build\n");
	/* The top of the project is not the part that is not there. */
	expect_filled(&place, "run: x  # detect: build in frontend, or nothing\n",
		      "run: \"true\"  # no command was found for 'build': write it here\n");
	place_release(&place);
}

static void test_marks_that_nobody_knows(void **state)
{
	static const char *const texts[] = {
		"a: b\nrun: x  # detect: tests\n",
		"a: b\nrun: x  # detect: test, or so\n",
		"a: b\n- x  # detect: test\n",
		"a: b\nrun: x  # detect: test on backend\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct place place;

		place_init(&place);
		assert_int_equal(fill_marks(&place.fill, texts[i], &place.out, &place.err), -1);
		assert_non_null(strstr(err_msg(&place.err), "line 2: "));
		place_release(&place);
	}
}

static void expect_default(enum param_type type, const char *line, const char *value,
			   const char *want)
{
	const struct param param = { .name = "p", .span = { 2, 1, 1 }, .type = type };
	struct strbuf text = STRBUF_INIT;
	struct err err = ERR_INIT;

	strbuf_addf(&text, "params:\n%s\nsteps:\n", line);
	if (want) {
		CLEANUP(strbuf_release)
		struct strbuf all = STRBUF_INIT;

		strbuf_addf(&all, "params:\n%s\nsteps:\n", want);
		assert_int_equal(fill_default(&param, value, &text, &err), 0);
		assert_string_equal(strbuf_str(&text), strbuf_str(&all));
	} else {
		assert_int_equal(fill_default(&param, value, &text, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
	}
	strbuf_release(&text);
	err_release(&err);
}

static void test_defaults(void **state)
{
	(void)state;
	expect_default(PARAM_STRING, "  p: {required: true, help: x}", "a \"b\"",
		       "  p: {default: \"a \\\"b\\\"\", help: x}");
	expect_default(PARAM_STRING, "  p: {default: low, choices: [low, high]}", "high",
		       "  p: {default: \"high\", choices: [low, high]}");
	expect_default(PARAM_STRING, "  p: {default: \"a, }\", help: x}", "y",
		       "  p: {default: \"y\", help: x}");
	expect_default(PARAM_BOOL, "  p: {type: bool, default: false}", "true",
		       "  p: {type: bool, default: true}");
	expect_default(PARAM_INT, "  p: {type: int, default: 1}", "20",
		       "  p: {type: int, default: 20}");
	expect_default(PARAM_INT, "  p: {type: int, default: 1}", "1}",
		       "  p: {type: int, default: \"1}\"}");
	expect_default(PARAM_STRING, "  p:", "y", NULL);
	expect_default(PARAM_STRING, "  p: {help: x}", "y", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_command_takes_the_place_of_the_value),
		cmocka_unit_test(test_what_yaml_would_misread_is_quoted),
		cmocka_unit_test(test_where_nothing_is_known),
		cmocka_unit_test(test_a_part_of_the_project),
		cmocka_unit_test(test_marks_that_nobody_knows),
		cmocka_unit_test(test_defaults),
	};

	return cmocka_run_group_tests_name("template/fill", tests, NULL, NULL);
}
