/* A message as people and scripts see it: its state, its figures, its forecast. */
#ifndef BANDITORE_MESSAGE_VIEW_H
#define BANDITORE_MESSAGE_VIEW_H

#include "config/settings.h"
#include "db/outbox.h"

#include <jansson.h>

struct message_view {
	struct message message;
	struct message_figures figures;
	int follower_count; /* of an alert that is no update: what was said after it, newest first */
	struct message_follower followers[MESSAGE_FOLLOWERS_MAX];
	const char *state; /* scheduled, sending, done, cancelled (or overtaken by an update), expired */
	int64_t eta;	   /* 0: none */
};

/* 1 found, 0 not, -1 error. */
int message_view_read(struct db *db, const struct settings *settings, int64_t id, int64_t now, struct message_view *ret,
	struct err *err);

/* The newest alert still being sent or waiting to be, whichever door it came by: 1, 0: none, -1. */
int message_view_running(
	struct db *db, const struct settings *settings, int64_t now, struct message_view *ret, struct err *err);

/* "alert", "clear", "news", "reply"; "update" for an alert that is one. */
const char *message_view_kind(const struct message *message);

/* `message show N --json` (interface: "message show"), without recipients; with "about", the first alert of an update or
 * an all-clear, and "updates" and "clears", the numbers of those about this alert, oldest first. NULL: out of memory. */
json_t *message_view_json(const struct message_view *view);

/* The same on stdout; with recipients when asked. */
int message_view_print_json(struct db *db, const struct message_view *view, bool recipients, struct err *err);
const char *message_view_row_state(enum outbox_state state); /* "queued"… */

/* The same as recipients see it: also "accepted", "read" and "held" of WhatsApp. */
const char *message_view_person_state(enum outbox_channel channel, enum outbox_state state, enum outbox_wired wired);
void message_view_print(const struct message_view *view);

#endif
