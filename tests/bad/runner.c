/*
 * Loads wrong documents and compares what is said about them.
 *
 *	runner DIR           every NAME.yml or NAME.json of DIR against NAME.expect, then one document
 *	                     for each row of the schema and each way to get it wrong, then hostile ones
 *	runner --update DIR  writes the .expect files anew, for reading and committing
 *
 * Prints TAP and closes with "N passed, N failed".
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "model/schema.h"
#include "model/workflow.h"

/* The times and sizes of a build that counts or checks itself say nothing of the program. */
#ifdef INSTRUMENTED
enum { IS_INSTRUMENTED = 1 };
#else
enum { IS_INSTRUMENTED = 0 };
#endif

static unsigned n_passed, n_failed;

static void result(bool ok, const char *name, const char *why)
{
	if (ok)
		n_passed++;
	else
		n_failed++;
	printf("%s %u - %s\n", ok ? "ok" : "not ok", n_passed + n_failed, name);
	if (ok || !why)
		return;
	for (const char *line = why; *line; line += *line == '\n') {
		size_t len = strcspn(line, "\n");

		fputs("# ", stdout);
		fwrite(line, 1, len, stdout);
		putchar('\n');
		line += len;
	}
}

struct loaded {
	struct arena arena;
	struct diags diags;
	const struct workflow *wf;
};

static struct loaded load(const char *file, const char *text, size_t len)
{
	struct loaded loaded = { .diags = { .file = file, .text = text, .text_len = len } };

	loaded.wf = workflow_load(&loaded.arena, "w", &loaded.diags);
	return loaded;
}

static void drop(struct loaded *loaded)
{
	diags_release(&loaded->diags);
	arena_release(&loaded->arena);
}

static int read_file(const char *path, struct strbuf *out)
{
	FILE *file = fopen(path, "rb");
	char buf[4096];
	size_t got;

	if (!file)
		return -1;
	while ((got = fread(buf, 1, sizeof buf, file)) > 0)
		strbuf_add(out, buf, got);
	fclose(file);
	return 0;
}

/* ---- documents with their expectation beside them ---- */

static void run_pair(const char *dir, const char *name, size_t stem, bool is_update)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf path CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf expect CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf got CLEANUP(strbuf_release) = STRBUF_INIT;
	struct loaded loaded;
	FILE *file;
	bool ok;

	strbuf_addf(&path, "%s/%s", dir, name);
	if (read_file(strbuf_str(&path), &text) < 0) {
		result(false, name, "cannot be read");
		return;
	}
	loaded = load(name, strbuf_str(&text), text.len);
	diags_render(&loaded.diags, DIAG_ADVICE, false, 0, &got);
	ok = !loaded.wf == (loaded.diags.n_errors > 0);
	drop(&loaded);
	strbuf_clear(&path);
	strbuf_addf(&path, "%s/%.*s.expect", dir, (int)stem, name);
	if (is_update && (file = fopen(strbuf_str(&path), "w"))) {
		fputs(strbuf_str(&got), file);
		fclose(file);
	}
	ok = ok && read_file(strbuf_str(&path), &expect) == 0 && got.len > 0 &&
	     strcmp(strbuf_str(&expect), strbuf_str(&got)) == 0;
	result(ok, name, strbuf_str(&got));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int run_pairs(const char *dir, bool is_update)
{
	DIR *handle = opendir(dir);
	VEC(char *) names = { 0 };
	struct dirent *entry;

	if (!handle) {
		perror(dir);
		return -1;
	}
	while ((entry = readdir(handle)))
		if (strstr(entry->d_name, ".yml") || strstr(entry->d_name, ".json"))
			vec_push(&names, strdup(entry->d_name));
	closedir(handle);
	if (names.n)
		qsort(names.v, names.n, sizeof *names.v, compare_names);
	for (size_t i = 0; i < names.n; i++) {
		run_pair(dir, names.v[i], strcspn(names.v[i], "."), is_update);
		free(names.v[i]);
	}
	vec_release(&names);
	return 0;
}

/* ---- one document for each row of the schema and each way to get it wrong ---- */

/* A document that is right but for one line, which stands at `indent` in its last line. */
struct frame {
	const char *head;
	unsigned indent;
};

static const struct frame frames[AT_PLACES] = {
	[AT_WORKFLOW] = { "steps: [{id: a, run: x}]\n", 0 },
	[AT_STEP] = { "steps:\n  -\n    id: a\n    run: x\n", 4 },
	[AT_DEFAULTS] = { "steps: [{id: a, run: x}]\ndefaults:\n", 2 },
	[AT_PARAM] = { "steps: [{id: a, run: x}]\nparams:\n  p:\n", 4 },
	[AT_RETRY] = { "steps:\n  - id: a\n    run: x\n    retry:\n      attempts: 2\n", 6 },
	[AT_CACHE] = { "steps:\n  - id: a\n    run: x\n    inputs: []\n    cache:\n", 6 },
	[AT_ROLLBACK] = { "steps: [{id: a, run: x}]\nrollback:\n", 2 },
	[AT_CHECKPOINT] = { "steps: [{id: a, run: x}]\nrollback:\n  checkpoints:\n    -\n", 6 },
	[AT_CONCURRENCY] = { "steps: [{id: a, run: x}]\nconcurrency:\n", 2 },
	[AT_SCRIPT] = { "steps:\n  - id: a\n    script:\n      with: sh\n", 6 },
	[AT_LIMITS] = { "steps:\n  - id: a\n    run: x\n    limits:\n", 6 },
	[AT_SANDBOX] = { "steps:\n  - id: a\n    run: x\n    sandbox:\n", 6 },
	[AT_ASK] = { "steps:\n  - id: a\n    ask:\n      question: x\n", 6 },
	[AT_COMMIT] = { "steps:\n  - id: a\n    commit:\n      message: x\n", 6 },
	[AT_AGENT] = { "steps:\n  - id: a\n    agent:\n      name: x\n      prompt: x\n", 6 },
	[AT_CONTAINER] = { "steps:\n  - id: a\n    container:\n      image: x\n", 6 },
	[AT_BUILD] = { "steps:\n  - id: a\n    container:\n      build:\n        context: x\n", 8 },
	[AT_HTTP] = { "steps:\n  - id: a\n    http:\n      url: http://x\n", 6 },
	[AT_HTTP_AUTH] = { "steps:\n  - id: a\n    http:\n      url: http://x\n      auth:\n", 8 },
	[AT_HTTP_BODY] = { "steps:\n  - id: a\n    http:\n      url: http://x\n      body:\n", 8 },
	[AT_HTTP_EXPECT] = { "steps:\n  - id: a\n    http:\n      url: http://x\n      expect:\n",
			     8 },
	[AT_WINDOW] = { "steps:\n  - id: a\n    window:\n      target: x\n      run: x\n", 6 },
	[AT_DATABASE] = { "steps:\n  - id: a\n    database:\n      url: sqlite:x\n      run: x\n",
			  6 },
	[AT_NOTIFY] = { "steps:\n  - id: a\n    notify:\n      message: x\n", 6 },
	[AT_NOTIFICATIONS] = { "steps: [{id: a, run: x}]\nnotify:\n", 2 },
	[AT_NOTIFY_RULE] = { "steps: [{id: a, run: x}]\nnotify:\n  rules:\n    -\n      if: true\n",
			     6 },
	[AT_OPEN] = { "steps:\n  - id: a\n    open:\n      changed: x\n", 6 },
	[AT_GATE] = { "steps: [{id: a, run: x}]\nrequires:\n  -\n", 4 },
	[AT_GATE_FILE] = { "steps: [{id: a, run: x}]\nrequires:\n  - files:\n    -\n      path: "
			   "x\n",
			   6 },
	[AT_GATE_JSON] = { "steps: [{id: a, run: x}]\nrequires:\n  - json:\n      file: x\n", 6 },
	[AT_GATE_MATCHES] = { "steps: [{id: a, run: x}]\nrequires:\n  - matches:\n      file: x\n",
			      6 },
	[AT_GATE_BASELINE] = { "steps: [{id: a, run: x}]\nrequires:\n  - baseline:\n      value: "
			       "1\n",
			       6 },
	[AT_HANDLER] = { "steps: [{id: a, run: x}]\nerror_handlers:\n  h:\n", 4 },
	[AT_ON_FAILURE] = { "steps:\n  - id: a\n    run: x\n    on_failure:\n", 6 },
	[AT_ON] = { "steps: [{id: a, run: x}]\non:\n", 2 },
	[AT_HOOK] = { "steps: [{id: a, run: x}]\non:\n  pre-commit:\n", 4 },
	[AT_FOREACH] = { "steps:\n  - id: a\n    run: x\n    foreach:\n      v:\n", 8 },
};

/* The head without a line that begins with the key: it would be there twice. */
static unsigned add_head(struct strbuf *out, const struct frame *frame, const char *key)
{
	unsigned line = 1;

	for (const char *at = frame->head; *at;) {
		size_t len = strcspn(at, "\n") + 1, blanks = strspn(at, " ");
		size_t key_len = strlen(key);

		if (blanks != frame->indent || strncmp(at + blanks, key, key_len) != 0 ||
		    at[blanks + key_len] != ':') {
			strbuf_add(out, at, len);
			line++;
		}
		at += len;
	}
	return line;
}

/* True if the document has an error with this message and hint at this place. */
static void expect_error(enum schema_place place, const char *key, const char *value,
			 bool is_at_value, const char *msg, const char *hint)
{
	const struct frame *frame = &frames[place];
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf got CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf name CLEANUP(strbuf_release) = STRBUF_INIT;
	unsigned line = add_head(&text, frame, key);
	unsigned col = frame->indent + 1 + (is_at_value ? (unsigned)strlen(key) + 2 : 0);
	struct loaded loaded;
	bool ok = false;

	strbuf_pad(&text, ' ', frame->indent);
	strbuf_addf(&text, "%s: %s\n", key, value);
	strbuf_addf(&name, "%s: %s: %s", schema_place_name(place), key, value);
	loaded = load("w.yml", strbuf_str(&text), text.len);
	for (size_t i = 0; i < loaded.diags.list.n; i++) {
		const struct diag *diag = &loaded.diags.list.v[i];

		ok |= diag->level == DIAG_ERROR && diag->span.line == line &&
		      (diag->span.col == col || !msg) && (!msg || strcmp(diag->msg, msg) == 0) &&
		      (!hint || (diag->hint && strcmp(diag->hint, hint) == 0));
	}
	diags_render(&loaded.diags, DIAG_ADVICE, false, 0, &got);
	strbuf_addf(&got, "expected at %u:%u: %s (%s)\n", line, col, msg ? msg : "an error",
		    hint ? hint : "any hint");
	drop(&loaded);
	result(ok, strbuf_str(&name), strbuf_str(&got));
}

static bool is_mapping(const struct schema_row *row)
{
	return row->type == TYPE_MAP || row->type == TYPE_OBJECT || row->type == TYPE_STEPS ||
	       strcmp(row->key, "cache") == 0;
}

static void try_wrong_type(const struct schema_row *row)
{
	struct strbuf msg CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *value = "{x: y}", *kind = "a mapping";

	if (row->form && strcmp(row->form, "any value") == 0)
		return;
	if (strcmp(row->key, "on_failure") == 0 || strcmp(row->key, "sandbox") == 0 ||
	    row->inner == AT_BUILD || row->inner == AT_ON || row->inner == AT_NOTIFY ||
	    row->inner == AT_OPEN || row->inner == AT_HTTP_BODY || row->inner == AT_HTTP_EXPECT ||
	    row->inner == AT_AGENT) {
		value = "null";
		kind = "nothing";
	} else if (is_mapping(row) || row->inner == AT_GATE || row->inner == AT_HOOK) {
		value = "abc";
		kind = "a string";
	}
	strbuf_addf(&msg, "'%s' must be ", row->key);
	schema_row_form(row, &msg);
	strbuf_addf(&msg, ", not %s", kind);
	expect_error(row->place, row->key, value, true, strbuf_str(&msg), NULL);
}

static void try_wrong_value(const struct schema_row *row)
{
	static const struct {
		const char *value;
		const char *msg; /* "": any error; NULL: "'key' must be …, not 'value'" */
	} wrong[TYPE_COUNT_OF_TYPES] = {
		[TYPE_CHOICE] = { "zzz", NULL },
		[TYPE_COUNT] = { "0", NULL },
		[TYPE_DURATION] = { "soon", NULL },
		[TYPE_ID] = { "a b", "'a b' is no id" },
		[TYPE_EXPR] = { "1 +", "" },
		[TYPE_TEXT] = { "${nope.x}", "" },
		[TYPE_RUN] = { "\"\"", "'run' is empty" },
		[TYPE_PATHS] = { "/abs", "a path must be relative to the repository's root" },
		[TYPE_IDS] = { "nobody", "no step 'nobody'" },
	};
	struct strbuf msg CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *expected = wrong[row->type].msg;

	if (!wrong[row->type].value)
		return;
	strbuf_addf(&msg, "'%s' must be ", row->key);
	schema_row_form(row, &msg);
	strbuf_addf(&msg, ", not '%s'", wrong[row->type].value);
	if (!expected)
		expected = strbuf_str(&msg);
	expect_error(row->place, row->key, wrong[row->type].value, true,
		     *expected ? expected : NULL, NULL);
}

static void try_misspelt(const struct schema_row *row)
{
	char key[64], msg[160], hint[100];

	snprintf(key, sizeof key, "%s%c", row->key, row->key[strlen(row->key) - 1]);
	snprintf(msg, sizeof msg, "unknown key '%s' in %s", key, schema_place_name(row->place));
	snprintf(hint, sizeof hint, "did you mean '%s'?", row->key);
	expect_error(row->place, key, "x", false, msg, hint);
}

static void run_generated(void)
{
	char msg[100];

	for (size_t i = 0; i < schema_n_rows; i++) {
		const struct schema_row *row = &schema_rows[i];

		if (row->is_later) {
			snprintf(msg, sizeof msg, "'%s' is not supported yet", row->key);
			expect_error(row->place, row->key, "x", false, msg, NULL);
			continue;
		}
		try_wrong_type(row);
		try_wrong_value(row);
		try_misspelt(row);
	}
	for (size_t i = 0; i < schema_n_aliases; i++) {
		const struct schema_alias *alias = &schema_aliases[i];

		snprintf(msg, sizeof msg, "unknown key '%s' in %s", alias->key,
			 schema_place_name(alias->place));
		expect_error(alias->place, alias->key, "x", false, msg, alias->hint);
	}
}

/* ---- a megabyte of malice each: under 1 s and 64 MB ---- */

enum { HOSTILE_SIZE = 1 << 20, MAX_MS = 1000, MAX_KIB = 64 << 10 };

static const struct hostile {
	const char *name, *head, *unit, *tail;
	bool is_numbered; /* the unit holds a %u */
} hostiles[] = {
	{ "nested lists", "steps: ", "[", "", false },
	{ "nested mappings", "steps: ", "{a: ", "", false },
	{ "nested dashes", "", "- ", "", false },
	{ "question marks", "", "? ", "", false },
	{ "unknown keys", "steps: []\n", "k%u: 1\n", "", true },
	{ "one key many times", "", "steps: 1\n", "", false },
	{ "empty steps", "steps:\n", "- \n", "", false },
	{ "steps without a run", "steps:\n", "- id: s%u\n", "", true },
	{ "steps with one id", "steps:\n", "- {id: s, run: x}\n", "", false },
	{ "unknown needs", "steps:\n- id: a\n  run: x\n  needs:\n", "  - n%u\n", "", true },
	{ "steps with unknown needs", "steps:\n", "- {id: s%u, run: x, needs: t}\n", "", true },
	{ "needs of one step", "steps:\n- id: a\n  run: x\n- id: b\n  run: x\n  needs: [a", ",a",
	  "]\n", false },
	{ "aliases", "steps: [", "*a,", "]\n", false },
	{ "anchors", "steps: [", "&a x,", "]\n", false },
	{ "tags", "steps: [", "!a x,", "]\n", false },
	{ "a long plain scalar", "name: ", "word ", "\n", false },
	{ "a long string", "name: \"", "x", "\"\n", false },
	{ "a long key", "\"", "k", "\": 1\n", false },
	{ "comments", "", "# x\n", "steps: []\n", false },
	{ "empty lines", "", "\n", "steps: []\n", false },
	{ "documents", "", "---\n", "", false },
	{ "parameters", "params:\n", "  p%u: {pattern: 'a{9}'}\n", "", true },
	{ "variables", "vars:\n", "  v%u: vars.v0\n", "steps: []\n", true },
	{ "a deep expression", "steps:\n- {id: a, run: x, if: '", "(", "'}\n", false },
	{ "a long expression", "steps:\n- {id: a, run: x, if: '1", "+1", "'}\n", false },
	{ "references", "steps:\n- id: a\n  run: ", "${params.x} ", "\n", false },
	{ "braces in a path", "steps:\n- {id: a, run: x, inputs: ['", "{a,b}", "']}\n", false },
	{ "nested braces in a path", "steps:\n- {id: a, run: x, inputs: ['", "{", "']}\n", false },
	{ "stars in a path", "steps:\n- {id: a, run: x, inputs: ['", "*a", "']}\n", false },
	{ "components of a path", "steps:\n- {id: a, run: x, inputs: ['", "./", "x']}\n", false },
	{ "inputs", "steps:\n- {id: a, run: x, inputs: [a", ",a", "]}\n", false },
	{ "environment", "env:\n", "  E%u: x\n", "steps: []\n", true },
	{ "pools", "pools:\n", "  p%u: 1\n", "steps: []\n", true },
	{ "items of foreach", "steps:\n- {id: a, run: x, foreach: {v: [a", ",b%u", "]}}\n", true },
	{ "names of foreach", "steps:\n- {id: a, run: x, foreach: {v: [a]", ",v%u: [b]", "}}\n",
	  true },
	{ "quotes in a command", "steps:\n- id: a\n  run: |\n    ", "\"$(", "\n", false },
	{ "here-documents", "steps:\n- id: a\n  run: |\n    cat ", "<<E ", "\n", false },
	{ "parentheses in a command", "steps:\n- id: a\n  run: |\n    ", "$((", "\n", false },
	{ "zero bytes", "", "%c", "", false },
	{ "wrong UTF-8", "", "\xff", "", false },
};

static void build_hostile(const struct hostile *hostile, struct strbuf *out)
{
	strbuf_grow(out, HOSTILE_SIZE + 100);
	strbuf_addstr(out, hostile->head);
	for (unsigned i = 0; out->len < HOSTILE_SIZE; i++) {
		if (strcmp(hostile->unit, "%c") == 0) {
			strbuf_addch(out, '\0');
		} else if (hostile->is_numbered) {
			const char *number = strstr(hostile->unit, "%u");

			strbuf_add(out, hostile->unit, (size_t)(number - hostile->unit));
			strbuf_addf(out, "%u", i);
			strbuf_addstr(out, number + 2);
		} else {
			strbuf_addstr(out, hostile->unit);
		}
	}
	strbuf_addstr(out, hostile->tail);
}

/* In a process of its own, whose time and peak of memory are its own too. */
static int load_hostile(const struct hostile *hostile, struct rusage *usage)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct strbuf text = STRBUF_INIT, out = STRBUF_INIT;
		struct loaded loaded;

		build_hostile(hostile, &text);
		loaded = load("w.yml", strbuf_str(&text), text.len);
		diags_render(&loaded.diags, DIAG_ADVICE, false, 0, &out);
		drop(&loaded);
		strbuf_release(&text);
		strbuf_release(&out);
		_exit(0);
	}
	if (pid < 0 || wait4(pid, &status, 0, usage) < 0)
		return -1;
	return status;
}

static long milliseconds(struct timeval time)
{
	return (long)time.tv_sec * 1000 + (long)time.tv_usec / 1000;
}

static void run_hostile(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(hostiles); i++) {
		struct rusage usage = { 0 };
		char name[100], why[100];
		int status = load_hostile(&hostiles[i], &usage);
		long cpu_ms = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
		bool ok = status == 0 &&
			  (IS_INSTRUMENTED || (cpu_ms < MAX_MS && usage.ru_maxrss < MAX_KIB));

		snprintf(name, sizeof name, "1 MiB of %s", hostiles[i].name);
		snprintf(why, sizeof why, "status %d, %ld ms, %ld KiB", status, cpu_ms,
			 usage.ru_maxrss);
		if (getenv("V"))
			printf("# %s: %s\n", name, why);
		result(ok, name, why);
	}
}

int main(int argc, char **argv)
{
	bool is_update = argc == 3 && strcmp(argv[1], "--update") == 0;

	if (argc != 2 && !is_update) {
		fprintf(stderr, "usage: %s [--update] DIR\n", argv[0]);
		return 2;
	}
	if (run_pairs(argv[argc - 1], is_update) < 0)
		return 2;
	run_generated();
	run_hostile();
	printf("1..%u\n%u passed, %u failed\n", n_passed + n_failed, n_passed, n_failed);
	return n_failed != 0;
}
