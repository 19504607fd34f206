/*
 * The two notes in the git directory: the rollback at work, and how to undo the last one.
 *
 *	{"schema":1,"run":"…","what":"rollback","number":1,"pre":5,"pre_raw":"…","pre_tree":"…",
 *	 "declared_only":false,"pairs":[{"before":"…","after":"…"}],"declared":["out/"]|null,
 *	 "include":[]}
 */
#include "rollback_impl.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "ext/json.h"
#include "sys/fs.h"

#define NOTE_MAX ((size_t)64 << 20)

static const char *path_of(const struct session *session, const char *name, struct arena *arena)
{
	return arena_printf(arena, "%s/wf/%s", session->repo.git_dir, name);
}

static void add_texts(struct jsonw *w, const char *key, const char *const *texts, size_t n)
{
	jsonw_key(w, key);
	if (!texts) {
		jsonw_null(w);
		return;
	}
	jsonw_array(w);
	for (size_t i = 0; i < n; i++)
		jsonw_string(w, texts[i]);
	jsonw_array_end(w);
}

static void render(const struct rollback_note *note, struct strbuf *out)
{
	struct jsonw w = { .out = out };

	jsonw_object(&w);
	jsonw_kv_int(&w, "schema", 1);
	jsonw_kv_string(&w, "run", note->run);
	jsonw_kv_string(&w, "what", note->is_undo ? "undo" : "rollback");
	jsonw_kv_uint(&w, "number", note->number);
	jsonw_kv_uint(&w, "pre", note->pre);
	jsonw_kv_string(&w, "pre_raw", note->pre_raw);
	jsonw_kv_string(&w, "pre_tree", note->pre_tree);
	jsonw_kv_bool(&w, "declared_only", note->declared_only);
	jsonw_key(&w, "pairs");
	jsonw_array(&w);
	for (size_t i = 0; i < note->n_pairs; i++) {
		jsonw_object(&w);
		jsonw_kv_string(&w, "before", note->pairs[i].before);
		jsonw_kv_string(&w, "after", note->pairs[i].after);
		jsonw_object_end(&w);
	}
	jsonw_array_end(&w);
	add_texts(&w, "declared", note->declared, note->n_declared);
	add_texts(&w, "include", note->include, note->n_include);
	jsonw_object_end(&w);
	strbuf_addch(out, '\n');
}

int rollback_note_write(const struct session *session, const char *name,
			const struct rollback_note *note, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct arena arena CLEANUP(arena_release) = { 0 };

	render(note, &text);
	return fs_replace(AT_FDCWD, path_of(session, name, &arena), 0600, text.buf, text.len,
			  FS_DURABLE, err);
}

int rollback_note_remove(const struct session *session, const char *name, struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	const char *path = path_of(session, name, &arena);

	if (unlink(path) < 0)
		return err_errno(err, "cannot remove '%s'", path);
	return fs_sync_dir(AT_FDCWD, path_of(session, ".", &arena), err);
}

static const char *const *read_texts(const struct json *list, struct arena *arena, size_t *n)
{
	const char **texts;

	*n = 0;
	if (!list || list->kind != JSON_ARRAY)
		return NULL;
	texts = ARENA_ARRAY(arena, const char *, list->n + 1);
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].kind == JSON_STRING)
			texts[(*n)++] = list->items[i].text;
	return texts;
}

static int read_pairs(const struct json *list, struct arena *arena, struct rollback_note *note)
{
	if (!list || list->kind != JSON_ARRAY)
		return -1;
	note->pairs = ARENA_ARRAY(arena, struct rollback_pair, list->n + 1);
	for (size_t i = 0; i < list->n; i++) {
		struct rollback_pair *pair = &note->pairs[note->n_pairs++];

		pair->before = json_get_string(&list->items[i], "before", NULL);
		pair->after = json_get_string(&list->items[i], "after", NULL);
		if (!pair->before || !pair->after)
			return -1;
	}
	return 0;
}

int rollback_note_read(const struct session *session, const char *name, struct arena *arena,
		       struct rollback_note *note, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *path = path_of(session, name, arena);
	struct err why = ERR_INIT;
	const struct json *json;

	memset(note, 0, sizeof *note);
	if (fs_read_file(AT_FDCWD, path, NOTE_MAX, &text, &why) < 0) {
		bool is_gone = why.kind == ERR_NOT_FOUND;

		if (!is_gone)
			err_copy(err, &why);
		err_release(&why);
		return is_gone ? 0 : -1;
	}
	json = json_parse(arena, text.buf, text.len, err);
	if (!json)
		return err_wrap(err, "'%s' is damaged", path);
	note->run = json_get_string(json, "run", NULL);
	note->is_undo = !strcmp(json_get_string(json, "what", ""), "undo");
	note->number = (uint32_t)json_get_int(json, "number", 0);
	note->pre = (uint32_t)json_get_int(json, "pre", 0);
	note->pre_raw = json_get_string(json, "pre_raw", NULL);
	note->pre_tree = json_get_string(json, "pre_tree", NULL);
	note->declared_only = json_get_bool(json, "declared_only", false);
	note->declared = read_texts(json_get(json, "declared"), arena, &note->n_declared);
	note->include = read_texts(json_get(json, "include"), arena, &note->n_include);
	if (!note->run || read_pairs(json_get(json, "pairs"), arena, note) < 0)
		return err_set(err, ERR_SYSTEM, "'%s' is damaged", path);
	return 1;
}

int rollback_find_pending(const struct session *session, struct arena *arena,
			  struct rollback_note *note, struct err *err)
{
	return rollback_note_read(session, PENDING_NOTE, arena, note, err);
}

int rollback_find_undo(const struct session *session, struct arena *arena,
		       struct rollback_note *note, struct err *err)
{
	return rollback_note_read(session, UNDO_NOTE, arena, note, err);
}
