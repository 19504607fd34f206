/*
 * The jobserver's words in MAKEFLAGS, of all makes:
 *
 *	4.4:	" -j4 --jobserver-auth=fifo:/tmp/GMfifo123"
 *	4.2:	"s -j4 --jobserver-auth=3,4 -- CC=gcc"
 *	3.81:	" --jobserver-fds=3,4 -j"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "jobserver_impl.h"

static const char *const auth_words[] = { "--jobserver-auth=", "--jobserver-fds=" };

/* Words end at a space that has no backslash before it. */
static size_t word_len(const char *p)
{
	size_t len = 0;

	while (p[len] && p[len] != ' ')
		len += p[len] == '\\' && p[len + 1] ? 2 : 1;
	return len;
}

static const char *auth_value(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(auth_words); i++)
		if (!strncmp(word, auth_words[i], strlen(auth_words[i])))
			return word + strlen(auth_words[i]);
	return NULL;
}

static bool is_end_of_options(const char *word, size_t len)
{
	return len == 2 && !memcmp(word, "--", 2);
}

static void take_offer(const char *value, size_t len, struct jobserver_offer *offer)
{
	jobserver_offer_release(offer);
	offer->read_fd = offer->write_fd = -1;
	if (len > 5 && !strncmp(value, "fifo:", 5))
		offer->fifo = xstrndup(value + 5, len - 5);
	else if (sscanf(value, "%d,%d", &offer->read_fd, &offer->write_fd) != 2)
		offer->read_fd = offer->write_fd = -1;
}

bool jobserver_read_offer(const char *makeflags, struct jobserver_offer *offer)
{
	const char *p = makeflags ? makeflags : "", *value;
	bool is_found = false;
	size_t len;

	for (;; p += len) {
		p += strspn(p, " ");
		len = word_len(p);
		if (!len || is_end_of_options(p, len))
			return is_found;
		value = auth_value(p);
		if (!value)
			continue;
		/* The last one counts, as in make. */
		take_offer(value, len - (size_t)(value - p), offer);
		is_found = true;
	}
}

void jobserver_offer_release(struct jobserver_offer *offer)
{
	free(offer->fifo);
	offer->fifo = NULL;
}

static bool is_job_count(const char *word, size_t len)
{
	return (len >= 2 && !strncmp(word, "-j", 2)) || (len >= 6 && !strncmp(word, "--jobs", 6));
}

/* "-j 8" and "--jobs 8" are two words. */
static bool is_count_of(const char *option, size_t option_len, const char *word, size_t len)
{
	return ((option_len == 2 && !strncmp(option, "-j", 2)) ||
		(option_len == 6 && !strncmp(option, "--jobs", 6))) &&
	       len && strspn(word, "0123456789") == len;
}

/* Copies the options that are not about jobs; returns where they ended ("-- NAME=value" or ""). */
static const char *copy_options(const char *existing, struct strbuf *out)
{
	const char *p = existing, *last = "";
	size_t len, last_len = 0, n_words = 0;

	for (;; last = p, last_len = len, p += len) {
		p += strspn(p, " ");
		len = word_len(p);
		if (!len || is_end_of_options(p, len))
			return p;
		if (auth_value(p) || is_job_count(p, len) || is_count_of(last, last_len, p, len))
			continue;
		/* The first word may be letters without a dash, and only there. */
		if (n_words++ || (p != existing && *p != '-'))
			strbuf_addch(out, ' ');
		strbuf_add(out, p, len);
	}
}

void jobserver_write_flags(const char *existing, unsigned n_jobs, const char *fifo,
			   const char *auth, struct strbuf *out)
{
	const char *rest = copy_options(existing ? existing : "", out);

	strbuf_addf(out, " -j%u", n_jobs);
	if (fifo)
		strbuf_addf(out, " --jobserver-auth=fifo:%s", fifo);
	else /* both names: the old one is all that make 3.81 (macOS) knows */
		strbuf_addf(out, " --jobserver-fds=%s --jobserver-auth=%s", auth, auth);
	if (*rest)
		strbuf_addf(out, " %s", rest);
}
