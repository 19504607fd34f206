/*
 * `database`: what git-wf--database (step/helper.h) is told. The URL and the SQL may hold secrets: they go
 * by standard input, so that no list of processes has them.
 */
#include <string.h>

#include "base/percent.h"
#include "base/strbuf.h"
#include "command_impl.h"
#include "model/sqltext.h"
#include "step/helper.h"

/* "sqlite:a%20b", "sqlite://a b" → "sqlite:a b": a path of the tree. */
static const char *sqlite_url(const char *url, struct arena *arena, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf path = STRBUF_INIT;
	const char *clean;

	url = strchr(url, ':') + 1;
	if (strncmp(url, "//", 2) == 0)
		url += 2;
	if (percent_decode(&path, url, strlen(url)) < 0) {
		err_set(err, ERR_VALUE, "a '%%' of it has no two digits behind it");
		return NULL;
	}
	clean = command_check_path(arena, strbuf_str(&path), err);
	if (clean && (!*clean || strchr(clean, '\n'))) {
		err_set(err, ERR_VALUE, "'%.80s' is no name of a file", clean);
		return NULL;
	}
	return clean ? arena_join(arena, "sqlite:", clean, "") : NULL;
}

static const char *render_url(const struct database_action *database, const struct expr_env *env,
			      struct arena *arena, enum sql_dialect *dialect, struct err *err)
{
	static const struct text_putter putter = { NULL, text_put_url, NULL };
	CLEANUP(strbuf_release)
	struct strbuf url = STRBUF_INIT;
	int found;

	if (text_render_with(&database->url, env, &putter, &url, err) < 0)
		return NULL;
	found = sqltext_dialect_of(strbuf_str(&url));
	if (found < 0 || strpbrk(strbuf_str(&url), "\r\n")) {
		/* It may hold a password: it is not shown. */
		err_set(err, ERR_VALUE,
			"it begins with none of sqlite:, postgres:// and mysql://, or has a new "
			"line");
		return NULL;
	}
	*dialect = (enum sql_dialect)found;
	if (*dialect == SQL_SQLITE)
		return sqlite_url(strbuf_str(&url), arena, err);
	return arena_strdup(arena, strbuf_str(&url));
}

static int add_words(const struct database_action *database, const struct expr_env *env,
		     struct arena *arena, struct command *command, struct err *err)
{
	const char *folder;

	command_start_helper(command, HELPER_DATABASE, 3, arena);
	if (database->migrations.raw) {
		folder = command_render_text(&database->migrations, env, arena, err);
		folder = folder ? command_check_path(arena, folder, err) : NULL;
		if (!folder)
			return err_wrap(err, "migrations");
		command->argv[command->argc++] = arena_join(
			arena, "migrations=", *folder ? folder : ".", "");
	}
	if (database->is_atomic)
		command->argv[command->argc++] = "atomic";
	return 0;
}

int command_render_database(const struct step *step, const struct expr_env *env,
			    struct arena *arena, struct command *command, struct err *err)
{
	const struct database_action *database = step->database;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	enum sql_dialect dialect;
	const char *url = render_url(database, env, arena, &dialect, err);

	command->action = "database";
	if (!url)
		return err_wrap(err, "url");
	if (dialect == SQL_MYSQL && database->is_atomic && database->migrations.raw)
		return err_set(err, ERR_VALUE,
			       "rollback_on_failure is not for migrations of mysql: its CREATE and "
			       "ALTER are transactions of their own");
	if (add_words(database, env, arena, command, err) < 0)
		return -1;
	strbuf_addstr(&text, url);
	strbuf_addch(&text, '\n');
	if (database->run.raw && sqltext_render(&database->run, dialect, env, &text, err) < 0)
		return err_wrap(err, "run");
	command->stdin_text = arena_strndup(arena, text.buf, text.len);
	return 0;
}
