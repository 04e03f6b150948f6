/* A hub on a database in a folder of its own, whose bearers are the test's: nobody else speaks, and the test says what
 * time it is. */
#ifndef BANDITORE_TESTS_HUB_BOX_H
#define BANDITORE_TESTS_HUB_BOX_H

#include "db/message.h"
#include "db/subscriber.h"
#include "firmware-host/hub.h"

enum { BOX_BEARERS_MAX = 6, BOX_NOW_S = 1795262400 }; /* 2026-11-21 12:00 UTC */

struct hub_box {
	char folder[64], database[96], config[96], token[96];
	struct db *other; /* another process's */
	struct db *db;	  /* the hub's */
	struct hub *hub;
	int fds[BOX_BEARERS_MAX]; /* the bearers' ends; -1: closed */
	int bearers;
	bool wired;	 /* WhatsApp is enabled: bearer 0 is its own, the modems follow */
	int slots;	 /* sends it takes at once */
	int webhook;	 /* the webhook's end, which hears KEPT */
	uint64_t tokens; /* told so far */
	int64_t now;
	struct err err;
};

/* So many bearers m1… that told READY; `extra` is configuration, `modem` keys of each modem. */
void hub_box_open(struct hub_box *box, int bearers, const char *extra, const char *modem);

/* WhatsApp, of so many slots, and so many modems. `extra` may go on with more of "whatsapp.": see hub_box_configure. */
void hub_box_open_wired(struct hub_box *box, int modems, int slots, const char *extra, const char *modem);
void hub_box_restart(struct hub_box *box); /* as after a kill, with the same bearers */
void hub_box_close(struct hub_box *box);
void hub_box_configure(struct hub_box *box, int bearers, const char *extra, const char *modem); /* the file alone */

/* The settings are read again as after SIGHUP. Bearers that go on keep their ends, others get new ones and tell READY;
 * `modems` beside WhatsApp, which is there as box->wired says. */
void hub_box_reload(struct hub_box *box, int modems, const char *extra, const char *modem);
void hub_box_token(struct hub_box *box, const char *token); /* what whatsapp.token_file holds */

/* Time passes, as every clock sees it; adding to `now` alone is somebody setting the clock. */
void hub_box_pass(struct hub_box *box, int64_t ms);

/* Hears all that was told, and takes a turn. */
void hub_box_turn(struct hub_box *box);

void hub_box_state(struct hub_box *box, int bearer, enum bearer_state state);
bool hub_box_asked(struct hub_box *box, int bearer, struct bearer_ask *ret_ask); /* false: nothing is asked */
void hub_box_answer(struct hub_box *box, int bearer, const struct bearer_ask *ask, enum bearer_outcome outcome);

/* WhatsApp's answers: refused with this code of the API, as its worker tells it; and its status, with a reason. */
void hub_box_refuse(struct hub_box *box, const struct bearer_ask *ask, int32_t code);
void hub_box_link(struct hub_box *box, enum bearer_state state, const char *why);
const char *hub_box_wamid(
	int64_t delivery, int32_t attempt); /* as hub_box_answer names it; valid until the next call */

/* The webhook tells; heard by the next turn. At most HUB_WEBHOOKS_MAX until then. */
void hub_box_tell(struct hub_box *box, struct webhook_event event);
void hub_box_status(struct hub_box *box, const struct bearer_ask *ask, enum webhook_status status, int32_t code);
int hub_box_kept(struct hub_box *box); /* events said to be kept since it was last asked */

/* So many people +393330000001…, then a message for all of them. Returns its id. */
void hub_box_people(struct hub_box *box, int count);
int64_t hub_box_message(struct hub_box *box, enum message_kind kind, int32_t segments);
int64_t hub_box_message_of(
	struct hub_box *box, enum message_kind kind, enum message_priority priority, int32_t segments);

/* One person; phone or user may be "". Returns their id. */
int64_t hub_box_person(struct hub_box *box, enum subscriber_channel channel, const char *phone, const char *user);

/* The first column of a query; -999: no row. And a change made by another process. */
int64_t hub_box_value(struct hub_box *box, const char *sql);
void hub_box_change(struct hub_box *box, const char *sql);

struct message_figures hub_box_figures(struct hub_box *box, int64_t message);

/* From here on no file may grow: every commit fails. */
void hub_box_disk(bool full);

#endif
