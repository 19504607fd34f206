/*
 * See trigger/receipt.h.
 */
#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "base/vec.h"
#include "ext/json.h"
#include "git/cmd.h"
#include "model/workflow.h"
#include "receipt_impl.h"
#include "sys/fs.h"

#ifndef GIT_WF_VERSION
#define GIT_WF_VERSION "unknown"
#endif

#define KEPT_MAX ((off_t)256 << 10) /* bytes; then the older half goes */
#define NOTE_MAX ((size_t)1 << 20)

/* ---- Kept here ---- */

static const char *kept_path(const struct layout *layout, struct arena *arena)
{
	return arena_join(arena, layout->cache_dir, "/receipts", "");
}

static void write_kept(struct strbuf *out, const char *tree, const char *workflow, const char *hook,
		       int64_t now_ms)
{
	CLEANUP(strbuf_release)
	struct strbuf at = STRBUF_INIT;
	struct jsonw w = { .out = out };

	instant_format(&at, now_ms);
	jsonw_object(&w);
	jsonw_kv_string(&w, "tree", tree);
	jsonw_kv_string(&w, "workflow", workflow);
	jsonw_kv_string(&w, "engine", GIT_WF_VERSION);
	jsonw_kv_string(&w, "hook", hook);
	jsonw_kv_string(&w, "at", strbuf_str(&at));
	jsonw_object_end(&w);
	strbuf_addch(out, '\n');
}

/* With the file locked. */
static void shorten(int fd, const char *path)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct stat st;
	const char *half;

	if (fstat(fd, &st) < 0 || st.st_size < KEPT_MAX ||
	    fs_read_file(AT_FDCWD, path, NOTE_MAX, &text, NULL) < 0)
		return;
	half = memchr(text.buf + text.len / 2, '\n', text.len - text.len / 2);
	if (half)
		fs_replace(AT_FDCWD, path, 0600, half + 1, text.len - (size_t)(half + 1 - text.buf),
			   0, NULL);
}

int receipt_keep(const struct layout *layout, const char *tree, const char *workflow,
		 const char *hook, int64_t now_ms, struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	CLEANUP(strbuf_release)
	struct strbuf line = STRBUF_INIT;
	const char *path = kept_path(layout, &arena);
	int fd, rc;

	if (fs_mkdir_p(AT_FDCWD, layout->cache_dir, 0700, err) < 0)
		return -1;
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
		;
	strbuf_addch(&line, '\n'); /* of one who was killed in the middle of a line */
	write_kept(&line, tree, workflow, hook, now_ms);
	rc = fs_write_all(fd, line.buf, line.len, err);
	shorten(fd, path);
	close(fd);
	return rc < 0 ? err_wrap(err, "cannot keep the receipt of '%s'", workflow) : 0;
}

/* ---- Lines ---- */

static bool read_receipt(struct receipt *receipt, const char *text, size_t len, struct arena *arena)
{
	struct err err = ERR_INIT;
	const struct json *json = len ? json_parse(arena, text, len, &err) : NULL;

	err_release(&err);
	if (!json)
		return false;
	*receipt = (struct receipt){
		.tree = json_get_string(json, "tree", NULL),
		.workflow = json_get_string(json, "workflow", NULL),
		.blob = json_get_string(json, "blob", NULL),
		.engine = json_get_string(json, "engine", "?"),
		.hook = json_get_string(json, "hook", "?"),
		.by = json_get_string(json, "by", NULL),
		.at = json_get_string(json, "at", "?"),
	};
	return receipt->tree && receipt->workflow;
}

struct kept_list {
	VEC(struct receipt) list;
};

static bool is_listed(const struct kept_list *kept, const struct receipt *receipt)
{
	for (size_t i = 0; i < kept->list.n; i++)
		if (strcmp(kept->list.v[i].workflow, receipt->workflow) == 0)
			return true;
	return false;
}

/* The newest of each workflow. */
static void read_kept(const struct layout *layout, const char *tree, struct arena *arena,
		      struct kept_list *kept)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (fs_read_file(AT_FDCWD, kept_path(layout, arena), NOTE_MAX, &text, NULL) < 0 ||
	    !text.len)
		return;
	for (size_t end = text.len, at; end > 0; end = at ? at - 1 : 0) {
		struct receipt receipt;

		for (at = end; at > 0 && text.buf[at - 1] != '\n';)
			at--;
		if (memmem(text.buf + at, end - at, tree, strlen(tree)) &&
		    read_receipt(&receipt, text.buf + at, end - at, arena) &&
		    strcmp(receipt.tree, tree) == 0 && !is_listed(kept, &receipt))
			vec_push(&kept->list, receipt);
	}
}

/* ---- The note ---- */

static int read_note(const struct repo *repo, const char *tree, struct strbuf *note,
		     struct err *err)
{
	const char *const args[] = { "notes", "--ref=" RECEIPT_REF, "show", tree, NULL };
	struct git_cmd cmd = { .repo = repo, .args = args };
	int code;

	if (git_run(&cmd, note, &code, err) < 0)
		return -1;
	if (code != 0)
		strbuf_clear(note);
	return 0;
}

struct noted {
	struct receipt receipt;
	const char *payload, *signature; /* signature: or NULL */
};

static bool read_noted(struct noted *noted, const char *line, size_t len, struct arena *arena)
{
	struct err err = ERR_INIT;
	const struct json *json = len ? json_parse(arena, line, len, &err) : NULL;

	err_release(&err);
	noted->payload = json ? json_get_string(json, "payload", NULL) : NULL;
	noted->signature = json ? json_get_string(json, "signature", NULL) : NULL;
	if (!noted->payload ||
	    !read_receipt(&noted->receipt, noted->payload, strlen(noted->payload), arena))
		return false;
	noted->receipt.is_note = true;
	noted->receipt.is_signed = noted->signature != NULL;
	return true;
}

static bool is_noted(const struct strbuf *note, const struct receipt *receipt, const char *by,
		     struct arena *arena)
{
	for (size_t at = 0, len; at < note->len; at += len + 1) {
		struct noted noted;

		len = strcspn(note->buf + at, "\n");
		if (read_noted(&noted, note->buf + at, len, arena) &&
		    strcmp(noted.receipt.workflow, receipt->workflow) == 0 && noted.receipt.by &&
		    strcmp(noted.receipt.by, by) == 0)
			return true;
	}
	return false;
}

/* One line of git's answer, or "". */
static const char *ask(const struct repo *repo, const char *const *args, struct arena *arena)
{
	const struct git_cmd cmd = { .repo = repo, .args = args };
	const char *line;

	return git_run_line(&cmd, arena, &line, NULL) == 0 ? line : "";
}

/* "A U Thor <author@example.com> 1795… +0000" without the time. */
static const char *find_author(const struct repo *repo, struct arena *arena)
{
	static const char *const args[] = { "var", "GIT_COMMITTER_IDENT", NULL };
	const char *ident = ask(repo, args, arena), *end = strrchr(ident, '>');

	return end ? arena_strndup(arena, ident, (size_t)(end + 1 - ident)) : "somebody";
}

static const char *find_blob(const struct repo *repo, const char *tree, const char *workflow,
			     struct arena *arena)
{
	for (size_t i = 0; i < WORKFLOW_ENDINGS; i++) {
		const char *const args[] = { "rev-parse", "--verify", "-q",
					     arena_printf(arena, "%s:.workflows/%s%s", tree,
							  workflow, workflow_endings[i]),
					     NULL };
		const char *blob = ask(repo, args, arena);

		if (*blob)
			return blob;
	}
	return "";
}

static int add_line(const struct repo *repo, const struct receipt *receipt, const char *by,
		    struct arena *arena, struct strbuf *lines, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf payload = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf signature = STRBUF_INIT;
	struct jsonw w = { .out = &payload };

	jsonw_object(&w);
	jsonw_kv_string(&w, "tree", receipt->tree);
	jsonw_kv_string(&w, "workflow", receipt->workflow);
	jsonw_kv_string(&w, "blob", find_blob(repo, receipt->tree, receipt->workflow, arena));
	jsonw_kv_string(&w, "engine", receipt->engine);
	jsonw_kv_string(&w, "hook", receipt->hook);
	jsonw_kv_string(&w, "by", by);
	jsonw_kv_string(&w, "at", receipt->at);
	jsonw_object_end(&w);
	if (receipt_sign(repo, strbuf_str(&payload), &signature, err) < 0)
		return -1;
	w = (struct jsonw){ .out = lines };
	jsonw_object(&w);
	jsonw_kv_string(&w, "payload", strbuf_str(&payload));
	if (signature.len)
		jsonw_kv_string(&w, "signature", strbuf_str(&signature));
	jsonw_object_end(&w);
	strbuf_addch(lines, '\n');
	return 0;
}

/* git takes the reference's lock for a moment: somebody else may have it. */
static int append_note(const struct repo *repo, const char *tree, const struct strbuf *lines,
		       struct err *err)
{
	const char *const args[] = {
		"notes", "--ref=" RECEIPT_REF, "append", "-F", "-", tree, NULL
	};
	struct git_cmd cmd = { .repo = repo, .args = args, .input = lines, .writes = true };
	struct err first = ERR_INIT;

	if (git_run(&cmd, NULL, NULL, &first) == 0)
		return 0;
	err_release(&first);
	return git_run(&cmd, NULL, NULL, err);
}

int receipt_publish(const struct repo *repo, const struct layout *layout, const char *tree,
		    struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	CLEANUP(strbuf_release)
	struct strbuf note = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf lines = STRBUF_INIT;
	struct kept_list kept = { 0 };
	const char *by;
	int rc = 0;

	read_kept(layout, tree, &arena, &kept);
	if (kept.list.n)
		rc = read_note(repo, tree, &note, err);
	by = kept.list.n ? find_author(repo, &arena) : NULL;
	for (size_t i = 0; i < kept.list.n && rc == 0; i++)
		if (!is_noted(&note, &kept.list.v[i], by, &arena))
			rc = add_line(repo, &kept.list.v[i], by, &arena, &lines, err);
	vec_release(&kept.list);
	if (rc == 0 && lines.len)
		rc = append_note(repo, tree, &lines, err);
	return rc < 0 ? err_wrap(err, "the receipts of what passed are not noted") : 0;
}

int receipt_each(const struct repo *repo, const struct layout *layout, const char *tree,
		 const char *allowed_signers, receipt_fn *fn, void *data, struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	CLEANUP(strbuf_release)
	struct strbuf note = STRBUF_INIT;
	struct kept_list kept = { 0 };

	if (read_note(repo, tree, &note, err) < 0)
		return -1;
	read_kept(layout, tree, &arena, &kept);
	for (size_t i = 0; i < kept.list.n; i++)
		fn(data, &kept.list.v[i]);
	vec_release(&kept.list);
	for (size_t at = 0, len; at < note.len; at += len + 1) {
		struct noted noted;

		len = strcspn(note.buf + at, "\n");
		if (!read_noted(&noted, note.buf + at, len, &arena) ||
		    strcmp(noted.receipt.tree, tree) != 0)
			continue;
		if (allowed_signers && noted.signature)
			noted.receipt.signer = receipt_signer(noted.payload, noted.signature,
							      allowed_signers, &arena);
		fn(data, &noted.receipt);
	}
	return 0;
}
