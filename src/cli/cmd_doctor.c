/*
 * git wf doctor: what this program needs from the machine and the repository, each with a remedy.
 */
#include <stdarg.h>
#include <unistd.h>

#include "commands_impl.h"
#include "doctor_impl.h"
#include "target_impl.h"
#include "views_impl.h"

void doctor_tell(struct doctor *doctor, enum doctor_health health, const char *what,
		 const char *remedy, const char *fmt, ...)
{
	static const char *const words[] = { "ok", "warn", "fail" };
	static const enum view_color colors[] = { VIEW_GOOD, VIEW_WARN, VIEW_BAD };
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct strbuf *out = &doctor->cli->out;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	doctor->n_failed += health == DOCTOR_FAIL;
	if (health == DOCTOR_OK)
		remedy = NULL;
	if (doctor->json) {
		jsonw_object(doctor->json);
		jsonw_kv_string(doctor->json, "check", what);
		jsonw_kv_string(doctor->json, "result", words[health]);
		jsonw_kv_string(doctor->json, "detail", strbuf_str(&text));
		jsonw_kv_string(doctor->json, "remedy", remedy);
		jsonw_object_end(doctor->json);
		return;
	}
	if (doctor->cli->common.quiet && health == DOCTOR_OK)
		return;
	view_add(out, cli_use_color(doctor->cli, STDOUT_FILENO), colors[health], "%-5s",
		 words[health]);
	strbuf_addf(out, "%-12s %s\n", what, strbuf_str(&text));
	if (remedy)
		strbuf_addf(out, "%-18s -> %s\n", "", remedy);
}

static int doctor_in_session(struct cli *cli, struct session *session, const void *data,
			     struct err *err)
{
	bool json = ((const struct json_option *)data)->json;
	struct doctor doctor = { .cli = cli, .session = session };
	struct jsonw w;

	if (json) {
		json_view_begin(&w, &cli->out);
		jsonw_key(&w, "checks");
		jsonw_array(&w);
		doctor.json = &w;
	}
	(void)err; /* what fails is an answer, too */
	doctor_check_all(&doctor);
	if (json) {
		jsonw_array_end(&w);
		json_view_end(&w);
	}
	return doctor.n_failed ? EXIT_NOT_PASSED : EXIT_PASSED;
}

int cmd_doctor(struct cli *cli, struct err *err)
{
	struct json_option options = { 0 };

	return target_session(cli, &options, 0, 0, doctor_in_session, err);
}
