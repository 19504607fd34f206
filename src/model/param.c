/*
 * Values for parameters.
 */
#include "model/param.h"

#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/vec.h"

enum { MAX_PATTERN = 512, MAX_REPEATS = 1000 };

/* regcomp() unrolls intervals: `((a{255}){255}){255}` would take all memory there is. */
static bool is_costly(const char *pattern)
{
	unsigned long product = 1;

	for (const char *at = pattern; (at = strchr(at, '{')); at++) {
		char *end;
		unsigned long most = strtoul(at + 1, &end, 10);

		if (*end == ',' && end[1] != '}')
			most = strtoul(end + 1, &end, 10);
		product *= most > 1 ? most : 1;
		if (most > MAX_REPEATS || product > MAX_REPEATS)
			return true;
	}
	return strlen(pattern) > MAX_PATTERN;
}

static int compile(const char *pattern, regex_t *regex, struct err *err)
{
	char msg[128];
	int code = regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB);

	if (code == 0)
		return 0;
	regerror(code, regex, msg, sizeof msg);
	if (msg[0] >= 'A' && msg[0] <= 'Z')
		msg[0] = (char)(msg[0] - 'A' + 'a');
	return err_set(err, ERR_INVALID, "%s", msg);
}

static int compile_whole(const char *pattern, regex_t *regex, struct err *err)
{
	struct strbuf whole CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_addf(&whole, "^(%s)$", pattern);
	return compile(strbuf_str(&whole), regex, err);
}

/* Alone first: `a)b(c` is no pattern, but `(a)b(c)` is one. */
int param_check_pattern(const char *pattern, struct err *err)
{
	regex_t regex;

	if (is_costly(pattern))
		return err_set(err, ERR_INVALID, "it is too long or repeats too often");
	if (compile(pattern, &regex, err) < 0)
		return -1;
	regfree(&regex);
	return 0;
}

static int check_pattern(const struct param *param, const char *text, struct err *err)
{
	regex_t regex;
	int result;

	if (!param->pattern)
		return 0;
	if (compile_whole(param->pattern, &regex, err) < 0)
		return -1;
	result = regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	if (result == 0)
		return 0;
	return err_set(err, ERR_USAGE, "it must match the pattern %s", param->pattern);
}

static int check_choices(const struct param *param, const char *text, struct err *err)
{
	struct strbuf list CLEANUP(strbuf_release) = STRBUF_INIT;

	for (size_t i = 0; i < param->n_choices; i++) {
		if (strcmp(param->choices[i], text) == 0)
			return 0;
		strbuf_addf(&list, "%s%s", i ? ", " : "", param->choices[i]);
	}
	if (!param->n_choices)
		return 0;
	return err_set(err, ERR_USAGE, "choose one of %s", strbuf_str(&list));
}

/* A decimal number; a whole one where the type is int. */
static int parse_number(const struct param *param, const char *text, double *number)
{
	const char *allowed = param->type == PARAM_INT ? "0123456789+-" : "0123456789+-.eE";
	char *end;

	if (!*text || text[strspn(text, allowed)])
		return -1;
	*number = strtod(text, &end);
	if (*end || !isfinite(*number))
		return -1;
	/* Whole numbers beyond that are not exact in a double. */
	return param->type == PARAM_INT && fabs(*number) > 9007199254740992.0 ? -1 : 0;
}

static int check_number(const struct param *param, const char *text, struct err *err)
{
	double number;

	if (parse_number(param, text, &number) < 0)
		return err_set(err, ERR_USAGE, "it must be %s",
			       param->type == PARAM_INT ? "a whole number" : "a number");
	if (param->has_min && number < param->min)
		return err_set(err, ERR_USAGE, "it must be at least %.15g", param->min);
	if (param->has_max && number > param->max)
		return err_set(err, ERR_USAGE, "it must be at most %.15g", param->max);
	return 0;
}

static int check_one(const struct param *param, const char *text, struct err *err)
{
	switch (param->type) {
	case PARAM_INT:
	case PARAM_NUMBER:
		if (check_number(param, text, err) < 0)
			return -1;
		break;
	case PARAM_BOOL:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			return err_set(err, ERR_USAGE, "it must be true or false");
		break;
	case PARAM_PATH:
		if (!*text)
			return err_set(err, ERR_USAGE, "it must be a path");
		break;
	case PARAM_STRING:
	case PARAM_LIST: break;
	}
	if (check_choices(param, text, err) < 0)
		return -1;
	return check_pattern(param, text, err);
}

/* Cuts the next line off *rest; false at the end. */
static bool next_line(const char **rest, struct strbuf *line)
{
	size_t len;

	if (!*rest || !**rest)
		return false;
	len = strcspn(*rest, "\n");
	strbuf_clear(line);
	strbuf_add(line, *rest, len);
	*rest += len + ((*rest)[len] == '\n');
	return true;
}

int param_check(const struct param *param, const char *text, struct err *err)
{
	struct strbuf line CLEANUP(strbuf_release) = STRBUF_INIT;

	if (param->type != PARAM_LIST)
		return check_one(param, text, err);
	while (next_line(&text, &line))
		if (check_one(param, strbuf_str(&line), err) < 0)
			return -1;
	return 0;
}

static struct value list_value(const char *text, struct arena *arena)
{
	struct value list = { .kind = VALUE_LIST };
	struct strbuf line CLEANUP(strbuf_release) = STRBUF_INIT;
	VEC(struct value) items = { 0 };

	while (next_line(&text, &line))
		vec_push(&items, value_string(arena_strdup(arena, strbuf_str(&line))));
	list.n = items.n;
	if (items.n)
		list.items = arena_memdup(arena, items.v, items.n * sizeof *items.v);
	vec_release(&items);
	return list;
}

static struct value typed_value(const struct param *param, const char *text, struct arena *arena)
{
	struct value value;
	double number = 0;

	switch (param->type) {
	case PARAM_INT:
	case PARAM_NUMBER:
		parse_number(param, text, &number);
		value = value_number(number);
		value.text = text;
		value.len = strlen(text);
		return value;
	case PARAM_BOOL: return value_bool(strcmp(text, "true") == 0);
	case PARAM_LIST: return list_value(text, arena);
	case PARAM_STRING:
	case PARAM_PATH: break;
	}
	return value_string(text);
}

void param_set_init(struct param_set *set, const struct workflow *wf, struct arena *arena)
{
	set->n = wf->n_params;
	set->values = ARENA_ARRAY(arena, struct param_value, set->n);
	for (size_t i = 0; i < set->n; i++) {
		set->values[i].param = &wf->params[i];
		set->values[i].value = value_null();
	}
}

static struct param_value *find_value(const struct param_set *set, const char *name, size_t len)
{
	for (size_t i = 0; i < set->n; i++) {
		const char *own = set->values[i].param->name;

		if (strncmp(own, name, len) == 0 && !own[len])
			return &set->values[i];
	}
	return NULL;
}

static int unknown_param(const struct workflow *wf, const char *name, struct err *err)
{
	const char *nearest = strmap_nearest(&wf->param_names, name);

	if (nearest)
		return err_set(err, ERR_USAGE,
			       "workflow '%s' has no parameter '%s'; did you mean '%s'?", wf->id,
			       name, nearest);
	return err_set(err, ERR_USAGE, "workflow '%s' has no parameter '%s'", wf->id, name);
}

static int wrong_value(const struct param *param, const char *text, const struct err *cause,
		       struct err *err)
{
	if (param->secret)
		return err_set(err, ERR_USAGE, "the value of parameter '%s' cannot be used; %s",
			       param->name, err_msg(cause));
	return err_set(err, ERR_USAGE, "parameter '%s' is '%s'; %s", param->name, text,
		       err_msg(cause));
}

int param_set_assign(struct param_set *set, const struct workflow *wf, const char *name,
		     const char *text, struct arena *arena, struct err *err)
{
	struct param_value *value = find_value(set, name, strlen(name));
	struct err cause CLEANUP(err_release) = ERR_INIT;

	if (!value)
		return unknown_param(wf, name, err);
	if (param_check(value->param, text, &cause) < 0)
		return wrong_value(value->param, text, &cause, err);
	if (value->param->type == PARAM_LIST && value->text && !value->is_default)
		value->text = arena_printf(arena, "%s\n%s", value->text, text);
	else
		value->text = arena_strdup(arena, text);
	value->value = typed_value(value->param, value->text, arena);
	value->is_default = false;
	return 0;
}

static int report_missing(const struct param_set *set, struct err *err)
{
	struct strbuf names CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		if (set->values[i].param->required && !set->values[i].text)
			strbuf_addf(&names, "%s'%s'", n++ ? ", " : "", set->values[i].param->name);
	if (!n)
		return 0;
	return err_set(err, ERR_USAGE, "missing %s %s", n > 1 ? "parameters" : "parameter",
		       strbuf_str(&names));
}

int param_set_finish(struct param_set *set, struct arena *arena, struct err *err)
{
	for (size_t i = 0; i < set->n; i++) {
		struct param_value *value = &set->values[i];

		if (value->text || !value->param->default_value)
			continue;
		value->text = value->param->default_value;
		value->value = typed_value(value->param, value->text, arena);
		value->is_default = true;
	}
	return report_missing(set, err);
}

const struct param_value *param_set_get(const struct param_set *set, const char *name, size_t len)
{
	return find_value(set, name, len);
}
