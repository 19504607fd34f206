/*
 * See sys/run.h.
 */
#include "sys/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/spawn.h"

#define SLICE_MS	50
#define DRAIN_GRACE_MS	200 /* after its end, for a pipe that a grandchild holds */
#define SAID_MAX	8192
#define MESSAGE_LEN_MAX 300

struct listening {
	pid_t pid;
	int fds[2]; /* stdout, stderr; -1: at its end */
	struct strbuf *sinks[2];
	size_t max_bytes;
	bool is_reaped, is_late, is_too_much;
	int status;
};

static int start(struct listening *listening, const struct run_request *request, bool hears_errors,
		 struct err *err)
{
	struct spawn_request spawn = SPAWN_REQUEST_INIT;
	int out[2] = { -1, -1 }, errs[2] = { -1, -1 }, input = -1, rc = 0;

	if (request->input && (input = fs_open_text(request->input, request->input_len)) < 0)
		return err_errno(err, "cannot keep the input of '%s'", request->argv[0]);
	rc = spawn_pipe(out, err);
	if (rc == 0 && hears_errors)
		rc = spawn_pipe(errs, err);
	spawn.argv = request->argv;
	spawn.envp = request->envp;
	spawn.dir = request->dir;
	spawn.stdin_fd = input;
	spawn.stdout_fd = out[1];
	spawn.stderr_fd = hears_errors ? errs[1] : STDERR_FILENO;
	if (rc == 0)
		rc = spawn_start(&spawn, &listening->pid, err);
	if (input >= 0)
		close(input);
	if (out[1] >= 0)
		close(out[1]);
	if (errs[1] >= 0)
		close(errs[1]);
	listening->fds[0] = out[0];
	listening->fds[1] = errs[0];
	return rc;
}

static void take(struct listening *listening, int i)
{
	char buf[8192];
	ssize_t n = read(listening->fds[i], buf, sizeof buf);
	struct strbuf *sink = listening->sinks[i];

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		close(listening->fds[i]);
		listening->fds[i] = -1;
		return;
	}
	if (i == 0 && sink->len + (size_t)n > listening->max_bytes) {
		listening->is_too_much = true;
		kill(listening->pid, SIGKILL);
		return;
	}
	if (i == 0 || sink->len < SAID_MAX)
		strbuf_add(sink, buf, (size_t)n);
}

static bool has_more(const struct listening *listening)
{
	return listening->fds[0] >= 0 || listening->fds[1] >= 0;
}

/* False: nothing came in that time. */
static bool pump(struct listening *listening, int wait_ms)
{
	struct pollfd polls[2] = { { .fd = listening->fds[0], .events = POLLIN },
				   { .fd = listening->fds[1], .events = POLLIN } };
	int n = poll(polls, 2, wait_ms);

	if (n < 0)
		return errno == EINTR;
	for (int i = 0; i < 2; i++)
		if (listening->fds[i] >= 0 && polls[i].revents)
			take(listening, i);
	return n > 0;
}

static bool has_ended(struct listening *listening)
{
	pid_t pid;

	do {
		pid = waitpid(listening->pid, &listening->status, WNOHANG);
	} while (pid < 0 && errno == EINTR);
	listening->is_reaped = pid != 0;
	return listening->is_reaped;
}

static void listen_to(struct listening *listening, uint64_t timeout_ms)
{
	uint64_t deadline_ms = clock_monotonic_ms() + timeout_ms;

	while (!has_ended(listening)) {
		if (timeout_ms && !listening->is_late && clock_monotonic_ms() >= deadline_ms) {
			listening->is_late = true;
			kill(listening->pid, SIGKILL);
		}
		if (has_more(listening))
			pump(listening, SLICE_MS);
		else
			clock_sleep_ms(1); /* its pipes close a moment before it can be reaped */
	}
	while (has_more(listening) && !listening->is_too_much && pump(listening, DRAIN_GRACE_MS))
		;
	for (int i = 0; i < 2; i++)
		if (listening->fds[i] >= 0)
			close(listening->fds[i]);
}

int run_program(const struct run_request *request, struct strbuf *out, struct strbuf *said,
		int *status, struct err *err)
{
	struct listening listening = { .fds = { -1, -1 },
				       .sinks = { out, said },
				       .max_bytes = request->max_bytes };

	if (start(&listening, request, said != NULL, err) < 0) {
		for (int i = 0; i < 2; i++)
			if (listening.fds[i] >= 0)
				close(listening.fds[i]);
		return -1;
	}
	listen_to(&listening, request->timeout_ms);
	*status = listening.status;
	if (listening.is_late)
		return err_set(err, ERR_SYSTEM, "it took longer than %llu s and was ended",
			       (unsigned long long)(request->timeout_ms / 1000));
	if (listening.is_too_much)
		return err_set(err, ERR_VALUE, "it printed more than %zu bytes",
			       request->max_bytes);
	return 0;
}

void run_describe(int status, const struct strbuf *said, struct strbuf *out)
{
	const char *text = said ? strbuf_str(said) : "", *from;
	size_t end = said ? said->len : 0;

	if (WIFSIGNALED(status))
		strbuf_addf(out, "killed by signal %d", WTERMSIG(status));
	else
		strbuf_addf(out, "exit %d", WEXITSTATUS(status));
	while (end && (text[end - 1] == '\n' || text[end - 1] == '\r' || text[end - 1] == ' '))
		end--;
	for (from = text + end; from > text && from[-1] != '\n';)
		from--;
	if (text + end > from)
		strbuf_addf(out, ": %.*s",
			    (int)(text + end - from < MESSAGE_LEN_MAX ? text + end - from
								      : MESSAGE_LEN_MAX),
			    from);
}
