#include "db/db_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 10000, WAL_RETRY_MS = 20 };

/* synchronous=FULL: each commit is on the medium before it returns. The WAL is bounded by a checkpoint every 4,096
 * pages of 1 KiB and kept at that size, as a file that grows anew costs more syncs than one that is written again.
 * temp_store: a full or read-only /tmp must not fail an alert. secure_delete=fast: what is erased is overwritten where
 * the page is written anyway; subscriber_forget switches to the full kind. */
static const char pragmas[] = "PRAGMA synchronous = FULL;"
			      "PRAGMA foreign_keys = ON;"
			      "PRAGMA cache_size = -512;"
			      "PRAGMA wal_autocheckpoint = 4096;"
			      "PRAGMA journal_size_limit = 8388608;"
			      "PRAGMA temp_store = MEMORY;"
			      "PRAGMA trusted_schema = OFF;"
			      "PRAGMA secure_delete = FAST;"
			      "PRAGMA mmap_size = 0;";

static const char *db_folder(const char *path, char folder[DB_PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	size_t length = slash == path ? 1 : (size_t)(slash - path);
	memcpy(folder, path, length);
	folder[length] = '\0';
	return folder;
}

static int fail_opening(const struct db *db, int code, struct err *err)
{
	char folder[DB_PATH_MAX];

	switch (code & 0xff) {
	case SQLITE_NOTADB:
		return err_set(
			err, EX_DATAERR, "%s: not a database; name another file, or move this one away", db->path);
	case SQLITE_CORRUPT:
		return err_set(err, EX_DATAERR,
			"%s: the database is damaged; restore a backup (banditore restore FILE)", db->path);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return err_set(err, EX_NOPERM, "%s: cannot be written; check the rights of the file and of %s",
			db->path, db_folder(db->path, folder));
	case SQLITE_CANTOPEN:
		return err_set(err, EX_NOPERM,
			"%s: cannot be opened for writing; check the rights of the file and of %s", db->path,
			db_folder(db->path, folder));
	default: return 0;
	}
}

/* Faults after which SQLite may have undone the transaction by itself: going on would commit its second half alone. */
static bool code_ends_transaction(int code)
{
	int basic = code & 0xff;

	return basic == SQLITE_FULL || basic == SQLITE_IOERR || basic == SQLITE_NOMEM || basic == SQLITE_BUSY ||
	       basic == SQLITE_INTERRUPT || basic == SQLITE_CORRUPT || basic == SQLITE_READONLY ||
	       basic == SQLITE_CANTOPEN || basic == SQLITE_NOTADB;
}

int db_fail(struct db *db, int code, struct err *err)
{
	char folder[DB_PATH_MAX], detail[256];
	/* SQLite tells the system's reason for some calls only, not for a commit; errno then still has it. */
	int last = errno, told = sqlite3_system_errno(db->sqlite), why = told != 0 ? told : last;

	snprintf(detail, sizeof detail, "%s", sqlite3_errmsg(db->sqlite));
	if (code_ends_transaction(code))
		db_rollback(db);
	if ((code & 0xff) == SQLITE_IOERR && (why == ENOSPC || why == EDQUOT || why == EFBIG))
		code = SQLITE_FULL;

	switch (code & 0xff) {
	case SQLITE_FULL:
		return err_set(err, EX_IOERR, "%s: no room left; free some space in %s; nothing was changed", db->path,
			db_folder(db->path, folder));
	case SQLITE_IOERR:
		return err_set(err, EX_IOERR,
			"%s: the disk refuses (%s, %d: %s); check or replace it; nothing was changed", db->path, detail,
			code, strerror(why));
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(err, EX_TEMPFAIL, "%s: another program has been writing for %g s; try again", db->path,
			db->wait_ms / 1000.0);
	case SQLITE_NOMEM: return err_set(err, EX_OSERR, "%s: out of memory; nothing was changed", db->path);
	case SQLITE_CONSTRAINT:
		return err_set(err, EX_DATAERR, "%s: refused by a rule of the database: %s", db->path, detail);
	default: break;
	}
	if (fail_opening(db, code, err) < 0)
		return -1;
	return err_set(err, EX_SOFTWARE, "%s: %s (%d)", db->path, detail, code);
}

int db_script(struct db *db, const char *sql, struct err *err)
{
	int code = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : db_fail(db, code, err);
}

/* Personal data: nobody but the owner and the group may read it. SQLite gives the WAL the same rights and owner. A root
 * who runs the command line first must not lock the service out, so the file belongs to whom its folder belongs. */
static int file_create(const char *path, const char *folder, struct err *err)
{
	struct stat status;
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0640);

	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0 && errno == EROFS)
		return err_set(err, EX_NOPERM, "%s: the file system is read-only; remount it for writing", path);
	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return err_set(err, EX_NOPERM, "%s: cannot be created; check the rights of %s", path, folder);
	if (fd < 0)
		return err_set(err, EX_CANTCREAT, "%s: cannot be created: %s", path, strerror(errno));

	if (geteuid() == 0 && stat(folder, &status) == 0 && fchown(fd, status.st_uid, status.st_gid) < 0) {
		close(fd);
		return err_set(
			err, EX_CANTCREAT, "%s: cannot be given to the owner of %s: %s", path, folder, strerror(errno));
	}
	close(fd);
	return 0;
}

static int file_prepare(const char *path, bool create, struct err *err)
{
	char space[DB_PATH_MAX];
	const char *folder = db_folder(path, space);
	int absent = create ? EX_CANTCREAT : EX_NOINPUT;
	struct stat status;

	if (stat(folder, &status) < 0)
		return err_set(err, errno == EACCES ? EX_NOPERM : absent, "%s: %s; create it, or correct `database`",
			folder, strerror(errno));
	if (stat(path, &status) < 0) {
		if (errno != ENOENT)
			return err_set(err, errno == EACCES ? EX_NOPERM : absent, "%s: %s", path, strerror(errno));
		if (create)
			return file_create(path, folder, err);
		return err_set(err, EX_NOINPUT,
			"%s: no database here; correct `database`, or start `banditore run` once", path);
	}
	if (!S_ISREG(status.st_mode))
		return err_set(err, EX_DATAERR, "%s: not a file; correct `database`", path);
	if (access(path, R_OK | W_OK) < 0 || access(folder, W_OK) < 0)
		return err_set(err, EX_NOPERM, "%s: cannot be written (%s); check the rights of the file and of %s",
			path, strerror(errno), folder);
	return 0;
}

/* The change to WAL wants the file for itself for a moment and does not wait by itself for another process that has
 * just created it too. */
static int db_set_wal(struct db *db, struct err *err)
{
	int code = SQLITE_BUSY;

	for (int waited = 0; (code & 0xff) == SQLITE_BUSY && waited < BUSY_MS; waited += WAL_RETRY_MS) {
		code = sqlite3_exec(db->sqlite, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if ((code & 0xff) == SQLITE_BUSY)
			sqlite3_sleep(WAL_RETRY_MS);
	}
	return code == SQLITE_OK ? 0 : db_fail(db, code, err);
}

static int db_read_key(struct db *db, struct err *err)
{
	struct query query = query_start(db, "SELECT value FROM meta WHERE name = 'key'");
	int found = query_row(&query, err);

	if (found < 0)
		return -1;
	if (found > 0) {
		int length;
		const void *octets = query_blob_of(&query, &length);
		if (length == DB_KEY_SIZE)
			memcpy(db->key, octets, DB_KEY_SIZE);
		query_end(&query);
		if (length == DB_KEY_SIZE)
			return 0;
		return err_set(err, EX_DATAERR, "%s: the key of its hashes is damaged; restore a backup", db->path);
	}

	randombytes_buf(db->key, sizeof db->key);
	if (db_begin(db, err) < 0)
		return -1;
	query = query_start(db, "INSERT INTO meta (name, value) VALUES ('key', ?) ON CONFLICT DO NOTHING");
	query_put_blob(&query, db->key, sizeof db->key);
	if (query_run(&query, err) < 0 || db_commit(db, err) < 0) {
		db_rollback(db);
		return -1;
	}
	/* Another process may have come first; its key is the one. */
	return db_changes(db) == 1 ? 0 : db_read_key(db, err);
}

static int db_set_up(struct db *db, struct err *err)
{
	char page_size[64];

	sqlite3_extended_result_codes(db->sqlite, 1);
	db_wait_at_most(db, BUSY_MS);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);

	snprintf(page_size, sizeof page_size, "PRAGMA page_size = %d", SCHEMA_PAGE_SIZE);
	if (db_script(db, page_size, err) < 0 || db_script(db, pragmas, err) < 0)
		return -1;
	if (schema_check(db, err) < 0 || db_set_wal(db, err) < 0 || schema_migrate(db, err) < 0)
		return -1;
	return db_read_key(db, err);
}

int db_open(const char *path, bool create, struct db **ret_db, struct err *err)
{
	if (strlen(path) >= DB_PATH_MAX)
		return err_set(err, EX_CONFIG, "the path of the database is too long");
	if (sodium_init() < 0)
		return err_set(err, EX_OSERR, "libsodium found no source of random numbers");
	if (file_prepare(path, create, err) < 0)
		return -1;

	struct db *db = calloc(1, sizeof *db);
	if (!db)
		return err_set(err, EX_OSERR, "%s: out of memory", path);
	memcpy(db->path, path, strlen(path) + 1);
	int code = sqlite3_open_v2(path, &db->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK) {
		if (db->sqlite)
			db_fail(db, code, err);
		else
			err_set(err, EX_OSERR, "%s: out of memory", path);
		db_close(db);
		return -1;
	}
	if (db_set_up(db, err) < 0) {
		db_close(db);
		return -1;
	}
	*ret_db = db;
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (int i = 0; i < DB_STATEMENTS_MAX; i++)
		sqlite3_finalize(db->statements[i].statement);
	sqlite3_close_v2(db->sqlite); /* rolls back what is open */
	sodium_memzero(db->key, sizeof db->key);
	free(db);
}

int db_begin(struct db *db, struct err *err)
{
	if (db_in_transaction(db))
		return err_set(err, EX_SOFTWARE, "%s: a transaction is open already", db->path);
	struct query query = query_start(db, "BEGIN IMMEDIATE");
	return query_step(&query, err);
}

int db_commit(struct db *db, struct err *err)
{
	if (!db_in_transaction(db))
		return err_set(err, EX_SOFTWARE, "%s: the transaction was rolled back; nothing was changed", db->path);
	struct query query = query_start(db, "COMMIT");
	if (query_run(&query, err) < 0) {
		db_rollback(db);
		return -1;
	}
	return 0;
}

void db_rollback(struct db *db)
{
	if (db_in_transaction(db)) /* exec, not a kept statement: it must work where preparing one has just failed */
		(void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
}

bool db_in_transaction(const struct db *db)
{
	return !sqlite3_get_autocommit(db->sqlite);
}

void db_wait_at_most(struct db *db, int ms)
{
	db->wait_ms = ms;
	sqlite3_busy_timeout(db->sqlite, ms);
}

int64_t db_data_version(struct db *db)
{
	struct err ignored;
	int64_t version = 0;
	struct query query = query_start(db, "PRAGMA data_version");

	(void)query_take_int(&query, &version, &ignored);
	return version;
}

int db_check(struct db *db, struct err *err)
{
	char fault[256];
	struct query query = query_start(db, "PRAGMA quick_check(1)");
	int found = query_row(&query, err);

	if (found <= 0)
		return found;
	query_text(&query, fault, sizeof fault);
	query_end(&query);
	if (strcmp(fault, "ok") == 0)
		return 0;
	return err_set(err, EX_DATAERR, "%s: the database is damaged (%s); restore a backup", db->path, fault);
}

int db_scrub(struct db *db, struct err *err)
{
	int64_t busy;
	struct query query = query_start(db, "PRAGMA wal_checkpoint(TRUNCATE)");

	if (query_step(&query, err) < 0)
		return -1;
	busy = query_int(&query);
	query_end(&query);
	return busy == 0 ? 0 : db_fail(db, SQLITE_BUSY, err);
}

int db_changes(const struct db *db)
{
	return sqlite3_changes(db->sqlite);
}

void db_hash(const struct db *db, const void *octets, size_t length, unsigned char ret_hash[DB_HASH_SIZE])
{
	crypto_generichash(ret_hash, DB_HASH_SIZE, octets, length, db->key, sizeof db->key);
}
