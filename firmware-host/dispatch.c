#include "firmware-host/dispatch.h"

#include <string.h>

static bool kind_is_alert(const struct outbox_row *row)
{
	return row->kind == MESSAGE_ALERT || row->kind == MESSAGE_CLEAR;
}

/* From this segment to the end. An officer's read-back, without which no alert begins, may use the alerts' reserve. */
static bool bearer_can_pay(const struct dispatch_bearer *bearer, const struct outbox_row *row, int32_t segment)
{
	bool urgent = kind_is_alert(row) || (row->kind == MESSAGE_REPLY && row->priority == PRIORITY_RED);
	int64_t left = urgent ? bearer->left_alert : bearer->left_other;

	return left >= row->segments - segment && bearer->recipient_allowed;
}

static bool bearer_is_up(const struct dispatch_bearer *bearer, enum outbox_channel channel, int64_t now)
{
	return bearer->channel == channel && bearer->ready && bearer->paused_until <= now;
}

static int bearer_of_row(const struct outbox_row *row, const struct dispatch_bearer *bearers, int count)
{
	for (int i = 0; i < count; i++) {
		if (row->bearer[0] && strcmp(bearers[i].name, row->bearer) == 0)
			return i;
	}
	return -1;
}

/* Among free bearers: another one than refused it last, then the one with most budget left. */
static bool bearer_is_better(const struct dispatch_bearer *bearers, int one, int other, int last, bool refused)
{
	if (refused && (one == last) != (other == last))
		return other == last;
	return bearers[one].left_alert > bearers[other].left_alert;
}

static struct dispatch_decision decide_wait(enum dispatch_why why, int64_t until)
{
	return (struct dispatch_decision){.verb = DISPATCH_WAIT, .why = why, .bearer = -1, .until = until};
}

bool dispatch_may_fall(const struct outbox_row *row, const struct dispatch_policy *policy)
{
	if (!outbox_has_phone(row))
		return false;
	return kind_is_alert(row) || (row->kind == MESSAGE_NEWS && policy->news_fall);
}

/* ---- by SMS ------------------------------------------------------------------------------------------------------ */

static struct dispatch_decision decide_sms(
	const struct outbox_row *row, const struct dispatch_bearer *bearers, int count, int64_t now)
{
	bool falls = row->channel == OUTBOX_WHATSAPP;
	int last = falls ? -1 : bearer_of_row(row, bearers, count);
	bool begun = row->segment > 0 && last >= 0 && bearer_is_up(&bearers[last], OUTBOX_SMS, now) &&
		     bearer_can_pay(&bearers[last], row, row->segment);
	if (begun && bearers[last].free == 0)
		return decide_wait(DISPATCH_BUSY, 0);

	int best = begun ? last : -1;
	bool any_up = false, any_paid = false;
	int64_t resume = 0;
	for (int i = 0; i < count && !begun; i++) {
		if (bearers[i].channel == OUTBOX_SMS && bearers[i].ready && bearers[i].paused_until > now &&
			(resume == 0 || bearers[i].paused_until < resume))
			resume = bearers[i].paused_until;
		if (!bearer_is_up(&bearers[i], OUTBOX_SMS, now))
			continue;
		any_up = true;
		if (!bearer_can_pay(&bearers[i], row, 0))
			continue;
		any_paid = true;
		if (bearers[i].free == 0)
			continue;
		if (best < 0 || bearer_is_better(bearers, i, best, last, row->refusals > 0))
			best = i;
	}
	if (best < 0 && !any_up)
		return decide_wait(DISPATCH_NO_BEARER, resume);
	if (best < 0)
		return decide_wait(any_paid ? DISPATCH_BUSY : DISPATCH_NO_BUDGET, 0);

	return (struct dispatch_decision){
		.verb = falls ? DISPATCH_FALL_BACK : DISPATCH_SEND,
		.why = DISPATCH_FINE,
		.bearer = best,
		.segment = begun ? row->segment : 0,
		.repeat = row->state == OUTBOX_UNKNOWN || row->state == OUTBOX_SENT,
	};
}

/* ---- by WhatsApp ------------------------------------------------------------------------------------------------- */

static int whatsapp_find(const struct dispatch_bearer *bearers, int count)
{
	for (int i = 0; i < count; i++) {
		if (bearers[i].channel == OUTBOX_WHATSAPP)
			return i;
	}
	return -1;
}

static struct dispatch_decision decide_whatsapp(const struct outbox_row *row, const struct dispatch_bearer *bearers,
	int count, const struct dispatch_policy *policy, int64_t now)
{
	int index = whatsapp_find(bearers, count);
	const struct dispatch_bearer *whatsapp = index >= 0 ? &bearers[index] : NULL;

	bool again = row->state != OUTBOX_QUEUED; /* no proof in time */
	if (again && outbox_has_phone(row))
		return dispatch_may_fall(row, policy) ? decide_sms(row, bearers, count, now)
						      : decide_wait(DISPATCH_NO_BEARER, 0);
	if (whatsapp && bearer_is_up(whatsapp, OUTBOX_WHATSAPP, now) && whatsapp->recipient_allowed) {
		if (whatsapp->free == 0)
			return decide_wait(DISPATCH_BUSY, 0);
		return (struct dispatch_decision){
			.verb = DISPATCH_SEND, .why = DISPATCH_FINE, .bearer = index, .repeat = again};
	}
	if (whatsapp && whatsapp->starting)
		return decide_wait(DISPATCH_BUSY, 0);
	if (dispatch_may_fall(row, policy))
		return decide_sms(row, bearers, count, now);
	if (whatsapp && whatsapp->ready && whatsapp->paused_until <= now)
		return decide_wait(DISPATCH_NO_BUDGET, 0);
	return decide_wait(DISPATCH_NO_BEARER, whatsapp && whatsapp->ready ? whatsapp->paused_until : 0);
}

struct dispatch_decision dispatch_decide(const struct outbox_row *row, const struct dispatch_bearer *bearers, int count,
	const struct dispatch_policy *policy, int64_t now)
{
	if (row->expires_at != 0 && now >= row->expires_at)
		return (struct dispatch_decision){.verb = DISPATCH_GIVE_UP, .why = DISPATCH_EXPIRED, .bearer = -1};
	if (row->kind == MESSAGE_NEWS && policy->quiet_until > now)
		return decide_wait(DISPATCH_QUIET, policy->quiet_until);
	return row->channel == OUTBOX_WHATSAPP ? decide_whatsapp(row, bearers, count, policy, now)
					       : decide_sms(row, bearers, count, now);
}

const char *dispatch_why_to_string(enum dispatch_why why)
{
	switch (why) {
	case DISPATCH_FINE: return "fine";
	case DISPATCH_EXPIRED: return "expired";
	case DISPATCH_QUIET: return "quiet hours";
	case DISPATCH_NO_BEARER: return "no bearer is ready";
	case DISPATCH_BUSY: return "bearers are busy";
	case DISPATCH_NO_BUDGET: return "budgets are spent";
	}
	return "?";
}
