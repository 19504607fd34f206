/*
 * floor MODE N [JOBS]: the physical limit of a piece of work, below the current directory, whose
 * files are in/DDD/NNNNNN and out/DDD/NNNNNN. Prints its milliseconds.
 *
 *	cp     posix_spawn of "cp in out" N times, JOBS in flight
 *	sh     posix_spawn of "sh -c 'cp in out && :'"
 *	copy   open, read, write, close: no process
 *	stat   statx of in and out
 *	hash   open, read, XXH3-128 of in and out
 *	walk   readdir and statx of every file of src/DDD/ (N directories)
 *	big    read and XXH3-128 of the file "big"
 */
#define XXH_INLINE_ALL
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

extern char **environ;

static char buffer[128 << 10];
static unsigned long long sum; /* keeps the work from being optimised away */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void reap(void)
{
	int status;

	if (wait(&status) < 0 || status != 0)
		die("a child");
}

static void spawn_all(int n, int jobs, int with_shell)
{
	char in[64], out[64], line[160];
	int in_flight = 0;
	pid_t pid;

	for (int i = 0; i < n; i++) {
		snprintf(in, sizeof in, "in/%03d/%06d", i / 1000, i);
		snprintf(out, sizeof out, "out/%03d/%06d", i / 1000, i);
		snprintf(line, sizeof line, "cp %s %s && :", in, out);
		char *cp[] = { (char *)"cp", in, out, NULL };
		char *sh[] = { (char *)"sh", (char *)"-c", line, NULL };
		if (in_flight == jobs) {
			reap();
			in_flight--;
		}
		if (posix_spawn(&pid, with_shell ? "/bin/sh" : "/bin/cp", NULL, NULL,
				with_shell ? sh : cp, environ))
			die("posix_spawn");
		in_flight++;
	}
	while (in_flight-- > 0)
		reap();
}

static void copy_one(const char *in, const char *out)
{
	int from = open(in, O_RDONLY | O_CLOEXEC);
	int to = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t n;

	if (from < 0 || to < 0)
		die(in);
	while ((n = read(from, buffer, sizeof buffer)) > 0)
		if (write(to, buffer, (size_t)n) != n)
			die(out);
	close(from);
	close(to);
}

static void hash_one(const char *path)
{
	XXH3_state_t *state = XXH3_createState();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || !state)
		die(path);
	XXH3_128bits_reset(state);
	while ((n = read(fd, buffer, sizeof buffer)) > 0)
		XXH3_128bits_update(state, buffer, (size_t)n);
	sum += XXH3_128bits_digest(state).low64;
	XXH3_freeState(state);
	close(fd);
}

static void stat_one(int dirfd, const char *path)
{
	struct statx stx;

	if (statx(dirfd, path, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &stx))
		die(path);
	sum += stx.stx_size;
}

static void each_file(int n, const char *mode)
{
	char in[64], out[64];

	for (int i = 0; i < n; i++) {
		snprintf(in, sizeof in, "in/%03d/%06d", i / 1000, i);
		snprintf(out, sizeof out, "out/%03d/%06d", i / 1000, i);
		if (strcmp(mode, "copy") == 0) {
			copy_one(in, out);
		} else if (strcmp(mode, "hash") == 0) {
			hash_one(in);
			hash_one(out);
		} else {
			stat_one(AT_FDCWD, in);
			stat_one(AT_FDCWD, out);
		}
	}
}

static void walk(int n_dirs)
{
	char path[64];

	for (int i = 0; i < n_dirs; i++) {
		snprintf(path, sizeof path, "src/%03d", i);
		DIR *dir = opendir(path);
		if (!dir)
			die(path);
		for (struct dirent *entry; (entry = readdir(dir));)
			if (entry->d_name[0] != '.')
				stat_one(dirfd(dir), entry->d_name);
		closedir(dir);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	const char *mode = argv[1];
	int n = (int)strtol(argv[2], NULL, 10);
	int jobs = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 1;
	double start_ms = now_ms();

	if (strcmp(mode, "cp") == 0 || strcmp(mode, "sh") == 0)
		spawn_all(n, jobs, mode[0] == 's');
	else if (strcmp(mode, "walk") == 0)
		walk(n);
	else if (strcmp(mode, "big") == 0)
		hash_one("big");
	else
		each_file(n, mode);
	printf("%.4f\n", now_ms() - start_ms);
	return sum == 1 ? 3 : 0;
}
