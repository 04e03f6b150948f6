/* Outcome: what a bearer's answer or a delivery receipt makes of a row. The deciding is pure; the keeping is db's. */
#ifndef BANDITORE_OUTCOME_H
#define BANDITORE_OUTCOME_H

#include "db/outbox.h"
#include "modem/bearer.h"
#include "modem/pdu.h"

enum { OUTCOME_STOPPED = 131050 }; /* WhatsApp's code: the person stopped marketing messages */

struct outcome_policy {
	int64_t unknown_after_ms;  /* an alert of unknown outcome waits so long for a receipt before it is sent again */
	int64_t fallback_after_ms; /* and on WhatsApp so long for a proof, before it goes by SMS */
	bool news_fall;		   /* news do so too */
	bool news_sms;		   /* news go by SMS at least to whom WhatsApp cannot reach at all */
};

/* What to write for this result of this row, by SMS or by WhatsApp. Back-off by class: an alert tries for as long as it lives, news and replies
 * give up after four refusals. `suspect`: the bearer has just refused several people alike, so the fault is its own: a
 * refusal is then no fault of recipient or text, and the row goes back to the queue. */
struct outbox_outcome outcome_decide(const struct outbox_row *row, const struct bearer_result *result, bool suspect,
	const struct outcome_policy *policy, int64_t now);

/* A refusal by WhatsApp, at once or long after it had accepted: tried there again soon, or queued for SMS, or failed. */
struct outbox_outcome outcome_whatsapp_refused(const struct outbox_row *row, int32_t attempt,
	enum bearer_outcome refusal, int32_t code, const char *error, const struct outcome_policy *policy, int64_t now);

/* Milliseconds until the next try after `refusals` refusals (1…); -1: give up. */
int64_t outcome_back_off(bool alert, enum bearer_outcome outcome, int32_t refusals);

/* The longest a row ever waits between two tries: one that is due later was given its time by another clock. */
int64_t outcome_longest_wait(bool alert, const struct outcome_policy *policy);

/* Matches a status report that came to `sim` with the attempt it is about and keeps what it says. *ret_matched false: it
 * is about nothing we wait for. Needs a transaction. */
int outcome_receipt(
	struct db *db, const char *sim, const struct pdu *report, int64_t now, bool *ret_matched, struct err *err);

#endif
