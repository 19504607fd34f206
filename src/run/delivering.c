/*
 * See run/delivering.h. How many messages a channel had is kept in <common>/wf/notified, a line each:
 * "<Unix time in ms> <channel>".
 */
#include "run/delivering.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/timefmt.h"
#include "helper_impl.h"
#include "secrets_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/run.h"
#include "sys/spawn.h"

#define SEND_TIMEOUT_MS	  30000
#define LOCK_TIMEOUT_MS	  2000
#define ANSWER_MAX	  ((size_t)64 << 10)
#define NOTIFIED_MAX	  ((size_t)4 << 20)
#define KEEP_MS		  (31 * INT64_C(86400000))
#define RATE_MESSAGES_MAX 10000

const char **delivering_channels(struct session *session, const struct config *config, size_t *n)
{
	const char **names = ARENA_ARRAY(&session->arena, const char *, config->values.n + 1);

	*n = 0;
	for (size_t i = 0; i < config->values.n; i++) {
		const struct config_value *value = &config->values.v[i];
		size_t k = 0;

		if (strcmp(value->row->section, "notify") != 0)
			continue;
		while (k < *n && strcmp(names[k], value->name) != 0)
			k++;
		if (k == *n)
			names[(*n)++] = arena_strdup(&session->arena, value->name);
	}
	return names;
}

/* ---- The channel ---- */

static const char *get(const struct config *config, const char *name, const char *key)
{
	return config_string(config, "notify", name, key);
}

/* A value as it stands, of a variable, or of a secret: one of "url", "url_env", "url_secret". From then
 * on it is masked. */
static int find_value(struct session *session, const struct config *config, const char *name,
		      const char *key, const char **value, struct err *err)
{
	const char *variable = get(config, name, arena_join(&session->arena, key, "_env", ""));
	const char *secret = get(config, name, arena_join(&session->arena, key, "_secret", ""));

	*value = strcmp(key, "url") == 0 ? get(config, name, key) : NULL;
	if (variable) {
		*value = env_get(&session->env, variable);
		if (!*value || !**value)
			return err_set(err, ERR_VALUE, "environment variable '%s' is not set",
				       variable);
	}
	if (secret && secret_fetch(session, secret, value, err) < 0)
		return -1;
	if (*value && **value)
		secrets_add(session, *value);
	return 0;
}

static const char *type_of(const struct channel *channel)
{
	if (channel->command)
		return "command";
	if (channel->url && strncmp(channel->url, "smtp", 4) == 0)
		return "smtp";
	return channel->url ? "webhook" : channel->to ? "sendmail" : "desktop";
}

static bool is_known(struct session *session, const struct config *config, const char *name)
{
	size_t n;
	const char **names = delivering_channels(session, config, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static int open_channel(struct session *session, const struct config *config, const char *name,
			struct channel *channel, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf found = STRBUF_INIT;

	if (!is_known(session, config, name))
		return err_set(err, ERR_NOT_FOUND, "your config.ini has no section [notify \"%s\"]",
			       name);
	*channel = (struct channel){ .name = name,
				     .command = get(config, name, "command"),
				     .username = get(config, name, "username"),
				     .from = get(config, name, "from"),
				     .to = get(config, name, "to") };
	if (find_value(session, config, name, "url", &channel->url, err) < 0 ||
	    find_value(session, config, name, "password", &channel->password, err) < 0)
		return -1;
	channel->type = get(config, name, "type");
	if (!channel->type)
		channel->type = type_of(channel);
	channel->has_notify_send = spawn_find_program("notify-send", env_get(&session->env, "PATH"),
						      NULL, &found) == 0;
	return 0;
}

/* ---- How often ---- */

struct rate {
	unsigned long messages;
	uint64_t window_ms;
};

static int parse_rate(const char *text, struct rate *rate, struct err *err)
{
	char *end;

	rate->messages = strtoul(text, &end, 10);
	if (*text < '1' || *text > '9' || *end != '/' || rate->messages > RATE_MESSAGES_MAX ||
	    duration_parse_ms(end + 1, 0, &rate->window_ms) < 0 || !rate->window_ms)
		return err_set(err, ERR_VALUE, "'rate' must be such as 20/1h, not '%.40s'", text);
	return 0;
}

/* Those lines that may still count, and how many of them are of this channel and within the window. */
static unsigned long count_lines(const char *text, const char *channel, int64_t now_ms,
				 const struct rate *rate, struct strbuf *kept)
{
	unsigned long n = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");
		char *name;
		int64_t at_ms = strtoll(text, &name, 10);

		if (*name == ' ' && at_ms <= now_ms && now_ms - at_ms < KEEP_MS) {
			size_t name_len = len - (size_t)(name + 1 - text);

			strbuf_add(kept, text, len);
			strbuf_addch(kept, '\n');
			n += now_ms - at_ms < (int64_t)rate->window_ms &&
			     name_len == strlen(channel) &&
			     memcmp(name + 1, channel, name_len) == 0;
		}
		text += len + (text[len] == '\n');
	}
	return n;
}

static int count_one(int dirfd, const char *channel, const struct rate *rate, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf kept = STRBUF_INIT;
	int64_t now_ms = clock_realtime_ms();
	unsigned long n;

	fs_read_file(dirfd, "notified", NOTIFIED_MAX, &text, NULL); /* damaged is as good as none */
	n = count_lines(strbuf_str(&text), channel, now_ms, rate, &kept);
	if (n >= rate->messages)
		return err_set(err, ERR_BUSY,
			       "it has had %lu messages in %llu s, which is its "
			       "'rate'",
			       n, (unsigned long long)(rate->window_ms / 1000));
	strbuf_addf(&kept, "%lld %s\n", (long long)now_ms, channel);
	return fs_replace(dirfd, "notified", 0600, kept.buf, kept.len, 0, err);
}

static int heed_rate(struct session *session, const struct config *config, const char *channel,
		     struct err *err)
{
	const char *dir = session->layout.cache_dir;
	struct lock lock = { 0 };
	struct rate rate;
	int dirfd, rc;

	if (parse_rate(get(config, channel, "rate"), &rate, err) < 0 ||
	    fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0)
		return -1;
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return err_errno(err, "cannot open '%s'", dir);
	rc = lock_wait(&lock, dirfd, "notified.lock", LOCK_EXCLUSIVE, LOCK_TIMEOUT_MS, err);
	if (rc == 0)
		rc = count_one(dirfd, channel, &rate, err);
	lock_release(&lock);
	close(dirfd);
	return rc;
}

/* ---- Sending ---- */

static void make_env(struct session *session, const struct message *message, struct env *env)
{
	env_copy(env, &session->env);
	env_set(env, "WF_NOTIFY_TITLE", message->title);
	env_set(env, "WF_NOTIFY_STATUS", message->status ? message->status : "");
	if (message->run)
		env_set(env, "WF_RUN_ID", message->run);
	if (message->workflow)
		env_set(env, "WF_WORKFLOW", message->workflow);
}

static int start(struct session *session, const struct delivery *delivery,
		 const struct message *message, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf said = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf how = STRBUF_INIT;
	struct env env CLEANUP(env_release) = { 0 };
	struct run_request request = { .argv = delivery->argv,
				       .dir = session->layout.root,
				       .input = delivery->input,
				       .input_len = delivery->input ? strlen(delivery->input) : 0,
				       .timeout_ms = SEND_TIMEOUT_MS,
				       .max_bytes = ANSWER_MAX };
	int status = 0;

	make_env(session, message, &env);
	request.envp = env_block(&env);
	if (run_program(&request, &out, &said, &status, err) < 0)
		return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	/* A helper says it on standard output. */
	run_describe(status, delivery->is_helper ? &out : &said, &how);
	return err_set(err, ERR_VALUE, "%s", strbuf_str(&how));
}

static int send(struct session *session, const struct config *config, const char *name,
		const struct message *message, struct err *err)
{
	struct channel channel;
	struct delivery delivery;

	if (open_channel(session, config, name, &channel, err) < 0 ||
	    channel_render(&channel, message, &session->arena, &delivery, err) < 0 ||
	    heed_rate(session, config, name, err) < 0)
		return -1;
	if (delivery.is_helper) {
		delivery.argv[0] = helper_find(&session->arena, delivery.argv[0], err);
		if (!delivery.argv[0])
			return -1;
	}
	return start(session, &delivery, message, err);
}

int delivering_send(struct session *session, const struct config *config, const char *channel,
		    const struct message *message, struct err *err)
{
	struct err cause CLEANUP(err_release) = ERR_INIT;

	if (send(session, config, channel, message, &cause) == 0)
		return 0;
	return err_set(err, cause.kind, "%s",
		       secrets_mask(session, &session->arena, err_msg(&cause)));
}
