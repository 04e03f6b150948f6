/* The GSM worker against a modem that errs in every way the facts know of. */
#include "config/clock.h"
#include "modem/cms.h"
#include "modem/gsm.h"
#include "tests/unit/fake_modem.h"
#include "tests/unit/hub_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DELIVER "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07"
#define REPORT	"07911326040000F0065A0B911346610089F6208062917314482080629173144800"
#define TO	"+393331234567"

struct scene {
	char directory[64];
	char link[128];
	struct fake_modem *modem;
	struct hub_scene hub;
	struct gsm_worker_config config;
	struct gsm_timings timings;
};

/* A healthy modem's identity; each test spoils what it is about. */
static void healthy(struct fake_modem *modem)
{
	static const char *const answers[][2] = {
		{"AT+CGMI", "Fake\nOK"},
		{"AT+CGMM", "Model 1\nOK"},
		{"AT+CGSN", "356938035643809\nOK"},
		{"AT+CFUN?", "+CFUN: 1\nOK"},
		{"AT+CPIN?", "+CPIN: READY\nOK"},
		{"AT+CCID", "+CCID: \"8939010000000000019\"\nOK"},
		{"AT+CPMS=?", "+CPMS: (\"SM\"),(\"SM\"),(\"SM\")\nOK"},
		{"AT+CSCA?", "+CSCA: \"+393916263333\",145\nOK"},
		{"AT+CREG?", "+CREG: 0,1\nOK"},
		{"AT+CSQ", "+CSQ: 20,99\nOK"},
		{"AT+COPS?", "+COPS: 0,0,\"TIM\",7\nOK"},
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		fake_modem_answer(modem, answers[i][0], answers[i][1]);
}

static int scene_open(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	strcpy(scene->directory, "/tmp/banditore-worker-XXXXXX");
	if (!mkdtemp(scene->directory))
		return -1;
	snprintf(scene->link, sizeof(scene->link), "%s/ttyUSB0", scene->directory);
	scene->modem = fake_modem_new(scene->link);
	healthy(scene->modem);
	strcpy(scene->config.name, "m1");
	snprintf(scene->config.port, sizeof(scene->config.port), "%s", scene->link);
	scene->config.send_timeout_s = 1;
	scene->timings = hub_scene_timings();
	*state = scene;
	return 0;
}

static int scene_close(void **state)
{
	struct scene *scene = *state;

	fake_modem_free(scene->modem);
	rmdir(scene->directory);
	free(scene);
	return 0;
}

static void start(struct scene *scene)
{
	hub_scene_start(&scene->hub, &scene->config, &scene->timings);
}

static void start_ready(struct scene *scene)
{
	start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
}

static struct bearer_result result(struct scene *scene)
{
	const struct bearer_tell *tell = hub_scene_take(&scene->hub, BEARER_TELL_RESULT, HUB_WAIT_MS);

	assert_non_null(tell);
	return tell->result;
}

static struct bearer_result send_one(struct scene *scene, int64_t delivery, const char *to)
{
	struct bearer_result got;

	hub_scene_send(&scene->hub, delivery, to, "Prova");
	got = result(scene);
	assert_int_equal(got.delivery, delivery);
	assert_int_equal(got.attempt, 1);
	return got;
}

static void stop(struct scene *scene)
{
	assert_true(hub_scene_stop(&scene->hub));
}

/* ---- healthy ---- */

static void test_ready_quickly(void **state)
{
	struct scene *scene = *state;
	int64_t started = clock_mono_ms();

	start_ready(scene);
	assert_true(clock_mono_ms() - started < 1000);
	assert_string_equal(scene->hub.status.imei, "356938035643809");
	assert_string_equal(scene->hub.status.sim, "8939010000000000019");
	assert_true(hub_scene_take(&scene->hub, BEARER_TELL_RESULT, 50) == NULL);
	assert_string_equal(scene->hub.status.network, "TIM");
	assert_string_equal(scene->hub.status.technology, "LTE");
	assert_int_equal(scene->hub.status.signal_dbm, -73);
	assert_true(scene->hub.status.receipts);
	assert_int_equal(send_one(scene, 7, TO).outcome, BEARER_ACCEPTED);
	stop(scene);
}

/* Sends cost nothing but themselves: no other command between, however many. */
static void test_sends_cost_no_other_command(void **state)
{
	struct scene *scene = *state;
	int64_t started;
	int others;

	start_ready(scene);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGL=4", 1));
	assert_int_equal(send_one(scene, 1, TO).outcome, BEARER_ACCEPTED);
	others = fake_modem_count(scene->modem, "AT*") - fake_modem_count(scene->modem, "AT+CMGS=*");
	started = clock_mono_ms();
	for (int i = 0; i < 200; i++) {
		struct bearer_result got = send_one(scene, 2 + i, TO);

		assert_int_equal(got.outcome, BEARER_ACCEPTED);
		assert_int_equal(got.reference, (i + 2) & 0xFF);
		assert_true(got.receipt);
	}
	print_message("200 sends in %lld ms\n", (long long)(clock_mono_ms() - started));
	assert_int_equal(fake_modem_count(scene->modem, "AT*") - fake_modem_count(scene->modem, "AT+CMGS=*"), others);
	stop(scene);
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

	start_ready(scene);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bearer_result got;

		fake_modem_forget(scene->modem, "PDU");
		fake_modem_answer(scene->modem, "PDU", cases[i].answer);
		got = send_one(scene, (int64_t)i, TO);
		assert_int_equal(got.outcome, cases[i].outcome);
		assert_memory_equal(got.error, cases[i].answer, strlen(cases[i].answer));
	}
	assert_int_equal(scene->hub.status.state, BEARER_READY);
	stop(scene);
}

static void test_refusal_of_everybody_is_the_sim(void **state)
{
	struct scene *scene = *state;

	fake_modem_answer(scene->modem, "PDU", "+CMS ERROR: 1");
	start_ready(scene);
	assert_int_equal(send_one(scene, 1, "+393330000001").outcome, BEARER_BAD_RECIPIENT);
	assert_int_equal(send_one(scene, 2, "+393330000002").outcome, BEARER_BAD_RECIPIENT);
	assert_int_equal(send_one(scene, 3, "+393330000003").outcome, BEARER_BARRED);
	stop(scene);
}

static void test_error_in_place_of_prompt(void **state)
{
	struct scene *scene = *state;

	fake_modem_answer(scene->modem, "AT+CMGS=*", "+CMS ERROR: 42");
	fake_modem_answer(scene->modem, "AT+CMGS=*", ">");
	start_ready(scene);
	assert_int_equal(send_one(scene, 1, TO).outcome, BEARER_RETRY_LATER);
	assert_int_equal(fake_modem_count(scene->modem, "PDU"), 0);
	assert_int_equal(send_one(scene, 2, TO).outcome, BEARER_ACCEPTED);
	stop(scene);
}

static void test_no_prompt(void **state)
{
	struct scene *scene = *state;

	fake_modem_answer(scene->modem, "AT+CMGS=*", "");
	fake_modem_answer(scene->modem, "AT+CMGS=*", ">");
	start_ready(scene);
	assert_int_equal(send_one(scene, 1, TO).outcome, BEARER_NOT_SENT);
	assert_int_equal(send_one(scene, 2, TO).outcome, BEARER_ACCEPTED);
	stop(scene);
}

/* Silence after Ctrl-Z; the answer comes while the dialogue is brought back in step. */
static void test_late_answer(void **state)
{
	struct scene *scene = *state;
	struct bearer_result got;

	fake_modem_answer(scene->modem, "PDU", "");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 9\nOK");
	start_ready(scene);
	fake_modem_forget(scene->modem, "AT");
	fake_modem_answer(scene->modem, "AT", "+CMGS: 142\nOK\nOK");
	got = send_one(scene, 1, TO);
	assert_int_equal(got.outcome, BEARER_ACCEPTED);
	assert_int_equal(got.reference, 142);
	fake_modem_forget(scene->modem, "AT");
	got = send_one(scene, 2, TO);
	assert_int_equal(got.outcome, BEARER_ACCEPTED);
	assert_int_equal(got.reference, 9);
	stop(scene);
}

static void test_silence_is_unknown(void **state)
{
	struct scene *scene = *state;
	struct bearer_result got;

	fake_modem_answer(scene->modem, "PDU", "");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 9\nOK");
	start_ready(scene);
	got = send_one(scene, 1, TO);
	assert_int_equal(got.outcome, BEARER_UNKNOWN);
	assert_int_equal(got.reference, -1);
	assert_true(got.receipt);
	assert_int_equal(send_one(scene, 2, TO).reference, 9);
	stop(scene);
}

static void test_hang_in_mid_send(void **state)
{
	struct scene *scene = *state;

	start_ready(scene);
	fake_modem_set_mute(scene->modem, false);
	fake_modem_answer(scene->modem, "PDU", "");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 5\nOK");
	hub_scene_send(&scene->hub, 1, TO, "Prova");
	assert_true(fake_modem_wait(scene->modem, "PDU", 1));
	fake_modem_set_mute(scene->modem, true);
	assert_int_equal(result(scene).outcome, BEARER_UNKNOWN);
	assert_true(hub_scene_state(&scene->hub, BEARER_HUNG, HUB_WAIT_MS));
	hub_scene_send(&scene->hub, 2, TO, "Prova");
	assert_int_equal(result(scene).outcome, BEARER_NOT_SENT);
	fake_modem_set_mute(scene->modem, false);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, 2 * HUB_WAIT_MS));
	assert_int_equal(send_one(scene, 3, TO).reference, 5);
	stop(scene);
}

static void test_reboot_in_mid_send(void **state)
{
	struct scene *scene = *state;
	int before;

	fake_modem_answer(scene->modem, "PDU", "RDY\n+CPIN: READY");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 5\nOK");
	start_ready(scene);
	before = fake_modem_count(scene->modem, "AT+CMGF=0");
	assert_int_equal(send_one(scene, 1, TO).outcome, BEARER_UNKNOWN);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGF=0", before + 1));
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	while (hub_scene_take(&scene->hub, BEARER_TELL_RESULT, 300))
		fail();
	assert_int_equal(send_one(scene, 2, TO).reference, 5);
	stop(scene);
}

static void test_modem_class_is_set_up_again(void **state)
{
	struct scene *scene = *state;
	int before;

	fake_modem_answer(scene->modem, "PDU", "+CMS ERROR: 302");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 5\nOK");
	start_ready(scene);
	before = fake_modem_count(scene->modem, "AT+CMGF=0");
	assert_int_equal(send_one(scene, 1, TO).outcome, cms_outcome(CMS_MODEM));
	assert_true(fake_modem_wait(scene->modem, "AT+CMGF=0", before + 1));
	assert_true(hub_scene_state(&scene->hub, BEARER_STARTING, HUB_WAIT_MS));
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	assert_int_equal(send_one(scene, 2, TO).outcome, BEARER_ACCEPTED);
	stop(scene);
}

static void test_three_obscure_failures_recover(void **state)
{
	struct scene *scene = *state;

	for (int i = 0; i < 3; i++)
		fake_modem_answer(scene->modem, "PDU", "+CMS ERROR: 500");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 5\nOK");
	start_ready(scene);
	for (int i = 0; i < 3; i++)
		assert_int_equal(send_one(scene, i, TO).outcome, BEARER_RETRY_LATER);
	assert_true(hub_scene_state(&scene->hub, BEARER_HUNG, HUB_WAIT_MS));
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	assert_int_equal(send_one(scene, 4, TO).outcome, BEARER_ACCEPTED);
	stop(scene);
}

static void test_registration_lost(void **state)
{
	struct scene *scene = *state;

	fake_modem_answer(scene->modem, "PDU", "+CMS ERROR: 331");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 5\nOK");
	start_ready(scene);
	fake_modem_forget(scene->modem, "AT+CREG?");
	fake_modem_answer(scene->modem, "AT+CREG?", "+CREG: 0,2\nOK");
	assert_int_equal(send_one(scene, 1, TO).outcome, BEARER_NOT_SENT);
	assert_true(hub_scene_state(&scene->hub, BEARER_SEARCHING, HUB_WAIT_MS));
	assert_int_equal(send_one(scene, 2, TO).outcome, BEARER_NOT_SENT);
	assert_int_equal(fake_modem_count(scene->modem, "PDU"), 1);
	fake_modem_answer(scene->modem, "AT+CREG?", "+CREG: 0,1\nOK");
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	assert_int_equal(send_one(scene, 3, TO).outcome, BEARER_ACCEPTED);
	stop(scene);
}

static void test_roaming_needs_permission(void **state)
{
	struct scene *scene = *state;

	fake_modem_forget(scene->modem, "AT+CREG?");
	fake_modem_answer(scene->modem, "AT+CREG?", "+CREG: 0,5\nOK");
	start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_SEARCHING, HUB_WAIT_MS));
	assert_non_null(strstr(scene->hub.status.why, "roaming"));
	stop(scene);
	scene->config.roaming = true;
	start_ready(scene);
	stop(scene);
}

static void test_without_a_network_for_long(void **state)
{
	struct scene *scene = *state;

	fake_modem_forget(scene->modem, "AT+CREG?");
	fake_modem_answer(scene->modem, "AT+CREG?", "+CREG: 0,2\nOK");
	fake_modem_answer(scene->modem, "AT+COPS=0", "OK");
	scene->timings.unregistered = 100;
	scene->timings.cycle = 300;
	start(scene);
	assert_true(fake_modem_wait(scene->modem, "AT+COPS=0", 1));
	assert_true(fake_modem_wait(scene->modem, "AT+CFUN=4", 1));
	fake_modem_answer(scene->modem, "AT+CREG?", "+CREG: 0,1\nOK");
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	stop(scene);
}

/* Nothing helps for a while: every rung in turn, then a bounded wait, and back as soon as it answers. */
static void test_the_whole_ladder(void **state)
{
	struct scene *scene = *state;
	bool restarted;

	scene->timings.command = scene->timings.store = 100;
	scene->timings.watch = 100;
	start_ready(scene);
	fake_modem_set_mute(scene->modem, true);
	assert_true(hub_scene_state(&scene->hub, BEARER_HUNG, 2 * HUB_WAIT_MS));
	restarted = fake_modem_wait(scene->modem, "AT+CFUN=1,1", 1) || fake_modem_wait(scene->modem, "AT+CFUN=1,1", 1);
	assert_true(restarted);
	fake_modem_set_mute(scene->modem, false);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, 2 * HUB_WAIT_MS));
	assert_int_equal(send_one(scene, 1, TO).outcome, BEARER_ACCEPTED);
	stop(scene);
}

/* ---- ports ---- */

static void unplug_and_return(struct scene *scene, const char *new_name)
{
	char link[160];

	start_ready(scene);
	fake_modem_answer(scene->modem, "PDU", "!text\r\n+CMG\n!unplug");
	fake_modem_answer(scene->modem, "PDU", "+CMGS: 5\nOK");
	assert_int_equal(send_one(scene, 1, TO).outcome, BEARER_UNKNOWN);
	assert_true(hub_scene_state(&scene->hub, BEARER_GONE, HUB_WAIT_MS));
	assert_int_equal(send_one(scene, 2, TO).outcome, BEARER_NOT_SENT);
	snprintf(link, sizeof(link), "%s/%s", scene->directory, new_name);
	fake_modem_plug(scene->modem, link);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	assert_int_equal(send_one(scene, 3, TO).reference, 5);
	stop(scene);
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
	healthy(other);
	strcpy(scene->config.imei, "990000862471854");
	snprintf(scene->config.port, sizeof(scene->config.port), "%s/ttyUSB*", scene->directory);
	fake_modem_forget(other, "AT+CGSN");
	fake_modem_answer(other, "AT+CGSN", "990000862471854\nOK");
	start_ready(scene);
	assert_string_equal(scene->hub.status.imei, "990000862471854");
	stop(scene);
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
	healthy(other);
	fake_modem_forget(other, "AT+CGSN");
	fake_modem_answer(other, "AT+CGSN", "990000862471854\nOK");
	snprintf(scene->config.port, sizeof(scene->config.port), "%s/ttyUSB*", scene->directory);
	start(scene);
	hub_scene_start(second, &scene->config, &scene->timings);
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	assert_true(hub_scene_state(second, BEARER_READY, HUB_WAIT_MS));
	assert_string_not_equal(scene->hub.status.imei, second->status.imei);
	stop(scene);
	assert_true(hub_scene_stop(second));
	fake_modem_free(other);
	free(second);
}

static void test_another_modem_than_configured(void **state)
{
	struct scene *scene = *state;

	strcpy(scene->config.imei, "990000862471854");
	start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_GONE, HUB_WAIT_MS));
	assert_non_null(strstr(scene->hub.status.why, "356938035643809"));
	stop(scene);
}

static void test_no_modem_says_so(void **state)
{
	struct scene *scene = *state;

	fake_modem_set_mute(scene->modem, true);
	start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_GONE, HUB_WAIT_MS));
	assert_non_null(strstr(scene->hub.status.why, "not a modem"));
	stop(scene);
}

static void test_stop_is_obeyed_while_there_is_no_port(void **state)
{
	struct scene *scene = *state;
	int64_t started;

	strcpy(scene->config.port, "/nonexistent/tty");
	scene->timings.again = 60000;
	start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_GONE, HUB_WAIT_MS));
	started = clock_mono_ms();
	stop(scene);
	assert_true(clock_mono_ms() - started < 1000);
}

/* ---- SIM ---- */

static void test_pin_is_used_once(void **state)
{
	struct scene *scene = *state;

	fake_modem_forget(scene->modem, "AT+CPIN?");
	fake_modem_answer(scene->modem, "AT+CPIN?", "+CPIN: SIM PIN\nOK");
	fake_modem_answer(scene->modem, "AT+CPINR", "+CPINR: SIM PIN,3,3\nOK");
	fake_modem_answer(scene->modem, "AT+CPIN=*", "+CME ERROR: 16");
	scene->timings.watch = 100;
	start(scene);
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
	assert_int_equal(result(scene).outcome, BEARER_NOT_SENT);
	stop(scene);
}

static void test_right_pin(void **state)
{
	struct scene *scene = *state;

	fake_modem_forget(scene->modem, "AT+CPIN?");
	fake_modem_answer(scene->modem, "AT+CPIN?", "+CPIN: SIM PIN\nOK");
	fake_modem_answer(scene->modem, "AT+CPIN?", "+CPIN: READY\nOK");
	fake_modem_answer(scene->modem, "AT+CPIN=*", "OK");
	start(scene);
	const struct bearer_tell *tell = hub_scene_take(&scene->hub, BEARER_TELL_WANTS_PIN, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_int_equal(tell->wants_pin.attempts_left, -1);
	hub_scene_ask(&scene->hub, BEARER_ASK_PIN, 0, "1234");
	assert_true(hub_scene_state(&scene->hub, BEARER_READY, HUB_WAIT_MS));
	stop(scene);
}

static void test_last_attempts_are_not_spent(void **state)
{
	struct scene *scene = *state;

	fake_modem_forget(scene->modem, "AT+CPIN?");
	fake_modem_answer(scene->modem, "AT+CPIN?", "+CPIN: SIM PIN\nOK");
	fake_modem_answer(scene->modem, "AT+CSIM=*", "+CSIM: 4,\"63C1\"\nOK");
	start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_PIN, HUB_WAIT_MS));
	assert_null(hub_scene_take(&scene->hub, BEARER_TELL_WANTS_PIN, 300));
	assert_non_null(strstr(scene->hub.status.why, "1 PIN attempt left"));
	stop(scene);
}

static void test_puk_is_left_to_people(void **state)
{
	struct scene *scene = *state;

	fake_modem_forget(scene->modem, "AT+CPIN?");
	fake_modem_answer(scene->modem, "AT+CPIN?", "+CPIN: SIM PUK\nOK");
	start(scene);
	assert_true(hub_scene_state(&scene->hub, BEARER_SIM, HUB_WAIT_MS));
	assert_non_null(strstr(scene->hub.status.why, "PUK"));
	assert_int_equal(fake_modem_count(scene->modem, "AT+CPIN=*"), 0);
	stop(scene);
}

/* ---- receiving ---- */

static struct bearer_tell received(struct scene *scene)
{
	const struct bearer_tell *tell = hub_scene_take(&scene->hub, BEARER_TELL_RECEIVED, HUB_WAIT_MS);

	assert_non_null(tell);
	return *tell;
}

static void test_deleted_only_when_kept(void **state)
{
	struct scene *scene = *state;
	struct bearer_tell tell;

	fake_modem_store(scene->modem, "SM", 3, "0,,30", DELIVER);
	start_ready(scene);
	tell = received(scene);
	assert_false(tell.received.damaged);
	assert_int_equal(tell.received.length, strlen(DELIVER) / 2);
	assert_int_equal(send_one(scene, 1, TO).outcome, BEARER_ACCEPTED); /* nothing waits for KEPT */
	assert_true(fake_modem_has(scene->modem, "SM", 3));
	assert_int_equal(fake_modem_count(scene->modem, "AT+CMGD=*"), 0);
	hub_scene_ask(&scene->hub, BEARER_ASK_KEPT, tell.token, "");
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=3", 1));
	stop(scene);
	assert_false(fake_modem_has(scene->modem, "SM", 3));
}

static void test_told_again_until_kept(void **state)
{
	struct scene *scene = *state;
	struct bearer_tell first, second;

	scene->timings.kept = 200;
	scene->timings.sweep = 300;
	fake_modem_store(scene->modem, "SM", 3, "0,,30", DELIVER);
	start_ready(scene);
	fake_modem_say(scene->modem, "+CDS: 25\n" REPORT);
	first = received(scene);
	second = received(scene);
	assert_int_not_equal(first.token, second.token);
	for (int i = 0; i < 2; i++)
		hub_scene_ask(&scene->hub, BEARER_ASK_KEPT, received(scene).token, "");
	stop(scene);
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
	start_ready(scene);
	hub_scene_ask(&scene->hub, BEARER_ASK_KEPT, received(scene).token, "");
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=3", 3));
	stop(scene);
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
	start(scene);
	scene->hub.keep_all = true;
	for (int i = 0; i < 4; i++)
		tell[i] = received(scene);
	assert_false(tell[0].received.damaged);
	assert_true(tell[1].received.damaged);
	assert_true(tell[2].received.damaged);
	assert_false(tell[3].received.damaged);
	assert_memory_equal(tell[1].received.octets, "0791132604000ZZ!", 16);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=*", 4));
	stop(scene);
}

/* Some modems hand a message over and store it too: both reach the hub, which knows them for one. */
static void test_same_message_directly_and_stored(void **state)
{
	struct scene *scene = *state;
	struct bearer_tell direct, stored;

	start_ready(scene);
	scene->hub.keep_all = true;
	fake_modem_store(scene->modem, "SM", 1, "0,,30", DELIVER);
	fake_modem_say(scene->modem, "+CMT: ,30\n" DELIVER "\n+CMTI: \"SM\",1");
	direct = received(scene);
	stored = received(scene);
	assert_int_equal(direct.received.length, stored.received.length);
	assert_memory_equal(direct.received.octets, stored.received.octets, direct.received.length);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=1", 1));
	stop(scene);
}

/* While one send follows the other, what arrives still finds its way up and out of the store. */
static void test_receives_between_sends(void **state)
{
	struct scene *scene = *state;
	bool deleted = false;

	scene->timings.patience = 50;
	start_ready(scene);
	scene->hub.keep_all = true;
	fake_modem_store(scene->modem, "SM", 1, "0,,30", DELIVER);
	fake_modem_say(scene->modem, "+CMTI: \"SM\",1");
	for (int i = 0; i < 2000 && !deleted; i++) {
		assert_int_equal(send_one(scene, i, TO).outcome, BEARER_ACCEPTED);
		deleted = !fake_modem_has(scene->modem, "SM", 1);
	}
	assert_true(deleted);
	stop(scene);
}

static void test_full_store_is_emptied(void **state)
{
	struct scene *scene = *state;

	start_ready(scene);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGL=4", 1));
	scene->hub.keep_all = true;
	fake_modem_store(scene->modem, "SM", 1, "0,,30", DELIVER);
	fake_modem_store(scene->modem, "SM", 2, "3,,30", "0011000B916407281553F80000AA0AE8329BFD4697D9EC37");
	fake_modem_say(scene->modem, "+SMS FULL");
	received(scene);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=1", 1));
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=2", 1));
	stop(scene);
	assert_int_equal(scene->hub.told_count, 0);
}

static void test_store_error_while_sending_sweeps(void **state)
{
	struct scene *scene = *state;

	fake_modem_answer(scene->modem, "PDU", "+CMS ERROR: 322");
	start_ready(scene);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGL=4", 1));
	send_one(scene, 1, TO);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGL=4", 2));
	stop(scene);
}

static void test_slots_are_read_where_lists_fail(void **state)
{
	struct scene *scene = *state;

	fake_modem_answer(scene->modem, "AT+CMGL=4", "ERROR");
	fake_modem_store(scene->modem, "SM", 7, "0,,30", DELIVER);
	start_ready(scene);
	scene->hub.keep_all = true;
	assert_int_equal(received(scene).received.length, strlen(DELIVER) / 2);
	assert_true(fake_modem_wait(scene->modem, "AT+CMGD=7", 1));
	stop(scene);
}

/* ---- calls and the technician ---- */

static void test_call_is_told_once_and_rejected(void **state)
{
	struct scene *scene = *state;
	const struct bearer_tell *tell;

	start_ready(scene);
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
	stop(scene);
}

static void test_answered_call_makes_way_for_a_send(void **state)
{
	struct scene *scene = *state;

	scene->config.calls = GSM_CALLS_ANSWER;
	start_ready(scene);
	fake_modem_answer(scene->modem, "ATA", "OK");
	fake_modem_say(scene->modem, "RING\n+CLIP: \"+393337654321\",145");
	assert_true(fake_modem_wait(scene->modem, "ATA", 1));
	assert_int_equal(fake_modem_count(scene->modem, "AT+CHUP"), 0);
	assert_int_equal(send_one(scene, 1, TO).outcome, BEARER_ACCEPTED);
	assert_int_equal(fake_modem_count(scene->modem, "AT+CHUP"), 1);
	stop(scene);
}

static void test_technician(void **state)
{
	struct scene *scene = *state;
	const struct bearer_tell *tell;

	start_ready(scene);
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
	stop(scene);
}

/* The modem refuses the code as typed, takes it as packed septets, and answers so too. */
static void test_ussd_in_the_form_the_modem_takes(void **state)
{
	struct scene *scene = *state;
	const struct bearer_tell *tell;

	fake_modem_answer(scene->modem, "AT+CUSD=1,\"AA180C3602\",15", "OK\n+CUSD: 0,\"E8329BFD4697D9EC37\",15");
	start_ready(scene);
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
	stop(scene);
}

/* The network may end a session first and give the text that matters behind it, or never answer. */
static void test_ussd_released_and_silent(void **state)
{
	struct scene *scene = *state;
	const struct bearer_tell *tell;

	scene->timings.ussd = 200;
	fake_modem_answer(scene->modem, "AT+CUSD=1,*", "OK\n+CUSD: 2,\"Released\",15\n+CUSD: 0,\"Credito 5,00\",15");
	fake_modem_answer(scene->modem, "AT+CUSD=1,*", "OK");
	start_ready(scene);
	hub_scene_ask(&scene->hub, BEARER_ASK_USSD, 1, "*100#");
	tell = hub_scene_take(&scene->hub, BEARER_TELL_REPLY, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_string_equal(tell->reply.text, "Credito 5,00");
	hub_scene_ask(&scene->hub, BEARER_ASK_USSD, 2, "*100#");
	tell = hub_scene_take(&scene->hub, BEARER_TELL_REPLY, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_non_null(strstr(tell->reply.text, "did not answer"));
	stop(scene);
}

int main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_open, scene_close)
	const struct CMUnitTest tests[] = {
		SCENE(test_ready_quickly),
		SCENE(test_sends_cost_no_other_command),
		SCENE(test_each_error_class),
		SCENE(test_refusal_of_everybody_is_the_sim),
		SCENE(test_error_in_place_of_prompt),
		SCENE(test_no_prompt),
		SCENE(test_late_answer),
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
