/* What a bearer's answer makes of a row, by table; and the back-off. */
#include "firmware-host/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

enum { NOW = 5000000, UNKNOWN_AFTER = 20000, DUE = 4000000 };

static const struct {
	const char *name;
	enum message_kind kind;
	int32_t segments, segment, refusals;
	enum bearer_outcome outcome;
	bool receipt, suspect;
	enum outbox_state state;
	enum attempt_state attempt;
	int64_t due;
	int32_t next_segment, next_refusals;
} cases[] = {
	{"accepted, a receipt will come", MESSAGE_ALERT, 1, 0, 0, BEARER_ACCEPTED, true, false, OUTBOX_SENT,
		ATTEMPT_AWAITING, 0, 1, 0},
	{"accepted, no receipts", MESSAGE_ALERT, 1, 0, 0, BEARER_ACCEPTED, false, false, OUTBOX_SENT, ATTEMPT_ACCEPTED,
		0, 1, 0},
	{"the next part keeps its place", MESSAGE_ALERT, 3, 1, 2, BEARER_ACCEPTED, true, false, OUTBOX_QUEUED,
		ATTEMPT_AWAITING, DUE, 2, 0},
	{"not sent goes back at once", MESSAGE_NEWS, 1, 0, 1, BEARER_NOT_SENT, false, false, OUTBOX_QUEUED,
		ATTEMPT_FAILED, NOW, 0, 1},
	{"barred: another may", MESSAGE_NEWS, 1, 0, 1, BEARER_BARRED, false, false, OUTBOX_QUEUED, ATTEMPT_FAILED, NOW,
		0, 1},
	{"a bad template: another may", MESSAGE_ALERT, 1, 0, 1, BEARER_BAD_TEMPLATE, false, false, OUTBOX_QUEUED,
		ATTEMPT_FAILED, NOW, 0, 1},
	{"a held alert does not wait", MESSAGE_ALERT, 1, 0, 0, BEARER_HELD, true, false, OUTBOX_UNKNOWN,
		ATTEMPT_UNKNOWN, NOW, 0, 0},
	{"held news does", MESSAGE_NEWS, 1, 0, 0, BEARER_HELD, true, false, OUTBOX_UNKNOWN, ATTEMPT_UNKNOWN, 0, 0, 0},
	{"soon", MESSAGE_ALERT, 1, 0, 0, BEARER_RETRY_SOON, false, false, OUTBOX_QUEUED, ATTEMPT_FAILED, NOW + 2000, 0,
		1},
	{"soon, the third time", MESSAGE_NEWS, 1, 0, 2, BEARER_RETRY_SOON, false, false, OUTBOX_QUEUED, ATTEMPT_FAILED,
		NOW + 8000, 0, 3},
	{"soon, the fourth is later", MESSAGE_NEWS, 1, 0, 3, BEARER_RETRY_SOON, false, false, OUTBOX_QUEUED,
		ATTEMPT_FAILED, NOW + 3600000, 0, 4},
	{"later for news", MESSAGE_NEWS, 1, 0, 0, BEARER_RETRY_LATER, false, false, OUTBOX_QUEUED, ATTEMPT_FAILED,
		NOW + 60000, 0, 1},
	{"news gives up", MESSAGE_NEWS, 1, 0, 4, BEARER_RETRY_LATER, false, false, OUTBOX_FAILED, ATTEMPT_FAILED, 0, 0,
		5},
	{"a reply too", MESSAGE_REPLY, 1, 0, 4, BEARER_RETRY_LATER, false, false, OUTBOX_FAILED, ATTEMPT_FAILED, 0, 0,
		5},
	{"later for an alert is sooner", MESSAGE_ALERT, 1, 0, 0, BEARER_RETRY_LATER, false, false, OUTBOX_QUEUED,
		ATTEMPT_FAILED, NOW + 3000, 0, 1},
	{"an alert never gives up", MESSAGE_CLEAR, 1, 0, 40, BEARER_RETRY_LATER, false, false, OUTBOX_QUEUED,
		ATTEMPT_FAILED, NOW + 300000, 0, 41},
	{"the recipient is wrong", MESSAGE_ALERT, 1, 0, 0, BEARER_BAD_RECIPIENT, false, false, OUTBOX_FAILED,
		ATTEMPT_FAILED, 0, 0, 0},
	{"unless the SIM is", MESSAGE_ALERT, 1, 0, 0, BEARER_BAD_RECIPIENT, false, true, OUTBOX_QUEUED, ATTEMPT_FAILED,
		NOW, 0, 0},
	{"the text is wrong", MESSAGE_NEWS, 2, 1, 0, BEARER_BAD_MESSAGE, false, false, OUTBOX_FAILED, ATTEMPT_FAILED, 0,
		1, 0},
	{"an alert of unknown outcome waits for its receipt", MESSAGE_ALERT, 1, 0, 0, BEARER_UNKNOWN, false, false,
		OUTBOX_UNKNOWN, ATTEMPT_UNKNOWN, NOW + UNKNOWN_AFTER, 0, 0},
	{"an all-clear too", MESSAGE_CLEAR, 1, 0, 0, BEARER_UNKNOWN, false, false, OUTBOX_UNKNOWN, ATTEMPT_UNKNOWN,
		NOW + UNKNOWN_AFTER, 0, 0},
	{"news is never repeated", MESSAGE_NEWS, 1, 0, 0, BEARER_UNKNOWN, false, false, OUTBOX_UNKNOWN, ATTEMPT_UNKNOWN,
		0, 0, 0},
};

static void outcome_case(void **state)
{
	size_t i = *(size_t *)*state;
	struct outbox_row row = {.id = 7,
		.kind = cases[i].kind,
		.segments = cases[i].segments,
		.segment = cases[i].segment,
		.refusals = cases[i].refusals,
		.round = 1,
		.due = DUE,
		.state = OUTBOX_SENDING};
	struct bearer_result result = {
		.delivery = 7, .attempt = 3, .outcome = cases[i].outcome, .receipt = cases[i].receipt, .reference = 42};
	struct outcome_policy policy = {.unknown_after_ms = UNKNOWN_AFTER};
	struct outbox_outcome got = outcome_decide(&row, &result, cases[i].suspect, &policy, NOW);

	assert_int_equal(got.id, 7);
	assert_int_equal(got.attempt, 3);
	assert_int_equal(got.mr, 42);
	assert_int_equal(got.state, cases[i].state);
	assert_int_equal(got.attempt_state, cases[i].attempt);
	assert_int_equal(got.due, cases[i].due);
	assert_int_equal(got.segment, cases[i].next_segment);
	assert_int_equal(got.refusals, cases[i].next_refusals);
}

static void back_off_grows(void **state)
{
	(void)state;
	for (int alert = 0; alert < 2; alert++) {
		for (int32_t n = 1; n < 20; n++) {
			int64_t one = outcome_back_off(alert, BEARER_RETRY_LATER, n);
			int64_t next = outcome_back_off(alert, BEARER_RETRY_LATER, n + 1);
			assert_true(next == -1 || next >= one);
			assert_true(!alert || next > 0);
		}
	}
	assert_int_equal(outcome_back_off(false, BEARER_RETRY_LATER, 5), -1);
}

int main(void)
{
	enum { COUNT = sizeof cases / sizeof *cases };
	static size_t index[COUNT];
	struct CMUnitTest tests[COUNT + 1];

	for (size_t i = 0; i < COUNT; i++) {
		index[i] = i;
		tests[i] = (struct CMUnitTest){
			.name = cases[i].name, .test_func = outcome_case, .initial_state = &index[i]};
	}
	tests[COUNT] = (struct CMUnitTest)cmocka_unit_test(back_off_grows);
	return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
