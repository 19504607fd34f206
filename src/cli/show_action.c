/*
 * What a step does, in a few words: what its title need not say. Of a command nothing: it is read in the
 * file.
 */
#include <string.h>

#include "base/compat.h"
#include "base/utf8.h"
#include "show_impl.h"

#define TEXT_MAX 80 /* columns of what the file says */

/* The first line, as far as it has room. */
static void add_start(struct strbuf *out, const char *text)
{
	size_t len = strcspn(text, "\n"), fits = 0, columns = 0;

	while (fits < len) {
		uint32_t code;
		size_t n = utf8_decode(text + fits, len - fits, &code);

		columns += (size_t)utf8_width(code);
		if (columns > TEXT_MAX)
			break;
		fits += n;
	}
	utf8_add_visible(out, text, fits);
	if (fits < len)
		strbuf_addstr(out, "…");
}

static void tell_group(struct strbuf *out, const struct step *step)
{
	const struct group *group = step->group;

	if (group->uses.name)
		strbuf_addf(out, "uses %s", group->uses.name);
	else if (group->wait_for == WAIT_FOR_ALL)
		strbuf_addstr(out, "group");
	else
		strbuf_addf(out, "until the first %s",
			    group->wait_for == WAIT_FOR_ANY ? "passes" : "ends");
}

static void tell_call(struct strbuf *out, const struct step *step)
{
	strbuf_addf(out, "action %s", step->call->name);
}

static void tell_commit(struct strbuf *out, const struct step *step)
{
	strbuf_addstr(out, "commits");
	for (size_t i = 0; i < step->commit->n_paths; i++) {
		strbuf_addch(out, ' ');
		add_start(out, step->commit->paths[i].raw);
	}
}

static void tell_agent(struct strbuf *out, const struct step *step)
{
	strbuf_addf(out, "agent %s", step->agent->name);
}

static void tell_container(struct strbuf *out, const struct step *step)
{
	const struct container_action *container = step->container;

	if (container->context.raw)
		strbuf_addstr(out,
			      container->has_run ? "in an image made of " : "makes an image of ");
	else
		strbuf_addstr(out, container->has_run ? "in " : "runs the image ");
	add_start(out, container->context.raw ? container->context.raw : container->image.raw);
}

/* Without its address, which may hold a password. */
static void tell_database(struct strbuf *out, const struct step *step)
{
	const struct database_action *database = step->database;

	strbuf_addstr(out, "database");
	if (database->migrations.raw) {
		strbuf_addstr(out, ", brought up to date by ");
		add_start(out, database->migrations.raw);
	}
}

static void tell_window(struct strbuf *out, const struct step *step)
{
	strbuf_addstr(out, "in a window of ");
	add_start(out, step->window->target.raw);
}

static void tell_http(struct strbuf *out, const struct step *step)
{
	strbuf_addf(out, "%s ", step->http->method);
	add_start(out, step->http->url.raw);
}

static void tell_open(struct strbuf *out, const struct step *step)
{
	strbuf_addstr(out, "opens ");
	add_start(out, step->open->target.raw ? step->open->target.raw : "what has changed");
}

static const struct {
	const char *words;
	void (*tell)(struct strbuf *out, const struct step *step); /* where words are not enough */
} rows[] = {
	[ACTION_GROUP] = { NULL, tell_group },	       [ACTION_ASK] = { "asks", NULL },
	[ACTION_APPROVE] = { "asks for a yes", NULL }, [ACTION_CALL] = { NULL, tell_call },
	[ACTION_COMMIT] = { NULL, tell_commit },       [ACTION_AGENT] = { NULL, tell_agent },
	[ACTION_CONTAINER] = { NULL, tell_container }, [ACTION_DATABASE] = { NULL, tell_database },
	[ACTION_WINDOW] = { NULL, tell_window },       [ACTION_HTTP] = { NULL, tell_http },
	[ACTION_NOTIFY] = { "tells people", NULL },    [ACTION_OPEN] = { NULL, tell_open },
};

void show_action(struct strbuf *out, const struct step *step)
{
	if (step->action >= ARRAY_SIZE(rows))
		return;
	if (rows[step->action].words)
		strbuf_addstr(out, rows[step->action].words);
	if (rows[step->action].tell)
		rows[step->action].tell(out, step);
}
