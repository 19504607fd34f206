/*
 * `secret.NAME`: what a program of the user prints (pass, op, vault, gh). It is started when the first
 * step needs it, and its answer lives in memory only.
 */
#include <string.h>
#include <sys/wait.h>

#include "base/strmap.h"
#include "secrets_impl.h"
#include "sys/run.h"

#define FETCH_TIMEOUT_MS 60000
#define SECRET_LEN_MAX	 ((size_t)64 << 10)

static int find_command(struct session *session, const char *name, const char **command,
			struct err *err)
{
	struct config config = { 0 };
	const char *text;
	int rc;

	if (!session->settings)
		return err_set(err, ERR_VALUE, "there are no settings here");
	rc = session->settings(session, &config, err);
	text = rc == 0 ? config_string(&config, "secret", name, "command") : NULL;
	*command = text ? arena_strdup(&session->arena, text) : NULL;
	config_release(&config);
	if (rc == 0 && !text)
		return err_set(err, ERR_VALUE,
			       "your config.ini does not say where it comes from: [secret \"%s\"] "
			       "command = PROGRAM…",
			       name);
	return rc;
}

/* What it printed, without the line's end. */
static int check_answer(struct strbuf *answer, struct err *err)
{
	while (answer->len && strchr("\r\n", answer->buf[answer->len - 1]))
		strbuf_setlen(answer, answer->len - 1);
	if (!answer->len)
		return err_set(err, ERR_VALUE, "its command printed nothing");
	if (memchr(answer->buf, '\0', answer->len))
		return err_set(err, ERR_VALUE, "its command printed a NUL byte");
	return 0;
}

static int run_command(struct session *session, const char *command, struct strbuf *answer,
		       struct err *err)
{
	const char *const argv[] = { "sh", "-c", command, NULL };
	struct strbuf said CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf how CLEANUP(strbuf_release) = STRBUF_INIT;
	struct run_request request = { .argv = argv,
				       .envp = env_block(&session->env),
				       .dir = session->layout.root,
				       .timeout_ms = FETCH_TIMEOUT_MS,
				       .max_bytes = SECRET_LEN_MAX };
	int status = 0;

	if (run_program(&request, answer, &said, &status, err) < 0)
		return err_wrap(err, "its command");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return check_answer(answer, err);
	run_describe(status, &said, &how);
	return err_set(err, ERR_VALUE, "its command failed: %s", strbuf_str(&how));
}

static int fetch(struct session *session, const char *name, const char **value, struct err *err)
{
	struct strbuf answer CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *command;
	int rc;

	if (find_command(session, name, &command, err) < 0)
		return -1;
	rc = run_command(session, command, &answer, err);
	if (rc == 0)
		*value = arena_strndup(&session->arena, answer.buf, answer.len);
	if (answer.buf)
		memset(answer.buf, 0, answer.alloc);
	return rc;
}

int secret_fetch(struct session *session, const char *name, const char **value, struct err *err)
{
	*value = strmap_get(&session->fetched, name);
	if (*value)
		return 0;
	if (fetch(session, name, value, err) < 0)
		return err_wrap(err, "secret '%s'", name);
	strmap_put(&session->fetched, arena_strdup(&session->arena, name), (void *)*value);
	secrets_add(session, *value);
	return 0;
}
