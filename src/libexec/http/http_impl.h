/*
 * git-wf--http in pieces: request.c reads what is asked for, transfer.c has it done by libcurl, answer.c
 * keeps what comes, mail.c sends a mail, stop.c hears that it is to end.
 */
#ifndef LIBEXEC_HTTP_HTTP_IMPL_H
#define LIBEXEC_HTTP_HTTP_IMPL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "ext/json.h"
#include "sys/fs.h"

struct status_range {
	long from, to;
};

struct request {
	const char *method, *url;
	const struct json *headers; /* [[name, value], …], or NULL */
	const char *username, *password, *bearer;
	const char *type, *body, *file; /* or NULL */
	size_t body_len;
	struct status_range *expected;
	size_t n_expected;
	long redirects;
	bool wants_body;
	const char *save;	 /* a path, or NULL */
	const struct json *mail; /* or NULL */
};

/* ERR_VALUE: it is not one of ours. Everything lives in the arena. */
int request_read(int fd, struct arena *arena, struct request *request, struct err *err);
bool request_expects(const struct request *request, long status);

/* What has come so far. */
struct answer {
	const struct request *request;
	CURL *curl;
	struct strbuf headers; /* of the last answer, each with its line's end */
	struct strbuf body;    /* what is kept of it */
	uint64_t body_bytes;   /* all of it */
	bool is_cut;	       /* more came than is kept */
	struct fs_temp file;   /* of `save`, once something has come */
	struct err err;	       /* why we stopped listening */
};

int answer_listen(struct answer *answer, CURL *curl, const struct request *request,
		  struct err *err);
/* All of it is there: the file gets its name, $WF_OUTPUT its lines. Prints what people want to see. */
int answer_finish(struct answer *answer, long status, struct err *err);
void answer_release(struct answer *answer); /* also of one that did not finish: no file stays */

/* The exit status: HELPER_HTTP_… or 0. */
int transfer_run(const struct request *request);
int mail_run(const struct request *request);

/* Options that every transfer has; `errors` holds CURL_ERROR_SIZE bytes. */
void transfer_prepare(CURL *curl, char *errors);
/* Does it, until the end or until we are told to end. */
CURLcode transfer_perform(CURL *curl, struct err *err);

/* From now on SIGTERM, SIGINT and SIGHUP make this readable; -1: they end us as they always do. */
int stop_begin(void);
/* Ends by the signal that was heard. */
void stop_now(void);

#endif
