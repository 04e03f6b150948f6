#include "db/message.h"

#include "db/db_private.h"
#include "db/outbox.h"

#include <string.h>

/* Who gets a message, and by what: the one place where this is decided, for sending and for counting alike. A person is
 * written to by WhatsApp when that may be used and is their wish or their known way, else by SMS to the phone. Zones
 * and topics are "a|b" of ids in [a-z0-9-]; bars at both ends make a part comparable. Who named no zone is told about
 * all: one message too many is a smaller harm than a warning missed. What is about an alert, updates and the
 * all-clear, looks at nothing but whom the alert was for. */
#define WIRED                                                                             \
	"(channel = 2 OR (channel = 0 AND (whatsapp_id IS NOT NULL OR whatsapp_at > 0)))" \
	" AND (phone IS NULL OR whatsapp_refused_at <= max(whatsapp_at, :now - 604800000))"
#define RECIPIENTS                                                                                             \
	" FROM (SELECT id, phone, whatsapp_id, zone, topics, news, marketing_stopped, " WIRED " AS wired"      \
	" FROM subscriber WHERE state = 1) s"                                                                  \
	" WHERE (phone IS NOT NULL OR (:whatsapp AND wired))"                                                  \
	" AND (:kind <> 3 OR news AND NOT (:whatsapp AND wired AND marketing_stopped))"                        \
	" AND (NOT :news_never OR (:whatsapp AND wired))"                                                      \
	" AND (:about > 0 OR :zones = '' OR zone = '' OR instr('|' || :zones || '|', '|' || zone || '|') > 0)" \
	" AND (:kind <> 3 OR :topic = '' OR topics = ''"                                                       \
	" OR instr('|' || topics || '|', '|' || :topic || '|') > 0)"                                           \
	" AND ((:about = 0 AND :kind <> 2) OR id IN (SELECT subscriber_id FROM outbox"                         \
	" WHERE id BETWEEN (SELECT first_row FROM message WHERE id = :about)"                                  \
	" AND (SELECT last_row FROM message WHERE id = :about) AND error <> 'left'))"

/* The values of RECIPIENTS behind :whatsapp and :now. */
static void recipients_put(struct query *query, const struct message *message, bool news_never)
{
	query_put_int(query, message->kind);
	query_put_int(query, news_never && message->kind == MESSAGE_NEWS);
	query_put_int(query, message->about);
	query_put_text(query, message->zones);
	query_put_text(query, message->topic);
}

enum {
	CLOCK_SLACK_MS = 60 * 1000,
	URGENT_DUE = 1, /* longer due than anything else */
};

/* ---- keeping ----------------------------------------------------------------------------------------------------- */

static int message_insert(struct db *db, struct message *message, int64_t now, struct err *err)
{
	struct query query =
		query_start(db, "INSERT INTO message (kind, colour, exercise, priority, stage, segments, about, "
				"created_at, not_before, expires_at,"
				" until_at, hazard, phase, topic, door, zones, text, parameters, content, first_row,"
				" last_row, recipients)"
				" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, 0)");

	message->stage = STAGE_OPEN;
	message->created_at = now;
	query_put_int(&query, message->kind);
	query_put_int(&query, message->colour);
	query_put_int(&query, message->exercise);
	query_put_int(&query, message->priority);
	query_put_int(&query, message->stage);
	query_put_int(&query, message->segments);
	query_put_int(&query, message->about);
	query_put_int(&query, message->created_at);
	query_put_int(&query, message->not_before);
	query_put_int(&query, message->expires_at);
	query_put_int(&query, message->until_at);
	query_put_text(&query, message->hazard);
	query_put_text(&query, message->phase);
	query_put_text(&query, message->topic);
	query_put_text(&query, message->door);
	query_put_text(&query, message->zones);
	query_put_text(&query, message->text);
	query_put_text(&query, message->parameters);
	query_put_int(&query, message->content);
	if (query_run(&query, err) < 0)
		return -1;
	message->id = sqlite3_last_insert_rowid(db->sqlite);
	return 0;
}

/* Notes which rows the INSERT just done made; they are consecutive, since one statement made them under the write
 * lock. */
static int message_note_rows(struct db *db, struct message *message, struct err *err)
{
	int64_t last = sqlite3_last_insert_rowid(db->sqlite);

	message->recipients = db_changes(db);
	if (message->recipients == 0)
		return 0;
	struct query query =
		query_start(db, "UPDATE message SET first_row = ?, last_row = ?, recipients = ? WHERE id = ?");
	query_put_int(&query, last - message->recipients + 1);
	query_put_int(&query, last);
	query_put_int(&query, message->recipients);
	query_put_int(&query, message->id);
	return query_run(&query, err);
}

static int64_t message_due(const struct message *message, int64_t now)
{
	return message->not_before != 0 ? message->not_before : now;
}

int message_create(struct db *db, struct message *message, bool whatsapp, bool news_never, int64_t now, struct err *err)
{
	if (message_insert(db, message, now, err) < 0)
		return -1;
	struct query query = query_start(db,
		"INSERT INTO outbox (message_id, subscriber_id, state, priority, due, changed_at, channel, address)"
		" SELECT :message, id, 0, :priority, :due, :now, :whatsapp AND wired,"
		" CASE WHEN :whatsapp AND wired THEN coalesce(phone, whatsapp_id) ELSE phone END" RECIPIENTS
		" ORDER BY wired, id");

	query_put_int(&query, message->id);
	query_put_int(&query, message->priority);
	query_put_int(&query, message_due(message, now));
	query_put_int(&query, now);
	query_put_int(&query, whatsapp);
	recipients_put(&query, message, news_never);
	if (query_run(&query, err) < 0)
		return -1;
	return message_note_rows(db, message, err);
}

int message_create_reply(
	struct db *db, const struct message_reply *reply, int64_t now, int64_t *ret_id, struct err *err)
{
	struct message message = {
		.kind = MESSAGE_REPLY,
		.priority = reply->urgent ? PRIORITY_RED : PRIORITY_REPLY,
		.segments = reply->segments,
		.expires_at = reply->expires_at,
		.content = reply->content,
		.door = "box",
	};
	size_t length = strlen(reply->text);

	if (length >= sizeof message.text)
		return err_set(err, EX_DATAERR, "a reply of %zu octets is too long", length);
	memcpy(message.text, reply->text, length + 1);
	if (message_insert(db, &message, now, err) < 0)
		return -1;
	struct query query = query_start(db,
		"INSERT INTO outbox (message_id, subscriber_id, channel, state, priority, due, changed_at, address)"
		" VALUES (?1, ?2, ?3, 0, ?4, ?7, ?5, ?6)");
	query_put_int(&query, message.id);
	query_put_id(&query, reply->subscriber_id);
	query_put_int(&query, reply->channel);
	query_put_int(&query, message.priority);
	query_put_int(&query, now);
	query_put_text(&query, reply->address);
	query_put_int(&query, reply->urgent ? URGENT_DUE : now);
	if (query_run(&query, err) < 0 || message_note_rows(db, &message, err) < 0)
		return -1;
	*ret_id = message.id;
	return 0;
}

/* Open messages are few, and those that end soon fewer. */
#define URGENT_AND_WIRED                                                                                \
	" outbox o JOIN message m INDEXED BY message_expiry ON o.id BETWEEN m.first_row AND m.last_row" \
	" WHERE m.closed_at IS NULL AND m.expires_at > 0 AND m.expires_at <= ?1 AND m.kind = 4"         \
	" AND m.priority = 0 AND o.channel = 1 AND o.state = 0 AND substr(o.address, 1, 1) = '+'"

int message_urgent_waits(struct db *db, int64_t until, struct err *err)
{
	int64_t waits = 0;
	struct query query = query_start(db, "SELECT EXISTS (SELECT 1 FROM" URGENT_AND_WIRED ")");

	query_put_int(&query, until);
	return query_take_int(&query, &waits, err) < 0 ? -1 : waits != 0;
}

int message_urgent_by_sms(struct db *db, int64_t until, struct err *err)
{
	struct query query = query_start(
		db, "UPDATE outbox SET channel = 0, due = ?2 WHERE id IN (SELECT o.id FROM" URGENT_AND_WIRED ")");

	query_put_int(&query, until);
	query_put_int(&query, URGENT_DUE);
	return query_run(&query, err);
}

int message_count_recipients(struct db *db, const struct message *message, bool whatsapp, int64_t now, int64_t *ret_sms,
	int64_t *ret_whatsapp, struct err *err)
{
	struct query query = query_start(db, "SELECT count(*), coalesce(sum(:whatsapp AND wired), 0)" RECIPIENTS);

	query_put_int(&query, whatsapp);
	query_put_int(&query, now);
	recipients_put(&query, message, false);
	if (query_row(&query, err) < 0)
		return -1;
	int64_t all = query_int(&query);
	*ret_whatsapp = query_int(&query);
	*ret_sms = all - *ret_whatsapp;
	query_end(&query);
	return 0;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

#define MESSAGE_COLUMNS                                                                                               \
	"id, kind, colour, exercise, priority, stage, segments, about, created_at, not_before, expires_at, until_at," \
	" recipients, hazard, phase, topic, door, zones, text, parameters, content"

static void message_take(struct query *query, struct message *ret)
{
	ret->id = query_int(query);
	ret->kind = (enum message_kind)query_int(query);
	ret->colour = (enum message_colour)query_int(query);
	ret->exercise = query_int(query) != 0;
	ret->priority = (enum message_priority)query_int(query);
	ret->stage = (enum message_stage)query_int(query);
	ret->segments = (int32_t)query_int(query);
	ret->about = query_int(query);
	ret->created_at = query_int(query);
	ret->not_before = query_int(query);
	ret->expires_at = query_int(query);
	ret->until_at = query_int(query);
	ret->recipients = (int32_t)query_int(query);
	query_text(query, ret->hazard, sizeof ret->hazard);
	query_text(query, ret->phase, sizeof ret->phase);
	query_text(query, ret->topic, sizeof ret->topic);
	query_text(query, ret->door, sizeof ret->door);
	query_text(query, ret->zones, sizeof ret->zones);
	query_text(query, ret->text, sizeof ret->text);
	query_text(query, ret->parameters, sizeof ret->parameters);
	ret->content = (int32_t)query_int(query);
}

int message_get(struct db *db, int64_t id, struct message *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT " MESSAGE_COLUMNS " FROM message WHERE id = ?");

	query_put_int(&query, id);
	int found = query_row(&query, err);
	if (found > 0) {
		message_take(&query, ret);
		query_end(&query);
	}
	return found;
}

int message_followers(struct db *db, int64_t id, struct message_follower ret[MESSAGE_FOLLOWERS_MAX], struct err *err)
{
	int count = 0, more;
	struct query query = query_start(db, "SELECT id, kind, stage FROM message INDEXED BY message_about"
					     " WHERE about = ?1 AND about > 0 ORDER BY id DESC LIMIT ?2");

	query_put_int(&query, id);
	query_put_int(&query, MESSAGE_FOLLOWERS_MAX);
	while ((more = query_row(&query, err)) > 0) {
		ret[count].id = query_int(&query);
		ret[count].kind = (enum message_kind)query_int(&query);
		ret[count++].stage = (enum message_stage)query_int(&query);
	}
	query_end(&query);
	return more < 0 ? -1 : count;
}

int message_last_to(struct db *db, int64_t subscriber_id, struct message *ret, struct err *err)
{
	int64_t id = 0;
	struct query query = query_start(db, "SELECT m.id FROM outbox o INDEXED BY outbox_subscriber"
					     " CROSS JOIN message m ON m.id = o.message_id WHERE o.subscriber_id = ?"
					     " AND o.state BETWEEN 2 AND 5 AND m.kind <> 4 AND m.stage <> 2"
					     " ORDER BY m.id DESC LIMIT 1");

	query_put_int(&query, subscriber_id);
	int found = query_take_int(&query, &id, err);
	return found > 0 ? message_get(db, id, ret, err) : found;
}

int message_each(struct db *db, bool replies, int limit, bool (*each)(void *context, const struct message *message),
	void *context, struct err *err)
{
	struct message message;
	int more;
	struct query query = query_start(
		db, "SELECT " MESSAGE_COLUMNS " FROM message WHERE ?1 OR kind <> 4 ORDER BY id DESC LIMIT ?2");

	query_put_int(&query, replies);
	query_put_int(&query, limit);
	while ((more = query_row(&query, err)) > 0) {
		message_take(&query, &message);
		if (!each(context, &message))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}

/* ---- withdrawing ------------------------------------------------------------------------------------------------- */

/* A row in flight is withdrawn too, so that a refusal cannot bring it back to the queue; when it did leave,
 * outbox_settle says so. */
static int rows_cancel(struct db *db, int64_t id, int64_t now, struct err *err)
{
	struct query query = query_start(db,
		"UPDATE outbox SET state = iif(state = 2, 2, 6), due = NULL, changed_at = ?2,"
		" error = iif(state = 2, error, '" OUTBOX_WITHDRAWN "')"
		" WHERE id BETWEEN (SELECT first_row FROM message WHERE id = ?1) AND (SELECT last_row FROM message "
		"WHERE id = ?1)"
		" AND (state IN (0, 1) OR (state IN (2, 5) AND due IS NOT NULL))");

	query_put_int(&query, id);
	query_put_int(&query, now);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

/* What may have arrived stays unknown: that is what is known of it. */
static int rows_expire(struct db *db, int64_t id, int64_t now, struct err *err)
{
	struct query query =
		query_start(db, "UPDATE outbox SET state = iif(state IN (0, 1), 4, state), due = NULL, changed_at = ?2,"
				" error = iif(state IN (0, 1), '" OUTBOX_EXPIRED "', error)"
				" WHERE id BETWEEN (SELECT first_row FROM message WHERE id = ?1) AND (SELECT last_row "
				"FROM message WHERE id = ?1)"
				" AND (state IN (0, 1) OR due IS NOT NULL)");

	query_put_int(&query, id);
	query_put_int(&query, now);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

static int message_close(struct db *db, int64_t id, enum message_stage stage, int64_t now, struct err *err)
{
	struct query query =
		query_start(db, "UPDATE message SET closed_at = ?2, stage = iif(stage = 1, ?3, stage) WHERE id = ?1");

	query_put_int(&query, id);
	query_put_int(&query, now);
	query_put_int(&query, stage);
	return query_run(&query, err);
}

/* Its rows, or -1. */
static int message_withdraw(struct db *db, int64_t id, enum message_stage stage, int64_t now, struct err *err)
{
	int rows = stage == STAGE_EXPIRED ? rows_expire(db, id, now, err) : rows_cancel(db, id, now, err);

	return rows < 0 || message_close(db, id, stage, now, err) < 0 ? -1 : rows;
}

/* The alert and its updates before message `end`. */
static int chain_withdraw(struct db *db, int64_t root, int64_t end, enum message_stage stage, int64_t now,
	int *ret_withdrawn, struct err *err)
{
	struct message_follower followers[MESSAGE_FOLLOWERS_MAX];
	int rows = message_withdraw(db, root, stage, now, err);
	int count = rows < 0 ? -1 : message_followers(db, root, followers, err);

	*ret_withdrawn = rows;
	for (int i = 0; i < count && rows >= 0; i++) {
		if (followers[i].kind != MESSAGE_ALERT || followers[i].id >= end)
			continue;
		rows = message_withdraw(db, followers[i].id, stage, now, err);
		*ret_withdrawn += rows;
	}
	return count < 0 || rows < 0 ? -1 : 0;
}

int message_cancel(
	struct db *db, int64_t id, enum message_stage stage, int64_t now, int *ret_withdrawn, struct err *err)
{
	return chain_withdraw(db, id, INT64_MAX, stage, now, ret_withdrawn, err);
}

int message_supersede(struct db *db, const struct message *update, int64_t now, int *ret_withdrawn, struct err *err)
{
	return chain_withdraw(db, update->about, update->id, STAGE_OPEN, now, ret_withdrawn, err);
}

/* Half the jump tells what was made before it from what was made since. */
static int messages_shift(struct db *db, int64_t jump, int64_t set_since, int64_t now, struct err *err)
{
	struct query query = query_start(db, "UPDATE message SET expires_at = expires_at + ?1 WHERE closed_at IS NULL"
					     " AND expires_at > 0 AND created_at >= ?3 AND created_at < ?2 - ?1 / 2");

	query_put_int(&query, jump);
	query_put_int(&query, now);
	query_put_int(&query, set_since);
	return query_run(&query, err);
}

int message_follow_clock(struct db *db, int64_t jump, int64_t set_since, int64_t now, struct err *err)
{
	if (jump > 0 && messages_shift(db, jump, set_since, now, err) < 0)
		return -1;
	struct query query = query_start(db,
		"UPDATE message SET expires_at = expires_at - created_at + ?1, created_at = ?1 WHERE closed_at IS NULL"
		" AND expires_at > 0 AND (created_at < ?2 OR created_at > ?1 + ?3)");
	query_put_int(&query, now);
	query_put_int(&query, set_since);
	query_put_int(&query, CLOCK_SLACK_MS);
	return query_run(&query, err);
}

static int message_next_expiry(struct db *db, int64_t *ret_id, int64_t *ret_expires_at, struct err *err)
{
	struct query query = query_start(db, "SELECT id, expires_at FROM message WHERE closed_at IS NULL AND "
					     "expires_at > 0 ORDER BY expires_at LIMIT 1");
	int found = query_row(&query, err);

	if (found <= 0)
		return found;
	*ret_id = query_int(&query);
	*ret_expires_at = query_int(&query);
	query_end(&query);
	return 1;
}

int message_expire(struct db *db, int64_t now, int64_t *ret_next, struct err *err)
{
	int64_t id, expires_at;
	int closed = 0, found;

	while ((found = message_next_expiry(db, &id, &expires_at, err)) > 0 && expires_at <= now) {
		int rows = rows_expire(db, id, now, err);
		if (rows < 0 || message_close(db, id, rows > 0 ? STAGE_EXPIRED : STAGE_OPEN, now, err) < 0)
			return -1;
		closed += rows > 0;
	}
	if (found < 0)
		return -1;
	*ret_next = found > 0 ? expires_at : 0;
	return closed;
}
