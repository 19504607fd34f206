/*
 * What is started for a message, by each type of channel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ext/json.h"
#include "step/channel.h"
#include "step/helper.h"

static const struct message message = { .title = "build: failed",
					.text = "<@U1> & \"x\"\n.\n",
					.status = "failed" };

static struct delivery render(struct arena *arena, struct channel channel)
{
	struct err err = ERR_INIT;
	struct delivery delivery;

	channel.name = "c";
	assert_int_equal(channel_render(&channel, &message, arena, &delivery, &err), 0);
	return delivery;
}

static const struct json *request_of(struct arena *arena, const struct delivery *delivery)
{
	const struct json *request = json_parse(arena, delivery->input, strlen(delivery->input),
						NULL);

	assert_true(delivery->is_helper);
	assert_string_equal(delivery->argv[0], HELPER_HTTP);
	assert_null(delivery->argv[1]);
	assert_non_null(request);
	return request;
}

static const struct json *body_of(struct arena *arena, const struct delivery *delivery)
{
	const struct json *request = request_of(arena, delivery);
	const char *body = json_get_string(request, HELPER_HTTP_BODY, NULL);

	assert_string_equal(json_get_string(request, HELPER_HTTP_URL, ""), "https://x/y");
	assert_int_equal(json_get(request, HELPER_HTTP_EXPECT)->items[0].items[1].integer, 299);
	return json_parse(arena, body, strlen(body), NULL);
}

static void test_webhooks(void **state)
{
	struct arena arena = { 0 };
	struct channel channel = { .type = "slack", .url = "https://x/y" };
	struct delivery delivery = render(&arena, channel);

	(void)state;
	assert_string_equal(json_get_string(body_of(&arena, &delivery), "text", ""),
			    "*build: failed*\n&lt;@U1&gt; &amp; \"x\"\n.\n");
	channel.type = "webhook";
	delivery = render(&arena, channel);
	assert_string_equal(json_get_string(body_of(&arena, &delivery), "message", ""),
			    message.text);
	channel.type = "discord";
	delivery = render(&arena, channel);
	assert_non_null(json_get(body_of(&arena, &delivery), "allowed_mentions"));
	arena_release(&arena);
}

static void test_mail(void **state)
{
	struct arena arena = { 0 };
	struct channel channel = { .type = "sendmail",
				   .from = "a@b\r\nBcc: e@f",
				   .to = "c@d, e@f" };
	struct delivery delivery = render(&arena, channel);
	const struct json *mail;

	(void)state;
	assert_string_equal(delivery.argv[0], "sendmail");
	assert_non_null(strstr(delivery.input, "From: a@b  Bcc: e@f\nTo: c@d, e@f\nSubject: "));
	assert_null(strchr(delivery.input, '\r'));
	assert_null(strstr(delivery.input, "\nBcc"));
	channel.type = "smtp";
	channel.url = "smtps://x";
	delivery = render(&arena, channel);
	mail = json_get(request_of(&arena, &delivery), HELPER_HTTP_MAIL);
	assert_int_equal(json_get(mail, "to")->n, 2);
	assert_string_equal(json_get(mail, "to")->items[1].text, "e@f");
	arena_release(&arena);
}

static void test_what_is_missing(void **state)
{
	static const char *const types[] = { "slack", "teams",	  "discord", "webhook",
					     "smtp",  "sendmail", "command", "nonsense" };
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct channel channel = { .name = "c", .type = types[i] };
		struct err err = ERR_INIT;
		struct delivery delivery;

		assert_int_equal(channel_render(&channel, &message, &arena, &delivery, &err), -1);
		assert_int_equal(err.kind, ERR_VALUE);
		err_release(&err);
	}
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_webhooks),
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_what_is_missing),
	};

	return cmocka_run_group_tests_name("step/channel", tests, NULL, NULL);
}
