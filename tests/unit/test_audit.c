/* The audit trail's chain: what it is made of, and that every way of tampering is found at its row. */
#include "tests/unit/db_support.h"

#include "db/audit.h"

#include <sodium.h>

static int transaction_set_up(void **state)
{
	if (fixture_set_up(state) != 0)
		return -1;
	struct fixture *fixture = *state;
	return db_begin(fixture->db, &fixture->err);
}

static void add(struct fixture *fixture, const char *who, const char *detail)
{
	assert_ok(audit_add(fixture->db, 1700000000000, "ntp", who, "cli", "alert", detail, &fixture->err));
}

static struct audit_verdict verify(struct fixture *fixture)
{
	struct audit_verdict verdict;

	assert_ok(audit_verify(fixture->db, &verdict, &fixture->err));
	return verdict;
}

/* The form in audit.h, written out by hand. */
static void test_form(void **state)
{
	struct fixture *fixture = *state;
	/* "città" has 6 octets. */
	static const char first[] = "0000000000000000000000000000000000000000000000000000000000000000\n"
				    "1:1,13:1700000000000,3:ntp,5:mario,3:cli,5:alert,9:7, città,";
	unsigned char hash[32];
	char hex[65], second[200];

	add(fixture, "mario", "7, città");
	crypto_hash_sha256(hash, (const unsigned char *)first, sizeof first - 1);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	assert_string_equal(verify(fixture).head, hex);

	add(fixture, "", "");
	snprintf(second, sizeof second, "%s\n1:2,13:1700000000000,3:ntp,0:,3:cli,5:alert,0:,", hex);
	crypto_hash_sha256(hash, (const unsigned char *)second, strlen(second));
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	assert_string_equal(verify(fixture).head, hex);
	assert_int_equal(verify(fixture).rows, 2);
	assert_int_equal(verify(fixture).broken, 0);
}

/* Where one field ends and the next begins is part of the hash. */
static void test_fields_do_not_run_together(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, "ab", "c");
	assert_ok(db_script(fixture->db, "DROP TRIGGER audit_stays", &fixture->err));
	assert_ok(db_script(fixture->db, "UPDATE audit SET who = 'a', door = 'bcli'", &fixture->err));
	assert_int_equal(verify(fixture).broken, 1);
}

static const struct {
	const char *name, *sql;
	int64_t broken;
} tamperings[] = {
	{"a word changed", "UPDATE audit SET detail = 'other' WHERE id = 3", 3},
	{"a time changed", "UPDATE audit SET at = at + 1 WHERE id = 2", 2},
	{"a hash changed", "UPDATE audit SET hash = zeroblob(32) WHERE id = 4", 4},
	{"a hash of another size", "UPDATE audit SET hash = x'00' WHERE id = 4", 4},
	{"a hash taken away", "UPDATE audit SET hash = NULL WHERE id = 4", 4},
	{"a row taken out", "DELETE FROM audit WHERE id = 2", 2},
	{"the first row taken out", "DELETE FROM audit WHERE id = 1", 1},
	{"the last row taken off", "DELETE FROM audit WHERE id = 5", 5},
	{"all rows taken off", "DELETE FROM audit", 1},
	{"a row put in", "INSERT INTO audit VALUES (6, 1, 'ntp', 'x', 'cli', 'alert', '', zeroblob(32))", 6},
	{"a row without a hash put in", "INSERT INTO audit VALUES (6, 1, 'ntp', 'x', 'cli', 'alert', '', NULL)", 6},
	{"two rows swapped",
		"UPDATE audit SET id = 9 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 3;"
		"UPDATE audit SET id = 3 WHERE id = 9",
		2},
};

static void test_tampering(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 5; i++)
		add(fixture, "mario", "x");
	assert_ok(db_script(fixture->db, "DROP TRIGGER audit_stays; DROP TRIGGER audit_keeps", &fixture->err));
	for (size_t i = 0; i < sizeof tamperings / sizeof *tamperings; i++) {
		assert_int_equal(verify(fixture).broken, 0);
		assert_ok(db_script(fixture->db, "SAVEPOINT here", &fixture->err));
		assert_ok(db_script(fixture->db, tamperings[i].sql, &fixture->err));
		struct audit_verdict verdict = verify(fixture);
		if (verdict.broken != tamperings[i].broken || verdict.why[0] == '\0')
			fail_msg("%s: broken at %lld (%s)", tamperings[i].name, (long long)verdict.broken, verdict.why);
		assert_ok(db_script(fixture->db, "ROLLBACK TO here; RELEASE here", &fixture->err));
	}
	/* A row taken off the end stays visible whatever is written after it. */
	assert_ok(db_script(fixture->db, "DELETE FROM audit WHERE id = 5", &fixture->err));
	add(fixture, "mario", "x");
	assert_int_equal(verify(fixture).broken, 5);
}

/* Rows of a box that ran before there was a chain. */
static void test_rows_before_the_chain(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 1; i <= 3; i++)
		assert_ok(db_script(fixture->db,
			"INSERT INTO audit (at, clock, who, door, act, detail) VALUES (5, 'rtc', 'anna', 'cli', 'alert', 'x')",
			&fixture->err));
	assert_int_equal(verify(fixture).broken, 0);
	assert_int_equal(verify(fixture).unchained, 3);
	add(fixture, "mario", "first with a hash");
	add(fixture, "mario", "second");
	assert_int_equal(verify(fixture).broken, 0);
	assert_int_equal(verify(fixture).rows, 5);
	assert_int_equal(verify(fixture).unchained, 3);
	/* The first hash covers them. */
	assert_ok(db_script(fixture->db, "DROP TRIGGER audit_stays", &fixture->err));
	assert_ok(db_script(fixture->db, "UPDATE audit SET who = 'x' WHERE id = 2", &fixture->err));
	assert_int_equal(verify(fixture).broken, 4);
}

struct seen {
	int count;
	int64_t first;
	char hash[AUDIT_HASH_HEX];
};

static bool see(void *context, const struct audit_row *row)
{
	struct seen *seen = context;

	if (seen->count++ == 0)
		seen->first = row->id;
	memcpy(seen->hash, row->hash, sizeof seen->hash);
	return true;
}

static void test_each(void **state)
{
	struct fixture *fixture = *state;
	struct seen all = {0}, two = {0}, none = {0};

	assert_ok(audit_each(fixture->db, 2, see, &none, &fixture->err));
	assert_int_equal(none.count, 0);
	for (int i = 0; i < 5; i++)
		add(fixture, "mario", "x");
	assert_ok(audit_each(fixture->db, 0, see, &all, &fixture->err));
	assert_int_equal(all.count, 5);
	assert_int_equal(all.first, 1);
	assert_string_equal(all.hash, verify(fixture).head);
	assert_ok(audit_each(fixture->db, 2, see, &two, &fixture->err));
	assert_int_equal(two.count, 2);
	assert_int_equal(two.first, 4);
}

static void test_append_only(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, "mario", "x");
	assert_int_equal(db_script(fixture->db, "UPDATE audit SET hash = NULL", &fixture->err), -1);
	assert_int_equal(db_script(fixture->db, "DELETE FROM audit", &fixture->err), -1);
	/* What is rolled back was never there. */
	db_rollback(fixture->db);
	assert_int_equal(verify(fixture).rows, 0);
	assert_int_equal(verify(fixture).broken, 0);
	assert_int_equal(
		audit_add(fixture->db, 1, "ntp", "mario", "cli", "alert", "", &fixture->err), -1); /* no transaction */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_form, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_fields_do_not_run_together, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_tampering, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_rows_before_the_chain, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_each, transaction_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_append_only, transaction_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
