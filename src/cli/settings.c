/*
 * See settings_impl.h.
 */
#include "settings_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strmap.h"
#include "cli/command.h"
#include "ext/json.h"
#include "sys/fs.h"
#include "sys/tty.h"

#define FILE_MAX ((size_t)1 << 20) /* bytes */

const char *settings_user_path(struct arena *arena)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && *config == '/')
		return arena_printf(arena, "%s/git-wf/config.ini", config);
	return home && *home ? arena_printf(arena, "%s/.config/git-wf/config.ini", home) : NULL;
}

const char *settings_variable(const struct config_row *row, struct arena *arena)
{
	char *name = arena_printf(arena, "GIT_WF_%s_%s", row->section, row->key);

	for (char *c = name; *c; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	}
	return name;
}

/* 0: read; 1: there is none; -1. */
static int read_file(int dirfd, const char *path, struct strbuf *text, struct err *err)
{
	struct err here = ERR_INIT;
	int rc = 0;

	if (fs_read_file(dirfd, path, FILE_MAX, text, &here) < 0)
		rc = here.kind == ERR_NOT_FOUND ? 1
						: err_set(err, here.kind, "cannot read '%s': %s",
							  path, err_msg(&here));
	err_release(&here);
	return rc;
}

static int load_ini(struct config *config, enum config_layer layer, int dirfd, const char *path,
		    struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf shown = STRBUF_INIT;
	struct diags diags = { 0 };
	int rc = read_file(dirfd, path, &text, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	diags_begin(&diags, path, &text);
	rc = config_read(config, layer, &diags);
	diags_render(&diags, DIAG_WARNING, tty_use_color(STDERR_FILENO, TTY_COLOR_AUTO),
		     (size_t)cli_columns_of(STDERR_FILENO), &shown);
	fs_write_all(STDERR_FILENO, strbuf_str(&shown), shown.len, NULL);
	diags_release(&diags);
	return rc;
}

static const char *cortex_text(struct config *config, const struct json *value)
{
	if (value->kind == JSON_STRING)
		return value->text;
	if (value->kind == JSON_BOOL)
		return value->boolean ? "true" : "false";
	if (value->kind == JSON_NUMBER && value->is_integer)
		return arena_printf(&config->arena, "%lld", (long long)value->integer);
	return "?";
}

static int read_cortex_workflow(struct config *config, const struct json *workflow, struct err *err)
{
	const char *words[64], *nearest;
	size_t n = 0;

	for (size_t i = 0; i < config_n_rows && n < ARRAY_SIZE(words); i++)
		if (strcmp(config_rows[i].section, "workflow") == 0)
			words[n++] = config_rows[i].key;
	for (size_t i = 0; i < workflow->n && workflow->kind == JSON_OBJECT; i++) {
		const char *key = workflow->keys[i];
		bool is_known = false;

		for (size_t k = 0; k < n; k++)
			is_known |= strcmp(words[k], key) == 0;
		nearest = nearest_word(key, words, n);
		if (!is_known)
			cli_warn("'%s': 'workflow.%s' is no setting%s%s%s", SETTINGS_CORTEX_FILE,
				 key, nearest ? ": did you mean '" : "", nearest ? nearest : "",
				 nearest ? "'?" : "");
		else if (config_set(config, CONFIG_REPOSITORY,
				    arena_join(&config->arena, "workflow.", key, ""),
				    cortex_text(config, &workflow->items[i]), err) < 0)
			return -1;
	}
	return 0;
}

/* Whoever commits to the repository does not choose what runs on this machine, or who is told. */
static void warn_of_programs(const struct json *root)
{
	static const char *const members[] = { "agent", "notify", "secret", "container" };

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (json_get(root, members[i]))
			cli_warn("'%s': '%s' is not read from this file: what names a program or a "
				 "channel belongs into your own config.ini",
				 SETTINGS_CORTEX_FILE, members[i]);
}

/* {"workflow": {"timeout_seconds": 600, …}}: other members belong to others. */
static int load_cortex(struct config *config, int dirfd, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const struct json *root, *workflow;
	int rc = read_file(dirfd, SETTINGS_CORTEX_FILE, &text, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	root = json_parse(&config->arena, strbuf_str(&text), text.len, err);
	if (!root)
		return err_wrap(err, "'%s'", SETTINGS_CORTEX_FILE);
	warn_of_programs(root);
	workflow = json_get(root, "workflow");
	if (workflow && read_cortex_workflow(config, workflow, err) < 0)
		return err_wrap(err, "'%s'", SETTINGS_CORTEX_FILE);
	return 0;
}

static int load_environment(struct config *config, struct err *err)
{
	for (size_t i = 0; i < config_n_rows; i++) {
		const struct config_row *row = &config_rows[i];
		const char *variable = settings_variable(row, &config->arena);
		const char *text = row->is_named ? NULL : getenv(variable);
		char name[64];

		snprintf(name, sizeof name, "%s.%s", row->section, row->key);
		if (text && config_set(config, CONFIG_ENVIRONMENT, name, text, err) < 0)
			return err_wrap(err, "environment variable '%s'", variable);
	}
	return 0;
}

int settings_load(struct config *config, const struct session *session, struct err *err)
{
	const char *user = settings_user_path(&config->arena);
	int root = session->layout.root_fd;

	if (session->repo.root &&
	    (load_cortex(config, root, err) < 0 ||
	     load_ini(config, CONFIG_REPOSITORY, root, SETTINGS_REPOSITORY_FILE, err) < 0))
		return -1;
	if (user && load_ini(config, CONFIG_USER, AT_FDCWD, user, err) < 0)
		return -1;
	return load_environment(config, err);
}

static void add_identity(struct strbuf *out, int dirfd, const char *path)
{
	struct file_id id;

	if (path && fs_stat(dirfd, path, &id, NULL) == 0)
		strbuf_addf(out, "%s %llu %lld %lld\n", path, (unsigned long long)id.ino,
			    (long long)id.mtime_ns, (long long)id.ctime_ns);
}

const char *settings_identity(const struct session *session, struct arena *arena)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const char *const variables[] = { "GIT_WF_CACHE_ENABLED" };

	add_identity(&text, session->layout.root_fd, SETTINGS_REPOSITORY_FILE);
	add_identity(&text, AT_FDCWD, settings_user_path(arena));
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		const char *value = getenv(variables[i]);

		if (value)
			strbuf_addf(&text, "%s=%s\n", variables[i], value);
	}
	return arena_strdup(arena, strbuf_str(&text));
}
