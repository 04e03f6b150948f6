/* Appointments with the comune's offices.
 *
 *   offered ──taken──▶ booked ──▶ confirmed        moved: the office chose another time
 *      └──hold past──▶ cancelled     └──▶ declined (by the office), cancelled (by the person), done (its time is past)
 *
 * The first four take their place: no two of them overlap in one office, whoever writes, from whatever process. The
 * database sees to it: one statement looks and writes, and a unique index of office and start stands behind it.
 * All writers need a transaction; times as in db.h, minutes 1 to 1440. */
#ifndef BANDITORE_APPOINTMENT_H
#define BANDITORE_APPOINTMENT_H

#include "db/correspondent.h"

enum { APPOINTMENT_OFFICE_MAX = 32, APPOINTMENT_NAME_MAX = 128, APPOINTMENT_NOTE_MAX = 1024, APPOINTMENT_UID_MAX = 64 };

enum appointment_state {
	APPOINTMENT_OFFERED = 1, /* held for somebody who is asked, until held_until */
	APPOINTMENT_BOOKED,
	APPOINTMENT_CONFIRMED,
	APPOINTMENT_MOVED,
	APPOINTMENT_DECLINED,
	APPOINTMENT_CANCELLED,
	APPOINTMENT_DONE
};

static inline bool appointment_is_active(enum appointment_state state)
{
	return state <= APPOINTMENT_MOVED;
}

struct appointment {
	int64_t id;
	struct correspondent who;
	enum appointment_state state;
	int64_t start;
	int32_t minutes;
	int64_t created_at, changed_at;
	int64_t held_until;		     /* offered only */
	int64_t reminder_sent;		     /* when; 0: not yet */
	int32_t sequence;		     /* how often its time changed or it was called off: iCalendar's SEQUENCE */
	char office[APPOINTMENT_OFFICE_MAX]; /* id */
	char name[APPOINTMENT_NAME_MAX];     /* as the person gave it; "" */
	char note[APPOINTMENT_NOTE_MAX];     /* what it is about, as written; "" */
};

/* Keeps it in state OFFERED (with held_until) or BOOKED; reads also office, start, minutes, who, name and note. Holds that
 * are past make room first. 1 kept, with its id; 0 the place is taken; -1. */
int appointment_book(struct db *db, struct appointment *appointment, int64_t now, struct err *err);

/* To another time, as BOOKED (the person chose it) or MOVED (the office did); it is reminded of anew. 1; 0 the place is
 * taken; -1, EX_REFUSED when there is no such appointment or it takes no place any more. */
int appointment_move(struct db *db, int64_t id, int64_t start, int32_t minutes, enum appointment_state state,
	int64_t now, struct err *err);

/* 1; 0 there is no such appointment, or it takes no place any more; -1. Not to OFFERED or MOVED. */
int appointment_set(struct db *db, int64_t id, enum appointment_state state, int64_t now, struct err *err);

int appointment_get(struct db *db, int64_t id, struct appointment *ret, struct err *err); /* 1, 0, -1 */

struct appointment_filter {
	const char *office;    /* NULL: any */
	const char *address;   /* NULL: any */
	int64_t subscriber_id; /* with `address`: also theirs; 0: none */
	int64_t from, until;   /* starts in [from, until); until 0: no end */
	bool all;	       /* also those that take no place */
};

/* In order of start; at most `limit`; stops when `each` returns false. `each` may ask anything but the same list. */
int appointment_each(struct db *db, const struct appointment_filter *filter, int limit,
	bool (*each)(void *context, const struct appointment *appointment), void *context, struct err *err);

/* What takes a place in the office between two times, in order; at most max. Returns the number or -1. */
struct appointment_span {
	int64_t start;
	int32_t minutes;
};
int appointment_spans(struct db *db, const char *office, int64_t from, int64_t until, struct appointment_span *ret,
	int max, struct err *err);

/* Active ones, not just offered, that start in (after, until) and have not been reminded of; at most `limit`. */
int appointment_reminders(struct db *db, int64_t after, int64_t until, int limit,
	bool (*each)(void *context, const struct appointment *appointment), void *context, struct err *err);
int appointment_reminded(struct db *db, int64_t id, int64_t now, struct err *err);

/* What is past becomes done, holds that are past cancelled. Returns how many, or -1. */
int appointment_finish(struct db *db, int64_t now, struct err *err);

/* A name for calendars that stays with it and says nothing about it. */
void appointment_uid(const struct db *db, int64_t id, char ret_uid[APPOINTMENT_UID_MAX]);

#endif
