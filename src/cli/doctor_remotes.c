/*
 * Does a push hand on what is private? Snapshots are refs below refs/wf: a mirror, or a refspec that takes
 * in all refs, would push files that nobody has committed.
 */
#include <string.h>

#include "doctor_impl.h"
#include "git/setting.h"

#define ALL_REFS "refs/*"

static bool is_true(const char *value)
{
	return !*value || !strcmp(value, "true") || !strcmp(value, "yes") || !strcmp(value, "on") ||
	       !strcmp(value, "1");
}

/* A refspec of all refs, or of ours. */
static bool pushes_snapshots(const char *key, const char *value)
{
	size_t len = strlen(key);

	if (len > 7 && !strcmp(key + len - 7, ".mirror"))
		return is_true(value);
	value += *value == '+';
	return !strncmp(value, ALL_REFS, strlen(ALL_REFS)) || !strncmp(value, "refs/wf/", 8);
}

void doctor_check_remotes(struct doctor *doctor)
{
	static const char names[] = "^remote\\..*\\.(mirror|push)$";
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	bool is_well = true;

	if (setting_list(&doctor->session->repo, names, &out, NULL) < 0)
		return;
	for (size_t at = 0, next; at < out.len; at = next) {
		char *key = out.buf + at, *value = strchr(key, '\n');

		next = at + strlen(key) + 1;
		if (value)
			*value++ = '\0';
		if (!pushes_snapshots(key, value ? value : ""))
			continue;
		doctor_tell(doctor, DOCTOR_WARN, "remotes",
			    "push branches and tags only, without that key",
			    "'%s' would push snapshots (refs/wf), with files that nobody has "
			    "committed",
			    key);
		is_well = false;
	}
	if (is_well)
		doctor_tell(doctor, DOCTOR_OK, "remotes", NULL, "no push takes snapshots along");
}
