/*
 * See sys/run.h.
 */
#include "sys/run.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/fs.h"

#define END_GRACE_MS	2000
#define SLICE_MS	50
#define DRAIN_GRACE_MS	200 /* after its end, for a pipe that a grandchild holds */
#define DRAIN_LIMIT_MS	5000
#define READ_SIZE	65536
#define SAID_MAX	65536 /* the first lines say why; the rest is only drained */
#define MESSAGE_LEN_MAX 300

struct listening {
	const struct run_request *request;
	pid_t pid;
	int fds[2];		 /* stdout, stderr; -1: at its end */
	struct strbuf *sinks[2]; /* NULL: thrown away */
	size_t out_max;		 /* of the first sink */
	int status;
	int read_errno; /* of its output, which is not whole then */
	bool is_reaped, is_late, is_too_much;
};

/* ---- Starting -------------------------------------------------------------------------------- */

static void close_pipe_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Its ends are those of `theirs`, -1 where there is none. */
static int start_with(struct listening *listening, int input_fd, const int theirs[2],
		      struct err *err)
{
	const struct run_request *request = listening->request;
	struct spawn_request spawn = SPAWN_REQUEST_INIT;

	spawn.argv = request->argv;
	spawn.envp = request->envp;
	spawn.dir = request->dir;
	spawn.extra_fds = request->extra_fds;
	spawn.n_extra_fds = request->n_extra_fds;
	spawn.new_group = request->own_group;
	spawn.stdin_fd = input_fd;
	spawn.stdout_fd = theirs[0];
	spawn.stderr_fd = theirs[1] >= 0 ? theirs[1] : STDERR_FILENO;
	return spawn_start(&spawn, &listening->pid, err);
}

static int start(struct listening *listening, bool hears_errors, struct err *err)
{
	const struct run_request *request = listening->request;
	int pipes[2][2] = { { -1, -1 }, { -1, -1 } }, theirs[2], input = -1, rc;

	if (request->input && (input = fs_open_text(request->input, request->input_len)) < 0)
		return err_errno(err, "cannot keep the input of '%s'", request->argv[0]);
	rc = spawn_pipe(pipes[0], err);
	if (rc == 0 && hears_errors)
		rc = spawn_pipe(pipes[1], err);
	for (int i = 0; i < 2; i++) {
		listening->fds[i] = pipes[i][0];
		theirs[i] = pipes[i][1];
	}
	if (rc == 0)
		rc = start_with(listening, input, theirs, err);
	close_pipe_end(&input);
	for (int i = 0; i < 2; i++)
		close_pipe_end(&theirs[i]);
	return rc;
}

/* ---- Until its end --------------------------------------------------------------------------- */

static void signal_it(const struct listening *listening, int signal)
{
	if (!listening->is_reaped)
		kill(listening->request->own_group ? -listening->pid : listening->pid, signal);
}

/* One byte more than it may print tells that it prints more. */
static size_t room_of(const struct listening *listening, int i)
{
	size_t left = listening->out_max - listening->sinks[i]->len;

	return i == 0 && left < READ_SIZE ? left + 1 : READ_SIZE;
}

static void add(struct listening *listening, int i, size_t n)
{
	struct strbuf *sink = listening->sinks[i];
	size_t len = sink->len + n;

	if (i == 0 && len > listening->out_max) {
		listening->is_too_much = true;
		len = listening->out_max;
		signal_it(listening, SIGKILL);
	}
	strbuf_setlen(sink, len);
}

static bool is_kept(const struct listening *listening, int i)
{
	return listening->sinks[i] && !(i == 0 && listening->is_too_much) &&
	       !(i == 1 && listening->sinks[1]->len >= SAID_MAX);
}

static void take(struct listening *listening, int i)
{
	char scrap[4096], *into = scrap;
	size_t room = sizeof scrap;
	bool keeps = is_kept(listening, i);
	ssize_t n;

	if (keeps) {
		room = room_of(listening, i);
		strbuf_grow(listening->sinks[i], room);
		into = listening->sinks[i]->buf + listening->sinks[i]->len;
	}
	n = read(listening->fds[i], into, room);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0 && keeps)
		add(listening, i, (size_t)n);
	if (n < 0 && i == 0)
		listening->read_errno = errno;
	if (n <= 0)
		close_pipe_end(&listening->fds[i]);
}

static bool has_more(const struct listening *listening)
{
	return listening->fds[0] >= 0 || listening->fds[1] >= 0;
}

/* What goes on printing ends by SIGPIPE. */
static void stop_listening(struct listening *listening)
{
	for (int i = 0; i < 2; i++)
		close_pipe_end(&listening->fds[i]);
}

/* False: nothing came in that time. */
static bool pump(struct listening *listening, int wait_ms)
{
	struct pollfd polls[2] = { { .fd = listening->fds[0], .events = POLLIN },
				   { .fd = listening->fds[1], .events = POLLIN } };
	int n = poll(polls, 2, wait_ms);

	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0) {
		listening->read_errno = errno;
		stop_listening(listening);
	}
	for (int i = 0; n > 0 && i < 2; i++)
		if (listening->fds[i] >= 0 && polls[i].revents)
			take(listening, i);
	return n > 0;
}

/* 1: it has ended; 0: it runs; -1: somebody else took its status. */
static int reap(struct listening *listening)
{
	pid_t pid;

	do
		pid = waitpid(listening->pid, &listening->status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	listening->is_reaped = pid != 0;
	return pid < 0 ? -1 : pid != 0;
}

/* A group is told first. The next deadline. */
static uint64_t end_late(struct listening *listening, uint64_t now_ms)
{
	bool is_told = listening->request->own_group && !listening->is_late;

	signal_it(listening, is_told ? SIGTERM : SIGKILL);
	listening->is_late = true;
	return now_ms + END_GRACE_MS;
}

/* Its pipes close a moment before it can be reaped. */
static void nap(unsigned number)
{
	if (number < 20)
		sched_yield();
	else
		clock_sleep_ms(number < 30 ? 1 : 10);
}

/* A pipe ends when the program does, so the usual case never waits for a slice to pass. */
static int await(struct listening *listening, struct err *err)
{
	uint64_t timeout_ms = listening->request->timeout_ms, now_ms = clock_monotonic_ms();
	uint64_t deadline_ms = timeout_ms ? now_ms + timeout_ms : UINT64_MAX;
	unsigned n_naps = 0;
	int ended;

	while ((ended = reap(listening)) == 0) {
		now_ms = clock_monotonic_ms();
		if (now_ms >= deadline_ms)
			deadline_ms = end_late(listening, now_ms);
		if (has_more(listening))
			pump(listening, SLICE_MS);
		else
			nap(n_naps++);
	}
	if (ended < 0)
		return err_errno(err, "cannot learn how it ended");
	deadline_ms = clock_monotonic_ms() + DRAIN_LIMIT_MS;
	while (has_more(listening) && !listening->is_too_much && pump(listening, DRAIN_GRACE_MS))
		if (clock_monotonic_ms() >= deadline_ms)
			break;
	return 0;
}

/* ---- What came of it ------------------------------------------------------------------------- */

static int check_heard(const struct listening *listening, struct err *err)
{
	const struct run_request *request = listening->request;

	if (listening->is_late)
		return err_set(err, ERR_SYSTEM, "it took longer than %llu s and was ended",
			       (unsigned long long)(request->timeout_ms / 1000));
	if (listening->is_too_much)
		return err_set(err, ERR_VALUE, "it printed more than %zu bytes",
			       request->max_bytes);
	errno = listening->read_errno;
	return errno ? err_errno(err, "cannot read what it prints") : 0;
}

int run_program(const struct run_request *request, struct strbuf *out, struct strbuf *said,
		int *status, struct err *err)
{
	struct listening listening = {
		.request = request, .fds = { -1, -1 }, .sinks = { out, said }, .out_max = SIZE_MAX
	};
	int rc;

	if (out && request->max_bytes)
		listening.out_max = out->len + request->max_bytes;
	rc = start(&listening, said != NULL, err);
	if (rc == 0)
		rc = await(&listening, err);
	stop_listening(&listening);
	if (rc < 0)
		return -1;
	*status = listening.status;
	return check_heard(&listening, err);
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
