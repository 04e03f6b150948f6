/* The AT dialogue against a scripted modem: what is final, what is never written, what is never mistaken. */
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

/* ---- final results ---- */

struct final_case {
	const char *command, *final;
	enum at_result result;
	int code;
};

static const struct final_case final_cases[] = {
	{"AT", "OK", AT_OK, -1},
	{"AT", "ok", AT_OK, -1},
	{"AT", "ERROR", AT_ERROR, -1},
	{"AT", "error", AT_ERROR, -1},
	{"AT+CMGD=3", "+CMS ERROR: 321", AT_CMS_ERROR, 321},
	{"AT+CMGD=3", "+cms error: 321", AT_CMS_ERROR, 321},
	{"AT+CMGD=3", "+CMS ERROR:500", AT_CMS_ERROR, 500},
	{"AT+CMGD=3", "+CMS ERROR: ", AT_CMS_ERROR, -1},
	{"AT+CMGD=3", "+CMS ERROR:", AT_CMS_ERROR, -1},
	{"AT+CMGD=3", "+CMS ERROR: raspberry", AT_CMS_ERROR, -1},
	{"AT+CPIN?", "+CME ERROR: 14", AT_CME_ERROR, 14},
	{"AT+CPIN?", "+CME ERROR:", AT_CME_ERROR, -1},
	{"AT+CPIN?", "+CME ERROR: SIM busy", AT_CME_ERROR, 14},
	{"AT^CPIN?", "COMMAND NOT SUPPORT", AT_ERROR, -1},
	{"AT+CSQ", "MODEM ERROR: 5", AT_ERROR, -1},
	{"AT+CSQ", "NA", AT_ERROR, -1},
	{"AT+CSQ", "TOO MANY PARAMETERS", AT_ERROR, -1},
	{"AT+CNUM", "ERROR+CNUM:", AT_ERROR, -1},
	{"AT+CSQ", "+EXT ERROR: 7", AT_ERROR, -1},
	{"ATD+391234;", "NO CARRIER", AT_NO_CARRIER, -1},
	{"ATD+391234;", "BUSY", AT_NO_CARRIER, -1},
	{"ATA", "NO ANSWER", AT_NO_CARRIER, -1},
	{"ATH", "NO DIALTONE", AT_NO_CARRIER, -1},
	{"ATH", "NO DIAL TONE", AT_NO_CARRIER, -1},
	{"ATD*99#", "CONNECT 9600", AT_OK, -1},
};

static void test_final(void **state)
{
	const struct final_case *wanted = *state;
	char written[64], answer[128];
	const struct peer_step steps[] = {EXPECT(written), SEND(answer), END};

	(void)snprintf(written, sizeof(written), "%s\r", wanted->command);
	(void)snprintf(answer, sizeof(answer), "\r\n%s\r\n", wanted->final);
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_command(wanted->command), wanted->result);
	assert_int_equal(scene.reply.code, wanted->code);
	assert_memory_equal(scene.reply.final, wanted->final, strlen(scene.reply.final));
	assert_int_equal(scene.reply.count, 0);
	scene_end();
}

/* A line that only contains a final result, or is one of a call, ends nothing. */
static void test_not_final(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CSQ\r"),
		SEND("\r\nNO CARRIER\r\n\r\nBUSY\r\n\r\nOK THEN\r\n\r\nMODEM ERROR: apple\r\n\r\n+CSQ: "
		     "11,99\r\n\r\nOK\r\n"),
		END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_command("AT+CSQ"), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	assert_string_equal(scene.reply.line[0], "+CSQ: 11,99");
	assert_string_equal(scene_line(), "NO CARRIER");
	assert_string_equal(scene_line(), "BUSY");
	assert_string_equal(scene_line(), "OK THEN");
	assert_string_equal(scene_line(), "MODEM ERROR: apple");
	assert_false(at_take_unsolicited(scene.at, scene.line));
	scene_end();
}

/* ---- information and echo ---- */

static void test_information_lines(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CMGL=4\r"),
		SEND("\r\n+CMGL: 1,1,,24\r\n07917248014000F5\r\n+CMTI: \"SM\",9\r\n+CMGL: 2,1,,24\r\n+CDS: "
		     "25\r\n0006B7\r\n"
		     "07917248014000F6\r\n+CMGL: 3,0,,4\r\nnot hex at all\r\n\r\nOK\r\n"),
		EXPECT("AT+CGMI\r"), SEND("\r\nhuawei\r\n\r\nRING\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_command("AT+CMGL=4"), AT_OK);
	assert_int_equal(scene.reply.count, 6);
	assert_string_equal(scene.reply.line[1], "07917248014000F5");
	assert_string_equal(scene.reply.line[3], "07917248014000F6");
	assert_string_equal(scene.reply.line[5], "not hex at all");
	assert_string_equal(scene_line(), "+CMTI: \"SM\",9");
	assert_string_equal(scene_line(), "+CDS: 25\n0006B7");
	assert_int_equal(scene_command("AT+CGMI"), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	assert_string_equal(scene.reply.line[0], "huawei");
	assert_string_equal(scene_line(), "RING");
	scene_end();
}

static void test_registration_rule(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CREG?\r"),
		SEND("\r\n+CREG: 5\r\n\r\n+CREG: 1,\"84CD\",\"00D30156\"\r\n\r\n+CREG: 2,1,\"5E25\r\n\r\nOK\r\n"),
		EXPECT("AT+CREG=0\r"), SEND("\r\n+CREG: 2\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_command("AT+CREG?"), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	assert_string_equal(scene.reply.line[0], "+CREG: 2,1,\"5E25");
	assert_int_equal(scene_command("AT+CREG=0"), AT_OK);
	assert_int_equal(scene.reply.count, 0);
	assert_string_equal(scene_line(), "+CREG: 5");
	assert_string_equal(scene_line(), "+CREG: 1,\"84CD\",\"00D30156\"");
	assert_string_equal(scene_line(), "+CREG: 2");
	scene_end();
}

static void test_echo(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CSQ\r"), SEND("AT+CSQ\r\r\n+CSQ: 1,99\r\r\n\r\nOK\r\r\n"),
		EXPECT("AT+CSQ\r"), SEND("AT+CSQ\r\nAT+CSQ\r\n+CME ERROR: 515\r\n"), EXPECT("AT+CGSN\r"),
		SEND("T+CGSN\r\n490154203237518\r\n\r\nOK\r\n"), EXPECT("AT+CMGS=23\r"), SEND("AT+CMGS=23\r\r\n> "),
		EXPECT(PDU CTRL_Z), SEND(PDU CTRL_Z "\r\n+CMGS: 142\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_command("AT+CSQ"), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	assert_string_equal(scene.reply.line[0], "+CSQ: 1,99");
	assert_int_equal(scene_command("AT+CSQ"), AT_CME_ERROR);
	assert_int_equal(scene.reply.code, 515);
	assert_int_equal(scene_command("AT+CGSN"), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	assert_string_equal(scene.reply.line[0], "490154203237518");
	scene_assert_sent_142();
	assert_false(at_take_unsolicited(scene.at, scene.line));
	scene_end();
}

static void count_line(void *context, const char *line)
{
	unsigned *count = context;

	assert_non_null(strstr(line, "+CMGL"));
	++*count;
}

/* More lines than a reply keeps, each restarting the time-out. */
static void test_each(void **state)
{
	static const struct peer_step steps[] = {
		EXPECT("AT+CMGL=4\r"), REPEAT("\r\n+CMGL: 1,1,,0\r\n", 200), SEND("\r\nOK\r\n"), END};
	unsigned count = 0;

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(
		at_command_each(scene.at, "AT+CMGL=4", NULL, LONG_MS, 2 * LONG_MS, count_line, &count, &scene.reply),
		AT_OK);
	assert_int_equal(count, 200);
	assert_int_equal(scene.reply.count, 0);
	scene_end();
}

/* Lines without end keep the time-out away, but not the limit of the whole. */
static void test_each_total(void **state)
{
	static const struct peer_step steps[] = {
		EXPECT("AT+CMGL=4\r"), REPEAT("\r\n+CMGL: 1,1,,0\r\n", 1000000), IGNORE};
	unsigned count = 0;

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(
		at_command_each(scene.at, "AT+CMGL=4", NULL, LONG_MS, SOON_MS, count_line, &count, &scene.reply),
		AT_TIMEOUT);
	assert_true(count > 0);
	scene_end();
}

/* ---- sending ---- */

struct prompt_case {
	const char *name;
	struct peer_step steps[8];
};

static const struct prompt_case prompt_cases[] = {
	{"prompt without newline", {EXPECT("AT+CMGS=23\r"), SEND("\r\n> "), EXPECT(PDU CTRL_Z),
					   SEND("\r\n+CMGS: 142\r\n\r\nOK\r\n"), END}},
	{"prompt without blank",
		{EXPECT("AT+CMGS=23\r"), SEND("\r\n>"), EXPECT(PDU CTRL_Z), SEND("\r\n+CMGS: 142\r\n\r\nOK\r\n"), END}},
	{"prompt with newline", {EXPECT("AT+CMGS=23\r"), SEND("\r\n> \r\n"), EXPECT(PDU CTRL_Z),
					SEND("\r\n+CMGS: 142\r\n\r\nOK\r\n"), END}},
	{"prompt torn", {EXPECT("AT+CMGS=23\r"), SLOW("\r\n > "), EXPECT(PDU CTRL_Z),
				SLOW("\r\n+CMGS: 142\r\n\r\nOK\r\n"), END}},
	{"prompt repeated", {EXPECT("AT+CMGS=23\r"), SEND("\r\n> "), EXPECT(PDU CTRL_Z),
				    SEND("> > +CMGS: 142\r\n\r\nOK\r\n"), END}},
	{"stray OK before the prompt", {EXPECT("AT+CMGS=23\r"), SEND("\r\nOK\r\n"), SEND("\r\n> "), EXPECT(PDU CTRL_Z),
					       SEND("\r\n+CMGS: 142\r\n\r\nOK\r\n"), END}},
	{"PDU echoed", {EXPECT("AT+CMGS=23\r"), SEND("AT+CMGS=23\r\r\n> "), EXPECT(PDU CTRL_Z), SLOW(PDU CTRL_Z),
			       SEND("\r\n+CMGS: 142\r\n\r\nOK\r\n"), END}},
};

static void test_prompt(void **state)
{
	scene_begin(PEER_PACKETS, ((const struct prompt_case *)*state)->steps);
	scene_assert_sent_142();
	assert_false(at_take_unsolicited(scene.at, scene.line));
	scene_end();
}

static void test_error_for_prompt(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CMGS=23\r"), SEND("\r\n+CMS ERROR: 302\r\n"),
		EXPECT("AT+CMGS=23\r"), SEND("\r\nERROR\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_send_pdu(), AT_CMS_ERROR);
	assert_int_equal(scene.reply.code, 302);
	assert_false(scene.reply.sent);
	assert_int_equal(scene_send_pdu(), AT_ERROR);
	assert_false(scene.reply.sent);
	scene_end();
}

static void test_no_prompt(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CMGS=23\r"), EXPECT("\x1b\r"), EXPECT("\x1b\r"),
		SEND("\r\nOK\r\n"), EXPECT("AT\r"), SEND("\r\nOK\r\n"), EXPECT("AT+CSQ\r"),
		SEND("\r\n+CSQ: 9,99\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_send_pdu(scene.at, 23, PDU, SOON_MS, LONG_MS, &scene.reply), AT_TIMEOUT);
	assert_false(scene.reply.sent);
	assert_int_equal(scene_command("AT+CSQ"), AT_OUT_OF_STEP);
	assert_int_equal(at_resync(scene.at, 3), 0);
	assert_int_equal(scene_command("AT+CSQ"), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	scene_end();
}

/* '>' inside a line, or in front of other octets, is no prompt. */
static void test_false_prompt(void **state)
{
	static const struct peer_step steps[] = {
		EXPECT("AT+CMGS=23\r"), SEND("\r\n>\x01\x02 noise\r\n+CLIP: \">\",145\r\n"), EXPECT("\x1b\r"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_send_pdu(scene.at, 23, PDU, SOON_MS, LONG_MS, &scene.reply), AT_TIMEOUT);
	assert_false(scene.reply.sent);
	scene_end();
}

static void test_late_answer(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CMGS=23\r"), SEND("\r\n> "), EXPECT(PDU CTRL_Z),
		EXPECT("\x1b\r"), EXPECT("AT\r"), SEND("\r\nOK\r\n"), EXPECT("AT+CSQ\r"),
		SEND("\r\n+CMGS: 142\r\n\r\nOK\r\n"), SEND("\r\n+CSQ: 21,99\r\n\r\nOK\r\n"), EXPECT("AT+CGMI\r"),
		SEND("\r\nhuawei\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_send_pdu(scene.at, 23, PDU, LONG_MS, SOON_MS, &scene.reply), AT_TIMEOUT);
	assert_true(scene.reply.sent);
	assert_int_equal(scene_command("AT+CSQ"), AT_OUT_OF_STEP);
	assert_int_equal(scene_send_pdu(), AT_OUT_OF_STEP);
	assert_false(scene.reply.sent);
	assert_int_equal(at_resync(scene.at, 3), 0);
	assert_int_equal(scene_command("AT+CSQ"), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	assert_string_equal(scene.reply.line[0], "+CSQ: 21,99");
	assert_int_equal(scene_command("AT+CGMI"), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	assert_string_equal(scene.reply.line[0], "huawei");
	assert_string_equal(scene_line(), "+CMGS: 142");
	scene_end();
}

/* +CMS ERROR answers no other than SMS commands: here it is the late answer. */
static void test_late_error(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CMGS=23\r"), SEND("\r\n> "), EXPECT(PDU CTRL_Z),
		EXPECT("\x1b\r"), EXPECT("AT\r"), SEND("\r\nOK\r\n"), EXPECT("AT+CSQ\r"),
		SEND("\r\n+CMS ERROR: 38\r\n"), SEND("\r\n+CSQ: 21,99\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_send_pdu(scene.at, 23, PDU, LONG_MS, SOON_MS, &scene.reply), AT_TIMEOUT);
	assert_int_equal(at_resync(scene.at, 3), 0);
	assert_int_equal(scene_command("AT+CSQ"), AT_OK);
	assert_int_equal(scene.reply.count, 1);
	assert_string_equal(scene_line(), "+CMS ERROR: 38");
	scene_end();
}

static void test_late_before_next_prompt(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CMGS=23\r"), SEND("\r\n> "), EXPECT(PDU CTRL_Z),
		EXPECT("\x1b\r"), SEND("\r\n+CMGS: 141\r\n\r\nOK\r\n"), EXPECT("AT\r"), SEND("\r\nOK\r\n"),
		EXPECT("AT+CMGS=23\r"), SEND("\r\n+CMGS: 7\r\n\r\nOK\r\n\r\n> "), EXPECT(PDU CTRL_Z),
		SEND("\r\n+CMGS: 142\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_send_pdu(scene.at, 23, PDU, LONG_MS, SOON_MS, &scene.reply), AT_TIMEOUT);
	assert_int_equal(at_resync(scene.at, 3), 0);
	scene_assert_sent_142();
	assert_string_equal(scene_line(), "+CMGS: 141");
	assert_string_equal(scene_line(), "+CMGS: 7");
	scene_end();
}

static void test_resync_needs_lone_ok(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CSQ\r"), EXPECT("\x1b\r"), EXPECT("AT\r"),
		SEND("\r\nOK\r\n\r\nOK\r\n"), EXPECT("\x1b\r"), EXPECT("AT\r"), SEND("\r\nERROR\r\n"), EXPECT("\x1b\r"),
		EXPECT("AT\r"), SEND("AT\r\r\n+CMTI: \"SM\",4\r\n\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_command(scene.at, "AT+CSQ", NULL, SOON_MS, &scene.reply), AT_TIMEOUT);
	assert_int_equal(at_resync(scene.at, 5), 0);
	assert_string_equal(scene_line(), "+CMTI: \"SM\",4");
	scene_end();
}

static void test_resync_fails(void **state)
{
	static const struct peer_step steps[] = {IGNORE};
	int64_t began = clock_mono_ms();

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_resync(scene.at, 1), -1);
	assert_true(clock_mono_ms() - began < 1500);
	assert_int_equal(scene_command("AT"), AT_OUT_OF_STEP);
	assert_false(at_is_gone(scene.at));
	scene_end();
}

/* A modem reset to V0 says digits. */
static void test_resync_numeric(void **state)
{
	static const struct peer_step steps[] = {EXPECT("\x1b\r"), EXPECT("AT\r"), SEND("0\r"), EXPECT("\x1b\r"),
		EXPECT("ATE0V1\r"), SEND("\r\nOK\r\n"), END};

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(at_resync(scene.at, 2), 0);
	scene_end();
}

/* A modem that restarts while it holds a message will not answer: the outcome is unknown at once. */
static void test_restart_in_send(void **state)
{
	static const struct peer_step steps[] = {EXPECT("AT+CMGS=23\r"), SEND("\r\n> "), EXPECT(PDU CTRL_Z),
		SEND("\r\nRDY\r\n\r\n+CPIN: READY\r\n"), END};
	int64_t began = clock_mono_ms();

	(void)state;
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_send_pdu(), AT_TIMEOUT);
	assert_true(scene.reply.sent);
	assert_true(clock_mono_ms() - began < LONG_MS);
	assert_string_equal(scene_line(), "RDY");
	assert_string_equal(scene_line(), "+CPIN: READY");
	scene_end();
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_not_final),
		cmocka_unit_test(test_information_lines),
		cmocka_unit_test(test_registration_rule),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_each_total),
		cmocka_unit_test(test_error_for_prompt),
		cmocka_unit_test(test_no_prompt),
		cmocka_unit_test(test_false_prompt),
		cmocka_unit_test(test_late_answer),
		cmocka_unit_test(test_late_error),
		cmocka_unit_test(test_late_before_next_prompt),
		cmocka_unit_test(test_resync_needs_lone_ok),
		cmocka_unit_test(test_resync_fails),
		cmocka_unit_test(test_resync_numeric),
		cmocka_unit_test(test_restart_in_send),
	};
	enum {
		FINALS = sizeof(final_cases) / sizeof(final_cases[0]),
		PROMPTS = sizeof(prompt_cases) / sizeof(prompt_cases[0]),
		OTHERS = sizeof(others) / sizeof(others[0]),
	};
	static struct CMUnitTest tests[FINALS + PROMPTS + OTHERS];
	static struct final_case finals[FINALS];
	static struct prompt_case prompts[PROMPTS];

	memcpy(finals, final_cases, sizeof(finals));
	memcpy(prompts, prompt_cases, sizeof(prompts));
	for (int i = 0; i < FINALS; i++)
		tests[i] = (struct CMUnitTest){
			.name = finals[i].final, .test_func = test_final, .initial_state = &finals[i]};
	for (int i = 0; i < PROMPTS; i++)
		tests[FINALS + i] = (struct CMUnitTest){
			.name = prompts[i].name, .test_func = test_prompt, .initial_state = &prompts[i]};
	memcpy(tests + FINALS + PROMPTS, others, sizeof(others));
	return cmocka_run_group_tests_name("at dialogue", tests, NULL, NULL);
}
