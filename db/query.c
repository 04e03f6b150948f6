#include "db/db_private.h"

#include <errno.h>
#include <string.h>

/* Found by the literal's address: no text is compared on the way of a message. The compiler keeps a literal for the
 * life of the program, so the address is as good a key as the text. */
static struct db_statement *statement_slot(struct db *db, const char *sql)
{
	uintptr_t place = (uintptr_t)sql;
	unsigned slot = (unsigned)((place >> 3) ^ (place >> 11)) % DB_STATEMENTS_MAX;

	while (db->statements[slot].sql && db->statements[slot].sql != sql)
		slot = (slot + 1) % DB_STATEMENTS_MAX;
	return &db->statements[slot];
}

struct query query_start(struct db *db, const char *sql)
{
	struct query query = {.db = db, .fault = SQLITE_OK};
	struct db_statement *kept = statement_slot(db, sql);

	if (!kept->sql) {
		sqlite3_stmt *statement = NULL;
		query.fault = sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
		if (query.fault != SQLITE_OK)
			return query;
		kept->sql = sql;
		kept->statement = statement;
	}
	query.statement = kept->statement;
	return query;
}

static void query_note(struct query *query, int code)
{
	if (query->fault == SQLITE_OK)
		query->fault = code;
}

void query_put_int(struct query *query, int64_t value)
{
	if (query->statement)
		query_note(query, sqlite3_bind_int64(query->statement, ++query->put, value));
}

void query_put_real(struct query *query, double value)
{
	if (query->statement)
		query_note(query, sqlite3_bind_double(query->statement, ++query->put, value));
}

void query_put_id(struct query *query, int64_t id)
{
	if (id != 0)
		query_put_int(query, id);
	else if (query->statement)
		query_note(query, sqlite3_bind_null(query->statement, ++query->put));
}

void query_put_text_of(struct query *query, const char *text, int length)
{
	if (query->statement)
		query_note(query, sqlite3_bind_text(query->statement, ++query->put, text, length, SQLITE_STATIC));
}

void query_put_text(struct query *query, const char *text)
{
	query_put_text_of(query, text ? text : "", -1);
}

void query_put_key(struct query *query, const char *text)
{
	if (text && *text)
		query_put_text(query, text);
	else
		query_put_id(query, 0);
}

void query_put_blob(struct query *query, const void *octets, int length)
{
	if (query->statement)
		query_note(query, sqlite3_bind_blob(query->statement, ++query->put, octets, length, SQLITE_STATIC));
}

void query_end(struct query *query)
{
	if (query->statement)
		sqlite3_reset(query->statement); /* repeats the step's code, which has been told */
}

int query_step(struct query *query, struct err *err)
{
	if (!query->statement || query->fault != SQLITE_OK) {
		query_end(query);
		return db_fail(query->db, query->fault, err);
	}
	errno = 0; /* db_fail reads it */
	int code = sqlite3_step(query->statement);
	query->taken = 0;
	if (code == SQLITE_ROW)
		return 1;
	if (code == SQLITE_DONE) {
		query_end(query);
		return 0;
	}
	db_fail(query->db, code, err);
	query_end(query);
	return -1;
}

int query_row(struct query *query, struct err *err)
{
	if (query->statement && !sqlite3_stmt_readonly(query->statement) && !db_in_transaction(query->db))
		return err_set(err, EX_SOFTWARE, "%s: written outside a transaction, or after it was rolled back",
			query->db->path);
	return query_step(query, err);
}

int query_run(struct query *query, struct err *err)
{
	int result;

	do
		result = query_row(query, err);
	while (result > 0);
	return result;
}

int query_take_int(struct query *query, int64_t *ret, struct err *err)
{
	int result = query_row(query, err);

	if (result > 0) {
		*ret = query_int(query);
		query_end(query);
	}
	return result;
}

int64_t query_int(struct query *query)
{
	return sqlite3_column_int64(query->statement, query->taken++);
}

double query_real(struct query *query)
{
	return sqlite3_column_double(query->statement, query->taken++);
}

const char *query_text_of(struct query *query, int *ret_length)
{
	const unsigned char *text = sqlite3_column_text(query->statement, query->taken);

	*ret_length = sqlite3_column_bytes(query->statement, query->taken++);
	return (const char *)text;
}

const void *query_blob_of(struct query *query, int *ret_length)
{
	const void *octets = sqlite3_column_blob(query->statement, query->taken);

	*ret_length = sqlite3_column_bytes(query->statement, query->taken++);
	return octets;
}

void query_text(struct query *query, char *out, size_t size)
{
	int length;
	const char *text = query_text_of(query, &length);
	size_t keep = text ? (size_t)length : 0;

	if (text && keep >= size) {
		keep = size - 1;
		while (keep > 0 && ((unsigned char)text[keep] & 0xC0) == 0x80)
			keep--;
	}
	if (keep > 0)
		memcpy(out, text, keep);
	out[keep] = '\0';
}
