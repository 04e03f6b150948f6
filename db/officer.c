#include "db/officer.h"

#include "db/audit.h"
#include "db/db_private.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

_Static_assert(OFFICER_HASH_MAX == crypto_pwhash_STRBYTES, "libsodium's size of a hash as text");

/* Four to eight digits are soon tried out by whoever holds the file, however slow the hash is made; waits and lock guard the
 * keypad. So it costs an officer in a hurry little: 15 ms here, a tenth of a second on a small board. */
enum { PIN_OPERATIONS = 2, PIN_MEMORY = 16 * 1024 * 1024 };

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, DAY_MS = 24 * 60 * MINUTE_MS };

/* ---- the policy -------------------------------------------------------------------------------------------------- */

static const int32_t wait_ms[] = {0, 1 * SECOND_MS, 2 * SECOND_MS, 5 * SECOND_MS, 10 * SECOND_MS, /* a slip or two */
	5 * MINUTE_MS, 15 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS};

enum { LOCKED_FROM = 5, WAITS = sizeof wait_ms / sizeof *wait_ms };

int64_t officer_pin_wait_ms(int failed)
{
	return wait_ms[failed < 0 ? 0 : failed < WAITS ? failed : WAITS - 1];
}

bool officer_pin_is_locked(int failed)
{
	return failed >= LOCKED_FROM;
}

int64_t officer_pin_open_at(int failed, int64_t last_at, int64_t now)
{
	int64_t since = last_at > now ? now : last_at, wait = officer_pin_wait_ms(failed);

	if (now - since >= DAY_MS || since + wait <= now)
		return 0;
	return since + wait;
}

const char *officer_pin_check(const char *pin)
{
	size_t length = strlen(pin);
	bool same = true, up = true, down = true;

	if (length < OFFICER_PIN_MIN || length > OFFICER_PIN_MAX || pin[strspn(pin, "0123456789")] != '\0')
		return "a PIN has 4 to 8 digits and nothing else";
	for (size_t i = 1; i < length; i++) {
		same = same && pin[i] == pin[0];
		up = up && pin[i] == pin[i - 1] + 1;
		down = down && pin[i] == pin[i - 1] - 1;
	}
	return same || up || down ? "this PIN is among the first anybody would try; take another" : NULL;
}

int officer_pin_hash(const char *pin, char ret_hash[OFFICER_HASH_MAX])
{
	return crypto_pwhash_str(ret_hash, pin, strlen(pin), PIN_OPERATIONS, PIN_MEMORY);
}

/* ---- officers ---------------------------------------------------------------------------------------------------- */

#define OFFICER_COLUMNS                                                                                            \
	"officer.id, name, coalesce(phone, ''), may_order, may_confirm, pin_hash <> '', created_at, last_used_at," \
	" coalesce(failed, 0), coalesce(failed_at, 0) FROM officer"                                                \
	" LEFT JOIN pin_guard ON subject = 'officer:' || officer.id"

static void officer_take(struct query *query, struct officer *ret)
{
	ret->id = query_int(query);
	query_text(query, ret->name, sizeof ret->name);
	query_text(query, ret->phone, sizeof ret->phone);
	ret->may_order = query_int(query) != 0;
	ret->may_confirm = query_int(query) != 0;
	ret->has_pin = query_int(query) != 0;
	ret->created_at = query_int(query);
	ret->last_used_at = query_int(query);
	ret->failed = (int32_t)query_int(query);
	ret->failed_at = query_int(query);
}

static int officer_take_one(struct query *query, struct officer *ret, struct err *err)
{
	int found = query_row(query, err);

	if (found <= 0)
		return found;
	officer_take(query, ret);
	query_end(query);
	return 1;
}

int officer_get(struct db *db, int64_t id, struct officer *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT " OFFICER_COLUMNS " WHERE officer.id = ? AND removed_at IS NULL");

	query_put_int(&query, id);
	return officer_take_one(&query, ret, err);
}

int officer_find(struct db *db, const char *name, struct officer *ret, struct err *err)
{
	struct query query =
		query_start(db, "SELECT " OFFICER_COLUMNS " WHERE name = ? COLLATE NOCASE AND removed_at IS NULL");

	query_put_text(&query, name);
	return officer_take_one(&query, ret, err);
}

int officer_find_phone(struct db *db, const char *phone, struct officer *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT " OFFICER_COLUMNS " WHERE phone = ? AND removed_at IS NULL");

	query_put_text(&query, phone);
	return officer_take_one(&query, ret, err);
}

int officer_each(
	struct db *db, bool (*each)(void *context, const struct officer *officer), void *context, struct err *err)
{
	struct officer officer;
	int more;
	struct query query =
		query_start(db, "SELECT " OFFICER_COLUMNS " WHERE removed_at IS NULL ORDER BY name COLLATE NOCASE");

	while ((more = query_row(&query, err)) > 0) {
		officer_take(&query, &officer);
		if (!each(context, &officer))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}

static int refuse_taken(struct db *db, const struct officer *officer, struct err *err)
{
	struct officer other;
	int64_t active = 0;
	struct query query = query_start(db, "SELECT count(*) FROM officer WHERE removed_at IS NULL");
	int found = officer_find(db, officer->name, &other, err);

	if (found > 0)
		return err_set(err, EX_DATAERR, "there is an officer %s already; for a new PIN: banditore officer pin",
			other.name);
	if (found == 0 && officer->phone[0])
		found = officer_find_phone(db, officer->phone, &other, err);
	if (found > 0)
		return err_set(err, EX_DATAERR, "%s is the phone of %s already; give another, or remove that one first",
			officer->phone, other.name);
	if (found < 0 || query_take_int(&query, &active, err) < 0)
		return -1;
	if (active >= OFFICERS_MAX)
		return err_set(err, EX_DATAERR, "there are %d officers already; remove one first", OFFICERS_MAX);
	return 0;
}

int officer_add(struct db *db, struct officer *officer, const char *pin_hash, int64_t now, struct err *err)
{
	if (refuse_taken(db, officer, err) < 0)
		return -1;
	struct query query = query_start(db,
		"INSERT INTO officer (name, phone, may_order, may_confirm, pin_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)");
	query_put_text(&query, officer->name);
	query_put_key(&query, officer->phone);
	query_put_int(&query, officer->may_order);
	query_put_int(&query, officer->may_confirm);
	query_put_text(&query, pin_hash);
	query_put_int(&query, now);
	if (query_run(&query, err) < 0)
		return -1;
	officer->id = sqlite3_last_insert_rowid(db->sqlite);
	officer->created_at = now;
	return 0;
}

int officer_remove(struct db *db, int64_t id, int64_t now, struct err *err)
{
	struct query query =
		query_start(db, "UPDATE officer SET removed_at = ?2, phone = NULL, pin_hash = '' WHERE id = ?1");

	query_put_int(&query, id);
	query_put_int(&query, now);
	if (query_run(&query, err) < 0)
		return -1;
	query = query_start(db, "DELETE FROM pin_guard WHERE subject = 'officer:' || ?");
	query_put_int(&query, id);
	return query_run(&query, err);
}

int officer_set_pin(struct db *db, int64_t id, const char *pin_hash, struct err *err)
{
	struct query query = query_start(db, "UPDATE officer SET pin_hash = ?2 WHERE id = ?1");

	query_put_int(&query, id);
	query_put_text(&query, pin_hash);
	return query_run(&query, err);
}

int officer_unlock(struct db *db, int64_t id, struct err *err)
{
	struct query query =
		query_start(db, "DELETE FROM pin_guard WHERE subject = 'officer:' || ? OR subject LIKE 'door:%'");

	query_put_int(&query, id);
	return query_run(&query, err);
}

/* ---- a try ------------------------------------------------------------------------------------------------------- */

enum { SUBJECT_MAX = 40 };

static void subject_of(const struct officer_try *attempt, char out[SUBJECT_MAX])
{
	if (attempt->officer_id != 0)
		(void)snprintf(out, SUBJECT_MAX, "officer:%lld", (long long)attempt->officer_id);
	else
		(void)snprintf(out, SUBJECT_MAX, "door:%s", attempt->door);
}

static int guard_read(struct db *db, const char *subject, int *ret_failed, int64_t *ret_at, struct err *err)
{
	struct query query = query_start(db, "SELECT failed, failed_at FROM pin_guard WHERE subject = ?");

	*ret_failed = 0;
	*ret_at = 0;
	query_put_text(&query, subject);
	int found = query_row(&query, err);
	if (found <= 0)
		return found;
	*ret_failed = (int)query_int(&query);
	*ret_at = query_int(&query);
	query_end(&query);
	return 0;
}

static int guard_write(struct db *db, const char *subject, int failed, int64_t at, struct err *err)
{
	struct query query = query_start(db, "INSERT INTO pin_guard (subject, failed, failed_at) VALUES (?, ?, ?)"
					     " ON CONFLICT (subject) DO UPDATE SET failed = excluded.failed,"
					     " failed_at = excluded.failed_at");

	query_put_text(&query, subject);
	query_put_int(&query, failed);
	query_put_int(&query, at);
	return query_run(&query, err);
}

static int candidates_read(struct db *db, struct officer_try *attempt, struct err *err)
{
	int more;
	struct query query =
		query_start(db, "SELECT id, pin_hash FROM officer WHERE removed_at IS NULL AND pin_hash <> ''"
				" AND (?1 = 0 OR id = ?1) ORDER BY last_used_at DESC, id LIMIT ?2");

	query_put_int(&query, attempt->officer_id);
	query_put_int(&query, OFFICERS_MAX);
	while ((more = query_row(&query, err)) > 0) {
		attempt->candidates[attempt->count].id = query_int(&query);
		query_text(&query, attempt->candidates[attempt->count].hash, OFFICER_HASH_MAX);
		attempt->count++;
	}
	return more;
}

int officer_pins(struct db *db, int64_t except, struct officer_try *ret, struct err *err)
{
	*ret = (struct officer_try){0};
	if (candidates_read(db, ret, err) < 0)
		return -1;
	for (int i = 0; i < ret->count; i++)
		if (ret->candidates[i].id == except)
			ret->candidates[i] = ret->candidates[--ret->count];
	return 0;
}

int officer_try_open(
	struct db *db, int64_t officer_id, const char *door, int64_t now, struct officer_try *ret, struct err *err)
{
	char subject[SUBJECT_MAX];
	int failed;
	int64_t failed_at;

	*ret = (struct officer_try){.officer_id = officer_id};
	(void)snprintf(ret->door, sizeof ret->door, "%s", door);
	subject_of(ret, subject);
	if (guard_read(db, subject, &failed, &failed_at, err) < 0)
		return -1;
	ret->failed = failed;
	ret->open_at = officer_pin_open_at(failed, failed_at, now);
	if (ret->open_at != 0 && failed_at > now && guard_write(db, subject, failed, now, err) < 0)
		return -1; /* the clock was set back: the wait runs from here */
	if (ret->open_at != 0)
		return 0;
	ret->failed = now - failed_at >= DAY_MS ? 1 : failed + 1;
	if (candidates_read(db, ret, err) < 0 || guard_write(db, subject, ret->failed, now, err) < 0)
		return -1;
	return 1;
}

int64_t officer_try_match(const struct officer_try *attempt, const char *pin)
{
	for (int i = 0; i < attempt->count; i++)
		if (crypto_pwhash_str_verify(attempt->candidates[i].hash, pin, strlen(pin)) == 0)
			return attempt->candidates[i].id;
	return 0;
}

static int try_right(struct db *db, const char *subject, int64_t matched, int64_t now, struct err *err)
{
	struct query query = query_start(db, "DELETE FROM pin_guard WHERE subject = ?");

	query_put_text(&query, subject);
	if (query_run(&query, err) < 0)
		return -1;
	query = query_start(db, "UPDATE officer SET last_used_at = ?2 WHERE id = ?1");
	query_put_int(&query, matched);
	query_put_int(&query, now);
	return query_run(&query, err);
}

int officer_try_close(struct db *db, const struct officer_try *attempt, int64_t matched, int64_t now, const char *clock,
	struct err *err)
{
	char subject[SUBJECT_MAX], detail[64];
	struct officer officer = {.name = "?"};

	subject_of(attempt, subject);
	if (matched != 0)
		return try_right(db, subject, matched, now, err);
	if (attempt->officer_id != 0 && officer_get(db, attempt->officer_id, &officer, err) < 0)
		return -1;
	(void)snprintf(detail, sizeof detail, "%d in a row%s", attempt->failed,
		officer_pin_is_locked(attempt->failed) ? ", locked" : "");
	return audit_add(db, now, clock, officer.name, attempt->door, "wrong PIN", detail, err);
}
