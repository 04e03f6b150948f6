/* The forecast, by table: what four modems and a link need for so many people, what falls back, what does not fit. */
#include "firmware-host/forecast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define NO_LIMIT INT64_MAX

/* Four modems of 200 ms, the link at 79 messages/s, no limits, rates told. */
static struct forecast_means box(enum forecast_link link)
{
	struct forecast_means means = {.modem_count = 4,
		.modems_measured = true,
		.link = link,
		.pace = 79,
		.rate = 80,
		.limit_left = NO_LIMIT,
		.share = 0.1,
		.fallback_after_s = 90,
		.price_sms = 5000,
		.price_whatsapp = 2480};

	for (int i = 0; i < means.modem_count; i++)
		means.modems[i] = (struct forecast_modem){0.2, NO_LIMIT};
	return means;
}

static struct forecast_work alert(int64_t sms, int64_t whatsapp)
{
	return (struct forecast_work){.sms_segments = sms,
		.whatsapp_people = whatsapp,
		.parts = 1,
		.falling_most = NO_LIMIT,
		.fallback = true,
		.spill = true};
}

/* Never less than `from`, and not so much more that it says nothing. */
static void assert_about(int64_t value, int64_t from, int64_t to)
{
	if (value < from || value > to)
		fail_msg("%lld is not within %lld and %lld", (long long)value, (long long)from, (long long)to);
}

static void test_sms_only(void **state)
{
	struct forecast_means means = box(FORECAST_OFF);
	struct forecast_work work = alert(2000, 0);
	struct forecast f;

	(void)state;
	forecast_make(&means, &work, &f);
	assert_about(f.alive.seconds, 100, 106);
	assert_int_equal(f.alive.seconds, f.dead.seconds);
	assert_int_equal(f.alive.whatsapp_seconds, 0);
	assert_int_equal(f.alive.segments, 2000);
	assert_int_equal(f.sim_left == NO_LIMIT, 1);
	assert_int_equal(f.cost_low, 2000 * 5000);
	assert_int_equal(f.cost_high, f.cost_low);
	/* One segment takes a whole one's time, nothing takes none. */
	work.sms_segments = 1;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.seconds, 1);
	work.sms_segments = 0;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.seconds, 0);
}

/* 2,000 people, 85 of 100 on WhatsApp: 300 by SMS at once (15 s), 1,700 handed over in 22 s, 170 of them fall back, each 90 s
 * behind their own. */
static void test_both_ways(void **state)
{
	struct forecast_means means = box(FORECAST_UP);
	struct forecast_work work = alert(300, 1700);
	struct forecast f;

	(void)state;
	forecast_make(&means, &work, &f);
	assert_ptr_equal(forecast_now(&f), &f.alive);
	assert_about(f.alive.whatsapp_seconds, 22, 23);
	assert_int_equal(f.alive.segments, 470);
	assert_about(f.alive.seconds, 113, 116);
	assert_about(f.alive.sms_seconds, 112, f.alive.seconds);
	/* 90 a second by both ways, until the last is handed over; then nobody, until the first is due by SMS. */
	assert_about(f.alive.reach_ms[0], 11000, 11500);
	assert_about(f.alive.reach_ms[1], 20900, 21700);
	assert_about(f.alive.reach_ms[2], 108000, 111500);
	assert_about(f.alive.reach_ms[3], 111500, 113000);
	assert_about(f.dead.reach_ms[0], 50000, 56000);
	assert_int_equal(f.dead.segments, 2000);
	assert_about(f.dead.seconds, 100, 109);
	assert_int_equal(f.alive.cost_low, 300 * 5000 + 1700 * 2480);
	assert_int_equal(f.alive.cost_high, 470 * 5000 + 1700 * 2480);
	assert_int_equal(f.dead.cost_low, 2000 * 5000);
	assert_int_equal(f.cost_low, f.alive.cost_low);
	assert_int_equal(f.cost_high, f.dead.cost_high);
	/* Three parts each, and SMS-only people that keep the modems busy beyond the deadline. */
	work.parts = 3;
	work.sms_segments = 3000;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.segments, 3000 + 170 * 3);
	assert_about(f.alive.seconds, 175, 186);
	/* The state says which way counts. */
	means.link = FORECAST_DOWN;
	forecast_make(&means, &work, &f);
	assert_ptr_equal(forecast_now(&f), &f.dead);
	means.link = FORECAST_REFUSED;
	forecast_make(&means, &work, &f);
	assert_ptr_equal(forecast_now(&f), &f.dead);
	assert_string_equal(forecast_link_to_string(means.link), "refused");
}

static void test_nobody_falls(void **state)
{
	struct forecast_means means = box(FORECAST_UP);
	struct forecast_work work = alert(0, 79);
	struct forecast f;

	(void)state;
	means.share = 0;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.segments, 0);
	assert_int_equal(f.alive.sms_seconds, 0);
	assert_int_equal(f.alive.whatsapp_seconds, 2);
	assert_int_equal(f.alive.seconds, 92); /* proved by then, or an SMS leaves */
	assert_int_equal(f.dead.segments, 79);
	assert_true(f.dead.seconds >= FORECAST_NOTICE_S + 4);
}

/* The account may write to 200 more: of 500 people 50 cost nothing, so 250 go by SMS, or wait when it is news. */
static void test_limit(void **state)
{
	struct forecast_means means = box(FORECAST_UP);
	struct forecast_work work = alert(100, 500);
	struct forecast f;

	(void)state;
	means.limit_left = 200;
	work.whatsapp_free = 50;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.over_limit, 250);
	assert_int_equal(f.alive.whatsapp_people, 250);
	assert_int_equal(f.alive.segments, 100 + 250 + 25);
	assert_int_equal(f.alive.left_over, 0);
	assert_int_equal(f.dead.over_limit, 0);
	work.spill = work.fallback = false;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.over_limit, 250);
	assert_int_equal(f.alive.left_over, 250);
	assert_int_equal(f.alive.segments, 100);
	assert_int_equal(f.alive.seconds, f.alive.sms_seconds);
	assert_int_equal(f.dead.left_over, 500);
	assert_int_equal(f.dead.segments, 100);
	/* More counted than allowed, after the limit was lowered: nobody new fits. */
	means.limit_left = -30;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.over_limit, 450);
	/* Everybody was written to today already. */
	work.whatsapp_free = 500;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.over_limit, 0);
}

static void test_without_a_number(void **state)
{
	struct forecast_means means = box(FORECAST_UP);
	struct forecast_work work = alert(0, 100);
	struct forecast f;

	(void)state;
	work.whatsapp_only = 7;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.left_over, 0);
	assert_int_equal(f.dead.left_over, 7);
	assert_int_equal(f.dead.segments, 93);
	means.limit_left = 95;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.left_over, 5);
}

/* Two SIMs of 100 and 300 segments: the first ends early, the second alone takes the rest; 50 do not fit. */
static void test_sim_limits(void **state)
{
	struct forecast_means means = box(FORECAST_OFF);
	struct forecast_work work = alert(450, 0);
	struct forecast f;

	(void)state;
	means.modem_count = 2;
	means.modems[0] = (struct forecast_modem){1.0, 100};
	means.modems[1] = (struct forecast_modem){1.0, 300};
	forecast_make(&means, &work, &f);
	assert_int_equal(f.sim_left, 400);
	assert_int_equal(f.alive.segments_short, 50);
	assert_about(f.alive.seconds, 300, 318);
	assert_int_equal(f.cost_high, 400 * 5000);
	assert_about(f.alive.reach_ms[0], 125000, 133000); /* 200 by both, 25 by one alone */
	assert_int_equal(f.alive.reach_ms[1], -1);
	assert_int_equal(f.alive.reach_ms[3], -1);
	work.sms_segments = 200;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.segments_short, 0);
	assert_about(f.alive.seconds, 100, 108);
	means.modems[0].left = means.modems[1].left = 0;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.segments_short, 200);
	assert_int_equal(f.alive.seconds, 0);
	means.modems[1].left = NO_LIMIT;
	forecast_make(&means, &work, &f);
	assert_true(f.sim_left == NO_LIMIT);
	assert_about(f.alive.seconds, 200, 213);
}

/* Modems of unlike pace share the work by it. */
static void test_unlike_modems(void **state)
{
	struct forecast_means means = box(FORECAST_OFF);
	struct forecast_work work = alert(500, 0);
	struct forecast f;

	(void)state;
	means.modem_count = 2;
	means.modems[1].seconds_per_segment = 0.8; /* 5 and 1.25 a second */
	forecast_make(&means, &work, &f);
	assert_about(f.alive.seconds, 80, 86);
	means.modems[1].seconds_per_segment = 0;
	means.modems[0].seconds_per_segment = 0;
	forecast_make(&means, &work, &f);
	assert_about(f.alive.seconds, 1000, 1060);
	means.modem_count = 0;
	forecast_make(&means, &work, &f);
	assert_about(f.alive.seconds, 2000, 2110);
	assert_true(f.seconds_per_segment >= FORECAST_SEGMENT_S);
}

static void test_pace(void **state)
{
	static const struct {
		double measured;
		int32_t rate;
		double pace;
	} cases[] = {{0, 80, 20}, {0, 10, 10}, {79, 80, 79}, {200, 80, 80}, {5, 80, 5}};
	struct forecast_work work = alert(0, 100);
	struct forecast f;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct forecast_means means = box(FORECAST_UP);
		means.pace = cases[i].measured;
		means.rate = cases[i].rate;
		forecast_make(&means, &work, &f);
		assert_true(f.pace >= cases[i].pace && f.pace <= cases[i].pace);
	}
}

/* While it is being sent: what is left, who has been sent to and not proved, and how many may still fall. */
static void test_under_way(void **state)
{
	struct forecast_means means = box(FORECAST_UP);
	struct forecast_work work = alert(20, 0);
	struct forecast f;

	(void)state;
	work.whatsapp_waiting = 100;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.segments, 30);
	assert_int_equal(f.alive.cost_low, 20 * 5000); /* what was sent is paid */
	assert_about(f.alive.seconds, 91, 93);
	work.falling_most = 3;
	forecast_make(&means, &work, &f);
	assert_int_equal(f.alive.segments, 23);
	means.link = FORECAST_DOWN;
	forecast_make(&means, &work, &f);
	assert_int_equal(forecast_now(&f)->segments, 120);
}

/* What is asked of everybody at once and is later in the queue behind others: never sooner than before, and whole at the end. */
static void test_reach_is_monotonous(void **state)
{
	struct forecast f;

	(void)state;
	for (int64_t sms = 0; sms <= 900; sms += 225) {
		for (int64_t wired = 0; wired <= 1600; wired += 400) {
			for (int limit = 0; limit < 2; limit++) {
				struct forecast_means means = box(FORECAST_UP);
				struct forecast_work work = alert(sms * 2, wired);
				work.parts = 2;
				means.limit_left = limit ? 300 : NO_LIMIT;
				forecast_make(&means, &work, &f);
				for (int i = 0; i < FORECAST_QUANTILES; i++) {
					assert_true(i == 0 || f.alive.reach_ms[i] >= f.alive.reach_ms[i - 1]);
					assert_true(i == 0 || f.dead.reach_ms[i] >= f.dead.reach_ms[i - 1]);
				}
				assert_true(f.alive.reach_ms[FORECAST_QUANTILES - 1] >= 0);
				assert_true(f.alive.reach_ms[FORECAST_QUANTILES - 1] <= f.alive.seconds * 1000);
				assert_true(f.dead.reach_ms[FORECAST_QUANTILES - 1] <= f.dead.seconds * 1000);
			}
		}
	}
}

/* A link that is known to be dead is not waited for. */
static void test_known_dead(void **state)
{
	struct forecast_means means = box(FORECAST_UP);
	struct forecast_work work = alert(0, 100);
	struct forecast f;

	(void)state;
	forecast_make(&means, &work, &f);
	int64_t noticed = f.dead.reach_ms[3];
	means.link = FORECAST_DOWN;
	forecast_make(&means, &work, &f);
	assert_about(noticed - f.dead.reach_ms[3], FORECAST_NOTICE_S * 1000 - 10, FORECAST_NOTICE_S * 1000 + 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sms_only),
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_nobody_falls),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_without_a_number),
		cmocka_unit_test(test_sim_limits),
		cmocka_unit_test(test_unlike_modems),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_under_way),
		cmocka_unit_test(test_reach_is_monotonous),
		cmocka_unit_test(test_known_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
