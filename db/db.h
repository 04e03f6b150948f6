/* The database: opening, migrations, transactions. One file per family of tables beside this one; SQL lives nowhere
 * else.
 *
 * SQLite in WAL mode with synchronous=FULL: what a committed transaction holds survives a power cut. STRICT tables,
 * numbered migrations that run once each in one transaction, PRAGMA user_version is the number of the last one.
 * Prepared statements are kept for the life of the handle, found by the address of their literal.
 *
 * A writer called outside a transaction, or after a fault has rolled it back, is refused with EX_SOFTWARE; so is
 * db_commit.
 *
 * A handle belongs to one thread. Every call may block for the disk; writers of other processes are waited for, 10 s at
 * most, then EX_TEMPFAIL. Full disk or I/O error: EX_IOERR with the remedy; out of memory: EX_OSERR. After each of
 * these the transaction is rolled back and the handle is as good as before.
 * Times are milliseconds since 1970 UTC unless named _s; `now` is always a parameter. */
#ifndef BANDITORE_DB_H
#define BANDITORE_DB_H

#include "config/err.h"

#include <stdbool.h>
#include <stdint.h>

struct db;

/* Opens, creates when `create`, and migrates. Fails: EX_CANTCREAT or EX_NOINPUT (absent, no such directory), EX_NOPERM
 * (read-only file or directory), EX_DATAERR (not a database, damaged, not ours), EX_CONFIG (newer schema than this
 * program knows: says both numbers and to upgrade the program). */
int db_open(const char *path, bool create, struct db **ret_db, struct err *err);
void db_close(struct db *db); /* NULL is allowed; an open transaction is rolled back */

/* Transactions do not nest. db_begin takes the write lock at once (BEGIN IMMEDIATE), so that a commit never fails for a
 * reason other than the disk. */
int db_begin(struct db *db, struct err *err);
int db_commit(struct db *db, struct err *err);
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);

/* How long a writer of another process is waited for, instead of 10 s. */
void db_wait_at_most(struct db *db, int ms);

/* Changes whenever another connection has committed. */
int64_t db_data_version(struct db *db);

/* Copies the write-ahead log into the file and empties it, so that what was erased is nowhere any more. Waits for
 * readers as a writer would; not inside a transaction. */
int db_scrub(struct db *db, struct err *err);

/* For the one handle that lives long: from here on no commit copies the write-ahead log into the file, db_wal_tidy does,
 * called when nobody waits for the next commit. The log is given its full size at once, as a sync of a file that grows
 * costs more than one of a file that is written again. A fault of either has cost time, not data. */
int db_wal_keep(struct db *db, struct err *err);
int db_wal_tidy(struct db *db, struct err *err);

/* Integrity of the file as SQLite sees it (PRAGMA quick_check). 0, or -1 with the first fault. May take seconds. */
int db_check(struct db *db, struct err *err);

#endif
