/*
 * Files by Landlock: what no rule allows is refused, for this process and all that it starts. The
 * constants are our own, as far as the headers of an older system lack them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/compat.h"
#include "exec_impl.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

#define ABI_QUERY  1u /* a flag of landlock_create_ruleset */
#define BY_PATH	   1  /* a type of rule */
#define ABI_NEEDED 3  /* the first that knows of truncation: Linux 6.2 */
#define ABI_SCOPES 6  /* signals: Linux 6.12 */

/* Of linux/landlock.h. */
#define CAN_EXECUTE    (1ull << 0)
#define CAN_WRITE      (1ull << 1)
#define CAN_READ       (1ull << 2)
#define CAN_LIST       (1ull << 3)
#define CAN_MAKE_BLOCK (1ull << 11)
#define CAN_CHANGE_DIR (0x3ffull << 4) /* remove, make, refer */
#define CAN_TRUNCATE   (1ull << 14)
#define SCOPE_SIGNAL   (1ull << 1)

#define READING	  (CAN_EXECUTE | CAN_READ | CAN_LIST)
#define WRITING	  (CAN_WRITE | CAN_CHANGE_DIR | CAN_TRUNCATE)
#define OF_A_FILE (CAN_EXECUTE | CAN_READ | CAN_WRITE | CAN_TRUNCATE)

struct ruleset_attr { /* sizes grew with the ABI: only what is needed is handed over */
	uint64_t handled_fs, handled_net, scoped;
};

struct path_rule {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

/* What every program needs. */
static const char *const system_paths[] = {
	"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/usr",	   "/etc",
	"/opt", "/proc", "/sys", "/nix",   "/gnu",   "/snap",	"/dev/fd",
};
static const char *const devices[] = {
	"/dev/null",	"/dev/zero", "/dev/full", "/dev/random",
	"/dev/urandom", "/dev/tty",  "/dev/ptmx", "/dev/pts",
};

/* 1: there is nothing at this path. */
static int allow(int ruleset, const char *path, uint64_t rights, uint64_t handled, int flags,
		 struct err *err)
{
	struct path_rule rule = { .parent_fd = open(path, O_PATH | O_CLOEXEC | flags) };
	struct stat st;
	int rc = 0;

	if (rule.parent_fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return 1;
	if (rule.parent_fd < 0 || fstat(rule.parent_fd, &st) < 0)
		rc = err_errno(err, "cannot open '%s'", path);
	rule.allowed = rights & handled;
	if (rc == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= OF_A_FILE;
	if (rc == 0 && rule.allowed &&
	    syscall(SYS_landlock_add_rule, ruleset, BY_PATH, &rule, 0) < 0)
		rc = err_errno(err, "cannot allow '%s'", path);
	if (rule.parent_fd >= 0)
		close(rule.parent_fd);
	return rc;
}

static int allow_paths(const struct policy *policy, int ruleset, uint64_t handled, struct err *err)
{
	for (size_t i = 0; i < policy->paths.n; i++) {
		const struct policy_path *path = &policy->paths.v[i];
		uint64_t rights = READING | (path->is_writable ? WRITING : 0);
		int rc = allow(ruleset, path->path, rights, handled,
			       path->is_writable ? O_NOFOLLOW : 0, err);

		if (rc > 0 && path->is_writable)
			return err_set(err, ERR_NOT_FOUND, "'%s' is not there to be written to",
				       path->path);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int allow_system(int ruleset, uint64_t handled, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(system_paths); i++)
		if (allow(ruleset, system_paths[i], READING, handled, 0, err) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (allow(ruleset, devices[i], CAN_READ | CAN_LIST | CAN_WRITE | CAN_TRUNCATE,
			  handled, 0, err) < 0)
			return -1;
	return 0;
}

static int enforce(const struct policy *policy, const struct ruleset_attr *attr, size_t attr_size,
		   struct err *err)
{
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, attr, attr_size, 0);
	int rc = 0;

	if (ruleset < 0)
		return err_errno(err, "cannot make a set of Landlock rules");
	if (policy->confinement != CONFINE_NOTHING &&
	    (allow_system(ruleset, attr->handled_fs, err) < 0 ||
	     allow_paths(policy, ruleset, attr->handled_fs, err) < 0))
		rc = -1;
	if (rc == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		rc = err_errno(err, "cannot enter the sandbox");
	close(ruleset);
	return rc;
}

int files_confine(const struct policy *policy, struct err *err)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, ABI_QUERY);
	struct ruleset_attr attr = { .handled_fs = WRITING };
	size_t size = sizeof attr.handled_fs;

	if (policy->confinement == CONFINE_NOTHING) {
		/* Only so that no process outside can be traced and made to speak for this one. */
		attr.handled_fs = CAN_MAKE_BLOCK;
		return abi < 1 ? 0 : enforce(policy, &attr, size, err);
	}
	if (abi < 1)
		return err_set(err, ERR_SYSTEM, "this kernel has no Landlock, or it is off");
	if (abi < ABI_NEEDED)
		return err_set(err, ERR_SYSTEM,
			       "Landlock of this kernel (ABI %d) cannot forbid truncation; Linux "
			       "6.2 can",
			       abi);
	if (policy->confinement == CONFINE_ALL) {
		attr.handled_fs |= READING;
		if (abi >= ABI_SCOPES) {
			attr.scoped = SCOPE_SIGNAL;
			size = sizeof attr;
		}
	}
	return enforce(policy, &attr, size, err);
}
