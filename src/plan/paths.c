/*
 * Texts of a step to the paths of a node. What cannot be known yet (the result of a step, the value
 * of a foreach that is not expanded) stands as `*` in a glob, so that edges can be drawn all the same.
 */
#include <string.h>

#include "base/glob.h"
#include "base/xalloc.h"
#include "plan/plan_impl.h"

/* --- what is known when --- */

struct late_search {
	const struct late *late; /* of the file; members NULL: not known yet */
	const struct workflow *wf;
	bool steps_are_known, each_is_late, is_late;
};

static const struct var *find_var(const struct workflow *wf, const char *name)
{
	size_t i;

	for (i = 0; i < wf->n_vars; i++)
		if (!strcmp(wf->vars[i].name, name))
			return &wf->vars[i];
	return NULL;
}

static void note_late(void *data, const struct expr_ref *ref)
{
	struct late_search *search = data;
	const struct workflow *wf = search->wf;
	const struct param *param;
	const struct var *var;

	if (ref->ns == NS_STEPS || ref->ns == NS_ERROR) {
		search->is_late |= !search->steps_are_known;
	} else if (ref->ns == NS_EACH) {
		search->is_late |= search->each_is_late;
	} else if (ref->ns == NS_VARS && ref->n_path && search->late->vars) {
		var = find_var(wf, ref->path[0]);
		if (var && search->late->vars[var - wf->vars])
			search->is_late |= !search->steps_are_known;
	} else if (ref->ns == NS_PARAMS && ref->n_path && search->late->params) {
		param = workflow_param(wf, ref->path[0]);
		if (param && search->late->params[param - wf->params])
			search->is_late |= !search->steps_are_known;
	}
}

static struct late_search search_new(const struct build *build, const struct step *step,
				     bool each_is_late)
{
	const struct unit *unit = step ? step->unit : build->plan->wf->units[0];

	return (struct late_search){ &build->late[unit->index], unit->wf, build->steps_are_known,
				     each_is_late, false };
}

bool expr_is_late(const struct build *build, const struct step *step, const struct expr *expr,
		  bool each_is_late)
{
	struct late_search search = search_new(build, step, each_is_late);

	expr_each_ref(expr, note_late, &search);
	return search.is_late;
}

bool text_is_late(const struct build *build, const struct step *step, const struct text *text,
		  bool each_is_late)
{
	struct late_search search = search_new(build, step, each_is_late);

	if (text->n_parts)
		text_each_ref(text, note_late, &search);
	return search.is_late;
}

/* A parameter whose value, given in the file outside, is late. */
static const bool *late_params(const struct workflow *wf, const struct unit *unit,
			       const struct late *all, struct arena *arena)
{
	const struct group *group;
	bool *late;
	size_t i, t;

	if (!unit->outer)
		return NULL;
	group = wf->steps[unit->user].group;
	late = ARENA_ARRAY(arena, bool, unit->wf->n_params + 1);
	for (i = 0; i < group->n_with; i++) {
		const struct param *param = workflow_param(unit->wf, group->with[i].name);
		struct late_search search = { &all[unit->outer->index], unit->outer->wf, false,
					      false, false };

		for (t = 0; t < group->with[i].n_items; t++)
			if (group->with[i].items[t].n_parts)
				text_each_ref(&group->with[i].items[t], note_late, &search);
		if (param)
			late[param - unit->wf->params] = search.is_late;
	}
	return late;
}

/* As long as it grows: vars may use each other in any order. */
static void late_vars(const struct workflow *wf, struct late *late, struct arena *arena)
{
	bool *vars = ARENA_ARRAY(arena, bool, wf->n_vars + 1), grew = true;
	size_t i;

	late->vars = vars;
	while (grew) {
		grew = false;
		for (i = 0; i < wf->n_vars; i++) {
			struct late_search search = { late, wf, false, false, false };

			if (vars[i])
				continue;
			expr_each_ref(wf->vars[i].expr, note_late, &search);
			vars[i] = search.is_late;
			grew |= vars[i];
		}
	}
}

const struct late *late_find(const struct workflow *wf, struct arena *arena)
{
	struct late *late = ARENA_ARRAY(arena, struct late, wf->n_units);
	size_t u;

	for (u = 0; u < wf->n_units; u++) {
		late[u].params = late_params(wf, wf->units[u], late, arena);
		late_vars(wf->units[u]->wf, &late[u], arena);
	}
	return late;
}

/* --- values --- */

static const struct expr_env *scope_of(struct build *build, const struct node *node)
{
	return build->host->scope(build->host->data, node);
}

int text_value(struct build *build, const struct text *text, const struct node *node,
	       const char **value)
{
	struct strbuf out = STRBUF_INIT;
	int result;

	if (!text->n_parts) {
		*value = text->raw;
		return 0;
	}
	result = text_render(text, build->host->scope(build->host->data, node), &out, build->err);
	if (result == 0)
		*value = arena_strndup(&build->plan->arena, strbuf_str(&out), out.len);
	strbuf_release(&out);
	return result;
}

/* What `${…}` puts into a glob is meant as it is, and so is the text around an unknown value. */
static void add_quoted(struct strbuf *out, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (memchr("*?[]{}\\", s[i], 7))
			strbuf_addch(out, '\\');
		strbuf_addch(out, s[i]);
	}
}

static int add_expr(struct build *build, const struct expr *expr, const struct expr_env *env,
		    bool is_glob, struct strbuf *out)
{
	struct strbuf text = STRBUF_INIT;
	struct value value;

	if (expr_eval(expr, env, &build->scratch, &value, build->err) < 0)
		return -1;
	value_to_text(&value, &text);
	if (is_glob)
		add_quoted(out, strbuf_str(&text), text.len);
	else
		strbuf_add(out, strbuf_str(&text), text.len);
	strbuf_release(&text);
	return 0;
}

static bool is_unexpanded(const struct node *node)
{
	return node->kind == NODE_FOREACH && !node->is_expanded;
}

/* As a glob where the author wrote one, or where something is not known. */
static int add_parts(struct build *build, const struct path_spec *spec, const struct node *node,
		     bool is_glob, struct strbuf *out)
{
	bool is_pattern = spec->kind == PATH_GLOB || spec->kind == PATH_EXCLUDE;
	const struct expr_env *env = scope_of(build, node);
	uint32_t i;

	for (i = 0; i < spec->text.n_parts; i++) {
		const struct text_part *part = &spec->text.parts[i];

		if (!part->expr && is_glob && !is_pattern)
			add_quoted(out, part->lit, part->len);
		else if (!part->expr)
			strbuf_add(out, part->lit, part->len);
		else if (expr_is_late(build, node->step, part->expr, is_unexpanded(node)))
			strbuf_addch(out, '*');
		else if (add_expr(build, part->expr, env, is_glob, out) < 0)
			return -1;
	}
	return 0;
}

/* --- the form of a path --- */

static bool is_plain(const char *path)
{
	const char *p;

	if (*path == '/' || *path == '\0')
		return false;
	for (p = path; *p; p++) {
		if ((unsigned char)*p < ' ')
			return false;
		if (*p == '.' && (p == path || p[-1] == '/'))
			return false; /* "./", "..", ".git", and hidden files: looked at closely */
		if (*p == '/' && (p[1] == '/' || !p[1]))
			return false;
	}
	return true;
}

/* Why a path cannot be one, or NULL. Drops "./", doubled slashes and one at the end. A name that is
 * there, and was not written by hand, may hold anything. */
static const char *tidy(char *path, bool is_found)
{
	char *from = path, *to = path;
	size_t len;

	if (*path == '/')
		return "it is not relative to the root of the repository";
	for (; *from; from += len) {
		if (*from == '/') {
			len = 1;
			continue;
		}
		len = strcspn(from, "/");
		if (len == 1 && *from == '.')
			continue;
		if (len == 2 && !strncmp(from, "..", 2))
			return "it leads out of its directory with '..'";
		if (len == 4 && !strncmp(from, ".git", 4) && to == path)
			return "it is inside of '.git'";
		if (to > path)
			*to++ = '/';
		memmove(to, from, len);
		to += len;
	}
	*to = '\0';
	if (to == path)
		return "it is empty";
	for (; *path && !is_found; path++)
		if ((unsigned char)*path < ' ' && *path != '\t')
			return "it holds a control character";
	return NULL;
}

static const char *place_name(const struct node *node, const struct path_spec *spec)
{
	const struct step *step = node->step;

	return spec >= step->outputs && spec < step->outputs + step->n_outputs ? "output" : "input";
}

static int check_path(struct build *build, const struct path_spec *spec, const struct node *node,
		      bool is_found, const char **path)
{
	const char *what = *path, *why;
	char *copy;

	if (is_plain(*path))
		return 0;
	copy = arena_strdup(&build->plan->arena, *path);
	why = tidy(copy, is_found || (node->step->foreach && node->step->foreach->per_file &&
				      spec->text.n_parts));
	if (why)
		return build_fail(build, node->step, spec->text.span,
				  "%s '%s' of '%s' cannot be used: %s", place_name(node, spec),
				  what, node->id, why);
	*path = copy;
	return 0;
}

static int render_value(struct build *build, const struct path_spec *spec, const struct node *node,
			bool is_glob, const char **value)
{
	struct strbuf out = STRBUF_INIT;
	int result = add_parts(build, spec, node, is_glob, &out);

	if (result == 0)
		*value = arena_strndup(&build->plan->arena, strbuf_str(&out), out.len);
	else
		err_wrap(build->err, "%s '%s' of '%s'", place_name(node, spec), spec->text.raw,
			 node->id);
	strbuf_release(&out);
	return result;
}

int paths_render_spec(struct build *build, const struct path_spec *spec, const struct node *node,
		      struct node_path *path, bool *is_late)
{
	bool late, is_glob;

	path->kind = spec->kind;
	path->path = spec->text.raw;
	if (!spec->text.n_parts)
		return check_path(build, spec, node, false, &path->path);
	late = text_is_late(build, node->step, &spec->text, is_unexpanded(node));
	is_glob = late || spec->kind == PATH_GLOB || spec->kind == PATH_EXCLUDE;
	if (render_value(build, spec, node, is_glob, &path->path) < 0)
		return -1;
	if (check_path(build, spec, node, false, &path->path) < 0)
		return -1;
	if (late) {
		*is_late = true;
		if (spec->kind == PATH_LITERAL)
			path->kind = PATH_GLOB;
		if (spec->kind == PATH_DIR) {
			path->kind = PATH_GLOB;
			path->path = arena_printf(&build->plan->arena, "%s/**", path->path);
		}
	}
	return 0;
}

struct path_row {
	struct node_path *paths;
	size_t n, room;
};

static struct node_path *row_add(struct build *build, struct path_row *row)
{
	struct node_path *grown;

	if (row->n == row->room) {
		row->room = 2 * row->room + 8;
		grown = ARENA_ARRAY(&build->plan->arena, struct node_path, row->room);
		if (row->n)
			memcpy(grown, row->paths, row->n * sizeof *grown);
		row->paths = grown;
	}
	return &row->paths[row->n++];
}

/* Nothing but a value, which may be a list: each of its items is a path. */
static bool may_be_list(const struct build *build, const struct path_spec *spec,
			const struct node *node)
{
	return spec->kind == PATH_LITERAL && spec->text.n_parts == 1 && spec->text.parts[0].expr &&
	       !text_is_late(build, node->step, &spec->text, is_unexpanded(node));
}

static int add_value(struct build *build, const struct path_spec *spec, const struct node *node,
		     const struct value *value, bool is_item, struct path_row *row)
{
	struct node_path *path = row_add(build, row);
	struct strbuf text = STRBUF_INIT;

	value_to_text(value, &text);
	path->kind = PATH_LITERAL;
	path->path = arena_strndup(&build->plan->arena, strbuf_str(&text), text.len);
	strbuf_release(&text);
	return check_path(build, spec, node, is_item, &path->path);
}

static int add_values(struct build *build, const struct path_spec *spec, const struct node *node,
		      struct path_row *row)
{
	struct value value;
	size_t i;

	if (expr_eval(spec->text.parts[0].expr, scope_of(build, node), &build->scratch, &value,
		      build->err) < 0)
		return err_wrap(build->err, "%s '%s' of '%s'", place_name(node, spec),
				spec->text.raw, node->id);
	if (value.kind != VALUE_LIST)
		return add_value(build, spec, node, &value, false, row);
	for (i = 0; i < value.n; i++)
		if (add_value(build, spec, node, &value.items[i], true, row) < 0)
			return -1;
	return 0;
}

static int render_list(struct build *build, const struct path_spec *specs, size_t n,
		       struct node *node, struct node_path **paths, size_t *n_paths)
{
	struct path_row row = { .room = n };
	bool is_late = false;
	size_t i;

	row.paths = n ? ARENA_ARRAY(&build->plan->arena, struct node_path, n) : NULL;
	for (i = 0; i < n; i++)
		if ((may_be_list(build, &specs[i], node)
			     ? add_values(build, &specs[i], node, &row)
			     : paths_render_spec(build, &specs[i], node, row_add(build, &row),
						 &is_late)) < 0)
			return -1;
	*paths = row.paths;
	*n_paths = row.n;
	node->has_late_paths |= is_late;
	return 0;
}

int paths_render(struct build *build, struct node *node)
{
	const struct step *step = node->step;

	node->has_late_paths = false;
	if (render_list(build, step->inputs, step->n_inputs, node, &node->inputs, &node->n_inputs) <
	    0)
		return -1;
	return render_list(build, step->outputs, step->n_outputs, node, &node->outputs,
			   &node->n_outputs);
}
