/*
 * `body` of a request. JSON is kept as pieces: what stands there, and the strings that values go into.
 */
#include <string.h>

#include "base/jsonw.h"
#include "parse_impl.h"

enum { DEPTH_MAX = 32 };

struct json_builder {
	struct reader *reader;
	struct strbuf out;
	struct jsonw writer;
	VEC(struct json_piece) pieces;
};

static void flush(struct json_builder *builder)
{
	struct json_piece piece = { 0 };

	if (!builder->out.len)
		return;
	piece.literal = arena_strndup(builder->reader->arena, builder->out.buf, builder->out.len);
	vec_push(&builder->pieces, piece);
	strbuf_clear(&builder->out);
}

/* A string with values in it: the writer is told of a null, which then goes. */
static void add_text(struct json_builder *builder, const struct yaml_node *node)
{
	struct json_piece piece = { 0 };

	if (parse_text(builder->reader, node, &piece.text) < 0) {
		jsonw_null(&builder->writer); /* a value is due, though nobody will see it */
		return;
	}
	if (!piece.text.n_parts) {
		jsonw_string_n(&builder->writer, node->text, node->len);
		return;
	}
	jsonw_null(&builder->writer);
	strbuf_setlen(&builder->out, builder->out.len - strlen("null"));
	builder->out.buf[builder->out.len] = '\0';
	flush(builder);
	vec_push(&builder->pieces, piece);
}

static void add_number(struct json_builder *builder, const struct yaml_node *node)
{
	double number;

	if (parse_number(node->text, &number))
		jsonw_double(&builder->writer, number);
	else
		jsonw_string(&builder->writer, node->text);
}

static void add_value(struct json_builder *builder, const struct yaml_node *node, unsigned depth);

static void add_members(struct json_builder *builder, const struct yaml_node *node, unsigned depth)
{
	jsonw_object(&builder->writer);
	for (size_t i = 0; i < node->n_pairs; i++) {
		if (node->pairs[i].key.kind == YAML_BAD || node->pairs[i].value.kind == YAML_BAD)
			continue;
		jsonw_key(&builder->writer, node->pairs[i].key.text);
		add_value(builder, &node->pairs[i].value, depth + 1);
	}
	jsonw_object_end(&builder->writer);
}

static void add_value(struct json_builder *builder, const struct yaml_node *node, unsigned depth)
{
	if (depth > DEPTH_MAX) {
		diag_error(builder->reader->diags, node->span, "JSON deeper than %d", DEPTH_MAX);
		jsonw_null(&builder->writer);
		return;
	}
	switch (node->kind) {
	case YAML_MAP: add_members(builder, node, depth); break;
	case YAML_SEQ:
		jsonw_array(&builder->writer);
		for (size_t i = 0; i < node->n_items; i++)
			if (node->items[i].kind != YAML_BAD)
				add_value(builder, &node->items[i], depth + 1);
		jsonw_array_end(&builder->writer);
		break;
	case YAML_BOOL:
		jsonw_bool(&builder->writer, node->text[0] == 't' || node->text[0] == 'T');
		break;
	case YAML_NUMBER: add_number(builder, node); break;
	case YAML_STRING: add_text(builder, node); break;
	default: jsonw_null(&builder->writer);
	}
}

static void read_json(struct reader *reader, const struct schema_row *row UNUSED,
		      const struct yaml_node *node, void *into)
{
	struct http_action *http = into;
	struct json_builder builder = { .reader = reader };

	builder.writer.out = &builder.out;
	http->body_kind = HTTP_BODY_JSON;
	add_value(&builder, node, 0);
	flush(&builder);
	http->n_json = builder.pieces.n;
	http->json = arena_memdup(reader->arena, builder.pieces.v,
				  builder.pieces.n * sizeof *builder.pieces.v);
	vec_release(&builder.pieces);
	strbuf_release(&builder.out);
}

static void read_form(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct http_action *http = into;

	http->body_kind = HTTP_BODY_FORM;
	parse_named_texts(reader, row, node, NULL, &http->form, &http->n_form);
}

static void read_text(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct http_action *http = into;

	http->body_kind = HTTP_BODY_TEXT;
	parse_by_type(reader, row, node, &http->body);
}

static void read_file(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct http_action *http = into;

	http->body_kind = HTTP_BODY_FILE;
	parse_by_type(reader, row, node, &http->body);
	if (http->body.raw && !*http->body.raw)
		diag_error(reader->diags, node->span, "'file' is empty");
	else
		parse_check_dir(reader, &http->body);
}

static const struct field body_fields[] = {
	{ "text", 0, read_text },
	{ "json", 0, read_json },
	{ "form", 0, read_form },
	{ "file", 0, read_file },
};

const struct field_table parse_http_body_fields = { ARRAY_SIZE(body_fields), body_fields };

void parse_http_body(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *http_action)
{
	struct http_action *http = http_action;

	if (parse_is_scalar(node)) {
		http->body_kind = HTTP_BODY_TEXT;
		parse_text(reader, node, &http->body);
		return;
	}
	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, row, node);
		return;
	}
	parse_fields(reader, AT_HTTP_BODY, node, http);
	if (node->n_pairs != 1)
		diag_hint(reader->diags,
			  diag_error(reader->diags, node->span,
				     "'body' has one of json, form, file and text"),
			  "what is sent as JSON stands below json: {json: {a: 1}}");
}
