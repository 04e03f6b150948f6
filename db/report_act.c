#include "db/report_private.h"

#include <stdio.h>
#include <string.h>

int report_note(struct db *db, int64_t id, enum report_act act, const char *who, const char *text, int64_t message_id,
	int64_t now, struct err *err)
{
	struct query query = query_start(
		db, "INSERT INTO report_event (report_id, at, act, message_id, who, text) VALUES (?, ?, ?, ?, ?, ?)");

	if (strlen(text) > REPORT_TEXT_MAX)
		return err_set(err, EX_DATAERR, "a text of %zu octets is longer than a report keeps", strlen(text));
	query_put_int(&query, id);
	query_put_int(&query, now);
	query_put_int(&query, act);
	query_put_int(&query, message_id);
	query_put_text(&query, who);
	query_put_text(&query, text);
	return query_run(&query, err);
}

int report_event_each(struct db *db, int64_t id, bool (*each)(void *context, const struct report_event *event),
	void *context, struct err *err)
{
	struct report_event event;
	int more, length;
	struct query query = query_start(
		db, "SELECT at, act, message_id, who, text FROM report_event WHERE report_id = ? ORDER BY id");

	query_put_int(&query, id);
	while ((more = query_row(&query, err)) > 0) {
		event.at = query_int(&query);
		event.act = (enum report_act)query_int(&query);
		event.message_id = query_int(&query);
		query_text(&query, event.who, sizeof event.who);
		event.text = query_text_of(&query, &length);
		if (!each(context, &event))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}

/* Runs a change of one row that was given all its values, and notes it. 1, 0 no such report, -1. */
static int act_run(struct query *query, int64_t id, enum report_act act, const char *who, const char *text,
	int64_t message_id, int64_t now, struct err *err)
{
	struct db *db = query->db;

	if (query_run(query, err) < 0)
		return -1;
	if (db_changes(db) == 0)
		return 0;
	return report_note(db, id, act, who, text, message_id, now, err) < 0 ? -1 : 1;
}

int report_assign(struct db *db, int64_t id, const char *office, const char *who, int64_t now, struct err *err)
{
	struct query query =
		query_start(db, "UPDATE report SET office = ?2, state = iif(state = 1, 2, state) WHERE id = ?1");

	if (strlen(office) >= REPORT_OFFICE_MAX)
		return err_set(err, EX_DATAERR, "an office's id of %zu octets is too long", strlen(office));
	query_put_int(&query, id);
	query_put_text(&query, office);
	return act_run(&query, id, REPORT_ACT_ASSIGNED, who, office, 0, now, err);
}

int report_reply(
	struct db *db, int64_t id, const char *who, const char *text, int64_t message_id, int64_t now, struct err *err)
{
	struct query query = query_start(db, "UPDATE report SET state = 3, closed_at = 0,"
					     " answered_at = iif(answered_at = 0, ?2, answered_at) WHERE id = ?1");

	query_put_int(&query, id);
	query_put_int(&query, now);
	return act_run(&query, id, REPORT_ACT_REPLIED, who, text, message_id, now, err);
}

int report_close(struct db *db, int64_t id, const char *who, const char *note, int64_t now, struct err *err)
{
	struct query query =
		query_start(db, "UPDATE report SET state = 4, closed_at = iif(state = 4, closed_at, ?2) WHERE id = ?1");

	query_put_int(&query, id);
	query_put_int(&query, now);
	return act_run(&query, id, REPORT_ACT_CLOSED, who, note, 0, now, err);
}

int report_fold(struct db *db, int64_t id, int64_t into, const char *who, int64_t now, struct err *err)
{
	struct report other;
	char number[24];
	int found = report_get(db, into, &other, err);

	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, EX_REFUSED, "there is no report %lld to fold into", (long long)into);
	if (id == into)
		return err_set(err, EX_REFUSED, "report %lld cannot be a duplicate of itself", (long long)id);
	if (other.duplicate_of != 0)
		return err_set(err, EX_REFUSED, "report %lld is a duplicate itself; fold into %lld", (long long)into,
			(long long)other.duplicate_of);
	/* What was folded into this one goes along, so that a duplicate always points at one that is none. */
	struct query query = query_start(db, "UPDATE report SET duplicate_of = ?2 WHERE duplicate_of = ?1");
	query_put_int(&query, id);
	query_put_int(&query, into);
	if (query_run(&query, err) < 0)
		return -1;

	query = query_start(db, "UPDATE report SET duplicate_of = ?2, state = 4,"
				" closed_at = iif(state = 4, closed_at, ?3) WHERE id = ?1");
	query_put_int(&query, id);
	query_put_int(&query, into);
	query_put_int(&query, now);
	snprintf(number, sizeof number, "%lld", (long long)into);
	return act_run(&query, id, REPORT_ACT_FOLDED, who, number, 0, now, err);
}
