/*
 * One mail by SMTP. A password is sent on an encrypted connection only, unless it goes to this machine.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http_impl.h"
#include "step/helper.h"

struct letter {
	const char *text;
	size_t len, at;
};

static size_t give(char *into, size_t size, size_t n, void *data)
{
	struct letter *letter = data;
	size_t len = letter->len - letter->at;

	if (len > size * n)
		len = size * n;
	memcpy(into, letter->text + letter->at, len);
	letter->at += len;
	return len;
}

static bool is_this_machine(const char *url)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "[::1]" };
	const char *host = strstr(url, "://");

	for (size_t i = 0; host && i < ARRAY_SIZE(hosts); i++) {
		size_t len = strlen(hosts[i]);

		if (strncasecmp(host + 3, hosts[i], len) == 0 && strchr(":/", host[3 + len]))
			return true;
	}
	return false;
}

static struct curl_slist *list_of(const struct json *names)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; names && i < names->n; i++)
		if (names->items[i].kind == JSON_STRING)
			list = curl_slist_append(list, names->items[i].text);
	return list;
}

static void prepare(CURL *curl, const struct json *mail, const char *url, struct letter *letter)
{
	const char *username = json_get_string(mail, "username", NULL);

	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_USE_SSL,
			 (long)(is_this_machine(url) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
	if (username) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, username);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, json_get_string(mail, "password", ""));
	}
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, json_get_string(mail, "from", ""));
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(curl, CURLOPT_READDATA, letter);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
}

int mail_run(const struct request *request)
{
	const char *url = json_get_string(request->mail, "url", "");
	const char *text = json_get_string(request->mail, "text", "");
	struct letter letter = { text, strlen(text), 0 };
	struct curl_slist *to = list_of(json_get(request->mail, "to"));
	struct err err CLEANUP(err_release) = ERR_INIT;
	CURL *curl = curl_easy_init();
	char errors[CURL_ERROR_SIZE];
	CURLcode code = CURLE_FAILED_INIT;

	if (curl) {
		transfer_prepare(curl, errors);
		prepare(curl, request->mail, url, &letter);
		curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
		code = transfer_perform(curl, &err);
		if (code != CURLE_OK)
			printf("%s: %s\n", url, *errors ? errors : curl_easy_strerror(code));
		curl_easy_cleanup(curl);
	}
	curl_slist_free_all(to);
	if (err.kind == ERR_BUSY)
		stop_now();
	return code == CURLE_OK ? 0 : HELPER_HTTP_NO_ANSWER;
}
