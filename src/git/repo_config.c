/*
 * A reader for five keys of .git/config. It understands plain `key = value` lines; a key we look for
 * with quotes, escapes or comments in its value is "odd", and git is asked instead.
 */
#include "repo_config_impl.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/strbuf.h"
#include "sys/fs.h"

#define MAX_CONFIG_SIZE (8u << 20)

enum section { SECTION_OTHER, SECTION_CORE, SECTION_EXTENSIONS };

struct scan {
	struct repo_config *config;
	struct arena *arena;
	enum section section;
	bool is_worktree_file; /* config.worktree: only core.bare and core.worktree count */
};

static char *trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return s;
}

/* 1, 0, or -1: not a boolean that we know. `value` NULL: the key alone, which is true. */
static int parse_bool(const char *value)
{
	if (!value || !strcasecmp(value, "true") || !strcasecmp(value, "yes") ||
	    !strcasecmp(value, "on") || !strcmp(value, "1"))
		return 1;
	if (!strcasecmp(value, "false") || !strcasecmp(value, "no") || !strcasecmp(value, "off") ||
	    !strcmp(value, "0") || !*value)
		return 0;
	return -1;
}

static void set_bare(struct repo_config *config, const char *value)
{
	int is_bare = parse_bool(value);

	if (is_bare < 0)
		config->is_odd = true;
	else
		config->bare = is_bare ? REPO_BARE_YES : REPO_BARE_NO;
}

static void set_extension(struct repo_config *config, const char *key, const char *value)
{
	if (!strcasecmp(key, "worktreeconfig")) {
		int is_set = parse_bool(value);

		if (is_set < 0)
			config->is_odd = true;
		config->has_worktree_config = is_set > 0;
	} else if (!strcasecmp(key, "objectformat")) {
		config->is_sha256 = value && !strcasecmp(value, "sha256");
	} else if (!strcasecmp(key, "refstorage")) {
		config->has_other_refs = !value || strcasecmp(value, "files") != 0;
	}
}

static bool is_wanted(const struct scan *scan, const char *key)
{
	if (scan->section == SECTION_CORE)
		return !strcasecmp(key, "bare") || !strcasecmp(key, "worktree");
	if (scan->section == SECTION_EXTENSIONS && !scan->is_worktree_file)
		return !strcasecmp(key, "worktreeconfig") || !strcasecmp(key, "objectformat") ||
		       !strcasecmp(key, "refstorage");
	return false;
}

static void scan_pair(struct scan *scan, char *text)
{
	char *equals = strchr(text, '=');
	char *value = NULL, *key;

	if (equals) {
		*equals = '\0';
		value = trim(equals + 1);
	}
	key = trim(text);
	if (!is_wanted(scan, key))
		return;
	if (value && strpbrk(value, "\"\\#;")) {
		scan->config->is_odd = true;
		return;
	}
	if (scan->section == SECTION_EXTENSIONS)
		set_extension(scan->config, key, value);
	else if (!strcasecmp(key, "bare"))
		set_bare(scan->config, value);
	else if (value)
		scan->config->worktree = arena_strdup(scan->arena, value);
}

/* `[section]` or `[section "name"]`, perhaps with a pair on the same line. */
static void scan_header(struct scan *scan, char *line)
{
	char *end = strchr(line, ']');

	scan->section = SECTION_OTHER;
	if (!end)
		return;
	*end = '\0';
	line = trim(line + 1);
	if (!strcasecmp(line, "core"))
		scan->section = SECTION_CORE;
	else if (!strcasecmp(line, "extensions"))
		scan->section = SECTION_EXTENSIONS;
	scan_pair(scan, end + 1);
}

static void scan_text(struct scan *scan, char *text)
{
	bool is_continued = false;
	char *next;

	for (char *line = text; line; line = next) {
		size_t len;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		len = strlen(line);
		/* What follows a backslash belongs to the value above, and no such value is ours. */
		if (is_continued) {
			is_continued = len > 0 && line[len - 1] == '\\';
			continue;
		}
		is_continued = len > 0 && line[len - 1] == '\\';
		line = trim(line);
		if (*line == '[')
			scan_header(scan, line);
		else if (*line && *line != '#' && *line != ';')
			scan_pair(scan, line);
	}
}

static int read_file(const char *dir, const char *name, struct scan *scan, struct err *err)
{
	struct strbuf path CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err why = ERR_INIT;

	strbuf_addf(&path, "%s/%s", dir, name);
	if (fs_read_file(AT_FDCWD, path.buf, MAX_CONFIG_SIZE, &text, &why) != 0) {
		bool is_absent = why.kind == ERR_NOT_FOUND;

		if (!is_absent)
			err_copy(err, &why);
		err_release(&why);
		return is_absent ? 0 : -1;
	}
	if (text.len)
		scan_text(scan, text.buf);
	return 0;
}

int repo_config_read(const char *git_dir, const char *common_dir, struct arena *arena,
		     struct repo_config *config, struct err *err)
{
	struct scan scan = { .config = config, .arena = arena };

	memset(config, 0, sizeof *config);
	if (read_file(common_dir, "config", &scan, err) != 0)
		return -1;
	if (!config->has_worktree_config)
		return 0;
	scan.section = SECTION_OTHER;
	scan.is_worktree_file = true;
	return read_file(git_dir, "config.worktree", &scan, err);
}
