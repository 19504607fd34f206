/*
 * Finding processes in /proc: by descent and by a variable of their environment. A look at /proc is
 * never a snapshot: who forks meanwhile may be missed, so callers look again until nothing is left.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bitset.h"
#include "base/strbuf.h"
#include "sys/fs.h"
#include "sys/tree.h"
#include "tree_impl.h"

#define ENVIRON_BYTES_MAX ((size_t)4 << 20)
#define PIDS_MAX	  (1 << 22) /* PID_MAX_LIMIT of Linux */
#define LISTINGS_MAX	  20

/* " S 1 …": state, parent, and as the 20th word the start. By hand, for it is read at each start of a
 * step and sscanf takes ten thousand instructions. */
static int parse_stat(const char *p, struct tree_stat *stat)
{
	char *end;

	while (*p == ' ')
		p++;
	if (!*p)
		return -1;
	stat->state = *p++;
	stat->parent = (pid_t)strtol(p, &end, 10);
	if (end == p)
		return -1;
	p = end;
	for (int word = 2; word < 19; word++) {
		p += strspn(p, " ");
		p += strcspn(p, " ");
	}
	stat->start_ticks = strtoull(p, &end, 10);
	return end == p ? -1 : 0;
}

/* "812 (name) S 1 …": the name may hold spaces and brackets, so the last bracket counts. */
int tree_read_stat(pid_t pid, struct tree_stat *stat)
{
	char path[64], text[1024], *p;
	ssize_t got;
	int fd;

	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	got = read(fd, text, sizeof text - 1);
	close(fd);
	if (got <= 0)
		return -1;
	text[got] = '\0';
	p = strrchr(text, ')');
	return p ? parse_stat(p + 1, stat) : -1;
}

struct pid_list {
	VEC(pid_t) pids;
};

static pid_t pid_of(const char *name)
{
	char *end;
	long pid = strtol(name, &end, 10);

	return *name && !*end && pid > 0 ? (pid_t)pid : 0;
}

/* Appends the numeric entries of a directory of /proc. */
static int list_numbers(const char *path, struct pid_list *out)
{
	struct fs_entry entry;
	struct fs_dir dir;
	pid_t pid;

	if (fs_dir_open(&dir, AT_FDCWD, path, NULL) != 0)
		return -1;
	while (fs_dir_next(&dir, &entry, NULL) == 1) {
		pid = pid_of(entry.name);
		if (pid)
			vec_push(&out->pids, pid);
	}
	fs_dir_close(&dir);
	return 0;
}

/* /proc/PID/task/TID/children needs CONFIG_PROC_CHILDREN: -1 where it is not. */
static int read_children(pid_t pid, struct pid_list *out)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct pid_list threads = { .pids = { 0 } };
	char path[96], *p, *end;
	size_t i;
	long child;
	int n_read = 0;

	snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
	if (list_numbers(path, &threads) < 0)
		return 0; /* it ended */
	for (i = 0; i < threads.pids.n; i++) {
		snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)pid,
			 (long)threads.pids.v[i]);
		strbuf_clear(&text);
		if (fs_read_file(AT_FDCWD, path, ENVIRON_BYTES_MAX, &text, NULL) < 0)
			continue;
		n_read++;
		strbuf_grow(&text, 0);
		for (p = text.buf; (child = strtol(p, &end, 10)) > 0; p = end)
			vec_push(&out->pids, (pid_t)child);
	}
	vec_release(&threads.pids);
	/* No thread at all: it ended while we looked. */
	return n_read || tree_start_ticks(pid) == 0 ? 0 : -1;
}

/* The slow way: everybody's parent. */
static void scan_children(pid_t pid, struct pid_list *out)
{
	struct pid_list all = { .pids = { 0 } };
	struct tree_stat stat;
	size_t i;

	list_numbers("/proc", &all);
	for (i = 0; i < all.pids.n; i++)
		if (tree_read_stat(all.pids.v[i], &stat) == 0 && stat.parent == pid)
			vec_push(&out->pids, all.pids.v[i]);
	vec_release(&all.pids);
}

static void list_children(pid_t pid, struct pid_list *out)
{
	size_t before = out->pids.n;

	if (read_children(pid, out) == 0)
		return;
	out->pids.n = before;
	scan_children(pid, out);
}

/* Does the environment the process began with hold "NAME=value"? */
static bool has_variable(pid_t pid, const char *variable)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t len = strlen(variable);
	char path[64];
	const char *p, *end;

	snprintf(path, sizeof path, "/proc/%ld/environ", (long)pid);
	if (fs_read_file(AT_FDCWD, path, ENVIRON_BYTES_MAX, &text, NULL) < 0 || !text.len)
		return false;
	end = text.buf + text.len;
	for (p = text.buf; p < end; p += strlen(p) + 1)
		if (!strncmp(p, variable, len) && !p[len])
			return true;
	return false;
}

static void add_process(struct tree_list *list, pid_t pid)
{
	struct tree_process process = { .pid = pid, .start_ticks = tree_start_ticks(pid) };
	size_t i;

	for (i = 0; i < list->processes.n; i++)
		if (list->processes.v[i].pid == pid)
			return;
	if (process.start_ticks)
		vec_push(&list->processes, process);
}

/* The list grows while it is walked: breadth first, and add_process() takes nobody twice. */
void tree_find_below(pid_t root, struct tree_list *list)
{
	struct pid_list children = { .pids = { 0 } };
	size_t walked = list->processes.n, i;
	pid_t parent = root;

	for (;;) {
		children.pids.n = 0;
		list_children(parent, &children);
		for (i = 0; i < children.pids.n; i++)
			add_process(list, children.pids.v[i]);
		if (walked == list->processes.n)
			break;
		parent = list->processes.v[walked++].pid;
	}
	vec_release(&children.pids);
}

static bool is_known(const pid_t *known, size_t n_known, pid_t pid)
{
	size_t i;

	for (i = 0; i < n_known; i++)
		if (known[i] == pid)
			return true;
	return false;
}

static bool has_variable_below(pid_t pid, const char *variable, struct tree_list *below)
{
	size_t i, kept = 0;
	bool is_found;

	tree_find_below(pid, below);
	is_found = has_variable(pid, variable);
	if (is_found)
		return true;
	/* A program between may have emptied its environment, or one below may be another step's:
	 * only what has the variable itself. */
	for (i = 0; i < below->processes.n; i++)
		if (has_variable(below->processes.v[i].pid, variable))
			below->processes.v[kept++] = below->processes.v[i];
	below->processes.n = kept;
	return false;
}

void tree_find_escaped(const pid_t *known, size_t n_known, const char *variable,
		       struct tree_list *list)
{
	struct pid_list children = { .pids = { 0 } };
	size_t i, j;

	list_children(getpid(), &children);
	for (i = 0; i < children.pids.n; i++) {
		struct tree_list below = { .processes = { 0 } };
		pid_t pid = children.pids.v[i];
		bool is_wanted = true;

		if (is_known(known, n_known, pid))
			continue;
		if (variable)
			is_wanted = has_variable_below(pid, variable, &below);
		else
			tree_find_below(pid, &below);
		if (is_wanted)
			add_process(list, pid);
		for (j = 0; j < below.processes.n; j++)
			add_process(list, below.processes.v[j].pid);
		tree_list_release(&below);
	}
	vec_release(&children.pids);
}

/* The numbers there are now that were not there at a look before. */
static size_t list_unseen(struct bitset *seen, struct pid_list *out)
{
	size_t kept = 0;

	out->pids.n = 0;
	list_numbers("/proc", out);
	for (size_t i = 0; i < out->pids.n; i++) {
		pid_t pid = out->pids.v[i];

		if (pid >= PIDS_MAX || bitset_has(seen, (size_t)pid))
			continue;
		bitset_set(seen, (size_t)pid);
		out->pids.v[kept++] = pid;
	}
	out->pids.n = kept;
	return kept;
}

/* What is never the same process for longer than a few milliseconds is gone by the time that all the
 * others have been read: who is new is looked at once more, and they are few. */
void tree_find_by_variable(const char *variable, struct tree_list *list)
{
	struct bitset seen CLEANUP(bitset_release) = { 0 };
	struct pid_list unseen = { .pids = { 0 } };

	bitset_init(&seen, PIDS_MAX);
	bitset_set(&seen, (size_t)getpid());
	for (int i = 0; i < LISTINGS_MAX && list_unseen(&seen, &unseen); i++)
		for (size_t j = 0; j < unseen.pids.n; j++)
			if (has_variable(unseen.pids.v[j], variable))
				add_process(list, unseen.pids.v[j]);
	vec_release(&unseen.pids);
}
