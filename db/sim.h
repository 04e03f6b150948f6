/* What each SIM has done and may still do, and what is remembered of each modem. Writers need a transaction. */
#ifndef BANDITORE_SIM_H
#define BANDITORE_SIM_H

#include "db/db.h"

/* Counts one segment sent; `day` is "YYYY-MM-DD" in the comune's time. */
int sim_count_segment(struct db *db, const char *sim, const char *day, struct err *err);

/* Remembers that this SIM wrote to this number this month ("YYYY-MM"); only where recipients_month is limited. */
int sim_count_recipient(struct db *db, const char *sim, const char *month, const char *address, struct err *err);
int sim_has_recipient(
	struct db *db, const char *sim, const char *month, const char *address, struct err *err); /* 1, 0, -1 */

struct sim_usage {
	int32_t day, month, recipients_month;
};
int sim_usage(struct db *db, const char *sim, const char *day, struct sim_usage *ret, struct err *err);

/* PIN safety: an attempt is on disk before the PIN goes out. Returns 1 when this PIN (its hash is kept, not itself) may
 * be tried on this SIM: never tried, or the last try ended well; 0 when a try failed or never ended; -1 error. */
int sim_pin_try(struct db *db, const char *sim, const char *pin, int64_t now, struct err *err);
int sim_pin_worked(struct db *db, const char *sim, struct err *err);

/* What `modem list` and the forecast know when the appliance is down. */
struct modem_memory {
	char name[32], imei[20], sim[24], port[128], model[64], network[32], state[12], why[160];
	int32_t signal_dbm;
	int64_t changed_at;
	double seconds_per_segment; /* running mean of accepted sends; 0: none yet */
};
int modem_remember(struct db *db, const struct modem_memory *memory, struct err *err);
int modem_each(
	struct db *db, bool (*each)(void *context, const struct modem_memory *memory), void *context, struct err *err);

#endif
