/*
 * See git/setting.h.
 */
#include "git/setting.h"

#include <string.h>

#include "git/cmd.h"

int setting_list(const struct repo *repo, const char *pattern, struct strbuf *list, struct err *err)
{
	const char *const args[] = { "config", "-z", "--get-regexp", pattern, NULL };
	const struct git_cmd cmd = { .repo = repo, .args = args };
	int status;

	return git_run(&cmd, list, &status, err);
}

const char *setting_find(const struct strbuf *list, const char *name)
{
	size_t len = strlen(name);
	const char *value = NULL;

	for (size_t at = 0; at < list->len; at += strlen(list->buf + at) + 1)
		if (strncmp(list->buf + at, name, len) == 0 && list->buf[at + len] == '\n')
			value = list->buf + at + len + 1;
	return value;
}
