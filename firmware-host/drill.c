#include "firmware-host/drill.h"

#include "db/sim.h"
#include "firmware-host/json.h"

#include <stdlib.h>
#include <string.h>

enum { SECOND_MS = 1000, MINUTE_S = 60, HOUR_S = 3600, WEAK_DBM = -105 };

/* The same contract as the first SIM has, unused; the mean pace of those there are. */
static struct forecast_modem one_more(const struct settings *settings, const struct drill *drill)
{
	const struct settings_modem *first = settings->modem_count > 0 ? &settings->modems[0] : NULL;

	return (struct forecast_modem){
		.seconds_per_segment = drill->outlook.forecast.seconds_per_segment,
		.left = first && first->budget.day > 0 ? first->budget.day : INT64_MAX,
	};
}

int drill_make(const struct settings *settings, struct db *db, const struct message *message, int64_t now,
	struct drill *ret, struct err *err)
{
	*ret = (struct drill){.message = *message};
	if (outlook_of_order(settings, db, message, now, &ret->outlook, err) != 0)
		return -1;
	struct forecast_means means = ret->outlook.means;
	if (means.modem_count < FORECAST_MODEMS_MAX)
		means.modems[means.modem_count++] = one_more(settings, ret);
	forecast_make(&means, &ret->outlook.work, &ret->more);
	return 0;
}

/* ---- for people -------------------------------------------------------------------------------------------------- */

static void duration_text(int64_t ms, char out[32])
{
	int64_t seconds = (ms + SECOND_MS - 1) / SECOND_MS;

	if (ms < 0)
		(void)snprintf(out, 32, "not today");
	else if (seconds < 2 * MINUTE_S)
		(void)snprintf(out, 32, "%lld s", (long long)seconds);
	else if (seconds < HOUR_S)
		(void)snprintf(
			out, 32, "%lld min %02lld s", (long long)(seconds / MINUTE_S), (long long)(seconds % MINUTE_S));
	else
		(void)snprintf(out, 32, "%lld h %02lld min", (long long)(seconds / HOUR_S),
			(long long)(seconds % HOUR_S / MINUTE_S));
}

static void way_print(const char *name, const struct forecast_way *way, FILE *out)
{
	fprintf(out, "%-14s", name);
	for (int i = 0; i < FORECAST_QUANTILES; i++) {
		char text[32];
		duration_text(way->reach_ms[i], text);
		fprintf(out, " %13s", text);
	}
	fputc('\n', out);
}

static void times_print(const struct drill *drill, FILE *out)
{
	const struct forecast *forecast = &drill->outlook.forecast;

	fprintf(out, "\n%-14s", "reached");
	for (int i = 0; i < FORECAST_QUANTILES; i++)
		fprintf(out, " %11d %%", forecast_quantiles[i]);
	fputc('\n', out);
	if (forecast->link != FORECAST_OFF)
		way_print("link alive", &forecast->alive, out);
	way_print(forecast->link != FORECAST_OFF ? "link dead" : "by SMS", &forecast->dead, out);
	if (forecast->link != FORECAST_OFF)
		way_print("+1 SIM, alive", &drill->more.alive, out);
	way_print(forecast->link != FORECAST_OFF ? "+1 SIM, dead" : "+1 SIM", &drill->more.dead, out);
	fputc('\n', out);
}

static void short_print(const char *when, const struct forecast_way *way, const struct forecast_way *more, FILE *out)
{
	if (way->segments_short == 0)
		return;
	fprintf(out, "runs out    the SIMs' limits of today, %s: %lld SMS too few; with one more SIM ", when,
		(long long)way->segments_short);
	if (more->segments_short > 0)
		fprintf(out, "%lld\n", (long long)more->segments_short);
	else
		fprintf(out, "none\n");
}

static void limits_print(const struct drill *drill, FILE *out)
{
	const struct outlook *outlook = &drill->outlook;
	const struct forecast *forecast = &outlook->forecast;
	bool wired = forecast->link != FORECAST_OFF;

	fprintf(out, "SMS         %lld", (long long)forecast->dead.segments);
	if (wired)
		fprintf(out, " with the link dead, %lld expected with it alive", (long long)forecast->alive.segments);
	if (forecast->sim_left == INT64_MAX)
		fprintf(out, "; the SIMs have no limit\n");
	else
		fprintf(out, "; the SIMs may send %lld today\n", (long long)forecast->sim_left);
	if (wired)
		short_print("link alive", &forecast->alive, &drill->more.alive, out);
	short_print(wired ? "link dead" : "by SMS", &forecast->dead, &drill->more.dead, out);
	if (wired && forecast->alive.over_limit > 0)
		fprintf(out, "runs out    WhatsApp's limit: %lld of its people are beyond it today and get an SMS\n",
			(long long)forecast->alive.over_limit);
	if (forecast->dead.left_over > 0)
		fprintf(out, "unreachable %lld people have no number: nobody reaches them with the link dead\n",
			(long long)forecast->dead.left_over);
}

static bool signal_print(void *context, const struct modem_memory *memory)
{
	if (memory->signal_dbm != 0)
		fprintf((FILE *)context, "signal      %s %d dBm%s\n", memory->name, (int)memory->signal_dbm,
			memory->signal_dbm < WEAK_DBM ? ": weak, a better place or antenna makes it faster" : "");
	return true;
}

int drill_print(const struct drill *drill, const struct settings *settings, struct db *db, FILE *out, struct err *err)
{
	const struct outlook *outlook = &drill->outlook;
	const struct forecast *forecast = &outlook->forecast;

	fprintf(out, "an alert to %lld people%s%s: %lld by SMS, %lld by WhatsApp; %d SMS for each\n",
		(long long)(outlook->sms + outlook->whatsapp), drill->message.zones[0] ? " of " : "",
		drill->message.zones, (long long)outlook->sms, (long long)outlook->whatsapp, drill->message.segments);
	times_print(drill, out);
	limits_print(drill, out);
	fprintf(out, "reckoned    %d modem%s at %.1f s an SMS (%s)", outlook->means.modem_count,
		outlook->means.modem_count == 1 ? "" : "s", forecast->seconds_per_segment,
		outlook->means.modems_measured ? "measured" : "usual");
	if (forecast->link != FORECAST_OFF)
		fprintf(out, ", WhatsApp (link %s) at %.0f a second (%s), %.0f %% of it without proof after %d s (%s)",
			forecast_link_to_string(forecast->link), forecast->pace,
			outlook->means.pace > 0 ? "measured" : "assumed", outlook->means.share * 100,
			settings->alert.fallback_after_s, outlook->means.share_measured ? "measured" : "assumed");
	fputc('\n', out);
	if (modem_each(db, signal_print, out, err) != 0)
		return -1;
	fprintf(out, "Nothing was sent; --send-to-staff tries it on the staff.\n");
	return 0;
}

/* ---- for scripts ------------------------------------------------------------------------------------------------- */

static json_t *left_json(int64_t left)
{
	return left == INT64_MAX ? json_null() : json_integer((json_int_t)left);
}

static json_t *way_json(const struct forecast_way *way)
{
	json_t *reach = json_object();
	char name[8];

	for (int i = 0; i < FORECAST_QUANTILES; i++) {
		(void)snprintf(name, sizeof name, "%d", forecast_quantiles[i]);
		json_object_set_new(reach, name,
			way->reach_ms[i] < 0 ? json_null() : json_real((double)way->reach_ms[i] / SECOND_MS));
	}
	return json_pack("{s:o, s:I, s:I, s:I, s:I}", "reach", reach, "segments", (json_int_t)way->segments,
		"segments_short", (json_int_t)way->segments_short, "over_limit", (json_int_t)way->over_limit,
		"left_over", (json_int_t)way->left_over);
}

static bool modem_add(void *context, const struct modem_memory *memory)
{
	json_array_append_new((json_t *)context,
		json_pack("{s:s, s:s, s:o, s:b, s:o}", "name", memory->name, "state", memory->state, "signal_dbm",
			memory->signal_dbm ? json_integer(memory->signal_dbm) : json_null(), "weak",
			memory->signal_dbm<WEAK_DBM, "seconds_per_segment", memory->seconds_per_segment> 0
				? json_real(memory->seconds_per_segment)
				: json_null()));
	return true;
}

static json_t *runs_out_json(const struct forecast *forecast)
{
	json_t *list = json_array();

	if (forecast->alive.segments_short > 0 || forecast->dead.segments_short > 0)
		json_array_append_new(list, json_string("sim"));
	if (forecast->alive.over_limit > 0)
		json_array_append_new(list, json_string("whatsapp"));
	return list;
}

static json_t *zones_json(const char *zones)
{
	json_t *list = json_array();

	for (size_t length; *zones; zones += length + (zones[length] == '|')) {
		length = strcspn(zones, "|");
		json_array_append_new(list, json_stringn(zones, length));
	}
	return list;
}

int drill_print_json(const struct drill *drill, struct db *db, struct err *err)
{
	const struct outlook *outlook = &drill->outlook;
	const struct forecast *forecast = &outlook->forecast;
	json_t *modems = json_array();

	if (modem_each(db, modem_add, modems, err) != 0) {
		json_decref(modems);
		return -1;
	}
	json_t *json = json_pack("{s:I, s:I, s:I, s:I, s:i, s:o, s:s, s:o, s:{s:b, s:b, s:b}, s:f, s:f}", "people",
		(json_int_t)(outlook->sms + outlook->whatsapp), "sms", (json_int_t)outlook->sms, "whatsapp",
		(json_int_t)outlook->whatsapp, "whatsapp_only", (json_int_t)outlook->work.whatsapp_only, "parts",
		(int)drill->message.segments, "zones", zones_json(drill->message.zones), "link",
		forecast_link_to_string(forecast->link), "modems", modems, "measured", "modems",
		outlook->means.modems_measured, "pace", outlook->means.pace > 0, "share", outlook->means.share_measured,
		"pace", forecast->pace, "share", outlook->means.share);
	json_object_set_new(json, "alive", way_json(&forecast->alive));
	json_object_set_new(json, "dead", way_json(&forecast->dead));
	json_object_set_new(json, "sim_left", left_json(forecast->sim_left));
	json_object_set_new(json, "whatsapp_left",
		forecast->link == FORECAST_OFF ? json_null() : left_json(outlook->means.limit_left));
	json_object_set_new(json, "runs_out", runs_out_json(forecast));
	json_object_set_new(json, "one_more_sim",
		json_pack("{s:o, s:o}", "alive", way_json(&drill->more.alive), "dead", way_json(&drill->more.dead)));
	json_print(json);
	json_decref(json);
	return 0;
}
