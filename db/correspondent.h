/* Somebody who wrote to the box, subscriber or not: known by an address on the channel they wrote by, and answered
 * there. */
#ifndef BANDITORE_CORRESPONDENT_H
#define BANDITORE_CORRESPONDENT_H

#include "db/subscriber.h"

enum { CORRESPONDENT_ADDRESS_MAX = 144 };

struct correspondent {
	int64_t subscriber_id;			 /* 0: none */
	enum subscriber_channel channel;	 /* CHANNEL_SMS or CHANNEL_WHATSAPP */
	char address[CORRESPONDENT_ADDRESS_MAX]; /* E.164 or a WhatsApp user id; "": erased */
};

/* Erases what an address without a subscriber left behind, as subscriber_forget does for a person. *ret_rows: what was
 * found; 0: nothing is known of it. Needs a transaction; then db_scrub, and retention_litter for the files. */
int correspondent_forget(struct db *db, const char *address, int64_t now, int *ret_rows, struct err *err);

/* How much the box holds of theirs: reports, and appointments to come (from `now` on). */
int correspondent_held(struct db *db, const struct correspondent *who, int64_t now, int64_t *ret_reports,
	int64_t *ret_appointments, struct err *err);

#endif
