/*
 * The commit and branch of HEAD, from loose and packed refs.
 */
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "git/cmd.h"
#include "git/discover.h"
#include "gitdir_impl.h"
#include "sys/fs.h"

#define MAX_PACKED_SIZE (1u << 30)
#define MAX_SYMREFS	5

static bool is_object_name(const char *s, size_t len)
{
	if (len != 40 && len != 64)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

/* A name that cannot lead out of the git directory; anything else is git's to judge. */
static bool is_plain_ref(const char *name)
{
	return !strncmp(name, "refs/", 5) && !strstr(name, "..") && !strstr(name, "//");
}

static bool is_per_worktree(const char *name)
{
	return !strncmp(name, "refs/bisect/", 12) || !strncmp(name, "refs/worktree/", 14) ||
	       !strncmp(name, "refs/rewritten/", 15);
}

/* "refs/x" of "ref: refs/x", NULL for anything else. */
static const char *symref_target(const char *line)
{
	if (strncmp(line, "ref:", 4) != 0)
		return NULL;
	line += 4;
	return line + strspn(line, " \t");
}

/* The object name that packed-refs has for `name`, NULL: none. -1: cannot be read. */
static int find_packed(const struct repo *repo, const char *name, struct arena *arena,
		       const char **commit, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err why = ERR_INIT;
	const char *wanted = arena_printf(arena, " %s\n", name);
	const char *at;

	*commit = NULL;
	if (fs_read_file(AT_FDCWD, arena_printf(arena, "%s/packed-refs", repo->common_dir),
			 MAX_PACKED_SIZE, &text, &why) != 0) {
		bool is_absent = why.kind == ERR_NOT_FOUND;

		if (!is_absent)
			err_copy(err, &why);
		err_release(&why);
		return is_absent ? 0 : -1;
	}
	at = text.len ? memmem(text.buf, text.len, wanted, strlen(wanted)) : NULL;
	if (at) {
		const char *start = at;

		while (start > text.buf && start[-1] != '\n')
			start--;
		if (is_object_name(start, (size_t)(at - start)))
			*commit = arena_strndup(arena, start, (size_t)(at - start));
	}
	return 0;
}

/* 0: found or unborn (""); 1: git shall say; -1. */
static int resolve(const struct repo *repo, const char *name, struct arena *arena,
		   const char **commit, struct err *err)
{
	for (int i = 0; i < MAX_SYMREFS; i++) {
		const char *dir = is_per_worktree(name) ? repo->git_dir : repo->common_dir;
		const char *line, *target;

		if (!is_plain_ref(name))
			return 1;
		line = gitdir_read_line(arena_printf(arena, "%s/%s", dir, name), arena);
		if (!line) {
			if (find_packed(repo, name, arena, commit, err) != 0)
				return -1;
			if (!*commit)
				*commit = "";
			return 0;
		}
		if (is_object_name(line, strlen(line))) {
			*commit = line;
			return 0;
		}
		target = symref_target(line);
		if (!target)
			return 1;
		name = target;
	}
	return 1;
}

static const char *short_name(const char *ref)
{
	return !strncmp(ref, "refs/heads/", 11) ? ref + 11 : ref;
}

static const char *ask(const struct repo *repo, const char *const *args, struct arena *arena,
		       struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	struct git_cmd cmd = { .repo = repo, .args = args };
	int exit_code;

	if (git_run(&cmd, &out, &exit_code, err) != 0)
		return NULL;
	if (exit_code != 0)
		return "";
	return arena_strndup(arena, strbuf_str(&out), strcspn(strbuf_str(&out), "\n"));
}

static int ask_git(const struct repo *repo, struct arena *arena, const char **commit,
		   const char **branch, struct err *err)
{
	static const char *const symbolic[] = { "symbolic-ref", "-q", "HEAD", NULL };
	static const char *const verify[] = { "rev-parse", "-q", "--verify", "HEAD", NULL };
	const char *ref = ask(repo, symbolic, arena, err);

	if (!ref)
		return -1;
	*commit = ask(repo, verify, arena, err);
	if (!*commit)
		return -1;
	if (!*ref && !**commit)
		return err_set(err, ERR_SYSTEM, "HEAD of '%s' cannot be resolved", repo->git_dir);
	*branch = *ref ? short_name(ref) : NULL;
	return 0;
}

/* HEAD as a symbolic link, of long ago, is git's to read. */
static const char *read_head(const struct repo *repo, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s/HEAD", repo->git_dir);
	char probe;

	if (readlink(path, &probe, 1) >= 0)
		return NULL;
	return gitdir_read_line(path, arena);
}

int repo_head(const struct repo *repo, struct arena *arena, const char **commit,
	      const char **branch, struct err *err)
{
	const char *line = read_head(repo, arena);
	const char *target;
	int status;

	*commit = "";
	*branch = NULL;
	if (!line || !strcmp(line, "ref: refs/heads/.invalid")) /* reftable says that */
		return ask_git(repo, arena, commit, branch, err);
	if (is_object_name(line, strlen(line))) {
		*commit = line;
		return 0;
	}
	target = symref_target(line);
	if (!target)
		return ask_git(repo, arena, commit, branch, err);
	status = resolve(repo, target, arena, commit, err);
	if (status > 0)
		return ask_git(repo, arena, commit, branch, err);
	*branch = short_name(target);
	return status;
}
