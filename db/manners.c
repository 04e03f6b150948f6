#include "db/manners.h"

#include "db/db_private.h"

#include <assert.h>
#include <string.h>

enum { MINUTE_MS = 60000 };

static_assert((int)MANNERS_MARK_SIZE == (int)DB_HASH_SIZE, "a mark is a keyed hash");

int manners_load(struct db *db, const char *address, struct manners_memory *ret, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	int length = 0;
	struct query query = query_start(db,
		"SELECT hour_at, hour_answers, day_at, day_answers, same_at, same_count, pointed_at, mark"
		" FROM manners WHERE hash = ?");

	*ret = (struct manners_memory){0};
	db_hash(db, address, strlen(address), hash);
	query_put_blob(&query, hash, sizeof hash);
	int found = query_row(&query, err);
	if (found <= 0)
		return found;
	ret->hour_at = query_int(&query);
	ret->hour_answers = (int32_t)query_int(&query);
	ret->day_at = query_int(&query);
	ret->day_answers = (int32_t)query_int(&query);
	ret->same_at = query_int(&query);
	ret->same_count = (int32_t)query_int(&query);
	ret->pointed_at = query_int(&query);
	const void *mark = query_blob_of(&query, &length);
	if (mark && length == MANNERS_MARK_SIZE)
		memcpy(ret->mark, mark, MANNERS_MARK_SIZE);
	query_end(&query);
	return 0;
}

int manners_keep(struct db *db, const char *address, const struct manners_memory *memory, int64_t now, struct err *err)
{
	unsigned char hash[DB_HASH_SIZE];
	struct query query = query_start(db,
		"INSERT INTO manners (hash, at, hour_at, hour_answers, day_at, day_answers, same_at, same_count, pointed_at,"
		" mark) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO UPDATE SET at = ?2, hour_at = ?3,"
		" hour_answers = ?4, day_at = ?5, day_answers = ?6, same_at = ?7, same_count = ?8, pointed_at = ?9, mark = ?10");

	db_hash(db, address, strlen(address), hash);
	query_put_blob(&query, hash, sizeof hash);
	query_put_int(&query, now);
	query_put_int(&query, memory->hour_at);
	query_put_int(&query, memory->hour_answers);
	query_put_int(&query, memory->day_at);
	query_put_int(&query, memory->day_answers);
	query_put_int(&query, memory->same_at);
	query_put_int(&query, memory->same_count);
	query_put_int(&query, memory->pointed_at);
	query_put_blob(&query, memory->mark, sizeof memory->mark);
	return query_run(&query, err);
}

void manners_mark(const struct db *db, const char *text, unsigned char ret_mark[MANNERS_MARK_SIZE])
{
	db_hash(db, text, strlen(text), ret_mark);
}

int manners_box(struct db *db, int64_t now, int64_t *ret_answers, struct err *err)
{
	struct query query = query_start(db, "SELECT answers FROM manners_box WHERE minute = ?");

	*ret_answers = 0;
	query_put_int(&query, now / MINUTE_MS);
	return query_take_int(&query, ret_answers, err) < 0 ? -1 : 0;
}

int manners_box_add(struct db *db, int64_t now, struct err *err)
{
	struct query query = query_start(db,
		"INSERT INTO manners_box (minute, answers) VALUES (?, 1) ON CONFLICT DO UPDATE SET answers = answers + 1");

	query_put_int(&query, now / MINUTE_MS);
	return query_run(&query, err);
}
