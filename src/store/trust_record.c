/*
 * A record as JSON. Digests count; the texts are there so that a difference can be shown.
 *
 *	{"schema":1,"repository":"/home/ann/src/x/.git","root":"/home/ann/src/x","inode":1234,
 *	 "trigger":"hooks","at":"2026-11-20T21:32:01.042Z",
 *	 "files":[{"path":".workflows/build.yml","sha256":"9c1f…","text":"steps:\n…"},…]}
 */
#include "store/trust_impl.h"

#include <string.h>

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "ext/json.h"

static void write_file(struct jsonw *w, const struct trust_file *file)
{
	char hex[SHA256_HEX_LEN + 1];

	sha256_to_hex(&file->digest, hex);
	jsonw_object(w);
	jsonw_kv_string(w, "path", file->path);
	jsonw_kv_string(w, "sha256", hex);
	jsonw_key(w, "text");
	if (file->text)
		jsonw_string_n(w, file->text, file->len);
	else
		jsonw_null(w);
	jsonw_object_end(w);
}

void trust_record_write(const struct trust_record *record, struct strbuf *out)
{
	struct strbuf at CLEANUP(strbuf_release) = STRBUF_INIT;
	struct jsonw w = { .out = out };

	instant_format(&at, record->at_ms);
	jsonw_object(&w);
	jsonw_kv_int(&w, "schema", 1);
	jsonw_kv_string(&w, "repository", record->repository);
	jsonw_kv_string(&w, "root", record->root);
	jsonw_kv_uint(&w, "inode", record->inode); /* at most INT64_MAX */
	jsonw_kv_string(&w, "trigger", trust_trigger_name(record->trigger));
	jsonw_kv_string(&w, "at", strbuf_str(&at));
	jsonw_key(&w, "files");
	jsonw_array(&w);
	for (size_t i = 0; i < record->files.list.n; i++)
		write_file(&w, &record->files.list.v[i]);
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	strbuf_addch(out, '\n');
}

/* ---- Reading ---- */

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_digest(const char *hex, struct sha256 *digest)
{
	if (!hex || strlen(hex) != SHA256_HEX_LEN)
		return -1;
	for (size_t i = 0; i < sizeof digest->bytes; i++) {
		int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		digest->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int read_file(const struct json *json, struct trust_file *file)
{
	const struct json *text = json_get(json, "text");

	*file = (struct trust_file){ .path = json_get_string(json, "path", NULL) };
	if (text && text->kind == JSON_STRING) {
		file->text = text->text;
		file->len = text->len;
	}
	return file->path && read_digest(json_get_string(json, "sha256", NULL), &file->digest) == 0
		       ? 0
		       : -1;
}

static int read_files(const struct json *json, struct trust_files *files)
{
	if (!json || json->kind != JSON_ARRAY)
		return -1;
	for (size_t i = 0; i < json->n; i++) {
		struct trust_file file;

		if (read_file(&json->items[i], &file) < 0)
			return -1;
		vec_push(&files->list, file);
	}
	trust_sort(files); /* whoever wrote it */
	return 0;
}

static int read_members(const struct json *json, struct trust_record *record)
{
	const char *trigger = json_get_string(json, "trigger", "");
	const char *at = json_get_string(json, "at", "");

	record->repository = json_get_string(json, "repository", NULL);
	record->root = json_get_string(json, "root", NULL);
	record->inode = (uint64_t)json_get_int(json, "inode", -1);
	if (json_get_int(json, "schema", 0) != 1 || !record->repository ||
	    record->inode > INT64_MAX || trust_trigger_find(trigger, &record->trigger) < 0 ||
	    instant_parse(at, &record->at_ms) < 0)
		return -1;
	return read_files(json_get(json, "files"), &record->files);
}

int trust_record_read(const char *text, size_t len, struct arena *arena,
		      struct trust_record *record, struct err *err)
{
	const struct json *json = json_parse(arena, text, len, err);

	*record = (struct trust_record){ 0 };
	if (!json)
		return -1;
	if (json->kind == JSON_OBJECT && read_members(json, record) == 0)
		return 0;
	trust_files_release(&record->files);
	return err_set(err, ERR_INVALID, "it is no record of trust");
}
