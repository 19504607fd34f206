/*
 * Commands that parse an argument again, as code of a shell or of an interpreter: a value in such an
 * argument would become code, however well it is quoted. Found also behind env, sudo, xargs, …
 */
#include "shtext_impl.h"

#include <string.h>
#include <strings.h>

enum danger {
	DANGER_ALL,    /* every argument is code: eval, ssh */
	DANGER_FIRST,  /* the first one: trap */
	DANGER_SHELL,  /* the operand behind -c, or a script on stdin */
	DANGER_OPTION, /* the argument of one of some options: python -c, perl -e */
	DANGER_NAME,   /* the name of a variable, which may have a subscript: export, read */
	DANGER_AFTER_V /* likewise, behind -v: printf, test */
};

struct dangerous {
	const char *name;
	enum danger danger;
	const char *letters; /* of DANGER_OPTION: code follows */
	const char *others;  /* of DANGER_OPTION: something else follows */
};

static const struct dangerous *find_dangerous(const char *name)
{
	static const struct dangerous list[] = {
		{ "eval", DANGER_ALL, NULL, NULL },
		{ "ssh", DANGER_ALL, NULL, NULL },
		{ "su", DANGER_ALL, NULL, NULL },
		{ "rsh", DANGER_ALL, NULL, NULL },
		{ "runuser", DANGER_ALL, NULL, NULL },
		{ "mosh", DANGER_ALL, NULL, NULL },
		{ "let", DANGER_ALL, NULL, NULL },
		{ "alias", DANGER_ALL, NULL, NULL },
		{ "watch", DANGER_ALL, NULL, NULL },
		{ "parallel", DANGER_ALL, NULL, NULL },
		{ "trap", DANGER_FIRST, NULL, NULL },
		{ "sh", DANGER_SHELL, NULL, NULL },
		{ "bash", DANGER_SHELL, NULL, NULL },
		{ "dash", DANGER_SHELL, NULL, NULL },
		{ "ash", DANGER_SHELL, NULL, NULL },
		{ "ksh", DANGER_SHELL, NULL, NULL },
		{ "ksh93", DANGER_SHELL, NULL, NULL },
		{ "mksh", DANGER_SHELL, NULL, NULL },
		{ "zsh", DANGER_SHELL, NULL, NULL },
		{ "yash", DANGER_SHELL, NULL, NULL },
		{ "rbash", DANGER_SHELL, NULL, NULL },
		{ "fish", DANGER_SHELL, NULL, NULL },
		{ "csh", DANGER_SHELL, NULL, NULL },
		{ "tcsh", DANGER_SHELL, NULL, NULL },
		{ "pwsh", DANGER_OPTION, "cC", "" },
		{ "python", DANGER_OPTION, "c", "WXQ" },
		{ "python2", DANGER_OPTION, "c", "WQ" },
		{ "python3", DANGER_OPTION, "c", "WX" },
		{ "pypy3", DANGER_OPTION, "c", "WX" },
		{ "perl", DANGER_OPTION, "eE", "I" },
		{ "ruby", DANGER_OPTION, "e", "rI" },
		{ "node", DANGER_OPTION, "ep", "r" },
		{ "nodejs", DANGER_OPTION, "ep", "r" },
		{ "lua", DANGER_OPTION, "e", "l" },
		{ "php", DANGER_OPTION, "rBRE", "dc" },
		{ "expect", DANGER_OPTION, "c", "" },
		{ "script", DANGER_OPTION, "c", "EIOBTmo" },
		{ "osascript", DANGER_OPTION, "e", "l" },
		{ "export", DANGER_NAME, NULL, NULL },
		{ "readonly", DANGER_NAME, NULL, NULL },
		{ "local", DANGER_NAME, NULL, NULL },
		{ "declare", DANGER_NAME, NULL, NULL },
		{ "typeset", DANGER_NAME, NULL, NULL },
		{ "integer", DANGER_NAME, NULL, NULL },
		{ "unset", DANGER_NAME, NULL, NULL },
		{ "read", DANGER_NAME, NULL, NULL },
		{ "mapfile", DANGER_NAME, NULL, NULL },
		{ "readarray", DANGER_NAME, NULL, NULL },
		{ "getopts", DANGER_NAME, NULL, NULL },
		{ "printf", DANGER_AFTER_V, NULL, NULL },
		{ "test", DANGER_AFTER_V, NULL, NULL },
		{ "[", DANGER_AFTER_V, NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	}
	return NULL;
}

/* Commands that start the command in their arguments: the letters of their options that take an
 * argument, and how many operands come before the command. */
struct wrapper {
	const char *name, *letters;
	unsigned n_operands;
};

static const struct wrapper *find_wrapper(const char *name)
{
	static const struct wrapper list[] = {
		{ "env", "uCS", 0 },
		{ "sudo", "ughpCTrtUDR", 0 },
		{ "doas", "uC", 0 },
		{ "command", "", 0 },
		{ "builtin", "", 0 },
		{ "exec", "a", 0 },
		{ "nohup", "", 0 },
		{ "nice", "n", 0 },
		{ "ionice", "cnp", 0 },
		{ "time", "fo", 0 },
		{ "timeout", "sk", 1 },
		{ "setsid", "", 0 },
		{ "stdbuf", "ioe", 0 },
		{ "xargs", "aEIiLlnPsd", 0 },
		{ "chroot", "", 1 },
		{ "flock", "wE", 1 },
		{ "busybox", "", 0 },
		{ "fakeroot", "", 0 },
		{ "taskset", "", 1 },
		{ "chrt", "", 1 },
		{ "unshare", "", 0 },
		{ "noglob", "", 0 },
		{ "nocorrect", "", 0 },
		{ "strace", "eopsu", 0 },
		{ "valgrind", "", 0 },
		{ "systemd-run", "pMHu", 0 },
		{ "dbus-run-session", "", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	}
	return NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

struct command {
	struct sh_lexer *lexer;
	struct sh_frame *frame;
	const struct sh_word *words;
	size_t n;
};

/* A literal word that begins like an option. */
static bool is_option(const struct sh_word *word)
{
	return word->text[0] == '-' && word->text[1] && !word->begins_with_ours;
}

static bool is_cluster_with(const struct sh_word *word, const char *letters)
{
	return is_option(word) && word->text[1] != '-' && strpbrk(word->text + 1, letters);
}

/* ---- which command it is ---- */

/* The first word behind a wrapper's own options. *is_sure turns false where that is a guess. */
static size_t skip_wrapper(const struct command *cmd, size_t i, const struct wrapper *wrapper,
			   bool *is_sure)
{
	unsigned n_operands = wrapper->n_operands;

	for (i++; i < cmd->n; i++) {
		const struct sh_word *word = &cmd->words[i];
		size_t len = strlen(word->text);

		if (strcmp(word->text, "--") == 0)
			continue;
		if (is_option(word) && word->text[1] == '-') {
			*is_sure &= strchr(word->text, '=') != NULL;
		} else if (is_option(word)) {
			i += strchr(wrapper->letters, word->text[len - 1]) != NULL;
		} else if (strchr(word->text, '=') && !word->begins_with_ours &&
			   word->text[0] != '/' && word->text[0] != '=') {
			continue; /* env X=1 … */
		} else if (n_operands > 0) {
			n_operands--;
		} else {
			break;
		}
	}
	return i;
}

/* The index of the word that names the program which is run in the end. */
static size_t find_program(const struct command *cmd)
{
	const struct wrapper *wrapper;
	bool is_sure = true;
	size_t i = 0;

	while (i < cmd->n && (cmd->words[i].is_assignment || is_option(&cmd->words[i])))
		i++; /* options: of `time`, which is a reserved word */
	while (i < cmd->n && (wrapper = find_wrapper(base_name(cmd->words[i].text))))
		i = skip_wrapper(cmd, i, wrapper, &is_sure);
	for (size_t k = i; !is_sure && k < cmd->n; k++) {
		if (find_dangerous(base_name(cmd->words[k].text)))
			return k;
	}
	return i;
}

/* ---- what it does with its arguments ---- */

static void refuse(const struct command *cmd, size_t i, const char *where)
{
	if (i < cmd->n)
		sh_refuse_word(cmd->lexer, &cmd->words[i], where);
}

static void refuse_stdin(const struct command *cmd)
{
	struct sh_frame *frame = cmd->frame;

	for (size_t i = 0; i < frame->strings.n; i++)
		sh_refuse_word(cmd->lexer, &frame->strings.v[i],
			       "in the text that another shell reads as its script");
	for (size_t i = 0; i < frame->heredocs.n; i++)
		frame->heredocs.v[i].is_code |= frame->heredocs.v[i].command >=
						frame->first_command;
}

static bool is_long_option(const struct sh_word *word, const char *name)
{
	return strncmp(word->text, name, strlen(name)) == 0;
}

/* An option whose argument is the next word. */
static bool takes_word(const struct sh_word *word)
{
	size_t len = strlen(word->text);

	if (is_cluster_with(word, "oO"))
		return strchr("oO", word->text[len - 1]) != NULL;
	return strcmp(word->text, "--rcfile") == 0 || strcmp(word->text, "--init-file") == 0;
}

/* sh [options] [-c code] [operands]: code is the first operand, wherever the -c is among the options.
 * What a variable of the shell stands for may be options too, so it does not end them. Returns the
 * index of the operand. */
static size_t find_operand(const struct command *cmd, size_t program, bool *has_code)
{
	size_t i = program + 1;

	*has_code = false;
	for (; i < cmd->n; i++) {
		const struct sh_word *word = &cmd->words[i];

		if (strcmp(word->text, "--") == 0)
			return i + 1;
		if (is_option(word)) {
			*has_code |= is_cluster_with(word, "c") ||
				     is_long_option(word, "--command");
			i += takes_word(word);
		} else if (word->text[0] != '+' &&
			   (!word->is_dynamic || (*has_code && word->is_quoted))) {
			break;
		}
	}
	return i;
}

/* The first word that may be a script's name, or the number of words. */
static size_t find_script(const struct command *cmd, size_t program, size_t operand)
{
	for (size_t i = program + 1; i < operand && i < cmd->n; i++) {
		if (cmd->words[i].is_dynamic && !is_option(&cmd->words[i]))
			return i;
	}
	return operand;
}

static void check_shell(const struct command *cmd, size_t program, bool is_program)
{
	bool has_code;
	size_t operand = find_operand(cmd, program, &has_code), script;

	for (size_t i = program + 1; has_code && i <= operand; i++)
		refuse(cmd, i, "in the command of '… -c', which another shell reads");
	if (has_code || !is_program)
		return;
	script = find_script(cmd, program, operand);
	if (script >= cmd->n)
		refuse_stdin(cmd);
	else if (cmd->words[script].begins_with_ours &&
		 strcmp(cmd->words[script - 1].text, "--") != 0)
		refuse(cmd, script, "where a shell looks for its options (write -- before it)");
}

static void check_options(const struct command *cmd, size_t program,
			  const struct dangerous *dangerous)
{
	static const char where[] = "in code for an interpreter";

	for (size_t i = program + 1; i < cmd->n && is_option(&cmd->words[i]); i++) {
		const struct sh_word *word = &cmd->words[i];

		if (is_cluster_with(word, dangerous->letters) || is_long_option(word, "--eval") ||
		    is_long_option(word, "--print") || is_long_option(word, "--command")) {
			refuse(cmd, i, where);
			refuse(cmd, i + 1, where);
		} else if (word->text[1] != '-' && word->text[2] == '\0') {
			i += strchr(dangerous->others, word->text[1]) != NULL;
		}
	}
}

static void check_names(const struct command *cmd, size_t program)
{
	for (size_t i = program + 1; i < cmd->n; i++) {
		if (cmd->words[i].has_ours_in_name)
			refuse(cmd, i, "in the name of a variable");
	}
}

/* ssh without a command, or with a shell as its command, reads a script. */
static bool is_remote_shell(const struct command *cmd, size_t program)
{
	size_t n_operands = 0;

	for (size_t i = program + 1; i < cmd->n; i++) {
		const struct dangerous *dangerous = find_dangerous(base_name(cmd->words[i].text));

		n_operands += !is_option(&cmd->words[i]);
		if (dangerous && dangerous->danger == DANGER_SHELL)
			return true;
	}
	return n_operands <= 1;
}

/* "$SHELL", ${BASH}: a command that only the shell knows, but surely another shell. */
static bool looks_like_shell(const struct command *cmd, const struct sh_word *word)
{
	const char *raw = cmd->lexer->text.raw + word->start;

	for (size_t i = 0; word->is_dynamic && i + 2 <= word->end - word->start; i++) {
		if (strncasecmp(raw + i, "sh", 2) == 0)
			return true;
	}
	return false;
}

static void check_program(const struct command *cmd, size_t program)
{
	const struct dangerous *dangerous;
	const char *name = base_name(cmd->words[program].text);

	if (looks_like_shell(cmd, &cmd->words[program]))
		check_shell(cmd, program, false);
	dangerous = cmd->words[program].is_dynamic ? NULL : find_dangerous(name);
	if (!dangerous)
		return;
	switch (dangerous->danger) {
	case DANGER_ALL:
		for (size_t i = program + 1; i < cmd->n; i++)
			refuse(cmd, i,
			       "in an argument of eval, ssh, su and their like, which parse it "
			       "again");
		if (strcmp(name, "ssh") != 0 || is_remote_shell(cmd, program))
			refuse_stdin(cmd);
		break;
	case DANGER_FIRST: refuse(cmd, program + 1, "in the command of a trap"); break;
	case DANGER_SHELL: check_shell(cmd, program, true); break;
	case DANGER_OPTION: check_options(cmd, program, dangerous); break;
	case DANGER_NAME: check_names(cmd, program); break;
	case DANGER_AFTER_V:
		for (size_t i = program + 1; i + 1 < cmd->n; i++) {
			if (strcmp(cmd->words[i].text, "-v") == 0)
				refuse(cmd, i + 1, "in the name of a variable");
		}
		break;
	}
}

/* flock FILE -c code */
static void check_flock(const struct command *cmd, size_t flock)
{
	for (size_t i = flock + 1; i + 1 < cmd->n; i++) {
		if (is_cluster_with(&cmd->words[i], "c") ||
		    is_long_option(&cmd->words[i], "--command"))
			refuse(cmd, i + 1, "in the command of '… -c', which another shell reads");
	}
}

/* "docker exec x sh -c …", "find -exec sh -c …": a shell anywhere, if a -c follows it. */
static void check_inner_shells(const struct command *cmd, size_t program)
{
	for (size_t i = 0; i < cmd->n; i++) {
		const struct dangerous *dangerous;

		if (cmd->words[i].is_dynamic || i == program)
			continue;
		dangerous = find_dangerous(base_name(cmd->words[i].text));
		if (dangerous && dangerous->danger == DANGER_SHELL)
			check_shell(cmd, i, false);
		if (dangerous && dangerous->danger == DANGER_OPTION)
			check_options(cmd, i, dangerous);
		if (strcmp(base_name(cmd->words[i].text), "flock") == 0)
			check_flock(cmd, i);
	}
}

static void check_env_split(const struct command *cmd)
{
	for (size_t i = 0; i + 1 < cmd->n; i++) {
		if (strcmp(base_name(cmd->words[i].text), "env") != 0)
			continue;
		for (size_t k = i + 1; k < cmd->n && is_option(&cmd->words[k]); k++) {
			if (!is_cluster_with(&cmd->words[k], "S") &&
			    strncmp(cmd->words[k].text, "--split-string", 14) != 0)
				continue;
			refuse(cmd, k, "in a text that env splits");
			refuse(cmd, k + 1, "in a text that env splits");
		}
	}
}

/* echo and printf write their arguments into the pipe: a shell behind it would run them. */
static void keep_written(const struct command *cmd, size_t program)
{
	const char *name = base_name(cmd->words[program].text);

	if (strcmp(name, "echo") != 0 && strcmp(name, "printf") != 0)
		return;
	for (size_t i = program + 1; i < cmd->n; i++)
		vec_push(&cmd->frame->strings, cmd->words[i]);
}

void sh_check_danger(struct sh_lexer *lexer, struct sh_frame *frame, bool is_piped)
{
	struct command cmd = { lexer, frame, frame->words.v, frame->words.n };
	size_t program = find_program(&cmd);

	if (program < cmd.n)
		check_program(&cmd, program);
	check_inner_shells(&cmd, program);
	check_env_split(&cmd);
	if (is_piped && program < cmd.n)
		keep_written(&cmd, program);
}
