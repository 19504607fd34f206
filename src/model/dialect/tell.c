/*
 * Who is told: `notifications` and `alerts` are `notify`.
 */
#include <string.h>
#include <strings.h>

#include "dialect_impl.h"

static void put_when(struct dialect *d, const struct yaml_pair *pair, const char *when,
		     struct tree_list *on)
{
	if (pair->value.kind != YAML_BOOL)
		diag_error(d->diags, pair->value.span, "'%s' must be true or false",
			   pair->key.text);
	else if (strcasecmp(pair->value.text, "true") == 0)
		tree_append(d, on, tree_retext(&pair->key, when));
}

void tell_notifications(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
			struct tree_map *out)
{
	static const struct {
		const char *key, *when;
	} ends[] = {
		{ "on_completion", "success" },
		{ "on_success", "success" },
		{ "on_failure", "failure" },
		{ "on_waiting", "waiting" },
	};
	struct tree_list on = { 0 };

	(void)word;
	(void)out;
	if (pair->value.kind != YAML_MAP) {
		tree_wrong(d, &pair->value, pair->key.text, "a mapping");
		return;
	}
	for (size_t i = 0; i < pair->value.n_pairs; i++) {
		const struct yaml_pair *inner = &pair->value.pairs[i];
		const char *when = NULL;

		for (size_t k = 0; k < ARRAY_SIZE(ends); k++)
			if (tree_is(&inner->key, ends[k].key))
				when = ends[k].when;
		if (when)
			put_when(d, inner, when, &on);
		else
			tree_put(d, &d->notify, &inner->key, inner->key.text,
				 text_copy(d, &inner->value));
	}
	if (!tree_get(&d->notify, "on"))
		tree_add(d, &d->notify, pair->key.span, "on",
			 tree_of_list(&on, pair->key.span, true));
}

static struct yaml_node rule_of(struct dialect *d, const struct yaml_node *alert)
{
	static const char *const keys[][2] = {
		{ "condition", "if" },	    { "if", "if" },
		{ "template", "message" },  { "name", "name" },
		{ "channels", "channels" }, { "message", "message" },
	};
	struct tree_map rule = { 0 };

	if (alert->kind != YAML_MAP)
		return *alert;
	for (size_t i = 0; i < alert->n_pairs; i++) {
		const struct yaml_pair *pair = &alert->pairs[i];
		const char *ours = pair->key.text;

		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			if (strcmp(keys[k][0], pair->key.text) == 0)
				ours = keys[k][1];
		tree_put(d, &rule, &pair->key, ours,
			 strcmp(ours, "if") == 0 ? text_expr(d, &pair->value)
						 : text_copy(d, &pair->value));
	}
	return tree_of_map(&rule, alert->span, false);
}

void tell_alerts(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		 struct tree_map *out)
{
	struct yaml_node rules;

	(void)word;
	(void)out;
	d->in_alert = true;
	rules = tree_each(d, &pair->value, false, rule_of);
	d->in_alert = false;
	tree_put(d, &d->notify, &pair->key, "rules", rules);
}

/* What is there in the canonical spelling joins the rest. */
void tell_notify(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		 struct tree_map *out)
{
	(void)word;
	if (pair->value.kind != YAML_MAP) {
		tree_put(d, out, &pair->key, "notify", pair->value);
		return;
	}
	for (size_t i = 0; i < pair->value.n_pairs; i++)
		tree_put(d, &d->notify, &pair->value.pairs[i].key, pair->value.pairs[i].key.text,
			 text_copy(d, &pair->value.pairs[i].value));
}

static const struct yaml_node *channels_of(const struct dialect *d)
{
	const struct yaml_node *notify = survey_get(d->root, "notifications");

	if (!notify)
		notify = survey_get(d->root, "notify");
	return notify && notify->kind == YAML_MAP ? yaml_get(notify, "channels") : NULL;
}

/* Of a handler: true are the channels of the document. */
void tell_handler(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		  struct tree_map *out)
{
	const struct yaml_node *channels = channels_of(d);

	(void)word;
	if (pair->value.kind != YAML_BOOL)
		tree_put(d, out, &pair->key, "notify", text_copy(d, &pair->value));
	else if (strcasecmp(pair->value.text, "true") != 0)
		return;
	else if (channels)
		tree_put(d, out, &pair->key, "notify", *channels);
	else
		diag_error(d->diags, pair->value.span,
			   "'notify: true' needs the channels of 'notifications'");
}

bool tell_action(struct dialect *d, const struct yaml_pair *pair, struct tree_map *out)
{
	const struct yaml_node *channels = channels_of(d);

	if (!channels || !tree_is_scalar(&pair->value) ||
	    strncmp(pair->value.text, "notify_", strlen("notify_")) != 0)
		return false;
	tree_put(d, out, &pair->key, "notify", *channels);
	return true;
}
