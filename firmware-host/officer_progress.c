/* What officers are told of their orders as time passes: a few SMS for each, never more. */
#include "firmware-host/message_view.h"
#include "firmware-host/officer_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PERCENT = 90, MOST_PEOPLE = 20 }; /* below so many people the end is near anyway */

static int progress_say(struct hub *hub, const struct officer *officer, const struct officer_order *order,
	const struct message_view *view, enum text_id text, int64_t now, struct err *err)
{
	char id[24], reached[24], recipients[24];
	const struct text_value values[] = {{"id", id}, {"reached", reached}, {"recipients", recipients}};

	(void)snprintf(id, sizeof id, "%lld", (long long)view->message.id);
	(void)snprintf(reached, sizeof reached, "%lld", (long long)view->figures.reached);
	(void)snprintf(recipients, sizeof recipients, "%lld", (long long)view->figures.recipients);
	return officer_say(hub, officer, order->channel, text, values, 3, now, err);
}

static int progress_look(struct hub *hub, const struct officer *officer, struct officer_order *order,
	const struct message_view *view, int64_t now, struct err *err)
{
	bool ended = strcmp(view->state, "sending") != 0 && strcmp(view->state, "scheduled") != 0;
	bool most = view->figures.recipients >= MOST_PEOPLE &&
		    view->figures.reached * 100 >= view->figures.recipients * MOST_PERCENT;

	if (ended) {
		order->state = OFFICER_ORDER_OVER;
		order->deadline = now;
		if (officer_order_set(hub->db, order, err) != 0)
			return -1;
		return progress_say(hub, officer, order, view,
			strcmp(view->state, "cancelled") == 0 ? TEXT_OFFICER_CANCELLED : TEXT_KEYPAD_FINISHED, now,
			err);
	}
	if (!most || order->told >= OFFICER_TOLD_MOST)
		return 0;
	order->told = OFFICER_TOLD_MOST;
	if (officer_order_set(hub->db, order, err) != 0)
		return -1;
	return progress_say(hub, officer, order, view, TEXT_KEYPAD_PROGRESS, now, err);
}

static int kept_look(
	struct hub *hub, const struct officer *officer, struct officer_order *order, int64_t now, struct err *err)
{
	struct message_view *view = calloc(1, sizeof *view);

	if (!view)
		return err_set(err, EX_OSERR, "out of memory");
	int found = message_view_read(hub->db, hub->settings, order->message_id, now, view, err);
	int result = found < 0	  ? -1
		     : found == 0 ? officer_apply_over(hub, order, now, err)
				  : progress_look(hub, officer, order, view, now, err);
	free(view);
	return result;
}

int officer_progress_look(struct hub *hub, struct officer_order *order, int64_t now, struct err *err)
{
	const struct text_value values[] = {{"summary", order->said}};
	struct officer officer;

	int found = officer_get(hub->db, order->officer_id, &officer, err);
	if (found < 0)
		return -1;
	if (found == 0) /* removed since: nobody is told */
		return officer_apply_over(hub, order, now, err);
	switch (order->state) {
	case OFFICER_ORDER_CHECKING: /* nobody looks at its PIN any more */
		if (officer_say(hub, &officer, order->channel, TEXT_OFFICER_RESTARTED, NULL, 0, now, err) != 0)
			return -1;
		return officer_order_remove(hub->db, order->id, err);
	case OFFICER_ORDER_WAITING:
	case OFFICER_ORDER_WAITING_SECOND:
		if (officer_say(hub, &officer, order->channel, TEXT_OFFICER_EXPIRED, values, 1, now, err) != 0 ||
			officer_audit(hub, &officer, order->channel, "order-expired", order->said, now, err) != 0)
			return -1;
		return officer_apply_over(hub, order, now, err);
	case OFFICER_ORDER_KEPT: return kept_look(hub, &officer, order, now, err);
	case OFFICER_ORDER_OVER: break;
	}
	return 0;
}
