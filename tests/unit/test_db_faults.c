/* Every allocation, write and sync of a transaction is made to fail in turn. After each: the process lives, the fault
 * has a status and a reason, the database holds all of the transaction or nothing of it, and the same handle works
 * on. */
#include "tests/unit/db_support.h"

#include "db/outbox.h"

/* ---- allocations ------------------------------------------------------------------------------------------------- */

static sqlite3_mem_methods real_memory;
static int allocations_left = -1; /* until one fails; -1: none does */
static bool fault_hit;

static bool fault_now(int *left)
{
	if (*left < 0 || (*left)-- > 0)
		return false;
	*left = -1;
	fault_hit = true;
	return true;
}

static void *memory_malloc(int size)
{
	return fault_now(&allocations_left) ? NULL : real_memory.xMalloc(size);
}

static void *memory_realloc(void *old, int size)
{
	return fault_now(&allocations_left) ? NULL : real_memory.xRealloc(old, size);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static sqlite3_vfs *real_vfs, fault_vfs;
/* The database has other methods than its journals. */
static sqlite3_io_methods fault_methods[2];
static const sqlite3_io_methods *real_methods[2];
static int writes_left = -1, syncs_left = -1, write_code = SQLITE_IOERR_WRITE;

static const sqlite3_io_methods *real_of(const sqlite3_file *file)
{
	return real_methods[file->pMethods == &fault_methods[1]];
}

/* A torn write: half of it reaches the file. */
static int file_write(sqlite3_file *file, const void *octets, int length, sqlite3_int64 offset)
{
	if (!fault_now(&writes_left))
		return real_of(file)->xWrite(file, octets, length, offset);
	(void)real_of(file)->xWrite(file, octets, length / 2, offset);
	return write_code;
}

static int file_sync(sqlite3_file *file, int flags)
{
	return fault_now(&syncs_left) ? SQLITE_IOERR_FSYNC : real_of(file)->xSync(file, flags);
}

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *ret_flags)
{
	int code = real_vfs->xOpen(vfs, name, file, flags, ret_flags);

	if (code != SQLITE_OK)
		return code;
	int kind = !(flags & SQLITE_OPEN_MAIN_DB);
	real_methods[kind] = file->pMethods;
	fault_methods[kind] = *file->pMethods;
	fault_methods[kind].xWrite = file_write;
	fault_methods[kind].xSync = file_sync;
	file->pMethods = &fault_methods[kind];
	return SQLITE_OK;
}

static int group_set_up(void **state)
{
	sqlite3_mem_methods memory;

	(void)state;
	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) != SQLITE_OK)
		return -1;
	memory = real_memory;
	memory.xMalloc = memory_malloc;
	memory.xRealloc = memory_realloc;
	/* Without lookaside every allocation comes to us. */
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) != SQLITE_OK ||
		sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK)
		return -1;
	real_vfs = sqlite3_vfs_find("unix");
	if (!real_vfs)
		return -1;
	fault_vfs = *real_vfs;
	fault_vfs.zName = "faults";
	fault_vfs.xOpen = vfs_open;
	return sqlite3_vfs_register(&fault_vfs, 1) == SQLITE_OK ? 0 : -1;
}

/* ---- what is tried ----------------------------------------------------------------------------------------------- */

enum { PEOPLE = 60 };

static int one_message(struct fixture *fixture)
{
	struct message message = message_of(MESSAGE_ALERT, "", "");
	struct outbox_row row;
	int64_t next;
	int32_t attempt;

	memset(message.text, 'x', 3000); /* overflow pages too */
	message.text[3000] = '\0';
	if (db_begin(fixture->db, &fixture->err) < 0)
		return -1;
	if (message_create(fixture->db, &message, false, false, 100, &fixture->err) < 0 ||
		outbox_due(fixture->db, PRIORITY_RED, LANE_SMS, 200, NULL, &row, 1, &next, &fixture->err) < 0 ||
		outbox_intend(fixture->db, &row, "m1", "sim1", false, 200, &attempt, &fixture->err) < 0 ||
		db_commit(fixture->db, &fixture->err) < 0) {
		db_rollback(fixture->db);
		return -1;
	}
	return 0;
}

static void people_add(struct fixture *fixture)
{
	assert_ok(db_begin(fixture->db, &fixture->err));
	for (int i = 0; i < PEOPLE; i++) {
		char phone[24];
		snprintf(phone, sizeof phone, "+39333%07d", i);
		join(fixture, phone, "", "");
	}
	assert_ok(db_commit(fixture->db, &fixture->err));
}

static void reopen(struct fixture *fixture)
{
	db_close(fixture->db);
	fixture->db = NULL;
	assert_ok(db_open(fixture->path, false, &fixture->db, &fixture->err));
}

/* All or nothing: as many rows as messages need, an intent a message, and the file sound. Returns the messages. */
static int64_t assert_whole(struct fixture *fixture)
{
	int64_t messages = ask(fixture, "SELECT count(*) FROM message");

	assert_int_equal(ask(fixture, "SELECT count(*) FROM outbox"), messages * PEOPLE);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM outbox WHERE state = 1"), messages);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM attempt"), messages);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM message WHERE last_row - first_row + 1 <> 60"), 0);
	return messages;
}

/* Fails the n-th, n = 0, 1, 2… until one run needs fewer. Returns how many faults were tried. */
static int fail_each(struct fixture *fixture, int *left, int stride)
{
	int faults = 0;

	for (int n = 0;; n += stride) {
		int64_t before = assert_whole(fixture);
		if (n % 2)
			reopen(fixture); /* with statements to prepare, and without */
		fault_hit = false;
		fixture->err = (struct err){0};
		*left = n;
		int result = one_message(fixture);
		*left = -1;
		assert_false(db_in_transaction(fixture->db));
		if (!fault_hit) {
			assert_int_equal(result, 0);
			assert_int_equal(assert_whole(fixture), before + 1);
			assert_ok(db_check(fixture->db, &fixture->err));
			return faults;
		}
		faults++;
		/* SQLite may do without some allocations; then the whole is there. */
		if (result < 0) {
			assert_true(fixture->err.status == EX_IOERR || fixture->err.status == EX_OSERR);
			assert_true(strlen(fixture->err.text) > 10);
		}
		assert_int_equal(assert_whole(fixture), before + (result == 0));
		if (n % 10 == 0)
			reopen(fixture);
		assert_int_equal(assert_whole(fixture), before + (result == 0));
		assert_true(faults < 20000);
	}
}

static void test_allocations(void **state)
{
	struct fixture *fixture = *state;

	people_add(fixture);
	int faults = fail_each(fixture, &allocations_left, 1);
	print_message("%d allocations failed in turn\n", faults);
	assert_true(faults > 50);
}

static void test_writes(void **state)
{
	struct fixture *fixture = *state;

	people_add(fixture);
	write_code = SQLITE_IOERR_WRITE;
	int faults = fail_each(fixture, &writes_left, 1);
	print_message("%d writes failed in turn\n", faults);
	assert_true(faults > 10);
	write_code = SQLITE_FULL;
	assert_true(fail_each(fixture, &writes_left, 1) > 10);
}

static void test_syncs(void **state)
{
	struct fixture *fixture = *state;

	people_add(fixture);
	assert_true(fail_each(fixture, &syncs_left, 1) >= 1);
}

/* Opening for the first time, with every allocation failing: a reason each time, and in the end a database. */
static void test_opening(void **state)
{
	struct fixture *fixture = *state;
	char path[128], beside[160];
	int faults = 0;

	snprintf(path, sizeof path, "%s/new.db", fixture->folder);
	for (int n = 0;; n++) {
		struct db *db = NULL;
		fault_hit = false;
		allocations_left = n;
		int result = db_open(path, true, &db, &fixture->err);
		allocations_left = -1;
		if (result < 0) {
			assert_true(fixture->err.status == EX_OSERR || fixture->err.status == EX_IOERR);
			assert_null(db);
		}
		db_close(db);
		if (!fault_hit)
			break;
		faults++;
	}
	print_message("%d allocations of opening failed in turn\n", faults);
	assert_true(faults > 100);
	db_close(fixture->db);
	fixture->db = NULL;
	assert_ok(db_open(path, false, &fixture->db, &fixture->err));
	assert_ok(db_check(fixture->db, &fixture->err));
	db_close(fixture->db);
	fixture->db = NULL;
	unlink(path);
	snprintf(beside, sizeof beside, "%s-wal", path);
	unlink(beside);
	snprintf(beside, sizeof beside, "%s-shm", path);
	unlink(beside);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_allocations, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_writes, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_syncs, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_opening, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, group_set_up, NULL);
}
