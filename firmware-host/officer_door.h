/* What the hub holds of the officers' telephones beside what is in the database. */
#ifndef BANDITORE_OFFICER_DOOR_H
#define BANDITORE_OFFICER_DOOR_H

#include "firmware-host/officer_check.h"

struct officer_door {
	struct officer_checks checks;
	bool holding; /* a judged PIN whose consequences are still to be kept */
	struct officer_checked held;
	int64_t retry_mono; /* of keeping them */
	struct {
		int64_t officer, since_mono;
		int32_t count;
	} quota[OFFICERS_MAX]; /* answers to who has proved nothing yet */
	int64_t sweep_mono;    /* when the orders are looked over next; 0: now */
	int64_t progress_mono; /* when the running ones' figures are read next */
};

#endif
