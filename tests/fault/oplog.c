/*
 * Runs a program and writes down all that it and its children do to files, in order:
 *
 *	oplog -o LOG -d DATA -- PROGRAM...
 *
 * A line an operation, fields parted by tabs: nanoseconds since the start, process, operation. What was
 * written is in DATA. Paths are absolute; files are known by their inode, for a name may change.
 *
 *	open FLAGS INODE PATH			only with O_CREAT, O_TRUNC
 *	nameless INODE				with O_TMPFILE
 *	write INODE OFFSET LENGTH AT		AT: where in DATA
 *	size INODE BYTES			cut or made longer
 *	sync INODE | sync all			fsync, fdatasync | sync, syncfs
 *	rename FLAGS FROM TO | link FROM TO | symlink TEXT PATH | unlink PATH | mkdir PATH
 *	stat INODE MODE SIZE MTIME CTIME PATH	of what the operation before touched
 *	exit STATUS				the program ended (not what it started)
 *	unknown CALL PATH			something that may change a file, and is not understood
 *
 * Taken with ptrace and not from within the program: what the program forgets to tell is seen all the
 * same, and the program that is judged is the one that is shipped. Exits as the program does; 77 where
 * calls cannot be traced.
 */
#include <stdio.h>

#if defined(__linux__)

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_TASKS 512
#define TEXT_MAX  4200
#define FICLONE	  0x40049409

struct task { /* a thread */
	pid_t tid;
	uint64_t number, args[6];
};

static struct oplog {
	FILE *log, *data;
	pid_t program;
	struct timespec start;
	struct task tasks[MAX_TASKS];
	size_t n_tasks;
} oplog;

static void die(const char *what)
{
	fprintf(stderr, "oplog: %s: %s\n", what, strerror(errno));
	if (oplog.program > 0)
		kill(oplog.program, SIGKILL);
	exit(2);
}

/* ---- Writing ---- */

static void begin_line(const struct task *task, const char *op)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	fprintf(oplog.log, "%lld\t%ld\t%s",
		(long long)(now.tv_sec - oplog.start.tv_sec) * 1000000000 + now.tv_nsec -
			oplog.start.tv_nsec,
		(long)task->tid, op);
}

static void put_stat(const struct task *task, const struct stat *st, const char *path)
{
	begin_line(task, "stat");
	fprintf(oplog.log, "\t%llu\t%o\t%lld\t%lld\t%lld\t%s\n", (unsigned long long)st->st_ino,
		(unsigned)st->st_mode, (long long)st->st_size,
		(long long)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
		(long long)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec, path);
}

static void put_stat_of(const struct task *task, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		put_stat(task, &st, path);
}

/* Of a name that was made or removed, and of the folder that it is in. */
static void put_name(const struct task *task, const char *path)
{
	char folder[TEXT_MAX];
	char *slash;

	snprintf(folder, sizeof folder, "%s", path);
	slash = strrchr(folder, '/');
	if (slash && slash != folder) {
		*slash = '\0';
		put_stat_of(task, folder);
	}
	put_stat_of(task, path);
}

/* ---- What the task has open, and says ---- */

static void fd_path(const struct task *task, uint64_t fd, char path[64])
{
	snprintf(path, 64, "/proc/%ld/fd/%d", (long)task->tid, (int)fd);
}

static bool stat_fd(const struct task *task, uint64_t fd, struct stat *st)
{
	char path[64];

	fd_path(task, fd, path);
	return stat(path, st) == 0 && (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode));
}

static void read_text(const struct task *task, uint64_t at, char text[TEXT_MAX])
{
	size_t len = 0;

	/* By pages: what comes behind may not be mapped. */
	while (len < TEXT_MAX - 1) {
		size_t want = 4096 - ((at + len) & 4095);
		struct iovec local, remote;
		ssize_t got;

		if (want > TEXT_MAX - 1 - len)
			want = TEXT_MAX - 1 - len;
		local = (struct iovec){ text + len, want };
		remote = (struct iovec){ (void *)(uintptr_t)(at + len), want };
		got = process_vm_readv(task->tid, &local, 1, &remote, 1, 0);
		if (got <= 0 || memchr(text + len, '\0', (size_t)got))
			break;
		len += (size_t)got;
	}
	text[TEXT_MAX - 1] = '\0';
}

static void link_text(const char *link, char text[TEXT_MAX])
{
	ssize_t len = readlink(link, text, TEXT_MAX - 1);

	text[len < 0 ? 0 : len] = '\0';
}

static void whole_path(const struct task *task, uint64_t dirfd, uint64_t at, char path[TEXT_MAX])
{
	char name[TEXT_MAX] = "", base[TEXT_MAX], link[64];

	read_text(task, at, name);
	if (*name == '/') {
		memcpy(path, name, TEXT_MAX);
		return;
	}
	if ((int)dirfd == AT_FDCWD)
		snprintf(link, sizeof link, "/proc/%ld/cwd", (long)task->tid);
	else
		fd_path(task, dirfd, link);
	link_text(link, base);
	if (snprintf(path, TEXT_MAX, "%s/%s", base, name) >= TEXT_MAX)
		die("a path is too long");
}

/* ---- Operations ---- */

static void on_open(const struct task *task, uint64_t dirfd, uint64_t name, uint64_t flags,
		    uint64_t fd)
{
	char path[TEXT_MAX];
	bool is_nameless = (flags & O_TMPFILE) == O_TMPFILE; /* O_DIRECTORY is in it, too */
	struct stat st;

	if ((!is_nameless && !(flags & (O_CREAT | O_TRUNC))) || !stat_fd(task, fd, &st))
		return;
	if (is_nameless) {
		begin_line(task, "nameless");
		fprintf(oplog.log, "\t%llu\n", (unsigned long long)st.st_ino);
		return;
	}
	whole_path(task, dirfd, name, path);
	begin_line(task, "open");
	fprintf(oplog.log, "\t%d\t%llu\t%s\n", (int)flags, (unsigned long long)st.st_ino, path);
	put_name(task, path);
}

/* What is there now is what was written: one way for all calls that write. */
static void on_write_at(const struct task *task, uint64_t fd, uint64_t offset, uint64_t len)
{
	char path[64], buffer[65536];
	struct stat st;
	int copy;

	if (!stat_fd(task, fd, &st) || !S_ISREG(st.st_mode))
		return;
	fd_path(task, fd, path);
	copy = open(path, O_RDONLY | O_CLOEXEC);
	if (copy < 0)
		die("cannot read what was written");
	begin_line(task, "write");
	fprintf(oplog.log, "\t%llu\t%llu\t%llu\t%ld\n", (unsigned long long)st.st_ino,
		(unsigned long long)offset, (unsigned long long)len, ftell(oplog.data));
	while (len) {
		size_t want = len < sizeof buffer ? (size_t)len : sizeof buffer;
		ssize_t got = pread(copy, buffer, want, (off_t)offset);

		if (got <= 0) /* cut by somebody else meanwhile */
			memset(buffer, 0, (size_t)(got = (ssize_t)want));
		fwrite(buffer, 1, (size_t)got, oplog.data);
		offset += (uint64_t)got;
		len -= (uint64_t)got;
	}
	close(copy);
	put_stat(task, &st, "-");
}

/* The file's position has moved behind what was written, also when it appends. */
static void on_write(const struct task *task, uint64_t fd, uint64_t len)
{
	char path[64], text[256] = "";
	unsigned long long pos = 0;
	struct stat st;
	FILE *info;

	if (!len || !stat_fd(task, fd, &st) || !S_ISREG(st.st_mode))
		return;
	snprintf(path, sizeof path, "/proc/%ld/fdinfo/%d", (long)task->tid, (int)fd);
	info = fopen(path, "re");
	if (!info || !fgets(text, sizeof text, info) || sscanf(text, "pos: %llu", &pos) != 1)
		die("cannot read a position");
	fclose(info);
	on_write_at(task, fd, pos - len, len);
}

static void on_size(const struct task *task, uint64_t fd)
{
	struct stat st;

	if (!stat_fd(task, fd, &st))
		return;
	begin_line(task, "size");
	fprintf(oplog.log, "\t%llu\t%lld\n", (unsigned long long)st.st_ino, (long long)st.st_size);
	put_stat(task, &st, "-");
}

static void on_clone(const struct task *task, uint64_t fd)
{
	struct stat st;

	if (!stat_fd(task, fd, &st))
		return;
	on_size(task, fd);
	on_write_at(task, fd, 0, (uint64_t)st.st_size);
}

static void on_sync(const struct task *task, uint64_t fd)
{
	struct stat st;

	if (!stat_fd(task, fd, &st))
		return;
	begin_line(task, "sync");
	fprintf(oplog.log, "\t%llu\n", (unsigned long long)st.st_ino);
}

static void on_stat_fd(const struct task *task, uint64_t fd)
{
	struct stat st;

	if (stat_fd(task, fd, &st))
		put_stat(task, &st, "-");
}

static void on_stat_path(const struct task *task, uint64_t dirfd, uint64_t name)
{
	char path[TEXT_MAX];

	whole_path(task, dirfd, name, path);
	put_stat_of(task, path);
}

static void on_name(const struct task *task, const char *op, uint64_t dirfd, uint64_t name)
{
	char path[TEXT_MAX];

	whole_path(task, dirfd, name, path);
	begin_line(task, op);
	fprintf(oplog.log, "\t%s\n", path);
	put_name(task, path);
}

static void on_two_names(const struct task *task, const char *op, uint64_t from_fd, uint64_t from,
			 uint64_t to_fd, uint64_t to)
{
	char from_path[TEXT_MAX], to_path[TEXT_MAX];

	whole_path(task, from_fd, from, from_path);
	whole_path(task, to_fd, to, to_path);
	begin_line(task, op);
	fprintf(oplog.log, "\t%s\t%s\n", from_path, to_path);
	put_name(task, from_path);
	put_name(task, to_path);
}

static void on_symlink(const struct task *task, uint64_t text, uint64_t dirfd, uint64_t name)
{
	char target[TEXT_MAX] = "", path[TEXT_MAX];

	read_text(task, text, target);
	whole_path(task, dirfd, name, path);
	begin_line(task, "symlink");
	fprintf(oplog.log, "\t%s\t%s\n", target, path);
	put_name(task, path);
}

static void on_rename(const struct task *task, uint64_t from_fd, uint64_t from, uint64_t to_fd,
		      uint64_t to, uint64_t flags)
{
	char op[32];

	snprintf(op, sizeof op, "rename\t%d", (int)flags);
	on_two_names(task, op, from_fd, from, to_fd, to);
}

static void on_unknown(const struct task *task, const char *call, uint64_t fd)
{
	char link[64], path[TEXT_MAX];
	struct stat st;

	if (!stat_fd(task, fd, &st) || !S_ISREG(st.st_mode))
		return;
	fd_path(task, fd, link);
	link_text(link, path);
	begin_line(task, "unknown");
	fprintf(oplog.log, "\t%s\t%s\n", call, path);
}

static void on_mmap(const struct task *task)
{
	const uint64_t *a = task->args;

	if ((a[2] & PROT_WRITE) && (a[3] & MAP_TYPE) != MAP_PRIVATE && !(a[3] & MAP_ANONYMOUS))
		on_unknown(task, "mmap", a[4]);
}

#define CWD ((uint64_t)AT_FDCWD)

/* Calls that came with a directory of their own. */
static bool on_new_call(const struct task *task, uint64_t result)
{
	const uint64_t *a = task->args;

	switch (task->number) {
	case SYS_openat: on_open(task, a[0], a[1], a[2], result); break;
	case SYS_unlinkat: on_name(task, "unlink", a[0], a[1]); break;
	case SYS_mkdirat: on_name(task, "mkdir", a[0], a[1]); break;
	case SYS_symlinkat: on_symlink(task, a[0], a[1], a[2]); break;
	case SYS_linkat: on_two_names(task, "link", a[0], a[1], a[2], a[3]); break;
#ifdef SYS_renameat
	case SYS_renameat: on_rename(task, a[0], a[1], a[2], a[3], 0); break;
#endif
	case SYS_renameat2: on_rename(task, a[0], a[1], a[2], a[3], a[4]); break;
	case SYS_fchmodat: on_stat_path(task, a[0], a[1]); break;
	case SYS_utimensat:
		if (a[1])
			on_stat_path(task, a[0], a[1]);
		else
			on_stat_fd(task, a[0]);
		break;
	default: return false;
	}
	return true;
}

#ifdef SYS_open
static bool on_old_call(const struct task *task, uint64_t result)
{
	const uint64_t *a = task->args;

	switch (task->number) {
	case SYS_open: on_open(task, CWD, a[0], a[1], result); break;
	case SYS_creat: on_open(task, CWD, a[0], O_CREAT | O_WRONLY | O_TRUNC, result); break;
	case SYS_unlink:
	case SYS_rmdir: on_name(task, "unlink", CWD, a[0]); break;
	case SYS_mkdir: on_name(task, "mkdir", CWD, a[0]); break;
	case SYS_symlink: on_symlink(task, a[0], CWD, a[1]); break;
	case SYS_link: on_two_names(task, "link", CWD, a[0], CWD, a[1]); break;
	case SYS_rename: on_rename(task, CWD, a[0], CWD, a[1], 0); break;
	case SYS_chmod: on_stat_path(task, CWD, a[0]); break;
	default: return false;
	}
	return true;
}
#else
static bool on_old_call(const struct task *task, uint64_t result)
{
	(void)task, (void)result;
	return false;
}
#endif

static bool on_file_call(const struct task *task, uint64_t result)
{
	const uint64_t *a = task->args;

	switch (task->number) {
	case SYS_write:
	case SYS_writev: on_write(task, a[0], result); break;
	case SYS_pwrite64:
	case SYS_pwritev: on_write_at(task, a[0], a[3], result); break;
	case SYS_sendfile: on_write(task, a[0], result); break;
	case SYS_copy_file_range:
		if (a[3])
			on_unknown(task, "copy_file_range with a position", a[2]);
		else
			on_write(task, a[2], result);
		break;
	case SYS_ftruncate:
	case SYS_fallocate: on_size(task, a[0]); break;
	case SYS_fsync:
	case SYS_fdatasync: on_sync(task, a[0]); break;
	case SYS_fchmod: on_stat_fd(task, a[0]); break;
	case SYS_ioctl:
		if ((uint32_t)a[1] == FICLONE)
			on_clone(task, a[0]);
		break;
	default: return false;
	}
	return true;
}

static void on_done(const struct task *task, int64_t result)
{
	if (result < 0 || on_new_call(task, (uint64_t)result) ||
	    on_old_call(task, (uint64_t)result) || on_file_call(task, (uint64_t)result))
		return;
	switch (task->number) {
	case SYS_sync:
	case SYS_syncfs: begin_line(task, "sync\tall\n"); break;
	case SYS_mmap: on_mmap(task); break;
	case SYS_truncate:
	case SYS_splice:
	case SYS_pwritev2:
	case SYS_openat2: /* O_CREAT would be in a struct */
	case SYS_io_uring_setup: on_unknown(task, "call", task->args[0]); break;
	default: break;
	}
}

/* ---- Following ---- */

/* NULL: it is new, and now in the list. */
static struct task *find_task(pid_t tid)
{
	for (size_t i = 0; i < oplog.n_tasks; i++) {
		if (oplog.tasks[i].tid == tid)
			return &oplog.tasks[i];
	}
	if (oplog.n_tasks == MAX_TASKS)
		die("more threads than fit");
	oplog.tasks[oplog.n_tasks++] = (struct task){ .tid = tid };
	return NULL;
}

static void forget_task(pid_t tid)
{
	for (size_t i = 0; i < oplog.n_tasks; i++) {
		if (oplog.tasks[i].tid == tid)
			oplog.tasks[i] = oplog.tasks[--oplog.n_tasks];
	}
}

static void on_call(struct task *task)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof info, &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		task->number = info.entry.nr;
		for (int i = 0; i < 6; i++)
			task->args[i] = info.entry.args[i];
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		on_done(task, info.exit.rval);
	}
}

/* Returns the signal that the task is to get. */
static int on_stop(pid_t tid, int status)
{
	struct task *task = find_task(tid);
	int signo = WSTOPSIG(status);

	if (signo == (SIGTRAP | 0x80) && task) {
		on_call(task);
		return 0;
	}
	/* SIGTRAP: exec, or news of a new task, which begins with a stop. */
	return signo == SIGTRAP || (!task && signo == SIGSTOP) ? 0 : signo;
}

static int trace(void)
{
	int status, result = 2;
	pid_t tid;

	for (;;) {
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			return result;
		if (WIFSTOPPED(status)) {
			int signo = on_stop(tid, status);

			/* Fails only where it has just been killed. */
			ptrace(PTRACE_SYSCALL, tid, NULL, (void *)(long)signo);
			continue;
		}
		forget_task(tid);
		if (tid != oplog.program)
			continue;
		result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		begin_line(&(struct task){ .tid = tid }, "exit");
		fprintf(oplog.log, "\t%d\n", result);
	}
}

static void start(char **argv)
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE |
		       PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
	int status;

	oplog.program = fork();
	if (oplog.program < 0)
		die("cannot fork");
	if (oplog.program == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(77);
		raise(SIGSTOP);
		execvp(argv[0], argv);
		_exit(126);
	}
	find_task(oplog.program);
	if (waitpid(oplog.program, &status, 0) < 0)
		die("cannot wait");
	if (!WIFSTOPPED(status)) {
		puts("skipped: processes cannot be traced here");
		exit(77);
	}
	if (ptrace(PTRACE_SETOPTIONS, oplog.program, NULL, (void *)options) < 0 ||
	    ptrace(PTRACE_SYSCALL, oplog.program, NULL, NULL) < 0)
		die("cannot trace");
}

int main(int argc, char **argv)
{
	int option, result;

	while ((option = getopt(argc, argv, "+o:d:")) != -1) {
		FILE *file = option == '?' ? NULL : fopen(optarg, "we");

		if (!file)
			die("cannot open");
		*(option == 'o' ? &oplog.log : &oplog.data) = file;
	}
	if (!oplog.log || !oplog.data || optind >= argc) {
		fputs("usage: oplog -o LOG -d DATA -- PROGRAM...\n", stderr);
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &oplog.start);
	start(argv + optind);
	result = trace();
	if (fclose(oplog.log) || fclose(oplog.data))
		die("cannot write the log");
	return result;
}

#else

int main(void)
{
	puts("skipped: system calls cannot be traced on this machine");
	return 77;
}

#endif
