/*
 * Where a program is, by PATH as a shell sees it.
 */
#include <string.h>
#include <sys/stat.h>

#include "spawn_impl.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

/* A relative file name counts from `dir`: the child is there when it begins the program. */
static bool can_run(const char *file, const char *dir)
{
	struct strbuf place CLEANUP(strbuf_release) = STRBUF_INIT;
	struct stat st;

	if (dir && *file != '/') {
		strbuf_addf(&place, "%s/%s", dir, file);
		file = strbuf_str(&place);
	}
	return stat(file, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

int spawn_find_program(const char *program, const char *path, const char *dir, struct strbuf *found)
{
	const char *part = path ? path : DEFAULT_PATH, *end;

	strbuf_clear(found);
	if (strchr(program, '/')) {
		strbuf_addstr(found, program);
		return can_run(program, dir) ? 0 : 1;
	}
	for (; *program; part = end + 1) {
		end = part + strcspn(part, ":");
		strbuf_clear(found);
		strbuf_add(found, part, (size_t)(end - part));
		if (end == part)
			strbuf_addch(found, '.');
		strbuf_addch(found, '/');
		strbuf_addstr(found, program);
		if (can_run(strbuf_str(found), dir))
			return 0;
		if (!*end)
			break;
	}
	return 1;
}

static const char *path_of(char *const *envp)
{
	for (; envp && *envp; envp++)
		if (!strncmp(*envp, "PATH=", 5))
			return *envp + 5;
	return DEFAULT_PATH;
}

/* A relative part is another place for each directory. */
static bool is_absolute(const char *path)
{
	for (; *path == '/'; path++) {
		path += strcspn(path, ":");
		if (!*path)
			return true;
	}
	return false;
}

static bool is_known(const struct spawn_found *found, const char *program, const char *path)
{
	return found && found->file.len && !strcmp(found->program.buf, program) &&
	       !strcmp(found->path.buf, path);
}

static void remember(struct spawn_found *found, const char *program, const char *path,
		     const char *file)
{
	spawn_found_forget(found);
	strbuf_addstr(&found->program, program);
	strbuf_addstr(&found->path, path);
	strbuf_addstr(&found->file, file);
}

int spawn_lookup(const struct spawn_request *request, struct strbuf *file)
{
	const char *program = request->argv[0], *path = path_of(request->envp);

	strbuf_clear(file);
	if (strchr(program, '/')) {
		strbuf_addstr(file, program);
		return 0;
	}
	if (is_known(request->found, program, path)) {
		strbuf_addstr(file, request->found->file.buf);
		return 0;
	}
	if (spawn_find_program(program, path, request->dir, file) != 0) {
		strbuf_clear(file);
		return 1;
	}
	if (request->found && is_absolute(path))
		remember(request->found, program, path, strbuf_str(file));
	return 0;
}

void spawn_found_forget(struct spawn_found *found)
{
	strbuf_clear(&found->program);
	strbuf_clear(&found->path);
	strbuf_clear(&found->file);
}

void spawn_found_release(struct spawn_found *found)
{
	strbuf_release(&found->program);
	strbuf_release(&found->path);
	strbuf_release(&found->file);
}
