/*
 * See template/project.h. One row for each thing that a file can tell; the first row of a task that holds
 * counts, so the order of the rows is make, cmake, npm, cargo, go, python: who has a makefile beside the
 * rest builds with it.
 */
#include "template/project.h"

#include <string.h>
#include <sys/stat.h>

#include "ext/json.h"
#include "sys/fs.h"

#define FILE_MAX ((size_t)4 << 20) /* bytes */

enum evidence {
	IS_THERE,   /* the file is there */
	HAS_TARGET, /* a makefile with this target */
	HAS_SCRIPT, /* a package.json with this script */
	HAS_TEXT,   /* the file holds this text */
	IS_WITH,    /* the file is there, and this one too */
	HAS_FOLDER, /* the file is there, and this folder */
};

struct rule {
	enum project_task task;
	const char *file;
	enum evidence evidence;
	const char *what;
	const char *command;
};

#define MAKE(task, target)                                                \
	{ task, "GNUmakefile", HAS_TARGET, target, "make " target },      \
		{ task, "Makefile", HAS_TARGET, target, "make " target }, \
	{                                                                 \
		task, "makefile", HAS_TARGET, target, "make " target      \
	}
#define NPM(task, script)                                                   \
	{                                                                   \
		task, "package.json", HAS_SCRIPT, script, "npm run " script \
	}
#define PYTHON(task, file)                                \
	{                                                 \
		task, file, IS_THERE, NULL, PYTHON_SYNTAX \
	}

/* Nothing has to be built; that all of it can be read is worth knowing, and leaves no file. */
#define PYTHON_SYNTAX                                      \
	"git ls-files -z '*.py' | xargs -0 -r python3 -c " \
	"'import ast, sys; [ast.parse(open(f, \"rb\").read(), f) for f in sys.argv[1:]]'"
#define PYTEST	 "python3 -m pytest -q"
#define UNITTEST "python3 -m unittest discover -q"

/* clang-format off */
static const struct rule rules[] = {
	MAKE(PROJECT_DEPS, "deps"),
	{ PROJECT_BUILD, "GNUmakefile", IS_THERE, NULL, "make" },
	{ PROJECT_BUILD, "Makefile", IS_THERE, NULL, "make" },
	{ PROJECT_BUILD, "makefile", IS_THERE, NULL, "make" },
	MAKE(PROJECT_TEST, "check"), MAKE(PROJECT_TEST, "test"), MAKE(PROJECT_TEST, "tests"),
	MAKE(PROJECT_LINT, "lint"),
	MAKE(PROJECT_FORMAT, "format"), MAKE(PROJECT_FORMAT, "fmt"),
	MAKE(PROJECT_BENCH, "bench"), MAKE(PROJECT_BENCH, "benchmark"),
	MAKE(PROJECT_AUDIT, "audit"),
	MAKE(PROJECT_SERVE, "serve"), MAKE(PROJECT_SERVE, "run"), MAKE(PROJECT_SERVE, "start"),

	{ PROJECT_BUILD, "CMakeLists.txt", IS_THERE, NULL, "cmake -S . -B build && cmake --build build" },
	{ PROJECT_TEST, "CMakeLists.txt", HAS_TEXT, "enable_testing", "ctest --test-dir build --output-on-failure" },
	{ PROJECT_TEST, "CMakeLists.txt", HAS_TEXT, "CTest", "ctest --test-dir build --output-on-failure" },

	{ PROJECT_DEPS, "package.json", IS_WITH, "package-lock.json", "npm ci" },
	{ PROJECT_DEPS, "package.json", IS_THERE, NULL, "npm install" },
	NPM(PROJECT_BUILD, "build"),
	{ PROJECT_TEST, "package.json", HAS_SCRIPT, "test", "npm test" },
	NPM(PROJECT_LINT, "lint"),
	NPM(PROJECT_FORMAT, "format"), NPM(PROJECT_FORMAT, "fmt"),
	NPM(PROJECT_BENCH, "bench"), NPM(PROJECT_BENCH, "benchmark"),
	{ PROJECT_AUDIT, "package.json", IS_WITH, "package-lock.json", "npm audit --audit-level=high" },
	NPM(PROJECT_SERVE, "dev"),
	{ PROJECT_SERVE, "package.json", HAS_SCRIPT, "start", "npm start" },

	{ PROJECT_DEPS, "Cargo.toml", IS_THERE, NULL, "cargo fetch" },
	{ PROJECT_BUILD, "Cargo.toml", IS_THERE, NULL, "cargo build" },
	{ PROJECT_TEST, "Cargo.toml", IS_THERE, NULL, "cargo test" },
	{ PROJECT_LINT, "Cargo.toml", IS_THERE, NULL, "cargo clippy -- -D warnings" },
	{ PROJECT_FORMAT, "Cargo.toml", IS_THERE, NULL, "cargo fmt" },
	{ PROJECT_BENCH, "Cargo.toml", IS_THERE, NULL, "cargo bench" },
	{ PROJECT_AUDIT, "Cargo.toml", IS_THERE, NULL, "cargo audit" },
	{ PROJECT_SERVE, "Cargo.toml", IS_THERE, NULL, "cargo run" },

	{ PROJECT_DEPS, "go.mod", IS_THERE, NULL, "go mod download" },
	{ PROJECT_BUILD, "go.mod", IS_THERE, NULL, "go build ./..." },
	{ PROJECT_TEST, "go.mod", IS_THERE, NULL, "go test ./..." },
	{ PROJECT_LINT, "go.mod", IS_THERE, NULL, "go vet ./..." },
	{ PROJECT_FORMAT, "go.mod", IS_THERE, NULL, "gofmt -l -w ." },
	{ PROJECT_BENCH, "go.mod", IS_THERE, NULL, "go test -run '^$' -bench . ./..." },
	{ PROJECT_AUDIT, "go.mod", IS_THERE, NULL, "govulncheck ./..." },
	{ PROJECT_SERVE, "go.mod", IS_THERE, NULL, "go run ." },

	{ PROJECT_DEPS, "requirements.txt", IS_THERE, NULL, "python3 -m pip install -r requirements.txt" },
	PYTHON(PROJECT_BUILD, "pyproject.toml"), PYTHON(PROJECT_BUILD, "setup.py"),
	PYTHON(PROJECT_BUILD, "setup.cfg"), PYTHON(PROJECT_BUILD, "requirements.txt"),
	{ PROJECT_TEST, "pytest.ini", IS_THERE, NULL, PYTEST },
	{ PROJECT_TEST, "conftest.py", IS_THERE, NULL, PYTEST },
	{ PROJECT_TEST, "tests/conftest.py", IS_THERE, NULL, PYTEST },
	{ PROJECT_TEST, "pyproject.toml", HAS_TEXT, "pytest", PYTEST },
	{ PROJECT_TEST, "setup.cfg", HAS_TEXT, "pytest", PYTEST },
	{ PROJECT_TEST, "tox.ini", HAS_TEXT, "pytest", PYTEST },
	{ PROJECT_TEST, "requirements.txt", HAS_TEXT, "pytest", PYTEST },
	{ PROJECT_TEST, "tests/__init__.py", IS_THERE, NULL, UNITTEST },
	{ PROJECT_TEST, "pyproject.toml", HAS_FOLDER, "tests", UNITTEST " -s tests" },
	{ PROJECT_TEST, "setup.py", HAS_FOLDER, "tests", UNITTEST " -s tests" },
	{ PROJECT_TEST, "requirements.txt", HAS_FOLDER, "tests", UNITTEST " -s tests" },
	{ PROJECT_TEST, "pyproject.toml", IS_THERE, NULL, UNITTEST },
	{ PROJECT_TEST, "setup.py", IS_THERE, NULL, UNITTEST },
	{ PROJECT_TEST, "setup.cfg", IS_THERE, NULL, UNITTEST },
	{ PROJECT_TEST, "requirements.txt", IS_THERE, NULL, UNITTEST },
	{ PROJECT_LINT, "ruff.toml", IS_THERE, NULL, "ruff check ." },
	{ PROJECT_LINT, "pyproject.toml", HAS_TEXT, "[tool.ruff", "ruff check ." },
	{ PROJECT_LINT, ".flake8", IS_THERE, NULL, "flake8" },
	{ PROJECT_FORMAT, "ruff.toml", IS_THERE, NULL, "ruff format ." },
	{ PROJECT_FORMAT, "pyproject.toml", HAS_TEXT, "[tool.ruff", "ruff format ." },
	{ PROJECT_FORMAT, "pyproject.toml", HAS_TEXT, "[tool.black", "black -q ." },
	{ PROJECT_AUDIT, "requirements.txt", IS_THERE, NULL, "pip-audit -r requirements.txt" },
	{ PROJECT_AUDIT, "pyproject.toml", IS_THERE, NULL, "pip-audit ." },
	{ PROJECT_SERVE, "manage.py", IS_THERE, NULL, "python3 manage.py runserver" },
	{ PROJECT_SERVE, "app.py", IS_THERE, NULL, "python3 app.py" },
};
/* clang-format on */

static const char *const task_names[PROJECT_TASKS] = {
	[PROJECT_DEPS] = "deps",   [PROJECT_BUILD] = "build",	[PROJECT_TEST] = "test",
	[PROJECT_LINT] = "lint",   [PROJECT_FORMAT] = "format", [PROJECT_BENCH] = "bench",
	[PROJECT_AUDIT] = "audit", [PROJECT_SERVE] = "serve",
};

static const struct {
	const char *part, *folder;
} parts[] = {
	{ "frontend", "frontend" }, { "frontend", "client" }, { "frontend", "web" },
	{ "frontend", "ui" },	    { "backend", "backend" }, { "backend", "server" },
	{ "backend", "api" },
};

int project_find_task(const char *word, size_t len, enum project_task *task)
{
	for (int i = 0; i < PROJECT_TASKS; i++) {
		if (strlen(task_names[i]) == len && !memcmp(task_names[i], word, len)) {
			*task = (enum project_task)i;
			return 0;
		}
	}
	return -1;
}

const char *project_task_name(enum project_task task)
{
	return task_names[task];
}

const char *project_find_part(int root_fd, const char *part, size_t len)
{
	struct file_id id;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (strlen(parts[i].part) == len && !memcmp(parts[i].part, part, len) &&
		    fs_stat(root_fd, parts[i].folder, &id, NULL) == 0 && S_ISDIR(id.mode))
			return parts[i].folder;
	}
	return NULL;
}

/* ---- What a file tells ---- */

struct look {
	int root_fd;
	const char *dir;
	struct arena *arena;
	const char *read_path; /* of the text below: rules of one file stand in a row */
	struct strbuf text;
};

static const char *path_of(const struct look *look, const char *file)
{
	return strcmp(look->dir, ".") == 0 ? file : arena_join(look->arena, look->dir, "/", file);
}

static bool is_file(const struct look *look, const char *file)
{
	struct file_id id;

	return fs_stat(look->root_fd, path_of(look, file), &id, NULL) == 0 && S_ISREG(id.mode);
}

static bool is_folder(const struct look *look, const char *folder)
{
	struct file_id id;

	return fs_stat(look->root_fd, path_of(look, folder), &id, NULL) == 0 && S_ISDIR(id.mode);
}

static const char *text_of(struct look *look, const char *file)
{
	if (!look->read_path || strcmp(look->read_path, file) != 0) {
		strbuf_clear(&look->text);
		if (fs_read_file(look->root_fd, path_of(look, file), FILE_MAX, &look->text, NULL) <
		    0)
			strbuf_clear(&look->text);
		look->read_path = file;
	}
	return strbuf_str(&look->text);
}

/* "target:", also among others as in "check test: all", but not "target := x". */
static bool has_target(const char *text, const char *target)
{
	size_t len = strlen(target);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *word = line += *line == '\n';
		const char *colon = line + strcspn(line, ":=\n");

		if (*line == '\t' || *line == '.' || *colon != ':' || colon[1] == '=' ||
		    (colon[1] == ':' && colon[2] == '='))
			continue;
		while (word < colon) {
			size_t n = strcspn(word, " \t:\n");

			if (n == len && !memcmp(word, target, len))
				return true;
			word += n + (word + n < colon);
		}
	}
	return false;
}

static bool has_script(struct look *look, const char *text, const char *script)
{
	const struct json *root = json_parse(look->arena, text, strlen(text), NULL);
	const char *command = root ? json_get_string(json_get(root, "scripts"), script, NULL)
				   : NULL;

	/* What `npm init` writes is no test. */
	return command && !strstr(command, "no test specified");
}

static bool holds(struct look *look, const struct rule *rule)
{
	if (!is_file(look, rule->file))
		return false;
	switch (rule->evidence) {
	case IS_THERE: return true;
	case IS_WITH: return is_file(look, rule->what);
	case HAS_FOLDER: return is_folder(look, rule->what);
	case HAS_TARGET: return has_target(text_of(look, rule->file), rule->what);
	case HAS_SCRIPT: return has_script(look, text_of(look, rule->file), rule->what);
	case HAS_TEXT: return strstr(text_of(look, rule->file), rule->what) != NULL;
	}
	return false;
}

int project_look(int root_fd, const char *dir, struct arena *arena, struct project *project,
		 struct err *err)
{
	struct look look = { .root_fd = root_fd, .dir = dir, .arena = arena };
	struct file_id id;
	int rc = fs_stat(root_fd, dir, &id, err);

	memset(project, 0, sizeof *project);
	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(rules); i++) {
		const struct rule *rule = &rules[i];

		if (project->commands[rule->task] || !holds(&look, rule))
			continue;
		project->commands[rule->task] = rule->command;
		project->files[rule->task] = rule->file;
	}
	strbuf_release(&look.text);
	return rc < 0 ? -1 : 0;
}
