#include "db/subscriber_private.h"

#include <stdio.h>

int consent_add(struct db *db, int64_t subscriber_id, const struct consent *consent, const char *purpose,
	const char *action, int64_t now, struct err *err)
{
	struct query query = query_start(db,
		"INSERT INTO consent (subscriber_id, at, clock, purpose, action, channel, words, given_at, notice)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");

	query_put_int(&query, subscriber_id);
	query_put_int(&query, now);
	query_put_text(&query, consent->clock);
	query_put_text(&query, purpose);
	query_put_text(&query, action);
	query_put_text(&query, consent->channel);
	query_put_text(&query, consent->words);
	query_put_text(&query, consent->given_at);
	query_put_text(&query, consent->notice);
	return query_run(&query, err);
}

int consent_add_both(struct db *db, int64_t subscriber_id, const struct consent *consent, const char *action,
	int64_t now, struct err *err)
{
	if (consent_add(db, subscriber_id, consent, "alerts", action, now, err) < 0)
		return -1;
	return consent_add(db, subscriber_id, consent, "news", action, now, err);
}

void consent_take(struct query *query, struct consent *ret)
{
	ret->at = query_int(query);
	query_text(query, ret->clock, sizeof ret->clock);
	query_text(query, ret->purpose, sizeof ret->purpose);
	query_text(query, ret->action, sizeof ret->action);
	query_text(query, ret->channel, sizeof ret->channel);
	query_text(query, ret->words, sizeof ret->words);
	query_text(query, ret->given_at, sizeof ret->given_at);
	query_text(query, ret->notice, sizeof ret->notice);
}

int consent_each(struct db *db, int64_t subscriber_id, bool (*each)(void *context, const struct consent *consent),
	void *context, struct err *err)
{
	struct consent consent;
	int more;
	struct query query =
		query_start(db, "SELECT at, clock, purpose, action, channel, words, given_at, notice FROM consent"
				" WHERE subscriber_id = ? ORDER BY id");

	query_put_int(&query, subscriber_id);
	while ((more = query_row(&query, err)) > 0) {
		consent_take(&query, &consent);
		if (!each(context, &consent))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}
