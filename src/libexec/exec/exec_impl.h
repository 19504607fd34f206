/*
 * The parts of git-wf--exec. See step/helper.h for what it is told, and how.
 */
#ifndef LIBEXEC_EXEC_EXEC_IMPL_H
#define LIBEXEC_EXEC_EXEC_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"

enum confinement { CONFINE_NOTHING, CONFINE_WRITES, CONFINE_ALL };

struct policy_path {
	const char *path;
	bool is_writable;
};

struct policy {
	uint64_t memory_bytes, cpu_seconds, files, processes; /* 0: no limit */
	enum confinement confinement;
	bool no_network;
	const char *cgroup;	       /* to be entered, or NULL */
	VEC(struct policy_path) paths; /* strings of the text that was parsed */
};

/* The records of `text`, which must outlive the policy. */
int policy_parse(struct policy *policy, const char *text, size_t len, struct err *err);

int limits_apply(const struct policy *policy, struct err *err);
/* Files and, for a step without network, that it leaves the processes outside alone. */
int files_confine(const struct policy *policy, struct err *err);
int network_cut(struct err *err);

#endif
