/*
 * From a URL to the command line of a client. A password is in its environment only.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/percent.h"
#include "database_impl.h"

extern char **environ;

/* Settings of the session that decide how a literal is read, and that a query ends with its client. */
#define POSTGRES_PROLOGUE                                                                          \
	"SET standard_conforming_strings = on; DO $wf$BEGIN PERFORM "                              \
	"set_config('client_connection_check_interval', '1s', false); EXCEPTION WHEN OTHERS THEN " \
	"NULL; END$wf$; "
#define QUERY_MAX 20 /* words of the command line */
#define MYSQL_PROLOGUE                                                                        \
	"SET SESSION sql_mode = REPLACE(REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', " \
	"''), 'ANSI_QUOTES', ''); "

struct parts { /* of scheme://user:password@host:port/name?query, decoded */
	const char *user, *password, *host, *port, *name;
	const char *query; /* not decoded, or NULL */
};

/* "%20" → " "; NULL with err. */
static const char *decode(struct arena *arena, const char *text, size_t len, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;

	if (percent_decode(&out, text, len) < 0) {
		err_set(err, ERR_VALUE, "url: a '%%' has no two digits behind it");
		return NULL;
	}
	return arena_strndup(arena, strbuf_str(&out), out.len);
}

static int cut_authority(struct arena *arena, const char *text, size_t len, struct parts *parts,
			 struct err *err)
{
	const char *at = memrchr(text, '@', len), *host = at ? at + 1 : text;
	const char *colon = at ? memchr(text, ':', (size_t)(at - text)) : NULL;
	size_t host_len = len - (size_t)(host - text);
	const char *port = *host == '[' ? NULL : memchr(host, ':', host_len);

	if (at) {
		parts->user = decode(arena, text, (size_t)((colon ? colon : at) - text), err);
		if (!parts->user)
			return -1;
	}
	if (colon && !(parts->password = decode(arena, colon + 1, (size_t)(at - colon - 1), err)))
		return -1;
	if (port &&
	    !(parts->port = decode(arena, port + 1, host_len - (size_t)(port + 1 - host), err)))
		return -1;
	parts->host = decode(arena, host, port ? (size_t)(port - host) : host_len, err);
	return parts->host ? 0 : -1;
}

static int cut_url(struct arena *arena, const char *url, struct parts *parts, struct err *err)
{
	const char *rest = strstr(url, "://") + 3;
	size_t authority = strcspn(rest, "/?"), path;

	memset(parts, 0, sizeof *parts);
	if (cut_authority(arena, rest, authority, parts, err) < 0)
		return -1;
	rest += authority;
	path = strcspn(rest, "?");
	if (path > 1 && !(parts->name = decode(arena, rest + 1, path - 1, err)))
		return -1;
	if (rest[path] == '?')
		parts->query = rest + path + 1;
	return 0;
}

/* ---- sqlite3 ---- */

/* The file, or the folder it will be in, is in the tree, wherever links lead. */
static int check_inside(struct client *client, const char *path, const char *root, struct err *err)
{
	char real_root[PATH_MAX], real[PATH_MAX];
	const char *slash = strrchr(path, '/');
	const char *folder = arena_strndup(&client->arena, path, (size_t)(slash - path));
	size_t len;

	if (!realpath(root, real_root))
		return err_errno(err, "cannot find '%s'", root);
	len = strlen(real_root);
	if (!realpath(path, real) && !realpath(folder, real))
		return err_errno(err, "cannot open '%s'", path);
	if (strncmp(real, real_root, len) != 0 || (real[len] && real[len] != '/'))
		return err_set(err, ERR_VALUE, "'%s' leads out of the repository by a link", path);
	return 0;
}

static int init_sqlite(struct client *client, const char *url, const char *root, struct err *err)
{
	const char *path = arena_join(&client->arena, root, "/", strchr(url, ':') + 1);
	const char *const argv[] = { "sqlite3",	       "-init", "/dev/null", "-batch",
				     "-bail",	       "-csv",	"-noheader", "-cmd",
				     ".timeout 10000", path,	NULL };

	client->argv = arena_memdup(&client->arena, argv, sizeof argv);
	client->prologue = "";
	return check_inside(client, path, root, err);
}

/* ---- psql ---- */

/* The query of a postgres URL without its password, which is taken out of it. */
static int cut_password(struct client *client, const char *query, struct strbuf *rest,
			struct err *err)
{
	const char *before = "?";

	while (query && *query) {
		size_t len = strcspn(query, "&");

		if (len > 9 && strncmp(query, "password=", 9) == 0) {
			const char *word = decode(&client->arena, query + 9, len - 9, err);

			if (!word)
				return -1;
			env_set(&client->env, "PGPASSWORD", word);
		} else {
			strbuf_addf(rest, "%s%.*s", before, (int)len, query);
			before = "&";
		}
		query += len + (query[len] == '&');
	}
	return 0;
}

static int init_postgres(struct client *client, const char *url, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf bare = STRBUF_INIT;
	const char *rest = strstr(url, "://") + 3, *at;
	size_t authority = strcspn(rest, "/?"), user;
	struct parts parts;

	if (cut_url(&client->arena, url, &parts, err) < 0)
		return -1;
	at = memrchr(rest, '@', authority);
	user = at ? strcspn(rest, ":@") : 0;
	strbuf_addf(&bare, "postgresql://%.*s", (int)user, rest);
	strbuf_add(&bare, at ? at : rest, at ? authority - (size_t)(at - rest) : authority);
	rest += authority;
	strbuf_add(&bare, rest, strcspn(rest, "?"));
	if (parts.password)
		env_set(&client->env, "PGPASSWORD", parts.password);
	if (cut_password(client, parts.query, &bare, err) < 0)
		return -1;
	env_set(&client->env, "PGCLIENTENCODING", "UTF8");
	const char *const argv[] = { "psql",  "-X",
				     "-q",    "-w",
				     "-v",    "ON_ERROR_STOP=1",
				     "--csv", "-t",
				     "-d",    arena_strdup(&client->arena, bare.buf),
				     "-f",    "-",
				     NULL };

	client->argv = arena_memdup(&client->arena, argv, sizeof argv);
	client->prologue = POSTGRES_PROLOGUE;
	return 0;
}

/* ---- mysql ---- */

static int add_query(struct client *client, const char *query, const char **words, size_t *n,
		     struct err *err)
{
	static const struct {
		const char *key, *option;
	} known[] = {
		{ "socket=", "--socket=" },
		{ "ssl-mode=", "--ssl-mode=" },
		{ "ssl-ca=", "--ssl-ca=" },
	};

	while (query && *query) {
		size_t len = strcspn(query, "&"), i = 0, key;

		const char *value;

		if (*n > QUERY_MAX)
			return err_set(err, ERR_VALUE, "url: too much behind the '?'");
		while (i < ARRAY_SIZE(known) &&
		       strncmp(query, known[i].key, strlen(known[i].key)) != 0)
			i++;
		if (i == ARRAY_SIZE(known))
			return err_set(err, ERR_VALUE,
				       "url: mysql is told of socket, ssl-mode and ssl-ca only");
		key = strlen(known[i].key);
		value = decode(&client->arena, query + key, len - key, err);
		if (!value)
			return -1;
		words[(*n)++] = arena_join(&client->arena, known[i].option, value, "");
		query += len + (query[len] == '&');
	}
	return 0;
}

static int init_mysql(struct client *client, const char *url, struct err *err)
{
	const char *words[QUERY_MAX + 5] = { "mysql", "--batch", "--skip-column-names",
					     "--default-character-set=utf8mb4" };
	struct parts parts;
	size_t n = 4;

	if (cut_url(&client->arena, url, &parts, err) < 0)
		return -1;
	if (*parts.host)
		words[n++] = arena_join(&client->arena, "--host=", parts.host, "");
	if (parts.port)
		words[n++] = arena_join(&client->arena, "--port=", parts.port, "");
	if (parts.user)
		words[n++] = arena_join(&client->arena, "--user=", parts.user, "");
	if (parts.password)
		env_set(&client->env, "MYSQL_PWD", parts.password);
	if (add_query(client, parts.query, words, &n, err) < 0)
		return -1;
	if (parts.name)
		words[n++] = arena_join(&client->arena, "--database=", parts.name, "");
	client->argv = arena_memdup(&client->arena, words, (n + 1) * sizeof *words);
	client->prologue = MYSQL_PROLOGUE;
	return 0;
}

/* ---- All of it ---- */

int client_init(struct client *client, const char *url, const char *root, struct err *err)
{
	env_init(&client->env, environ, 0);
	if (strncmp(url, "sqlite:", 7) == 0) {
		client->dialect = SQL_SQLITE;
		return init_sqlite(client, url, root, err);
	}
	if (strncmp(url, "postgres", 8) == 0 && strstr(url, "://")) {
		client->dialect = SQL_POSTGRES;
		return init_postgres(client, url, err);
	}
	if ((strncmp(url, "mysql", 5) == 0 || strncmp(url, "mariadb", 7) == 0) &&
	    strstr(url, "://")) {
		client->dialect = SQL_MYSQL;
		return init_mysql(client, url, err);
	}
	return err_set(err, ERR_USAGE, "no URL of a database that is known");
}

void client_release(struct client *client)
{
	env_release(&client->env);
	arena_release(&client->arena);
}
