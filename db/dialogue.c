#include "db/dialogue.h"

#include "db/db_private.h"

#include <string.h>

/* ?1 the address, ?2 the subscriber or NULL. */
#define THEIRS "(address = ?1 OR subscriber_id = ?2)"

static int run_of(struct db *db, const char *sql, const struct correspondent *who, struct err *err)
{
	struct query query = query_start(db, sql);

	query_put_text(&query, who->address);
	query_put_id(&query, who->subscriber_id);
	return query_run(&query, err);
}

int dialogue_end(struct db *db, const struct correspondent *who, struct err *err)
{
	return run_of(db, "DELETE FROM dialogue WHERE " THEIRS, who, err);
}

int dialogue_miss(struct db *db, const struct correspondent *who, struct err *err)
{
	return run_of(db, "UPDATE dialogue SET misses = misses + 1 WHERE " THEIRS, who, err);
}

int dialogue_ask(struct db *db, const struct dialogue *dialogue, struct err *err)
{
	if (dialogue_end(db, &dialogue->who, err) < 0)
		return -1;
	struct query query =
		query_start(db, "INSERT INTO dialogue (address, subscriber_id, channel, question, asked_at,"
				" expires_at, misses, options, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	query_put_text(&query, dialogue->who.address);
	query_put_id(&query, dialogue->who.subscriber_id);
	query_put_int(&query, dialogue->who.channel);
	query_put_int(&query, dialogue->question);
	query_put_int(&query, dialogue->asked_at);
	query_put_int(&query, dialogue->expires_at);
	query_put_int(&query, dialogue->misses);
	query_put_text(&query, dialogue->options);
	query_put_text(&query, dialogue->note);
	return query_run(&query, err);
}

int dialogue_find(struct db *db, const struct correspondent *who, struct dialogue *ret, struct err *err)
{
	struct query query = query_start(db,
		"SELECT address, subscriber_id, channel, question, asked_at, expires_at, misses, options, note"
		" FROM dialogue WHERE " THEIRS " ORDER BY asked_at DESC LIMIT 1");

	query_put_text(&query, who->address);
	query_put_id(&query, who->subscriber_id);
	int found = query_row(&query, err);
	if (found <= 0)
		return found;
	query_text(&query, ret->who.address, sizeof ret->who.address);
	ret->who.subscriber_id = query_int(&query);
	ret->who.channel = (enum subscriber_channel)query_int(&query);
	ret->question = (enum dialogue_question)query_int(&query);
	ret->asked_at = query_int(&query);
	ret->expires_at = query_int(&query);
	ret->misses = (int32_t)query_int(&query);
	query_text(&query, ret->options, sizeof ret->options);
	query_text(&query, ret->note, sizeof ret->note);
	query_end(&query);
	return 1;
}
