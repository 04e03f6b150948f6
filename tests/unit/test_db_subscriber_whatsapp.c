/* A person as WhatsApp knows them: two halves that come to light, move, belong to somebody else; refused, stopped. */
#include "tests/unit/db_support.h"

#include "db/limit.h"

enum { DAY = 24 * 3600 * 1000 };

static struct consent by_whatsapp = {.clock = "ntp", .channel = "whatsapp", .words = "ATTIVA"};

static int64_t join_as(struct fixture *fixture, const char *phone, const char *user)
{
	struct subscriber fields = {.channel = CHANNEL_AUTO};
	int64_t id;
	int was;

	snprintf(fields.phone, sizeof fields.phone, "%s", phone);
	snprintf(fields.whatsapp_id, sizeof fields.whatsapp_id, "%s", user);
	assert_ok(subscriber_join(fixture->db, &fields, &by_whatsapp, 1000, &id, &was, &fixture->err));
	return id;
}

static struct subscriber get(struct fixture *fixture, int64_t id)
{
	struct subscriber who;

	assert_int_equal(subscriber_get(fixture->db, id, &who, &fixture->err), 1);
	return who;
}

static void test_found_by_either_half(void **state)
{
	struct fixture *fixture = *state;
	struct subscriber who;

	assert_ok(db_begin(fixture->db, &fixture->err));
	int64_t phone = join_as(fixture, "+391", ""), user = join_as(fixture, "", "IT.2");
	assert_int_equal(subscriber_find_wired(fixture->db, "", "", &who, &fixture->err), 0);
	assert_int_equal(subscriber_find_wired(fixture->db, "IT.9", "+399", &who, &fixture->err), 0);
	assert_int_equal(subscriber_find_wired(fixture->db, "IT.9", "+391", &who, &fixture->err), 1);
	assert_int_equal(who.id, phone);
	assert_int_equal(subscriber_find_wired(fixture->db, "IT.2", "+391", &who, &fixture->err), 1);
	assert_int_equal(who.id, user); /* the user id first */
}

static void test_seen(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(db_begin(fixture->db, &fixture->err));
	int64_t one = join_as(fixture, "+391", ""), two = join_as(fixture, "", "IT.2");
	assert_ok(db_script(fixture->db, "UPDATE subscriber SET whatsapp_refused_at = 500", &fixture->err));
	assert_ok(subscriber_seen_wired(fixture->db, one, "IT.1", "+391", 0, &fixture->err));
	assert_string_equal(get(fixture, one).whatsapp_id, "IT.1");
	assert_int_equal(get(fixture, one).whatsapp_at, 0);
	assert_int_equal(get(fixture, one).whatsapp_refused_at, 500);
	assert_ok(subscriber_seen_wired(fixture->db, two, "IT.2", "+392", 700, &fixture->err));
	assert_string_equal(get(fixture, two).phone, "+392");
	assert_int_equal(get(fixture, two).whatsapp_at, 700);
	assert_int_equal(get(fixture, two).whatsapp_refused_at, 0);
	/* Webhooks come late: the last word stays; a number that is known does not change by being seen. */
	assert_ok(subscriber_seen_wired(fixture->db, two, "", "+393", 600, &fixture->err));
	assert_int_equal(get(fixture, two).whatsapp_at, 700);
	assert_string_equal(get(fixture, two).phone, "+392");
	/* Somebody else's halves stay with them. */
	assert_ok(subscriber_seen_wired(fixture->db, one, "IT.2", "", 0, &fixture->err));
	assert_string_equal(get(fixture, one).whatsapp_id, "IT.1");
	int64_t three = join_as(fixture, "", "IT.3");
	assert_ok(subscriber_seen_wired(fixture->db, three, "", "+391", 0, &fixture->err));
	assert_string_equal(get(fixture, three).phone, "");
	assert_ok(subscriber_seen_wired(fixture->db, 99, "IT.99", "+3999", 1, &fixture->err));
}

/* Both halves are in the list, as two people: joining breaks nothing and takes nothing away. */
static void test_joined_by_halves_of_two(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(db_begin(fixture->db, &fixture->err));
	int64_t one = join_as(fixture, "+391", ""), two = join_as(fixture, "", "IT.2");
	assert_int_equal(join_as(fixture, "+391", "IT.2"), one);
	assert_string_equal(get(fixture, one).whatsapp_id, "");
	assert_string_equal(get(fixture, two).whatsapp_id, "IT.2");
	assert_string_equal(get(fixture, two).phone, "");
	/* Free halves do come together. */
	assert_int_equal(join_as(fixture, "+391", "IT.1"), one);
	assert_string_equal(get(fixture, one).whatsapp_id, "IT.1");
	assert_int_equal(join_as(fixture, "+392", "IT.2"), two);
	assert_string_equal(get(fixture, two).phone, "+392");
}

static void test_moves(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(db_begin(fixture->db, &fixture->err));
	int64_t one = join_as(fixture, "+391", "IT.1"), two = join_as(fixture, "+392", "");
	assert_ok(subscriber_move(fixture->db, one, "IT.1b", "+391b", &fixture->err));
	assert_string_equal(get(fixture, one).phone, "+391b");
	assert_string_equal(get(fixture, one).whatsapp_id, "IT.1b");
	assert_ok(subscriber_move(fixture->db, one, "IT.1c", "", &fixture->err)); /* hidden now */
	assert_string_equal(get(fixture, one).phone, "");
	/* To what is another's: each keeps theirs. */
	assert_ok(subscriber_move(fixture->db, one, "IT.1d", "+392", &fixture->err));
	assert_string_equal(get(fixture, one).phone, "");
	assert_string_equal(get(fixture, one).whatsapp_id, "IT.1d");
	assert_ok(subscriber_move(fixture->db, two, "IT.1d", "+393", &fixture->err));
	assert_string_equal(get(fixture, two).whatsapp_id, "");
	assert_string_equal(get(fixture, two).phone, "+393");
	/* Nobody is left without any way at all. */
	assert_ok(subscriber_move(fixture->db, two, "", "", &fixture->err));
	assert_string_equal(get(fixture, two).phone, "+393");
}

/* How many rows a message made, by channel: 10 * SMS + WhatsApp. */
static int rows_of(struct fixture *fixture, enum message_kind kind, int64_t now)
{
	struct message message = message_of(kind, "", "");
	struct message_figures figures;

	message.expires_at = now + DAY;
	assert_ok(message_create(fixture->db, &message, true, false, now, &fixture->err));
	assert_ok(message_figures(fixture->db, message.id, &figures, &fixture->err));
	return (int)(10 * figures.sms_queued + figures.whatsapp_queued);
}

static void test_refused_for_a_week(void **state)
{
	struct fixture *fixture = *state;
	int64_t now = (int64_t)100 * DAY, week = (int64_t)7 * DAY;

	assert_ok(db_begin(fixture->db, &fixture->err));
	int64_t both = join_as(fixture, "+391", "IT.1"), user = join_as(fixture, "", "IT.2");
	assert_int_equal(rows_of(fixture, MESSAGE_ALERT, now), 2);
	assert_ok(subscriber_refused(fixture->db, both, now, &fixture->err));
	assert_ok(subscriber_refused(fixture->db, user, now, &fixture->err));
	/* Who has no phone is tried all the same. */
	assert_int_equal(rows_of(fixture, MESSAGE_ALERT, now + 1), 11);
	assert_int_equal(rows_of(fixture, MESSAGE_ALERT, now + week - 1), 11);
	assert_int_equal(rows_of(fixture, MESSAGE_ALERT, now + week), 2);
	assert_ok(subscriber_refused(fixture->db, both, now + week, &fixture->err));
	assert_int_equal(rows_of(fixture, MESSAGE_ALERT, now + week + 1), 11);
	assert_ok(subscriber_seen_wired(fixture->db, both, "IT.1", "", now + week + 2, &fixture->err));
	assert_int_equal(rows_of(fixture, MESSAGE_ALERT, now + week + 3), 2);
	/* subscriber_by_whatsapp is the same rule for one person. */
	assert_ok(subscriber_refused(fixture->db, both, now + week + 4, &fixture->err));
	struct subscriber who = get(fixture, both);
	assert_false(subscriber_by_whatsapp(&who, now + week + 5));
	assert_true(subscriber_by_whatsapp(&who, now + 2 * week + 5));
}

static void test_stopped(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(db_begin(fixture->db, &fixture->err));
	int64_t one = join_as(fixture, "+391", "IT.1");
	assert_int_equal(rows_of(fixture, MESSAGE_NEWS, 5000), 1);
	assert_ok(subscriber_stop_marketing(fixture->db, one, true, &fixture->err));
	assert_int_equal(rows_of(fixture, MESSAGE_NEWS, 5000), 0);
	assert_int_equal(rows_of(fixture, MESSAGE_ALERT, 5000), 1);
	assert_ok(subscriber_stop_marketing(fixture->db, one, false, &fixture->err));
	assert_int_equal(rows_of(fixture, MESSAGE_NEWS, 5000), 1);
}

static void test_the_limits_note_is_taken_back(void **state)
{
	struct fixture *fixture = *state;
	int64_t used, next;

	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(limit_note(fixture->db, "+391", 5000, &fixture->err));
	assert_ok(limit_note(fixture->db, "+392", 5000, &fixture->err));
	assert_ok(limit_wrote(fixture->db, "+391", 4000, 5000, &fixture->err));
	assert_ok(limit_take_back(fixture->db, "+391", &fixture->err));
	assert_ok(limit_take_back(fixture->db, "+399", &fixture->err));
	assert_ok(limit_used(fixture->db, 5000, &used, &next, &fixture->err));
	assert_int_equal(used, 1);
	assert_int_equal(limit_window(fixture->db, "+391", 5000, &fixture->err), 1); /* that they wrote stays */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found_by_either_half, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_seen, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_joined_by_halves_of_two, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_moves, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_refused_for_a_week, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_stopped, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_the_limits_note_is_taken_back, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
