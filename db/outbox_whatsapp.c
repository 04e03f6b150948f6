/* The WhatsApp leg of a row: what the network calls an attempt, and what it says of it later. */
#include "db/db_private.h"
#include "db/outbox.h"

#include <string.h>

enum { EARLY_KEPT_MS = 24 * 60 * 60 * 1000 };

/* ---- names ------------------------------------------------------------------------------------------------------- */

static int early_take(struct db *db, const char *wamid, struct outbox_early *ret, struct err *err)
{
	struct query query = query_start(db, "DELETE FROM status_early WHERE wamid = ? RETURNING status, code, error");

	query_put_text(&query, wamid);
	int found = query_row(&query, err);
	if (found <= 0)
		return found;
	ret->wired = (enum outbox_wired)query_int(&query);
	ret->code = (int32_t)query_int(&query);
	query_text(&query, ret->error, sizeof ret->error);
	query_end(&query);
	return 1;
}

int outbox_name(
	struct db *db, int64_t id, int32_t attempt, const char *wamid, struct outbox_early *ret_early, struct err *err)
{
	struct query query = query_start(db, "INSERT OR IGNORE INTO wamid (id, outbox_id, attempt) VALUES (?, ?, ?)");

	*ret_early = (struct outbox_early){.wired = WIRED_NOTHING};
	query_put_text(&query, wamid);
	query_put_int(&query, id);
	query_put_int(&query, attempt);
	if (query_run(&query, err) < 0)
		return -1;
	return early_take(db, wamid, ret_early, err) < 0 ? -1 : 0;
}

int outbox_named(struct db *db, const char *wamid, int64_t *ret_id, int32_t *ret_attempt, struct err *err)
{
	struct query query = query_start(db, "SELECT outbox_id, attempt FROM wamid WHERE id = ?");

	query_put_text(&query, wamid);
	int found = query_row(&query, err);
	if (found <= 0)
		return found;
	*ret_id = query_int(&query);
	*ret_attempt = (int32_t)query_int(&query);
	query_end(&query);
	return 1;
}

int outbox_wired_attempt(struct db *db, int64_t id, int32_t attempt, const char *wamid, struct err *err)
{
	int64_t one;
	struct query query = query_start(db,
		"SELECT 1 FROM attempt WHERE outbox_id = ?1 AND number = ?2 AND channel = 1 AND NOT EXISTS"
		" (SELECT 1 FROM wamid WHERE id = ?3 AND (outbox_id <> ?1 OR attempt <> ?2))");

	query_put_int(&query, id);
	query_put_int(&query, attempt);
	query_put_text(&query, wamid);
	return query_take_int(&query, &one, err);
}

int outbox_early(struct db *db, const char *wamid, const struct outbox_early *early, int64_t now, struct err *err)
{
	struct query query = query_start(db,
		"INSERT INTO status_early (wamid, at, status, code, error) VALUES (?, ?, ?, ?, ?) ON CONFLICT (wamid)"
		" DO UPDATE SET status = excluded.status, code = excluded.code, error = excluded.error"
		" WHERE excluded.status > status");

	query_put_text(&query, wamid);
	query_put_int(&query, now);
	query_put_int(&query, early->wired);
	query_put_int(&query, early->code);
	query_put_text(&query, early->error);
	return query_run(&query, err);
}

int outbox_forget_early(struct db *db, int64_t now, struct err *err)
{
	struct query query = query_start(db, "DELETE FROM status_early WHERE at < ?1 - ?2 OR at > ?1 + ?2");

	query_put_int(&query, now);
	query_put_int(&query, EARLY_KEPT_MS);
	return query_run(&query, err);
}

/* ---- what it says ------------------------------------------------------------------------------------------------ */

static int attempt_say(struct db *db, int64_t id, int32_t attempt, enum attempt_state state, const char *error,
	int64_t now, struct err *err)
{
	struct query query = query_start(db, "UPDATE attempt SET state = ?3, error = ?4, settled_at = ?5"
					     " WHERE outbox_id = ?1 AND number = ?2 AND channel = 1 AND state <> 3");

	query_put_int(&query, id);
	query_put_int(&query, attempt);
	query_put_int(&query, state);
	query_put_text(&query, error);
	query_put_int(&query, now);
	return query_run(&query, err);
}

/* An SMS in flight, or sent, goes its way; one that only waits does not leave. */
int outbox_prove(struct db *db, int64_t id, int32_t attempt, enum outbox_wired wired, int64_t now, struct err *err)
{
	if (attempt_say(db, id, attempt, ATTEMPT_DELIVERED, "", now, err) < 0)
		return -1;
	struct query query = query_start(db,
		"UPDATE outbox SET reached = 1, wired = ?2, changed_at = ?3, error = iif(error = '" OUTBOX_LEFT
		"', error, ''),"
		" channel = iif(state IN (0, 5), 1, channel), due = iif(channel = 1 OR state IN (0, 5), NULL, due),"
		" state = iif(channel = 1 OR state IN (0, 5), 3, state) WHERE id = ?1 AND wired < ?2");

	query_put_int(&query, id);
	query_put_int(&query, wired);
	query_put_int(&query, now);
	return query_run(&query, err);
}

int outbox_released(struct db *db, int64_t id, int32_t attempt, struct err *err)
{
	struct query query =
		query_start(db, "UPDATE attempt SET state = 2, error = '' WHERE outbox_id = ? AND number = ?"
				" AND channel = 1 AND state = 5");

	query_put_int(&query, id);
	query_put_int(&query, attempt);
	if (query_run(&query, err) < 0)
		return -1;
	/* Who has no phone is not written to again: WhatsApp goes on trying by itself. */
	query = query_start(db, "UPDATE outbox SET state = iif(channel = 1, 2, state), wired = 1,"
				" due = iif(channel = 1 AND substr(address, 1, 1) <> '+', NULL, due) WHERE id = ?"
				" AND wired IN (2, 3) AND (channel = 0 OR (attempts = ? AND state = 5))");
	query_put_int(&query, id);
	query_put_int(&query, attempt);
	return query_run(&query, err);
}

static int row_denied(struct db *db, const struct outbox_outcome *outcome, int64_t now, struct err *err)
{
	struct query query = query_start(db,
		"UPDATE outbox SET state = iif(" OUTBOX_WANTED ", ?3, 4), channel = iif(" OUTBOX_WANTED
		", ?4, channel),"
		" wired = ?5, due = iif(" OUTBOX_WANTED ", ?6, NULL), refusals = ?7,"
		" error = iif(error = '" OUTBOX_LEFT "', error, ?8), changed_at = ?9, segment = 0"
		" WHERE id = ?1 AND attempts = ?2 AND channel = 1 AND state IN (1, 2, 5) AND NOT reached");

	query_put_int(&query, outcome->id);
	query_put_int(&query, outcome->attempt);
	query_put_int(&query, outcome->state);
	query_put_int(&query, outcome->channel);
	query_put_int(&query, outcome->wired);
	query_put_id(&query, outcome->due);
	query_put_int(&query, outcome->refusals);
	query_put_text(&query, outcome->error);
	query_put_int(&query, now);
	return query_run(&query, err) < 0 ? -1 : db_changes(db);
}

int outbox_denied(struct db *db, const struct outbox_outcome *outcome, int64_t now, struct err *err)
{
	if (attempt_say(db, outcome->id, outcome->attempt, ATTEMPT_FAILED, outcome->error, now, err) < 0)
		return -1;
	int rows = row_denied(db, outcome, now, err);
	if (rows != 0)
		return rows < 0 ? -1 : 0;
	struct query query =
		query_start(db, "UPDATE outbox SET wired = 4 WHERE id = ? AND channel = 0 AND wired BETWEEN 1 AND 3");
	query_put_int(&query, outcome->id);
	return query_run(&query, err);
}

int outbox_unproved_due(
	struct db *db, enum message_priority priority, int64_t after_ms, int64_t at_most, struct err *err)
{
	struct query query = query_start(db,
		"UPDATE outbox INDEXED BY outbox_queue SET due = min(changed_at + ?2, ?3) WHERE priority = ?1 AND channel = 1"
		" AND " OUTBOX_LANE " = 2 AND due IS NOT NULL AND state <> 1 AND wired <> 2");

	query_put_int(&query, priority);
	query_put_int(&query, after_ms);
	query_put_int(&query, at_most);
	return query_run(&query, err);
}
