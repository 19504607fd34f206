/*
 * What is said of a word that is no command: what it may have been meant to be.
 */
#include <string.h>

#include "base/strmap.h"
#include "base/vec.h"
#include "commands_impl.h"
#include "sys/fs.h"
#include "target_impl.h"
#include "unknown_impl.h"

static bool is_workflow(const char *word)
{
	struct err none = ERR_INIT;
	struct session session;
	const char *path, *id;
	struct file_id file;
	bool is = target_open(&session, &none) == 0 &&
		  session_find_workflow(&session, word, &path, &id, &none) == 0 &&
		  fs_stat(session.layout.root_fd, path, &file, &none) == 0;

	session_close(&session);
	err_release(&none);
	return is;
}

/* One of "install|uninstall|status", and has to be. */
static bool is_part_of(const struct command *command, const char *word)
{
	const char *words = command->words;
	size_t len = strlen(word), n;

	if (!words || *words == '<' || strncmp(command->args, words, strlen(words)) != 0)
		return false;
	for (; *words; words += n + (words[n] == '|')) {
		n = strcspn(words, "|");
		if (n == len && !memcmp(words, word, n))
			return true;
	}
	return false;
}

static const char *nearest_command(const char *word)
{
	VEC(const char *) names = { 0 };
	const char *nearest;

	for (size_t i = 0; i < command_count; i++) {
		if (command_rows[i].group != GROUP_HIDDEN)
			vec_push(&names, command_rows[i].name);
	}
	nearest = nearest_word(word, names.v, names.n);
	vec_release(&names);
	return nearest;
}

int unknown_command(const char *word, struct err *err)
{
	const char *nearest;

	if (is_workflow(word))
		return err_set(err, ERR_USAGE, "no command '%s'; 'git wf run %s' runs the workflow",
			       word, word);
	for (size_t i = 0; i < command_count; i++) {
		if (command_rows[i].group != GROUP_HIDDEN && is_part_of(&command_rows[i], word))
			return err_set(err, ERR_USAGE, "no command '%s'; did you mean '%s %s'?",
				       word, command_rows[i].name, word);
	}
	nearest = nearest_command(word);
	if (nearest)
		return err_set(err, ERR_USAGE, "no command '%s'; did you mean '%s'?", word,
			       nearest);
	return err_set(err, ERR_USAGE, "no command '%s'; 'git wf -h' lists them", word);
}
