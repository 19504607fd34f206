/*
 * `retry` and `cache`.
 */
#include <stdlib.h>
#include <string.h>

#include "parse_impl.h"

enum { MAX_ATTEMPTS = 1000 };

static void read_backoff(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	int choice = parse_choice(reader, row, node);

	if (choice >= 0)
		*(enum backoff *)into = (enum backoff)choice;
}

static void read_attempts(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	struct retry_draft *draft = into;

	draft->attempts_at = node->span;
	draft->retry.attempts = 1;
	parse_by_type(reader, row, node, &draft->retry.attempts);
}

static void read_jitter(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into)
{
	struct retry_draft *draft = into;

	draft->jitter_at = node->span;
	parse_by_type(reader, row, node, &draft->retry.jitter);
}

/* An exit code, or -1. */
static int exit_code(const struct yaml_node *node)
{
	char *end;
	long code;

	if (node->kind != YAML_NUMBER || node->len > 3)
		return -1;
	code = strtol(node->text, &end, 10);
	return *end || code < 1 || code > 255 ? -1 : (int)code;
}

static void read_on(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *into)
{
	struct retry *retry = into;
	const struct yaml_node *items;
	size_t n;
	int *codes;

	if (parse_list(reader, row, node, &items, &n) < 0)
		return;
	retry->codes = codes = ARENA_ARRAY(reader->arena, int, n);
	for (size_t i = 0; i < n; i++) {
		int code = exit_code(&items[i]);

		if (code > 0)
			codes[retry->n_codes++] = code;
		else if (items[i].kind == YAML_STRING && strcmp(items[i].text, "timeout") == 0)
			retry->on_timeout = true;
		else if (items[i].kind != YAML_BAD)
			diag_error(
				reader->diags, items[i].span,
				"an item of 'on' must be an exit code from 1 to 255, or timeout");
	}
}

#define RETRY(member) offsetof(struct retry_draft, retry.member)

static const struct field retry_fields[] = {
	{ "attempts", 0, read_attempts },
	{ "delay", RETRY(delay_ms), NULL },
	{ "backoff", RETRY(backoff), read_backoff },
	{ "max_delay", RETRY(max_delay_ms), NULL },
	{ "jitter", 0, read_jitter },
	{ "on", offsetof(struct retry_draft, retry), read_on },
};

const struct field_table parse_retry_fields = { ARRAY_SIZE(retry_fields), retry_fields };

static void check_retry(struct reader *reader, const struct retry_draft *draft)
{
	if (draft->retry.attempts > MAX_ATTEMPTS)
		diag_error(reader->diags, draft->attempts_at, "'attempts' must be from 1 to %d",
			   MAX_ATTEMPTS);
	if (draft->retry.jitter < 0 || draft->retry.jitter > 1)
		diag_error(reader->diags, draft->jitter_at, "'jitter' must be from 0 to 1");
}

void parse_retry(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		 void *retry_pointer)
{
	struct retry_draft draft = { 0 };

	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, row, node);
		return;
	}
	parse_fields(reader, AT_RETRY, node, &draft);
	if (!yaml_get(node, "attempts"))
		parse_missing(reader, node, AT_RETRY, "attempts");
	check_retry(reader, &draft);
	*(const struct retry **)retry_pointer = arena_memdup(reader->arena, &draft.retry,
							     sizeof draft.retry);
}

static const struct field cache_fields[] = {
	{ "failures", offsetof(struct cache_draft, failures), NULL },
};

const struct field_table parse_cache_fields = { ARRAY_SIZE(cache_fields), cache_fields };

void parse_cache(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		 void *step_draft)
{
	struct step_draft *draft = step_draft;
	struct cache_draft cache = { 0 };

	draft->has_cache = true;
	draft->cache_at = node->span;
	draft->step.cache_failures = false;
	if (node->kind == YAML_BOOL) {
		bool is_true = node->text[0] == 't' || node->text[0] == 'T';

		draft->step.cache = is_true ? TRI_TRUE : TRI_FALSE;
	} else if (node->kind == YAML_MAP) {
		parse_fields(reader, AT_CACHE, node, &cache);
		draft->step.cache = TRI_TRUE;
		draft->step.cache_failures = cache.failures;
	} else {
		parse_wrong_type(reader, row, node);
	}
}
