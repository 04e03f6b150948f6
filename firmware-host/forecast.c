#include "firmware-host/forecast.h"

#include <math.h>

const char *forecast_link_to_string(enum forecast_link link)
{
	switch (link) {
	case FORECAST_OFF: return "off";
	case FORECAST_UP: return "up";
	case FORECAST_DOWN: return "down";
	case FORECAST_REFUSED: return "refused";
	}
	return "down";
}

/* libm has these; the program does without libm. */
static double lesser(double one, double other)
{
	return one < other ? one : other;
}

static double greater(double one, double other)
{
	return one > other ? one : other;
}

static int64_t up(double number)
{
	int64_t whole = (int64_t)number;

	return whole + (number > (double)whole);
}

static int64_t least(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

static int64_t most(int64_t one, int64_t other)
{
	return one > other ? one : other;
}

/* ---- SMS --------------------------------------------------------------------------------------------------------- */

struct fleet {
	double segment_s[FORECAST_MODEMS_MAX], left[FORECAST_MODEMS_MAX];
	int count;
};

static void fleet_fill(const struct forecast_means *means, struct fleet *fleet)
{
	*fleet = (struct fleet){.segment_s = {FORECAST_SEGMENT_S}, .left = {INFINITY}, .count = 1};
	if (means->modem_count > 0)
		fleet->count = means->modem_count;
	for (int i = 0; i < means->modem_count; i++) {
		double pace = means->modems[i].seconds_per_segment;
		fleet->segment_s[i] = (pace > 0 ? pace : FORECAST_SEGMENT_S) * (1 + FORECAST_MARGIN);
		fleet->left[i] = means->modems[i].left == INT64_MAX ? INFINITY : (double)means->modems[i].left;
	}
}

/* What comes to the modems: at once, and spread evenly over some time later. */
struct inflow {
	double first, added, from, until;
};

/* Segments that have left, by time: straight lines between these points. */
enum { CURVE_MAX = 2 * FORECAST_MODEMS_MAX + 8 };
struct curve {
	double time[CURVE_MAX], sent[CURVE_MAX];
	int count;
	double last; /* one whole segment behind the last, of the slowest modem at work */
};

static void curve_add(struct curve *curve, double time, double sent)
{
	if (curve->count == CURVE_MAX)
		return;
	curve->time[curve->count] = time;
	curve->sent[curve->count++] = sent;
}

/* Segments a second of those modems whose SIM may still send. */
static double fleet_rate(const struct fleet *fleet, double *last)
{
	double rate = 0;

	for (int i = 0; i < fleet->count; i++) {
		if (fleet->left[i] < 0.5)
			continue;
		rate += 1 / fleet->segment_s[i];
		*last = greater(*last, fleet->segment_s[i]);
	}
	return rate;
}

/* How long the modems go on as they do at `load` (0 to 1) until a SIM has reached its limit. */
static double fleet_stretch(const struct fleet *fleet, double load)
{
	double stretch = INFINITY;

	for (int i = 0; i < fleet->count; i++) {
		if (fleet->left[i] >= 0.5 && load > 0)
			stretch = lesser(stretch, fleet->left[i] * fleet->segment_s[i] / load);
	}
	return stretch;
}

static void fleet_use(struct fleet *fleet, double stretch, double load)
{
	for (int i = 0; i < fleet->count; i++) {
		if (fleet->left[i] >= 0.5)
			fleet->left[i] -= stretch * load / fleet->segment_s[i];
	}
}

/* In stretches, each until something changes: a SIM at its limit, the queue empty, the later ones beginning or all there. */
static void curve_fill(const struct forecast_means *means, const struct inflow *in, struct curve *curve)
{
	double now = 0, queue = in->first, sent = 0, spread = in->until - in->from, coming = in->added;
	struct fleet fleet;

	fleet_fill(means, &fleet);
	*curve = (struct curve){0};
	curve_add(curve, 0, 0);
	if (spread <= 0 && in->from <= 0) {
		queue += coming;
		coming = 0;
	}
	while ((queue > 0.01 || coming > 0.01) && curve->count < CURVE_MAX) {
		bool flows = coming > 0.01 && spread > 0 && now >= in->from;
		double inward = flows ? in->added / spread : 0, rate = fleet_rate(&fleet, &curve->last);
		if (rate <= 0)
			break;
		double outward = queue > 0.01 ? rate : lesser(rate, inward),
		       stretch = fleet_stretch(&fleet, outward / rate);
		if (outward > inward && queue > 0.01)
			stretch = lesser(stretch, queue / (outward - inward));
		if (coming > 0.01)
			stretch = lesser(stretch, flows ? coming / inward : in->from - now);
		now += stretch;
		sent += stretch * outward;
		queue += stretch * (inward - outward);
		coming -= stretch * inward;
		fleet_use(&fleet, stretch, outward / rate);
		if (spread <= 0 && coming > 0.01 && now >= in->from - 1e-9) {
			queue += coming;
			coming = 0;
		}
		curve_add(curve, now, sent);
	}
}

static double curve_end(const struct curve *curve)
{
	return curve->sent[curve->count - 1] > 0 ? curve->time[curve->count - 1] + curve->last : 0;
}

/* Segments that have left by then. */
static double curve_at(const struct curve *curve, double time)
{
	time -= curve->last;
	for (int i = 1; i < curve->count; i++) {
		double length = curve->time[i] - curve->time[i - 1];
		if (time < curve->time[i])
			return time <= curve->time[i - 1] || length <= 0
				       ? curve->sent[i - 1]
				       : curve->sent[i - 1] + (curve->sent[i] - curve->sent[i - 1]) *
								      (time - curve->time[i - 1]) / length;
	}
	return curve->sent[curve->count - 1];
}

static int64_t sim_left(const struct forecast_means *means)
{
	int64_t left = 0;

	if (means->modem_count == 0)
		return INT64_MAX;
	for (int i = 0; i < means->modem_count; i++) {
		if (means->modems[i].left == INT64_MAX)
			return INT64_MAX;
		left += means->modems[i].left;
	}
	return left;
}

static double segment_mean(const struct forecast_means *means)
{
	double rate = 0;

	for (int i = 0; i < means->modem_count; i++) {
		double pace = means->modems[i].seconds_per_segment;
		rate += 1 / (pace > 0 ? pace : FORECAST_SEGMENT_S);
	}
	return rate > 0 ? means->modem_count / rate : FORECAST_SEGMENT_S;
}

/* ---- WhatsApp ---------------------------------------------------------------------------------------------------- */

static double pace_of(const struct forecast_means *means)
{
	double pace = means->pace > 0 ? means->pace : FORECAST_PACE;

	return means->rate > 0 ? lesser(pace, means->rate) : pace;
}

/* ---- the two ways ------------------------------------------------------------------------------------------------ */

const int forecast_quantiles[FORECAST_QUANTILES] = {50, 90, 99, 100};

/* People reached by then: by SMS, and proved by WhatsApp, evenly until `handed`. */
struct reach {
	const struct curve *curve;
	double parts, proved, handed, all;
};

static double reach_at(const struct reach *reach, double time)
{
	double wired = reach->handed > 0 ? reach->proved * lesser(1, time / reach->handed) : reach->proved;

	return curve_at(reach->curve, time) / reach->parts + wired;
}

static void reach_fill(const struct reach *reach, int64_t ms[FORECAST_QUANTILES])
{
	double end = greater(curve_end(reach->curve), reach->handed);

	for (int i = 0; i < FORECAST_QUANTILES; i++) {
		double wanted = reach->all * forecast_quantiles[i] / 100 - 0.01, low = 0, high = end;
		ms[i] = -1;
		if (reach_at(reach, end) < wanted)
			continue;
		for (int halving = 0; halving < 50; halving++) {
			double middle = (low + high) / 2;
			if (reach_at(reach, middle) < wanted)
				low = middle;
			else
				high = middle;
		}
		ms[i] = wanted > 0 ? up(high * 1000) : 0;
	}
}

/* What leaves by SMS, and when whom it was for is reached. */
static void sms_fill(const struct forecast_means *means, const struct forecast_work *work, const struct inflow *in,
	double proved, double handed, struct forecast_way *way)
{
	int64_t parts = work->parts > 0 ? work->parts : 1;
	struct curve curve;
	struct reach reach = {
		.curve = &curve,
		.parts = (double)parts,
		.proved = proved,
		.handed = handed,
		.all = (double)(work->whatsapp_people + work->whatsapp_waiting) +
		       (double)work->sms_segments / (double)parts,
	};

	curve_fill(means, in, &curve);
	way->segments = (int64_t)(in->first + in->added + 0.5);
	way->segments_short = most(0, way->segments - sim_left(means));
	way->sms_seconds = up(curve_end(&curve));
	way->seconds = most(way->seconds, way->sms_seconds);
	way->cost_high += (way->segments - way->segments_short) * means->price_sms;
	reach_fill(&reach, way->reach_ms);
}

static void alive_fill(const struct forecast_means *means, const struct forecast_work *work, struct forecast_way *way)
{
	int64_t costing = most(0, work->whatsapp_people - work->whatsapp_free);
	int64_t falling = 0;

	*way = (struct forecast_way){0};
	if (means->limit_left != INT64_MAX)
		way->over_limit = most(0, costing - most(0, means->limit_left));
	way->whatsapp_people = work->whatsapp_people - way->over_limit;
	double sending = (double)way->whatsapp_people / pace_of(means);
	double handed = way->whatsapp_people > 0 ? sending + 1 : 0; /* with the last answer */
	way->whatsapp_seconds = up(handed);
	way->seconds = way->whatsapp_seconds;

	int64_t taken = way->whatsapp_people + work->whatsapp_waiting;
	if (work->fallback && taken > 0) {
		falling = up((double)taken * means->share);
		falling = least(falling, work->falling_most);
		way->seconds = up(handed + means->fallback_after_s);
	}
	/* Those without a number may all be among the ones over the limit: told as left over, and counted by SMS as well. */
	way->left_over = work->spill ? least(way->over_limit, work->whatsapp_only) : way->over_limit;
	int64_t first = work->sms_segments + (work->spill ? way->over_limit * work->parts : 0);
	way->cost_high = way->whatsapp_people * means->price_whatsapp;
	way->cost_low = way->cost_high + least(first, sim_left(means)) * means->price_sms;
	const struct inflow in = {
		.first = (double)first,
		.added = (double)(falling * work->parts),
		.from = means->fallback_after_s,
		.until = sending + means->fallback_after_s,
	};
	sms_fill(means, work, &in, (double)(taken - falling), sending, way);
}

static void dead_fill(const struct forecast_means *means, const struct forecast_work *work, struct forecast_way *way)
{
	int64_t people = work->whatsapp_people + work->whatsapp_waiting - work->whatsapp_only;
	double notice = means->link == FORECAST_UP ? FORECAST_NOTICE_S : 0;

	*way = (struct forecast_way){0};
	if (!work->fallback) {
		way->left_over = work->whatsapp_people;
		people = 0;
	} else {
		way->left_over = work->whatsapp_only;
	}
	const struct inflow in = {
		.first = (double)work->sms_segments,
		.added = (double)(most(0, people) * work->parts),
		.from = notice,
		.until = notice,
	};
	sms_fill(means, work, &in, 0, 0, way);
	way->cost_low = way->cost_high;
}

void forecast_make(const struct forecast_means *means, const struct forecast_work *work, struct forecast *ret)
{
	alive_fill(means, work, &ret->alive);
	dead_fill(means, work, &ret->dead);
	if (means->link == FORECAST_OFF)
		ret->alive = ret->dead;
	ret->link = means->link;
	ret->sim_left = sim_left(means);
	ret->seconds_per_segment = segment_mean(means);
	ret->pace = pace_of(means);
	ret->cost_low = least(ret->alive.cost_low, ret->dead.cost_low);
	ret->cost_high = most(ret->alive.cost_high, ret->dead.cost_high);
}

const struct forecast_way *forecast_now(const struct forecast *forecast)
{
	return forecast->link == FORECAST_UP ? &forecast->alive : &forecast->dead;
}
