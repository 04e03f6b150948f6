/* Opening: every way in which it can fail has its status and one line; two who create at once agree. */
#include "tests/unit/db_support.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void file_write(const char *path, const void *octets, size_t length)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(octets, 1, length, file), length);
	fclose(file);
}

static void assert_refused(struct fixture *fixture, const char *path, bool create, int status, const char *says)
{
	struct db *db = NULL;

	assert_int_equal(db_open(path, create, &db, &fixture->err), -1);
	assert_null(db);
	assert_int_equal(fixture->err.status, status);
	if (!strstr(fixture->err.text, says))
		fail_msg("\"%s\" does not say \"%s\"", fixture->err.text, says);
	assert_null(strchr(fixture->err.text, '\n'));
}

static void test_settings_of_file(void **state)
{
	struct fixture *fixture = *state;
	struct stat status;

	assert_int_equal(ask(fixture, "PRAGMA page_size"), 1024);
	assert_int_equal(ask(fixture, "PRAGMA synchronous"), 2);
	assert_int_equal(ask(fixture, "PRAGMA foreign_keys"), 1);
	assert_int_equal(ask(fixture, "PRAGMA application_id"), 0x42414E44);
	assert_int_equal(ask(fixture, "PRAGMA user_version"), schema_newest());
	assert_int_equal(ask(fixture, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND NOT strict AND "
				      "name NOT LIKE 'sqlite%'"),
		0);
	assert_int_equal(stat(fixture->path, &status), 0);
	assert_int_equal(status.st_mode & 07, 0);
	assert_ok(db_check(fixture->db, &fixture->err));
}

static void test_reopen_keeps(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(db_begin(fixture->db, &fixture->err));
	join(fixture, "+393331234567", "", "");
	assert_ok(db_commit(fixture->db, &fixture->err));
	assert_ok(db_begin(fixture->db, &fixture->err));
	join(fixture, "+393331234568", "", "");
	db_close(fixture->db);
	fixture->db = NULL;
	assert_ok(db_open(fixture->path, false, &fixture->db, &fixture->err));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 1);
	/* The key of the hashes is made once. */
	unsigned char one[DB_HASH_SIZE], other[DB_HASH_SIZE];
	db_hash(fixture->db, "x", 1, one);
	db_close(fixture->db);
	fixture->db = NULL;
	assert_ok(db_open(fixture->path, false, &fixture->db, &fixture->err));
	db_hash(fixture->db, "x", 1, other);
	assert_memory_equal(one, other, sizeof one);
}

static void test_absent(void **state)
{
	struct fixture *fixture = *state;
	char path[128];

	snprintf(path, sizeof path, "%s/none.db", fixture->folder);
	assert_refused(fixture, path, false, EX_NOINPUT, "no database here");
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof path, "%s/none/none.db", fixture->folder);
	assert_refused(fixture, path, false, EX_NOINPUT, "/none: ");
	assert_refused(fixture, path, true, EX_CANTCREAT, "/none: ");
	assert_refused(fixture, fixture->folder, true, EX_DATAERR, "not a file");
}

static void test_not_ours(void **state)
{
	struct fixture *fixture = *state;
	char junk[5000];

	db_close(fixture->db);
	fixture->db = NULL;
	memset(junk, 'x', sizeof junk);
	file_write(fixture->path, junk, sizeof junk);
	assert_refused(fixture, fixture->path, true, EX_DATAERR, "not a database");
	/* Shorter than a header: not a database either, and not taken for an empty one. */
	file_write(fixture->path, "phone;name\n", 11);
	assert_refused(fixture, fixture->path, true, EX_DATAERR, "not a database");

	unlink(fixture->path);
	sqlite3 *other;
	assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "CREATE TABLE theirs (x)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	assert_refused(fixture, fixture->path, true, EX_DATAERR, "another program");
	/* …and it was left as it is: no WAL, no tables of ours. */
	assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
	char **table;
	int rows, columns;
	assert_int_equal(
		sqlite3_get_table(other, "SELECT name FROM sqlite_schema", &table, &rows, &columns, NULL), SQLITE_OK);
	assert_int_equal(rows, 1);
	sqlite3_free_table(table);
	sqlite3_close(other);
}

static void test_from_the_future(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(db_script(fixture->db, "PRAGMA user_version = 4711", &fixture->err));
	db_close(fixture->db);
	fixture->db = NULL;
	assert_refused(fixture, fixture->path, false, EX_CONFIG, "4711");
	assert_non_null(strstr(fixture->err.text, "upgrade the program"));
}

static void test_damaged(void **state)
{
	struct fixture *fixture = *state;
	char junk[1024];

	assert_ok(db_begin(fixture->db, &fixture->err));
	for (int i = 0; i < 200; i++) {
		char phone[24];
		snprintf(phone, sizeof phone, "+39333%07d", i);
		join(fixture, phone, "", "");
	}
	assert_ok(db_commit(fixture->db, &fixture->err));
	int64_t pages = ask(fixture, "PRAGMA page_count");
	int64_t root = ask(fixture, "SELECT rootpage FROM sqlite_schema WHERE name = 'subscriber'");
	db_close(fixture->db);
	fixture->db = NULL;

	memset(junk, 0xA5, sizeof junk);
	int fd = open(fixture->path, O_WRONLY);
	assert_int_equal(pwrite(fd, junk, sizeof junk, (root - 1) * 1024), 1024);
	close(fd);
	assert_true(pages > root);
	assert_ok(db_open(fixture->path, false, &fixture->db, &fixture->err));
	assert_int_equal(db_check(fixture->db, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_DATAERR);
	struct subscriber who;
	assert_int_equal(subscriber_get(fixture->db, 1, &who, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_DATAERR);
	assert_non_null(strstr(fixture->err.text, "backup"));

	db_close(fixture->db);
	fixture->db = NULL;
	fd = open(fixture->path, O_WRONLY);
	assert_int_equal(pwrite(fd, junk, 900, 100), 900); /* the schema's own page */
	close(fd);
	assert_refused(fixture, fixture->path, false, EX_DATAERR, "damaged");
}

/* In a child without root's rights, which no permission bit stops. Returns what db_open's status was. */
static int status_as_nobody(const char *path, bool create)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct db *db;
		struct err err = {0};
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(99);
		_exit(db_open(path, create, &db, &err) < 0 ? err.status : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_read_only(void **state)
{
	struct fixture *fixture = *state;
	char path[128];

	db_close(fixture->db);
	fixture->db = NULL;
	assert_int_equal(chmod(fixture->path, 0444), 0);
	assert_int_equal(chmod(fixture->folder, 0777), 0);
	assert_int_equal(status_as_nobody(fixture->path, false), EX_NOPERM);
	assert_int_equal(chmod(fixture->path, 0666), 0);
	assert_int_equal(status_as_nobody(fixture->path, false), 0);
	assert_int_equal(chmod(fixture->folder, 0555), 0);
	assert_int_equal(status_as_nobody(fixture->path, false), EX_NOPERM);
	snprintf(path, sizeof path, "%s/new.db", fixture->folder);
	assert_int_equal(status_as_nobody(path, true), EX_NOPERM);
	assert_int_equal(chmod(fixture->folder, 0700), 0);
}

static void test_full_disk(void **state)
{
	struct fixture *fixture = *state;
	int64_t pages = ask(fixture, "PRAGMA page_count");
	char limit[64];

	snprintf(limit, sizeof limit, "PRAGMA max_page_count = %d", (int)pages + 4);
	assert_ok(db_script(fixture->db, limit, &fixture->err));
	assert_ok(db_begin(fixture->db, &fixture->err));
	struct consent consent = {.clock = "ntp", .channel = "sms"};
	int result = 0, was;
	int64_t id;
	for (int i = 0; i < 1000 && result == 0; i++) {
		struct subscriber fields = {0};
		snprintf(fields.phone, sizeof fields.phone, "+39333%07d", i);
		result = subscriber_join(fixture->db, &fields, &consent, 1, &id, &was, &fixture->err);
	}
	assert_int_equal(result, -1);
	assert_int_equal(fixture->err.status, EX_IOERR);
	assert_non_null(strstr(fixture->err.text, "no room left; free some space in /tmp/"));
	assert_false(db_in_transaction(fixture->db));
	/* What would come after is refused, not kept alone. */
	struct subscriber fields = {.phone = "+393330000001"};
	assert_int_equal(subscriber_join(fixture->db, &fields, &consent, 1, &id, &was, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_SOFTWARE);
	assert_int_equal(db_commit(fixture->db, &fixture->err), -1);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 0);

	assert_ok(db_script(fixture->db, "PRAGMA max_page_count = 1000000", &fixture->err));
	assert_ok(db_begin(fixture->db, &fixture->err));
	join(fixture, "+393330000001", "", "");
	assert_ok(db_commit(fixture->db, &fixture->err));
}

/* The file system itself refuses: a limit on the size of files stands for the full disk. */
static void test_no_room_for_wal(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit before, tight;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight = before;
	tight.rlim_cur = 1;
	assert_ok(db_begin(fixture->db, &fixture->err));
	join(fixture, "+393330000001", "", "");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	int result = db_commit(fixture->db, &fixture->err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(result, -1);
	assert_int_equal(fixture->err.status, EX_IOERR);
	assert_non_null(strstr(fixture->err.text, "no room left"));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 0);
	assert_ok(db_begin(fixture->db, &fixture->err));
	join(fixture, "+393330000001", "", "");
	assert_ok(db_commit(fixture->db, &fixture->err));
}

static void test_transactions(void **state)
{
	struct fixture *fixture = *state;
	struct db *other;
	struct consent consent = {.clock = "ntp", .channel = "sms"};
	struct subscriber fields = {.phone = "+393331234567"};
	int64_t id;
	int was;

	assert_int_equal(subscriber_join(fixture->db, &fields, &consent, 1, &id, &was, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_SOFTWARE);
	assert_int_equal(db_commit(fixture->db, &fixture->err), -1);
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_true(db_in_transaction(fixture->db));
	assert_int_equal(db_begin(fixture->db, &fixture->err), -1);
	join(fixture, "+393331234567", "", "");

	assert_ok(db_open(fixture->path, false, &other, &fixture->err));
	int64_t version = db_data_version(other);
	sqlite3_busy_timeout(other->sqlite, 10);
	assert_int_equal(db_begin(other, &fixture->err), -1);
	assert_int_equal(fixture->err.status, EX_TEMPFAIL);
	assert_int_equal(db_data_version(other), version);
	assert_ok(db_commit(fixture->db, &fixture->err));
	assert_int_not_equal(db_data_version(other), version);
	assert_ok(db_begin(other, &fixture->err));
	db_rollback(other);
	db_rollback(other);
	db_close(other);
	db_close(NULL);
}

static void test_two_create_at_once(void **state)
{
	struct fixture *fixture = *state;
	enum { CHILDREN = 6 };
	pid_t children[CHILDREN];

	db_close(fixture->db);
	fixture->db = NULL;
	int failed = 0;
	for (int round = 0; round < 5; round++) {
		char wal[128];
		unlink(fixture->path);
		snprintf(wal, sizeof wal, "%s-wal", fixture->path);
		unlink(wal);
		snprintf(wal, sizeof wal, "%s-shm", fixture->path);
		unlink(wal);
		for (int i = 0; i < CHILDREN; i++) {
			children[i] = fork();
			if (children[i] != 0)
				continue;
			struct db *db;
			struct err err = {0};
			if (db_open(fixture->path, true, &db, &err) < 0) {
				fprintf(stderr, "%s\n", err.text);
				_exit(1);
			}
			db_close(db);
			_exit(0);
		}
		for (int i = 0; i < CHILDREN; i++) {
			int status;
			assert_int_equal(waitpid(children[i], &status, 0), children[i]);
			failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
		}
	}
	assert_int_equal(failed, 0);
	assert_ok(db_open(fixture->path, false, &fixture->db, &fixture->err));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM meta"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_settings_of_file, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_reopen_keeps, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_absent, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_not_ours, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_from_the_future, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_damaged, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_read_only, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_full_disk, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_no_room_for_wal, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_transactions, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_two_create_at_once, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
