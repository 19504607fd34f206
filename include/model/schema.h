/*
 * Every key of the format in one table: the only source of validation, of git-wf-workflow(5) and of
 * contrib/schema/workflow.schema.json.
 */
#ifndef MODEL_SCHEMA_H
#define MODEL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

/* Which mapping the key stands in. */
enum schema_place {
	AT_WORKFLOW,
	AT_STEP,
	AT_DEFAULTS,
	AT_PARAM,
	AT_RETRY,
	AT_CACHE,
	AT_FOREACH,
	AT_ROLLBACK,
	AT_CHECKPOINT,
	AT_CONCURRENCY,
	AT_ASK,
	AT_SCRIPT,
	AT_LIMITS,
	AT_SANDBOX,
	AT_GATE,
	AT_GATE_FILE,
	AT_GATE_JSON,
	AT_GATE_MATCHES,
	AT_GATE_BASELINE,
	AT_COMMIT,
	AT_AGENT,
	AT_CONTAINER,
	AT_BUILD,
	AT_HTTP,
	AT_HTTP_AUTH,
	AT_HTTP_BODY,
	AT_HTTP_EXPECT,
	AT_DATABASE,
	AT_NOTIFY,
	AT_NOTIFICATIONS,
	AT_NOTIFY_RULE,
	AT_OPEN,
	AT_WINDOW,
	AT_HANDLER,
	AT_ON_FAILURE,
	AT_ON,
	AT_HOOK,
	AT_PLACES
};

enum schema_type {
	TYPE_STRING, /* one line or more, no ${…} */
	TYPE_TEXT,   /* a string with ${…} */
	TYPE_NUMBER,
	TYPE_COUNT, /* a whole number, at least 1 */
	TYPE_BOOL,
	TYPE_DURATION,
	TYPE_EXPR,
	TYPE_ID,
	TYPE_CHOICE,  /* one of schema_row.choices */
	TYPE_STRINGS, /* a list of strings, or one string */
	TYPE_TEXTS,   /* a list of strings with ${…}, or one */
	TYPE_PATHS,   /* a list of paths and globs, or one */
	TYPE_IDS,     /* a list of ids, or one */
	TYPE_MAP,     /* a mapping with free names */
	TYPE_RUN,     /* text for a shell, or a list: argv */
	TYPE_OBJECT,  /* a mapping described by `inner` */
	TYPE_STEPS,   /* a list of steps */
	TYPE_OTHER,   /* several forms: the row's parser decides */
	TYPE_COUNT_OF_TYPES
};

struct schema_row {
	enum schema_place place;
	const char *key;
	enum schema_type type;
	enum schema_place inner; /* TYPE_OBJECT */
	bool required;
	bool is_later;		  /* part of the format, reported as "not supported yet" */
	const char *default_text; /* for the documentation, or NULL */
	const char *choices;	  /* "graph|listed", or NULL */
	const char *doc;	  /* one or two sentences */
	bool is_action;		  /* of a step: one of those of which it has exactly one */
	const char *form; /* TYPE_MAP, TYPE_OTHER: what is expected, for messages and docs */
	const char *json; /* TYPE_MAP, TYPE_OTHER: the JSON Schema of the value */
};

enum { SCHEMA_ROWS_MAX = 1024 };

extern const struct schema_row schema_rows[];
extern const size_t schema_n_rows;

/* Keys of other tools, which are none here: the hint names the canonical way to write it. */
struct schema_alias {
	enum schema_place place;
	const char *key;
	const char *hint;
};

extern const struct schema_alias schema_aliases[];
extern const size_t schema_n_aliases;

const struct schema_row *schema_find(enum schema_place place, const char *key);
const struct schema_alias *schema_find_alias(enum schema_place place, const char *key);
/* The key that is read now and nearest to `word`, or NULL. */
const char *schema_nearest_key(enum schema_place place, const char *word);
const char *schema_place_name(enum schema_place place); /* "a step", for messages */
const char *schema_type_name(enum schema_type type);	/* "a list of paths" */
/* What a row's value must be: its form, its choices, else the name of its type. */
void schema_row_form(const struct schema_row *row, struct strbuf *out);

/* JSON Schema (draft 2020-12) of what is read now: keys that come later are no part of it. */
void schema_write_json_schema(struct strbuf *out);
/* The scdoc text of git-wf-workflow(5)'s tables of keys. */
void schema_write_manual(struct strbuf *out);

#endif
