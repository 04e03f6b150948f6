#include "db/db_private.h"

/* The write-ahead log of a handle that lives long. */

enum {
	WAL_PAGES = 4096, /* it is copied into the file when it holds so many; others do so too, see db.c */
	WAL_FRAME = SCHEMA_PAGE_SIZE + 24,
	WAL_CHUNK = 4096,
};

static int wal_note(void *context, sqlite3 *sqlite, const char *name, int pages)
{
	struct db *db = context;

	(void)sqlite;
	(void)name;
	db->wal_pages = pages;
	return SQLITE_OK;
}

/* Zeros behind its end: no frame has such a checksum, so whoever reads the log stops there. */
static int wal_extend(struct db *db)
{
	static const char zeros[WAL_CHUNK];
	const sqlite3_int64 wanted = (sqlite3_int64)WAL_PAGES * WAL_FRAME;
	sqlite3_file *wal = NULL;
	sqlite3_int64 size = 0;
	int code = sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);

	if (code != SQLITE_OK || !wal || !wal->pMethods)
		return code;
	code = wal->pMethods->xFileSize(wal, &size);
	if (code != SQLITE_OK || size >= wanted)
		return code;
	while (code == SQLITE_OK && size < wanted) {
		code = wal->pMethods->xWrite(wal, zeros, WAL_CHUNK, size);
		size += WAL_CHUNK;
	}
	return code == SQLITE_OK ? wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL) : code;
}

int db_wal_keep(struct db *db, struct err *err)
{
	sqlite3_wal_hook(db->sqlite, wal_note, db);
	/* Under the write lock nobody else appends. */
	if (db_begin(db, err) < 0)
		return -1;
	int code = wal_extend(db);
	if (code != SQLITE_OK)
		db_fail(db, code, err);
	db_rollback(db);
	return code == SQLITE_OK ? 0 : -1;
}

int db_wal_tidy(struct db *db, struct err *err)
{
	if (db->wal_pages < WAL_PAGES)
		return 0;
	db->wal_pages = 0; /* a reader in the way: at the next commit again */
	int code = sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return code == SQLITE_OK || code == SQLITE_BUSY ? 0 : db_fail(db, code, err);
}
