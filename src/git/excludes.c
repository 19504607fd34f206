/*
 * Looks through git's config files for core.excludesFile, core.ignoreCase and includes.
 */
#include "excludes_impl.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/strbuf.h"
#include "git/cmd.h"
#include "git/files.h"

#define MAX_CONFIG_SIZE (8u << 20)

extern char **environ;

struct finder {
	struct excludes *excludes;
	const struct repo *repo;
	struct arena *arena;
	bool must_ask;
};

static const char *env_path(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static bool has_word(const char *text)
{
	return strcasestr(text, "excludesfile") || strcasestr(text, "ignorecase") ||
	       strcasestr(text, "[include");
}

static bool rests_on(const struct excludes *excludes, const char *path)
{
	for (size_t i = 0; i < excludes->files.n; i++)
		if (!strcmp(excludes->files.v[i], path))
			return true;
	return false;
}

static void add_file(struct finder *finder, const char *path)
{
	struct file_id id;

	if (rests_on(finder->excludes, path))
		return;
	git_files_stat(AT_FDCWD, path, &id);
	vec_push(&finder->excludes->files, path);
	vec_push(&finder->excludes->ids, id);
}

static void look_into(struct finder *finder, const char *path)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err err = ERR_INIT;

	add_file(finder, path);
	if (fs_read_file(AT_FDCWD, path, MAX_CONFIG_SIZE, &text, &err) != 0)
		finder->must_ask |= err.kind != ERR_NOT_FOUND;
	err_release(&err);
	if (text.len && (strlen(text.buf) != text.len || has_word(text.buf)))
		finder->must_ask = true;
}

/* ---- Where git looks --------------------------------------------------------------------------- */

static bool is_set_true(const char *name)
{
	const char *value = getenv(name);

	return value && (!strcasecmp(value, "true") || !strcasecmp(value, "yes") ||
			 !strcasecmp(value, "on") || !strcmp(value, "1"));
}

/* Where a git may have been built to look. */
static void look_into_system(struct finder *finder)
{
	static const char *const places[] = { "/etc/gitconfig", "/usr/local/etc/gitconfig",
					      "/opt/homebrew/etc/gitconfig" };
	const char *from_env = env_path("GIT_CONFIG_SYSTEM");

	if (is_set_true("GIT_CONFIG_NOSYSTEM"))
		return;
	if (from_env) {
		look_into(finder, from_env);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		look_into(finder, places[i]);
}

/* "$XDG_CONFIG_HOME/git/NAME" with its default, or NULL. */
static const char *user_file(struct arena *arena, const char *name)
{
	const char *xdg = env_path("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg)
		return arena_printf(arena, "%s/git/%s", xdg, name);
	return home ? arena_printf(arena, "%s/.config/git/%s", home, name) : NULL;
}

static void look_into_user(struct finder *finder)
{
	const char *from_env = getenv("GIT_CONFIG_GLOBAL"), *home = getenv("HOME");
	const char *xdg = user_file(finder->arena, "config");

	if (from_env) {
		if (*from_env)
			look_into(finder, from_env);
		return;
	}
	if (xdg)
		look_into(finder, xdg);
	if (home)
		look_into(finder, arena_printf(finder->arena, "%s/.gitconfig", home));
}

/* `git -c core.excludesFile=…` and GIT_CONFIG_COUNT. */
static void look_into_env(struct finder *finder)
{
	for (char **var = environ; *var; var++)
		if ((!strncmp(*var, "GIT_CONFIG_PARAMETERS=", 22) ||
		     !strncmp(*var, "GIT_CONFIG_KEY_", 15)) &&
		    (has_word(*var) || strcasestr(*var, "include")))
			finder->must_ask = true;
}

/* ---- Asking git -------------------------------------------------------------------------------- */

/* An include's path counts from the file that has it. What is included may be absent now. */
static void add_include(struct finder *finder, const char *origin, const char *value)
{
	const char *slash = strrchr(origin, '/');

	if (*value != '/' && slash && *origin == '/')
		value = arena_printf(finder->arena, "%.*s/%s", (int)(slash - origin), origin,
				     value);
	add_file(finder, arena_strdup(finder->arena, value));
}

static const char *from_root(struct finder *finder, const char *path)
{
	if (*path == '/')
		return arena_strdup(finder->arena, path);
	return arena_printf(finder->arena, "%s/%s",
			    finder->repo->root ? finder->repo->root : finder->repo->git_dir, path);
}

static void take_setting(struct finder *finder, const char *origin, const char *key,
			 const char *value)
{
	struct excludes *excludes = finder->excludes;

	if (!strncmp(origin, "file:", 5))
		origin = from_root(finder, origin + 5);
	if (!strcmp(key, "core.excludesfile")) {
		excludes->excludes_file = value && *value ? from_root(finder, value) : NULL;
	} else if (!strcmp(key, "core.ignorecase")) {
		excludes->folds_case = !value || !strcasecmp(value, "true") ||
				       !strcasecmp(value, "yes") || !strcasecmp(value, "on") ||
				       (strtol(value, NULL, 10) != 0);
	} else if (value) {
		add_include(finder, origin, value);
		if (strcasestr(key, ".onbranch:"))
			add_file(finder,
				 arena_printf(finder->arena, "%s/HEAD", finder->repo->git_dir));
	}
}

/* "ORIGIN\0KEY\nVALUE\0" again and again; no "\nVALUE" for a key that stands alone. */
static void take_settings(struct finder *finder, struct strbuf *out)
{
	char *p = out->buf, *end = p + out->len;

	while (p < end) {
		char *key = p + strlen(p) + 1, *value, *next;

		if (key >= end)
			return;
		next = key + strlen(key) + 1;
		value = strchr(key, '\n');
		if (value)
			*value++ = '\0';
		take_setting(finder, p, key, value);
		p = next;
	}
}

static int ask_git(struct finder *finder, struct err *err)
{
	static const char *const args[] = {
		"config",
		"-z",
		"--show-origin",
		"--includes",
		"--type=path",
		"--get-regexp",
		"^(core\\.(excludesfile|ignorecase)|include(if\\..*)?\\.path)$",
		NULL
	};
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	struct git_cmd cmd = { .repo = finder->repo, .args = args };
	int exit_code;

	if (git_run(&cmd, &out, &exit_code, err) != 0)
		return -1;
	if (exit_code == 1) /* only mentioned, in a comment or so */
		return 0;
	if (exit_code != 0) /* a value that is no path */
		return 1;
	if (out.len)
		take_settings(finder, &out);
	return 0;
}

int excludes_find(struct excludes *excludes, const struct repo *repo, struct arena *arena,
		  struct err *err)
{
	struct finder finder = { .excludes = excludes, .repo = repo, .arena = arena };

	memset(excludes, 0, sizeof *excludes);
	excludes->info_exclude = arena_printf(arena, "%s/info/exclude", repo->common_dir);
	excludes->excludes_file = user_file(arena, "ignore");
	look_into_system(&finder);
	look_into_user(&finder);
	look_into(&finder, arena_printf(arena, "%s/config", repo->common_dir));
	look_into(&finder, arena_printf(arena, "%s/config.worktree", repo->git_dir));
	look_into_env(&finder);
	return finder.must_ask ? ask_git(&finder, err) : 0;
}

void excludes_release(struct excludes *excludes)
{
	vec_release(&excludes->files);
	vec_release(&excludes->ids);
}
