/*
 * The sh lexer, in parts: shtext.c (which `${…}` are ours, what may not be), shtext_word.c (quotes and
 * expansions), shtext_command.c (commands, words, redirections), shtext_heredoc.c, shtext_danger.c
 * (commands that parse their arguments again), shtext_render.c.
 *
 * It only has to know where each `${…}` of ours stands. Where it cannot be sure (an open quote, forms
 * that shells read in different ways) it is "lost", and a script with a `${…}` of ours is refused.
 */
#ifndef MODEL_SHTEXT_IMPL_H
#define MODEL_SHTEXT_IMPL_H

#include "base/strbuf.h"
#include "text_impl.h"

enum { SHTEXT_DEPTH_MAX = 48 };

struct sh_site { /* one `${…}` of ours */
	size_t start, end, part;
	bool is_reported;
};

struct sh_lexer {
	struct text_builder text; /* raw is the script */
	size_t pos, end;	  /* end: of the script, or of a here-document's body */
	unsigned depth;
	VEC(struct sh_site) sites;
	const char *forbidden; /* why no `${…}` of ours may stand here, or NULL */
	const char *lost;      /* why the rest cannot be understood, or NULL */
	size_t lost_at;
	struct sh_frame *frame; /* the innermost list of commands */
};

struct sh_word {
	const char *text;  /* quotes removed, expansions left out */
	size_t start, end; /* in the script */
	size_t first_site, end_site;
	bool is_dynamic;    /* has an expansion of the shell's or ours */
	bool is_quoted;	    /* any part */
	bool is_assignment; /* NAME=… before the command */
	bool begins_with_ours;
	bool has_ours_in_name; /* before the first '=' */
};

struct sh_heredoc {
	const char *delimiter;
	bool strips_tabs, is_quoted, is_code;
	unsigned command; /* its number */
};

enum sh_open_kind { OPEN_SUBSHELL, OPEN_CASE, OPEN_ARRAY, OPEN_GLOB };
enum sh_case_state { CASE_SUBJECT, CASE_IN, CASE_PATTERN, CASE_BODY };

struct sh_open {
	enum sh_open_kind kind;
	enum sh_case_state state;
};

enum sh_redirect { REDIRECT_NONE, REDIRECT_FILE, REDIRECT_STRING };

struct sh_frame { /* a list of commands: the script, or what is inside one $( … ) */
	struct sh_frame *outer;
	VEC(struct sh_open) opens;
	VEC(struct sh_heredoc) heredocs; /* their bodies come after the next newline */
	VEC(struct sh_word) words;	 /* of the command being read */
	VEC(struct sh_word) strings; /* what its pipeline reads that is written here: <<<, echo */
	unsigned command,
		first_command;	   /* numbers of the one being read, of its pipeline's first */
	bool at_start;		   /* the next word may be a command or a reserved word */
	enum sh_redirect redirect; /* what the next word is for */
};

/* What a word's text is collected in. */
struct sh_collect {
	struct strbuf text;
	bool is_dynamic, is_quoted, begins_with_ours, has_ours_in_name;
};

bool sh_is_name_char(char c);				  /* [A-Za-z0-9_] */
char sh_peek(const struct sh_lexer *lexer, size_t ahead); /* '\0' at the end */
void sh_lose(struct sh_lexer *lexer, size_t at, const char *why);
bool sh_is_ours(const struct sh_lexer *lexer, size_t pos); /* at a "${" */

/* Reads the `${…}` at pos. */
void sh_take_ours(struct sh_lexer *lexer, enum text_place place);
void sh_refuse_site(struct sh_lexer *lexer, struct sh_site *site, const char *where);
void sh_refuse_word(struct sh_lexer *lexer, const struct sh_word *word, const char *where);
/* Up to `end`, where nothing is expanded: every `${…}` of ours in it is a mistake. */
void sh_skip_forbidden(struct sh_lexer *lexer, size_t end, const char *where);

/* Each begins at its first character and ends behind its last one. */
void sh_lex_single_quotes(struct sh_lexer *lexer, struct sh_collect *collect);
void sh_lex_double_quotes(struct sh_lexer *lexer, struct sh_collect *collect);
void sh_lex_backquotes(struct sh_lexer *lexer, struct sh_collect *collect);
void sh_lex_dollar(struct sh_lexer *lexer, bool in_double_quotes, struct sh_collect *collect);
void sh_lex_arithmetic(struct sh_lexer *lexer);		   /* behind the "((" */
void sh_lex_condition(struct sh_lexer *lexer);		   /* behind the "[[" */
void sh_lex_commands(struct sh_lexer *lexer, char closer); /* '\0' or ')' */

void sh_lex_heredoc_start(struct sh_lexer *lexer);  /* behind the "<<" */
void sh_lex_heredoc_bodies(struct sh_lexer *lexer); /* behind a newline */

/* At the end of a command: refuses `${…}` where the command parses it again. */
void sh_check_danger(struct sh_lexer *lexer, struct sh_frame *frame, bool is_piped);

/* A list of n items where one word must stand: an error. -1. */
int sh_fail_list(const struct text_part *part, size_t n, struct err *err);

bool sh_is_reserved(const char *word);
bool sh_is_builtin(const char *word);

#endif
