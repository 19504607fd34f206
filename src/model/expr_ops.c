/*
 * What operators do with values. Where an answer would be a guess (a word compared with a number)
 * there is an error, never a silent false.
 */
#include "expr_impl.h"

#include <float.h>
#include <string.h>

enum { SHOWN_LEN_MAX = 40 };

bool expr_text_to_number(const char *text, size_t len, double *number)
{
	static const double powers[] = { 1e0,  1e1,  1e2,  1e3,	 1e4,  1e5,  1e6,  1e7,
					 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
					 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	size_t i = len > 0 && text[0] == '-', n_digits = 0, n_decimals = 0;
	bool has_point = false;
	double sum = 0;

	for (; i < len; i++) {
		if (text[i] == '.' && !has_point && n_digits > 0 && i + 1 < len) {
			has_point = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return false;
		n_digits++;
		if (has_point && n_decimals + 1 >= ARRAY_SIZE(powers))
			continue; /* behind the precision of a double */
		sum = sum * 10 + (text[i] - '0');
		n_decimals += has_point;
	}
	if (n_digits == 0 || sum > DBL_MAX)
		return false;
	/* Exact as long as all digits fit a double: both sides of the division are. */
	sum /= powers[n_decimals];
	*number = len > 0 && text[0] == '-' ? -sum : sum;
	return true;
}

/* The value as a message shows it; in buf if it is short enough. */
static const char *show(const struct value *value, struct strbuf *buf)
{
	if (value->kind == VALUE_STRING) {
		size_t len = value->len < SHOWN_LEN_MAX ? value->len : SHOWN_LEN_MAX;

		strbuf_addf(buf, "'%.*s'%s", (int)len, value->text, len < value->len ? "…" : "");
	} else if (value->kind == VALUE_NUMBER) {
		strbuf_addstr(buf, "the number ");
		value_to_text(value, buf);
	} else {
		strbuf_addstr(buf, value_kind_name(value->kind));
	}
	return strbuf_str(buf);
}

static int mismatch(const char *what, const struct value *left, const struct value *right,
		    struct err *err)
{
	struct strbuf a CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf b CLEANUP(strbuf_release) = STRBUF_INIT;

	return err_set(err, ERR_VALUE, "cannot %s %s and %s", what, show(left, &a),
		       show(right, &b));
}

static bool to_number(const struct value *value, double *number)
{
	if (value->kind == VALUE_STRING)
		return expr_text_to_number(value->text, value->len, number);
	*number = value->number;
	return value->kind == VALUE_NUMBER;
}

static bool is_scalar_pair(const struct value *left, const struct value *right, enum value_kind a,
			   enum value_kind b)
{
	return (left->kind == a && right->kind == b) || (left->kind == b && right->kind == a);
}

static int is_equal(const struct value *left, const struct value *right, bool *out,
		    struct err *err);

static int items_are_equal(const struct value *left, const struct value *right, bool *out,
			   struct err *err)
{
	*out = left->n == right->n;
	for (size_t i = 0; *out && i < left->n; i++) {
		const struct value *other = &right->items[i];

		if (left->kind == VALUE_MAP)
			other = value_member(right, left->keys[i], strlen(left->keys[i]));
		if (!other)
			*out = false;
		else if (is_equal(&left->items[i], other, out, err) < 0)
			return -1;
	}
	return 0;
}

/* Recursion is as deep as a value, and JSON is at most 64 deep. */
static int is_equal(const struct value *left, const struct value *right, bool *out, struct err *err)
{
	double a, b;

	if (left->kind == VALUE_NULL || right->kind == VALUE_NULL) {
		*out = left->kind == right->kind;
		return 0;
	}
	if (is_scalar_pair(left, right, VALUE_STRING, VALUE_NUMBER)) {
		if (!to_number(left, &a) || !to_number(right, &b))
			return mismatch("compare", left, right, err);
		*out = a == b;
		return 0;
	}
	if (left->kind != right->kind)
		return mismatch("compare", left, right, err);
	switch (left->kind) {
	case VALUE_BOOL: *out = left->boolean == right->boolean; return 0;
	case VALUE_NUMBER: *out = left->number == right->number; return 0;
	case VALUE_STRING:
		*out = left->len == right->len && memcmp(left->text, right->text, left->len) == 0;
		return 0;
	default: return items_are_equal(left, right, out, err);
	}
}

/* <0, 0, >0. Two strings that are both numbers count as numbers: outputs of steps are strings. */
static int compare(const struct value *left, const struct value *right, int *out, struct err *err)
{
	bool are_strings = left->kind == VALUE_STRING && right->kind == VALUE_STRING;
	size_t shorter = left->len < right->len ? left->len : right->len;
	double a, b;

	if (to_number(left, &a) && to_number(right, &b)) {
		*out = (a > b) - (a < b);
		return 0;
	}
	if (!are_strings)
		return mismatch("order", left, right, err);
	*out = memcmp(left->text, right->text, shorter);
	if (*out == 0)
		*out = (left->len > right->len) - (left->len < right->len);
	return 0;
}

int expr_is_in(const struct value *needle, const struct value *haystack, bool *out, struct err *err)
{
	bool is_text = needle->kind == VALUE_STRING;

	*out = false;
	if (haystack->kind == VALUE_LIST) {
		for (size_t i = 0; !*out && i < haystack->n; i++) {
			if (is_equal(needle, &haystack->items[i], out, err) < 0)
				return -1;
		}
		return 0;
	}
	if (is_text && haystack->kind == VALUE_STRING) {
		*out = needle->len == 0 ||
		       memmem(haystack->text, haystack->len, needle->text, needle->len) != NULL;
		return 0;
	}
	if (!is_text || haystack->kind != VALUE_MAP)
		return mismatch("use 'in' with", needle, haystack, err);
	*out = value_member(haystack, needle->text, needle->len) != NULL;
	return 0;
}

/* The remainder with the sign of a, exact: fmod without libm. */
static double remainder_of(double a, double b)
{
	double rest = a < 0 ? -a : a, divisor = b < 0 ? -b : b;

	while (rest >= divisor) {
		double part = divisor;

		while (part <= rest / 2)
			part *= 2;
		rest -= part;
	}
	return a < 0 ? -rest : rest;
}

static int calculate(enum token_kind op, double a, double b, struct value *out, struct err *err)
{
	double result = 0;

	if ((op == TOKEN_DIVIDE || op == TOKEN_MODULO) && b == 0)
		return err_set(err, ERR_VALUE, "division by zero");
	switch (op) {
	case TOKEN_PLUS: result = a + b; break;
	case TOKEN_MINUS: result = a - b; break;
	case TOKEN_TIMES: result = a * b; break;
	case TOKEN_DIVIDE: result = a / b; break;
	case TOKEN_MODULO: result = remainder_of(a, b); break;
	default: BUG("operator %d", (int)op);
	}
	if (!(result >= -DBL_MAX && result <= DBL_MAX))
		return err_set(err, ERR_VALUE, "the result is too large");
	*out = value_number(result);
	return 0;
}

static struct value join_texts(struct arena *arena, const struct value *left,
			       const struct value *right)
{
	char *text = arena_alloc(arena, left->len + right->len + 1);

	memcpy(text, left->text, left->len);
	memcpy(text + left->len, right->text, right->len);
	return value_string_n(text, left->len + right->len);
}

static struct value join_lists(struct arena *arena, const struct value *left,
			       const struct value *right)
{
	size_t n = left->n + right->n;
	struct value *items = ARENA_ARRAY(arena, struct value, n);

	for (size_t i = 0; i < n; i++)
		items[i] = i < left->n ? left->items[i] : right->items[i - left->n];
	return (struct value){ .kind = VALUE_LIST, .n = n, .items = items };
}

static int arithmetic(struct arena *arena, enum token_kind op, const struct value *left,
		      const struct value *right, struct value *out, struct err *err)
{
	static const char *const verbs[] = {
		[TOKEN_PLUS] = "add",	   [TOKEN_MINUS] = "subtract", [TOKEN_TIMES] = "multiply",
		[TOKEN_DIVIDE] = "divide", [TOKEN_MODULO] = "divide",
	};
	double a, b;

	if (op == TOKEN_PLUS && left->kind == VALUE_STRING && right->kind == VALUE_STRING) {
		*out = join_texts(arena, left, right);
		return 0;
	}
	if (op == TOKEN_PLUS && left->kind == VALUE_LIST && right->kind == VALUE_LIST) {
		*out = join_lists(arena, left, right);
		return 0;
	}
	if (!to_number(left, &a) || !to_number(right, &b))
		return mismatch(verbs[op], left, right, err);
	return calculate(op, a, b, out, err);
}

static int relation(enum token_kind op, const struct value *left, const struct value *right,
		    struct value *out, struct err *err)
{
	int order = 0;

	if (compare(left, right, &order, err) < 0)
		return -1;
	switch (op) {
	case TOKEN_LT: *out = value_bool(order < 0); return 0;
	case TOKEN_LE: *out = value_bool(order <= 0); return 0;
	case TOKEN_GT: *out = value_bool(order > 0); return 0;
	case TOKEN_GE: *out = value_bool(order >= 0); return 0;
	default: BUG("operator %d", (int)op);
	}
}

int expr_binary(struct arena *arena, enum token_kind op, const struct value *left,
		const struct value *right, struct value *out, struct err *err)
{
	bool answer = false;
	int rc;

	switch (op) {
	case TOKEN_EQ:
	case TOKEN_NE:
		rc = is_equal(left, right, &answer, err);
		*out = value_bool(answer == (op == TOKEN_EQ));
		return rc;
	case TOKEN_IN:
	case TOKEN_NOT_IN:
		rc = expr_is_in(left, right, &answer, err);
		*out = value_bool(answer == (op == TOKEN_IN));
		return rc;
	case TOKEN_LT:
	case TOKEN_LE:
	case TOKEN_GT:
	case TOKEN_GE: return relation(op, left, right, out, err);
	default: return arithmetic(arena, op, left, right, out, err);
	}
}

int expr_negate(const struct value *value, struct value *out, struct err *err)
{
	double number;

	if (!to_number(value, &number))
		return err_set(err, ERR_VALUE, "'-' needs a number, not %s",
			       value_kind_name(value->kind));
	*out = value_number(number == 0 ? 0 : -number);
	return 0;
}

static int list_item(const struct value *list, const struct value *key, struct value *out,
		     struct err *err)
{
	double index;

	if (!to_number(key, &index))
		return err_set(err, ERR_VALUE, "an item of a list is chosen by a number, not by %s",
			       value_kind_name(key->kind));
	if (!(index >= 0 && index < (double)list->n) || index != (double)(size_t)index)
		return err_set(err, ERR_VALUE, "no item %.15g in a list of %zu", index, list->n);
	*out = list->items[(size_t)index];
	return 0;
}

int expr_member(const struct value *base, const struct value *key, struct value *out,
		struct err *err)
{
	const struct value *member;

	if (base->kind == VALUE_LIST)
		return list_item(base, key, out, err);
	if (base->kind != VALUE_MAP) {
		struct strbuf shown CLEANUP(strbuf_release) = STRBUF_INIT;

		return err_set(err, ERR_VALUE, "no member %s in %s", show(key, &shown),
			       value_kind_name(base->kind));
	}
	if (key->kind != VALUE_STRING)
		return err_set(err, ERR_VALUE, "a member is named by a string, not by %s",
			       value_kind_name(key->kind));
	member = value_member(base, key->text, key->len);
	*out = member ? *member : value_null();
	return 0;
}
