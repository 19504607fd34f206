/*
 * The functions of expressions that are about paths. They look at the text alone.
 */
#include <libgen.h> /* the basename() of POSIX */
#include <string.h>

#include "expr_impl.h"

int expr_part_of_path(const struct eval *eval, const struct expr_func *func,
		      const struct value *args, size_t n, struct value *out, struct err *err)
{
	struct value path, suffix = value_string("");
	char *part;
	size_t len;

	if (expr_to_c_text(eval, func, &args[0], &path, err) < 0 ||
	    (n > 1 && expr_to_text(eval, func, &args[1], &suffix, err) < 0))
		return -1;
	part = arena_strndup(eval->arena, path.text, path.len);
	part = func->name[0] == 'd' ? dirname(part) : basename(part);
	len = strlen(part);
	if (len > suffix.len && !memcmp(part + len - suffix.len, suffix.text, suffix.len))
		len -= suffix.len;
	*out = value_string_copy(eval->arena, part, len);
	return 0;
}

/* The next component of a path that is no ".": its length, 0 at the end; *path is at it then. */
static size_t component(const char **path)
{
	const char *at = *path;
	size_t len;

	do {
		at += strspn(at, "/");
		len = strcspn(at, "/");
		*path = at;
		at += len;
	} while (len == 1 && **path == '.');
	return len;
}

/* What both begin with is passed over. */
static void pass_common(const char **path, const char **folder)
{
	size_t n_path = component(path), n_folder = component(folder);

	while (n_path && n_path == n_folder && !memcmp(*path, *folder, n_path)) {
		*path += n_path;
		*folder += n_folder;
		n_path = component(path);
		n_folder = component(folder);
	}
}

/* No program takes it for an option: what begins with '-' gets a "./" before it. */
static struct value relative_to(struct arena *arena, const struct value *path, const char *folder)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *rest = path->text;
	size_t len;

	if (*rest == '/')
		return *path; /* it leads there from everywhere */
	pass_common(&rest, &folder);
	for (; (len = component(&folder)) > 0; folder += len)
		strbuf_addstr(&out, "../");
	if (component(&rest))
		strbuf_addf(&out, "%s%s", !out.len && *rest == '-' ? "./" : "", rest);
	else if (out.len)
		strbuf_setlen(&out, out.len - 1);
	else
		strbuf_addch(&out, '.');
	return value_string_copy(arena, strbuf_str(&out), out.len);
}

/* From there a path back cannot be told. */
static bool leads_out(const char *folder)
{
	size_t len;

	if (*folder == '/')
		return true;
	for (; (len = component(&folder)) > 0; folder += len)
		if (len == 2 && !memcmp(folder, "..", 2))
			return true;
	return false;
}

static int relative_list(const struct eval *eval, const struct expr_func *func,
			 const struct value *list, const char *folder, struct value *out,
			 struct err *err)
{
	struct value *items = ARENA_ARRAY(eval->arena, struct value, list->n + 1);

	for (size_t i = 0; i < list->n; i++) {
		struct value path;

		if (expr_to_c_text(eval, func, &list->items[i], &path, err) < 0)
			return -1;
		items[i] = relative_to(eval->arena, &path, folder);
	}
	*out = *list;
	out->items = items;
	return 0;
}

int expr_relative_path(const struct eval *eval, const struct expr_func *func,
		       const struct value *args, size_t n, struct value *out, struct err *err)
{
	struct value folder, path;

	(void)n;
	if (expr_to_c_text(eval, func, &args[1], &folder, err) < 0)
		return -1;
	if (leads_out(folder.text))
		return err_set(err, ERR_VALUE,
			       "relative() needs a folder of the repository, not '%.60s'",
			       folder.text);
	if (args[0].kind == VALUE_LIST)
		return relative_list(eval, func, &args[0], folder.text, out, err);
	if (expr_to_c_text(eval, func, &args[0], &path, err) < 0)
		return -1;
	*out = relative_to(eval->arena, &path, folder.text);
	return 0;
}
