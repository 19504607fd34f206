/*
 * Tells git directories from others, as git does: by HEAD, objects and refs; follows `.git` files and
 * `commondir`.
 */
#include "gitdir_impl.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "sys/fs.h"

#define MAX_LINK_SIZE (1u << 16)

const char *gitdir_resolve(const char *base, const char *path, struct arena *arena)
{
	struct strbuf whole CLEANUP(strbuf_release) = STRBUF_INIT;
	char *resolved;
	const char *kept;

	if (*path != '/')
		strbuf_addf(&whole, "%s/", base);
	strbuf_addstr(&whole, path);
	resolved = realpath(whole.buf, NULL);
	if (!resolved)
		return NULL;
	kept = arena_strdup(arena, resolved);
	free(resolved);
	return kept;
}

const char *gitdir_read_line(const char *path, struct arena *arena)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	if (fs_read_file(AT_FDCWD, path, MAX_LINK_SIZE, &text, NULL) != 0)
		return NULL;
	return arena_strndup(arena, strbuf_str(&text), strcspn(strbuf_str(&text), "\r\n"));
}

const char *gitdir_find_common(const char *dir, struct arena *arena)
{
	const char *from_env = getenv("GIT_COMMON_DIR");
	const char *line;

	if (from_env && *from_env)
		return gitdir_resolve(".", from_env, arena);
	line = gitdir_read_line(arena_printf(arena, "%s/commondir", dir), arena);
	return line ? gitdir_resolve(dir, line, arena) : dir;
}

/* A symbolic link into refs/, "ref: refs/…", or a whole object name. */
static bool is_head(const char *path, struct arena *arena)
{
	char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof target - 1);
	const char *line;
	size_t n = 0;

	if (len >= 0) {
		target[len] = '\0';
		return !strncmp(target, "refs/", 5);
	}
	line = gitdir_read_line(path, arena);
	if (!line)
		return false;
	if (!strncmp(line, "ref:", 4)) {
		line += 4;
		line += strspn(line, " \t");
		return !strncmp(line, "refs/", 5);
	}
	while (isxdigit((unsigned char)line[n]))
		n++;
	return n == 40 || n == 64;
}

bool gitdir_is_valid(const char *dir)
{
	const char *objects = getenv("GIT_OBJECT_DIRECTORY");
	struct arena arena CLEANUP(arena_release) = { 0 };
	const char *common;

	if (!is_head(arena_printf(&arena, "%s/HEAD", dir), &arena))
		return false;
	common = gitdir_find_common(dir, &arena);
	if (!common)
		return false;
	if (!objects || !*objects)
		objects = arena_printf(&arena, "%s/objects", common);
	return access(objects, X_OK) == 0 &&
	       access(arena_printf(&arena, "%s/refs", common), X_OK) == 0;
}

const char *gitdir_read_link(const char *path, struct arena *arena)
{
	const char *line = gitdir_read_line(path, arena);
	const char *target;

	if (!line || strncmp(line, "gitdir: ", 8) != 0)
		return NULL;
	target = gitdir_resolve(arena_strndup(arena, path, (size_t)(strrchr(path, '/') - path)),
				line + 8, arena);
	return target && gitdir_is_valid(target) ? target : NULL;
}

bool gitdir_has_repository(const char *worktree)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	const char *path = arena_printf(&arena, "%s/.git", worktree);
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	return S_ISDIR(st.st_mode) ? gitdir_is_valid(path) : gitdir_read_link(path, &arena) != NULL;
}
