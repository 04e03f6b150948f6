/* Inbound: whatever arrives is committed before its source forgets it, then it is decided upon. Runs within a turn's
 * transaction. */
#ifndef BANDITORE_INBOUND_H
#define BANDITORE_INBOUND_H

#include "db/inbox.h"
#include "firmware-host/hub.h"

/* One PDU as a modem gave it: an SMS or a part of one, a status report, a broadcast page, or what nobody can read. */
int inbound_octets(struct hub *hub, const char *bearer, const char *sim, const uint8_t *octets, int length,
	bool damaged, int64_t now, struct err *err);

/* By WhatsApp: a message, kept once whatever how often it is told; and a person's new number or user id. */
int inbound_whatsapp(struct hub *hub, const struct webhook_event *event, int64_t now, struct err *err);
int inbound_moved(struct hub *hub, const struct webhook_event *event, int64_t now, struct err *err);

int inbound_call(struct hub *hub, const char *bearer, const char *from, int64_t now, struct err *err);

/* Concatenated messages whose missing parts have not come within a day are shown with a gap. */
int inbound_flush_stale(struct hub *hub, int64_t now, struct err *err);

#endif
