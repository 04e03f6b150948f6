/* What the comune's staff are told by SMS: once when something has gone wrong, and once when it is well again. */
#ifndef BANDITORE_NOTICE_H
#define BANDITORE_NOTICE_H

#include "firmware-host/hub.h"

enum notice {
	NOTICE_WHATSAPP, /* the account is refused */
	NOTICE_TEMPLATE, /* a template of ours cannot be sent */
	NOTICE_COUNT
};

/* The trouble is there, or it is not. Staff hear of it when that has changed since it was last said, also before a
 * restart. `why` is for the log's reader. Needs a transaction. */
int notice_set(struct hub *hub, enum notice notice, bool trouble, const char *why, int64_t now, struct err *err);

#endif
