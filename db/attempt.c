#include "db/db_private.h"
#include "db/outbox.h"

#include <string.h>

enum { GIVE_UP_MAX = 1000 };

#define AWAITING_COLUMNS                                                                                                         \
	"a.outbox_id, a.number, a.segment, a.mr, a.state, a.at, a.again, a.channel, a.bearer, a.error, a.settled_at, o.address," \
	" m.kind"
#define AWAITING_JOINS                               \
	" CROSS JOIN outbox o ON o.id = a.outbox_id" \
	" CROSS JOIN message m ON m.id = o.message_id"

int attempt_awaiting(struct db *db, const char *sim, int16_t mr, struct attempt *ret, int max, struct err *err)
{
	int count = 0, more;
	struct query query = query_start(db,
		"SELECT " AWAITING_COLUMNS " FROM attempt a INDEXED BY attempt_waiting" AWAITING_JOINS
		" WHERE a.sim = ?1 AND a.mr IN (?2, -1) AND a.state IN (2, 5) UNION ALL"
		" SELECT " AWAITING_COLUMNS " FROM attempt a INDEXED BY attempt_in_flight" AWAITING_JOINS
		" WHERE a.state = 0 AND a.sim = ?1 ORDER BY 6 DESC, 1 DESC LIMIT ?3");

	query_put_text(&query, sim);
	query_put_int(&query, mr);
	query_put_int(&query, max);
	while ((more = query_row(&query, err)) > 0) {
		struct attempt *attempt = &ret[count++];
		attempt->outbox_id = query_int(&query);
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
		query_text(&query, attempt->to, sizeof attempt->to);
		attempt->kind = (enum message_kind)query_int(&query);
	}
	return more < 0 ? -1 : count;
}

int attempt_give_up(struct db *db, int64_t before, struct err *err)
{
	struct query query = query_start(db, "UPDATE attempt SET state = 6 WHERE (outbox_id, number) IN"
					     " (SELECT outbox_id, number FROM attempt INDEXED BY attempt_waiting"
					     " WHERE state IN (2, 5) AND state = 2 AND at < ?1 LIMIT ?2)");

	query_put_int(&query, before);
	query_put_int(&query, GIVE_UP_MAX);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

/* ---- receipts ---------------------------------------------------------------------------------------------------- */

/* The attempt a receipt is about, and its row. */
struct receipt {
	int64_t id;
	int32_t attempt, segment, round;
	enum outbox_state row_state;
	int32_t row_segment, row_round, segments;
	bool reached, wanted;
};

static int receipt_read(struct db *db, struct receipt *receipt, struct err *err)
{
	struct query query =
		query_start(db, "SELECT a.segment, a.round, o.state, o.segment, o.round, m.segments, o.reached,"
				" (SELECT " OUTBOX_WANTED " FROM outbox WHERE id = a.outbox_id) FROM attempt a"
				" CROSS JOIN outbox o ON o.id = a.outbox_id CROSS JOIN message m ON m.id = o.message_id"
				" WHERE a.outbox_id = ? AND a.number = ?");

	query_put_int(&query, receipt->id);
	query_put_int(&query, receipt->attempt);
	int found = query_row(&query, err);
	if (found <= 0)
		return found;
	receipt->segment = (int32_t)query_int(&query);
	receipt->round = (int32_t)query_int(&query);
	receipt->row_state = (enum outbox_state)query_int(&query);
	receipt->row_segment = (int32_t)query_int(&query);
	receipt->row_round = (int32_t)query_int(&query);
	receipt->segments = (int32_t)query_int(&query);
	receipt->reached = query_int(&query) != 0;
	receipt->wanted = query_int(&query) != 0;
	query_end(&query);
	return 1;
}

static int attempt_report(struct db *db, const struct receipt *receipt, enum attempt_state state, const char *error,
	int64_t now, struct err *err)
{
	struct query query = query_start(
		db, "UPDATE attempt SET state = ?3, error = ?4, settled_at = ?5 WHERE outbox_id = ?1 AND number = ?2");

	query_put_int(&query, receipt->id);
	query_put_int(&query, receipt->attempt);
	query_put_int(&query, state);
	query_put_text(&query, error);
	query_put_int(&query, now);
	return query_run(&query, err);
}

static int round_is_whole(struct db *db, const struct receipt *receipt, struct err *err)
{
	int64_t delivered = 0;

	if (receipt->segments == 1)
		return 1;
	struct query query = query_start(
		db, "SELECT count(DISTINCT segment) FROM attempt WHERE outbox_id = ? AND round = ? AND state = 3");
	query_put_int(&query, receipt->id);
	query_put_int(&query, receipt->round);
	if (query_take_int(&query, &delivered, err) < 0)
		return -1;
	return delivered >= receipt->segments;
}

static int row_delivered(struct db *db, int64_t id, int64_t now, struct err *err)
{
	struct query query = query_start(db, "UPDATE outbox SET state = 3, due = NULL, reached = 1, error = '', "
					     "changed_at = ?2 WHERE id = ?1 AND state <> 3");

	query_put_int(&query, id);
	query_put_int(&query, now);
	return query_run(&query, err);
}

static int row_report(struct db *db, int64_t id, enum outbox_state state, int64_t due, int32_t segment,
	const char *error, int64_t now, struct err *err)
{
	struct query query = query_start(
		db, "UPDATE outbox SET state = ?2, due = ?3, segment = ?4, error = ?5, changed_at = ?6 WHERE id = ?1");

	query_put_int(&query, id);
	query_put_int(&query, state);
	query_put_id(&query, due);
	query_put_int(&query, segment);
	query_put_text(&query, error);
	query_put_int(&query, now);
	return query_run(&query, err);
}

static int receipt_delivered(struct db *db, const struct receipt *receipt, int64_t now, struct err *err)
{
	int whole = round_is_whole(db, receipt, err);

	if (whole < 0)
		return -1;
	if (whole)
		return row_delivered(db, receipt->id, now, err);
	/* The segment whose fate was unknown has arrived: the message goes on behind it. */
	if (receipt->row_state == OUTBOX_UNKNOWN && receipt->row_round == receipt->round &&
		receipt->row_segment == receipt->segment && receipt->segment + 1 < receipt->segments)
		return row_report(db, receipt->id, OUTBOX_QUEUED, now, receipt->segment + 1, "", now, err);
	return 0;
}

/* A failure of an earlier round says nothing about this one, and what is delivered, by whatever way, or withdrawn stays so. */
static bool receipt_decides(const struct receipt *receipt, enum outbox_state state)
{
	if (receipt->row_round != receipt->round || (receipt->reached && state == OUTBOX_QUEUED))
		return false;
	return receipt->row_state == OUTBOX_QUEUED || receipt->row_state == OUTBOX_SENT ||
	       receipt->row_state == OUTBOX_UNKNOWN || (receipt->row_state == OUTBOX_SENDING && state == OUTBOX_FAILED);
}

int outbox_receipt(struct db *db, int64_t id, int32_t attempt, enum attempt_state attempt_state,
	enum outbox_state state, int64_t due, const char *error, int64_t now, struct err *err)
{
	struct receipt receipt = {.id = id, .attempt = attempt};
	int found = receipt_read(db, &receipt, err);

	if (found <= 0)
		return found;
	if (attempt_report(db, &receipt, attempt_state, error, now, err) < 0)
		return -1;
	if (attempt_state == ATTEMPT_DELIVERED)
		return receipt_delivered(db, &receipt, now, err);
	if (attempt_state != ATTEMPT_FAILED || !receipt_decides(&receipt, state))
		return 0;
	if (state == OUTBOX_QUEUED && !receipt.wanted) {
		state = OUTBOX_FAILED;
		due = 0;
	}
	int32_t segment = state == OUTBOX_QUEUED ? 0 : receipt.row_segment;
	return row_report(db, id, state, due, segment, error, now, err);
}
