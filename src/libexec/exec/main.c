/*
 * git-wf--exec: takes limits and a sandbox upon itself, then becomes the step's program.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "exec_impl.h"
#include "step/helper.h"
#include "sys/fs.h"

#define POLICY_MAX (64u << 20) /* bytes */

/* What is open is beyond every rule: only pipes (make's jobserver) are handed on. */
static int keep_pipes_only(struct err *err)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!dir)
		return err_errno(err, "cannot list the open files");
	while ((entry = readdir(dir))) {
		int fd = (int)strtol(entry->d_name, NULL, 10);
		struct stat st;

		if (fd > STDERR_FILENO && fstat(fd, &st) == 0 && !S_ISFIFO(st.st_mode))
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	closedir(dir);
	return 0;
}

static int apply(const struct policy *policy, struct err *err)
{
	bool is_sandbox = policy->confinement != CONFINE_NOTHING || policy->no_network;

	if (limits_apply(policy, err) < 0)
		return err_wrap(err, "limits");
	if (!is_sandbox)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(err, "sandbox: cannot give up new privileges");
	if (keep_pipes_only(err) < 0 || files_confine(policy, err) < 0 ||
	    (policy->no_network && network_cut(err) < 0))
		return err_wrap(err, "sandbox");
	return 0;
}

static int prepare(const char *path, struct strbuf *text, struct policy *policy, struct err *err)
{
	if (fs_read_file(AT_FDCWD, path, POLICY_MAX, text, err) < 0 ||
	    policy_parse(policy, strbuf_str(text), text->len, err) < 0)
		return -1;
	return apply(policy, err);
}

static int refuse(const struct err *err)
{
	fprintf(stderr, "git-wf: %s\n", err_msg(err));
	return HELPER_EXEC_REFUSED;
}

static int become(char **words)
{
	int cause;

	execvp(words[0], words);
	cause = errno;
	fprintf(stderr, "git-wf: cannot start '%s': %s\n", words[0], strerror(cause));
	return cause == ENOENT ? 127 : 126;
}

int main(int argc, char **argv)
{
	struct policy policy = { 0 };
	struct strbuf text = STRBUF_INIT;
	struct err err = ERR_INIT;
	int status;

	if (argc < 3) {
		fprintf(stderr, "usage: " HELPER_EXEC " POLICY PROGRAM [ARG...]\n");
		return HELPER_EXEC_REFUSED;
	}
	if (prepare(argv[1], &text, &policy, &err) < 0)
		status = refuse(&err);
	else
		status = become(argv + 2);
	err_release(&err);
	vec_release(&policy.paths);
	strbuf_release(&text);
	return status;
}
