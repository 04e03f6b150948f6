/* An officer's PIN, judged: the one way for every door. */
#ifndef BANDITORE_PIN_CHECK_H
#define BANDITORE_PIN_CHECK_H

#include "db/officer.h"

enum pin_verdict {
	PIN_RIGHT,
	PIN_WRONG,  /* counted and audited; the next try in wait_ms */
	PIN_WAIT,   /* too soon after a wrong one: not looked at; wait_ms */
	PIN_LOCKED, /* after too many, this one among them or not; wait_ms */
	PIN_NOBODY, /* nobody has a PIN that could be right */
};

struct pin_answer {
	enum pin_verdict verdict;
	struct officer officer; /* RIGHT */
	int64_t wait_ms;
};

/* officer_id: who speaks, where the door knows it (an enrolled phone), else 0: whoever the PIN belongs to. Commits twice; not
 * inside a transaction. Takes about 60 ms for each officer the PIN is tried on. `now`: wall clock. */
int pin_check(struct db *db, int64_t officer_id, const char *door, const char *pin, int64_t now, struct pin_answer *ret,
	struct err *err);

#endif
