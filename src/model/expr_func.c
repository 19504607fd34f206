/*
 * The functions of expressions: one row each.
 */
#include "expr_impl.h"

#include <regex.h>
#include <string.h>

#include "base/strmap.h"
#include "base/utf8.h"

enum { PATTERN_LEN_MAX = 1024, PATTERN_REPEAT_MAX = 1000, PATTERN_DEPTH_MAX = 50 };

int expr_wrong_argument(const struct expr_func *func, const char *needed, const struct value *given,
			struct err *err)
{
	return err_set(err, ERR_VALUE, "%s() needs %s, not %s", func->name, needed,
		       value_kind_name(given->kind));
}

int expr_to_text(const struct eval *eval, const struct expr_func *func, const struct value *value,
		 struct value *text, struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	*text = *value;
	if (value->kind == VALUE_STRING)
		return 0;
	if (value->kind != VALUE_NUMBER)
		return expr_wrong_argument(func, "a string", value, err);
	value_to_text(value, &out);
	*text = value_string_copy(eval->arena, strbuf_str(&out), out.len);
	return 0;
}

int expr_to_c_text(const struct eval *eval, const struct expr_func *func, const struct value *value,
		   struct value *text, struct err *err)
{
	if (expr_to_text(eval, func, value, text, err) < 0)
		return -1;
	if (memchr(text->text, '\0', text->len))
		return err_set(err, ERR_VALUE, "%s() got a text with a NUL byte", func->name);
	return 0;
}

static int call_world(const struct eval *eval, const struct expr_func *func,
		      const struct value *args, size_t n, struct value *out, struct err *err)
{
	struct value text = { .kind = VALUE_NULL };
	bool answer = false;

	if (n > 0 && expr_to_c_text(eval, func, &args[0], &text, err) < 0)
		return -1;
	if (!eval->env || !eval->env->call)
		return err_set(err, ERR_VALUE, "%s() cannot be used here", func->name);
	if (eval->env->call(eval->env->data, func->call, n > 0 ? text.text : NULL, &answer, err) <
	    0)
		return -1;
	*out = value_bool(answer);
	return 0;
}

static int call_always(const struct eval *eval, const struct expr_func *func,
		       const struct value *args, size_t n, struct value *out, struct err *err)
{
	(void)eval, (void)func, (void)args, (void)n, (void)err;
	*out = value_bool(true);
	return 0;
}

static int call_contains(const struct eval *eval, const struct expr_func *func,
			 const struct value *args, size_t n, struct value *out, struct err *err)
{
	bool answer;

	(void)eval, (void)func, (void)n;
	if (expr_is_in(&args[1], &args[0], &answer, err) < 0)
		return -1;
	*out = value_bool(answer);
	return 0;
}

static int call_affix(const struct eval *eval, const struct expr_func *func,
		      const struct value *args, size_t n, struct value *out, struct err *err)
{
	struct value text, part;
	size_t at;

	(void)n;
	if (expr_to_text(eval, func, &args[0], &text, err) < 0 ||
	    expr_to_text(eval, func, &args[1], &part, err) < 0)
		return -1;
	at = func->name[0] == 'e' && part.len <= text.len ? text.len - part.len : 0;
	*out = value_bool(part.len <= text.len && memcmp(text.text + at, part.text, part.len) == 0);
	return 0;
}

/* The number of the interval "{2,5}" at s that counts most. */
static unsigned long interval_max(const char *s)
{
	unsigned long number = 0, most = 0;

	for (s++; *s && *s != '}'; s++) {
		if (*s >= '0' && *s <= '9' && number <= PATTERN_REPEAT_MAX)
			number = number * 10 + (unsigned long)(*s - '0');
		else
			number = 0;
		most = number > most ? number : most;
	}
	return most;
}

/* The regex of libc takes memory and time without bound for nested intervals, back-references and
 * deep nesting: a value must not be able to ask for that. */
static int pattern_is_bounded(const char *pattern, struct err *err)
{
	unsigned long repeats = 1, depth = 0, count;

	if (strlen(pattern) > PATTERN_LEN_MAX)
		return err_set(err, ERR_VALUE, "a pattern has at most %d bytes", PATTERN_LEN_MAX);
	for (const char *s = pattern; *s; s++) {
		if (*s == '\\' && s[1]) {
			if (*++s >= '1' && *s <= '9')
				return err_set(err, ERR_VALUE, "a pattern has no back-references");
		} else if (*s == '{') {
			count = interval_max(s);
			repeats *= count > 1 ? count : 1;
		} else if (*s == '(') {
			depth++;
		}
		if (repeats > PATTERN_REPEAT_MAX || depth > PATTERN_DEPTH_MAX)
			return err_set(err, ERR_VALUE, "the pattern '%.60s' is too complex",
				       pattern);
	}
	return 0;
}

static int compile_pattern(regex_t *regex, const char *pattern, struct err *err)
{
	char reason[128];
	int rc;

	if (pattern_is_bounded(pattern, err) < 0)
		return -1;
	rc = regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB);
	if (rc == 0)
		return 0;
	regerror(rc, regex, reason, sizeof reason);
	if (reason[0] >= 'A' && reason[0] <= 'Z')
		reason[0] = (char)(reason[0] - 'A' + 'a');
	return err_set(err, ERR_VALUE, "the pattern '%.60s' is wrong: %s", pattern, reason);
}

int expr_pattern_check(const char *pattern, struct err *err)
{
	regex_t regex;

	if (compile_pattern(&regex, pattern, err) < 0)
		return -1;
	regfree(&regex);
	return 0;
}

static int call_matches(const struct eval *eval, const struct expr_func *func,
			const struct value *args, size_t n, struct value *out, struct err *err)
{
	struct value text, pattern;
	regex_t regex;

	(void)n;
	if (expr_to_c_text(eval, func, &args[0], &text, err) < 0 ||
	    expr_to_c_text(eval, func, &args[1], &pattern, err) < 0)
		return -1;
	if (compile_pattern(&regex, pattern.text, err) < 0)
		return -1;
	*out = value_bool(regexec(&regex, text.text, 0, NULL, 0) == 0);
	regfree(&regex);
	return 0;
}

static int call_len(const struct eval *eval, const struct expr_func *func, const struct value *args,
		    size_t n, struct value *out, struct err *err)
{
	size_t count = args->n;
	uint32_t code;

	(void)eval, (void)n;
	if (args->kind == VALUE_STRING) {
		count = 0;
		for (size_t i = 0; i < args->len; count++)
			i += utf8_decode(args->text + i, args->len - i, &code);
	} else if (args->kind != VALUE_LIST && args->kind != VALUE_MAP) {
		return expr_wrong_argument(func, "a string, a list or a map", args, err);
	}
	*out = value_number((double)count);
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* number() and int(): blanks around the digits (an output's newline) do not count. */
static int call_number(const struct eval *eval, const struct expr_func *func,
		       const struct value *args, size_t n, struct value *out, struct err *err)
{
	double number = args->number;

	(void)eval, (void)n;
	if (args->kind == VALUE_STRING) {
		const char *text = args->text;
		size_t len = args->len;

		for (; len > 0 && is_blank(*text); text++, len--)
			continue;
		while (len > 0 && is_blank(text[len - 1]))
			len--;
		if (!expr_text_to_number(text, len, &number))
			return err_set(err, ERR_VALUE, "'%.*s' is not a number",
				       (int)(len < 60 ? len : 60), text);
	} else if (args->kind != VALUE_NUMBER) {
		return expr_wrong_argument(func, "a number or a string", args, err);
	}
	if (func->name[0] == 'i' && number > -9e15 && number < 9e15)
		number = (double)(int64_t)number;
	*out = value_number(number);
	return 0;
}

static int call_case(const struct eval *eval, const struct expr_func *func,
		     const struct value *args, size_t n, struct value *out, struct err *err)
{
	char low = func->name[0] == 'l' ? 'A' : 'a', *text;
	struct value from;

	(void)n;
	if (expr_to_text(eval, func, &args[0], &from, err) < 0)
		return -1;
	text = arena_alloc(eval->arena, from.len + 1);
	memcpy(text, from.text, from.len);
	for (size_t i = 0; i < from.len; i++) {
		if (text[i] >= low && text[i] <= low + 25)
			text[i] ^= 0x20;
	}
	*out = value_string_n(text, from.len);
	return 0;
}

static int call_default(const struct eval *eval, const struct expr_func *func,
			const struct value *args, size_t n, struct value *out, struct err *err)
{
	bool is_empty = args->kind == VALUE_NULL || (args->kind == VALUE_STRING && args->len == 0);

	(void)eval, (void)func, (void)n, (void)err;
	*out = args[is_empty];
	return 0;
}

static int call_from_json(const struct eval *eval, const struct expr_func *func,
			  const struct value *args, size_t n, struct value *out, struct err *err)
{
	(void)n;
	if (args->kind != VALUE_STRING)
		return expr_wrong_argument(func, "a string", args, err);
	if (value_from_json(eval->arena, args->text, args->len, out, err) < 0)
		return err_wrap(err, "%s()", func->name);
	return 0;
}

static int call_json(const struct eval *eval, const struct expr_func *func,
		     const struct value *args, size_t n, struct value *out, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	(void)func, (void)n, (void)err;
	value_to_json(args, &text);
	*out = value_string_copy(eval->arena, strbuf_str(&text), text.len);
	return 0;
}

static const struct expr_func functions[] = {
	{ "success", 0, 0, true, call_world, CALL_SUCCESS },
	{ "failure", 0, 0, true, call_world, CALL_FAILURE },
	{ "always", 0, 0, true, call_always, 0 },
	{ "cancelled", 0, 0, true, call_world, CALL_CANCELLED },
	{ "exists", 1, 1, false, call_world, CALL_EXISTS },
	{ "changed", 1, 1, false, call_world, CALL_CHANGED },
	{ "contains", 2, 2, false, call_contains, 0 },
	{ "startsWith", 2, 2, false, call_affix, 0 },
	{ "endsWith", 2, 2, false, call_affix, 0 },
	{ "matches", 2, 2, false, call_matches, 0 },
	{ "len", 1, 1, false, call_len, 0 },
	{ "int", 1, 1, false, call_number, 0 },
	{ "number", 1, 1, false, call_number, 0 },
	{ "lower", 1, 1, false, call_case, 0 },
	{ "upper", 1, 1, false, call_case, 0 },
	{ "basename", 1, 2, false, expr_part_of_path, 0 },
	{ "dirname", 1, 1, false, expr_part_of_path, 0 },
	{ "relative", 2, 2, false, expr_relative_path, 0 },
	{ "default", 2, 2, false, call_default, 0 },
	{ "fromJSON", 1, 1, false, call_from_json, 0 },
	{ "json", 1, 1, false, call_json, 0 },
};

const struct expr_func *expr_func_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		if (strlen(functions[i].name) == len && memcmp(functions[i].name, name, len) == 0)
			return &functions[i];
	}
	return NULL;
}

bool expr_is_function(const char *name, size_t len)
{
	return expr_func_find(name, len) != NULL;
}

const char *expr_func_nearest(const char *name)
{
	const char *names[ARRAY_SIZE(functions)];

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		names[i] = functions[i].name;
	return nearest_word(name, names, ARRAY_SIZE(names));
}
