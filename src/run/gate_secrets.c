/*
 * Secrets in what is about to be committed, or in all files: a table of the forms that keys and tokens
 * have, and values of names like `password` that look random. What is found is told by its place and
 * its form, never by its text.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "gate_impl.h"
#include "git/cmd.h"
#include "sys/fs.h"

#define SECRET_FILE_MAX (4u << 20) /* bytes: what is longer is data */
#define ALLOW_FILE	".workflows/secrets-allow"
#define ALLOW_MARK	"secrets: allow"

enum { SHOWN_MAX = 5, BINARY_LOOK = 8000, ASSIGNED_MIN = 16 };

/* A word that begins so and goes on with so many characters of a set. */
static const struct form {
	const char *name, *prefix;
	const char *more; /* besides letters and digits */
	size_t min_len;	  /* behind the prefix */
} forms[] = {
	{ "an AWS access key", "AKIA", "", 16 },
	{ "an AWS access key", "ASIA", "", 16 },
	{ "a GitHub token", "ghp_", "", 36 },
	{ "a GitHub token", "gho_", "", 36 },
	{ "a GitHub token", "ghu_", "", 36 },
	{ "a GitHub token", "ghs_", "", 36 },
	{ "a GitHub token", "ghr_", "", 36 },
	{ "a GitHub token", "github_pat_", "_", 40 },
	{ "a GitLab token", "glpat-", "_-", 20 },
	{ "a Slack token", "xoxb-", "-", 20 },
	{ "a Slack token", "xoxp-", "-", 20 },
	{ "a Slack token", "xoxa-", "-", 20 },
	{ "a Slack token", "xoxr-", "-", 20 },
	{ "a Slack token", "xapp-", "-", 20 },
	{ "a Slack webhook", "hooks.slack.com/services/T", "/", 20 },
	{ "a Google API key", "AIza", "_-", 35 },
	{ "a Stripe key", "sk_live_", "", 20 },
	{ "a Stripe key", "rk_live_", "", 20 },
	{ "an npm token", "npm_", "", 36 },
	{ "a PyPI token", "pypi-AgEIcHlwaS5vcmc", "_-", 40 },
	{ "a SendGrid key", "SG.", "._-", 60 },
	{ "an Anthropic key", "sk-ant-", "_-", 30 },
	{ "an OpenAI key", "sk-proj-", "_-", 30 },
};

static const char *const names[] = { "password",   "passwd",   "secret",    "token",
				     "api_key",	   "apikey",   "api-key",   "private_key",
				     "access_key", "auth_key", "credential" };

/* Values that stand for one. */
static const char *const stand_ins[] = { "example", "xxxx", "changeme", "placeholder", "dummy",
					 "${",	    "$(",   "{{",	"<",	       "your" };

struct search {
	struct gate_check *check;
	VEC(struct glob *) allowed_paths;
	VEC(const char *) allowed_texts;
	size_t n_found;
	struct strbuf shown;
};

/* ---- Forms ---- */

static bool is_of(char c, const char *more)
{
	return isalnum((unsigned char)c) || (c && strchr(more, c));
}

static const char *find_form(const char *line, const char **from, size_t *len)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const struct form *form = &forms[i];
		size_t prefix = strlen(form->prefix);

		for (const char *at = strstr(line, form->prefix); at;
		     at = strstr(at + 1, form->prefix)) {
			size_t n = 0;

			if (at > line && is_of(at[-1], "_"))
				continue;
			while (is_of(at[prefix + n], form->more))
				n++;
			if (n < form->min_len)
				continue;
			*from = at;
			*len = prefix + n;
			return form->name;
		}
	}
	return NULL;
}

static const char *find_key_block(const char *line, const char **from, size_t *len)
{
	const char *at = strstr(line, "-----BEGIN "), *end = at ? strstr(at, "PRIVATE KEY") : NULL;

	if (!end)
		return NULL;
	*from = at;
	*len = strlen(at);
	return "a private key";
}

/* ---- Values of telling names ---- */

/* How likely two characters of the text are the same: 1/64 in base64, 1/16 in hex, more in words. */
static bool is_varied(const char *text, size_t len)
{
	size_t counts[256] = { 0 }, n_same = 0;

	for (size_t i = 0; i < len; i++)
		n_same += counts[(unsigned char)text[i]]++;
	return n_same * 20 <= len * (len - 1);
}

static bool looks_random(const char *text, size_t len)
{
	bool has_digit = false, has_letter = false;

	for (size_t i = 0; i < len; i++) {
		has_digit |= isdigit((unsigned char)text[i]) != 0;
		has_letter |= isalpha((unsigned char)text[i]) != 0;
	}
	return len >= ASSIGNED_MIN && has_digit && has_letter && is_varied(text, len);
}

static bool is_stand_in(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(stand_ins); i++) {
		const char *at = strcasestr(text, stand_ins[i]);

		if (at && at < text + len)
			return true;
	}
	return false;
}

/* `password = "…"`, `API_KEY: …` */
static const char *find_assigned(const char *line, const char **from, size_t *len)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *at = strcasestr(line, names[i]);

		if (!at)
			continue;
		at += strlen(names[i]);
		while (is_of(*at, "_-\"'"))
			at++;
		at += strspn(at, " \t");
		if (*at != '=' && *at != ':')
			continue;
		at += strspn(at, "=:>, \t\"'`");
		for (*len = 0; is_of(at[*len], "+/=_-.~");)
			++*len;
		*from = at;
		if (looks_random(at, *len) && !is_stand_in(at, *len + 1))
			return "a secret in plain text";
	}
	return NULL;
}

/* ---- Lines and files ---- */

static bool is_allowed(const struct search *search, const char *line, const char *from, size_t len)
{
	if (strstr(line, ALLOW_MARK))
		return true;
	for (size_t i = 0; i < search->allowed_texts.n; i++) {
		const char *text = search->allowed_texts.v[i];

		if (strlen(text) == len && strncmp(text, from, len) == 0)
			return true;
	}
	return false;
}

static const char *find_secret(const char *line, const char **from, size_t *len)
{
	const char *name = find_key_block(line, from, len);

	if (!name)
		name = find_form(line, from, len);
	return name ? name : find_assigned(line, from, len);
}

bool gate_text_has_secret(const char *text)
{
	const char *from;
	size_t len;

	return find_secret(text, &from, &len) != NULL;
}

static void look_at_line(struct search *search, const char *path, unsigned number, const char *line)
{
	const char *from;
	size_t len;
	const char *name = find_secret(line, &from, &len);

	if (!name || is_allowed(search, line, from, len))
		return;
	if (search->n_found++ < SHOWN_MAX)
		strbuf_addf(&search->shown, "%s%s in %s:%u", search->shown.len ? ", " : "", name,
			    path, number);
}

static bool is_passed_over(const struct search *search, const char *path)
{
	for (size_t i = 0; i < search->allowed_paths.n; i++)
		if (glob_match(search->allowed_paths.v[i], path))
			return true;
	return strcmp(path, ALLOW_FILE) == 0;
}

/* In place: each line feed becomes the end of a line. */
static char *next_line(char **at)
{
	char *line = *at, *end = strchrnul(line, '\n');

	if (!*line)
		return NULL;
	*at = *end ? end + 1 : end;
	*end = '\0';
	return line;
}

static void look_at_file(struct search *search, const char *path)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	unsigned number = 0;
	char *at, *line;

	if (is_passed_over(search, path) ||
	    fs_read_file(search->check->session->layout.root_fd, path, SECRET_FILE_MAX, &text,
			 NULL) < 0 ||
	    !text.len || memchr(text.buf, '\0', text.len < BINARY_LOOK ? text.len : BINARY_LOOK))
		return;
	for (at = text.buf; (line = next_line(&at));)
		look_at_line(search, path, ++number, line);
}

static int look_at_all(struct search *search, struct err *err)
{
	static const char *const args[] = { "ls-files",		  "-z", "--cached", "--others",
					    "--exclude-standard", NULL };
	struct git_cmd cmd = { .repo = &search->check->session->repo, .args = args };
	CLEANUP(strbuf_release)
	struct strbuf paths = STRBUF_INIT;

	if (git_run(&cmd, &paths, NULL, err) < 0)
		return -1;
	for (const char *path = paths.buf; path && path < paths.buf + paths.len;
	     path += strlen(path) + 1)
		look_at_file(search, path);
	return 0;
}

/* Of what is staged the lines that are new: "@@ -1,2 +3,4 @@" says where they stand. */
static void look_at_diff(struct search *search, char *diff)
{
	const char *path = NULL;
	unsigned number = 0;
	char *line;

	while ((line = next_line(&diff))) {
		if (strncmp(line, "+++ ", 4) == 0) {
			path = line + 4;
			path = is_passed_over(search, path) ? NULL : path;
		} else if (strncmp(line, "@@ ", 3) == 0) {
			const char *plus = strchr(line, '+');

			number = plus ? (unsigned)strtoul(plus + 1, NULL, 10) : 1;
		} else if (*line == '+') {
			if (path)
				look_at_line(search, path, number, line + 1);
			number++;
		}
	}
}

static int look_at_staged(struct search *search, struct err *err)
{
	static const char *const args[] = { "-c",
					    "core.quotePath=false",
					    "diff",
					    "--cached",
					    "--no-color",
					    "--unified=0",
					    "--diff-filter=d",
					    "--src-prefix=",
					    "--dst-prefix=",
					    "--no-renames",
					    NULL };
	struct git_cmd cmd = { .repo = &search->check->session->repo, .args = args };
	CLEANUP(strbuf_release)
	struct strbuf diff = STRBUF_INIT;

	if (git_run(&cmd, &diff, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < diff.len; i++) /* a NUL would hide what stands behind it */
		if (!diff.buf[i])
			diff.buf[i] = ' ';
	if (diff.len)
		look_at_diff(search, diff.buf);
	return 0;
}

/* A glob of paths a line; after '=' a text that is no secret. */
static void read_allowed(struct search *search)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct arena *arena = search->check->arena;
	char *at, *line;

	if (fs_read_file(search->check->session->layout.root_fd, ALLOW_FILE, SECRET_FILE_MAX, &text,
			 NULL) < 0 ||
	    !text.len)
		return;
	for (at = text.buf; (line = next_line(&at));) {
		if (*line == '=')
			vec_push(&search->allowed_texts, arena_strdup(arena, line + 1));
		else if (*line && *line != '#')
			vec_push(&search->allowed_paths,
				 glob_compile(arena, arena_strdup(arena, line)));
	}
}

int gate_no_secrets(struct gate_check *check, struct err *err)
{
	struct search search = { .check = check };
	int rc;

	read_allowed(&search);
	rc = check->gate->staged_only ? look_at_staged(&search, err) : look_at_all(&search, err);
	if (search.n_found > SHOWN_MAX)
		strbuf_addf(&search.shown, " and %zu more", search.n_found - SHOWN_MAX);
	if (rc == 0 && search.n_found)
		gate_found(check, "%s", strbuf_str(&search.shown));
	vec_release(&search.allowed_paths);
	vec_release(&search.allowed_texts);
	strbuf_release(&search.shown);
	return rc;
}
