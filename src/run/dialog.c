/*
 * Asking in a window, by the program that the user's `[prompt] command` names: zenity and osascript with
 * the arguments they know, any other as `PROGRAM KIND STEP QUESTION [CHOICE…]`. What it prints is the
 * answer (Yes or No where that is the question); a window that is only closed is no answer, and the
 * question goes on to the terminal, or waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine_impl.h"

#include "base/xalloc.h"
#include "event/wait.h"
#include "sys/spawn.h"

#define ANSWER_MAX ((size_t)64 << 10)

struct dialog {
	struct engine *engine;
	struct execution *execution;
	pid_t pid;
	int fd; /* what it prints */
	struct strbuf out;
	struct strbuf title;
	VEC(const char *) argv;
};

static void free_dialog(struct dialog *dialog)
{
	if (dialog->fd >= 0) {
		loop_remove_fd(dialog->engine->loop, dialog->fd);
		close(dialog->fd);
	}
	if (dialog->out.buf)
		memset(dialog->out.buf, 0, dialog->out.len);
	strbuf_release(&dialog->out);
	strbuf_release(&dialog->title);
	vec_release(&dialog->argv);
	free(dialog);
}

void dialog_close(struct execution *execution)
{
	struct dialog *dialog = execution->dialog;

	if (!dialog)
		return;
	execution->dialog = NULL;
	loop_forget_child(dialog->engine->loop, dialog->pid);
	kill(-dialog->pid, SIGTERM);
	free_dialog(dialog);
}

/* ---- Its words ---- */

static void add(struct dialog *dialog, const char *word)
{
	vec_push(&dialog->argv, word);
}

static void add_choices(struct dialog *dialog, const char *choices)
{
	struct arena *arena = &dialog->execution->arena;

	while (choices && *choices) {
		size_t len = strcspn(choices, "\n");

		add(dialog, arena_strndup(arena, choices, len));
		choices += len + (choices[len] == '\n');
	}
}

/* Zenity turns `\n` and the like into what they stand for, but not beside --no-markup; in a list the
 * text is markup as well. */
static const char *zenity_text(struct dialog *dialog, const char *text, bool is_markup)
{
	struct strbuf out = STRBUF_INIT;
	const char *kept;

	for (; *text; text++) {
		if (*text == '\\')
			strbuf_addstr(&out, "\\\\");
		else if (is_markup && *text == '&')
			strbuf_addstr(&out, "&amp;");
		else if (is_markup && *text == '<')
			strbuf_addstr(&out, "&lt;");
		else
			strbuf_addch(&out, *text);
	}
	kept = arena_strdup(&dialog->execution->arena, strbuf_str(&out));
	strbuf_release(&out);
	return kept;
}

static void add_all(struct dialog *dialog, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(dialog, words[i]);
}

static void add_zenity(struct dialog *dialog, const struct step_wait *wait)
{
	static const char *const buttons[] = { "--no-markup", "--ok-label",
					       "Yes",	      "--cancel-label",
					       "Later",	      "--extra-button",
					       "No" };
	static const char *const list[] = { "--hide-header", "--column", "", "--" };
	bool is_ask = wait_wants_text(wait->kind), is_list = wait->choices && !wait->is_secret;

	add(dialog, is_list ? "--list" : is_ask ? "--entry" : "--question");
	add(dialog, "--title");
	add(dialog, strbuf_str(&dialog->title));
	add(dialog, "--text");
	add(dialog, is_ask ? zenity_text(dialog, wait->question, is_list) : wait->question);
	if (!is_ask) {
		add_all(dialog, buttons, ARRAY_SIZE(buttons));
	} else if (is_list) {
		add_all(dialog, list, ARRAY_SIZE(list));
		add_choices(dialog, wait->choices);
	} else if (wait->is_secret) {
		add(dialog, "--hide-text");
	} else if (wait->default_answer) {
		add(dialog, "--entry-text");
		add(dialog, wait->default_answer);
	}
}

static void add_osascript(struct dialog *dialog, const struct step_wait *wait)
{
	bool is_ask = wait_wants_text(wait->kind);

	add(dialog, "-e");
	add(dialog, "on run argv");
	add(dialog, "-e");
	add(dialog, wait->choices
			    ? "return choose from list (rest of argv) with prompt (item 1 of argv)"
		    : wait->is_secret ? "return text returned of (display dialog (item 1 of argv) "
					"default answer \"\" with hidden answer)"
		    : is_ask	      ? "return text returned of (display dialog (item 1 of argv) "
					"default answer (item 2 of argv))"
			     : "return button returned of (display dialog (item 1 of argv) buttons "
			       "{\"Later\", \"No\", \"Yes\"})");
	add(dialog, "-e");
	add(dialog, "end run");
	add(dialog, wait->question);
	if (wait->choices)
		add_choices(dialog, wait->choices);
	else if (is_ask)
		add(dialog, wait->default_answer ? wait->default_answer : "");
}

static void make_argv(struct dialog *dialog, const char *program)
{
	const struct execution *execution = dialog->execution;
	const struct step_wait *wait =
		state_step(&dialog->engine->state, execution->node->id)->wait;
	const char *slash = strrchr(program, '/'), *name = slash ? slash + 1 : program;

	strbuf_addf(&dialog->title, "%s: %s", dialog->engine->session->wf->id, execution->node->id);
	add(dialog, program);
	if (strcmp(name, "zenity") == 0) {
		add_zenity(dialog, wait);
	} else if (strcmp(name, "osascript") == 0) {
		add_osascript(dialog, wait);
	} else {
		add(dialog, wait->kind);
		add(dialog, execution->node->id);
		add(dialog, wait->question);
		add_choices(dialog, wait->choices);
	}
	add(dialog, NULL);
}

/* ---- Its end ---- */

static void read_rest(struct dialog *dialog)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(dialog->fd, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0 && dialog->out.len < ANSWER_MAX)
			strbuf_add(&dialog->out, bytes, (size_t)n);
	memset(bytes, 0, sizeof bytes);
}

static void on_output(struct loop *loop, int fd, short revents UNUSED, void *data)
{
	struct dialog *dialog = data;
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof bytes);

	if (n > 0 && dialog->out.len < ANSWER_MAX)
		strbuf_add(&dialog->out, bytes, (size_t)n);
	if (n == 0)
		loop_remove_fd(loop, fd);
	memset(bytes, 0, sizeof bytes);
}

/* NULL: it was closed, or could not ask. */
static const char *word_of(const struct dialog *dialog, int status)
{
	const char *out = strbuf_str(&dialog->out);
	bool has_passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (wait_wants_text(dialog->execution->wait_kind))
		return has_passed && *out ? "answer" : NULL;
	if (strcasecmp(out, "no") == 0)
		return "reject";
	return has_passed && (!*out || strcasecmp(out, "yes") == 0) ? "approve" : NULL;
}

static void on_end(struct loop *loop UNUSED, pid_t pid UNUSED, int status,
		   const struct rusage *usage UNUSED, void *data)
{
	struct dialog *dialog = data;
	struct execution *execution = dialog->execution;
	struct engine *engine = dialog->engine;
	const char *who = engine->options->ask.who ? engine->options->ask.who : "somebody";
	const char *word;
	struct err err = ERR_INIT;

	read_rest(dialog);
	while (dialog->out.len && strchr("\r\n", dialog->out.buf[dialog->out.len - 1]))
		strbuf_setlen(&dialog->out, dialog->out.len - 1);
	execution->dialog = NULL;
	execution->dialog_is_gone = true;
	word = word_of(dialog, status);
	if (word && waits_answer(execution, word,
				 strcmp(word, "answer") == 0 ? strbuf_str(&dialog->out) : NULL, who,
				 NULL, &err) < 0)
		emit_note(engine, execution->node, "%s", err_msg(&err));
	err_release(&err);
	free_dialog(dialog);
}

static int start(struct dialog *dialog, struct err *err)
{
	struct spawn_request request = SPAWN_REQUEST_INIT;
	int fds[2], rc;

	if (spawn_pipe(fds, err) < 0)
		return -1;
	request.argv = dialog->argv.v;
	request.envp = env_block(&dialog->engine->env);
	request.stdout_fd = fds[1];
	request.new_group = true;
	rc = spawn_start(&request, &dialog->pid, err);
	close(fds[1]);
	dialog->fd = fds[0];
	return rc;
}

bool dialog_open(struct execution *execution)
{
	struct engine *engine = execution->engine;
	struct dialog *dialog = xcalloc(1, sizeof *dialog);
	struct err err = ERR_INIT;

	dialog->engine = engine;
	dialog->execution = execution;
	dialog->fd = -1;
	make_argv(dialog, engine->options->ask.dialog);
	if (start(dialog, &err) < 0) {
		emit_note(engine, execution->node, "prompt.command: %s", err_msg(&err));
		err_release(&err);
		if (dialog->fd >= 0)
			close(dialog->fd);
		dialog->fd = -1;
		free_dialog(dialog);
		execution->dialog_is_gone = true;
		return false;
	}
	execution->dialog = dialog;
	fcntl(dialog->fd, F_SETFL, O_NONBLOCK);
	loop_add_fd(engine->loop, dialog->fd, POLLIN, on_output, dialog);
	loop_watch_child(engine->loop, dialog->pid, on_end, dialog);
	return true;
}
