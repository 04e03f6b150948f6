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

/* Rows by WhatsApp: with a phone (P), with a user id alone (U). */
#define P .address = "+393330000001", .channel = OUTBOX_WHATSAPP
#define U .address = "IT.1", .channel = OUTBOX_WHATSAPP
#define WIRED(...)                                                          \
	{                                                                   \
		.name = "whatsapp", .channel = OUTBOX_WHATSAPP, __VA_ARGS__ \
	}
#define WIRED_FREE     WIRED(.ready = true, .free = 9, NO_LIMIT)
#define WIRED_BUSY     WIRED(.ready = true, NO_LIMIT)
#define WIRED_DOWN     WIRED(.free = 9, NO_LIMIT)
#define WIRED_STARTING WIRED(.starting = true, .free = 9, NO_LIMIT)
#define WIRED_PAUSED   WIRED(.ready = true, .free = 9, .paused_until = NOW + 70, NO_LIMIT)
#define WIRED_NEVER    WIRED(.ready = true, .free = 9, .paused_until = INT64_MAX, NO_LIMIT)
#define WIRED_LIMITED  WIRED(.ready = true, .free = 9, .left_alert = INT64_MAX, .left_other = INT64_MAX)

static const struct {
	const char *name;
	struct outbox_row row;
	struct dispatch_bearer bearers[3];
	int count;
	int64_t quiet_until;
	enum dispatch_verb verb;
	enum dispatch_why why;
	int bearer;
	int32_t segment;
	bool repeat;
	int64_t until;
	bool news_fall;
} cases[] = {
	{"a free modem takes an alert", {.kind = MESSAGE_ALERT, .segments = 1}, {M1_FREE}, 1, 0, DISPATCH_SEND,
		DISPATCH_FINE, 0, 0, false, 0, false},
	{"no bearer at all", {.kind = MESSAGE_ALERT, .segments = 1}, {M1_FREE}, 0, 0, DISPATCH_WAIT, DISPATCH_NO_BEARER,
		-1, 0, false, 0, false},
	{"a sick modem is routed around", {.kind = MESSAGE_ALERT, .segments = 1}, {M1_DOWN, M2_FREE}, 2, 0,
		DISPATCH_SEND, DISPATCH_FINE, 1, 0, false, 0, false},
	{"all are busy", {.kind = MESSAGE_ALERT, .segments = 1}, {M1_BUSY, M2_BUSY}, 2, 0, DISPATCH_WAIT, DISPATCH_BUSY,
		-1, 0, false, 0, false},
	{"the only modem is down", {.kind = MESSAGE_ALERT, .segments = 1}, {M1_DOWN}, 1, 0, DISPATCH_WAIT,
		DISPATCH_NO_BEARER, -1, 0, false, 0, false},
	{"expired", {.kind = MESSAGE_ALERT, .segments = 1, .expires_at = NOW}, {M1_FREE}, 1, 0, DISPATCH_GIVE_UP,
		DISPATCH_EXPIRED, -1, 0, false, 0, false},
	{"not yet expired", {.kind = MESSAGE_ALERT, .segments = 1, .expires_at = NOW + 1}, {M1_FREE}, 1, 0,
		DISPATCH_SEND, DISPATCH_FINE, 0, 0, false, 0, false},
	{"quiet hours hold news", {.kind = MESSAGE_NEWS, .segments = 1}, {M1_FREE}, 1, NOW + 5, DISPATCH_WAIT,
		DISPATCH_QUIET, -1, 0, false, NOW + 5, false},
	{"quiet hours hold no alert", {.kind = MESSAGE_ALERT, .segments = 1}, {M1_FREE}, 1, NOW + 5, DISPATCH_SEND,
		DISPATCH_FINE, 0, 0, false, 0, false},
	{"nor an all-clear", {.kind = MESSAGE_CLEAR, .segments = 1}, {M1_FREE}, 1, NOW + 5, DISPATCH_SEND,
		DISPATCH_FINE, 0, 0, false, 0, false},
	{"nor a reply", {.kind = MESSAGE_REPLY, .segments = 1}, {M1_FREE}, 1, NOW + 5, DISPATCH_SEND, DISPATCH_FINE, 0,
		0, false, 0, false},
	{"the second part goes by the same modem", {.kind = MESSAGE_ALERT, .segments = 3, .segment = 1, .bearer = "m2"},
		{M1_FREE, M2_FREE}, 2, 0, DISPATCH_SEND, DISPATCH_FINE, 1, 1, false, 0, false},
	{"and waits for it", {.kind = MESSAGE_ALERT, .segments = 3, .segment = 1, .bearer = "m2"}, {M1_FREE, M2_BUSY},
		2, 0, DISPATCH_WAIT, DISPATCH_BUSY, -1, 0, false, 0, false},
	{"unless that one is down: from the start",
		{.kind = MESSAGE_ALERT, .segments = 3, .segment = 1, .bearer = "m1"}, {M1_DOWN, M2_FREE}, 2, 0,
		DISPATCH_SEND, DISPATCH_FINE, 1, 0, false, 0, false},
	{"or is configured no more", {.kind = MESSAGE_ALERT, .segments = 3, .segment = 2, .bearer = "m9"}, {M1_FREE}, 1,
		0, DISPATCH_SEND, DISPATCH_FINE, 0, 0, false, 0, false},
	{"a refused row tries the other modem", {.kind = MESSAGE_ALERT, .segments = 1, .refusals = 1, .bearer = "m1"},
		{M1_FREE, M2_FREE}, 2, 0, DISPATCH_SEND, DISPATCH_FINE, 1, 0, false, 0, false},
	{"but the same when it is alone", {.kind = MESSAGE_ALERT, .segments = 1, .refusals = 1, .bearer = "m1"},
		{M1_FREE}, 1, 0, DISPATCH_SEND, DISPATCH_FINE, 0, 0, false, 0, false},
	{"an unknown outcome is a repeat",
		{.kind = MESSAGE_ALERT, .segments = 1, .state = OUTBOX_UNKNOWN, .bearer = "m1"}, {M1_FREE}, 1, 0,
		DISPATCH_SEND, DISPATCH_FINE, 0, 0, true, 0, false},
	{"news stops at the reserve", {.kind = MESSAGE_NEWS, .segments = 1},
		{{.name = "m1",
			.ready = true,
			.free = 1,
			.left_alert = 50,
			.left_other = 0,
			.recipient_allowed = true}},
		1, 0, DISPATCH_WAIT, DISPATCH_NO_BUDGET, -1, 0, false, 0, false},
	{"an alert uses it", {.kind = MESSAGE_ALERT, .segments = 1},
		{{.name = "m1",
			.ready = true,
			.free = 1,
			.left_alert = 50,
			.left_other = 0,
			.recipient_allowed = true}},
		1, 0, DISPATCH_SEND, DISPATCH_FINE, 0, 0, false, 0, false},
	{"no message is begun that the budget cannot end", {.kind = MESSAGE_ALERT, .segments = 3},
		{{.name = "m1", .ready = true, .free = 1, .left_alert = 2, .left_other = 2, .recipient_allowed = true}},
		1, 0, DISPATCH_WAIT, DISPATCH_NO_BUDGET, -1, 0, false, 0, false},
	{"its last parts fit", {.kind = MESSAGE_ALERT, .segments = 3, .segment = 1, .bearer = "m1"},
		{{.name = "m1", .ready = true, .free = 1, .left_alert = 2, .left_other = 2, .recipient_allowed = true}},
		1, 0, DISPATCH_SEND, DISPATCH_FINE, 0, 1, false, 0, false},
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
		2, 0, DISPATCH_SEND, DISPATCH_FINE, 1, 0, false, 0, false},
	{"a SIM that may not write to one more person", {.kind = MESSAGE_ALERT, .segments = 1},
		{{.name = "m1", .ready = true, .free = 1, .left_alert = 10, .left_other = 10}, M2_FREE}, 2, 0,
		DISPATCH_SEND, DISPATCH_FINE, 1, 0, false, 0, false},
	{"a paused modem wakes the hub later", {.kind = MESSAGE_ALERT, .segments = 1},
		{{.name = "m1", .ready = true, .free = 1, .paused_until = NOW + 70, NO_LIMIT}}, 1, 0, DISPATCH_WAIT,
		DISPATCH_NO_BEARER, -1, 0, false, NOW + 70, false},
	{"a pause that is over", {.kind = MESSAGE_ALERT, .segments = 1},
		{{.name = "m1", .ready = true, .free = 1, .paused_until = NOW, NO_LIMIT}}, 1, 0, DISPATCH_SEND,
		DISPATCH_FINE, 0, 0, false, 0, false},
	{"a bearer of another channel", {.kind = MESSAGE_ALERT, .segments = 1},
		{{.name = "wa", .channel = OUTBOX_WHATSAPP, .ready = true, .free = 1, NO_LIMIT}}, 1, 0, DISPATCH_WAIT,
		DISPATCH_NO_BEARER, -1, 0, false, 0, false},
	{"WhatsApp takes its own", {.kind = MESSAGE_ALERT, .segments = 3, P}, {WIRED_FREE, M1_FREE}, 2, 0,
		DISPATCH_SEND, DISPATCH_FINE, 0, 0, false, 0, false},
	{"wherever it stands", {.kind = MESSAGE_ALERT, .segments = 1, U}, {M1_FREE, WIRED_FREE}, 2, 0, DISPATCH_SEND,
		DISPATCH_FINE, 1, 0, false, 0, false},
	{"busy is no reason for an SMS", {.kind = MESSAGE_ALERT, .segments = 1, P}, {WIRED_BUSY, M1_FREE}, 2, 0,
		DISPATCH_WAIT, DISPATCH_BUSY, -1, 0, false, 0, false},
	{"nor that it only starts", {.kind = MESSAGE_ALERT, .segments = 1, P}, {WIRED_STARTING, M1_FREE}, 2, 0,
		DISPATCH_WAIT, DISPATCH_BUSY, -1, 0, false, 0, false},
	{"down: an alert falls", {.kind = MESSAGE_ALERT, .segments = 1, P}, {WIRED_DOWN, M1_FREE}, 2, 0,
		DISPATCH_FALL_BACK, DISPATCH_FINE, 1, 0, false, 0, false},
	{"an all-clear too, from its first part",
		{.kind = MESSAGE_CLEAR, .segments = 3, .segment = 2, .bearer = "m1", P}, {WIRED_DOWN, M1_FREE}, 2, 0,
		DISPATCH_FALL_BACK, DISPATCH_FINE, 1, 0, false, 0, false},
	{"turned off: it falls too", {.kind = MESSAGE_ALERT, .segments = 1, P}, {M1_FREE}, 1, 0, DISPATCH_FALL_BACK,
		DISPATCH_FINE, 0, 0, false, 0, false},
	{"down, and the modem busy", {.kind = MESSAGE_ALERT, .segments = 1, P}, {WIRED_DOWN, M1_BUSY}, 2, 0,
		DISPATCH_WAIT, DISPATCH_BUSY, -1, 0, false, 0, false},
	{"down, and the modem too", {.kind = MESSAGE_ALERT, .segments = 1, P}, {WIRED_DOWN, M1_DOWN}, 2, 0,
		DISPATCH_WAIT, DISPATCH_NO_BEARER, -1, 0, false, 0, false},
	{"who has no phone waits", {.kind = MESSAGE_ALERT, .segments = 1, U}, {WIRED_DOWN, M1_FREE}, 2, 0,
		DISPATCH_WAIT, DISPATCH_NO_BEARER, -1, 0, false, 0, false},
	{"news waits for the link", {.kind = MESSAGE_NEWS, .segments = 1, P}, {WIRED_DOWN, M1_FREE}, 2, 0,
		DISPATCH_WAIT, DISPATCH_NO_BEARER, -1, 0, false, 0, false},
	{"unless configured to fall", {.kind = MESSAGE_NEWS, .segments = 1, P}, {WIRED_DOWN, M1_FREE}, 2, 0,
		DISPATCH_FALL_BACK, DISPATCH_FINE, 1, 0, false, 0, true},
	{"but not for who has no phone", {.kind = MESSAGE_NEWS, .segments = 1, U}, {WIRED_DOWN, M1_FREE}, 2, 0,
		DISPATCH_WAIT, DISPATCH_NO_BEARER, -1, 0, false, 0, true},
	{"a reply waits for the link", {.kind = MESSAGE_REPLY, .segments = 1, P}, {WIRED_DOWN, M1_FREE}, 2, 0,
		DISPATCH_WAIT, DISPATCH_NO_BEARER, -1, 0, false, 0, true},
	{"quiet hours hold news there too", {.kind = MESSAGE_NEWS, .segments = 1, P}, {WIRED_FREE, M1_FREE}, 2, NOW + 5,
		DISPATCH_WAIT, DISPATCH_QUIET, -1, 0, false, NOW + 5, true},
	{"account or template refused: an alert falls", {.kind = MESSAGE_ALERT, .segments = 1, P},
		{WIRED_PAUSED, M1_FREE}, 2, 0, DISPATCH_FALL_BACK, DISPATCH_FINE, 1, 0, false, 0, false},
	{"news wakes the hub when it ends", {.kind = MESSAGE_NEWS, .segments = 1, P}, {WIRED_PAUSED, M1_FREE}, 2, 0,
		DISPATCH_WAIT, DISPATCH_NO_BEARER, -1, 0, false, NOW + 70, false},
	{"who has no phone too", {.kind = MESSAGE_ALERT, .segments = 1, U}, {WIRED_PAUSED, M1_FREE}, 2, 0,
		DISPATCH_WAIT, DISPATCH_NO_BEARER, -1, 0, false, NOW + 70, false},
	{"composed without parameters", {.kind = MESSAGE_ALERT, .segments = 1, P}, {WIRED_NEVER, M1_FREE}, 2, 0,
		DISPATCH_FALL_BACK, DISPATCH_FINE, 1, 0, false, 0, false},
	{"beyond the limit an alert falls", {.kind = MESSAGE_ALERT, .segments = 1, P}, {WIRED_LIMITED, M1_FREE}, 2, 0,
		DISPATCH_FALL_BACK, DISPATCH_FINE, 1, 0, false, 0, false},
	{"and news waits", {.kind = MESSAGE_NEWS, .segments = 1, P}, {WIRED_LIMITED, M1_FREE}, 2, 0, DISPATCH_WAIT,
		DISPATCH_NO_BUDGET, -1, 0, false, 0, false},
	{"as does who has no phone", {.kind = MESSAGE_ALERT, .segments = 1, U}, {WIRED_LIMITED, M1_FREE}, 2, 0,
		DISPATCH_WAIT, DISPATCH_NO_BUDGET, -1, 0, false, 0, false},
	{"beyond the limit, and the modem busy", {.kind = MESSAGE_ALERT, .segments = 1, P}, {WIRED_LIMITED, M1_BUSY}, 2,
		0, DISPATCH_WAIT, DISPATCH_BUSY, -1, 0, false, 0, false},
	{"no proof in time: by SMS, as a repeat", {.kind = MESSAGE_ALERT, .segments = 1, .state = OUTBOX_SENT, P},
		{WIRED_FREE, M1_FREE}, 2, 0, DISPATCH_FALL_BACK, DISPATCH_FINE, 1, 0, true, 0, false},
	{"unknown: the same", {.kind = MESSAGE_ALERT, .segments = 1, .state = OUTBOX_UNKNOWN, P}, {WIRED_FREE, M1_FREE},
		2, 0, DISPATCH_FALL_BACK, DISPATCH_FINE, 1, 0, true, 0, false},
	{"never by WhatsApp again", {.kind = MESSAGE_ALERT, .segments = 1, .state = OUTBOX_UNKNOWN, P},
		{WIRED_FREE, M1_DOWN}, 2, 0, DISPATCH_WAIT, DISPATCH_NO_BEARER, -1, 0, false, 0, false},
	{"unproved news that may not fall", {.kind = MESSAGE_NEWS, .segments = 1, .state = OUTBOX_SENT, P},
		{WIRED_FREE, M1_FREE}, 2, 0, DISPATCH_WAIT, DISPATCH_NO_BEARER, -1, 0, false, 0, false},
	{"unknown without a phone: once more", {.kind = MESSAGE_ALERT, .segments = 1, .state = OUTBOX_UNKNOWN, U},
		{WIRED_FREE, M1_FREE}, 2, 0, DISPATCH_SEND, DISPATCH_FINE, 0, 0, true, 0, false},
	{"when the link is there", {.kind = MESSAGE_ALERT, .segments = 1, .state = OUTBOX_UNKNOWN, U},
		{WIRED_DOWN, M1_FREE}, 2, 0, DISPATCH_WAIT, DISPATCH_NO_BEARER, -1, 0, false, 0, false},
	{"past its time by WhatsApp", {.kind = MESSAGE_ALERT, .segments = 1, .expires_at = NOW, P}, {WIRED_FREE}, 1, 0,
		DISPATCH_GIVE_UP, DISPATCH_EXPIRED, -1, 0, false, 0, false},
	{"a fall looks at the SIM's budget", {.kind = MESSAGE_ALERT, .segments = 3, P},
		{WIRED_DOWN, {.name = "m1",
				     .ready = true,
				     .free = 1,
				     .left_alert = 2,
				     .left_other = 2,
				     .recipient_allowed = true}},
		2, 0, DISPATCH_WAIT, DISPATCH_NO_BUDGET, -1, 0, false, 0, false},
	{"and takes the one with more left", {.kind = MESSAGE_ALERT, .segments = 1, P},
		{WIRED_DOWN,
			{.name = "m1",
				.ready = true,
				.free = 1,
				.left_alert = 10,
				.left_other = 10,
				.recipient_allowed = true},
			M2_FREE},
		3, 0, DISPATCH_FALL_BACK, DISPATCH_FINE, 2, 0, false, 0, false},
};

static void dispatch_case(void **state)
{
	size_t i = *(size_t *)*state;
	struct dispatch_policy policy = {.quiet_until = cases[i].quiet_until, .news_fall = cases[i].news_fall};
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
