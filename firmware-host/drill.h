/* A drill on paper: how long an alert to today's list would take, what would run out, and what one more SIM would change.
 * The forecast is preview's own (forecast.h, outlook.h). */
#ifndef BANDITORE_DRILL_H
#define BANDITORE_DRILL_H

#include "firmware-host/outlook.h"

#include <stdio.h>

struct drill {
	struct message message; /* the exercise it is reckoned with */
	struct outlook outlook;
	struct forecast more; /* with one more SIM, of the pace the others have */
};

/* The message must be composed. Reads only. */
int drill_make(const struct settings *settings, struct db *db, const struct message *message, int64_t now,
	struct drill *ret, struct err *err);

int drill_print(const struct drill *drill, const struct settings *settings, struct db *db, FILE *out, struct err *err);

/* {"people","sms","whatsapp","whatsapp_only","parts","zones":[…],"link","modems":[{"name","state","signal_dbm",
 *  "weak","seconds_per_segment"}],"measured":{"modems","pace","share"},"pace","share",
 *  "alive":{"reach":{"50","90","99","100"},"segments","segments_short","over_limit","left_over"},"dead":{…},
 *  "sim_left","whatsapp_left","runs_out":["sim"|"whatsapp"…],"one_more_sim":{"alive":{…},"dead":{…}}}
 * Times are seconds with three decimals, null: not today; …_left null: no limit. */
int drill_print_json(const struct drill *drill, struct db *db, struct err *err);

/* drill_staff.c: really sends the message to settings.staff, by SMS and, where their window is open, by WhatsApp, and tells
 * each step as it happened; waits `wait_s` for the last. Exit by err: EX_UNAVAILABLE when somebody was not reached. */
int drill_staff(struct db *db, const struct settings *settings, const struct message *message, int wait_s, bool json,
	struct err *err);

#endif
