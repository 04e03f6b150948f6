#include "db/appointment.h"

#include "db/db_private.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE_MS = 60000, MINUTES_MAX = 1440 };

/* Does another one take part of [:start, :start + :minutes)? None is longer than a day, so that the index answers. */
#define PLACE_TAKEN                                                                                 \
	"EXISTS (SELECT 1 FROM appointment WHERE office = :office AND state <= 4 AND id IS NOT :id" \
	" AND start > :start - 86400000 AND start < :start + :minutes * 60000"                      \
	" AND start + minutes * 60000 > :start)"

static int place_check(int64_t start, int32_t minutes, struct err *err)
{
	if (minutes >= 1 && minutes <= MINUTES_MAX && start > 0)
		return 0;
	return err_set(err, EX_DATAERR, "an appointment of %d minutes is none", minutes);
}

static int holds_release(struct db *db, const char *office, int64_t now, struct err *err)
{
	struct query query = query_start(db, "UPDATE appointment SET state = 6, changed_at = ?2"
					     " WHERE office = ?1 AND state <= 4 AND state = 1 AND held_until <= ?2");

	query_put_text(&query, office);
	query_put_int(&query, now);
	return query_run(&query, err);
}

int appointment_book(struct db *db, struct appointment *appointment, int64_t now, struct err *err)
{
	bool offered = appointment->state == APPOINTMENT_OFFERED;

	if (place_check(appointment->start, appointment->minutes, err) < 0 ||
		holds_release(db, appointment->office, now, err) < 0)
		return -1;
	struct query query = query_start(db,
		"INSERT INTO appointment (office, id, start, minutes, subscriber_id, channel, state, created_at,"
		" changed_at, held_until, address, name, note)"
		" SELECT :office, :id, :start, :minutes, :subscriber, :channel, :state, :now, :now, :held, :address,"
		" :name, :note WHERE NOT " PLACE_TAKEN " ON CONFLICT DO NOTHING");
	query_put_text(&query, appointment->office);
	query_put_id(&query, 0);
	query_put_int(&query, appointment->start);
	query_put_int(&query, appointment->minutes);
	query_put_id(&query, appointment->who.subscriber_id);
	query_put_int(&query, appointment->who.channel);
	query_put_int(&query, offered ? APPOINTMENT_OFFERED : APPOINTMENT_BOOKED);
	query_put_int(&query, now);
	query_put_int(&query, offered ? appointment->held_until : 0);
	query_put_text(&query, appointment->who.address);
	query_put_text(&query, appointment->name);
	query_put_text(&query, appointment->note);
	if (query_run(&query, err) < 0)
		return -1;
	if (db_changes(db) == 0)
		return 0;
	appointment->id = sqlite3_last_insert_rowid(db->sqlite);
	return 1;
}

int appointment_move(struct db *db, int64_t id, int64_t start, int32_t minutes, enum appointment_state state,
	int64_t now, struct err *err)
{
	struct appointment appointment;

	if (place_check(start, minutes, err) < 0)
		return -1;
	int found = appointment_get(db, id, &appointment, err);
	if (found < 0)
		return -1;
	if (found == 0 || !appointment_is_active(appointment.state))
		return err_set(err, EX_REFUSED, "there is no appointment %lld that could be moved", (long long)id);
	if (holds_release(db, appointment.office, now, err) < 0)
		return -1;
	struct query query = query_start(db,
		"UPDATE appointment SET start = :start, minutes = :minutes, state = :state, changed_at = :now,"
		" sequence = sequence + 1, reminder_sent = 0, held_until = 0 WHERE id = :id AND NOT " PLACE_TAKEN);
	query_put_int(&query, start);
	query_put_int(&query, minutes);
	query_put_int(&query, state == APPOINTMENT_MOVED ? APPOINTMENT_MOVED : APPOINTMENT_BOOKED);
	query_put_int(&query, now);
	query_put_int(&query, id);
	query_put_text(&query, appointment.office);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

int appointment_set(struct db *db, int64_t id, enum appointment_state state, int64_t now, struct err *err)
{
	struct query query = query_start(db, "UPDATE appointment SET state = ?2, changed_at = ?3, held_until = 0,"
					     " sequence = sequence + (?2 IN (5, 6)) WHERE id = ?1 AND state <= 4");

	if (state == APPOINTMENT_OFFERED || state == APPOINTMENT_MOVED)
		return err_set(err, EX_SOFTWARE, "an appointment is not offered or moved that way");
	query_put_int(&query, id);
	query_put_int(&query, state);
	query_put_int(&query, now);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

#define APPOINTMENT_COLUMNS                                                                               \
	"id, subscriber_id, channel, address, state, start, minutes, created_at, changed_at, held_until," \
	" reminder_sent, sequence, office, name, note"

static int appointments_walk(struct query *query, bool (*each)(void *context, const struct appointment *appointment),
	void *context, struct err *err)
{
	struct appointment it;
	int more;

	while ((more = query_row(query, err)) > 0) {
		it.id = query_int(query);
		it.who.subscriber_id = query_int(query);
		it.who.channel = (enum subscriber_channel)query_int(query);
		query_text(query, it.who.address, sizeof it.who.address);
		it.state = (enum appointment_state)query_int(query);
		it.start = query_int(query);
		it.minutes = (int32_t)query_int(query);
		it.created_at = query_int(query);
		it.changed_at = query_int(query);
		it.held_until = query_int(query);
		it.reminder_sent = query_int(query);
		it.sequence = (int32_t)query_int(query);
		query_text(query, it.office, sizeof it.office);
		query_text(query, it.name, sizeof it.name);
		query_text(query, it.note, sizeof it.note);
		if (!each(context, &it))
			break;
	}
	query_end(query);
	return more < 0 ? -1 : 0;
}

static bool appointment_copy(void *context, const struct appointment *appointment)
{
	*(struct appointment *)context = *appointment;
	return false;
}

int appointment_get(struct db *db, int64_t id, struct appointment *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT " APPOINTMENT_COLUMNS " FROM appointment WHERE id = ?");

	query_put_int(&query, id);
	ret->id = 0;
	if (appointments_walk(&query, appointment_copy, ret, err) < 0)
		return -1;
	return ret->id != 0;
}

int appointment_each(struct db *db, const struct appointment_filter *filter, int limit,
	bool (*each)(void *context, const struct appointment *appointment), void *context, struct err *err)
{
	struct query query = query_start(db, "SELECT " APPOINTMENT_COLUMNS " FROM appointment"
					     " WHERE start >= ?1 AND (?2 = 0 OR start < ?2)"
					     " AND (?3 IS NULL OR office = ?3)"
					     " AND (?4 IS NULL OR address = ?4 OR subscriber_id = ?7)"
					     " AND (?5 OR state <= 4) ORDER BY start, id LIMIT ?6");

	query_put_int(&query, filter->from);
	query_put_int(&query, filter->until);
	query_put_key(&query, filter->office);
	query_put_key(&query, filter->address);
	query_put_int(&query, filter->all);
	query_put_int(&query, limit);
	query_put_id(&query, filter->subscriber_id);
	return appointments_walk(&query, each, context, err);
}

int appointment_spans(struct db *db, const char *office, int64_t from, int64_t until, struct appointment_span *ret,
	int max, struct err *err)
{
	int count = 0, more;
	struct query query = query_start(db, "SELECT start, minutes FROM appointment WHERE office = ? AND state <= 4"
					     " AND start > ? AND start < ? ORDER BY start LIMIT ?");

	query_put_text(&query, office);
	query_put_int(&query, from - (int64_t)MINUTES_MAX * MINUTE_MS);
	query_put_int(&query, until);
	query_put_int(&query, max);
	while ((more = query_row(&query, err)) > 0) {
		ret[count].start = query_int(&query);
		ret[count].minutes = (int32_t)query_int(&query);
		count++;
	}
	return more < 0 ? -1 : count;
}

/* ---- time passes ------------------------------------------------------------------------------------------------- */

int appointment_reminders(struct db *db, int64_t after, int64_t until, int limit,
	bool (*each)(void *context, const struct appointment *appointment), void *context, struct err *err)
{
	struct query query = query_start(db, "SELECT " APPOINTMENT_COLUMNS " FROM appointment WHERE start > ?1"
					     " AND start < ?2 AND state BETWEEN 2 AND 4 AND reminder_sent = 0"
					     " ORDER BY start, id LIMIT ?3");

	query_put_int(&query, after);
	query_put_int(&query, until);
	query_put_int(&query, limit);
	return appointments_walk(&query, each, context, err);
}

int appointment_reminded(struct db *db, int64_t id, int64_t now, struct err *err)
{
	struct query query = query_start(db, "UPDATE appointment SET reminder_sent = ? WHERE id = ?");

	query_put_int(&query, now);
	query_put_int(&query, id);
	return query_run(&query, err);
}

int appointment_finish(struct db *db, int64_t now, struct err *err)
{
	struct query query = query_start(db, "UPDATE appointment SET state = iif(state = 1, 6, 7), changed_at = ?1"
					     " WHERE state <= 4 AND (start + minutes * 60000 <= ?1"
					     " OR (state = 1 AND held_until <= ?1))");

	query_put_int(&query, now);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

void appointment_uid(const struct db *db, int64_t id, char ret_uid[APPOINTMENT_UID_MAX])
{
	unsigned char hash[DB_HASH_SIZE];
	char words[48];
	size_t used = 0;

	snprintf(words, sizeof words, "appointment %lld", (long long)id);
	db_hash(db, words, strlen(words), hash);
	for (size_t i = 0; i < sizeof hash; i++)
		used += (size_t)snprintf(ret_uid + used, APPOINTMENT_UID_MAX - used, "%02x", hash[i]);
	snprintf(ret_uid + used, APPOINTMENT_UID_MAX - used, "@banditore");
}
