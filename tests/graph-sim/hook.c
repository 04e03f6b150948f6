#include "tests/graph-sim/hook_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t hook_seconds(void)
{
	return (int64_t)time(NULL);
}

const char *hook_timestamp(const struct sim *sim, char text[32])
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	long long seconds = now.tv_sec;
	snprintf(text, 32, "%lld", sim->knobs.milliseconds ? seconds * 1000 + now.tv_nsec / 1000000 : seconds);
	return text;
}

/* ---- updates ---- */

static void update_free(void *of)
{
	struct update *update = of;

	free(update->field);
	free(update->item);
	free(update->contact);
	free(update->errors);
	free(update);
}

static void nudge(struct sim *sim, const struct event *event)
{
	(void)event;
	sim->hook->nudged = false;
}

static void enqueue(struct sim *sim, struct update *update)
{
	struct hook *hook = sim->hook;

	update->us = sim->timers.now_us;
	*hook->last = update;
	hook->last = &update->next;
	hook->waiting++;
	if (hook->nudged)
		return;
	hook->nudged = true;
	timer_add(&sim->timers, sim->knobs.batch_ms * 1000, (struct event){.fire = nudge});
}

static void fire_late(struct sim *sim, const struct event *event)
{
	enqueue(sim, event->of);
}

static char *copy(const char *text)
{
	return text == NULL ? NULL : must(strdup(text));
}

static struct update *update_copy(const struct update *update)
{
	struct update *twin = must(calloc(1, sizeof *twin));

	*twin = (struct update){.kind = update->kind,
		.field = copy(update->field),
		.item = copy(update->item),
		.contact = copy(update->contact),
		.errors = copy(update->errors)};
	return twin;
}

static void late(struct sim *sim, struct update *update)
{
	int64_t after_us = 1000 * (int64_t)(1 + chance(&sim->random, (uint32_t)sim->knobs.reorder_ms));

	timer_add(&sim->timers, after_us, (struct event){.fire = fire_late, .drop = update_free, .of = update});
}

static bool happens(struct sim *sim, long percent)
{
	return percent > 0 && (long)chance(&sim->random, 100) < percent;
}

/* Loss, doubling, reordering. */
static void submit(struct sim *sim, struct update *update)
{
	struct figures *figures = &sim->journal.figures;

	figures->updates++;
	if (sim->knobs.callback[0] == '\0' || happens(sim, sim->knobs.lose)) {
		figures->updates_lost++;
		update_free(update);
		return;
	}
	if (happens(sim, sim->knobs.duplicate)) {
		figures->duplicates++;
		late(sim, update_copy(update));
	}
	if (happens(sim, sim->knobs.reorder)) {
		figures->reordered++;
		late(sim, update);
		return;
	}
	enqueue(sim, update);
}

void hook_message(struct sim *sim, json_t *item, json_t *contact, json_t *errors)
{
	struct update *update = must(calloc(1, sizeof *update));

	update->kind = UPDATE_MESSAGE;
	update->item = hook_escape(item);
	update->contact = contact == NULL ? NULL : hook_escape(contact);
	update->errors = errors == NULL ? NULL : hook_escape(errors);
	submit(sim, update);
}

void hook_update(struct sim *sim, enum update_kind kind, json_t *item, json_t *contact)
{
	struct update *update = must(calloc(1, sizeof *update));

	update->kind = kind;
	update->item = hook_escape(item);
	update->contact = contact == NULL ? NULL : hook_escape(contact);
	submit(sim, update);
}

void hook_event(struct sim *sim, const char *field, json_t *value)
{
	struct update *update = must(calloc(1, sizeof *update));

	update->kind = UPDATE_EVENT;
	update->field = must(strdup(field));
	update->item = hook_escape(value);
	submit(sim, update);
}

/* ---- posts ---- */

static struct post *post_add(struct sim *sim, char *body, size_t length, unsigned updates)
{
	struct hook *hook = sim->hook;
	struct post *post = must(calloc(1, sizeof *post));

	post->number = ++hook->post_count;
	post->body = body;
	post->length = length;
	post->updates = updates;
	post->first_us = sim->timers.now_us;
	*hook->last_post = post;
	hook->last_post = &post->next;
	hook->unfinished++;
	if (updates > sim->journal.figures.largest_batch)
		sim->journal.figures.largest_batch = updates;
	return post;
}

void hook_raw(struct sim *sim, const char *body)
{
	post_add(sim, must(strdup(body)), strlen(body), 1);
}

/* ---- the loop ---- */

/* One POST of all that waits, up to the batch's size. */
static bool make_post(struct sim *sim)
{
	struct hook *hook = sim->hook;
	struct bytes body = {0};
	unsigned count = 0;

	if (hook->first == NULL)
		return false;
	bool due = hook->waiting >= (unsigned)sim->knobs.batch ||
		   hook->first->us + sim->knobs.batch_ms * 1000 <= sim->timers.now_us;
	if (!due)
		return false;
	struct update *first = hook->first, *rest = first, **end = &hook->first;
	for (; rest != NULL && count < (unsigned)sim->knobs.batch; count++) {
		end = &rest->next;
		rest = rest->next;
	}
	*end = NULL;
	hook->first = rest;
	if (rest == NULL)
		hook->last = &hook->first;
	hook->waiting -= count;
	hook_body(sim, first, &body);
	while (first != NULL) {
		struct update *next = first->next;
		update_free(first);
		first = next;
	}
	post_add(sim, body.at, body.used, count);
	return true;
}

static struct post *ready_post(const struct hook *hook)
{
	struct post *post = hook->posts;

	while (post != NULL && post->state != POST_READY)
		post = post->next;
	return post;
}

/* Done ones are only kept for the journal; the search for work starts behind them. */
static void drop_old(struct hook *hook)
{
	enum { KEPT_POSTS = 2000 };

	while (hook->posts != NULL && hook->posts->state == POST_DONE &&
		hook->post_count - hook->posts->number >= KEPT_POSTS) {
		struct post *old = hook->posts;
		hook->posts = old->next;
		if (hook->posts == NULL)
			hook->last_post = &hook->posts;
		free(old->body);
		free(old);
	}
}

void hook_turn(struct sim *sim)
{
	struct hook *hook = sim->hook;

	post_results(sim);
	if (sim->link_hooks || sim->knobs.callback[0] == '\0')
		return;
	while (hook->flying < (uint32_t)sim->knobs.posts) {
		struct post *post = hook->unfinished > hook->flying ? ready_post(hook) : NULL;
		if (post != NULL)
			post_start(sim, post);
		else if (!make_post(sim))
			break;
	}
	if (hook->first != NULL && !hook->nudged && hook->flying < (uint32_t)sim->knobs.posts) {
		hook->nudged = true;
		timer_add(&sim->timers, sim->knobs.batch_ms * 1000, (struct event){.fire = nudge});
	}
	drop_old(hook);
}

void hook_link(struct sim *sim)
{
	if (!sim->link_hooks)
		return;
	for (struct post *post = sim->hook->posts; post != NULL; post = post->next) {
		if (post->state != POST_FLYING)
			continue;
		post_land(sim, post);
		post->http = CUT;
		post->state = POST_READY;
		sim->journal.figures.posts_failed++;
	}
}

bool hook_idle(const struct sim *sim)
{
	return sim->hook->unfinished == 0 && sim->hook->first == NULL && sim->hook->verifying == 0;
}

static void posts_free(struct sim *sim, struct post **list)
{
	while (*list != NULL) {
		struct post *post = *list;
		*list = post->next;
		if (post->easy != NULL)
			post_land(sim, post);
		free(post->body);
		free(post->of);
		free(post);
	}
}

void hook_forget(struct sim *sim)
{
	struct hook *hook = sim->hook;

	while (hook->first != NULL) {
		struct update *next = hook->first->next;
		update_free(hook->first);
		hook->first = next;
	}
	hook->last = &hook->first;
	hook->waiting = 0;
	hook->nudged = false;
	posts_free(sim, &hook->posts);
	hook->last_post = &hook->posts;
	hook->unfinished = 0;
}

void hook_journal(const struct sim *sim, uint32_t since, struct bytes *out)
{
	for (const struct post *post = sim->hook->posts; post != NULL; post = post->next) {
		if (post->number <= since)
			continue;
		bytes_printf(out,
			"{\"n\":%u,\"updates\":%u,\"octets\":%zu,\"attempts\":%u,\"http\":%d,\"done\":%s,\"ms\":%.3f",
			post->number, post->updates, post->length, post->attempts, post->http,
			post->state == POST_DONE ? "true" : "false",
			post->end_us > 0 ? (double)(post->end_us - post->start_us) / 1e3 : 0.0);
		json_t *body = post->body == NULL ? NULL : json_loadb(post->body, post->length, 0, NULL);
		char *text = body == NULL ? NULL : must(json_dumps(body, JSON_COMPACT));
		if (text != NULL)
			bytes_printf(out, ",\"body\":%s", text);
		bytes_text(out, "}\n");
		free(text);
		json_decref(body);
	}
}

int hook_open(struct sim *sim)
{
	struct hook *hook = must(calloc(1, sizeof *hook));

	sim->hook = hook;
	hook->last = &hook->first;
	hook->last_post = &hook->posts;
	return post_open(sim);
}

void hook_close(struct sim *sim)
{
	if (sim->hook == NULL)
		return;
	hook_forget(sim);
	posts_free(sim, &sim->hook->handshakes);
	post_close(sim);
	free(sim->hook);
	sim->hook = NULL;
}
