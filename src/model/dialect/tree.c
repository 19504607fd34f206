/*
 * Nodes of the canonical tree, in the arena.
 */
#include <string.h>

#include "dialect_impl.h"

struct yaml_node tree_plain(enum yaml_kind kind, struct span at, const char *text)
{
	struct yaml_node node = yaml_string(at, text);

	node.kind = (uint8_t)kind;
	return node;
}

struct yaml_node tree_retext(const struct yaml_node *scalar, const char *text)
{
	struct yaml_node node = *scalar;

	node.kind = YAML_STRING;
	node.text = text;
	node.len = (uint32_t)strlen(text);
	return node;
}

struct yaml_node tree_of_map(const struct tree_map *map, struct span at, bool is_flow)
{
	return (struct yaml_node){
		.kind = YAML_MAP, .flow = is_flow, .span = at, .n_pairs = map->n, .pairs = map->v
	};
}

struct yaml_node tree_of_list(const struct tree_list *list, struct span at, bool is_flow)
{
	return (struct yaml_node){
		.kind = YAML_SEQ, .flow = is_flow, .span = at, .n_items = list->n, .items = list->v
	};
}

/* Room for one more. */
static void *grow(struct dialect *d, void *old, uint32_t n, uint32_t *alloc, size_t size)
{
	void *v;

	if (n < *alloc)
		return old;
	*alloc = *alloc ? *alloc * 2 : 8;
	v = arena_alloc(d->arena, *alloc * size);
	if (n)
		memcpy(v, old, n * size);
	return v;
}

struct yaml_node *tree_get(const struct tree_map *map, const char *name)
{
	for (uint32_t i = 0; i < map->n; i++)
		if (strcmp(map->v[i].key.text, name) == 0)
			return &map->v[i].value;
	return NULL;
}

void tree_put(struct dialect *d, struct tree_map *map, const struct yaml_node *key,
	      const char *name, struct yaml_node value)
{
	if (tree_get(map, name)) {
		if (strcmp(key->text, name) == 0)
			diag_error(d->diags, key->span, "'%s' is said already in another spelling",
				   name);
		else
			diag_error(d->diags, key->span,
				   "'%.60s' is another spelling of '%s', which is there, too",
				   key->text, name);
		return;
	}
	map->v = grow(d, map->v, map->n, &map->alloc, sizeof *map->v);
	map->v[map->n] = (struct yaml_pair){ tree_retext(key, name), value };
	map->n++;
}

void tree_add(struct dialect *d, struct tree_map *map, struct span at, const char *name,
	      struct yaml_node value)
{
	struct yaml_node key = yaml_string(at, name);

	tree_put(d, map, &key, name, value);
}

void tree_append(struct dialect *d, struct tree_list *list, struct yaml_node node)
{
	list->v = grow(d, list->v, list->n, &list->alloc, sizeof *list->v);
	list->v[list->n++] = node;
}

void tree_merge(struct dialect *d, struct tree_map *out, const char *key,
		const struct tree_map *more)
{
	struct yaml_node *own = tree_get(out, key);
	struct tree_map all = { 0 };

	if (!more->n || (own && own->kind != YAML_MAP))
		return;
	for (size_t i = 0; own && i < own->n_pairs; i++)
		tree_put(d, &all, &own->pairs[i].key, own->pairs[i].key.text, own->pairs[i].value);
	for (uint32_t i = 0; i < more->n; i++)
		if (!tree_get(&all, more->v[i].key.text))
			tree_put(d, &all, &more->v[i].key, more->v[i].key.text, more->v[i].value);
	if (own)
		*own = tree_of_map(&all, own->span, own->flow);
	else
		tree_add(d, out, more->v[0].key.span, key,
			 tree_of_map(&all, more->v[0].key.span, false));
}

bool tree_is_scalar(const struct yaml_node *node)
{
	return node->kind == YAML_STRING || node->kind == YAML_NUMBER || node->kind == YAML_BOOL;
}

bool tree_is(const struct yaml_node *scalar, const char *text)
{
	return tree_is_scalar(scalar) && strcmp(scalar->text, text) == 0;
}

struct yaml_node tree_first(struct dialect *d, const struct yaml_node *node)
{
	size_t len;

	if (node->kind != YAML_STRING || !strchr(node->text, '|'))
		return *node;
	len = strcspn(node->text, "|");
	while (len && node->text[len - 1] == ' ')
		len--;
	return tree_retext(node, arena_strndup(d->arena, node->text, len));
}

struct yaml_node tree_each(struct dialect *d, const struct yaml_node *list, bool is_flow,
			   item_fn *read)
{
	const struct yaml_node *items;
	struct tree_list made = { 0 };
	size_t n;

	items = tree_items(list, &n);
	for (size_t i = 0; i < n; i++)
		tree_append(d, &made, read(d, &items[i]));
	return tree_of_list(&made, list->span, is_flow);
}

void tree_wrong(struct dialect *d, const struct yaml_node *node, const char *key, const char *form)
{
	diag_error(d->diags, node->span, "'%s' must be %s, not %s", key, form,
		   yaml_kind_name(node));
}

void tree_check_keys(struct dialect *d, const struct yaml_node *map, const char *const *keys,
		     const char *where)
{
	for (size_t i = 0; map->kind == YAML_MAP && i < map->n_pairs; i++) {
		const struct yaml_node *key = &map->pairs[i].key;
		const char *const *at = keys;

		while (*at && !tree_is(key, *at))
			at++;
		if (!*at)
			diag_error(d->diags, key->span, "unknown key '%.60s' in %s", key->text,
				   where);
	}
}

const struct yaml_node *tree_items(const struct yaml_node *node, size_t *n)
{
	*n = 0;
	if (node->kind == YAML_SEQ) {
		*n = node->n_items;
		return node->items;
	}
	if (node->kind != YAML_NULL && node->kind != YAML_BAD)
		*n = 1;
	return node;
}
