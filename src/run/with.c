/*
 * The values that a step with `uses` hands to the parameters of the other workflow: texts of the file
 * outside, so they mean what they mean there. A value that holds the result of a step is not known
 * before the step is done; the steps of the group wait for it.
 */
#include <string.h>

#include "base/strbuf.h"
#include "include_impl.h"
#include "scope_impl.h"
#include "secrets_impl.h"

/* Of one unit. */
struct unit_params {
	struct param_set set;
	bool *is_known;
};

/* What a step is given differs where it is an item of a foreach, or stands in one. */
const struct instance *with_home(const struct workflow *wf, const struct instance *at,
				 const struct unit *unit)
{
	if (!unit->outer)
		return NULL;
	for (; at; at = at->outer)
		if (unit->user == at->item->step->index ||
		    step_is_in(wf, &wf->steps[unit->user], at->item->step))
			return at;
	return NULL;
}

static struct unit_params *params_of(struct session *session, const struct instance *home,
				     const struct unit *unit)
{
	size_t number = home ? home->number : 0;
	struct unit_params **all, *params;

	while (session->unit_params.n <= number)
		vec_push(&session->unit_params,
			 ARENA_ARRAY(&session->arena, struct unit_params *, session->wf->n_units));
	all = session->unit_params.v[number];
	params = all[unit->index];
	if (params)
		return params;
	params = all[unit->index] = ARENA_NEW(&session->arena, struct unit_params);
	param_set_init(&params->set, unit->wf, &session->arena);
	params->is_known = ARENA_ARRAY(&session->arena, bool, unit->wf->n_params + 1);
	return params;
}

static const struct with_value *find_value(const struct step *user, const char *name)
{
	const struct group *group = user->group;

	for (size_t i = 0; i < group->n_with; i++)
		if (strcmp(group->with[i].name, name) == 0)
			return &group->with[i];
	return NULL;
}

/* Where it stands itself the step that is an item sees what is around its foreach. */
static int render(struct session *session, const struct instance *home, const struct step *user,
		  const struct with_value *value, struct strbuf *text, struct err *err)
{
	struct scope_place place = scope_leave(session->scope);
	const struct instance *stands_in = home && home->item->step == user ? home->outer : home;
	const struct expr_env *env = scope_enter_instance(session->scope, user, stands_in,
							  home ? home->item : NULL);
	int rc = 0;

	for (size_t i = 0; i < value->n_items && rc == 0; i++) {
		if (i)
			strbuf_addch(text, '\n');
		rc = text_render(&value->items[i], env, text, err);
	}
	scope_return(session->scope, &place);
	return rc;
}

static int know(struct session *session, const struct instance *home, const struct unit *unit,
		struct unit_params *params, size_t i, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct param_set one = { 1, &params->set.values[i] };
	const char *name = one.values->param->name;
	const struct step *user = &session->wf->steps[unit->user];
	const struct with_value *value = find_value(user, name);

	if (value && (render(session, home, user, value, &text, err) < 0 ||
		      param_set_assign(&params->set, unit->wf, name,
				       arena_strdup(&session->arena, strbuf_str(&text)),
				       &session->arena, err) < 0))
		return err_wrap(err, "'%s' of '%s'", name, user->id);
	if (param_set_finish(&one, &session->arena, err) < 0)
		return -1;
	params->is_known[i] = true;
	if (one.values->param->secret && one.values->text && *one.values->text)
		secrets_add(session, one.values->text);
	return 0;
}

int with_get(struct session *session, const struct instance *at, const struct unit *unit,
	     const char *name, const struct param_value **value, struct err *err)
{
	const struct instance *home = with_home(session->wf, at, unit);
	struct unit_params *params = params_of(session, home, unit);

	*value = param_set_get(&params->set, name, strlen(name));
	if (!*value)
		return err_set(err, ERR_VALUE, "'params' has no '%s'", name);
	if (params->is_known[*value - params->set.values])
		return 0;
	return know(session, home, unit, params, (size_t)(*value - params->set.values), err);
}

/* ---- before anything runs ---- */

static void note_step(void *data, const struct expr_ref *ref)
{
	if (ref->ns == NS_STEPS)
		*(bool *)data = true;
}

/* In doubt it is not asked for now. */
static bool is_early(struct session *session, const struct unit *unit, const char *name)
{
	const struct step *user = &session->wf->steps[unit->user];
	const struct with_value *value = find_value(user, name);
	bool has_steps = false;

	for (const struct step *at = user; at;
	     at = at->parent == WF_NONE ? NULL : &session->wf->steps[at->parent])
		if (at->foreach)
			return false; /* each item has a value of its own */
	for (size_t i = 0; value && i < value->n_items; i++)
		if (value->items[i].n_parts)
			text_each_ref(&value->items[i], note_step, &has_steps);
	return !has_steps;
}

/* Does a value further out hold the result of a step? */
static bool is_all_early(struct session *session, const struct unit *unit)
{
	for (; unit && unit->outer; unit = unit->outer)
		for (size_t i = 0; i < unit->wf->n_params; i++)
			if (!is_early(session, unit, unit->wf->params[i].name))
				return false;
	return true;
}

static int check_unit(struct session *session, const struct unit *unit)
{
	const struct step *user = &session->wf->steps[unit->user];
	int rc = 0;

	for (size_t i = 0; i < unit->wf->n_params; i++) {
		const char *name = unit->wf->params[i].name;
		const struct with_value *given = find_value(user, name);
		const struct param_value *value;
		struct err err = ERR_INIT;

		if (!is_early(session, unit, name) || !is_all_early(session, unit->outer) ||
		    with_get(session, NULL, unit, name, &value, &err) == 0)
			continue;
		diag_error(unit->outer->diags, given ? given->value_span : user->group->uses.span,
			   "%s", err_msg(&err));
		err_release(&err);
		rc = -1;
	}
	return rc;
}

int with_check(struct session *session)
{
	int rc = 0;

	for (size_t i = 1; i < session->wf->n_units; i++)
		if (check_unit(session, session->wf->units[i]) < 0)
			rc = -1;
	return rc;
}
