/*
 * From a template to files of the repository. All is composed and read as a workflow first; then the
 * workflow is written last, so that it never stands there without what it names.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "sys/fs.h"
#include "template/template.h"

#define FILE_MAX ((size_t)1 << 20) /* bytes */

void template_result_release(struct template_result *result)
{
	fill_release(&result->fill);
	strbuf_release(&result->text);
	diags_release(&result->diags);
	vec_release(&result->wrote);
	vec_release(&result->kept);
}

/* ---- The text ---- */

static void parse(const struct template_request *request, struct template_result *result,
		  struct arena *arena)
{
	diags_release(&result->diags);
	memset(&result->diags, 0, sizeof result->diags);
	diags_begin(&result->diags, request->template->path, &result->text);
	result->wf = workflow_load(arena, request->id, &result->diags);
}

static const struct param *find_param(const struct workflow *wf, const char *option,
				      struct arena *arena)
{
	char *name = arena_strdup(arena, option);

	for (char *c = name; *c; c++)
		*c = *c == '-' ? '_' : *c;
	return workflow_param(wf, name);
}

static int set_value(const struct template_request *request, const struct template_value *value,
		     struct template_result *result, struct arena *arena, struct err *err)
{
	const struct param *param = find_param(result->wf, value->name, arena);
	const char *text = value->value;

	if (!param)
		return err_set(err, ERR_USAGE, "template '%s' has no parameter '%s'",
			       request->template->name, value->name);
	if (!text && param->type == PARAM_BOOL)
		text = "true";
	if (!text)
		return err_set(err, ERR_USAGE, "'--%s' needs a value", value->name);
	if (fill_default(param, text, &result->text, err) < 0)
		return -1;
	parse(request, result, arena);
	return 0;
}

static int compose(const struct template_request *request, struct template_result *result,
		   struct arena *arena, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	result->fill.root_fd = request->root_fd;
	result->fill.id = request->id;
	result->fill.arena = arena;
	if (template_read(request->template, &text, err) < 0)
		return -1;
	if (fill_marks(&result->fill, strbuf_str(&text), &result->text, err) < 0)
		return err_wrap(err, "template '%s'", request->template->name);
	parse(request, result, arena);
	for (size_t i = 0; result->wf && i < request->n_values; i++) {
		if (set_value(request, &request->values[i], result, arena, err) < 0)
			return -1;
	}
	return result->wf ? 0 : -1;
}

/* ---- Files ---- */

/* 0: written; 1: something is there already; -1. */
static int write_new(const struct template_request *request, const char *path, mode_t mode,
		     const struct strbuf *text, struct template_result *result, struct err *err)
{
	struct file_id id;
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	int rc = fs_stat(request->root_fd, path, &id, err);

	if (rc <= 0)
		return rc < 0 ? -1 : 1;
	if (slash && (size_t)(slash - path) < sizeof dir) {
		memcpy(dir, path, (size_t)(slash - path));
		dir[slash - path] = '\0';
		if (fs_mkdir_p(request->root_fd, dir, 0777, err) < 0)
			return -1;
	}
	if (fs_replace(request->root_fd, path, mode, strbuf_str(text), text->len, 0, err) < 0)
		return -1;
	vec_push(&result->wrote, path);
	return 0;
}

/* What is there and says the same needs no word. */
static bool is_same(const struct template_request *request, const char *path,
		    const struct strbuf *text)
{
	CLEANUP(strbuf_release)
	struct strbuf there = STRBUF_INIT;

	return fs_read_file(request->root_fd, path, FILE_MAX, &there, NULL) == 0 &&
	       there.len == text->len && !memcmp(strbuf_str(&there), strbuf_str(text), text->len);
}

static int copy_file(const struct template_request *request, const char *from, const char *to,
		     mode_t mode, struct template_result *result, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	int rc;

	if (fs_read_file(request->template->dirfd, from, FILE_MAX, &text, err) < 0)
		return -1;
	rc = write_new(request, to, mode, &text, result, err);
	if (rc > 0 && !is_same(request, to, &text))
		vec_push(&result->kept, to);
	return rc < 0 ? -1 : 0;
}

static int copy_folder(const struct template_request *request, const char *folder,
		       const char *suffix, mode_t mode, struct arena *arena,
		       struct template_result *result, struct err *err)
{
	const char *dir;
	struct fs_names names = { 0 };
	int rc;

	if (!request->template->dir)
		return 0;
	dir = arena_join(arena, request->template->dir, "/", folder);
	rc = fs_list_names(request->template->dirfd, dir, suffix, &names, err);
	for (size_t i = 0; rc == 0 && i < names.list.n; i++)
		rc = copy_file(request, arena_join(arena, dir, "/", names.list.v[i]),
			       arena_printf(arena, ".workflows/%s/%s", folder, names.list.v[i]),
			       mode, result, err);
	fs_names_release(&names);
	return rc;
}

/* A workflow is its id: ID.yaml beside ID.yml would be two of one name. */
static int check_free(const struct template_request *request, struct arena *arena, struct err *err)
{
	struct file_id id;
	const char *path = request->path;
	int rc = fs_stat(request->root_fd, path, &id, err);

	for (size_t i = 0; rc == 1 && i < WORKFLOW_ENDINGS; i++) {
		path = arena_join(arena, ".workflows/", request->id, workflow_endings[i]);
		rc = fs_stat(request->root_fd, path, &id, err);
	}
	if (rc == 0)
		return err_set(err, ERR_USAGE, "'%s' is there already; nothing was written", path);
	return rc < 0 ? -1 : 0;
}

void template_take_back(const struct template_request *request,
			const struct template_result *result)
{
	for (size_t i = 0; i < result->wrote.n; i++)
		unlinkat(request->root_fd, result->wrote.v[i], 0);
}

int template_write(const struct template_request *request, struct arena *arena,
		   struct template_result *result, struct err *err)
{
	if (check_free(request, arena, err) < 0 || compose(request, result, arena, err) < 0)
		return -1;
	if (copy_folder(request, "agents", ".md", 0666, arena, result, err) == 0 &&
	    copy_folder(request, "actions", "", 0777, arena, result, err) == 0 &&
	    write_new(request, request->path, 0666, &result->text, result, err) == 0)
		return 0;
	template_take_back(request, result);
	return -1;
}
