/*
 * See include_impl.h.
 */
#include "include_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "sys/fs.h"

#define INCLUDE_MAX (32u << 20) /* bytes */

/* A file that steps use, once for all of them. */
struct included {
	const char *path;
	struct file_id file; /* before it was read */
	char *text;
	struct diags diags;
	const struct workflow *wf; /* NULL: it cannot be used */
};

static struct included *find(struct session *session, const char *path)
{
	for (size_t i = 0; i < session->included.n; i++)
		if (strcmp(session->included.v[i]->path, path) == 0)
			return session->included.v[i];
	return NULL;
}

static int read_file(struct session *session, struct included *file, const char *id,
		     struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	fs_stat(session->layout.root_fd, file->path, &file->file, NULL);
	if (fs_read_file(session->layout.root_fd, file->path, INCLUDE_MAX, &text, err) < 0)
		return err_wrap(err, "cannot read workflow '%s'", id);
	file->diags.file = file->path;
	file->diags.text_len = text.len;
	file->text = strbuf_detach(&text);
	file->diags.text = file->text;
	file->wf = workflow_load(&session->arena, id, &file->diags);
	return 0;
}

static const struct workflow *load(void *data, const char *id, struct diags **diags,
				   struct err *err)
{
	struct session *session = data;
	struct included *file;
	const char *path, *found_id;

	if (session_find_workflow(session, id, &path, &found_id, err) < 0)
		return NULL;
	file = find(session, path);
	if (!file) {
		file = ARENA_NEW(&session->arena, struct included);
		file->path = path;
		if (read_file(session, file, found_id, err) < 0)
			return NULL;
		vec_push(&session->included, file);
	}
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

size_t session_n_errors(struct session *session)
{
	size_t n = 0;

	for (size_t i = 0; i < session_n_files(session); i++)
		n += session_diags(session, i)->n_errors;
	return n;
}
