/*
 * One request by libcurl. Certificates are checked, always; where the authorities are, the variables say
 * that other programs heed as well.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http_impl.h"
#include "step/helper.h"

#define CONNECT_TIMEOUT_S 30L
#define STALL_S		  300L /* without a byte */
#define POLL_MS		  1000

/* ---- Options ---- */

static void set_authorities(CURL *curl)
{
	const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");

	if (!file || !*file)
		file = getenv("CURL_CA_BUNDLE");
	if (file && *file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, file);
	if (dir && *dir)
		curl_easy_setopt(curl, CURLOPT_CAPATH, dir);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
}

void transfer_prepare(CURL *curl, char *errors)
{
	*errors = '\0';
	set_authorities(curl);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, errors);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, STALL_S);
}

static void set_url(CURL *curl, const struct request *request)
{
	bool is_secure = strncasecmp(request->url, "https:", 6) == 0;

	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, is_secure ? "https" : "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, request->redirects ? 1L : 0L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, request->redirects);
	curl_easy_setopt(curl, CURLOPT_URL, request->url);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "git-wf/" GIT_WF_VERSION);
	if (!request->save)
		curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
}

/* libcurl itself makes a GET of a POST that is redirected by 301, 302 or 303; other methods stay. */
static void set_method(CURL *curl, const struct request *request)
{
	if (strcmp(request->method, "GET") == 0)
		curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	else if (strcmp(request->method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else if (strcmp(request->method, "POST") == 0)
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
	else
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

/* They go to the host that was asked for and to no other. */
static void set_auth(CURL *curl, const struct request *request)
{
	if (request->bearer) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, request->bearer);
	} else if (request->username) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERNAME, request->username);
		curl_easy_setopt(curl, CURLOPT_PASSWORD,
				 request->password ? request->password : "");
	}
}

static struct curl_slist *add(struct curl_slist *list, const char *name, const char *value)
{
	CLEANUP(strbuf_release)
	struct strbuf line = STRBUF_INIT;

	strbuf_addf(&line, *value ? "%s: %s" : "%s;", name, value);
	return curl_slist_append(list, line.buf);
}

static struct curl_slist *make_headers(const struct request *request)
{
	struct curl_slist *list = NULL;
	bool has_type = false;

	for (size_t i = 0; request->headers && i < request->headers->n; i++) {
		const struct json *pair = &request->headers->items[i];

		has_type |= strcasecmp(pair->items[0].text, "Content-Type") == 0;
		list = add(list, pair->items[0].text, pair->items[1].text);
	}
	if (request->type && !has_type)
		list = add(list, "Content-Type", request->type);
	return curl_slist_append(list, "Expect:"); /* no second's wait for "100 Continue" */
}

/* ---- The body ---- */

static size_t read_file(char *into, size_t size, size_t n, void *data)
{
	return fread(into, size, n, data);
}

/* A redirect, or another try of the connection, wants it from the start. */
static int seek_file(void *data, curl_off_t offset, int origin)
{
	return fseeko(data, (off_t)offset, origin) == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static int open_file(CURL *curl, const struct request *request, FILE **file, struct err *err)
{
	struct stat st;
	int fd = fs_open_beneath(AT_FDCWD, request->file, O_RDONLY, 0, err);

	if (fd < 0)
		return err_wrap(err, "the body");
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !(*file = fdopen(fd, "rb"))) {
		close(fd);
		return err_set(err, ERR_VALUE, "'%s' is no file that can be sent", request->file);
	}
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)st.st_size);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_file);
	curl_easy_setopt(curl, CURLOPT_READDATA, *file);
	curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, seek_file);
	curl_easy_setopt(curl, CURLOPT_SEEKDATA, *file);
	return 0;
}

static int set_body(CURL *curl, const struct request *request, FILE **file, struct err *err)
{
	if (request->file)
		return open_file(curl, request, file, err);
	if (request->body || strcmp(request->method, "POST") == 0) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body ? request->body : "");
	}
	return 0;
}

/* ---- Until its end ---- */

static CURLcode result_of(CURLM *multi)
{
	CURLcode code = CURLE_FAILED_INIT;
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left)))
		if (message->msg == CURLMSG_DONE)
			code = message->data.result;
	return code;
}

static CURLcode perform(CURLM *multi, int stop_fd, struct err *err)
{
	struct curl_waitfd stop = { .fd = stop_fd, .events = CURL_WAIT_POLLIN };
	unsigned n_waits = stop_fd >= 0;
	int n_running = 1;

	while (curl_multi_perform(multi, &n_running) == CURLM_OK && n_running) {
		stop.revents = 0;
		if (curl_multi_poll(multi, &stop, n_waits, POLL_MS, NULL) != CURLM_OK)
			return CURLE_FAILED_INIT;
		if (stop.revents) {
			err_set(err, ERR_BUSY, "told to end");
			return CURLE_ABORTED_BY_CALLBACK;
		}
	}
	return result_of(multi);
}

CURLcode transfer_perform(CURL *curl, struct err *err)
{
	CURLM *multi = curl_multi_init();
	int stop_fd = stop_begin();
	CURLcode code;

	curl_multi_add_handle(multi, curl);
	code = perform(multi, stop_fd, err);
	curl_multi_remove_handle(multi, curl);
	curl_multi_cleanup(multi);
	if (stop_fd >= 0)
		close(stop_fd);
	return code;
}

static const char *reason(CURLcode code, const char *errors, const struct err *err)
{
	if (err->kind != ERR_NONE)
		return err_msg(err);
	return *errors ? errors : curl_easy_strerror(code);
}

static int conclude(struct answer *answer, CURLcode code, const char *errors)
{
	struct err err CLEANUP(err_release) = ERR_INIT;
	long status = 0;

	curl_easy_getinfo(answer->curl, CURLINFO_RESPONSE_CODE, &status);
	/* An answer that is not wanted needs not be heard to its end. */
	if (code != CURLE_OK &&
	    !(code == CURLE_WRITE_ERROR && !request_expects(answer->request, status) && status)) {
		printf("%s %s: %s\n", answer->request->method, answer->request->url,
		       reason(code, errors, &answer->err));
		return HELPER_HTTP_NO_ANSWER;
	}
	if (answer_finish(answer, status, &err) < 0) {
		printf("%s %s: %s\n", answer->request->method, answer->request->url, err_msg(&err));
		return HELPER_HTTP_NO_ANSWER;
	}
	return request_expects(answer->request, status) ? 0 : HELPER_HTTP_UNEXPECTED;
}

static int run_with(CURL *curl, const struct request *request, struct answer *answer)
{
	struct curl_slist *headers = make_headers(request);
	char errors[CURL_ERROR_SIZE];
	FILE *file = NULL;
	int status;

	transfer_prepare(curl, errors);
	set_url(curl, request);
	set_method(curl, request);
	set_auth(curl, request);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (set_body(curl, request, &file, &answer->err) < 0 ||
	    answer_listen(answer, curl, request, &answer->err) < 0) {
		printf("git-wf: %s\n", err_msg(&answer->err));
		status = HELPER_HTTP_REFUSED;
	} else {
		CURLcode code;

		if (file) /* its POST was for the options only */
			set_method(curl, request);
		code = transfer_perform(curl, &answer->err);
		status = conclude(answer, code, errors);
	}
	curl_slist_free_all(headers);
	if (file)
		fclose(file);
	return status;
}

int transfer_run(const struct request *request)
{
	CURL *curl = curl_easy_init();
	struct answer answer = { 0 };
	bool is_told_to_end;
	int status;

	if (!curl)
		return HELPER_HTTP_REFUSED;
	status = run_with(curl, request, &answer);
	is_told_to_end = answer.err.kind == ERR_BUSY;
	answer_release(&answer);
	curl_easy_cleanup(curl);
	if (is_told_to_end) {
		fflush(stdout);
		stop_now();
	}
	return status;
}
