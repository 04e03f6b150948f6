#include "db/login.h"

#include "db/db_private.h"

#include <stdio.h>
#include <string.h>

enum {
	SECOND_MS = 1000,
	DAY_MS = 24 * 60 * 60 * SECOND_MS,
	KNOWN_DAYS = 90, /* an address is known for so long after a right login from it */
	SUBJECT_TEXT_MAX = 512,
};

/* In seconds, by wrong tries in a row; the last stays. A slip or two costs nothing. */
static const struct {
	int count;
	int16_t seconds[12];
} waits[LOGIN_SUBJECTS] = {
	[LOGIN_ACCOUNT] = {9, {0, 0, 0, 1, 2, 5, 10, 30, 60}},
	[LOGIN_ADDRESS] = {12, {0, 0, 0, 0, 0, 1, 2, 5, 15, 60, 120, 300}},
	[LOGIN_PAIR] = {9, {0, 0, 0, 1, 2, 5, 10, 30, 60}},
};

int64_t login_wait_ms(enum login_subject subject, int failed)
{
	int last = waits[subject].count - 1;

	return (int64_t)waits[subject].seconds[failed < 0 ? 0 : failed < last ? failed : last] * SECOND_MS;
}

int64_t login_open_at(enum login_subject subject, int failed, int64_t last_at, int64_t now)
{
	int64_t since = last_at > now ? now : last_at, wait = login_wait_ms(subject, failed);

	if (now - since >= DAY_MS || since + wait <= now)
		return 0;
	return since + wait;
}

/* ---- counts ------------------------------------------------------------------------------------------------------ */

struct guard {
	int failed;
	int64_t failed_at, good_at;
};

static int64_t subject_of(const struct db *db, enum login_subject subject, const char *account, const char *address)
{
	unsigned char hash[DB_HASH_SIZE];
	char text[SUBJECT_TEXT_MAX];
	uint32_t bits;

	(void)snprintf(text, sizeof text, "login %d %.200s\n%.200s", (int)subject,
		subject == LOGIN_ADDRESS ? "" : account, subject == LOGIN_ACCOUNT ? "" : address);
	for (char *at = text; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at + 'a' - 'A');
	db_hash(db, text, strlen(text), hash);
	memcpy(&bits, hash, sizeof bits);
	if (subject != LOGIN_PAIR)
		bits &= 0xFFFF;
	return ((int64_t)subject << 32) | bits;
}

static int guard_read(struct db *db, int64_t subject, struct guard *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT failed, failed_at, good_at FROM login_guard WHERE subject = ?");

	*ret = (struct guard){0};
	query_put_int(&query, subject);
	int found = query_row(&query, err);
	if (found <= 0)
		return found;
	ret->failed = (int)query_int(&query);
	ret->failed_at = query_int(&query);
	ret->good_at = query_int(&query);
	query_end(&query);
	return 1;
}

static int guard_write(struct db *db, int64_t subject, const struct guard *guard, struct err *err)
{
	struct query query = query_start(db,
		"INSERT INTO login_guard (subject, failed, failed_at, good_at) VALUES (?, ?, ?, ?) ON CONFLICT (subject)"
		" DO UPDATE SET failed = excluded.failed, failed_at = excluded.failed_at, good_at = excluded.good_at");

	query_put_int(&query, subject);
	query_put_int(&query, guard->failed);
	query_put_int(&query, guard->failed_at);
	query_put_int(&query, guard->good_at);
	return query_run(&query, err);
}

static int guard_count(struct db *db, int64_t subject, struct guard *guard, int64_t now, struct err *err)
{
	guard->failed = now - guard->failed_at >= DAY_MS ? 1 : guard->failed + 1;
	guard->failed_at = now;
	return guard_write(db, subject, guard, err);
}

int login_try_open(
	struct db *db, const char *account, const char *address, int64_t now, struct login_try *ret, struct err *err)
{
	struct guard guards[LOGIN_SUBJECTS];

	*ret = (struct login_try){0};
	for (int i = 0; i < LOGIN_SUBJECTS; i++) {
		ret->subjects[i] = subject_of(db, (enum login_subject)i, account, address);
		if (guard_read(db, ret->subjects[i], &guards[i], err) < 0)
			return -1;
	}
	int64_t good_at = guards[LOGIN_PAIR].good_at;
	ret->known = good_at != 0 && now - good_at < (int64_t)KNOWN_DAYS * DAY_MS;
	for (int i = 0; i < LOGIN_SUBJECTS; i++) {
		int64_t open_at = login_open_at((enum login_subject)i, guards[i].failed, guards[i].failed_at, now);
		if ((i == LOGIN_PAIR) == ret->known && open_at > ret->open_at)
			ret->open_at = open_at;
		/* The clock was set back: the wait runs from here. */
		if (open_at != 0 && guards[i].failed_at > now) {
			guards[i].failed_at = now;
			if (guard_write(db, ret->subjects[i], &guards[i], err) < 0)
				return -1;
		}
	}
	if (ret->open_at != 0)
		return 0;
	for (int i = 0; i < LOGIN_SUBJECTS; i++)
		if ((i == LOGIN_PAIR) == ret->known && guard_count(db, ret->subjects[i], &guards[i], now, err) < 0)
			return -1;
	return 1;
}

int login_try_close(struct db *db, const struct login_try *attempt, bool right, int64_t now, struct err *err)
{
	const struct guard known = {.good_at = now};

	if (!right)
		return 0;
	struct query query = query_start(db, "DELETE FROM login_guard WHERE subject IN (?1, ?2)"
					     " OR (failed_at <= ?3 AND good_at <= ?4)");
	query_put_int(&query, attempt->subjects[LOGIN_ACCOUNT]);
	query_put_int(&query, attempt->subjects[LOGIN_ADDRESS]);
	query_put_int(&query, now - DAY_MS);
	query_put_int(&query, now - (int64_t)KNOWN_DAYS * DAY_MS);
	if (query_run(&query, err) < 0)
		return -1;
	return guard_write(db, attempt->subjects[LOGIN_PAIR], &known, err);
}
