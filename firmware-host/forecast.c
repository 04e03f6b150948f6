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

/* Seconds until so many segments have left, or as many as fit: in stretches, each until the next SIM has reached its limit. */
static double sms_time(const struct forecast_means *means, int64_t segments)
{
	double todo = (double)segments, time = 0, last = 0;
	struct fleet fleet;

	fleet_fill(means, &fleet);
	for (int round = 0; todo > 0.5 && round <= FORECAST_MODEMS_MAX; round++) {
		double rate = 0, stretch = INFINITY;
		for (int i = 0; i < fleet.count; i++) {
			if (fleet.left[i] < 0.5)
				continue;
			rate += 1 / fleet.segment_s[i];
			stretch = lesser(stretch, fleet.left[i] * fleet.segment_s[i]);
			last = greater(last, fleet.segment_s[i]);
		}
		if (rate <= 0)
			break;
		stretch = lesser(stretch, todo / rate);
		time += stretch;
		todo -= stretch * rate;
		for (int i = 0; i < fleet.count; i++)
			fleet.left[i] -= fleet.left[i] < 0.5 ? 0 : stretch / fleet.segment_s[i];
	}
	return time + last;
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

/* What leaves by SMS at once, and what is added to it at `later`; a fleet that is idle by then starts anew. */
static void sms_fill(
	const struct forecast_means *means, int64_t first, int64_t added, double later, struct forecast_way *way)
{
	double first_end = first > 0 ? sms_time(means, first) : 0, end = first_end;

	if (added > 0)
		end = greater(later, first_end) + sms_time(means, first + added) - first_end;
	way->segments = first + added;
	way->segments_short = most(0, way->segments - sim_left(means));
	way->sms_seconds = up(end);
	way->seconds = most(way->seconds, way->sms_seconds);
	way->cost_high += (way->segments - way->segments_short) * means->price_sms;
}

static void alive_fill(const struct forecast_means *means, const struct forecast_work *work, struct forecast_way *way)
{
	int64_t costing = most(0, work->whatsapp_people - work->whatsapp_free);
	int64_t falling = 0;
	double handed, proved;

	*way = (struct forecast_way){0};
	if (means->limit_left != INT64_MAX)
		way->over_limit = most(0, costing - most(0, means->limit_left));
	way->whatsapp_people = work->whatsapp_people - way->over_limit;
	handed = way->whatsapp_people > 0 ? (double)way->whatsapp_people / pace_of(means) + 1 : 0;
	way->whatsapp_seconds = up(handed);
	way->seconds = way->whatsapp_seconds;

	int64_t taken = way->whatsapp_people + work->whatsapp_waiting;
	proved = handed;
	if (work->fallback && taken > 0) {
		falling = up((double)taken * means->share);
		falling = least(falling, work->falling_most);
		proved += means->fallback_after_s;
		way->seconds = up(proved);
	}
	/* Those without a number may all be among the ones over the limit: told as left over, and counted by SMS as well. */
	way->left_over = work->spill ? least(way->over_limit, work->whatsapp_only) : way->over_limit;
	int64_t first = work->sms_segments + (work->spill ? way->over_limit * work->parts : 0);
	way->cost_high = way->whatsapp_people * means->price_whatsapp;
	way->cost_low = way->cost_high + least(first, sim_left(means)) * means->price_sms;
	sms_fill(means, first, falling * work->parts, proved, way);
}

static void dead_fill(const struct forecast_means *means, const struct forecast_work *work, struct forecast_way *way)
{
	int64_t people = work->whatsapp_people + work->whatsapp_waiting - work->whatsapp_only;

	*way = (struct forecast_way){0};
	if (!work->fallback) {
		way->left_over = work->whatsapp_people;
		people = 0;
	} else {
		way->left_over = work->whatsapp_only;
	}
	sms_fill(means, work->sms_segments, most(0, people) * work->parts, FORECAST_NOTICE_S, way);
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
