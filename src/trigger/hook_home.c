/*
 * See trigger/hook_home.h.
 */
#include "trigger/hook_home.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/vec.h"
#include "base/xalloc.h"
#include "git/cmd.h"

#define FOLDER	   "/wf/hooks" /* in the common git directory */
#define NAME	   "git-wf-"
#define OURS	   "hook." NAME
#define EVENT	   ".event"
#define EXIT_USAGE 129

/* The user's settings as they are: a git_cmd without hooks has others. */
static int ask_git(const struct repo *repo, const char *const *args, struct strbuf *out, int *code,
		   struct err *err)
{
	struct git_cmd cmd = { .repo = repo, .args = args, .runs_hooks = true };

	return git_run(&cmd, out, code, err);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && !strcmp(text + len - end_len, end);
}

/* ---- What the settings say -------------------------------------------------------------------------- */

/* "hook.git-wf-pre-commit.event" of this very repository. */
static bool is_ours(const char *scope, const char *key, enum hook_kind kind)
{
	const char *name = hook_name(kind);
	size_t len = sizeof OURS - 1, name_len = strlen(name);

	return !strcmp(scope, "local") && !strncmp(key, OURS, len) &&
	       !strncmp(key + len, name, name_len) && !strcmp(key + len + name_len, EVENT);
}

/* `wants`: hooks that somebody else's are for. */
static void take_setting(struct hook_home *home, const char *scope, const char *key,
			 const char *value, bool wants[HOOK_KINDS])
{
	enum hook_kind kind;

	if (!ends_with(key, EVENT) || hook_find(value, strlen(value), &kind) != 0)
		return;
	if (is_ours(scope, key, kind)) {
		home->is_set[kind] = true;
	} else {
		home->has_others = true;
		wants[kind] = true;
	}
}

/* "<scope>\0<key>\n<value>\0" of each. */
static int read_settings(struct hook_home *home, bool wants[HOOK_KINDS], struct err *err)
{
	static const char *const args[] = { "config",	    "--show-scope", "-z",
					    "--get-regexp", "^hook\\.",	    NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	int code;

	if (ask_git(home->repo, args, &out, &code, err) < 0)
		return -1;
	for (size_t at = 0; code == 0 && at < out.len;) {
		const char *scope = out.buf + at;
		char *key = out.buf + at + strlen(scope) + 1, *line = strchr(key, '\n');

		at = (size_t)(key - out.buf) + strlen(key) + 1;
		if (line) {
			*line = '\0';
			take_setting(home, scope, key, line + 1, wants);
		}
	}
	return 0;
}

/* An older one has no such command, and answers with its usage. */
static int git_starts_them(const struct repo *repo, bool *does, struct err *err)
{
	static const char *const args[] = { "hook", "list", "-z", "pre-commit", NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	int code;

	if (ask_git(repo, args, &out, &code, err) < 0)
		return -1;
	*does = code != EXIT_USAGE;
	return 0;
}

/* "<scope>\t<name>\0" of each; "<scope>\tdisabled\t<name>\0"; the one of the folder has no tab. */
static int list_others(struct hook_home *home, enum hook_kind kind, struct arena *arena,
		       struct err *err)
{
	const char *args[] = { "hook", "list", "-z", "--show-scope", hook_name(kind), NULL };
	const char *ours = arena_join(arena, NAME, hook_name(kind), "");
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	VEC(const char *) names = { 0 };
	int code;

	if (ask_git(home->repo, args, &out, &code, err) < 0)
		return -1;
	for (size_t at = 0; code == 0 && at < out.len; at += strlen(out.buf + at) + 1) {
		const char *tab = strchr(out.buf + at, '\t');

		if (tab && !strchr(tab + 1, '\t') && strcmp(tab + 1, ours) != 0)
			vec_push(&names, arena_strdup(arena, tab + 1));
	}
	home->others[kind].names = ARENA_ARRAY(arena, const char *, names.n + 1);
	for (size_t i = 0; i < names.n; i++)
		home->others[kind].names[home->others[kind].n++] = names.v[i];
	vec_release(&names);
	return 0;
}

/* ---- Where ------------------------------------------------------------------------------------------ */

static int choose_dir(struct hook_home *home, struct arena *arena, struct err *err)
{
	struct err why CLEANUP(err_release) = ERR_INIT;
	bool can = false;

	if (hook_install_find_dir(home->repo, arena, &home->dir, &why) == 0)
		return 0;
	if (why.kind == ERR_USAGE && git_starts_them(home->repo, &can, err) < 0)
		return -1;
	if (!can)
		return err_copy(err, &why);
	home->dir = arena_join(arena, home->repo->common_dir, FOLDER, "");
	home->in_settings = true;
	return 0;
}

int hook_home_find(struct hook_home *home, const struct repo *repo, struct arena *arena,
		   struct err *err)
{
	bool wants[HOOK_KINDS] = { false };

	*home = (struct hook_home){ .repo = repo };
	if (choose_dir(home, arena, err) < 0 || read_settings(home, wants, err) < 0)
		return -1;
	home->starts_others = home->in_settings;
	if (home->has_others && !home->in_settings &&
	    git_starts_them(repo, &home->starts_others, err) < 0)
		return -1;
	for (int kind = 0; kind < HOOK_KINDS && home->starts_others; kind++)
		if (wants[kind] && list_others(home, (enum hook_kind)kind, arena, err) < 0)
			return -1;
	return 0;
}

/* ---- One hook --------------------------------------------------------------------------------------- */

int hook_home_look(const struct hook_home *home, enum hook_kind kind, const char *program,
		   struct hook_state *state, struct err *err)
{
	int rc = hook_install_look(home->dir, kind, program, state, err);

	if (home->in_settings && !home->is_set[kind])
		state->presence = HOOK_ABSENT;
	return rc;
}

static int set(struct hook_home *home, enum hook_kind kind, struct err *err)
{
	const char *name = hook_name(kind);
	char *keys[2] = { xasprintf(OURS "%s.command", name), xasprintf(OURS "%s" EVENT, name) };
	char *command = xasprintf("\"$(git rev-parse --git-common-dir)" FOLDER "/%s\"", name);
	const char *values[2] = { command, name };
	int rc = 0;

	for (size_t i = 0; i < 2 && rc == 0; i++) {
		const char *args[] = { "config", "--local", keys[i], values[i], NULL };

		rc = ask_git(home->repo, args, NULL, NULL, err);
	}
	home->is_set[kind] |= rc == 0;
	free(keys[0]);
	free(keys[1]);
	free(command);
	return rc;
}

static int unset(struct hook_home *home, enum hook_kind kind, struct err *err)
{
	char *section CLEANUP(xfree_ptr)
	= xasprintf(OURS "%s", hook_name(kind));
	char *dir CLEANUP(xfree_ptr)
	= xasprintf("%s" FOLDER, home->repo->common_dir);
	const char *args[] = { "config", "--local", "--remove-section", section, NULL };

	if (ask_git(home->repo, args, NULL, NULL, err) < 0 ||
	    hook_install_take_away(dir, kind, err) < 0)
		return -1;
	home->is_set[kind] = false;
	rmdir(dir);
	return 0;
}

/* git is told of a shim that is there; and of one only, or it would start it twice. */
int hook_home_put(struct hook_home *home, enum hook_kind kind, const char *program, struct err *err)
{
	int was_there = hook_install_put(home->dir, kind, program, err);

	if (was_there < 0 || home->in_settings == home->is_set[kind])
		return was_there;
	if ((home->in_settings ? set : unset)(home, kind, err) < 0)
		return -1;
	return home->in_settings ? 0 : was_there;
}

int hook_home_take_away(struct hook_home *home, enum hook_kind kind, struct err *err)
{
	int none = home->in_settings ? 1 : hook_install_take_away(home->dir, kind, err);

	if (none < 0 || !home->is_set[kind])
		return none;
	return unset(home, kind, err);
}

/* The others are not called: they are none of ours to start. */
int hook_home_probe(const struct hook_home *home, enum hook_kind kind, const char *path,
		    struct err *err)
{
	const struct hook_others *others = &home->others[kind];
	struct arena arena CLEANUP(arena_release) = { 0 };
	const char **settings = ARENA_ARRAY(&arena, const char *, others->n + 1);

	for (size_t i = 0; i < others->n; i++)
		settings[i] = arena_join(&arena, "hook.", others->names[i], ".enabled=false");
	return hook_install_probe(home->repo, kind, path, settings, err);
}
