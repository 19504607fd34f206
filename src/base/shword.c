/*
 * See base/shword.h.
 */
#include "base/shword.h"

#include <string.h>

void shword_add_quoted(struct strbuf *out, const char *word)
{
	strbuf_addch(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			strbuf_addstr(out, "'\\''");
		else
			strbuf_addch(out, *word);
	}
	strbuf_addch(out, '\'');
}

void shword_add(struct strbuf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-./=:,+@%";

	if (*word && !word[strspn(word, plain)])
		strbuf_addstr(out, word);
	else
		shword_add_quoted(out, word);
}
