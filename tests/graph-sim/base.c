#include "tests/graph-sim/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

uint32_t chance(uint64_t *random, uint32_t below)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return below == 0 ? 0 : (uint32_t)(*random >> 33) % below;
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

size_t text_characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

void *must(void *allocated)
{
	if (allocated != NULL)
		return allocated;
	fputs("graph-sim: out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

void bytes_put(struct bytes *bytes, const void *data, size_t length)
{
	if (length == 0)
		return;
	if (bytes->at == NULL || bytes->used + length > bytes->size) {
		bytes->size = (bytes->used + length) * 2;
		bytes->at = must(realloc(bytes->at, bytes->size));
	}
	memcpy(bytes->at + bytes->used, data, length);
	bytes->used += length;
}

void bytes_text(struct bytes *bytes, const char *text)
{
	bytes_put(bytes, text, strlen(text));
}

void bytes_printf(struct bytes *bytes, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	must(length < 0 ? NULL : text);
	bytes_put(bytes, text, (size_t)length);
	free(text);
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
	*bytes = (struct bytes){0};
}

/* ---- events ---- */

static bool earlier(const struct event *a, const struct event *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void heap_put(struct timers *t, struct event event)
{
	size_t i = t->count++;

	for (; i > 0 && earlier(&event, &t->heap[(i - 1) / 2]); i = (i - 1) / 2)
		t->heap[i] = t->heap[(i - 1) / 2];
	t->heap[i] = event;
}

void timer_add(struct timers *t, int64_t after_us, struct event event)
{
	if (t->count == t->size) {
		t->size = t->size == 0 ? 256 : t->size * 2;
		t->heap = must(realloc(t->heap, t->size * sizeof *t->heap));
	}
	event.due_us = t->now_us + after_us;
	event.order = t->next_order++;
	heap_put(t, event);
}

static struct event heap_take(struct timers *t)
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

void timers_run(struct timers *t, struct sim *sim)
{
	uint64_t stop = t->next_order; /* what these add waits for the next turn, so that nothing else is starved */

	while (t->count > 0 && t->heap[0].due_us <= t->now_us && t->heap[0].order < stop) {
		struct event event = heap_take(t);
		event.fire(sim, &event);
	}
}

int timers_wait_ms(const struct timers *t)
{
	if (t->count == 0)
		return -1;
	int64_t left = t->heap[0].due_us - mono_us();
	if (left <= 0)
		return 0;
	return left > 3600000000 ? 3600000 : (int)((left + 999) / 1000);
}

void timers_forget(struct timers *t, bool all)
{
	size_t count = t->count;

	t->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct event event = t->heap[i];
		if (event.stays && !all)
			heap_put(t, event);
		else if (event.drop != NULL)
			event.drop(event.of);
	}
	if (!all)
		return;
	free(t->heap);
	*t = (struct timers){0};
}
