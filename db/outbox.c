#include "db/outbox.h"

#include "db/db_private.h"

#include <stdlib.h>
#include <string.h>

/* The columns row_take expects, in its order. The last bearer is read from the last attempt: kept in the row it would
 * make the row longer than it was made, and its page split. */
#define ROW_COLUMNS                                                                                                 \
	"o.id, o.message_id, o.subscriber_id, o.channel, o.wired, o.state, o.priority, m.kind, m.exercise, o.due, " \
	"m.expires_at,"                                                                                             \
	" m.not_before, m.segments, o.segment, o.round, o.attempts, o.refusals, a.bearer, o.address"
#define ROW_JOINS                                      \
	" CROSS JOIN message m ON m.id = o.message_id" \
	" LEFT JOIN attempt a ON a.outbox_id = o.id AND a.number = o.attempts"

static void row_take(struct query *query, struct outbox_row *ret)
{
	ret->id = query_int(query);
	ret->message_id = query_int(query);
	ret->subscriber_id = query_int(query);
	ret->channel = (enum outbox_channel)query_int(query);
	ret->wired = (enum outbox_wired)query_int(query);
	ret->state = (enum outbox_state)query_int(query);
	ret->priority = (enum message_priority)query_int(query);
	ret->kind = (enum message_kind)query_int(query);
	ret->exercise = query_int(query) != 0;
	ret->due = query_int(query);
	ret->expires_at = query_int(query);
	ret->not_before = query_int(query);
	ret->segments = (int32_t)query_int(query);
	ret->segment = (int32_t)query_int(query);
	ret->round = (int32_t)query_int(query);
	ret->attempts = (int32_t)query_int(query);
	ret->refusals = (int32_t)query_int(query);
	query_text(query, ret->bearer, sizeof ret->bearer);
	query_text(query, ret->address, sizeof ret->address);
}

bool outbox_has_phone(const struct outbox_row *row)
{
	return row->address[0] == '+';
}

/* As OUTBOX_LANE numbers them. */
static const struct {
	enum outbox_channel channel;
	int number;
} lanes[LANE_COUNT] = {
	[LANE_SMS] = {OUTBOX_SMS, 0},
	[LANE_WHATSAPP] = {OUTBOX_WHATSAPP, 0},
	[LANE_WHATSAPP_ONLY] = {OUTBOX_WHATSAPP, 1},
	[LANE_UNPROVED] = {OUTBOX_WHATSAPP, 2},
	[LANE_UNPROVED_ONLY] = {OUTBOX_WHATSAPP, 3},
	[LANE_DOUBTFUL] = {OUTBOX_SMS, 2},
};

int outbox_due(struct db *db, enum message_priority priority, enum outbox_lane lane, int64_t now,
	const struct outbox_row *after, struct outbox_row *ret_rows, int max, int64_t *ret_next, struct err *err)
{
	int count = 0, more = 1;
	struct query query =
		query_start(db, "SELECT " ROW_COLUMNS " FROM outbox o INDEXED BY outbox_queue" ROW_JOINS
				" WHERE o.priority = ? AND o.channel = ? AND (2 * (o.state <> 0) + (o.channel = 1 AND"
				" substr(o.address, 1, 1) <> '+')) = ? AND o.due IS NOT NULL AND o.state <> 1"
				" AND (o.due, o.id) > (?, ?) ORDER BY o.due, o.id");

	*ret_next = 0;
	query_put_int(&query, priority);
	query_put_int(&query, lanes[lane].channel);
	query_put_int(&query, lanes[lane].number);
	query_put_int(&query, after ? after->due : INT64_MIN);
	query_put_int(&query, after ? after->id : 0);
	while (count < max && (more = query_row(&query, err)) > 0) {
		struct outbox_row *row = &ret_rows[count];
		row_take(&query, row);
		if (row->due > now) {
			*ret_next = row->due;
			break;
		}
		count++;
	}
	query_end(&query);
	return more < 0 ? -1 : count;
}

int outbox_get(struct db *db, int64_t id, struct outbox_row *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT " ROW_COLUMNS " FROM outbox o" ROW_JOINS " WHERE o.id = ?");

	query_put_int(&query, id);
	int found = query_row(&query, err);
	if (found > 0) {
		row_take(&query, ret);
		query_end(&query);
	}
	return found;
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static int row_intend(struct db *db, const struct outbox_row *row, int64_t now, struct err *err)
{
	struct query query = query_start(db,
		"UPDATE outbox SET state = 1, attempts = ?2 + 1, segment = ?3, round = ?4, changed_at = ?5,"
		" channel = ?6, refusals = iif(channel = ?6, refusals, 0)"
		" WHERE id = ?1 AND attempts = ?2 AND state IN (0, 2, 5)");

	query_put_int(&query, row->id);
	query_put_int(&query, row->attempts);
	query_put_int(&query, row->segment);
	query_put_int(&query, row->round);
	query_put_int(&query, now);
	query_put_int(&query, row->channel);
	if (query_run(&query, err) < 0)
		return -1;
	if (db_changes(db) == 1)
		return 0;
	return err_set(err, EX_TEMPFAIL, "outbox row %lld has changed since it was read", (long long)row->id);
}

int outbox_intend(struct db *db, const struct outbox_row *row, const char *bearer, const char *sim, bool repeat,
	int64_t now, int32_t *ret_attempt, struct err *err)
{
	if (row_intend(db, row, now, err) < 0)
		return -1;
	/* A part that left, or may have, before is a repeat in whatever round it leaves again. */
	struct query query = query_start(db,
		"INSERT INTO attempt (outbox_id, number, segment, round, again, at, bearer, sim, channel, state, mr, "
		"settled_at, error)"
		" VALUES (?1, ?2, ?3, ?4, ?5 OR EXISTS (SELECT 1 FROM attempt WHERE outbox_id = ?1"
		" AND (segment = ?3 OR channel = 1) AND (state <> 4 OR mr >= 0)), ?6, ?7, ?8, ?9, 0, -1, 0, '')");
	query_put_int(&query, row->id);
	query_put_int(&query, row->attempts + 1);
	query_put_int(&query, row->segment);
	query_put_int(&query, row->round);
	query_put_int(&query, repeat);
	query_put_int(&query, now);
	query_put_text(&query, bearer);
	query_put_text(&query, sim);
	query_put_int(&query, row->channel);
	if (query_run(&query, err) < 0)
		return -1;
	*ret_attempt = row->attempts + 1;
	return 0;
}

static int attempt_settle(struct db *db, const struct outbox_outcome *outcome, int64_t now, struct err *err)
{
	/* A receipt that overtook the answer has the last word. */
	struct query query = query_start(db, "UPDATE attempt SET state = ?3, mr = ?4, error = ?5, settled_at = ?6"
					     " WHERE outbox_id = ?1 AND number = ?2 AND state IN (0, 5)");

	query_put_int(&query, outcome->id);
	query_put_int(&query, outcome->attempt);
	query_put_int(&query, outcome->attempt_state);
	query_put_int(&query, outcome->mr);
	query_put_text(&query, outcome->error);
	query_put_int(&query, now);
	return query_run(&query, err);
}

/* Puts the outcome's values. Reached: the network took it and no receipt will say more, or there is proof. */
static int row_settle(
	struct db *db, const char *sql, const struct outbox_outcome *outcome, int64_t now, struct err *err)
{
	struct query query = query_start(db, sql);
	bool reached = outcome->state == OUTBOX_DELIVERED ||
		       (outcome->state == OUTBOX_SENT && outcome->attempt_state == ATTEMPT_ACCEPTED);
	int64_t due = outcome->state == OUTBOX_QUEUED && outcome->due == 0 ? now : outcome->due;

	query_put_int(&query, outcome->id);
	query_put_int(&query, outcome->attempt);
	query_put_int(&query, outcome->state);
	query_put_id(&query, due);
	query_put_int(&query, outcome->segment);
	query_put_int(&query, outcome->round);
	query_put_int(&query, outcome->refusals);
	query_put_int(&query, reached);
	query_put_text(&query, outcome->error);
	query_put_int(&query, now);
	query_put_int(&query, outcome->channel);
	query_put_int(&query, outcome->wired);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

#define ROW_SETTLE                                                                                                  \
	"UPDATE outbox SET state = ?3, due = ?4, segment = ?5, round = ?6, refusals = ?7, reached = reached OR ?8," \
	" error = ?9, changed_at = ?10, channel = ?11, wired = ?12 WHERE id = ?1"

/* The answer comes after the row had been given up on. What it says is still the better knowledge as long as no later
 * attempt was made: a doubtful row takes it whole, a withdrawn one only when the message did leave. */
static int row_settle_late(struct db *db, const struct outbox_outcome *outcome, int64_t now, struct err *err)
{
	if (outcome->state != OUTBOX_UNKNOWN) {
		int rows =
			row_settle(db, ROW_SETTLE " AND attempts = ?2 AND state = 5 AND (?3 <> 0 OR " OUTBOX_WANTED ")",
				outcome, now, err);
		if (rows != 0)
			return rows < 0 ? -1 : 0;
	}
	if (outcome->state == OUTBOX_QUEUED || outcome->state == OUTBOX_FAILED)
		return 0;
	struct outbox_outcome left = *outcome;
	left.due = 0;
	int rows = row_settle(db,
		ROW_SETTLE " AND attempts = ?2 AND state IN (4, 6) AND error IN ('" OUTBOX_LEFT "', '" OUTBOX_WITHDRAWN
			   "', '" OUTBOX_EXPIRED "')",
		&left, now, err);
	return rows < 0 ? -1 : 0;
}

int outbox_settle(struct db *db, const struct outbox_outcome *outcome, int64_t now, bool *ret_late, struct err *err)
{
	*ret_late = false;
	if (outcome->attempt == 0) {
		int rows = row_settle(db, ROW_SETTLE " AND ?2 = 0 AND state IN (0, 2, 5)", outcome, now, err);
		*ret_late = rows == 0;
		return rows < 0 ? -1 : 0;
	}
	if (attempt_settle(db, outcome, now, err) < 0)
		return -1;
	int rows = row_settle(db, ROW_SETTLE " AND attempts = ?2 AND state = 1", outcome, now, err);
	if (rows != 0)
		return rows < 0 ? -1 : 0;
	*ret_late = true;
	return row_settle_late(db, outcome, now, err);
}

int outbox_requeue(struct db *db, int64_t id, int64_t due, struct err *err)
{
	struct query query = query_start(db, "UPDATE outbox SET state = 0, due = ?2, segment = 0, refusals = 0, error "
					     "= '' WHERE id = ?1 AND state = 4 AND NOT reached"
					     " AND error <> '" OUTBOX_EXPIRED "' AND " OUTBOX_WANTED);

	query_put_int(&query, id);
	query_put_int(&query, due);
	return query_run(&query, err);
}

int outbox_follow_clock(struct db *db, enum message_priority priority, int64_t longest, int64_t now, struct err *err)
{
	struct query query = query_start(db,
		"UPDATE outbox INDEXED BY outbox_queue SET due = ?2 WHERE priority = ?1 AND due IS NOT NULL"
		" AND state <> 1 AND due > ?2 + ?3 AND (attempts > 0 OR"
		" (SELECT not_before FROM message WHERE id = message_id) = 0)");

	query_put_int(&query, priority);
	query_put_int(&query, now);
	query_put_int(&query, longest);
	return query_run(&query, err);
}

/* ---- after a kill, and for one person ---------------------------------------------------------------------------- */

int outbox_recover(struct db *db, int64_t alert_due, int64_t wired_due, int64_t now, struct err *err)
{
	/* Withdrawn in flight: whether it left is as unknown, but it is not sent again. Nor is an SMS to somebody whom
	 * WhatsApp has proved to have reached since: that is settled. */
	struct query query = query_start(db,
		"UPDATE outbox SET state = iif(reached, 3, 5), changed_at = ?2,"
		" wired = iif(channel = 1, 3, wired), channel = iif(reached, 1, channel),"
		" due = iif(state = 1 AND NOT reached AND (SELECT kind FROM message WHERE id = message_id) IN (1, 2),"
		" CASE " OUTBOX_LANE " & 1 WHEN 1 THEN max(?1, ?3) ELSE iif(channel = 1, ?3, ?1) END, NULL)"
		" WHERE state IN (1, 4, 6) AND id IN (SELECT outbox_id FROM attempt "
		"INDEXED BY attempt_in_flight WHERE state = 0)");

	query_put_int(&query, alert_due);
	query_put_int(&query, now);
	query_put_int(&query, wired_due);
	if (query_run(&query, err) < 0)
		return -1;
	int rows = db_changes(db);

	query = query_start(db, "UPDATE attempt SET state = 5, settled_at = ?1 WHERE state = 0");
	query_put_int(&query, now);
	return query_run(&query, err) < 0 ? -1 : rows;
}

int outbox_cancel_person(struct db *db, int64_t subscriber_id, int64_t now, struct err *err)
{
	struct query query = query_start(db,
		"UPDATE outbox SET state = iif(state = 2, 2, 6), due = NULL, changed_at = ?2,"
		" error = '" OUTBOX_LEFT "'"
		" WHERE subscriber_id = ?1 AND (state IN (0, 1) OR (state IN (2, 5) AND due IS NOT NULL))");

	query_put_int(&query, subscriber_id);
	query_put_int(&query, now);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

/* ---- looking at it ----------------------------------------------------------------------------------------------- */

int outbox_queue(struct db *db, struct outbox_queue *ret, struct err *err)
{
	int more;
	struct query query = query_start(db,
		"SELECT priority, count(*) FROM outbox INDEXED BY outbox_queue WHERE due IS NOT NULL AND state <> 1"
		" GROUP BY priority");

	memset(ret, 0, sizeof *ret);
	while ((more = query_row(&query, err)) > 0) {
		enum message_priority priority = (enum message_priority)query_int(&query);
		int64_t rows = query_int(&query);
		if (priority == PRIORITY_REPLY)
			ret->replies += rows;
		else if (priority == PRIORITY_NEWS)
			ret->news += rows;
		else
			ret->alerts += rows;
	}
	return more;
}

/* All attempts of one row, oldest first, in an array that grows; one row has as many as its segments and repeats. */
static int attempts_of_row(
	struct db *db, const struct outbox_row *row, struct attempt **attempts, int *room, struct err *err)
{
	int count = 0, more;
	struct query query = query_start(db,
		"SELECT number, segment, mr, state, at, again, channel, bearer, error, settled_at FROM attempt"
		" WHERE outbox_id = ? ORDER BY number");

	query_put_int(&query, row->id);
	while ((more = query_row(&query, err)) > 0) {
		if (count == *room) {
			struct attempt *grown = realloc(*attempts, ((size_t)*room * 2 + 8) * sizeof **attempts);
			if (!grown) {
				query_end(&query);
				return err_set(err, EX_OSERR, "out of memory");
			}
			*attempts = grown;
			*room = *room * 2 + 8;
		}
		struct attempt *attempt = &(*attempts)[count++];
		memset(attempt, 0, sizeof *attempt);
		attempt->outbox_id = row->id;
		attempt->kind = row->kind;
		memcpy(attempt->to, row->address, sizeof attempt->to);
		attempt->number = (int32_t)query_int(&query);
		attempt->segment = (int32_t)query_int(&query);
		attempt->mr = (int16_t)query_int(&query);
		attempt->state = (enum attempt_state)query_int(&query);
		attempt->at = query_int(&query);
		attempt->repeat = query_int(&query) != 0;
		attempt->channel = (enum outbox_channel)query_int(&query);
		query_text(&query, attempt->bearer, sizeof attempt->bearer);
		query_text(&query, attempt->error, sizeof attempt->error);
		attempt->settled_at = query_int(&query);
	}
	return more < 0 ? -1 : count;
}

int outbox_each(struct db *db, int64_t message_id,
	bool (*each)(void *context, const struct outbox_row *row, bool reached, const char *error,
		const struct attempt *attempts, int count),
	void *context, struct err *err)
{
	struct attempt *attempts = NULL;
	int room = 0, count = 0, more;
	struct query query = query_start(db, "SELECT " ROW_COLUMNS ", o.reached, o.error FROM outbox o" ROW_JOINS
					     " WHERE o.id BETWEEN (SELECT first_row FROM message WHERE id = ?1) AND"
					     " (SELECT last_row FROM message WHERE id = ?1) ORDER BY o.id");

	query_put_int(&query, message_id);
	while ((more = query_row(&query, err)) > 0) {
		struct outbox_row row;
		char error[96];
		row_take(&query, &row);
		bool reached = query_int(&query) != 0;
		query_text(&query, error, sizeof error);
		count = attempts_of_row(db, &row, &attempts, &room, err);
		if (count < 0 || !each(context, &row, reached, error, attempts, count))
			break;
	}
	query_end(&query);
	free(attempts);
	return more < 0 || count < 0 ? -1 : 0;
}
