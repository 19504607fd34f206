/*
 * See load_impl.h.
 */
#include "load_impl.h"

#include <string.h>

#include "sys/fs.h"

#define FILE_MAX ((size_t)32 << 20) /* bytes */

int load_workflow(struct loaded *loaded, const struct session *session, const char *id,
		  const char *path, struct err *err)
{
	struct dialect_world world = session_world(session);

	memset(loaded, 0, sizeof *loaded);
	if (fs_read_file(session->layout.root_fd, path, FILE_MAX, &loaded->text, err) < 0)
		return err_wrap(err, "cannot read workflow '%s'", id);
	diags_begin(&loaded->diags, path, &loaded->text);
	loaded->wf = workflow_load_in(&loaded->arena, id, &world, &loaded->diags);
	return 0;
}

void load_release(struct loaded *loaded)
{
	diags_release(&loaded->diags);
	strbuf_release(&loaded->text);
	arena_release(&loaded->arena);
}

int load_list(struct cli *cli, struct session *session, const struct workflow_file **files,
	      size_t *n, struct err *err)
{
	struct workflow_file *named;

	if (!session->repo.root)
		return err_set(err, ERR_SYSTEM, "a bare repository has no workflow files");
	if (!cli->words.list.n)
		return session_list_workflows(session, files, n, err);
	named = ARENA_ARRAY(&cli->arena, struct workflow_file, cli->words.list.n);
	for (size_t i = 0; i < cli->words.list.n; i++) {
		if (session_find_workflow(session, cli->words.list.v[i].text, &named[i].path,
					  &named[i].id, err) < 0)
			return -1;
	}
	*files = named;
	*n = cli->words.list.n;
	return 0;
}
