/*
 * What an event of each type carries, in one table; the JSON codec follows from it.
 *
 * A member that is zero is not written, unless its type requires it. Read, an unknown member is
 * passed over: a newer version may have written it.
 */
#include "event/event.h"

#include <string.h>

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "ext/json.h"
#include "model/workflow.h"

enum member_kind {
	KIND_STRING,
	KIND_BOOL,
	KIND_U8,
	KIND_U32,
	KIND_U64,
	KIND_I64,
	KIND_INT,
	KIND_STEP_STATUS,
	KIND_RUN_STATUS,
	KIND_VERDICT,
	KIND_OUTPUTS,
};

/* In the order in which they are written. */
enum member {
	M_RUN,
	M_WORKFLOW,
	M_STEP,
	M_STEPS,
	M_ATTEMPT,
	M_ATTEMPTS,
	M_STATUS,
	M_RUN_STATUS,
	M_VERDICT,
	M_EXIT_CODE,
	M_SIGNAL,
	M_TIMED_OUT,
	M_REASON,
	M_TEXT,
	M_CALLER,
	M_BY,
	M_DELAY,
	M_DURATION,
	M_CPU_USER,
	M_CPU_SYSTEM,
	M_MAX_RSS,
	M_PID,
	M_PID_START,
	M_BOOT_ID,
	M_COOKIE,
	M_FINGERPRINT,
	M_LOG,
	M_PERCENT,
	M_OUTPUTS,
	M_WORD,
	M_ONCE,
	M_QUESTION,
	M_CHOICES,
	M_DEFAULT,
	M_SECRET,
	M_ANSWER,
	M_WHO,
	M_TOKEN,
	M_TIMEOUT,
	M_LONGEST,
	M_GATE,
	M_WARNING,
	M_EXPECTED,
	M_FOUND,
	M_VALUE,
	M_NUMBER,
	M_PRE,
	M_POST,
	M_FILES,
	M_LEFT,
	M_UNDECLARED,
	M_RAW,
	M_TREE,
	MEMBERS
};

_Static_assert(MEMBERS <= 64, "a type's members are bits of 64");

#define AT(member) offsetof(struct event, member)

static const struct member_row {
	const char *key;
	enum member_kind kind;
	size_t offset;
} members[MEMBERS] = {
	[M_RUN] = { "run", KIND_STRING, AT(run) },
	[M_WORKFLOW] = { "workflow", KIND_STRING, AT(text) },
	[M_STEP] = { "step", KIND_STRING, AT(step) },
	[M_STEPS] = { "steps", KIND_U32, AT(n_steps) },
	[M_ATTEMPT] = { "attempt", KIND_U32, AT(attempt) },
	[M_ATTEMPTS] = { "attempts", KIND_U32, AT(attempts) },
	[M_STATUS] = { "status", KIND_STEP_STATUS, AT(status) },
	[M_RUN_STATUS] = { "status", KIND_RUN_STATUS, AT(run_status) },
	[M_VERDICT] = { "verdict", KIND_VERDICT, AT(verdict) },
	[M_EXIT_CODE] = { "exit_code", KIND_INT, AT(exit_code) },
	[M_SIGNAL] = { "signal", KIND_INT, AT(signal) },
	[M_TIMED_OUT] = { "timed_out", KIND_BOOL, AT(timed_out) },
	[M_REASON] = { "reason", KIND_STRING, AT(text) },
	[M_TEXT] = { "text", KIND_STRING, AT(text) },
	[M_CALLER] = { "caller", KIND_STRING, AT(text) },
	[M_BY] = { "by", KIND_STRING, AT(text) },
	[M_DELAY] = { "delay_ms", KIND_U64, AT(delay_ms) },
	[M_DURATION] = { "duration_ms", KIND_U64, AT(duration_ms) },
	[M_CPU_USER] = { "cpu_user_ms", KIND_U64, AT(cpu_user_ms) },
	[M_CPU_SYSTEM] = { "cpu_system_ms", KIND_U64, AT(cpu_system_ms) },
	[M_MAX_RSS] = { "max_rss_kib", KIND_U64, AT(max_rss_kib) },
	[M_PID] = { "pid", KIND_I64, AT(pid) },
	[M_PID_START] = { "pid_start", KIND_U64, AT(pid_start) },
	[M_BOOT_ID] = { "boot_id", KIND_STRING, AT(text) },
	[M_COOKIE] = { "cookie", KIND_STRING, AT(cookie) },
	[M_FINGERPRINT] = { "fingerprint", KIND_STRING, AT(fingerprint) },
	[M_LOG] = { "log", KIND_STRING, AT(log) },
	[M_PERCENT] = { "percent", KIND_U8, AT(percent) },
	[M_OUTPUTS] = { "outputs", KIND_OUTPUTS, AT(outputs) },
	[M_WORD] = { "word", KIND_STRING, AT(text) },
	[M_ONCE] = { "once", KIND_BOOL, AT(is_once) },
	[M_QUESTION] = { "question", KIND_STRING, AT(question) },
	[M_CHOICES] = { "choices", KIND_STRING, AT(choices) },
	[M_DEFAULT] = { "default", KIND_STRING, AT(default_answer) },
	[M_SECRET] = { "secret", KIND_BOOL, AT(is_secret) },
	[M_ANSWER] = { "answer", KIND_STRING, AT(answer) },
	[M_WHO] = { "by", KIND_STRING, AT(by) },
	[M_TOKEN] = { "token", KIND_STRING, AT(cookie) },
	[M_LONGEST] = { "expected_ms", KIND_U64, AT(delay_ms) },
	[M_TIMEOUT] = { "timeout_ms", KIND_U64, AT(delay_ms) },
	[M_GATE] = { "gate", KIND_STRING, AT(gate) },
	[M_WARNING] = { "warning", KIND_BOOL, AT(is_warning) },
	[M_EXPECTED] = { "expected", KIND_STRING, AT(expected) },
	[M_FOUND] = { "found", KIND_STRING, AT(found) },
	[M_VALUE] = { "value", KIND_STRING, AT(value) },
	[M_NUMBER] = { "number", KIND_U32, AT(number) },
	[M_PRE] = { "pre", KIND_U32, AT(pre) },
	[M_POST] = { "post", KIND_U32, AT(post) },
	[M_FILES] = { "files", KIND_U32, AT(n_files) },
	[M_LEFT] = { "left", KIND_U32, AT(n_left) },
	[M_UNDECLARED] = { "undeclared", KIND_U32, AT(n_undeclared) },
	[M_RAW] = { "raw", KIND_STRING, AT(raw) },
	[M_TREE] = { "tree", KIND_STRING, AT(tree) },
};

#define BIT(member) (UINT64_C(1) << (member))
#define HOW_IT_ENDED                                                                              \
	(BIT(M_SIGNAL) | BIT(M_TIMED_OUT) | BIT(M_REASON) | BIT(M_CPU_USER) | BIT(M_CPU_SYSTEM) | \
	 BIT(M_MAX_RSS))

static const struct type_row {
	const char *name;
	bool is_journalled;
	uint64_t required, optional;
} types[EV_TYPES] = {
	[EV_RUN_START] = { "run.start", true, BIT(M_RUN) | BIT(M_WORKFLOW) | BIT(M_STEPS),
			   BIT(M_LONGEST) },
	[EV_RUN_RESUME] = { "run.resume", true, 0,
			    BIT(M_RUN) | BIT(M_STEPS) | BIT(M_REASON) | BIT(M_LONGEST) },
	[EV_STEP_EXPAND] = { "step.expand", true, BIT(M_STEP) | BIT(M_STEPS), 0 },
	[EV_STEP_JUDGED] = { "step.judged", true, BIT(M_STEP) | BIT(M_VERDICT),
			     BIT(M_REASON) | BIT(M_FINGERPRINT) },
	[EV_STEP_HAND] = { "step.hand", true, BIT(M_STEP) | BIT(M_WORD), 0 },
	[EV_STEP_CALL] = { "step.call", true, BIT(M_STEP) | BIT(M_CALLER), 0 },
	[EV_STEP_WAIT] = { "step.wait", true, BIT(M_STEP) | BIT(M_WORD) | BIT(M_QUESTION),
			   BIT(M_CHOICES) | BIT(M_DEFAULT) | BIT(M_SECRET) | BIT(M_TIMEOUT) |
				   BIT(M_ATTEMPT) | BIT(M_EXIT_CODE) | BIT(M_LOG) },
	[EV_STEP_ANSWER] = { "step.answer", true, BIT(M_STEP) | BIT(M_WORD) | BIT(M_WHO),
			     BIT(M_ANSWER) | BIT(M_TOKEN) },
	[EV_PROMPT] = { "prompt", false, 0, 0 },
	[EV_STEP_START] = { "step.start", true, BIT(M_STEP) | BIT(M_ATTEMPT),
			    BIT(M_ATTEMPTS) | BIT(M_COOKIE) | BIT(M_ONCE) },
	[EV_STEP_PID] = { "step.pid", true, BIT(M_STEP) | BIT(M_PID),
			  BIT(M_PID_START) | BIT(M_BOOT_ID) },
	[EV_STEP_OUTPUT] = { "step.output", false, BIT(M_STEP), 0 },
	[EV_STEP_PROGRESS] = { "step.progress", false, BIT(M_STEP) | BIT(M_PERCENT), BIT(M_TEXT) },
	[EV_STEP_TRY] = { "step.try", true, BIT(M_STEP) | BIT(M_ATTEMPT) | BIT(M_EXIT_CODE),
			  HOW_IT_ENDED | BIT(M_ATTEMPTS) | BIT(M_DELAY) | BIT(M_DURATION) |
				  BIT(M_LOG) },
	[EV_STEP_FIX] = { "step.fix", true, BIT(M_STEP) | BIT(M_ATTEMPT),
			  BIT(M_ATTEMPTS) | BIT(M_TEXT) },
	[EV_STEP_END] = { "step.end", true, BIT(M_STEP) | BIT(M_STATUS) | BIT(M_EXIT_CODE),
			  HOW_IT_ENDED | BIT(M_VERDICT) | BIT(M_ATTEMPT) | BIT(M_ATTEMPTS) |
				  BIT(M_DURATION) | BIT(M_FINGERPRINT) | BIT(M_LOG) |
				  BIT(M_OUTPUTS) },
	[EV_STEP_SUMMARY] = { "step.summary", true, BIT(M_STEP) | BIT(M_TEXT), 0 },
	[EV_GATE] = { "gate", true, BIT(M_STEP) | BIT(M_GATE) | BIT(M_STATUS),
		      BIT(M_WARNING) | BIT(M_EXPECTED) | BIT(M_FOUND) | BIT(M_VALUE) |
			      BIT(M_TEXT) },
	[EV_SNAPSHOT] = { "snapshot", true, BIT(M_WORD) | BIT(M_NUMBER) | BIT(M_RAW) | BIT(M_TREE),
			  BIT(M_STEP) },
	[EV_ROLLBACK_START] = { "rollback.start", true, BIT(M_WORD) | BIT(M_PRE),
				BIT(M_NUMBER) | BIT(M_FILES) },
	[EV_ROLLBACK_END] = { "rollback.end", true, BIT(M_WORD) | BIT(M_PRE),
			      BIT(M_NUMBER) | BIT(M_POST) | BIT(M_FILES) | BIT(M_LEFT) |
				      BIT(M_UNDECLARED) },
	[EV_NOTE] = { "note", true, BIT(M_TEXT), BIT(M_STEP) },
	[EV_RUN_CANCEL] = { "run.cancel", true, 0, BIT(M_SIGNAL) | BIT(M_BY) },
	[EV_RUN_ABORT] = { "run.abort", true, 0, BIT(M_BY) },
	[EV_RUN_END] = { "run.end", true, BIT(M_RUN_STATUS), BIT(M_DURATION) | BIT(M_REASON) },
};

const char *event_type_name(enum event_type type)
{
	if ((unsigned)type >= EV_TYPES)
		BUG("no event type %d", (int)type);
	return types[type].name;
}

bool event_is_journalled(enum event_type type)
{
	return (unsigned)type < EV_TYPES && types[type].is_journalled;
}

/* ---- Writing ---- */

static void write_outputs(struct jsonw *w, const struct stepout *outputs)
{
	size_t i;

	jsonw_object(w);
	for (i = 0; i < outputs->n; i++)
		jsonw_kv_string(w, outputs->pairs[i].name, outputs->pairs[i].value);
	jsonw_object_end(w);
}

/* Readers have 63 bits for a number. */
static void write_u64(struct jsonw *w, uint64_t number)
{
	jsonw_uint(w, number < INT64_MAX ? number : INT64_MAX);
}

static bool is_zero(const struct event *event, const struct member_row *row)
{
	const char *at = (const char *)event + row->offset;

	switch (row->kind) {
	case KIND_STRING: return !*(const char *const *)at;
	case KIND_BOOL: return !*(const bool *)at;
	case KIND_U8: return !*(const uint8_t *)at;
	case KIND_U32: return !*(const uint32_t *)at;
	case KIND_U64: return !*(const uint64_t *)at;
	case KIND_I64: return !*(const int64_t *)at;
	case KIND_INT: return !*(const int *)at;
	case KIND_OUTPUTS: return !event->outputs.n;
	default: return false; /* the first word of a list is a word too */
	}
}

static void write_value(struct jsonw *w, const struct event *event, const struct member_row *row)
{
	const char *at = (const char *)event + row->offset;

	switch (row->kind) {
	case KIND_STRING: {
		const char *text = *(const char *const *)at;

		jsonw_string(w, text ? text : "");
		break;
	}
	case KIND_BOOL: jsonw_bool(w, *(const bool *)at); break;
	case KIND_U8: jsonw_uint(w, *(const uint8_t *)at); break;
	case KIND_U32: jsonw_uint(w, *(const uint32_t *)at); break;
	case KIND_U64: write_u64(w, *(const uint64_t *)at); break;
	case KIND_I64: jsonw_int(w, *(const int64_t *)at); break;
	case KIND_INT: jsonw_int(w, *(const int *)at); break;
	case KIND_STEP_STATUS: jsonw_string(w, step_status_name(event->status)); break;
	case KIND_RUN_STATUS: jsonw_string(w, run_status_name(event->run_status)); break;
	case KIND_VERDICT: jsonw_string(w, verdict_name(event->verdict)); break;
	case KIND_OUTPUTS: write_outputs(w, &event->outputs); break;
	}
}

void event_to_json(const struct event *event, struct strbuf *out)
{
	const char *type = event_type_name(event->type);
	uint64_t required = types[event->type].required, optional = types[event->type].optional;
	struct jsonw w = { .out = out };

	jsonw_object(&w);
	if (event->seq) {
		jsonw_key(&w, "seq");
		write_u64(&w, event->seq);
	}
	jsonw_key(&w, "at");
	jsonw_instant(&w, event->at_ms);
	jsonw_kv_string(&w, "type", type);
	for (uint64_t left = required | optional; left; left &= left - 1) {
		int i = __builtin_ctzll(left);

		if (!(required & BIT(i)) && is_zero(event, &members[i]))
			continue;
		jsonw_key(&w, members[i].key);
		write_value(&w, event, &members[i]);
	}
	jsonw_object_end(&w);
}

/* ---- Reading ---- */

static int read_outputs(const struct json *json, struct arena *arena, struct stepout *outputs)
{
	size_t i;

	if (json->kind != JSON_OBJECT)
		return -1;
	outputs->pairs = ARENA_ARRAY(arena, struct stepout_pair, json->n);
	for (i = 0; i < json->n; i++) {
		if (json->items[i].kind != JSON_STRING)
			return -1;
		outputs->pairs[i].name = arena_strdup(arena, json->keys[i]);
		outputs->pairs[i].value = arena_strdup(arena, json->items[i].text);
	}
	outputs->n = json->n;
	return 0;
}

static int verdict_from_name(const char *name, enum verdict *verdict)
{
	int i;

	for (i = VERDICT_RUN; i <= VERDICT_PENDING; i++) {
		if (strcmp(verdict_name((enum verdict)i), name) != 0)
			continue;
		*verdict = (enum verdict)i;
		return 0;
	}
	return -1;
}

static int read_word(const struct json *json, enum member_kind kind, struct event *event)
{
	if (json->kind != JSON_STRING)
		return -1;
	if (kind == KIND_VERDICT)
		return verdict_from_name(json->text, &event->verdict);
	if (kind == KIND_RUN_STATUS)
		return run_status_from_name(json->text, &event->run_status);
	return step_status_from_name(json->text, &event->status);
}

static int read_integer(const struct json *json, int64_t min, int64_t max, int64_t *number)
{
	if (json->kind != JSON_NUMBER || !json->is_integer || json->integer < min ||
	    json->integer > max)
		return -1;
	*number = json->integer;
	return 0;
}

static int read_number(const struct json *json, enum member_kind kind, char *at)
{
	int64_t min = kind == KIND_INT ? INT32_MIN : kind == KIND_I64 ? INT64_MIN : 0;
	int64_t max = kind == KIND_U8	 ? UINT8_MAX
		      : kind == KIND_U32 ? UINT32_MAX
		      : kind == KIND_INT ? INT32_MAX
					 : INT64_MAX;
	int64_t number;

	if (read_integer(json, min, max, &number) < 0)
		return -1;
	switch (kind) {
	case KIND_U8: *(uint8_t *)at = (uint8_t)number; break;
	case KIND_U32: *(uint32_t *)at = (uint32_t)number; break;
	case KIND_U64: *(uint64_t *)at = (uint64_t)number; break;
	case KIND_I64: *(int64_t *)at = number; break;
	default: *(int *)at = (int)number; break;
	}
	return 0;
}

static int read_value(const struct json *json, const struct member_row *row, struct arena *arena,
		      struct event *event)
{
	char *at = (char *)event + row->offset;

	switch (row->kind) {
	case KIND_STRING:
		if (json->kind != JSON_STRING)
			return -1;
		*(const char **)at = arena_strdup(arena, json->text);
		return 0;
	case KIND_BOOL:
		if (json->kind != JSON_BOOL)
			return -1;
		*(bool *)at = json->boolean;
		return 0;
	case KIND_OUTPUTS: return read_outputs(json, arena, &event->outputs);
	case KIND_STEP_STATUS:
	case KIND_RUN_STATUS:
	case KIND_VERDICT: return read_word(json, row->kind, event);
	default: return read_number(json, row->kind, at);
	}
}

static int read_type(const struct json *json, struct event *event, struct err *err)
{
	const char *name = json_get_string(json, "type", NULL);
	int i;

	if (!name)
		return err_set(err, ERR_INVALID, "an event without a type");
	for (i = 0; i < EV_TYPES; i++) {
		if (strcmp(types[i].name, name) != 0)
			continue;
		event->type = (enum event_type)i;
		return 0;
	}
	return err_set(err, ERR_NOT_FOUND, "unknown event type '%s'", name);
}

static int read_head(const struct json *json, struct event *event, struct err *err)
{
	const struct json *seq = json_get(json, "seq");
	const char *at = json_get_string(json, "at", NULL);
	int64_t number = 0;

	if (seq && read_integer(seq, 0, INT64_MAX, &number) < 0)
		return err_set(err, ERR_INVALID, "bad value of 'seq' in an event");
	event->seq = (uint64_t)number;
	if (!at || instant_parse(at, &event->at_ms) < 0)
		return err_set(err, ERR_INVALID, "bad value of 'at' in an event");
	return read_type(json, event, err);
}

int event_from_json(const struct json *json, struct arena *arena, struct event *event,
		    struct err *err)
{
	const struct type_row *type;
	int i;

	memset(event, 0, sizeof *event);
	event->node = WF_NONE;
	event->exit_code = -1;
	if (read_head(json, event, err) < 0)
		return -1;
	type = &types[event->type];
	for (i = 0; i < MEMBERS; i++) {
		const struct json *value = NULL;

		if ((type->required | type->optional) & BIT(i))
			value = json_get(json, members[i].key);
		if (value ? read_value(value, &members[i], arena, event) < 0
			  : (type->required & BIT(i)) != 0)
			return err_set(err, ERR_INVALID, "%s value of '%s' in an event '%s'",
				       value ? "bad" : "no", members[i].key, type->name);
	}
	if (event->type == EV_STEP_END && !step_status_is_final(event->status))
		return err_set(err, ERR_INVALID, "bad value of 'status' in an event '%s'",
			       type->name);
	return 0;
}
