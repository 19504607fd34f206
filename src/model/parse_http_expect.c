/*
 * `expect` of a request: which answers are right.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parse_impl.h"

enum { STATUS_MIN = 100, STATUS_MAX = 599, STATUSES_MAX = 64 };

static const char *const local_names[] = { "status", "headers", "json" };

static bool is_status(const char *text)
{
	return strlen(text) == 3 && strspn(text, "0123456789") == 3 && *text >= '1' && *text <= '5';
}

/* "404", "4xx", "400-410" */
static bool read_range(const char *text, struct status_range *range)
{
	char copy[8];

	if (is_status(text)) {
		range->from = range->to = (uint16_t)strtoul(text, NULL, 10);
		return true;
	}
	if (strlen(text) == 3 && *text >= '1' && *text <= '5' && strcasecmp(text + 1, "xx") == 0) {
		range->from = (uint16_t)((*text - '0') * 100);
		range->to = (uint16_t)(range->from + 99);
		return true;
	}
	if (strlen(text) != 7 || text[3] != '-')
		return false;
	memcpy(copy, text, sizeof copy);
	copy[3] = '\0';
	if (!is_status(copy) || !is_status(copy + 4))
		return false;
	range->from = (uint16_t)strtoul(copy, NULL, 10);
	range->to = (uint16_t)strtoul(copy + 4, NULL, 10);
	return range->from <= range->to;
}

static void add_range(struct reader *reader, struct http_action *http, struct status_range range)
{
	if (!http->statuses)
		http->statuses = ARENA_ARRAY(reader->arena, struct status_range, STATUSES_MAX);
	http->statuses[http->n_statuses++] = range;
}

void parse_http_expect_default(struct reader *reader, struct http_action *http)
{
	if (!http->n_statuses)
		add_range(reader, http,
			  http->sees_status ? (struct status_range){ STATUS_MIN, STATUS_MAX }
					    : (struct status_range){ 200, 299 });
}

static void read_statuses(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	struct http_action *http = into;
	const struct yaml_node *items;
	struct status_range range;
	size_t n;

	if (parse_list(reader, row, node, &items, &n) < 0)
		return;
	if (!n || n > STATUSES_MAX)
		diag_error(reader->diags, node->span, "from 1 to %d statuses", STATUSES_MAX);
	for (size_t i = 0; i < n && n <= STATUSES_MAX; i++) {
		if (!parse_item_ok(reader, row, &items[i]))
			continue;
		if (read_range(items[i].text, &range))
			add_range(reader, http, range);
		else
			diag_hint(reader->diags,
				  diag_error(reader->diags, items[i].span,
					     "'%.60s' is no status of an answer", items[i].text),
				  "write 200, 2xx or 200-204");
	}
}

static void note_local(void *data, const struct expr_ref *ref)
{
	unsigned *seen = data;

	for (unsigned i = 0; i < ARRAY_SIZE(local_names); i++)
		if (ref->ns == NS_LOCAL && strcmp(ref->path[0], local_names[i]) == 0)
			*seen |= 1u << i;
}

static void read_condition(struct reader *reader, const struct schema_row *row,
			   const struct yaml_node *node, void *into)
{
	static const struct expr_locals locals = { .n = ARRAY_SIZE(local_names),
						   .names = local_names };
	struct http_action *http = into;
	const char *text;
	unsigned seen = 0;

	if (!parse_is_scalar(node)) {
		parse_wrong_type(reader, row, node);
		return;
	}
	text = parse_copy(reader, node);
	http->condition = expr_parse_with(reader->arena, text, node->len, yaml_text_span(node),
					  &locals, reader->diags);
	if (!http->condition)
		return;
	expr_each_ref(http->condition, note_local, &seen);
	http->needs_json = seen & 4;
	http->sees_status = seen & 1;
}

static const struct field expect_fields[] = {
	{ "status", 0, read_statuses },
	{ "if", 0, read_condition },
};

const struct field_table parse_http_expect_fields = { ARRAY_SIZE(expect_fields), expect_fields };

/* A word that is no status is an expression. */
void parse_http_expect(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *http_action)
{
	struct http_action *http = http_action;
	struct status_range range;

	if (node->kind == YAML_MAP) {
		parse_fields(reader, AT_HTTP_EXPECT, node, http);
	} else if (node->kind == YAML_SEQ || node->kind == YAML_NUMBER ||
		   (parse_is_scalar(node) && read_range(node->text, &range))) {
		read_statuses(reader, row, node, http);
	} else {
		read_condition(reader, row, node, http);
	}
}
