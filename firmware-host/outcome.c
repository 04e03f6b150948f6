#include "firmware-host/outcome.h"

#include "modem/graph.h"
#include "modem/receipt.h"

#include <stdio.h>

enum {
	CANDIDATES_MAX = 128,
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	REFUSALS_LOOKED_AT = 16,
	WHATSAPP_TRIES = 2, /* an alert is refused so often for a passing reason, then goes by SMS */
	WHATSAPP_PAUSE_MAX_MS = 10 * SECOND_MS, /* and does not wait for longer than this */
	WHATSAPP_NOT_SENT_MS = 200,		/* before what WhatsApp gave back is offered to it again */
};

static bool row_is_alert(const struct outbox_row *row)
{
	return row->kind == MESSAGE_ALERT || row->kind == MESSAGE_CLEAR;
}

int64_t outcome_back_off(bool alert, enum bearer_outcome outcome, int32_t refusals)
{
	/* A passing refusal (temporary failure, SIM busy) heals in seconds; three of them are an outage. */
	static const int64_t soon_ms[] = {2 * SECOND_MS, 4 * SECOND_MS, 8 * SECOND_MS};
	static const int64_t alert_ms[] = {
		3 * SECOND_MS, 10 * SECOND_MS, 30 * SECOND_MS, MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS};
	static const int64_t other_ms[] = {MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS};
	const int32_t soon = sizeof soon_ms / sizeof *soon_ms, alerts = sizeof alert_ms / sizeof *alert_ms,
		      others = sizeof other_ms / sizeof *other_ms;
	int32_t n = refusals < 1 ? 1 : refusals;

	if (outcome == BEARER_RETRY_SOON && n <= soon)
		return soon_ms[n - 1];
	if (alert)
		return alert_ms[n > alerts ? alerts - 1 : n - 1];
	return n > others ? -1 : other_ms[n - 1];
}

int64_t outcome_longest_wait(bool alert, const struct outcome_policy *policy)
{
	int64_t longest = 0;

	for (int32_t n = 1; n <= REFUSALS_LOOKED_AT; n++) {
		int64_t wait = outcome_back_off(alert, BEARER_RETRY_LATER, n);
		longest = wait > longest ? wait : longest;
	}
	if (alert && policy->unknown_after_ms > longest)
		longest = policy->unknown_after_ms;
	return policy->fallback_after_ms > longest ? policy->fallback_after_ms : longest;
}

static void outcome_accepted(
	const struct outbox_row *row, const struct bearer_result *result, struct outbox_outcome *outcome)
{
	outcome->attempt_state = result->receipt ? ATTEMPT_AWAITING : ATTEMPT_ACCEPTED;
	outcome->refusals = 0;
	outcome->error = NULL;
	outcome->segment = row->segment + 1;
	outcome->state = outcome->segment < row->segments ? OUTBOX_QUEUED : OUTBOX_SENT;
	/* The rest of a message keeps its place in the queue: due stays what it was. */
	outcome->due = outcome->state == OUTBOX_QUEUED ? row->due : 0;
}

static void outcome_refused(
	const struct outbox_row *row, enum bearer_outcome why, int64_t now, struct outbox_outcome *outcome)
{
	outcome->attempt_state = ATTEMPT_FAILED;
	outcome->refusals = row->refusals + 1;
	int64_t pause = outcome_back_off(row_is_alert(row), why, outcome->refusals);
	outcome->state = pause < 0 ? OUTBOX_FAILED : OUTBOX_QUEUED;
	outcome->due = pause < 0 ? 0 : now + pause;
}

static struct outbox_outcome outcome_by_sms(const struct outbox_row *row, const struct bearer_result *result,
	bool suspect, const struct outcome_policy *policy, int64_t now)
{
	struct outbox_outcome outcome = {
		.id = row->id,
		.attempt = result->attempt,
		.attempt_state = ATTEMPT_FAILED,
		.state = OUTBOX_QUEUED,
		.channel = OUTBOX_SMS,
		.wired = row->wired,
		.due = now,
		.segment = row->segment,
		.round = row->round,
		.refusals = row->refusals,
		.mr = result->reference,
		.error = result->error,
	};

	switch (result->outcome) {
	case BEARER_ACCEPTED: outcome_accepted(row, result, &outcome); break;
	case BEARER_NOT_SENT:
	case BEARER_BARRED:
	case BEARER_BAD_TEMPLATE: break; /* due at once: whoever can do it takes it */
	case BEARER_RETRY_SOON:
	case BEARER_RETRY_LATER: outcome_refused(row, result->outcome, now, &outcome); break;
	case BEARER_BAD_RECIPIENT:
	case BEARER_BAD_MESSAGE:
		if (suspect)
			break;
		outcome.state = OUTBOX_FAILED;
		outcome.due = 0;
		break;
	case BEARER_UNKNOWN:
	case BEARER_HELD:
		outcome.attempt_state = ATTEMPT_UNKNOWN;
		outcome.state = OUTBOX_UNKNOWN;
		outcome.due = row_is_alert(row) ? now + policy->unknown_after_ms : 0;
		break;
	}
	return outcome;
}

/* ---- by WhatsApp ------------------------------------------------------------------------------------------------- */

/* Without a proof in time this row goes by SMS. */
static bool row_may_fall(const struct outbox_row *row, const struct outcome_policy *policy)
{
	return outbox_has_phone(row) && (row_is_alert(row) || (row->kind == MESSAGE_NEWS && policy->news_fall));
}

/* What WhatsApp will never take goes by SMS, or has failed. Who stopped news there does not get them by another way. */
static void outcome_leave_whatsapp(const struct outbox_row *row, int32_t code, const struct outcome_policy *policy,
	int64_t now, struct outbox_outcome *outcome)
{
	bool may = row->kind != MESSAGE_NEWS || (policy->news_sms && code != OUTCOME_STOPPED);

	outcome->wired = WIRED_FAILED;
	outcome->refusals = 0;
	outcome->channel = may && outbox_has_phone(row) ? OUTBOX_SMS : OUTBOX_WHATSAPP;
	outcome->state = outcome->channel == OUTBOX_SMS ? OUTBOX_QUEUED : OUTBOX_FAILED;
	outcome->due = outcome->channel == OUTBOX_SMS ? now : 0;
}

/* How long until WhatsApp is tried again after this refusal; -1: no more. */
static int64_t whatsapp_pause(
	const struct outbox_row *row, enum bearer_outcome refusal, const struct graph_code *code, int32_t refusals)
{
	bool alert = row_is_alert(row), only = alert && !outbox_has_phone(row);
	int64_t pause =
		code && code->after_s > 0 ? code->after_s * INT64_C(1000) : outcome_back_off(alert, refusal, refusals);
	int32_t tries = code && code->tries > 0 ? code->tries : alert ? WHATSAPP_TRIES : INT32_MAX;

	if (only) /* there is no other way, and an alert tries for as long as it lives */
		return pause > outcome_back_off(alert, refusal, refusals) ? pause
									  : outcome_back_off(alert, refusal, refusals);
	if (refusals > tries || (alert && pause > WHATSAPP_PAUSE_MAX_MS))
		return -1;
	return outcome_back_off(alert, refusal, refusals) < 0 ? -1 : pause;
}

struct outbox_outcome outcome_whatsapp_refused(const struct outbox_row *row, int32_t attempt,
	enum bearer_outcome refusal, int32_t code, const char *error, const struct outcome_policy *policy, int64_t now)
{
	struct outbox_outcome outcome = {
		.id = row->id,
		.attempt = attempt,
		.attempt_state = ATTEMPT_FAILED,
		.state = OUTBOX_QUEUED,
		.channel = OUTBOX_WHATSAPP,
		.wired = WIRED_NOTHING,
		.due = now,
		.round = row->round,
		.refusals = row->refusals,
		.mr = -1,
		.error = error,
	};

	switch (refusal) {
	case BEARER_BARRED:
	case BEARER_BAD_TEMPLATE: /* due at once: dispatch sees that WhatsApp cannot take it, and an alert falls */
		if (row->kind == MESSAGE_REPLY && refusal == BEARER_BAD_TEMPLATE) /* it has none */
			outcome_leave_whatsapp(row, code, policy, now, &outcome);
		break;
	case BEARER_RETRY_SOON:
	case BEARER_RETRY_LATER: {
		outcome.refusals++;
		int64_t pause = whatsapp_pause(row, refusal, code ? graph_code_find(code) : NULL, outcome.refusals);
		if (pause < 0)
			outcome_leave_whatsapp(row, code, policy, now, &outcome);
		else
			outcome.due = now + pause;
		break;
	}
	case BEARER_NOT_SENT: outcome.due = now + WHATSAPP_NOT_SENT_MS; break;
	case BEARER_BAD_RECIPIENT:
	case BEARER_BAD_MESSAGE:
	case BEARER_ACCEPTED:
	case BEARER_UNKNOWN:
	case BEARER_HELD: outcome_leave_whatsapp(row, code, policy, now, &outcome); break;
	}
	return outcome;
}

static struct outbox_outcome outcome_by_whatsapp(const struct outbox_row *row, const struct bearer_result *result,
	const struct outcome_policy *policy, int64_t now)
{
	int64_t fall = row_may_fall(row, policy) ? now + policy->fallback_after_ms : 0;
	int64_t deadline = policy->fallback_after_ms > policy->unknown_after_ms ? policy->fallback_after_ms
										: policy->unknown_after_ms;
	struct outbox_outcome outcome = outcome_whatsapp_refused(
		row, result->attempt, result->outcome, result->code, result->error, policy, now);

	switch (result->outcome) {
	case BEARER_ACCEPTED:
		outcome.attempt_state = result->receipt ? ATTEMPT_AWAITING : ATTEMPT_ACCEPTED;
		outcome.state = OUTBOX_SENT;
		outcome.wired = WIRED_UNPROVED;
		outcome.error = NULL;
		break;
	case BEARER_HELD: /* an alert does not wait for what may be dropped; for news a receipt settles it */
		outcome.attempt_state = ATTEMPT_UNKNOWN;
		outcome.state = OUTBOX_UNKNOWN;
		outcome.wired = WIRED_HELD;
		fall = fall && row_is_alert(row) ? now : fall;
		break;
	case BEARER_UNKNOWN:
		outcome.attempt_state = ATTEMPT_UNKNOWN;
		outcome.state = OUTBOX_UNKNOWN;
		outcome.wired = WIRED_UNKNOWN;
		if (row_is_alert(row) && !outbox_has_phone(row)) /* no SMS can settle it */
			fall = now + deadline;
		break;
	case BEARER_NOT_SENT:
	case BEARER_RETRY_SOON:
	case BEARER_RETRY_LATER:
	case BEARER_BAD_RECIPIENT:
	case BEARER_BAD_MESSAGE:
	case BEARER_BARRED:
	case BEARER_BAD_TEMPLATE: return outcome;
	}
	/* Accepted is not delivered: what was refused before, perhaps long after it was accepted, still counts. */
	outcome.channel = OUTBOX_WHATSAPP;
	outcome.refusals = row->refusals;
	outcome.due = fall;
	return outcome;
}

struct outbox_outcome outcome_decide(const struct outbox_row *row, const struct bearer_result *result, bool suspect,
	const struct outcome_policy *policy, int64_t now)
{
	if (row->channel == OUTBOX_WHATSAPP)
		return outcome_by_whatsapp(row, result, policy, now);
	struct outbox_outcome outcome = outcome_by_sms(row, result, suspect, policy, now);
	/* WhatsApp's proof came while this SMS was under way: nothing more is to be done. */
	if (row->wired >= WIRED_DELIVERED && outcome.state != OUTBOX_SENT) {
		outcome.state = OUTBOX_DELIVERED;
		outcome.channel = OUTBOX_WHATSAPP;
		outcome.due = 0;
	}
	return outcome;
}

int outcome_receipt(
	struct db *db, const char *sim, const struct pdu *report, int64_t now, bool *ret_matched, struct err *err)
{
	*ret_matched = false;
	enum pdu_status_class status = pdu_status_class(report->status);
	if (status == PDU_STATUS_TRYING) {
		*ret_matched = true; /* not final: the service centre will report again */
		return 0;
	}
	struct attempt attempts[CANDIDATES_MAX];
	int count = attempt_awaiting(db, sim, report->mr, attempts, CANDIDATES_MAX, err);
	if (count < 0)
		return -1;

	struct receipt_candidate candidates[CANDIDATES_MAX];
	for (int i = 0; i < count; i++) {
		candidates[i] = (struct receipt_candidate){
			.id = i, .mr = attempts[i].mr, .sent_s = attempts[i].at / SECOND_MS, .to = attempts[i].to};
	}
	int found = receipt_match(report, candidates, (unsigned)count);
	if (found < 0)
		return 0;

	*ret_matched = true;
	const struct attempt *attempt = &attempts[found];
	if (status == PDU_STATUS_DELIVERED)
		return outbox_receipt(
			db, attempt->outbox_id, attempt->number, ATTEMPT_DELIVERED, OUTBOX_DELIVERED, 0, "", now, err);

	char error[96];
	snprintf(error, sizeof error, "status %02X: %s", report->status, pdu_status_to_string(report->status));
	bool alert = attempt->kind == MESSAGE_ALERT || attempt->kind == MESSAGE_CLEAR;
	if (status == PDU_STATUS_TEMPORARY &&
		alert) /* the service centre stopped trying: worth another send while the alert lives */
		return outbox_receipt(db, attempt->outbox_id, attempt->number, ATTEMPT_FAILED, OUTBOX_QUEUED,
			now + MINUTE_MS, error, now, err);
	return outbox_receipt(
		db, attempt->outbox_id, attempt->number, ATTEMPT_FAILED, OUTBOX_FAILED, 0, error, now, err);
}
