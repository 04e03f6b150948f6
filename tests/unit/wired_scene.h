/* What tests of a hub with WhatsApp say again and again: people of both kinds, turns until all is quiet, and what must hold
 * whenever it is. */
#ifndef BANDITORE_TESTS_WIRED_SCENE_H
#define BANDITORE_TESTS_WIRED_SCENE_H

#include "tests/unit/hub_box.h"

enum { WIRED_ASKS_MAX = 512, SECOND = 1000, MINUTE = 60 * SECOND };

/* Sends asked of one bearer and not answered yet, in the order of their rows: people as wired_people made them. */
struct wired_asks {
	struct bearer_ask ask[WIRED_ASKS_MAX];
	int count;
};

/* So many of SMS only (+39333…), on WhatsApp with a phone (+39334…), and known to WhatsApp alone (IT.…), in this order. */
void wired_people(struct hub_box *box, int sms, int whatsapp, int users);
const char *wired_phone(int n); /* of the n-th with both, from 1; valid until the next call */

/* Takes turns until nobody has anything to say. Fails when it never becomes quiet, or when somebody of a living alert is
 * neither reached nor ever looked at again. */
void wired_turn(struct hub_box *box);
void wired_pass(struct hub_box *box, int64_t ms); /* time passes, and then a turn */

/* What is asked of a bearer now; `asks` begins empty. Returns their number. */
int wired_take(struct hub_box *box, int bearer, struct wired_asks *asks);

/* The single one that is; fails when there is none or another. */
struct bearer_ask wired_only(struct hub_box *box, int bearer);
void wired_none(struct hub_box *box, int bearer);

void wired_answer_all(struct hub_box *box, int bearer, const struct wired_asks *asks, enum bearer_outcome outcome);
void wired_status_all(struct hub_box *box, const struct wired_asks *asks, enum webhook_status status);

/* Modems 1… answer ACCEPTED until nothing is asked of them. Returns how many SMS that were. */
int wired_modems_work(struct hub_box *box);

/* Somebody leaves, by id of subscriber; a message is withdrawn. */
void wired_leave(struct hub_box *box, int64_t id);
void wired_cancel(struct hub_box *box, int64_t message);

#endif
