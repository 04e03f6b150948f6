/* What is deleted in time. */
#ifndef BANDITORE_RETENTION_H
#define BANDITORE_RETENTION_H

#include "db/report.h"

/* How long each is kept, in milliseconds; 0: for ever. */
struct retention_policy {
	int64_t inbox;	      /* what arrived */
	int64_t reports;      /* after their closing, with items, history and media */
	int64_t media;	      /* of reports, after their closing */
	int64_t appointments; /* after their time */
};

struct retention_done {
	int inbox, reports, media, appointments;
	bool more; /* some kind had more than `limit`: call again soon */
};

/* Deletes what is older, at most `limit` of each kind: bounded, a few milliseconds for 500. A clock that runs ahead would
 * delete everything, so call it only while the clock is trusted. Needs a transaction. */
int retention_run(struct db *db, const struct retention_policy *policy, int64_t now, int limit,
	struct retention_done *ret, struct err *err);

/* Files nothing points at any more, since their rows were deleted or their sender erased: unlink each after the commit,
 * then say so. A crash between the two leaves the name here. Returns the number, at most max, or -1. */
int retention_litter(struct db *db, char ret_paths[][REPORT_PATH_MAX], int max, struct err *err);
int retention_litter_gone(struct db *db, const char *path, struct err *err); /* needs a transaction */

#endif
