/*
 * See failure_impl.h. The text of the failed step is read from its log, where secrets are masked
 * already; a run that goes on runs again what had failed, so nothing is needed from the past.
 */
#include "failure_impl.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "session_impl.h"

#define OUTPUT_MAX 32768 /* bytes of a step's output that a value holds: the last ones */

struct step_failure {
	const struct node *node;
	const char *message, *log; /* log: or NULL */
	int exit_code;		   /* -1: none */
	uint32_t attempts;
	uint64_t duration_ms;
	size_t order; /* the lower the earlier */
};

static const char *message_of(struct arena *arena, const struct event *end)
{
	if (end->text && *end->text)
		return arena_strdup(arena, end->text);
	if (end->timed_out)
		return "timed out";
	if (end->signal > 0)
		return arena_printf(arena, "killed by signal %d", end->signal);
	return arena_printf(arena, "exit code %d", end->exit_code);
}

void failure_note(struct session *session, const struct node *node, const struct event *end)
{
	struct step_failure *failure = ARENA_NEW(&session->arena, struct step_failure);

	failure->node = node;
	failure->message = message_of(&session->arena, end);
	failure->log = end->log ? arena_strdup(&session->arena, end->log) : NULL;
	failure->exit_code = end->exit_code;
	failure->attempts = end->attempt;
	failure->duration_ms = end->duration_ms;
	failure->order = session->n_failures++;
	session_result(session, node->index)->failure = failure;
}

/* Is the failure of `node` one that the end of `caller` tells of? */
static bool is_part_of(const struct plan *plan, const struct node *node, const struct node *caller)
{
	return node == caller || node->group == caller->index ||
	       (node->step->within == caller->step->within &&
		plan_is_in(plan, node, caller->index));
}

const struct step_failure *failure_of(struct session *session, const struct node *node)
{
	const struct plan *plan = session->plan;
	const struct call *call = node ? node->step->within : NULL;
	const struct node *caller = NULL;
	const struct step_failure *first = NULL;

	if (node && session_result(session, node->index)->is_mending)
		return session_result(session, node->index)->failure;
	if (call && call->caller != WF_NONE)
		caller = plan_node_of(plan, node->instance, &session->wf->steps[call->caller]);
	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct step_failure *failure = session_result(session, (uint32_t)i)->failure;

		if (!failure || failure->node == node ||
		    (caller ? !is_part_of(plan, failure->node, caller)
			    : failure->node->step->within != NULL))
			continue;
		if (!first || failure->order < first->order)
			first = failure;
	}
	return first;
}

/* ---- what it had to say ---- */

/* A value is text: no NUL, and no half of a character at its beginning. */
static const char *as_value(struct arena *arena, char *text, size_t len, bool is_cut)
{
	size_t from = 0, n = 0;

	while (is_cut && from < len && ((unsigned char)text[from] & 0xc0) == 0x80)
		from++;
	for (size_t i = from; i < len; i++)
		if (text[i])
			text[n++] = text[i];
	return arena_strndup(arena, text, n);
}

static const char *read_output(struct session *session, const char *log)
{
	const char *dir = layout_run_dir(&session->layout, &session->arena, session->run_id);
	const char *path = arena_printf(&session->arena, "%s/logs/%s", dir, log), *text = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	CLEANUP(strbuf_release)
	struct strbuf buf = STRBUF_INIT;
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return "";
	strbuf_grow(&buf, OUTPUT_MAX);
	if (fstat(fd, &st) == 0) {
		off_t from = st.st_size > OUTPUT_MAX ? st.st_size - OUTPUT_MAX : 0;

		n = pread(fd, buf.buf, OUTPUT_MAX, from);
		if (n > 0)
			text = as_value(&session->arena, buf.buf, (size_t)n, from > 0);
	}
	close(fd);
	return text;
}

typedef struct value member_fn(struct session *session, const struct step_failure *failure);

static struct value get_step(struct session *session UNUSED, const struct step_failure *failure)
{
	return value_string(failure->node->id);
}

static struct value get_exit_code(struct session *session UNUSED,
				  const struct step_failure *failure)
{
	return failure->exit_code >= 0 ? value_number(failure->exit_code) : value_null();
}

static struct value get_message(struct session *session UNUSED, const struct step_failure *failure)
{
	return value_string(failure->message);
}

static struct value get_output(struct session *session, const struct step_failure *failure)
{
	return value_string(failure->log ? read_output(session, failure->log) : "");
}

static struct value get_attempts(struct session *session UNUSED, const struct step_failure *failure)
{
	return value_number(failure->attempts);
}

static struct value get_duration(struct session *session UNUSED, const struct step_failure *failure)
{
	return value_number((double)failure->duration_ms / 1000);
}

static const struct {
	const char *name;
	member_fn *get;
} members[] = {
	{ "step", get_step },	  { "exit_code", get_exit_code }, { "message", get_message },
	{ "output", get_output }, { "attempts", get_attempts },	  { "duration", get_duration },
};

int failure_lookup(struct session *session, const struct node *node, const char *member,
		   struct value *out, struct err *err)
{
	const struct step_failure *failure = session->plan ? failure_of(session, node) : NULL;

	session->is_volatile = true;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (strcmp(members[i].name, member) == 0) {
			*out = failure ? members[i].get(session, failure) : value_null();
			return 0;
		}
	return err_set(err, ERR_VALUE, "'error' has no '%s'", member);
}
