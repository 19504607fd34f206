/*
 * `database`: SQL for sqlite3, psql or mysql.
 */
#include <string.h>

#include "action_impl.h"
#include "model/sqltext.h"
#include "parse_impl.h"

#define DATABASE(member) offsetof(struct database_action, member)

static const struct field database_fields[] = {
	{ "url", DATABASE(url), NULL },
	{ "run", DATABASE(run), NULL },
	{ "migrations", DATABASE(migrations), NULL },
	{ "rollback_on_failure", DATABASE(is_atomic), NULL },
};

const struct field_table parse_database_fields = { ARRAY_SIZE(database_fields), database_fields };

/* Where the URL says at once what it is of. */
static void check_dialect(struct reader *reader, const struct database_action *database)
{
	const char *url = database->url.raw;
	int dialect = sqltext_dialect_of(url);
	struct err err = ERR_INIT;

	if (dialect < 0 && strncmp(url, "${", 2) != 0) {
		diag_hint(reader->diags,
			  diag_error(reader->diags, database->url.span,
				     "'%.60s' is no URL of a database", url),
			  "write sqlite:PATH, postgres://USER@HOST/NAME or mysql://USER@HOST/NAME");
		return;
	}
	if (dialect == SQL_MYSQL && database->is_atomic && database->migrations.raw)
		diag_error(reader->diags, database->url.span,
			   "'rollback_on_failure' is not for migrations of mysql: its CREATE and "
			   "ALTER are transactions of their own");
	if (dialect >= 0 && database->run.raw &&
	    sqltext_check(&database->run, (enum sql_dialect)dialect, &err) < 0)
		diag_error(reader->diags, database->run.span, "%s", err_msg(&err));
	err_release(&err);
}

static void check(struct reader *reader, const struct yaml_node *node,
		  const struct database_action *database)
{
	if (!yaml_get(node, "url"))
		parse_missing(reader, node, AT_DATABASE, "url");
	else if (database->url.raw)
		check_dialect(reader, database);
	if (!yaml_get(node, "run") && !yaml_get(node, "migrations"))
		diag_error(reader->diags, node->span, "'database' needs 'run' or 'migrations'");
	if (database->run.raw && !database->run.raw[strspn(database->run.raw, " \t\n")])
		diag_error(reader->diags, database->run.span, "'run' is empty");
	parse_check_path(reader, &database->migrations, "migrations");
}

static void finish(struct reader *reader, const struct yaml_node *map, struct step_draft *draft)
{
	static const char *const refused[] = { "inputs", "depfile", "tools",   "shell",	  "stdin",
					       "cache",	 "limits",  "sandbox", "console", NULL };
	static const struct own_action own = { ACTION_DATABASE, "database", refused, false };

	parse_own_finish(reader, map, draft, &own);
	if (!yaml_get(map, "retry"))
		draft->step.retry = NULL; /* that of defaults is for what can be done twice */
}

void parse_database(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *step_draft)
{
	struct step_draft *draft = step_draft;
	struct database_action *database = ARENA_NEW(reader->arena, struct database_action);

	parse_own_begin(draft, node, finish);
	draft->step.database = database;
	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, row, node);
		return;
	}
	parse_fields(reader, AT_DATABASE, node, database);
	check(reader, node, database);
}

void action_visit_database(const struct step *step, const struct action_visitor *visitor)
{
	visitor->text(visitor->data, &step->database->url);
	visitor->text(visitor->data, &step->database->run);
	visitor->text(visitor->data, &step->database->migrations);
}
