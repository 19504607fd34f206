/*
 * See store/inbox.h. A word:
 *
 *	{"schema":1,"verb":"skip","step":"test[unit]","by":"ann","at":"2026-11-20T21:32:01.042Z"}
 *	{"schema":1,"verb":"answer","step":"where","by":"ann","text":"staging","at":"…"}
 */
#include "store/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "base/xalloc.h"
#include "ext/json.h"
#include "sys/clock.h"
#include "sys/fs.h"

#define WORD_MAX   (1u << 20) /* bytes */
#define SETTLED_MS 2000	      /* an mtime older than that cannot hide a later change */

static void render(const struct inbox_word *word, int64_t now_ms, struct strbuf *out)
{
	struct jsonw w = { .out = out };
	struct strbuf at CLEANUP(strbuf_release) = STRBUF_INIT;

	instant_format(&at, now_ms);
	jsonw_object(&w);
	jsonw_kv_int(&w, "schema", 1);
	jsonw_kv_string(&w, "verb", word->verb);
	if (word->step)
		jsonw_kv_string(&w, "step", word->step);
	jsonw_kv_string(&w, "by", word->by);
	if (word->text)
		jsonw_kv_string(&w, "text", word->text);
	jsonw_kv_string(&w, "at", strbuf_str(&at));
	jsonw_object_end(&w);
	strbuf_addch(out, '\n');
}

int inbox_put(const char *run_dir, const struct inbox_word *word, int64_t now_ms,
	      struct arena *arena, const char **path, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *dir = arena_printf(arena, "%s/inbox", run_dir);

	if (fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0)
		return -1;
	/* Names sort as the words were said. */
	*path = arena_printf(arena, "%s/%013lld-%09llu-%ld.json", dir, (long long)now_ms,
			     (unsigned long long)(clock_monotonic_ns() % 1000000000),
			     (long)getpid());
	render(word, now_ms, &text);
	return fs_replace(AT_FDCWD, *path, 0600, text.buf, text.len, 0, err);
}

/* ---- Taking ---- */

static int read_word(const char *path, struct arena *arena, struct inbox_word *word,
		     struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const struct json *json;

	if (fs_read_file(AT_FDCWD, path, WORD_MAX, &text, err) < 0)
		return -1;
	json = json_parse(arena, strbuf_str(&text), text.len, err);
	if (!json)
		return -1;
	word->verb = json_get_string(json, "verb", NULL);
	word->step = json_get_string(json, "step", NULL);
	word->by = json_get_string(json, "by", "somebody");
	word->text = json_get_string(json, "text", NULL);
	return word->verb ? 0 : err_set(err, ERR_INVALID, "it has no verb");
}

/* 1: given; 0: moved aside, or gone. */
static int take_one(const char *dir, const char *name, inbox_word_fn *fn, inbox_bad_fn *bad,
		    void *data)
{
	char *path CLEANUP(xfree_ptr)
	= xasprintf("%s/%s", dir, name);
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct inbox_word word;
	struct err why = ERR_INIT;

	if (read_word(path, &arena, &word, &why) == 0) {
		word.token = name;
		unlink(path);
		fn(data, &word);
		return 1;
	}
	if (why.kind != ERR_NOT_FOUND) {
		char *aside CLEANUP(xfree_ptr)
		= xasprintf("%s.bad", path);

		if (rename(path, aside) < 0)
			unlink(path);
		bad(data, name, err_msg(&why));
	}
	err_release(&why);
	return 0;
}

int inbox_take(const char *run_dir, inbox_word_fn *fn, inbox_bad_fn *bad, void *data,
	       struct err *err)
{
	char *dir CLEANUP(xfree_ptr)
	= xasprintf("%s/inbox", run_dir);
	struct fs_names names CLEANUP(fs_names_release) = { 0 };
	int n = 0;

	if (fs_list_names(AT_FDCWD, dir, ".json", &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.list.n; i++)
		n += take_one(dir, names.list.v[i], fn, bad, data);
	return n;
}

bool inbox_may_have(const char *run_dir, int64_t now_ms, int64_t *seen_ns)
{
	char *dir CLEANUP(xfree_ptr)
	= xasprintf("%s/inbox", run_dir);
	struct file_id id;

	if (fs_stat(AT_FDCWD, dir, &id, NULL) != 0 || id.mtime_ns == *seen_ns)
		return false;
	if (now_ms - id.mtime_ns / 1000000 > SETTLED_MS)
		*seen_ns = id.mtime_ns;
	return true;
}
