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

static int rows_hand_over(struct db *db, const char *sql, int64_t id, int64_t gone, struct err *err)
{
	struct query query = query_start(db, sql);

	query_put_int(&query, id);
	query_put_int(&query, gone);
	return query_run(&query, err);
}

int subscriber_unite(struct db *db, int64_t id, int64_t gone, struct err *err)
{
	struct subscriber other;
	int found = subscriber_get(db, gone, &other, err);

	if (found <= 0)
		return found;
	if (rows_hand_over(db, "UPDATE consent SET subscriber_id = ?1 WHERE subscriber_id = ?2", id, gone, err) < 0 ||
		rows_hand_over(db, "UPDATE outbox SET subscriber_id = ?1 WHERE subscriber_id = ?2", id, gone, err) <
			0 ||
		rows_hand_over(db, "UPDATE report SET subscriber_id = ?1 WHERE subscriber_id = ?2", id, gone, err) <
			0 ||
		rows_hand_over(
			db, "UPDATE appointment SET subscriber_id = ?1 WHERE subscriber_id = ?2", id, gone, err) < 0 ||
		rows_hand_over(db, "UPDATE dialogue SET subscriber_id = ?1 WHERE subscriber_id = ?2", id, gone, err) <
			0 ||
		rows_hand_over(db,
			"UPDATE subscriber SET (state, news, joined_at, left_at, name, zone, topics, language, whatsapp_at)"
			" = (SELECT min(subscriber.state, g.state), max(subscriber.news, g.news),"
			" iif(subscriber.state > g.state, g.joined_at, subscriber.joined_at),"
			" iif(subscriber.state > g.state, g.left_at, subscriber.left_at),"
			" iif(g.name = '', subscriber.name, g.name), iif(g.zone = '', subscriber.zone, g.zone),"
			" iif(g.topics = '', subscriber.topics, g.topics),"
			" iif(g.language = '', subscriber.language, g.language),"
			" max(subscriber.whatsapp_at, g.whatsapp_at) FROM subscriber g WHERE g.id = ?2)"
			" WHERE id = ?1",
			id, gone, err) < 0 ||
		rows_hand_over(db, "DELETE FROM subscriber WHERE id = ?2 AND ?1 <> ?2", id, gone, err) < 0)
		return -1;
	return person_set(db,
		"UPDATE subscriber SET whatsapp_id = coalesce(?2, whatsapp_id), whatsapp_refused_at = 0"
		" WHERE id = ?1",
		id, other.whatsapp_id, err);
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
