/*
 * Opening a window: by tmux, in the session that the user sits in, else in one of the run's own; or by the
 * program that the user's `[window] command` names:
 *
 *	PROGRAM open NAME PROGRAM-IN-IT [ARG…]     prints what is in front now, in a word of its own making
 *	PROGRAM restore WORD                       brings that to the front again
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "step/helper.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/spawn.h"
#include "window_impl.h"

#define OUTPUT_MAX   ((size_t)16 << 20)
#define SETTLE_TRIES 10
#define SETTLE_MS    10

extern char **environ;

static bool is_between_us(const char *variable)
{
	return strncmp(variable, HELPER_CARRIED, strlen(HELPER_CARRIED)) == 0 ||
	       strncmp(variable, HELPER_GRACE_MS "=", 12) == 0 ||
	       strncmp(variable, HELPER_WINDOW_COMMAND "=", 18) == 0 ||
	       strncmp(variable, HELPER_CONTAINER_COMMAND "=", 21) == 0;
}

/* A server of tmux may begin here, and outlive the run: it must not be taken for a part of it. */
static bool is_of_run(const char *variable)
{
	return strncmp(variable, "WF_", 3) == 0 || strncmp(variable, "__wf_", 5) == 0 ||
	       strncmp(variable, "MAKEFLAGS=", 10) == 0;
}

static void set_variable(struct env *env, struct arena *arena, const char *variable)
{
	size_t len = strcspn(variable, "=");

	env_set(env, arena_strndup(arena, variable, len), variable + len + 1);
}

void opener_init(struct opener *opener, struct env *step)
{
	const char *program = getenv(HELPER_WINDOW_COMMAND);
	struct arena *arena = &opener->arena;

	opener->program = program && *program ? program : NULL;
	env_init(&opener->env, (char *const[]){ NULL }, 0);
	env_init(step, (char *const[]){ NULL }, 0);
	for (char **at = environ; *at; at++) {
		if (!is_of_run(*at))
			set_variable(&opener->env, arena, *at);
		if (!is_between_us(*at))
			set_variable(step, arena, *at);
	}
	for (char **at = environ; *at; at++)
		if (strncmp(*at, HELPER_CARRIED, strlen(HELPER_CARRIED)) == 0)
			set_variable(step, arena, *at + strlen(HELPER_CARRIED));
}

void opener_release(struct opener *opener)
{
	env_release(&opener->env);
	arena_release(&opener->arena);
}

/* ---- Calls ---- */

/* The exit status; -1 with err. What it writes goes to `out`. */
static int call(struct opener *opener, const char *const *argv, bool is_quiet, struct strbuf *out,
		struct err *err)
{
	struct spawn_request request = SPAWN_REQUEST_INIT;
	int fds[2], status, rc;
	pid_t pid;

	if (spawn_pipe(fds, err) < 0)
		return -1;
	request.argv = argv;
	request.envp = env_block(&opener->env);
	request.dir = "/";
	request.stdout_fd = fds[1];
	request.stderr_fd = is_quiet ? -1 : STDERR_FILENO;
	rc = spawn_start(&request, &pid, err);
	close(fds[1]);
	if (rc == 0)
		rc = fs_read_fd(fds[0], OUTPUT_MAX, out, err);
	close(fds[0]);
	if (rc < 0)
		return -1;
	return spawn_wait(pid, &status, err) < 0 ? -1 : spawn_exit_code(status);
}

/* tmux with these words: true if it did it. */
static bool tmux(struct opener *opener, const char *const *argv, struct strbuf *out)
{
	struct err err = ERR_INIT;
	struct strbuf own CLEANUP(strbuf_release) = STRBUF_INIT;
	int rc = call(opener, argv, true, out ? out : &own, &err);

	err_release(&err);
	return rc == 0;
}

static const char *first_line(struct opener *opener, const struct strbuf *text)
{
	const char *s = text->len ? text->buf : "";

	return arena_strndup(&opener->arena, s, strcspn(s, "\r\n"));
}

/* ---- tmux ---- */

#define IDS "#{session_id} #{window_id} #{pane_id}"

static const char *session_name(struct opener *opener)
{
	const char *run = getenv("WF_RUN_ID");

	return arena_printf(&opener->arena, "git-wf-%s", run ? run : "x");
}

/* The session of the pane that the run was started in; else NULL. */
static const char *session_around(struct opener *opener)
{
	const char *pane = getenv("TMUX_PANE");
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *const argv[] = { "tmux",	       "display-message", "-p", "-t",
				     pane ? pane : "", "#{session_id}",	  NULL };

	if (!getenv("TMUX") || !pane || !tmux(opener, argv, &out) || !out.len || *out.buf != '$')
		return NULL;
	return first_line(opener, &out);
}

/* In each line an id, a blank, and a text: the id of the line with this text. */
static const char *find_line(struct opener *opener, struct strbuf *lines, const char *text)
{
	char *at = lines->len ? lines->buf : NULL;

	while (at && *at) {
		char *end = strchr(at, '\n'), *blank;

		if (end)
			*end = '\0';
		blank = strchr(at, ' ');
		if (blank && strcmp(blank + 1, text) == 0)
			return arena_strndup(&opener->arena, at, (size_t)(blank - at));
		at = end ? end + 1 : NULL;
	}
	return NULL;
}

static const char *find_window(struct opener *opener, const char *session, const char *format,
			       const char *text)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *const argv[] = { "tmux", "list-windows", "-t", session, "-F", format, NULL };

	return tmux(opener, argv, &out) ? find_line(opener, &out, text) : NULL;
}

static const char *active_window(struct opener *opener, const char *session)
{
	return find_window(opener, session, "#{window_id} #{window_active}", "1");
}

static int take_ids(struct opener *opener, const struct strbuf *out, struct err *err)
{
	char *line = arena_strdup(&opener->arena, first_line(opener, out)), *window, *pane;

	window = strchr(line, ' ');
	pane = window ? strchr(window + 1, ' ') : NULL;
	if (!pane)
		return err_set(err, ERR_SYSTEM, "tmux does not say which window it opened");
	*window = *pane = '\0';
	opener->session = line;
	opener->window = window + 1;
	opener->pane = pane + 1;
	return 0;
}

/* tmux's words before what runs in the window, then that. */
static int open_by(struct opener *opener, const char *const *words, const char *const *inside,
		   bool is_quiet, struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char **argv;
	size_t n = 0, m = 0;
	int rc;

	while (words[n])
		n++;
	while (inside[m])
		m++;
	argv = ARENA_ARRAY(&opener->arena, const char *, n + m + 5);
	memcpy(argv, words, n * sizeof *argv);
	argv[n++] = "-P";
	argv[n++] = "-F";
	argv[n++] = IDS;
	argv[n++] = "--";
	memcpy(argv + n, inside, m * sizeof *argv);
	rc = call(opener, argv, is_quiet, &out, err);
	if (rc > 0)
		return err_set(err, ERR_SYSTEM, "tmux did not open the window: exit status %d", rc);
	return rc < 0 ? -1 : take_ids(opener, &out, err);
}

static int open_in(struct opener *opener, const char *session, const char *target,
		   const char *const *inside, struct err *err)
{
	const char *there = find_window(opener, session, "#{window_id} #{window_name}", target);
	const char *const split[] = { "tmux", "split-window", "-t", there ? there : "", NULL };
	const char *into = arena_join(&opener->arena, session, ":", "");
	const char *const create[] = { "tmux", "new-window", "-t", into, "-n", target, NULL };

	return open_by(opener, there ? split : create, inside, false, err);
}

static int open_own(struct opener *opener, const char *target, const char *const *inside,
		    struct err *err)
{
	const char *name = session_name(opener);
	const char *exact = arena_join(&opener->arena, "=", name, "");
	const char *const has[] = { "tmux", "has-session", "-t", exact, NULL };
	const char *const create[] = { "tmux", "new-session", "-d", "-s", name,	  "-x",
				       "200",  "-y",	      "50", "-n", target, NULL };
	struct err here = ERR_INIT;
	int rc = -1;

	opener->is_ours = true;
	if (!tmux(opener, has, NULL))
		rc = open_by(opener, create, inside, true, &here);
	if (rc < 0 && here.errnum == ENOENT)
		err_set(err, ERR_NOT_FOUND,
			"there is no tmux on PATH; 'command' in section [window] of your settings "
			"names another program");
	else if (rc < 0) /* another step was faster */
		rc = open_in(opener, exact, target, inside, err);
	err_release(&here);
	return rc;
}

static int open_tmux(struct opener *opener, const char *target, const char *const *inside,
		     struct err *err)
{
	const char *session = session_around(opener);
	const char *select[] = { "tmux", "select-window", "-t", NULL, NULL };

	if (!session)
		return open_own(opener, target, inside, err);
	opener->before = active_window(opener, session);
	if (open_in(opener, session, target, inside, err) < 0)
		return -1;
	select[3] = opener->window;
	tmux(opener, select, NULL);
	return 0;
}

/* ---- The user's own ---- */

static int open_program(struct opener *opener, const char *target, const char *const *inside,
			struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char **argv;
	size_t n = 0;
	int rc;

	while (inside[n])
		n++;
	argv = ARENA_ARRAY(&opener->arena, const char *, n + 4);
	argv[0] = opener->program;
	argv[1] = "open";
	argv[2] = target;
	memcpy(argv + 3, inside, n * sizeof *argv);
	rc = call(opener, argv, false, &out, err);
	if (rc < 0)
		return err_wrap(err, "window.command");
	if (rc > 0)
		return err_set(err, ERR_SYSTEM, "window.command: '%s' ended with %d",
			       opener->program, rc);
	opener->before = first_line(opener, &out);
	return 0;
}

/* ---- What both do ---- */

int opener_open(struct opener *opener, const char *target, const char *const *argv, struct err *err)
{
	return opener->program ? open_program(opener, target, argv, err)
			       : open_tmux(opener, target, argv, err);
}

void opener_copy(struct opener *opener)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *const argv[] = { "tmux", "capture-pane",
				     "-p",   "-J",
				     "-S",   "-",
				     "-t",   opener->pane ? opener->pane : "",
				     NULL };
	size_t len;

	if (!opener->pane || !tmux(opener, argv, &out))
		return;
	len = out.len;
	while (len && (out.buf[len - 1] == '\n' || out.buf[len - 1] == ' '))
		len--;
	if (len) {
		fs_write_all(STDOUT_FILENO, out.buf, len, NULL);
		fs_write_all(STDOUT_FILENO, "\n", 1, NULL);
	}
}

void opener_close(struct opener *opener)
{
	const char *const argv[] = { "tmux", "kill-pane", "-t", opener->pane ? opener->pane : "",
				     NULL };

	if (opener->pane)
		tmux(opener, argv, NULL);
}

void opener_restore(struct opener *opener)
{
	const char *now;
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err err = ERR_INIT;
	const char *const select[] = { "tmux", "select-window", "-t",
				       opener->before ? opener->before : "", NULL };
	const char *const words[] = { opener->program, "restore",
				      opener->before ? opener->before : "", NULL };

	if (!opener->before || !*opener->before)
		return;
	if (opener->program) {
		call(opener, words, false, &out, &err);
		err_release(&err);
		return;
	}
	now = active_window(opener, opener->session);
	if (now && strcmp(now, opener->window) == 0)
		tmux(opener, select, NULL);
}

void opener_settle(struct opener *opener)
{
	const char *exact = arena_join(&opener->arena, "=", session_name(opener), "");
	const char *const has[] = { "tmux", "has-session", "-t", exact, NULL };

	for (int i = 0; opener->is_ours && i < SETTLE_TRIES; i++) {
		clock_sleep_ms(SETTLE_MS);
		if (!tmux(opener, has, NULL))
			break;
	}
}

const char *opener_place(struct opener *opener, const char *target)
{
	if (opener->program || !opener->is_ours)
		return NULL;
	return arena_printf(&opener->arena, "%s:%s", session_name(opener), target);
}
