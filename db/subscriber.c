#include "db/subscriber_private.h"

#include <string.h>

/* The columns subscriber_take expects, in its order. */
#define SUBSCRIBER_COLUMNS                                                                                      \
	"s.id, s.phone, s.whatsapp_id, s.name, s.channel, s.zone, s.topics, s.language, s.state, s.joined_at, " \
	"s.left_at, s.whatsapp_at, s.whatsapp_refused_at, s.marketing_stopped, s.news"

static void subscriber_take(struct query *query, struct subscriber *ret)
{
	ret->id = query_int(query);
	query_text(query, ret->phone, sizeof ret->phone);
	query_text(query, ret->whatsapp_id, sizeof ret->whatsapp_id);
	query_text(query, ret->name, sizeof ret->name);
	ret->channel = (enum subscriber_channel)query_int(query);
	query_text(query, ret->zone, sizeof ret->zone);
	query_text(query, ret->topics, sizeof ret->topics);
	query_text(query, ret->language, sizeof ret->language);
	ret->state = (enum subscriber_state)query_int(query);
	ret->joined_at = query_int(query);
	ret->left_at = query_int(query);
	ret->whatsapp_at = query_int(query);
	ret->whatsapp_refused_at = query_int(query);
	ret->marketing_stopped = query_int(query) != 0;
	ret->news = query_int(query) != 0;
}

static int subscriber_take_one(struct query *query, struct subscriber *ret, struct err *err)
{
	int found = query_row(query, err);

	if (found > 0) {
		subscriber_take(query, ret);
		query_end(query);
	}
	return found;
}

int subscriber_find(struct db *db, const char *phone, struct subscriber *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT " SUBSCRIBER_COLUMNS " FROM subscriber s WHERE s.phone = ?");

	query_put_key(&query, phone);
	return subscriber_take_one(&query, ret, err);
}

int subscriber_get(struct db *db, int64_t id, struct subscriber *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT " SUBSCRIBER_COLUMNS " FROM subscriber s WHERE s.id = ?");

	query_put_int(&query, id);
	return subscriber_take_one(&query, ret, err);
}

static int subscriber_find_user(struct db *db, const char *user, struct subscriber *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT " SUBSCRIBER_COLUMNS " FROM subscriber s WHERE s.whatsapp_id = ?");

	query_put_key(&query, user);
	return subscriber_take_one(&query, ret, err);
}

static int subscriber_find_known(
	struct db *db, const struct subscriber *fields, struct subscriber *ret, struct err *err)
{
	int found = fields->phone[0] ? subscriber_find(db, fields->phone, ret, err) : 0;

	return found != 0 || !fields->whatsapp_id[0] ? found : subscriber_find_user(db, fields->whatsapp_id, ret, err);
}

int subscriber_find_wired(struct db *db, const char *user, const char *phone, struct subscriber *ret, struct err *err)
{
	int found = user[0] ? subscriber_find_user(db, user, ret, err) : 0;

	return found != 0 || !phone[0] ? found : subscriber_find(db, phone, ret, err);
}

static int subscriber_insert(
	struct db *db, const struct subscriber *fields, int64_t now, int64_t *ret_id, struct err *err)
{
	struct query query = query_start(db, "INSERT INTO subscriber (phone, whatsapp_id, name, channel, zone, topics, "
					     "language, joined_at, state, news, left_at)"
					     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 1, 0)");

	query_put_key(&query, fields->phone);
	query_put_key(&query, fields->whatsapp_id);
	query_put_text(&query, fields->name);
	query_put_int(&query, fields->channel);
	query_put_text(&query, fields->zone);
	query_put_text(&query, fields->topics);
	query_put_text(&query, fields->language);
	query_put_int(&query, now);
	if (query_run(&query, err) < 0)
		return -1;
	*ret_id = sqlite3_last_insert_rowid(db->sqlite);
	return 0;
}

/* What is said replaces what was known; silence leaves it. */
static int subscriber_overlay(
	struct db *db, const struct subscriber *known, const struct subscriber *said, struct err *err)
{
	struct subscriber merged = *known;

	if (said->name[0])
		memcpy(merged.name, said->name, sizeof merged.name);
	if (said->channel != CHANNEL_AUTO)
		merged.channel = said->channel;
	if (said->zone[0])
		memcpy(merged.zone, said->zone, sizeof merged.zone);
	if (said->topics[0])
		memcpy(merged.topics, said->topics, sizeof merged.topics);
	if (said->language[0])
		memcpy(merged.language, said->language, sizeof merged.language);
	if (subscriber_update(db, known->id, &merged, err) < 0)
		return -1;

	/* A user id that is known as somebody else's stays there. */
	struct subscriber other;
	int taken = said->whatsapp_id[0] ? subscriber_find_user(db, said->whatsapp_id, &other, err) : 0;
	if (taken < 0)
		return -1;
	struct query query = query_start(db,
		"UPDATE subscriber SET phone = coalesce(phone, ?2), whatsapp_id = coalesce(?3, whatsapp_id) WHERE id = "
		"?1"
		" AND (phone IS NOT coalesce(phone, ?2) OR whatsapp_id IS NOT coalesce(?3, whatsapp_id))");
	query_put_int(&query, known->id);
	query_put_key(&query, said->phone);
	query_put_key(&query, taken && other.id != known->id ? "" : said->whatsapp_id);
	return query_run(&query, err);
}

static int subscriber_bring_back(struct db *db, int64_t id, int64_t now, struct err *err)
{
	struct query query =
		query_start(db, "UPDATE subscriber SET state = 1, news = 1, joined_at = ?, left_at = 0 WHERE id = ?");

	query_put_int(&query, now);
	query_put_int(&query, id);
	return query_run(&query, err);
}

static int subscriber_set_news(struct db *db, int64_t id, bool given, struct err *err)
{
	struct query query = query_start(db, "UPDATE subscriber SET news = ? WHERE id = ?");

	query_put_int(&query, given);
	query_put_int(&query, id);
	return query_run(&query, err);
}

static int active_consents(struct db *db, int64_t id, const struct consent *consent, int64_t now, struct err *err)
{
	if (!consent || !consent->purpose[0])
		return 0;
	if (strcmp(consent->purpose, "news") == 0 &&
		subscriber_set_news(db, id, strcmp(consent->action, "given") == 0, err) < 0)
		return -1;
	return consent_add(db, id, consent, consent->purpose, consent->action, now, err);
}

int subscriber_join(struct db *db, const struct subscriber *fields, const struct consent *consent, int64_t now,
	int64_t *ret_id, int *ret_was, struct err *err)
{
	static const struct consent nothing;
	struct subscriber known;
	int64_t id = 0;
	int found = subscriber_find_known(db, fields, &known, err);

	if (found < 0)
		return -1;
	if (found == 0) {
		if (subscriber_insert(db, fields, now, &id, err) < 0)
			return -1;
	} else {
		id = known.id;
		if (subscriber_overlay(db, &known, fields, err) < 0)
			return -1;
	}
	bool active = found > 0 && known.state == SUBSCRIBER_ACTIVE;
	if (found > 0 && !active && subscriber_bring_back(db, id, now, err) < 0)
		return -1;
	int kept = active ? active_consents(db, id, consent, now, err)
			  : consent_add_both(db, id, consent ? consent : &nothing, "given", now, err);
	if (kept < 0)
		return -1;

	*ret_id = id;
	*ret_was = found > 0 ? (int)known.state : 0;
	return 0;
}

int subscriber_update(struct db *db, int64_t id, const struct subscriber *fields, struct err *err)
{
	/* The condition spares the page when nothing changes: an import brings back mostly what is known. */
	struct query query = query_start(db,
		"UPDATE subscriber SET name = ?2, channel = ?3, zone = ?4, topics = ?5, language = ?6 WHERE id = ?1"
		" AND (name <> ?2 OR channel <> ?3 OR zone <> ?4 OR topics <> ?5 OR language <> ?6)");

	query_put_int(&query, id);
	query_put_text(&query, fields->name);
	query_put_int(&query, fields->channel);
	query_put_text(&query, fields->zone);
	query_put_text(&query, fields->topics);
	query_put_text(&query, fields->language);
	return query_run(&query, err);
}

int subscriber_leave(
	struct db *db, int64_t id, const struct consent *consent, int64_t now, int *ret_cancelled, struct err *err)
{
	struct query query =
		query_start(db, "UPDATE subscriber SET state = 2, news = 0, left_at = ? WHERE id = ? AND state = 1");

	*ret_cancelled = 0;
	query_put_int(&query, now);
	query_put_int(&query, id);
	if (query_run(&query, err) < 0)
		return -1;
	if (db_changes(db) == 0)
		return 0;
	if (consent_add_both(db, id, consent, "withdrawn", now, err) < 0)
		return -1;
	int cancelled = outbox_cancel_person(db, id, now, err);
	if (cancelled < 0)
		return -1;
	*ret_cancelled = cancelled;
	return 0;
}

bool subscriber_by_whatsapp(const struct subscriber *subscriber, int64_t now)
{
	int64_t since = now - SUBSCRIBER_REFUSED_MS;

	if (subscriber->channel == CHANNEL_SMS)
		return false;
	if (subscriber->channel == CHANNEL_AUTO && !subscriber->whatsapp_id[0] && subscriber->whatsapp_at == 0)
		return false;
	if (subscriber->whatsapp_at > since)
		since = subscriber->whatsapp_at;
	return !subscriber->phone[0] || subscriber->whatsapp_refused_at <= since;
}

int subscriber_count(struct db *db, bool whatsapp_enabled, struct subscriber_counts *ret, struct err *err)
{
	struct query query = query_start(db,
		"SELECT count(*), coalesce(sum(w), 0), coalesce(sum(NOT w AND phone IS NOT NULL), 0) FROM"
		" (SELECT phone, ?1 AND (channel = 2 OR channel = 0 AND (whatsapp_id IS NOT NULL OR whatsapp_at > 0)) AS w"
		" FROM subscriber WHERE state = 1)");

	query_put_int(&query, whatsapp_enabled);
	if (query_row(&query, err) < 0)
		return -1;
	ret->active = query_int(&query);
	ret->whatsapp = query_int(&query);
	ret->sms = query_int(&query);
	query_end(&query);
	return 0;
}

int subscriber_each(struct db *db, bool all,
	bool (*each)(void *context, const struct subscriber *subscriber, const struct consent *first_consent),
	void *context, struct err *err)
{
	struct subscriber subscriber;
	struct consent consent;
	int more;
	struct query query =
		query_start(db, "SELECT " SUBSCRIBER_COLUMNS
				", c.id, c.at, c.clock, c.purpose, c.action, c.channel, c.words, c.given_at, c.notice"
				" FROM subscriber s LEFT JOIN consent c ON c.id ="
				" (SELECT min(id) FROM consent WHERE subscriber_id = s.id AND action = 'given')"
				" WHERE ?1 OR s.state = 1 ORDER BY s.id");

	query_put_int(&query, all);
	while ((more = query_row(&query, err)) > 0) {
		subscriber_take(&query, &subscriber);
		bool proven = query_int(&query) != 0;
		consent_take(&query, &consent);
		if (!each(context, &subscriber, proven ? &consent : NULL))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}
