#include "firmware-host/pin_check.h"

#include "firmware-host/hub.h"

static int try_begin(
	struct db *db, int64_t officer_id, const char *door, int64_t now, struct officer_try *attempt, struct err *err)
{
	if (db_begin(db, err) != 0)
		return -1;
	int open = officer_try_open(db, officer_id, door, now, attempt, err);
	if (open < 0 || (open > 0 && attempt->count == 0)) { /* nobody to try it on: no try */
		db_rollback(db);
		return open;
	}
	return db_commit(db, err) != 0 ? -1 : open;
}

static int try_end(struct db *db, const struct officer_try *attempt, int64_t matched, int64_t now,
	struct pin_answer *ret, struct err *err)
{
	if (db_begin(db, err) != 0)
		return -1;
	if (officer_try_close(db, attempt, matched, now, hub_clock_source(), err) != 0 ||
		(matched != 0 && officer_get(db, matched, &ret->officer, err) < 0) || db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	return 0;
}

int pin_check(struct db *db, int64_t officer_id, const char *door, const char *pin, int64_t now, struct pin_answer *ret,
	struct err *err)
{
	struct officer_try attempt;
	int open = try_begin(db, officer_id, door, now, &attempt, err);

	*ret = (struct pin_answer){.verdict = PIN_NOBODY};
	if (open < 0)
		return -1;
	if (open == 0) {
		ret->wait_ms = attempt.open_at - now;
		ret->verdict = officer_pin_is_locked(attempt.failed) ? PIN_LOCKED : PIN_WAIT;
		return 0;
	}
	if (attempt.count == 0)
		return 0;
	int64_t matched = officer_try_match(&attempt, pin);
	if (try_end(db, &attempt, matched, now, ret, err) != 0)
		return -1;
	if (ret->officer.id != 0) { /* removed since: 0, as nobody's */
		ret->verdict = PIN_RIGHT;
		return 0;
	}
	ret->verdict = officer_pin_is_locked(attempt.failed) ? PIN_LOCKED : PIN_WRONG;
	ret->wait_ms = officer_pin_wait_ms(attempt.failed);
	return 0;
}
