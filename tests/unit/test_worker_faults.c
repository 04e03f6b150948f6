/* The GSM worker against a modem that errs in every way the facts know of: sending, recovery, ports. */
#include "config/clock.h"
#include "modem/cms.h"
#include "tests/unit/worker_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TO "+393331234567"

/* ---- healthy ---- */

static void test_ready_quickly(void **state)
{
	struct scene *scene = *state;
	int64_t started = clock_mono_ms();

	scene_start_ready(scene);
	assert_true(clock_mono_ms() - started < 1000);
	assert_string_equal(scene->hub.status.imei, "356938035643809");
	assert_string_equal(scene->hub.status.sim, "8939010000000000019");
	assert_true(hub_scene_take(&scene->hub, BEARER_TELL_RESULT, 50) == NULL);
	assert_string_equal(scene->hub.status.network, "TIM");
	assert_string_equal(scene->hub.status.technology, "LTE");
	assert_int_equal(scene->hub.status.signal_dbm, -73);
	assert_true(scene->hub.status.receipts);
	assert_int_equal(scene_send_one(scene, 7, TO).outcome, BEARER_ACCEPTED);
	scene_stop(scene);
}

/* Sends cost nothing but themselves: no other command between, however many. */
static void test_sends_cost_no_other_command(void **state)
{
	struct scene *scene = *state;
	int64_t started;
	int others;

	scene_start_ready(scene);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGL=4", 1));
	assert_int_equal(scene_send_one(scene, 1, TO).outcome, BEARER_ACCEPTED);
	others = fake_modem_count(scene->modem, "AT*") - fake_modem_count(scene->modem, "AT+CMGS=*");
	started = clock_mono_ms();
	for (int i = 0; i < 200; i++) {
		struct bearer_result got = scene_send_one(scene, 2 + i, TO);

		assert_int_equal(got.outcome, BEARER_ACCEPTED);
		assert_int_equal(got.reference, (i + 2) & 0xFF);
		assert_true(got.receipt);
	}
	print_message("200 sends in %lld ms\n", (long long)(clock_mono_ms() - started));
	assert_int_equal(fake_modem_count(scene->modem, "AT*") - fake_modem_count(scene->modem, "AT+CMGS=*"), others);
	scene_stop(scene);
}

/* ---- sending ---- */

static void test_each_error_class(void **state)
{
	static const struct {
		const char *answer;
		enum bearer_outcome outcome;
	} cases[] = {
		{"+CMS ERROR: 41", BEARER_RETRY_SOON},
		{"+CMS ERROR: 42", BEARER_RETRY_LATER},
		{"+CMS ERROR: 38", BEARER_RETRY_LATER},
		{"+CMS ERROR: 195", BEARER_BAD_RECIPIENT},
		{"+CMS ERROR: 96", BEARER_BAD_MESSAGE},
		{"+CMS ERROR: 8", BEARER_BARRED},
		{"+CMS ERROR: 332", BEARER_UNKNOWN},
		{"+CMS ERROR: 197", BEARER_ACCEPTED},
	};
	struct scene *scene = *state;

	scene_start_ready(scene);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bearer_result got;

		fake_modem_forget(scene->modem, "PDU");
		fake_modem_answer(scene->modem, "PDU", cases[i].answer);
		got = scene_send_one(scene, (int64_t)i, TO);
		assert_int_equal(got.outcome, cases[i].outcome);
		assert_memory_equal(got.error, cases[i].answer, strlen(cases[i].answer));
	}
	assert_int_equal(scene->hub.status.state, BEARER_READY);
	scene_stop(scene);
}

static void test_error_in_place_of_prompt(void **state)
{
	struct scene *scene = *state;

	fake_modem_answer(scene->modem, "AT+CMGS=*", "+CMS ERROR: 42");
	fake_modem_answer(scene->modem, "AT+CMGS=*", ">");
	scene_start_ready(scene);
	assert_int_equal(scene_send_one(scene, 1, TO).outcome, BEARER_RETRY_LATER);
	assert_int_equal(fake_modem_count(scene->modem, "PDU"), 0);
	assert_int_equal(scene_send_one(scene, 2, TO).outcome, BEARER_ACCEPTED);
	scene_stop(scene);
}

static void test_no_prompt(void **state)
{
	struct scene *scene = *state;

	fake_modem_answer(scene->modem, "AT+CMGS=*", "");
	fake_modem_answer(scene->modem, "AT+CMGS=*", ">");
	scene_start_ready(scene);
	assert_int_equal(scene_send_one(scene, 1, TO).outcome, BEARER_NOT_SENT);
	assert_int_equal(scene_send_one(scene, 2, TO).outcome, BEARER_ACCEPTED);
	scene_stop(scene);
}

/* Silence after Ctrl-Z; the answer comes while the dialogue is brought back in step. */
static void test_late_answer(void **state)
{
	struct scene *scene = *state;
	struct bearer_result got;

	fake_modem_answer(scene->modem, "PDU", "");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 9\nOK");
	scene_start_ready(scene);
	fake_modem_forget(scene->modem, "AT");
	fake_modem_answer(scene->modem, "AT", "+CMGS: 142\nOK\nOK");
	got = scene_send_one(scene, 1, TO);
	assert_int_equal(got.outcome, BEARER_ACCEPTED);
	assert_int_equal(got.reference, 142);
	fake_modem_forget(scene->modem, "AT");
	got = scene_send_one(scene, 2, TO);
	assert_int_equal(got.outcome, BEARER_ACCEPTED);
	assert_int_equal(got.reference, 9);
	scene_stop(scene);
}

static void test_silence_is_unknown(void **state)
{
	struct scene *scene = *state;
	struct bearer_result got;

	fake_modem_answer(scene->modem, "PDU", "");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 9\nOK");
	scene_start_ready(scene);
	got = scene_send_one(scene, 1, TO);
	assert_int_equal(got.outcome, BEARER_UNKNOWN);
	assert_int_equal(got.reference, -1);
	assert_true(got.receipt);
	assert_int_equal(scene_send_one(scene, 2, TO).reference, 9);
	scene_stop(scene);
}

/* The answer of a message given up on stands in front of the next one's own: a plain AT brings that to light. */
static void answer_of_another(struct scene *scene, const char *stray)
{
	struct bearer_result got;

	fake_modem_answer(scene->modem, "PDU", "+CMGS: 7\nOK");
	fake_modem_answer(scene->modem, "PDU", "");
	fake_modem_answer(scene->modem, "PDU", stray);
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 10\nOK");
	scene_start_ready(scene);
	assert_int_equal(scene_send_one(scene, 1, TO).reference, 7);
	assert_int_equal(scene_send_one(scene, 2, TO).outcome, BEARER_UNKNOWN);
	fake_modem_forget(scene->modem, "AT");
	fake_modem_answer(scene->modem, "AT", "+CMGS: 9\nOK\nOK");
	got = scene_send_one(scene, 3, TO);
	assert_int_equal(got.outcome, BEARER_ACCEPTED);
	assert_int_equal(got.reference, 9);

	/* From here on references are in their turn: nothing more is asked. */
	int asked = fake_modem_count(scene->modem, "AT");
	assert_int_equal(scene_send_one(scene, 4, TO).reference, 10);
	assert_int_equal(fake_modem_count(scene->modem, "AT"), asked);
	scene_stop(scene);
}

static void test_reference_of_another(void **state)
{
	answer_of_another(*state, "+CMGS: 8\nOK");
}

static void test_error_of_another(void **state)
{
	answer_of_another(*state, "+CMS ERROR: 42");
}

static void test_hang_in_mid_send(void **state)
{
	struct scene *scene = *state;

	scene_start_ready(scene);
	fake_modem_set_mute(scene->modem, false);
	fake_modem_answer(scene->modem, "PDU", "");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 5\nOK");
	hub_scene_send(&scene->hub, 1, TO, "Prova");
	assert_true(fake_modem_wait(scene->modem, "PDU", 1));
	fake_modem_set_mute(scene->modem, true);
	assert_int_equal(scene_result(scene).outcome, BEARER_UNKNOWN);
	assert_true(hub_scene_state(&scene->hub, BEARER_HUNG, HUB_WAIT_MS));
	hub_scene_send(&scene->hub, 2, TO, "Prova");
	assert_int_equal(scene_result(scene).outcome, BEARER_NOT_SENT);
	fake_modem_set_mute(scene->modem, false);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, 2 * HUB_WAIT_MS));
	assert_int_equal(scene_send_one(scene, 3, TO).reference, 5);
	scene_stop(scene);
}

static void test_reboot_in_mid_send(void **state)
{
	struct scene *scene = *state;
	int before;

	fake_modem_answer(scene->modem, "PDU", "RDY\n+CPIN: READY");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 5\nOK");
	scene_start_ready(scene);
	before = fake_modem_count(scene->modem, "AT+CMGF=0");
	assert_int_equal(scene_send_one(scene, 1, TO).outcome, BEARER_UNKNOWN);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGF=0", before + 1));
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	while (hub_scene_take(&scene->hub, BEARER_TELL_RESULT, 300))
		fail();
	assert_int_equal(scene_send_one(scene, 2, TO).reference, 5);
	scene_stop(scene);
}

static void test_modem_class_is_set_up_again(void **state)
{
	struct scene *scene = *state;
	int before;

	fake_modem_answer(scene->modem, "PDU", "+CMS ERROR: 302");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 5\nOK");
	scene_start_ready(scene);
	before = fake_modem_count(scene->modem, "AT+CMGF=0");
	assert_int_equal(scene_send_one(scene, 1, TO).outcome, cms_outcome(CMS_MODEM));
	assert_true(fake_modem_wait(scene->modem, "AT+CMGF=0", before + 1));
	assert_true(hub_scene_state(&scene->hub, BEARER_STARTING, HUB_WAIT_MS));
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	assert_int_equal(scene_send_one(scene, 2, TO).outcome, BEARER_ACCEPTED);
	scene_stop(scene);
}

static void test_three_obscure_failures_recover(void **state)
{
	struct scene *scene = *state;

	for (int i = 0; i < 3; i++)
		fake_modem_answer(scene->modem, "PDU", "+CMS ERROR: 500");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 5\nOK");
	scene_start_ready(scene);
	for (int i = 0; i < 3; i++)
		assert_int_equal(scene_send_one(scene, i, TO).outcome, BEARER_RETRY_LATER);
	assert_true(hub_scene_state(&scene->hub, BEARER_HUNG, HUB_WAIT_MS));
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	assert_int_equal(scene_send_one(scene, 4, TO).outcome, BEARER_ACCEPTED);
	scene_stop(scene);
}

static void test_registration_lost(void **state)
{
	struct scene *scene = *state;

	fake_modem_answer(scene->modem, "PDU", "+CMS ERROR: 331");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 5\nOK");
	scene_start_ready(scene);
	fake_modem_forget(scene->modem, "AT+CREG?");
	fake_modem_answer(scene->modem, "AT+CREG?", "+CREG: 0,2\nOK");
	assert_int_equal(scene_send_one(scene, 1, TO).outcome, BEARER_NOT_SENT);
	assert_true(hub_scene_state(&scene->hub, BEARER_SEARCHING, HUB_WAIT_MS));
	assert_int_equal(scene_send_one(scene, 2, TO).outcome, BEARER_NOT_SENT);
	assert_int_equal(fake_modem_count(scene->modem, "PDU"), 1);
	fake_modem_answer(scene->modem, "AT+CREG?", "+CREG: 0,1\nOK");
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	assert_int_equal(scene_send_one(scene, 3, TO).outcome, BEARER_ACCEPTED);
	scene_stop(scene);
}

static void test_roaming_needs_permission(void **state)
{
	struct scene *scene = *state;

	fake_modem_forget(scene->modem, "AT+CREG?");
	fake_modem_answer(scene->modem, "AT+CREG?", "+CREG: 0,5\nOK");
	scene_start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_SEARCHING, HUB_WAIT_MS));
	assert_non_null(strstr(scene->hub.status.why, "roaming"));
	scene_stop(scene);
	scene->config.roaming = true;
	scene_start_ready(scene);
	scene_stop(scene);
}

static void test_without_a_network_for_long(void **state)
{
	struct scene *scene = *state;

	fake_modem_forget(scene->modem, "AT+CREG?");
	fake_modem_answer(scene->modem, "AT+CREG?", "+CREG: 0,2\nOK");
	fake_modem_answer(scene->modem, "AT+COPS=0", "OK");
	scene->timings.unregistered = 100;
	scene->timings.cycle = 300;
	scene_start(scene);
	assert_true(fake_modem_wait(scene->modem, "AT+COPS=0", 1));
	assert_true(fake_modem_wait(scene->modem, "AT+CFUN=4", 1));
	fake_modem_answer(scene->modem, "AT+CREG?", "+CREG: 0,1\nOK");
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	scene_stop(scene);
}

/* Nothing helps for a while: every rung in turn, then a bounded wait, and back as soon as it answers. */
static void test_the_whole_ladder(void **state)
{
	struct scene *scene = *state;
	bool restarted;

	scene->timings.command = scene->timings.store = 100;
	scene->timings.watch = 100;
	scene_start_ready(scene);
	fake_modem_set_mute(scene->modem, true);
	assert_true(hub_scene_state(&scene->hub, BEARER_HUNG, 2 * HUB_WAIT_MS));
	restarted = fake_modem_wait(scene->modem, "AT+CFUN=1,1", 1) || fake_modem_wait(scene->modem, "AT+CFUN=1,1", 1);
	assert_true(restarted);
	fake_modem_set_mute(scene->modem, false);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, 2 * HUB_WAIT_MS));
	assert_int_equal(scene_send_one(scene, 1, TO).outcome, BEARER_ACCEPTED);
	scene_stop(scene);
}

/* ---- ports ---- */

static void unplug_and_return(struct scene *scene, const char *new_name)
{
	char link[160];

	scene_start_ready(scene);
	fake_modem_answer(scene->modem, "PDU", "!text\r\n+CMG\n!unplug");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 5\nOK");
	assert_int_equal(scene_send_one(scene, 1, TO).outcome, BEARER_UNKNOWN);
	assert_true(hub_scene_state(&scene->hub, BEARER_GONE, HUB_WAIT_MS));
	assert_int_equal(scene_send_one(scene, 2, TO).outcome, BEARER_NOT_SENT);
	snprintf(link, sizeof(link), "%s/%s", scene->directory, new_name);
	fake_modem_plug(scene->modem, link);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	assert_int_equal(scene_send_one(scene, 3, TO).reference, 5);
	scene_stop(scene);
}

static void test_returns_under_the_same_link(void **state)
{
	unplug_and_return(*state, "ttyUSB0");
}

static void test_returns_under_another_name(void **state)
{
	struct scene *scene = *state;

	snprintf(scene->config.port, sizeof(scene->config.port), "%s/ttyUSB*", scene->directory);
	unplug_and_return(scene, "ttyUSB7");
}

static void test_finds_the_modem_it_is_for(void **state)
{
	struct scene *scene = *state;
	char link[160];
	struct fake_modem *other;

	snprintf(link, sizeof(link), "%s/ttyUSB1", scene->directory);
	other = fake_modem_new(link);
	fake_modem_answer(other, "AT+CGSN", "990000862471854\nOK");
	scene_healthy(other);
	strcpy(scene->config.imei, "990000862471854");
	snprintf(scene->config.port, sizeof(scene->config.port), "%s/ttyUSB*", scene->directory);
	fake_modem_forget(other, "AT+CGSN");
	fake_modem_answer(other, "AT+CGSN", "990000862471854\nOK");
	scene_start_ready(scene);
	assert_string_equal(scene->hub.status.imei, "990000862471854");
	scene_stop(scene);
	fake_modem_free(other);
}

/* Two workers look at the same ports: each gets one, and the loser of a race says why. */
static void test_two_workers_share_a_pattern(void **state)
{
	struct scene *scene = *state;
	char link[160];
	struct fake_modem *other;
	struct hub_scene *second = calloc(1, sizeof(*second));

	assert_non_null(second);
	snprintf(link, sizeof(link), "%s/ttyUSB1", scene->directory);
	other = fake_modem_new(link);
	scene_healthy(other);
	fake_modem_forget(other, "AT+CGSN");
	fake_modem_answer(other, "AT+CGSN", "990000862471854\nOK");
	snprintf(scene->config.port, sizeof(scene->config.port), "%s/ttyUSB*", scene->directory);
	scene_start(scene);
	hub_scene_start(second, &scene->config, &scene->timings);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	assert_true(hub_scene_state(second, BEARER_READY, HUB_WAIT_MS));
	assert_string_not_equal(scene->hub.status.imei, second->status.imei);
	scene_stop(scene);
	assert_true(hub_scene_stop(second));
	fake_modem_free(other);
	free(second);
}

static void test_another_modem_than_configured(void **state)
{
	struct scene *scene = *state;

	strcpy(scene->config.imei, "990000862471854");
	scene_start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_GONE, HUB_WAIT_MS));
	assert_non_null(strstr(scene->hub.status.why, "356938035643809"));
	scene_stop(scene);
}

static void test_no_modem_says_so(void **state)
{
	struct scene *scene = *state;

	fake_modem_set_mute(scene->modem, true);
	scene_start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_GONE, HUB_WAIT_MS));
	assert_non_null(strstr(scene->hub.status.why, "not a modem"));
	scene_stop(scene);
}

static void test_stop_is_obeyed_while_there_is_no_port(void **state)
{
	struct scene *scene = *state;
	int64_t started;

	strcpy(scene->config.port, "/nonexistent/tty");
	scene->timings.again = 60000;
	scene_start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_GONE, HUB_WAIT_MS));
	started = clock_mono_ms();
	scene_stop(scene);
	assert_true(clock_mono_ms() - started < 1000);
}

int main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_open, scene_close)
	const struct CMUnitTest tests[] = {
		SCENE(test_ready_quickly),
		SCENE(test_sends_cost_no_other_command),
		SCENE(test_each_error_class),
		SCENE(test_error_in_place_of_prompt),
		SCENE(test_no_prompt),
		SCENE(test_late_answer),
		SCENE(test_reference_of_another),
		SCENE(test_error_of_another),
		SCENE(test_silence_is_unknown),
		SCENE(test_hang_in_mid_send),
		SCENE(test_reboot_in_mid_send),
		SCENE(test_modem_class_is_set_up_again),
		SCENE(test_three_obscure_failures_recover),
		SCENE(test_registration_lost),
		SCENE(test_roaming_needs_permission),
		SCENE(test_without_a_network_for_long),
		SCENE(test_the_whole_ladder),
		SCENE(test_returns_under_the_same_link),
		SCENE(test_returns_under_another_name),
		SCENE(test_finds_the_modem_it_is_for),
		SCENE(test_two_workers_share_a_pattern),
		SCENE(test_another_modem_than_configured),
		SCENE(test_no_modem_says_so),
		SCENE(test_stop_is_obeyed_while_there_is_no_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
