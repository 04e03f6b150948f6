/* Orders from enrolled officers' telephones, by SMS and by WhatsApp alike.
 *
 * A sender's number is a claim. What it may bring about is bounded accordingly:
 * - everything is answered to the enrolled number, never to where the message said it came from;
 * - an order needs its officer's PIN, which is judged beside the hub under the policy of db/officer.h;
 * - nothing is sent to anybody before the one-time word of the read-back, which only the enrolled telephone receives, has
 *   come back in time; a red alert by configuration needs a second officer's word and PIN as well;
 * - what proves nothing (a status, a refusal) is answered a few times in ten minutes and then no more.
 * A WhatsApp user whose number is hidden is nobody's officer: only the platform's word counts for whose number it is.
 *
 *	officer_words.h   what a message asks for      officer_state.h   which order a word answers
 *	officer_draft.h   the message it would be      officer_check.h   the PIN, judged beside the hub
 *	db/officer_order.h  orders that wait, through restarts */
#ifndef BANDITORE_OFFICER_ORDERS_H
#define BANDITORE_OFFICER_ORDERS_H

#include "db/officer.h"
#include "firmware-host/citizen.h"
#include "firmware-host/officer_words.h"

/* Who speaks, and what they say. Wipe it after use: officer_orders_forget. */
struct officer_speaks {
	bool known; /* an enrolled officer's telephone */
	struct officer officer;
	enum outbox_channel channel;
	struct officer_words words;
};

/* Finds out whether an officer speaks, reads what is asked, and masks the PIN in `text`, in place: what is stored and logged
 * afterwards holds none. */
int officer_orders_hear(
	struct hub *hub, const struct citizen_from *from, char *text, struct officer_speaks *ret, struct err *err);

/* The same masking for what is kept without being acted upon, such as parts of a message that never became whole. False:
 * nothing was masked. */
bool officer_orders_mask(struct hub *hub, const char *sender, char *text);

/* Does what was ordered. 1: it was an order, and *ret_answer says for the inbox what was done; 0: it is a citizen's message;
 * -1. Within a turn's transaction; does not block for a PIN. */
int officer_orders_take(struct hub *hub, const struct officer_speaks *speaks, const char *text, int64_t now,
	const char **ret_answer, struct err *err);

void officer_orders_forget(struct officer_speaks *speaks);

/* What PINs that were judged bring about, what is late, and how far running orders are. Makes transactions of its own; what
 * cannot be kept is tried again. Between two turns. */
void officer_orders_tick(struct hub *hub, int64_t now);

#endif
