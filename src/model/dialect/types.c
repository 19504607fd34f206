/*
 * `type` of a task: which of its keys make up its action.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dialect_impl.h"

/* A key of the task, and what it is called in the action's mapping. */
struct part {
	const char *theirs, *ours;
};

static void take_parts(struct dialect *d, struct task *task, const struct part *parts, size_t n,
		       struct tree_map *into)
{
	for (size_t i = 0; i < n; i++) {
		const struct yaml_pair *pair = task_take(task, parts[i].theirs);

		if (pair)
			tree_put(d, into, &pair->key, parts[i].ours, text_copy(d, &pair->value));
	}
}

static void put_action(struct dialect *d, const struct yaml_node *type, const char *key,
		       const struct tree_map *action, struct tree_map *out)
{
	tree_add(d, out, type->span, key, tree_of_map(action, type->span, false));
}

static void type_shell(struct dialect *d, struct task *task, const struct yaml_node *type,
		       struct tree_map *out)
{
	const struct yaml_pair *script = task_take(task, "script");

	(void)type;
	if (script)
		tree_put(d, out, &script->key, "run", text_copy(d, &script->value));
}

/* ---- http ---- */

/* Of a request a number from 1000 on is in milliseconds. */
static void take_timeout(struct dialect *d, struct task *task, struct tree_map *out)
{
	const struct yaml_pair *pair = task_take(task, "timeout");
	bool is_ms;

	if (!pair)
		return;
	is_ms = tree_is_scalar(&pair->value) && strtod(pair->value.text, NULL) >= 1000 &&
		!pair->value.text[strspn(pair->value.text, "0123456789.")];
	if (is_ms)
		tree_put(d, out, &pair->key, "timeout",
			 tree_retext(&pair->value,
				     arena_join(d->arena, pair->value.text, "ms", "")));
	else
		walk_pair(d, AT_STEP, pair, out);
}

/* Structure is JSON, text is text. */
static void put_body(struct dialect *d, struct task *task, struct tree_map *http)
{
	static const char *const forms[] = { "json", "form", "file", "text" };
	const struct yaml_pair *pair = task_take(task, "data");
	struct tree_map body = { 0 };
	struct yaml_node value;
	bool is_form = false;

	if (!pair)
		pair = task_take(task, "body");
	if (!pair)
		return;
	value = text_copy(d, &pair->value);
	/* The canonical form stays. */
	for (size_t i = 0; value.kind == YAML_MAP && value.n_pairs == 1 && i < ARRAY_SIZE(forms);
	     i++)
		is_form |= strcmp(pair->key.text, "body") == 0 &&
			   tree_is(&value.pairs[0].key, forms[i]);
	if ((value.kind == YAML_MAP || value.kind == YAML_SEQ) && !is_form) {
		tree_add(d, &body, pair->key.span, "json", value);
		value = tree_of_map(&body, pair->value.span, false);
	}
	tree_put(d, http, &pair->key, "body", value);
}

static void put_method(struct dialect *d, struct task *task, struct tree_map *http)
{
	const struct yaml_pair *pair = task_take(task, "method");
	struct yaml_node first;
	char *copy;

	if (!pair)
		return;
	first = tree_first(d, &pair->value);
	if (tree_is_scalar(&first)) {
		copy = arena_strdup(d->arena, first.text);
		for (char *c = copy; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		first = tree_retext(&first, copy);
	}
	tree_put(d, http, &pair->key, "method", first);
}

/* What comes back is the only thing that a request makes. */
static void put_answer(struct dialect *d, struct task *task, struct tree_map *http)
{
	const struct yaml_pair *pair = task_take(task, "outputs");
	struct tree_list paths = { 0 };

	if (!pair)
		return;
	names_add_outputs(d, &pair->value, &paths);
	if (paths.n == 1 && !tree_get(http, "save"))
		tree_put(d, http, &pair->key, "save", paths.v[0]);
	else if (paths.n)
		diag_error(d->diags, pair->value.span,
			   "a request has one output, the body of its answer");
}

static void type_http(struct dialect *d, struct task *task, const struct yaml_node *type,
		      struct tree_map *out)
{
	static const struct part parts[] = {
		{ "url", "url" },	{ "headers", "headers" },     { "auth", "auth" },
		{ "expect", "expect" }, { "redirects", "redirects" }, { "save", "save" },
	};
	struct tree_map http = { 0 };

	put_method(d, task, &http);
	take_parts(d, task, parts, ARRAY_SIZE(parts), &http);
	put_body(d, task, &http);
	put_answer(d, task, &http);
	take_timeout(d, task, out);
	put_action(d, type, "http", &http, out);
}

/* ---- docker ---- */

static void type_docker(struct dialect *d, struct task *task, const struct yaml_node *type,
			struct tree_map *out)
{
	static const struct part build_parts[] = {
		{ "context", "context" },
		{ "dockerfile", "file" },
	};
	static const struct part parts[] = {
		{ "image", "image" },	  { "command", "run" },	   { "tags", "tags" },
		{ "build_args", "args" }, { "volumes", "mounts" }, { "mounts", "mounts" },
	};
	struct tree_map container = { 0 }, build = { 0 };

	take_parts(d, task, build_parts, ARRAY_SIZE(build_parts), &build);
	if (build.n && !tree_get(&build, "context"))
		tree_add(d, &build, build.v[0].key.span, "context",
			 yaml_string(build.v[0].key.span, "."));
	if (build.n)
		tree_add(d, &container, build.v[0].key.span, "build",
			 tree_of_map(&build, build.v[0].key.span, true));
	take_parts(d, task, parts, ARRAY_SIZE(parts), &container);
	put_action(d, type, "container", &container, out);
}

/* ---- javascript, python ---- */

/* A path of a file, and not the text of a program. */
static bool is_path(const char *text)
{
	return *text && !text[strcspn(text, " \t\n;()'\"")] && strpbrk(text, "./");
}

static const char *interpreter(const char *type)
{
	static const struct part rows[] = {
		{ "python", "python3" }, { "python3", "python3" }, { "javascript", "node" },
		{ "node", "node" },	 { "shell", "sh" },	   { "bash", "bash" },
		{ "ruby", "ruby" },	 { "perl", "perl" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].theirs, type) == 0)
			return rows[i].ours;
	return NULL;
}

static struct yaml_node script_of(struct dialect *d, const struct yaml_pair *script, struct span at,
				  const char *with, const struct yaml_pair *args,
				  const struct tree_list *more)
{
	struct tree_map map = { 0 };
	const char *key = script->value.kind == YAML_STRING && is_path(script->value.text) ? "file"
											   : "code";

	tree_add(d, &map, at, "with", yaml_string(at, with));
	tree_put(d, &map, &script->key, key,
		 strcmp(key, "file") == 0 ? text_values(d, &script->value) : script->value);
	if (args)
		tree_put(d, &map, &args->key, "args", text_copy(d, &args->value));
	else if (more && more->n)
		tree_add(d, &map, at, "args", tree_of_list(more, at, true));
	return tree_of_map(&map, at, false);
}

static void type_script(struct dialect *d, struct task *task, const struct yaml_node *type,
			struct tree_map *out)
{
	const struct yaml_pair *script = task_take(task, "script"), *args;

	if (!script) {
		diag_error(d->diags, type->span, "a task of type '%s' needs 'script'", type->text);
		return;
	}
	args = task_take(task, "args");
	tree_put(d, out, &script->key, "script",
		 script_of(d, script, type->span, interpreter(type->text), args, NULL));
}

/* ---- database ---- */

/* sqlite:///PATH, as others write it for a path that is not absolute. */
static void put_url(struct dialect *d, struct task *task, struct tree_map *database)
{
	static const char others[] = "sqlite:///";
	const struct yaml_pair *pair = task_take(task, "connection");
	struct yaml_node url;

	if (!pair)
		pair = task_take(task, "url");
	if (!pair)
		return;
	url = text_copy(d, &pair->value);
	if (url.kind == YAML_STRING && strncmp(url.text, others, sizeof others - 1) == 0)
		url = tree_retext(
			&url, arena_join(d->arena, "sqlite:", url.text + sizeof others - 1, ""));
	tree_put(d, database, &pair->key, "url", url);
}

static void type_database(struct dialect *d, struct task *task, const struct yaml_node *type,
			  struct tree_map *out)
{
	static const struct part parts[] = {
		{ "command", "run" },
		{ "query", "run" },
		{ "migrations_path", "migrations" },
		{ "migrations", "migrations" },
		{ "rollback_on_failure", "rollback_on_failure" },
	};
	struct tree_map database = { 0 };

	put_url(d, task, &database);
	take_parts(d, task, parts, ARRAY_SIZE(parts), &database);
	put_action(d, type, "database", &database, out);
}

/* ---- data_processor ---- */

/* The path in {type, path}: what `type` says of the form of a file is the script's business. */
static struct yaml_node *path_in(struct dialect *d, const struct yaml_pair *pair,
				 struct tree_list *paths)
{
	static const char *const keys[] = { "type", "path", NULL };
	static const char *const kinds[] = { "file", "json", "csv", "yaml", "xml", "text", "txt" };
	const struct yaml_node *type, *path;

	if (pair->value.kind == YAML_MAP) {
		type = yaml_get(&pair->value, "type");
		path = yaml_get(&pair->value, "path");
		tree_check_keys(d, &pair->value, keys,
				arena_join(d->arena, "'", pair->key.text, "' of a data_processor"));
		for (size_t i = 0; type && tree_is_scalar(type) && i < ARRAY_SIZE(kinds); i++)
			if (tree_is(&(struct yaml_node){ .kind = YAML_STRING,
							 .text = tree_first(d, type).text },
				    kinds[i]))
				type = NULL;
		if (type)
			diag_error(d->diags, type->span,
				   "'type' of '%s' must be a kind of file: file, json, csv, yaml, "
				   "xml or text",
				   pair->key.text);
	} else {
		path = &pair->value;
	}
	if (!path || !tree_is_scalar(path)) {
		diag_error(d->diags, pair->value.span, "'%s' needs 'path'", pair->key.text);
		return NULL;
	}
	tree_append(d, paths, text_values(d, path));
	return &paths->v[paths->n - 1];
}

/* The files in `inputs` and `outputs`, before those that the task lists itself. */
static void put_paths(struct dialect *d, struct task *task, struct span at,
		      struct tree_list *inputs, struct tree_list *outputs, struct tree_map *out)
{
	const struct yaml_pair *own = task_take(task, "inputs");

	if (own)
		names_add_inputs(d, &own->value, inputs);
	tree_add(d, out, at, "inputs", tree_of_list(inputs, at, true));
	own = task_take(task, "outputs");
	if (own)
		names_add_outputs(d, &own->value, outputs);
	tree_add(d, out, at, "outputs", tree_of_list(outputs, at, true));
	names_unwritten(d, at, out);
}

static const char *processor_with(struct dialect *d, const struct yaml_pair *processor)
{
	const struct yaml_node *type = yaml_get(&processor->value, "type");
	struct yaml_node first;
	const char *with;

	if (!type)
		return "python3";
	first = tree_first(d, type);
	with = tree_is_scalar(&first) ? interpreter(first.text) : NULL;
	if (!tree_is_scalar(&first))
		tree_wrong(d, type, "type", "a string");
	else if (!with)
		diag_error(d->diags, type->span, "no processor '%.60s' is known", first.text);
	return with ? with : "sh";
}

static void type_data_processor(struct dialect *d, struct task *task, const struct yaml_node *type,
				struct tree_map *out)
{
	static const char *const keys[] = { "script", "type", NULL };
	const struct yaml_pair *input = task_take(task, "input"), *processor, *output;
	struct tree_list ins = { 0 }, outs = { 0 }, args = { 0 };
	struct yaml_pair script = { 0 };
	const struct yaml_node *path;

	processor = task_take(task, "processor");
	output = task_take(task, "output");
	if (!input || !processor || !output || processor->value.kind != YAML_MAP ||
	    !yaml_get(&processor->value, "script")) {
		diag_error(d->diags, type->span,
			   "a task of type 'data_processor' needs 'input', 'processor' with "
			   "'script', and 'output'");
		return;
	}
	path = path_in(d, input, &ins);
	if (path)
		tree_append(d, &args, *path);
	path = path_in(d, output, &outs);
	if (path)
		tree_append(d, &args, *path);
	for (size_t i = 0; i < processor->value.n_pairs; i++)
		if (tree_is(&processor->value.pairs[i].key, "script"))
			script = processor->value.pairs[i];
	tree_check_keys(d, &processor->value, keys, "'processor'");
	tree_add(d, out, processor->key.span, "script",
		 script_of(d, &script, processor->key.span, processor_with(d, processor), NULL,
			   &args));
	put_paths(d, task, input->key.span, &ins, &outs, out);
}

const struct type_row types_rows[] = {
	{ "shell", type_shell, "_command_, or _script_, is *run*" },
	{ "http", type_http,
	  "_method_, _url_, _headers_, _data_ (*body*), _auth_ are *http*; a _timeout_ from 1000 "
	  "on "
	  "is in milliseconds" },
	{ "docker", type_docker,
	  "_dockerfile_, _context_ (*build*), _tags_, _build\\_args_ (*args*), _image_, _command_ "
	  "(*run*) are *container*" },
	{ "javascript", type_script, "_script_, a path or the text, is *script* with node" },
	{ "python", type_script, "_script_, a path or the text, is *script* with python3" },
	{ "database", type_database,
	  "_connection_ (*url*), _migrations\\_path_ (*migrations*), _rollback\\_on\\_failure_, "
	  "_query_ or _command_ (*run*) are *database*" },
	{ "data_processor", type_data_processor,
	  "the script of _processor_ {type, script} is *script*, with the paths of _input_ and "
	  "_output_ {type, path} as its arguments, in *inputs* and in *outputs*" },
	{ "conditional", flow_conditional,
	  "a group of what stands in _then_, with _condition_ as *if*, and of what stands in "
	  "_else_, "
	  "with the contrary; a task that is only named runs in its place, under that condition" },
	{ "parallel", flow_parallel, "a group of _tasks_, and of tasks that it names" },
	{ "loop", flow_loop,
	  "_task_ with *foreach* over _items_, ${item} in it; one item after the other unless "
	  "_parallel_ is true or a number" },
};

const size_t types_n_rows = ARRAY_SIZE(types_rows);
