/* Dialogues of real models, played to the real worker.
 *
 * A transcript (tests/transcripts/NAME.txt) is read line by line:
 *   # comment
 *   = key value       what the worker must come to: quirks, manufacturer, model, imei, sim, cnmi, receipts (yes, no),
 *                     reference (TP-MR of the send); seen, never, again (a command that came, never came, came once more
 *                     for the send); style (echo, crcrlf)
 *   > command         and the lines of its answer; a command that stands twice is answered in that order, the last
 *   < line            again and again. "PDU" is what ends with Ctrl-Z; a '*' at the end takes whatever follows
 *   + store slot header PDU    a message that arrives after the send
 *   ! line            said by itself when it has arrived */
#include "modem/gsm.h"
#include "modem/pdu.h"
#include "tests/unit/fake_modem.h"
#include "tests/unit/hub_scene.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TRANSCRIPTS_MAX = 64, KEYS_MAX = 32, TEXT_MAX = 4096 };

struct transcript {
	struct fake_modem *modem;
	int key_count;
	struct {
		char name[32], value[96];
	} key[KEYS_MAX];
	char command[128], answer[TEXT_MAX]; /* being read */
	char store[4], header[64], pdu[640];
	int slot;
	char arrival[TEXT_MAX];
};

static const char *key(const struct transcript *transcript, const char *name)
{
	for (int i = 0; i < transcript->key_count; i++)
		if (strcmp(transcript->key[i].name, name) == 0)
			return transcript->key[i].value;
	return "";
}

static void answer_done(struct transcript *transcript)
{
	if (transcript->command[0])
		fake_modem_answer(transcript->modem, transcript->command, transcript->answer);
	transcript->command[0] = transcript->answer[0] = '\0';
}

static void line_add(char *text, const char *line)
{
	size_t length = strlen(text);

	snprintf(text + length, TEXT_MAX - length, "%s%s", length ? "\n" : "", line);
}

static void read_line(struct transcript *transcript, const char *line)
{
	const char *rest = line[0] && line[1] ? line + 2 : "";

	switch (line[0]) {
	case '=':
		assert_int_not_equal(transcript->key_count, KEYS_MAX);
		assert_true(sscanf(rest, "%31s %95[^\n]", transcript->key[transcript->key_count].name,
				    transcript->key[transcript->key_count].value) == 2);
		transcript->key_count++;
		break;
	case '>':
		answer_done(transcript);
		snprintf(transcript->command, sizeof(transcript->command), "%.127s", rest);
		break;
	case '<': line_add(transcript->answer, rest); break;
	case '+':
		assert_int_equal(sscanf(rest, "%3s %d %63s %639s", transcript->store, &transcript->slot,
					 transcript->header, transcript->pdu),
			4);
		break;
	case '!': line_add(transcript->arrival, rest); break;
	case '#':
	case '\0': break;
	default: fail_msg("cannot read: %s", line);
	}
}

static void read_file(struct transcript *transcript, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1024];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		read_line(transcript, line);
	}
	fclose(file);
	answer_done(transcript);
}

static void check_status(const struct transcript *transcript, const struct bearer_status *status)
{
	char cnmi[64] = "", wanted[64];

	assert_string_equal(status->manufacturer, key(transcript, "manufacturer"));
	assert_string_equal(status->model, key(transcript, "model"));
	assert_string_equal(status->imei, key(transcript, "imei"));
	assert_string_equal(status->sim, key(transcript, "sim"));
	assert_int_equal(status->receipts, strcmp(key(transcript, "receipts"), "yes") == 0);
	assert_string_equal(quirks_find(status->manufacturer, status->model, 0, 0)->name, key(transcript, "quirks"));
	assert_true(fake_modem_last(transcript->modem, "AT+CNMI=*", cnmi, sizeof(cnmi)));
	snprintf(wanted, sizeof(wanted), "AT+CNMI=%s", key(transcript, "cnmi"));
	assert_string_equal(cnmi, wanted);
	assert_int_not_equal(status->signal_dbm, 0);
	for (int i = 0; i < transcript->key_count; i++) {
		if (strcmp(transcript->key[i].name, "seen") == 0)
			assert_int_not_equal(fake_modem_count(transcript->modem, transcript->key[i].value), 0);
		if (strcmp(transcript->key[i].name, "never") == 0)
			assert_int_equal(fake_modem_count(transcript->modem, transcript->key[i].value), 0);
	}
}

static void check_send(const struct transcript *transcript, struct hub_scene *hub)
{
	const char *again = key(transcript, "again");
	int before = fake_modem_count(transcript->modem, again);
	const struct bearer_tell *tell;

	hub_scene_send(hub, 1, "+393331234567", "Allerta meteo: è prevista neve");
	tell = hub_scene_take(hub, BEARER_TELL_RESULT, HUB_WAIT_MS);
	assert_non_null(tell);
	assert_int_equal(tell->result.outcome, BEARER_ACCEPTED);
	assert_int_equal(tell->result.reference, atoi(key(transcript, "reference")));
	if (again[0])
		assert_int_equal(fake_modem_count(transcript->modem, again), before + 1);
}

static void check_arrival(const struct transcript *transcript, struct hub_scene *hub)
{
	char hex[2 * BEARER_OCTETS_MAX + 1], command[32];
	const struct bearer_tell *tell;
	uint32_t token;

	fake_modem_store(transcript->modem, transcript->store, transcript->slot, transcript->header, transcript->pdu);
	fake_modem_say(transcript->modem, transcript->arrival);
	tell = hub_scene_take(hub, BEARER_TELL_RECEIVED, HUB_WAIT_MS);
	assert_non_null(tell);
	token = tell->token;
	assert_false(tell->received.damaged);
	hex_write(tell->received.octets, tell->received.length, hex);
	assert_memory_equal(hex, transcript->pdu, strlen(hex));

	assert_int_equal(fake_modem_count(transcript->modem, "AT+CMGD=*"), 0);
	hub_scene_ask(hub, BEARER_ASK_KEPT, token, "");
	snprintf(command, sizeof(command), "AT+CMGD=%d", transcript->slot);
	assert_true(fake_modem_wait(transcript->modem, command, 1));
	assert_false(fake_modem_has(transcript->modem, transcript->store, transcript->slot));
}

static void test_transcript(void **state)
{
	const char *path = *state;
	struct transcript *transcript = calloc(1, sizeof(*transcript));
	struct hub_scene *hub = calloc(1, sizeof(*hub));
	struct gsm_timings timings = hub_scene_timings();
	struct gsm_worker_config config = {.name = "m1"};
	char directory[] = "/tmp/banditore-transcript-XXXXXX", link[64];

	assert_non_null(transcript);
	assert_non_null(hub);
	assert_non_null(mkdtemp(directory));
	snprintf(link, sizeof(link), "%s/ttyUSB2", directory);
	snprintf(config.port, sizeof(config.port), "%s", link);
	transcript->modem = fake_modem_new(link);
	read_file(transcript, path);
	fake_modem_set_style(transcript->modem, strcmp(key(transcript, "style"), "echo") == 0,
		strcmp(key(transcript, "style"), "crcrlf") == 0);

	timings.sim = 200;
	hub_scene_start(hub, &config, &timings);
	assert_true(hub_scene_state(hub, BEARER_READY, HUB_WAIT_MS));
	check_status(transcript, &hub->status);
	check_send(transcript, hub);
	check_arrival(transcript, hub);
	assert_true(hub_scene_stop(hub));

	fake_modem_free(transcript->modem);
	rmdir(directory);
	free(hub);
	free(transcript);
}

int main(void)
{
	struct CMUnitTest tests[TRANSCRIPTS_MAX];
	glob_t found;
	int failed;

	if (glob(TESTS_DIR "/transcripts/*.txt", 0, NULL, &found) != 0 || found.gl_pathc > TRANSCRIPTS_MAX)
		return EXIT_FAILURE;
	for (size_t i = 0; i < found.gl_pathc; i++)
		tests[i] = (struct CMUnitTest){.name = strrchr(found.gl_pathv[i], '/') + 1,
			.test_func = test_transcript,
			.initial_state = found.gl_pathv[i]};
	failed = _cmocka_run_group_tests("transcripts", tests, found.gl_pathc, NULL, NULL);
	globfree(&found);
	return failed;
}
