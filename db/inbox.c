#include "db/inbox.h"

#include "db/db_private.h"

#include <string.h>

enum { SEEN_MS = 7 * 24 * 3600 * 1000 };

int inbox_fresh(struct db *db, const char *sim, const uint8_t *octets, int length, int64_t now, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	struct query query =
		query_start(db, "INSERT INTO inbox_seen (sim, hash, at) VALUES (?1, ?2, ?3)"
				" ON CONFLICT DO UPDATE SET at = excluded.at WHERE at <= excluded.at - ?4");

	db_hash(db, octets, (size_t)length, hash);
	query_put_text(&query, sim);
	query_put_blob(&query, hash, sizeof hash);
	query_put_int(&query, now);
	query_put_int(&query, SEEN_MS);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

int inbox_forget_seen(struct db *db, int64_t now, struct err *err)
{
	struct query query = query_start(db, "DELETE FROM inbox_seen WHERE at <= ?");

	query_put_int(&query, now - SEEN_MS);
	return query_run(&query, err);
}

int inbox_add(struct db *db, const struct inbox_message *message, int64_t *ret_id, struct err *err)
{
	struct query query = query_start(db, "INSERT INTO inbox (at, sent_at, kind, bearer, sender, answer, text, raw,"
					     " detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");

	query_put_int(&query, message->at);
	query_put_int(&query, message->sent_at);
	query_put_text(&query, message->kind);
	query_put_text(&query, message->bearer);
	query_put_text(&query, message->sender);
	query_put_text(&query, message->answer);
	query_put_text_of(&query, message->text ? message->text : "", message->text ? message->text_length : 0);
	query_put_blob(&query, message->raw, message->raw_length);
	query_put_text(&query, message->detail);
	if (query_run(&query, err) < 0)
		return -1;
	*ret_id = sqlite3_last_insert_rowid(db->sqlite);
	return 0;
}

int inbox_set_answer(struct db *db, int64_t id, const char *answer, struct err *err)
{
	struct query query = query_start(db, "UPDATE inbox SET answer = ? WHERE id = ?");

	query_put_text(&query, answer);
	query_put_int(&query, id);
	return query_run(&query, err);
}

static void inbox_take(struct query *query, struct inbox_message *ret)
{
	int length;

	ret->id = query_int(query);
	ret->at = query_int(query);
	ret->sent_at = query_int(query);
	query_text(query, ret->kind, sizeof ret->kind);
	query_text(query, ret->bearer, sizeof ret->bearer);
	query_text(query, ret->sender, sizeof ret->sender);
	query_text(query, ret->answer, sizeof ret->answer);
	ret->text = query_text_of(query, &ret->text_length);
	ret->raw = query_blob_of(query, &ret->raw_length);
	ret->detail = query_text_of(query, &length);
}

int inbox_each(struct db *db, int64_t id, int limit, bool (*each)(void *context, const struct inbox_message *message),
	void *context, struct err *err)
{
	struct inbox_message message;
	int more;
	struct query query =
		query_start(db, "SELECT id, at, sent_at, kind, bearer, sender, answer, text, raw, detail FROM inbox"
				" WHERE ?1 = 0 OR id = ?1 ORDER BY id DESC LIMIT ?2");

	query_put_int(&query, id);
	query_put_int(&query, id != 0 ? 1 : limit);
	while ((more = query_row(&query, err)) > 0) {
		inbox_take(&query, &message);
		if (!each(context, &message))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}
