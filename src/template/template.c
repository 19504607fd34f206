/*
 * Where templates are. See template/template.h.
 */
#include "template/template.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strmap.h"
#include "sys/fs.h"
#include "sys/self.h"

#define OWN_DIR	 ".workflows/templates"
#define FILE_MAX ((size_t)1 << 20) /* bytes */

static const struct {
	const char *other, *name;
} aliases[] = {
	{ "ci-cd", "ci" },	     { "feature", "feature-implementation" },
	{ "bugfix", "bug-fix" },     { "refactoring", "refactor" },
	{ "review", "code-review" }, { "fullstack", "full-stack" },
};

void template_list_release(struct template_list *templates)
{
	vec_release(&templates->list);
}

static bool has_name(const struct template_list *templates, const char *name)
{
	for (size_t i = 0; i < templates->list.n; i++) {
		if (strcmp(templates->list.v[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Is the entry `name` of folder `dir` a template? */
static bool read_entry(int dirfd, const char *dir, const char *name, struct arena *arena,
		       struct template *template)
{
	const char *path = arena_join(arena, dir, "/", name), *dot = strrchr(name, '.');
	struct file_id id;

	*template = (struct template){ .dirfd = dirfd, .path = path };
	if (fs_stat(dirfd, path, &id, NULL) != 0)
		return false;
	if (S_ISREG(id.mode) && dot && dot > name && strcmp(dot, ".yml") == 0) {
		template->name = arena_strndup(arena, name, (size_t)(dot - name));
		return true;
	}
	if (!S_ISDIR(id.mode))
		return false;
	template->dir = path;
	template->path = arena_join(arena, path, "/", "workflow.yml");
	template->name = arena_strdup(arena, name);
	return fs_stat(dirfd, template->path, &id, NULL) == 0 && S_ISREG(id.mode);
}

static int add_place(int dirfd, const char *dir, bool is_own, struct arena *arena,
		     struct template_list *templates, struct err *err)
{
	struct fs_names names = { 0 };
	int rc = fs_list_names(dirfd, dir, "", &names, err);

	for (size_t i = 0; rc == 0 && i < names.list.n; i++) {
		struct template template;

		if (!read_entry(dirfd, dir, names.list.v[i], arena, &template) ||
		    has_name(templates, template.name))
			continue;
		template.is_own = is_own;
		vec_push(&templates->list, template);
	}
	fs_names_release(&names);
	return rc;
}

/* share/git-wf/templates, from where the program is: in build/, or in bin/ of a prefix. */
static const char *find_share(struct arena *arena)
{
	static const char *const places[] = { "/share/git-wf/templates",
					      "/../share/git-wf/templates" };

	return self_find(places, ARRAY_SIZE(places), R_OK | X_OK, NULL, arena, NULL);
}

static int compare_templates(const void *a, const void *b)
{
	return strcmp(((const struct template *)a)->name, ((const struct template *)b)->name);
}

int template_find_all(int root_fd, struct arena *arena, struct template_list *templates,
		      struct err *err)
{
	const char *share = find_share(arena);

	if ((root_fd >= 0 && add_place(root_fd, OWN_DIR, true, arena, templates, err) < 0) ||
	    (share && add_place(AT_FDCWD, share, false, arena, templates, err) < 0))
		return -1;
	if (templates->list.n)
		qsort(templates->list.v, templates->list.n, sizeof *templates->list.v,
		      compare_templates);
	return 0;
}

static const struct template *find_name(const struct template_list *templates, const char *name)
{
	for (size_t i = 0; i < templates->list.n; i++) {
		if (strcmp(templates->list.v[i].name, name) == 0)
			return &templates->list.v[i];
	}
	return NULL;
}

static int unknown_template(const struct template_list *templates, const char *name,
			    struct err *err)
{
	VEC(const char *) names = { 0 };
	const char *nearest;

	for (size_t i = 0; i < templates->list.n; i++)
		vec_push(&names, templates->list.v[i].name);
	nearest = nearest_word(name, names.v, names.n);
	vec_release(&names);
	if (nearest)
		return err_set(err, ERR_NOT_FOUND, "no template '%s'; did you mean '%s'?", name,
			       nearest);
	return err_set(err, ERR_NOT_FOUND, "no template '%s'; 'git wf new --list' shows them",
		       name);
}

int template_find(int root_fd, const char *name, struct arena *arena, struct template *template,
		  struct err *err)
{
	struct template_list templates = { 0 };
	const struct template *found = NULL;
	int rc = template_find_all(root_fd, arena, &templates, err);

	if (rc == 0)
		found = find_name(&templates, name);
	for (size_t i = 0; rc == 0 && !found && i < ARRAY_SIZE(aliases); i++) {
		if (strcmp(aliases[i].other, name) == 0)
			found = find_name(&templates, aliases[i].name);
	}
	if (found)
		*template = *found;
	else if (rc == 0)
		rc = unknown_template(&templates, name, err);
	template_list_release(&templates);
	return rc;
}

int template_read(const struct template *template, struct strbuf *text, struct err *err)
{
	if (fs_read_file(template->dirfd, template->path, FILE_MAX, text, err) < 0)
		return err_wrap(err, "cannot read template '%s'", template->name);
	return 0;
}
