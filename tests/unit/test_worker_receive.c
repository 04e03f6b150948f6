/* The GSM worker against a modem that errs: its SIM, what it receives, calls, the technician. */
#include "tests/unit/worker_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DELIVER "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07"
#define REPORT	"07911326040000F0065A0B911346610089F6208062917314482080629173144800"
#define TO	"+393331234567"

/* ---- SIM ---- */

static void test_pin_is_used_once(void **state)
{
	struct scene *scene = *state;

	fake_modem_forget(scene->modem, "AT+CPIN?");
	fake_modem_answer(scene->modem, "AT+CPIN?", "+CPIN: SIM PIN\nOK");
	fake_modem_answer(scene->modem, "AT+CPINR", "+CPINR: SIM PIN,3,3\nOK");
	fake_modem_answer(scene->modem, "AT+CPIN=*", "+CME ERROR: 16");
	scene->timings.watch = 100;
	scene_start(scene);
	const struct bearer_tell *tell = hub_scene_take(&scene->hub, BEARER_TELL_WANTS_PIN, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_int_equal(tell->wants_pin.attempts_left, 3);
	hub_scene_ask(&scene->hub, BEARER_ASK_PIN, 0, "1234");
	assert_true(fake_modem_wait(scene->modem, "AT+CPIN=\"1234\"", 1));
	int asked = fake_modem_count(scene->modem, "AT+CPIN?");
	assert_true(fake_modem_wait(scene->modem, "AT+CPIN?", asked + 3));
	assert_int_equal(fake_modem_count(scene->modem, "AT+CPIN=*"), 1);
	assert_null(hub_scene_take(&scene->hub, BEARER_TELL_WANTS_PIN, 100));
	assert_int_equal(scene->hub.status.state, BEARER_PIN);
	assert_non_null(strstr(scene->hub.status.why, "refused the PIN"));
	hub_scene_send(&scene->hub, 1, TO, "Prova");
	assert_int_equal(scene_result(scene).outcome, BEARER_NOT_SENT);
	scene_stop(scene);
}

static void test_right_pin(void **state)
{
	struct scene *scene = *state;

	fake_modem_forget(scene->modem, "AT+CPIN?");
	fake_modem_answer(scene->modem, "AT+CPIN?", "+CPIN: SIM PIN\nOK");
	fake_modem_answer(scene->modem, "AT+CPIN?", "+CPIN: READY\nOK");
	fake_modem_answer(scene->modem, "AT+CPIN=*", "OK");
	scene_start(scene);
	const struct bearer_tell *tell = hub_scene_take(&scene->hub, BEARER_TELL_WANTS_PIN, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_int_equal(tell->wants_pin.attempts_left, -1);
	hub_scene_ask(&scene->hub, BEARER_ASK_PIN, 0, "1234");
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	scene_stop(scene);
}

static void test_last_attempts_are_not_spent(void **state)
{
	struct scene *scene = *state;

	fake_modem_forget(scene->modem, "AT+CPIN?");
	fake_modem_answer(scene->modem, "AT+CPIN?", "+CPIN: SIM PIN\nOK");
	fake_modem_answer(scene->modem, "AT+CSIM=*", "+CSIM: 4,\"63C1\"\nOK");
	scene_start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_PIN, HUB_WAIT_MS));
	assert_null(hub_scene_take(&scene->hub, BEARER_TELL_WANTS_PIN, 300));
	assert_non_null(strstr(scene->hub.status.why, "1 PIN attempt left"));
	scene_stop(scene);
}

static void test_puk_is_left_to_people(void **state)
{
	struct scene *scene = *state;

	fake_modem_forget(scene->modem, "AT+CPIN?");
	fake_modem_answer(scene->modem, "AT+CPIN?", "+CPIN: SIM PUK\nOK");
	scene_start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_SIM, HUB_WAIT_MS));
	assert_non_null(strstr(scene->hub.status.why, "PUK"));
	assert_int_equal(fake_modem_count(scene->modem, "AT+CPIN=*"), 0);
	scene_stop(scene);
}

/* ---- receiving ---- */

static void test_deleted_only_when_kept(void **state)
{
	struct scene *scene = *state;
	struct bearer_tell tell;

	fake_modem_store(scene->modem, "SM", 3, "0,,30", DELIVER);
	scene_start_ready(scene);
	tell = scene_received(scene);
	assert_false(tell.received.damaged);
	assert_int_equal(tell.received.length, strlen(DELIVER) / 2);
	assert_int_equal(scene_send_one(scene, 1, TO).outcome, BEARER_ACCEPTED); /* nothing waits for KEPT */
	assert_true(fake_modem_has(scene->modem, "SM", 3));
	assert_int_equal(fake_modem_count(scene->modem, "AT+CMGD=*"), 0);
	hub_scene_ask(&scene->hub, BEARER_ASK_KEPT, tell.token, "");
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=3", 1));
	scene_stop(scene);
	assert_false(fake_modem_has(scene->modem, "SM", 3));
}

static void test_told_again_until_kept(void **state)
{
	struct scene *scene = *state;
	struct bearer_tell first, second;

	scene->timings.kept = 200;
	scene->timings.sweep = 300;
	fake_modem_store(scene->modem, "SM", 3, "0,,30", DELIVER);
	scene_start_ready(scene);
	fake_modem_say(scene->modem, "+CDS: 25\n" REPORT);
	first = scene_received(scene);
	second = scene_received(scene);
	assert_int_not_equal(first.token, second.token);
	for (int i = 0; i < 2; i++)
		hub_scene_ask(&scene->hub, BEARER_ASK_KEPT, scene_received(scene).token, "");
	scene_stop(scene);
}

static void test_failed_delete_is_retried_not_told(void **state)
{
	struct scene *scene = *state;

	scene->timings.sweep = 200;
	scene->timings.kept = 100;
	fake_modem_answer(scene->modem, "AT+CMGD=3", "+CMS ERROR: 300");
	fake_modem_answer(scene->modem, "AT+CMGD=3", "+CMS ERROR: 500");
	fake_modem_answer(scene->modem, "AT+CMGD=3", "+CMS ERROR: 321");
	fake_modem_store(scene->modem, "SM", 3, "0,,30", DELIVER);
	scene_start_ready(scene);
	hub_scene_ask(&scene->hub, BEARER_ASK_KEPT, scene_received(scene).token, "");
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=3", 3));
	scene_stop(scene);
	assert_int_equal(scene->hub.told_count, 0);
}

static void test_corrupt_entry_costs_no_other(void **state)
{
	struct scene *scene = *state;
	struct bearer_tell tell[4];

	fake_modem_store(scene->modem, "SM", 1, "0,,30", DELIVER);
	fake_modem_store(scene->modem, "SM", 2, "0,,30", "0791132604000ZZ!");
	fake_modem_store(scene->modem, "SM", 4, "0,,30", "");
	fake_modem_store(scene->modem, "SM", 5, "0,,25", REPORT);
	scene->hub.keep_all = true;
	scene_start(scene);
	scene->hub.keep_all = true;
	for (int i = 0; i < 4; i++)
		tell[i] = scene_received(scene);
	assert_false(tell[0].received.damaged);
	assert_true(tell[1].received.damaged);
	assert_true(tell[2].received.damaged);
	assert_false(tell[3].received.damaged);
	assert_memory_equal(tell[1].received.octets, "0791132604000ZZ!", 16);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=*", 4));
	scene_stop(scene);
}

/* Some modems hand a message over and store it too: both reach the hub, which knows them for one. */
static void test_same_message_directly_and_stored(void **state)
{
	struct scene *scene = *state;
	struct bearer_tell direct, stored;

	scene_start_ready(scene);
	scene->hub.keep_all = true;
	fake_modem_store(scene->modem, "SM", 1, "0,,30", DELIVER);
	fake_modem_say(scene->modem, "+CMT: ,30\n" DELIVER "\n+CMTI: \"SM\",1");
	direct = scene_received(scene);
	stored = scene_received(scene);
	assert_int_equal(direct.received.length, stored.received.length);
	assert_memory_equal(direct.received.octets, stored.received.octets, direct.received.length);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=1", 1));
	scene_stop(scene);
}

/* While one send follows the other, what arrives still finds its way up and out of the store. */
static void test_receives_between_sends(void **state)
{
	struct scene *scene = *state;
	bool deleted = false;

	scene->timings.patience = 50;
	scene_start_ready(scene);
	scene->hub.keep_all = true;
	fake_modem_store(scene->modem, "SM", 1, "0,,30", DELIVER);
	fake_modem_say(scene->modem, "+CMTI: \"SM\",1");
	for (int i = 0; i < 2000 && !deleted; i++) {
		assert_int_equal(scene_send_one(scene, i, TO).outcome, BEARER_ACCEPTED);
		deleted = !fake_modem_has(scene->modem, "SM", 1);
	}
	assert_true(deleted);
	scene_stop(scene);
}

static void test_full_store_is_emptied(void **state)
{
	struct scene *scene = *state;

	scene_start_ready(scene);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGL=4", 1));
	scene->hub.keep_all = true;
	fake_modem_store(scene->modem, "SM", 1, "0,,30", DELIVER);
	fake_modem_store(scene->modem, "SM", 2, "3,,30", "0011000B916407281553F80000AA0AE8329BFD4697D9EC37");
	fake_modem_say(scene->modem, "+SMS FULL");
	scene_received(scene);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=1", 1));
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=2", 1));
	scene_stop(scene);
	assert_int_equal(scene->hub.told_count, 0);
}

static void test_store_error_while_sending_sweeps(void **state)
{
	struct scene *scene = *state;

	fake_modem_answer(scene->modem, "PDU", "+CMS ERROR: 322");
	scene_start_ready(scene);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGL=4", 1));
	scene_send_one(scene, 1, TO);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGL=4", 2));
	scene_stop(scene);
}

static void test_slots_are_read_where_lists_fail(void **state)
{
	struct scene *scene = *state;

	fake_modem_answer(scene->modem, "AT+CMGL=4", "ERROR");
	fake_modem_store(scene->modem, "SM", 7, "0,,30", DELIVER);
	scene_start_ready(scene);
	scene->hub.keep_all = true;
	assert_int_equal(scene_received(scene).received.length, strlen(DELIVER) / 2);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=7", 1));
	scene_stop(scene);
}

/* ---- calls and the technician ---- */

static void test_call_is_told_once_and_rejected(void **state)
{
	struct scene *scene = *state;
	const struct bearer_tell *tell;

	scene_start_ready(scene);
	fake_modem_answer(scene->modem, "AT+CHUP", "ERROR");
	fake_modem_answer(scene->modem, "ATH", "OK");
	fake_modem_say(scene->modem, "RING\n+CLIP: \"+393337654321\",145,\"\",0,\"\",0");
	tell = hub_scene_take(&scene->hub, BEARER_TELL_CALL, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_string_equal(tell->call.from, "+393337654321");
	assert_true(fake_modem_wait(scene->modem, "ATH", 1));
	fake_modem_say(scene->modem, "RING\n+CLIP: \"+393337654321\",145,\"\",0,\"\",0");
	assert_true(fake_modem_wait(scene->modem, "ATH", 2));
	assert_null(hub_scene_take(&scene->hub, BEARER_TELL_CALL, 200));
	fake_modem_say(scene->modem, "RING");
	tell = hub_scene_take(&scene->hub, BEARER_TELL_CALL, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_string_equal(tell->call.from, "");
	scene_stop(scene);
}

static void test_answered_call_makes_way_for_a_send(void **state)
{
	struct scene *scene = *state;

	scene->config.calls = GSM_CALLS_ANSWER;
	scene_start_ready(scene);
	fake_modem_answer(scene->modem, "ATA", "OK");
	fake_modem_say(scene->modem, "RING\n+CLIP: \"+393337654321\",145");
	assert_true(fake_modem_wait(scene->modem, "ATA", 1));
	assert_int_equal(fake_modem_count(scene->modem, "AT+CHUP"), 0);
	assert_int_equal(scene_send_one(scene, 1, TO).outcome, BEARER_ACCEPTED);
	assert_int_equal(fake_modem_count(scene->modem, "AT+CHUP"), 1);
	scene_stop(scene);
}

static void test_technician(void **state)
{
	struct scene *scene = *state;
	const struct bearer_tell *tell;

	scene_start_ready(scene);
	fake_modem_answer(scene->modem, "ATI", "Fake\nRevision 1\nOK");
	hub_scene_ask(&scene->hub, BEARER_ASK_COMMAND, 5, "ATI");
	static const char *const lines[] = {"Fake", "Revision 1", "OK"};
	for (int i = 0; i < 3; i++) {
		tell = hub_scene_take(&scene->hub, BEARER_TELL_REPLY, HUB_WAIT_MS);
		assert_non_null(tell);
		assert_int_equal(tell->token, 5);
		assert_string_equal(tell->reply.text, lines[i]);
		assert_int_equal(tell->last, i == 2);
	}
	hub_scene_ask(&scene->hub, BEARER_ASK_COMMAND, 6, "AT+CSQ;+CMGS=20");
	tell = hub_scene_take(&scene->hub, BEARER_TELL_REPLY, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_true(tell->last);
	assert_non_null(strstr(tell->reply.text, "refused"));
	scene_stop(scene);
}

/* The modem refuses the code as typed, takes it as packed septets, and answers so too. */
static void test_ussd_in_the_form_the_modem_takes(void **state)
{
	struct scene *scene = *state;
	const struct bearer_tell *tell;

	fake_modem_answer(scene->modem, "AT+CUSD=1,\"AA180C3602\",15", "OK\n+CUSD: 0,\"E8329BFD4697D9EC37\",15");
	scene_start_ready(scene);
	hub_scene_ask(&scene->hub, BEARER_ASK_USSD, 9, "*100#");
	tell = hub_scene_take(&scene->hub, BEARER_TELL_REPLY, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_int_equal(tell->token, 9);
	assert_true(tell->last);
	assert_string_equal(tell->reply.text, "hellohello");
	hub_scene_ask(&scene->hub, BEARER_ASK_USSD, 10, "*100#x");
	tell = hub_scene_take(&scene->hub, BEARER_TELL_REPLY, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_non_null(strstr(tell->reply.text, "digits"));
	scene_stop(scene);
}

/* The network may end a session first and give the text that matters behind it, or never answer. */
static void test_ussd_released_and_silent(void **state)
{
	struct scene *scene = *state;
	const struct bearer_tell *tell;

	scene->timings.ussd = 200;
	fake_modem_answer(scene->modem, "AT+CUSD=1,*", "OK\n+CUSD: 2,\"Released\",15\n+CUSD: 0,\"Credito 5,00\",15");
	fake_modem_answer(scene->modem, "AT+CUSD=1,*", "OK");
	scene_start_ready(scene);
	hub_scene_ask(&scene->hub, BEARER_ASK_USSD, 1, "*100#");
	tell = hub_scene_take(&scene->hub, BEARER_TELL_REPLY, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_string_equal(tell->reply.text, "Credito 5,00");
	hub_scene_ask(&scene->hub, BEARER_ASK_USSD, 2, "*100#");
	tell = hub_scene_take(&scene->hub, BEARER_TELL_REPLY, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_non_null(strstr(tell->reply.text, "did not answer"));
	scene_stop(scene);
}

int main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_open, scene_close)
	const struct CMUnitTest tests[] = {
		SCENE(test_pin_is_used_once),
		SCENE(test_right_pin),
		SCENE(test_last_attempts_are_not_spent),
		SCENE(test_puk_is_left_to_people),
		SCENE(test_deleted_only_when_kept),
		SCENE(test_told_again_until_kept),
		SCENE(test_failed_delete_is_retried_not_told),
		SCENE(test_corrupt_entry_costs_no_other),
		SCENE(test_same_message_directly_and_stored),
		SCENE(test_receives_between_sends),
		SCENE(test_full_store_is_emptied),
		SCENE(test_store_error_while_sending_sweeps),
		SCENE(test_slots_are_read_where_lists_fail),
		SCENE(test_call_is_told_once_and_rejected),
		SCENE(test_answered_call_makes_way_for_a_send),
		SCENE(test_technician),
		SCENE(test_ussd_in_the_form_the_modem_takes),
		SCENE(test_ussd_released_and_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
