/* A hub on a database in a folder of its own, whose bearers are the test's: nobody else speaks, and the test says what
 * time it is. */
#ifndef BANDITORE_TESTS_HUB_BOX_H
#define BANDITORE_TESTS_HUB_BOX_H

#include "db/message.h"
#include "firmware-host/hub.h"

enum { BOX_BEARERS_MAX = 4, BOX_NOW_S = 1795262400 }; /* 2026-11-21 12:00 UTC */

struct hub_box {
	char folder[64], database[96], config[96];
	struct db *other; /* another process's */
	struct db *db;	  /* the hub's */
	struct hub *hub;
	int fds[BOX_BEARERS_MAX]; /* the bearers' ends; -1: closed */
	int bearers;
	int64_t now;
	struct err err;
};

/* So many bearers m1… that told READY; `extra` is configuration, `modem` keys of each modem. */
void hub_box_open(struct hub_box *box, int bearers, const char *extra, const char *modem);
void hub_box_restart(struct hub_box *box); /* as after a kill, with the same bearers */
void hub_box_close(struct hub_box *box);
void hub_box_configure(struct hub_box *box, int bearers, const char *extra, const char *modem); /* the file alone */

/* Time passes, as every clock sees it; adding to `now` alone is somebody setting the clock. */
void hub_box_pass(struct hub_box *box, int64_t ms);

/* Hears all that was told, and takes a turn. */
void hub_box_turn(struct hub_box *box);

void hub_box_state(struct hub_box *box, int bearer, enum bearer_state state);
bool hub_box_asked(struct hub_box *box, int bearer, struct bearer_ask *ret_ask); /* false: nothing is asked */
void hub_box_answer(struct hub_box *box, int bearer, const struct bearer_ask *ask, enum bearer_outcome outcome);

/* So many people +393330000001…, then a message for all of them. Returns its id. */
void hub_box_people(struct hub_box *box, int count);
int64_t hub_box_message(struct hub_box *box, enum message_kind kind, int32_t segments);

struct message_figures hub_box_figures(struct hub_box *box, int64_t message);

/* From here on no file may grow: every commit fails. */
void hub_box_disk(bool full);

#endif
