/* The pace of sending, on a clock of the test's own. */
#include "modem/whatsapp_pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TO    "+393331234567"
#define OTHER "+393331234568"

/* Whoever sends whenever it may sends the rate, and never more than it with a tenth of a second's worth in hand. */
static void test_rate(void **state)
{
	static const int32_t rates[] = {1, 3, 20, 80, 1000, 10000};

	(void)state;
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		int32_t rate = rates[i], burst = rate / 10 > 1 ? rate / 10 : 1;
		int64_t now = 5000, end = now + 20000, sent = 0;
		struct pace pace;

		pace_init(&pace, rate, now);
		while (now < end) {
			sent += pace_take(&pace, now);
			assert_true(sent * 1000 <= burst * INT64_C(1000) + (now - 5000) * rate);
			int64_t next = pace_next(&pace, now);
			assert_true(next >= now && next <= now + 1000);
			now = next;
		}
		assert_in_range(sent, 20 * rate, 20 * rate + burst);
	}
}

static void test_rest_is_not_saved_up(void **state)
{
	struct pace pace;
	int sent = 0;

	(void)state;
	pace_init(&pace, 80, 0);
	while (pace_take(&pace, INT64_C(1) << 40))
		sent++;
	assert_int_equal(sent, 8);
	assert_false(pace_take(&pace, 0)); /* a clock that stood still */
}

static void test_pair_burst(void **state)
{
	static struct pairs pairs;
	int64_t now = 1000000;

	(void)state;
	memset(&pairs, 0, sizeof pairs);
	for (int i = 0; i < PAIR_BURST; i++) {
		assert_true(pair_may(&pairs, TO, now));
		pair_sent(&pairs, TO, now);
	}
	assert_false(pair_may(&pairs, TO, now));
	assert_true(pair_may(&pairs, OTHER, now));
	assert_false(pair_may(&pairs, TO, now + PAIR_EVERY_MS - 1));
	assert_true(pair_may(&pairs, TO, now + PAIR_EVERY_MS));
	pair_sent(&pairs, TO, now + PAIR_EVERY_MS);
	assert_false(pair_may(&pairs, TO, now + PAIR_EVERY_MS));
}

static void test_pair_refused(void **state)
{
	static const int64_t pauses_s[] = {1, 4, 16, 64, 256, 1024, 4096, 4096};
	static struct pairs pairs;
	int64_t now = 1000;

	(void)state;
	memset(&pairs, 0, sizeof pairs);
	for (size_t i = 0; i < sizeof pauses_s / sizeof *pauses_s; i++) {
		pair_refused(&pairs, TO, now);
		assert_false(pair_may(&pairs, TO, now + pauses_s[i] * 1000 - 1));
		assert_true(pair_may(&pairs, OTHER, now));
		now += pauses_s[i] * 1000;
		assert_true(pair_may(&pairs, TO, now));
	}
	pair_accepted(&pairs, TO);
	pair_refused(&pairs, TO, now);
	assert_true(pair_may(&pairs, TO, now + 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_rest_is_not_saved_up),
		cmocka_unit_test(test_pair_burst),
		cmocka_unit_test(test_pair_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
