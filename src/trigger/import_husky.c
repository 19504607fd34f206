/*
 * .husky/: a script for each hook. What it starts its own machinery with goes; its $1 is the file of the
 * message.
 */
#include <string.h>

#include "import_impl.h"
#include "sys/fs.h"

#define SCRIPT_MAX ((size_t)1 << 20) /* bytes */

static bool is_machinery(const char *line, size_t len)
{
	return strncmp(line, "#!", 2) == 0 || memmem(line, len, "husky.sh", 8) != NULL;
}

/* "$1" and $1, which a message hook gets. */
static const char *convert(struct import *import, const struct strbuf *text, enum hook_kind kind)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	bool is_message = hook_traits(kind) & HOOK_MESSAGE;
	const char *at = strbuf_str(text);

	while (*at) {
		size_t len = strcspn(at, "\n");

		for (size_t i = 0; i < len && !is_machinery(at, len); i++) {
			if (is_message && at[i] == '$' && i + 1 < len && at[i + 1] == '1') {
				strbuf_addstr(&out, "$WF_MSG_FILE");
				i++;
			} else if (at[i] != '\r') {
				strbuf_addch(&out, at[i]);
			}
		}
		if (out.len && out.buf[out.len - 1] != '\n')
			strbuf_addch(&out, '\n');
		at += len + (at[len] == '\n');
	}
	return arena_strdup(import->arena, strbuf_str(&out));
}

static int take_script(struct import *import, enum hook_kind kind, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct import_draft draft = { .id = hook_name(kind), .hooks = UINT32_C(1) << kind };
	const char *path = arena_join(import->arena, ".husky/", hook_name(kind), "");
	struct file_id id;

	if (fs_stat(import->root_fd, path, &id, NULL) != 0)
		return 0;
	if (fs_read_file(import->root_fd, path, SCRIPT_MAX, &text, err) < 0)
		return -1;
	draft.from = path;
	draft.run = convert(import, &text, kind);
	if (!draft.run[strspn(draft.run, " \t\n")]) {
		import_left(import, path, "it does nothing");
		return 0;
	}
	return import_write(import, &draft, err);
}

int import_husky(struct import *import, struct err *err)
{
	for (int kind = 0; kind < HOOK_KINDS; kind++)
		if (take_script(import, (enum hook_kind)kind, err) < 0)
			return -1;
	return 0;
}
