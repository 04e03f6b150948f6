#include "db/officer_order.h"

#include "db/db_private.h"

#include <string.h>

#define COLUMNS                                                                                                         \
	"id, token, officer_id, second_id, act, state, channel, created_at, deadline, about, message_id, wrong, told, " \
	"word, asked, said, kind, colour, exercise, priority, segments, message_about, expires_at, until_at, hazard, "  \
	"phase, zones, text, parameters, door FROM officer_order"

static void order_take(struct query *query, struct officer_order *ret)
{
	struct message *message = &ret->message;

	memset(ret, 0, sizeof *ret);
	ret->id = query_int(query);
	ret->token = query_int(query);
	ret->officer_id = query_int(query);
	ret->second_id = query_int(query);
	ret->act = (enum officer_order_act)query_int(query);
	ret->state = (enum officer_order_state)query_int(query);
	ret->channel = (int32_t)query_int(query);
	ret->created_at = query_int(query);
	ret->deadline = query_int(query);
	ret->about = query_int(query);
	ret->message_id = query_int(query);
	ret->wrong = (int32_t)query_int(query);
	ret->told = (int32_t)query_int(query);
	query_text(query, ret->word, sizeof ret->word);
	query_text(query, ret->asked, sizeof ret->asked);
	query_text(query, ret->said, sizeof ret->said);
	message->kind = (enum message_kind)query_int(query);
	message->colour = (enum message_colour)query_int(query);
	message->exercise = query_int(query) != 0;
	message->priority = (enum message_priority)query_int(query);
	message->segments = (int32_t)query_int(query);
	message->about = query_int(query);
	message->expires_at = query_int(query);
	message->until_at = query_int(query);
	query_text(query, message->hazard, sizeof message->hazard);
	query_text(query, message->phase, sizeof message->phase);
	query_text(query, message->zones, sizeof message->zones);
	query_text(query, message->text, sizeof message->text);
	query_text(query, message->parameters, sizeof message->parameters);
	query_text(query, message->door, sizeof message->door);
	message->stage = STAGE_OPEN;
}

static int order_take_one(struct query *query, struct officer_order *ret, struct err *err)
{
	int found = query_row(query, err);

	if (found > 0)
		order_take(query, ret);
	query_end(query);
	return found;
}

int officer_order_add(struct db *db, struct officer_order *order, struct err *err)
{
	int64_t rows = 0;
	struct query count = query_start(db, "SELECT count(*) FROM officer_order WHERE state <> 5");

	if (query_take_int(&count, &rows, err) < 0)
		return -1;
	if (rows >= OFFICER_ORDERS_MAX)
		return err_set(
			err, EX_UNAVAILABLE, "%d orders wait already; wait until some are over", OFFICER_ORDERS_MAX);
	struct query query = query_start(db, "INSERT INTO officer_order (token, officer_id, act, channel, created_at)"
					     " VALUES (?, ?, ?, ?, ?)");
	query_put_int(&query, order->token);
	query_put_int(&query, order->officer_id);
	query_put_int(&query, order->act);
	query_put_int(&query, order->channel);
	query_put_int(&query, order->created_at);
	if (query_run(&query, err) < 0)
		return -1;
	order->id = sqlite3_last_insert_rowid(db->sqlite);
	return officer_order_set(db, order, err);
}

int officer_order_set(struct db *db, const struct officer_order *order, struct err *err)
{
	const struct message *message = &order->message;
	struct query query = query_start(db,
		"UPDATE officer_order SET second_id = ?2, state = ?3, deadline = ?4, about = ?5, message_id = ?6, wrong = ?7,"
		" told = ?8, word = ?9, asked = ?10, said = ?11, kind = ?12, colour = ?13, exercise = ?14, priority = ?15,"
		" segments = ?16, message_about = ?17, expires_at = ?18, until_at = ?19, hazard = ?20, phase = ?21,"
		" zones = ?22, text = ?23, parameters = ?24, door = ?25 WHERE id = ?1");

	query_put_int(&query, order->id);
	query_put_id(&query, order->second_id);
	query_put_int(&query, order->state);
	query_put_int(&query, order->deadline);
	query_put_int(&query, order->about);
	query_put_int(&query, order->message_id);
	query_put_int(&query, order->wrong);
	query_put_int(&query, order->told);
	query_put_text(&query, order->word);
	query_put_text(&query, order->asked);
	query_put_text(&query, order->said);
	query_put_int(&query, message->kind);
	query_put_int(&query, message->colour);
	query_put_int(&query, message->exercise);
	query_put_int(&query, message->priority);
	query_put_int(&query, message->segments);
	query_put_int(&query, message->about);
	query_put_int(&query, message->expires_at);
	query_put_int(&query, message->until_at);
	query_put_text(&query, message->hazard);
	query_put_text(&query, message->phase);
	query_put_text(&query, message->zones);
	query_put_text(&query, message->text);
	query_put_text(&query, message->parameters);
	query_put_text(&query, message->door);
	return query_run(&query, err);
}

int officer_order_remove(struct db *db, int64_t id, struct err *err)
{
	struct query query = query_start(db, "DELETE FROM officer_order WHERE id = ?");

	query_put_int(&query, id);
	return query_run(&query, err);
}

int officer_order_get(struct db *db, int64_t id, struct officer_order *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT " COLUMNS " WHERE id = ?");

	query_put_int(&query, id);
	return order_take_one(&query, ret, err);
}

int officer_order_find(struct db *db, int64_t token, struct officer_order *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT " COLUMNS " WHERE token = ?");

	query_put_int(&query, token);
	return order_take_one(&query, ret, err);
}

int officer_order_each(
	struct db *db, bool (*each)(void *context, const struct officer_order *order), void *context, struct err *err)
{
	struct officer_order order;
	int more;
	struct query query = query_start(db, "SELECT " COLUMNS " ORDER BY id DESC");

	while ((more = query_row(&query, err)) > 0) {
		order_take(&query, &order);
		if (!each(context, &order))
			break;
	}
	query_end(&query);
	return more < 0 ? -1 : 0;
}

int officer_order_any(struct db *db, struct err *err)
{
	int64_t any = 0;
	struct query query = query_start(db, "SELECT EXISTS (SELECT 1 FROM officer_order WHERE state <> 5)");

	return query_take_int(&query, &any, err) < 0 ? -1 : any != 0;
}

int officer_order_forget(struct db *db, int64_t before, struct err *err)
{
	struct query query = query_start(db, "DELETE FROM officer_order WHERE state = 5 AND deadline < ?");

	query_put_int(&query, before);
	return query_run(&query, err);
}
