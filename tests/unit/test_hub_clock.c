/* The clock is set under the hub's feet, by hours and by decades, forward and back: no alert expires or waits for that. */
#include "tests/unit/hub_box.h"

#include "config/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four at the top */
#include <cmocka.h>

#define HOUR  ((int64_t)3600 * 1000)
#define YEAR  (365 * 24 * HOUR)
#define EARLY ((int64_t)50 * 1000) /* of 1970: a clock that was never set */

static struct hub_box box;
static struct bearer_ask ask;

static enum message_stage stage(int64_t id)
{
	static struct message message;

	assert_int_equal(message_get(box.other, id, &message, &box.err), 1);
	return message.stage;
}

static void forward_from_1970(void **state)
{
	(void)state;
	hub_box_open(&box, 1, "", "");
	hub_box_people(&box, 1);
	box.now = EARLY;
	hub_box_state(&box, 0, BEARER_SEARCHING);
	hub_box_turn(&box);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_turn(&box);
	assert_false(hub_box_asked(&box, 0, &ask));

	box.now = (int64_t)BOX_NOW_S * 1000;
	hub_box_turn(&box);
	assert_int_equal(stage(alert), STAGE_OPEN);
	hub_box_state(&box, 0, BEARER_READY);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	assert_true(ask.send.validity_s > 3600);
	hub_box_answer(&box, 0, &ask, BEARER_UNKNOWN);
	hub_box_turn(&box);
	/* Its life is six hours, as if it had been given now. */
	hub_box_pass(&box, 7 * HOUR);
	hub_box_turn(&box);
	assert_int_equal(stage(alert), STAGE_EXPIRED);
	hub_box_close(&box);
}

static void kept_in_1970_while_the_appliance_was_down(void **state)
{
	(void)state;
	hub_box_open(&box, 1, "", "");
	hub_box_people(&box, 1);
	int64_t now = box.now;
	box.now = EARLY;
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	box.now = now;
	hub_box_restart(&box);
	assert_int_equal(stage(alert), STAGE_OPEN);
	assert_true(hub_box_asked(&box, 0, &ask));
	hub_box_close(&box);
}

static void forward_by_some_hours(void **state)
{
	(void)state;
	hub_box_open(&box, 1, "", "");
	hub_box_people(&box, 2);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	box.now += 8 * HOUR;
	hub_box_answer(&box, 0, &ask, BEARER_ACCEPTED);
	hub_box_turn(&box);
	assert_int_equal(stage(alert), STAGE_OPEN);
	assert_true(hub_box_asked(&box, 0, &ask));
	hub_box_answer(&box, 0, &ask, BEARER_RETRY_LATER);
	hub_box_turn(&box);
	hub_box_pass(&box, 5 * HOUR);
	hub_box_turn(&box);
	assert_int_equal(stage(alert), STAGE_OPEN);
	hub_box_pass(&box, 2 * HOUR);
	hub_box_turn(&box);
	assert_int_equal(stage(alert), STAGE_EXPIRED);
	hub_box_close(&box);
}

static void back_by_years(void **state)
{
	static struct message later;

	(void)state;
	hub_box_open(&box, 2, "", "budget = { day = 1; };");
	hub_box_people(&box, 2);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	later = (struct message){.kind = MESSAGE_NEWS,
		.segments = 1,
		.priority = PRIORITY_NEWS,
		.text = "domani",
		.not_before = box.now + 24 * HOUR,
		.expires_at = box.now + 48 * HOUR};
	assert_int_equal(db_begin(box.other, &box.err), 0);
	assert_int_equal(message_create(box.other, &later, false, false, box.now, &box.err), 0);
	assert_int_equal(db_commit(box.other, &box.err), 0);
	hub_box_turn(&box);
	for (int i = 0; i < 2; i++) {
		assert_true(hub_box_asked(&box, i, &ask));
		hub_box_answer(&box, i, &ask, i == 0 ? BEARER_ACCEPTED : BEARER_UNKNOWN);
	}
	hub_box_turn(&box);
	assert_int_equal(hub_budget_left(&box.hub->bearers[0], true), 0);

	box.now -= 10 * YEAR;
	hub_box_turn(&box);
	/* The doubtful one is not repeated in ten years but now, on what another day may cost. */
	assert_true(hub_box_asked(&box, 0, &ask) || hub_box_asked(&box, 1, &ask));
	assert_int_equal(stage(alert), STAGE_OPEN);
	/* What was put off until a date still is. */
	assert_int_equal(hub_box_figures(&box, later.id).sms_queued, 2);
	hub_box_pass(&box, 7 * HOUR);
	hub_box_turn(&box);
	assert_int_equal(stage(alert), STAGE_EXPIRED);
	hub_box_close(&box);
}

static void back_while_the_box_was_off(void **state)
{
	(void)state;
	hub_box_open(&box, 1, "", "");
	hub_box_people(&box, 1);
	int64_t alert = hub_box_message(&box, MESSAGE_ALERT, 1);
	box.now -= 3 * HOUR; /* the last hour that was written down, hours ago */
	hub_box_restart(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	assert_int_equal(stage(alert), STAGE_OPEN);
	hub_box_close(&box);
}

static void a_pause_is_no_matter_of_the_clock(void **state)
{
	(void)state;
	hub_box_open(&box, 1, "", "");
	hub_box_people(&box, 1);
	hub_box_message(&box, MESSAGE_ALERT, 1);
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	hub_box_answer(&box, 0, &ask, BEARER_BARRED);
	hub_box_turn(&box);
	box.now -= 10 * YEAR;
	hub_box_turn(&box);
	assert_true(box.hub->bearers[0].work.paused_mono <= clock_mono_ms() + 3000);
	assert_true(box.hub->next_due <= box.now + 3000);
	hub_box_close(&box);
}

static void quiet_hours_follow_the_clock(void **state)
{
	(void)state;
	hub_box_open(&box, 1, "", "");
	box.hub->settings->news.quiet = (struct settings_hours){.from_min = 11 * 60, .until_min = 13 * 60};
	hub_box_people(&box, 1);
	hub_box_message(&box, MESSAGE_NEWS, 1);
	hub_box_turn(&box);
	assert_false(hub_box_asked(&box, 0, &ask));
	box.now -= 2 * HOUR;
	hub_box_turn(&box);
	assert_true(hub_box_asked(&box, 0, &ask));
	hub_box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forward_from_1970),
		cmocka_unit_test(kept_in_1970_while_the_appliance_was_down),
		cmocka_unit_test(forward_by_some_hours),
		cmocka_unit_test(back_by_years),
		cmocka_unit_test(back_while_the_box_was_off),
		cmocka_unit_test(a_pause_is_no_matter_of_the_clock),
		cmocka_unit_test(quiet_hours_follow_the_clock),
	};

	return cmocka_run_group_tests_name("hub_clock", tests, NULL, NULL);
}
