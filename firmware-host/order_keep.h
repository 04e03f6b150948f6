/* A composed order kept: the one place where a door's order becomes rows. */
#ifndef BANDITORE_ORDER_KEEP_H
#define BANDITORE_ORDER_KEEP_H

#include "config/settings.h"
#include "db/message.h"

/* Who gave it and how; strings are the caller's. */
struct order_giver {
	const char *who;    /* a login or an officer's name */
	const char *said;   /* what was read back to them before they confirmed; NULL: nothing was */
	bool withdraw;	    /* of an all-clear or an update: what is still queued of its alert goes no more */
	int *ret_withdrawn; /* NULL, or how many rows that was */
};

/* Keeps the message, one row per recipient and an audit row (door and act are the message's) in one transaction; *message
 * gets its id and recipients. When this returns 0 it is on the disk; the appliance is still to be poked. Fails with
 * EX_REFUSED, and keeps nothing, when nobody would receive it. */
int order_keep(struct db *db, const struct settings *settings, struct message *message, const struct order_giver *giver,
	int64_t now, struct err *err);

/* The same within the caller's transaction, which is theirs to roll back when it fails. */
int order_keep_within(struct db *db, const struct settings *settings, struct message *message,
	const struct order_giver *giver, int64_t now, struct err *err);

/* How many it would go to. */
int order_recipients(struct db *db, const struct settings *settings, const struct message *message, int64_t now,
	int64_t *ret, struct err *err);

/* Withdraws a message, with an audit row. *ret_withdrawn: rows. */
int order_cancel(
	struct db *db, int64_t id, const char *door, const char *who, int64_t now, int *ret_withdrawn, struct err *err);
int order_cancel_within(
	struct db *db, int64_t id, const char *door, const char *who, int64_t now, int *ret_withdrawn, struct err *err);

#endif
