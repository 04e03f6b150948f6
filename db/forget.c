#include "db/correspondent.h"
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

/* One person's reports and appointments, by subscriber ?1 (NULL: none) and address ?2. */
#define REPORTS_THEIRS "(SELECT id FROM report WHERE subscriber_id = ?1 OR address = ?2)"

static int run_with_person(
	struct db *db, const char *sql, int64_t id, const char *address, int64_t now, int *rows, struct err *err)
{
	struct query query = query_start(db, sql);

	query_put_id(&query, id);
	query_put_text(&query, address);
	if (now != 0) /* ?3 where there is one */
		query_put_int(&query, now);
	if (query_run(&query, err) < 0)
		return -1;
	*rows += db_changes(db);
	return 0;
}

/* Numbers, offices and dates stay for the figures; what was written goes, and the files of media with it. */
static int reports_erase(struct db *db, int64_t id, const char *address, int64_t now, int *rows, struct err *err)
{
	if (run_with_person(db,
		    "INSERT OR IGNORE INTO media_litter (path) SELECT path FROM report_item WHERE path IS NOT NULL"
		    " AND report_id IN " REPORTS_THEIRS,
		    id, address, 0, rows, err) < 0 ||
		run_with_person(db, "DELETE FROM report_item WHERE report_id IN " REPORTS_THEIRS, id, address, 0, rows,
			err) < 0 ||
		run_with_person(db,
			"UPDATE report_event SET text = '' WHERE act IN (3, 4) AND report_id IN " REPORTS_THEIRS, id,
			address, 0, rows, err) < 0)
		return -1;
	return run_with_person(db,
		"UPDATE report SET subscriber_id = NULL, address = '', items = 0, state = 4,"
		" closed_at = iif(state = 4, closed_at, ?3) WHERE subscriber_id = ?1 OR address = ?2",
		id, address, now, rows, err);
}

static int appointments_erase(struct db *db, int64_t id, const char *address, int64_t now, int *rows, struct err *err)
{
	return run_with_person(db,
		"UPDATE appointment SET subscriber_id = NULL, address = '', name = '', note = '', changed_at = ?3,"
		" sequence = sequence + (state <= 4), state = iif(state <= 4, 6, state)"
		" WHERE subscriber_id = ?1 OR address = ?2",
		id, address, now, rows, err);
}

static int inbox_erase(struct db *db, const char *address, int *rows, struct err *err)
{
	if (run_with_text(db, "UPDATE inbox SET sender = '', text = '', raw = NULL, detail = '' WHERE sender = ?",
		    address, err) < 0)
		return -1;
	*rows += db_changes(db);
	return run_with_text(db, "DELETE FROM inbox_part WHERE sender = ?", address, err);
}

/* What is kept under an address, wherever; `id` is its subscriber or 0. */
static int address_erase(struct db *db, int64_t id, const char *address, int64_t now, int *rows, struct err *err)
{
	if (address[0] == '\0')
		return 0;
	if (run_with_text(db,
		    "UPDATE message SET text = '' WHERE kind = 4 AND id IN"
		    " (SELECT message_id FROM outbox WHERE address = ?)",
		    address, err) < 0 ||
		run_with_text(db,
			"UPDATE outbox SET address = '', due = NULL,"
			" state = iif(state IN (0, 1) OR due IS NOT NULL, 6, state),"
			" error = iif(state IN (0, 1) OR due IS NOT NULL, '" OUTBOX_LEFT "', error) WHERE address = ?",
			address, err) < 0)
		return -1;
	*rows += db_changes(db);
	if (inbox_erase(db, address, rows, err) < 0 || recipients_forget(db, address, err) < 0 ||
		reports_erase(db, id, address, now, rows, err) < 0)
		return -1;
	if (run_with_person(
		    db, "DELETE FROM dialogue WHERE subscriber_id = ?1 OR address = ?2", id, address, 0, rows, err) < 0)
		return -1;
	return appointments_erase(db, id, address, now, rows, err);
}

static int subscriber_erase(struct db *db, const struct subscriber *subscriber, int64_t now, struct err *err)
{
	int64_t id = subscriber->id;
	int rows = 0;

	if (outbox_cancel_person(db, id, now, err) < 0 || forgotten_add(db, subscriber, now, err) < 0 ||
		ledger_hand_over(db, id, sqlite3_last_insert_rowid(db->sqlite), err) < 0)
		return -1;
	if (run_with_id(db,
		    "UPDATE message SET text = '' WHERE kind = 4 AND id IN"
		    " (SELECT message_id FROM outbox WHERE subscriber_id = ?)",
		    id, err) < 0 ||
		run_with_id(db, "UPDATE outbox SET subscriber_id = NULL, address = '' WHERE subscriber_id = ?", id,
			err) < 0 ||
		address_erase(db, id, subscriber->phone, now, &rows, err) < 0 ||
		address_erase(db, id, subscriber->whatsapp_id, now, &rows, err) < 0)
		return -1;
	return run_with_id(db, "DELETE FROM subscriber WHERE id = ?", id, err);
}

/* Whether deleted content is overwritten wherever it stood, or only where a page is written anyway. */
static void secure_delete(struct db *db, bool full)
{
	(void)sqlite3_exec(
		db->sqlite, full ? "PRAGMA secure_delete = ON" : "PRAGMA secure_delete = FAST", NULL, NULL, NULL);
}

int subscriber_forget(struct db *db, int64_t id, int64_t now, struct err *err)
{
	struct subscriber subscriber;
	int found = subscriber_get(db, id, &subscriber, err);

	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, EX_REFUSED, "no such subscriber");
	secure_delete(db, true);
	int result = subscriber_erase(db, &subscriber, now, err);
	secure_delete(db, false);
	return result;
}

int correspondent_forget(struct db *db, const char *address, int64_t now, int *ret_rows, struct err *err)
{
	*ret_rows = 0;
	secure_delete(db, true);
	int result = address_erase(db, 0, address, now, ret_rows, err);
	secure_delete(db, false);
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
