/* What is due goes to who is free; what became of it goes back to its row. */
#include "firmware-host/hub.h"

#include "config/clock.h"
#include "firmware-host/dispatch.h"
#include "firmware-host/log.h"
#include "firmware-host/outcome.h"
#include "modem/phone.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	ROWS_MAX = 64,	    /* read at once in one priority; rows that must wait for one certain bearer are far fewer */
	PAGES_MAX = 16,	    /* of so many rows, when it is worth looking far */
	STREAK_SUSPECT = 3, /* refused so many people in a row: the fault is the bearer's own */
	SECOND_MS = 1000,
};

/* ---- budgets ----------------------------------------------------------------------------------------------------- */

/* Segments this SIM may still send; INT64_MAX: no limit. The day's reserve is for alerts. */
int64_t hub_budget_left(const struct hub_bearer *bearer, bool alert)
{
	const struct sim_usage *usage = &bearer->work.usage;
	int64_t left = INT64_MAX;

	if (bearer->modem.budget.day > 0) {
		left = (int64_t)bearer->modem.budget.day - usage->day;
		if (!alert)
			left -= bearer->modem.budget.alert_reserve;
	}
	if (bearer->modem.budget.month > 0 && bearer->modem.budget.month - usage->month < left)
		left = bearer->modem.budget.month - usage->month;
	return left < 0 ? 0 : left;
}

static int usage_refresh(struct hub *hub, int64_t now, struct err *err)
{
	char day[12];

	hub_day(now, day);
	for (int i = 0; i < hub->bearer_count; i++) {
		struct hub_bearer *bearer = &hub->bearers[i];
		if (bearer->status.sim[0] == '\0' || strcmp(bearer->work.usage_day, day) == 0)
			continue;
		if (sim_usage(hub->db, bearer->status.sim, day, &bearer->work.usage, err) != 0)
			return -1;
		memcpy(bearer->work.usage_day, day, sizeof day);
	}
	return 0;
}

static int usage_count(struct hub *hub, struct hub_bearer *bearer, const char *address, int64_t now, struct err *err)
{
	char day[12], month[8];

	hub_day(now, day);
	memcpy(month, day, 7);
	month[7] = '\0';
	bearer->work.usage.day++;
	bearer->work.usage.month++;
	if (sim_count_segment(hub->db, bearer->status.sim, day, err) != 0)
		return -1;
	if (bearer->modem.budget.recipients_month == 0 || address[0] == '\0') /* erased meanwhile */
		return 0;
	int known = sim_has_recipient(hub->db, bearer->status.sim, month, address, err);
	if (known != 0)
		return known < 0 ? -1 : 0;
	bearer->work.usage.recipients_month++;
	return sim_count_recipient(hub->db, bearer->status.sim, month, address, err);
}

static int recipient_is_allowed(struct hub *hub, const struct hub_bearer *bearer, const struct outbox_row *row,
	int64_t now, bool *ret_allowed, struct err *err)
{
	char day[12], month[8];

	*ret_allowed = true;
	if (bearer->modem.budget.recipients_month == 0 ||
		bearer->work.usage.recipients_month < bearer->modem.budget.recipients_month)
		return 0;
	hub_day(now, day);
	memcpy(month, day, 7);
	month[7] = '\0';
	int known = sim_has_recipient(hub->db, bearer->status.sim, month, row->address, err);
	if (known < 0)
		return -1;
	*ret_allowed = known == 1;
	return 0;
}

/* ---- from rows to bearers ---------------------------------------------------------------------------------------- */

static int64_t quiet_until(const struct hub *hub, int64_t now)
{
	struct settings_hours quiet = hub->settings->news.quiet;
	time_t seconds = (time_t)(now / SECOND_MS);
	struct tm local;

	if (quiet.from_min == quiet.until_min || !localtime_r(&seconds, &local))
		return 0;
	int minute = local.tm_hour * 60 + local.tm_min;
	bool inside = quiet.from_min < quiet.until_min ? minute >= quiet.from_min && minute < quiet.until_min
						       : minute >= quiet.from_min || minute < quiet.until_min;
	if (!inside)
		return 0;
	if (minute >= quiet.until_min)
		local.tm_mday++;
	local.tm_hour = quiet.until_min / 60;
	local.tm_min = quiet.until_min % 60;
	local.tm_sec = 0;
	local.tm_isdst = -1; /* the night the clock changes included */
	return (int64_t)mktime(&local) * SECOND_MS;
}

static int bearers_view(struct hub *hub, struct dispatch_bearer *view, int64_t now)
{
	int free = 0;

	for (int i = 0; i < hub->bearer_count; i++) {
		const struct hub_bearer *bearer = &hub->bearers[i];
		int64_t pause = bearer->work.paused_mono - clock_mono_ms();
		view[i] = (struct dispatch_bearer){
			.name = bearer->name,
			.channel = OUTBOX_SMS,
			.ready = bearer->fd >= 0 && bearer->status.state == BEARER_READY && !bearer->silent,
			.free = bearer->work.busy ? 0 : 1,
			.paused_until = pause > 0 ? now + pause : 0,
			.left_alert = hub_budget_left(bearer, true),
			.left_other = hub_budget_left(bearer, false),
			.recipient_allowed = true,
		};
		free += view[i].ready && view[i].left_alert > 0 ? view[i].free : 0;
	}
	return free;
}

/* The message's text, kept from the last row of the same message. NULL: error. */
static const char *message_text(struct hub *hub, int64_t id, struct err *err)
{
	if (hub->text_cache->id == id)
		return hub->text_cache->text;
	int found = message_get(hub->db, id, hub->text_cache, err);
	if (found == 1)
		return hub->text_cache->text;
	hub->text_cache->id = 0;
	if (found == 0)
		err_set(err, EX_SOFTWARE, "message %lld of a row in the outbox does not exist", (long long)id);
	return NULL;
}

static int64_t send_validity_ms(const struct hub *hub, const struct outbox_row *row, int64_t now)
{
	int64_t validity = (int64_t)hub->settings->sms.validity_s * SECOND_MS;

	if (row->expires_at != 0 && row->expires_at - now < validity)
		validity = row->expires_at - now;
	return validity < SECOND_MS ? SECOND_MS : validity; /* none at all would mean the network's own */
}

/* The durable intent, and the ask that follows its commit. */
static int row_send(
	struct hub *hub, struct outbox_row *row, const struct dispatch_decision *decision, int64_t now, struct err *err)
{
	struct hub_bearer *bearer = &hub->bearers[decision->bearer];
	struct bearer_ask ask;
	const char *text = message_text(hub, row->message_id, err);
	int32_t attempt;

	if (!text)
		return -1;
	if (decision->segment == 0)
		row->round++;
	row->segment = decision->segment;
	if (outbox_intend(hub->db, row, bearer->name, bearer->status.sim, decision->repeat, now, &attempt, err) != 0)
		return -1;

	ask.type = BEARER_ASK_SEND;
	ask.token = 0;
	ask.send = (struct bearer_send){
		.delivery = row->id,
		.attempt = attempt,
		.segment = (uint8_t)row->segment,
		/* Another reference each round, so that a phone never joins parts of two rounds. */
		.reference = (uint8_t)(row->message_id + 101 * (row->round - 1)),
		.report = true,
		.more = true,
		.validity_s = (uint32_t)(send_validity_ms(hub, row, now) / SECOND_MS),
	};
	memcpy(ask.send.to, row->address, sizeof ask.send.to);
	snprintf(ask.text, sizeof ask.text, "%s", text);
	hub_ask_later(hub, decision->bearer, &ask);
	bearer->work.busy = true;
	bearer->work.delivery = row->id;
	bearer->work.attempt = attempt;
	bearer->work.since_mono = clock_mono_ms();
	return 0;
}

static int row_give_up(struct hub *hub, const struct outbox_row *row, const char *why, int64_t now, struct err *err)
{
	struct outbox_outcome outcome = {
		.id = row->id,
		.attempt = 0,
		.state = OUTBOX_FAILED,
		.segment = row->segment,
		.round = row->round,
		.refusals = row->refusals,
		.mr = -1,
		.error = why,
	};
	bool late;

	return outbox_settle(hub->db, &outcome, now, &late, err);
}

static void due_note(struct hub *hub, int64_t when)
{
	if (when > 0 && (hub->next_due == 0 || when < hub->next_due))
		hub->next_due = when;
}

/* One row: 1 the next row may be looked at, 0 the rest of the priority waits alike, -1 error. *far: it is worth looking
 * far, since this is a person whom some SIM may not write to, or a message that a pause holds back. */
static int row_dispatch(struct hub *hub, struct outbox_row *row, struct dispatch_bearer *view,
	const struct dispatch_policy *policy, int64_t now, int *free, bool *far, struct err *err)
{
	for (int i = 0; i < hub->bearer_count; i++) {
		int64_t pause = hub->bearers[i].work.paused_mono - clock_mono_ms();
		view[i].paused_until =
			pause > 0 && row->message_id <= hub->bearers[i].work.paused_message ? now + pause : 0;
		if (recipient_is_allowed(hub, &hub->bearers[i], row, now, &view[i].recipient_allowed, err) != 0)
			return -1;
		*far = *far || !view[i].recipient_allowed;
	}
	struct dispatch_decision decision = dispatch_decide(row, view, hub->bearer_count, policy, now);

	switch (decision.verb) {
	case DISPATCH_SEND:
		if (row_send(hub, row, &decision, now, err) != 0)
			return -1;
		view[decision.bearer].free--;
		(*free)--;
		return *free > 0;
	case DISPATCH_GIVE_UP:
		return row_give_up(hub, row, dispatch_why_to_string(decision.why), now, err) != 0 ? -1 : 1;
	case DISPATCH_WAIT:
		due_note(hub, decision.until);
		if (decision.why == DISPATCH_NO_BEARER && decision.until != 0) {
			*far = true;
			return 1;
		}
		return decision.why == DISPATCH_BUSY || decision.why == DISPATCH_NO_BUDGET;
	}
	return 1;
}

static int priority_dispatch(struct hub *hub, enum message_priority priority, struct dispatch_bearer *view,
	const struct dispatch_policy *policy, int64_t now, int *free, struct err *err)
{
	struct outbox_row rows[ROWS_MAX], last;
	bool far = false;

	/* Nearly always the first rows go; the further looks are for when they must wait for a certain bearer. */
	for (int page = 0, max = *free + 2; page < (far ? PAGES_MAX : 2); page++, max = ROWS_MAX) {
		int64_t next = 0;
		int count = outbox_due_after(hub->db, priority, now, page > 0 ? &last : NULL, rows, max, &next, err);
		if (count < 0)
			return -1;
		if (count < max)
			due_note(hub, next);
		if (count > 0)
			last = rows[count - 1];
		for (int i = 0; i < count; i++) {
			int go = row_dispatch(hub, &rows[i], view, policy, now, free, &far, err);
			if (go <= 0)
				return go;
		}
		if (count < max)
			return 0;
	}
	return 0;
}

int hub_dispatch(struct hub *hub, int64_t now, struct err *err)
{
	struct dispatch_policy policy = {.quiet_until = quiet_until(hub, now)};
	struct dispatch_bearer view[HUB_BEARERS_MAX];

	hub->next_due = 0;
	if (usage_refresh(hub, now, err) != 0)
		return -1;
	int free = bearers_view(hub, view, now);
	for (int i = 0; i < hub->bearer_count; i++)
		due_note(hub, view[i].paused_until);
	for (int priority = 0; priority < PRIORITY_COUNT && free > 0; priority++) {
		if (priority_dispatch(hub, (enum message_priority)priority, view, &policy, now, &free, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- from results to rows ---------------------------------------------------------------------------------------- */

static void streak_end(struct hub_bearer *bearer)
{
	bearer->work.streak = 0;
	memset(bearer->work.streak_rows, 0, sizeof bearer->work.streak_rows);
}

/* A refusal: pauses a bearer that is barred, or that refuses everybody; never for long, and not for what is given
 * meanwhile: a refusal costs nothing, and the next alert cannot wait to find out that the bearer has healed. */
static void streak_grow(struct hub_bearer *bearer, const struct outbox_row *row, const struct bearer_result *result)
{
	static const int64_t pause_ms[] = {3 * SECOND_MS, 10 * SECOND_MS, 30 * SECOND_MS, 60 * SECOND_MS};
	const int32_t steps = sizeof pause_ms / sizeof *pause_ms;
	struct hub_work *work = &bearer->work;

	if (result->outcome == BEARER_NOT_SENT) { /* nobody's refusal; the bearer says by its status what ails it */
		work->paused_mono = clock_mono_ms() + SECOND_MS;
		work->paused_message = INT64_MAX;
		return;
	}
	work->streak++;
	if (result->outcome != BEARER_BARRED && work->streak < STREAK_SUSPECT)
		return;
	int32_t step = work->streak > steps ? steps - 1 : work->streak - 1;
	work->paused_mono = clock_mono_ms() + pause_ms[step];
	if (work->paused_message == INT64_MAX || row->message_id > work->paused_message)
		work->paused_message = row->message_id;
	log_line(LOG_WARN, "%s: refused %d in a row (%s); paused for %lld s", bearer->name, work->streak, result->error,
		(long long)(pause_ms[step] / SECOND_MS));
}

/* Somebody is refused again by a bearer that has since proven well: this time it is believed. */
static bool doubt_is_settled(const struct hub_work *work, int64_t row)
{
	for (int i = 0; i < HUB_DOUBTS_MAX; i++) {
		if (work->doubts[i].row == row && work->doubts[i].accepted != work->accepted)
			return true;
	}
	return false;
}

static void doubt_add(struct hub_work *work, int64_t row)
{
	work->doubts[work->doubt_count++ % HUB_DOUBTS_MAX] = (struct hub_doubt){.row = row, .accepted = work->accepted};
}

/* The first victims of a bearer that turned out to refuse everybody go back to the queue. */
static int streak_revive(struct hub *hub, struct hub_bearer *bearer, int64_t now, struct err *err)
{
	for (int i = 0; i < HUB_STREAK_ROWS; i++) {
		int64_t id = bearer->work.streak_rows[i];
		if (id == 0)
			continue;
		doubt_add(&bearer->work, id);
		if (outbox_requeue(hub->db, id, now, err) != 0)
			return -1;
	}
	memset(bearer->work.streak_rows, 0, sizeof bearer->work.streak_rows);
	return 0;
}

static bool outcome_is_refusal(enum bearer_outcome outcome)
{
	return outcome != BEARER_ACCEPTED && outcome != BEARER_UNKNOWN && outcome != BEARER_HELD;
}

static int result_streak(struct hub *hub, struct hub_bearer *bearer, const struct outbox_row *row,
	const struct bearer_result *result, bool *ret_suspect, int64_t now, struct err *err)
{
	*ret_suspect = false;
	if (result->outcome == BEARER_ACCEPTED) {
		streak_end(bearer);
		bearer->work.accepted++;
	}
	if (!outcome_is_refusal(result->outcome))
		return 0;
	bool final = result->outcome == BEARER_BAD_RECIPIENT || result->outcome == BEARER_BAD_MESSAGE;
	if (final && doubt_is_settled(&bearer->work, row->id))
		return 0;
	streak_grow(bearer, row, result);
	*ret_suspect = bearer->work.streak >= STREAK_SUSPECT;
	if (*ret_suspect && final)
		doubt_add(&bearer->work, row->id);
	if (*ret_suspect)
		return streak_revive(hub, bearer, now, err);
	if (final) {
		bearer->work.streak_rows[1] = bearer->work.streak_rows[0];
		bearer->work.streak_rows[0] = row->id;
	}
	return 0;
}

static void pace_learn(struct hub_bearer *bearer, const struct bearer_result *result)
{
	double seconds = result->elapsed_ms / 1000.0;

	if (result->outcome != BEARER_ACCEPTED || result->elapsed_ms < 0)
		return;
	bearer->work.seconds_per_segment =
		bearer->work.seconds_per_segment > 0 ? bearer->work.seconds_per_segment * 0.9 + seconds * 0.1 : seconds;
}

int hub_result(struct hub *hub, int index, const struct bearer_result *result, int64_t now, struct err *err)
{
	struct hub_bearer *bearer = &hub->bearers[index];
	struct outcome_policy policy = {.unknown_after_ms = (int64_t)hub->settings->alert.unknown_after_s * SECOND_MS};
	struct outbox_row row;
	bool suspect, late;

	bool held = bearer->work.busy && bearer->work.delivery == result->delivery &&
		    bearer->work.attempt == result->attempt;
	if (held)
		bearer->work.busy = false;
	int found = outbox_get(hub->db, result->delivery, &row, err);
	if (found <= 0)
		return found; /* erased meanwhile */

	pace_learn(bearer, result);
	/* A late answer to what was called unknown has been counted then. */
	if (held && (result->outcome == BEARER_ACCEPTED || result->outcome == BEARER_UNKNOWN) &&
		usage_count(hub, bearer, row.address, now, err) != 0)
		return -1;
	if (result_streak(hub, bearer, &row, result, &suspect, now, err) != 0)
		return -1;
	struct outbox_outcome outcome = outcome_decide(&row, result, suspect, &policy, now);
	if (outbox_settle(hub->db, &outcome, now, &late, err) != 0)
		return -1;

	char masked[PHONE_MAX + 8];
	phone_mask(row.address, masked);
	bool fine = result->outcome == BEARER_ACCEPTED;
	log_line(fine ? LOG_DEBUG : LOG_WARN, "%s: message %lld to %s, segment %d of %d: %s%s%s%s", bearer->name,
		(long long)row.message_id, masked, row.segment + 1, row.segments,
		bearer_outcome_to_string(result->outcome), result->error[0] ? ": " : "", result->error,
		late ? " (late)" : "");
	return 0;
}
