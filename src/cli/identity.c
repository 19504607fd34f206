/*
 * See identity_impl.h.
 */
#include "identity_impl.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "git/setting.h"

static const char *account(struct arena *arena)
{
	const struct passwd *user = getpwuid(getuid());

	return arena_strdup(arena, user && user->pw_name ? user->pw_name : "somebody");
}

static const char *find(const struct strbuf *list, const char *name)
{
	const char *value = setting_find(list, name);

	return value && *value ? value : NULL;
}

const char *identity_of_user(const struct session *session, struct arena *arena)
{
	CLEANUP(strbuf_release)
	struct strbuf list = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const char *name, *email;

	if (setting_list(&session->repo, "^user\\.(name|email)$", &list, NULL) < 0)
		return account(arena);
	name = find(&list, "user.name");
	email = find(&list, "user.email");
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
