#include "db/sim.h"

#include "db/db_private.h"

#include <string.h>

int sim_count_segment(struct db *db, const char *sim, const char *day, struct err *err)
{
	struct query query = query_start(db, "INSERT INTO sim_day (sim, day, segments) VALUES (?, ?, 1) ON CONFLICT DO "
					     "UPDATE SET segments = segments + 1");

	query_put_text(&query, sim);
	query_put_text(&query, day);
	return query_run(&query, err);
}

/* The number is not kept, only whether it is one of those written to: a keyed hash tells that. */
int sim_count_recipient(struct db *db, const char *sim, const char *month, const char *address, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	struct query query = query_start(db, "DELETE FROM sim_recipient WHERE sim = ? AND month < ?");

	query_put_text(&query, sim);
	query_put_text(&query, month);
	if (query_run(&query, err) < 0)
		return -1;
	db_hash(db, address, strlen(address), hash);
	query = query_start(db, "INSERT INTO sim_recipient (sim, month, hash) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
	query_put_text(&query, sim);
	query_put_text(&query, month);
	query_put_blob(&query, hash, sizeof hash);
	return query_run(&query, err);
}

int sim_has_recipient(struct db *db, const char *sim, const char *month, const char *address, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	int64_t one = 0;
	struct query query = query_start(db, "SELECT 1 FROM sim_recipient WHERE sim = ? AND month = ? AND hash = ?");

	db_hash(db, address, strlen(address), hash);
	query_put_text(&query, sim);
	query_put_text(&query, month);
	query_put_blob(&query, hash, sizeof hash);
	return query_take_int(&query, &one, err);
}

int sim_usage(struct db *db, const char *sim, const char *day, struct sim_usage *ret, struct err *err)
{
	struct query query = query_start(db,
		"SELECT coalesce(sum(iif(day = ?2, segments, 0)), 0), coalesce(sum(segments), 0),"
		" (SELECT count(*) FROM sim_recipient WHERE sim = ?1 AND month = substr(?2, 1, 7))"
		" FROM sim_day WHERE sim = ?1 AND day BETWEEN substr(?2, 1, 7) AND substr(?2, 1, 7) || '-99'");

	query_put_text(&query, sim);
	query_put_text(&query, day);
	if (query_row(&query, err) < 0)
		return -1;
	ret->day = (int32_t)query_int(&query);
	ret->month = (int32_t)query_int(&query);
	ret->recipients_month = (int32_t)query_int(&query);
	query_end(&query);
	return 0;
}

/* ---- PIN --------------------------------------------------------------------------------------------------------- */

int sim_pin_try(struct db *db, const char *sim, const char *pin, int64_t now, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	/* Nothing changes, and no row is counted, when this very PIN was tried and has not worked. */
	struct query query =
		query_start(db, "INSERT INTO sim_pin (sim, hash, worked, at) VALUES (?, ?, 0, ?)"
				" ON CONFLICT DO UPDATE SET hash = excluded.hash, worked = 0, at = excluded.at"
				" WHERE worked OR hash <> excluded.hash");

	db_hash(db, pin, strlen(pin), hash);
	query_put_text(&query, sim);
	query_put_blob(&query, hash, sizeof hash);
	query_put_int(&query, now);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

int sim_pin_worked(struct db *db, const char *sim, struct err *err)
{
	struct query query = query_start(db, "UPDATE sim_pin SET worked = 1 WHERE sim = ? AND NOT worked");

	query_put_text(&query, sim);
	return query_run(&query, err);
}

/* ---- modems ------------------------------------------------------------------------------------------------------ */

int modem_remember(struct db *db, const struct modem_memory *memory, struct err *err)
{
	struct query query = query_start(db,
		"INSERT INTO modem (name, imei, sim, port, model, network, state, why, signal_dbm, changed_at, "
		"seconds_per_segment)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET imei = excluded.imei, sim = "
		"excluded.sim,"
		" port = excluded.port, model = excluded.model, network = excluded.network, state = excluded.state,"
		" why = excluded.why, signal_dbm = excluded.signal_dbm, changed_at = excluded.changed_at,"
		" seconds_per_segment = excluded.seconds_per_segment");

	query_put_text(&query, memory->name);
	query_put_text(&query, memory->imei);
	query_put_text(&query, memory->sim);
	query_put_text(&query, memory->port);
	query_put_text(&query, memory->model);
	query_put_text(&query, memory->network);
	query_put_text(&query, memory->state);
	query_put_text(&query, memory->why);
	query_put_int(&query, memory->signal_dbm);
	query_put_int(&query, memory->changed_at);
	query_put_real(&query, memory->seconds_per_segment);
	return query_run(&query, err);
}

int modem_each(
	struct db *db, bool (*each)(void *context, const struct modem_memory *memory), void *context, struct err *err)
{
	struct modem_memory memory;
	int more;
	struct query query = query_start(db, "SELECT name, imei, sim, port, model, network, state, why, signal_dbm, "
					     "changed_at, seconds_per_segment FROM modem"
					     " ORDER BY name");

	while ((more = query_row(&query, err)) > 0) {
		query_text(&query, memory.name, sizeof memory.name);
		query_text(&query, memory.imei, sizeof memory.imei);
		query_text(&query, memory.sim, sizeof memory.sim);
		query_text(&query, memory.port, sizeof memory.port);
		query_text(&query, memory.model, sizeof memory.model);
		query_text(&query, memory.network, sizeof memory.network);
		query_text(&query, memory.state, sizeof memory.state);
		query_text(&query, memory.why, sizeof memory.why);
		memory.signal_dbm = (int32_t)query_int(&query);
		memory.changed_at = query_int(&query);
		memory.seconds_per_segment = query_real(&query);
		if (!each(context, &memory))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}
