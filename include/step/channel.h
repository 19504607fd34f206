/*
 * Channels by which people are told something: what is started for a message. A channel is a section
 * [notify "NAME"] of the user's settings; it renders, it never sends.
 */
#ifndef STEP_CHANNEL_H
#define STEP_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct channel {
	const char *name;
	const char *type; /* slack, teams, discord, webhook, smtp, sendmail, desktop, command */
	const char *url, *command, *username, *password, *from, *to; /* or NULL */
	bool has_notify_send;					     /* else a desktop is macOS' */
};

struct message {
	const char *title, *text;
	const char *status, *workflow, *run, *step; /* or NULL */
};

struct delivery {
	const char **argv; /* NULL-terminated; argv[0] may be the name of… */
	bool is_helper;	   /* …a helper program */
	const char *input; /* on its standard input; or NULL */
};

/* ERR_VALUE: the channel lacks something. Everything lives in the arena. */
int channel_render(const struct channel *channel, const struct message *message,
		   struct arena *arena, struct delivery *delivery, struct err *err);

#endif
