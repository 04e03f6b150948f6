/* What became of a send goes back to its row. */
#include "config/clock.h"
#include "db/limit.h"
#include "firmware-host/hub.h"
#include "firmware-host/log.h"
#include "modem/graph.h"
#include "modem/phone.h"

#include <stdio.h>
#include <string.h>

enum {
	STREAK_SUSPECT = 3, /* refused so many people in a row: the fault is the bearer's own */
	SECOND_MS = 1000,
};

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

int64_t hub_fallback_ms(const struct hub *hub, enum message_priority priority)
{
	static const enum settings_at_once from[] = {
		[PRIORITY_RED] = AT_ONCE_RED, [PRIORITY_ORANGE] = AT_ONCE_ORANGE, [PRIORITY_YELLOW] = AT_ONCE_YELLOW};
	bool at_once = priority <= PRIORITY_YELLOW && hub->settings->alert.at_once >= from[priority];

	return at_once ? 0 : (int64_t)hub->settings->alert.fallback_after_s * SECOND_MS;
}

struct outcome_policy hub_outcome_policy(const struct hub *hub, const struct outbox_row *row)
{
	int64_t unknown_after = (int64_t)hub->settings->alert.unknown_after_s * SECOND_MS;
	int64_t fallback_after = hub_fallback_ms(hub, row->priority);

	/* While the link is dead no proof can come: see hub_whatsapp_link. */
	if (!hub->whatsapp.link_up && row->kind != MESSAGE_NEWS && fallback_after > unknown_after)
		fallback_after = unknown_after;
	return (struct outcome_policy){
		.unknown_after_ms = unknown_after,
		.fallback_after_ms = fallback_after,
		.news_fall = hub->settings->news.sms == NEWS_SMS_FALLBACK,
		.news_sms = hub->settings->news.sms != NEWS_SMS_NEVER,
	};
}

/* ---- by WhatsApp ------------------------------------------------------------------------------------------------- */

/* A status may have come before this answer gave its message a name. */
int hub_whatsapp_early(struct hub *hub, const struct outbox_row *row, int32_t attempt, const struct outbox_early *early,
	int64_t now, struct err *err)
{
	struct outcome_policy policy = hub_outcome_policy(hub, row);

	if (early->wired >= WIRED_DELIVERED)
		return outbox_prove(hub->db, row->id, attempt, early->wired, now, err);
	if (early->wired == WIRED_UNPROVED)
		return outbox_released(hub->db, row->id, attempt, err);
	if (early->wired != WIRED_FAILED)
		return 0;
	struct outbox_outcome outcome = outcome_whatsapp_refused(
		row, attempt, graph_outcome(graph_code_find(early->code)), early->code, early->error, &policy, now);
	if (outbox_denied(hub->db, &outcome, now, err) != 0)
		return -1;
	return hub_whatsapp_refusal(hub, row, early->code, early->error, true, now, err);
}

/* `counted`: the intent made it a person more of those the limit counts. */
static int whatsapp_result(struct hub *hub, const struct outbox_row *row, const struct bearer_result *result,
	bool counted, int64_t now, struct err *err)
{
	bool left = !outcome_is_refusal(result->outcome);
	struct outbox_early early;

	if (!left && counted) {
		hub->whatsapp.limit_used--;
		if (limit_take_back(hub->db, row->address, err) != 0)
			return -1;
	}
	if (left && hub_whatsapp_accepted(hub, now, err) != 0)
		return -1;
	if (result->id[0]) {
		if (outbox_name(hub->db, row->id, result->attempt, result->id, &early, err) != 0)
			return -1;
		return hub_whatsapp_early(hub, row, result->attempt, &early, now, err);
	}
	return result->code != 0 ? hub_whatsapp_refusal(hub, row, result->code, result->error, false, now, err) : 0;
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

static void result_log(
	const struct hub_bearer *bearer, const struct outbox_row *row, const struct bearer_result *result, bool late)
{
	char masked[PHONE_MAX + 8];
	/* That WhatsApp gave back all it had is told once, by its state. */
	bool fine = result->outcome == BEARER_ACCEPTED ||
		    (bearer->channel == OUTBOX_WHATSAPP && result->outcome == BEARER_NOT_SENT);

	phone_mask(outbox_has_phone(row) ? row->address : "", masked);
	log_line(fine ? LOG_DEBUG : LOG_WARN, "%s: message %lld to %s, segment %d of %d: %s%s%s%s", bearer->name,
		(long long)row->message_id, masked[0] ? masked : "a WhatsApp user", row->segment + 1,
		bearer->channel == OUTBOX_SMS ? row->segments : 1, bearer_outcome_to_string(result->outcome),
		result->error[0] ? ": " : "", result->error, late ? " (late)" : "");
}

int hub_result(struct hub *hub, int index, const struct bearer_result *result, int64_t now, struct err *err)
{
	struct hub_bearer *bearer = &hub->bearers[index];
	bool whatsapp = bearer->channel == OUTBOX_WHATSAPP;
	struct outbox_row row;
	bool suspect = false, late, counted;

	bool held = hub_flight_end(hub, index, result->delivery, result->attempt, &counted);
	int found = outbox_get(hub->db, result->delivery, &row, err);
	if (found <= 0)
		return found; /* erased meanwhile */

	pace_learn(bearer, result);
	/* A late answer to what was called unknown has been counted then. */
	if (held && !whatsapp && (result->outcome == BEARER_ACCEPTED || result->outcome == BEARER_UNKNOWN) &&
		usage_count(hub, bearer, row.address, now, err) != 0)
		return -1;
	if (!whatsapp && result_streak(hub, bearer, &row, result, &suspect, now, err) != 0)
		return -1;
	struct outcome_policy policy = hub_outcome_policy(hub, &row);
	struct outbox_row as = row;
	as.channel = bearer->channel; /* a late answer of WhatsApp's says nothing of the SMS that has begun since */
	struct outbox_outcome outcome = outcome_decide(&as, result, suspect, &policy, now);
	if (outbox_settle(hub->db, &outcome, now, &late, err) != 0)
		return -1;
	if (whatsapp && whatsapp_result(hub, &row, result, counted, now, err) != 0)
		return -1;
	result_log(bearer, &row, result, late);
	return 0;
}
