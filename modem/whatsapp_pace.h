/* How fast WhatsApp may be written to: so many messages a second in all, and to one person one in six seconds in the long
 * run, with a burst of 45. Pure: `now` is clock_mono_ms. */
#ifndef BANDITORE_WHATSAPP_PACE_H
#define BANDITORE_WHATSAPP_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* A token bucket, counted in thousandths of a message. A tenth of a second's worth may go at once. */
struct pace {
	int32_t rate; /* messages a second, at least 1 */
	int64_t credit, at;
};

void pace_init(struct pace *pace, int32_t rate, int64_t now);
bool pace_take(struct pace *pace, int64_t now);		 /* one message, if it may go now */
int64_t pace_next(const struct pace *pace, int64_t now); /* when the next may; `now` or later */

enum {
	PAIR_COUNT = 2048, /* people remembered; of two that fall together the later, unless the first is blocked */
	PAIR_EVERY_MS = 6000,
	PAIR_BURST = 45,
	PAIR_REFUSALS_MAX = 6, /* 4^6 s is above an hour */
};

struct pair {
	uint32_t person;
	int32_t refusals;
	int64_t full;	 /* when what was sent will be paid off */
	int64_t blocked; /* nothing before */
};

struct pairs {
	struct pair pair[PAIR_COUNT];
};

/* May this person be written to now? `to` is their number or user id. */
bool pair_may(const struct pairs *pairs, const char *to, int64_t now);
void pair_sent(struct pairs *pairs, const char *to, int64_t now);
void pair_refused(struct pairs *pairs, const char *to, int64_t now); /* by the API: pauses for 1, 4, 16, … seconds */
void pair_accepted(struct pairs *pairs, const char *to);	     /* the next refusal starts anew */

#endif
