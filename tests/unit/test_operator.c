/* Operators, their sessions, and the limit on wrong logins: the policy as a table, and tries through the database. */
#include "tests/unit/db_support.h"

#include "db/login.h"
#include "db/operator.h"

#include <sodium.h>

enum { S = 1000, MIN = 60 * S, HOUR = 60 * MIN, DAY = 24 * HOUR };

static int transaction_set_up(void **state)
{
	if (fixture_set_up(state) != 0)
		return -1;
	struct fixture *fixture = *state;
	return db_begin(fixture->db, &fixture->err);
}

/* ---- the policy -------------------------------------------------------------------------------------------------- */

static const struct {
	enum login_subject subject;
	int failed;
	int64_t last_at, now, open_at;
} waits[] = {
	{LOGIN_ACCOUNT, 0, 1000 * S, 1000 * S, 0},
	{LOGIN_ACCOUNT, 2, 1000 * S, 1000 * S, 0}, /* a slip or two */
	{LOGIN_ACCOUNT, 3, 1000 * S, 1000 * S, 1001 * S},
	{LOGIN_ACCOUNT, 3, 1000 * S, 1001 * S, 0},
	{LOGIN_ACCOUNT, 7, 1000 * S, 1000 * S, 1030 * S},
	{LOGIN_ACCOUNT, 8, 1000 * S, 1000 * S, 1060 * S},
	{LOGIN_ACCOUNT, 1000000, 1000 * S, 1000 * S, 1060 * S}, /* never longer than a minute */
	{LOGIN_ACCOUNT, -1, 1000 * S, 1000 * S, 0},
	{LOGIN_PAIR, 1000000, 1000 * S, 1000 * S, 1060 * S},
	{LOGIN_ADDRESS, 4, 1000 * S, 1000 * S, 0}, /* an office behind one address */
	{LOGIN_ADDRESS, 5, 1000 * S, 1000 * S, 1001 * S},
	{LOGIN_ADDRESS, 1000000, 1000 * S, 1000 * S, 1300 * S},
	/* The clock was set back by years: held for what the policy says, from now. */
	{LOGIN_ACCOUNT, 8, INT64_C(4000000000000), 1000 * S, 1060 * S},
	/* And forward: a day clears all. */
	{LOGIN_ADDRESS, 1000000, 1000 * S, 1000 * S + DAY, 0},
};

static void test_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		int64_t at = login_open_at(waits[i].subject, waits[i].failed, waits[i].last_at, waits[i].now);
		if (at != waits[i].open_at)
			fail_msg("row %zu: %lld", i, (long long)at);
	}
}

/* ---- tries ------------------------------------------------------------------------------------------------------- */

/* One try with a wrong or right password: whether it was looked at. */
static bool try_once(struct fixture *fixture, const char *name, const char *address, bool right, int64_t now)
{
	struct login_try attempt;
	int open = login_try_open(fixture->db, name, address, now, &attempt, &fixture->err);

	assert_ok(open);
	if (open > 0)
		assert_ok(login_try_close(fixture->db, &attempt, right, now, &fixture->err));
	assert_int_equal(open == 0, attempt.open_at != 0);
	return open > 0;
}

/* Somebody guesses at Anna's from one address as fast as he may, for a day. */
static int guess_all_day(struct fixture *fixture, const char *address)
{
	int looked_at = 0;

	for (int64_t now = DAY; now < 2 * DAY; now += 5 * S)
		looked_at += try_once(fixture, "anna", address, false, now);
	return looked_at;
}

static void test_guesser_is_slow(void **state)
{
	struct fixture *fixture = *state;
	int looked_at = guess_all_day(fixture, "203.0.113.5");

	if (looked_at > DAY / (5 * MIN) + 12)
		fail_msg("%d guesses in a day", looked_at);
}

static void test_owner_comes_in(void **state)
{
	struct fixture *fixture = *state;

	assert_true(try_once(fixture, "Anna", "192.0.2.1", true, DAY - HOUR));
	guess_all_day(fixture, "203.0.113.5");
	/* From where she was before she does not even notice, however she writes her name, and after a slip of her own. */
	assert_true(try_once(fixture, "ANNA", "192.0.2.1", false, 2 * DAY));
	assert_true(try_once(fixture, "anna", "192.0.2.1", true, 2 * DAY));
	/* From elsewhere she waits a minute at most. */
	assert_true(try_once(fixture, "anna", "192.0.2.99", false, 2 * DAY) ||
		    try_once(fixture, "anna", "192.0.2.99", true, 2 * DAY + MIN));
	/* Others from his address wait for him, but not for long. */
	guess_all_day(fixture, "203.0.113.5");
	assert_true(try_once(fixture, "bruno", "203.0.113.5", true, 2 * DAY + 5 * MIN));
}

static void test_right_one_clears(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 3; i++)
		assert_true(try_once(fixture, "anna", "192.0.2.1", false, DAY));
	assert_false(try_once(fixture, "anna", "192.0.2.1", true, DAY));
	assert_true(try_once(fixture, "anna", "192.0.2.1", true, DAY + S));
	for (int i = 0; i < 3; i++)
		assert_true(try_once(fixture, "anna", "192.0.2.1", false, DAY + 2 * S));
	assert_false(try_once(fixture, "anna", "192.0.2.1", false, DAY + 2 * S));
}

/* Whatever names are tried, the disk does not fill. */
static void test_names_are_bounded(void **state)
{
	struct fixture *fixture = *state;
	char name[32];

	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof name, "nobody %d", i);
		try_once(fixture, name, "203.0.113.5", false, DAY + (int64_t)i * 5 * MIN);
	}
	assert_true(ask(fixture, "SELECT count(*) FROM login_guard") <= 65536 + 1);
}

/* ---- operators --------------------------------------------------------------------------------------------------- */

static int64_t add(struct fixture *fixture, const char *name, enum operator_role role)
{
	struct operator_person person = {.role = role};

	snprintf(person.name, sizeof person.name, "%s", name);
	assert_ok(operator_add(fixture->db, &person, "hash", 1000, &fixture->err));
	return person.id;
}

static void test_operators(void **state)
{
	struct fixture *fixture = *state;
	struct operator_person person = {.name = "ANNA", .role = ROLE_CLERK};
	int64_t anna = add(fixture, "Anna", ROLE_OFFICER), count = 0;

	assert_int_equal(operator_add(fixture->db, &person, "hash", 1000, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_DATAERR);
	assert_int_equal(operator_find(fixture->db, "anna", &person, &fixture->err), 1);
	assert_int_equal(person.role, ROLE_OFFICER);
	assert_ok(operator_remove(fixture->db, anna, 2000, &fixture->err));
	assert_int_equal(operator_find(fixture->db, "anna", &person, &fixture->err), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM operator WHERE hash = '' AND totp IS NULL"), 1);
	assert_int_not_equal(add(fixture, "Anna", ROLE_CLERK), anna); /* the name may be given again */
	assert_ok(operator_count(fixture->db, &count, &fixture->err));
	assert_int_equal(count, 1);
}

static const struct {
	const char *password;
	bool good;
} passwords[] = {
	{"quattro cavalli verdi", true},
	{"èèèèèàààààòò", true}, /* characters, not octets */
	{"undici carat", true},
	{"corta", false},
	{"èèèèèààààà", false},
	{"aaaaaaaaaaaaaaaa", false},
	{"anna anna anna anna", false},
	{"", false},
};

static void test_password_check(void **state)
{
	char hash[OPERATOR_HASH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof passwords / sizeof *passwords; i++)
		if ((operator_password_check(passwords[i].password, "Anna") == NULL) != passwords[i].good)
			fail_msg("\"%s\"", passwords[i].password);
	assert_int_equal(operator_password_hash("quattro cavalli verdi", hash), 0);
	assert_true(operator_password_matches(hash, "quattro cavalli verdi"));
	assert_false(operator_password_matches(hash, "quattro cavalli neri"));
	assert_false(operator_password_matches("", ""));
	assert_non_null(strstr(hash, "$argon2id$"));
}

static void test_totp_once(void **state)
{
	struct fixture *fixture = *state;
	const unsigned char secret[OPERATOR_TOTP_SIZE] = {1, 2, 3};
	struct operator_proof proof;
	int64_t anna = add(fixture, "Anna", ROLE_CLERK);

	assert_ok(operator_set_totp(fixture->db, anna, secret, &fixture->err));
	assert_int_equal(operator_proof(fixture->db, "anna", &proof, &fixture->err), 1);
	assert_true(proof.has_totp);
	assert_memory_equal(proof.totp, secret, sizeof secret);
	assert_int_equal(operator_totp_use(fixture->db, anna, 100, &fixture->err), 1);
	assert_int_equal(operator_totp_use(fixture->db, anna, 100, &fixture->err), 0);
	assert_int_equal(operator_totp_use(fixture->db, anna, 99, &fixture->err), 0);
	assert_int_equal(operator_totp_use(fixture->db, anna, 101, &fixture->err), 1);
	assert_ok(operator_set_totp(fixture->db, anna, NULL, &fixture->err));
	assert_int_equal(operator_proof(fixture->db, "anna", &proof, &fixture->err), 1);
	assert_false(proof.has_totp);
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

static void begin(struct fixture *fixture, unsigned char key, int64_t id, int64_t now)
{
	const unsigned char keys[OPERATOR_SESSION_SIZE] = {key};

	assert_ok(operator_session_begin(fixture->db, keys, id, "192.0.2.1", now, &fixture->err));
}

static int find(struct fixture *fixture, unsigned char key, int64_t now)
{
	const unsigned char keys[OPERATOR_SESSION_SIZE] = {key};
	struct operator_person person;
	int64_t used_at;
	int found = operator_session_find(fixture->db, keys, now, &person, &used_at, &fixture->err);

	assert_ok(found);
	return found;
}

static void test_session_ends(void **state)
{
	struct fixture *fixture = *state;
	const unsigned char key[OPERATOR_SESSION_SIZE] = {1};
	int64_t anna = add(fixture, "Anna", ROLE_CLERK), now = DAY;

	begin(fixture, 1, anna, now);
	assert_int_equal(find(fixture, 1, now + OPERATOR_IDLE_MS - 1), 1);
	assert_int_equal(find(fixture, 1, now + OPERATOR_IDLE_MS), 0); /* idle */
	assert_int_equal(find(fixture, 1, now - DAY), 1);	       /* the clock was set back */
	for (; now < DAY + OPERATOR_SESSION_MS - 1; now += 30 * MIN)
		assert_ok(operator_session_used(fixture->db, key, now, &fixture->err));
	assert_int_equal(find(fixture, 1, DAY + OPERATOR_SESSION_MS - 1), 1);
	assert_int_equal(find(fixture, 1, DAY + OPERATOR_SESSION_MS), 0); /* whatever is done */
	assert_int_equal(find(fixture, 2, DAY), 0);
}

static void test_session_is_ended(void **state)
{
	struct fixture *fixture = *state;
	const unsigned char key[OPERATOR_SESSION_SIZE] = {1};
	int64_t anna = add(fixture, "Anna", ROLE_CLERK), bruno = add(fixture, "Bruno", ROLE_CLERK);

	begin(fixture, 1, anna, DAY);
	begin(fixture, 2, anna, DAY);
	begin(fixture, 3, bruno, DAY);
	assert_ok(operator_session_end(fixture->db, key, &fixture->err));
	assert_int_equal(find(fixture, 1, DAY), 0);
	assert_int_equal(find(fixture, 2, DAY), 1);
	assert_ok(operator_set_password(fixture->db, anna, "other", &fixture->err));
	assert_int_equal(find(fixture, 2, DAY), 0);
	assert_int_equal(find(fixture, 3, DAY), 1);
	assert_ok(operator_remove(fixture->db, bruno, DAY, &fixture->err));
	assert_int_equal(find(fixture, 3, DAY), 0);
}

static void test_sessions_are_bounded(void **state)
{
	struct fixture *fixture = *state;
	int64_t anna = add(fixture, "Anna", ROLE_CLERK);

	for (unsigned char i = 1; i <= 20; i++)
		begin(fixture, i, anna, DAY + i);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM operator_session"), OPERATOR_SESSIONS_MAX);
	assert_int_equal(find(fixture, 20, DAY + 20), 1);
	assert_int_equal(find(fixture, 12, DAY + 20), 0);
	begin(fixture, 30, add(fixture, "Bruno", ROLE_CLERK), 3 * DAY); /* whoever logs in sweeps what is over */
	assert_int_equal(ask(fixture, "SELECT count(*) FROM operator_session"), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, transaction_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy),
		TEST(test_guesser_is_slow),
		TEST(test_owner_comes_in),
		TEST(test_right_one_clears),
		TEST(test_names_are_bounded),
		TEST(test_operators),
		cmocka_unit_test(test_password_check),
		TEST(test_totp_once),
		TEST(test_session_ends),
		TEST(test_session_is_ended),
		TEST(test_sessions_are_bounded),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
