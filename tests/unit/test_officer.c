/* Officers and their PINs: the policy as a table, and tries through the database. */
#include "tests/unit/db_support.h"

#include "db/audit.h"
#include "db/officer.h"

#include <sodium.h>

static int transaction_set_up(void **state)
{
	if (fixture_set_up(state) != 0)
		return -1;
	struct fixture *fixture = *state;
	return db_begin(fixture->db, &fixture->err);
}

static const struct {
	const char *pin;
	bool good;
} pins[] = {
	{"4711", true}, {"47112938", true}, {"0470", true}, {"1223", true}, {"471", false}, {"471129384", false},
	{"47a1", false}, {"", false}, {" 4711", false}, {"4711\n", false}, {"0000", false}, {"99999999", false},
	{"1234", false}, {"12345678", false}, {"9876", false}, {"٤٧١١", false}, /* digits of another script */
};

static void test_pin_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pins / sizeof *pins; i++)
		if ((officer_pin_check(pins[i].pin) == NULL) != pins[i].good)
			fail_msg("\"%s\"", pins[i].pin);
}

enum { S = 1000, MIN = 60 * S, HOUR = 60 * MIN };

static const struct {
	int failed;
	int64_t last_at, now, open_at;
} waits[] = {
	{0, 0, 1000 * S, 0},
	{1, 1000 * S, 1000 * S, 1001 * S},
	{1, 1000 * S, 1001 * S, 0},
	{2, 1000 * S, 1000 * S, 1002 * S},
	{3, 1000 * S, 1004 * S, 1005 * S},
	{4, 1000 * S, 1000 * S, 1010 * S},
	{5, 1000 * S, 1000 * S, 1000 * S + 5 * MIN},
	{5, 1000 * S, 1000 * S + 5 * MIN, 0},
	{6, 1000 * S, 1000 * S, 1000 * S + 15 * MIN},
	{8, 1000 * S, 1000 * S, 1000 * S + HOUR},
	{1000000, 1000 * S, 1000 * S, 1000 * S + HOUR},
	{-1, 1000 * S, 1000 * S, 0},
	/* The clock was set back by years: held for what the policy says, from now. */
	{5, INT64_C(4000000000000), 1000 * S, 1000 * S + 5 * MIN},
	/* And forward: a day clears all. */
	{1000000, 1000 * S, 1000 * S + 24 * HOUR, 0},
};

static void test_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		int64_t open_at = officer_pin_open_at(waits[i].failed, waits[i].last_at, waits[i].now);
		if (open_at != waits[i].open_at)
			fail_msg("%zu: %lld", i, (long long)open_at);
	}
	for (int failed = 1; failed < 20; failed++)
		assert_true(officer_pin_wait_ms(failed) >= officer_pin_wait_ms(failed - 1));
	assert_false(officer_pin_is_locked(4));
	assert_true(officer_pin_is_locked(5));
	/* Guessing: what the policy lets through in a day, against the 10,000 PINs of 4 digits. */
	int tries = 0;
	for (int64_t now = 0; now < 24 * HOUR; now += officer_pin_wait_ms(tries))
		tries++;
	assert_true(tries < 40);
}

/* A hash that costs nothing to make or check: what is tested here is what happens around it. */
static void hash_quickly(const char *pin, char hash[OFFICER_HASH_MAX])
{
	assert_int_equal(
		crypto_pwhash_str(hash, pin, strlen(pin), crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN), 0);
}

static int64_t enrol(struct fixture *fixture, const char *name, const char *phone, const char *pin)
{
	struct officer officer = {.may_order = true};
	char hash[OFFICER_HASH_MAX];

	hash_quickly(pin, hash);
	snprintf(officer.name, sizeof officer.name, "%s", name);
	snprintf(officer.phone, sizeof officer.phone, "%s", phone);
	assert_ok(officer_add(fixture->db, &officer, hash, 1000, &fixture->err));
	return officer.id;
}

static bool count_one(void *context, const struct officer *officer)
{
	(void)officer;
	++*(int *)context;
	return true;
}

static void test_officers(void **state)
{
	struct fixture *fixture = *state;
	struct officer officer, twin = {.name = "MARIO"}, phone = {.name = "Carla", .phone = "+393331234567"};
	int64_t mario = enrol(fixture, "Mario", "+393331234567", "4711");
	int count = 0;

	enrol(fixture, "Anna", "", "4712");
	enrol(fixture, "Bruno", "", "4713"); /* phones that are not given do not meet */
	assert_int_equal(officer_find(fixture->db, "mario", &officer, &fixture->err), 1);
	assert_int_equal(officer.id, mario);
	assert_true(officer.may_order && !officer.may_confirm && officer.has_pin);
	assert_int_equal(officer_find_phone(fixture->db, "+393331234567", &officer, &fixture->err), 1);
	assert_string_equal(officer.name, "Mario");
	assert_int_equal(officer_find(fixture->db, "nobody", &officer, &fixture->err), 0);
	assert_int_equal(officer_find_phone(fixture->db, "", &officer, &fixture->err), 0);
	assert_int_equal(officer_add(fixture->db, &twin, "x", 1, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_DATAERR);
	assert_int_equal(officer_add(fixture->db, &phone, "x", 1, &fixture->err), -1);
	assert_non_null(strstr(fixture->err.text, "Mario"));
	assert_ok(officer_each(fixture->db, count_one, &count, &fixture->err));
	assert_int_equal(count, 3);

	assert_ok(officer_remove(fixture->db, mario, 5, &fixture->err));
	assert_int_equal(officer_get(fixture->db, mario, &officer, &fixture->err), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM officer WHERE phone IS NOT NULL OR name = 'Mario' AND "
				      "pin_hash <> ''"),
		0);
	assert_true(enrol(fixture, "Mario", "+393331234567", "4714") > mario);
	for (int i = 3; i < OFFICERS_MAX; i++) {
		char name[16];
		snprintf(name, sizeof name, "o%d", i);
		enrol(fixture, name, "", "4715");
	}
	assert_int_equal(officer_add(fixture->db, &(struct officer){.name = "one more"}, "x", 1, &fixture->err), -1);
}

/* One whole try; the officer, 0 nobody, -1 must wait. */
static int64_t try(struct fixture *fixture, int64_t who, const char *pin, int64_t now)
{
	struct officer_try attempt;
	int open = officer_try_open(fixture->db, who, "keypad", now, &attempt, &fixture->err);

	assert_ok(open);
	if (open == 0) {
		assert_true(attempt.open_at > now);
		return -1;
	}
	int64_t matched = officer_try_match(&attempt, pin);
	assert_ok(officer_try_close(fixture->db, &attempt, matched, now, "ntp", &fixture->err));
	return matched;
}

static void test_tries(void **state)
{
	struct fixture *fixture = *state;
	int64_t mario = enrol(fixture, "Mario", "+393331234567", "4711"), anna = enrol(fixture, "Anna", "", "0815"),
		now = 1000 * S;

	assert_int_equal(try(fixture, 0, "0815", now), anna);
	assert_int_equal(try(fixture, 0, "4711", now), mario);
	assert_int_equal(try(fixture, 0, "1111", now), 0);
	assert_int_equal(try(fixture, 0, "4711", now), -1);	   /* also the right one waits */
	assert_int_equal(try(fixture, mario, "4711", now), mario); /* another door knows him: not his tries */
	now += 1 * S;
	assert_int_equal(try(fixture, 0, "4711", now), mario); /* and the count begins anew */
	for (int i = 0; i < 5; i++) {
		now += officer_pin_wait_ms(i);
		assert_int_equal(try(fixture, 0, "1111", now), 0);
	}
	assert_int_equal(try(fixture, 0, "4711", now + 4 * MIN), -1);
	assert_int_equal(try(fixture, 0, "4711", now + 5 * MIN), mario);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM audit WHERE act = 'wrong PIN' AND door = 'keypad'"), 6);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM audit WHERE detail = '5 in a row, locked'"), 1);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM audit WHERE detail LIKE '%4711%' OR detail LIKE '%1111%'"), 0);

	/* Against one officer, whose own count it is. */
	assert_int_equal(try(fixture, anna, "4711", now), 0);
	assert_int_equal(try(fixture, anna, "0815", now), -1);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM audit WHERE act = 'wrong PIN' AND who = 'Anna'"), 1);
	struct officer officer;
	assert_int_equal(officer_get(fixture->db, anna, &officer, &fixture->err), 1);
	assert_int_equal(officer.failed, 1);
	assert_ok(officer_unlock(fixture->db, anna, &fixture->err));
	assert_int_equal(try(fixture, anna, "0815", now), anna);
	assert_ok(officer_remove(fixture->db, mario, now, &fixture->err));
	assert_int_equal(try(fixture, 0, "4711", now), 0); /* removed */
	assert_ok(officer_unlock(fixture->db, 0, &fixture->err));
	char hash[OFFICER_HASH_MAX];
	hash_quickly("2468", hash);
	assert_ok(officer_set_pin(fixture->db, anna, hash, &fixture->err));
	assert_int_equal(try(fixture, 0, "0815", now), 0);
	assert_ok(officer_unlock(fixture->db, 0, &fixture->err));
	assert_int_equal(try(fixture, 0, "2468", now), anna);
}

/* The power fails while the PIN is looked at: the try has been counted. */
static void test_no_free_try(void **state)
{
	struct fixture *fixture = *state;
	struct officer_try attempt;

	enrol(fixture, "Mario", "", "4711");
	assert_int_equal(officer_try_open(fixture->db, 0, "keypad", 1000 * S, &attempt, &fixture->err), 1);
	assert_ok(db_commit(fixture->db, &fixture->err));
	db_close(fixture->db);
	fixture->db = NULL;
	assert_ok(db_open(fixture->path, false, &fixture->db, &fixture->err));
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_int_equal(try(fixture, 0, "4711", 1000 * S), -1);
	assert_int_equal(try(fixture, 0, "4711", 500 * S), -1); /* the clock was set back: */
	assert_true(try(fixture, 0, "4711", 501 * S) > 0);	/* held for a second, not for 501 */
}

/* The hash that is really used. */
static void test_real_hash(void **state)
{
	struct officer_try attempt = {.count = 1};

	(void)state;
	assert_int_equal(officer_pin_hash("4711", attempt.candidates[0].hash), 0);
	assert_non_null(strstr(attempt.candidates[0].hash, "$argon2id$v=19$m=16384,t=2,p=1$"));
	attempt.candidates[0].id = 7;
	assert_int_equal(officer_try_match(&attempt, "4711"), 7);
	assert_int_equal(officer_try_match(&attempt, "4712"), 0);
	assert_int_equal(officer_try_match(&attempt, ""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pin_check),
		cmocka_unit_test(test_policy),
		cmocka_unit_test_setup_teardown(test_officers, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_tries, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_no_free_try, transaction_set_up, fixture_tear_down),
		cmocka_unit_test(test_real_hash),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
