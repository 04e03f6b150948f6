/* The log of the handle that lives long: its size, that it is copied only when told, and that what a kill leaves is read. */
#include "tests/unit/db_support.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { FULL_PAGES = 4096, FULL_SIZE = FULL_PAGES * (SCHEMA_PAGE_SIZE + 24) };

static int64_t size_of(const struct fixture *fixture, const char *suffix)
{
	char path[128];
	struct stat status;

	snprintf(path, sizeof path, "%s%s", fixture->path, suffix);
	return stat(path, &status) == 0 ? (int64_t)status.st_size : -1;
}

static void people_join(struct fixture *fixture, int from, int count)
{
	char phone[20];

	assert_ok(db_begin(fixture->db, &fixture->err));
	for (int i = 0; i < count; i++) {
		snprintf(phone, sizeof phone, "+39333%07d", from + i);
		join(fixture, phone, "", "");
	}
	assert_ok(db_commit(fixture->db, &fixture->err));
}

static void test_size_is_given_once(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(db_wal_keep(fixture->db, &fixture->err));
	int64_t size = size_of(fixture, "-wal");
	assert_true(size >= FULL_SIZE);
	people_join(fixture, 1, 50);
	assert_int_equal(size_of(fixture, "-wal"), size);
	assert_ok(db_wal_keep(fixture->db, &fixture->err));
	assert_int_equal(size_of(fixture, "-wal"), size);
	assert_false(db_in_transaction(fixture->db));
}

static void test_copied_when_told(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(db_wal_keep(fixture->db, &fixture->err));
	int64_t small = size_of(fixture, "");
	assert_ok(db_wal_tidy(fixture->db, &fixture->err));
	assert_int_equal(size_of(fixture, ""), small); /* too little to be worth it */
	int people = 0;
	for (; fixture->db->wal_pages < FULL_PAGES; people += 1000)
		people_join(fixture, people, 1000);
	assert_int_equal(size_of(fixture, ""), small); /* no commit did it */
	assert_ok(db_wal_tidy(fixture->db, &fixture->err));
	assert_true(size_of(fixture, "") > small);
	int64_t size = size_of(fixture, "-wal");
	people_join(fixture, people, 100); /* from its beginning again */
	assert_int_equal(size_of(fixture, "-wal"), size);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), people + 100);
	assert_ok(db_check(fixture->db, &fixture->err));
}

static void file_copy(const char *from, const char *to)
{
	char octets[4096];
	size_t count;
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");

	assert_non_null(in);
	assert_non_null(out);
	while ((count = fread(octets, 1, sizeof octets, in)) > 0)
		assert_int_equal(fwrite(octets, 1, count, out), count);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

/* File and log as a power cut leaves them, read by another process: what was committed and nothing else. */
static void test_after_power_cut(void **state)
{
	struct fixture *fixture = *state;
	char folder[] = "/tmp/banditore-cut-XXXXXX", from[128], to[64], log[64];
	struct db *db = NULL;

	assert_non_null(mkdtemp(folder));
	snprintf(to, sizeof to, "%s/test.db", folder);
	snprintf(log, sizeof log, "%s/test.db-wal", folder);
	assert_ok(db_wal_keep(fixture->db, &fixture->err));
	people_join(fixture, 1, 30);
	assert_ok(db_begin(fixture->db, &fixture->err));
	join(fixture, "+393339999999", "", "");
	snprintf(from, sizeof from, "%s-wal", fixture->path);
	file_copy(fixture->path, to);
	file_copy(from, log);
	db_rollback(fixture->db);

	assert_ok(db_open(to, false, &db, &fixture->err));
	struct fixture copy = {.db = db};
	assert_int_equal(ask(&copy, "SELECT count(*) FROM subscriber"), 30);
	assert_ok(db_check(db, &fixture->err));
	db_close(db);
	unlink(to);
	unlink(log);
	assert_int_equal(rmdir(folder), 0);
}

/* No room for all of it: said, and the handle keeps what there is room for. */
static void test_no_room(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit limit, small;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = 1 << 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int result = db_wal_keep(fixture->db, &fixture->err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(result, -1);
	assert_int_equal(fixture->err.status, EX_IOERR);
	assert_false(db_in_transaction(fixture->db));
	people_join(fixture, 1, 10);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_size_is_given_once, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_copied_when_told, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_after_power_cut, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_no_room, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
