/*
 * git wf hooks status: what git starts here, what of it is ours, and what is missing.
 */
#include <string.h>

#include "base/strmap.h"
#include "hooks_impl.h"
#include "views_impl.h"

static const char *word_of(const struct hooks_call *call, enum hook_kind kind,
			   const struct hook_state *state)
{
	switch (state->presence) {
	case HOOK_ABSENT: return call->is_wanted[kind] ? "missing" : "none";
	case HOOK_OURS: return "installed";
	case HOOK_OLDER: return "outdated";
	case HOOK_FOREIGN: return call->is_wanted[kind] ? "missing" : "other";
	}
	BUG("presence %d", state->presence);
}

/* Of git's settings, somebody else's. */
static void status_json_others(struct jsonw *w, const struct hook_others *others)
{
	jsonw_key(w, "others");
	jsonw_array(w);
	for (size_t i = 0; i < others->n; i++)
		jsonw_string(w, others->names[i]);
	jsonw_array_end(w);
}

static void status_json(struct hooks_call *call, struct jsonw *w, enum hook_kind kind,
			const struct hook_state *state)
{
	jsonw_object(w);
	jsonw_kv_string(w, "hook", hook_name(kind));
	jsonw_kv_string(w, "state", word_of(call, kind, state));
	jsonw_key(w, "chained");
	jsonw_bool(w, state->keeps_other);
	status_json_others(w, &call->home.others[kind]);
	jsonw_kv_string(w, "workflows",
			call->started_by[kind].len ? strbuf_str(&call->started_by[kind]) : NULL);
	jsonw_object_end(w);
}

static void status_text(struct hooks_call *call, enum hook_kind kind,
			const struct hook_state *state)
{
	struct strbuf *out = &call->cli->out;
	const struct hook_others *others = &call->home.others[kind];
	const char *word = word_of(call, kind, state);

	strbuf_addf(out, "%-20s %-10s", hook_name(kind), word);
	if (call->started_by[kind].len)
		strbuf_addf(out, " starts %s", strbuf_str(&call->started_by[kind]));
	if (state->keeps_other && state->presence != HOOK_FOREIGN)
		strbuf_addstr(out, " after the hook that was there");
	if (state->presence == HOOK_FOREIGN)
		strbuf_addstr(out, " (there is one that is not git-wf's)");
	for (size_t i = 0; i < others->n; i++)
		strbuf_addf(out, "%s'%s'", i ? ", " : ", beside the settings' ", others->names[i]);
	strbuf_addch(out, '\n');
}

static int status(struct hooks_call *call, struct err *err)
{
	struct jsonw w;
	bool is_json = call->options->json;
	size_t n_missing = 0;

	if (is_json) {
		json_view_begin(&w, &call->cli->out);
		jsonw_kv_string(&w, "folder", call->home.dir);
		jsonw_key(&w, "in_settings");
		jsonw_bool(&w, call->home.in_settings);
		jsonw_key(&w, "hooks");
		jsonw_array(&w);
	}
	for (int kind = 0; kind < HOOK_KINDS; kind++) {
		struct hook_state state;

		if (hook_home_look(&call->home, (enum hook_kind)kind, call->program, &state, err) <
		    0)
			return -1;
		if (state.presence == HOOK_ABSENT && !call->is_wanted[kind] &&
		    !call->home.others[kind].n)
			continue;
		n_missing += call->is_wanted[kind] && state.presence != HOOK_OURS;
		if (is_json)
			status_json(call, &w, (enum hook_kind)kind, &state);
		else
			status_text(call, (enum hook_kind)kind, &state);
	}
	if (is_json) {
		jsonw_array_end(&w);
		json_view_end(&w);
	} else if (n_missing) {
		cli_say(call->cli, "'git wf hooks install' installs what is missing");
	} else if (!call->cli->out.len) {
		cli_say(call->cli, "no workflow here is started by a hook");
	}
	if (call->home.has_others && !call->home.starts_others)
		cli_say(call->cli,
			"git's settings have hooks (hook.NAME.event) that this git does not "
			"start: 2.54 and later do");
	return EXIT_PASSED;
}

int hooks_status(struct cli *cli, struct hooks_options *options, struct err *err)
{
	int rc = hooks_with(cli, options, status, err);

	if (rc < 0)
		strbuf_clear(&cli->out);
	return rc;
}
