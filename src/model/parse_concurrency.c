/*
 * `concurrency` and `rate`: when a run may begin.
 */
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "parse_impl.h"

enum { MAX_GROUP = 100, MAX_RATE = 1000000 };

/* It names a file; one with values is looked at when they are known (run/turn_name.c). */
static void read_group(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	struct text group = { 0 };

	parse_by_type(reader, row, node, &group);
	if (!group.raw)
		return;
	if (!group.n_parts &&
	    (!*group.raw || strlen(group.raw) > MAX_GROUP || group.raw[strspn(group.raw, letters)]))
		diag_error(reader->diags, node->span,
			   "a group has a name of letters, digits, '_', '.' and '-', not '%.60s'",
			   group.raw);
	else
		*(struct text *)into = group;
}

#define CONCURRENCY(member) offsetof(struct concurrency, member)

static const struct field concurrency_fields[] = {
	{ "group", CONCURRENCY(group), read_group },
	{ "wait", CONCURRENCY(wait), NULL },
	{ "cancel_in_progress", CONCURRENCY(cancel_in_progress), NULL },
};

const struct field_table parse_concurrency_fields = { ARRAY_SIZE(concurrency_fields),
						      concurrency_fields };

void parse_concurrency(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *concurrency)
{
	if (node->kind != YAML_MAP)
		parse_wrong_type(reader, row, node);
	else
		parse_fields(reader, AT_CONCURRENCY, node, concurrency);
}

void parse_rate(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		void *workflow)
{
	struct workflow *wf = workflow;
	uint64_t window_ms;
	unsigned long runs;
	char *end;

	if (node->kind != YAML_STRING || node->text[0] < '1' || node->text[0] > '9') {
		parse_wrong_type(reader, row, node);
		return;
	}
	runs = strtoul(node->text, &end, 10);
	if (*end != '/' || runs > MAX_RATE || duration_parse_ms(end + 1, 0, &window_ms) < 0 ||
	    !window_ms) {
		parse_wrong_type(reader, row, node);
		return;
	}
	wf->rate_runs = (uint32_t)runs;
	wf->rate_window_ms = window_ms;
}
