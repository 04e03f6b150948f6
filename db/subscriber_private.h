/* What subscriber.c, consent.c and forget.c share. */
#ifndef BANDITORE_SUBSCRIBER_PRIVATE_H
#define BANDITORE_SUBSCRIBER_PRIVATE_H

#include "db/db_private.h"
#include "db/subscriber.h"

/* One row of the ledger; purpose and action as given here. Needs a transaction. */
int consent_add(struct db *db, int64_t subscriber_id, const struct consent *consent, const char *purpose,
	const char *action, int64_t now, struct err *err);
int consent_add_both(struct db *db, int64_t subscriber_id, const struct consent *consent, const char *action,
	int64_t now, struct err *err);

/* Takes the eight columns at, clock, purpose, action, channel, words, given_at, notice. */
void consent_take(struct query *query, struct consent *ret);

#endif
