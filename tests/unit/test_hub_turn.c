/* A turn of the hub under fire: commits that fail, bearers that end, lie or fall silent, settings that change. */
#include "tests/unit/hub_box.h"

#include "config/clock.h"
#include "db/db_private.h"
#include "db/inbox.h"
#include "db/subscriber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants the four at the top */
#include <cmocka.h>

/* The next turn may be tried at once. */
static void turn_again(struct hub_box *box)
{
	box->hub->retry_mono = box->hub->retry_mono ? clock_mono_ms() : 0;
	hub_box_turn(box);
}

/* Sends all that is asked of bearer 0, until nothing is or it seems to go on for ever: people whose number ends in a digit of `bad` are refused. */
static bool drain(struct hub_box *box, const char *bad)
{
	struct bearer_ask ask;

	for (int n = 0; n < 200; n++) {
		hub_box_turn(box);
		box->hub->bearers[0].work.paused_mono = 0;
		box->hub->look = true;
		box->now++;
		hub_box_turn(box);
		if (!hub_box_asked(box, 0, &ask))
			return true;
		char last = ask.send.to[strlen(ask.send.to) - 1];
		hub_box_answer(box, 0, &ask, strchr(bad, last) ? BEARER_BAD_RECIPIENT : BEARER_ACCEPTED);
	}
	return false;
}

static void nothing_is_asked_before_the_commit(void **state)
{
	struct hub_box box;
	struct bearer_ask ask;

	(void)state;
	hub_box_open(&box, 1, "", "");
	hub_box_people(&box, 2);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_disk(true);
	hub_box_turn(&box);
	turn_again(&box);
	assert_false(hub_box_asked(&box, 0, &ask));
	assert_true(box.hub->trouble[0] != '\0');
	hub_box_disk(false);
	turn_again(&box);
	assert_true(box.hub->trouble[0] == '\0');
	assert_true(hub_box_asked(&box, 0, &ask));
	assert_int_equal(ask.send.attempt, 1);

	/* The answer, too, is counted once however often it is kept. */
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	hub_box_disk(true);
	hub_box_turn(&box);
	turn_again(&box);
	hub_box_disk(false);
	turn_again(&box);
	assert_int_equal(box.hub->bearers[0].work.usage.day, 1);
	assert_int_equal(hub_box_figures(&box, alert).sms_sent, 1);
	assert_true(hub_box_asked(&box, 0, &ask));
	assert_false(hub_box_asked(&box, 0, &ask));
	hub_box_close(&box);
}

static void what_failed_to_be_kept_happens_whole_later(void **state)
{
	struct hub_box box;
	struct bearer_ask ask;
	struct bearer_tell wants = {.type = BEARER_TELL_WANTS_PIN};

	(void)state;
	hub_box_open(&box, 1, "", "pin = \"1234\";");
	hub_box_state(&box, 0, BEARER_PIN);
	assert_int_equal(bearer_tell_write(box.fds[0], &wants), 0); /* a locked SIM does not say which it is */
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	assert_int_equal(ask.type, BEARER_ASK_PIN);
	assert_string_equal(ask.text, "1234");
	hub_box_disk(true);
	hub_box_state(&box, 0, BEARER_SEARCHING);
	hub_box_turn(&box);
	assert_int_equal(box.hub->bearers[0].status.state, BEARER_PIN);
	hub_box_disk(false);
	turn_again(&box);
	/* It worked, so it may be used after the next loss of power: that is known although the first try was not kept. */
	hub_box_state(&box, 0, BEARER_PIN);
	assert_int_equal(bearer_tell_write(box.fds[0], &wants), 0);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	assert_string_equal(ask.text, "1234");
	/* This time the modem never got behind it: not again. */
	assert_int_equal(bearer_tell_write(box.fds[0], &wants), 0);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	assert_string_equal(ask.text, "");
	hub_box_close(&box);
}

static void one_thing_that_cannot_be_kept_stops_nothing(void **state)
{
	struct hub_box box;
	struct bearer_ask ask;
	struct bearer_tell call = {.type = BEARER_TELL_CALL};

	(void)state;
	hub_box_open(&box, 2, "", "");
	hub_box_people(&box, 4);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_turn(&box);
	hub_box_change(&box, "CREATE TRIGGER spite BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'spite'); END");
	assert_int_equal(bearer_tell_write(box.fds[0], &call), 0);
	for (int i = 0; i < 2; i++) {
		assert_true(hub_box_asked(&box, i, &ask));
		hub_box_answer(&box, i, &ask, BEARER_ACCEPTED);
	}
	hub_box_turn(&box);
	hub_box_turn(&box);
	assert_int_equal(hub_box_figures(&box, alert).sms_sent, 2);
	hub_box_close(&box);
}

static void what_never_left_the_hub_is_not_doubtful(void **state)
{
	struct hub_box box;
	struct bearer_ask ask;

	(void)state;
	hub_box_open(&box, 2, "", "");
	hub_box_people(&box, 1);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	close(box.fds[0]); /* ends between the hub's hearing and asking */
	box.fds[0] = -1;
	hub_turn(box.hub, box.now);
	hub_box_turn(&box);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 1, &ask));
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM attempt WHERE again"), 0);
	hub_box_answer(&box, 1, &ask, BEARER_ACCEPTED);
	hub_box_turn(&box);
	assert_int_equal(hub_box_figures(&box, alert).sms_sent, 1);
	hub_box_close(&box);
}

static void settings_change_under_way(void **state)
{
	struct hub_box box;
	struct bearer_ask ask;

	(void)state;
	hub_box_open(&box, 2, "", "");
	hub_box_people(&box, 2);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	assert_true(hub_box_asked(&box, 1, &ask));
	/* m1 is gone from the file: what m2 said before is still m2's, and what m1 held is not forgotten. */
	hub_box_disk(true);
	hub_box_answer(&box, 1, &ask, BEARER_ACCEPTED);
	hub_box_turn(&box);
	hub_box_disk(false);
	FILE *file = fopen(box.config, "w");
	fprintf(file, "comune = { name = \"Santa Fiora\"; timezone = \"UTC\"; };\ndatabase = \"box.db\";\n"
		      "modems = ( { name = \"m2\"; port = \"/dev/none2\"; } );\n");
	fclose(file);
	box.hub->reload = true;
	hub_reload(box.hub, box.now);
	assert_true(box.hub->reload); /* waits for the turn to be kept */
	turn_again(&box);
	hub_reload(box.hub, box.now);
	assert_int_equal(box.hub->bearer_count, 1);
	assert_string_equal(box.hub->bearers[0].name, "m2");
	assert_true(box.hub->bearers[0].fd >= 0);
	struct message_figures figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.sms_sent, 1);
	assert_int_equal(figures.sms_unknown, 1);
	assert_int_equal(figures.sms_sending, 0);
	/* With its receipt still out after the usual wait, the other modem repeats it. */
	hub_box_pass(&box, 21000);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 1, &ask));
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM attempt WHERE again"), 1);
	hub_box_close(&box);
}

static void late_answers_count_once(void **state)
{
	struct hub_box box;
	struct bearer_ask ask;

	(void)state;
	hub_box_open(&box, 1, "", "budget = { day = 10; };");
	hub_box_people(&box, 1);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	box.hub->flights[0].since_mono -= 1000000;
	hub_box_turn(&box);
	assert_true(box.hub->bearers[0].silent);
	assert_int_equal(hub_box_figures(&box, alert).sms_unknown, 1);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	hub_box_turn(&box);
	assert_false(box.hub->bearers[0].silent);
	assert_int_equal(hub_box_figures(&box, alert).sms_sent, 1);
	assert_int_equal(box.hub->bearers[0].work.usage.day, 1);
	assert_int_equal(hub_box_value(&box, "SELECT segments FROM sim_day"), 1);
	hub_box_close(&box);
}

static void wrong_numbers_are_given_up(void **state)
{
	struct hub_box box;

	(void)state;
	hub_box_open(&box, 1, "", "");
	hub_box_people(&box, 29);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	/* Four wrong numbers in a row, in every ten. */
	assert_true(drain(&box, "4567"));
	struct message_figures figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.sms_sent, 17);
	assert_int_equal(figures.sms_failed, 12);
	/* At the very end they may be the SIM's fault, until it sends something once more. */
	alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	assert_false(drain(&box, "6789"));
	figures = hub_box_figures(&box, alert);
	assert_int_equal(figures.sms_queued + figures.sms_sending, 4);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	drain(&box, "6789");
	assert_int_equal(hub_box_figures(&box, alert).sms_failed, 12);
	hub_box_close(&box);
}

static void a_sim_that_refuses_everybody_loses_nobody(void **state)
{
	struct hub_box box;
	struct bearer_ask ask;

	(void)state;
	hub_box_open(&box, 1, "", "");
	hub_box_people(&box, 5);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	for (int i = 0; i < 21; i++) {
		hub_box_turn(&box);
		box.hub->look = true;
		box.now++;
		int64_t pause = box.hub->bearers[0].work.paused_mono - clock_mono_ms();
		assert_true(pause <= 60000); /* an alert given now would not wait longer */
		box.hub->bearers[0].work.paused_mono = 0;
		if (hub_box_asked(&box, 0, &ask))
			hub_box_answer(&box, 0, &ask, BEARER_BAD_RECIPIENT);
	}
	assert_int_equal(hub_box_figures(&box, alert).sms_failed, 0);
	/* What is given now is tried at once. */
	hub_box_turn(&box);
	assert_true(box.hub->bearers[0].work.paused_mono > clock_mono_ms());
	assert_false(hub_box_asked(&box, 0, &ask));
	int64_t next = hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	assert_int_equal(hub_box_value(&box, "SELECT message_id FROM outbox WHERE state = 1"), next);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	assert_true(drain(&box, ""));
	assert_int_equal(hub_box_figures(&box, alert).sms_sent, 5);
	hub_box_close(&box);
}

static void a_receipt_may_overtake_the_answer(void **state)
{
	/* A status report, delivered, reference 9, to +393330000001, of 2026-11-21 12:00. */
	static const uint8_t report[] = {0x00, 0x06, 0x09, 0x0C, 0x91, 0x93, 0x33, 0x03, 0x00, 0x00, 0x10, 0x62, 0x11,
		0x12, 0x21, 0x00, 0x00, 0x00, 0x62, 0x11, 0x12, 0x21, 0x00, 0x50, 0x00, 0x00};
	struct hub_box box;
	struct bearer_ask ask, kept;
	struct bearer_tell tell = {.type = BEARER_TELL_RECEIVED, .token = 5};

	(void)state;
	hub_box_open(&box, 1, "", "");
	hub_box_people(&box, 1);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	tell.received.length = sizeof report;
	memcpy(tell.received.octets, report, sizeof report);
	assert_int_equal(bearer_tell_write(box.fds[0], &tell), 0);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &kept));
	assert_int_equal(kept.type, BEARER_ASK_KEPT);
	hub_box_answer(&box, 0, &ask, BEARER_UNKNOWN);
	hub_box_turn(&box);
	assert_int_equal(hub_box_figures(&box, alert).sms_delivered, 1);
	hub_box_pass(&box, 60000);
	hub_box_turn(&box);
	assert_false(hub_box_asked(&box, 0, &ask));
	hub_box_close(&box);
}

static void who_is_erased_in_flight_stays_erased(void **state)
{
	struct hub_box box;
	struct bearer_ask ask;

	(void)state;
	hub_box_open(&box, 1, "", "budget = { recipients_month = 5; };");
	hub_box_people(&box, 2);
	hub_box_message(&box, MESSAGE_ALERT, 2);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	int64_t reply;
	assert_int_equal(db_begin(box.other, &box.err), 0);
	const struct message_reply ciao = {
		.address = "+393330000001", .text = "ciao", .segments = 1, .expires_at = box.now + 1000};
	assert_int_equal(message_create_reply(box.other, &ciao, box.now, &reply, &box.err), 0);
	assert_int_equal(subscriber_forget(box.other, 1, box.now, &box.err), 0);
	assert_int_equal(db_commit(box.other, &box.err), 0);
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	drain(&box, "");
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM attempt"),
		3); /* the part in flight, and the other person's two */
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM outbox WHERE due IS NOT NULL"), 0);
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM sim_recipient"), 1);
	hub_box_close(&box);
}

static void people_behind_a_months_limit_are_found(void **state)
{
	struct hub_box box;

	(void)state;
	hub_box_open(&box, 1, "", "budget = { recipients_month = 3; };");
	hub_box_people(&box, 150);
	/* Only the last three were written to this month. */
	int64_t first = hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_change(&box, "UPDATE outbox SET state = 6, due = NULL WHERE id <= 147");
	drain(&box, "");
	assert_int_equal(hub_box_figures(&box, first).sms_sent, 3);
	int64_t second = hub_box_message(&box, MESSAGE_ALERT, 1);
	drain(&box, "");
	assert_int_equal(hub_box_figures(&box, second).sms_sent, 3);
	hub_box_close(&box);
}

static void a_talkative_bearer_drowns_nobody(void **state)
{
	struct hub_box box;
	struct bearer_ask ask;
	struct bearer_tell call = {.type = BEARER_TELL_CALL};

	(void)state;
	hub_box_open(&box, 2, "", "");
	hub_box_people(&box, 2);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 1, &ask));
	for (int i = 0; i < HUB_EVENTS_MAX + 20; i++)
		assert_int_equal(bearer_tell_write(box.fds[0], &call), 0);
	hub_box_answer(&box, 1, &ask, BEARER_ACCEPTED);
	hub_box_turn(&box);
	for (int i = 0; i < HUB_EVENTS_MAX; i++)
		assert_int_equal(bearer_tell_write(box.fds[0], &call), 0);
	for (int turns = 0; turns < HUB_BEARERS_MAX && hub_box_figures(&box, alert).sms_sent == 0; turns++)
		hub_box_turn(&box);
	assert_int_equal(hub_box_figures(&box, alert).sms_sent, 1);
	hub_box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_asked_before_the_commit),
		cmocka_unit_test(what_failed_to_be_kept_happens_whole_later),
		cmocka_unit_test(one_thing_that_cannot_be_kept_stops_nothing),
		cmocka_unit_test(what_never_left_the_hub_is_not_doubtful),
		cmocka_unit_test(settings_change_under_way),
		cmocka_unit_test(late_answers_count_once),
		cmocka_unit_test(wrong_numbers_are_given_up),
		cmocka_unit_test(a_sim_that_refuses_everybody_loses_nobody),
		cmocka_unit_test(a_receipt_may_overtake_the_answer),
		cmocka_unit_test(who_is_erased_in_flight_stays_erased),
		cmocka_unit_test(people_behind_a_months_limit_are_found),
		cmocka_unit_test(a_talkative_bearer_drowns_nobody),
	};

	return cmocka_run_group_tests_name("hub_turn", tests, NULL, NULL);
}
