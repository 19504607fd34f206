/*
 * What the other side says: headers and body as they come, and what is handed on when all of it is there.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/utf8.h"
#include "http_impl.h"
#include "step/helper.h"

#define HEADERS_MAX ((size_t)256 << 10) /* bytes */
#define SHOWN_MAX   2000		/* bytes of a body that was not expected */

/* ---- As it comes ---- */

static size_t take_header(char *line, size_t size, size_t n, void *data)
{
	struct answer *answer = data;

	if (size * n > 5 && strncmp(line, "HTTP/", 5) == 0)
		strbuf_clear(&answer->headers); /* of the next answer: a redirect, "100 Continue" */
	if (answer->headers.len + size * n > HEADERS_MAX) {
		err_set(&answer->err, ERR_VALUE, "the answer has more than %zu bytes of headers",
			HEADERS_MAX);
		return 0;
	}
	strbuf_add(&answer->headers, line, size * n);
	return size * n;
}

static long status_of(const struct answer *answer)
{
	long status = 0;

	curl_easy_getinfo(answer->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* False: enough. */
static bool keep(struct answer *answer, const char *data, size_t len, size_t max)
{
	size_t room = max - (answer->body.len < max ? answer->body.len : max);

	strbuf_add(&answer->body, data, len < room ? len : room);
	answer->is_cut |= len > room;
	return !answer->is_cut;
}

static bool write_to_file(struct answer *answer, const char *data, size_t len)
{
	const char *path = answer->request->save;

	if (!answer->file.path &&
	    fs_temp_open(&answer->file, AT_FDCWD, path, 0666, &answer->err) < 0)
		return false;
	return fs_write_all(answer->file.fd, data, len, &answer->err) == 0;
}

static size_t take_body(char *data, size_t size, size_t n, void *to)
{
	struct answer *answer = to;
	size_t len = size * n;
	bool is_wanted;

	answer->body_bytes += len;
	if (!request_expects(answer->request, status_of(answer)))
		return keep(answer, data, len, SHOWN_MAX) ? len : 0;
	if (answer->request->save && !write_to_file(answer, data, len))
		return 0;
	is_wanted = answer->request->wants_body;
	if (!is_wanted || keep(answer, data, len, HELPER_HTTP_BODY_MAX))
		return len;
	err_set(&answer->err, ERR_VALUE, "the body has more than %u bytes; %s",
		HELPER_HTTP_BODY_MAX,
		answer->request->save ? "'expect' cannot look at it"
				      : "'save: PATH' keeps it in a file");
	return 0;
}

int answer_listen(struct answer *answer, CURL *curl, const struct request *request, struct err *err)
{
	answer->curl = curl;
	answer->request = request;
	if (request->save && !*request->save)
		return err_set(err, ERR_VALUE, "there is no place for the body");
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, answer);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	return 0;
}

void answer_release(struct answer *answer)
{
	fs_temp_abort(&answer->file);
	strbuf_release(&answer->headers);
	strbuf_release(&answer->body);
	err_release(&answer->err);
}

/* ---- $WF_OUTPUT ---- */

struct header {
	char *name; /* in lower case */
	struct strbuf value;
};

struct header_list {
	VEC(struct header) list;
};

static struct header *find(struct header_list *headers, const char *name)
{
	for (size_t i = 0; i < headers->list.n; i++)
		if (strcmp(headers->list.v[i].name, name) == 0)
			return &headers->list.v[i];
	return NULL;
}

static void add_header(struct header_list *headers, struct arena *arena, const char *line,
		       size_t len)
{
	const char *colon = memchr(line, ':', len), *value, *end = line + len;
	struct header *header, new = { 0 };

	if (!colon)
		return; /* the status */
	new.name = arena_strndup(arena, line, (size_t)(colon - line));
	for (char *c = new.name; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	for (value = colon + 1; value < end && (*value == ' ' || *value == '\t');)
		value++;
	while (end > value && strchr(" \t\r\n", end[-1]))
		end--;
	header = find(headers, new.name);
	if (header)
		strbuf_addstr(&header->value, ", ");
	else
		vec_push(&headers->list, new);
	header = header ? header : vec_last(&headers->list);
	strbuf_add(&header->value, value, (size_t)(end - value));
}

static void split_headers(const struct answer *answer, struct arena *arena,
			  struct header_list *headers)
{
	const char *line = strbuf_str(&answer->headers);

	while (*line) {
		size_t len = strcspn(line, "\n");

		add_header(headers, arena, line, len);
		line += len + (line[len] == '\n');
	}
}

static void add_block(struct strbuf *out, const char *name, const char *text, size_t len)
{
	uint64_t mark = (uint64_t)time(NULL);

	/* Nobody who knows the text can have it end before its end. */
	if (getrandom(&mark, sizeof mark, 0) != (ssize_t)sizeof mark)
		mark ^= (uint64_t)getpid() << 32;
	strbuf_addf(out, "%s<<END-%016" PRIx64 "\n", name, mark);
	strbuf_add(out, text, len);
	strbuf_addf(out, "\nEND-%016" PRIx64 "\n", mark);
}

static void add_headers(struct strbuf *out, const struct header_list *headers)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct jsonw w = { .out = &text };

	jsonw_object(&w);
	for (size_t i = 0; i < headers->list.n; i++) {
		const struct header *header = &headers->list.v[i];

		jsonw_key(&w, header->name);
		jsonw_string_n(&w, strbuf_str(&header->value), header->value.len);
	}
	jsonw_object_end(&w);
	add_block(out, "headers", text.buf, text.len);
}

/* A number of seconds, or a date. */
static void add_retry_after(struct strbuf *out, struct header_list *headers)
{
	const struct header *header = find(headers, "retry-after");
	const char *text = header ? strbuf_str(&header->value) : "";
	time_t now = time(NULL), at;

	if (*text && !text[strspn(text, "0123456789")] && strlen(text) <= 9) {
		strbuf_addf(out, HELPER_HTTP_RETRY_AFTER "=%s\n", text);
		return;
	}
	at = *text ? curl_getdate(text, NULL) : -1;
	if (at > now)
		strbuf_addf(out, HELPER_HTTP_RETRY_AFTER "=%lld\n", (long long)(at - now));
}

static int hand_on(struct answer *answer, long status, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct header_list headers = { 0 };
	const char *output = getenv("WF_OUTPUT");

	split_headers(answer, &arena, &headers);
	strbuf_addf(&out, "status=%ld\n", status);
	add_headers(&out, &headers);
	if (!request_expects(answer->request, status))
		add_retry_after(&out, &headers);
	else if (answer->request->wants_body && utf8_is_text(answer->body.buf, answer->body.len))
		add_block(&out, "body", strbuf_str(&answer->body), answer->body.len);
	else if (answer->request->wants_body)
		printf("the body is no text: it is no output; 'save: PATH' keeps it\n");
	for (size_t i = 0; i < headers.list.n; i++)
		strbuf_release(&headers.list.v[i].value);
	vec_release(&headers.list);
	return output ? fs_append_text(output, 0600, out.buf, out.len, err) : 0;
}

/* ---- The end ---- */

static int save(struct answer *answer, struct err *err)
{
	if (!answer->request->save)
		return 0;
	if (!answer->file.path && /* nothing came, and that is what it holds */
	    fs_temp_open(&answer->file, AT_FDCWD, answer->request->save, 0666, err) < 0)
		return -1;
	return fs_temp_commit(&answer->file, 0, err);
}

static void show(const struct answer *answer, long status)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	char *url = NULL;
	long n_redirects = 0;

	curl_easy_getinfo(answer->curl, CURLINFO_EFFECTIVE_URL, &url);
	curl_easy_getinfo(answer->curl, CURLINFO_REDIRECT_COUNT, &n_redirects);
	printf("%s %s: %ld, %" PRIu64 " bytes\n", answer->request->method, answer->request->url,
	       status, answer->body_bytes);
	if (n_redirects)
		printf("after %ld redirect%s, from %s\n", n_redirects, n_redirects == 1 ? "" : "s",
		       url ? url : "?");
	if (request_expects(answer->request, status) || !answer->body.len)
		return;
	for (const char *at = strbuf_str(&answer->body); *at;) {
		size_t len = strcspn(at, "\n");

		utf8_add_visible(&text, at, len);
		strbuf_addch(&text, '\n');
		at += len + (at[len] == '\n');
	}
	printf("%s%s", text.buf, answer->is_cut ? "(and more)\n" : "");
}

int answer_finish(struct answer *answer, long status, struct err *err)
{
	bool is_expected = request_expects(answer->request, status);

	show(answer, status);
	if (!is_expected)
		printf("the status %ld is not expected\n", status);
	if (is_expected && save(answer, err) < 0)
		return err_wrap(err, "cannot save the body");
	return hand_on(answer, status, err);
}
