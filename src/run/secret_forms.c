/*
 * The forms in which a secret may come out of a program: as it is, line by line, as JSON has it,
 * percent-encoded, and inside base64 at each of its three places. A text that holds one of them holds
 * the secret.
 */
#include <string.h>

#include "base/jsonw.h"
#include "base/strbuf.h"
#include "secrets_impl.h"

enum { FORM_LEN_MIN = 6 }; /* shorter texts of other alphabets would be found everywhere */
enum { LINE_LEN_MIN = 8 };

struct forms {
	struct arena *arena;
	const char *value;
	secret_form_fn *fn;
	void *data;
};

static void give(struct forms *forms, const char *text, size_t len)
{
	if (len >= FORM_LEN_MIN &&
	    !(len == strlen(forms->value) && memcmp(text, forms->value, len) == 0))
		forms->fn(forms->data, arena_strndup(forms->arena, text, len));
}

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("-._~", c);
}

/* A space is "%20", in forms "+"; the hexadecimal digits are written in both cases. */
static void give_url(struct forms *forms, const char *byte_format, bool plus)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	for (const char *c = forms->value; *c; c++) {
		if (is_unreserved((unsigned char)*c))
			strbuf_addch(&out, *c);
		else if (*c == ' ' && plus)
			strbuf_addch(&out, '+');
		else if (*byte_format == 'X')
			strbuf_addf(&out, "%%%02X", (unsigned char)*c);
		else
			strbuf_addf(&out, "%%%02x", (unsigned char)*c);
	}
	give(forms, strbuf_str(&out), out.len);
}

static void give_json(struct forms *forms)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	struct jsonw w = { .out = &out };

	jsonw_string(&w, forms->value);
	give(forms, out.buf + 1, out.len - 2);
}

/* Those characters of the base64 of a longer text that the value alone decides, when `shift` bytes of
 * something else come before it in its first group of three. */
static void give_base64(struct forms *forms, size_t shift, const char *last_two)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strlen(forms->value), n_bits = (shift + len) * 8;
	size_t first = (shift * 8 + 5) / 6, end = n_bits / 6;
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	for (size_t at = first; at < end; at++) {
		unsigned sextet = 0;

		for (size_t bit = at * 6; bit < at * 6 + 6; bit++) {
			unsigned char byte = (unsigned char)forms->value[bit / 8 - shift];

			sextet = sextet << 1 | ((byte >> (7 - bit % 8)) & 1u);
		}
		strbuf_addch(&out, sextet < 62 ? letters[sextet] : last_two[sextet - 62]);
	}
	give(forms, strbuf_str(&out), out.len);
}

static void give_lines(struct forms *forms)
{
	const char *line = forms->value;

	if (!strchr(line, '\n'))
		return;
	while (*line) {
		size_t len = strcspn(line, "\n");

		if (len >= LINE_LEN_MIN)
			give(forms, line, len);
		line += len + (line[len] == '\n');
	}
}

void secret_forms(struct arena *arena, const char *value, secret_form_fn *fn, void *data)
{
	struct forms forms = { arena, value, fn, data };

	fn(data, value);
	if (strlen(value) < FORM_LEN_MIN)
		return;
	give_lines(&forms);
	give_json(&forms);
	give_url(&forms, "X", false);
	give_url(&forms, "x", false);
	give_url(&forms, "X", true);
	for (size_t shift = 0; shift < 3; shift++) {
		give_base64(&forms, shift, "+/");
		give_base64(&forms, shift, "-_");
	}
}
