/*
 * The request, from JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "http_impl.h"
#include "step/helper.h"

#define REQUEST_MAX ((size_t)64 << 20) /* bytes */

static int read_expected(const struct json *list, struct arena *arena, struct request *request,
			 struct err *err)
{
	if (!list || list->kind != JSON_ARRAY)
		return err_set(err, ERR_VALUE, "the request does not say what is expected");
	request->expected = ARENA_ARRAY(arena, struct status_range, list->n + 1);
	for (size_t i = 0; i < list->n; i++) {
		const struct json *range = &list->items[i];

		if (range->kind != JSON_ARRAY || range->n != 2)
			return err_set(err, ERR_VALUE, "a range of statuses is wrong");
		request->expected[request->n_expected++] = (struct status_range){
			(long)range->items[0].integer, (long)range->items[1].integer
		};
	}
	return 0;
}

static int check_headers(const struct json *headers, struct err *err)
{
	for (size_t i = 0; headers && i < headers->n; i++) {
		const struct json *pair = &headers->items[i];

		if (pair->kind != JSON_ARRAY || pair->n != 2 ||
		    pair->items[0].kind != JSON_STRING || pair->items[1].kind != JSON_STRING ||
		    strpbrk(pair->items[0].text, ":\r\n") || strpbrk(pair->items[1].text, "\r\n"))
			return err_set(err, ERR_VALUE, "a header of the request is wrong");
	}
	return 0;
}

static const char *save_of(const struct json *json)
{
	const char *variable = json_get_string(json, HELPER_HTTP_SAVE_VARIABLE, NULL);

	return variable ? getenv(variable) : json_get_string(json, HELPER_HTTP_SAVE, NULL);
}

static int read_all(const struct json *json, struct arena *arena, struct request *request,
		    struct err *err)
{
	const struct json *body = json_get(json, HELPER_HTTP_BODY);

	request->mail = json_get(json, HELPER_HTTP_MAIL);
	if (request->mail)
		return 0;
	request->method = json_get_string(json, HELPER_HTTP_METHOD, "GET");
	request->url = json_get_string(json, HELPER_HTTP_URL, NULL);
	request->headers = json_get(json, HELPER_HTTP_HEADERS);
	request->username = json_get_string(json, HELPER_HTTP_USERNAME, NULL);
	request->password = json_get_string(json, HELPER_HTTP_PASSWORD, NULL);
	request->bearer = json_get_string(json, HELPER_HTTP_BEARER, NULL);
	request->type = json_get_string(json, HELPER_HTTP_TYPE, NULL);
	request->file = json_get_string(json, HELPER_HTTP_FILE, NULL);
	if (body && body->kind == JSON_STRING) {
		request->body = body->text;
		request->body_len = body->len;
	}
	request->redirects = (long)json_get_int(json, HELPER_HTTP_REDIRECTS, 0);
	request->wants_body = json_get_bool(json, HELPER_HTTP_WANTS_BODY, true);
	request->save = save_of(json);
	if (!request->url)
		return err_set(err, ERR_VALUE, "the request has no URL");
	if (check_headers(request->headers, err) < 0)
		return -1;
	return read_expected(json_get(json, HELPER_HTTP_EXPECT), arena, request, err);
}

int request_read(int fd, struct arena *arena, struct request *request, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const struct json *json;

	memset(request, 0, sizeof *request);
	if (fs_read_fd(fd, REQUEST_MAX, &text, err) < 0)
		return -1;
	json = json_parse(arena, strbuf_str(&text), text.len, err);
	if (!json)
		return err_wrap(err, "the request");
	return read_all(json, arena, request, err);
}

bool request_expects(const struct request *request, long status)
{
	for (size_t i = 0; i < request->n_expected; i++)
		if (status >= request->expected[i].from && status <= request->expected[i].to)
			return true;
	return false;
}
