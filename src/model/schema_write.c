/*
 * What is generated from the table of keys: the JSON Schema for editors and the tables of
 * git-wf-workflow(5).
 */
#include <string.h>

#include "model/schema.h"

#define SCALAR	 "\"type\": [\"string\", \"number\", \"boolean\"]"
#define ID	 "\"pattern\": \"^[A-Za-z0-9_][A-Za-z0-9_-]*$\""
#define LIST(of) "\"anyOf\": [{" of "}, {\"type\": \"array\", \"items\": {" of "}}]"

static const char *const def_names[AT_PLACES] = {
	[AT_WORKFLOW] = "workflow",
	[AT_STEP] = "step",
	[AT_DEFAULTS] = "defaults",
	[AT_PARAM] = "param",
	[AT_RETRY] = "retry",
	[AT_CACHE] = "cache",
	[AT_FOREACH] = "foreach",
	[AT_ROLLBACK] = "rollback",
	[AT_CHECKPOINT] = "checkpoint",
	[AT_CONCURRENCY] = "concurrency",
	[AT_ASK] = "ask",
	[AT_COMMIT] = "commit",
	[AT_CONTAINER] = "container",
	[AT_AGENT] = "agent",
	[AT_BUILD] = "build",
	[AT_HTTP] = "http",
	[AT_HTTP_AUTH] = "http_auth",
	[AT_HTTP_BODY] = "http_body",
	[AT_HTTP_EXPECT] = "http_expect",
	[AT_DATABASE] = "database",
	[AT_NOTIFY] = "notify",
	[AT_NOTIFICATIONS] = "notifications",
	[AT_NOTIFY_RULE] = "notify_rule",
	[AT_OPEN] = "open",
	[AT_WINDOW] = "window",
	[AT_SCRIPT] = "script",
	[AT_LIMITS] = "limits",
	[AT_SANDBOX] = "sandbox",
	[AT_GATE] = "gate",
	[AT_GATE_FILE] = "gate_file",
	[AT_GATE_JSON] = "gate_json",
	[AT_GATE_MATCHES] = "gate_matches",
	[AT_GATE_BASELINE] = "gate_baseline",
	[AT_HANDLER] = "handler",
	[AT_ON_FAILURE] = "on_failure",
	[AT_ON] = "on",
	[AT_HOOK] = "hook",
};

/* The members of the schema object for types whose form is the same everywhere. */
static const char *const type_schemas[TYPE_COUNT_OF_TYPES] = {
	[TYPE_STRING] = SCALAR,
	[TYPE_TEXT] = SCALAR,
	[TYPE_NUMBER] = "\"type\": \"number\"",
	[TYPE_COUNT] = "\"type\": \"integer\", \"minimum\": 1, \"maximum\": 1000000",
	[TYPE_BOOL] = "\"type\": \"boolean\"",
	[TYPE_DURATION] = "\"type\": \"string\", \"pattern\": \"^([0-9.]+(ms|s|m|h|d))+$\"",
	[TYPE_EXPR] = SCALAR,
	[TYPE_ID] = SCALAR ", " ID,
	[TYPE_STRINGS] = LIST(SCALAR),
	[TYPE_TEXTS] = LIST(SCALAR),
	[TYPE_PATHS] = LIST(SCALAR),
	[TYPE_IDS] = LIST(SCALAR ", " ID),
	[TYPE_RUN] = "\"anyOf\": [{" SCALAR
		     "}, {\"type\": \"array\", \"minItems\": 1, \"items\": {" SCALAR "}}]",
	[TYPE_STEPS] = "\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/step\"}",
};

/* Text of the table as a JSON string; the table has no control characters. */
static void add_json_string(struct strbuf *out, const char *text)
{
	strbuf_addch(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			strbuf_addch(out, '\\');
		strbuf_addch(out, *text);
	}
	strbuf_addch(out, '"');
}

static void add_choices(struct strbuf *out, const char *choices)
{
	strbuf_addstr(out, "\"enum\": [\"");
	for (; *choices; choices++) {
		if (*choices == '|')
			strbuf_addstr(out, "\", \"");
		else
			strbuf_addch(out, *choices);
	}
	strbuf_addstr(out, "\"]");
}

static void add_type(struct strbuf *out, const struct schema_row *row)
{
	if (row->json) /* an object of its own: without its braces */
		strbuf_add(out, row->json + 1, strlen(row->json) - 2);
	else if (row->type == TYPE_CHOICE)
		add_choices(out, row->choices);
	else if (row->type == TYPE_OBJECT)
		strbuf_addf(out, "\"$ref\": \"#/$defs/%s\"", def_names[row->inner]);
	else
		strbuf_addstr(out, type_schemas[row->type]);
}

static bool is_at(const struct schema_row *row, enum schema_place place)
{
	return row->place == place && !row->is_later;
}

static void add_required(struct strbuf *out, enum schema_place place)
{
	const char *separator = "";

	strbuf_addstr(out, "      \"required\": [");
	for (size_t i = 0; i < schema_n_rows; i++)
		if (is_at(&schema_rows[i], place) && schema_rows[i].required) {
			strbuf_addf(out, "%s\"%s\"", separator, schema_rows[i].key);
			separator = ", ";
		}
	strbuf_addstr(out, "],\n");
}

static void add_actions(struct strbuf *out)
{
	const char *separator = "";

	strbuf_addstr(out, "      \"oneOf\": [");
	for (size_t i = 0; i < schema_n_rows; i++)
		if (is_at(&schema_rows[i], AT_STEP) && schema_rows[i].is_action) {
			strbuf_addf(out, "%s{\"required\": [\"%s\"]}", separator,
				    schema_rows[i].key);
			separator = ", ";
		}
	strbuf_addstr(out, "],\n");
}

static void add_definition(struct strbuf *out, enum schema_place place)
{
	const char *separator = "";

	strbuf_addf(out, "    \"%s\": {\n      \"type\": \"object\",\n", def_names[place]);
	strbuf_addstr(out, "      \"additionalProperties\": false,\n");
	if (place == AT_FOREACH || place == AT_CHECKPOINT)
		strbuf_addstr(out, "      \"minProperties\": 1,\n      \"maxProperties\": 1,\n");
	add_required(out, place);
	if (place == AT_STEP)
		add_actions(out);
	strbuf_addstr(out, "      \"properties\": {\n");
	for (size_t i = 0; i < schema_n_rows; i++) {
		if (!is_at(&schema_rows[i], place))
			continue;
		strbuf_addf(out, "%s        \"%s\": {", separator, schema_rows[i].key);
		add_type(out, &schema_rows[i]);
		strbuf_addstr(out, ", \"description\": ");
		add_json_string(out, schema_rows[i].doc);
		strbuf_addch(out, '}');
		separator = ",\n";
	}
	strbuf_addstr(out, "\n      }\n    }");
}

void schema_write_json_schema(struct strbuf *out)
{
	strbuf_addstr(out, "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
			   "  \"title\": \"git-wf workflow\",\n"
			   "  \"$ref\": \"#/$defs/workflow\",\n  \"$defs\": {\n");
	for (int place = 0; place < AT_PLACES; place++) {
		add_definition(out, (enum schema_place)place);
		strbuf_addstr(out, place + 1 < AT_PLACES ? ",\n" : "\n");
	}
	strbuf_addstr(out, "  }\n}\n");
}

/* scdoc reads `_`, `*`, `\` and `<` as its own. */
static void add_scdoc(struct strbuf *out, const char *text, const char *escaped)
{
	for (; *text; text++) {
		if (strchr(escaped, *text))
			strbuf_addch(out, '\\');
		strbuf_addch(out, *text);
	}
}

static void add_row(struct strbuf *out, const struct schema_row *row)
{
	struct strbuf form = STRBUF_INIT;

	schema_row_form(row, &form);
	strbuf_addch(out, '*');
	add_scdoc(out, row->key, "_");
	strbuf_addstr(out, "*: ");
	add_scdoc(out, strbuf_str(&form), "_*\\");
	if (row->required)
		strbuf_addstr(out, "; required");
	if (row->default_text) {
		strbuf_addstr(out, "; default: ");
		add_scdoc(out, row->default_text, "_*\\");
	}
	strbuf_addstr(out, "\n\t");
	add_scdoc(out, row->doc, "_*[|\\");
	strbuf_addstr(out, "\n\n");
	strbuf_release(&form);
}

void schema_write_manual(struct strbuf *out)
{
	static const char *const titles[AT_PLACES] = {
		[AT_WORKFLOW] = "The top of the file",
		[AT_STEP] = "A step",
		[AT_DEFAULTS] = "defaults",
		[AT_PARAM] = "A parameter",
		[AT_RETRY] = "retry",
		[AT_CACHE] = "cache",
		[AT_FOREACH] = "A name of foreach",
		[AT_ROLLBACK] = "rollback",
		[AT_CHECKPOINT] = "An item of rollback.checkpoints",
		[AT_CONCURRENCY] = "concurrency",
		[AT_ASK] = "ask",
		[AT_COMMIT] = "commit",
		[AT_CONTAINER] = "container",
		[AT_AGENT] = "agent, with its prompt",
		[AT_BUILD] = "build in a container",
		[AT_HTTP] = "http",
		[AT_HTTP_AUTH] = "auth of http",
		[AT_HTTP_BODY] = "body of http, as a mapping",
		[AT_HTTP_EXPECT] = "expect of http, as a mapping",
		[AT_DATABASE] = "database",
		[AT_NOTIFY] = "notify of a step, as a mapping",
		[AT_NOTIFICATIONS] = "notify at the top of the file",
		[AT_NOTIFY_RULE] = "An item of notify.rules",
		[AT_OPEN] = "open, as a mapping",
		[AT_WINDOW] = "window",
		[AT_SCRIPT] = "script",
		[AT_LIMITS] = "limits",
		[AT_SANDBOX] = "sandbox",
		[AT_GATE] = "A gate",
		[AT_GATE_FILE] = "An item of files in a gate",
		[AT_GATE_JSON] = "json in a gate",
		[AT_GATE_MATCHES] = "matches in a gate",
		[AT_GATE_BASELINE] = "baseline in a gate",
		[AT_HANDLER] = "A handler, in error_handlers",
		[AT_ON_FAILURE] = "on_failure of a step, as a mapping",
		[AT_ON] = "on",
		[AT_HOOK] = "A hook in on",
	};

	for (int place = 0; place < AT_PLACES; place++) {
		strbuf_addf(out, "## %s\n\n", titles[place]);
		for (size_t i = 0; i < schema_n_rows; i++)
			if (is_at(&schema_rows[i], (enum schema_place)place))
				add_row(out, &schema_rows[i]);
	}
}
