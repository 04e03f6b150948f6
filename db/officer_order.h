/* Orders that officers gave by telephone, from the first SMS until the last word about them was sent: kept, so that a
 * restart neither loses nor sends one.
 *
 *	CHECKING ──PIN right──▶ WAITING ──word──▶ KEPT (its message is in message.h)
 *	   │                      │ └─two officers─▶ SECOND ──another's word and PIN──▶ KEPT
 *	   └─ wrong: removed      └── too late, wrong words, NO: OVER ◀──┘
 *
 * What was read back is kept whole and is what leaves. Rows that are over stay for a day, to say so to a word that comes
 * late. A PIN is never in them. All writers need a transaction. */
#ifndef BANDITORE_OFFICER_ORDER_H
#define BANDITORE_OFFICER_ORDER_H

#include "db/message.h"

enum {
	OFFICER_ORDERS_MAX = 64,	/* at once, all officers together */
	OFFICER_ORDER_WORD_MAX = 16,	/* octets with the NUL */
	OFFICER_ORDER_ASKED_MAX = 4096, /* what the officer wrote, PIN masked */
	OFFICER_ORDER_SAID_MAX = 512,	/* the read-back's first sentence */
	OFFICER_ORDER_KEPT_MS = 24 * 60 * 60 * 1000,
};

enum officer_order_act {
	OFFICER_ORDER_ALERT = 1,
	OFFICER_ORDER_CLEAR = 2,
	OFFICER_ORDER_CANCEL = 3, /* ends with the PIN */
	OFFICER_ORDER_SECOND = 4, /* the second officer's word for order `about`: ends with the PIN */
};

enum officer_order_state {
	OFFICER_ORDER_CHECKING = 1, /* the PIN is being looked at */
	OFFICER_ORDER_WAITING = 2,  /* for the word */
	OFFICER_ORDER_WAITING_SECOND = 3,
	OFFICER_ORDER_KEPT = 4,
	OFFICER_ORDER_OVER = 5, /* not confirmed, or all was told */
};

struct officer_order {
	int64_t id, token; /* token: random, of the PIN's check; not 0 */
	int64_t officer_id;
	int64_t second_id; /* 0: none */
	enum officer_order_act act;
	enum officer_order_state state;
	int32_t channel; /* enum outbox_channel the officer wrote by */
	int64_t created_at, deadline;
	int64_t about;	    /* SECOND: the order; CANCEL, CLEAR: the message asked for, 0: the newest */
	int64_t message_id; /* KEPT */
	int32_t wrong;	    /* wrong words so far */
	int32_t told;	    /* of its progress: as the caller counts */
	char word[OFFICER_ORDER_WORD_MAX];
	char asked[OFFICER_ORDER_ASKED_MAX];
	char said[OFFICER_ORDER_SAID_MAX];
	struct message message; /* as read back: what message_create needs; else empty */
};

/* *order gets its id. EX_UNAVAILABLE: there are too many. */
int officer_order_add(struct db *db, struct officer_order *order, struct err *err);

/* Everything but id, token, officer, act, channel and created_at becomes as in *order. */
int officer_order_set(struct db *db, const struct officer_order *order, struct err *err);
int officer_order_remove(struct db *db, int64_t id, struct err *err);

int officer_order_get(struct db *db, int64_t id, struct officer_order *ret, struct err *err); /* 1, 0, -1 */
int officer_order_find(struct db *db, int64_t token, struct officer_order *ret, struct err *err);

/* The newest first, until each() says false; it may ask the database anything but this list. */
int officer_order_each(
	struct db *db, bool (*each)(void *context, const struct officer_order *order), void *context, struct err *err);

/* Are there any but those that are over? 1, 0, -1. Cheap: asked each second. */
int officer_order_any(struct db *db, struct err *err);

/* Removes those that have been over since before. */
int officer_order_forget(struct db *db, int64_t before, struct err *err);

#endif
