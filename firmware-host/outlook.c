#include "firmware-host/outlook.h"

#include "db/limit.h"
#include "db/memo.h"
#include "db/sim.h"
#include "db/subscriber.h"
#include "firmware-host/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND_MS = 1000, SHARE_WEIGHT = 50, MEMO_MAX = 80 };

/* ---- what the hub remembers -------------------------------------------------------------------------------------- */

static bool link_read(const char *text, enum forecast_link *ret_link, double *ret_pace)
{
	char *end;

	for (int link = FORECAST_OFF; link <= FORECAST_REFUSED; link++) {
		const char *name = forecast_link_to_string((enum forecast_link)link);
		size_t length = strlen(name);
		if (strncmp(text, name, length) != 0 || text[length] != ' ')
			continue;
		double pace = strtod(text + length, &end);
		if (end == text + length || !(pace >= 0 && pace <= 1e6))
			return false;
		*ret_link = (enum forecast_link)link;
		*ret_pace = pace;
		return true;
	}
	return false;
}

/* What cannot be read counts as never told. */
static int link_get(struct db *db, enum forecast_link *ret_link, double *ret_pace, struct err *err)
{
	char *text = NULL;
	int found = memo_get(db, OUTLOOK_LINK_MEMO, &text, err);

	*ret_link = FORECAST_DOWN;
	*ret_pace = 0;
	if (found > 0)
		(void)link_read(text, ret_link, ret_pace);
	free(text);
	return found < 0 ? -1 : 0;
}

int outlook_link(const struct settings *settings, struct db *db, enum forecast_link *ret_link, struct err *err)
{
	double pace;

	*ret_link = FORECAST_OFF;
	return settings->whatsapp.enabled ? link_get(db, ret_link, &pace, err) : 0;
}

int outlook_link_note(struct db *db, enum forecast_link link, double pace, int64_t now, struct err *err)
{
	enum forecast_link before;
	char text[MEMO_MAX];
	double remembered;

	if (link_get(db, &before, &remembered, err) != 0)
		return -1;
	(void)snprintf(text, sizeof text, "%s %.2f %lld", forecast_link_to_string(link), pace > 0 ? pace : remembered,
		(long long)now);
	return memo_put(db, OUTLOOK_LINK_MEMO, text, err);
}

static int fallback_get(struct db *db, int64_t *ret_taken, int64_t *ret_fell, struct err *err)
{
	char *text = NULL, *end;
	int found = memo_get(db, OUTLOOK_FALLBACK_MEMO, &text, err);

	*ret_taken = *ret_fell = 0;
	if (found > 0) {
		long long taken = strtoll(text, &end, 10), fell = strtoll(end, NULL, 10);
		if (taken > 0 && fell >= 0 && fell <= taken) {
			*ret_taken = taken;
			*ret_fell = fell;
		}
	}
	free(text);
	return found < 0 ? -1 : 0;
}

int outlook_fallback_note(struct db *db, int64_t taken, int64_t fell, struct err *err)
{
	int64_t taken_before, fell_before;
	char text[MEMO_MAX];

	if (taken <= 0)
		return 0;
	if (fallback_get(db, &taken_before, &fell_before, err) != 0)
		return -1;
	(void)snprintf(text, sizeof text, "%lld %lld", (long long)(taken_before / 2 + taken),
		(long long)(fell_before / 2 + (fell < taken ? fell : taken)));
	return memo_put(db, OUTLOOK_FALLBACK_MEMO, text, err);
}

/* ---- what the box has -------------------------------------------------------------------------------------------- */

struct fleet {
	const struct settings *settings;
	struct db *db;
	char day[12];
	bool alert;
	struct forecast_means *means;
	struct err *err;
	int result;
};

static const struct settings_modem *modem_of(const struct settings *settings, const char *name)
{
	for (int i = 0; i < settings->modem_count; i++) {
		if (strcmp(settings->modems[i].name, name) == 0)
			return &settings->modems[i];
	}
	return NULL;
}

/* What the SIM in this modem may still send today; NULL: one that is not configured, which has no limit. */
static int64_t budget_left(const struct settings_modem *modem, const struct sim_usage *usage, bool alert)
{
	int64_t left = INT64_MAX;

	if (modem && modem->budget.day > 0)
		left = modem->budget.day - usage->day - (alert ? 0 : modem->budget.alert_reserve);
	if (modem && modem->budget.month > 0 && modem->budget.month - usage->month < left)
		left = modem->budget.month - usage->month;
	return left > 0 ? left : 0;
}

static bool fleet_add(void *context, const struct modem_memory *memory)
{
	struct fleet *fleet = context;
	struct forecast_means *means = fleet->means;
	const struct settings_modem *modem = modem_of(fleet->settings, memory->name);
	struct sim_usage usage = {0};

	if (strcmp(memory->state, "ready") != 0 || (!modem && fleet->settings->modem_count > 0))
		return true;
	if (sim_usage(fleet->db, memory->sim, fleet->day, &usage, fleet->err) != 0) {
		fleet->result = -1;
		return false;
	}
	means->modems[means->modem_count++] = (struct forecast_modem){
		.seconds_per_segment = memory->seconds_per_segment > 0.0001 ? memory->seconds_per_segment : 0,
		.left = budget_left(modem, &usage, fleet->alert),
	};
	means->modems_measured = means->modems_measured || memory->seconds_per_segment > 0.0001;
	return means->modem_count < FORECAST_MODEMS_MAX;
}

/* None is ready, or none was heard of yet: as if all that are configured were well and their SIMs unused. */
static void fleet_assume(const struct settings *settings, bool alert, struct forecast_means *means)
{
	const struct sim_usage none = {0};

	means->modem_count = settings->modem_count > 0 ? settings->modem_count : 1;
	for (int i = 0; i < means->modem_count; i++)
		means->modems[i].left =
			budget_left(settings->modem_count > 0 ? &settings->modems[i] : NULL, &none, alert);
}

static int whatsapp_means(const struct settings *settings, struct db *db, int64_t now, struct forecast_means *means,
	struct outlook_limit *limit, struct err *err)
{
	int64_t taken, fell;

	if (!settings->whatsapp.enabled)
		return 0;
	if (link_get(db, &means->link, &means->pace, err) != 0 || fallback_get(db, &taken, &fell, err) != 0)
		return -1;
	/* The assumption counts as so many people: it fades as more is measured. */
	means->share = (FORECAST_SHARE * SHARE_WEIGHT + (double)fell) / (double)(SHARE_WEIGHT + taken);
	means->share_measured = taken > 0;
	limit->per_day = settings->whatsapp.recipients_per_day;
	if (limit->per_day == 0)
		return 0;
	if (limit_used(db, now, &limit->used, &limit->next_free_at, err) != 0)
		return -1;
	means->limit_left = limit->per_day > limit->used ? limit->per_day - limit->used : 0;
	return 0;
}

int outlook_means(const struct settings *settings, struct db *db, enum message_kind kind, int64_t now,
	struct forecast_means *ret_means, struct outlook_limit *ret_limit, struct err *err)
{
	struct fleet fleet = {
		.settings = settings, .db = db, .alert = kind != MESSAGE_NEWS, .means = ret_means, .err = err};

	*ret_means = (struct forecast_means){
		.rate = settings->whatsapp.rate,
		.limit_left = INT64_MAX,
		.fallback_after_s = settings->alert.fallback_after_s,
		.price_sms = settings->costs.sms,
		.price_whatsapp = kind == MESSAGE_NEWS ? settings->costs.whatsapp_news : settings->costs.whatsapp_alert,
	};
	*ret_limit = (struct outlook_limit){0};
	hub_day(now, fleet.day);
	if (modem_each(db, fleet_add, &fleet, err) != 0 || fleet.result != 0)
		return -1;
	if (ret_means->modem_count == 0)
		fleet_assume(settings, fleet.alert, ret_means);
	return whatsapp_means(settings, db, now, ret_means, ret_limit, err);
}

/* ---- who costs the limit nothing --------------------------------------------------------------------------------- */

struct census {
	struct db *db;
	int64_t now;
	int64_t all, known; /* people by WhatsApp */
	struct err *err;
	int result;
};

static bool census_add(void *context, const struct subscriber *person, const struct consent *first_consent)
{
	struct census *census = context;

	(void)first_consent;
	if (!subscriber_by_whatsapp(person, census->now))
		return true;
	int known = limit_knows(
		census->db, person->phone[0] ? person->phone : person->whatsapp_id, census->now, census->err);
	if (known < 0) {
		census->result = -1;
		return false;
	}
	census->all++;
	census->known += known;
	return true;
}

/* Of so many people by WhatsApp, how many at least were written to today, or wrote: all who were but those the message may
 * leave out. Exact for a message to everybody. Looked at only where it matters. */
static int free_count(struct db *db, int64_t people, const struct forecast_means *means,
	const struct outlook_limit *limit, int64_t now, int64_t *ret_free, struct err *err)
{
	struct census census = {.db = db, .now = now, .err = err};

	*ret_free = 0;
	if (limit->per_day == 0 || people <= means->limit_left)
		return 0;
	if (subscriber_each(db, false, census_add, &census, err) != 0 || census.result != 0)
		return -1;
	int64_t left_out = census.all > people ? census.all - people : 0;
	int64_t at_least = census.known > left_out ? census.known - left_out : 0;
	*ret_free = at_least < people ? at_least : people;
	return 0;
}

/* ---- an order, and a message under way --------------------------------------------------------------------------- */

static void work_policy(const struct settings *settings, const struct message *message, struct forecast_work *work)
{
	bool alert = message->kind == MESSAGE_ALERT || message->kind == MESSAGE_CLEAR;

	work->parts = message->segments;
	work->fallback = alert || (message->kind == MESSAGE_NEWS && settings->news.sms == NEWS_SMS_FALLBACK);
	work->spill = alert;
	work->falling_most = INT64_MAX;
}

/* People who can only be reached by WhatsApp are those nobody counts while it is not enabled. */
static int people_count(const struct settings *settings, struct db *db, const struct message *message, int64_t now,
	struct outlook *ret, struct err *err)
{
	int64_t sms = 0, none = 0;

	if (message_count_recipients(db, message, settings->whatsapp.enabled, now, &ret->sms, &ret->whatsapp, err) != 0)
		return -1;
	if (ret->whatsapp > 0) {
		if (message_count_recipients(db, message, false, now, &sms, &none, err) != 0)
			return -1;
		ret->work.whatsapp_only = ret->sms + ret->whatsapp - sms;
	}
	if (message->kind == MESSAGE_NEWS && settings->news.sms == NEWS_SMS_NEVER)
		ret->sms = 0;
	ret->work.sms_segments = ret->sms * message->segments;
	ret->work.whatsapp_people = ret->whatsapp;
	return 0;
}

int outlook_of_order(const struct settings *settings, struct db *db, const struct message *message, int64_t now,
	struct outlook *ret, struct err *err)
{
	*ret = (struct outlook){0};
	work_policy(settings, message, &ret->work);
	if (people_count(settings, db, message, now, ret, err) != 0 ||
		outlook_means(settings, db, message->kind, now, &ret->means, &ret->limit, err) != 0 ||
		free_count(db, ret->whatsapp, &ret->means, &ret->limit, now, &ret->work.whatsapp_free, err) != 0)
		return -1;
	forecast_make(&ret->means, &ret->work, &ret->forecast);
	return 0;
}

/* How many of those sent by WhatsApp may still be expected to fall back: of all, what the share says. */
static int64_t falling_most(double share, const struct message_figures *f)
{
	int64_t all = f->whatsapp_queued + f->whatsapp_sending + f->whatsapp_accepted + f->whatsapp_held +
		      f->whatsapp_unknown + f->whatsapp_delivered + f->whatsapp_read + f->whatsapp_failed;

	return (int64_t)((double)all * share) + 1;
}

/* Handed over, and due for an SMS without a proof. Those who went on by SMS are still among the figures of WhatsApp, those
 * whose SMS is doubtful among the waiting and the segments left. */
static int64_t whatsapp_waiting(const struct message_figures *f)
{
	int64_t unproved = f->whatsapp_accepted + f->whatsapp_held + f->whatsapp_unknown;

	return unproved < f->waiting ? unproved : f->waiting;
}

int outlook_eta(const struct settings *settings, struct db *db, const struct message *message,
	const struct message_figures *figures, int64_t now, int64_t *ret_eta, struct err *err)
{
	struct forecast_work work = {.sms_segments = figures->segments_left,
		.whatsapp_people = figures->whatsapp_queued + figures->whatsapp_sending};
	struct forecast_means means;
	struct outlook_limit limit;
	struct forecast forecast;

	*ret_eta = 0;
	work_policy(settings, message, &work);
	work.whatsapp_waiting = whatsapp_waiting(figures);
	if (message->stage != STAGE_OPEN || work.sms_segments + work.whatsapp_people + work.whatsapp_waiting == 0)
		return 0;
	if (outlook_means(settings, db, message->kind, now, &means, &limit, err) != 0 ||
		free_count(db, work.whatsapp_people, &means, &limit, now, &work.whatsapp_free, err) != 0)
		return -1;
	work.falling_most = falling_most(means.share, figures);
	forecast_make(&means, &work, &forecast);
	const struct forecast_way *way = forecast_now(&forecast);
	int64_t start = message->not_before > now ? message->not_before : now;
	if (way->segments_short == 0 && way->left_over == 0)
		*ret_eta = start + way->seconds * SECOND_MS;
	return 0;
}
