/* An answer to one person, by the channel they wrote by. */
#ifndef BANDITORE_REPLY_H
#define BANDITORE_REPLY_H

#include "config/settings.h"
#include "db/correspondent.h"

/* Folds, measures and queues the text. WhatsApp takes free text only within 24 hours of the person's last message there;
 * later it goes by SMS where their number is known. *ret_message: its number, for message.h. EX_DATAERR: too long, nothing;
 * EX_UNAVAILABLE: no way to them is open, or they were erased. Needs a transaction. */
int reply_queue(struct db *db, const struct settings *settings, const struct correspondent *to, const char *text,
	int64_t now, int64_t *ret_message, struct err *err);

#endif
