/* WhatsApp's link dies, its worker too, the box is killed, the disk is full, the settings change: everybody is
 * still reached, and nobody twice without need. */
#include "tests/unit/wired_scene.h"

#include "config/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants the four at the top */
#include <cmocka.h>

enum {
	FALLBACK = 90 * SECOND, /* these two are the defaults of alert.fallback_after and alert.unknown_after */
	UNKNOWN = 20 * SECOND,
};

static struct hub_box box;
static struct wired_asks asks, more;

/* Everybody who has a phone was sent one SMS at most, and one template. */
static void nobody_twice(void)
{
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM (SELECT 1 FROM attempt WHERE channel = 1"
					     " AND outbox_id IN (SELECT id FROM outbox WHERE address LIKE '+%')"
					     " GROUP BY outbox_id HAVING count(*) > 1)"),
		0);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM (SELECT 1 FROM attempt WHERE channel = 0"
					     " AND state <> 4 GROUP BY outbox_id, segment HAVING count(*) > 1)"),
		0);
}

/* ---- the link ---------------------------------------------------------------------------------------------------- */

static void the_link_dies_and_returns(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 4, "", "");
	wired_people(&box, 0, 12, 2);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 4);
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	assert_int_equal(wired_take(&box, 0, &more), 4);

	/* The worker tells of the link first, then what becomes of what it held. */
	hub_box_link(&box, BEARER_GONE, "no network");
	hub_box_answer(&box, 0, &more.ask[0], BEARER_NOT_SENT);
	for (int i = 1; i < 4; i++)
		hub_box_answer(&box, 0, &more.ask[i], BEARER_UNKNOWN);
	wired_turn(&box);
	/* Who was never sent anything falls at once. */
	struct bearer_ask first = wired_only(&box, 1);
	hub_box_answer(&box, 1, &first, BEARER_ACCEPTED);
	wired_turn(&box);
	struct bearer_ask second = wired_only(&box, 1);
	assert_int_equal(hub_box_figures(&box, alert).waiting, 5);
	/* Nobody's proof is waited for longer than an SMS's would be, not those of what was in flight either. */
	wired_pass(&box, UNKNOWN);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM outbox WHERE state IN (2, 5) AND channel = 1"
					     " AND due <= (SELECT max(changed_at) FROM outbox) + 20000"),
		5);
	/* The link returns: who no modem has taken goes by WhatsApp, and proofs are waited for as ever. */
	hub_box_link(&box, BEARER_READY, "");
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 4);
	hub_box_answer(&box, 1, &second, BEARER_ACCEPTED);
	wired_turn(&box);
	wired_none(&box, 1);
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	/* Of 14 eight were sent to at first, one of them was given back, and two went by SMS. */
	assert_int_equal(wired_take(&box, 0, &asks), 1);
	wired_answer_all(&box, 0, &asks, BEARER_ACCEPTED);
	wired_none(&box, 0);
	wired_pass(&box, 2 * MINUTE);
	wired_modems_work(&box);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM outbox o WHERE NOT EXISTS (SELECT 1 FROM attempt"
					     " WHERE outbox_id = o.id AND state <> 4)"),
		0);
	hub_box_close(&box);
}

/* The first SMS goes to one of them, and then one of four, so that nobody of theirs waits for the last of a long list. */
static void while_the_link_is_dead_both_share_the_modems(void **state)
{
	int wired = 0;

	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 60, 60, 0);
	hub_box_link(&box, BEARER_GONE, "no network");
	wired_turn(&box);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	for (int i = 0; i < 40; i++) {
		struct bearer_ask ask = wired_only(&box, 1);
		wired += strncmp(ask.send.to, "+39334", 6) == 0;
		hub_box_answer(&box, 1, &ask, BEARER_ACCEPTED);
		hub_box_turn(&box);
	}
	assert_in_range(wired, 8, 14);
	hub_box_close(&box);
}

static void who_has_no_phone_is_in_nobodys_way(void **state)
{
	enum { USERS = 300 };
	char user[BEARER_USER_MAX];

	(void)state;
	hub_box_open_wired(&box, 2, 40, "", "");
	for (int i = 1; i <= USERS; i++) {
		snprintf(user, sizeof user, "IT.%03d", i);
		hub_box_person(&box, CHANNEL_AUTO, "", user);
	}
	wired_people(&box, 0, 5, 0);
	hub_box_link(&box, BEARER_GONE, "no network");
	wired_turn(&box);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_modems_work(&box), 5);
	assert_int_equal(hub_box_figures(&box, alert).sms_sent, 5);
	assert_int_equal(
		hub_box_value(&box, "SELECT count(*) FROM outbox WHERE channel = 0 AND address NOT LIKE '+%'"), 0);
	hub_box_link(&box, BEARER_READY, "");
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 40);
	assert_string_equal(asks.ask[0].send.user, "IT.001");
	hub_box_close(&box);
}

static void nobody_waits_for_a_whatsapp_that_only_starts(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 0, 2, 0);
	hub_box_link(&box, BEARER_STARTING, "asking WhatsApp whether it is there");
	wired_turn(&box);
	box.hub->bearers[0].started_mono = clock_mono_ms() - 2 * SECOND;
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	wired_none(&box, 1);
	assert_in_range(box.hub->next_due, box.now + 1, box.now + SECOND);
	hub_box_pass(&box, SECOND);
	hub_box_turn(&box);
	(void)wired_only(&box, 1);
	hub_box_close(&box);
}

/* ---- kills ------------------------------------------------------------------------------------------------------- */

static void killed_at_every_step(void **state)
{
	enum { ASKED, ANSWERED, UNPROVED, HELD, DOUBTFUL, FALLING, FELL, PROVED, STEPS };

	(void)state;
	for (int step = 0; step < STEPS; step++) {
		hub_box_open_wired(&box, 1, 40, "", "");
		wired_people(&box, 1, 3, 1);
		int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
		hub_box_message(&box, MESSAGE_NEWS, 1);
		wired_turn(&box);
		int by_sms = wired_modems_work(&box);
		assert_int_equal(wired_take(&box, 0, &asks), 8);
		for (int i = 0; i < 8 && step >= ANSWERED; i++) {
			hub_box_answer(&box, 0, &asks.ask[i],
				step == HELD	   ? BEARER_HELD
				: step == DOUBTFUL ? BEARER_UNKNOWN
						   : BEARER_ACCEPTED);
		}
		if (step >= UNPROVED)
			wired_turn(&box);
		if (step == FALLING || step == FELL)
			wired_pass(&box, FALLBACK + SECOND);
		if (step == FELL)
			by_sms += wired_modems_work(&box);
		if (step == PROVED)
			wired_status_all(&box, &asks, WEBHOOK_DELIVERED);
		hub_box_restart(&box);
		wired_turn(&box);
		for (int i = 0; i < 8; i++) {
			wired_pass(&box, MINUTE);
			by_sms += wired_modems_work(&box);
			int again = wired_take(&box, 0, &more);
			for (int k = 0; k < again; k++) { /* who has no other way, when nothing else is known */
				assert_true(step == ASKED || step == ANSWERED || step == DOUBTFUL);
				assert_string_equal(more.ask[k].send.user, "IT.001");
				assert_string_equal(more.ask[k].send.template, "allerta");
				hub_box_answer(&box, 0, &more.ask[k], BEARER_ACCEPTED);
			}
			wired_turn(&box);
		}
		/* Everybody was written to: the SMS-only person twice (alert, news), the three others once more at most. */
		assert_int_equal(by_sms, step == PROVED ? 2 : 5);
		struct message_figures figures = hub_box_figures(&box, alert);
		assert_int_equal(figures.recipients, 5);
		assert_int_equal(figures.sms_queued + figures.whatsapp_queued, 0);
		assert_int_equal(
			hub_box_value(&box, "SELECT count(*) FROM attempt a JOIN outbox o ON o.id = a.outbox_id"
					    " WHERE o.priority = 5 AND a.number > 1"),
			0);
		/* What came late is still heard. */
		if (step != PROVED)
			wired_status_all(&box, &asks, WEBHOOK_DELIVERED);
		assert_int_equal(hub_box_figures(&box, alert).reached, 4);
		hub_box_close(&box);
	}
}

static void a_full_disk_undoes_it_all(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "whatsapp: recipients_per_day = 100;", "");
	wired_people(&box, 1, 5, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_disk(true);
	hub_box_turn(&box);
	assert_true(box.hub->trouble[0] != '\0');
	assert_int_equal(box.hub->flight_count, 0);
	assert_int_equal(box.hub->bearers[0].work.in_hand, 0);
	assert_int_equal(box.hub->whatsapp.limit_used, 0);
	wired_none(&box, 0);
	wired_none(&box, 1);
	hub_box_disk(false);
	box.hub->retry_mono = clock_mono_ms();
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 5);
	assert_int_equal(box.hub->flight_count, 6);
	assert_int_equal(box.hub->whatsapp.limit_used, 5);

	/* Answers and statuses too: kept once, and said to be kept only then. */
	hub_box_disk(true);
	for (int i = 0; i < 5; i++)
		hub_box_answer(&box, 0, &asks.ask[i], i == 4 ? BEARER_NOT_SENT : BEARER_ACCEPTED);
	hub_box_status(&box, &asks.ask[0], WEBHOOK_DELIVERED, 0);
	hub_box_turn(&box);
	assert_int_equal(hub_box_kept(&box), 0);
	assert_int_equal(box.hub->flight_count, 6);
	assert_int_equal(box.hub->whatsapp.limit_used, 5);
	hub_box_disk(false);
	box.hub->retry_mono = clock_mono_ms();
	wired_turn(&box);
	assert_int_equal(hub_box_kept(&box), 1);
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_delivered, 1);
	assert_int_equal(box.hub->flight_count, 1);
	assert_int_equal(box.hub->whatsapp.limit_used, 4);
	wired_pass(&box, SECOND);
	(void)wired_only(&box, 0);
	hub_box_close(&box);
}

static void one_thing_told_that_cannot_be_kept(void **state)
{
	struct webhook_event strange = {.type = WEBHOOK_UNKNOWN, .text = "{}"};

	(void)state;
	hub_box_open_wired(&box, 0, 40, "", "");
	wired_people(&box, 0, 2, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 2);
	hub_box_change(&box, "CREATE TRIGGER spite BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'spite'); END");
	hub_box_status(&box, &asks.ask[0], WEBHOOK_DELIVERED, 0);
	hub_box_tell(&box, strange);
	hub_box_status(&box, &asks.ask[1], WEBHOOK_DELIVERED, 0);
	hub_box_answer(&box, 0, &asks.ask[0], BEARER_ACCEPTED);
	wired_turn(&box);
	assert_int_equal(hub_box_kept(&box), 3);
	assert_int_equal(hub_box_figures(&box, alert).reached, 2);
	hub_box_close(&box);
}

/* ---- settings ---------------------------------------------------------------------------------------------------- */

static void whatsapp_is_turned_off_and_on(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 4, "", "");
	wired_people(&box, 1, 8, 1);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 4);
	hub_box_answer(&box, 0, &asks.ask[0], BEARER_ACCEPTED);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &more), 1);
	struct bearer_ask sms = wired_only(&box, 1);

	box.wired = false;
	hub_box_reload(&box, 1, "", "");
	box.wired = true;
	assert_int_equal(box.hub->bearer_count, 1);
	assert_int_equal(box.hub->flight_count, 1); /* the modem's, which goes on undisturbed */
	hub_box_answer(&box, 0, &sms, BEARER_ACCEPTED);
	wired_turn(&box);
	/* Who was never sent anything goes by SMS now, who is in doubt soon: nobody tells of proofs any more. */
	for (int i = 0; i < 4; i++) {
		sms = wired_only(&box, 0);
		assert_int_equal(sms.send.attempt, 1);
		hub_box_answer(&box, 0, &sms, BEARER_ACCEPTED);
		wired_turn(&box);
	}
	wired_none(&box, 0);
	wired_pass(&box, UNKNOWN);
	(void)wired_take(&box, 0, &asks);
	assert_int_equal(asks.count, 1);

	hub_box_reload(&box, 1, "", "");
	assert_int_equal(box.hub->bearer_count, 2);
	hub_box_answer(&box, 1, &asks.ask[0], BEARER_ACCEPTED);
	wired_turn(&box);
	/* Those in doubt wait for their proof again, the one without a phone goes. */
	struct bearer_ask ask = wired_only(&box, 0);
	assert_string_equal(ask.send.user, "IT.001");
	wired_none(&box, 1);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	wired_pass(&box, FALLBACK);
	wired_modems_work(&box);
	nobody_twice();
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM outbox o WHERE NOT EXISTS (SELECT 1 FROM attempt"
					     " WHERE outbox_id = o.id AND state IN (1, 2, 3))"),
		0);
	hub_box_close(&box);
}

static void another_token(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 4, "", "");
	wired_people(&box, 0, 6, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 4);
	/* Nothing has changed: it goes on. */
	hub_box_reload(&box, 1, "", "");
	assert_int_equal(box.hub->flight_count, 4);
	hub_box_answer(&box, 0, &asks.ask[0], BEARER_ACCEPTED);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &more), 1);
	/* Another token: another worker; what the old one held is in doubt, and the rest goes by the new one. */
	hub_box_token(&box, "EAAH");
	hub_box_reload(&box, 1, "", "");
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_unknown, 4);
	(void)wired_only(&box, 0);
	assert_int_equal(box.hub->bearers[0].work.in_hand, 1);
	wired_pass(&box, FALLBACK + SECOND);
	assert_int_equal(wired_modems_work(&box), 5);
	nobody_twice();
	hub_box_close(&box);
}

/* ---- the worker -------------------------------------------------------------------------------------------------- */

static void more_in_flight_than_anybody_asked_for(void **state)
{
	enum { PEOPLE = 450 };

	(void)state;
	hub_box_open_wired(&box, 1, WHATSAPP_SLOTS_MAX, "whatsapp: recipients_per_day = 0;", "");
	wired_people(&box, 1, PEOPLE, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(box.hub->flight_count, WHATSAPP_SLOTS_MAX + 1);
	assert_int_equal(wired_take(&box, 0, &asks), WHATSAPP_SLOTS_MAX);
	/* A worker that says it takes more than it can is not believed. */
	box.slots = 60000;
	hub_box_link(&box, BEARER_READY, "");
	wired_turn(&box);
	wired_none(&box, 0);
	/* It ends with all of them in hand: they are in doubt, nobody is lost, and nobody is sent anything blindly. */
	close(box.fds[0]);
	box.fds[0] = -1;
	wired_turn(&box);
	struct message_figures figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.whatsapp_unknown, WHATSAPP_SLOTS_MAX);
	assert_int_equal(box.hub->flight_count, 1);
	int fell = wired_modems_work(&box);
	assert_int_equal(fell, 1 + PEOPLE - WHATSAPP_SLOTS_MAX);
	wired_pass(&box, FALLBACK + SECOND);
	assert_int_equal(wired_modems_work(&box), WHATSAPP_SLOTS_MAX);
	nobody_twice();
	hub_box_close(&box);
}

static void a_silent_worker_is_routed_around(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 100, "", "");
	wired_people(&box, 0, 120, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 100);
	/* Some wait long behind others that are answered: that is no silence. */
	for (int i = 0; i < box.hub->flight_count; i++)
		box.hub->flights[i].since_mono -= 60 * SECOND;
	hub_box_answer(&box, 0, &asks.ask[0], BEARER_ACCEPTED);
	wired_turn(&box);
	assert_false(box.hub->bearers[0].silent);
	assert_int_equal(wired_take(&box, 0, &more), 1);
	box.hub->bearers[0].heard_mono -= 60 * SECOND;
	wired_turn(&box);
	assert_true(box.hub->bearers[0].silent);
	assert_int_equal(box.hub->flight_count, 1); /* the modem's */
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_unknown, 100);
	assert_int_equal(wired_modems_work(&box), 19);
	/* Late answers are heard, and it is believed again. */
	hub_box_answer(&box, 0, &asks.ask[1], BEARER_ACCEPTED);
	hub_box_answer(&box, 0, &asks.ask[2], BEARER_NOT_SENT);
	wired_turn(&box);
	assert_false(box.hub->bearers[0].silent);
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_accepted, 2);
	wired_pass(&box, SECOND);
	struct bearer_ask again = wired_only(&box, 0);
	assert_string_equal(again.send.to, asks.ask[2].send.to);
	hub_box_close(&box);
}

/* It ends between the hub's hearing and its asking: nothing has left. */
static void what_never_left_the_hub_is_not_in_doubt(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 1, 40, "", "");
	wired_people(&box, 0, 30, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	close(box.fds[0]);
	box.fds[0] = -1;
	hub_turn(box.hub, box.now);
	wired_turn(&box);
	wired_pass(&box, SECOND);
	assert_int_equal(wired_modems_work(&box), 30);
	assert_int_equal(hub_box_figures(&box, alert).sms_sent, 30);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM attempt WHERE again"), 0);
	hub_box_close(&box);
}

/* The box stops while many are in flight: all that is still told is kept. */
static void what_is_told_at_the_end_is_kept(void **state)
{
	(void)state;
	hub_box_open_wired(&box, 0, 200, "", "");
	wired_people(&box, 0, 200, 0);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	wired_turn(&box);
	assert_int_equal(wired_take(&box, 0, &asks), 200);
	for (int i = 0; i < 200; i++)
		hub_box_answer(&box, 0, &asks.ask[i], BEARER_ACCEPTED);
	close(box.fds[0]);
	box.fds[0] = -1;
	box.hub->stopping = true;
	hub_bearers_stop(box.hub, 5 * SECOND);
	hub_turn(box.hub, box.now);
	assert_int_equal(hub_box_figures(&box, alert).whatsapp_accepted, 200);
	hub_box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_link_dies_and_returns),
		cmocka_unit_test(while_the_link_is_dead_both_share_the_modems),
		cmocka_unit_test(who_has_no_phone_is_in_nobodys_way),
		cmocka_unit_test(nobody_waits_for_a_whatsapp_that_only_starts),
		cmocka_unit_test(killed_at_every_step),
		cmocka_unit_test(a_full_disk_undoes_it_all),
		cmocka_unit_test(one_thing_told_that_cannot_be_kept),
		cmocka_unit_test(whatsapp_is_turned_off_and_on),
		cmocka_unit_test(another_token),
		cmocka_unit_test(more_in_flight_than_anybody_asked_for),
		cmocka_unit_test(a_silent_worker_is_routed_around),
		cmocka_unit_test(what_never_left_the_hub_is_not_in_doubt),
		cmocka_unit_test(what_is_told_at_the_end_is_kept),
	};

	return cmocka_run_group_tests_name("hub_whatsapp_fault", tests, NULL, NULL);
}
