/*
 * Which files git stores otherwise than they are on the disk: attributes that convert line endings,
 * encodings, $Id$, or run a filter, and core.autocrlf. Most repositories have none of it, and find that
 * out without asking about each path.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "snapshot_impl.h"

struct conversion {
	bool is_automatic; /* core.autocrlf: text unless said otherwise */
	bool has_attributes;
};

static bool is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return !strcmp(slash ? slash + 1 : path, name);
}

static bool is_there(const char *path)
{
	return path && access(path, F_OK) == 0;
}

/* The files of attributes outside the tree that git reads without being told. */
static bool has_outer_attributes(const struct snapshot_work *work)
{
	static const char *const of_system[] = { "/etc/gitattributes",
						 "/usr/local/etc/gitattributes",
						 "/opt/homebrew/etc/gitattributes" };
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (is_there(arena_join(work->arena, work->request->repo->common_dir, "/info/attributes",
				"")))
		return true;
	if (xdg && *xdg ? is_there(arena_join(work->arena, xdg, "/git/attributes", ""))
	    : home	? is_there(arena_join(work->arena, home, "/.config/git/attributes", ""))
			: false)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(of_system); i++)
		if (is_there(of_system[i]))
			return true;
	return false;
}

static int read_settings(const struct snapshot_work *work, struct conversion *conversion,
			 struct err *err)
{
	static const char *const args[] = { "config", "-z", "--get-regexp",
					    "^core\\.(autocrlf|attributesfile)$", NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	int code;

	if (snapshot_git(work, NULL, args, NULL, &out, &code, err) != 0)
		return -1;
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1) {
		const char *value = strchr(out.buf + at, '\n');

		if (!strncmp(out.buf + at, "core.attributesfile", 19))
			conversion->has_attributes = true;
		else /* the last one wins; without "=" it is true */
			conversion->is_automatic = !value || (strcmp(value + 1, "false") != 0 &&
							      strcmp(value + 1, "0") != 0 &&
							      strcmp(value + 1, "no") != 0);
	}
	return 0;
}

static bool is_said(const char *value)
{
	return strcmp(value, "unspecified") != 0 && strcmp(value, "unset") != 0;
}

/* `text` and its old name `crlf`, of which a path may have none, both or "unset". */
static bool converts(const char *attribute, const char *value, bool is_automatic)
{
	if (!strcmp(attribute, "text") && is_automatic)
		return strcmp(value, "unset") != 0;
	return is_said(value);
}

/* The answer comes as PATH, ATTRIBUTE, VALUE, those of one path in a row. */
static void take_answers(const struct snapshot_work *work, const struct strbuf *out,
			 bool is_automatic, struct path_list *converted)
{
	const char *last = NULL;

	for (size_t at = 0; at < out->len;) {
		const char *path = out->buf + at;
		const char *attribute = path + strlen(path) + 1;
		const char *value = attribute + strlen(attribute) + 1;

		at = (size_t)(value + strlen(value) + 1 - out->buf);
		if (!converts(attribute, value, is_automatic) || (last && !strcmp(last, path)))
			continue;
		vec_push(&converted->list, arena_strdup(work->arena, path));
		last = path;
	}
}

static int ask_attributes(const struct snapshot_work *work, bool is_automatic,
			  struct path_list *converted, struct err *err)
{
	static const char *const args[] = { "check-attr", "-z",	   "--stdin",
					    "text",	  "crlf",  "eol",
					    "filter",	  "ident", "working-tree-encoding",
					    NULL };
	const struct path_list all = { .list = { .v = (const char **)work->paths,
						 .n = work->n_paths } };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	snapshot_join_paths(&all, &text);
	if (snapshot_git(work, NULL, args, &text, &out, NULL, err) != 0)
		return -1;
	take_answers(work, &out, is_automatic, converted);
	return 0;
}

int snapshot_find_converted(const struct snapshot_work *work, struct path_list *converted,
			    struct err *err)
{
	struct conversion conversion = { 0 };

	if (read_settings(work, &conversion, err) != 0)
		return -1;
	for (size_t i = 0; i < work->n_paths && !conversion.has_attributes; i++)
		conversion.has_attributes = is_named(work->paths[i], ".gitattributes");
	conversion.has_attributes = conversion.has_attributes || has_outer_attributes(work);
	if (!conversion.is_automatic && !conversion.has_attributes)
		return 0;
	return ask_attributes(work, conversion.is_automatic, converted, err);
}
