/*
 * Reading the list of records.
 */
#include <stdlib.h>
#include <string.h>

#include "base/compat.h"
#include "exec_impl.h"

typedef int take_fn(struct policy *policy, const char *value, struct err *err);

static int take_number(uint64_t *number, const char *value, struct err *err)
{
	char *end;

	*number = strtoull(value, &end, 10);
	if (!*value || *end || !*number)
		return err_set(err, ERR_INVALID, "'%s' is no limit", value);
	return 0;
}

static int take_memory(struct policy *policy, const char *value, struct err *err)
{
	return take_number(&policy->memory_bytes, value, err);
}

static int take_cpu(struct policy *policy, const char *value, struct err *err)
{
	return take_number(&policy->cpu_seconds, value, err);
}

static int take_files(struct policy *policy, const char *value, struct err *err)
{
	return take_number(&policy->files, value, err);
}

static int take_processes(struct policy *policy, const char *value, struct err *err)
{
	return take_number(&policy->processes, value, err);
}

static int take_confine(struct policy *policy, const char *value, struct err *err)
{
	if (strcmp(value, "write") == 0)
		policy->confinement = CONFINE_WRITES;
	else if (strcmp(value, "all") == 0)
		policy->confinement = CONFINE_ALL;
	else
		return err_set(err, ERR_INVALID, "'%s' is no kind of sandbox", value);
	return 0;
}

static int take_network(struct policy *policy, const char *value, struct err *err)
{
	if (strcmp(value, "none") != 0)
		return err_set(err, ERR_INVALID, "'%s' is no kind of network", value);
	policy->no_network = true;
	return 0;
}

static int take_read(struct policy *policy, const char *value, struct err *err UNUSED)
{
	vec_push(&policy->paths, ((struct policy_path){ value, false }));
	return 0;
}

static int take_write(struct policy *policy, const char *value, struct err *err UNUSED)
{
	vec_push(&policy->paths, ((struct policy_path){ value, true }));
	return 0;
}

static int take_cgroup(struct policy *policy, const char *value, struct err *err UNUSED)
{
	policy->cgroup = value;
	return 0;
}

static const struct {
	const char *key;
	take_fn *take;
} keys[] = {
	{ "memory", take_memory },   { "cpu", take_cpu },	  { "files", take_files },
	{ "confine", take_confine }, { "network", take_network }, { "processes", take_processes },
	{ "read", take_read },	     { "write", take_write },	  { "cgroup", take_cgroup },
};

static int take(struct policy *policy, const char *record, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		size_t len = strlen(keys[i].key);

		if (strncmp(record, keys[i].key, len) == 0 && record[len] == ' ')
			return keys[i].take(policy, record + len + 1, err);
	}
	return err_set(err, ERR_INVALID, "'%s' is no word of a policy", record);
}

int policy_parse(struct policy *policy, const char *text, size_t len, struct err *err)
{
	const char *at = text;

	/* One that was cut off would allow more than it should. */
	if (len == 0 || text[len - 1] != '\0')
		return err_set(err, ERR_INVALID, "the policy is not whole");
	for (; at < text + len; at += strlen(at) + 1)
		if (take(policy, at, err) < 0)
			return -1;
	return 0;
}
