/* What is done about a subscriber, from whatever door: each act is kept in a transaction of its own, with its row in the
 * ledger and in the audit trail, which names nobody in clear. */
#ifndef BANDITORE_SUBSCRIBER_DESK_H
#define BANDITORE_SUBSCRIBER_DESK_H

#include "config/settings.h"
#include "db/subscriber.h"

struct subscriber_desk {
	struct db *db;
	const struct settings *settings;
	const char *who, *door; /* for the audit trail */
	int64_t now;
};

/* Strings as people write them; NULL: not given. */
struct subscriber_wish {
	const char *phone, *name, *zone, *topics, *channel, *language;
	const char *note; /* how the consent was given */
};

/* Any usual Italian or E.164 form to E.164, at most PHONE_MAX octets. EX_DATAERR. */
int subscriber_desk_phone(const struct settings *settings, const char *text, char *out, struct err *err);

/* Adds a person who asked to be told, or changes what is given of one who is there; who had left is brought back. *ret: as
 * they are now; *ret_was: enum subscriber_state before, 0: new. EX_DATAERR: a field nobody can mean. */
int subscriber_desk_add(const struct subscriber_desk *desk, const struct subscriber_wish *wish, struct subscriber *ret,
	int *ret_was, struct err *err);

/* The person leaves. EX_REFUSED: they had left already. *ret_cancelled: queued messages withdrawn. */
int subscriber_desk_leave(
	const struct subscriber_desk *desk, const struct subscriber *person, int *ret_cancelled, struct err *err);

/* Erases whoever this is: a subscriber (id), else (0) whoever wrote from this address. *ret_later: NULL, or what could not be
 * done at once and follows by itself, in English. EX_REFUSED: nobody has that number. */
int subscriber_desk_forget(
	const struct subscriber_desk *desk, int64_t id, const char *address, const char **ret_later, struct err *err);

#endif
