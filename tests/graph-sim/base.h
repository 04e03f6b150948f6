/* Time, chance, growing buffers and the heap of events. */
#ifndef BANDITORE_GRAPH_SIM_BASE_H
#define BANDITORE_GRAPH_SIM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;

struct bytes {
	char *at;
	size_t used, size;
};

struct event {
	int64_t due_us;
	uint64_t order;
	void (*fire)(struct sim *sim, const struct event *event);
	void (*drop)(void *of); /* when forgotten instead; NULL: nothing to free */
	void *of;
	uint32_t a, b;
	bool stays; /* `reset` does not forget it */
};

struct timers {
	struct event *heap;
	size_t count, size;
	uint64_t next_order;
	int64_t now_us;
};

int64_t mono_us(void);

/* A reproducible number in [0, below). */
uint32_t chance(uint64_t *random, uint32_t below);

/* Copies at most size - 1 octets and ends with NUL. Returns false when it had to cut. */
bool text_copy(char *to, size_t size, const char *text);

/* Unicode characters, as the platform counts its limits. */
size_t text_characters(const char *text);

/* Ends the program when memory is out: a simulator without memory proves nothing. */
void *must(void *allocated);

void bytes_put(struct bytes *bytes, const void *data, size_t length);
void bytes_text(struct bytes *bytes, const char *text);
void bytes_printf(struct bytes *bytes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bytes_skip(struct bytes *bytes, size_t length); /* takes from the front */
void bytes_free(struct bytes *bytes);

/* `event.due_us` is set to now + after_us. */
void timer_add(struct timers *timers, int64_t after_us, struct event event);
/* Fires all that was due and known at the call. */
void timers_run(struct timers *timers, struct sim *sim);
/* Milliseconds to sleep, as epoll_wait wants it: -1 for ever. */
int timers_wait_ms(const struct timers *timers);
/* Forgets all, or all but those that stay. */
void timers_forget(struct timers *timers, bool all);

#endif
