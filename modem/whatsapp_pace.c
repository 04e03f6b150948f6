#include "modem/whatsapp_pace.h"

#include <stddef.h>

enum { MESSAGE = 1000 };

static int64_t bucket_size(const struct pace *pace)
{
	int64_t tenth = (int64_t)pace->rate * MESSAGE / 10;

	return tenth > MESSAGE ? tenth : MESSAGE;
}

static int64_t credit_now(const struct pace *pace, int64_t now)
{
	int64_t size = bucket_size(pace), passed = now - pace->at;

	if (passed >= size / pace->rate + 1)
		return size;
	int64_t credit = pace->credit + (passed > 0 ? passed * pace->rate : 0);
	return credit < size ? credit : size;
}

void pace_init(struct pace *pace, int32_t rate, int64_t now)
{
	*pace = (struct pace){.rate = rate, .at = now};
	pace->credit = bucket_size(pace);
}

bool pace_take(struct pace *pace, int64_t now)
{
	pace->credit = credit_now(pace, now);
	pace->at = now;
	if (pace->credit < MESSAGE)
		return false;
	pace->credit -= MESSAGE;
	return true;
}

int64_t pace_next(const struct pace *pace, int64_t now)
{
	int64_t missing = MESSAGE - credit_now(pace, now);

	return missing <= 0 ? now : now + (missing + pace->rate - 1) / pace->rate;
}

/* ---- one person -------------------------------------------------------------------------------------------------- */

static uint32_t person_of(const char *to)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *to; to++)
		hash = (hash ^ (unsigned char)*to) * 16777619u;
	return hash;
}

static size_t place_of(uint32_t person)
{
	return (person ^ person >> 16) % PAIR_COUNT;
}

bool pair_may(const struct pairs *pairs, const char *to, int64_t now)
{
	uint32_t person = person_of(to);
	const struct pair *pair = &pairs->pair[place_of(person)];

	if (pair->person != person)
		return true;
	return now >= pair->blocked && pair->full - now <= (int64_t)(PAIR_BURST - 1) * PAIR_EVERY_MS;
}

/* The person's place; NULL when somebody blocked has it. */
static struct pair *pair_take(struct pairs *pairs, const char *to, int64_t now)
{
	uint32_t person = person_of(to);
	struct pair *pair = &pairs->pair[place_of(person)];

	if (pair->person != person && pair->blocked <= now)
		*pair = (struct pair){.person = person, .full = now};
	return pair->person == person ? pair : NULL;
}

void pair_sent(struct pairs *pairs, const char *to, int64_t now)
{
	struct pair *pair = pair_take(pairs, to, now);

	if (pair)
		pair->full = (pair->full > now ? pair->full : now) + PAIR_EVERY_MS;
}

void pair_refused(struct pairs *pairs, const char *to, int64_t now)
{
	struct pair *pair = pair_take(pairs, to, now);

	if (!pair)
		return;
	pair->blocked = now + (INT64_C(1000) << (2 * pair->refusals));
	if (pair->refusals < PAIR_REFUSALS_MAX)
		pair->refusals++;
}

void pair_accepted(struct pairs *pairs, const char *to)
{
	uint32_t person = person_of(to);
	struct pair *pair = &pairs->pair[place_of(person)];

	if (pair->person == person)
		pair->refusals = 0;
}
