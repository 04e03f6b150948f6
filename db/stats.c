#include "db/stats.h"

#include "db/db_private.h"

#include <string.h>

enum { ALERT, EXERCISE, NEWS, KINDS };

/* Which of the three a message is. */
#define STATS_KIND "iif(m.exercise, 1, iif(m.kind = 3, 2, 0))"

/* When a row became what it is, since its message was due. */
#define STATS_TOOK "(o.changed_at - max(m.created_at, m.not_before))"

static struct stats_messages *messages_of(struct stats *stats, int64_t kind)
{
	return kind == ALERT ? &stats->alerts : kind == EXERCISE ? &stats->exercises : &stats->news;
}

static void period_put(struct query *query, int64_t from, int64_t until)
{
	query_put_int(query, from);
	query_put_int(query, until);
}

static int messages_count(struct db *db, int64_t from, int64_t until, struct stats *ret, struct err *err)
{
	int more;
	struct query query =
		query_start(db, "SELECT " STATS_KIND ", count(*) FROM message m"
				" WHERE m.kind <> 4 AND m.created_at >= ?1 AND m.created_at < ?2 GROUP BY 1");

	period_put(&query, from, until);
	while ((more = query_row(&query, err)) > 0) {
		struct stats_messages *messages = messages_of(ret, query_int(&query));
		messages->messages = query_int(&query);
	}
	return more;
}

static int people_count(struct db *db, int64_t from, int64_t until, struct stats *ret, struct err *err)
{
	int more;
	struct query query = query_start(db,
		"SELECT " STATS_KIND ", count(*), sum(o.reached), sum(o.reached AND o.channel = 0),"
		" sum(o.reached AND o.channel = 1), sum(o.reached AND o.channel = 0 AND o.wired <> 0),"
		" sum(NOT o.reached AND o.state = 4), sum(NOT o.reached AND o.state = 5),"
		" sum(o.reached AND " STATS_TOOK " <= 60000), sum(o.reached AND " STATS_TOOK " <= 300000),"
		" sum(o.reached AND " STATS_TOOK " <= 900000)"
		" FROM message m JOIN outbox o ON o.id BETWEEN m.first_row AND m.last_row"
		" WHERE m.kind <> 4 AND m.created_at >= ?1 AND m.created_at < ?2 GROUP BY 1");

	period_put(&query, from, until);
	while ((more = query_row(&query, err)) > 0) {
		struct stats_messages *messages = messages_of(ret, query_int(&query));
		messages->recipients = query_int(&query);
		messages->reached = query_int(&query);
		messages->by_sms = query_int(&query);
		messages->by_whatsapp = query_int(&query);
		messages->fell = query_int(&query);
		messages->failed = query_int(&query);
		messages->unknown = query_int(&query);
		messages->within_minute = query_int(&query);
		messages->within_5_minutes = query_int(&query);
		messages->within_15_minutes = query_int(&query);
	}
	return more;
}

/* As message_figures counts them. */
static int segments_count(struct db *db, int64_t from, int64_t until, struct stats *ret, struct err *err)
{
	int more;
	struct query query =
		query_start(db, "SELECT " STATS_KIND ", count(*) FROM message m"
				" JOIN attempt a ON a.outbox_id BETWEEN m.first_row AND m.last_row WHERE m.kind <> 4"
				" AND m.created_at >= ?1 AND m.created_at < ?2 AND a.channel = 0"
				" AND (a.state IN (1, 2, 3, 6) OR (a.state = 4 AND a.mr >= 0)) GROUP BY 1");

	period_put(&query, from, until);
	while ((more = query_row(&query, err)) > 0) {
		struct stats_messages *messages = messages_of(ret, query_int(&query));
		messages->segments = query_int(&query);
	}
	return more;
}

static int citizens_count(struct db *db, int64_t from, int64_t until, struct stats *ret, struct err *err)
{
	struct query query = query_start(db,
		"SELECT (SELECT count(*) FROM consent WHERE purpose = 'alerts' AND action = 'given'"
		" AND at >= ?1 AND at < ?2), (SELECT count(*) FROM consent WHERE purpose = 'alerts'"
		" AND action = 'withdrawn' AND at >= ?1 AND at < ?2),"
		" (SELECT count(*) FROM subscriber WHERE state = 1),"
		" (SELECT count(*) FROM inbox WHERE kind = 'sms' AND at >= ?1 AND at < ?2),"
		" (SELECT count(*) FROM inbox WHERE kind = 'whatsapp' AND at >= ?1 AND at < ?2),"
		" (SELECT count(*) FROM message WHERE kind = 4 AND created_at >= ?1 AND created_at < ?2)");

	period_put(&query, from, until);
	if (query_row(&query, err) < 0)
		return -1;
	ret->joined = query_int(&query);
	ret->left = query_int(&query);
	ret->active = query_int(&query);
	ret->arrived_sms = query_int(&query);
	ret->arrived_whatsapp = query_int(&query);
	ret->replies = query_int(&query);
	query_end(&query);
	return 0;
}

static int desks_count(struct db *db, int64_t from, int64_t until, struct stats *ret, struct err *err)
{
	struct query query = query_start(db,
		"SELECT count(*), coalesce(sum(answered_at > 0), 0), coalesce(sum(closed_at > 0), 0),"
		" CAST(coalesce(avg(iif(answered_at > 0, answered_at - created_at, NULL)), 0) AS INTEGER)"
		" FROM report WHERE created_at >= ?1 AND created_at < ?2");

	period_put(&query, from, until);
	if (query_row(&query, err) < 0)
		return -1;
	ret->reports = query_int(&query);
	ret->reports_answered = query_int(&query);
	ret->reports_closed = query_int(&query);
	ret->answer_ms = query_int(&query);
	query_end(&query);
	query = query_start(db, "SELECT count(*), coalesce(sum(state = 7), 0), coalesce(sum(state IN (5, 6)), 0)"
				" FROM appointment WHERE state <> 1 AND created_at >= ?1 AND created_at < ?2");
	period_put(&query, from, until);
	if (query_row(&query, err) < 0)
		return -1;
	ret->appointments = query_int(&query);
	ret->appointments_kept = query_int(&query);
	ret->appointments_called_off = query_int(&query);
	query_end(&query);
	return 0;
}

int stats_read(struct db *db, int64_t from, int64_t until, struct stats *ret, struct err *err)
{
	memset(ret, 0, sizeof *ret);
	if (messages_count(db, from, until, ret, err) < 0 || people_count(db, from, until, ret, err) < 0 ||
		segments_count(db, from, until, ret, err) < 0 || citizens_count(db, from, until, ret, err) < 0)
		return -1;
	return desks_count(db, from, until, ret, err);
}

int stats_each_day(struct db *db, int64_t from, int64_t until, int64_t offset_ms,
	bool (*each)(void *context, const struct stats_day *day), void *context, struct err *err)
{
	struct stats_day day;
	int more;
	struct query query = query_start(db,
		"SELECT (at + ?3) / 86400000, sum(messages), sum(recipients), sum(reached), sum(arrived), sum(reports)"
		" FROM (SELECT created_at AS at, 1 AS messages, recipients, (SELECT count(*) FROM outbox o"
		" WHERE o.id BETWEEN first_row AND last_row AND o.reached) AS reached, 0 AS arrived, 0 AS reports"
		" FROM message WHERE kind <> 4"
		" UNION ALL SELECT at, 0, 0, 0, 1, 0 FROM inbox WHERE kind IN ('sms', 'whatsapp')"
		" UNION ALL SELECT created_at, 0, 0, 0, 0, 1 FROM report)"
		" WHERE at >= ?1 AND at < ?2 GROUP BY 1 ORDER BY 1");

	period_put(&query, from, until);
	query_put_int(&query, offset_ms);
	while ((more = query_row(&query, err)) > 0) {
		day.day = query_int(&query);
		day.messages = query_int(&query);
		day.recipients = query_int(&query);
		day.reached = query_int(&query);
		day.arrived = query_int(&query);
		day.reports = query_int(&query);
		if (!each(context, &day))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}
