/*
 * `git mktree` that syncs: git's own reads no settings, so nothing tells it to, and after a power cut
 * there might be a name without content, which git takes for the object from then on.
 */
#include <stdlib.h>
#include <string.h>

#include "snapshot_impl.h"

struct tree_entry {
	const char *mode, *oid, *name;
	size_t mode_len, oid_len, name_len;
};

/* "<mode> <type> <oid>\t<name>"; names are ours and hold nothing odd. */
static struct tree_entry parse_line(const char *line)
{
	struct tree_entry entry = { .mode = line + strspn(line, "0") };

	entry.mode_len = strcspn(entry.mode, " ");
	entry.oid = entry.mode + entry.mode_len + 1;
	entry.oid += strcspn(entry.oid, " ") + 1;
	entry.oid_len = strcspn(entry.oid, "\t");
	entry.name = entry.oid + entry.oid_len + 1;
	entry.name_len = strcspn(entry.name, "\n");
	return entry;
}

/* What git compares at the end of a name: a folder as if a slash came. */
static int end_of_name(const struct tree_entry *entry)
{
	return *entry->mode == '4' ? '/' : 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct tree_entry *x = a, *y = b;
	size_t len = x->name_len < y->name_len ? x->name_len : y->name_len;
	int result = memcmp(x->name, y->name, len);
	int next_x = x->name_len > len ? (unsigned char)x->name[len] : end_of_name(x);
	int next_y = y->name_len > len ? (unsigned char)y->name[len] : end_of_name(y);

	return result ? result : next_x - next_y;
}

static unsigned digit(char hex)
{
	return hex <= '9' ? (unsigned)(hex - '0') : (unsigned)(hex - 'a' + 10);
}

static void add_entry(struct strbuf *tree, const struct tree_entry *entry)
{
	strbuf_add(tree, entry->mode, entry->mode_len);
	strbuf_addch(tree, ' ');
	strbuf_add(tree, entry->name, entry->name_len);
	strbuf_addch(tree, 0);
	for (size_t i = 0; i + 1 < entry->oid_len; i += 2)
		strbuf_addch(tree, (char)(digit(entry->oid[i]) << 4 | digit(entry->oid[i + 1])));
}

int snapshot_mktree(const struct snapshot_work *work, const struct strbuf *lines, const char **oid,
		    struct err *err)
{
	static const char *const args[] = { "hash-object", "-w", "-t", "tree", "--stdin", NULL };
	struct strbuf tree CLEANUP(strbuf_release) = STRBUF_INIT;
	VEC(struct tree_entry) entries = { 0 };

	for (size_t at = 0; at < lines->len; at += strcspn(lines->buf + at, "\n") + 1)
		vec_push(&entries, parse_line(lines->buf + at));
	if (entries.n)
		qsort(entries.v, entries.n, sizeof *entries.v, compare_entries);
	for (size_t i = 0; i < entries.n; i++)
		add_entry(&tree, &entries.v[i]);
	vec_release(&entries);
	return snapshot_git_oid(work, NULL, args, &tree, oid, err);
}
