/*
 * As much of SQL as must be known to tell where a value may stand: what is quoted, what is a comment, what
 * is for the client and not for the server. For the dialects of sqlite3, psql and mysql. A value is put
 * between two feeds; it never stands within anything.
 *
 *	sqllex_init(&lex, SQL_POSTGRES);
 *	sqllex_feed(&lex, "SELECT * FROM t WHERE n = ", 26);
 *	fault = sqllex_value(&lex);             NULL: a literal may stand here
 *	sqllex_feed(&lex, " LIMIT 1", 8);
 *	fault = sqllex_end(&lex);
 */
#ifndef BASE_SQLLEX_H
#define BASE_SQLLEX_H

#include <stdbool.h>
#include <stddef.h>

enum sql_dialect { SQL_SQLITE, SQL_POSTGRES, SQL_MYSQL };

enum { SQL_TAG_MAX = 64, SQL_WORD_MAX = 15 };

struct sqllex {
	enum sql_dialect dialect;
	unsigned char state; /* private */
	unsigned depth;	     /* of comments, with psql */
	char before;	     /* the last character outside quotes and comments; 0: none */
	bool line_begins, statement_begins, is_after_value, escapes;
	char tag[SQL_TAG_MAX]; /* "$body$" */
	size_t tag_len;
	char word[SQL_WORD_MAX + 1]; /* upper case */
	size_t word_len;
	bool word_begins_statement, word_begins_line;
	const char *fault; /* about a value */
	bool reads_stdin;  /* COPY … FROM STDIN */
	bool has_value;
	bool steers_transaction; /* a statement that begins or ends one */
};

void sqllex_init(struct sqllex *lex, enum sql_dialect dialect);
void sqllex_feed(struct sqllex *lex, const char *text, size_t len);
/* A value stands here. NULL, or why it cannot: "inside single quotes". */
const char *sqllex_value(struct sqllex *lex);
/* The text is over. NULL, or what is wrong with it: about a value before, or something is not closed. */
const char *sqllex_end(struct sqllex *lex);

#endif
