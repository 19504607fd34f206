/*
 * SQL with `${…}` in it: each value becomes a literal of the dialect, which no setting of a server reads as
 * anything else, and stands only where a literal may.
 */
#ifndef MODEL_SQLTEXT_H
#define MODEL_SQLTEXT_H

#include "base/sqllex.h"
#include "model/text.h"

/* null is NULL, a number and true are themselves, a list is its items with commas (NULL where there are
 * none), all else is a string; it must be UTF-8. ERR_VALUE. */
int sqltext_render(const struct text *text, enum sql_dialect dialect, const struct expr_env *env,
		   struct strbuf *out, struct err *err);
/* The same without the values: does each stand where one may? */
int sqltext_check(const struct text *text, enum sql_dialect dialect, struct err *err);

/* "postgres://…" → SQL_POSTGRES; -1: none of ours. */
int sqltext_dialect_of(const char *url);

#endif
