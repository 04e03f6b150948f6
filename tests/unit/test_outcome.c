/* What a bearer's answer makes of a row, by table; and the back-off. */
#include "firmware-host/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

enum { NOW = 5000000, UNKNOWN_AFTER = 20000, FALLBACK_AFTER = 90000, DUE = 4000000 };

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

/* By WhatsApp: what is left there, and what goes on by SMS. */
#define PHONE "+393330000001"
#define USER  "IT.13491208655302741918"

static const struct {
	const char *name;
	enum message_kind kind;
	const char *address;
	int32_t refusals;
	enum bearer_outcome outcome;
	int32_t code;
	bool news_fall, news_never;
	enum outbox_state state;
	enum outbox_channel channel;
	enum outbox_wired wired;
	int64_t due;
} wired_cases[] = {
	{"an accepted alert waits for its proof", MESSAGE_ALERT, PHONE, 0, BEARER_ACCEPTED, 0, 0, 0, OUTBOX_SENT,
		OUTBOX_WHATSAPP, WIRED_UNPROVED, NOW + FALLBACK_AFTER},
	{"who has no phone has nothing to wait for", MESSAGE_ALERT, USER, 0, BEARER_ACCEPTED, 0, 0, 0, OUTBOX_SENT,
		OUTBOX_WHATSAPP, WIRED_UNPROVED, 0},
	{"news does not fall", MESSAGE_NEWS, PHONE, 0, BEARER_ACCEPTED, 0, 0, 0, OUTBOX_SENT, OUTBOX_WHATSAPP,
		WIRED_UNPROVED, 0},
	{"unless configured so", MESSAGE_NEWS, PHONE, 0, BEARER_ACCEPTED, 0, 1, 0, OUTBOX_SENT, OUTBOX_WHATSAPP,
		WIRED_UNPROVED, NOW + FALLBACK_AFTER},
	{"a held alert goes by SMS at once", MESSAGE_ALERT, PHONE, 0, BEARER_HELD, 0, 0, 0, OUTBOX_UNKNOWN,
		OUTBOX_WHATSAPP, WIRED_HELD, NOW},
	{"held news waits", MESSAGE_NEWS, PHONE, 0, BEARER_HELD, 0, 0, 0, OUTBOX_UNKNOWN, OUTBOX_WHATSAPP, WIRED_HELD,
		0},
	{"a time-out is unknown until the deadline", MESSAGE_ALERT, PHONE, 0, BEARER_UNKNOWN, 0, 0, 0, OUTBOX_UNKNOWN,
		OUTBOX_WHATSAPP, WIRED_UNKNOWN, NOW + FALLBACK_AFTER},
	{"news of unknown outcome is left", MESSAGE_NEWS, PHONE, 0, BEARER_UNKNOWN, 0, 0, 0, OUTBOX_UNKNOWN,
		OUTBOX_WHATSAPP, WIRED_UNKNOWN, 0},
	{"not on WhatsApp: by SMS", MESSAGE_ALERT, PHONE, 0, BEARER_BAD_RECIPIENT, 131026, 0, 0, OUTBOX_QUEUED,
		OUTBOX_SMS, WIRED_FAILED, NOW},
	{"news too", MESSAGE_NEWS, PHONE, 0, BEARER_BAD_RECIPIENT, 131026, 0, 0, OUTBOX_QUEUED, OUTBOX_SMS,
		WIRED_FAILED, NOW},
	{"but never when news never go by SMS", MESSAGE_NEWS, PHONE, 0, BEARER_BAD_RECIPIENT, 131026, 0, 1,
		OUTBOX_FAILED, OUTBOX_WHATSAPP, WIRED_FAILED, 0},
	{"nobody's phone: failed", MESSAGE_ALERT, USER, 0, BEARER_BAD_RECIPIENT, 131026, 0, 0, OUTBOX_FAILED,
		OUTBOX_WHATSAPP, WIRED_FAILED, 0},
	{"a payload fault: by SMS", MESSAGE_ALERT, PHONE, 0, BEARER_BAD_MESSAGE, 131009, 0, 0, OUTBOX_QUEUED,
		OUTBOX_SMS, WIRED_FAILED, NOW},
	{"a template fault is dispatch's to see", MESSAGE_ALERT, PHONE, 0, BEARER_BAD_TEMPLATE, 132015, 0, 0,
		OUTBOX_QUEUED, OUTBOX_WHATSAPP, WIRED_NOTHING, NOW},
	{"an account fault too", MESSAGE_NEWS, PHONE, 0, BEARER_BARRED, 190, 0, 0, OUTBOX_QUEUED, OUTBOX_WHATSAPP,
		WIRED_NOTHING, NOW},
	{"given back: offered again in a moment", MESSAGE_ALERT, PHONE, 0, BEARER_NOT_SENT, 0, 0, 0, OUTBOX_QUEUED,
		OUTBOX_WHATSAPP, WIRED_NOTHING, NOW + 200},
	{"a passing refusal is tried again", MESSAGE_ALERT, PHONE, 0, BEARER_RETRY_SOON, 131000, 0, 0, OUTBOX_QUEUED,
		OUTBOX_WHATSAPP, WIRED_NOTHING, NOW + 2000},
	{"not for ever", MESSAGE_ALERT, PHONE, 2, BEARER_RETRY_SOON, 131000, 0, 0, OUTBOX_QUEUED, OUTBOX_SMS,
		WIRED_FAILED, NOW},
	{"an alert does not wait half a minute", MESSAGE_ALERT, PHONE, 0, BEARER_RETRY_LATER, 131016, 0, 0,
		OUTBOX_QUEUED, OUTBOX_SMS, WIRED_FAILED, NOW},
	{"news does", MESSAGE_NEWS, PHONE, 0, BEARER_RETRY_LATER, 131016, 0, 0, OUTBOX_QUEUED, OUTBOX_WHATSAPP,
		WIRED_NOTHING, NOW + 30000},
	{"marketing not delivered: a day later", MESSAGE_NEWS, PHONE, 0, BEARER_RETRY_LATER, 131049, 0, 0,
		OUTBOX_QUEUED, OUTBOX_WHATSAPP, WIRED_NOTHING, NOW + 86400000},
	{"who has no phone is tried for as long as an alert lives", MESSAGE_ALERT, USER, 0, BEARER_RETRY_LATER, 131016,
		0, 0, OUTBOX_QUEUED, OUTBOX_WHATSAPP, WIRED_NOTHING, NOW + 30000},
	{"with back-off", MESSAGE_ALERT, USER, 40, BEARER_RETRY_SOON, 131000, 0, 0, OUTBOX_QUEUED, OUTBOX_WHATSAPP,
		WIRED_NOTHING, NOW + 300000},
	{"news to them is not", MESSAGE_NEWS, USER, 4, BEARER_RETRY_LATER, 131016, 0, 0, OUTBOX_FAILED, OUTBOX_WHATSAPP,
		WIRED_FAILED, 0},
	{"unknown without a phone: once more at the deadline", MESSAGE_ALERT, USER, 0, BEARER_UNKNOWN, 0, 0, 0,
		OUTBOX_UNKNOWN, OUTBOX_WHATSAPP, WIRED_UNKNOWN, NOW + FALLBACK_AFTER},
	{"news of unknown outcome to them is left", MESSAGE_NEWS, USER, 0, BEARER_UNKNOWN, 0, 1, 0, OUTBOX_UNKNOWN,
		OUTBOX_WHATSAPP, WIRED_UNKNOWN, 0},
	{"who stopped news there does not get it by SMS", MESSAGE_NEWS, PHONE, 0, BEARER_BAD_RECIPIENT, 131050, 1, 0,
		OUTBOX_FAILED, OUTBOX_WHATSAPP, WIRED_FAILED, 0},
	{"who is in an experiment does", MESSAGE_NEWS, PHONE, 0, BEARER_BAD_RECIPIENT, 130472, 0, 0, OUTBOX_QUEUED,
		OUTBOX_SMS, WIRED_FAILED, NOW},
	{"a reply has no template to be refused", MESSAGE_REPLY, PHONE, 0, BEARER_BAD_TEMPLATE, 132000, 0, 0,
		OUTBOX_QUEUED, OUTBOX_SMS, WIRED_FAILED, NOW},
	{"a reply outside its window goes by SMS", MESSAGE_REPLY, PHONE, 0, BEARER_BAD_MESSAGE, 131047, 0, 0,
		OUTBOX_QUEUED, OUTBOX_SMS, WIRED_FAILED, NOW},
};

static void wired_case(void **state)
{
	size_t i = *(size_t *)*state;
	struct outbox_row row = {.id = 7,
		.kind = wired_cases[i].kind,
		.channel = OUTBOX_WHATSAPP,
		.segments = 3,
		.refusals = wired_cases[i].refusals,
		.round = 1,
		.due = DUE,
		.state = OUTBOX_SENDING};
	struct bearer_result result = {.delivery = 7,
		.attempt = 3,
		.outcome = wired_cases[i].outcome,
		.code = wired_cases[i].code,
		.receipt = true,
		.reference = -1};
	struct outcome_policy policy = {.unknown_after_ms = UNKNOWN_AFTER,
		.fallback_after_ms = FALLBACK_AFTER,
		.news_fall = wired_cases[i].news_fall,
		.news_sms = !wired_cases[i].news_never};

	(void)snprintf(row.address, sizeof row.address, "%s", wired_cases[i].address);
	struct outbox_outcome got = outcome_decide(&row, &result, false, &policy, NOW);
	assert_int_equal(got.state, wired_cases[i].state);
	assert_int_equal(got.channel, wired_cases[i].channel);
	assert_int_equal(got.wired, wired_cases[i].wired);
	assert_int_equal(got.due, wired_cases[i].due);
	assert_int_equal(got.segment, 0);
}

/* Accepted is not delivered: the count of refusals goes on. By SMS it begins anew. */
static void refusals_outlive_an_acceptance_by_whatsapp(void **state)
{
	struct outbox_row row = {.id = 7,
		.kind = MESSAGE_ALERT,
		.channel = OUTBOX_WHATSAPP,
		.segments = 1,
		.refusals = 2,
		.address = PHONE};
	struct bearer_result result = {.delivery = 7, .attempt = 3, .outcome = BEARER_ACCEPTED, .receipt = true};
	struct outcome_policy policy = {.unknown_after_ms = UNKNOWN_AFTER, .fallback_after_ms = FALLBACK_AFTER};

	(void)state;
	struct outbox_outcome got = outcome_decide(&row, &result, false, &policy, NOW);
	assert_int_equal(got.refusals, 2);
	got = outcome_whatsapp_refused(&row, 3, BEARER_RETRY_SOON, 131000, "", &policy, NOW);
	assert_int_equal(got.channel, OUTBOX_SMS);
	assert_int_equal(got.refusals, 0);
	/* At once by SMS as well is no reason to repeat to who has none. */
	policy.fallback_after_ms = 0;
	result.outcome = BEARER_UNKNOWN;
	snprintf(row.address, sizeof row.address, USER);
	got = outcome_decide(&row, &result, false, &policy, NOW);
	assert_int_equal(got.due, NOW + UNKNOWN_AFTER);
}

static void proof_ends_an_sms(void **state)
{
	struct outbox_row row = {.id = 7, .kind = MESSAGE_ALERT, .segments = 1, .wired = WIRED_DELIVERED};
	struct bearer_result result = {.delivery = 7, .attempt = 3, .outcome = BEARER_RETRY_SOON, .reference = -1};
	struct outcome_policy policy = {.unknown_after_ms = UNKNOWN_AFTER};

	(void)state;
	struct outbox_outcome got = outcome_decide(&row, &result, false, &policy, NOW);
	assert_int_equal(got.state, OUTBOX_DELIVERED);
	assert_int_equal(got.due, 0);
	result.outcome = BEARER_ACCEPTED;
	got = outcome_decide(&row, &result, false, &policy, NOW);
	assert_int_equal(got.state, OUTBOX_SENT);
	assert_int_equal(got.wired, WIRED_DELIVERED);
}

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
	enum { COUNT = sizeof cases / sizeof *cases, WIRED = sizeof wired_cases / sizeof *wired_cases };
	static size_t index[COUNT], wired[WIRED];
	struct CMUnitTest tests[COUNT + WIRED + 3];

	for (size_t i = 0; i < COUNT; i++) {
		index[i] = i;
		tests[i] = (struct CMUnitTest){
			.name = cases[i].name, .test_func = outcome_case, .initial_state = &index[i]};
	}
	for (size_t i = 0; i < WIRED; i++) {
		wired[i] = i;
		tests[COUNT + i] = (struct CMUnitTest){
			.name = wired_cases[i].name, .test_func = wired_case, .initial_state = &wired[i]};
	}
	tests[COUNT + WIRED] = (struct CMUnitTest)cmocka_unit_test(back_off_grows);
	tests[COUNT + WIRED + 1] = (struct CMUnitTest)cmocka_unit_test(proof_ends_an_sms);
	tests[COUNT + WIRED + 2] = (struct CMUnitTest)cmocka_unit_test(refusals_outlive_an_acceptance_by_whatsapp);
	return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
