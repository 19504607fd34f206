/*
 * See include_impl.h.
 */
#include "include_impl.h"

#include <stdlib.h>
#include <string.h>

#include "agents_impl.h"
#include "base/strbuf.h"
#include "sys/fs.h"

#define INCLUDE_MAX (32u << 20) /* bytes */

struct included *include_find(struct session *session, const char *path)
{
	for (size_t i = 0; i < session->included.n; i++)
		if (strcmp(session->included.v[i]->path, path) == 0)
			return session->included.v[i];
	return NULL;
}

struct included *include_read(struct session *session, const char *path, size_t max_bytes,
			      struct err *err)
{
	struct included *file = ARENA_NEW(&session->arena, struct included);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	fs_stat(session->layout.root_fd, path, &file->file, NULL);
	if (fs_read_file(session->layout.root_fd, path, max_bytes, &text, err) < 0)
		return NULL;
	file->path = file->diags.file = path;
	file->diags.text_len = text.len;
	strbuf_addch(&text, '\0');
	file->text = strbuf_detach(&text);
	file->diags.text = file->text;
	vec_push(&session->included, file);
	return file;
}

static struct included *read_workflow(struct session *session, const char *path, const char *id,
				      struct err *err)
{
	struct included *file = include_read(session, path, INCLUDE_MAX, err);
	struct dialect_world world = session_world(session);

	if (!file) {
		err_wrap(err, "cannot read workflow '%s'", id);
		return NULL;
	}
	file->wf = workflow_load_in(&session->arena, id, &world, &file->diags);
	if (file->wf && agents_load(session, file->wf, &file->diags) < 0)
		file->wf = NULL;
	return file;
}

static const struct workflow *load(void *data, const char *id, struct diags **diags,
				   struct err *err)
{
	struct session *session = data;
	struct included *file;
	const char *path, *found_id;

	if (session_find_workflow(session, id, &path, &found_id, err) < 0)
		return NULL;
	file = include_find(session, path);
	if (!file)
		file = read_workflow(session, path, found_id, err);
	if (!file)
		return NULL;
	*diags = &file->diags;
	if (!file->wf)
		err_set(err, ERR_INVALID, "workflow '%s' has mistakes of its own, in '%s'", id,
			path);
	return file->wf;
}

int include_splice(struct session *session)
{
	session->wf = workflow_splice(&session->arena, session->wf, &session->diags, load, session);
	return session->wf ? 0 : -1;
}

void include_release(struct session *session)
{
	for (size_t i = 0; i < session->included.n; i++) {
		diags_release(&session->included.v[i]->diags);
		free(session->included.v[i]->text);
	}
	vec_release(&session->included);
}

void include_add_basis(struct session *session)
{
	for (size_t i = 0; i < session->included.n; i++) {
		const struct included *file = session->included.v[i];
		struct digest digest = hash_bytes(statcache_secret(session->stat), file->diags.text,
						  file->diags.text_len);

		planfile_add_file(session->basis, file->path, &file->file, &digest);
	}
}

size_t session_n_files(const struct session *session)
{
	return 1 + session->included.n;
}

struct diags *session_diags(struct session *session, size_t i)
{
	return i ? &session->included.v[i - 1]->diags : &session->diags;
}

bool session_is_prompt(const struct session *session, size_t i)
{
	return i && session->included.v[i - 1]->is_prompt;
}

size_t session_n_errors(struct session *session)
{
	size_t n = 0;

	for (size_t i = 0; i < session_n_files(session); i++)
		n += session_diags(session, i)->n_errors;
	return n;
}
