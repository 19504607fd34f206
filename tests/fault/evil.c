/*
 * A child that does not behave, for children.py; and what has to be fast or small beside it.
 *
 *	evil act KIND END SIDE      a step: misbehaves as KIND says, and ends as END says
 *	evil run REPORT COMMAND...  runs a command; what became of it and its peak memory to REPORT. It
 *				   stays then: the end of a session would end others, too
 *	evil compare KIND LOG       "BYTES same" or "BYTES differ": as far as the log is what KIND writes
 *
 * END is "ok" or "fail", or "stay" for a step that somebody has to end. Every misbehaving process is a
 * grandchild of the engine, too; where the step stays, it misbehaves itself. SIDE is a mapped file that
 * says how far it came. If SIDE.again exists the step only says so: it is the one of a resume.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHUNK	     65536
#define LIFE_S	     60 /* nothing of a lost test stays for ever */
#define STORM_N	     200
#define HOPPERS_N    8
#define HOP_US	     5000
#define HOPS_MAX     4000 /* of all: each leaves a zombie until somebody has reaped it */
#define READY_WAITS  5000 /* of 1 ms */
#define FD_CLOSE_MAX 1024

/* Native 64-bit words, read by children.py. */
struct side {
	volatile uint64_t begun, done; /* bytes: a write of up to `begun`; written */
	volatile uint64_t started_ns, ended_ns;
	volatile uint64_t ready, forks;
};

static struct side *side;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- What is written: the byte at each offset follows from the offset ---- */

enum text { LINES, ONE_LINE, BYTES };

/* "000000000000042" and the end: the number of the line in 16 bytes. */
static void fill_lines(char *buf, uint64_t offset, size_t len, char end)
{
	for (size_t i = 0; i < len; i += 16) {
		uint64_t number = (offset + i) / 16;
		char line[16];

		line[15] = end;
		for (int digit = 15; digit-- > 0; number /= 10)
			line[digit] = (char)('0' + number % 10);
		memcpy(buf + i, line, len - i < 16 ? len - i : 16);
	}
}

/* All 256 values, NUL and what is no UTF-8 among them. */
static void fill_bytes(char *buf, uint64_t offset, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = (char)((offset + i) * 0x9E3779B97F4A7C15u >> 56);
}

/* `offset` is a multiple of 16. */
static void fill(enum text text, char *buf, uint64_t offset, size_t len)
{
	if (text == BYTES)
		fill_bytes(buf, offset, len);
	else
		fill_lines(buf, offset, len, text == LINES ? '\n' : '.');
}

static void write_text(enum text text, uint64_t bytes)
{
	static char buf[CHUNK];

	while (side->done < bytes) {
		uint64_t at = side->done, skip = at % 16;
		size_t len = bytes - at < CHUNK - 16 ? (size_t)(bytes - at) : CHUNK - 16;
		ssize_t n;

		fill(text, buf, at - skip, len + skip);
		side->begun = at + len;
		n = write(STDOUT_FILENO, buf + skip, len);
		if (n < 0 && errno == EAGAIN)
			return; /* the pipe is full */
		if (n < 0)
			_exit(9);
		side->done = at + (uint64_t)n;
	}
}

/* ---- The kinds ---- */

static void stay(void)
{
	for (;;)
		pause();
}

static void say_ready(void)
{
	side->ready = 1;
}

/* Without our pipe: only the process is left. */
static void let_go_of_output(void)
{
	int fd = open("/dev/null", O_RDWR);

	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
}

static void do_setsid(void)
{
	setsid();
	let_go_of_output();
}

static void do_double(void)
{
	if (setsid() < 0)
		return; /* the step itself, which has to stay */
	if (fork())
		_exit(0);
	alarm(LIFE_S);
	let_go_of_output();
}

static void do_nohup(void)
{
	signal(SIGHUP, SIG_IGN);
	let_go_of_output();
}

static void do_ignore(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1 };

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], SIG_IGN);
}

static void do_stop(void)
{
	say_ready();
	raise(SIGSTOP);
}

static void do_hold(void)
{
	setsid();
}

/* Never the same process for longer than some milliseconds, and always a session of its own. */
static void hop(void)
{
	while (side->forks < HOPS_MAX) {
		pid_t pid = fork();

		if (pid > 0)
			_exit(0);
		if (pid < 0)
			continue;
		alarm(LIFE_S);
		setsid();
		side->forks++;
		usleep(HOP_US);
	}
	stay();
}

static void do_storm(void)
{
	let_go_of_output();
	for (int i = 0; i < STORM_N + HOPPERS_N; i++) {
		if (fork())
			continue;
		alarm(LIFE_S);
		side->forks++;
		if (i < HOPPERS_N)
			hop();
		stay();
	}
}

/* In the background that stops it, and its whole group: the accomplice has one of its own. */
static void do_tty(void)
{
	int fd = open("/dev/tty", O_RDWR);
	char c;

	say_ready();
	while (fd >= 0 && read(fd, &c, 1) > 0) {
	}
}

static void do_close(void)
{
	for (int fd = 0; fd < FD_CLOSE_MAX; fd++)
		close(fd);
}

static void do_nothing(void)
{
}

#define SOME ((uint64_t)4096)
#define MIB  ((uint64_t)1 << 20)

static const struct kind {
	const char *name;
	void (*misbehave)(void);
	enum text text;
	uint64_t bytes; /* that it writes first */
} kinds[] = {
	{ "setsid", do_setsid, LINES, SOME },
	{ "double-fork", do_double, LINES, SOME },
	{ "nohup", do_nohup, LINES, SOME },
	{ "ignore-term", do_ignore, LINES, SOME },
	{ "stop", do_stop, LINES, SOME },
	{ "hold-pipe", do_hold, LINES, SOME },
	{ "fill-pipe", do_nothing, LINES, 4 * MIB }, /* without waiting for the reader */
	{ "fork-storm", do_storm, LINES, SOME },
	{ "read-tty", do_tty, LINES, SOME },
	{ "close-fds", do_close, LINES, SOME },
	{ "gigabyte", do_nothing, LINES, 1024 * MIB },
	{ "long-line", do_nothing, ONE_LINE, 100 * MIB },
	{ "binary", do_nothing, BYTES, 3 * MIB },
};

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	fprintf(stderr, "evil: no kind '%s'\n", name);
	exit(2);
}

static void map_side(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *at = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof *side) == 0)
		at = mmap(NULL, sizeof *side, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) {
		perror(path);
		exit(2);
	}
	close(fd);
	side = at;
}

static void start_accomplice(const struct kind *kind)
{
	if (fork() == 0) {
		alarm(LIFE_S);
		if (kind->misbehave == do_tty)
			setpgid(0, 0);
		kind->misbehave();
		say_ready();
		stay();
	}
	for (int i = 0; i < READY_WAITS && !side->ready; i++)
		usleep(1000);
}

static void fill_pipe(const struct kind *kind, int stays)
{
	fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
	do
		write_text(kind->text, stays ? UINT64_MAX : kind->bytes);
	while (stays);
}

static int act(const struct kind *kind, const char *end, const char *path)
{
	char again[4096];
	int stays = strcmp(end, "stay") == 0;

	snprintf(again, sizeof again, "%s.again", path);
	if (access(again, F_OK) == 0) {
		puts("again");
		return 0;
	}
	alarm(LIFE_S);
	map_side(path);
	side->started_ns = now_ns();
	start_accomplice(kind);
	if (strcmp(kind->name, "fill-pipe") == 0)
		fill_pipe(kind, stays);
	else
		write_text(kind->text, kind->bytes);
	if (stays) {
		kind->misbehave();
		stay();
	}
	side->ended_ns = now_ns();
	_exit(strcmp(end, "ok") == 0 ? 0 : 3);
}

/* ---- Beside it ---- */

static unsigned long long us_of(struct timeval time)
{
	return (unsigned long long)time.tv_sec * 1000000 + (unsigned long long)time.tv_usec;
}

/* Status, KiB, end and duration in ns, processor time in us. */
static int run(const char *report, char **command)
{
	struct rusage usage;
	uint64_t started_ns = now_ns(), ended_ns;
	char made[4096];
	int status;
	FILE *out;
	pid_t pid;

	/* Ctrl-C is for the command. */
	signal(SIGINT, SIG_IGN);
	pid = vfork();
	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		execvp(command[0], command);
		_exit(127);
	}
	while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {
	}
	ended_ns = now_ns();
	snprintf(made, sizeof made, "%s.new", report);
	out = fopen(made, "w");
	if (!out)
		return 2;
	fprintf(out, "%d %ld %llu %llu %llu\n",
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), usage.ru_maxrss,
		(unsigned long long)ended_ns, (unsigned long long)(ended_ns - started_ns),
		us_of(usage.ru_utime) + us_of(usage.ru_stime));
	if (fclose(out) != 0 || rename(made, report) != 0)
		return 2;
	stay();
	return 0;
}

static int compare(const struct kind *kind, const char *path)
{
	static char got[CHUNK], want[CHUNK];
	FILE *in = fopen(path, "r");
	uint64_t offset = 0;
	size_t n;

	if (!in) {
		perror(path);
		return 2;
	}
	while ((n = fread(got, 1, sizeof got, in)) > 0) {
		fill(kind->text, want, offset, n);
		if (memcmp(got, want, n) != 0)
			break;
		offset += n;
	}
	fclose(in);
	printf("%llu %s\n", (unsigned long long)offset, n ? "differ" : "same");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "act") == 0)
		return act(find_kind(argv[2]), argv[3], argv[4]);
	if (argc > 3 && strcmp(argv[1], "run") == 0)
		return run(argv[2], argv + 3);
	if (argc == 4 && strcmp(argv[1], "compare") == 0)
		return compare(find_kind(argv[2]), argv[3]);
	fprintf(stderr,
		"usage: evil act KIND END SIDE | run REPORT COMMAND... | compare KIND LOG\n");
	return 2;
}
