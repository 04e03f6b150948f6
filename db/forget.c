#include "db/subscriber_private.h"

#include <string.h>

/* What is known about the person by a WhatsApp identity alone is hashed under that. */
static const char *subscriber_identity(const struct subscriber *subscriber)
{
	return subscriber->phone[0] ? subscriber->phone : subscriber->whatsapp_id;
}

static int forgotten_add(struct db *db, const struct subscriber *subscriber, int64_t now, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	const char *identity = subscriber_identity(subscriber);
	struct query query =
		query_start(db, "INSERT INTO forgotten (hash, joined_at, left_at, forgotten_at) VALUES (?, ?, ?, ?)");

	db_hash(db, identity, strlen(identity), hash);
	query_put_blob(&query, hash, sizeof hash);
	query_put_int(&query, subscriber->joined_at);
	query_put_int(&query, subscriber->left_at);
	query_put_int(&query, now);
	return query_run(&query, err);
}

static int run_with_id(struct db *db, const char *sql, int64_t id, struct err *err)
{
	struct query query = query_start(db, sql);

	query_put_int(&query, id);
	return query_run(&query, err);
}

static int run_with_text(struct db *db, const char *sql, const char *text, struct err *err)
{
	struct query query = query_start(db, sql);

	query_put_key(&query, text);
	return query_run(&query, err);
}

/* The ledger keeps its dates under the hash; the words are the person's own and go. */
static int ledger_hand_over(struct db *db, int64_t id, int64_t forgotten_id, struct err *err)
{
	struct query query = query_start(
		db, "UPDATE consent SET subscriber_id = NULL, forgotten_id = ?, words = '' WHERE subscriber_id = ?");

	query_put_int(&query, forgotten_id);
	query_put_int(&query, id);
	return query_run(&query, err);
}

static int recipients_forget(struct db *db, const char *phone, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	struct query query = query_start(db, "DELETE FROM sim_recipient WHERE hash = ?");

	db_hash(db, phone, strlen(phone), hash);
	query_put_blob(&query, hash, sizeof hash);
	return query_run(&query, err);
}

static int subscriber_erase(struct db *db, const struct subscriber *subscriber, int64_t now, struct err *err)
{
	int64_t id = subscriber->id;

	if (outbox_cancel_person(db, id, now, err) < 0 || forgotten_add(db, subscriber, now, err) < 0 ||
		ledger_hand_over(db, id, sqlite3_last_insert_rowid(db->sqlite), err) < 0)
		return -1;
	if (run_with_id(db,
		    "UPDATE message SET text = '' WHERE kind = 4 AND id IN"
		    " (SELECT message_id FROM outbox WHERE subscriber_id = ?)",
		    id, err) < 0 ||
		run_with_id(db, "UPDATE outbox SET subscriber_id = NULL, address = '' WHERE subscriber_id = ?", id,
			err) < 0 ||
		run_with_text(db,
			"UPDATE outbox SET address = '', due = NULL,"
			" state = iif(state IN (0, 1) OR due IS NOT NULL, 6, state),"
			" error = iif(state IN (0, 1) OR due IS NOT NULL, '" OUTBOX_LEFT "', error) WHERE address = ?",
			subscriber->phone, err) < 0 ||
		run_with_text(db, "UPDATE inbox SET sender = '', text = '', raw = NULL WHERE sender = ?",
			subscriber->phone, err) < 0 ||
		run_with_text(db, "DELETE FROM inbox_part WHERE sender = ?", subscriber->phone, err) < 0 ||
		recipients_forget(db, subscriber->phone, err) < 0)
		return -1;
	return run_with_id(db, "DELETE FROM subscriber WHERE id = ?", id, err);
}

int subscriber_forget(struct db *db, int64_t id, int64_t now, struct err *err)
{
	struct subscriber subscriber;
	int found = subscriber_get(db, id, &subscriber, err);

	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, EX_REFUSED, "no such subscriber");
	(void)sqlite3_exec(db->sqlite, "PRAGMA secure_delete = ON", NULL, NULL, NULL);
	int result = subscriber_erase(db, &subscriber, now, err);
	(void)sqlite3_exec(db->sqlite, "PRAGMA secure_delete = FAST", NULL, NULL, NULL);
	return result;
}

int subscriber_has_left(struct db *db, const char *phone, struct err *err)
{
	struct subscriber subscriber;
	unsigned char hash[DB_HASH_SIZE];
	int64_t one = 0;
	int found = subscriber_find(db, phone, &subscriber, err);

	if (found != 0)
		return found < 0 ? -1 : subscriber.state == SUBSCRIBER_LEFT;
	db_hash(db, phone, strlen(phone), hash);
	struct query query = query_start(db, "SELECT 1 FROM forgotten WHERE hash = ? LIMIT 1");
	query_put_blob(&query, hash, sizeof hash);
	return query_take_int(&query, &one, err);
}
