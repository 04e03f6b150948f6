/* What happens to officers' orders between two turns. */
#include "config/clock.h"
#include "firmware-host/log.h"
#include "firmware-host/officer_private.h"
#include "firmware-host/officer_state.h"

#include <stdlib.h>

enum {
	SWEEP_MS = 1000,
	PROGRESS_MS = 5000,
	RETRY_MS = 1000,
	SWEPT_MAX = 16, /* orders taken care of in one sweep */
};

struct sweep {
	struct hub *hub;
	int64_t now;
	bool figures;
	int64_t ids[SWEPT_MAX];
	int count;
};

static bool sweep_add(void *context, const struct officer_order *order)
{
	struct sweep *sweep = context;
	const struct officer_door *door = &sweep->hub->officers;
	const struct officer_pending times = {.created_at = order->created_at, .deadline = order->deadline};
	bool due = false;

	switch (order->state) {
	case OFFICER_ORDER_CHECKING:
		due = !officer_check_is_running(&door->checks, order->token) &&
		      !(door->holding && door->held.token == order->token);
		break;
	case OFFICER_ORDER_WAITING:
	case OFFICER_ORDER_WAITING_SECOND: due = officer_state_is_late(&times, sweep->now); break;
	case OFFICER_ORDER_KEPT: due = sweep->figures; break;
	case OFFICER_ORDER_OVER: break;
	}
	if (due)
		sweep->ids[sweep->count++] = order->id;
	return sweep->count < SWEPT_MAX;
}

static int sweep_apply(const struct sweep *sweep, struct err *err)
{
	struct hub *hub = sweep->hub;
	struct officer_order *order = calloc(1, sizeof *order);
	int result = order ? 0 : err_set(err, EX_OSERR, "out of memory");

	for (int i = 0; i < sweep->count && result == 0; i++) {
		int found = officer_order_get(hub->db, sweep->ids[i], order, err);
		result = found < 0 ? -1 : found == 0 ? 0 : officer_progress_look(hub, order, sweep->now, err);
	}
	free(order);
	return result;
}

/* Ends the transaction; false: what was done could not be kept for now. */
static bool kept(struct hub *hub, int result, struct err *err)
{
	if (result == 0 && db_commit(hub->db, err) == 0) {
		hub->look = true;
		return true;
	}
	db_rollback(hub->db);
	log_line(LOG_WARN, "officers' orders: %s; trying again", err->text);
	/* What the disk or another writer forbids passes; anything else would be tried for ever. The sweep finds the order. */
	return err->status == EX_SOFTWARE || err->status == EX_DATAERR;
}

static bool held_keep(struct hub *hub, int64_t now)
{
	struct err err;

	return db_begin(hub->db, &err) == 0 &&
	       kept(hub, officer_apply_checked(hub, &hub->officers.held, now, &err), &err);
}

/* That the link is dead often shows only when something is to go by it: no officer is left waiting for an answer. */
static void answers_reroute(struct hub *hub, int64_t now)
{
	const struct hub_bearer *whatsapp = hub_whatsapp_bearer(hub);
	struct err err;

	if ((whatsapp && whatsapp->status.state == BEARER_READY) ||
		message_urgent_waits(hub->db, now + OFFICER_ANSWER_LIFE_MS, &err) <= 0)
		return;
	if (db_begin(hub->db, &err) != 0)
		return;
	(void)kept(hub, message_urgent_by_sms(hub->db, now + OFFICER_ANSWER_LIFE_MS, &err), &err);
}

static void sweep_run(struct hub *hub, int64_t now)
{
	struct officer_door *door = &hub->officers;
	int64_t mono = clock_mono_ms();
	struct sweep sweep = {.hub = hub, .now = now, .figures = mono >= door->progress_mono};
	struct err err;

	if (mono < door->sweep_mono)
		return;
	door->sweep_mono = mono + SWEEP_MS;
	answers_reroute(hub, now);
	if (officer_order_any(hub->db, &err) <= 0 || officer_order_each(hub->db, sweep_add, &sweep, &err) != 0)
		return;
	if (sweep.figures)
		door->progress_mono = mono + PROGRESS_MS;
	if (sweep.count > 0 && db_begin(hub->db, &err) == 0)
		(void)kept(hub, sweep_apply(&sweep, &err), &err);
}

void officer_orders_tick(struct hub *hub, int64_t now)
{
	struct officer_door *door = &hub->officers;

	if (door->holding && clock_mono_ms() < door->retry_mono)
		return;
	while (door->holding || officer_check_take(&door->checks, &door->held)) {
		door->holding = true;
		if (!held_keep(hub, now)) {
			door->retry_mono = clock_mono_ms() + RETRY_MS;
			return;
		}
		door->holding = false;
	}
	sweep_run(hub, now);
}
