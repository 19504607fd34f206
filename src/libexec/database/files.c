/*
 * The files of a folder of migrations: NUMBER_name.sql, in the order of their numbers.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/compat.h"
#include "base/sha256.h"
#include "database_impl.h"
#include "sys/fs.h"

#define FILE_MAX     ((size_t)256 << 20)
#define NAME_MAX_LEN 200

static bool is_sql(const char *name)
{
	size_t len = strlen(name);

	return *name != '.' && len > 4 && strcmp(name + len - 4, ".sql") == 0;
}

/* They stand in SQL, and in messages. */
static int check_name(const char *name, struct err *err)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t digits = strspn(name, "0123456789");

	if (!digits || digits > 18 || !strchr("_-.", name[digits]) || strlen(name) > NAME_MAX_LEN ||
	    name[strspn(name, letters)])
		return err_set(
			err, ERR_INVALID,
			"'%.80s' is no migration: it is called NUMBER_name.sql, with letters, "
			"digits, '_', '-' and '.'",
			name);
	return 0;
}

/* What begins or ends a transaction in it would take it out of ours. */
static int check_text(const struct migration *file, enum sql_dialect dialect, struct err *err)
{
	struct sqllex lex;
	const char *fault;

	if (memchr(file->text, '\0', file->len))
		return err_set(err, ERR_INVALID, "'%s' has a NUL byte", file->name);
	sqllex_init(&lex, dialect);
	sqllex_feed(&lex, file->text, file->len);
	fault = sqllex_end(&lex);
	if (fault)
		return err_set(err, ERR_INVALID, "'%s': %s", file->name, fault);
	if (lex.steers_transaction && dialect != SQL_MYSQL)
		return err_set(
			err, ERR_INVALID,
			"'%s' begins or ends a transaction: it is one, and has neither BEGIN "
			"nor COMMIT",
			file->name);
	return 0;
}

static int read_file(struct migrations *files, int dirfd, const char *name, struct arena *arena,
		     struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct migration file = { .name = arena_strdup(arena, name),
				  .number = strtoull(name, NULL, 10) };
	struct sha256 digest;
	char hex[SHA256_HEX_LEN + 1];

	if (check_name(name, err) < 0 || fs_read_file(dirfd, name, FILE_MAX, &text, err) < 0)
		return -1;
	file.len = text.len;
	file.text = arena_strndup(arena, strbuf_str(&text), text.len);
	digest = sha256_bytes(strbuf_str(&text), text.len);
	sha256_to_hex(&digest, hex);
	file.digest = arena_strdup(arena, hex);
	vec_push(&files->list, file);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct migration *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

static int check_order(struct migrations *files, struct err *err)
{
	if (!files->list.n)
		return 0;
	qsort(files->list.v, files->list.n, sizeof *files->list.v, compare);
	for (size_t i = 1; i < files->list.n; i++)
		if (files->list.v[i].number == files->list.v[i - 1].number)
			return err_set(err, ERR_INVALID, "'%s' and '%s' have the same number",
				       files->list.v[i - 1].name, files->list.v[i].name);
	return 0;
}

int files_read(struct migrations *files, const char *folder, struct arena *arena, struct err *err)
{
	struct fs_dir dir;
	struct fs_entry entry;
	int rc, more = 0;

	rc = fs_dir_open(&dir, AT_FDCWD, folder, err);
	if (rc > 0)
		err_set(err, ERR_NOT_FOUND, "there is no folder '%s'", folder);
	if (rc != 0)
		return -1;
	while (rc == 0 && (more = fs_dir_next(&dir, &entry, err)) > 0)
		if (is_sql(entry.name))
			rc = read_file(files, dirfd(dir.handle), entry.name, arena, err);
	fs_dir_close(&dir);
	return rc < 0 || more < 0 ? -1 : check_order(files, err);
}

int files_check(const struct migrations *files, enum sql_dialect dialect, struct err *err)
{
	for (size_t i = 0; i < files->list.n; i++)
		if (check_text(&files->list.v[i], dialect, err) < 0)
			return -1;
	return 0;
}
