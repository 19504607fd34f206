/*
 * The tree of a YAML document, built from libyaml's events: one stack of nodes, copied to the arena
 * when a list or mapping ends. The only file that knows libyaml.
 */
#include "ext/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/vec.h"
#include "base/xalloc.h"
#include "yaml_impl.h"

enum {
	MAX_DEPTH = 64,
	STRING_CHUNK = 16384, /* bytes */
	KEY_SLOTS = 256,
	FEW_KEYS = 12, /* up to here every pair of keys is compared */
};

struct frame {
	size_t first; /* index in tree.nodes of the first child */
	struct yaml_node node;
};

struct tree {
	struct arena *arena;
	struct diags *diags;
	struct yaml_source source;
	yaml_parser_t parser;
	VEC(struct yaml_node) nodes;
	struct frame frames[MAX_DEPTH];
	size_t depth;
	char *chunk; /* strings are packed: one after the other */
	size_t chunk_left;
	struct { /* keys come again and again: one copy of each */
		const char *text;
		size_t len;
	} keys[KEY_SLOTS];
	/* A place in the text that only moves forward, for the indentation of block scalars. */
	size_t line, line_at;
	struct yaml_node root;
	bool has_root, is_done;
};

static char *store_string(struct tree *tree, const char *text, size_t len)
{
	char *copy;

	if (len >= STRING_CHUNK / 4)
		return arena_strndup(tree->arena, text, len);
	if (tree->chunk_left < len + 1) {
		tree->chunk = arena_alloc(tree->arena, STRING_CHUNK);
		tree->chunk_left = STRING_CHUNK;
	}
	copy = tree->chunk;
	memcpy(copy, text, len);
	copy[len] = '\0';
	tree->chunk += len + 1;
	tree->chunk_left -= len + 1;
	return copy;
}

static const char *store_key(struct tree *tree, const char *text, size_t len)
{
	size_t slot;

	if (len == 0 || len > 24)
		return store_string(tree, text, len);
	slot = ((unsigned char)text[0] * 31u + (unsigned char)text[len - 1] * 7u + len) % KEY_SLOTS;
	if (tree->keys[slot].len != len || memcmp(tree->keys[slot].text, text, len) != 0) {
		tree->keys[slot].text = store_string(tree, text, len);
		tree->keys[slot].len = len;
	}
	return tree->keys[slot].text;
}

static size_t real_col(const struct tree *tree, yaml_mark_t mark)
{
	if (!tree->source.shifts.n)
		return mark.column;
	return yaml_source_col(&tree->source, mark.line, mark.column);
}

static struct span mark_span(const struct tree *tree, yaml_mark_t start, yaml_mark_t end)
{
	size_t col = real_col(tree, start);
	size_t len = end.line == start.line ? real_col(tree, end) - col : 1;

	return yaml_span(start.line, col, len);
}

static const char *line_start(struct tree *tree, size_t line)
{
	const char *text = tree->source.text;

	if (line < tree->line)
		tree->line = tree->line_at = 0;
	while (tree->line < line) {
		const char *eol = memchr(text + tree->line_at, '\n',
					 tree->source.len - tree->line_at);

		if (!eol)
			return text + tree->source.len;
		tree->line_at = (size_t)(eol + 1 - text);
		tree->line++;
	}
	return text + tree->line_at;
}

/* Columns before the text of a block scalar: its first line with more than blanks tells. */
static uint8_t block_indent(struct tree *tree, const yaml_event_t *event)
{
	const char *end = tree->source.text + tree->source.len;
	const char *text = (const char *)event->data.scalar.value;
	size_t blanks = 0, kept = 0;

	for (size_t line = event->start_mark.line + 1; line < event->end_mark.line + 1; line++) {
		const char *at = line_start(tree, line);

		for (blanks = 0; at < end && *at == ' '; at++)
			blanks++;
		if (at < end && *at != '\n' && *at != '\r')
			break;
	}
	while (*text == '\n')
		text++;
	while (text[kept] == ' ')
		kept++;
	return blanks > kept && blanks - kept < 255 ? (uint8_t)(blanks - kept) : 0;
}

static int add_node(struct tree *tree, struct yaml_node node)
{
	if (tree->depth) {
		vec_push(&tree->nodes, node);
		return 0;
	}
	tree->root = node;
	tree->has_root = true;
	return 0;
}

/* True where the node being read is the key of a pair. */
static bool is_key_next(const struct tree *tree)
{
	const struct frame *frame;

	if (!tree->depth)
		return false;
	frame = &tree->frames[tree->depth - 1];
	return frame->node.kind == YAML_MAP && (tree->nodes.n - frame->first) % 2 == 0;
}

static void refuse_tag(struct tree *tree, const yaml_event_t *event, const char *tag)
{
	size_t col = real_col(tree, event->start_mark);
	struct diag *diag;

	diag = diag_error(tree->diags, yaml_span(event->start_mark.line, col, 1),
			  "a plain value cannot begin with '!': YAML reads a tag there");
	if (strncmp(tag, "tag:yaml.org,", 13) == 0)
		diag_hint(tree->diags, diag, "leave the tag out: types come from the key");
	else
		yaml_hint_quote(tree->diags, diag, event->start_mark.line, col);
}

/* Reports a tag or an anchor; true if there was one. */
static bool is_refused(struct tree *tree, const yaml_event_t *event, const yaml_char_t *tag,
		       const yaml_char_t *anchor)
{
	struct diag *diag;

	if (tag) {
		refuse_tag(tree, event, (const char *)tag);
		return true;
	}
	if (!anchor)
		return false;
	diag = diag_error(tree->diags, mark_span(tree, event->start_mark, event->start_mark),
			  "anchors ('&%s') are not read", (const char *)anchor);
	diag_hint(tree->diags, diag, "write the value out, or put it in quotes");
	return true;
}

static int add_alias(struct tree *tree, const yaml_event_t *event)
{
	struct yaml_node node = { .kind = YAML_BAD };
	struct diag *diag;

	node.span = mark_span(tree, event->start_mark, event->end_mark);
	diag = diag_error(tree->diags, node.span,
			  "a plain value cannot begin with '*': YAML reads an alias there");
	yaml_hint_quote(tree->diags, diag, event->start_mark.line,
			real_col(tree, event->start_mark));
	node.text = "";
	return add_node(tree, node);
}

static uint8_t quote_of(yaml_scalar_style_t style)
{
	switch (style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE: return '\'';
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return '"';
	case YAML_LITERAL_SCALAR_STYLE: return '|';
	case YAML_FOLDED_SCALAR_STYLE: return '>';
	default: return 0;
	}
}

static int add_scalar(struct tree *tree, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	struct yaml_node node = { .len = (uint32_t)len };

	node.quoted = quote_of(event->data.scalar.style);
	node.span = mark_span(tree, event->start_mark, event->end_mark);
	if (node.quoted == '|' || node.quoted == '>')
		node.indent = block_indent(tree, event);
	node.kind = node.quoted ? YAML_STRING : yaml_plain_kind(text, len);
	node.text = is_key_next(tree) ? store_key(tree, text, len) : store_string(tree, text, len);
	if (memchr(text, '\0', len)) {
		diag_error(tree->diags, node.span, "a NUL character in a string");
		node.kind = YAML_BAD;
	}
	if (is_refused(tree, event, event->data.scalar.tag, event->data.scalar.anchor))
		node.kind = YAML_BAD;
	return add_node(tree, node);
}

static int begin(struct tree *tree, const yaml_event_t *event, enum yaml_kind kind, bool flow)
{
	struct frame *frame;

	if (tree->depth == MAX_DEPTH) {
		diag_error(tree->diags, mark_span(tree, event->start_mark, event->end_mark),
			   "nested more than %d deep", MAX_DEPTH);
		return -1;
	}
	frame = &tree->frames[tree->depth++];
	*frame = (struct frame){ .first = tree->nodes.n };
	frame->node.kind = (uint8_t)kind;
	frame->node.flow = flow;
	frame->node.span = mark_span(tree, event->start_mark, event->end_mark);
	if (!flow)
		frame->node.span.len = 0;
	if (kind == YAML_SEQ)
		is_refused(tree, event, event->data.sequence_start.tag,
			   event->data.sequence_start.anchor);
	else
		is_refused(tree, event, event->data.mapping_start.tag,
			   event->data.mapping_start.anchor);
	return 0;
}

static int compare_keys(const void *left, const void *right)
{
	const struct yaml_node *a = *(const struct yaml_node *const *)left;
	const struct yaml_node *b = *(const struct yaml_node *const *)right;
	int order = strcmp(a->text, b->text);

	if (order)
		return order;
	return a < b ? -1 : 1;
}

/* The second one is marked, so that no reader takes a key twice. */
static void report_duplicate(struct tree *tree, const struct yaml_node *first,
			     struct yaml_node *second)
{
	struct diag *diag = diag_error(tree->diags, second->span, "duplicate key '%s'",
				       second->text);

	diag_hint(tree->diags, diag, "it is there already, in line %u", first->span.line);
	second->kind = YAML_BAD;
}

/* Keys that were refused have no name to share. */
static bool is_same_key(const struct yaml_node *a, const struct yaml_node *b)
{
	return a->len == b->len && a->kind != YAML_BAD && b->kind != YAML_BAD &&
	       strcmp(a->text, b->text) == 0;
}

static void check_many_keys(struct tree *tree, struct yaml_pair *pairs, size_t n)
{
	struct yaml_node **keys = xcalloc(n, sizeof *keys);
	size_t first = 0;

	for (size_t i = 0; i < n; i++)
		keys[i] = &pairs[i].key;
	qsort(keys, n, sizeof *keys, compare_keys);
	for (size_t i = 1; i < n; i++) {
		if (is_same_key(keys[first], keys[i]))
			report_duplicate(tree, keys[first], keys[i]);
		else if (keys[i]->kind != YAML_BAD)
			first = i;
	}
	free(keys);
}

static void check_few_keys(struct tree *tree, struct yaml_pair *pairs, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++) {
			if (!is_same_key(&pairs[j].key, &pairs[i].key))
				continue;
			report_duplicate(tree, &pairs[j].key, &pairs[i].key);
			break;
		}
}

static void check_key(struct tree *tree, struct yaml_node *key)
{
	struct diag *diag;

	if (key->kind == YAML_SEQ || key->kind == YAML_MAP) {
		diag = diag_error(tree->diags, key->span, "a key must be a word, not %s",
				  yaml_kind_name(key));
		if (key->flow)
			yaml_hint_quote(tree->diags, diag, key->span.line - 1, key->span.col - 1u);
		*key = (struct yaml_node){ .kind = YAML_BAD, .span = key->span, .text = "" };
	} else if (key->kind == YAML_NULL && key->len == 0) {
		diag_error(tree->diags, key->span, "a key is empty");
		key->kind = YAML_BAD;
	}
}

static void check_keys(struct tree *tree, struct yaml_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_key(tree, &pairs[i].key);
	if (n > FEW_KEYS)
		check_many_keys(tree, pairs, n);
	else
		check_few_keys(tree, pairs, n);
}

static int end(struct tree *tree, const yaml_event_t *event)
{
	struct frame *frame = &tree->frames[--tree->depth];
	size_t n = tree->nodes.n - frame->first;
	struct yaml_node node = frame->node;

	if (node.flow && event->end_mark.line + 1 == node.span.line)
		node.span.len =
			yaml_span(0, 0, real_col(tree, event->end_mark) + 1 - node.span.col).len;
	if (n) {
		node.items = arena_memdup(tree->arena, &tree->nodes.v[frame->first],
					  n * sizeof *node.items);
		tree->nodes.n = frame->first;
	}
	if (node.kind == YAML_MAP) {
		node.n_pairs = (uint32_t)(n / 2);
		check_keys(tree, node.pairs, node.n_pairs);
	} else {
		node.n_items = (uint32_t)n;
	}
	return add_node(tree, node);
}

static int begin_document(struct tree *tree, const yaml_event_t *event)
{
	struct diag *diag;

	if (!tree->has_root)
		return 0;
	diag = diag_error(tree->diags, mark_span(tree, event->start_mark, event->end_mark),
			  "a second document in the file");
	diag_hint(tree->diags, diag, "one file is one workflow");
	return -1;
}

static int take_event(struct tree *tree, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT: return add_scalar(tree, event);
	case YAML_ALIAS_EVENT: return add_alias(tree, event);
	case YAML_SEQUENCE_START_EVENT:
		return begin(tree, event, YAML_SEQ,
			     event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
	case YAML_MAPPING_START_EVENT:
		return begin(tree, event, YAML_MAP,
			     event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: return end(tree, event);
	case YAML_DOCUMENT_START_EVENT: return begin_document(tree, event);
	case YAML_STREAM_END_EVENT: tree->is_done = true; return 0;
	default: return 0;
	}
}

static int report_failure(struct tree *tree)
{
	const yaml_parser_t *parser = &tree->parser;
	struct yaml_problem problem = {
		.context = parser->context,
		.problem = parser->problem ? parser->problem : "unknown",
		.line = parser->problem_mark.line,
		.col = real_col(tree, parser->problem_mark),
		.context_line = parser->context_mark.line,
		.context_col = real_col(tree, parser->context_mark),
	};

	if (parser->error == YAML_MEMORY_ERROR)
		xalloc_die();
	yaml_problem_report(tree->diags, &problem);
	return -1;
}

static int read_events(struct tree *tree)
{
	yaml_event_t event;

	while (!tree->is_done) {
		int result;

		if (!yaml_parser_parse(&tree->parser, &event))
			return report_failure(tree);
		result = take_event(tree, &event);
		yaml_event_delete(&event);
		if (result < 0)
			return -1;
	}
	return 0;
}

struct yaml_node *yaml_parse(struct arena *arena, struct diags *diags, bool is_json)
{
	struct tree tree = { .arena = arena, .diags = diags };
	struct yaml_node *root = NULL;

	if (yaml_source_init(&tree.source, diags, is_json) < 0)
		return NULL;
	if (!yaml_parser_initialize(&tree.parser))
		xalloc_die();
	yaml_parser_set_encoding(&tree.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&tree.parser, (const unsigned char *)tree.source.text,
				     tree.source.len);
	if (read_events(&tree) == 0) {
		if (!tree.has_root)
			tree.root = (struct yaml_node){ .kind = YAML_NULL, .text = "" };
		root = arena_memdup(arena, &tree.root, sizeof tree.root);
	}
	yaml_parser_delete(&tree.parser);
	yaml_source_release(&tree.source);
	vec_release(&tree.nodes);
	return root;
}

void yaml_library_version(struct strbuf *out)
{
	strbuf_addstr(out, yaml_get_version_string());
}
