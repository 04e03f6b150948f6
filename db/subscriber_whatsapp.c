/* A person as WhatsApp knows them: a user id, a number or both, either of which may change. */
#include "db/subscriber_private.h"

static int person_set(struct db *db, const char *sql, int64_t id, const char *text, struct err *err)
{
	struct query query = query_start(db, sql);

	query_put_int(&query, id);
	query_put_key(&query, text);
	return query_run(&query, err);
}

int subscriber_seen_wired(struct db *db, int64_t id, const char *user, const char *phone, int64_t at, struct err *err)
{
	if (user[0] && person_set(db,
			       "UPDATE subscriber SET whatsapp_id = ?2 WHERE id = ?1 AND whatsapp_id IS NOT ?2"
			       " AND NOT EXISTS (SELECT 1 FROM subscriber WHERE whatsapp_id = ?2)",
			       id, user, err) < 0)
		return -1;
	if (phone[0] && person_set(db,
				"UPDATE subscriber SET phone = ?2 WHERE id = ?1 AND phone IS NULL"
				" AND NOT EXISTS (SELECT 1 FROM subscriber WHERE phone = ?2)",
				id, phone, err) < 0)
		return -1;
	if (at == 0)
		return 0;
	struct query query = query_start(
		db, "UPDATE subscriber SET whatsapp_at = max(whatsapp_at, ?2), whatsapp_refused_at = 0 WHERE id = ?1");
	query_put_int(&query, id);
	query_put_int(&query, at);
	return query_run(&query, err);
}

int subscriber_move(struct db *db, int64_t id, const char *user, const char *phone, struct err *err)
{
	if (user[0] && person_set(db,
			       "UPDATE subscriber SET whatsapp_id = ?2 WHERE id = ?1"
			       " AND NOT EXISTS (SELECT 1 FROM subscriber WHERE whatsapp_id = ?2 AND id <> ?1)",
			       id, user, err) < 0)
		return -1;
	return person_set(db,
		"UPDATE subscriber SET phone = ?2 WHERE id = ?1 AND (?2 IS NOT NULL OR whatsapp_id IS NOT NULL)"
		" AND NOT EXISTS (SELECT 1 FROM subscriber WHERE phone = ?2 AND id <> ?1)",
		id, phone, err);
}

int subscriber_refused(struct db *db, int64_t id, int64_t at, struct err *err)
{
	struct query query = query_start(
		db, "UPDATE subscriber SET whatsapp_refused_at = ?2 WHERE id = ?1 AND whatsapp_refused_at <> ?2");

	query_put_int(&query, id);
	query_put_int(&query, at);
	return query_run(&query, err);
}

int subscriber_stop_marketing(struct db *db, int64_t id, bool stopped, struct err *err)
{
	struct query query = query_start(db, "UPDATE subscriber SET marketing_stopped = ?2 WHERE id = ?1");

	query_put_int(&query, id);
	query_put_int(&query, stopped);
	return query_run(&query, err);
}
