/*
 * See submodules_impl.h. Of git's config format only `path = VALUE` is looked at: quotes and comments
 * are taken off, as git writes it.
 */
#include "submodules_impl.h"

#include <fcntl.h>
#include <string.h>

#include "base/strbuf.h"
#include "step/command.h"
#include "sys/fs.h"

#define GITMODULES_MAX (1u << 20) /* bytes */

/* "vendor/lib" or vendor/lib; NULL: nothing that could be a path below the root */
static const char *value_of(struct arena *arena, const char *text)
{
	bool is_quoted = *text == '"';
	size_t len;

	text += is_quoted;
	len = strcspn(text, is_quoted ? "\"" : "#;");
	while (!is_quoted && len && strchr(" \t\r", text[len - 1]))
		len--;
	while (len && text[len - 1] == '/')
		len--;
	if (len == 0)
		return NULL;
	return command_check_path(arena, arena_strndup(arena, text, len), NULL);
}

static void read_line(struct session *session, const char *line, struct path_list *paths)
{
	const char *path;

	line += strspn(line, " \t");
	if (strncmp(line, "path", 4) != 0)
		return;
	line += 4 + strspn(line + 4, " \t");
	if (*line != '=')
		return;
	path = value_of(&session->arena, line + 1 + strspn(line + 1, " \t"));
	if (path)
		vec_push(&paths->paths, path);
}

void submodules_read(struct session *session, struct path_list *paths, struct file_id *id)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	git_files_stat(session->layout.root_fd, SUBMODULES_FILE, id);
	if (fs_read_file(session->layout.root_fd, SUBMODULES_FILE, GITMODULES_MAX, &text, NULL) < 0)
		return;
	for (char *line = (char *)strbuf_str(&text), *end; line && *line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		read_line(session, line, paths);
	}
}
