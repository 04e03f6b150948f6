#include "db/db_private.h"
#include "db/message.h"
#include "db/outbox.h"

#include <string.h>

/* Where the WhatsApp leg of so many people stands. */
static void figures_add_wired(struct message_figures *figures, enum outbox_wired wired, int64_t rows)
{
	switch (wired) {
	case WIRED_NOTHING: break;
	case WIRED_UNPROVED: figures->whatsapp_accepted += rows; break;
	case WIRED_HELD: figures->whatsapp_held += rows; break;
	case WIRED_UNKNOWN: figures->whatsapp_unknown += rows; break;
	case WIRED_FAILED: figures->whatsapp_failed += rows; break;
	case WIRED_DELIVERED: figures->whatsapp_delivered += rows; break;
	case WIRED_READ: figures->whatsapp_read += rows; break;
	}
}

static void figures_add_whatsapp(
	struct message_figures *figures, enum outbox_state state, enum outbox_wired wired, int64_t rows)
{
	switch (state) {
	case OUTBOX_QUEUED: figures->whatsapp_queued += rows; break;
	case OUTBOX_SENDING: figures->whatsapp_sending += rows; break;
	case OUTBOX_CANCELLED: figures->whatsapp_cancelled += rows; break;
	case OUTBOX_FAILED: figures->whatsapp_failed += rows; break;
	case OUTBOX_SENT:
	case OUTBOX_DELIVERED:
	case OUTBOX_UNKNOWN: figures_add_wired(figures, wired, rows); break;
	}
}

static void figures_add_sms(struct message_figures *figures, enum outbox_state state, int64_t rows)
{
	switch (state) {
	case OUTBOX_QUEUED: figures->sms_queued += rows; break;
	case OUTBOX_SENDING: figures->sms_sending += rows; break;
	case OUTBOX_SENT: figures->sms_sent += rows; break;
	case OUTBOX_DELIVERED: figures->sms_delivered += rows; break;
	case OUTBOX_FAILED: figures->sms_failed += rows; break;
	case OUTBOX_UNKNOWN: figures->sms_unknown += rows; break;
	case OUTBOX_CANCELLED: figures->sms_cancelled += rows; break;
	}
}

static int figures_of_rows(
	struct db *db, int64_t first, int64_t last, int64_t segments, struct message_figures *ret, struct err *err)
{
	int more;
	struct query query = query_start(db,
		"SELECT channel, state, wired, count(*), sum(reached),"
		" sum(iif(channel = 0 AND (state IN (0, 1) OR (state = 5 AND due IS NOT NULL)), ?3 - segment, 0)),"
		" sum(state IN (2, 5) AND due IS NOT NULL), max(iif(state = 2 AND NOT reached, changed_at, 0))"
		" FROM outbox WHERE id BETWEEN ?1 AND ?2 GROUP BY channel, state, wired");

	query_put_int(&query, first);
	query_put_int(&query, last);
	query_put_int(&query, segments);
	while ((more = query_row(&query, err)) > 0) {
		enum outbox_channel channel = (enum outbox_channel)query_int(&query);
		enum outbox_state state = (enum outbox_state)query_int(&query);
		enum outbox_wired wired = (enum outbox_wired)query_int(&query);
		int64_t rows = query_int(&query);
		if (channel == OUTBOX_WHATSAPP) {
			figures_add_whatsapp(ret, state, wired, rows);
		} else {
			figures_add_sms(ret, state, rows);
			figures_add_wired(ret, wired, rows);
			ret->fell += wired != WIRED_NOTHING ? rows : 0;
		}
		ret->recipients += rows;
		ret->reached += query_int(&query);
		ret->segments_left += query_int(&query);
		ret->waiting += query_int(&query);
		int64_t sent_at = query_int(&query);
		if (sent_at > ret->last_sent_at)
			ret->last_sent_at = sent_at;
	}
	return more;
}

/* Segments the network took: those that still wait, were reported, or failed after it had given them a reference. */
static int figures_of_attempts(struct db *db, int64_t first, int64_t last, struct message_figures *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT count(*) FROM attempt WHERE outbox_id BETWEEN ? AND ?"
					     " AND channel = 0 AND (state IN (1, 2, 3, 6) OR (state = 4 AND mr >= 0))");

	query_put_int(&query, first);
	query_put_int(&query, last);
	return query_take_int(&query, &ret->segments_sent, err) < 0 ? -1 : 0;
}

int message_figures(struct db *db, int64_t id, struct message_figures *ret, struct err *err)
{
	struct query query = query_start(db, "SELECT first_row, last_row, segments FROM message WHERE id = ?");

	memset(ret, 0, sizeof *ret);
	query_put_int(&query, id);
	int found = query_row(&query, err);
	if (found <= 0)
		return found;
	int64_t first = query_int(&query), last = query_int(&query), segments = query_int(&query);
	query_end(&query);
	if (figures_of_rows(db, first, last, segments, ret, err) < 0)
		return -1;
	return figures_of_attempts(db, first, last, ret, err);
}
