/* Chance drives everything that can go wrong with two ways at once: links that come and go, answers that are lost, statuses
 * late, doubled, out of order and never, modems that refuse, kills, a full disk, people who leave. Whatever happens, when it
 * is over everybody was written to, nobody more often than doubt allows, and nobody who had left or was reached. */
#include "tests/unit/wired_scene.h"

#include "config/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four at the top */
#include <cmocka.h>

enum {
	SEEDS = 24,
	STEPS = 140,
	SMS_PEOPLE = 4,
	WIRED_PEOPLE = 12,
	USERS = 4,
	PEOPLE = SMS_PEOPLE + WIRED_PEOPLE + USERS,
	MODEMS = 2,
	SLOTS = 5,
	FLYING_MAX = 64,
	LATER_MAX = 4096,
};

/* What really happened to one person's row. */
struct truth {
	bool off;  /* not on WhatsApp */
	bool left; /* DISATTIVA */
	int wired,
		wired_again; /* templates that left; of these, how many more may have, for want of an answer or after a failure */
	int sms, sms_again; /* the same by SMS, whole messages */
};

/* Something a bearer was asked and has not answered. */
struct flying {
	int bearer;
	struct bearer_ask ask;
};

struct later {
	int at; /* step */
	struct bearer_ask ask;
	enum webhook_status status;
	int32_t code;
};

static struct hub_box box;
static struct truth truths[PEOPLE + 1]; /* by row, which is by person */
static struct flying flying[FLYING_MAX];
static struct later laters[LATER_MAX];
static int flying_count, later_count, step;
static bool link_up;
static uint64_t dice;
static unsigned seeded;

static int roll(int sides)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (int)((dice >> 33) % (uint64_t)sides);
}

static bool chance(int percent)
{
	return roll(100) < percent;
}

static void tell_later(const struct bearer_ask *ask, enum webhook_status status, int32_t code, int most)
{
	for (int copies = chance(15) ? 2 : 1; copies > 0 && later_count < LATER_MAX; copies--)
		laters[later_count++] =
			(struct later){.at = step + roll(most), .ask = *ask, .status = status, .code = code};
}

/* It left by WhatsApp: what its network will say of it. */
static void wired_left(const struct bearer_ask *ask)
{
	struct truth *truth = &truths[ask->send.delivery];

	truth->wired++;
	if (truth->off) {
		truth->wired_again++; /* it failed: to be sent again is no fault */
		tell_later(ask, WEBHOOK_FAILED, 131026, 30);
		return;
	}
	if (chance(10)) {
		truth->wired_again++;
		tell_later(ask, WEBHOOK_FAILED, 131000, 20);
		return;
	}
	if (chance(80))
		tell_later(ask, WEBHOOK_SENT, 0, 20);
	if (chance(85))
		tell_later(ask, WEBHOOK_DELIVERED, 0, 40);
	if (chance(30))
		tell_later(ask, WEBHOOK_READ, 0, 60);
}

static void whatsapp_answers(const struct bearer_ask *ask)
{
	struct truth *truth = &truths[ask->send.delivery];
	int what = roll(100);

	if (!link_up && what < 60) {
		hub_box_answer(&box, 0, ask, BEARER_NOT_SENT);
	} else if (!link_up || what < 15) {
		truth->wired_again++;
		if (chance(50))
			wired_left(ask);
		hub_box_answer(&box, 0, ask, BEARER_UNKNOWN);
	} else if (what < 20) {
		hub_box_refuse(&box, ask, 131000);
	} else if (what < 23) {
		wired_left(ask);
		hub_box_answer(&box, 0, ask, BEARER_HELD);
	} else {
		wired_left(ask);
		hub_box_answer(&box, 0, ask, BEARER_ACCEPTED);
	}
}

static void modem_answers(int bearer, const struct bearer_ask *ask)
{
	struct truth *truth = &truths[ask->send.delivery];
	int what = roll(100);

	if (what < 5) {
		hub_box_answer(&box, bearer, ask, BEARER_NOT_SENT);
	} else if (what < 10) {
		hub_box_answer(&box, bearer, ask, BEARER_RETRY_SOON);
	} else if (what < 16) {
		truth->sms_again++;
		truth->sms += chance(50);
		hub_box_answer(&box, bearer, ask, BEARER_UNKNOWN);
	} else {
		truth->sms++;
		hub_box_answer(&box, bearer, ask, BEARER_ACCEPTED);
	}
}

/* What the hub has just decided to send: to nobody who has left, and no SMS to who is reached. */
static void asks_check(int bearer, const struct bearer_ask *ask)
{
	char sql[96];

	if (ask->send.delivery > PEOPLE)
		fail_msg("a row of nobody's is sent");
	if (truths[ask->send.delivery].left)
		fail_msg("row %d is sent to who has left", (int)ask->send.delivery);
	snprintf(sql, sizeof sql, "SELECT reached FROM outbox WHERE id = %lld", (long long)ask->send.delivery);
	if (hub_box_value(&box, sql) != 0)
		fail_msg("seed %u, step %d: row %d is sent by bearer %d to who is reached", seeded, step,
			(int)ask->send.delivery, bearer);
}

static void asks_take(void)
{
	for (int i = 0; i < box.bearers; i++) {
		struct flying *next = &flying[flying_count];
		while (flying_count < FLYING_MAX && hub_box_asked(&box, i, &next->ask)) {
			next->bearer = i;
			asks_check(i, &next->ask);
			next = &flying[++flying_count];
		}
	}
}

static void one_answers(int index)
{
	struct flying one = flying[index];

	flying[index] = flying[--flying_count];
	if (one.bearer == 0)
		whatsapp_answers(&one.ask);
	else
		modem_answers(one.bearer, &one.ask);
}

static void statuses_tell(int percent)
{
	for (int i = 0; i < later_count; i++) {
		struct later told = laters[i];
		if (told.at > step || !chance(percent) || box.hub->whatsapp.event_count == HUB_WEBHOOKS_MAX)
			continue;
		laters[i--] = laters[--later_count];
		hub_box_status(&box, &told.ask, told.status, told.code);
		struct webhook_event *event = &box.hub->whatsapp.events[box.hub->whatsapp.event_count - 1];
		if (chance(30))
			event->delivery = 0; /* by its name alone */
		else if (chance(20))
			event->id[0] = '\0';
	}
}

/* What was in hand may have left or not; nobody will say. */
static void kill(void)
{
	for (int i = 0; i < flying_count; i++) {
		const struct bearer_ask *ask = &flying[i].ask;
		struct truth *truth = &truths[ask->send.delivery];
		if (flying[i].bearer == 0) {
			truth->wired_again++;
			if (chance(50))
				wired_left(ask);
		} else {
			truth->sms_again++;
			truth->sms += chance(50);
		}
	}
	flying_count = 0;
	link_up = true;
	hub_box_restart(&box);
	asks_take();
}

static void link_turns(void)
{
	link_up = !link_up;
	hub_box_link(&box, link_up ? BEARER_READY : BEARER_GONE, link_up ? "" : "no network");
	for (int i = flying_count - 1; i >= 0 && !link_up; i--) {
		if (flying[i].bearer == 0)
			one_answers(i);
	}
}

static void disk_fails(void)
{
	hub_box_disk(true);
	hub_box_turn(&box);
	hub_box_disk(false);
	box.hub->retry_mono = box.hub->retry_mono ? clock_mono_ms() : 0;
	asks_take();
}

static void something_happens(void)
{
	int what = roll(100);

	if (what < 5)
		link_turns();
	else if (what < 7)
		kill();
	else if (what < 10)
		disk_fails();
	else if (what < 11) {
		int person = 1 + roll(PEOPLE);
		wired_leave(&box, person);
		truths[person].left = true;
	} else if (what < 13) {
		hub_box_state(&box, 1 + roll(MODEMS), chance(50) ? BEARER_GONE : BEARER_READY);
	}
	for (int i = flying_count - 1; i >= 0; i--) {
		if (chance(40))
			one_answers(i);
	}
	statuses_tell(60);
	wired_pass(&box, chance(80) ? roll(2500) : roll(40 * SECOND));
	asks_take();
}

/* It is over: the link lives, everybody answers, and all that was still to be told is told. */
static void calm(void)
{
	if (!link_up)
		link_turns();
	for (int i = 1; i <= MODEMS; i++)
		hub_box_state(&box, i, BEARER_READY);
	for (int i = 0; i < 400; i++, step++) {
		while (flying_count > 0) {
			struct flying one = flying[--flying_count];
			if (one.bearer == 0)
				wired_left(&one.ask);
			else
				truths[one.ask.send.delivery].sms++;
			hub_box_answer(&box, one.bearer, &one.ask, BEARER_ACCEPTED);
		}
		statuses_tell(100);
		wired_pass(&box, 20 * SECOND);
		asks_take();
	}
	assert_int_equal(flying_count, 0);
}

static void everybody_check(unsigned seed)
{
	for (int row = 1; row <= PEOPLE; row++) {
		const struct truth *truth = &truths[row];
		char sql[160];
		snprintf(sql, sizeof sql,
			"SELECT reached OR (channel = 0 AND state = 2) OR (wired IN (1, 2) AND address NOT LIKE '+%%')"
			" FROM outbox WHERE id = %d",
			row); /* taken, or kept back, by who is their only way */
		bool hopeless = row > SMS_PEOPLE + WIRED_PEOPLE && truth->off;
		if (!truth->left && !hopeless && hub_box_value(&box, sql) != 1) {
			snprintf(sql, sizeof sql, "SELECT 100 * channel + 10 * state + wired FROM outbox WHERE id = %d",
				row);
			fail_msg(
				"seed %u: row %d was reached by nothing: %d", seed, row, (int)hub_box_value(&box, sql));
		}
		if (!truth->left && !hopeless && truth->sms + truth->wired == 0)
			fail_msg("seed %u: row %d was sent nothing", seed, row);
		if (truth->wired > 1 + truth->wired_again)
			fail_msg("seed %u: row %d was sent %d templates, %d allowed again", seed, row, truth->wired,
				truth->wired_again);
		if (truth->sms > 1 + truth->sms_again)
			fail_msg("seed %u: row %d was sent %d SMS, %d allowed again", seed, row, truth->sms,
				truth->sms_again);
	}
}

static void storm(unsigned seed)
{
	seeded = seed;
	dice = seed * 2654435761u + 1;
	memset(truths, 0, sizeof truths);
	flying_count = later_count = 0;
	link_up = true;
	hub_box_open_wired(&box, MODEMS, SLOTS, "alert = { expires_after = 604800; };", "");
	wired_people(&box, SMS_PEOPLE, WIRED_PEOPLE, USERS);
	for (int row = SMS_PEOPLE + 1; row <= PEOPLE; row++)
		truths[row].off = chance(20);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_change(&box, "UPDATE message SET expires_at = expires_at + 604800000");
	wired_turn(&box);
	asks_take();
	for (step = 0; step < STEPS; step++)
		something_happens();
	calm();
	everybody_check(seed);
	hub_box_close(&box);
}

static void storms(void **state)
{
	const char *first = getenv("STORM"); /* more of them, from this seed on */
	unsigned from = first ? (unsigned)strtoul(first, NULL, 10) : 1;

	(void)state;
	for (unsigned seed = from; seed < from + (first ? 1000 : SEEDS); seed++)
		storm(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(storms)};

	return cmocka_run_group_tests_name("hub_whatsapp_storm", tests, NULL, NULL);
}
