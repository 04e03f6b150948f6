#include "db/limit.h"

#include "db/db_private.h"

#include <string.h>

enum { WAY_TO, WAY_FROM };

/* The rolling day of the platform; a row is of it while at > now - DAY. */
static const int64_t day_ms = (int64_t)24 * 3600 * 1000;

static void person_put(struct query *query, const char *address, unsigned char hash[DB_HASH_SIZE])
{
	db_hash(query->db, address, strlen(address), hash);
	query_put_blob(query, hash, DB_HASH_SIZE);
}

int limit_used(struct db *db, int64_t now, int64_t *ret_used, int64_t *ret_next_free_at, struct err *err)
{
	struct query query = query_start(
		db, "SELECT count(*), min(min(at), ?1) FROM whatsapp_contact WHERE way = 0 AND at > ?1 - ?2");

	query_put_int(&query, now);
	query_put_int(&query, day_ms);
	if (query_row(&query, err) < 0)
		return -1;
	*ret_used = query_int(&query);
	int64_t oldest = query_int(&query);
	*ret_next_free_at = *ret_used > 0 ? oldest + day_ms : 0;
	query_end(&query);
	return 0;
}

int limit_knows(struct db *db, const char *address, int64_t now, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	int64_t one = 0;
	struct query query =
		query_start(db, "SELECT 1 FROM whatsapp_contact WHERE way IN (0, 1) AND hash = ? AND at > ? LIMIT 1");

	person_put(&query, address, hash);
	query_put_int(&query, now - day_ms);
	return query_take_int(&query, &one, err);
}

int limit_window(struct db *db, const char *address, int64_t now, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	int64_t one = 0;
	struct query query = query_start(db, "SELECT 1 FROM whatsapp_contact WHERE way = 1 AND hash = ? AND at > ?");

	person_put(&query, address, hash);
	query_put_int(&query, now - day_ms);
	return query_take_int(&query, &one, err);
}

int limit_note(struct db *db, const char *address, int64_t now, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	struct query query =
		query_start(db, "INSERT INTO whatsapp_contact (way, hash, at) SELECT 0, ?1, ?2 WHERE NOT EXISTS"
				" (SELECT 1 FROM whatsapp_contact WHERE way = 1 AND hash = ?1 AND at > ?2 - ?3)"
				" ON CONFLICT DO UPDATE SET at = excluded.at");

	person_put(&query, address, hash);
	query_put_int(&query, now);
	query_put_int(&query, day_ms);
	return query_run(&query, err);
}

int limit_take_back(struct db *db, const char *address, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	struct query query = query_start(db, "DELETE FROM whatsapp_contact WHERE way = 0 AND hash = ?");

	person_put(&query, address, hash);
	return query_run(&query, err);
}

/* Webhooks come in any order: the latest word counts. */
int limit_wrote(struct db *db, const char *address, int64_t at, int64_t now, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	struct query query = query_start(db, "INSERT INTO whatsapp_contact (way, hash, at) VALUES (1, ?, ?)"
					     " ON CONFLICT DO UPDATE SET at = max(at, excluded.at)");

	person_put(&query, address, hash);
	query_put_int(&query, at < now ? at : now);
	return query_run(&query, err);
}

/* Half the jump tells what was noted before it from what was noted since. */
int limit_follow_clock(struct db *db, int64_t jump, int64_t now, struct err *err)
{
	struct query query = query_start(db,
		"UPDATE whatsapp_contact SET at = min(iif(?1 > 0 AND at < ?2 - ?1 / 2, at + ?1, at), ?2)"
		" WHERE at > ?2 OR ?1 > 0");

	query_put_int(&query, jump);
	query_put_int(&query, now);
	return query_run(&query, err);
}
