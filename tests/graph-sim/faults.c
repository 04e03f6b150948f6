#include "tests/graph-sim/faults.h"

#include "tests/graph-sim/people.h"

#include <string.h>

static void fault_remove(struct faults *faults, enum fault_kind kind, unsigned index)
{
	struct fault *rows = faults->rows[kind];

	memmove(rows + index, rows + index + 1, (faults->counts[kind] - index - 1) * sizeof *rows);
	faults->counts[kind]--;
}

bool fault_add(struct faults *faults, enum fault_kind kind, const struct fault *fault)
{
	for (unsigned i = 0; i < faults->counts[kind]; i++)
		if (strcmp(faults->rows[kind][i].scope.prefix, fault->scope.prefix) == 0 &&
			strcmp(faults->rows[kind][i].on, fault->on) == 0)
			fault_remove(faults, kind, i--);
	if (faults->counts[kind] == RULES_MAX)
		return false;
	faults->rows[kind][faults->counts[kind]++] = *fault;
	return true;
}

static bool fits(const struct fault *fault, const struct person *person, const char *on)
{
	if (on != NULL && strcmp(fault->on, on) != 0)
		return false;
	return fault->scope.prefix[0] == '\0' || (person != NULL && person_matches(person, fault->scope.prefix));
}

bool fault_take(
	struct faults *faults, enum fault_kind kind, const struct person *person, const char *on, struct fault *ret)
{
	int best = -1;

	for (unsigned i = 0; i < faults->counts[kind]; i++) {
		const struct fault *fault = &faults->rows[kind][i];
		if (fits(fault, person, on) &&
			(best < 0 || strlen(fault->scope.prefix) > strlen(faults->rows[kind][best].scope.prefix)))
			best = (int)i;
	}
	if (best < 0)
		return false;
	struct fault *found = &faults->rows[kind][best];
	*ret = *found;
	if (found->scope.left > 0 && --found->scope.left == 0)
		fault_remove(faults, kind, (unsigned)best);
	return true;
}

void faults_clear(struct faults *faults, enum fault_kind kind)
{
	faults->counts[kind] = 0;
}

/* ---- limits ---- */

bool window_is_open(const struct sim *sim, const struct person *person)
{
	return person->window_end_us > sim->timers.now_us;
}

/* A bucket of one second's worth. */
static bool rate_allows(struct sim *sim)
{
	double rate = (double)sim->knobs.rate;
	double refilled = sim->rate_tokens + (double)(sim->timers.now_us - sim->rate_us) / 1e6 * rate;

	sim->rate_us = sim->timers.now_us;
	sim->rate_tokens = refilled > rate ? rate : refilled;
	if (sim->rate_tokens < 1.0)
		return false;
	sim->rate_tokens -= 1.0;
	return true;
}

static bool pair_allows(const struct sim *sim, struct person *person)
{
	int64_t now_us = sim->timers.now_us, gap_us = sim->knobs.pair * 1000;
	int64_t full_us = person->pair_us > now_us ? person->pair_us : now_us;

	if (full_us + gap_us - now_us > sim->knobs.pair_burst * gap_us)
		return false;
	person->pair_us = full_us + gap_us;
	return true;
}

static bool tier_allows(struct sim *sim, struct person *person)
{
	int64_t day_ago_us = sim->timers.now_us - (int64_t)DAY_S * 1000000;

	if (person->counted_us > day_ago_us && person->counted_us != 0) {
		person->counted_us = sim->timers.now_us;
		return true;
	}
	if (sim->people.counted >= (uint32_t)sim->knobs.tier)
		for (struct person *other = sim->people.first; other != NULL; other = other->next)
			if (other->counted_us != 0 && other->counted_us <= day_ago_us) {
				other->counted_us = 0;
				sim->people.counted--;
			}
	if (sim->people.counted >= (uint32_t)sim->knobs.tier)
		return false;
	sim->people.counted++;
	person->counted_us = sim->timers.now_us;
	return true;
}

int limits_refuse(struct sim *sim, struct person *person, bool in_window)
{
	if (sim->knobs.rate > 0 && !rate_allows(sim))
		return 130429;
	if (sim->knobs.pair > 0 && !pair_allows(sim, person))
		return 131056;
	if (sim->knobs.tier > 0 && !in_window && !tier_allows(sim, person))
		return (int)sim->knobs.tier_code;
	return 0;
}
