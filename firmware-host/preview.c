#include "firmware-host/preview.h"

#include "firmware-host/json.h"
#include "firmware-host/order_template.h"
#include "firmware-host/when.h"
#include "modem/graph.h"

#include <stdlib.h>
#include <string.h>

enum { COST_DECIMALS = 10, GSM7_ALONE = 160, GSM7_PART = 153, UCS2_ALONE = 70, UCS2_PART = 67 };

static const char *alphabet_name(enum pdu_alphabet alphabet)
{
	return alphabet == PDU_GSM7 ? "gsm7" : "ucs2";
}

static const char *template_name(const struct preview *preview)
{
	switch (order_template_kind(preview->message->kind)) {
	case TEMPLATE_ALERT: return preview->settings->whatsapp.templates.alert;
	case TEMPLATE_CLEAR: return preview->settings->whatsapp.templates.clear;
	case TEMPLATE_NEWS: return preview->settings->whatsapp.templates.news;
	case TEMPLATE_COUNT: break;
	}
	return "";
}

static int template_body(const struct preview *preview, char out[ORDER_TEMPLATE_TEXT_MAX])
{
	return order_template_read(preview->message->kind, preview->message->parameters, preview->settings,
		preview->texts, out, ORDER_TEMPLATE_TEXT_MAX);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *count_json(int64_t count)
{
	return json_integer((json_int_t)count);
}

static json_t *text_json(const struct preview *preview)
{
	const struct order_measure *measure = preview->measure;
	bool gsm7 = measure->alphabet == PDU_GSM7, alone = measure->segments <= 1;

	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:{s:b, s:i, s:s}}", "kind",
		order_kind_to_string(preview->message->kind), "text", preview->message->text, "alphabet",
		alphabet_name(measure->alphabet), "parts", measure->segments, "units", measure->units, "room",
		gsm7 ? (alone ? GSM7_ALONE : GSM7_PART) : (alone ? UCS2_ALONE : UCS2_PART), "rewritten", "folded",
		measure->rewritten > 0, "characters", (int)measure->rewritten, "original", measure->original);
}

static json_t *limit_json(const struct outlook *outlook)
{
	char text[WHEN_TEXT_MAX];

	if (outlook->limit.per_day == 0)
		return json_null();
	return json_pack("{s:i, s:I, s:I, s:I, s:o}", "per_day", (int)outlook->limit.per_day, "left",
		(json_int_t)outlook->means.limit_left, "free", (json_int_t)outlook->work.whatsapp_free, "over",
		(json_int_t)outlook->forecast.alive.over_limit, "next",
		outlook->limit.next_free_at ? json_string(when_rfc3339(outlook->limit.next_free_at, text))
					    : json_null());
}

static json_t *whatsapp_json(const struct preview *preview)
{
	const struct outlook *outlook = preview->outlook;
	char body[ORDER_TEMPLATE_TEXT_MAX];

	if (outlook->forecast.link == FORECAST_OFF)
		return json_null();
	int characters = template_body(preview, body);
	return json_pack("{s:s, s:f, s:s, s:o, s:i, s:i, s:o, s:f}", "state",
		forecast_link_to_string(outlook->forecast.link), "pace", outlook->forecast.pace, "template",
		template_name(preview), "body", json_text(body), "characters", characters, "room", GRAPH_BODY_MAX,
		"limit", limit_json(outlook), "falls_back", outlook->means.share);
}

static json_t *money_json(int64_t money)
{
	return json_real((double)money / SETTINGS_MONEY);
}

static json_t *way_json(const struct forecast_way *way)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "sms", (json_int_t)way->sms_seconds, "whatsapp",
		(json_int_t)way->whatsapp_seconds, "all", (json_int_t)way->seconds, "left_over",
		(json_int_t)way->left_over);
}

json_t *preview_json(const struct preview *preview)
{
	const struct outlook *outlook = preview->outlook;
	const struct forecast *forecast = &outlook->forecast;
	const struct forecast_way *way = forecast_now(forecast);
	json_t *json = text_json(preview);

	json_object_set_new(json, "brief",
		preview->brief_segments > 0
			? json_pack("{s:i, s:s}", "parts", preview->brief_segments, "text", preview->brief_text)
			: json_null());
	json_object_set_new(json, "recipients",
		json_pack("{s:I, s:I, s:I, s:I}", "total", (json_int_t)(outlook->sms + outlook->whatsapp), "sms",
			(json_int_t)outlook->sms, "whatsapp", (json_int_t)outlook->whatsapp, "whatsapp_only",
			(json_int_t)outlook->work.whatsapp_only));
	json_object_set_new(json, "segments", count_json(way->segments));
	json_object_set_new(json, "sim_budget",
		json_pack("{s:o, s:b}", "left",
			forecast->sim_left == INT64_MAX ? json_null() : count_json(forecast->sim_left), "enough",
			way->segments_short == 0));
	json_object_set_new(json, "whatsapp", whatsapp_json(preview));
	json_object_set_new(json, "cost",
		json_pack("{s:o, s:o, s:s, s:b, s:b}", "low", money_json(forecast->cost_low), "high",
			money_json(forecast->cost_high), "currency", preview->settings->costs.currency, "sms_told",
			outlook->means.price_sms > 0, "whatsapp_told", outlook->means.price_whatsapp > 0));
	json_object_set_new(json, "modems", json_integer(outlook->means.modem_count));
	json_object_set_new(json, "seconds", count_json(way->seconds));
	json_object_set_new(json, "time",
		json_pack("{s:o, s:o}", "alive", way_json(&forecast->alive), "dead", way_json(&forecast->dead)));
	return json;
}

void preview_print_json(const struct preview *preview)
{
	json_t *json = preview_json(preview);
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(COST_DECIMALS)) : NULL;
	puts(text ? text : "null");
	free(text);
	json_decref(json);
}

/* ---- for people -------------------------------------------------------------------------------------------------- */

static void duration_print(FILE *out, int64_t seconds)
{
	if (seconds < 120)
		fprintf(out, "%lld s", (long long)seconds);
	else if (seconds < 7200)
		fprintf(out, "%lld min", (long long)((seconds + 59) / 60));
	else
		fprintf(out, "%lld h %02lld min", (long long)(seconds / 3600), (long long)(seconds % 3600 / 60));
}

static void text_print(const struct preview *preview, FILE *out)
{
	const struct order_measure *measure = preview->measure;

	fprintf(out, "%s\n\n", preview->message->text);
	fprintf(out, "alphabet    %s, %d %s\n", alphabet_name(measure->alphabet), measure->units,
		measure->alphabet == PDU_GSM7 ? "septets" : "UTF-16 units");
	fprintf(out, "parts       %d for each person\n", measure->segments);
	if (preview->brief_segments > 0)
		fprintf(out, "            --short needs %d: %s\n", preview->brief_segments, preview->brief_text);
	if (measure->rewritten)
		fprintf(out, "rewritten   %u characters, so that it stays in GSM-7; as written: %s\n",
			measure->rewritten, measure->original);
}

/* Whoever the account's limit keeps from WhatsApp. */
static void limit_print(const struct outlook *outlook, FILE *out)
{
	int64_t over = outlook->forecast.alive.over_limit;

	if (outlook->limit.per_day == 0)
		return;
	fprintf(out,
		"limit       WhatsApp allows %d people in 24 h, %lld more now; of these %lld, %lld are counted already",
		outlook->limit.per_day, (long long)outlook->means.limit_left, (long long)outlook->whatsapp,
		(long long)outlook->work.whatsapp_free);
	if (over > 0)
		fprintf(out, ": %lld %s", (long long)over, outlook->work.spill ? "GO BY SMS" : "WAIT");
	fputc('\n', out);
}

static void whatsapp_print(const struct preview *preview, FILE *out)
{
	const struct outlook *outlook = preview->outlook;
	char body[ORDER_TEMPLATE_TEXT_MAX];

	if (outlook->forecast.link == FORECAST_OFF)
		return;
	int characters = template_body(preview, body);
	fprintf(out, "whatsapp    %s; template %s, %d of %d characters:\n",
		forecast_link_to_string(outlook->forecast.link), template_name(preview), characters, GRAPH_BODY_MAX);
	for (const char *line = body; *line; line += strcspn(line, "\n"), line += *line == '\n')
		fprintf(out, "            %.*s\n", (int)strcspn(line, "\n"), line);
	limit_print(outlook, out);
}

static void segments_print(const struct outlook *outlook, FILE *out)
{
	const struct forecast *forecast = &outlook->forecast;

	fprintf(out, "segments    %lld expected", (long long)forecast->alive.segments);
	if (forecast->link != FORECAST_OFF)
		fprintf(out, ", %lld without WhatsApp", (long long)forecast->dead.segments);
	if (forecast->sim_left != INT64_MAX)
		fprintf(out, "; the SIMs may send %lld today%s", (long long)forecast->sim_left,
			forecast->alive.segments_short > 0  ? ": NOT ENOUGH"
			: forecast->dead.segments_short > 0 ? ": NOT ENOUGH WITHOUT WHATSAPP"
							    : "");
	fputc('\n', out);
}

static void cost_print(const struct preview *preview, FILE *out)
{
	const struct outlook *outlook = preview->outlook;
	double low = (double)outlook->forecast.cost_low / SETTINGS_MONEY;
	double high = (double)outlook->forecast.cost_high / SETTINGS_MONEY;
	bool sms_told = outlook->means.price_sms > 0, whatsapp_told = outlook->means.price_whatsapp > 0;

	if (!sms_told && !(whatsapp_told && outlook->whatsapp > 0)) {
		fprintf(out, "cost        not told; write the rates into costs of the configuration\n");
		return;
	}
	fprintf(out, "cost        ");
	if (outlook->forecast.cost_low < outlook->forecast.cost_high)
		fprintf(out, "%.2f to ", low);
	fprintf(out, "%.2f %s%s%s\n", high, preview->settings->costs.currency,
		sms_told ? "" : ", SMS not counted: costs.sms is not told",
		whatsapp_told || outlook->whatsapp == 0 ? "" : ", WhatsApp not counted: its rate is not told");
}

static void time_print(const struct outlook *outlook, FILE *out)
{
	const struct forecast *forecast = &outlook->forecast;

	fprintf(out, "time        at most about ");
	duration_print(out, forecast->alive.seconds);
	if (forecast->link != FORECAST_OFF) {
		fprintf(out, "; without WhatsApp ");
		duration_print(out, forecast->dead.seconds);
	}
	fprintf(out, "\n            %d modem%s at %.1f s a segment (%s)", outlook->means.modem_count,
		outlook->means.modem_count == 1 ? "" : "s", forecast->seconds_per_segment,
		outlook->means.modems_measured ? "measured" : "usual");
	if (forecast->link != FORECAST_OFF)
		fprintf(out, ", WhatsApp at %.0f a second (%s)", forecast->pace,
			outlook->means.pace > 0 ? "measured" : "assumed");
	if (forecast->link != FORECAST_OFF && outlook->work.fallback)
		fprintf(out, ", %.0f %% of it expected to need an SMS (%s)", outlook->means.share * 100,
			outlook->means.share_measured ? "measured" : "assumed");
	fputc('\n', out);
	if (forecast->link != FORECAST_OFF && !outlook->work.fallback && forecast->dead.left_over > 0)
		fprintf(out, "            without WhatsApp %lld wait for it\n", (long long)forecast->dead.left_over);
}

void preview_print(const struct preview *preview, FILE *out)
{
	const struct outlook *outlook = preview->outlook;

	text_print(preview, out);
	fprintf(out, "recipients  %lld by SMS, %lld by WhatsApp", (long long)outlook->sms,
		(long long)outlook->whatsapp);
	if (outlook->work.whatsapp_only > 0)
		fprintf(out, ", %lld of them without a number: no SMS reaches them",
			(long long)outlook->work.whatsapp_only);
	fputc('\n', out);
	whatsapp_print(preview, out);
	segments_print(outlook, out);
	cost_print(preview, out);
	time_print(outlook, out);
}
