/*
 * See identity_impl.h.
 */
#include "identity_impl.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "git/cmd.h"

static const char *account(struct arena *arena)
{
	const struct passwd *user = getpwuid(getuid());

	return arena_strdup(arena, user && user->pw_name ? user->pw_name : "somebody");
}

/* "user.name\nAnn\0user.email\nann@example.org\0": the last one of each counts. */
static const char *value_of(const struct strbuf *list, const char *key)
{
	size_t len = strlen(key);
	const char *value = NULL;

	for (size_t at = 0; at < list->len; at += strlen(list->buf + at) + 1)
		if (strncmp(list->buf + at, key, len) == 0 && list->buf[at + len] == '\n')
			value = list->buf + at + len + 1;
	return value && *value ? value : NULL;
}

const char *identity_of_user(const struct session *session, struct arena *arena)
{
	const char *const args[] = { "config", "-z", "--get-regexp", "^user\\.(name|email)$",
				     NULL };
	const struct git_cmd cmd = { .repo = &session->repo, .args = args };
	CLEANUP(strbuf_release)
	struct strbuf list = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const char *name, *email;
	int status;

	if (git_run(&cmd, &list, &status, NULL) < 0 || status != 0)
		return account(arena);
	name = value_of(&list, "user.name");
	email = value_of(&list, "user.email");
	if (!name && !email)
		return account(arena);
	if (name)
		utf8_add_visible(&text, name, strlen(name));
	if (email) {
		strbuf_addstr(&text, name ? " <" : "<");
		utf8_add_visible(&text, email, strlen(email));
		strbuf_addch(&text, '>');
	}
	return arena_strdup(arena, strbuf_str(&text));
}
