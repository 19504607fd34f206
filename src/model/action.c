/*
 * The table of actions.
 */
#include "model/action.h"

#include "action_impl.h"
#include "base/compat.h"

static const struct action_kind kinds[] = {
	[ACTION_SHELL] = { "run", NULL },
	[ACTION_EXEC] = { "run", NULL },
	[ACTION_GROUP] = { "steps", NULL },
	[ACTION_ASK] = { "ask", NULL },
	[ACTION_APPROVE] = { "approve", NULL },
	[ACTION_SCRIPT] = { "script", NULL },
	[ACTION_CALL] = { "action", NULL },
	[ACTION_COMMIT] = { "commit", action_visit_commit },
	[ACTION_AGENT] = { "agent", action_visit_agent },
	[ACTION_CONTAINER] = { "container", action_visit_container },
	[ACTION_DATABASE] = { "database", action_visit_database },
	[ACTION_WINDOW] = { "window", action_visit_window },
	[ACTION_GATES] = { "gates", NULL },
	[ACTION_MESSAGE] = { "message", NULL },
	[ACTION_HTTP] = { "http", action_visit_http },
	[ACTION_NOTIFY] = { "notify", action_visit_notify },
	[ACTION_OPEN] = { "open", action_visit_open },
};

const struct action_kind *action_kind(const struct step *step)
{
	if (step->action >= ARRAY_SIZE(kinds) || !kinds[step->action].key)
		BUG("action %d has no row", (int)step->action);
	return &kinds[step->action];
}

void action_visit(const struct step *step, const struct action_visitor *visitor)
{
	if (action_kind(step)->visit)
		action_kind(step)->visit(step, visitor);
}

void action_visit_texts(const struct action_visitor *visitor, const struct text *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		visitor->text(visitor->data, &texts[i]);
}
