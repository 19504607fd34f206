/*
 * Runs a program and makes one of its system calls go wrong:
 *
 *	inject -o REPORT record -- PROGRAM...		every call, a line each: "nr text"
 *	inject -o REPORT kill N -- PROGRAM...		kill -9 at the entry of call N
 *	inject -o REPORT shutdown N FLAGS DIR -- PROGRAM...	the same, and the file system of DIR stops before it
 *	inject -o REPORT fail NR K ERRNO one -- PROGRAM...	the K-th call of number NR fails
 *	inject -o REPORT fail NR K ERRNO all -- PROGRAM...	and every later one of that number
 *
 * Calls count from 0 and from main() on: its first call is fcntl(0, F_GETFD). Only the program itself
 * with its threads is traced, not what it starts: no special build is needed, and children run at full
 * speed. With -f what it starts is traced too, its calls count with the others, and a kill ends all of
 * them; with -F only the process that makes the call.
 * (seccomp's RET_TRACE would spare stops, but is inherited: untraced children would get ENOSYS.)
 *
 * REPORT ends with "hit NR TEXT" or "missed", and "exit N", "signal N" or "hang". Exits 0 if it could do
 * its work, whatever the program did; 77 where calls cannot be traced.
 */
#include "regs.h"

#include <stdio.h>

#if HAS_REGS

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum mode { MODE_RECORD, MODE_KILL, MODE_FAIL };

#define MAX_TASKS 64

#define FS_IOC_SHUTDOWN _IOR('X', 125, uint32_t) /* not in the headers that programs get */

struct task { /* a thread */
	pid_t tid;
	bool in_call, fails_now;
};

struct inject {
	enum mode mode;
	long number;   /* MODE_FAIL: of the call */
	long at;       /* which one */
	int error;     /* the errno it gets */
	bool for_good; /* and all that come later */
	int stops_fd;  /* of the file system that is shut down before a kill; -1: none */
	uint32_t stop_flags;
	bool follows, kills_one; /* -f, -F */
	double limit_s;
	FILE *report;
	/* what goes on */
	pid_t pid;
	bool in_main, was_hit;
	long n_seen;
	struct task tasks[MAX_TASKS];
	size_t n_tasks;
	struct regs regs;
};

static volatile sig_atomic_t traced_pid;
static volatile sig_atomic_t hangs;

static void die(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	if (traced_pid > 0)
		kill(traced_pid, SIGKILL);
	exit(2);
}

static void on_alarm(int signo)
{
	(void)signo;
	hangs = 1;
	kill(traced_pid, SIGKILL);
}

static void set_alarm(double seconds)
{
	struct itimerval timer = { .it_value = { .tv_sec = (time_t)seconds } };

	timer.it_value.tv_usec = (suseconds_t)((seconds - (double)timer.it_value.tv_sec) * 1e6);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Which argument is a path; -1: none. */
static int path_argument(long number)
{
	switch (number) {
	case SYS_openat:
	case SYS_newfstatat:
	case SYS_unlinkat:
	case SYS_mkdirat:
	case SYS_renameat2:
	case SYS_faccessat:
	case SYS_readlinkat: return 1;
#ifdef SYS_open
	case SYS_open:
	case SYS_stat:
	case SYS_lstat:
	case SYS_unlink:
	case SYS_mkdir:
	case SYS_rename:
	case SYS_access:
	case SYS_readlink: return 0;
#endif
	default: return -1;
	}
}

/* The path, or the first three arguments. */
static void describe_call(struct inject *inject, pid_t tid, char *text, size_t size)
{
	int which = path_argument(regs_number(&inject->regs));
	struct iovec local, remote;
	char path[120] = "";

	if (which >= 0) {
		uint64_t at = regs_argument(&inject->regs, which);
		size_t len = 4096 - (at & 4095); /* what comes behind may not be mapped */

		if (len > sizeof path - 1)
			len = sizeof path - 1;
		local = (struct iovec){ path, len };
		remote = (struct iovec){ (void *)(uintptr_t)at, len };
		process_vm_readv(tid, &local, 1, &remote, 1, 0);
		path[strcspn(path, "\n")] = '\0';
		snprintf(text, size, "%s", path);
		return;
	}
	snprintf(text, size, "%lx %lx %lx", (long)regs_argument(&inject->regs, 0),
		 (long)regs_argument(&inject->regs, 1), (long)regs_argument(&inject->regs, 2));
}

static void report_hit(struct inject *inject, pid_t tid)
{
	char text[128];

	describe_call(inject, tid, text, sizeof text);
	if (!inject->was_hit)
		fprintf(inject->report, "hit %ld %s\n", regs_number(&inject->regs), text);
	inject->was_hit = true;
}

static bool is_mains_first(const struct regs *regs)
{
	return regs_number(regs) == SYS_fcntl && regs_argument(regs, 0) == 0 &&
	       regs_argument(regs, 1) == F_GETFD;
}

static bool is_meant(const struct inject *inject)
{
	if (inject->mode == MODE_FAIL && regs_number(&inject->regs) != inject->number)
		return false;
	return inject->n_seen == inject->at || (inject->for_good && inject->n_seen > inject->at);
}

static void cut_off(struct inject *inject)
{
	if (inject->stops_fd >= 0 &&
	    ioctl(inject->stops_fd, FS_IOC_SHUTDOWN, &inject->stop_flags) < 0)
		die("cannot shut the file system down");
	for (size_t i = 0; i < inject->n_tasks && inject->follows; i++)
		kill(inject->tasks[i].tid, SIGKILL);
	kill(inject->pid, SIGKILL);
}

static void on_entry(struct inject *inject, struct task *task)
{
	char text[128];

	if (regs_read(task->tid, &inject->regs) < 0)
		return;
	inject->in_main |= is_mains_first(&inject->regs);
	if (!inject->in_main)
		return;
	if (inject->mode == MODE_RECORD) {
		describe_call(inject, task->tid, text, sizeof text);
		fprintf(inject->report, "%ld %s\n", regs_number(&inject->regs), text);
	} else if (is_meant(inject)) {
		report_hit(inject, task->tid);
		if (inject->mode == MODE_KILL && inject->kills_one)
			kill(task->tid, SIGKILL);
		else if (inject->mode == MODE_KILL)
			cut_off(inject);
		else if (regs_number(&inject->regs) == SYS_close) /* closes also when it fails */
			task->fails_now = true;
		else
			task->fails_now = regs_skip_call(task->tid, &inject->regs) == 0;
	}
	if (inject->mode != MODE_FAIL || task->fails_now ||
	    regs_number(&inject->regs) == inject->number)
		inject->n_seen++;
}

static void on_exit_of_call(struct inject *inject, struct task *task)
{
	if (task->fails_now && regs_read(task->tid, &inject->regs) == 0)
		regs_set_result(task->tid, &inject->regs, -inject->error);
	task->fails_now = false;
}

/* NULL: it is new, and now in the list. */
static struct task *find_task(struct inject *inject, pid_t tid)
{
	for (size_t i = 0; i < inject->n_tasks; i++) {
		if (inject->tasks[i].tid == tid)
			return &inject->tasks[i];
	}
	if (inject->n_tasks == MAX_TASKS)
		die("more threads than fit");
	inject->tasks[inject->n_tasks++] = (struct task){ .tid = tid };
	return NULL;
}

/* Returns the signal that the task is to get. */
static int on_stop(struct inject *inject, pid_t tid, int status)
{
	struct task *task = find_task(inject, tid);
	int signo = WSTOPSIG(status);

	if (signo == (SIGTRAP | 0x80) && task) {
		task->in_call = !task->in_call;
		if (task->in_call)
			on_entry(inject, task);
		else
			on_exit_of_call(inject, task);
		return 0;
	}
	/* SIGTRAP: exec, or news of a new thread, which begins with a stop. */
	return signo == SIGTRAP || (!task && signo == SIGSTOP) ? 0 : signo;
}

static void forget_task(struct inject *inject, pid_t tid)
{
	for (size_t i = 0; i < inject->n_tasks; i++) {
		if (inject->tasks[i].tid == tid)
			inject->tasks[i] = inject->tasks[--inject->n_tasks];
	}
}

/* What the program has left is not to live on; what it was just forking is in no list yet, and stopped. */
static void end_others(struct inject *inject)
{
	int status;
	pid_t tid;

	for (size_t i = 0; i < inject->n_tasks; i++)
		kill(inject->tasks[i].tid, SIGKILL);
	while ((tid = waitpid(-1, &status, __WALL)) >= 0 || errno == EINTR) {
		if (tid > 0 && WIFSTOPPED(status))
			kill(tid, SIGKILL);
	}
}

static void trace(struct inject *inject)
{
	int status;
	pid_t tid;

	for (;;) {
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			die("cannot wait");
		if (WIFSTOPPED(status)) {
			int signo = on_stop(inject, tid, status);

			/* Fails only where it has just been killed. */
			ptrace(PTRACE_SYSCALL, tid, NULL, (void *)(long)signo);
			continue;
		}
		forget_task(inject, tid);
		if (tid == inject->pid)
			break;
	}
	if (inject->follows)
		end_others(inject);
	if (!inject->was_hit && inject->mode != MODE_RECORD)
		fprintf(inject->report, "missed\n");
	if (hangs)
		fprintf(inject->report, "hang\n");
	else if (WIFSIGNALED(status))
		fprintf(inject->report, "signal %d\n", WTERMSIG(status));
	else
		fprintf(inject->report, "exit %d\n", WEXITSTATUS(status));
}

static void start(struct inject *inject, char **argv)
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE;
	int status;

	if (inject->follows)
		options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
	inject->pid = fork();
	if (inject->pid < 0)
		die("cannot fork");
	if (inject->pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(77);
		raise(SIGSTOP);
		execvp(argv[0], argv);
		_exit(126);
	}
	traced_pid = inject->pid;
	find_task(inject, inject->pid);
	if (waitpid(inject->pid, &status, 0) < 0)
		die("cannot wait");
	if (!WIFSTOPPED(status)) {
		puts("skipped: processes cannot be traced here");
		exit(77);
	}
	if (ptrace(PTRACE_SETOPTIONS, inject->pid, NULL, (void *)options) < 0 ||
	    ptrace(PTRACE_SYSCALL, inject->pid, NULL, NULL) < 0)
		die("cannot trace");
}

static int usage(void)
{
	fputs("usage: inject -o REPORT [-t SECONDS] [-f | -F] record | kill N | shutdown N FLAGS "
	      "DIR | fail "
	      "NR K ERRNO one|all -- "
	      "PROGRAM...\n",
	      stderr);
	return 2;
}

static int read_mode(struct inject *inject, int argc, char **argv)
{
	if (argc >= 1 && !strcmp(argv[0], "record")) {
		inject->mode = MODE_RECORD;
		return 1;
	}
	if (argc >= 2 && !strcmp(argv[0], "kill")) {
		inject->mode = MODE_KILL;
		inject->at = atol(argv[1]);
		return 2;
	}
	if (argc >= 4 && !strcmp(argv[0], "shutdown")) {
		inject->mode = MODE_KILL;
		inject->at = atol(argv[1]);
		inject->stop_flags = (uint32_t)atoi(argv[2]);
		inject->stops_fd = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (inject->stops_fd < 0)
			die(argv[3]);
		return 4;
	}
	if (argc < 5 || strcmp(argv[0], "fail") != 0)
		return -1;
	inject->mode = MODE_FAIL;
	inject->number = atol(argv[1]);
	inject->at = atol(argv[2]);
	inject->error = atoi(argv[3]);
	inject->for_good = !strcmp(argv[4], "all");
	return 5;
}

int main(int argc, char **argv)
{
	struct inject inject = { .limit_s = 10, .stops_fd = -1 };
	int option, words;

	while ((option = getopt(argc, argv, "+o:t:fF")) != -1) {
		if (option == 't')
			inject.limit_s = atof(optarg);
		else if (option == 'f' || option == 'F')
			inject.follows = true, inject.kills_one |= option == 'F';
		else if (option != 'o')
			return usage();
		else if (!(inject.report = fopen(optarg, "we")))
			die(optarg);
	}
	words = read_mode(&inject, argc - optind, argv + optind);
	if (words < 0 || !inject.report || optind + words + 1 >= argc ||
	    strcmp(argv[optind + words], "--") != 0)
		return usage();
	start(&inject, argv + optind + words + 1);
	signal(SIGALRM, on_alarm);
	set_alarm(inject.limit_s);
	trace(&inject);
	return fclose(inject.report) == 0 ? 0 : 2;
}

#else

int main(void)
{
	puts("skipped: system calls cannot be traced on this machine");
	return 77;
}

#endif
