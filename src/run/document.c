/*
 * From the text of a workflow file to the workflow: by way of the document that was parsed last time,
 * where it is of the very same text.
 */
#include "document_impl.h"

#include <stdlib.h>

#include "ext/hash.h"
#include "ext/yaml.h"
#include "store/docfile.h"
#include "store/planfile.h"
#include "sys/fs.h"

#ifndef GIT_WF_VERSION
#define GIT_WF_VERSION "unknown"
#endif

#define WORTH_KEEPING 4096 /* bytes of text: below that parsing costs less than a file */

static bool has_file(void *data, const char *path)
{
	const struct session *session = data;
	struct file_id id;

	return fs_stat(session->layout.root_fd, path, &id, NULL) == 0;
}

struct dialect_world session_world(const struct session *session)
{
	return (struct dialect_world){ .has_file = has_file, .data = (void *)session };
}

/* One for each file: the text is compared, it need not be in the name. */
static struct digest key_of(const struct session *session)
{
	const char *words[] = { "document", GIT_WF_VERSION, session->layout.root,
				session->wf_path };

	return planfile_key(words, ARRAY_SIZE(words));
}

static const struct workflow *from_kept(struct session *session, const char *id, bool is_json)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT;
	struct digest key = key_of(session);
	const struct yaml_node *root = NULL;
	struct dialect_world world = session_world(session);

	if (docfile_read(session->layout.plans_dir, &key, &bytes) == 0)
		root = yaml_unpack(&bytes, &session->diags, is_json);
	return root ? workflow_parse_in(&session->arena, id, root, &world, &session->diags) : NULL;
}

static const struct workflow *from_text(struct session *session, const char *id, bool is_json)
{
	CLEANUP(arena_release)
	struct arena document = { 0 };
	const struct yaml_node *root = yaml_parse(&document, &session->diags, is_json);
	struct dialect_world world = session_world(session);

	if (!root)
		return NULL;
	if (session->diags.list.n == 0) /* what the reader of YAML says is not in the tree */
		yaml_pack(root, &session->diags, is_json, &session->document);
	return workflow_parse_in(&session->arena, id, root, &world, &session->diags);
}

const struct workflow *document_load(struct session *session, const char *id)
{
	bool is_json = workflow_is_json(session->wf_path);
	struct dialect_world world = session_world(session);
	const struct workflow *wf;

	if (session->diags.text_len < WORTH_KEEPING)
		return workflow_load_in(&session->arena, id, &world, &session->diags);
	wf = from_kept(session, id, is_json);
	if (wf || session->diags.list.n)
		return wf;
	return from_text(session, id, is_json);
}

void document_keep(struct session *session)
{
	struct digest key = key_of(session);

	if (session->document.len)
		docfile_write(session->layout.plans_dir, &key, &session->document, NULL);
	strbuf_release(&session->document);
}
