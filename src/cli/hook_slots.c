/*
 * Workflows of one priority that may fix files, at once: each in a process of its own, on a copy of the
 * files of its own, all of the same tree. When all have ended, what each has made becomes part of the
 * tree, in the order of the list, and what it wrote is shown; the first writes where we do. One that
 * changed the same lines as one before it runs once more, on what there is by then.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hook_call_impl.h"
#include "sys/fs.h"
#include "sys/loop.h"
#include "sys/tty.h"
#include "sys/twin.h"

struct slot {
	struct hook_workflow *workflow;
	size_t index;
	unsigned number; /* while it is at work no other has it */
	pid_t pid;	 /* 0: not at work */
	bool is_started;
	int status;
	int out_fd, err_fd, answer_fd; /* hidden files; out, err: -1: it writes to ours */
};

struct answer { /* behind it: hook_call.skips_met */
	bool passes, has_passed;
	struct staging_made made;
};

struct slots {
	struct hook_stand *stand;
	struct slot *list;
	size_t n;
	const char *tree; /* that all begin with */
	unsigned jobs;	  /* of one */
	sigset_t signals, before;
	int signal; /* we are to end by it; 0: none */
};

/* ---- Files without a name ------------------------------------------------------------------------------ */

static int open_hidden(void)
{
	FILE *file = tmpfile();
	int fd = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 3) : -1;

	if (file)
		fclose(file);
	return fd;
}

static bool is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

static int open_slot(struct slot *slot)
{
	slot->answer_fd = open_hidden();
	if (slot->answer_fd < 0 || slot->index == 0)
		return slot->answer_fd < 0 ? -1 : 0;
	slot->out_fd = open_hidden();
	if (slot->out_fd >= 0)
		slot->err_fd = is_same_file(STDOUT_FILENO, STDERR_FILENO) ? slot->out_fd
									  : open_hidden();
	return slot->err_fd < 0 ? -1 : 0;
}

static void close_slot(struct slot *slot)
{
	if (slot->answer_fd >= 0)
		close(slot->answer_fd);
	if (slot->err_fd >= 0 && slot->err_fd != slot->out_fd)
		close(slot->err_fd);
	if (slot->out_fd >= 0)
		close(slot->out_fd);
}

static void show(int from, int to)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	if (from >= 0 && lseek(from, 0, SEEK_SET) == 0 &&
	    fs_read_fd(from, SIZE_MAX, &text, NULL) == 0)
		fs_write_all(to, strbuf_str(&text), text.len, NULL);
}

static void show_slot(const struct slot *slot)
{
	show(slot->out_fd, STDOUT_FILENO);
	if (slot->err_fd != slot->out_fd)
		show(slot->err_fd, STDERR_FILENO);
}

/* ---- The process of one -------------------------------------------------------------------------------- */

/* What we would write in color is written in color. */
static void write_to_files(struct cli *cli, const struct slot *slot)
{
	if (slot->out_fd < 0)
		return;
	cli->color = tty_use_color(STDOUT_FILENO, cli->color) ? TTY_COLOR_ALWAYS : TTY_COLOR_NEVER;
	dup2(slot->out_fd, STDOUT_FILENO);
	dup2(slot->err_fd, STDERR_FILENO);
}

static void tell_answer(const struct hook_call *call, const struct slot *slot,
			const struct answer *answer)
{
	if (fs_write_all(slot->answer_fd, (const char *)answer, sizeof *answer, NULL) == 0)
		fs_write_all(slot->answer_fd, (const char *)call->skips_met,
			     call->n_skips * sizeof *call->skips_met, NULL);
}

NORETURN static void be_slot(struct slots *slots, const struct slot *slot)
{
	struct hook_call *call = slots->stand->call;
	struct hook_request request = *call->request;
	struct answer answer = { 0 };

	request.target.jobs = slots->jobs;
	call->request = &request;
	write_to_files(call->cli, slot);
	staging_set_slot(slots->stand->staging, slot->number);
	sigprocmask(SIG_SETMASK, &slots->before, NULL);
	answer.passes = hook_workflow_passes(slots->stand, slot->workflow);
	answer.has_passed = slot->workflow->has_passed;
	staging_tell(slots->stand->staging, &answer.made);
	cli_flush(call->cli, NULL);
	tell_answer(call, slot, &answer);
	_exit(0);
}

/* ---- All of them --------------------------------------------------------------------------------------- */

static bool is_taken(const struct slots *slots, unsigned number)
{
	for (size_t i = 0; i < slots->n; i++)
		if (slots->list[i].pid && slots->list[i].number == number)
			return true;
	return false;
}

/* With the lowest number that is free: there are no more copies of the files than are used at once. */
static int start(struct slots *slots, struct slot *slot)
{
	int is_twin;

	while (is_taken(slots, slot->number))
		slot->number++;
	is_twin = open_slot(slot) == 0 ? twin_start(&slot->pid, true, NULL) : -1;
	if (is_twin == 1)
		be_slot(slots, slot);
	if (is_twin < 0)
		slot->pid = 0;
	slot->is_started = is_twin == 0;
	return is_twin;
}

static bool has_ended(struct slot *slot)
{
	pid_t ended = slot->pid ? waitpid(slot->pid, &slot->status, WNOHANG) : 0;

	if (ended == 0 || (ended < 0 && errno == EINTR))
		return false;
	if (ended < 0)
		slot->status = -1; /* whoever has reaped it, its answer tells */
	slot->pid = 0;
	return true;
}

/* The terminal's signals reach all; those that somebody sent to us are handed on. */
static void take_signal(struct slots *slots)
{
	siginfo_t info;
	int signo = sigwaitinfo(&slots->signals, &info);

	if (signo <= 0 || signo == SIGCHLD)
		return;
	slots->signal = signo;
	for (size_t i = 0; i < slots->n && info.si_code <= 0; i++)
		if (slots->list[i].pid)
			kill(slots->list[i].pid, signo);
}

static void wait_for_one(struct slots *slots)
{
	for (;;) {
		for (size_t i = 0; i < slots->n; i++)
			if (has_ended(&slots->list[i]))
				return;
		take_signal(slots);
	}
}

/* As many as can be started: what is left of a machine that has run out of something is for the others. */
static void run_all(struct slots *slots, size_t at_once)
{
	size_t n_started = 0, n_ended = 0;
	int rc = 0;

	while (n_ended < n_started || (n_started < slots->n && rc == 0 && !slots->signal)) {
		bool starts = n_started < slots->n && n_started - n_ended < at_once && rc == 0 &&
			      !slots->signal;

		if (starts) {
			rc = start(slots, &slots->list[n_started]);
			n_started += rc == 0;
		} else {
			wait_for_one(slots);
			n_ended++;
		}
	}
}

/* ---- What they have made ------------------------------------------------------------------------------- */

static bool read_answer(struct hook_call *call, const struct slot *slot, struct answer *answer)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t len = sizeof *answer + call->n_skips * sizeof *call->skips_met;

	if (slot->answer_fd < 0 || lseek(slot->answer_fd, 0, SEEK_SET) != 0 ||
	    fs_read_fd(slot->answer_fd, len + 1, &text, NULL) != 0 || text.len != len)
		return false;
	memcpy(answer, text.buf, sizeof *answer);
	for (size_t i = 0; i < call->n_skips; i++)
		call->skips_met[i] |= text.buf[sizeof *answer + i];
	return true;
}

/* Does git go on after it, as far as this one is concerned? */
static bool settle(struct slots *slots, const struct slot *slot, struct err *err)
{
	struct hook_call *call = slots->stand->call;
	struct hook_workflow *workflow = slot->workflow;
	struct answer answer;
	const char *path;
	int merged;

	if (!slot->is_started)
		return hook_workflow_passes(slots->stand, workflow);
	if (!read_answer(call, slot, &answer)) {
		show_slot(slot);
		cli_warn("%s: workflow '%s' did not come to its end",
			 hook_name(call->request->kind), workflow->id);
		return false;
	}
	merged = staging_merge(slots->stand->staging, slots->tree, &answer.made, &path, err);
	if (merged == 0) {
		cli_say(call->cli,
			"workflow '%s' changed '%s' where one before it did: once more, after that",
			workflow->id, path);
		return hook_workflow_passes(slots->stand, workflow);
	}
	show_slot(slot);
	workflow->has_passed = answer.has_passed && merged > 0;
	return answer.passes && merged > 0;
}

static size_t settle_all(struct slots *slots)
{
	size_t n_failed = 0;

	for (size_t i = 0; i < slots->n; i++) {
		struct err err = ERR_INIT;

		n_failed += !settle(slots, &slots->list[i], &err);
		if (err.kind)
			cli_warn("%s", err_msg(&err));
		err_release(&err);
	}
	return n_failed;
}

/* ---- The whole ----------------------------------------------------------------------------------------- */

static void hold_signals(struct slots *slots)
{
	static const int held[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };

	sigemptyset(&slots->signals);
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		sigaddset(&slots->signals, held[i]);
	sigprocmask(SIG_BLOCK, &slots->signals, &slots->before);
}

/* Whoever is asked before each step is asked by one at a time. */
static bool find_jobs(struct hook_call *call, unsigned *jobs)
{
	struct run_options run = { 0 };

	if (call->request->target.force.list.n ||
	    target_run_options(&call->session, &call->request->target, &run, NULL) < 0)
		return false;
	*jobs = run.jobs;
	return *jobs > 1 && (!run.ask.mode_word || !strcmp(run.ask.mode_word, "autopilot"));
}

static void fill(struct slots *slots, struct hook_workflow *const *workflows)
{
	slots->list = ARENA_ARRAY(&slots->stand->call->cli->arena, struct slot, slots->n);
	for (size_t i = 0; i < slots->n; i++)
		slots->list[i] = (struct slot){ .workflow = workflows[i],
						.index = i,
						.out_fd = -1,
						.err_fd = -1,
						.answer_fd = -1 };
}

static size_t run_slots(struct slots *slots, struct hook_workflow *const *workflows, size_t at_once)
{
	size_t n_failed;

	slots->tree = arena_strdup(&slots->stand->call->cli->arena,
				   staging_tree(slots->stand->staging));
	fill(slots, workflows);
	hold_signals(slots);
	run_all(slots, at_once);
	sigprocmask(SIG_SETMASK, &slots->before, NULL);
	if (slots->signal) {
		for (size_t i = 0; i < slots->n; i++)
			show_slot(&slots->list[i]);
		loop_die_of_signal(slots->signal == SIGHUP ? SIGTERM : slots->signal);
	}
	n_failed = settle_all(slots);
	for (size_t i = 0; i < slots->n; i++)
		close_slot(&slots->list[i]);
	return n_failed;
}

bool hook_slots_run(struct hook_stand *stand, struct hook_workflow *const *workflows, size_t n,
		    size_t *n_failed)
{
	struct slots slots = { .stand = stand, .n = n };
	unsigned jobs;
	size_t at_once;

	if (n < 2 || !stand->staging || !find_jobs(stand->call, &jobs) ||
	    cli_flush(stand->call->cli, NULL) < 0)
		return false;
	at_once = n < jobs ? n : jobs;
	slots.jobs = jobs / (unsigned)at_once;
	*n_failed = run_slots(&slots, workflows, at_once);
	return true;
}
