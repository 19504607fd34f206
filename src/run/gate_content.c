/*
 * Gates about what is in a file: a pattern, JSON by a schema.
 */
#include <regex.h>

#include "base/strbuf.h"
#include "ext/json.h"
#include "gate_impl.h"
#include "gate_schema_impl.h"

int gate_matches(struct gate_check *check, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const char *path = gate_render_path(check, &check->gate->path, err);
	regex_t regex;
	bool matches;

	if (!path || gate_read(check, path, &text, err) < 0)
		return -1;
	if (regcomp(&regex, check->gate->pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0)
		return err_set(err, ERR_VALUE, "the pattern is wrong");
	matches = regexec(&regex, strbuf_str(&text), 0, NULL, 0) == 0;
	regfree(&regex);
	return matches ? 0 : gate_found(check, "no such line in %s", path);
}

static const struct json *read_json(struct gate_check *check, const char *path, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const struct json *json;

	if (gate_read(check, path, &text, err) < 0)
		return NULL;
	json = json_parse(check->arena, strbuf_str(&text), text.len, err);
	if (!json)
		err_wrap(err, "%s", path);
	return json;
}

int gate_json(struct gate_check *check, struct err *err)
{
	const char *path = gate_render_path(check, &check->gate->path, err), *schema_path, *fault;
	const struct json *json = path ? read_json(check, path, err) : NULL, *schema;

	if (!json)
		return -1;
	if (!check->gate->schema.raw)
		return 0;
	schema_path = gate_render_path(check, &check->gate->schema, err);
	schema = schema_path ? read_json(check, schema_path, err) : NULL;
	if (!schema || json_schema_check(schema, check->arena, err) < 0)
		return schema ? err_wrap(err, "%s", schema_path) : -1;
	fault = json_schema_fault(schema, json, check->arena);
	return fault ? gate_found(check, "%s: %s", path, fault) : 0;
}
