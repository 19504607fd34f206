/*
 * Reading the words of the command line.
 */
#include <string.h>

#include "base/compat.h"
#include "container_impl.h"

typedef int take_fn(struct request *request, const char *value, struct err *err);

static int take_image(struct request *request, const char *value, struct err *err UNUSED)
{
	request->image = value;
	return 0;
}

static int take_build(struct request *request, const char *value, struct err *err UNUSED)
{
	request->build = value;
	return 0;
}

static int take_file(struct request *request, const char *value, struct err *err UNUSED)
{
	request->file = value;
	return 0;
}

static int take_tag(struct request *request, const char *value, struct err *err UNUSED)
{
	vec_push(&request->tags, value);
	return 0;
}

static int take_arg(struct request *request, const char *value, struct err *err UNUSED)
{
	vec_push(&request->args, value);
	return 0;
}

static int take_from(struct request *request, const char *value, struct err *err UNUSED)
{
	vec_push(&request->mounts, ((struct mount){ .from = value }));
	return 0;
}

static int take_to(struct request *request, const char *value, struct err *err)
{
	if (!request->mounts.n)
		return err_set(err, ERR_USAGE, "a mount without its source");
	vec_last(&request->mounts)->to = value;
	return 0;
}

static int take_to_read_only(struct request *request, const char *value, struct err *err)
{
	if (take_to(request, value, err) < 0)
		return -1;
	vec_last(&request->mounts)->is_read_only = true;
	return 0;
}

static const struct {
	const char *key;
	take_fn *take;
} words_known[] = {
	{ "image=", take_image }, { "build=", take_build },
	{ "file=", take_file },	  { "tag=", take_tag },
	{ "arg=", take_arg },	  { "from=", take_from },
	{ "to=", take_to },	  { "to-ro=", take_to_read_only },
};

static int take_word(struct request *request, const char *word, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(words_known); i++) {
		size_t len = strlen(words_known[i].key);

		if (strncmp(word, words_known[i].key, len) == 0)
			return words_known[i].take(request, word + len, err);
	}
	return err_set(err, ERR_USAGE, "'%.60s' is no word of a container", word);
}

int request_parse(struct request *request, char **words, struct err *err)
{
	for (; *words && strcmp(*words, "--") != 0; words++)
		if (take_word(request, *words, err) < 0)
			return -1;
	request->has_command = *words && words[1];
	request->command = (const char *const *)(*words ? words + 1 : words);
	for (size_t i = 0; i < request->mounts.n; i++)
		if (!request->mounts.v[i].to)
			return err_set(err, ERR_USAGE, "a mount without its target");
	if (!request->image && !request->build)
		return err_set(err, ERR_USAGE, "neither an image nor a build");
	return 0;
}
