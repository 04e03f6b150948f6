#include "firmware-host/forecast.h"

#include "db/sim.h"

#include <string.h>

/* What peers and users report for one SMS over 2G or LTE, overhead included. */
static const double usual_seconds_per_segment = 4.0;

struct fleet {
	const struct settings *settings;
	struct db *db;
	const char *day;
	bool alert;
	int ready;
	double rate; /* segments a second of those that are ready */
	bool measured;
	int64_t left; /* INT64_MAX: one of them has no limit */
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

static bool fleet_add(void *context, const struct modem_memory *memory)
{
	struct fleet *fleet = context;
	const struct settings_modem *modem = modem_of(fleet->settings, memory->name);
	struct sim_usage usage = {0};
	int64_t left = INT64_MAX;

	if (strcmp(memory->state, "ready") != 0 || (!modem && fleet->settings->modem_count > 0))
		return true;
	if (sim_usage(fleet->db, memory->sim, fleet->day, &usage, fleet->err) != 0) {
		fleet->result = -1;
		return false;
	}
	if (modem && modem->budget.day > 0)
		left = modem->budget.day - usage.day - (fleet->alert ? 0 : modem->budget.alert_reserve);
	if (modem && modem->budget.month > 0 && modem->budget.month - usage.month < left)
		left = modem->budget.month - usage.month;
	if (left < 0)
		left = 0;
	fleet->ready++;
	fleet->measured = fleet->measured || memory->seconds_per_segment > 0;
	fleet->rate +=
		1.0 / (memory->seconds_per_segment > 0.0001 ? memory->seconds_per_segment : usual_seconds_per_segment);
	fleet->left = left == INT64_MAX || fleet->left == INT64_MAX ? INT64_MAX : fleet->left + left;
	return true;
}

int forecast_sms(const struct settings *settings, struct db *db, int64_t segments, bool alert, const char *day,
	struct forecast *ret, struct err *err)
{
	struct fleet fleet = {.settings = settings, .db = db, .day = day, .alert = alert, .err = err};

	if (modem_each(db, fleet_add, &fleet, err) != 0 || fleet.result != 0)
		return -1;
	if (fleet.ready == 0) { /* nothing heard yet: as if all that are configured were well */
		fleet.ready = settings->modem_count > 0 ? settings->modem_count : 1;
		fleet.rate = fleet.ready / usual_seconds_per_segment;
		fleet.left = INT64_MAX;
	}
	*ret = (struct forecast){
		.modems = fleet.ready,
		.seconds_per_segment = fleet.ready / fleet.rate,
		.measured = fleet.measured,
		.seconds = (int64_t)((double)segments / fleet.rate + 0.999),
		.budget_left = fleet.left,
	};
	return 0;
}
