#include "db/paging.h"

#include "db/db_private.h"

#include <stdio.h>
#include <string.h>

/* What LIKE takes for "anywhere", with its own signs escaped; "" for no search. */
struct pattern {
	char text[2 * PAGING_TEXT_MAX + 3];
};

static struct pattern pattern_of(const char *search)
{
	struct pattern pattern = {.text = ""};
	size_t used = 0, length = 0;

	if (!search || !*search)
		return pattern;
	pattern.text[used++] = '%';
	for (; *search && length < PAGING_TEXT_MAX; search++, length++) {
		if (strchr("%_\\", *search))
			pattern.text[used++] = '\\';
		pattern.text[used++] = *search;
	}
	pattern.text[used++] = '%';
	pattern.text[used] = '\0';
	return pattern;
}

/* The ids, then the number of rows that match: both queries have put the same values, and the first two more. */
static int ids_take(struct query *query, int64_t ret_ids[PAGING_MAX], struct err *err)
{
	int count = 0, more;

	while ((more = query_row(query, err)) > 0 && count < PAGING_MAX)
		ret_ids[count++] = query_int(query);
	query_end(query);
	return more < 0 ? -1 : count;
}

static int limit_of(const struct paging *paging)
{
	return paging->limit < 1 ? 1 : paging->limit > PAGING_MAX ? PAGING_MAX : paging->limit;
}

/* Ends a list's two queries: `page` wants its last two values, `all` none. */
static int list_take(struct query *page, struct query *all, const struct paging *paging, int64_t ret_ids[PAGING_MAX],
	int64_t *ret_total, struct err *err)
{
	query_put_int(page, paging->after);
	query_put_int(page, limit_of(paging));
	int count = ids_take(page, ret_ids, err);
	if (count < 0 || query_take_int(all, ret_total, err) < 0)
		return -1;
	return count;
}

#define PEOPLE_WHERE                                                                                               \
	" FROM subscriber WHERE (?1 = 0 OR state = ?1) AND (?2 IS NULL OR zone = ?2)"                              \
	" AND (?3 IS NULL OR name LIKE ?3 ESCAPE '\\' OR phone LIKE ?3 ESCAPE '\\' OR whatsapp_id LIKE ?3 ESCAPE " \
	"'\\')"

int paging_subscribers(struct db *db, const struct paging *paging, const struct paging_people *people,
	int64_t ret_ids[PAGING_MAX], int64_t *ret_total, struct err *err)
{
	struct pattern pattern = pattern_of(paging->search);
	struct query queries[] = {
		query_start(db, "SELECT id" PEOPLE_WHERE " AND id > ?4 ORDER BY id LIMIT ?5"),
		query_start(db, "SELECT count(*)" PEOPLE_WHERE),
	};

	for (int i = 0; i < 2; i++) {
		query_put_int(&queries[i], people->state);
		query_put_key(&queries[i], people->zone);
		query_put_key(&queries[i], pattern.text);
	}
	return list_take(&queries[0], &queries[1], paging, ret_ids, ret_total, err);
}

#define MESSAGES_WHERE " FROM message WHERE (?1 >> kind) & 1 AND (?2 IS NULL OR text LIKE ?2 ESCAPE '\\')"

int paging_messages(struct db *db, const struct paging *paging, unsigned kinds, int64_t ret_ids[PAGING_MAX],
	int64_t *ret_total, struct err *err)
{
	struct pattern pattern = pattern_of(paging->search);
	struct query queries[] = {
		query_start(db, "SELECT id" MESSAGES_WHERE " AND (?3 = 0 OR id < ?3) ORDER BY id DESC LIMIT ?4"),
		query_start(db, "SELECT count(*)" MESSAGES_WHERE),
	};

	for (int i = 0; i < 2; i++) {
		query_put_int(&queries[i], kinds);
		query_put_key(&queries[i], pattern.text);
	}
	return list_take(&queries[0], &queries[1], paging, ret_ids, ret_total, err);
}

#define REPORTS_WHERE                                                                                       \
	" FROM report r WHERE (?1 = 0 OR (?1 >> r.state) & 1) AND (?2 IS NULL OR r.office = ?2)"            \
	" AND (?3 OR r.duplicate_of IS NULL) AND (?4 IS NULL OR r.address LIKE ?4 ESCAPE '\\' OR r.id = ?5" \
	" OR EXISTS (SELECT 1 FROM report_item WHERE report_id = r.id AND text LIKE ?4 ESCAPE '\\'))"

int paging_reports(struct db *db, const struct paging *paging, unsigned states, const char *office, bool folded,
	int64_t ret_ids[PAGING_MAX], int64_t *ret_total, struct err *err)
{
	struct pattern pattern = pattern_of(paging->search);
	struct query queries[] = {
		query_start(db, "SELECT r.id" REPORTS_WHERE " AND (?6 = 0 OR r.id < ?6) ORDER BY r.id DESC LIMIT ?7"),
		query_start(db, "SELECT count(*)" REPORTS_WHERE),
	};

	for (int i = 0; i < 2; i++) {
		query_put_int(&queries[i], states);
		query_put_key(&queries[i], office);
		query_put_int(&queries[i], folded);
		query_put_key(&queries[i], pattern.text);
		query_put_text(&queries[i], paging->search); /* a report's number; a text never equals one */
	}
	return list_take(&queries[0], &queries[1], paging, ret_ids, ret_total, err);
}

#define INBOX_WHERE                                                                                   \
	" FROM inbox WHERE (?1 IS NULL OR sender = ?1) AND (?2 IS NULL OR sender LIKE ?2 ESCAPE '\\'" \
	" OR text LIKE ?2 ESCAPE '\\')"

int paging_inbox(struct db *db, const struct paging *paging, const char *sender, int64_t ret_ids[PAGING_MAX],
	int64_t *ret_total, struct err *err)
{
	struct pattern pattern = pattern_of(paging->search);
	struct query queries[] = {
		query_start(db, "SELECT id" INBOX_WHERE " AND (?3 = 0 OR id < ?3) ORDER BY id DESC LIMIT ?4"),
		query_start(db, "SELECT count(*)" INBOX_WHERE),
	};

	for (int i = 0; i < 2; i++) {
		query_put_key(&queries[i], sender);
		query_put_key(&queries[i], pattern.text);
	}
	return list_take(&queries[0], &queries[1], paging, ret_ids, ret_total, err);
}

/* ---- one message's people ---------------------------------------------------------------------------------------- */

#define RECIPIENT_COLUMNS                                                                                             \
	"o.id, o.subscriber_id, o.address, coalesce(s.name, ''), o.channel, o.state, o.wired, o.reached, o.attempts," \
	" coalesce(o.due, 0), o.changed_at, o.error"

static void recipient_take(struct query *query, struct paging_recipient *ret)
{
	ret->id = query_int(query);
	ret->subscriber_id = query_int(query);
	query_text(query, ret->address, sizeof ret->address);
	query_text(query, ret->name, sizeof ret->name);
	ret->channel = (enum outbox_channel)query_int(query);
	ret->state = (enum outbox_state)query_int(query);
	ret->wired = (enum outbox_wired)query_int(query);
	ret->reached = query_int(query) != 0;
	ret->attempts = (int32_t)query_int(query);
	ret->due = query_int(query);
	ret->changed_at = query_int(query);
	query_text(query, ret->error, sizeof ret->error);
}

#define RECIPIENTS_WHERE                                                                                   \
	" FROM message m JOIN outbox o ON o.id BETWEEN m.first_row AND m.last_row"                         \
	" LEFT JOIN subscriber s ON s.id = o.subscriber_id WHERE m.id = ?1 AND (?2 < 0 OR o.reached = ?2)" \
	" AND (?3 IS NULL OR o.address LIKE ?3 ESCAPE '\\' OR s.name LIKE ?3 ESCAPE '\\')"

int paging_recipients(struct db *db, int64_t message_id, const struct paging *paging, int reached,
	bool (*each)(void *context, const struct paging_recipient *recipient), void *context, int64_t *ret_total,
	struct err *err)
{
	struct pattern pattern = pattern_of(paging->search);
	struct paging_recipient recipient;
	int more;
	struct query queries[] = {
		query_start(db, "SELECT " RECIPIENT_COLUMNS RECIPIENTS_WHERE " AND o.id > ?4 ORDER BY o.id LIMIT ?5"),
		query_start(db, "SELECT count(*)" RECIPIENTS_WHERE),
	};

	for (int i = 0; i < 2; i++) {
		query_put_int(&queries[i], message_id);
		query_put_int(&queries[i], reached);
		query_put_key(&queries[i], pattern.text);
	}
	query_put_int(&queries[0], paging->after);
	query_put_int(&queries[0], limit_of(paging));
	while ((more = query_row(&queries[0], err)) > 0) {
		recipient_take(&queries[0], &recipient);
		if (!each(context, &recipient))
			break;
	}
	query_end(&queries[0]);
	return more < 0 || query_take_int(&queries[1], ret_total, err) < 0 ? -1 : 0;
}

int paging_curve(struct db *db, int64_t message_id, int64_t step_ms,
	bool (*each)(void *context, int64_t step, enum outbox_channel channel, int64_t people), void *context,
	struct err *err)
{
	int more;
	struct query query = query_start(db,
		"SELECT max(o.changed_at - max(m.created_at, m.not_before), 0) / ?2, o.channel, count(*)"
		" FROM message m JOIN outbox o ON o.id BETWEEN m.first_row AND m.last_row"
		" WHERE m.id = ?1 AND o.reached GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ?3");

	query_put_int(&query, message_id);
	query_put_int(&query, step_ms);
	query_put_int(&query, PAGING_MAX);
	while ((more = query_row(&query, err)) > 0) {
		int64_t step = query_int(&query);
		enum outbox_channel channel = (enum outbox_channel)query_int(&query);
		if (!each(context, step, channel, query_int(&query)))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}

int paging_person_messages(struct db *db, int64_t subscriber_id, const struct paging *paging,
	bool (*each)(void *context, int64_t message_id, const struct paging_recipient *recipient), void *context,
	struct err *err)
{
	struct paging_recipient recipient;
	int more;
	struct query query = query_start(db, "SELECT o.message_id, " RECIPIENT_COLUMNS " FROM outbox o"
					     " LEFT JOIN subscriber s ON s.id = o.subscriber_id"
					     " WHERE o.subscriber_id = ?1 AND (?2 = 0 OR o.id < ?2)"
					     " ORDER BY o.id DESC LIMIT ?3");

	query_put_int(&query, subscriber_id);
	query_put_int(&query, paging->after);
	query_put_int(&query, limit_of(paging));
	while ((more = query_row(&query, err)) > 0) {
		int64_t message_id = query_int(&query);
		recipient_take(&query, &recipient);
		if (!each(context, message_id, &recipient))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}
