#include "firmware-host/officer_state.h"

#include <string.h>

enum { CLOCK_SLACK_MS = 60 * 1000 };

bool officer_state_is_late(const struct officer_pending *order, int64_t now)
{
	return now >= order->deadline || now + CLOCK_SLACK_MS < order->created_at;
}

static bool order_waits(const struct officer_pending *order)
{
	return order->state == OFFICER_ORDER_WAITING || order->state == OFFICER_ORDER_WAITING_SECOND;
}

/* Is it this officer's turn to say the order's word? */
static bool order_asks(const struct officer_pending *order, int64_t who, bool may_confirm)
{
	if (order->state == OFFICER_ORDER_WAITING)
		return order->officer_id == who;
	return order->state == OFFICER_ORDER_WAITING_SECOND && order->officer_id != who && may_confirm;
}

static bool order_was_told(const struct officer_pending *order, int64_t who, bool may_confirm)
{
	return order->officer_id == who || order->second_id == who || may_confirm;
}

/* The word is this order's. */
static enum officer_answer judge_right(
	const struct officer_pending *order, int64_t who, bool may_confirm, bool has_pin, int64_t now)
{
	if (order->state == OFFICER_ORDER_KEPT || order->message_id != 0)
		return OFFICER_ANSWER_USED;
	if (!order_waits(order) || officer_state_is_late(order, now))
		return OFFICER_ANSWER_LATE;
	if (!order_asks(order, who, may_confirm))
		return OFFICER_ANSWER_WRONG;
	if (order->officer_id == who)
		return OFFICER_ANSWER_CONFIRMED;
	return has_pin ? OFFICER_ANSWER_SECONDED : OFFICER_ANSWER_NO_PIN;
}

enum officer_answer officer_state_judge(const struct officer_pending *orders, int count, int64_t who, bool may_confirm,
	const struct officer_words *words, int64_t now, int *ret_index)
{
	int asking = -1;

	*ret_index = -1;
	for (int i = 0; i < count; i++) {
		const struct officer_pending *order = &orders[i];
		if (asking < 0 && order_asks(order, who, may_confirm) && !officer_state_is_late(order, now))
			asking = i;
		if (!words->word[0] || strcmp(order->word, words->word) != 0 ||
			!order_was_told(order, who, may_confirm))
			continue;
		*ret_index = i;
		return judge_right(order, who, may_confirm, words->has_pin, now);
	}
	*ret_index = asking;
	if (asking >= 0)
		return words->word[0] ? OFFICER_ANSWER_WRONG : OFFICER_ANSWER_NO_WORD;
	return officer_word_is_ours(words->word) ? OFFICER_ANSWER_LATE : OFFICER_ANSWER_NONE;
}
