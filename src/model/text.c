/*
 * Texts with `${…}`: read into parts, and put together where there is no shell.
 */
#include "model/text.h"

#include <string.h>

#include "base/percent.h"
#include "text_impl.h"

static bool is_char_start(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

struct span text_span(struct text_builder *builder, size_t start, size_t end)
{
	size_t col, len = 0;

	if (builder->at.line == 0)
		return builder->at;
	if (start < builder->known_pos)
		builder->known_pos = builder->known_lines = builder->known_cols = 0;
	for (; builder->known_pos < start; builder->known_pos++) {
		if (builder->raw[builder->known_pos] == '\n') {
			builder->known_lines++;
			builder->known_cols = 0;
		} else {
			builder->known_cols += is_char_start(builder->raw[builder->known_pos]);
		}
	}
	for (size_t i = start; i < end; i++)
		len += is_char_start(builder->raw[i]);
	col = builder->at.col + builder->known_cols;
	return (struct span){ builder->at.line + (uint32_t)builder->known_lines,
			      (uint16_t)(col < UINT16_MAX ? col : UINT16_MAX),
			      (uint16_t)(len < UINT16_MAX ? len : UINT16_MAX) };
}

/* "${{ x }}", as other tools have it. */
static size_t refuse_double(struct text_builder *builder, size_t pos)
{
	const char *end = strstr(builder->raw + pos, "}}");
	size_t past = end ? (size_t)(end - builder->raw) + 2 : builder->len;
	struct diag *diag = diag_error(builder->diags, text_span(builder, pos, past),
				       "'${{' begins no reference here");

	diag_hint(builder->diags, diag, "write it with one brace: ${params.name}");
	builder->failed = true;
	return past;
}

size_t text_read_expr(struct text_builder *builder, size_t pos, const struct expr **expr)
{
	size_t start = pos + 2, len = expr_extent(builder->raw + start, builder->len - start);

	*expr = NULL;
	if (builder->raw[start] == '{')
		return refuse_double(builder, pos);
	if (start + len >= builder->len) {
		struct diag *diag = diag_error(builder->diags, text_span(builder, pos, start),
					       "the '${' that starts here has no '}'");

		diag_hint(builder->diags, diag, "write '$${' for the two characters '${'");
		builder->failed = true;
		return builder->len;
	}
	*expr = expr_parse(builder->arena, builder->raw + start, len,
			   text_span(builder, start, start), builder->diags);
	builder->failed |= *expr == NULL;
	return start + len + 1;
}

void text_add_literal(struct text_builder *builder, size_t end, size_t next)
{
	struct text_part part = { .lit = builder->raw + builder->lit_start };

	part.len = (uint32_t)(end - builder->lit_start);
	if (part.len > 0)
		vec_push(&builder->parts, part);
	builder->lit_start = next;
}

void text_add_expr(struct text_builder *builder, const struct expr *expr, enum text_place place)
{
	vec_push(&builder->parts, ((struct text_part){ .expr = expr, .place = (uint8_t)place }));
}

/* Only when the whole is right are parts needed; a text without any is its raw text. */
int text_finish(struct text_builder *builder, struct text *text)
{
	struct text_part *parts = NULL;
	size_t n;

	if (builder->lit_start > 0)
		text_add_literal(builder, builder->len, builder->len);
	n = builder->failed ? 0 : builder->parts.n;
	if (n > 0)
		parts = arena_memdup(builder->arena, builder->parts.v, n * sizeof *parts);
	vec_release(&builder->parts);
	*text = (struct text){
		.raw = builder->raw, .span = builder->at, .n_parts = (uint32_t)n, .parts = parts
	};
	return builder->failed ? -1 : 0;
}

bool text_refuse_nul(struct text_builder *builder, const char *raw)
{
	if (builder->len == 0 || !memchr(raw, '\0', builder->len))
		return false;
	diag_error(builder->diags, builder->at, "the text has a NUL byte");
	return true;
}

int text_parse(struct arena *arena, const char *raw, size_t len, struct span at, struct text *text,
	       struct diags *diags)
{
	struct text_builder builder = { .arena = arena, .diags = diags, .len = len, .at = at };
	const struct expr *expr;

	*text = (struct text){ .raw = "", .span = at };
	if (text_refuse_nul(&builder, raw))
		return -1;
	builder.raw = arena_strndup(arena, raw, len);
	for (size_t i = 0; i + 1 < len; i++) {
		if (raw[i] != '$')
			continue;
		if (raw[i + 1] == '$' && i + 2 < len && raw[i + 2] == '{') {
			text_add_literal(&builder, i, i + 1);
			i += 2;
		} else if (raw[i + 1] == '{') {
			size_t end = text_read_expr(&builder, i, &expr);

			text_add_literal(&builder, i, end);
			if (expr)
				text_add_expr(&builder, expr, TEXT_PLAIN);
			i = end - 1;
		}
	}
	return text_finish(&builder, text);
}

int text_eval(const struct expr *expr, const struct expr_env *env, struct arena *arena,
	      struct value *value, struct err *err)
{
	if (expr_eval(expr, env, arena, value, err) < 0)
		return err_wrap(err, "'${%s}'", expr_source(expr));
	return 0;
}

int text_put_value(const struct value *value, const struct expr *expr, struct strbuf *out,
		   struct err *err)
{
	size_t from = out->len, len;

	value_to_text(value, out);
	len = out->len - from;
	if (len > TEXT_VALUE_MAX)
		return err_set(err, ERR_VALUE,
			       "the value of '${%s}' has %zu bytes, at most %d can be used",
			       expr_source(expr), len, TEXT_VALUE_MAX);
	if (memchr(strbuf_str(out) + from, '\0', len))
		return err_set(err, ERR_VALUE, "the value of '${%s}' has a NUL byte",
			       expr_source(expr));
	return 0;
}

int text_of_value(const struct value *value, const struct expr *expr, struct arena *arena,
		  const char **text, struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (text_put_value(value, expr, &out, err) < 0)
		return -1;
	*text = arena_strndup(arena, strbuf_str(&out), out.len);
	return 0;
}

static int put_plain(void *data UNUSED, const struct value *value, const struct expr *expr,
		     bool is_whole UNUSED, struct strbuf *out, struct err *err)
{
	return text_put_value(value, expr, out, err);
}

int text_render(const struct text *text, const struct expr_env *env, struct strbuf *out,
		struct err *err)
{
	static const struct text_putter putter = { .put = put_plain };

	return text_render_with(text, env, &putter, out, err);
}

int text_put_url(void *data UNUSED, const struct value *value, const struct expr *expr,
		 bool is_whole, struct strbuf *out, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	if (text_put_value(value, expr, &text, err) < 0)
		return -1;
	if (is_whole)
		strbuf_add(out, strbuf_str(&text), text.len);
	else
		percent_encode(out, strbuf_str(&text), text.len, PERCENT_URL);
	return 0;
}

static int put_part(const struct text_part *part, const struct expr_env *env,
		    const struct text_putter *putter, bool is_whole, struct arena *arena,
		    struct strbuf *out, struct err *err)
{
	struct value value;

	if (!part->expr) {
		if (putter->literal)
			putter->literal(putter->data, part->lit, part->len);
		strbuf_add(out, part->lit, part->len);
		return 0;
	}
	if (text_eval(part->expr, env, arena, &value, err) < 0)
		return -1;
	return putter->put(putter->data, &value, part->expr, is_whole, out, err);
}

int text_render_with(const struct text *text, const struct expr_env *env,
		     const struct text_putter *putter, struct strbuf *out, struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };

	if (text->n_parts == 0 && text->raw) {
		if (putter->literal)
			putter->literal(putter->data, text->raw, strlen(text->raw));
		strbuf_addstr(out, text->raw);
	}
	for (size_t i = 0; i < text->n_parts; i++)
		if (put_part(&text->parts[i], env, putter, text->n_parts == 1, &arena, out, err) <
		    0)
			return -1;
	return 0;
}

void text_each_ref(const struct text *text, expr_ref_fn fn, void *data)
{
	for (size_t i = 0; i < text->n_parts; i++) {
		if (text->parts[i].expr)
			expr_each_ref(text->parts[i].expr, fn, data);
	}
}

bool text_has_refs(const struct text *text)
{
	for (size_t i = 0; i < text->n_parts; i++) {
		if (text->parts[i].expr)
			return true;
	}
	return false;
}
