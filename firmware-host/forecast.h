/* How long until everybody is reached, and what would run out: from what the modems have shown so far. */
#ifndef BANDITORE_FORECAST_H
#define BANDITORE_FORECAST_H

#include "config/settings.h"
#include "db/db.h"

struct forecast {
	int modems;		    /* ready when last heard of; at least 1 is assumed */
	double seconds_per_segment; /* of one modem; measured, or the usual 4 s */
	bool measured;
	int64_t seconds;     /* for the segments asked */
	int64_t budget_left; /* segments all SIMs together may still send today; INT64_MAX: no limit */
};

/* For so many segments by SMS; `alert` may use the reserve. `day` is "YYYY-MM-DD". */
int forecast_sms(const struct settings *settings, struct db *db, int64_t segments, bool alert, const char *day,
	struct forecast *ret, struct err *err);

#endif
