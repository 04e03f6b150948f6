/* The policy, by table: a row, the bearers as they stand, the hour; and what must follow. */
#include "firmware-host/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

enum { NOW = 1000000 };

#define NO_LIMIT .left_alert = INT64_MAX, .left_other = INT64_MAX, .recipient_allowed = true
#define M1_FREE                                                  \
	{                                                        \
		.name = "m1", .ready = true, .free = 1, NO_LIMIT \
	}
#define M2_FREE                                                  \
	{                                                        \
		.name = "m2", .ready = true, .free = 1, NO_LIMIT \
	}
#define M1_BUSY                                                  \
	{                                                        \
		.name = "m1", .ready = true, .free = 0, NO_LIMIT \
	}
#define M2_BUSY                                                  \
	{                                                        \
		.name = "m2", .ready = true, .free = 0, NO_LIMIT \
	}
#define M1_DOWN                                                   \
	{                                                         \
		.name = "m1", .ready = false, .free = 1, NO_LIMIT \
	}

static const struct {
	const char *name;
	struct outbox_row row;
	struct dispatch_bearer bearers[2];
	int count;
	int64_t quiet_until;
	enum dispatch_verb verb;
	enum dispatch_why why;
	int bearer;
	int32_t segment;
	bool repeat;
	int64_t until;
} cases[] = {
	{"a free modem takes an alert", {.kind = MESSAGE_ALERT, .segments = 1}, {M1_FREE}, 1, 0, DISPATCH_SEND,
		DISPATCH_FINE, 0, 0, false, 0},
	{"no bearer at all", {.kind = MESSAGE_ALERT, .segments = 1}, {M1_FREE}, 0, 0, DISPATCH_WAIT, DISPATCH_NO_BEARER,
		-1, 0, false, 0},
	{"a sick modem is routed around", {.kind = MESSAGE_ALERT, .segments = 1}, {M1_DOWN, M2_FREE}, 2, 0,
		DISPATCH_SEND, DISPATCH_FINE, 1, 0, false, 0},
	{"all are busy", {.kind = MESSAGE_ALERT, .segments = 1}, {M1_BUSY, M2_BUSY}, 2, 0, DISPATCH_WAIT, DISPATCH_BUSY,
		-1, 0, false, 0},
	{"the only modem is down", {.kind = MESSAGE_ALERT, .segments = 1}, {M1_DOWN}, 1, 0, DISPATCH_WAIT,
		DISPATCH_NO_BEARER, -1, 0, false, 0},
	{"expired", {.kind = MESSAGE_ALERT, .segments = 1, .expires_at = NOW}, {M1_FREE}, 1, 0, DISPATCH_GIVE_UP,
		DISPATCH_EXPIRED, -1, 0, false, 0},
	{"not yet expired", {.kind = MESSAGE_ALERT, .segments = 1, .expires_at = NOW + 1}, {M1_FREE}, 1, 0,
		DISPATCH_SEND, DISPATCH_FINE, 0, 0, false, 0},
	{"quiet hours hold news", {.kind = MESSAGE_NEWS, .segments = 1}, {M1_FREE}, 1, NOW + 5, DISPATCH_WAIT,
		DISPATCH_QUIET, -1, 0, false, NOW + 5},
	{"quiet hours hold no alert", {.kind = MESSAGE_ALERT, .segments = 1}, {M1_FREE}, 1, NOW + 5, DISPATCH_SEND,
		DISPATCH_FINE, 0, 0, false, 0},
	{"nor an all-clear", {.kind = MESSAGE_CLEAR, .segments = 1}, {M1_FREE}, 1, NOW + 5, DISPATCH_SEND,
		DISPATCH_FINE, 0, 0, false, 0},
	{"nor a reply", {.kind = MESSAGE_REPLY, .segments = 1}, {M1_FREE}, 1, NOW + 5, DISPATCH_SEND, DISPATCH_FINE, 0,
		0, false, 0},
	{"the second part goes by the same modem", {.kind = MESSAGE_ALERT, .segments = 3, .segment = 1, .bearer = "m2"},
		{M1_FREE, M2_FREE}, 2, 0, DISPATCH_SEND, DISPATCH_FINE, 1, 1, false, 0},
	{"and waits for it", {.kind = MESSAGE_ALERT, .segments = 3, .segment = 1, .bearer = "m2"}, {M1_FREE, M2_BUSY},
		2, 0, DISPATCH_WAIT, DISPATCH_BUSY, -1, 0, false, 0},
	{"unless that one is down: from the start",
		{.kind = MESSAGE_ALERT, .segments = 3, .segment = 1, .bearer = "m1"}, {M1_DOWN, M2_FREE}, 2, 0,
		DISPATCH_SEND, DISPATCH_FINE, 1, 0, false, 0},
	{"or is configured no more", {.kind = MESSAGE_ALERT, .segments = 3, .segment = 2, .bearer = "m9"}, {M1_FREE}, 1,
		0, DISPATCH_SEND, DISPATCH_FINE, 0, 0, false, 0},
	{"a refused row tries the other modem", {.kind = MESSAGE_ALERT, .segments = 1, .refusals = 1, .bearer = "m1"},
		{M1_FREE, M2_FREE}, 2, 0, DISPATCH_SEND, DISPATCH_FINE, 1, 0, false, 0},
	{"but the same when it is alone", {.kind = MESSAGE_ALERT, .segments = 1, .refusals = 1, .bearer = "m1"},
		{M1_FREE}, 1, 0, DISPATCH_SEND, DISPATCH_FINE, 0, 0, false, 0},
	{"an unknown outcome is a repeat",
		{.kind = MESSAGE_ALERT, .segments = 1, .state = OUTBOX_UNKNOWN, .bearer = "m1"}, {M1_FREE}, 1, 0,
		DISPATCH_SEND, DISPATCH_FINE, 0, 0, true, 0},
	{"news stops at the reserve", {.kind = MESSAGE_NEWS, .segments = 1},
		{{.name = "m1",
			.ready = true,
			.free = 1,
			.left_alert = 50,
			.left_other = 0,
			.recipient_allowed = true}},
		1, 0, DISPATCH_WAIT, DISPATCH_NO_BUDGET, -1, 0, false, 0},
	{"an alert uses it", {.kind = MESSAGE_ALERT, .segments = 1},
		{{.name = "m1",
			.ready = true,
			.free = 1,
			.left_alert = 50,
			.left_other = 0,
			.recipient_allowed = true}},
		1, 0, DISPATCH_SEND, DISPATCH_FINE, 0, 0, false, 0},
	{"no message is begun that the budget cannot end", {.kind = MESSAGE_ALERT, .segments = 3},
		{{.name = "m1", .ready = true, .free = 1, .left_alert = 2, .left_other = 2, .recipient_allowed = true}},
		1, 0, DISPATCH_WAIT, DISPATCH_NO_BUDGET, -1, 0, false, 0},
	{"its last parts fit", {.kind = MESSAGE_ALERT, .segments = 3, .segment = 1, .bearer = "m1"},
		{{.name = "m1", .ready = true, .free = 1, .left_alert = 2, .left_other = 2, .recipient_allowed = true}},
		1, 0, DISPATCH_SEND, DISPATCH_FINE, 0, 1, false, 0},
	{"the SIM with more left goes first", {.kind = MESSAGE_ALERT, .segments = 1},
		{{.name = "m1",
			 .ready = true,
			 .free = 1,
			 .left_alert = 10,
			 .left_other = 10,
			 .recipient_allowed = true},
			{.name = "m2",
				.ready = true,
				.free = 1,
				.left_alert = 90,
				.left_other = 90,
				.recipient_allowed = true}},
		2, 0, DISPATCH_SEND, DISPATCH_FINE, 1, 0, false, 0},
	{"a SIM that may not write to one more person", {.kind = MESSAGE_ALERT, .segments = 1},
		{{.name = "m1", .ready = true, .free = 1, .left_alert = 10, .left_other = 10}, M2_FREE}, 2, 0,
		DISPATCH_SEND, DISPATCH_FINE, 1, 0, false, 0},
	{"a paused modem wakes the hub later", {.kind = MESSAGE_ALERT, .segments = 1},
		{{.name = "m1", .ready = true, .free = 1, .paused_until = NOW + 70, NO_LIMIT}}, 1, 0, DISPATCH_WAIT,
		DISPATCH_NO_BEARER, -1, 0, false, NOW + 70},
	{"a pause that is over", {.kind = MESSAGE_ALERT, .segments = 1},
		{{.name = "m1", .ready = true, .free = 1, .paused_until = NOW, NO_LIMIT}}, 1, 0, DISPATCH_SEND,
		DISPATCH_FINE, 0, 0, false, 0},
	{"a bearer of another channel", {.kind = MESSAGE_ALERT, .segments = 1},
		{{.name = "wa", .channel = OUTBOX_WHATSAPP, .ready = true, .free = 1, NO_LIMIT}}, 1, 0, DISPATCH_WAIT,
		DISPATCH_NO_BEARER, -1, 0, false, 0},
};

static void dispatch_case(void **state)
{
	size_t i = *(size_t *)*state;
	struct dispatch_policy policy = {.quiet_until = cases[i].quiet_until};
	struct dispatch_decision got = dispatch_decide(&cases[i].row, cases[i].bearers, cases[i].count, &policy, NOW);

	assert_int_equal(got.verb, cases[i].verb);
	assert_int_equal(got.why, cases[i].why);
	assert_int_equal(got.bearer, cases[i].bearer);
	assert_int_equal(got.segment, cases[i].segment);
	assert_int_equal(got.repeat, cases[i].repeat);
	assert_int_equal(got.until, cases[i].until);
}

int main(void)
{
	enum { COUNT = sizeof cases / sizeof *cases };
	static size_t index[COUNT];
	struct CMUnitTest tests[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		index[i] = i;
		tests[i] = (struct CMUnitTest){
			.name = cases[i].name, .test_func = dispatch_case, .initial_state = &index[i]};
	}
	return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
