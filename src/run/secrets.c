/*
 * See secrets_impl.h. A secret reaches a step by many ways (an argument, a variable that holds more
 * than the secret, stdin), so what is looked at is the text that would be written, not where it came
 * from.
 */
#include "secrets_impl.h"

#include <stdlib.h>
#include <string.h>

#include "capture_impl.h"
#include "ext/hash.h"

static int longest_first(const void *a, const void *b)
{
	size_t len_a = strlen(*(const char *const *)a), len_b = strlen(*(const char *const *)b);

	return len_a < len_b ? 1 : len_a > len_b ? -1 : 0;
}

struct form_list {
	VEC(const char *) forms;
};

static void add_form(void *data, const char *form)
{
	struct form_list *list = data;

	for (size_t i = 0; i < list->forms.n; i++)
		if (strcmp(list->forms.v[i], form) == 0)
			return;
	vec_push(&list->forms, form);
}

static void add_value(struct session *session, struct form_list *list, const char *value)
{
	if (value && *value)
		secret_forms(&session->arena, value, add_form, list);
}

static void keep(struct session *session, struct form_list *list)
{
	if (list->forms.n) {
		qsort(list->forms.v, list->forms.n, sizeof *list->forms.v, longest_first);
		session->secrets = arena_memdup(&session->arena, list->forms.v,
						list->forms.n * sizeof *list->forms.v);
	}
	session->n_secrets = list->forms.n;
	session->has_secrets = true;
	vec_release(&list->forms);
}

static void gather(struct session *session)
{
	struct form_list list = { 0 };

	for (size_t i = 0; i < session->params.n; i++)
		if (session->params.values[i].param->secret)
			add_value(session, &list, session->params.values[i].text);
	for (size_t i = 0; session->wf && i < session->wf->n_steps; i++) {
		const struct step *step = &session->wf->steps[i];

		for (size_t k = 0; k < step->n_secrets; k++)
			add_value(session, &list, env_get(&session->env, step->secrets[k]));
	}
	keep(session, &list);
}

const char *const *secrets_of(struct session *session, size_t *n)
{
	if (!session->has_secrets)
		gather(session);
	*n = session->n_secrets;
	return session->secrets;
}

void secrets_add(struct session *session, const char *value)
{
	struct form_list list = { 0 };
	size_t n;
	const char *const *old = secrets_of(session, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(old[i], value) == 0)
			return;
	for (size_t i = 0; i < n; i++)
		vec_push(&list.forms, old[i]);
	add_value(session, &list, arena_strdup(&session->arena, value));
	keep(session, &list);
}

bool secrets_hold(struct session *session, const char *text)
{
	size_t n;
	const char *const *secrets = secrets_of(session, &n);

	for (size_t i = 0; text && i < n; i++) {
		if (strstr(text, secrets[i]))
			return true;
	}
	return false;
}

const char *secrets_mask(struct session *session, struct arena *arena, const char *text)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	struct masks masks = { 0 };

	if (!secrets_hold(session, text))
		return text;
	masks.values = secrets_of(session, &masks.n);
	capture_mask(&masks, text, strlen(text), true, &out);
	return arena_strndup(arena, out.buf, out.len);
}

const char *secrets_keyed(struct session *session, struct arena *arena, const char *text)
{
	struct digest digest = hash_bytes(statcache_secret(session->stat), text, strlen(text));
	char hex[DIGEST_HEX_LEN + 1];

	digest_to_hex(&digest, hex);
	return arena_printf(arena, "secret:%s", hex);
}

static void hide_list(struct session *session, struct arena *arena, struct fact_list *list)
{
	const char **copy = ARENA_ARRAY(arena, const char *, list->n + 1);

	for (size_t i = 0; i < list->n; i++)
		copy[i] = secrets_hold(session, list->v[i])
				  ? secrets_keyed(session, arena, list->v[i])
				  : list->v[i];
	list->v = copy;
}

static void hide_pairs(struct session *session, struct arena *arena, struct fact_pairs *pairs)
{
	for (size_t i = 0; i < pairs->n; i++) {
		if (secrets_hold(session, pairs->v[i].value))
			pairs->v[i].value = secrets_keyed(session, arena, pairs->v[i].value);
	}
}

void secrets_hide(struct session *session, struct arena *arena, struct facts *facts)
{
	size_t n;

	secrets_of(session, &n);
	if (n == 0)
		return;
	hide_list(session, arena, &facts->argv);
	hide_pairs(session, arena, &facts->env);
	hide_pairs(session, arena, &facts->values);
	if (secrets_hold(session, facts->stdin_text))
		facts->stdin_text = secrets_keyed(session, arena, facts->stdin_text);
}
