/* What the comune's staff are told: once when something has gone wrong, and once when it is well again. By SMS, and by
 * WhatsApp as well where the link lives and they wrote there within 24 hours; what nothing can carry now waits for a day. */
#ifndef BANDITORE_NOTICE_H
#define BANDITORE_NOTICE_H

#include "firmware-host/hub.h"

enum notice {
	NOTICE_WHATSAPP, /* the account is refused, says the API */
	NOTICE_ACCOUNT,	 /* the same, says the webhook: only a proof of delivery ends it */
	NOTICE_TEMPLATE, /* a template of ours cannot be sent: of alerts, all-clears, news */
	NOTICE_CANNOT_ALERT = NOTICE_TEMPLATE + MESSAGE_NEWS, /* nobody can be alerted; see notice_tick */
	NOTICE_SELFTEST,				      /* the daily test found something */
	NOTICE_COUNT
};

/* The trouble is there, or it is not. Staff hear of it when that has changed since it was last said, also before a
 * restart. `why` is for the log's reader, and where the text has room for it for the staff. Needs a transaction. */
int notice_set(struct hub *hub, enum notice notice, bool trouble, const char *why, int64_t now, struct err *err);

/* Between two turns: can the box alert? Told when it has been so for alert.unable_after, as the restart of a modem is no
 * news. Makes a transaction of its own when there is something to tell. */
void notice_tick(struct hub *hub, int64_t now);

/* That of a kind which has a template: all but replies. */
enum notice notice_of_template(enum message_kind kind);

#endif
