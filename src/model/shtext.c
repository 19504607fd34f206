/*
 * Shell texts: which `${…}` are ours, where they may not stand, and the way out for the author.
 */
#include "model/text.h"

#include <string.h>

#include "shtext_impl.h"

char sh_peek(const struct sh_lexer *lexer, size_t ahead)
{
	return lexer->pos + ahead < lexer->end ? lexer->text.raw[lexer->pos + ahead] : '\0';
}

void sh_lose(struct sh_lexer *lexer, size_t at, const char *why)
{
	if (!lexer->lost) {
		lexer->lost = why;
		lexer->lost_at = at;
	}
	lexer->pos = lexer->end;
}

bool sh_is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* A name followed by '.' or '(' is a bad substitution to every shell, so it is ours, right or wrong;
 * `name[` is an array unless the name is one of our namespaces; blanks before it are ksh's. */
bool sh_is_ours(const struct sh_lexer *lexer, size_t pos)
{
	const char *s = lexer->text.raw + pos + 2, *end = lexer->text.raw + lexer->text.len;
	const char *name;
	size_t len;
	char next;
	bool is_known;

	if (s < end && (*s == '\'' || *s == '"'))
		return true;
	for (name = s; name < end && memchr(" \t\n", *name, 3); name++)
		continue;
	for (len = 0; name + len < end && sh_is_name_char(name[len]); len++)
		continue;
	if (len == 0 || (name[0] >= '0' && name[0] <= '9'))
		return false;
	next = name + len < end ? name[len] : '\0';
	is_known = expr_ns_find(name, len) != NS_COUNT || expr_is_function(name, len);
	if (next == '[' || name > s)
		return is_known && next && strchr(".[(", next);
	return next == '.' || next == '(';
}

/* "params.issue-id" → "ISSUE_ID" */
static void add_variable_name(const char *source, struct strbuf *out)
{
	size_t end = strlen(source), start;

	while (end > 0 && !sh_is_name_char(source[end - 1]))
		end--;
	for (start = end;
	     start > 0 && (sh_is_name_char(source[start - 1]) || source[start - 1] == '-');)
		start--;
	if (start == end || (source[start] >= '0' && source[start] <= '9'))
		strbuf_addch(out, 'X');
	for (; start < end; start++) {
		char c = source[start];

		strbuf_addch(out, c >= 'a' && c <= 'z' ? (char)(c - 0x20) : c == '-' ? '_' : c);
	}
}

void sh_refuse_site(struct sh_lexer *lexer, struct sh_site *site, const char *where)
{
	struct strbuf name CLEANUP(strbuf_release) = STRBUF_INIT;
	const struct expr *expr = lexer->text.parts.v[site->part].expr;
	struct diag *diag;

	if (site->is_reported)
		return;
	site->is_reported = true;
	lexer->text.failed = true;
	add_variable_name(expr_source(expr), &name);
	diag = diag_error(lexer->text.diags, text_span(&lexer->text, site->start, site->end),
			  "'${%s}' cannot stand %s: the value would be read as code or not at all",
			  expr_source(expr), where);
	diag_hint(lexer->text.diags, diag,
		  "hand it over in the environment, env: {%s: \"${%s}\"}, and write \"$%s\"",
		  name.buf, expr_source(expr), name.buf);
}

void sh_refuse_word(struct sh_lexer *lexer, const struct sh_word *word, const char *where)
{
	for (size_t i = word->first_site; i < word->end_site; i++)
		sh_refuse_site(lexer, &lexer->sites.v[i], where);
}

void sh_take_ours(struct sh_lexer *lexer, enum text_place place)
{
	struct text_builder *text = &lexer->text;
	struct sh_site site = { .start = lexer->pos };
	const struct expr *expr;

	site.end = text_read_expr(text, site.start, &expr);
	text_add_literal(text, site.start, site.end);
	lexer->pos = site.end;
	if (site.end > lexer->end) {
		if (expr)
			diag_error(text->diags, text_span(text, site.start, site.start + 2),
				   "the '${' that starts here has no '}' before the here-document "
				   "ends");
		text->failed = true;
		lexer->pos = lexer->end;
		return;
	}
	if (!expr)
		return;
	site.part = text->parts.n;
	text_add_expr(text, expr, place);
	vec_push(&lexer->sites, site);
	if (lexer->forbidden)
		sh_refuse_site(lexer, vec_last(&lexer->sites), lexer->forbidden);
}

void sh_skip_forbidden(struct sh_lexer *lexer, size_t end, const char *where)
{
	const char *saved = lexer->forbidden;

	if (!saved)
		lexer->forbidden = where;
	while (lexer->pos < end) {
		if (sh_peek(lexer, 0) != '$' || lexer->pos + 1 >= end) {
			lexer->pos++;
		} else if (sh_peek(lexer, 1) == '$' && sh_peek(lexer, 2) == '{') {
			text_add_literal(&lexer->text, lexer->pos, lexer->pos + 1);
			lexer->pos += 3;
		} else if (sh_peek(lexer, 1) == '{' && sh_is_ours(lexer, lexer->pos)) {
			sh_take_ours(lexer, TEXT_QUOTED);
		} else {
			lexer->pos++;
		}
	}
	lexer->forbidden = saved;
}

/* The rest of a script that is not understood: harmless only if nothing of ours is in all of it. */
static void finish_lost(struct sh_lexer *lexer)
{
	struct text_builder *text = &lexer->text;
	const char *raw = text->raw;
	bool has_ours = lexer->sites.n > 0;

	for (size_t i = text->lit_start; i + 2 < text->len; i++) {
		if (raw[i] != '$')
			continue;
		if (raw[i + 1] == '$' && raw[i + 2] == '{') {
			text_add_literal(text, i, i + 1);
			i += 2;
		} else if (raw[i + 1] == '{') {
			has_ours |= sh_is_ours(lexer, i);
		}
	}
	if (!has_ours || text->failed)
		return;
	text->failed = true;
	diag_hint(text->diags,
		  diag_error(text->diags, text_span(text, lexer->lost_at, lexer->lost_at + 1), "%s",
			     lexer->lost),
		  "a script with '${…}' of the workflow in it must be clear to every shell; hand "
		  "values over "
		  "with env: instead");
}

int shtext_parse(struct arena *arena, const char *raw, size_t len, struct span at,
		 struct text *text, struct diags *diags)
{
	struct sh_lexer lexer = { .end = len };
	int rc;

	lexer.text = (struct text_builder){ .arena = arena, .diags = diags, .len = len, .at = at };
	*text = (struct text){ .raw = "", .span = at };
	if (text_refuse_nul(&lexer.text, raw))
		return -1;
	lexer.text.raw = arena_strndup(arena, raw, len);
	sh_lex_commands(&lexer, '\0');
	if (lexer.lost)
		finish_lost(&lexer);
	rc = text_finish(&lexer.text, text);
	vec_release(&lexer.sites);
	return rc;
}
