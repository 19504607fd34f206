/*
 * Input: a script, of which only the words of the table below are taken, so that nothing a fuzzer comes
 * upon can do harm. What shtext accepts is run by a real shell twice: with a harmless value and with one
 * made of all that a shell knows. Both must do the same: call the same functions with the same number of
 * arguments, which are the value and not what the shell makes of it. A script that is said to need no
 * shell has the words that the shell gives it.
 *
 * The functions tell on fd 9. PATH is empty, no file but those of the scratch folder can be named, and
 * no word lets a loop or a recursion be written.
 */
#include "fuzz/scratch.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>

#include "model/text.h"

static const char *const words[] = {
	"show ",     "show",	 "a",		" ",	    "\n",	";",	  "&&",
	"||",	     "|",	 "\"",		"'",	    "\\",	"$'",	  "$(",
	")",	     "`",	 "$((",		"))",	    "${x:-",	"${x#",	  "}",
	"$x\"",	     "$${x}",	 "x=",		"export x", "<<E\n",	"<<-E\n", "<<'E'\n",
	"<<\\E\n",   "\nE\n",	 "\n\tE\n",	"> ",	    ">> ",	"< ",	  "case ",
	" in ",	     ";;",	 "esac",	"if ",	    "then ",	"else ",  "fi",
	"for x in ", "do ",	 "done",	"{ ",	    " (show ",	"! ",	  "#",
	"--x=",	     "=",	 ",",		"eval ",    "trap ",	" EXIT",  "alias a=",
	"command ",  "exec ",	 "set -- ",	"unset ",   "sh -c ",	". ",	  "[[ ",
	" ]]",	     "~",	 "{a,",		"é",	    "\t",	"-",	  ":",
	"let ",	     "declare ", "printf -v",	"test ",    "${params", ".x}",	  "${params.x}",
	"$${",	     "${a.b}",	 "${params.l}",
};

/* No letter and no digit that a word has, but in what would be run. */
#define PLAIN_VALUE "zq"
#define TRICKY_VALUE                                                                  \
	"zq '\"$(inj)`inj`;inj&inj|inj\ninj\n\\* ~ ${IFS}$IFS ?[!.]{,} # > z < q () " \
	"=\t\x80\xff-$((1))zq"

static const char prelude[] =
	"ulimit -t 2; set -f; inj() { printf INJECTED >&9; };"
	"show() { l=; t=; while IFS= read -r l || [ -n \"$l\" ]; do t=\"$t$l\n\"; done;"
	" printf '%s.' \"$#\" \"$@\" \"$t\" >&9; };\n";

static void take_words(const uint8_t *data, size_t size, struct strbuf *out)
{
	for (size_t at = 0; at < size;) {
		size_t best = 0;

		for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
			size_t len = strlen(words[i]);

			if (len > best && len <= size - at && !memcmp(data + at, words[i], len))
				best = len;
		}
		strbuf_add(out, data + at, best);
		at += best ? best : 1;
	}
}

static int look_up(void *data, const struct expr_ref *ref, struct value *out, unsigned *used,
		   struct err *err)
{
	static struct value items[2];

	if (ref->ns != NS_PARAMS || ref->n_path != 1)
		return err_set(err, ERR_VALUE, "unknown name");
	*used = 1;
	items[0] = items[1] = value_string(data);
	*out = items[0];
	if (ref->path[0][0] == 'l')
		*out = (struct value){ .kind = VALUE_LIST, .n = 2, .items = items };
	return 0;
}

/* What the functions told; the value stands there as PLAIN_VALUE. */
static void plain(const struct strbuf *told, const char *value, struct strbuf *out)
{
	const char *at = strbuf_str(told), *found;

	while ((found = strstr(at, value))) {
		strbuf_add(out, at, (size_t)(found - at));
		strbuf_addstr(out, PLAIN_VALUE);
		at = found + strlen(value);
	}
	strbuf_addstr(out, at);
}

static void spawn_shell(const char *shell, const char *script, char **env, int fd,
			struct strbuf *told)
{
	char *argv[] = { (char *)shell, (char *)"-c", (char *)script, NULL };
	posix_spawn_file_actions_t actions;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fd, 9);
	if (posix_spawn(&pid, shell, &actions, NULL, argv, env) != 0)
		abort();
	while (waitpid(pid, &status, 0) < 0) /* the fuzzer's alarm */
		if (errno != EINTR)
			abort();
	posix_spawn_file_actions_destroy(&actions);
	lseek(fd, 0, SEEK_SET);
	if (fs_read_fd(fd, 1 << 24, told, NULL) < 0)
		abort();
	strbuf_addf(told, "exit %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void run(const char *shell, const struct strbuf *script, const struct text_vars *vars,
		struct strbuf *told)
{
	struct arena arena = { 0 };
	char **env = ARENA_ARRAY(&arena, char *, vars->n + 2);
	struct strbuf whole = STRBUF_INIT;
	int cwd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	scratch_fresh();
	fd = open(scratch_dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0 || chdir(scratch_dir) < 0)
		abort();
	env[0] = (char *)"PATH=/nowhere";
	for (size_t i = 0; i < vars->n; i++)
		env[i + 1] = arena_printf(&arena, "%s=%s", vars->names[i], vars->values[i]);
	env[vars->n + 1] = NULL;
	strbuf_addstr(&whole, prelude);
	strbuf_add(&whole, script->buf, script->len);
	spawn_shell(shell, strbuf_str(&whole), env, fd, told);
	if (fchdir(cwd) < 0)
		abort();
	close(cwd);
	close(fd);
	strbuf_release(&whole);
	arena_release(&arena);
}

/* The words by themselves against what the shell told. */
static void need_same_words(const struct text *text, const char *value, const struct strbuf *told)
{
	struct arena arena = { 0 };
	struct expr_env env = { .data = (void *)value, .lookup = look_up };
	struct strbuf expected = STRBUF_INIT;
	const char **argv;
	size_t argc;

	if (shtext_render_argv(text, &env, &arena, &argv, &argc, NULL) == 0 && argc &&
	    strcmp(argv[0], "show") == 0) {
		strbuf_addf(&expected, "%zu.", argc - 1);
		for (size_t i = 1; i < argc; i++)
			strbuf_addf(&expected, "%s.", argv[i]);
		strbuf_addstr(&expected, ".exit 0\n");
		if (strcmp(strbuf_str(&expected), strbuf_str(told)) != 0)
			abort();
	}
	strbuf_release(&expected);
	arena_release(&arena);
}

/* 0, or -1: this script cannot be rendered with that value. */
static int render_and_run(const char *shell, const struct text *text, const char *value,
			  struct strbuf *told)
{
	struct arena arena = { 0 };
	struct expr_env env = { .data = (void *)value, .lookup = look_up };
	struct text_vars vars = { .arena = &arena };
	struct strbuf script = STRBUF_INIT, raw = STRBUF_INIT;
	int rc = shtext_render(text, &env, &script, &vars, NULL);

	if (rc == 0) {
		run(shell, &script, &vars, &raw);
		if (shtext_is_plain(text))
			need_same_words(text, value, &raw);
		plain(&raw, value, told);
	}
	strbuf_release(&script);
	strbuf_release(&raw);
	arena_release(&arena);
	return rc;
}

static void compare(const char *shell, const struct text *text)
{
	struct strbuf harmless = STRBUF_INIT, tricky = STRBUF_INIT;
	int first = render_and_run(shell, text, PLAIN_VALUE, &harmless);

	if (first != render_and_run(shell, text, TRICKY_VALUE, &tricky) ||
	    strcmp(strbuf_str(&harmless), strbuf_str(&tricky)) != 0) {
		fprintf(stderr, "%s: %s\nharmless: %s\ntricky: %s\n", shell, text->raw,
			strbuf_str(&harmless), strbuf_str(&tricky));
		abort();
	}
	strbuf_release(&harmless);
	strbuf_release(&tricky);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct strbuf script = STRBUF_INIT;
	struct diags diags = { 0 };
	struct text text;

	take_words(data, size < 400 ? size : 400, &script);
	diags.text = strbuf_str(&script);
	diags.text_len = script.len;
	if (shtext_parse(&arena, diags.text, script.len, (struct span){ 1, 1, 0 }, &text, &diags) ==
	    0) {
		if (text_has_refs(&text) || shtext_is_plain(&text)) {
			compare("/bin/sh", &text);
			if (access("/bin/bash", X_OK) == 0)
				compare("/bin/bash", &text);
		}
	} else if (diags.n_errors == 0) {
		abort();
	}
	diags_release(&diags);
	arena_release(&arena);
	strbuf_release(&script);
	return 0;
}
