/* A box whose officers have telephones: what they write by SMS and WhatsApp, and what they hear back. */
#ifndef BANDITORE_TESTS_OFFICER_SCENE_H
#define BANDITORE_TESTS_OFFICER_SCENE_H

#include "tests/unit/hub_box.h"

#define OFFICER_A "+393471111111"
#define OFFICER_B "+393472222222"
#define OFFICER_C "+393473333333" /* may only confirm */
#define STRANGER  "+393479999999"
#define PIN_A	  "97318642"
#define PIN_B	  "86427531"
#define PIN_C	  "75318642"

enum { SCENE_TEXT_MAX = 4096 };

/* `modems` ready ones; three officers; so many people. `wired`: WhatsApp too, as bearer 0. */
void officer_scene_open(struct hub_box *box, bool wired, int modems, int people, const char *extra);

/* Arrives by SMS, in as many parts as it needs (70, or 67 characters each); all that follows has been done when this returns,
 * the PIN's check included. Each has a time of its own; `officer_scene_sms_again` is the last one's very octets. */
void officer_scene_sms(struct hub_box *box, const char *from, const char *text);
void officer_scene_sms_again(struct hub_box *box);

/* By WhatsApp; `phone` "": hidden. */
void officer_scene_wire(struct hub_box *box, const char *phone, const char *user, const char *text);

/* Until no PIN is being looked at, and one sweep more. */
void officer_scene_settle(struct hub_box *box);

/* Time passes, and the orders are looked over. */
void officer_scene_pass(struct hub_box *box, int64_t ms);

/* What was queued last for this number, ""; how much was; by which channel (-1: nothing). Valid until the next call. */
const char *officer_scene_heard(struct hub_box *box, const char *phone);
int officer_scene_heard_count(struct hub_box *box, const char *phone);
int officer_scene_heard_by(struct hub_box *box, const char *phone);

/* The word of the newest order of officer 1, 2, 3; "": none waits. */
const char *officer_scene_word(struct hub_box *box, int officer);

int officer_scene_alerts(struct hub_box *box); /* messages kept beside replies */

/* All that is asked of the modems is taken by the network, and reported. */
void officer_scene_deliver_all(struct hub_box *box);

/* Does any file of the box hold these octets? */
bool officer_scene_files_hold(struct hub_box *box, const char *octets);

#endif
