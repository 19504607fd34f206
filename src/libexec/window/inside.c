/*
 * In the window: gets what is to run, runs it on this terminal, and tells how it went.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compat.h"
#include "sys/clock.h"
#include "sys/env.h"
#include "sys/spawn.h"
#include "window_impl.h"

#define MESSAGE_MAX ((uint32_t)64 << 20)
#define GRACE_MS    2000
#define POLL_MS	    20

extern char **environ;

struct order {
	struct arena arena;
	char **first, **argv, **envp;
};

static void on_signal(int signo UNUSED)
{
}

static bool read_all(int fd, void *data, size_t len)
{
	return recv(fd, data, len, MSG_WAITALL) == (ssize_t)len;
}

/* "2\0a\0b\0" → {a, b, NULL}; NULL: it is cut off. */
static char **cut_texts(struct arena *arena, char **at, const char *end)
{
	size_t n = strtoul(*at, NULL, 10);
	char **texts;

	if (n > (size_t)(end - *at))
		return NULL;
	texts = ARENA_ARRAY(arena, char *, n + 1);
	*at += strlen(*at) + 1;
	for (size_t i = 0; i < n; i++) {
		if (*at >= end)
			return NULL;
		texts[i] = *at;
		*at += strlen(*at) + 1;
	}
	return texts;
}

static int read_order(int fd, struct order *order)
{
	uint32_t len;
	char *text, *at;

	if (!read_all(fd, &len, sizeof len) || len > MESSAGE_MAX)
		return -1;
	at = text = arena_alloc(&order->arena, (size_t)len + 1);
	if (!read_all(fd, text, len))
		return -1;
	text[len] = '\0';
	order->first = cut_texts(&order->arena, &at, text + len);
	order->argv = order->first ? cut_texts(&order->arena, &at, text + len) : NULL;
	order->envp = order->argv ? cut_texts(&order->arena, &at, text + len) : NULL;
	return order->envp && order->first[0] && order->first[1] && order->argv[0] ? 0 : -1;
}

static void say(int fd, char kind, int value)
{
	struct word word;

	memset(&word, 0, sizeof word);
	word.kind = kind;
	word.value = value;
	send(fd, &word, sizeof word, MSG_NOSIGNAL);
}

/* What the terminal is called is known here only. */
static void take_terminal(struct env *env)
{
	static const char *const names[] = { "TERM",	  "TMUX",	  "TMUX_PANE",
					     "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (getenv(names[i]))
			env_set(env, names[i], getenv(names[i]));
}

static int start(const struct order *order, pid_t *pid, struct err *err)
{
	struct spawn_request request = SPAWN_REQUEST_INIT;
	struct env env = { 0 };
	int rc;

	env_init(&env, order->envp, ENV_KEEP_GIT);
	take_terminal(&env);
	request.argv = (const char *const *)order->argv;
	request.envp = env_block(&env);
	request.dir = order->first[0];
	request.stdin_fd = STDIN_FILENO;
	request.stdout_fd = STDOUT_FILENO;
	request.stderr_fd = STDERR_FILENO;
	request.new_group = true;
	request.foreground_tty_fd = isatty(STDIN_FILENO) ? STDIN_FILENO : -1;
	rc = spawn_start(&request, pid, err);
	env_release(&env);
	return rc;
}

/* The step is over: what runs here is told so, and then ended. */
static void end(pid_t pid)
{
	uint64_t until = clock_monotonic_ms() + GRACE_MS;

	kill(-pid, SIGTERM);
	kill(-pid, SIGCONT);
	while (kill(-pid, 0) == 0 && waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_monotonic_ms() >= until)
			break;
		clock_sleep_ms(POLL_MS);
	}
	kill(-pid, SIGKILL);
}

/* The wait status; -1: the other side is gone. */
static int watch(int fd, pid_t pid, bool is_bound)
{
	struct pollfd poll_fd = { .fd = is_bound ? fd : -1, .events = POLLIN };
	sigset_t none;
	int status;

	sigemptyset(&none);
	while (waitpid(pid, &status, WNOHANG) != pid)
		if (ppoll(&poll_fd, 1, NULL, &none) > 0)
			return -1;
	return status;
}

static void prepare_signals(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, wake = { .sa_handler = on_signal };
	static const int ignored[] = { SIGINT, SIGQUIT, SIGTSTP, SIGTTOU, SIGTTIN, SIGPIPE };
	sigset_t child;

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		sigaction(ignored[i], &ignore, NULL);
	sigaction(SIGCHLD, &wake, NULL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
}

static int run(int fd, const struct order *order)
{
	bool is_bound = strcmp(order->first[1], "bound") == 0;
	struct err err = ERR_INIT;
	pid_t pid;
	int status;

	if (start(order, &pid, &err) < 0) {
		fprintf(stderr, "git-wf: %s\n", err_msg(&err));
		say(fd, 'F', err.errnum == ENOENT ? 127 : 126);
		err_release(&err);
		recv(fd, &status, 1, 0); /* until it has read what stands here */
		return 1;
	}
	say(fd, 'S', (int)pid);
	status = watch(fd, pid, is_bound);
	if (isatty(STDIN_FILENO))
		tcsetpgrp(STDIN_FILENO, getpgrp());
	if (status < 0) {
		end(pid);
		return 1;
	}
	say(fd, 'X', spawn_exit_code(status));
	if (is_bound)
		recv(fd, &status, 1, 0);
	return 0;
}

int inside_main(const char *path)
{
	struct order order = { .first = NULL };
	struct err err = ERR_INIT;
	int rc = 1, fd = meet_connect(path, &err);

	if (fd < 0) {
		fprintf(stderr, "git-wf: %s\n", err_msg(&err));
		err_release(&err);
		return 1;
	}
	prepare_signals();
	if (read_order(fd, &order) == 0)
		rc = run(fd, &order);
	close(fd);
	arena_release(&order.arena);
	return rc;
}
