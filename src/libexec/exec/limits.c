/*
 * Limits of the kernel. Those of memory, time and files are for each process; the number of processes
 * is counted in a user namespace of its own, where no other process of this user is. What all processes
 * take together only a control group can limit; who starts us has made one where he could.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "exec_impl.h"
#include "sys/cgroup.h"
#include "sys/fs.h"

/* Never above what the user has anyhow. */
static int set_limit(int resource, uint64_t soft, uint64_t hard, const char *name, struct err *err)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)resource, &limit) < 0)
		return err_errno(err, "cannot read the limit of %s", name);
	if (hard < limit.rlim_max)
		limit.rlim_max = (rlim_t)hard;
	limit.rlim_cur = soft < limit.rlim_max ? (rlim_t)soft : limit.rlim_max;
	if (setrlimit((__rlimit_resource_t)resource, &limit) < 0)
		return err_errno(err, "cannot limit %s", name);
	return 0;
}

static int write_proc(const char *path, const char *text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	rc = fs_write_all(fd, text, strlen(text), err);
	close(fd);
	return rc;
}

/* In it everybody is who he was before. */
static int enter_user_namespace(struct err *err)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof uids, "%u %u 1", (unsigned)geteuid(), (unsigned)geteuid());
	snprintf(gids, sizeof gids, "%u %u 1", (unsigned)getegid(), (unsigned)getegid());
	if (unshare(CLONE_NEWUSER) < 0)
		return err_errno(err, "no user namespace can be made");
	if (write_proc("/proc/self/setgroups", "deny", err) < 0 ||
	    write_proc("/proc/self/uid_map", uids, err) < 0 ||
	    write_proc("/proc/self/gid_map", gids, err) < 0)
		return -1;
	return 0;
}

static int limit_processes(uint64_t n, struct err *err)
{
	if (geteuid() == 0)
		return err_set(err, ERR_SYSTEM,
			       "processes cannot be limited: the kernel lets root start as many as "
			       "it likes");
	if (enter_user_namespace(err) < 0)
		return err_wrap(err, "processes cannot be limited");
	return set_limit(RLIMIT_NPROC, n, n, "processes", err);
}

int limits_apply(const struct policy *policy, struct err *err)
{
	if (policy->cgroup && cgroup_join(policy->cgroup, err) < 0)
		return -1;
	if (policy->processes && limit_processes(policy->processes, err) < 0)
		return -1;
	if (policy->memory_bytes &&
	    set_limit(RLIMIT_DATA, policy->memory_bytes, policy->memory_bytes, "memory", err) < 0)
		return -1;
	/* SIGXCPU, and KILL a second later for who ignores it. */
	if (policy->cpu_seconds && set_limit(RLIMIT_CPU, policy->cpu_seconds,
					     policy->cpu_seconds + 1, "processor time", err) < 0)
		return -1;
	if (policy->files &&
	    set_limit(RLIMIT_NOFILE, policy->files, policy->files, "open files", err) < 0)
		return -1;
	return 0;
}
