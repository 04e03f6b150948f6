/* What the files of db/ share: the handle and the life of one query.
 *
 * A query is started with its literal, given its values in order, then run or stepped, and its columns are taken in
 * order:
 *
 *	struct query query = query_start(db, "SELECT name FROM subscriber WHERE id = ?");
 *	query_put_int(&query, id);
 *	int found = query_row(&query, err);
 *
 * A fault on the way (no memory, a damaged schema) is remembered and told by query_run or query_row, so that only these
 * are checked. What is put is not copied: it must stay until the query has ended. */
#ifndef BANDITORE_DB_PRIVATE_H
#define BANDITORE_DB_PRIVATE_H

#include "db/db.h"

#include <sqlite3.h>
#include <stddef.h>

enum {
	DB_PATH_MAX = 4096,
	DB_STATEMENTS_MAX = 512, /* a power of two, above twice the literals of db/ */
	DB_KEY_SIZE = 32,	 /* of the keyed hashes; crypto_generichash_KEYBYTES */
	DB_HASH_SIZE = 16,	 /* crypto_generichash_BYTES_MIN: 2^64 work to find two alike */
};

struct db_statement {
	const char *sql; /* the literal whose address is the key; NULL: free */
	sqlite3_stmt *statement;
};

struct db {
	sqlite3 *sqlite;
	struct db_statement statements[DB_STATEMENTS_MAX]; /* open addressing */
	unsigned char key[DB_KEY_SIZE];
	int wal_pages; /* in the log after the last commit; counted after db_wal_keep */
	char path[DB_PATH_MAX];
	int wait_ms; /* for a writer of another process */
};

struct query {
	struct db *db;
	sqlite3_stmt *statement; /* NULL: could not be prepared */
	int put, taken;		 /* values put; columns of this row taken */
	int fault;		 /* the first result code that was not SQLITE_OK */
};

struct query query_start(struct db *db, const char *sql);
void query_put_int(struct query *query, int64_t value);
void query_put_real(struct query *query, double value);
void query_put_id(struct query *query, int64_t id);	    /* 0 becomes NULL */
void query_put_text(struct query *query, const char *text); /* NULL becomes "" */
void query_put_key(struct query *query, const char *text);  /* "" becomes NULL: unique columns that may be unknown */
void query_put_text_of(struct query *query, const char *text, int length);
void query_put_blob(struct query *query, const void *octets, int length); /* NULL stays NULL */

/* 1: a row is there, 0: no more (and the query has ended), -1: error (and it has ended). A writer outside a transaction
 * is refused: after a fault has rolled one back, its second half must not be kept alone. */
int query_row(struct query *query, struct err *err);
int query_run(struct query *query, struct err *err);  /* to the end, whatever rows come; 0 or -1 */
int query_step(struct query *query, struct err *err); /* query_row without that check: for BEGIN itself */
void query_end(struct query *query);		      /* before the last row; harmless after it */

/* Runs it for its first column. 1, 0 (no row, *ret untouched), -1. */
int query_take_int(struct query *query, int64_t *ret, struct err *err);

int64_t query_int(struct query *query); /* NULL is 0 */
double query_real(struct query *query);
void query_text(struct query *query, char *out, size_t size);	 /* NULL is ""; cut at a character's edge */
const char *query_text_of(struct query *query, int *ret_length); /* valid until the next step; NULL is NULL */
const void *query_blob_of(struct query *query, int *ret_length);

/* Rows the last statement changed. */
int db_changes(const struct db *db);

/* Fills *err from SQLite's last fault on this handle and returns -1. What cannot be gone on from rolls back. */
int db_fail(struct db *db, int code, struct err *err);

/* Runs several statements without results. */
int db_script(struct db *db, const char *sql, struct err *err);

/* The keyed hash of a personal thing: comparable in this database only. */
void db_hash(const struct db *db, const void *octets, size_t length, unsigned char ret_hash[DB_HASH_SIZE]);

/* Ours, and not newer than this program? Changes nothing; see db_open for what it refuses. */
int schema_check(struct db *db, struct err *err);

/* Brings the schema to the newest number. */
int schema_migrate(struct db *db, struct err *err);
int schema_newest(void);

enum { SCHEMA_APPLICATION_ID = 0x42414E44, SCHEMA_PAGE_SIZE = 1024 };

/* Why a row was taken out of the queue before its time; kept in outbox.error. A send in flight then is still heard. */
#define OUTBOX_LEFT	 "left"
#define OUTBOX_WITHDRAWN "cancelled"
#define OUTBOX_EXPIRED	 "expired"

/* Is a row of the outbox still to be carried: its message neither withdrawn nor past, its person neither gone nor erased? */
#define OUTBOX_WANTED                                                                                   \
	"(address <> '' AND EXISTS (SELECT 1 FROM message WHERE id = message_id AND closed_at IS NULL)" \
	" AND NOT EXISTS (SELECT 1 FROM subscriber WHERE id = subscriber_id AND state <> 1))"

/* Which of its channel's lanes a row is in (enum outbox_lane): 2 more when it was begun before, and 1 more when WhatsApp is
 * the only way to its person. The queue's index is on it. */
#define OUTBOX_LANE "(2 * (state <> 0) + (channel = 1 AND substr(address, 1, 1) <> '+'))"

/* Cancels all that is still to be done for one person. Returns the rows or -1. */
int outbox_cancel_person(struct db *db, int64_t subscriber_id, int64_t now, struct err *err);

#endif
