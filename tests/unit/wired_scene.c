#include "tests/unit/wired_scene.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four at the top */
#include <cmocka.h>

enum { TURNS_MAX = 60 };

/* Of a living alert, not reached, and with nothing to come: no time, no flight, no proof that may still arrive. */
#define FORGOTTEN                                                                                                  \
	"SELECT coalesce(max(o.id), 0) FROM outbox o JOIN message m ON m.id = o.message_id"                        \
	" LEFT JOIN subscriber s ON s.id = o.subscriber_id WHERE m.kind IN (1, 2) AND m.closed_at IS NULL"         \
	" AND s.state = 1 AND NOT o.reached AND o.due IS NULL AND (o.state = 0 OR (o.state = 5 AND (o.channel = 0" \
	" OR o.wired = 3 OR o.address LIKE '+%')) OR (o.state = 2 AND o.channel = 1 AND o.address LIKE '+%'))"

static void fail_on_forgotten(struct hub_box *box)
{
	int64_t row = hub_box_value(box, FORGOTTEN);

	if (row != 0)
		fail_msg("row %lld of the outbox is forgotten", (long long)row);
	int64_t sending = hub_box_value(box, "SELECT count(*) FROM outbox WHERE state = 1");
	if (sending > box->hub->flight_count)
		fail_msg("%lld rows are being sent, %d flights", (long long)sending, box->hub->flight_count);
	if (hub_box_value(box, "SELECT count(*) FROM outbox WHERE state = 0 AND due IS NULL") != 0)
		fail_msg("a row is queued for never");
}

static bool somebody_speaks(const struct hub_box *box)
{
	const struct hub *hub = box->hub;

	for (int i = 0; i < hub->bearer_count; i++) {
		struct pollfd fd = {.fd = hub->bearers[i].fd, .events = POLLIN};
		if (fd.fd >= 0 && poll(&fd, 1, 0) > 0)
			return true;
	}
	return hub->event_count > 0 || hub->whatsapp.event_count > 0 || hub->look;
}

void wired_turn(struct hub_box *box)
{
	struct hub *hub = box->hub;

	hub->look = true;
	for (int turns = 0; turns < TURNS_MAX; turns++) {
		hub_box_turn(box);
		if (hub->trouble[0])
			return;
		if (somebody_speaks(box) || (hub->next_due != 0 && hub->next_due <= box->now))
			continue;
		fail_on_forgotten(box);
		return;
	}
	fail_msg("it never becomes quiet: due %lld ms ago", (long long)(box->now - hub->next_due));
}

void wired_pass(struct hub_box *box, int64_t ms)
{
	hub_box_pass(box, ms);
	wired_turn(box);
}

void wired_people(struct hub_box *box, int sms, int whatsapp, int users)
{
	char user[BEARER_USER_MAX];

	hub_box_people(box, sms);
	for (int i = 1; i <= whatsapp; i++)
		hub_box_person(box, CHANNEL_WHATSAPP, wired_phone(i), "");
	for (int i = 1; i <= users; i++) {
		snprintf(user, sizeof user, "IT.%03d", i);
		hub_box_person(box, CHANNEL_AUTO, "", user);
	}
}

const char *wired_phone(int n)
{
	static char phone[BEARER_ADDRESS_MAX];

	snprintf(phone, sizeof phone, "+39334%07d", n);
	return phone;
}

static int by_row(const void *one, const void *other)
{
	const struct bearer_ask *a = one, *b = other;

	return a->send.delivery < b->send.delivery ? -1 : a->send.delivery > b->send.delivery;
}

/* That a message was read goes without saying. */
static bool asked(struct hub_box *box, int bearer, struct bearer_ask *ret)
{
	while (hub_box_asked(box, bearer, ret)) {
		if (ret->type != BEARER_ASK_SEND || ret->send.content != BEARER_MARK_READ)
			return true;
		hub_box_answer(box, bearer, ret, BEARER_ACCEPTED);
	}
	return false;
}

int wired_take(struct hub_box *box, int bearer, struct wired_asks *asks)
{
	asks->count = 0;
	while (asks->count < WIRED_ASKS_MAX && asked(box, bearer, &asks->ask[asks->count])) {
		if (asks->ask[asks->count].type == BEARER_ASK_SEND)
			asks->count++;
	}
	qsort(asks->ask, (size_t)asks->count, sizeof asks->ask[0], by_row);
	return asks->count;
}

struct bearer_ask wired_only(struct hub_box *box, int bearer)
{
	struct bearer_ask ask, other;

	assert_true(asked(box, bearer, &ask));
	assert_int_equal(ask.type, BEARER_ASK_SEND);
	assert_false(asked(box, bearer, &other));
	return ask;
}

void wired_none(struct hub_box *box, int bearer)
{
	struct bearer_ask ask;

	if (asked(box, bearer, &ask))
		fail_msg("bearer %d is asked: %s%s", bearer, ask.send.to, ask.send.user);
}

void wired_answer_all(struct hub_box *box, int bearer, const struct wired_asks *asks, enum bearer_outcome outcome)
{
	for (int i = 0; i < asks->count; i++)
		hub_box_answer(box, bearer, &asks->ask[i], outcome);
	wired_turn(box);
}

void wired_status_all(struct hub_box *box, const struct wired_asks *asks, enum webhook_status status)
{
	for (int i = 0; i < asks->count; i++) {
		if (box->hub->whatsapp.event_count == HUB_WEBHOOKS_MAX)
			wired_turn(box);
		hub_box_status(box, &asks->ask[i], status, 0);
	}
	wired_turn(box);
}

int wired_modems_work(struct hub_box *box)
{
	struct bearer_ask ask;
	int sent = 0, before;

	do {
		before = sent;
		for (int i = 1; i < box->bearers; i++) {
			if (!hub_box_asked(box, i, &ask))
				continue;
			hub_box_answer(box, i, &ask, BEARER_ACCEPTED);
			sent++;
		}
		wired_turn(box);
	} while (sent > before);
	return sent;
}

void wired_leave(struct hub_box *box, int64_t id)
{
	struct consent consent = {.clock = "ntp", .channel = "sms", .words = "DISATTIVA"};
	int cancelled;

	assert_int_equal(db_begin(box->other, &box->err), 0);
	assert_int_equal(subscriber_leave(box->other, id, &consent, box->now, &cancelled, &box->err), 0);
	assert_int_equal(db_commit(box->other, &box->err), 0);
}

void wired_cancel(struct hub_box *box, int64_t message)
{
	int withdrawn;

	assert_int_equal(db_begin(box->other, &box->err), 0);
	assert_int_equal(message_cancel(box->other, message, STAGE_CANCELLED, box->now, &withdrawn, &box->err), 0);
	assert_int_equal(db_commit(box->other, &box->err), 0);
}
