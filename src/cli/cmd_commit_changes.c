/*
 * git wf __commit: what the engine starts for a step with `commit`. $WF_RUN_ID and $WF_STEP say which; the
 * commit it made is its output `commit`.
 */
#include <stdlib.h>

#include "commands_impl.h"
#include "run/committing.h"
#include "sys/fs.h"
#include "target_impl.h"

static void list(struct cli *cli, const char *what, const char *const *paths, size_t n)
{
	if (n)
		strbuf_addf(&cli->out, "%s\n", what);
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&cli->out, "  %s\n", paths[i]);
}

static int hand_on(const char *commit, struct err *err)
{
	const char *path = getenv("WF_OUTPUT");
	struct strbuf line CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_addf(&line, "commit=%s\n", commit);
	return path ? fs_append_text(path, 0600, line.buf, line.len, err) : 0;
}

static int tell(struct cli *cli, const struct commit_report *report, struct err *err)
{
	list(cli, "not committed, for they were yours and not tracked before:", report->passed_over,
	     report->n_passed_over);
	if (!report->commit) {
		strbuf_addstr(&cli->out, "nothing changed: no commit\n");
		return 0;
	}
	strbuf_addf(&cli->out, "[%.10s] %s\n", report->commit, report->subject);
	list(cli, "committed:", report->paths, report->n_paths);
	list(cli, "what you have staged there stays staged:", report->staged, report->n_staged);
	return hand_on(report->commit, err);
}

/* MESSAGE TRAILERS(how many) TRAILER... PATH... */
static int commit(struct cli *cli, struct session *session, const void *data UNUSED,
		  struct err *err)
{
	size_t n;
	const char *const *words = cli_words(cli, 0, &n);
	struct committing committing = { .run = getenv("WF_RUN_ID"), .step = getenv("WF_STEP") };
	struct strbuf said CLEANUP(strbuf_release) = STRBUF_INIT;
	struct commit_report report;
	int rc;

	committing.message = words[0];
	committing.trailers = words + 2;
	committing.n_trailers = strtoul(words[1], NULL, 10);
	if (!committing.run || !committing.step || committing.n_trailers > n - 2)
		return err_set(err, ERR_USAGE, "only a step of a run commits");
	committing.paths = words + 2 + committing.n_trailers;
	committing.n_paths = n - 2 - committing.n_trailers;
	rc = committing_run(session, &committing, &report, &said, err);
	strbuf_add(&cli->out, strbuf_str(&said), said.len);
	return rc < 0 || tell(cli, &report, err) < 0 ? -1 : EXIT_PASSED;
}

int cmd_commit_changes(struct cli *cli, struct err *err)
{
	int rc = target_session(cli, NULL, 2, SIZE_MAX, commit, err);

	if (rc == -1 && cli->out.len)
		cli_flush(cli, NULL);
	return rc;
}
