#include "tests/sim/base.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

uint32_t chance(struct sim *sim, uint32_t below)
{
	sim->random = sim->random * 6364136223846793005u + 1442695040888963407u;
	return below == 0 ? 0 : (uint32_t)(sim->random >> 33) % below;
}

int zone_quarters(void)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	return (int)(tm.tm_gmtoff / (15 * 60));
}

bool text_copy(char *to, size_t size, const char *text)
{
	size_t length = strnlen(text, size);
	bool fits = length < size;

	if (!fits)
		length = size - 1;
	memmove(to, text, length);
	to[length] = '\0';
	return fits;
}

void *must(void *allocated)
{
	if (allocated != NULL)
		return allocated;
	fputs("modem-sim: out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

void bytes_put(struct bytes *bytes, const void *data, size_t length)
{
	if (length == 0)
		return;
	if (bytes->used + length > bytes->max) {
		bytes->dropped += length;
		return;
	}
	if (bytes->used + length > bytes->size) {
		bytes->size = (bytes->used + length) * 2;
		bytes->at = must(realloc(bytes->at, bytes->size));
	}
	memcpy(bytes->at + bytes->used, data, length);
	bytes->used += length;
}

void bytes_skip(struct bytes *bytes, size_t length)
{
	bytes->used -= length;
	if (bytes->used > 0)
		memmove(bytes->at, bytes->at + length, bytes->used);
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->at);
	bytes->at = NULL;
	bytes->used = bytes->size = 0;
}

static bool earlier(const struct event *a, const struct event *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

void timer_add(struct sim *sim, int64_t after_us, struct event event)
{
	struct timers *t = &sim->timers;

	if (t->count == t->size) {
		t->size = t->size == 0 ? 64 : t->size * 2;
		t->heap = must(realloc(t->heap, t->size * sizeof *t->heap));
	}
	event.due_us = sim->now_us + after_us;
	event.order = t->next_order++;
	size_t i = t->count++;
	for (; i > 0 && earlier(&event, &t->heap[(i - 1) / 2]); i = (i - 1) / 2)
		t->heap[i] = t->heap[(i - 1) / 2];
	t->heap[i] = event;
}

void timer_add_modem(
	struct modem *m, int64_t after_us, void (*fire)(struct sim *, const struct event *), uint32_t a, uint32_t b)
{
	timer_add(m->sim, after_us, (struct event){.fire = fire, .modem = m, .epoch = m->epoch, .a = a, .b = b});
}

static struct event timer_take(struct timers *t)
{
	struct event first = t->heap[0];
	struct event last = t->heap[--t->count];
	size_t i = 0;

	for (size_t child; (child = 2 * i + 1) < t->count; i = child) {
		if (child + 1 < t->count && earlier(&t->heap[child + 1], &t->heap[child]))
			child++;
		if (!earlier(&t->heap[child], &last))
			break;
		t->heap[i] = t->heap[child];
	}
	t->heap[i] = last;
	return first;
}

void timers_run(struct sim *sim)
{
	struct timers *t = &sim->timers;
	uint64_t stop =
		t->next_order; /* what these events add waits for the next turn, so that input is never starved */

	while (t->count > 0 && t->heap[0].due_us <= sim->now_us && t->heap[0].order < stop) {
		struct event event = timer_take(t);
		if (event.epoch != 0 && event.epoch != event.modem->epoch)
			continue;
		event.fire(sim, &event);
	}
}

int timers_wait_ms(const struct sim *sim)
{
	if (sim->timers.count == 0)
		return -1;
	int64_t left = sim->timers.heap[0].due_us - mono_us();
	if (left <= 0)
		return 0;
	return left > 3600000000 ? 3600000 : (int)((left + 999) / 1000);
}

void timers_forget(struct sim *sim)
{
	free(sim->timers.heap);
	sim->timers = (struct timers){0};
}
