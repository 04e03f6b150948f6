#include "db/report_private.h"

#include <string.h>

/* ---- keeping ----------------------------------------------------------------------------------------------------- */

static int item_check(const struct report_item *item, struct err *err)
{
	bool somewhere = item->latitude >= -90 && item->latitude <= 90 && item->longitude >= -180 &&
			 item->longitude <= 180; /* also false for NaN */

	if (item->text_length < 0 || item->text_length > REPORT_TEXT_MAX)
		return err_set(err, EX_DATAERR, "a text of %d octets is longer than a report keeps", item->text_length);
	if (!somewhere)
		return err_set(err, EX_DATAERR, "a place outside the earth's degrees");
	return 0;
}

/* The sender's report that is still being written: 1 with *ret_id, 0, -1. A folded one counts as open, as whoever folded
 * it did not answer its sender. Not `within` of now in either direction: the clock was set. */
static int report_find_open(
	struct db *db, const struct correspondent *from, int64_t within, int64_t now, int64_t *ret_id, struct err *err)
{
	struct query query = query_start(db,
		"SELECT id FROM report WHERE channel = ?1 AND (address = ?2 OR subscriber_id = ?3)"
		" AND last_at BETWEEN ?4 AND ?5 AND items < ?6 AND (state <> 4 OR duplicate_of IS NOT NULL)"
		" ORDER BY id DESC LIMIT 1");

	query_put_int(&query, from->channel);
	query_put_text(&query, from->address);
	query_put_id(&query, from->subscriber_id);
	query_put_int(&query, now - within);
	query_put_int(&query, now + within);
	query_put_int(&query, REPORT_ITEMS_MAX);
	return query_take_int(&query, ret_id, err);
}

static int report_open(struct db *db, const struct correspondent *from, int64_t now, int64_t *ret_id, struct err *err)
{
	struct query query = query_start(db, "INSERT INTO report (subscriber_id, channel, address, state, created_at, "
					     "last_at) VALUES (?1, ?2, ?3, 1, ?4, ?4)");

	query_put_id(&query, from->subscriber_id);
	query_put_int(&query, from->channel);
	query_put_text(&query, from->address);
	query_put_int(&query, now);
	if (query_run(&query, err) < 0)
		return -1;
	*ret_id = sqlite3_last_insert_rowid(db->sqlite);
	return report_note(db, *ret_id, REPORT_ACT_OPENED, "", "", 0, now, err);
}

static int item_insert(
	struct db *db, int64_t report_id, const struct report_item *item, int64_t now, int64_t *ret_id, struct err *err)
{
	struct query query = query_start(db,
		"INSERT INTO report_item (report_id, at, inbox_id, kind, media, size, latitude, longitude, media_id,"
		" path, sha256, mime, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

	query_put_int(&query, report_id);
	query_put_int(&query, now);
	query_put_int(&query, item->inbox_id);
	query_put_int(&query, item->kind);
	query_put_int(&query, item->kind == REPORT_MEDIA ? item->media : MEDIA_NONE);
	query_put_int(&query, item->size);
	query_put_real(&query, item->latitude);
	query_put_real(&query, item->longitude);
	query_put_text(&query, item->media_id);
	query_put_key(&query, item->path);
	query_put_text(&query, item->sha256);
	query_put_text(&query, item->mime);
	query_put_text_of(&query, item->text ? item->text : "", item->text ? item->text_length : 0);
	if (query_run(&query, err) < 0)
		return -1;
	*ret_id = sqlite3_last_insert_rowid(db->sqlite);
	return 0;
}

int report_append(
	struct db *db, int64_t id, const struct report_item *item, int64_t now, int64_t *ret_item, struct err *err)
{
	if (item_check(item, err) < 0)
		return -1;
	struct query query = query_start(db, "UPDATE report SET last_at = ?2, items = items + 1,"
					     " state = iif(state = 3, iif(office = '', 1, 2), state) WHERE id = ?1");
	query_put_int(&query, id);
	query_put_int(&query, now);
	if (query_run(&query, err) < 0)
		return -1;
	if (db_changes(db) == 0)
		return 0;
	return item_insert(db, id, item, now, ret_item, err) < 0 ? -1 : 1;
}

int report_write(struct db *db, const struct correspondent *from, const struct report_item *item, int64_t join_ms,
	int64_t now, int64_t *ret_report, int64_t *ret_item, bool *ret_new, struct err *err)
{
	if (item_check(item, err) < 0)
		return -1;
	if (from->address[0] == '\0') /* that of all who were erased */
		return err_set(err, EX_DATAERR, "a report needs a sender");
	int found = report_find_open(db, from, join_ms, now, ret_report, err);

	if (found < 0 || (found == 0 && report_open(db, from, now, ret_report, err) < 0))
		return -1;
	*ret_new = found == 0;
	return report_append(db, *ret_report, item, now, ret_item, err) < 0 ? -1 : 0;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

#define REPORT_COLUMNS                                                                                               \
	"r.id, r.subscriber_id, r.channel, r.address, r.state, r.created_at, r.last_at, r.answered_at, r.closed_at," \
	" r.duplicate_of, r.items, r.office,"                                                                        \
	" (SELECT text FROM report_item WHERE report_id = r.id AND text <> '' ORDER BY id LIMIT 1)"

static void report_take(struct query *query, struct report *ret)
{
	ret->id = query_int(query);
	ret->from.subscriber_id = query_int(query);
	ret->from.channel = (enum subscriber_channel)query_int(query);
	query_text(query, ret->from.address, sizeof ret->from.address);
	ret->state = (enum report_state)query_int(query);
	ret->created_at = query_int(query);
	ret->last_at = query_int(query);
	ret->answered_at = query_int(query);
	ret->closed_at = query_int(query);
	ret->duplicate_of = query_int(query);
	ret->items = (int32_t)query_int(query);
	query_text(query, ret->office, sizeof ret->office);
	query_text(query, ret->summary, sizeof ret->summary);
}

int report_get(struct db *db, int64_t id, struct report *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT " REPORT_COLUMNS " FROM report r WHERE r.id = ?");

	query_put_int(&query, id);
	int found = query_row(&query, err);
	if (found > 0) {
		report_take(&query, ret);
		query_end(&query);
	}
	return found;
}

int report_each(struct db *db, const struct report_filter *filter, int limit,
	bool (*each)(void *context, const struct report *report), void *context, struct err *err)
{
	struct report report;
	int more;
	struct query query =
		query_start(db, "SELECT " REPORT_COLUMNS " FROM report r WHERE (?1 = 0 OR (?1 >> r.state) & 1)"
				" AND (?2 IS NULL OR r.office = ?2) AND (?3 IS NULL OR r.address = ?3)"
				" AND (?4 IS NULL OR r.duplicate_of = ?4) AND (NOT ?5 OR r.duplicate_of IS NULL)"
				" ORDER BY r.id DESC LIMIT ?6");

	query_put_int(&query, filter->states);
	query_put_key(&query, filter->office);
	query_put_key(&query, filter->address);
	query_put_id(&query, filter->duplicates_of);
	query_put_int(&query, filter->no_duplicates);
	query_put_int(&query, limit);
	while ((more = query_row(&query, err)) > 0) {
		report_take(&query, &report);
		if (!each(context, &report))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}

void report_item_take(struct query *query, struct report_item *ret)
{
	ret->id = query_int(query);
	ret->report_id = query_int(query);
	ret->at = query_int(query);
	ret->inbox_id = query_int(query);
	ret->kind = (enum report_item_kind)query_int(query);
	ret->media = (enum report_media_state)query_int(query);
	ret->size = query_int(query);
	ret->latitude = query_real(query);
	ret->longitude = query_real(query);
	query_text(query, ret->media_id, sizeof ret->media_id);
	query_text(query, ret->path, sizeof ret->path);
	query_text(query, ret->sha256, sizeof ret->sha256);
	query_text(query, ret->mime, sizeof ret->mime);
	ret->text = query_text_of(query, &ret->text_length);
}

int report_items_walk(struct query *query, bool (*each)(void *context, const struct report_item *item), void *context,
	struct err *err)
{
	struct report_item item;
	int more;

	while ((more = query_row(query, err)) > 0) {
		report_item_take(query, &item);
		if (!each(context, &item))
			break;
	}
	query_end(query);
	return more < 0 ? -1 : 0;
}

int report_item_each(struct db *db, int64_t id, bool (*each)(void *context, const struct report_item *item),
	void *context, struct err *err)
{
	struct query query =
		query_start(db, "SELECT " REPORT_ITEM_COLUMNS " FROM report_item WHERE report_id = ? ORDER BY id");

	query_put_int(&query, id);
	return report_items_walk(&query, each, context, err);
}
