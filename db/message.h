/* Messages of the comune, and who is to get each. The rows a recipient are in outbox.h. */
#ifndef BANDITORE_MESSAGE_H
#define BANDITORE_MESSAGE_H

#include "db/db.h"

enum { MESSAGE_TEXT_MAX = 4096, MESSAGE_ZONES_MAX = 1024 };

enum message_kind { MESSAGE_ALERT = 1, MESSAGE_CLEAR = 2, MESSAGE_NEWS = 3, MESSAGE_REPLY = 4 };
enum message_colour { COLOUR_NONE = 0, COLOUR_YELLOW = 1, COLOUR_ORANGE = 2, COLOUR_RED = 3 };

/* Which goes first; lower is sooner. An alert overtakes everything else at the next segment. */
enum message_priority {
	PRIORITY_RED,
	PRIORITY_ORANGE,
	PRIORITY_YELLOW, /* alerts and their all-clears */
	PRIORITY_EXERCISE,
	PRIORITY_REPLY,
	PRIORITY_NEWS,
	PRIORITY_COUNT
};

/* OPEN stays with a message whose rows are all done, also past its expiry. */
enum message_stage { STAGE_OPEN = 1, STAGE_CANCELLED = 2, STAGE_EXPIRED = 3 };

struct message {
	int64_t id;
	enum message_kind kind;
	enum message_colour colour;
	bool exercise;
	enum message_priority priority;
	enum message_stage stage;
	char hazard[64], phase[16], topic[32];
	char zones[MESSAGE_ZONES_MAX];	   /* "a|b"; "" means everybody */
	char text[MESSAGE_TEXT_MAX];	   /* as it leaves by SMS, folded */
	char parameters[MESSAGE_TEXT_MAX]; /* of its WhatsApp template, as a bearer takes them; "" for replies */
	int32_t content;		   /* enum bearer_content of a reply by WhatsApp */
	int64_t about; /* of an all-clear, and of an alert that is an update: the first alert's id; else 0 */
	int64_t created_at, not_before, expires_at; /* not_before 0: at once */
	int64_t until_at;			    /* what the text says it lasts until; 0 */
	int32_t segments;			    /* of one SMS copy */
	int32_t recipients;
	char door[16]; /* cli, keypad, console, sms, schedule */
};

/* Whom a message is for: everybody active (alert), people with consent to news who chose the topic or none (news); both
 * in its zones or of no known zone. Those an alert was for who have not left since, whatever zones say (clear, update).
 * One address (reply). */

/* Keeps the message and one outbox row per recipient; *message gets its id and recipients. `whatsapp`: people who may
 * be reached there get that channel, else everybody with a phone gets SMS. Who was not found on WhatsApp within the last
 * seven days, and has not written from there since, is not tried there; who stopped marketing there gets no news. `news_never`: a news item makes no SMS row.
 * Order of rows: people of SMS only first. Needs a transaction: accepted means kept when that commits. */
int message_create(
	struct db *db, struct message *message, bool whatsapp, bool news_never, int64_t now, struct err *err);

/* A reply to one address (welcome text and the like), subscriber or not (0). It goes by the channel given, and by that
 * only. Needs a transaction. */
struct message_reply {
	int64_t subscriber_id;
	int32_t channel; /* enum outbox_channel */
	int32_t content; /* enum bearer_content; 0: plain text */
	const char *address, *text;
	int32_t segments; /* of the text by SMS */
	int64_t expires_at;
	bool urgent; /* an officer waits for it to give an alert: goes before the alert under way */
};
int message_create_reply(
	struct db *db, const struct message_reply *reply, int64_t now, int64_t *ret_id, struct err *err);

/* Urgent replies that wait for WhatsApp, to who has a number, of those that expire by `until`: 1: there are some, 0, -1; and
 * from now on they go by SMS, which needs a transaction. */
int message_urgent_waits(struct db *db, int64_t until, struct err *err);
int message_urgent_by_sms(struct db *db, int64_t until, struct err *err);

/* How many a message would go to, by channel; keeps nothing. */
int message_count_recipients(struct db *db, const struct message *message, bool whatsapp, int64_t now, int64_t *ret_sms,
	int64_t *ret_whatsapp, struct err *err);

int message_get(struct db *db, int64_t id, struct message *ret, struct err *err); /* 1, 0, -1 */

/* The last alert, all-clear or piece of news this person was sent, by whatever way, that was not withdrawn. 1, 0, -1. */
int message_last_to(struct db *db, int64_t subscriber_id, struct message *ret, struct err *err);

/* The newest first, at most `limit`; replies only when asked for. */
int message_each(struct db *db, bool replies, int limit, bool (*each)(void *context, const struct message *message),
	void *context, struct err *err);

/* What was said after an alert, of which `id` is the first: its updates and its all-clear, newest first. Their number
 * or -1. */
enum { MESSAGE_FOLLOWERS_MAX = 32 };
struct message_follower {
	int64_t id;
	enum message_kind kind;
	enum message_stage stage;
};
int message_followers(struct db *db, int64_t id, struct message_follower ret[MESSAGE_FOLLOWERS_MAX], struct err *err);

/* Withdraws what is still queued, unknown and to be repeated, or in flight, of the message and of an alert's updates; what
 * is sent stays, and what was in flight is told as sent when it proves to have left (outbox_settle). stage CANCELLED or
 * EXPIRED. *ret_withdrawn: rows. Needs a transaction. */
int message_cancel(
	struct db *db, int64_t id, enum message_stage stage, int64_t now, int *ret_withdrawn, struct err *err);

/* The same for what an update takes the place of: the alert and its earlier updates, which keep their stage. */
int message_supersede(struct db *db, const struct message *update, int64_t now, int *ret_withdrawn, struct err *err);

/* Closes messages whose expiry is past: rows still queued or in flight become failed with error "expired", doubtful
 * ones stay unknown and are not repeated. Returns how many had something to withdraw (they become EXPIRED), or -1;
 * *ret_next: the next expiry ahead, 0 none. Needs a transaction only when something is due. */
int message_expire(struct db *db, int64_t now, int64_t *ret_next, struct err *err);

/* The clock was set, `jump` ms forward (0: back, or it is not known), so that expiries must follow: those of messages
 * made before a jump forward are as far away as before it; a message made before `set_since` (when the clock was never
 * set) or in the future (when it was ahead) begins its life at `now`. Needs a transaction. */
int message_follow_clock(struct db *db, int64_t jump, int64_t set_since, int64_t now, struct err *err);

/* A person whom WhatsApp did not provably reach and who went on by SMS is in the figures of both channels. */
struct message_figures {
	int64_t recipients, reached;
	int64_t sms_queued, sms_sending, sms_sent, sms_delivered, sms_failed, sms_unknown, sms_cancelled;
	int64_t whatsapp_queued, whatsapp_sending, whatsapp_accepted, whatsapp_delivered, whatsapp_read,
		whatsapp_failed, whatsapp_held, whatsapp_unknown, whatsapp_cancelled;
	int64_t fell;	 /* went on by SMS after WhatsApp */
	int64_t waiting; /* handed over, and due for another try without a proof */
	int64_t segments_sent;
	int64_t segments_left; /* still to be sent by SMS */
	int64_t last_sent_at;  /* newest row in state sent and awaiting a receipt; 0 */
};
int message_figures(struct db *db, int64_t id, struct message_figures *ret, struct err *err);

#endif
