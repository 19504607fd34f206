/*
 * The two whole files of a run's folder that are not its journal: how it began and how it ended.
 */
#include "manifest_impl.h"

#include <string.h>

#include "base/jsonw.h"
#include "base/strbuf.h"
#include "base/timefmt.h"
#include "ext/hash.h"
#include "sys/clock.h"
#include "sys/fs.h"

#ifndef GIT_WF_VERSION
#define GIT_WF_VERSION "unknown"
#endif

/* Which steps the run consists of, as one number to compare. */
static void plan_digest(const struct plan *plan, char hex[DIGEST_HEX_LEN + 1])
{
	struct hash_stream *stream = hash_stream_new(NULL);
	struct digest digest;

	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		hash_stream_add(stream, node->id, strlen(node->id) + 1);
		hash_stream_add(stream, &node->is_selected, sizeof node->is_selected);
	}
	digest = hash_stream_digest(stream);
	hash_stream_free(stream);
	digest_to_hex(&digest, hex);
}

static void write_params(struct jsonw *w, const struct param_set *params)
{
	jsonw_key(w, "params");
	jsonw_object(w);
	for (size_t i = 0; i < params->n; i++) {
		const struct param_value *value = &params->values[i];

		if (!value->text || value->is_default || value->param->secret)
			continue;
		jsonw_kv_string(w, value->param->name, value->text);
	}
	jsonw_object_end(w);
}

static void write_origin(struct session *session, struct jsonw *w)
{
	const char *commit = NULL, *branch = NULL;
	struct err err = ERR_INIT;

	if (repo_head(&session->repo, &session->arena, &commit, &branch, &err) < 0)
		err_release(&err); /* for the record only */
	jsonw_kv_string(w, "head", commit && *commit ? commit : NULL);
	jsonw_kv_string(w, "branch", branch);
}

int manifest_write(struct session *session, const struct run_options *options, const char *run_dir,
		   const char *boot_id, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf now = STRBUF_INIT;
	struct jsonw w = { .out = &out, .indent = 2 };
	char hex[DIGEST_HEX_LEN + 1];

	plan_digest(session->plan, hex);
	instant_format(&now, clock_realtime_ms());
	jsonw_object(&w);
	jsonw_kv_int(&w, "schema", 1);
	jsonw_kv_string(&w, "run", session->run_id);
	jsonw_kv_string(&w, "workflow", session->wf->id);
	jsonw_kv_string(&w, "workflow_path", session->wf_path);
	jsonw_kv_string(&w, "engine_version", GIT_WF_VERSION);
	jsonw_kv_string(&w, "created_at", now.buf);
	jsonw_kv_string(&w, "boot_id", boot_id);
	jsonw_kv_string(&w, "plan_digest", hex);
	write_origin(session, &w);
	write_params(&w, &session->params);
	jsonw_key(&w, "words");
	jsonw_array(&w);
	for (size_t i = 0; i < options->n_words; i++)
		jsonw_string(&w, options->words[i]);
	jsonw_array_end(&w);
	jsonw_key(&w, "source");
	jsonw_string_n(&w, session->diags.text, session->diags.text_len);
	jsonw_object_end(&w);
	strbuf_addch(&out, '\n');
	if (fs_replace(AT_FDCWD, arena_printf(&session->arena, "%s/workflow.json", run_dir), 0600,
		       out.buf, out.len, 0, err) < 0)
		return err_wrap(err, "cannot write down what the run is");
	return 0;
}

int manifest_write_results(struct session *session, const struct run_state *state,
			   const char *run_dir, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;

	state_to_json(state, &out, 0); /* indented, ten thousand steps cost 10 ms */
	strbuf_addch(&out, '\n');
	return fs_replace(AT_FDCWD, arena_printf(&session->arena, "%s/results.json", run_dir), 0600,
			  out.buf, out.len, 0, err);
}
