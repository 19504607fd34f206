/*
 * git-wf--http: one request, or one mail, as it stands on standard input. See step/helper.h.
 */
#include <stdio.h>
#include <unistd.h>

#include "http_impl.h"
#include "step/helper.h"

static int run(struct arena *arena)
{
	struct err err CLEANUP(err_release) = ERR_INIT;
	struct request request;

	if (request_read(STDIN_FILENO, arena, &request, &err) < 0) {
		printf("git-wf: %s\n", err_msg(&err));
		return HELPER_HTTP_REFUSED;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		printf("git-wf: libcurl does not start\n");
		return HELPER_HTTP_REFUSED;
	}
	return request.mail ? mail_run(&request) : transfer_run(&request);
}

int main(void)
{
	struct arena arena = { 0 };
	int status = run(&arena);

	curl_global_cleanup();
	arena_release(&arena);
	if (fflush(stdout) != 0)
		return HELPER_HTTP_NO_ANSWER;
	return status;
}
