/* The count of different people written to in 24 hours: who costs, who does not, who falls out, and a clock that jumps. */
#include "tests/unit/db_support.h"

#include "db/limit.h"

enum { HOUR = 3600 * 1000, DAY = 24 * HOUR };

#define NOW INT64_C(1793000000000)

static void note(struct fixture *fixture, const char *address, int64_t now)
{
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(limit_note(fixture->db, address, now, &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));
}

static void wrote(struct fixture *fixture, const char *address, int64_t at, int64_t now)
{
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(limit_wrote(fixture->db, address, at, now, &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));
}

static void clock_set(struct fixture *fixture, int64_t jump, int64_t now)
{
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(limit_follow_clock(fixture->db, jump, now, &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));
}

static void assert_used(struct fixture *fixture, int64_t now, int64_t people, int64_t next)
{
	int64_t used = -1, next_free_at = -1;

	assert_ok(limit_used(fixture->db, now, &used, &next_free_at, &fixture->err));
	assert_int_equal(used, people);
	assert_int_equal(next_free_at, next);
}

static int knows(struct fixture *fixture, const char *address, int64_t now)
{
	int known = limit_knows(fixture->db, address, now, &fixture->err);

	assert_ok(known);
	return known;
}

static void test_people_not_messages(void **state)
{
	struct fixture *fixture = *state;

	assert_used(fixture, NOW, 0, 0);
	assert_int_equal(knows(fixture, "+393331234567", NOW), 0);
	note(fixture, "+393331234567", NOW);
	note(fixture, "IT.13491208655302741918", NOW + HOUR);
	assert_int_equal(knows(fixture, "+393331234567", NOW), 1);
	assert_int_equal(knows(fixture, "+393331234568", NOW), 0);
	assert_used(fixture, NOW + HOUR, 2, NOW + DAY);
	note(fixture, "+393331234567", NOW + 2 * HOUR); /* again: the same person, from now on */
	assert_used(fixture, NOW + 2 * HOUR, 2, NOW + HOUR + DAY);
}

static void test_they_fall_out(void **state)
{
	struct fixture *fixture = *state;

	note(fixture, "a", NOW);
	note(fixture, "b", NOW + HOUR);
	assert_used(fixture, NOW + DAY - 1, 2, NOW + DAY);
	assert_used(fixture, NOW + DAY, 1, NOW + HOUR + DAY); /* at the very moment that was told */
	assert_int_equal(knows(fixture, "a", NOW + DAY - 1), 1);
	assert_int_equal(knows(fixture, "a", NOW + DAY), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM whatsapp_contact"), 2);
	note(fixture, "c", NOW + DAY);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM whatsapp_contact"), 2);
	assert_used(fixture, NOW + DAY, 2, NOW + HOUR + DAY);
	assert_used(fixture, NOW + 3 * (int64_t)DAY, 0, 0);
}

static void test_who_wrote_is_free(void **state)
{
	struct fixture *fixture = *state;

	wrote(fixture, "a", NOW - HOUR, NOW);
	assert_int_equal(limit_window(fixture->db, "a", NOW, &fixture->err), 1);
	assert_int_equal(limit_window(fixture->db, "b", NOW, &fixture->err), 0);
	assert_int_equal(knows(fixture, "a", NOW), 1);
	note(fixture, "a", NOW);
	assert_used(fixture, NOW, 0, 0);
	/* The window ends 24 hours after the person wrote, not after we did. */
	assert_int_equal(limit_window(fixture->db, "a", NOW + 23 * HOUR - 1, &fixture->err), 1);
	assert_int_equal(limit_window(fixture->db, "a", NOW + 23 * HOUR, &fixture->err), 0);
	assert_int_equal(knows(fixture, "a", NOW + 23 * HOUR), 0);
	note(fixture, "a", NOW + 23 * HOUR);
	assert_used(fixture, NOW + 23 * HOUR, 1, NOW + 23 * HOUR + DAY);
	/* Who was counted before stays so, whatever they write. */
	wrote(fixture, "a", NOW + 24 * HOUR, NOW + 24 * HOUR);
	assert_used(fixture, NOW + 24 * HOUR, 1, NOW + 23 * HOUR + DAY);
	/* An older word, told late, closes nothing. */
	wrote(fixture, "a", NOW, NOW + 24 * HOUR);
	assert_int_equal(limit_window(fixture->db, "a", NOW + 47 * HOUR, &fixture->err), 1);
	wrote(fixture, "c", NOW * 1000, NOW); /* a time stamp that lies */
	assert_int_equal(limit_window(fixture->db, "c", NOW + DAY, &fixture->err), 0);
}

static void test_clock_set_back(void **state)
{
	struct fixture *fixture = *state;

	note(fixture, "a", NOW + 1000 * (int64_t)DAY);
	note(fixture, "b", NOW + 1000 * (int64_t)DAY);
	assert_used(fixture, NOW, 2, NOW + DAY); /* as if of now */
	assert_int_equal(knows(fixture, "a", NOW), 1);
	clock_set(fixture, 0, NOW);
	assert_used(fixture, NOW + HOUR, 2, NOW + DAY);
	assert_used(fixture, NOW + DAY, 0, 0);
}

static void test_clock_set_forward(void **state)
{
	struct fixture *fixture = *state;
	int64_t jump = 900 * (int64_t)DAY;

	note(fixture, "a", NOW);
	note(fixture, "b", NOW + HOUR);
	assert_used(fixture, NOW + HOUR + jump, 0, 0);
	clock_set(fixture, jump, NOW + HOUR + jump);
	assert_used(fixture, NOW + HOUR + jump, 2, NOW + jump + DAY);
	note(fixture, "c", NOW + HOUR + jump); /* and prunes none of them */
	assert_used(fixture, NOW + HOUR + jump, 3, NOW + jump + DAY);
	clock_set(fixture, 0, NOW + HOUR + jump); /* asked again without a jump: nothing moves */
	assert_used(fixture, NOW + HOUR + jump, 3, NOW + jump + DAY);
}

static void test_nothing_to_read(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(limit_note(fixture->db, "+393331234567", NOW, &fixture->err), -1); /* no transaction */
	assert_int_equal(fixture->err.status, EX_SOFTWARE);
	note(fixture, "+393331234567", NOW);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM whatsapp_contact WHERE instr(CAST(hash AS TEXT), '3331')"), 0);
	assert_int_equal(ask(fixture, "SELECT length(hash) FROM whatsapp_contact"), DB_HASH_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_people_not_messages, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_they_fall_out, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_who_wrote_is_free, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_clock_set_back, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_clock_set_forward, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_to_read, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
