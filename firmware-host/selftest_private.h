/* What selftest.c and selftest_loop.c share. */
#ifndef BANDITORE_SELFTEST_PRIVATE_H
#define BANDITORE_SELFTEST_PRIVATE_H

#include "firmware-host/selftest.h"

#define SELFTEST_MEMO	    "selftest"	     /* the last result */
#define SELFTEST_SENT_MEMO  "selftest.sent"  /* "CODE CODE …": waited for */
#define SELFTEST_HEARD_MEMO "selftest.heard" /* "CODE=sender CODE=sender …" */

/* The SMS of it, for the modems `status` (its JSON) calls ready. *ret_list: the loopback array. `why`, of `size`, gets what went
 * wrong, in the officer's language, pieces joined by a comma. */
int selftest_loop(struct db *db, const struct settings *settings, const struct texts *texts, const json_t *status,
	int wait_s, json_t **ret_list, char *why, size_t size, struct err *err);

/* One piece more. */
void selftest_why_add(
	const struct texts *texts, enum text_id id, const char *name, const char *value, char *why, size_t size);

int selftest_memo(struct db *db, const char *name, const char *text, struct err *err); /* in a transaction of its own */

#endif
