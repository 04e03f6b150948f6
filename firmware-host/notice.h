/* What the comune's staff are told by SMS: once when something has gone wrong, and once when it is well again. */
#ifndef BANDITORE_NOTICE_H
#define BANDITORE_NOTICE_H

#include "firmware-host/hub.h"

enum notice {
	NOTICE_WHATSAPP, /* the account is refused, says the API */
	NOTICE_ACCOUNT,	 /* the same, says the webhook: only a proof of delivery ends it */
	NOTICE_TEMPLATE, /* a template of ours cannot be sent: of alerts, all-clears, news */
	NOTICE_COUNT = NOTICE_TEMPLATE + MESSAGE_NEWS
};

/* The trouble is there, or it is not. Staff hear of it when that has changed since it was last said, also before a
 * restart. `why` is for the log's reader. Needs a transaction. */
int notice_set(struct hub *hub, enum notice notice, bool trouble, const char *why, int64_t now, struct err *err);

/* That of a kind which has a template: all but replies. */
enum notice notice_of_template(enum message_kind kind);

#endif
