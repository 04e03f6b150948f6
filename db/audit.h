/* Who ordered what, by which door, when: append-only. Needs a transaction. */
#ifndef BANDITORE_AUDIT_H
#define BANDITORE_AUDIT_H

#include "db/db.h"

/* who: a login, an officer, a masked number, "box"; door: cli, sms, box…; act: "alert", "cancel", "import"…; detail:
 * free. */
int audit_add(struct db *db, int64_t now, const char *clock, const char *who, const char *door, const char *act,
	const char *detail, struct err *err);

#endif
