/* Citizens who write to a box, by SMS and by WhatsApp, and what is queued for them. Nothing is sent: the bearers are idle. */
#ifndef BANDITORE_TESTS_CITIZEN_SCENE_H
#define BANDITORE_TESTS_CITIZEN_SCENE_H

#include "db/correspondent.h"
#include "tests/unit/hub_box.h"

enum { FOLK_SAID_MAX = 64, FOLK_MINUTE = 60000, FOLK_HOUR = 3600000 };

/* People of the tests, by what the box can know of them. */
#define ANNA	    "+393331111111" /* SMS, and WhatsApp that shows her number */
#define BRUNO	    "+393332222222"
#define CARLA	    "+393333333333"
#define HIDDEN_USER "IT.HIDDEN" /* WhatsApp that hides the number */

/* One message queued for somebody. */
struct folk_said {
	enum outbox_channel channel;
	int32_t content, segments;
	int64_t subscriber;
	char address[CORRESPONDENT_ADDRESS_MAX];
	char text[MESSAGE_TEXT_MAX];  /* as it leaves */
	char words[MESSAGE_TEXT_MAX]; /* without buttons */
};

struct folk {
	struct hub_box box;
	struct folk_said said[FOLK_SAID_MAX]; /* by the last thing heard, without marks of reading */
	int count;
	int marks; /* messages marked as read by it */
	int64_t seen;
	const char *done; /* what the inbox is told */
	int64_t sent_at;  /* of the next SMS; 0: not told */
	struct texts_languages *languages;
	int ids;
};

/* Three offices, three zones with an alias, WhatsApp, one modem. `extra`: more settings. */
void folk_open(struct folk *folk, const char *extra);
void folk_close(struct folk *folk);

/* Somebody writes; the first thing said is returned, "" for nothing. */
const char *folk_sms(struct folk *folk, const char *from, const char *text);
const char *folk_wired(struct folk *folk, const char *from, const char *text); /* a number, or a user id */
const char *folk_tap(struct folk *folk, const char *from, const char *id, const char *title);
const char *folk_event(struct folk *folk, const char *from, struct webhook_event event);
const char *folk_call(struct folk *folk, const char *from);

/* The id of the button or row whose title begins so, among what was said last; fails when there is none. */
const char *folk_choice(struct folk *folk, const char *title);

/* What was said begins with this and goes by that channel; fails else. */
void folk_says(struct folk *folk, const char *beginning);
void folk_silent(struct folk *folk);

/* A dialogue: "s: …" and "w: …" Anna by SMS and by WhatsApp, "b: …" Bruno by SMS, "h: …" the hidden user; "t: ID" Anna taps;
 * "+90" minutes pass; "restart"; "> …" what is said begins so, "> -" nothing; "~ …" it holds this; "= …" the inbox is told. */
void folk_play(struct folk *folk, const char *const *lines, int count);
#define PLAY(folk, ...)                                       \
	folk_play((folk), (const char *const[]){__VA_ARGS__}, \
		(int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)))

int64_t folk_value(struct folk *folk, const char *sql);

#endif
