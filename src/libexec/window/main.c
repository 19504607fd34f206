/*
 * git-wf--window: opens the window, hands over what is to run in it, and waits for its end.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "step/helper.h"
#include "sys/clock.h"
#include "sys/self.h"
#include "window_impl.h"

/* What the handler may set; blocked but for where it is waited. */
static volatile sig_atomic_t was_told;

static void on_signal(int signo)
{
	was_told = signo;
}

static int parse(struct request *request, char **words, struct err *err)
{
	*request = (struct request){ .waits = true, .restores = true };
	for (; *words && strcmp(*words, "--") != 0; words++) {
		if (strncmp(*words, "target=", 7) == 0)
			request->target = *words + 7;
		else if (strncmp(*words, "verify=", 7) == 0)
			request->verify_ms = strtoull(*words + 7, NULL, 10);
		else if (strcmp(*words, "no-wait") == 0)
			request->waits = false;
		else if (strcmp(*words, "no-restore") == 0)
			request->restores = false;
		else
			return err_set(err, ERR_USAGE, "'%.60s' is no word of a window", *words);
	}
	request->command = (const char *const *)(*words ? words + 1 : words);
	if (!request->target || !*request->command)
		return err_set(err, ERR_USAGE, "a window without a name, or with nothing to run");
	return 0;
}

static void catch_signals(void)
{
	static const int caught[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++) {
		sigaction(caught[i], &action, NULL);
		sigaddset(&set, caught[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/* The words of what runs in the window: this program again. */
static const char *const *inside_words(struct arena *arena, const char *path, struct err *err)
{
	const char **argv = ARENA_ARRAY(arena, const char *, 4);

	argv[0] = self_path(arena, err);
	argv[1] = "inside";
	argv[2] = path;
	return argv[0] ? argv : NULL;
}

/* Both sides have met, and it has begun: the socket. -1: it has not. */
static int begin(struct opener *opener, const struct request *request, int listener,
		 const char *dir, struct env *env, int *exit_code, struct err *err)
{
	uint64_t until = clock_monotonic_ms() + request->verify_ms;
	struct word word;
	int fd = meet_accept(listener, until, err), rc;

	if (fd < 0)
		return -1;
	if (meet_send(fd, dir, request->command, env_block(env), request->waits, err) < 0) {
		close(fd);
		return -1;
	}
	rc = meet_read(fd, until, &word, err);
	if (rc == 0 && word.kind == 'S')
		return fd;
	if (rc == 0 && word.kind == 'F') {
		*exit_code = word.value;
		opener_copy(opener);
	} else if (rc > 0) {
		err_set(err, ERR_SYSTEM, "what runs in the window did not begin in time");
	}
	close(fd);
	return -1;
}

static int wait_for_end(struct opener *opener, int fd, struct err *err)
{
	struct word word;
	int rc = 2;

	while (rc == 2 && !was_told)
		rc = meet_read(fd, 0, &word, err);
	if (rc == 0 && word.kind == 'X') {
		opener_copy(opener);
		return word.value;
	}
	if (was_told)
		return 128 + was_told; /* the end of the socket tells the other side */
	return rc < 0 ? -1
		      : err_set(err, ERR_SYSTEM,
				"the window was closed before what ran in it had ended");
}

static void say_where(struct opener *opener, const struct request *request)
{
	const char *place = opener_place(opener, request->target);

	if (place)
		fprintf(stderr, "in a window of tmux; to see it: tmux attach -t '%s'\n", place);
}

static int run_in(struct opener *opener, const struct request *request, const char *path,
		  struct env *env, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf dir = STRBUF_INIT;
	char *cwd = getcwd(NULL, 0);
	const char *const *inside = inside_words(&opener->arena, path, err);
	int listener, fd, rc = -1;

	strbuf_addstr(&dir, cwd ? cwd : "/");
	free(cwd);
	listener = inside ? meet_listen(path, err) : -1;
	if (listener < 0)
		return -1;
	if (opener_open(opener, request->target, inside, err) == 0) {
		say_where(opener, request);
		fd = begin(opener, request, listener, strbuf_str(&dir), env, &rc, err);
		if (fd < 0)
			opener_close(opener);
		else
			rc = request->waits ? wait_for_end(opener, fd, err) : 0;
		if (request->restores)
			opener_restore(opener);
		if (fd >= 0)
			close(fd);
		if (request->waits)
			opener_settle(opener);
	}
	close(listener);
	unlink(path);
	return rc;
}

static int work(char **words, struct err *err)
{
	const char *output = getenv("WF_OUTPUT");
	struct opener opener = { .program = NULL };
	struct request request;
	struct env env = { 0 };
	const char *path;
	int rc;

	if (parse(&request, words, err) < 0)
		return -1;
	if (!output)
		return err_set(err, ERR_USAGE, "only a step of a run opens windows");
	opener_init(&opener, &env);
	/* A short name of its own, beside the other files of the attempt. */
	path = arena_printf(&opener.arena, "%s.window", output);
	rc = run_in(&opener, &request, path, &env, err);
	env_release(&env);
	opener_release(&opener);
	return rc;
}

int main(int argc UNUSED, char **argv)
{
	struct err err = ERR_INIT;
	int rc;

	if (argv[1] && strcmp(argv[1], "inside") == 0 && argv[2])
		return inside_main(argv[2]);
	catch_signals();
	rc = work(argv + 1, &err);
	if (rc < 0) {
		fprintf(stderr, "git-wf: window: %s\n", err_msg(&err));
		rc = HELPER_WINDOW_REFUSED;
	}
	err_release(&err);
	return rc;
}
