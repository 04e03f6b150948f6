/* Time, chance, growing buffers and the heap of events. */
#ifndef BANDITORE_SIM_BASE_H
#define BANDITORE_SIM_BASE_H

#include "tests/sim/sim.h"

int64_t mono_us(void);

/* A reproducible number in [0, below). */
uint32_t chance(struct sim *sim, uint32_t below);

/* Quarter hours east of UTC now, for SCTS and the clock. */
int zone_quarters(void);

/* Copies at most size - 1 octets of `text` and ends with NUL. Returns false when it had to cut. */
bool text_copy(char *to, size_t size, const char *text);

/* Appends, or drops all of it and counts, when `max` would be passed. Ends the program when memory is out. */
void bytes_put(struct bytes *bytes, const void *data, size_t length);
void bytes_skip(struct bytes *bytes, size_t length); /* takes from the front */
void bytes_free(struct bytes *bytes);

/* Prints what is wrong and ends the program: a simulator without memory proves nothing. */
void *must(void *allocated);

/* `event.due_us` is set to now + after_us. */
void timer_add(struct sim *sim, int64_t after_us, struct event event);
/* The same for a modem: void after its next reset. */
void timer_add_modem(
	struct modem *m, int64_t after_us, void (*fire)(struct sim *, const struct event *), uint32_t a, uint32_t b);
/* Fires all that is due at sim->now_us. */
void timers_run(struct sim *sim);
/* Milliseconds to sleep, as epoll_wait wants it: -1 for ever. */
int timers_wait_ms(const struct sim *sim);
void timers_forget(struct sim *sim); /* all of them, at the end */

#endif
