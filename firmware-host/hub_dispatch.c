/* What is due goes to who is free. */
#include "firmware-host/hub.h"

#include "config/clock.h"
#include "db/limit.h"
#include "firmware-host/dispatch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	ROWS_MAX = 64,	/* read at once in one priority; rows that must wait for one certain bearer are far fewer */
	PAGES_MAX = 16, /* of so many rows, when it is worth looking far */
	SECOND_MS = 1000,
	STARTING_MS = 3000, /* WhatsApp has so long to show after its start that it is there */
	FALL_EVERY = 4,	    /* while WhatsApp is down, so many SMS begin with one to who waits for it */
	BARREN_MS = 1000,   /* after a far look for somebody WhatsApp may take that found nobody */
	LIMIT_MS = 10000,   /* people fall out of the limit's 24 hours: counted anew so often */
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

/* The platform's limit of different people in any 24 hours; what is in hand was counted with its intent. */
static int whatsapp_is_allowed(
	struct hub *hub, const struct outbox_row *row, int64_t now, bool *ret_allowed, struct err *err)
{
	int64_t most = hub->settings->whatsapp.recipients_per_day;

	if (most == 0 || row->kind == MESSAGE_REPLY || hub->whatsapp.limit_used < most)
		return 0;
	int known = limit_knows(hub->db, row->address, now, err);
	if (known < 0)
		return -1;
	*ret_allowed = known == 1;
	return 0;
}

static int limit_refresh(struct hub *hub, int64_t now, struct err *err)
{
	struct hub_whatsapp *whatsapp = &hub->whatsapp;

	bool freed = whatsapp->limit_next != 0 && now >= whatsapp->limit_next;
	if (!freed && whatsapp->limit_mono != 0 && clock_mono_ms() - whatsapp->limit_mono < LIMIT_MS)
		return 0;
	whatsapp->limit_mono = clock_mono_ms();
	return limit_used(hub->db, now, &whatsapp->limit_used, &whatsapp->limit_next, err);
}

static int recipient_is_allowed(struct hub *hub, const struct hub_bearer *bearer, const struct outbox_row *row,
	int64_t now, bool *ret_allowed, struct err *err)
{
	char day[12], month[8];

	*ret_allowed = true;
	if (bearer->channel == OUTBOX_WHATSAPP)
		return whatsapp_is_allowed(hub, row, now, ret_allowed, err);
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

/* One look at the queue: who may take what. */
struct round {
	struct dispatch_bearer view[HUB_BEARERS_MAX];
	struct dispatch_policy policy;
	int free_sms, free_whatsapp; /* sends that can be begun */
	int sends;		     /* begun */
	bool whatsapp_able;	     /* ready, whether or not it has a slot free */
	bool far;  /* it is worth looking far: a SIM may not write to some, or a pause holds some back */
	bool pick; /* so it is for WhatsApp, which can take others than the first */
	bool looked_far;
	int64_t now;
};

static void round_open(struct hub *hub, struct round *round, int64_t now)
{
	*round = (struct round){.now = now};
	round->policy.quiet_until = quiet_until(hub, now);
	round->policy.news_fall = hub->settings->news.sms == NEWS_SMS_FALLBACK;
	for (int i = 0; i < hub->bearer_count; i++) {
		const struct hub_bearer *bearer = &hub->bearers[i];
		bool whatsapp = bearer->channel == OUTBOX_WHATSAPP;
		int slots = !whatsapp					? 1
			    : bearer->status.slots < WHATSAPP_SLOTS_MAX ? bearer->status.slots
									: WHATSAPP_SLOTS_MAX;
		int64_t mono = clock_mono_ms(), pause = bearer->work.paused_mono - mono;
		struct dispatch_bearer *view = &round->view[i];
		*view = (struct dispatch_bearer){
			.name = bearer->name,
			.channel = bearer->channel,
			.ready = bearer->fd >= 0 && bearer->status.state == BEARER_READY && !bearer->silent,
			.starting = bearer->fd >= 0 && bearer->status.state == BEARER_STARTING &&
						    mono - bearer->started_mono<STARTING_MS, .free = slots> bearer->work
								    .in_hand
					    ? slots - bearer->work.in_hand
					    : 0,
			.paused_until = pause > 0 ? now + pause : 0,
			.left_alert = whatsapp ? INT64_MAX : hub_budget_left(bearer, true),
			.left_other = whatsapp ? INT64_MAX : hub_budget_left(bearer, false),
			.recipient_allowed = true,
		};
		if (whatsapp) {
			round->whatsapp_able = (view->ready || view->starting) && view->paused_until == 0;
			round->free_whatsapp = view->ready && view->paused_until == 0 ? view->free : 0;
		} else if (view->ready && view->left_alert > 0) {
			round->free_sms += view->free;
		}
	}
}

/* The message, kept from its last row. NULL: error. */
static const struct message *message_of(struct hub *hub, int64_t id, struct err *err)
{
	if (hub->text_cache->id == id)
		return hub->text_cache;
	int found = message_get(hub->db, id, hub->text_cache, err);
	if (found == 1)
		return hub->text_cache;
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

static const char *template_name(const struct settings *settings, enum message_kind kind)
{
	switch (kind) {
	case MESSAGE_ALERT: return settings->whatsapp.templates.alert;
	case MESSAGE_CLEAR: return settings->whatsapp.templates.clear;
	case MESSAGE_NEWS: return settings->whatsapp.templates.news;
	case MESSAGE_REPLY: break;
	}
	return "";
}

static void ask_by_whatsapp(
	struct hub *hub, const struct outbox_row *row, const struct message *message, struct bearer_ask *ask)
{
	bool reply = row->kind == MESSAGE_REPLY;

	ask->send.content = reply ? (enum bearer_content)message->content : BEARER_TEMPLATE;
	if (outbox_has_phone(row))
		snprintf(ask->send.to, sizeof ask->send.to, "%.*s", BEARER_ADDRESS_MAX - 1, row->address);
	else
		snprintf(ask->send.user, sizeof ask->send.user, "%s", row->address);
	snprintf(ask->text, sizeof ask->text, "%s", reply ? message->text : message->parameters);
	if (reply)
		return;
	snprintf(ask->send.template, sizeof ask->send.template, "%s", template_name(hub->settings, row->kind));
	snprintf(ask->send.language, sizeof ask->send.language, "%s", hub->settings->whatsapp.templates.language);
}

static void ask_by_sms(struct hub *hub, const struct outbox_row *row, const struct message *message, int64_t now,
	struct bearer_ask *ask)
{
	/* Another reference each round, so that a phone never joins parts of two rounds. */
	ask->send.reference = (uint8_t)(row->message_id + 101 * (row->round - 1));
	ask->send.report = true;
	ask->send.more = true;
	ask->send.validity_s = (uint32_t)(send_validity_ms(hub, row, now) / SECOND_MS);
	snprintf(ask->send.to, sizeof ask->send.to, "%.*s", BEARER_ADDRESS_MAX - 1, row->address);
	/* Of a reply that was made for buttons the words alone. */
	snprintf(ask->text, sizeof ask->text, "%.*s", (int)strcspn(message->text, BEARER_FIELD), message->text);
}

/* Counted with the intent, so that a kill does not make the count forget. */
static int limit_count(struct hub *hub, const struct outbox_row *row, int64_t now, bool *ret_counted, struct err *err)
{
	*ret_counted = false;
	if (row->channel != OUTBOX_WHATSAPP || row->kind == MESSAGE_REPLY)
		return 0;
	int known = limit_knows(hub->db, row->address, now, err);
	if (known < 0 || limit_note(hub->db, row->address, now, err) != 0)
		return -1;
	*ret_counted = known == 0;
	hub->whatsapp.limit_used += known == 0;
	return 0;
}

/* The durable intent, and the ask that follows its commit. */
static int row_send(struct hub *hub, struct outbox_row *row, const struct message *message,
	const struct dispatch_decision *decision, int64_t now, struct err *err)
{
	struct hub_bearer *bearer = &hub->bearers[decision->bearer];
	struct bearer_ask ask = {.type = BEARER_ASK_SEND};
	int32_t attempt;
	bool counted;

	if (decision->segment == 0)
		row->round++;
	row->segment = decision->segment;
	row->channel = bearer->channel;
	if (outbox_intend(hub->db, row, bearer->name, bearer->status.sim, decision->repeat, now, &attempt, err) != 0 ||
		limit_count(hub, row, now, &counted, err) != 0)
		return -1;
	ask.send.delivery = row->id;
	ask.send.attempt = attempt;
	ask.send.segment = (uint8_t)row->segment;
	if (bearer->channel == OUTBOX_WHATSAPP)
		ask_by_whatsapp(hub, row, message, &ask);
	else
		ask_by_sms(hub, row, message, now, &ask);
	hub_ask_later(hub, decision->bearer, &ask);
	hub_flight_begin(hub, decision->bearer, row->id, attempt, counted);
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

/* What of a bearer depends on the row: pauses, limits of people, templates. */
static int row_view(struct hub *hub, const struct outbox_row *row, const struct message *message, struct round *round,
	struct err *err)
{
	int64_t mono = clock_mono_ms();

	for (int i = 0; i < hub->bearer_count; i++) {
		const struct hub_bearer *bearer = &hub->bearers[i];
		int64_t until = bearer->work.paused_mono;
		if (bearer->channel == OUTBOX_WHATSAPP) {
			if (row->kind != MESSAGE_REPLY && hub->whatsapp.template_mono[row->kind] > until)
				until = hub->whatsapp.template_mono[row->kind];
			/* Composed while WhatsApp was not enabled: there is nothing to fill a template with. */
			if (row->kind != MESSAGE_REPLY && !message->parameters[0])
				until = INT64_MAX;
		} else if (row->message_id > bearer->work.paused_message) {
			until = 0; /* what was given after the pause began is tried at once */
		}
		round->view[i].paused_until = until == INT64_MAX ? INT64_MAX
					      : until > mono	 ? round->now + until - mono
								 : 0;
		if (recipient_is_allowed(hub, bearer, row, round->now, &round->view[i].recipient_allowed, err) != 0)
			return -1;
		bool barred = !round->view[i].recipient_allowed;
		if (bearer->channel == OUTBOX_WHATSAPP)
			round->far =
				round->far || (round->pick && (barred || round->view[i].paused_until > round->now));
		else
			round->far = round->far || barred;
	}
	return 0;
}

static int lane_free(const struct round *round, enum outbox_lane lane)
{
	switch (lane) {
	case LANE_SMS:
	case LANE_UNPROVED:
	case LANE_DOUBTFUL: return round->free_sms;
	case LANE_WHATSAPP: return round->free_sms + round->free_whatsapp;
	case LANE_WHATSAPP_ONLY:
	case LANE_UNPROVED_ONLY: return round->free_whatsapp;
	case LANE_COUNT: break;
	}
	return 0;
}

static bool round_is_over(const struct round *round, enum outbox_lane lane)
{
	return round->sends >= HUB_SENDS_MAX || lane_free(round, lane) == 0;
}

/* May somebody further down the lane go although this row must wait? By another SIM, by a template that is not refused, or
 * because WhatsApp's limit has counted them already. */
static bool lane_goes_on(struct round *round, enum outbox_lane lane, const struct outbox_row *row,
	const struct dispatch_decision *decision)
{
	bool wired = lane == LANE_WHATSAPP || lane == LANE_WHATSAPP_ONLY || lane == LANE_UNPROVED_ONLY;

	switch (decision->why) {
	case DISPATCH_QUIET: return false;
	case DISPATCH_BUSY: return !wired || !round->whatsapp_able || round->free_whatsapp > 0;
	case DISPATCH_NO_BEARER:
		if (wired && round->free_whatsapp > 0)
			return true;
		if (decision->until == 0 || (wired && !dispatch_may_fall(row, &round->policy)))
			return false;
		round->far = true;
		return true;
	case DISPATCH_NO_BUDGET:
	case DISPATCH_FINE:
	case DISPATCH_EXPIRED: break;
	}
	return true;
}

static void round_sent(struct hub *hub, struct round *round, int bearer)
{
	round->view[bearer].free--;
	round->sends++;
	if (hub->bearers[bearer].channel == OUTBOX_WHATSAPP)
		round->free_whatsapp--;
	else
		round->free_sms--;
}

/* One row: 1 the next row may be looked at, 0 the rest of the lane waits alike, -1 error. */
static int row_dispatch(
	struct hub *hub, struct outbox_row *row, enum outbox_lane lane, struct round *round, struct err *err)
{
	const struct message *message = message_of(hub, row->message_id, err);

	if (!message || row_view(hub, row, message, round, err) != 0)
		return -1;
	struct dispatch_decision decision =
		dispatch_decide(row, round->view, hub->bearer_count, &round->policy, round->now);

	switch (decision.verb) {
	case DISPATCH_SEND:
	case DISPATCH_FALL_BACK:
		if (row_send(hub, row, message, &decision, round->now, err) != 0)
			return -1;
		round_sent(hub, round, decision.bearer);
		return !round_is_over(round, lane);
	case DISPATCH_GIVE_UP:
		return row_give_up(hub, row, dispatch_why_to_string(decision.why), round->now, err) != 0 ? -1 : 1;
	case DISPATCH_WAIT:
		if (decision.until != INT64_MAX)
			due_note(hub, decision.until);
		if (row->channel == OUTBOX_WHATSAPP && decision.why == DISPATCH_NO_BUDGET)
			due_note(hub, hub->whatsapp.limit_next);
		return lane_goes_on(round, lane, row, &decision);
	}
	return 1;
}

static int lane_dispatch(
	struct hub *hub, enum message_priority priority, enum outbox_lane lane, struct round *round, struct err *err)
{
	struct outbox_row rows[ROWS_MAX], last;
	int max = lane_free(round, lane) + 2;

	round->far = false;
	/* Nearly always the first rows go; the further looks are for when they must wait for a certain bearer. */
	for (int page = 0; page < (round->far ? PAGES_MAX : 2); page++, max = ROWS_MAX) {
		int64_t next = 0;
		max = max > ROWS_MAX ? ROWS_MAX : max;
		round->looked_far = round->looked_far || page >= 2;
		int count =
			outbox_due(hub->db, priority, lane, round->now, page > 0 ? &last : NULL, rows, max, &next, err);
		if (count < 0)
			return -1;
		if (count < max)
			due_note(hub, next);
		if (count > 0)
			last = rows[count - 1];
		for (int i = 0; i < count; i++) {
			int go = row_dispatch(hub, &rows[i], lane, round, err);
			if (go <= 0)
				return go;
		}
		if (count < max)
			return 0;
	}
	return 0;
}

/* Lane by lane, who has no other way first. But while WhatsApp is down its people have none either: a part of the SMS is
 * theirs from the start, so that the first of them does not wait for the last of a long list. */
static int priority_dispatch(struct hub *hub, enum message_priority priority, struct round *round, struct err *err)
{
	if (!round->whatsapp_able && round->free_sms > 0 && hub->whatsapp.falls++ % FALL_EVERY == 0) {
		int kept_back = round->free_sms - 1;
		round->free_sms = 1;
		int result = lane_dispatch(hub, priority, LANE_WHATSAPP, round, err);
		round->free_sms += kept_back;
		if (result < 0)
			return -1;
	}
	for (int lane = 0; lane < LANE_COUNT; lane++) {
		if (round_is_over(round, (enum outbox_lane)lane))
			continue;
		if (lane_dispatch(hub, priority, (enum outbox_lane)lane, round, err) != 0)
			return -1;
	}
	return 0;
}

int hub_dispatch(struct hub *hub, int64_t now, struct err *err)
{
	struct round round;

	hub->next_due = 0;
	if (usage_refresh(hub, now, err) != 0 || (hub->settings->whatsapp.enabled && limit_refresh(hub, now, err) != 0))
		return -1;
	round_open(hub, &round, now);
	int64_t mono = clock_mono_ms();
	round.pick = round.free_whatsapp > 0 &&
		     (hub->whatsapp.barren_mono == 0 || mono - hub->whatsapp.barren_mono >= BARREN_MS);
	int free_whatsapp = round.free_whatsapp;
	for (int i = 0; i < hub->bearer_count; i++) {
		due_note(hub, round.view[i].paused_until);
		if (round.view[i].starting)
			due_note(hub, now + STARTING_MS + hub->bearers[i].started_mono - mono);
	}
	for (int priority = 0; priority < PRIORITY_COUNT; priority++) {
		if (priority_dispatch(hub, (enum message_priority)priority, &round, err) != 0)
			return -1;
	}
	if (round.pick && round.looked_far && round.free_whatsapp == free_whatsapp)
		hub->whatsapp.barren_mono = mono;
	if (round.sends >= HUB_SENDS_MAX) /* the rest in the next turn, which comes at once */
		hub->look = true;
	return 0;
}
