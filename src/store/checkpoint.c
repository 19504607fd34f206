/*
 * See store/checkpoint.h. A file is one line:
 *
 *	{"schema":1,"kind":"declared","journal_seq":31,"current_step":"build","current_index":2,
 *	 "at":"2026-11-20T21:32:01.042Z","state":{…},"sum":"9c1f0a…"}
 */
#include "store/checkpoint.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/vec.h"
#include "base/xalloc.h"
#include "ext/json.h"
#include "store/journal_impl.h"
#include "sys/fs.h"

#define FOLDER	      "checkpoints"
#define FILE_MAX      ((size_t)1 << 30)
#define NAME_MAX_STEP 100 /* bytes of a step's id in the name */
#define KEPT	      10

static const char *const kind_names[CHECKPOINT_KINDS] = {
	[CHECKPOINT_AUTOMATIC] = "automatic",
	[CHECKPOINT_DECLARED] = "declared",
	[CHECKPOINT_PAUSE] = "pause",
	[CHECKPOINT_END] = "end",
};

/* ---- Names ---- */

struct found {
	uint64_t seq;
	char *name;
	bool is_declared;
};

struct found_list {
	VEC(struct found) list;
};

static void release_found(struct found_list *found)
{
	for (size_t i = 0; i < found->list.n; i++)
		free(found->list.v[i].name);
	vec_release(&found->list);
}

/* "<seq>-<step>.json"; 0: no name of ours. */
static uint64_t seq_of_name(const char *name)
{
	size_t len = strlen(name);
	char *end;
	unsigned long long seq;

	if (*name < '1' || *name > '9' || len < 5 || strcmp(name + len - 5, ".json") != 0)
		return 0;
	seq = strtoull(name, &end, 10);
	return *end == '-' ? seq : 0;
}

static char *make_name(uint64_t seq, const char *step)
{
	char *name = xasprintf("%llu-%.*s.json", (unsigned long long)seq, NAME_MAX_STEP,
			       step ? step : "run");

	for (char *c = name; *c; c++) {
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') &&
		    !(*c >= '0' && *c <= '9') && *c != '_' && *c != '-' && *c != '.')
			*c = '_';
	}
	return name;
}

static int compare_newest_first(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq > y->seq ? -1 : 1;
	return strcmp(y->name, x->name);
}

static int list_names(const char *run_dir, struct found_list *found, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= xasprintf("%s/" FOLDER, run_dir);
	struct fs_dir dir;
	struct fs_entry entry;
	int rc = fs_dir_open(&dir, AT_FDCWD, path, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	while ((rc = fs_dir_next(&dir, &entry, err)) > 0) {
		struct found one = { .seq = seq_of_name(entry.name) };

		if (!one.seq || entry.type != DT_REG)
			continue;
		one.name = xstrdup(entry.name);
		vec_push(&found->list, one);
	}
	fs_dir_close(&dir);
	if (found->list.n)
		qsort(found->list.v, found->list.n, sizeof *found->list.v, compare_newest_first);
	return rc;
}

/* ---- Reading ---- */

static const struct json *parse_sealed(const struct strbuf *text, struct arena *arena,
				       struct err *err)
{
	const struct json *json;

	if (!text->len || text->buf[text->len - 1] != '\n' ||
	    !journal_is_sealed(text->buf, text->len - 1)) {
		err_set(err, ERR_INVALID, "its checksum is wrong");
		return NULL;
	}
	json = json_parse(arena, text->buf, text->len - 1, err);
	if (json && json_get_int(json, "schema", 0) != 1) {
		err_set(err, ERR_INVALID, "it is of another version");
		return NULL;
	}
	return json;
}

/* `state` is initialised and empty; after -1 it is again. */
static int load_one(const char *run_dir, struct found *one, struct run_state *state,
		    struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= xasprintf("%s/" FOLDER "/%s", run_dir, one->name);
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct arena arena CLEANUP(arena_release) = { 0 };
	const struct json *json;

	if (fs_read_file(AT_FDCWD, path, FILE_MAX, &text, err) < 0)
		return -1;
	json = parse_sealed(&text, &arena, err);
	if (!json)
		return -1;
	one->is_declared = !strcmp(json_get_string(json, "kind", ""),
				   kind_names[CHECKPOINT_DECLARED]);
	if (state_from_json(state, json_get(json, "state"), err) == 0 &&
	    state->last_seq == one->seq)
		return 0;
	err_set(err, ERR_INVALID, "its name is not that of its content");
	state_release(state);
	state_init(state);
	return -1;
}

int checkpoint_find(const char *run_dir, const char *word, struct run_state *state, struct err *err)
{
	struct found_list found CLEANUP(release_found) = { 0 };
	size_t len = strlen(word);

	if (list_names(run_dir, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.list.n; i++) {
		struct found *one = &found.list.v[i];

		if (strcmp(one->name, word) != 0 &&
		    (strncmp(one->name, word, len) != 0 || strcmp(one->name + len, ".json") != 0))
			continue;
		if (load_one(run_dir, one, state, err) < 0)
			return err_wrap(err, "checkpoint '%s'", one->name);
		return 1;
	}
	return 0;
}

static void tell_bad(checkpoint_bad_fn *bad, void *data, const char *name, struct err *why)
{
	if (bad)
		bad(data, name, err_msg(why));
	err_release(why);
}

int checkpoint_load(const char *run_dir, struct run_state *state, checkpoint_bad_fn *bad,
		    void *data, struct err *err)
{
	struct found_list found CLEANUP(release_found) = { 0 };

	if (list_names(run_dir, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.list.n; i++) {
		struct err why = ERR_INIT;

		if (load_one(run_dir, &found.list.v[i], state, &why) == 0)
			return 1;
		tell_bad(bad, data, found.list.v[i].name, &why);
	}
	return 0;
}

int checkpoint_verify(const char *run_dir, checkpoint_bad_fn *bad, void *data, struct err *err)
{
	struct found_list found CLEANUP(release_found) = { 0 };

	if (list_names(run_dir, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.list.n; i++) {
		struct run_state state;
		struct err why = ERR_INIT;

		state_init(&state);
		if (load_one(run_dir, &found.list.v[i], &state, &why) < 0)
			tell_bad(bad, data, found.list.v[i].name, &why);
		state_release(&state);
	}
	return 0;
}

/* ---- Writing ---- */

struct checkpoint_writer {
	char *run_dir;
	int dirfd;     /* -1: not open yet */
	bool is_named; /* the folder's name is on the disk */
	struct found_list written;
	struct fs_temp temp;   /* prepared, and not in its place yet */
	struct found prepared; /* what it will be */
	int flags;	       /* of its commit */
	struct strbuf text;
	uint64_t text_seq;  /* of the state in it; 0: none */
	size_t state_start; /* where that begins */
};

struct checkpoint_writer *checkpoint_open(const char *run_dir)
{
	struct checkpoint_writer *writer = xcalloc(1, sizeof *writer);

	writer->run_dir = xstrdup(run_dir);
	writer->dirfd = -1;
	return writer;
}

static void abandon(struct checkpoint_writer *writer)
{
	fs_temp_abort(&writer->temp);
	free(writer->prepared.name);
	writer->prepared.name = NULL;
}

void checkpoint_close(struct checkpoint_writer *writer)
{
	if (!writer)
		return;
	abandon(writer);
	if (writer->dirfd >= 0)
		close(writer->dirfd);
	release_found(&writer->written);
	strbuf_release(&writer->text);
	free(writer->run_dir);
	free(writer);
}

/* What is there from before counts among those that are kept; a damaged one does not, and goes when
 * its turn comes. */
static int open_folder(struct checkpoint_writer *writer, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= xasprintf("%s/" FOLDER, writer->run_dir);

	if (writer->dirfd >= 0)
		return 0;
	if (fs_mkdir_p(AT_FDCWD, path, 0700, err) < 0 ||
	    list_names(writer->run_dir, &writer->written, err) < 0)
		return -1;
	for (size_t i = 0; i < writer->written.list.n; i++) {
		struct run_state state;

		state_init(&state);
		load_one(writer->run_dir, &writer->written.list.v[i], &state, NULL);
		state_release(&state);
	}
	writer->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return writer->dirfd < 0 ? err_errno(err, "cannot open '%s'", path) : 0;
}

static size_t index_of_step(const struct run_state *state, const char *step)
{
	size_t i = 0;

	while (i < state->steps.n && strcmp(state->steps.v[i]->id, step) != 0)
		i++;
	return i;
}

static void render(struct checkpoint_writer *writer, const struct run_state *state,
		   enum checkpoint_kind kind, const char *step, int64_t now_ms)
{
	struct strbuf *out = &writer->text;
	struct jsonw w = { .out = out };

	strbuf_clear(out);
	jsonw_object(&w);
	jsonw_kv_int(&w, "schema", 1);
	jsonw_kv_string(&w, "kind", kind_names[kind]);
	jsonw_kv_uint(&w, "journal_seq", state->last_seq);
	jsonw_kv_string(&w, "current_step", step);
	if (step)
		jsonw_kv_uint(&w, "current_index", index_of_step(state, step));
	jsonw_key(&w, "at");
	jsonw_instant(&w, now_ms);
	strbuf_addstr(out, ",\"state\":");
	writer->state_start = out->len;
	writer->text_seq = state->last_seq;
	state_to_json(state, out, 0);
	strbuf_addch(out, '}');
	journal_seal(out, 0);
}

static void prune(struct checkpoint_writer *writer)
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < writer->written.list.n; i++) {
		struct found *one = &writer->written.list.v[i];

		if (!one->is_declared && ++n > KEPT) {
			unlinkat(writer->dirfd, one->name, 0);
			free(one->name);
			continue;
		}
		writer->written.list.v[kept++] = *one;
	}
	writer->written.list.n = kept;
}

/* In front, for the list goes from the newest on; the same name was replaced. */
static void note_written(struct checkpoint_writer *writer, struct found *one)
{
	struct found_list *written = &writer->written;

	for (size_t i = 0; i < written->list.n; i++) {
		if (strcmp(written->list.v[i].name, one->name) != 0)
			continue;
		written->list.v[i].is_declared |= one->is_declared;
		free(one->name);
		return;
	}
	vec_push(&written->list, *one);
	memmove(written->list.v + 1, written->list.v, (written->list.n - 1) * sizeof *one);
	written->list.v[0] = *one;
}

/* The journal has it all, and a torn one is passed over; but not one that a person may name. */
static int flags_of(enum checkpoint_kind kind)
{
	return kind == CHECKPOINT_DECLARED || kind == CHECKPOINT_PAUSE ? FS_DURABLE : 0;
}

static int write_temp(struct checkpoint_writer *writer, struct err *err)
{
	if (fs_temp_open(&writer->temp, writer->dirfd, writer->prepared.name, 0600, err) < 0)
		return -1;
	if (fs_write_all(writer->temp.fd, writer->text.buf, writer->text.len, err) == 0)
		return 0;
	return err_wrap(err, "'%s'", writer->prepared.name);
}

int checkpoint_prepare(struct checkpoint_writer *writer, const struct run_state *state,
		       enum checkpoint_kind kind, const char *step, int64_t now_ms, struct err *err)
{
	abandon(writer);
	if (open_folder(writer, err) < 0)
		return err_wrap(err, "cannot write a checkpoint");
	writer->flags = flags_of(kind);
	if (writer->flags && !writer->is_named) {
		if (fs_sync_dir(AT_FDCWD, writer->run_dir, err) < 0)
			return err_wrap(err, "cannot write a checkpoint");
		writer->is_named = true;
	}
	writer->prepared = (struct found){ state->last_seq, make_name(state->last_seq, step),
					   kind == CHECKPOINT_DECLARED };
	render(writer, state, kind, step, now_ms);
	if (write_temp(writer, err) == 0)
		return 0;
	abandon(writer);
	return err_wrap(err, "cannot write a checkpoint");
}

int checkpoint_commit(struct checkpoint_writer *writer, struct err *err)
{
	if (!writer->prepared.name)
		return 0;
	if (fs_temp_commit(&writer->temp, writer->flags, err) < 0) {
		abandon(writer);
		return err_wrap(err, "cannot write a checkpoint");
	}
	note_written(writer, &writer->prepared);
	writer->prepared.name = NULL;
	prune(writer);
	return 0;
}

int checkpoint_write(struct checkpoint_writer *writer, const struct run_state *state,
		     enum checkpoint_kind kind, const char *step, int64_t now_ms, struct err *err)
{
	if (checkpoint_prepare(writer, state, kind, step, now_ms, err) < 0)
		return -1;
	return checkpoint_commit(writer, err);
}

const char *checkpoint_rendered(const struct checkpoint_writer *writer,
				const struct run_state *state, size_t *len)
{
	if (!writer || !writer->text_seq || writer->text_seq != state->last_seq)
		return NULL;
	/* Behind it are the sum and a line feed. */
	*len = writer->text.len - JOURNAL_SUM_LEN - 1 - writer->state_start;
	return writer->text.buf + writer->state_start;
}
