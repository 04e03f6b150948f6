/* The WhatsApp leg of a row: names, statuses in any order, what proves, what denies, when it is due for SMS; lane by lane. */
#include "tests/unit/db_support.h"

#include "db/outbox.h"

enum { NOW = 1000 };

/* Rows in order: 1 SMS only, 2 and 3 with both, 4 by user id alone; one alert of `segments`, in an open transaction. */
static void scene(struct fixture *fixture, enum message_kind kind, int segments)
{
	struct consent consent = {.clock = "ntp", .channel = "whatsapp", .words = "ATTIVA"};
	struct subscriber user = {.whatsapp_id = "IT.4"};
	struct message message = message_of(kind, "", "");
	int64_t id;
	int was;

	message.segments = segments;
	assert_ok(db_begin(fixture->db, &fixture->err));
	join(fixture, "+393330000001", "", "");
	join(fixture, "+393330000002", "", "");
	join(fixture, "+393330000003", "", "");
	assert_ok(subscriber_join(fixture->db, &user, &consent, 100, &id, &was, &fixture->err));
	assert_ok(db_script(fixture->db, "UPDATE subscriber SET channel = 2 WHERE id IN (2, 3)", &fixture->err));
	assert_ok(message_create(fixture->db, &message, true, false, 100, &fixture->err));
	assert_int_equal(message.recipients, 4);
}

static struct outbox_row row_get(struct fixture *fixture, int64_t id)
{
	struct outbox_row row;

	assert_int_equal(outbox_get(fixture->db, id, &row, &fixture->err), 1);
	return row;
}

static int32_t intend(struct fixture *fixture, int64_t id, enum outbox_channel channel)
{
	struct outbox_row row = row_get(fixture, id);
	int32_t attempt;

	row.channel = channel;
	row.segment = 0;
	row.round++;
	assert_ok(outbox_intend(fixture->db, &row, channel == OUTBOX_SMS ? "m1" : "whatsapp", "sim1", false, NOW,
		&attempt, &fixture->err));
	return attempt;
}

static void settle(struct fixture *fixture, int64_t id, enum outbox_channel channel, enum outbox_state state,
	enum outbox_wired wired, int64_t due)
{
	struct outbox_row row = row_get(fixture, id);
	struct outbox_outcome outcome = {.id = id,
		.attempt = row.attempts,
		.attempt_state = state == OUTBOX_SENT	   ? ATTEMPT_AWAITING
				 : state == OUTBOX_UNKNOWN ? ATTEMPT_UNKNOWN
							   : ATTEMPT_FAILED,
		.state = state,
		.channel = channel,
		.wired = wired,
		.due = due,
		.segment = state == OUTBOX_SENT && channel == OUTBOX_SMS ? row.segments : 0,
		.round = row.round,
		.mr = -1};
	bool late;

	assert_ok(outbox_settle(fixture->db, &outcome, NOW, &late, &fixture->err));
}

/* Sent by WhatsApp and not proved; due for SMS at 5000. */
static int32_t unproved(struct fixture *fixture, int64_t id)
{
	int32_t attempt = intend(fixture, id, OUTBOX_WHATSAPP);

	settle(fixture, id, OUTBOX_WHATSAPP, OUTBOX_SENT, WIRED_UNPROVED, 5000);
	return attempt;
}

/* The ids in one lane, as digits. */
static int lane(struct fixture *fixture, enum outbox_lane lane, int64_t now)
{
	struct outbox_row rows[8];
	int64_t next;
	int ids = 0;
	int count = outbox_due(fixture->db, PRIORITY_RED, lane, now, NULL, rows, 8, &next, &fixture->err);

	assert_ok(count);
	for (int i = 0; i < count; i++)
		ids = ids * 10 + (int)rows[i].id;
	return ids;
}

static bool reached(struct fixture *fixture, int64_t id)
{
	char sql[64];

	snprintf(sql, sizeof sql, "SELECT reached FROM outbox WHERE id = %lld", (long long)id);
	return ask(fixture, sql) == 1;
}

static struct outbox_outcome refusal(struct fixture *fixture, int64_t id, enum outbox_channel channel)
{
	struct outbox_row row = row_get(fixture, id);

	return (struct outbox_outcome){.id = id,
		.attempt = row.attempts,
		.attempt_state = ATTEMPT_FAILED,
		.state = OUTBOX_QUEUED,
		.channel = channel,
		.wired = channel == OUTBOX_SMS ? WIRED_FAILED : WIRED_NOTHING,
		.due = 3000,
		.refusals = 1,
		.mr = -1,
		.error = "131000 refused"};
}

static void test_lanes(void **state)
{
	struct fixture *fixture = *state;

	scene(fixture, MESSAGE_ALERT, 1);
	assert_int_equal(lane(fixture, LANE_SMS, 100), 1);
	assert_int_equal(lane(fixture, LANE_WHATSAPP, 100), 23);
	assert_int_equal(lane(fixture, LANE_WHATSAPP_ONLY, 100), 4);
	assert_int_equal(lane(fixture, LANE_UNPROVED, 100), 0);
	unproved(fixture, 3);
	unproved(fixture, 2);
	intend(fixture, 4, OUTBOX_WHATSAPP);
	settle(fixture, 4, OUTBOX_WHATSAPP, OUTBOX_UNKNOWN, WIRED_UNKNOWN, 6000);
	intend(fixture, 1, OUTBOX_SMS);
	settle(fixture, 1, OUTBOX_SMS, OUTBOX_UNKNOWN, WIRED_NOTHING, 7000);
	for (int i = 0; i < LANE_COUNT; i++)
		assert_int_equal(lane(fixture, (enum outbox_lane)i, 4999), 0);
	assert_int_equal(lane(fixture, LANE_UNPROVED, 7000), 23);
	assert_int_equal(lane(fixture, LANE_UNPROVED_ONLY, 7000), 4);
	assert_int_equal(lane(fixture, LANE_DOUBTFUL, 7000), 1);
	assert_int_equal(lane(fixture, LANE_SMS, 7000), 0);
	assert_int_equal(lane(fixture, LANE_WHATSAPP, 7000), 0);
	/* Taken by a modem it is SMS's for good. */
	intend(fixture, 2, OUTBOX_SMS);
	assert_int_equal(lane(fixture, LANE_UNPROVED, 7000), 3);
	settle(fixture, 2, OUTBOX_SMS, OUTBOX_QUEUED, WIRED_UNPROVED, 7000);
	assert_int_equal(lane(fixture, LANE_SMS, 7000), 2);
	assert_int_equal(row_get(fixture, 2).wired, WIRED_UNPROVED);
}

static void test_names(void **state)
{
	struct fixture *fixture = *state;
	struct outbox_early early = {.wired = WIRED_UNPROVED};
	int64_t id;
	int32_t attempt;

	scene(fixture, MESSAGE_ALERT, 1);
	intend(fixture, 2, OUTBOX_WHATSAPP);
	assert_int_equal(outbox_named(fixture->db, "wamid.2", &id, &attempt, &fixture->err), 0);
	/* A higher word stays, a lower one changes nothing. */
	assert_ok(outbox_early(fixture->db, "wamid.2", &early, NOW, &fixture->err));
	early = (struct outbox_early){.wired = WIRED_FAILED, .code = 131026, .error = "131026 not there"};
	assert_ok(outbox_early(fixture->db, "wamid.2", &early, NOW, &fixture->err));
	early = (struct outbox_early){.wired = WIRED_HELD};
	assert_ok(outbox_early(fixture->db, "wamid.2", &early, NOW, &fixture->err));
	assert_ok(outbox_name(fixture->db, 2, 1, "wamid.2", &early, &fixture->err));
	assert_int_equal(early.wired, WIRED_FAILED);
	assert_int_equal(early.code, 131026);
	assert_string_equal(early.error, "131026 not there");
	assert_ok(outbox_name(fixture->db, 2, 1, "wamid.2", &early, &fixture->err));
	assert_int_equal(early.wired, WIRED_NOTHING);
	assert_int_equal(outbox_named(fixture->db, "wamid.2", &id, &attempt, &fixture->err), 1);
	assert_int_equal(id, 2);
	assert_int_equal(attempt, 1);

	assert_int_equal(outbox_wired_attempt(fixture->db, 2, 1, "wamid.2", &fixture->err), 1);
	assert_int_equal(outbox_wired_attempt(fixture->db, 2, 1, "", &fixture->err), 1);
	assert_int_equal(outbox_wired_attempt(fixture->db, 2, 2, "wamid.2", &fixture->err), 0);
	assert_int_equal(outbox_wired_attempt(fixture->db, 3, 1, "wamid.3", &fixture->err), 0);
	intend(fixture, 3, OUTBOX_WHATSAPP);
	assert_int_equal(outbox_wired_attempt(fixture->db, 3, 1, "wamid.2", &fixture->err), 0); /* it is 2's */
	intend(fixture, 1, OUTBOX_SMS);
	assert_int_equal(outbox_wired_attempt(fixture->db, 1, 1, "", &fixture->err), 0); /* by SMS */

	/* Kept for a day, by whatever clock. */
	assert_ok(outbox_early(fixture->db, "wamid.X", &early, NOW, &fixture->err));
	assert_ok(outbox_forget_early(fixture->db, NOW + 86400000, &fixture->err));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM status_early"), 1);
	assert_ok(outbox_forget_early(fixture->db, NOW + 86400001, &fixture->err));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM status_early"), 0);
	assert_ok(outbox_early(fixture->db, "wamid.X", &early, NOW + 200000000, &fixture->err));
	assert_ok(outbox_forget_early(fixture->db, NOW, &fixture->err));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM status_early"), 0);
}

static void test_proofs(void **state)
{
	struct fixture *fixture = *state;

	scene(fixture, MESSAGE_ALERT, 1);
	int32_t attempt = unproved(fixture, 2);
	assert_false(reached(fixture, 2));
	assert_ok(outbox_prove(fixture->db, 2, attempt, WIRED_DELIVERED, NOW, &fixture->err));
	assert_true(reached(fixture, 2));
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_DELIVERED);
	assert_int_equal(row_get(fixture, 2).due, 0);
	assert_ok(outbox_prove(fixture->db, 2, attempt, WIRED_READ, NOW, &fixture->err));
	assert_ok(outbox_prove(fixture->db, 2, attempt, WIRED_DELIVERED, NOW, &fixture->err));
	assert_int_equal(row_get(fixture, 2).wired, WIRED_READ);
	/* Nothing denies it any more. */
	struct outbox_outcome denied = refusal(fixture, 2, OUTBOX_SMS);
	assert_ok(outbox_denied(fixture->db, &denied, NOW, &fixture->err));
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_DELIVERED);
	assert_int_equal(row_get(fixture, 2).wired, WIRED_READ);
	assert_int_equal(ask(fixture, "SELECT state FROM attempt WHERE outbox_id = 2"), ATTEMPT_DELIVERED);

	/* It has begun by SMS: what is in flight goes its way, what waits does not leave. */
	unproved(fixture, 3);
	intend(fixture, 3, OUTBOX_SMS);
	assert_ok(outbox_prove(fixture->db, 3, 1, WIRED_DELIVERED, NOW, &fixture->err));
	assert_int_equal(row_get(fixture, 3).state, OUTBOX_SENDING);
	assert_int_equal(row_get(fixture, 3).channel, OUTBOX_SMS);
	assert_true(reached(fixture, 3));
	/* A kill now: the SMS may have left or not, but there is nothing to repeat. */
	assert_int_equal(outbox_recover(fixture->db, 9000, 9000, NOW, &fixture->err), 1);
	assert_int_equal(row_get(fixture, 3).state, OUTBOX_DELIVERED);
	assert_int_equal(row_get(fixture, 3).due, 0);

	/* Withdrawn, it did arrive. */
	attempt = unproved(fixture, 4);
	assert_ok(db_script(
		fixture->db, "UPDATE outbox SET state = 6, due = NULL, error = 'left' WHERE id = 4", &fixture->err));
	assert_ok(outbox_prove(fixture->db, 4, attempt, WIRED_DELIVERED, NOW, &fixture->err));
	assert_int_equal(row_get(fixture, 4).state, OUTBOX_DELIVERED);
	assert_int_equal(ask(fixture, "SELECT error = 'left' FROM outbox WHERE id = 4"), 1);
}

static void test_a_proof_takes_out_what_waits(void **state)
{
	struct fixture *fixture = *state;
	static const enum outbox_state states[] = {OUTBOX_QUEUED, OUTBOX_UNKNOWN};

	scene(fixture, MESSAGE_ALERT, 3);
	for (int i = 0; i < 2; i++) {
		int64_t id = 2 + i;
		unproved(fixture, id);
		intend(fixture, id, OUTBOX_SMS);
		settle(fixture, id, OUTBOX_SMS, states[i], WIRED_UNPROVED, 6000);
		assert_int_equal(lane(fixture, i == 0 ? LANE_SMS : LANE_DOUBTFUL, 6000) % 10, id);
		assert_ok(outbox_prove(fixture->db, id, 1, WIRED_DELIVERED, NOW, &fixture->err));
		assert_int_equal(row_get(fixture, id).state, OUTBOX_DELIVERED);
		assert_int_equal(row_get(fixture, id).channel, OUTBOX_WHATSAPP);
		assert_int_equal(row_get(fixture, id).due, 0);
	}
	/* The SMS was refused for good: reached all the same, and not brought back by a bearer's sickness. */
	unproved(fixture, 4);
	assert_ok(db_script(
		fixture->db, "UPDATE outbox SET channel = 0, state = 4, due = NULL WHERE id = 4", &fixture->err));
	assert_ok(outbox_prove(fixture->db, 4, 1, WIRED_DELIVERED, NOW, &fixture->err));
	assert_true(reached(fixture, 4));
	assert_ok(outbox_requeue(fixture->db, 4, 6000, &fixture->err));
	assert_int_equal(row_get(fixture, 4).state, OUTBOX_FAILED);
}

static void test_released(void **state)
{
	struct fixture *fixture = *state;

	scene(fixture, MESSAGE_ALERT, 1);
	intend(fixture, 2, OUTBOX_WHATSAPP);
	settle(fixture, 2, OUTBOX_WHATSAPP, OUTBOX_UNKNOWN, WIRED_UNKNOWN, 5000);
	assert_ok(outbox_released(fixture->db, 2, 1, &fixture->err));
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_SENT);
	assert_int_equal(row_get(fixture, 2).wired, WIRED_UNPROVED);
	assert_int_equal(row_get(fixture, 2).due, 5000);
	assert_int_equal(ask(fixture, "SELECT state FROM attempt WHERE outbox_id = 2"), ATTEMPT_AWAITING);
	/* Who has no phone is WhatsApp's to try now. */
	intend(fixture, 4, OUTBOX_WHATSAPP);
	settle(fixture, 4, OUTBOX_WHATSAPP, OUTBOX_UNKNOWN, WIRED_UNKNOWN, 5000);
	assert_ok(outbox_released(fixture->db, 4, 1, &fixture->err));
	assert_int_equal(row_get(fixture, 4).due, 0);
	/* Gone on by SMS: only what is known of the leg changes; and never after the answer alone. */
	intend(fixture, 3, OUTBOX_WHATSAPP);
	assert_ok(outbox_released(fixture->db, 3, 1, &fixture->err));
	assert_int_equal(row_get(fixture, 3).state, OUTBOX_SENDING);
	settle(fixture, 3, OUTBOX_WHATSAPP, OUTBOX_UNKNOWN, WIRED_HELD, 1000);
	intend(fixture, 3, OUTBOX_SMS);
	assert_ok(outbox_released(fixture->db, 3, 1, &fixture->err));
	assert_int_equal(row_get(fixture, 3).state, OUTBOX_SENDING);
	assert_int_equal(row_get(fixture, 3).channel, OUTBOX_SMS);
	assert_int_equal(row_get(fixture, 3).wired, WIRED_UNPROVED);
}

static void test_denied(void **state)
{
	struct fixture *fixture = *state;
	struct outbox_outcome denied;

	scene(fixture, MESSAGE_ALERT, 1);
	unproved(fixture, 2);
	denied = refusal(fixture, 2, OUTBOX_SMS);
	assert_ok(outbox_denied(fixture->db, &denied, NOW, &fixture->err));
	assert_int_equal(lane(fixture, LANE_SMS, 3000), 12);
	assert_int_equal(row_get(fixture, 2).wired, WIRED_FAILED);
	assert_int_equal(row_get(fixture, 2).refusals, 1);
	/* Told again, and of an attempt that is not the last: nothing. */
	intend(fixture, 2, OUTBOX_SMS);
	assert_ok(outbox_denied(fixture->db, &denied, NOW, &fixture->err));
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_SENDING);
	/* Refused after it has gone on by SMS: noted. */
	unproved(fixture, 3);
	denied = refusal(fixture, 3, OUTBOX_SMS);
	intend(fixture, 3, OUTBOX_SMS);
	assert_ok(outbox_denied(fixture->db, &denied, NOW, &fixture->err));
	assert_int_equal(row_get(fixture, 3).state, OUTBOX_SENDING);
	assert_int_equal(row_get(fixture, 3).wired, WIRED_FAILED);
	/* To be tried by WhatsApp again. */
	unproved(fixture, 4);
	denied = refusal(fixture, 4, OUTBOX_WHATSAPP);
	assert_ok(outbox_denied(fixture->db, &denied, NOW, &fixture->err));
	assert_int_equal(lane(fixture, LANE_WHATSAPP_ONLY, 3000), 4);
}

/* What is no longer wanted has failed, and that is all. */
static void test_denied_after_it_was_withdrawn(void **state)
{
	struct fixture *fixture = *state;
	struct consent consent = {.clock = "ntp", .channel = "sms"};
	int count;

	scene(fixture, MESSAGE_ALERT, 1);
	for (int64_t id = 2; id <= 4; id++)
		unproved(fixture, id);
	assert_ok(subscriber_leave(fixture->db, 2, &consent, NOW, &count, &fixture->err));
	assert_int_equal(count, 1);
	assert_ok(subscriber_forget(fixture->db, 3, NOW, &fixture->err));
	for (int64_t id = 2; id <= 4; id++) {
		if (id == 4)
			assert_ok(message_cancel(fixture->db, 1, STAGE_CANCELLED, NOW, &count, &fixture->err));
		struct outbox_outcome denied = refusal(fixture, id, id == 4 ? OUTBOX_WHATSAPP : OUTBOX_SMS);
		assert_ok(outbox_denied(fixture->db, &denied, NOW, &fixture->err));
		assert_int_equal(row_get(fixture, id).due, 0);
		assert_int_not_equal(row_get(fixture, id).state, OUTBOX_QUEUED);
	}
	assert_int_equal(row_get(fixture, 4).state, OUTBOX_FAILED);
	assert_int_equal(ask(fixture, "SELECT error = 'left' FROM outbox WHERE id = 2"), 1);
	assert_ok(outbox_requeue(fixture->db, 4, 5000, &fixture->err));
	assert_int_equal(row_get(fixture, 4).state, OUTBOX_FAILED);
}

/* Nor is what an SMS's receipt, or a late answer, would bring back. */
static void test_receipts_after_it_was_withdrawn(void **state)
{
	struct fixture *fixture = *state;
	int withdrawn;

	scene(fixture, MESSAGE_NEWS, 1);
	intend(fixture, 1, OUTBOX_SMS);
	settle(fixture, 1, OUTBOX_SMS, OUTBOX_SENT, WIRED_NOTHING, 0);
	intend(fixture, 2, OUTBOX_WHATSAPP);
	settle(fixture, 2, OUTBOX_WHATSAPP, OUTBOX_UNKNOWN, WIRED_UNKNOWN, 0);
	assert_ok(message_cancel(fixture->db, 1, STAGE_CANCELLED, NOW, &withdrawn, &fixture->err));
	assert_ok(outbox_receipt(fixture->db, 1, 1, ATTEMPT_FAILED, OUTBOX_QUEUED, 5000, "60", NOW, &fixture->err));
	assert_int_equal(row_get(fixture, 1).state, OUTBOX_FAILED);
	assert_int_equal(row_get(fixture, 1).due, 0);
	settle(fixture, 2, OUTBOX_WHATSAPP, OUTBOX_QUEUED, WIRED_NOTHING, 5000);
	assert_int_equal(row_get(fixture, 2).state, OUTBOX_UNKNOWN);
	assert_int_equal(row_get(fixture, 2).due, 0);
}

static void test_when_they_are_due(void **state)
{
	struct fixture *fixture = *state;

	scene(fixture, MESSAGE_ALERT, 1);
	unproved(fixture, 2);
	intend(fixture, 3, OUTBOX_WHATSAPP);
	settle(fixture, 3, OUTBOX_WHATSAPP, OUTBOX_UNKNOWN, WIRED_HELD, 1000);
	intend(fixture, 4, OUTBOX_WHATSAPP);
	settle(fixture, 4, OUTBOX_WHATSAPP, OUTBOX_UNKNOWN, WIRED_UNKNOWN, 8000);
	assert_ok(outbox_unproved_due(fixture->db, PRIORITY_RED, 4000, 2500, &fixture->err));
	assert_int_equal(row_get(fixture, 2).due, 2500);
	assert_int_equal(row_get(fixture, 3).due, 1000); /* held: at once, as it was */
	assert_int_equal(row_get(fixture, 4).due, 8000); /* no phone */
	assert_int_equal(row_get(fixture, 1).due, 100);
	assert_ok(outbox_unproved_due(fixture->db, PRIORITY_RED, 4000, INT64_MAX, &fixture->err));
	assert_int_equal(row_get(fixture, 2).due, NOW + 4000);
	assert_ok(outbox_unproved_due(fixture->db, PRIORITY_ORANGE, 1, 1, &fixture->err));
	assert_int_equal(row_get(fixture, 2).due, NOW + 4000);
	/* In flight by SMS it is left alone. */
	intend(fixture, 2, OUTBOX_SMS);
	assert_ok(outbox_unproved_due(fixture->db, PRIORITY_RED, 1, 1, &fixture->err));
	assert_int_equal(row_get(fixture, 2).due, NOW + 4000);
}

static void test_recover(void **state)
{
	struct fixture *fixture = *state;

	for (int kind = MESSAGE_ALERT; kind <= MESSAGE_NEWS; kind += MESSAGE_NEWS - MESSAGE_ALERT) {
		bool alert = kind == MESSAGE_ALERT;
		if (alert)
			scene(fixture, MESSAGE_ALERT, 1);
		else {
			struct message news = message_of(MESSAGE_NEWS, "", "");
			assert_ok(message_create(fixture->db, &news, true, false, 100, &fixture->err));
		}
		int64_t first = alert ? 1 : 5;
		intend(fixture, first, OUTBOX_SMS);
		intend(fixture, first + 1, OUTBOX_WHATSAPP);
		intend(fixture, first + 3, OUTBOX_WHATSAPP);
		assert_int_equal(outbox_recover(fixture->db, 3000, 9000, 2000, &fixture->err), 3);
		assert_int_equal(row_get(fixture, first).due, alert ? 3000 : 0);
		assert_int_equal(row_get(fixture, first + 1).due, alert ? 9000 : 0);
		assert_int_equal(row_get(fixture, first + 1).wired, WIRED_UNKNOWN);
		assert_int_equal(row_get(fixture, first + 1).channel, OUTBOX_WHATSAPP);
		assert_int_equal(row_get(fixture, first + 3).due, alert ? 9000 : 0);
		assert_int_equal(row_get(fixture, first + 2).state, OUTBOX_QUEUED);
	}
	/* Who has no phone waits the longer of both: nothing but WhatsApp may reach them, and never blindly. */
	intend(fixture, 4, OUTBOX_WHATSAPP);
	assert_int_equal(outbox_recover(fixture->db, 9000, 0, 2000, &fixture->err), 1);
	assert_int_equal(row_get(fixture, 4).due, 9000);
}

static void test_marks_of_repeats(void **state)
{
	struct fixture *fixture = *state;

	scene(fixture, MESSAGE_ALERT, 1);
	unproved(fixture, 2);
	intend(fixture, 2, OUTBOX_SMS);
	assert_int_equal(ask(fixture, "SELECT again FROM attempt WHERE outbox_id = 2 AND number = 2"), 1);
	intend(fixture, 3, OUTBOX_WHATSAPP);
	settle(fixture, 3, OUTBOX_SMS, OUTBOX_QUEUED, WIRED_FAILED, 1000);
	intend(fixture, 3, OUTBOX_SMS);
	assert_int_equal(ask(fixture, "SELECT again FROM attempt WHERE outbox_id = 3 AND number = 2"), 0);
}

/* None of it scans. */
static void test_plans(void **state)
{
	struct fixture *fixture = *state;
	struct outbox_early early = {.wired = WIRED_UNPROVED};
	int64_t id;
	int32_t attempt;
	int explained = 0;

	scene(fixture, MESSAGE_ALERT, 1);
	unproved(fixture, 2);
	assert_ok(db_commit(fixture->db, &fixture->err));
	db_close(fixture->db);
	fixture->db = NULL;
	assert_ok(db_open(fixture->path, false, &fixture->db, &fixture->err));
	assert_ok(db_begin(fixture->db, &fixture->err));
	for (int i = 0; i < LANE_COUNT; i++)
		lane(fixture, (enum outbox_lane)i, 9000);
	struct outbox_outcome denied = refusal(fixture, 2, OUTBOX_SMS);
	assert_ok(outbox_early(fixture->db, "wamid.2", &early, NOW, &fixture->err));
	assert_ok(outbox_name(fixture->db, 2, 1, "wamid.2", &early, &fixture->err));
	assert_ok(outbox_named(fixture->db, "wamid.2", &id, &attempt, &fixture->err));
	assert_ok(outbox_wired_attempt(fixture->db, 2, 1, "wamid.2", &fixture->err));
	assert_ok(outbox_released(fixture->db, 2, 1, &fixture->err));
	assert_ok(outbox_unproved_due(fixture->db, PRIORITY_RED, 1, 1, &fixture->err));
	assert_ok(outbox_denied(fixture->db, &denied, NOW, &fixture->err));
	assert_ok(outbox_prove(fixture->db, 2, 1, WIRED_READ, NOW, &fixture->err));
	assert_ok(outbox_recover(fixture->db, 1, 1, 1, &fixture->err));
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
			if (strncmp(detail, "SCAN", 4) == 0 || strstr(detail, "TEMP B-TREE"))
				fail_msg("%s: %s", detail, sql);
		}
		sqlite3_finalize(statement);
		explained++;
	}
	assert_true(explained >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lanes, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_names, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_proofs, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_a_proof_takes_out_what_waits, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_released, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_denied, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_denied_after_it_was_withdrawn, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(
			test_receipts_after_it_was_withdrawn, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_when_they_are_due, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_recover, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_marks_of_repeats, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_plans, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
