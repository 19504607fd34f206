/*
 * The two whole files of a run's folder that are not its journal: how it began and how it ended.
 */
#include "manifest_impl.h"

#include <string.h>

#include "base/jsonw.h"
#include "base/strbuf.h"
#include "base/timefmt.h"
#include "ext/hash.h"
#include "ext/json.h"
#include "run/trigger.h"
#include "sys/clock.h"
#include "sys/fs.h"

#ifndef GIT_WF_VERSION
#define GIT_WF_VERSION "unknown"
#endif

#define MANIFEST_MAX (64u << 20) /* bytes of workflow.json */

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

/* Defaults are today's when the run goes on; secrets are never written. */
static bool is_recorded(const struct param_value *value)
{
	return value->text && !value->is_default && !value->param->secret;
}

static void write_params(struct jsonw *w, const struct param_set *params)
{
	jsonw_key(w, "params");
	jsonw_object(w);
	for (size_t i = 0; i < params->n; i++) {
		const struct param_value *value = &params->values[i];

		if (!is_recorded(value))
			continue;
		jsonw_kv_string(w, value->param->name, value->text);
	}
	jsonw_object_end(w);
}

static void write_origin(struct session *session, struct jsonw *w)
{
	const char *commit = NULL, *branch = NULL;
	struct err err = ERR_INIT;

	if (repo_head(session->user, &session->arena, &commit, &branch, &err) < 0)
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
	jsonw_kv_string(&w, "hook", session->trigger ? hook_name(session->trigger->hook) : NULL);
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
	/* On the disk with the first sync of the journal: no promise is made before that. */
	if (fs_replace(AT_FDCWD, arena_printf(&session->arena, "%s/workflow.json", run_dir), 0600,
		       out.buf, out.len, 0, err) < 0)
		return err_wrap(err, "cannot write down what the run is");
	return 0;
}

/* ---- Other values of parameters for a run that goes on ---- */

static void copy_json(struct jsonw *w, const struct json *json)
{
	switch (json->kind) {
	case JSON_NULL: jsonw_null(w); break;
	case JSON_BOOL: jsonw_bool(w, json->boolean); break;
	case JSON_NUMBER:
		if (json->is_integer)
			jsonw_int(w, json->integer);
		else
			jsonw_double(w, json->number);
		break;
	case JSON_STRING: jsonw_string_n(w, json->text, json->len); break;
	case JSON_ARRAY:
		jsonw_array(w);
		for (size_t i = 0; i < json->n; i++)
			copy_json(w, &json->items[i]);
		jsonw_array_end(w);
		break;
	case JSON_OBJECT:
		jsonw_object(w);
		for (size_t i = 0; i < json->n; i++) {
			jsonw_key(w, json->keys[i]);
			copy_json(w, &json->items[i]);
		}
		jsonw_object_end(w);
		break;
	}
}

static bool has_same_params(const struct json *recorded, const struct param_set *params)
{
	size_t n = 0;

	for (size_t i = 0; i < params->n; i++) {
		const struct param_value *value = &params->values[i];
		const char *text;

		if (!is_recorded(value))
			continue;
		text = json_get_string(recorded, value->param->name, NULL);
		if (!text || strcmp(text, value->text) != 0)
			return false;
		n++;
	}
	return n == (recorded ? recorded->n : 0);
}

static void write_updated(struct session *session, const struct json *manifest, struct strbuf *out)
{
	struct jsonw w = { .out = out, .indent = 2 };

	jsonw_object(&w);
	for (size_t i = 0; i < manifest->n; i++) {
		if (!strcmp(manifest->keys[i], "params")) {
			write_params(&w, &session->params);
			continue;
		}
		jsonw_key(&w, manifest->keys[i]);
		copy_json(&w, &manifest->items[i]);
	}
	jsonw_object_end(&w);
	strbuf_addch(out, '\n');
}

int manifest_update_params(struct session *session, const char *run_dir, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	const char *path = arena_printf(&session->arena, "%s/workflow.json", run_dir);
	const struct json *manifest;

	if (fs_read_file(AT_FDCWD, path, MANIFEST_MAX, &text, err) < 0)
		return -1;
	manifest = json_parse(&session->arena, strbuf_str(&text), text.len, err);
	if (!manifest)
		return err_wrap(err, "'%s' is damaged", path);
	if (has_same_params(json_get(manifest, "params"), &session->params))
		return 0;
	write_updated(session, manifest, &out);
	if (fs_replace(AT_FDCWD, path, 0600, out.buf, out.len, FS_DURABLE, err) < 0)
		return err_wrap(err, "cannot write down the values of the parameters");
	return 0;
}

static int write_rendered(const struct fs_temp *temp, const char *text, size_t len, struct err *err)
{
	if (fs_write_all(temp->fd, text, len, err) < 0 || fs_write_all(temp->fd, "\n", 1, err) < 0)
		return -1;
	return 0;
}

static int write_results(const struct fs_temp *temp, const struct run_state *state,
			 const struct checkpoint_writer *checkpoints, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	size_t len;
	const char *rendered = checkpoint_rendered(checkpoints, state, &len);

	if (rendered)
		return write_rendered(temp, rendered, len, err);
	state_to_json(state, &out, 0); /* indented, ten thousand steps cost 10 ms */
	return write_rendered(temp, out.buf, out.len, err);
}

int manifest_prepare_results(struct session *session, const struct run_state *state,
			     const struct checkpoint_writer *checkpoints, const char *run_dir,
			     struct fs_temp *temp, struct err *err)
{
	const char *path = arena_printf(&session->arena, "%s/results.json", run_dir);

	if (fs_temp_open(temp, AT_FDCWD, path, 0600, err) < 0)
		return -1;
	if (write_results(temp, state, checkpoints, err) == 0)
		return 0;
	err_wrap(err, "'%s'", path);
	fs_temp_abort(temp);
	return -1;
}

int manifest_write_results(struct session *session, const struct run_state *state,
			   const char *run_dir, struct err *err)
{
	struct fs_temp temp;

	if (manifest_prepare_results(session, state, NULL, run_dir, &temp, err) < 0)
		return -1;
	return fs_temp_commit(&temp, FS_DURABLE, err);
}
