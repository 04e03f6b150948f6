/* The AT dialogue in bad company: unsolicited lines everywhere, torn and fused reads, floods, unplugged ports. */
#include "config/clock.h"
#include "tests/unit/at_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- unsolicited lines ---- */

static void test_unsolicited_everywhere(void **state)
{
	static const struct peer_step steps[] = {SEND("\r\n+CMTI: \"SM\",1\r\n"), EXPECT("AT+CMGS=23\r"),
		SEND("\r\n+ZDONR: \"roam\"\r\n\r\n+CMTI: \"SM\",2\r\n\r\n+CMT: ,23\r\n\r\n07918497\r\n> "),
		EXPECT(PDU CTRL_Z), SEND("\r\n+ZPASR: \"x\"\r\n\r\n+CDS: 25\r\n07911326\r\n"),
		SEND("\r\n+CMGS: 142\r\n\r\n+CMTI: \"SM\",3\r\n"), SEND("\r\nOK\r\n\r\n+CDSI: \"SR\",4\r\n"),
		EXPECT("AT\r"), SEND("\r\n+CMTI: \"SM\",5\r\n\r\nOK\r\n"), END};
	static const char *const wanted[] = {"+CMTI: \"SM\",1", "+CMTI: \"SM\",2", "+CMT: ,23\n07918497",
		"+CDS: 25\n07911326", "+CMTI: \"SM\",3", "+CDSI: \"SR\",4", "+CMTI: \"SM\",5"};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_wait(scene.at, -1, clock_mono_ms() + LONG_MS), 1);
	scene_assert_sent_142();
	assert_int_equal(scene_command("AT"), AT_OK);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_string_equal(scene_line(), wanted[i]);
	assert_false(at_take_unsolicited(scene.at, scene.line));
	scene_end();
}

static void test_two_lines(void **state)
{
	static const struct peer_step steps[] = {SEND("+CDS:25\r07911326\r+CMTI: \"SM\",3\r"),
		SEND("\r\n+CMT: \"+39333\",,\"24/01/01,10:00:00+04\"\r\nOK\r\n"),
		SEND("\r\n+CMT: ,23\r\n\r\n+CMTI: \"SM\",4\r\n"), SEND("\r\n+CMT: ,23\r\n0791zz\r\n"),
		SEND("\r\n+CBM: 88\r\n46A0\r\n"),
		SEND("\r\n+CDS: 6,142,\"+39333\",145,\"24/01/01,10:00:00+04\",\"24/01/01,10:00:01+04\",0\r\n"), END};
	static const char *const wanted[] = {"+CDS:25\n07911326", "+CMTI: \"SM\",3",
		"+CMT: \"+39333\",,\"24/01/01,10:00:00+04\"\nOK", "+CMT: ,23", "+CMTI: \"SM\",4", "+CMT: ,23\n0791zz",
		"+CBM: 88\n46A0", "+CDS: 6,142,\"+39333\",145,\"24/01/01,10:00:00+04\",\"24/01/01,10:00:01+04\",0"};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_string_equal(scene_line(), wanted[i]);
	scene_end();
}

/* A PDU line that comes after the next command was written is no echo. */
static void test_two_lines_across_command(void **state)
{
	static const struct peer_step steps[] = {
		SEND("\r\n+CMTI: \"SM\",1\r\n\r\n+CMT: ,23\r\n"), EXPECT("AT\r"), SEND("07918497\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_string_equal(scene_line(), "+CMTI: \"SM\",1");
	assert_int_equal(scene_command("AT"), AT_OK);
	assert_string_equal(scene_line(), "+CMT: ,23\n07918497");
	scene_end();
}

static void test_ussd(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CUSD=1,\"*123#\",15\r"),
		SEND("\r\n+CUSD: 1,\"Credito\r\nOK\n3. altro\",15\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_command("AT+CUSD=1,\"*123#\",15"), AT_OK);
	assert_int_equal(scene.reply.count, 0);
	assert_string_equal(scene_line(), "+CUSD: 1,\"Credito\r\nOK\n3. altro\",15");
	scene_end();
}

/* The closing quote never comes: after two seconds, or at the command's own time-out, the lines are read as lines. */
static void test_ussd_without_end(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CSQ\r"),
		SEND("\r\n+CUSD: 1,\"Credito\r\n+CSQ: 7,99\r\n\r\nOK\r\n"), EXPECT("AT\r"),
		SEND("\r\n+CUSD: 1,\"Credito\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_command(scene.at, "AT+CSQ", NULL, SOON_MS, &scene.reply), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	assert_string_equal(scene_line(), "+CUSD: 1,\"Credito");
	assert_int_equal(scene_command("AT"), AT_OK);
	assert_string_equal(scene_line(), "+CUSD: 1,\"Credito");
	scene_end();
}

/* A quote left open anywhere else swallows nothing. */
static void test_open_quote(void **state)
{
	static const struct peer_step steps[] = {
		EXPECT("AT+COPS?\r"), SEND("\r\n+COPS: 0,0,\"TELE2,0\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_command("AT+COPS?"), AT_OK);
	assert_string_equal(scene.reply.line[0], "+COPS: 0,0,\"TELE2,0");
	scene_end();
}

/* Before a command, what came while idle is no answer to it. */
static void test_stale_final(void **state)
{
	static const struct peer_step steps[] = {SEND("\r\n+CMTI: \"SM\",1\r\n\r\nERROR\r\n"), EXPECT("AT+CSQ\r"),
		SEND("\r\n+CSQ: 3,99\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_wait(scene.at, -1, clock_mono_ms() + LONG_MS), 1);
	assert_int_equal(scene_command("AT+CSQ"), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	scene_end();
}

/* ---- torn, fused, flooded ---- */

static void test_one_octet_per_read(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CMGS=23\r"),
		SLOW("AT+CMGS=23\r\r\n+CMTI: \"SM\",2\r\n\r\n> "), EXPECT(PDU CTRL_Z),
		SLOW("\r\n+CMGS: 142\r\n\r\nOK\r\n\r\n+CDS: 25\r\n07911326\r\n"), EXPECT("AT+CSQ\r"),
		SLOW("\r\n+CSQ: 3,99\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	scene_assert_sent_142();
	assert_int_equal(scene_command("AT+CSQ"), AT_OK);
	assert_string_equal(scene_line(), "+CMTI: \"SM\",2");
	assert_string_equal(scene_line(), "+CDS: 25\n07911326");
	scene_end();
}

static void test_nul_skipped(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT\r"), SEND_OCTETS("\0\0\r\n\0O\0K\0\r\n\0"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_command("AT"), AT_OK);
	scene_end();
}

/* Blanks in front of everything are no line, and hold nothing up. */
static void test_blank_first(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT\r"), SEND(" \r \n\t\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_command("AT"), AT_OK);
	assert_false(at_take_unsolicited(scene.at, scene.line));
	scene_end();
}

/* Chatter drops out, and what matters outlives both it and a crowd of unknown lines. */
static void test_flood(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CMGS=23\r"), SEND("\r\n+CMTI: \"SM\",1\r\n"),
		REPEAT("\r\n^BOOT:61589148,0,0,0,6\r\n\r\n^RSSI: 12\r\n", 500), REPEAT("\r\n+ZUNKNOWN: 5\r\n", 500),
		SEND("\r\n> "), EXPECT(PDU CTRL_Z), REPEAT("\r\n+ZOTHER: 5\r\n", 500),
		SEND("\r\n+CMGS: 142\r\n\r\nOK\r\n"), END};
	struct at_figures figures;
	unsigned count = 0;

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	scene_assert_sent_142();
	assert_string_equal(scene_line(), "+CMTI: \"SM\",1");
	while (at_take_unsolicited(scene.at, scene.line))
		count++;
	assert_int_equal(count, AT_URCS_MAX - 1);
	assert_string_equal(scene.line, "+ZOTHER: 5");
	at_figures(scene.at, &figures);
	assert_int_equal(figures.lines_dropped, 1000 + 1001 - AT_URCS_MAX);
	scene_end();
}

/* A flood without end cannot put off a deadline, and wake_fd is heard through it. */
static void test_flood_and_deadlines(void **state)
{
	static const struct peer_step steps[] = {REPEAT("\r\n^RSSI: 12\r\n", 100000000), IGNORE};
	int64_t began = clock_mono_ms();
	int wake[2];

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_wait(scene.at, -1, began + SOON_MS), 0);
	assert_int_equal(pipe(wake), 0);
	assert_int_equal(write(wake[1], "x", 1), 1);
	assert_int_equal(at_wait(scene.at, wake[0], clock_mono_ms() + LONG_MS), 2);
	assert_int_equal(at_command(scene.at, "AT", NULL, SOON_MS, &scene.reply), AT_TIMEOUT);
	assert_int_equal(at_resync(scene.at, 1), -1);
	assert_true(clock_mono_ms() - began < LONG_MS);
	close(wake[0]);
	close(wake[1]);
	scene_end();
}

static void test_binary_noise(void **state)
{
	static char noise[4096];
	struct peer_step steps[] = {EXPECT("AT+CSQ\r"), {.type = PEER_SEND, .text = noise, .length = sizeof(noise)},
		SEND("\r\n+CSQ: 3,99\r\n\r\nOK\r\n"), EXPECT("AT+CGMI\r"),
		{.type = PEER_SEND, .text = noise, .length = sizeof(noise)}, SEND("\r\nSIMCOM\r\n\r\nOK\r\n"), END};
	struct at_figures figures;

	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * 37 % 251 + (i % 3 == 0 ? 1 : 0));
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_command("AT+CSQ"), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	assert_int_equal(scene_command("AT+CGMI"), AT_OK);
	assert_string_equal(scene.reply.line[scene.reply.count - 1], "SIMCOM");
	at_figures(scene.at, &figures);
	assert_true(figures.lines_dropped > 0);
	assert_true(figures.octets_in > 2 * sizeof(noise));
	scene_end();
}

static void test_overlong_line(void **state)
{
	static char text[3000];
	struct peer_step steps[] = {EXPECT("AT+CSQ\r"), SEND("\r\n"),
		{.type = PEER_SEND, .text = text, .length = sizeof(text)}, SEND("\r\n+CSQ: 3,99\r\n\r\nOK\r\n"), END};

	(void)state;
	memset(text, 'x', sizeof(text));
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_command("AT+CSQ"), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	assert_false(at_take_unsolicited(scene.at, scene.line));
	scene_end();
}

/* ---- gone ---- */

static void hang_up_mid_line(enum peer_kind kind)
{
	static const struct peer_step steps[] = {EXPECT("AT+CSQ\r"), SEND("\r\n+CSQ: 3,9"), HANG_UP};

	scene_begin(kind, steps);
	assert_int_equal(scene_command("AT+CSQ"), AT_GONE);
	assert_true(at_is_gone(scene.at));
	assert_int_equal(scene_command("AT"), AT_GONE);
	assert_int_equal(at_wait(scene.at, -1, clock_mono_ms() + LONG_MS), -1);
	assert_int_equal(at_resync(scene.at, 3), -1);
	scene_end();
}

static void test_hang_up(void **state)
{
	(void)state;
	hang_up_mid_line(PEER_PACKETS);
}

static void test_hang_up_pty(void **state)
{
	(void)state;
	hang_up_mid_line(PEER_PTY);
}

static void test_hang_up_in_send(void **state)
{
	static const struct peer_step before[] = {EXPECT("AT+CMGS=23\r"), HANG_UP};
	static const struct peer_step after[] = {EXPECT("AT+CMGS=23\r"), SEND("\r\n> "), EXPECT(PDU CTRL_Z), HANG_UP};

	(void)state;
	scene_begin(PEER_PACKETS, before);
	assert_int_equal(scene_send_pdu(), AT_GONE);
	assert_false(scene.reply.sent);
	scene_end();
	scene_begin(PEER_PACKETS, after);
	assert_int_equal(scene_send_pdu(), AT_GONE);
	assert_true(scene.reply.sent);
	scene_end();
}

/* What was said before the end is still given out. */
static void test_last_words(void **state)
{
	static const struct peer_step steps[] = {SEND("\r\n+CMTI: \"SM\",1\r\n"), HANG_UP};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_string_equal(scene_line(), "+CMTI: \"SM\",1");
	assert_int_equal(at_wait(scene.at, -1, clock_mono_ms() + LONG_MS), -1);
	scene_end();
}

/* ---- the rest of the contract ---- */

static void test_pty(void **state)
{
	static const struct peer_step steps[] = {
		EXPECT("AT+CMGS=23\r"), SEND("\r\n> "), EXPECT(PDU CTRL_Z), SEND("\r\n+CMGS: 142\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PTY, steps);
	scene_assert_sent_142();
	scene_end();
}

static void test_wait(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT\r"), SEND("\r\nOK\r\n\r\nRING\r\n"), END};
	int wake[2];

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_wait(scene.at, -1, clock_mono_ms() - 1), 0);
	assert_int_equal(pipe(wake), 0);
	assert_int_equal(write(wake[1], "x", 1), 1);
	assert_int_equal(at_wait(scene.at, wake[0], clock_mono_ms() + LONG_MS), 2);
	assert_int_equal(scene_command("AT"), AT_OK);
	assert_int_equal(at_wait(scene.at, wake[0], clock_mono_ms() + LONG_MS), 1);
	assert_true(at_take_unsolicited(scene.at, scene.line));
	assert_string_equal(scene.line, "RING");
	close(wake[0]);
	close(wake[1]);
	scene_end();
}

static void test_pace(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CMGS=23\r"), SEND("\r\n> "), EXPECT(PDU CTRL_Z),
		SEND("\r\n+CMGS: 142\r\n\r\nOK\r\n"), EXPECT("AT\r"), SEND("\r\nOK\r\n"), END};
	int64_t began;

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	at_set_pace(scene.at, 18, 2, 40);
	began = clock_mono_ms();
	scene_assert_sent_142();
	assert_true(clock_mono_ms() - began >= 4);
	began = clock_mono_ms();
	assert_int_equal(scene_command("AT"), AT_OK);
	assert_true(clock_mono_ms() - began >= 39);
	scene_end();
}

static void test_trace(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CPIN=\"1234\"\r"),
		SEND("AT+CPIN=\"1234\"\r\r\n+CPIN: READY\r\n\r\nOK\r\n"), EXPECT("AT+CMGS=23\r"), SEND("\r\n> "),
		EXPECT(PDU CTRL_Z), SEND("\r\n+CMGS: 142\r\n\r\nOK\r\n"), END};
	char *text = NULL;
	size_t size = 0;
	FILE *trace = open_memstream(&text, &size);

	(void)state;
	assert_non_null(trace);
	scene_begin(PEER_PACKETS, steps);
	at_set_trace(scene.at, trace);
	assert_int_equal(scene_command("AT+CPIN=\"1234\""), AT_OK);
	scene_assert_sent_142();
	scene_end();
	assert_int_equal(fclose(trace), 0);
	assert_null(strstr(text, "1234\""));
	assert_non_null(strstr(text, " > AT+CPIN=****\n"));
	assert_non_null(strstr(text, " < +CPIN: READY\n"));
	assert_non_null(strstr(text, " > " PDU "\\x1a\n"));
	assert_non_null(strstr(text, " < >\n"));
	assert_non_null(strstr(text, " < OK\n"));
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unsolicited_everywhere),
		cmocka_unit_test(test_two_lines),
		cmocka_unit_test(test_two_lines_across_command),
		cmocka_unit_test(test_ussd),
		cmocka_unit_test(test_ussd_without_end),
		cmocka_unit_test(test_open_quote),
		cmocka_unit_test(test_stale_final),
		cmocka_unit_test(test_one_octet_per_read),
		cmocka_unit_test(test_nul_skipped),
		cmocka_unit_test(test_blank_first),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_flood_and_deadlines),
		cmocka_unit_test(test_binary_noise),
		cmocka_unit_test(test_overlong_line),
		cmocka_unit_test(test_hang_up),
		cmocka_unit_test(test_hang_up_pty),
		cmocka_unit_test(test_hang_up_in_send),
		cmocka_unit_test(test_last_words),
		cmocka_unit_test(test_pty),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_trace),
	};

	return cmocka_run_group_tests_name("at unsolicited", tests, NULL, NULL);
}
