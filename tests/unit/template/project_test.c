/*
 * What the files of a project tell about its commands.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/fs.h"
#include "template/project.h"

struct row {
	const char *files[3][2]; /* path and content */
	enum project_task task;
	const char *command; /* NULL: none */
};

static const struct row rows[] = {
	{ { { "Makefile", "all:\n" } }, PROJECT_BUILD, "make" },
	{ { { "Makefile", "all:\n" } }, PROJECT_TEST, NULL },
	{ { { "GNUmakefile", "test: all\n" } }, PROJECT_TEST, "make test" },
	{ { { "Makefile", "test check: all\n\ttrue\n" } }, PROJECT_TEST, "make check" },
	{ { { "Makefile", "test := x\ncheck = y\n" } }, PROJECT_TEST, NULL },
	{ { { "Makefile", "test ::= x\n" } }, PROJECT_TEST, NULL },
	{ { { "Makefile", "all:\n\ttest: x\n" } }, PROJECT_TEST, NULL },
	{ { { "Makefile", "a:\nb:\nlint::\n" } }, PROJECT_LINT, "make lint" },
	{ { { "Makefile", "linter:\n" } }, PROJECT_LINT, NULL },
	{ { { "CMakeLists.txt", "project(x)\n" } },
	  PROJECT_BUILD,
	  "cmake -S . -B build && cmake --build build" },
	{ { { "CMakeLists.txt", "project(x)\n" } }, PROJECT_TEST, NULL },
	{ { { "CMakeLists.txt", "include(CTest)\n" } },
	  PROJECT_TEST,
	  "ctest --test-dir build --output-on-failure" },
	{ { { "package.json", "{\"scripts\": {\"test\": \"jest\"}}" } }, PROJECT_TEST, "npm test" },
	{ { { "package.json",
	      "{\"scripts\": {\"test\": \"echo \\\"Error: no test specified\\\"\"}}" } },
	  PROJECT_TEST,
	  NULL },
	{ { { "package.json", "{\"scripts\": {\"test\": \"jest\"" } }, PROJECT_TEST, NULL },
	{ { { "package.json", "{}" } }, PROJECT_DEPS, "npm install" },
	{ { { "package.json", "{}" }, { "package-lock.json", "{}" } }, PROJECT_DEPS, "npm ci" },
	{ { { "package.json", "{\"scripts\": {\"dev\": \"vite\", \"start\": \"node .\"}}" } },
	  PROJECT_SERVE,
	  "npm run dev" },
	{ { { "Cargo.toml", "" } }, PROJECT_TEST, "cargo test" },
	{ { { "go.mod", "" } }, PROJECT_LINT, "go vet ./..." },
	{ { { "pyproject.toml", "[tool.pytest.ini_options]\n" } },
	  PROJECT_TEST,
	  "python3 -m pytest -q" },
	{ { { "requirements.txt", "flask\n" } }, PROJECT_TEST, "python3 -m unittest discover -q" },
	{ { { "setup.py", "" }, { "tests/test_a.py", "" } },
	  PROJECT_TEST,
	  "python3 -m unittest discover -q -s tests" },
	{ { { "setup.py", "" }, { "tests/__init__.py", "" } },
	  PROJECT_TEST,
	  "python3 -m unittest discover -q" },
	{ { { "pyproject.toml", "[tool.ruff]\n" } }, PROJECT_LINT, "ruff check ." },
	/* A makefile beside the rest is what people build with; what it lacks the others tell. */
	{ { { "Makefile", "all:\n" }, { "go.mod", "" } }, PROJECT_BUILD, "make" },
	{ { { "Makefile", "all:\n" }, { "go.mod", "" } }, PROJECT_TEST, "go test ./..." },
	{ { { "README", "make test\n" } }, PROJECT_BUILD, NULL },
};

static void make_files(int fd, const struct row *row)
{
	for (size_t i = 0; i < 3 && row->files[i][0]; i++) {
		if (strchr(row->files[i][0], '/'))
			assert_int_equal(fs_mkdir_p(fd, "tests", 0777, NULL), 0);
		assert_int_equal(fs_replace(fd, row->files[i][0], 0666, row->files[i][1],
					    strlen(row->files[i][1]), 0, NULL),
				 0);
	}
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char dir[] = "project.XXXXXX";
		struct arena arena = { 0 };
		struct project project;
		const char *got;
		int fd;

		assert_non_null(mkdtemp(dir));
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		make_files(fd, &rows[i]);
		assert_int_equal(project_look(fd, ".", &arena, &project, NULL), 0);
		got = project.commands[rows[i].task];
		if ((got == NULL) != (rows[i].command == NULL) ||
		    (got && strcmp(got, rows[i].command) != 0))
			fail_msg("row %zu (%s): '%s' instead of '%s'", i, rows[i].files[0][0],
				 got ? got : "none", rows[i].command ? rows[i].command : "none");
		close(fd);
		fs_remove_tree(AT_FDCWD, dir, NULL);
		arena_release(&arena);
	}
}

static void test_a_folder_of_the_project(void **state)
{
	(void)state;
	char dir[] = "project.XXXXXX";
	struct arena arena = { 0 };
	struct project project;
	int fd;

	assert_non_null(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_null(project_find_part(fd, "frontend", 8));
	assert_int_equal(fs_mkdir_p(fd, "client", 0777, NULL), 0);
	assert_int_equal(fs_replace(fd, "client/go.mod", 0666, "", 0, 0, NULL), 0);
	assert_string_equal(project_find_part(fd, "frontend", 8), "client");
	assert_null(project_find_part(fd, "backend", 7));
	assert_int_equal(project_look(fd, "client", &arena, &project, NULL), 0);
	assert_string_equal(project.commands[PROJECT_BUILD], "go build ./...");
	assert_string_equal(project.files[PROJECT_BUILD], "go.mod");
	close(fd);
	fs_remove_tree(AT_FDCWD, dir, NULL);
	arena_release(&arena);
}

static void test_the_tasks_have_names(void **state)
{
	enum project_task task;

	(void)state;
	for (int i = 0; i < PROJECT_TASKS; i++) {
		const char *name = project_task_name((enum project_task)i);

		assert_int_equal(project_find_task(name, strlen(name), &task), 0);
		assert_int_equal(task, i);
	}
	assert_int_equal(project_find_task("tests", 5, &task), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_a_folder_of_the_project),
		cmocka_unit_test(test_the_tasks_have_names),
	};

	return cmocka_run_group_tests_name("template/project", tests, NULL, NULL);
}
