/*
 * Finds the repository as git's setup does: environment, or the way up from the current directory.
 */
#include "git/discover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "git/cmd.h"
#include "gitdir_impl.h"
#include "repo_config_impl.h"

/* What the search has found so far. */
struct found {
	const char *cwd;     /* resolved */
	const char *git_dir; /* resolved */
	const char *link;    /* the `.git` file that led there, or NULL */
	const char *root;    /* whose `.git` it is; NULL: the search stood inside a git directory */
	bool is_explicit;    /* by GIT_DIR */
	bool is_odd;	     /* git shall say */
};

static const char *env_path(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static bool is_within(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (len == 1) /* "/" */
		return true;
	return !strncmp(path, dir, len) && (path[len] == '/' || !path[len]);
}

static const char *parent_of(const char *path, struct arena *arena)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

/* ---- Asking git --------------------------------------------------------------------------- */

/* Runs `git rev-parse` and cuts the output into its lines. 1: git said no (only if !err). */
static int rev_parse(const char *const *args, struct arena *arena, const char **lines, size_t n,
		     struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	struct git_cmd cmd = { .args = args };
	int exit_code = 0;
	char *rest;

	if (git_run(&cmd, &out, err ? NULL : &exit_code, err) != 0)
		return -1;
	if (exit_code != 0)
		return 1;
	rest = arena_strdup(arena, strbuf_str(&out));
	for (size_t i = 0; i < n; i++) {
		char *end = strchr(rest, '\n');

		if (!end)
			return err_set(err, ERR_SYSTEM, "git rev-parse said less than was asked");
		*end = '\0';
		lines[i] = rest;
		rest = end + 1;
	}
	return 0;
}

static int ask_git(struct repo *repo, struct arena *arena, struct err *err)
{
	static const char *const dirs[] = { "rev-parse", "--path-format=absolute", "--git-dir",
					    "--git-common-dir", NULL };
	static const char *const top[] = { "rev-parse", "--show-toplevel", NULL };
	const char *lines[2];

	if (rev_parse(dirs, arena, lines, 2, err) != 0)
		return -1;
	repo->git_dir = gitdir_resolve("/", lines[0], arena);
	repo->common_dir = gitdir_resolve("/", lines[1], arena);
	repo->root = NULL;
	if (rev_parse(top, arena, lines, 1, NULL) == 0 && *lines[0])
		repo->root = gitdir_resolve("/", lines[0], arena);
	if (!repo->git_dir || !repo->common_dir)
		return err_errno(err, "cannot resolve the git directory");
	return 0;
}

/* ---- The way up --------------------------------------------------------------------------- */

/* Length of the longest entry of GIT_CEILING_DIRECTORIES that is a proper ancestor of `dir`: that
 * folder and what is above it are not looked at. 0: none. */
static size_t ceiling_length(const char *dir, struct arena *arena)
{
	const char *list = env_path("GIT_CEILING_DIRECTORIES");
	bool resolves_links = true; /* up to the first empty entry */
	size_t longest = 0;

	while (list && *list) {
		size_t len = strcspn(list, ":");
		const char *entry = arena_strndup(arena, list, len);

		list += len + (list[len] == ':');
		if (!len)
			resolves_links = false;
		if (*entry != '/')
			continue;
		if (resolves_links)
			entry = gitdir_resolve("/", entry, arena);
		len = entry ? strlen(entry) : 0;
		while (len > 1 && entry[len - 1] == '/')
			len--;
		if (!len || len <= longest)
			continue;
		entry = arena_strndup(arena, entry, len);
		if (is_within(dir, entry) && strcmp(dir, entry) != 0)
			longest = len;
	}
	return longest;
}

/* Looks at one directory. 1: the search is over. */
static int look_at(const char *dir, struct found *found, struct arena *arena)
{
	const char *dot_git = arena_printf(arena, "%s/.git", !strcmp(dir, "/") ? "" : dir);
	struct stat st;

	if (stat(dot_git, &st) == 0) {
		if (S_ISREG(st.st_mode)) {
			found->link = dot_git;
			found->root = dir;
			found->git_dir = gitdir_read_link(dot_git, arena);
			found->is_odd = !found->git_dir;
			return 1;
		}
		if (S_ISDIR(st.st_mode) && gitdir_is_valid(dot_git)) {
			found->root = dir;
			found->git_dir = gitdir_resolve("/", dot_git, arena);
			return 1;
		}
	}
	if (gitdir_is_valid(dir)) {
		found->git_dir = dir;
		return 1;
	}
	return 0;
}

static bool is_true(const char *value)
{
	return value && (!strcasecmp(value, "true") || !strcasecmp(value, "yes") ||
			 !strcasecmp(value, "on") || !strcmp(value, "1"));
}

/* True if `dir` is on another file system than where the search began. */
static bool is_across(const char *dir, const struct stat *start)
{
	struct stat st;

	if (is_true(getenv("GIT_DISCOVERY_ACROSS_FILESYSTEM")))
		return false;
	return stat(dir, &st) != 0 || st.st_dev != start->st_dev;
}

static int search(struct found *found, struct arena *arena, struct err *err)
{
	size_t ceiling = ceiling_length(found->cwd, arena);
	const char *dir = found->cwd;
	struct stat start;

	if (stat(dir, &start) != 0)
		return err_errno(err, "cannot read the current folder '%s'", dir);
	while (!look_at(dir, found, arena)) {
		const char *parent = parent_of(dir, arena);

		if (!strcmp(dir, "/") || (ceiling && strlen(parent) <= ceiling))
			return err_set(err, ERR_NOT_FOUND,
				       "not in a git repository: no '.git' in '%s' or above it",
				       found->cwd);
		if (is_across(parent, &start))
			return err_set(err, ERR_NOT_FOUND,
				       "not in a git repository: no '.git' in '%s' or above it, "
				       "up to the mount point '%s'",
				       found->cwd, dir);
		dir = parent;
	}
	return 0;
}

static void search_env(struct found *found, const char *git_dir, struct arena *arena)
{
	struct stat st;

	found->is_explicit = true;
	found->root = found->cwd;
	found->git_dir = gitdir_resolve(found->cwd, git_dir, arena);
	if (found->git_dir && stat(found->git_dir, &st) == 0 && S_ISREG(st.st_mode))
		found->git_dir = gitdir_read_link(found->git_dir, arena);
	found->is_odd = !*git_dir || !found->git_dir || !gitdir_is_valid(found->git_dir);
}

/* git refuses what belongs to somebody else unless safe.directory allows it: that it shall judge. */
static bool is_ours(const struct found *found)
{
	const char *const paths[] = { found->link, found->root, found->git_dir };
	const char *sudo_uid = geteuid() == 0 ? env_path("SUDO_UID") : NULL;
	uid_t other = sudo_uid ? (uid_t)strtoul(sudo_uid, NULL, 10) : geteuid();
	struct stat st;

	if (found->is_explicit)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (paths[i] &&
		    (lstat(paths[i], &st) != 0 || (st.st_uid != geteuid() && st.st_uid != other)))
			return false;
	return true;
}

/* ---- From the git directory to the worktree ---------------------------------------------------- */

/* Whose git directory we stand in: the folder above a `.git`, or where a linked worktree is. git has
 * no worktree there; we do, so that hooks and people in .git/ can use their workflows. */
static const char *root_from_inside(const char *git_dir, struct arena *arena)
{
	const char *slash = strrchr(git_dir, '/');
	const char *link;

	if (slash && !strcmp(slash, "/.git"))
		return parent_of(git_dir, arena);
	link = gitdir_read_line(arena_printf(arena, "%s/gitdir", git_dir), arena);
	if (link)
		link = gitdir_resolve(git_dir, link, arena);
	return link ? parent_of(link, arena) : NULL;
}

static const char *implied_root(const struct found *found, struct arena *arena)
{
	const char *implicit = getenv("GIT_IMPLICIT_WORK_TREE");

	if (!found->root || is_within(found->cwd, found->git_dir))
		return root_from_inside(found->git_dir, arena);
	if (found->is_explicit && implicit && !is_true(implicit))
		return NULL;
	return found->root;
}

/* Fills in root. 1: git shall say. */
static int find_root(struct repo *repo, const struct found *found, struct arena *arena,
		     struct err *err)
{
	const char *from_env = env_path("GIT_WORK_TREE");
	struct repo_config config;
	bool counts; /* the shared config says nothing about a linked worktree */

	if (repo_config_read(repo->git_dir, repo->common_dir, arena, &config, err) != 0)
		return -1;
	if (config.is_odd)
		return 1;
	counts = config.has_worktree_config || !strcmp(repo->git_dir, repo->common_dir);
	if (from_env) {
		repo->root = gitdir_resolve(found->cwd, from_env, arena);
		return repo->root ? 0 : 1;
	}
	if (counts && config.worktree) {
		if (config.bare == REPO_BARE_YES)
			return 1;
		repo->root = gitdir_resolve(repo->git_dir, config.worktree, arena);
		return repo->root ? 0 : 1;
	}
	if (counts && config.bare == REPO_BARE_YES)
		repo->root = NULL;
	else
		repo->root = implied_root(found, arena);
	return 0;
}

/* An alias with '!' and a hook run at the top, and GIT_PREFIX says where the user stood. */
static const char *prefix_from_env(struct arena *arena)
{
	const char *prefix = env_path("GIT_PREFIX");
	size_t len = prefix ? strlen(prefix) : 0;

	while (len && prefix[len - 1] == '/')
		len--;
	if (!len || *prefix == '/' || !strncmp(prefix, "..", 2))
		return "";
	return arena_strndup(arena, prefix, len);
}

static const char *find_prefix(const struct repo *repo, const char *cwd, struct arena *arena)
{
	if (!repo->root || is_within(cwd, repo->git_dir) || !is_within(cwd, repo->root))
		return "";
	if (!strcmp(cwd, repo->root))
		return prefix_from_env(arena);
	return arena_strdup(arena, cwd + strlen(repo->root) + (repo->root[1] != '\0'));
}

static int settle(struct repo *repo, const struct found *found, struct arena *arena,
		  struct err *err)
{
	int asks = 1;

	if (!found->is_odd && is_ours(found)) {
		repo->git_dir = found->git_dir;
		repo->common_dir = gitdir_find_common(found->git_dir, arena);
		if (repo->common_dir)
			asks = find_root(repo, found, arena, err);
	}
	if (asks < 0 || (asks && ask_git(repo, arena, err) != 0))
		return -1;
	repo->prefix = find_prefix(repo, found->cwd, arena);
	return 0;
}

int repo_discover(struct repo *repo, struct arena *arena, struct err *err)
{
	const char *git_dir = getenv("GIT_DIR");
	char *cwd = getcwd(NULL, 0);
	struct found found = { 0 };

	memset(repo, 0, sizeof *repo);
	if (!cwd)
		return err_errno(err, "cannot find out the current folder");
	found.cwd = arena_strdup(arena, cwd);
	free(cwd);
	if (git_dir)
		search_env(&found, git_dir, arena);
	else if (search(&found, arena, err) != 0)
		return -1;
	return settle(repo, &found, arena, err);
}
