/* The bearer contract's packets, and the quirk rows. */
#include "modem/bearer.h"
#include "modem/quirks.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int pair[2];

static int pair_open(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair);
}

static int pair_close(void **state)
{
	(void)state;
	close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
	return 0;
}

static void test_ask(void **state)
{
	struct bearer_ask ask = {.type = BEARER_ASK_SEND, .send = {.delivery = 77, .segment = 2, .to = "+391"}}, got;

	(void)state;
	memset(ask.text, 'x', sizeof(ask.text) - 1);
	assert_int_equal(bearer_ask_write(pair[0], &ask), 0);
	strcpy(ask.text, "è");
	assert_int_equal(bearer_ask_write(pair[0], &ask), 0);

	memset(&got, 0xff, sizeof(got));
	assert_int_equal(bearer_ask_read(pair[1], &got), 0);
	assert_int_equal(strlen(got.text), BEARER_TEXT_MAX - 1);
	memset(&got, 0xff, sizeof(got));
	assert_int_equal(bearer_ask_read(pair[1], &got), 0);
	assert_string_equal(got.text, "è");
	assert_int_equal(got.send.delivery, 77);
	assert_string_equal(got.send.to, "+391");
	assert_int_equal(bearer_ask_read(pair[1], &got), -EAGAIN);
}

static void test_tell_each_type(void **state)
{
	struct bearer_tell tell = {.type = BEARER_TELL_RECEIVED, .token = 5}, got;

	(void)state;
	tell.received.length = 3;
	memcpy(tell.received.octets, "abc", 3);
	assert_int_equal(bearer_tell_write(pair[0], &tell), 0);
	memset(&got, 0xff, sizeof(got));
	assert_int_equal(bearer_tell_read(pair[1], &got), 0);
	assert_int_equal(got.token, 5);
	assert_int_equal(got.received.length, 3);
	assert_memory_equal(got.received.octets, "abc\0", 4);
	tell.received.length = BEARER_OCTETS_MAX + 1;
	assert_int_equal(bearer_tell_write(pair[0], &tell), -EINVAL);

	memset(&tell, 0, sizeof(tell));
	tell.type = BEARER_TELL_REPLY;
	tell.last = true;
	strcpy(tell.reply.text, "OK");
	assert_int_equal(bearer_tell_write(pair[0], &tell), 0);
	memset(&got, 0xff, sizeof(got));
	assert_int_equal(bearer_tell_read(pair[1], &got), 0);
	assert_true(got.last);
	assert_string_equal(got.reply.text, "OK");

	for (int type = BEARER_TELL_STATUS; type <= BEARER_TELL_WANTS_PIN; type++) {
		memset(&tell, 0, sizeof(tell));
		tell.type = (enum bearer_tell_type)type;
		assert_int_equal(bearer_tell_write(pair[0], &tell), 0);
		assert_int_equal(bearer_tell_read(pair[1], &got), 0);
		assert_int_equal(got.type, type);
	}
}

static void test_foreign_packets_are_refused(void **state)
{
	struct bearer_tell tell = {.type = BEARER_TELL_STATUS};
	struct bearer_ask ask;
	static const char large[sizeof(struct bearer_ask) + 1];

	(void)state;
	assert_int_equal(send(pair[0], "x", 1, 0), 1);
	assert_int_equal(bearer_ask_read(pair[1], &ask), -EBADMSG);
	assert_int_equal(send(pair[0], large, sizeof(large), 0), (int)sizeof(large));
	assert_int_equal(bearer_ask_read(pair[1], &ask), -EMSGSIZE);
	assert_int_equal(send(pair[0], &tell, offsetof(struct bearer_tell, status) + 4, 0),
		(int)offsetof(struct bearer_tell, status) + 4);
	assert_int_equal(bearer_tell_read(pair[1], &tell), -EBADMSG);
}

static void test_the_other_side_has_gone(void **state)
{
	struct bearer_ask ask = {.type = BEARER_ASK_STOP};

	(void)state;
	close(pair[1]);
	pair[1] = -1;
	assert_int_equal(bearer_ask_write(pair[0], &ask), -EPIPE);
	assert_int_equal(bearer_ask_read(pair[0], &ask), -EPIPE);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(bearer_state_to_string(BEARER_GONE), "gone");
	assert_string_equal(bearer_state_to_string(BEARER_READY), "ready");
	assert_string_equal(bearer_outcome_to_string(BEARER_UNKNOWN), "unknown");
}

static void test_quirk_rows(void **state)
{
	static const struct {
		const char *manufacturer, *model;
		uint16_t vid, pid;
		const char *name, *first_cnmi;
	} cases[] = {
		{"huawei", "E173", 0x12d1, 0x1001, "Huawei E173", "1,1,0,1,0"},
		{"huawei", "E3372", 0x12d1, 0x1506, "Huawei", "1,1,0,1,0"},
		{"Huawei", "E3372-325", 0x3566, 0x2001, "Brovi E3372-325", "2,1,0,1,0"},
		{"QUALCOMM INCORPORATED", "Quectel_M66", 0, 0, "generic", "2,1,0,1,0"},
		{"Quectel_Ltd", "Quectel_M66", 0, 0, "Quectel M", "2,1,0,1,0"},
		{"Quectel", "EM12-G", 0, 0, "Quectel", "2,1,0,1,0"},
		{"SIMCOM_Ltd", "SIMCOM_SIM900", 0, 0, "SIMCom SIM800/900", "2,1,0,1,0"},
		{"SIMCOM INCORPORATED", "SIMCOM_SIM7600E", 0, 0, "SIMCom SIM7x00", "2,1,0,1,0"},
		{"INCORPORATED", "A7670E-FASE", 0, 0, "SIMCom A76xx", "2,1,0,2,0"},
		{"Novatel Wireless", "MC990D", 0, 0, "Novatel", "1,1,0,2,0"},
		{"", "", 0x05c6, 0x6000, "Qualcomm 6000", "1,1,0,1,0"},
		{"", "", 0, 0, "generic", "2,1,0,1,0"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct quirks *row =
			quirks_find(cases[i].manufacturer, cases[i].model, cases[i].vid, cases[i].pid);

		assert_string_equal(row->name, cases[i].name);
		assert_string_equal(quirks_cnmi(row, 0), cases[i].first_cnmi);
	}
	assert_null(quirks_cnmi(quirks_find("", "", 0, 0), 7));
	assert_string_equal(quirks_cnmi(quirks_find("", "", 0, 0), 6), "2,1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ask, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(test_tell_each_type, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(test_foreign_packets_are_refused, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(test_the_other_side_has_gone, pair_open, pair_close),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_quirk_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
