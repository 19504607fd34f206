/*
 * See sys/cgroup.h.
 */
#include "sys/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "sys/fs.h"

#define FILE_MAX ((size_t)1 << 20) /* bytes */

static const char *read_text(const char *dir, const char *name, struct arena *arena)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (fs_read_file(AT_FDCWD, arena_join(arena, dir, "/", name), FILE_MAX, &text, NULL) < 0)
		return "";
	return arena_strndup(arena, strbuf_str(&text), text.len);
}

/* The kernel's files are there already; only a folder that stands for them in a test lacks them. */
static int write_text(const char *dir, const char *name, const char *value, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf path = STRBUF_INIT;
	int fd, rc;

	strbuf_addf(&path, "%s/%s", dir, name);
	fd = open(strbuf_str(&path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_errno(err, "cannot open '%s'", strbuf_str(&path));
	rc = write(fd, value, strlen(value)) < 0
		     ? err_errno(err, "cannot write '%s'", strbuf_str(&path))
		     : 0;
	close(fd);
	return rc;
}

/* ---- Where ---- */

/* "…36 25 0:31 / /sys/fs/cgroup rw,… - cgroup2 cgroup2 rw,…": the fifth word, and that before it, which
 * part of the tree is mounted there. Names hold no blank but as \040, and such a place is passed over. */
static bool find_mount(const char *proc, struct arena *arena, const char **root, const char **place)
{
	const char *line = read_text(proc, "mountinfo", arena);

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char *copy = arena_strndup(arena, line, strcspn(line, "\n")), *word, *rest;
		const char *words[5];
		size_t n = 0;

		if (!strstr(copy, " - cgroup2 "))
			continue;
		for (word = strtok_r(copy, " ", &rest); word && n < 5;
		     word = strtok_r(NULL, " ", &rest))
			words[n++] = word;
		if (n < 5 || strchr(words[3], '\\') || strchr(words[4], '\\'))
			continue;
		*root = words[3];
		*place = words[4];
		return true;
	}
	return false;
}

/* "0::/user.slice/…": ours, as a path below the mount; NULL: it is not to be seen from here. */
static const char *own_group(const char *proc, const char *root, const char *place,
			     struct arena *arena)
{
	const char *line = read_text(proc, "cgroup", arena), *path;
	size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);

	while (*line && strncmp(line, "0::/", 4) != 0) {
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	if (!*line)
		return NULL;
	path = arena_strndup(arena, line + 3, strcspn(line + 3, "\n"));
	if (strstr(path, "/..") || strncmp(path, root, len) != 0)
		return NULL;
	path += len;
	return strcmp(path, "/") == 0 || !*path ? place : arena_join(arena, place, "", path);
}

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; *list; list += strcspn(list, " \n"), list += strspn(list, " \n"))
		if (strncmp(list, word, len) == 0 && strchr(" \n", list[len]))
			return true;
	return false;
}

static bool hands_on(const char *group, const char *file, unsigned controllers, struct arena *arena)
{
	const char *list = read_text(group, file, arena);

	return (!(controllers & CGROUP_MEMORY) || has_word(list, "memory")) &&
	       (!(controllers & CGROUP_PIDS) || has_word(list, "pids"));
}

/* Where nobody has asked for them yet we do: the kernel allows it where no process is in the group. */
static bool will_hand_on(const char *group, unsigned controllers, struct arena *arena)
{
	const char *words = controllers == CGROUP_MEMORY ? "+memory"
			    : controllers == CGROUP_PIDS ? "+pids"
							 : "+memory +pids";

	if (access(group, W_OK | X_OK) < 0 ||
	    access(arena_join(arena, group, "/", "cgroup.procs"), W_OK) < 0)
		return false;
	if (hands_on(group, "cgroup.subtree_control", controllers, arena))
		return true;
	return hands_on(group, "cgroup.controllers", controllers, arena) &&
	       write_text(group, "cgroup.subtree_control", words, NULL) == 0;
}

const char *cgroup_find(const char *proc, unsigned controllers, struct arena *arena,
			struct err *err)
{
	const char *root, *place, *own;
	char *group;

	if (!find_mount(proc, arena, &root, &place)) {
		err_set(err, ERR_NOT_FOUND, "no cgroup v2 here");
		return NULL;
	}
	own = own_group(proc, root, place, arena);
	if (!own) {
		err_set(err, ERR_NOT_FOUND, "our cgroup is not to be seen from here");
		return NULL;
	}
	group = arena_strdup(arena, own);
	while (!will_hand_on(group, controllers, arena)) {
		if (strcmp(group, place) == 0) {
			err_set(err, ERR_NOT_FOUND,
				"no cgroup v2 that may be written to and hands the controllers on");
			return NULL;
		}
		*strrchr(group, '/') = '\0';
	}
	return group;
}

/* ---- One of ours ---- */

static int limit(const char *group, const char *file, uint64_t value, struct err *err)
{
	char text[24];

	if (!value)
		return 0;
	snprintf(text, sizeof text, "%llu", (unsigned long long)value);
	return write_text(group, file, text, err);
}

const char *cgroup_make(const char *parent, const char *name, const struct cgroup_limits *limits,
			struct arena *arena, struct err *err)
{
	const char *group = arena_join(arena, parent, "/", name);

	if (mkdir(group, 0755) < 0 && errno != EEXIST) {
		err_errno(err, "cannot make '%s'", group);
		return NULL;
	}
	if (limit(group, "memory.max", limits->memory_bytes, err) == 0 &&
	    limit(group, "pids.max", limits->processes, err) == 0) {
		/* Else what is too much goes to the swap, where there is one. */
		if (limits->memory_bytes)
			write_text(group, "memory.swap.max", "0", NULL);
		return group;
	}
	rmdir(group);
	return NULL;
}

int cgroup_join(const char *group, struct err *err)
{
	return write_text(group, "cgroup.procs", "0", err);
}

/* "oom_kill 3" among other lines */
static uint64_t count_of(const char *group, const char *file, const char *key, struct arena *arena)
{
	const char *line = read_text(group, file, arena);
	size_t len = strlen(key);

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return strtoull(line + len + 1, NULL, 10);
	return 0;
}

void cgroup_read_events(const char *group, struct cgroup_events *events)
{
	struct arena arena CLEANUP(arena_release) = { 0 };

	events->oom_kills = count_of(group, "memory.events", "oom_kill", &arena);
	events->refused_forks = count_of(group, "pids.events", "max", &arena);
}

int cgroup_remove(const char *group, struct err *err)
{
	if (rmdir(group) == 0 || errno == ENOENT)
		return 0;
	if (errno == EBUSY || errno == ENOTEMPTY)
		return 1;
	return err_errno(err, "cannot remove '%s'", group);
}

void cgroup_sweep(const char *parent, const char *prefix)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct fs_dir dir;
	struct fs_entry entry;

	if (fs_dir_open(&dir, AT_FDCWD, parent, NULL) != 0)
		return;
	while (fs_dir_next(&dir, &entry, NULL) > 0)
		if (strncmp(entry.name, prefix, strlen(prefix)) == 0)
			cgroup_remove(arena_join(&arena, parent, "/", entry.name), NULL);
	fs_dir_close(&dir);
}
