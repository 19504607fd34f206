/*
 * See since.h. A material has the digest of what a file held, with the clone's secret: an older
 * version of the file that git has is what the step read if it has the same digest.
 */
#include "run/since.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/vec.h"
#include "gate_impl.h"
#include "git/cmd.h"
#include "secrets_impl.h"
#include "sys/fs.h"

enum {
	COMMITS_MAX = 50,    /* how far back is looked */
	FILE_MAX = 1 << 20,  /* bytes; larger ones are not compared */
	HUNK_LINES_MAX = 24, /* shown */
	BINARY_LOOK = 8000,  /* bytes, as git does */
};

#define COMMITS_MAX_TEXT "50"

struct commit {
	const char *id, *shown, *author, *subject;
};

struct search {
	struct session *session;
	struct arena *arena;
	const char *path;
	struct digest was;
	VEC(struct commit) commits;
	struct strbuf before, now;
	size_t at; /* of the commit that has what was read; commits.n: none */
};

/* ---- What was read ---- */

/* "input PATH file HEX" or "dep PATH …" of the material. */
static bool find_digest(const struct record *record, const char *path, struct digest *digest)
{
	static const char *const kinds[] = { "input", "dep" };
	const char *end = record->material + record->material_len;

	for (const char *line = record->material; line && line < end;) {
		const char *feed = memchr(line, '\n', (size_t)(end - line));
		const char *stop = feed ? feed : end;

		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
			size_t n = strlen(kinds[i]), len = strlen(path);
			char hex[DIGEST_HEX_LEN + 1] = "";

			if ((size_t)(stop - line) < n + len + DIGEST_HEX_LEN + 3 ||
			    strncmp(line, kinds[i], n) != 0 ||
			    strncmp(line + n + 1, path, len) != 0 || line[n + 1 + len] != ' ')
				continue;
			memcpy(hex, stop - DIGEST_HEX_LEN, DIGEST_HEX_LEN);
			return digest_from_hex(hex, digest) == 0;
		}
		line = feed ? feed + 1 : NULL;
	}
	return false;
}

static bool is_what_was_read(const struct search *search, const char *text, size_t len)
{
	struct digest digest = hash_bytes(statcache_secret(search->session->stat), text, len);

	return digest_equal(&digest, &search->was);
}

/* ---- Git ---- */

static bool ask_git(struct search *search, const char *const *args, const struct strbuf *input,
		    struct strbuf *out)
{
	struct err err CLEANUP(err_release) = ERR_INIT;
	struct git_cmd cmd = { .repo = &search->session->repo, .args = args, .input = input };
	int exit_code = -1;

	return git_run(&cmd, out, &exit_code, &err) == 0 && exit_code == 0;
}

static char *cut(char **at, char end)
{
	char *text = *at, *stop = text ? strchr(text, end) : NULL;

	*at = stop ? stop + 1 : NULL;
	if (stop)
		*stop = '\0';
	return text;
}

/* The commits that touched the file, newest first. */
static bool list_commits(struct search *search)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *args[] = { "--literal-pathspecs",
			       "log",
			       "--no-show-signature",
			       "-n" COMMITS_MAX_TEXT,
			       "--format=%H%x01%h%x01%an%x01%s",
			       "--no-color",
			       "--no-ext-diff",
			       "--no-textconv",
			       "--",
			       search->path,
			       NULL };
	char *at;

	if (!ask_git(search, args, NULL, &out))
		return false;
	at = arena_strndup(search->arena, strbuf_str(&out), out.len);
	while (at && *at) {
		char *line = cut(&at, '\n');
		struct commit commit;

		commit.id = cut(&line, '\1');
		commit.shown = cut(&line, '\1');
		commit.author = cut(&line, '\1');
		commit.subject = line;
		if (commit.subject)
			vec_push(&search->commits, commit);
	}
	return search->commits.n > 0;
}

/* One object of the answer of "cat-file --batch": "ID blob SIZE", its bytes, a line feed. NULL: that
 * was no blob, or the end. */
static const char *next_blob(const char **at, const char *end, size_t *len)
{
	const char *head = *at, *feed = memchr(head, '\n', (size_t)(end - head));
	const char *blob = feed ? memmem(head, (size_t)(feed - head), " blob ", 6) : NULL;

	*at = feed ? feed + 1 : end;
	if (!blob)
		return NULL;
	*len = strtoul(blob + 6, NULL, 10);
	if (*len >= (size_t)(end - feed))
		return NULL;
	*at = feed + 1 + *len + 1;
	return feed + 1;
}

/* The newest commit whose version of the file is the one that was read. */
static void find_version(struct search *search)
{
	struct strbuf names CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *args[] = { "cat-file", "--batch", NULL };
	const char *at, *end;

	search->at = search->commits.n;
	for (size_t i = 0; i < search->commits.n; i++)
		strbuf_addf(&names, "%s:%s\n", search->commits.v[i].id, search->path);
	if (!ask_git(search, args, &names, &out))
		return;
	at = strbuf_str(&out);
	end = at + out.len;
	for (size_t i = 0; i < search->commits.n && at < end; i++) {
		size_t len;
		const char *blob = next_blob(&at, end, &len);

		if (!blob || !is_what_was_read(search, blob, len))
			continue;
		strbuf_add(&search->before, blob, len);
		search->at = i;
		return;
	}
}

/* Is the file as it is at HEAD? */
static bool is_committed(struct search *search)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *args[] = { "cat-file", "blob",
			       arena_join(search->arena, "HEAD:", search->path, ""), NULL };

	return ask_git(search, args, NULL, &out) && out.len == search->now.len &&
	       memcmp(strbuf_str(&out), strbuf_str(&search->now), out.len) == 0;
}

/* ---- The difference ---- */

static bool is_binary(const struct strbuf *text)
{
	return memchr(strbuf_str(text), '\0', text->len < BINARY_LOOK ? text->len : BINARY_LOOK);
}

/* Line by line: a name is looked for once in each. */
static bool has_secret(struct search *search, const char *hunk)
{
	char *at = arena_strdup(search->arena, hunk);

	if (secrets_hold(search->session, hunk))
		return true;
	while (at && *at)
		if (gate_text_has_secret(cut(&at, '\n')))
			return true;
	return false;
}

/* From the first "@@" to the next, or to as many lines as are shown. */
static const char *first_hunk(struct arena *arena, const char *diff, bool *has_more)
{
	const char *from = strncmp(diff, "@@", 2) == 0 ? diff : strstr(diff, "\n@@");
	const char *at;
	size_t n = 0;

	if (!from)
		return NULL;
	from += *from == '\n';
	for (at = from; *at && n < HUNK_LINES_MAX && (n == 0 || strncmp(at, "@@", 2) != 0); n++)
		at = strchrnul(at, '\n') + (*strchrnul(at, '\n') != '\0');
	*has_more = *at != '\0';
	return arena_strndup(arena, from, (size_t)(at - from));
}

static void compare(struct search *search, struct since *since)
{
	struct strbuf diff CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err err CLEANUP(err_release) = ERR_INIT;
	const char *args[] = { "diff", "--no-index", "--no-color", "--no-ext-diff", "--no-textconv",
			       "-U1",  "--",	     "-",	   search->path,    NULL };
	struct git_cmd cmd = { .repo = &search->session->repo,
			       .args = args,
			       .input = &search->before };
	int exit_code;

	if (is_binary(&search->before) || is_binary(&search->now)) {
		since->hidden = "binary";
		return;
	}
	if (git_run(&cmd, &diff, &exit_code, &err) < 0 || exit_code > 1)
		return;
	since->hunk = first_hunk(search->arena, strbuf_str(&diff), &since->has_more);
	if (since->hunk && has_secret(search, since->hunk)) {
		since->hunk = NULL;
		since->hidden = "not shown: it looks as if a secret stood there";
	}
}

static void name_commit(struct search *search, struct since *since)
{
	const struct commit *commit;

	since->is_uncommitted = !is_committed(search);
	if (search->at == 0 || search->at == search->commits.n)
		return;
	commit = &search->commits.v[search->at - 1];
	since->commit = commit->shown;
	since->author = commit->author;
	since->subject = commit->subject;
	since->n_later = search->at - 1;
	if (secrets_hold(search->session, commit->subject))
		since->subject = "";
}

/* A link's target is no text of a file; what is too large is not compared. */
static bool read_now(struct search *search)
{
	struct err err CLEANUP(err_release) = ERR_INIT;
	int root = search->session->layout.root_fd;
	struct file_id id;

	return fs_stat(root, search->path, &id, &err) == 0 && S_ISREG(id.mode) &&
	       id.size_bytes <= FILE_MAX &&
	       fs_read_file(root, search->path, FILE_MAX, &search->now, &err) == 0;
}

bool since_find(struct session *session, const struct record *previous, const char *path,
		struct arena *arena, struct since *since)
{
	struct search search = { .session = session, .arena = arena, .path = path };
	bool is_known = false;

	*since = (struct since){ 0 };
	/* A name with a line feed would be two lines for git, and one with a blank is escaped. */
	if (!previous || !previous->material || !session->stat || path[strcspn(path, " \\=\n")])
		return false;
	if (find_digest(previous, path, &search.was) && read_now(&search) &&
	    list_commits(&search)) {
		find_version(&search);
		is_known = search.at < search.commits.n;
		if (is_known) {
			compare(&search, since);
			name_commit(&search, since);
		}
	}
	vec_release(&search.commits);
	strbuf_release(&search.before);
	strbuf_release(&search.now);
	return is_known;
}
