/*
 * Ending all that a step started: signals, and who is still the same process. How the processes are
 * found is in tree_proc.c.
 */
#include "sys/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "base/strbuf.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "tree_impl.h"

#define POLL_PAUSE_MS 5
#define KILL_WAIT_MS  1000

void tree_list_release(struct tree_list *list)
{
	if (list)
		vec_release(&list->processes);
}

int tree_become_subreaper(void)
{
#ifdef __linux__
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
#else
	return -1;
#endif
}

int tree_signal_group(pid_t group, int signo, struct err *err)
{
	if (group <= 1)
		BUG("signal %d to group %ld", signo, (long)group);
	if (kill(-group, signo) == 0)
		return 0;
	/* EPERM: macOS for a group of zombies; elsewhere members that changed their user. */
	if (errno == ESRCH)
		return 1;
	return err_errno(err, "cannot signal process group %ld", (long)group);
}

int tree_boot_id(char id[TREE_BOOT_ID_LEN + 1])
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	id[0] = '\0';
	if (fs_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 256, &text, NULL) < 0 ||
	    text.len < TREE_BOOT_ID_LEN)
		return -1;
	memcpy(id, text.buf, TREE_BOOT_ID_LEN);
	id[TREE_BOOT_ID_LEN] = '\0';
	return 0;
}

uint64_t tree_start_ticks(pid_t pid)
{
	struct tree_stat stat;

	return tree_read_stat(pid, &stat) == 0 ? stat.start_ticks : 0;
}

bool tree_is_alive(const struct tree_process *process)
{
	struct tree_stat stat;

	return tree_read_stat(process->pid, &stat) == 0 &&
	       stat.start_ticks == process->start_ticks && stat.state != 'Z' && stat.state != 'X';
}

/* With a pidfd it is the process that was looked at, whatever happens to its number meanwhile. */
static bool signal_one(const struct tree_process *process, int signo)
{
	bool is_sent = false;
#ifdef SYS_pidfd_open
	int fd = (int)syscall(SYS_pidfd_open, process->pid, 0);

	if (fd >= 0) {
		if (tree_is_alive(process))
			is_sent = syscall(SYS_pidfd_send_signal, fd, signo, NULL, 0) == 0;
		close(fd);
		return is_sent;
	}
	if (errno == ESRCH)
		return false;
#endif
	if (tree_is_alive(process))
		is_sent = kill(process->pid, signo) == 0;
	return is_sent;
}

size_t tree_signal_list(const struct tree_list *list, int signo)
{
	size_t i, count = 0;

	for (i = 0; i < list->processes.n; i++)
		count += signal_one(&list->processes.v[i], signo);
	return count;
}

void tree_drop_ended(struct tree_list *list)
{
	size_t i, kept = 0;

	for (i = 0; i < list->processes.n; i++)
		if (tree_is_alive(&list->processes.v[i]))
			list->processes.v[kept++] = list->processes.v[i];
	list->processes.n = kept;
}

/* A zombie that is no child of ours is its parent's to reap. */
static void reap_list(const struct tree_list *list)
{
	size_t i;

	for (i = 0; i < list->processes.n; i++)
		waitpid(list->processes.v[i].pid, NULL, WNOHANG);
}

void tree_reap_ended(struct tree_list *list)
{
	reap_list(list);
	tree_drop_ended(list);
}

/* Until none is left or the time is over. */
static void wait_for_end(struct tree_list *list, uint64_t timeout_ms)
{
	uint64_t start_ms = clock_monotonic_ms();

	for (;;) {
		tree_reap_ended(list);
		if (!list->processes.n || clock_monotonic_ms() - start_ms >= timeout_ms)
			return;
		clock_sleep_ms(POLL_PAUSE_MS);
	}
}

size_t tree_kill_all(struct tree_list *list, uint64_t grace_ms)
{
	if (grace_ms && tree_signal_list(list, SIGTERM)) {
		/* A stopped process gets nothing but KILL. */
		tree_signal_list(list, SIGCONT);
		wait_for_end(list, grace_ms);
	}
	if (tree_signal_list(list, SIGKILL))
		wait_for_end(list, KILL_WAIT_MS);
	tree_reap_ended(list);
	return list->processes.n;
}
