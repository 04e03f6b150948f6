/* Messages: who gets one and by what; figures; withdrawing and expiry. */
#include "tests/unit/db_support.h"

#include "config/clock.h"
#include "db/outbox.h"

static const struct consent by_sms = {.clock = "ntp", .channel = "sms", .words = "DISATTIVA"};

static int transaction_set_up(void **state)
{
	if (fixture_set_up(state) < 0)
		return -1;
	struct fixture *fixture = *state;
	return db_begin(fixture->db, &fixture->err);
}

/* The comune of these tests; the order is that of the ids. */
static void people_add(struct fixture *fixture)
{
	static const struct {
		const char *phone, *whatsapp_id, *zone, *topics;
		enum subscriber_channel channel;
		bool news, left;
	} people[] = {
		{"+393330000001", "", "centro", "", CHANNEL_AUTO, true, false},
		{"+393330000002", "IT.2", "centro", "", CHANNEL_AUTO, true, false}, /* known on WhatsApp */
		{"+393330000003", "", "borgo", "scuole|viabilita", CHANNEL_SMS, true, false},
		{"+393330000004", "", "borgo-alto", "viabilita-nord", CHANNEL_SMS, true,
			false},							    /* a longer id is another */
		{"+393330000005", "", "", "", CHANNEL_AUTO, false, false},	    /* no zone, no news */
		{"", "IT.6", "centro", "", CHANNEL_AUTO, true, false},		    /* no phone */
		{"+393330000007", "IT.7", "borgo", "", CHANNEL_SMS, true, false},   /* wants SMS */
		{"+393330000008", "", "centro", "", CHANNEL_AUTO, true, true},	    /* left */
		{"+393330000009", "", "centro", "", CHANNEL_WHATSAPP, true, false}, /* wants WhatsApp */
	};

	for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
		struct consent consent = {.clock = "ntp", .channel = "sms"};
		struct subscriber fields = {.channel = people[i].channel};
		int64_t id;
		int was, cancelled;
		strcpy(fields.phone, people[i].phone);
		strcpy(fields.whatsapp_id, people[i].whatsapp_id);
		strcpy(fields.zone, people[i].zone);
		strcpy(fields.topics, people[i].topics);
		assert_ok(subscriber_join(fixture->db, &fields, &consent, 1, &id, &was, &fixture->err));
		assert_int_equal(id, i + 1);
		if (!people[i].news) {
			strcpy(consent.purpose, "news");
			strcpy(consent.action, "withdrawn");
			assert_ok(subscriber_join(fixture->db, &fields, &consent, 1, &id, &was, &fixture->err));
		}
		if (people[i].left)
			assert_ok(subscriber_leave(fixture->db, id, &by_sms, 2, &cancelled, &fixture->err));
	}
}

/* "3s 7s 2w": subscriber and channel of each row of a message, in the order of its rows. */
static void rows_print(struct fixture *fixture, int64_t message, char out[256])
{
	sqlite3_stmt *statement;
	size_t used = 0;

	sqlite3_prepare_v2(fixture->db->sqlite,
		"SELECT subscriber_id, iif(channel, 'w', 's') FROM outbox WHERE message_id = ? ORDER BY id", -1,
		&statement, NULL);
	sqlite3_bind_int64(statement, 1, message);
	out[0] = '\0';
	while (sqlite3_step(statement) == SQLITE_ROW)
		used += (size_t)snprintf(out + used, 256 - used, "%s%d%s", used ? " " : "",
			sqlite3_column_int(statement, 0), (const char *)sqlite3_column_text(statement, 1));
	sqlite3_finalize(statement);
}

static void test_recipients(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		enum message_kind kind;
		const char *zones, *topic;
		bool whatsapp, news_never;
		const char *rows;
	} cases[] = {
		/* WhatsApp off: everybody with a phone, those of SMS only first. */
		{MESSAGE_ALERT, "", "", false, false, "1s 3s 4s 5s 7s 2s 9s"},
		{MESSAGE_ALERT, "", "", true, false, "1s 3s 4s 5s 7s 2w 6w 9w"},
		/* Zones; who has none is told about all. */
		{MESSAGE_ALERT, "centro", "", false, false, "1s 5s 2s 9s"},
		{MESSAGE_ALERT, "borgo", "", false, false, "3s 5s 7s"},
		{MESSAGE_ALERT, "borgo|centro", "", true, false, "1s 3s 5s 7s 2w 6w 9w"},
		{MESSAGE_ALERT, "none", "", false, false, "5s"},
		{MESSAGE_ALERT, "%", "", false, false, "5s"},
		{MESSAGE_ALERT, "|", "", false, false, "5s"},
		/* News: with consent and topic only. */
		{MESSAGE_NEWS, "", "viabilita", false, false, "1s 3s 7s 2s 9s"},
		{MESSAGE_NEWS, "", "nord", false, false, "1s 7s 2s 9s"},
		{MESSAGE_NEWS, "borgo", "scuole", false, false, "3s 7s"},
		{MESSAGE_NEWS, "", "viabilita", true, true, "2w 6w 9w"},
		{MESSAGE_NEWS, "", "viabilita", false, true, ""},
		/* An alert is not held by what concerns news. */
		{MESSAGE_ALERT, "", "viabilita", false, true, "1s 3s 4s 5s 7s 2s 9s"},
	};

	people_add(fixture);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct message message = message_of(cases[i].kind, cases[i].zones, cases[i].topic);
		int64_t sms, whatsapp;
		char rows[256];
		assert_ok(message_create(
			fixture->db, &message, cases[i].whatsapp, cases[i].news_never, 50, &fixture->err));
		rows_print(fixture, message.id, rows);
		if (strcmp(rows, cases[i].rows) != 0)
			fail_msg("case %zu: \"%s\", expected \"%s\"", i, rows, cases[i].rows);
		if (cases[i].news_never)
			continue;
		assert_ok(message_count_recipients(
			fixture->db, &message, cases[i].whatsapp, 50, &sms, &whatsapp, &fixture->err));
		assert_int_equal(sms + whatsapp, message.recipients);
		assert_int_equal(whatsapp, cases[i].whatsapp
						   ? ask(fixture, "SELECT sum(channel) FROM outbox WHERE message_id ="
								  " (SELECT max(id) FROM message)")
						   : 0);
	}
	assert_int_equal(
		ask(fixture,
			"SELECT count(*) FROM outbox WHERE channel = 1 AND subscriber_id = 6 AND address <> 'IT.6'"),
		0);
}

static void test_clear(void **state)
{
	struct fixture *fixture = *state;
	struct message alert = message_of(MESSAGE_ALERT, "centro", ""), clear = message_of(MESSAGE_CLEAR, "", "");
	char rows[256];
	int withdrawn, cancelled;

	people_add(fixture);
	assert_ok(message_create(fixture->db, &alert, false, false, 50, &fixture->err));
	join(fixture, "+393330000010", "centro", "");
	assert_ok(subscriber_leave(fixture->db, 2, &by_sms, 60, &cancelled, &fixture->err));
	assert_ok(message_cancel(fixture->db, alert.id, STAGE_CANCELLED, 61, &withdrawn, &fixture->err));
	assert_int_equal(withdrawn, 3);

	clear.about = alert.id;
	int64_t sms, whatsapp;
	assert_ok(message_count_recipients(fixture->db, &clear, false, 50, &sms, &whatsapp, &fixture->err));
	assert_int_equal(sms, 3);
	assert_ok(message_create(fixture->db, &clear, false, false, 70, &fixture->err));
	rows_print(fixture, clear.id, rows);
	assert_string_equal(rows, "1s 5s 9s");

	/* Who left and came back was let go by the alert, and is no part of its end. */
	struct subscriber again = {.phone = "+393330000002"};
	int64_t id;
	int was;
	assert_ok(subscriber_join(fixture->db, &again, &by_sms, 80, &id, &was, &fixture->err));
	assert_ok(message_count_recipients(fixture->db, &clear, false, 50, &sms, &whatsapp, &fixture->err));
	assert_int_equal(sms, 3);
	clear.about = 4711;
	assert_ok(message_create(fixture->db, &clear, false, false, 70, &fixture->err));
	assert_int_equal(clear.recipients, 0);
}

/* An alert, two updates and the all-clear: each to those the alert was for, the old texts withdrawn, the chain told. */
static void test_update(void **state)
{
	struct fixture *fixture = *state;
	struct message alert = message_of(MESSAGE_ALERT, "centro", ""), other = message_of(MESSAGE_ALERT, "", "");
	struct message first = message_of(MESSAGE_ALERT, "borgo", ""), second = first,
		       clear = message_of(MESSAGE_CLEAR, "", "");
	struct message_follower followers[MESSAGE_FOLLOWERS_MAX];
	char rows[256];
	int withdrawn, cancelled;

	people_add(fixture);
	assert_ok(message_create(fixture->db, &alert, false, false, 50, &fixture->err));
	assert_ok(message_create(fixture->db, &other, false, false, 50, &fixture->err));
	assert_int_equal(message_followers(fixture->db, alert.id, followers, &fixture->err), 0);
	join(fixture, "+393330000010", "centro", "");
	assert_ok(subscriber_leave(fixture->db, 2, &by_sms, 60, &cancelled, &fixture->err));

	/* Its own zones are no matter. */
	first.about = second.about = alert.id;
	assert_ok(message_create(fixture->db, &first, false, false, 70, &fixture->err));
	rows_print(fixture, first.id, rows);
	assert_string_equal(rows, "1s 5s 9s");
	assert_ok(message_supersede(fixture->db, &first, 70, &withdrawn, &fixture->err));
	assert_int_equal(withdrawn, 3);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM outbox WHERE due IS NOT NULL AND message_id = 3"), 3);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM outbox WHERE due IS NOT NULL AND message_id = 2"), 6);
	assert_int_equal(ask(fixture, "SELECT stage FROM message WHERE id = 1 AND closed_at = 70"), STAGE_OPEN);
	assert_ok(message_create(fixture->db, &second, false, false, 80, &fixture->err));
	assert_ok(message_supersede(fixture->db, &second, 80, &withdrawn, &fixture->err));
	assert_int_equal(withdrawn, 3);

	clear.about = alert.id;
	assert_ok(message_create(fixture->db, &clear, false, false, 90, &fixture->err));
	rows_print(fixture, clear.id, rows);
	assert_string_equal(rows, "1s 5s 9s");
	assert_int_equal(message_followers(fixture->db, alert.id, followers, &fixture->err), 3);
	assert_true(followers[0].id == clear.id && followers[0].kind == MESSAGE_CLEAR);
	assert_true(followers[1].id == second.id && followers[2].id == first.id);
	assert_int_equal(message_followers(fixture->db, 0, followers, &fixture->err), 0);

	/* Cancelling an update is of it alone, cancelling the alert of all its updates, never of the all-clear. */
	assert_ok(message_cancel(fixture->db, alert.id, STAGE_CANCELLED, 91, &withdrawn, &fixture->err));
	assert_int_equal(withdrawn, 3);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM message WHERE stage = 2 AND id IN (1, 3, 4)"), 3);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM outbox WHERE due IS NOT NULL AND message_id = 5"), 3);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM outbox WHERE due IS NOT NULL AND message_id = 2"), 6);
	assert_ok(message_cancel(fixture->db, clear.id, STAGE_CANCELLED, 92, &withdrawn, &fixture->err));
	assert_int_equal(withdrawn, 3);
}

static bool keep_message(void *context, const struct message *message)
{
	char *seen = context;
	size_t used = strlen(seen);

	snprintf(seen + used, 64 - used, "%lld ", (long long)message->id);
	return true;
}

static void test_kept_as_given(void **state)
{
	struct fixture *fixture = *state;
	struct message message = {.kind = MESSAGE_ALERT,
			       .colour = COLOUR_ORANGE,
			       .exercise = true,
			       .priority = PRIORITY_EXERCISE,
			       .hazard = "piena",
			       .phase = "alarm",
			       .zones = "borgo",
			       .text = "ESERCITAZIONE l'acqua \"sale\"; è così",
			       .not_before = 7000,
			       .expires_at = 9000,
			       .until_at = 8000,
			       .segments = 2,
			       .door = "cli"},
		       got;
	char seen[64] = "";
	int64_t reply;

	people_add(fixture);
	assert_ok(message_create(fixture->db, &message, false, false, 50, &fixture->err));
	assert_int_equal(message_get(fixture->db, message.id, &got, &fixture->err), 1);
	assert_int_equal(got.kind, MESSAGE_ALERT);
	assert_int_equal(got.colour, COLOUR_ORANGE);
	assert_true(got.exercise);
	assert_int_equal(got.priority, PRIORITY_EXERCISE);
	assert_int_equal(got.stage, STAGE_OPEN);
	assert_string_equal(got.hazard, "piena");
	assert_string_equal(got.phase, "alarm");
	assert_string_equal(got.zones, "borgo");
	assert_string_equal(got.text, message.text);
	assert_string_equal(got.door, "cli");
	assert_int_equal(got.created_at, 50);
	assert_int_equal(got.not_before, 7000);
	assert_int_equal(got.expires_at, 9000);
	assert_int_equal(got.until_at, 8000);
	assert_int_equal(got.segments, 2);
	assert_int_equal(got.recipients, 3);
	assert_int_equal(message_get(fixture->db, 99, &got, &fixture->err), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM outbox WHERE due = 7000"), 3);

	const struct message_reply welcome = {
		.address = "+393339999999", .text = "Benvenuto", .segments = 1, .expires_at = 600};
	assert_ok(message_create_reply(fixture->db, &welcome, 50, &reply, &fixture->err));
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM outbox WHERE due = 50 AND subscriber_id IS NULL AND priority = 4"),
		1);
	assert_ok(message_each(fixture->db, false, 10, keep_message, seen, &fixture->err));
	assert_string_equal(seen, "1 ");
	seen[0] = '\0';
	assert_ok(message_each(fixture->db, true, 10, keep_message, seen, &fixture->err));
	assert_string_equal(seen, "2 1 ");
	seen[0] = '\0';
	assert_ok(message_each(fixture->db, true, 1, keep_message, seen, &fixture->err));
	assert_string_equal(seen, "2 ");
}

static void test_figures(void **state)
{
	struct fixture *fixture = *state;
	struct message alert = message_of(MESSAGE_ALERT, "", "");
	struct message_figures figures;

	people_add(fixture);
	alert.segments = 2;
	assert_ok(message_create(fixture->db, &alert, true, false, 50, &fixture->err));
	assert_ok(db_script(fixture->db,
		"UPDATE outbox SET state = 1, segment = 1 WHERE subscriber_id = 3;"
		"UPDATE outbox SET state = 2, due = NULL, changed_at = 80 WHERE subscriber_id = 4;"
		"UPDATE outbox SET state = 5, due = 99 WHERE subscriber_id = 5;"
		"UPDATE outbox SET state = 3, due = NULL, reached = 1 WHERE subscriber_id = 7;"
		"UPDATE outbox SET state = 2, due = NULL, reached = 1, changed_at = 90, wired = 1 WHERE subscriber_id = 2;"
		"UPDATE outbox SET state = 4, due = NULL WHERE subscriber_id = 6;"
		"INSERT INTO attempt (outbox_id, number, state, segment, round, again, at, bearer, sim, error, "
		"settled_at, mr)"
		" VALUES (1, 1, 1, 0, 1, 0, 1, 'm', 's', '', 1, 5), (1, 2, 2, 0, 1, 0, 1, 'm', 's', '', 1, 5),"
		" (1, 3, 3, 0, 1, 0, 1, 'm', 's', '', 1, 5), (1, 4, 4, 0, 1, 0, 1, 'm', 's', '', 1, -1),"
		" (1, 5, 4, 0, 1, 0, 1, 'm', 's', '', 1, 7), (1, 6, 5, 0, 1, 0, 1, 'm', 's', '', 1, -1),"
		" (1, 7, 6, 0, 1, 0, 1, 'm', 's', '', 1, 7), (1, 8, 0, 0, 1, 0, 1, 'm', 's', '', 1, -1)",
		&fixture->err));
	assert_ok(message_figures(fixture->db, alert.id, &figures, &fixture->err));
	assert_int_equal(figures.recipients, 8);
	assert_int_equal(figures.reached, 2);
	assert_int_equal(figures.sms_queued, 1);
	assert_int_equal(figures.sms_sending, 1);
	assert_int_equal(figures.sms_sent, 1);
	assert_int_equal(figures.sms_unknown, 1);
	assert_int_equal(figures.sms_delivered, 1);
	assert_int_equal(figures.sms_failed, 0);
	assert_int_equal(figures.sms_cancelled, 0);
	assert_int_equal(figures.whatsapp_accepted, 1);
	assert_int_equal(figures.whatsapp_failed, 1);
	assert_int_equal(figures.whatsapp_queued, 1);
	assert_int_equal(figures.segments_left, 2 + 1 + 2);
	assert_int_equal(figures.segments_sent, 5);
	assert_int_equal(figures.last_sent_at, 80);
	assert_ok(message_figures(fixture->db, 99, &figures, &fixture->err));
	assert_int_equal(figures.recipients, 0);
}

static void test_cancel_and_expire(void **state)
{
	struct fixture *fixture = *state;
	struct message alert = message_of(MESSAGE_ALERT, "", ""), late = message_of(MESSAGE_ALERT, "", ""), done, got;
	int64_t next = -1;
	int withdrawn;

	people_add(fixture);
	assert_ok(message_create(fixture->db, &alert, false, false, 50, &fixture->err));
	assert_ok(db_script(fixture->db,
		"UPDATE outbox SET state = 1 WHERE subscriber_id = 1; UPDATE outbox SET state = 2, due = NULL WHERE "
		"subscriber_id = 3;"
		"UPDATE outbox SET state = 5, due = 99 WHERE subscriber_id = 4; UPDATE outbox SET state = 5, due = "
		"NULL WHERE"
		" subscriber_id = 5; UPDATE outbox SET state = 3, due = NULL WHERE subscriber_id = 7",
		&fixture->err));
	assert_ok(message_cancel(fixture->db, alert.id, STAGE_CANCELLED, 60, &withdrawn, &fixture->err));
	assert_int_equal(withdrawn, 4);
	assert_int_equal(ask(fixture, "SELECT group_concat(state, '') = '6265366' FROM (SELECT state FROM outbox ORDER "
				      "BY subscriber_id = 2,"
				      " subscriber_id = 9, id)"),
		1);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM outbox WHERE due IS NOT NULL"), 0);
	assert_int_equal(message_get(fixture->db, alert.id, &got, &fixture->err), 1);
	assert_int_equal(got.stage, STAGE_CANCELLED);

	late.expires_at = 200;
	done = late;
	done.expires_at = 300;
	assert_ok(message_create(fixture->db, &late, false, false, 50, &fixture->err));
	assert_ok(message_create(fixture->db, &done, false, false, 50, &fixture->err));
	assert_ok(db_script(fixture->db,
		"UPDATE outbox SET state = 3, due = NULL WHERE message_id = 3;"
		"UPDATE outbox SET state = 5, due = 99 WHERE message_id = 2 AND subscriber_id = 4",
		&fixture->err));
	assert_int_equal(message_expire(fixture->db, 199, &next, &fixture->err), 0);
	assert_int_equal(next, 200);
	assert_int_equal(message_expire(fixture->db, 200, &next, &fixture->err), 1);
	assert_int_equal(next, 300);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM outbox WHERE message_id = 2 AND state = 4 AND error = 'expired'"),
		6);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM outbox WHERE message_id = 2 AND state = 5 AND due IS NULL"), 1);
	assert_int_equal(message_get(fixture->db, 2, &got, &fixture->err), 1);
	assert_int_equal(got.stage, STAGE_EXPIRED);
	/* Finished before its time: closed, not expired. */
	assert_int_equal(message_expire(fixture->db, 500, &next, &fixture->err), 0);
	assert_int_equal(next, 0);
	assert_int_equal(message_get(fixture->db, 3, &got, &fixture->err), 1);
	assert_int_equal(got.stage, STAGE_OPEN);
	assert_ok(db_commit(fixture->db, &fixture->err));
	assert_int_equal(
		message_expire(fixture->db, 500, &next, &fixture->err), 0); /* nothing due: needs no transaction */
}

static void test_many(void **state)
{
	struct fixture *fixture = *state;
	struct message alert = message_of(MESSAGE_ALERT, "borgo|centro", "");
	enum { PEOPLE = 20000 };

	for (int i = 0; i < PEOPLE; i++) {
		char phone[24];
		snprintf(phone, sizeof phone, "+39333%07d", i);
		join(fixture, phone, i % 3 ? "centro" : "borgo", "");
	}
	assert_ok(db_commit(fixture->db, &fixture->err));
	int64_t start = clock_mono_ms();
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(message_create(fixture->db, &alert, false, false, 50, &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));
	int64_t took = clock_mono_ms() - start;
	assert_int_equal(alert.recipients, PEOPLE);
	assert_int_equal(ask(fixture, "SELECT last_row - first_row + 1 FROM message"), PEOPLE);
	/* 30 ms where measured; the bound is for sanitizers and shared machines. */
	assert_true(took < 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_recipients, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_clear, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_update, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_kept_as_given, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_figures, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_cancel_and_expire, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_many, transaction_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
