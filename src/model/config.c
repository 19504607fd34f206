/*
 * Settings from files and elsewhere, checked against one table.
 */
#include "model/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/strmap.h"
#include "base/timefmt.h"
#include "ext/ini.h"

/* clang-format off */
const struct config_row config_rows[] = {
	{ .section = "workflow", .key = "enable_checkpoints", .type = CONFIG_BOOL, .default_text = "true",
	  .doc = "Whether checkpoints are written." },
	{ .section = "workflow", .key = "checkpoint_frequency", .type = CONFIG_CHOICE,
	  .choices = "auto|per_step|per_wave|declared|off", .default_text = "auto",
	  .doc = "When a checkpoint is written." },
	{ .section = "workflow", .key = "enable_rollback", .type = CONFIG_BOOL, .default_text = "true",
	  .doc = "Whether snapshots for a rollback are taken." },
	{ .section = "workflow", .key = "max_retry_attempts", .type = CONFIG_COUNT,
	  .doc = "No step is tried more often." },
	{ .section = "workflow", .key = "timeout_seconds", .type = CONFIG_DURATION,
	  .doc = "Limit of a run that has no timeout of its own." },
	{ .section = "workflow", .key = "editor", .type = CONFIG_STRING, .is_user_only = true,
	  .doc = "The editor of steps with 'open'; without it that of git." },
	{ .section = "run", .key = "jobs", .type = CONFIG_COUNT,
	  .doc = "How many steps run at once; the number of processors." },
	{ .section = "run", .key = "mode", .type = CONFIG_CHOICE,
	  .choices = "autopilot|supervised|hybrid", .default_text = "autopilot",
	  .doc = "How much is asked." },
	{ .section = "cache", .key = "enabled", .type = CONFIG_BOOL, .default_text = "true",
	  .doc = "Whether results are remembered." },
	{ .section = "cache", .key = "max_size", .type = CONFIG_SIZE, .default_text = "5G",
	  .doc = "What the store may take." },
	{ .section = "cache", .key = "max_age", .type = CONFIG_DURATION, .default_text = "30d",
	  .doc = "How long what is not used is kept." },
	{ .section = "agent", .key = "command", .type = CONFIG_STRING, .is_user_only = true,
	  .doc = "The program that agents are." },
	{ .section = "notify", .key = "command", .type = CONFIG_STRING, .is_named = true,
	  .is_user_only = true, .doc = "A program that gets the message on its standard input." },
	{ .section = "notify", .key = "type", .type = CONFIG_CHOICE, .is_named = true,
	  .choices = "slack|teams|discord|webhook|smtp|sendmail|desktop|command", .is_user_only = true,
	  .doc = "What the channel is; without it what its other keys say." },
	{ .section = "notify", .key = "url", .type = CONFIG_STRING, .is_named = true,
	  .is_user_only = true, .doc = "Where the message is sent: https://, smtp:// or smtps://." },
	{ .section = "notify", .key = "url_env", .type = CONFIG_STRING, .is_named = true,
	  .is_user_only = true, .doc = "The environment variable that holds the URL." },
	{ .section = "notify", .key = "url_secret", .type = CONFIG_STRING, .is_named = true,
	  .is_user_only = true, .doc = "The secret, [secret \"NAME\"], that is the URL." },
	{ .section = "notify", .key = "from", .type = CONFIG_STRING, .is_named = true,
	  .is_user_only = true, .doc = "The sender of mails." },
	{ .section = "notify", .key = "to", .type = CONFIG_STRING, .is_named = true,
	  .is_user_only = true, .doc = "Who gets mails: addresses with commas between them." },
	{ .section = "notify", .key = "username", .type = CONFIG_STRING, .is_named = true,
	  .is_user_only = true, .doc = "Who the mail server knows you as." },
	{ .section = "notify", .key = "password_env", .type = CONFIG_STRING, .is_named = true,
	  .is_user_only = true, .doc = "The environment variable that holds its password." },
	{ .section = "notify", .key = "password_secret", .type = CONFIG_STRING, .is_named = true,
	  .is_user_only = true, .doc = "The secret that is its password." },
	{ .section = "notify", .key = "rate", .type = CONFIG_STRING, .is_named = true,
	  .default_text = "20/1h", .is_user_only = true, .doc = "How many messages it gets in which time." },
	{ .section = "secret", .key = "command", .type = CONFIG_STRING, .is_named = true,
	  .is_user_only = true, .doc = "A program that prints the secret." },
	{ .section = "prompt", .key = "command", .type = CONFIG_STRING, .is_user_only = true,
	  .doc = "A program that asks a person in a window: zenity, osascript, or one of your own." },
	{ .section = "window", .key = "command", .type = CONFIG_STRING, .is_user_only = true,
	  .doc = "A program that opens a terminal window." },
	{ .section = "container", .key = "command", .type = CONFIG_STRING, .is_user_only = true,
	  .doc = "docker, podman, or a path." },
	{ .section = "trust", .key = "hooks", .type = CONFIG_CHOICE, .choices = "follow|pin",
	  .default_text = "follow", .is_user_only = true,
	  .doc = "Whether a hook goes on after its workflow changed." },
};
/* clang-format on */

const size_t config_n_rows = ARRAY_SIZE(config_rows);

void config_release(struct config *config)
{
	if (!config)
		return;
	vec_release(&config->values);
	arena_release(&config->arena);
}

static const struct config_row *find_row(const char *section, const char *key)
{
	for (size_t i = 0; i < config_n_rows; i++)
		if (strcmp(config_rows[i].section, section) == 0 &&
		    strcmp(config_rows[i].key, key) == 0)
			return &config_rows[i];
	return NULL;
}

static bool has_section(const char *section)
{
	for (size_t i = 0; i < config_n_rows; i++)
		if (strcmp(config_rows[i].section, section) == 0)
			return true;
	return false;
}

static int parse_bool(const char *text, bool *value)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on", "0", "1" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(text, words[i]) == 0) {
			*value = i % 2;
			return 0;
		}
	return -1;
}

static int parse_count(const char *text, uint64_t *value)
{
	if (!*text || strlen(text) > 9 || text[strspn(text, "0123456789")])
		return -1;
	*value = strtoul(text, NULL, 10);
	return 0;
}

static bool is_choice(const struct config_row *row, const char *text)
{
	size_t len = strlen(text);

	for (const char *at = row->choices; at;) {
		size_t word = strcspn(at, "|");

		if (word == len && memcmp(at, text, len) == 0)
			return true;
		at = at[word] ? at + word + 1 : NULL;
	}
	return false;
}

/* What the value must be, or NULL if it fits. */
static const char *value_fault(const struct config_row *row, const char *text)
{
	uint64_t number;
	bool boolean;

	switch (row->type) {
	case CONFIG_BOOL: return parse_bool(text, &boolean) < 0 ? "true or false" : NULL;
	case CONFIG_COUNT: return parse_count(text, &number) < 0 ? "a whole number" : NULL;
	case CONFIG_DURATION:
		return duration_parse_ms(text, 1000, &number) < 0 ? "a duration such as 90s" : NULL;
	case CONFIG_SIZE: return size_parse(text, &number) < 0 ? "a size such as 512M" : NULL;
	case CONFIG_CHOICE: return is_choice(row, text) ? NULL : row->choices;
	case CONFIG_STRING: break;
	}
	return *text ? NULL : "a text";
}

static void store(struct config *config, enum config_layer layer, const struct config_row *row,
		  const char *name, const char *text)
{
	struct config_value value = {
		.row = row,
		.name = arena_strdup(&config->arena, name),
		.text = arena_strdup(&config->arena, text),
		.layer = layer,
	};

	vec_push(&config->values, value);
}

/* Keys of the section, or all sections where `section` is NULL. */
static const char *nearest(const char *word, const char *section)
{
	const char *words[ARRAY_SIZE(config_rows)];
	size_t n = 0;

	for (size_t i = 0; i < config_n_rows; i++) {
		if (!section)
			words[n++] = config_rows[i].section;
		else if (strcmp(config_rows[i].section, section) == 0)
			words[n++] = config_rows[i].key;
	}
	return nearest_word(word, words, n);
}

struct file_reader {
	struct config *config;
	enum config_layer layer;
	struct diags *diags;
};

static void report_unknown(struct file_reader *reader, const char *section, const char *key,
			   struct span at)
{
	const char *near;
	struct diag *diag;

	if (!has_section(section)) {
		diag = diag_error(reader->diags, at, "unknown section [%.60s]", section);
		near = nearest(section, NULL);
	} else {
		diag = diag_error(reader->diags, at, "unknown key '%.60s' in [%s]", key, section);
		near = nearest(key, section);
	}
	if (near)
		diag_hint(reader->diags, diag, "did you mean '%s'?", near);
}

static void take_key(void *data, const char *section, const char *name, const char *key,
		     const char *value, struct span at)
{
	struct file_reader *reader = data;
	const struct config_row *row = find_row(section, key);
	const char *fault;

	if (!row) {
		report_unknown(reader, section, key, at);
		return;
	}
	if (row->is_named != (*name != '\0')) {
		diag_error(reader->diags, at, "the section of '%s' is written [%s%s]", key, section,
			   row->is_named ? " \"NAME\"" : "");
		return;
	}
	if (row->is_user_only && reader->layer == CONFIG_REPOSITORY) {
		diag_hint(reader->diags,
			  diag_warning(reader->diags, at, "'%s.%s' is not read from this file",
				       section, key),
			  "what names a program or grants trust belongs into your own config.ini");
		return;
	}
	fault = value_fault(row, value);
	if (fault)
		diag_error(reader->diags, at, "'%s' must be %s%s, not '%.60s'", key,
			   row->type == CONFIG_CHOICE ? "one of " : "", fault, value);
	else
		store(reader->config, reader->layer, row, name, value);
}

int config_read(struct config *config, enum config_layer layer, struct diags *diags)
{
	struct file_reader reader = { config, layer, diags };
	size_t n_before = diags->n_errors;

	ini_read(diags, take_key, &reader);
	return diags->n_errors > n_before ? -1 : 0;
}

int config_set(struct config *config, enum config_layer layer, const char *name, const char *text,
	       struct err *err)
{
	const char *dot = strchr(name, '.'), *last = strrchr(name, '.');
	const struct config_row *row = NULL;
	struct arena *arena = &config->arena;
	const char *middle = "", *fault;

	if (dot) {
		row = find_row(arena_strndup(arena, name, (size_t)(dot - name)), last + 1);
		if (last > dot)
			middle = arena_strndup(arena, dot + 1, (size_t)(last - dot - 1));
	}
	if (!row || row->is_named != (*middle != '\0'))
		return err_set(err, ERR_USAGE, "there is no setting '%s'", name);
	fault = value_fault(row, text);
	if (fault)
		return err_set(err, ERR_USAGE, "'%s' must be %s%s, not '%s'", name,
			       row->type == CONFIG_CHOICE ? "one of " : "", fault, text);
	store(config, layer, row, middle, text);
	return 0;
}

static const struct config_value *find_value(const struct config *config, const char *section,
					     const char *name, const char *key)
{
	const struct config_row *row = find_row(section, key);
	const struct config_value *best = NULL;

	if (!row)
		BUG("no setting '%s.%s'", section, key);
	for (size_t i = 0; i < config->values.n; i++) {
		const struct config_value *value = &config->values.v[i];

		if (value->row == row && strcmp(value->name, name) == 0 &&
		    (!best || value->layer >= best->layer))
			best = value;
	}
	return best;
}

const char *config_string(const struct config *config, const char *section, const char *name,
			  const char *key)
{
	const struct config_value *value = find_value(config, section, name, key);

	return value ? value->text : find_row(section, key)->default_text;
}

bool config_bool(const struct config *config, const char *section, const char *key)
{
	const char *text = config_string(config, section, "", key);
	bool value = false;

	if (text)
		parse_bool(text, &value);
	return value;
}

uint64_t config_count(const struct config *config, const char *section, const char *key)
{
	const char *text = config_string(config, section, "", key);
	uint64_t value = 0;

	if (text)
		parse_count(text, &value);
	return value;
}

uint64_t config_duration_ms(const struct config *config, const char *section, const char *key)
{
	const char *text = config_string(config, section, "", key);
	uint64_t value = 0;

	if (text)
		duration_parse_ms(text, 1000, &value);
	return value;
}

uint64_t config_size_bytes(const struct config *config, const char *section, const char *key)
{
	const char *text = config_string(config, section, "", key);
	uint64_t value = 0;

	if (text)
		size_parse(text, &value);
	return value;
}

enum config_layer config_origin(const struct config *config, const char *section, const char *name,
				const char *key)
{
	const struct config_value *value = find_value(config, section, name, key);

	return value ? value->layer : CONFIG_DEFAULT;
}

const char *config_layer_name(enum config_layer layer)
{
	static const char *const names[] = {
		[CONFIG_DEFAULT] = "default",
		[CONFIG_REPOSITORY] = ".workflows/config.ini",
		[CONFIG_USER] = "the user's config.ini",
		[CONFIG_ENVIRONMENT] = "the environment",
		[CONFIG_COMMAND_LINE] = "the command line",
	};

	return names[layer];
}
