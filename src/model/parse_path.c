/*
 * Paths of `inputs`, `outputs`, globs and `dir`: relative to the repository's root, inside it, and
 * not in .git. What a `${…}` puts in is checked again when it is known.
 */
#include <string.h>
#include <strings.h>

#include "base/glob.h"
#include "parse_impl.h"

/* "./a//b/./c" → "a/b/c", in place; a slash at the end stays. Keeps "" and "." as ".". */
static void tidy(char *path)
{
	char *from = path, *to = path;

	while (*from) {
		size_t len = strcspn(from, "/");
		bool has_slash = from[len] == '/';

		if (!(len == 0 && to != path) && !(len == 1 && *from == '.')) {
			memmove(to, from, len + has_slash);
			to += len + has_slash;
		}
		from += len + has_slash;
	}
	if (to == path)
		*to++ = '.';
	*to = '\0';
}

/* Only the beginning where values are still to come. */
static void tidy_literal(char *raw)
{
	if (!*raw)
		return;
	if (!strstr(raw, "${"))
		tidy(raw);
	while (strncmp(raw, "./", 2) == 0)
		memmove(raw, raw + 2, strlen(raw + 2) + 1);
}

/* Why the path cannot be used, or NULL; `path` has a letter in place of each `${…}`. */
static const char *path_fault(const char *path)
{
	const char *at = path;

	if (!*path)
		return "a path is empty";
	if (*path == '/')
		return "a path must be relative to the repository's root";
	if (*path == '~')
		return "a path must be relative to the repository's root: '~' is not expanded";
	while (*at) {
		size_t len = strcspn(at, "/");

		if (len == 2 && memcmp(at, "..", 2) == 0)
			return "a path must not contain '..'";
		if (len == 4 && strncasecmp(at, ".git", 4) == 0)
			return "a path must not lead into .git";
		at += len + (at[len] == '/');
	}
	return NULL;
}

/* The literal parts with 'x' for each value: what can be said before values are known. */
static const char *with_stand_ins(struct reader *reader, const struct text *text)
{
	struct strbuf out = STRBUF_INIT;
	const char *copy;

	if (!text->n_parts)
		return text->raw;
	for (size_t i = 0; i < text->n_parts; i++) {
		if (text->parts[i].expr)
			strbuf_addch(&out, 'x');
		else
			strbuf_add(&out, text->parts[i].lit, text->parts[i].len);
	}
	copy = arena_strdup(&reader->scratch, strbuf_str(&out));
	strbuf_release(&out);
	return copy;
}

static int artifact(struct reader *reader, const struct yaml_node *item, const char *name,
		    const struct text *text)
{
	struct diag *diag;

	if (*name &&
	    !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			       "0123456789_-.")] &&
	    name[0] != '.')
		return 0;
	diag = diag_error(reader->diags, item->span, "'%s' is no name for an artifact", text->raw);
	diag_hint(reader->diags, diag, "use letters, digits, '_', '-' and '.'");
	return -1;
}

static enum path_kind kind_of(const char *literal, bool is_exclude, bool is_dir)
{
	if (is_exclude)
		return PATH_EXCLUDE;
	if (glob_has_magic(literal))
		return PATH_GLOB;
	return is_dir ? PATH_DIR : PATH_LITERAL;
}

/* Most paths: words of letters, digits and `_-.+` with single slashes, no component that begins with
 * a dot. Nothing has to be tidied or looked for in them. */
static bool is_simple(const char *path, size_t len)
{
	bool is_start = true;

	for (size_t i = 0; i < len; i++) {
		char c = path[i];
		bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			       (c >= '0' && c <= '9') || c == '_';

		if (!is_word && (is_start || (c != '-' && c != '.' && c != '+' && c != '/')))
			return false;
		is_start = c == '/';
	}
	return !is_start;
}

int parse_path(struct reader *reader, const struct yaml_node *item, bool is_input,
	       struct path_spec *path)
{
	bool is_exclude = item->text[0] == '!';
	bool is_artifact = strncmp(item->text, "artifact:", 9) == 0;
	size_t skip = is_exclude ? 1 : is_artifact ? 9 : 0, len;
	struct span at = yaml_text_span(item);
	char *raw = arena_strndup(reader->arena, item->text + skip, item->len - skip);
	const char *literal, *fault;
	bool is_dir;

	if (is_simple(item->text, item->len)) {
		path->text = (struct text){ .raw = raw, .span = at };
		path->kind = PATH_LITERAL;
		return 0;
	}
	if (is_exclude && !is_input) {
		diag_error(reader->diags, item->span, "'!' excludes from inputs only");
		return -1;
	}
	if (!is_artifact)
		tidy_literal(raw);
	len = strlen(raw);
	is_dir = !is_artifact && len > 1 && raw[len - 1] == '/';
	if (is_dir)
		raw[--len] = '\0';
	if (at.col < UINT16_MAX - skip)
		at.col = (uint16_t)(at.col + skip);
	if (text_parse(reader->arena, raw, len, at, &path->text, reader->diags) < 0)
		return -1;
	literal = with_stand_ins(reader, &path->text);
	if (is_artifact) {
		path->kind = PATH_ARTIFACT;
		return artifact(reader, item, literal, &path->text);
	}
	fault = path_fault(literal);
	if (!fault && strcmp(literal, ".") == 0)
		fault = "the root itself is no path here";
	if (fault) {
		diag_error(reader->diags, item->span, "%s", fault);
		return -1;
	}
	path->kind = (uint8_t)kind_of(literal, is_exclude, is_dir);
	return 0;
}

void parse_paths(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		 bool is_input, struct path_spec **paths, size_t *n)
{
	const struct yaml_node *items;
	size_t n_items, n_positive = 0;

	if (parse_list(reader, row, node, &items, &n_items) < 0)
		return;
	*n = 0; /* the key may be there twice */
	*paths = ARENA_ARRAY(reader->arena, struct path_spec, n_items);
	for (size_t i = 0; i < n_items; i++) {
		struct path_spec *path = &(*paths)[*n];

		if (!parse_item_ok(reader, row, &items[i]))
			continue;
		n_positive += items[i].text[0] != '!';
		if (parse_path(reader, &items[i], is_input, path) < 0)
			continue;
		if (path->kind == PATH_EXCLUDE && !n_positive)
			diag_error(reader->diags, items[i].span,
				   "'!' with no pattern before it excludes nothing");
		++*n;
	}
}

void parse_check_path(struct reader *reader, const struct text *path, const char *key)
{
	if (path->raw && !*path->raw)
		diag_error(reader->diags, path->span, "'%s' is empty", key);
	else
		parse_check_dir(reader, path);
}

void parse_add_path(struct reader *reader, struct path_spec **list, size_t *n,
		    const struct path_spec *path)
{
	struct path_spec *paths = ARENA_ARRAY(reader->arena, struct path_spec, *n + 1);

	if (*n)
		memcpy(paths, *list, *n * sizeof *paths);
	paths[(*n)++] = *path;
	*list = paths;
}

void parse_check_dir(struct reader *reader, const struct text *dir)
{
	const char *fault;

	if (!dir->raw)
		return;
	fault = path_fault(with_stand_ins(reader, dir));
	if (fault)
		diag_error(reader->diags, dir->span, "%s", fault);
}
