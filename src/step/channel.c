/*
 * One row a type of channel. What a person, a program or a server has written stands in a message: none
 * of it means anything to who shows it.
 */
#include "step/channel.h"

#include <string.h>

#include "base/compat.h"
#include "base/jsonw.h"
#include "base/strbuf.h"
#include "step/helper.h"

enum { DISCORD_LEN_MAX = 1900 };

struct making {
	const struct channel *channel;
	const struct message *message;
	struct arena *arena;
	struct delivery *delivery;
};

static int needs(const struct channel *channel, const char *value, const char *key, struct err *err)
{
	if (value && *value)
		return 0;
	return err_set(err, ERR_VALUE, "[notify \"%s\"] says no '%s'", channel->name, key);
}

static void start(struct making *making, const char *const *words, size_t n)
{
	making->delivery->argv = ARENA_ARRAY(making->arena, const char *, n + 1);
	memcpy(making->delivery->argv, words, n * sizeof *words);
}

/* ---- Webhooks ---- */

static void start_helper(struct making *making, const struct strbuf *request)
{
	static const char *const words[] = { HELPER_HTTP };

	start(making, words, 1);
	making->delivery->is_helper = true;
	making->delivery->input = arena_strndup(making->arena, request->buf, request->len);
}

/* A request of git-wf--http with this JSON. */
static void post(struct making *making, const struct strbuf *body)
{
	CLEANUP(strbuf_release)
	struct strbuf request = STRBUF_INIT;
	struct jsonw w = { .out = &request };

	jsonw_object(&w);
	jsonw_kv_string(&w, HELPER_HTTP_METHOD, "POST");
	jsonw_kv_string(&w, HELPER_HTTP_URL, making->channel->url);
	jsonw_kv_string(&w, HELPER_HTTP_TYPE, "application/json");
	jsonw_key(&w, HELPER_HTTP_BODY);
	jsonw_string_n(&w, body->buf, body->len);
	jsonw_key(&w, HELPER_HTTP_EXPECT);
	jsonw_array(&w);
	jsonw_array(&w);
	jsonw_uint(&w, 200);
	jsonw_uint(&w, 299);
	jsonw_array_end(&w);
	jsonw_array_end(&w);
	jsonw_kv_uint(&w, HELPER_HTTP_REDIRECTS, 0);
	jsonw_kv_bool(&w, HELPER_HTTP_WANTS_BODY, false);
	jsonw_object_end(&w);
	start_helper(making, &request);
}

/* "&", "<" and ">" begin what names people, groups and pages. */
static const char *escape(struct arena *arena, const char *text)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;

	for (; *text; text++) {
		if (*text == '&')
			strbuf_addstr(&out, "&amp;");
		else if (*text == '<')
			strbuf_addstr(&out, "&lt;");
		else if (*text == '>')
			strbuf_addstr(&out, "&gt;");
		else
			strbuf_addch(&out, *text);
	}
	return arena_strndup(arena, strbuf_str(&out), out.len);
}

static int make_slack(struct making *making, struct err *err UNUSED)
{
	CLEANUP(strbuf_release)
	struct strbuf body = STRBUF_INIT;
	struct jsonw w = { .out = &body };

	jsonw_object(&w);
	jsonw_kv_string(&w, "text",
			arena_printf(making->arena, "*%s*\n%s",
				     escape(making->arena, making->message->title),
				     escape(making->arena, making->message->text)));
	jsonw_object_end(&w);
	post(making, &body);
	return 0;
}

/* Cut between characters. */
static const char *cut(struct arena *arena, const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len <= max)
		return text;
	while (max && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return arena_printf(arena, "%.*s…", (int)max, text);
}

static int make_discord(struct making *making, struct err *err UNUSED)
{
	CLEANUP(strbuf_release)
	struct strbuf body = STRBUF_INIT;
	struct jsonw w = { .out = &body };
	const char *text = arena_printf(making->arena, "**%s**\n%s", making->message->title,
					making->message->text);

	jsonw_object(&w);
	jsonw_kv_string(&w, "content", cut(making->arena, text, DISCORD_LEN_MAX));
	jsonw_key(&w, "allowed_mentions"); /* @everyone in a log is nobody */
	jsonw_object(&w);
	jsonw_key(&w, "parse");
	jsonw_array(&w);
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	jsonw_object_end(&w);
	post(making, &body);
	return 0;
}

static void add_block(struct jsonw *w, const char *text, bool is_title)
{
	jsonw_object(w);
	jsonw_kv_string(w, "type", "TextBlock");
	jsonw_kv_string(w, "text", text);
	jsonw_kv_bool(w, "wrap", true);
	if (is_title)
		jsonw_kv_string(w, "weight", "Bolder");
	jsonw_object_end(w);
}

/* An adaptive card, as the webhooks of workflows in Teams want it. */
static int make_teams(struct making *making, struct err *err UNUSED)
{
	CLEANUP(strbuf_release)
	struct strbuf body = STRBUF_INIT;
	struct jsonw w = { .out = &body };

	jsonw_object(&w);
	jsonw_kv_string(&w, "type", "message");
	jsonw_key(&w, "attachments");
	jsonw_array(&w);
	jsonw_object(&w);
	jsonw_kv_string(&w, "contentType", "application/vnd.microsoft.card.adaptive");
	jsonw_key(&w, "content");
	jsonw_object(&w);
	jsonw_kv_string(&w, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
	jsonw_kv_string(&w, "type", "AdaptiveCard");
	jsonw_kv_string(&w, "version", "1.4");
	jsonw_key(&w, "body");
	jsonw_array(&w);
	add_block(&w, making->message->title, true);
	add_block(&w, making->message->text, false);
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	jsonw_object_end(&w);
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	post(making, &body);
	return 0;
}

static int make_webhook(struct making *making, struct err *err UNUSED)
{
	CLEANUP(strbuf_release)
	struct strbuf body = STRBUF_INIT;
	struct jsonw w = { .out = &body };
	const struct message *message = making->message;

	jsonw_object(&w);
	jsonw_kv_string(&w, "title", message->title);
	jsonw_kv_string(&w, "message", message->text);
	jsonw_kv_string(&w, "status", message->status);
	jsonw_kv_string(&w, "workflow", message->workflow);
	jsonw_kv_string(&w, "run", message->run);
	jsonw_kv_string(&w, "step", message->step);
	jsonw_object_end(&w);
	post(making, &body);
	return 0;
}

/* ---- Mail ---- */

/* A line break would begin another header. */
static const char *one_line(struct arena *arena, const char *text)
{
	char *line = arena_strdup(arena, text);

	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return line;
}

static void add_base64(struct strbuf *out, const char *text, size_t len)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned group = (unsigned)(unsigned char)text[i] << 16;

		if (i + 1 < len)
			group |= (unsigned)(unsigned char)text[i + 1] << 8;
		if (i + 2 < len)
			group |= (unsigned char)text[i + 2];
		strbuf_addch(out, letters[group >> 18]);
		strbuf_addch(out, letters[group >> 12 & 63]);
		strbuf_addch(out, i + 1 < len ? letters[group >> 6 & 63] : '=');
		strbuf_addch(out, i + 2 < len ? letters[group & 63] : '=');
	}
}

/* Words of at most 75 characters (RFC 2047), each of whole characters. */
static void add_subject(struct strbuf *out, const char *text)
{
	size_t len = strlen(text);

	strbuf_addstr(out, "Subject:");
	for (size_t from = 0; from < len;) {
		size_t end = from + 42 < len ? from + 42 : len;

		while (end < len && ((unsigned char)text[end] & 0xc0) == 0x80)
			end--;
		strbuf_addstr(out, from ? "\r\n =?UTF-8?B?" : " =?UTF-8?B?");
		add_base64(out, text + from, end - from);
		strbuf_addstr(out, "?=");
		from = end;
	}
	strbuf_addstr(out, "\r\n");
}

static void add_body(struct strbuf *out, const struct message *message)
{
	CLEANUP(strbuf_release)
	struct strbuf encoded = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "%s\r\n", message->text);
	if (message->run)
		strbuf_addf(&text, "\r\ngit wf log %s\r\n", message->run);
	add_base64(&encoded, text.buf, text.len);
	for (size_t i = 0; i < encoded.len; i += 76)
		strbuf_addf(out, "%.76s\r\n", encoded.buf + i);
}

static const char *letter(const struct making *making)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;
	struct arena *arena = making->arena;

	strbuf_addf(&out, "From: %s\r\n", one_line(arena, making->channel->from));
	strbuf_addf(&out, "To: %s\r\n", one_line(arena, making->channel->to));
	add_subject(&out, one_line(arena, making->message->title));
	strbuf_addstr(&out,
		      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		      "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n"
		      "\r\n");
	add_body(&out, making->message);
	return arena_strndup(arena, out.buf, out.len);
}

static void add_addresses(struct jsonw *w, struct arena *arena, const char *list)
{
	jsonw_key(w, "to");
	jsonw_array(w);
	while (*list) {
		size_t len = strcspn(list, ", \t");

		if (len)
			jsonw_string(w, arena_strndup(arena, list, len));
		list += len + (list[len] != '\0');
	}
	jsonw_array_end(w);
}

static int make_smtp(struct making *making, struct err *err)
{
	const struct channel *channel = making->channel;
	CLEANUP(strbuf_release)
	struct strbuf request = STRBUF_INIT;
	struct jsonw w = { .out = &request };

	if (needs(channel, channel->from, "from", err) < 0 ||
	    needs(channel, channel->to, "to", err) < 0)
		return -1;
	jsonw_object(&w);
	jsonw_key(&w, HELPER_HTTP_MAIL);
	jsonw_object(&w);
	jsonw_kv_string(&w, "url", channel->url);
	jsonw_kv_string(&w, "from", channel->from);
	add_addresses(&w, making->arena, channel->to);
	if (channel->username) {
		jsonw_kv_string(&w, "username", channel->username);
		jsonw_kv_string(&w, "password", channel->password);
	}
	jsonw_kv_string(&w, "text", letter(making));
	jsonw_object_end(&w);
	jsonw_object_end(&w);
	start_helper(making, &request);
	return 0;
}

/* It reads the addresses in the mail itself, and lines that end as they do here. */
static int make_sendmail(struct making *making, struct err *err)
{
	const struct channel *channel = making->channel;
	const char *words[] = { channel->command ? channel->command : "sendmail", "-i", "-t" };
	char *text;
	size_t n = 0;

	if (needs(channel, channel->from, "from", err) < 0 ||
	    needs(channel, channel->to, "to", err) < 0)
		return -1;
	text = arena_strdup(making->arena, letter(making));
	for (const char *c = text; *c; c++)
		if (*c != '\r')
			text[n++] = *c;
	text[n] = '\0';
	start(making, words, ARRAY_SIZE(words));
	making->delivery->input = text;
	return 0;
}

/* ---- This machine ---- */

static int make_desktop(struct making *making, struct err *err UNUSED)
{
	const struct message *message = making->message;
	const char *linux_words[] = { "notify-send", "--app-name=git-wf", "--", message->title,
				      escape(making->arena, message->text) };
	const char *mac_words[] = {
		"osascript",
		"-e",
		"on run argv",
		"-e",
		"display notification (item 2 of argv) with title (item 1 of argv)",
		"-e",
		"end run",
		message->title,
		message->text
	};

	if (making->channel->has_notify_send)
		start(making, linux_words, ARRAY_SIZE(linux_words));
	else
		start(making, mac_words, ARRAY_SIZE(mac_words));
	return 0;
}

static int make_command(struct making *making, struct err *err)
{
	const char *words[] = { "sh", "-c", making->channel->command };

	if (needs(making->channel, making->channel->command, "command", err) < 0)
		return -1;
	start(making, words, ARRAY_SIZE(words));
	making->delivery->input = arena_printf(making->arena, "%s\n", making->message->text);
	return 0;
}

static const struct {
	const char *type;
	int (*make)(struct making *making, struct err *err);
	bool needs_url;
} types[] = {
	{ "slack", make_slack, true },	    { "teams", make_teams, true },
	{ "discord", make_discord, true },  { "webhook", make_webhook, true },
	{ "smtp", make_smtp, true },	    { "sendmail", make_sendmail, false },
	{ "desktop", make_desktop, false }, { "command", make_command, false },
};

int channel_render(const struct channel *channel, const struct message *message,
		   struct arena *arena, struct delivery *delivery, struct err *err)
{
	struct making making = { channel, message, arena, delivery };

	memset(delivery, 0, sizeof *delivery);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(types[i].type, channel->type) != 0)
			continue;
		if (types[i].needs_url && needs(channel, channel->url, "url", err) < 0)
			return -1;
		return types[i].make(&making, err);
	}
	return err_set(err, ERR_VALUE, "[notify \"%s\"]: there is no type '%s'", channel->name,
		       channel->type);
}
