/*
 * `params`: the declarations. Whether defaults fit is asked of param_check() once all keys are read.
 */
#include <string.h>

#include "model/param.h"
#include "parse_impl.h"

enum { MAX_PARAMS = 256 };

struct param_draft {
	struct param param;
	const struct yaml_node *default_node;
	struct span min_at, max_at, pattern_at, short_at;
	const char *short_option;
};

static void read_type(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct param_draft *draft = into;
	int choice = parse_choice(reader, row, node);

	if (choice >= 0)
		draft->param.type = (enum param_type)choice;
}

static void keep_default(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct param_draft *draft = into;

	if (node->kind == YAML_MAP)
		parse_wrong_type(reader, row, node);
	else if (node->kind != YAML_NULL)
		draft->default_node = node;
}

static void read_choices(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct param_draft *draft = into;

	parse_strings(reader, row, node, &draft->param.choices, &draft->param.n_choices);
	if (node->kind == YAML_SEQ && !node->n_items)
		diag_error(reader->diags, node->span, "'choices' is empty");
}

static void read_min(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *into)
{
	struct param_draft *draft = into;

	draft->min_at = node->span;
	draft->param.has_min = true;
	parse_by_type(reader, row, node, &draft->param.min);
}

static void read_max(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *into)
{
	struct param_draft *draft = into;

	draft->max_at = node->span;
	draft->param.has_max = true;
	parse_by_type(reader, row, node, &draft->param.max);
}

static void read_pattern(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct param_draft *draft = into;

	draft->pattern_at = node->span;
	parse_by_type(reader, row, node, &draft->param.pattern);
}

static void read_short(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct param_draft *draft = into;

	draft->short_at = node->span;
	parse_by_type(reader, row, node, &draft->short_option);
}

#define PARAM(member) offsetof(struct param_draft, param.member)

static const struct field param_fields[] = {
	{ "type", 0, read_type },	{ "required", PARAM(required), NULL },
	{ "default", 0, keep_default }, { "choices", 0, read_choices },
	{ "min", 0, read_min },		{ "max", 0, read_max },
	{ "pattern", 0, read_pattern }, { "secret", PARAM(secret), NULL },
	{ "help", PARAM(help), NULL },	{ "short", 0, read_short },
};

const struct field_table parse_param_fields = { ARRAY_SIZE(param_fields), param_fields };

/* The items one a line, as struct param keeps a list. */
static const char *join_items(struct reader *reader, const struct yaml_node *list)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	for (size_t i = 0; i < list->n_items; i++) {
		const struct yaml_node *item = &list->items[i];

		if (item->kind == YAML_BAD)
			continue;
		if (!parse_is_scalar(item) || strchr(item->text, '\n'))
			diag_error(reader->diags, item->span,
				   "an item of 'default' must be one line of text");
		else
			strbuf_addf(&out, "%s%s", out.len ? "\n" : "", item->text);
	}
	return arena_strdup(reader->arena, strbuf_str(&out));
}

static void finish_default(struct reader *reader, struct param_draft *draft)
{
	const struct yaml_node *node = draft->default_node;
	struct param *param = &draft->param;
	struct err err CLEANUP(err_release) = ERR_INIT;

	if (!node)
		return;
	if (node->kind == YAML_SEQ && param->type != PARAM_LIST) {
		struct diag *diag = diag_error(
			reader->diags, node->span,
			"the default of '%s' must be a single value, not a list", param->name);

		diag_hint(reader->diags, diag, "write type: list for a list");
		return;
	}
	param->default_value = node->kind == YAML_SEQ ? join_items(reader, node)
						      : parse_copy(reader, node);
	if (param->required)
		diag_error(reader->diags, node->span,
			   "'%s' is required and has a default: one of them is too much",
			   param->name);
	if (param_check(param, param->default_value, &err) < 0)
		diag_error(reader->diags, node->span, "the default of '%s' is '%.60s'; %s",
			   param->name, param->default_value, err_msg(&err));
}

static void check_limits(struct reader *reader, const struct param_draft *draft)
{
	const struct param *param = &draft->param;
	bool is_number = param->type == PARAM_INT || param->type == PARAM_NUMBER;

	if (param->has_min && !is_number)
		diag_error(reader->diags, draft->min_at, "'min' needs type: int or number");
	if (param->has_max && !is_number)
		diag_error(reader->diags, draft->max_at, "'max' needs type: int or number");
	if (param->has_min && param->has_max && param->min > param->max)
		diag_error(reader->diags, draft->max_at, "'max' is less than 'min'");
}

/* False where the pattern is not to be used any further. */
static bool check_pattern(struct reader *reader, struct param_draft *draft)
{
	struct param *param = &draft->param;
	struct err err CLEANUP(err_release) = ERR_INIT;

	if (!param->pattern)
		return true;
	if (param->type == PARAM_BOOL || param->type == PARAM_INT || param->type == PARAM_NUMBER) {
		diag_error(reader->diags, draft->pattern_at,
			   "'pattern' needs type: string, path or list");
		return false;
	}
	if (param_check_pattern(param->pattern, &err) == 0)
		return true;
	diag_error(reader->diags, draft->pattern_at, "'pattern' cannot be used: %s", err_msg(&err));
	return false;
}

static void check_choices(struct reader *reader, const struct param_draft *draft,
			  const struct yaml_node *choices)
{
	const struct param *param = &draft->param;

	for (size_t i = 0; i < param->n_choices; i++) {
		struct err err CLEANUP(err_release) = ERR_INIT;

		if (param_check(param, param->choices[i], &err) < 0)
			diag_error(reader->diags, choices->span, "the choice '%.60s' of '%s': %s",
				   param->choices[i], param->name, err_msg(&err));
	}
}

static void finish_short(struct reader *reader, struct param_draft *draft)
{
	const char *text = draft->short_option;

	if (!text)
		return;
	if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z')) || text[1]) {
		diag_error(reader->diags, draft->short_at, "'short' must be one letter");
		return;
	}
	draft->param.short_option = *text;
	for (size_t i = 0; i < reader->wf->n_params; i++)
		if (reader->wf->params[i].short_option == *text)
			diag_error(reader->diags, draft->short_at,
				   "'short: %s' belongs to parameter '%s' already", text,
				   reader->wf->params[i].name);
}

static bool is_param_name(const char *name)
{
	return *name >= 'a' && *name <= 'z' &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

static void read_param(struct reader *reader, const struct yaml_pair *pair)
{
	struct workflow *wf = reader->wf;
	struct param_draft draft = { 0 };
	struct diag *diag;

	draft.param.name = parse_copy(reader, &pair->key);
	draft.param.span = pair->key.span;
	if (!is_param_name(draft.param.name)) {
		diag = diag_error(reader->diags, pair->key.span,
				  "'%.60s' is no name for a parameter", draft.param.name);
		diag_hint(reader->diags, diag,
			  "use a small letter, then small letters, digits and '_'");
	}
	if (pair->value.kind == YAML_MAP) {
		parse_fields(reader, AT_PARAM, &pair->value, &draft);
	} else if (pair->value.kind != YAML_NULL && pair->value.kind != YAML_BAD) {
		diag = diag_error(reader->diags, pair->value.span,
				  "parameter '%s' must be a mapping, not %s", draft.param.name,
				  yaml_kind_name(&pair->value));
		if (parse_is_scalar(&pair->value))
			diag_hint(reader->diags, diag, "write {default: %.60s}", pair->value.text);
	}
	check_limits(reader, &draft);
	if (!check_pattern(reader, &draft))
		draft.param.pattern = NULL;
	if (draft.param.n_choices)
		check_choices(reader, &draft, yaml_get(&pair->value, "choices"));
	finish_default(reader, &draft);
	finish_short(reader, &draft);
	wf->params[wf->n_params++] = draft.param;
}

void parse_params(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *workflow)
{
	struct workflow *wf = workflow;

	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, row, node);
		return;
	}
	if (node->n_pairs > MAX_PARAMS) {
		diag_error(reader->diags, node->span, "more than %d parameters", MAX_PARAMS);
		return;
	}
	wf->params = ARENA_ARRAY(reader->arena, struct param, node->n_pairs);
	for (size_t i = 0; i < node->n_pairs; i++)
		if (node->pairs[i].key.kind != YAML_BAD)
			read_param(reader, &node->pairs[i]);
	for (size_t i = 0; i < wf->n_params; i++)
		strmap_put(&wf->param_names, wf->params[i].name, &wf->params[i]);
}
