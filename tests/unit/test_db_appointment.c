/* Appointments: no place is given twice, by one process or by many at once. */
#include "tests/unit/db_support.h"

#include "db/appointment.h"
#include "tests/unit/hostile.h"

#include <sys/wait.h>

enum { MINUTE = 60000, QUARTER = 15 * MINUTE, DAY = 24 * 60 * MINUTE };

static const int64_t nine = 2000000000000; /* some morning */

static int transaction_set_up(void **state)
{
	if (fixture_set_up(state) < 0)
		return -1;
	struct fixture *fixture = *state;
	return db_begin(fixture->db, &fixture->err);
}

static struct appointment appointment_of(const char *office, int64_t start, int32_t minutes)
{
	struct appointment appointment = {.state = APPOINTMENT_BOOKED, .start = start, .minutes = minutes};

	snprintf(appointment.office, sizeof appointment.office, "%s", office);
	appointment.who.channel = CHANNEL_SMS;
	strcpy(appointment.who.address, "+393330000001");
	return appointment;
}

static int book(struct fixture *fixture, const char *office, int64_t start, int32_t minutes, int64_t *ret_id)
{
	struct appointment appointment = appointment_of(office, start, minutes);
	int result = appointment_book(fixture->db, &appointment, 1000, &fixture->err);

	if (ret_id)
		*ret_id = appointment.id;
	return result;
}

static struct appointment get(struct fixture *fixture, int64_t id)
{
	struct appointment appointment;

	assert_int_equal(appointment_get(fixture->db, id, &appointment, &fixture->err), 1);
	return appointment;
}

static void test_no_overlap(void **state)
{
	struct fixture *fixture = *state;
	int64_t id;

	assert_int_equal(book(fixture, "anagrafe", nine, 15, &id), 1);
	assert_int_equal(book(fixture, "anagrafe", nine, 15, NULL), 0);
	assert_int_equal(book(fixture, "anagrafe", nine + 14 * MINUTE, 15, NULL), 0);
	assert_int_equal(book(fixture, "anagrafe", nine - 14 * MINUTE, 15, NULL), 0);
	assert_int_equal(book(fixture, "anagrafe", nine - MINUTE, 60, NULL), 0);
	assert_int_equal(book(fixture, "anagrafe", nine + MINUTE, 1, NULL), 0);
	assert_int_equal(book(fixture, "anagrafe", nine + QUARTER, 15, NULL), 1);
	assert_int_equal(book(fixture, "anagrafe", nine - QUARTER, 15, NULL), 1);
	assert_int_equal(book(fixture, "tributi", nine, 15, NULL), 1);
	assert_int_equal(book(fixture, "anagrafe", nine + DAY, 1440, NULL), 1);
	assert_int_equal(book(fixture, "anagrafe", nine + 2LL * DAY - MINUTE, 15, NULL), 0);
	assert_int_equal(book(fixture, "anagrafe", nine + 5LL * DAY, 0, NULL), -1);
	assert_int_equal(book(fixture, "anagrafe", nine + 5LL * DAY, 1441, NULL), -1);
	assert_true(db_in_transaction(fixture->db));

	/* Called off, its place is free; and it does not come back. */
	assert_int_equal(appointment_set(fixture->db, id, APPOINTMENT_CANCELLED, 2000, &fixture->err), 1);
	assert_int_equal(get(fixture, id).sequence, 1);
	assert_int_equal(book(fixture, "anagrafe", nine, 15, NULL), 1);
	assert_int_equal(appointment_set(fixture->db, id, APPOINTMENT_CONFIRMED, 2000, &fixture->err), 0);
	assert_int_equal(appointment_set(fixture->db, id, APPOINTMENT_MOVED, 2000, &fixture->err), -1);
}

/* What stands behind the statement that looks. */
static void test_index_refuses(void **state)
{
	struct fixture *fixture = *state;
	static const char twice[] =
		"INSERT INTO appointment (channel, state, start, minutes, created_at, changed_at, held_until, office,"
		" address, name, note) VALUES (1, 2, 2000000000000, 15, 1, 1, 0, 'anagrafe', '+39', '', '')";

	assert_ok(db_script(fixture->db, twice, &fixture->err));
	assert_int_equal(db_script(fixture->db, twice, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_DATAERR);
	assert_int_equal(
		ask(fixture,
			"SELECT count(*) FROM pragma_index_list('appointment') WHERE name = 'appointment_place' AND "
			"\"unique\" AND partial"),
		1);
}

static void test_holds(void **state)
{
	struct fixture *fixture = *state;
	struct appointment offer = appointment_of("anagrafe", nine, 15);

	offer.state = APPOINTMENT_OFFERED;
	offer.held_until = 5000;
	assert_int_equal(appointment_book(fixture->db, &offer, 1000, &fixture->err), 1);
	assert_int_equal(book(fixture, "anagrafe", nine, 15, NULL), 0);
	/* Past its hold it makes room, and cannot be taken any more. */
	struct appointment other = appointment_of("anagrafe", nine, 15);
	assert_int_equal(appointment_book(fixture->db, &other, 5000, &fixture->err), 1);
	assert_int_equal(get(fixture, offer.id).state, APPOINTMENT_CANCELLED);
	assert_int_equal(appointment_set(fixture->db, offer.id, APPOINTMENT_BOOKED, 5000, &fixture->err), 0);
	/* In time it is theirs for good. */
	offer = appointment_of("tributi", nine, 15);
	offer.state = APPOINTMENT_OFFERED;
	offer.held_until = 5000;
	assert_int_equal(appointment_book(fixture->db, &offer, 1000, &fixture->err), 1);
	assert_int_equal(appointment_set(fixture->db, offer.id, APPOINTMENT_BOOKED, 4000, &fixture->err), 1);
	assert_int_equal(appointment_finish(fixture->db, 6000, &fixture->err), 0);
	assert_int_equal(get(fixture, offer.id).state, APPOINTMENT_BOOKED);
	/* What is past is done. */
	assert_int_equal(appointment_finish(fixture->db, nine + QUARTER - 1, &fixture->err), 0);
	assert_int_equal(appointment_finish(fixture->db, nine + QUARTER, &fixture->err), 2);
	assert_int_equal(get(fixture, offer.id).state, APPOINTMENT_DONE);
}

static void test_move(void **state)
{
	struct fixture *fixture = *state;
	int64_t id, other;

	assert_int_equal(book(fixture, "anagrafe", nine, 15, &id), 1);
	assert_int_equal(book(fixture, "anagrafe", nine + 2 * QUARTER, 15, &other), 1);
	assert_ok(appointment_reminded(fixture->db, id, 1500, &fixture->err));
	/* Its own place is no hindrance, another's is. */
	assert_int_equal(
		appointment_move(fixture->db, id, nine + 5 * MINUTE, 15, APPOINTMENT_MOVED, 2000, &fixture->err), 1);
	assert_int_equal(
		appointment_move(fixture->db, id, nine + 2 * QUARTER, 15, APPOINTMENT_MOVED, 2000, &fixture->err), 0);
	struct appointment moved = get(fixture, id);
	assert_int_equal(moved.start, nine + 5 * MINUTE);
	assert_int_equal(moved.state, APPOINTMENT_MOVED);
	assert_int_equal(moved.sequence, 1);
	assert_int_equal(moved.reminder_sent, 0);
	assert_int_equal(appointment_move(fixture->db, id, nine + DAY, 15, APPOINTMENT_BOOKED, 3000, &fixture->err), 1);
	assert_int_equal(get(fixture, id).state, APPOINTMENT_BOOKED);
	assert_int_equal(book(fixture, "anagrafe", nine, 15, NULL), 1); /* where it was */
	assert_int_equal(appointment_set(fixture->db, id, APPOINTMENT_DECLINED, 4000, &fixture->err), 1);
	assert_int_equal(
		appointment_move(fixture->db, id, nine + 2 * DAY, 15, APPOINTMENT_MOVED, 5000, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_REFUSED);
	assert_int_equal(
		appointment_move(fixture->db, 4711, nine + 2 * DAY, 15, APPOINTMENT_MOVED, 5000, &fixture->err), -1);
}

struct walk {
	int count;
	int64_t id[64];
};

static bool keep_id(void *context, const struct appointment *appointment)
{
	struct walk *walk = context;

	walk->id[walk->count++] = appointment->id;
	return true;
}

static void test_lists(void **state)
{
	struct fixture *fixture = *state;
	struct appointment_span spans[8];
	struct walk walk = {0};
	int64_t id[4];

	for (int i = 0; i < 4; i++)
		assert_int_equal(book(fixture, i < 3 ? "anagrafe" : "tributi", nine + (3 - i) * DAY, 30, &id[i]), 1);
	assert_int_equal(appointment_set(fixture->db, id[1], APPOINTMENT_CANCELLED, 1, &fixture->err), 1);
	assert_ok(appointment_each(
		fixture->db, &(struct appointment_filter){.from = nine}, 10, keep_id, &walk, &fixture->err));
	assert_int_equal(walk.count, 3);
	assert_int_equal(walk.id[0], id[3]); /* in order of time */
	walk.count = 0;
	assert_ok(appointment_each(fixture->db, &(struct appointment_filter){.all = true, .office = "anagrafe"}, 10,
		keep_id, &walk, &fixture->err));
	assert_int_equal(walk.count, 3);
	walk.count = 0;
	assert_ok(appointment_each(fixture->db,
		&(struct appointment_filter){.from = nine, .until = nine + DAY, .address = "+393330000001"}, 10,
		keep_id, &walk, &fixture->err));
	assert_int_equal(walk.count, 1);

	/* What began before counts while it lasts. */
	assert_int_equal(
		appointment_spans(fixture->db, "anagrafe", nine, nine + 4LL * DAY, spans, 8, &fixture->err), 2);
	assert_int_equal(spans[0].start, nine + DAY);
	assert_int_equal(spans[0].minutes, 30);
	assert_int_equal(appointment_spans(fixture->db, "anagrafe", nine + DAY + MINUTE, nine + DAY + 2 * MINUTE, spans,
				 8, &fixture->err),
		1);

	walk.count = 0;
	assert_ok(appointment_reminders(fixture->db, nine - 1, nine + DAY + 1, 10, keep_id, &walk, &fixture->err));
	assert_int_equal(walk.count, 2);
	assert_ok(appointment_reminded(fixture->db, walk.id[0], 5, &fixture->err));
	walk.count = 0;
	assert_ok(appointment_reminders(fixture->db, nine - 1, nine + DAY + 1, 10, keep_id, &walk, &fixture->err));
	assert_int_equal(walk.count, 1);
}

static void test_stored_as_written(void **state)
{
	struct fixture *fixture = *state;
	char uid[APPOINTMENT_UID_MAX], again[APPOINTMENT_UID_MAX];

	for (int i = 0; i < HOSTILE_TEXTS; i++) {
		struct appointment appointment = appointment_of("anagrafe", nine + i * DAY, 15);
		snprintf(appointment.note, sizeof appointment.note, "%s", hostile_texts[i]);
		snprintf(appointment.name, sizeof appointment.name, "%s", hostile_texts[i]);
		assert_int_equal(appointment_book(fixture->db, &appointment, 1, &fixture->err), 1);
		assert_string_equal(get(fixture, appointment.id).note, hostile_texts[i]);
		assert_string_equal(get(fixture, appointment.id).name, hostile_texts[i]);
	}
	appointment_uid(fixture->db, 7, uid);
	appointment_uid(fixture->db, 7, again);
	assert_string_equal(uid, again);
	assert_int_equal(strlen(uid), 32 + strlen("@banditore"));
	appointment_uid(fixture->db, 8, again);
	assert_string_not_equal(uid, again);
}

/* ---- many at once ------------------------------------------------------------------------------------------------ */

enum { PROCESSES = 4, PLACES = 40 };

/* Books every place it can get, beginning at another one than the rest; its exit status is how many it got. */
static void book_all(const char *path, int number)
{
	struct err err;
	struct db *db;
	int got = 0;

	if (db_open(path, false, &db, &err) < 0)
		_exit(255);
	for (int i = 0; i < PLACES; i++) {
		struct appointment appointment =
			appointment_of("anagrafe", nine + (int64_t)((i + number) % PLACES) * QUARTER, 15);
		if (db_begin(db, &err) < 0)
			_exit(254);
		int result = appointment_book(db, &appointment, 1000, &err);
		if (result < 0 || db_commit(db, &err) < 0)
			_exit(253);
		got += result;
	}
	db_close(db);
	_exit(got);
}

static void test_many_at_once(void **state)
{
	struct fixture *fixture = *state;
	pid_t children[PROCESSES];
	int total = 0;

	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			book_all(fixture->path, i);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status = 0;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		assert_true(WEXITSTATUS(status) <= PLACES);
		total += WEXITSTATUS(status);
	}
	assert_int_equal(total, PLACES);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM appointment"), PLACES);
	assert_int_equal(ask(fixture, "SELECT count(DISTINCT start) FROM appointment"), PLACES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_overlap, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_index_refuses, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_holds, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_move, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_lists, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_stored_as_written, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_many_at_once, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
