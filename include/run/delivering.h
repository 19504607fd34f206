/*
 * A message on its way to people: by the channels of the user's settings, each in its turn.
 */
#ifndef RUN_DELIVERING_H
#define RUN_DELIVERING_H

#include <stddef.h>

#include "base/strbuf.h"
#include "model/config.h"
#include "run/session.h"
#include "step/channel.h"

/* Names of all channels there are, in the session's arena. */
const char **delivering_channels(struct session *session, const struct config *config, size_t *n);

/* Sends it, and waits until it is sent: at most 30 s. ERR_BUSY: the channel has had as many messages as
 * its `rate` allows. Nothing in the error is secret. */
int delivering_send(struct session *session, const struct config *config, const char *channel,
		    const struct message *message, struct err *err);

#endif
