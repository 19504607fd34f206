/*
 * The group of a run: the text of `concurrency.group` with its values. What is looked up for it gets
 * into no step, so it is no fact that a result rests on.
 */
#include <string.h>

#include "base/percent.h"
#include "scope_impl.h"
#include "turn_impl.h"

enum { MAX_GROUP = 100, MAX_FILE = 200 }; /* bytes */

static void note_vars(void *data, const struct expr_ref *ref)
{
	if (ref->ns == NS_VARS)
		*(bool *)data = true;
}

/* A variable is evaluated once and kept: if it made the session volatile it stays so. */
static int render(struct session *session, const struct text *text, struct strbuf *out,
		  struct err *err)
{
	struct scope_place place = scope_leave(session->scope);
	const struct expr_env *env = scope_enter(session->scope, NULL, NULL, 0, NULL);
	bool was_volatile = session->is_volatile, has_vars = false;
	int rc = text_render(text, env, out, err);

	scope_return(session->scope, &place);
	text_each_ref(text, note_vars, &has_vars);
	if (!has_vars)
		session->is_volatile = was_volatile;
	return rc;
}

/* What is wrong with it, or NULL. */
static const char *find_fault(const struct strbuf *name, struct arena *arena)
{
	if (!name->len)
		return "is empty";
	for (size_t i = 0; i < name->len; i++)
		if ((unsigned char)name->buf[i] < ' ' || name->buf[i] == 0x7f)
			return "holds a control character";
	if (name->len > MAX_GROUP || strlen(turn_group_file(name->buf, arena)) > MAX_FILE)
		return "is too long";
	return NULL;
}

int turn_name_group(struct session *session)
{
	const struct text *text = &session->wf->concurrency.group;
	CLEANUP(strbuf_release)
	struct strbuf name = STRBUF_INIT;
	struct err err = ERR_INIT;
	const char *fault = NULL;
	int rc = 0;

	session->group = text->raw;
	if (!text->n_parts)
		return 0;
	rc = render(session, text, &name, &err);
	if (rc < 0)
		diag_error(&session->diags, text->span, "%s", err_msg(&err));
	else if ((fault = find_fault(&name, &session->arena)))
		diag_error(&session->diags, text->span, "the name of the group %s", fault);
	else
		session->group = arena_strdup(&session->arena, name.buf);
	err_release(&err);
	return rc < 0 || fault ? -1 : 0;
}

const char *turn_group_file(const char *group, struct arena *arena)
{
	CLEANUP(strbuf_release)
	struct strbuf file = STRBUF_INIT;

	percent_encode(&file, group, strlen(group), "_.-");
	return arena_strdup(arena, strbuf_str(&file));
}
