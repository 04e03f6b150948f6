/* A row's way through the outbox: intents, outcomes early and late, receipts in any order, kills; and that none of it
 * reads more than it must. */
#include "tests/unit/db_support.h"

#include "db/outbox.h"
#include "db/sim.h"

/* Three people, one alert of `segments`, in an open transaction. */
static void scene(struct fixture *fixture, enum message_kind kind, int segments)
{
	struct message message = message_of(kind, "", "");

	message.segments = segments;
	assert_ok(db_begin(fixture->db, &fixture->err));
	join(fixture, "+393330000001", "", "");
	join(fixture, "+393330000002", "", "");
	join(fixture, "+393330000003", "", "");
	assert_ok(message_create(fixture->db, &message, false, false, 100, &fixture->err));
}

static struct outbox_row row_get(struct fixture *fixture, int64_t id)
{
	struct outbox_row row;

	assert_int_equal(outbox_get(fixture->db, id, &row, &fixture->err), 1);
	return row;
}

static int32_t intend(struct fixture *fixture, int64_t id, int32_t segment, int32_t round, int64_t now)
{
	struct outbox_row row = row_get(fixture, id);
	int32_t attempt;

	row.segment = segment;
	row.round = round;
	assert_ok(outbox_intend(
		fixture->db, &row, "m1", "sim1", row.state == OUTBOX_UNKNOWN, now, &attempt, &fixture->err));
	assert_int_equal(attempt, row.attempts + 1);
	return attempt;
}

/* As firmware-host decides it: accepted with a reference, the rest queued. */
static struct outbox_outcome accepted(const struct outbox_row *row, int16_t mr)
{
	struct outbox_outcome outcome = {.id = row->id,
		.attempt = row->attempts,
		.attempt_state = ATTEMPT_AWAITING,
		.segment = row->segment + 1,
		.round = row->round,
		.mr = mr};

	outcome.state = outcome.segment < row->segments ? OUTBOX_QUEUED : OUTBOX_SENT;
	outcome.due = outcome.state == OUTBOX_QUEUED ? row->due : 0;
	return outcome;
}

static struct outbox_outcome unknown(const struct outbox_row *row, int64_t due)
{
	return (struct outbox_outcome){.id = row->id,
		.attempt = row->attempts,
		.attempt_state = ATTEMPT_UNKNOWN,
		.state = OUTBOX_UNKNOWN,
		.due = due,
		.segment = row->segment,
		.round = row->round,
		.mr = -1,
		.error = "silence"};
}

static struct outbox_outcome queued_again(const struct outbox_row *row, int64_t due)
{
	return (struct outbox_outcome){.id = row->id,
		.attempt = row->attempts,
		.attempt_state = ATTEMPT_FAILED,
		.state = OUTBOX_QUEUED,
		.due = due,
		.round = row->round,
		.refusals = row->refusals + 1,
		.mr = -1,
		.error = "+CMS ERROR: 38"};
}

static bool settle(struct fixture *fixture, struct outbox_outcome outcome, int64_t now)
{
	bool late;

	assert_ok(outbox_settle(fixture->db, &outcome, now, &late, &fixture->err));
	return late;
}

/* Those of the SMS lanes: who waits, then who may have got it. */
static int due_ids(struct fixture *fixture, int64_t now, int64_t *ret_next)
{
	struct outbox_row rows[8];
	int64_t next[2];
	int ids = 0;

	for (int i = 0; i < 2; i++) {
		enum outbox_lane lane = i == 0 ? LANE_SMS : LANE_DOUBTFUL;
		int count = outbox_due(fixture->db, PRIORITY_RED, lane, now, NULL, rows, 8, &next[i], &fixture->err);
		assert_ok(count);
		for (int k = 0; k < count; k++)
			ids = ids * 10 + (int)rows[k].id;
	}
	*ret_next = next[0] == 0 || (next[1] != 0 && next[1] < next[0]) ? next[1] : next[0];
	return ids;
}

static void test_sent_and_delivered(void **state)
{
	struct fixture *fixture = *state;
	struct outbox_queue queue;
	struct outbox_row row;
	int64_t next;

	scene(fixture, MESSAGE_ALERT, 1);
	assert_int_equal(due_ids(fixture, 99, &next), 0);
	assert_int_equal(next, 100);
	assert_int_equal(due_ids(fixture, 100, &next), 123);
	assert_int_equal(next, 0);
	row = row_get(fixture, 1);
	assert_int_equal(row.message_id, 1);
	assert_int_equal(row.subscriber_id, 1);
	assert_int_equal(row.kind, MESSAGE_ALERT);
	assert_int_equal(row.due, 100);
	assert_int_equal(row.expires_at, 100000);
	assert_string_equal(row.address, "+393330000001");
	assert_string_equal(row.bearer, "");
	assert_int_equal(outbox_get(fixture->db, 99, &row, &fixture->err), 0);

	assert_int_equal(intend(fixture, 1, 0, 1, 110), 1);
	row = row_get(fixture, 1);
	assert_int_equal(row.state, OUTBOX_SENDING);
	assert_int_equal(row.due, 100); /* its place, for the rest of a longer text */
	assert_string_equal(row.bearer, "m1");
	assert_int_equal(due_ids(fixture, 500, &next), 23);
	assert_false(settle(fixture, accepted(&row, 7), 120));
	row = row_get(fixture, 1);
	assert_int_equal(row.state, OUTBOX_SENT);
	assert_int_equal(row.due, 0);
	assert_int_equal(ask(fixture, "SELECT reached FROM outbox WHERE id = 1"), 0);
	assert_ok(outbox_queue(fixture->db, &queue, &fixture->err));
	assert_int_equal(queue.alerts, 2);
	assert_int_equal(queue.news + queue.replies, 0);

	struct attempt waiting[4];
	assert_int_equal(attempt_awaiting(fixture->db, "sim1", 7, waiting, 4, &fixture->err), 1);
	assert_int_equal(waiting[0].outbox_id, 1);
	assert_int_equal(waiting[0].number, 1);
	assert_int_equal(waiting[0].at, 110);
	assert_int_equal(waiting[0].settled_at, 120);
	assert_int_equal(waiting[0].kind, MESSAGE_ALERT);
	assert_string_equal(waiting[0].to, "+393330000001");
	assert_string_equal(waiting[0].bearer, "m1");
	assert_int_equal(attempt_awaiting(fixture->db, "sim1", 8, waiting, 4, &fixture->err), 0);
	assert_int_equal(attempt_awaiting(fixture->db, "sim2", 7, waiting, 4, &fixture->err), 0);

	assert_ok(outbox_receipt(fixture->db, 1, 1, ATTEMPT_DELIVERED, OUTBOX_DELIVERED, 0, "", 130, &fixture->err));
	assert_int_equal(row_get(fixture, 1).state, OUTBOX_DELIVERED);
	assert_int_equal(ask(fixture, "SELECT reached FROM outbox WHERE id = 1"), 1);
	assert_int_equal(attempt_awaiting(fixture->db, "sim1", 7, waiting, 4, &fixture->err), 0);
	/* A second, contrary report changes nothing about who was reached. */
	assert_ok(outbox_receipt(fixture->db, 1, 1, ATTEMPT_FAILED, OUTBOX_FAILED, 0, "46", 140, &fixture->err));
	assert_int_equal(row_get(fixture, 1).state, OUTBOX_DELIVERED);
	assert_ok(outbox_receipt(fixture->db, 99, 1, ATTEMPT_FAILED, OUTBOX_FAILED, 0, "46", 140, &fixture->err));

	/* A bearer without receipts: the network's word is what there is. */
	intend(fixture, 2, 0, 1, 110);
	row = row_get(fixture, 2);
	struct outbox_outcome outcome = accepted(&row, 9);
	outcome.attempt_state = ATTEMPT_ACCEPTED;
	settle(fixture, outcome, 120);
	assert_int_equal(ask(fixture, "SELECT reached FROM outbox WHERE id = 2"), 1);
	assert_int_equal(attempt_awaiting(fixture->db, "sim1", 9, waiting, 4, &fixture->err), 0);
}

static void test_intend_twice(void **state)
{
	struct fixture *fixture = *state;
	struct outbox_row row;
	int32_t attempt;

	scene(fixture, MESSAGE_ALERT, 1);
	row = row_get(fixture, 1);
	assert_ok(outbox_intend(fixture->db, &row, "m1", "sim1", false, 1, &attempt, &fixture->err));
	assert_int_equal(outbox_intend(fixture->db, &row, "m2", "sim2", false, 1, &attempt, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_TEMPFAIL);
	assert_true(db_in_transaction(fixture->db));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM attempt"), 1);
	/* What has left the queue for good is not sent either. */
	assert_ok(db_script(fixture->db, "UPDATE outbox SET state = 6 WHERE id = 2", &fixture->err));
	row = row_get(fixture, 2);
	assert_int_equal(outbox_intend(fixture->db, &row, "m2", "sim2", false, 1, &attempt, &fixture->err), -1);
}

static void test_segments(void **state)
{
	struct fixture *fixture = *state;
	struct outbox_row row;
	int64_t next;

	scene(fixture, MESSAGE_ALERT, 2);
	intend(fixture, 1, 0, 1, 110);
	row = row_get(fixture, 1);
	settle(fixture, accepted(&row, 7), 120);
	row = row_get(fixture, 1);
	assert_int_equal(row.state, OUTBOX_QUEUED);
	assert_int_equal(row.segment, 1);
	assert_int_equal(row.due, 100);
	assert_int_equal(due_ids(fixture, 120, &next), 123); /* before those that have not begun */
	intend(fixture, 1, 1, 1, 130);
	row = row_get(fixture, 1);
	settle(fixture, accepted(&row, 8), 140);
	assert_int_equal(row_get(fixture, 1).state, OUTBOX_SENT);
	assert_ok(outbox_receipt(fixture->db, 1, 2, ATTEMPT_DELIVERED, OUTBOX_DELIVERED, 0, "", 150, &fixture->err));
	assert_int_equal(row_get(fixture, 1).state, OUTBOX_SENT);
	assert_ok(outbox_receipt(fixture->db, 1, 1, ATTEMPT_DELIVERED, OUTBOX_DELIVERED, 0, "", 160, &fixture->err));
	assert_int_equal(row_get(fixture, 1).state, OUTBOX_DELIVERED);

	/* Halves of two rounds are no whole. */
	intend(fixture, 2, 0, 1, 110);
	row = row_get(fixture, 2);
	settle(fixture, accepted(&row, 7), 120);
	intend(fixture, 2, 0, 2, 130);
	row = row_get(fixture, 2);
	settle(fixture, accepted(&row, 8), 140);
	intend(fixture, 2, 1, 2, 130);
	row = row_get(fixture, 2);
	settle(fixture, accepted(&row, 9), 140);
	assert_ok(outbox_receipt(fixture->db, 2, 1, ATTEMPT_DELIVERED, OUTBOX_DELIVERED, 0, "", 150, &fixture->err));
	assert_ok(outbox_receipt(fixture->db, 2, 3, ATTEMPT_DELIVERED, OUTBOX_DELIVERED, 0, "", 150, &fixture->err));
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_SENT);
	/* A failure of the round that was given up says nothing about the present one. */
	assert_ok(outbox_receipt(fixture->db, 2, 1, ATTEMPT_FAILED, OUTBOX_FAILED, 0, "x", 150, &fixture->err));
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_SENT);
	assert_ok(outbox_receipt(fixture->db, 2, 2, ATTEMPT_DELIVERED, OUTBOX_DELIVERED, 0, "", 160, &fixture->err));
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_DELIVERED);

	/* The doubtful first half turns out to have arrived: on with the second, and no repeat. */
	intend(fixture, 3, 0, 1, 110);
	row = row_get(fixture, 3);
	settle(fixture, unknown(&row, 9000), 120);
	assert_ok(outbox_receipt(fixture->db, 3, 1, ATTEMPT_DELIVERED, OUTBOX_DELIVERED, 0, "", 150, &fixture->err));
	row = row_get(fixture, 3);
	assert_int_equal(row.state, OUTBOX_QUEUED);
	assert_int_equal(row.segment, 1);
	assert_int_equal(row.due, 150);
}

static void test_refused_and_unknown(void **state)
{
	struct fixture *fixture = *state;
	struct outbox_row row;
	struct attempt waiting[4];
	int64_t next;

	scene(fixture, MESSAGE_ALERT, 1);
	intend(fixture, 1, 0, 1, 110);
	row = row_get(fixture, 1);
	settle(fixture, queued_again(&row, 5000), 120);
	row = row_get(fixture, 1);
	assert_int_equal(row.state, OUTBOX_QUEUED);
	assert_int_equal(row.refusals, 1);
	assert_int_equal(due_ids(fixture, 200, &next), 23);
	assert_int_equal(next, 5000);
	assert_int_equal(due_ids(fixture, 5000, &next), 231);
	/* Queued without a time means now: a queued row that is never due would be lost. */
	intend(fixture, 1, 0, 2, 5000);
	row = row_get(fixture, 1);
	settle(fixture, queued_again(&row, 0), 5100);
	assert_int_equal(row_get(fixture, 1).due, 5100);

	intend(fixture, 2, 0, 1, 110);
	row = row_get(fixture, 2);
	settle(fixture, unknown(&row, 700), 120);
	assert_int_equal(attempt_awaiting(fixture->db, "sim1", 33, waiting, 4, &fixture->err), 1);
	assert_int_equal(waiting[0].mr, -1);
	assert_string_equal(waiting[0].error, "silence");
	assert_int_equal(due_ids(fixture, 700, &next), 32);
	/* Sent again, marked; then the receipt of the first: reached, and the repeat in flight changes nothing. */
	intend(fixture, 2, 0, 2, 710);
	assert_int_equal(ask(fixture, "SELECT again FROM attempt WHERE outbox_id = 2 AND number = 2"), 1);
	assert_ok(outbox_receipt(fixture->db, 2, 1, ATTEMPT_DELIVERED, OUTBOX_DELIVERED, 0, "", 720, &fixture->err));
	row = row_get(fixture, 2);
	assert_int_equal(row.state, OUTBOX_DELIVERED);
	assert_true(settle(fixture, accepted(&row, 12), 730));
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_DELIVERED);
	assert_int_equal(
		ask(fixture, "SELECT state FROM attempt WHERE outbox_id = 2 AND number = 2"), ATTEMPT_AWAITING);

	/* A temporary failure by report: queued again from the start; a permanent one is the end. */
	intend(fixture, 3, 0, 1, 110);
	row = row_get(fixture, 3);
	settle(fixture, accepted(&row, 13), 120);
	assert_ok(outbox_receipt(fixture->db, 3, 1, ATTEMPT_FAILED, OUTBOX_QUEUED, 900, "60", 130, &fixture->err));
	row = row_get(fixture, 3);
	assert_int_equal(row.state, OUTBOX_QUEUED);
	assert_int_equal(row.segment, 0);
	assert_int_equal(row.due, 900);
	intend(fixture, 3, 0, 2, 900);
	row = row_get(fixture, 3);
	settle(fixture, accepted(&row, 14), 910);
	assert_ok(outbox_receipt(fixture->db, 3, 2, ATTEMPT_FAILED, OUTBOX_FAILED, 0, "41", 920, &fixture->err));
	assert_int_equal(row_get(fixture, 3).state, OUTBOX_FAILED);
	/* The bearer refused everybody: its victims go back, those past their time do not. */
	assert_ok(outbox_requeue(fixture->db, 3, 950, &fixture->err));
	row = row_get(fixture, 3);
	assert_int_equal(row.state, OUTBOX_QUEUED);
	assert_int_equal(row.due, 950);
	assert_ok(outbox_requeue(fixture->db, 2, 950, &fixture->err));
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_DELIVERED);
	assert_ok(db_script(fixture->db, "UPDATE outbox SET state = 4, error = 'expired' WHERE id = 3", &fixture->err));
	assert_ok(outbox_requeue(fixture->db, 3, 950, &fixture->err));
	assert_int_equal(row_get(fixture, 3).state, OUTBOX_FAILED);
}

static void test_late_answers(void **state)
{
	struct fixture *fixture = *state;
	struct outbox_row row;
	int withdrawn;

	scene(fixture, MESSAGE_ALERT, 1);
	/* Declared unknown, then the answer: the better knowledge wins as long as nothing was sent since. */
	intend(fixture, 1, 0, 1, 110);
	row = row_get(fixture, 1);
	settle(fixture, unknown(&row, 700), 120);
	assert_true(settle(fixture, accepted(&row, 5), 130));
	assert_int_equal(row_get(fixture, 1).state, OUTBOX_SENT);
	assert_int_equal(row_get(fixture, 1).due, 0);

	intend(fixture, 2, 0, 1, 110);
	row = row_get(fixture, 2);
	struct outbox_outcome first = accepted(&row, 6);
	settle(fixture, unknown(&row, 700), 120);
	intend(fixture, 2, 0, 2, 710);
	assert_true(settle(fixture, first, 720));
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_SENDING);
	assert_int_equal(
		ask(fixture, "SELECT state FROM attempt WHERE outbox_id = 2 AND number = 1"), ATTEMPT_AWAITING);

	/* Withdrawn in flight: a refusal does not bring it back, an acceptance is told. */
	intend(fixture, 3, 0, 1, 110);
	assert_ok(message_cancel(fixture->db, 1, STAGE_CANCELLED, 800, &withdrawn, &fixture->err));
	assert_int_equal(withdrawn, 2);
	row = row_get(fixture, 2);
	assert_true(settle(fixture, queued_again(&row, 810), 810));
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_CANCELLED);
	assert_int_equal(row_get(fixture, 2).due, 0);
	row = row_get(fixture, 3);
	assert_true(settle(fixture, accepted(&row, 9), 810));
	assert_int_equal(row_get(fixture, 3).state, OUTBOX_SENT);
	assert_ok(outbox_receipt(fixture->db, 3, 1, ATTEMPT_DELIVERED, OUTBOX_DELIVERED, 0, "", 820, &fixture->err));
	assert_int_equal(row_get(fixture, 3).state, OUTBOX_DELIVERED);
}

static void test_give_up_without_attempt(void **state)
{
	struct fixture *fixture = *state;
	struct outbox_outcome outcome = {.id = 1, .state = OUTBOX_FAILED, .mr = -1, .error = "expired"};

	scene(fixture, MESSAGE_ALERT, 1);
	assert_false(settle(fixture, outcome, 200));
	assert_int_equal(row_get(fixture, 1).state, OUTBOX_FAILED);
	intend(fixture, 2, 0, 1, 210);
	outcome.id = 2;
	assert_true(settle(fixture, outcome, 220)); /* in flight: not its business */
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_SENDING);
}

static void test_recover(void **state)
{
	struct fixture *fixture = *state;
	struct message news = message_of(MESSAGE_NEWS, "", "");
	struct outbox_row row;
	int withdrawn, cancelled;
	static const struct consent by_sms = {.clock = "ntp", .channel = "sms"};

	scene(fixture, MESSAGE_ALERT, 1);
	assert_ok(message_create(fixture->db, &news, false, false, 100, &fixture->err));
	intend(fixture, 1, 0, 1, 110); /* alert in flight */
	intend(fixture, 4, 0, 1, 110); /* news in flight */
	intend(fixture, 5, 0, 1, 110); /* news in flight, its person leaves */
	intend(fixture, 2, 0, 1, 110); /* settled before the kill */
	row = row_get(fixture, 2);
	settle(fixture, accepted(&row, 3), 120);
	assert_ok(subscriber_leave(fixture->db, 2, &by_sms, 130, &cancelled, &fixture->err));
	assert_int_equal(cancelled, 1);

	assert_int_equal(outbox_recover(fixture->db, 9000, 9500, 200, &fixture->err), 3);
	assert_int_equal(row_get(fixture, 1).state, OUTBOX_UNKNOWN);
	assert_int_equal(row_get(fixture, 1).due, 9000);
	assert_int_equal(row_get(fixture, 4).state, OUTBOX_UNKNOWN);
	assert_int_equal(row_get(fixture, 4).due, 0);
	assert_int_equal(row_get(fixture, 5).state, OUTBOX_UNKNOWN);
	assert_int_equal(row_get(fixture, 5).due, 0);
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_SENT);
	assert_int_equal(row_get(fixture, 3).state, OUTBOX_QUEUED);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM attempt WHERE state = 5"), 3);
	assert_int_equal(outbox_recover(fixture->db, 9000, 9500, 200, &fixture->err), 0);
	assert_ok(message_cancel(fixture->db, 1, STAGE_CANCELLED, 300, &withdrawn, &fixture->err));
	assert_int_equal(withdrawn, 2);
	assert_int_equal(row_get(fixture, 1).state, OUTBOX_CANCELLED);
}

static void test_give_up_waiting(void **state)
{
	struct fixture *fixture = *state;
	struct attempt waiting[8];

	scene(fixture, MESSAGE_ALERT, 1);
	for (int i = 1; i <= 3; i++) {
		intend(fixture, i, 0, 1, 100 * i);
		struct outbox_row row = row_get(fixture, i);
		settle(fixture, i == 2 ? unknown(&row, 0) : accepted(&row, 40), 100 * i + 5);
	}
	assert_int_equal(attempt_awaiting(fixture->db, "sim1", 40, waiting, 8, &fixture->err), 3);
	assert_int_equal(waiting[0].outbox_id, 3); /* newest first */
	assert_int_equal(attempt_awaiting(fixture->db, "sim1", 40, waiting, 1, &fixture->err), 1);
	assert_int_equal(waiting[0].outbox_id, 3);
	assert_int_equal(attempt_give_up(fixture->db, 300, &fixture->err), 1);
	assert_int_equal(ask(fixture, "SELECT state FROM attempt WHERE outbox_id = 1"), ATTEMPT_UNREPORTED);
	assert_int_equal(attempt_give_up(fixture->db, 300, &fixture->err), 0);
	assert_int_equal(attempt_awaiting(fixture->db, "sim1", 40, waiting, 8, &fixture->err), 2);
}

static bool each_row(void *context, const struct outbox_row *row, bool reached, const char *error,
	const struct attempt *attempts, int count)
{
	char *seen = context;
	size_t used = strlen(seen);

	used += (size_t)snprintf(seen + used, 256 - used, "%lld%s%s:", (long long)row->id, reached ? "+" : "-", error);
	for (int i = 0; i < count; i++)
		used += (size_t)snprintf(seen + used, 256 - used, "%d/%d ", attempts[i].number, attempts[i].state);
	return row->id < 2;
}

static void test_each(void **state)
{
	struct fixture *fixture = *state;
	struct outbox_row row;
	char seen[256] = "";

	scene(fixture, MESSAGE_ALERT, 1);
	for (int i = 0; i < 20; i++) {
		intend(fixture, 1, 0, i + 1, 110 + i);
		row = row_get(fixture, 1);
		settle(fixture, i < 19 ? queued_again(&row, 110) : accepted(&row, 1), 110 + i);
	}
	assert_ok(outbox_receipt(fixture->db, 1, 20, ATTEMPT_DELIVERED, OUTBOX_DELIVERED, 0, "", 150, &fixture->err));
	intend(fixture, 2, 0, 1, 110);
	row = row_get(fixture, 2);
	settle(fixture, queued_again(&row, 110), 120);
	assert_ok(outbox_each(fixture->db, 1, each_row, seen, &fixture->err));
	assert_non_null(strstr(seen, "1+:1/4 2/4 "));
	assert_non_null(strstr(seen, "19/4 20/3 2-+CMS ERROR: 38:1/4 "));
	assert_null(strstr(seen, "3-"));
}

/* Every statement kept by the handle is explained: those on the way of a message may search, never scan. */
static void test_plans(void **state)
{
	struct fixture *fixture = *state;
	struct attempt waiting[4];
	struct outbox_row row;
	int64_t next;
	int explained = 0;

	scene(fixture, MESSAGE_ALERT, 2);
	assert_ok(db_commit(fixture->db, &fixture->err));
	db_close(fixture->db); /* forgets the statements that made the scene */
	fixture->db = NULL;
	assert_ok(db_open(fixture->path, false, &fixture->db, &fixture->err));
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_int_equal(due_ids(fixture, 200, &next), 123);
	intend(fixture, 1, 0, 1, 110);
	row = row_get(fixture, 1);
	settle(fixture, accepted(&row, 3), 120);
	assert_ok(sim_count_segment(fixture->db, "sim1", "2026-11-21", &fixture->err));
	assert_true(settle(fixture, accepted(&row, 3), 120));
	assert_int_equal(attempt_awaiting(fixture->db, "sim1", 3, waiting, 4, &fixture->err), 1);
	assert_ok(outbox_receipt(fixture->db, 1, 1, ATTEMPT_DELIVERED, OUTBOX_DELIVERED, 0, "", 130, &fixture->err));
	assert_int_equal(outbox_recover(fixture->db, 1, 1, 1, &fixture->err), 0);
	assert_int_equal(message_expire(fixture->db, 0, &next, &fixture->err), 0);

	for (int i = 0; i < DB_STATEMENTS_MAX; i++) {
		const char *sql = fixture->db->statements[i].sql;
		char text[2048];
		sqlite3_stmt *statement;
		if (!sql || strstr(sql, "meta") || strncmp(sql, "PRAGMA", 6) == 0 || strstr(sql, "sqlite_schema"))
			continue;
		snprintf(text, sizeof text, "EXPLAIN QUERY PLAN %s", sql);
		assert_int_equal(sqlite3_prepare_v2(fixture->db->sqlite, text, -1, &statement, NULL), SQLITE_OK);
		while (sqlite3_step(statement) == SQLITE_ROW) {
			const char *detail = (const char *)sqlite3_column_text(statement, 3);
			bool next_expiry = strstr(detail, "message_expiry") != NULL;
			if (strncmp(detail, "SCAN", 4) == 0 && !next_expiry)
				fail_msg("%s: %s", detail, sql);
		}
		sqlite3_finalize(statement);
		explained++;
	}
	assert_true(explained >= 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sent_and_delivered, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_intend_twice, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_segments, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_refused_and_unknown, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_late_answers, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_give_up_without_attempt, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_recover, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_give_up_waiting, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_each, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_plans, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
