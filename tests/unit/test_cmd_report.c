/* `banditore report`: what an office reads, what it does, and what the citizen is told. */
#include "tests/unit/desk_scene.h"

#include "db/limit.h"
#include "db/report.h"
#include "firmware-host/csv.h"
#include "tests/unit/hostile.h"

enum { HOUR = 3600000 };

static const int64_t then = 1795510800000; /* 2026-11-24 10:00 in Rome */

static int64_t write_from(
	struct fixture *fixture, enum subscriber_channel channel, const char *address, const char *text, int64_t at)
{
	struct correspondent from = {.channel = channel};
	struct report_item item = {.kind = REPORT_TEXT, .text = text, .text_length = (int32_t)strlen(text)};
	int64_t report = 0, id;
	bool fresh;

	snprintf(from.address, sizeof from.address, "%s", address);
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(report_write(fixture->db, &from, &item, 600000, at, &report, &id, &fresh, &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));
	return report;
}

static void test_read(void **state)
{
	struct fixture *fixture = *state;
	struct desk_scene scene;

	desk_scene_open(&scene, fixture);
	write_from(fixture, CHANNEL_SMS, "+393330000001", "Buca in via Roma", then);
	write_from(fixture, CHANNEL_SMS, "+393330000001", "davanti al civico 4", then + 60000);
	write_from(fixture, CHANNEL_WHATSAPP, "IT.abc", "Lampione spento", then);
	assert_int_equal(DESK_RUN(cmd_report, "report", "list"), 0);
	assert_string_equal(scene.printed,
		"    2  2026-11-24T10:00  new       -             IT.abc  1  Lampione spento\n"
		"    1  2026-11-24T10:00  new       -             +393330000001  2  Buca in via Roma\n");
	assert_int_equal(DESK_RUN(cmd_report, "report", "show", "1"), 0);
	assert_non_null(strstr(scene.printed, "report 1, new, by sms from +393330000001\noffice: none yet\n"));
	assert_non_null(strstr(scene.printed, "\n    davanti al civico 4\n"));
	assert_int_equal(DESK_RUN(cmd_report, "report", "show", "1", "--json"), 0);
	json_t *json = json_loads(scene.printed, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "created")), "2026-11-24T10:00:00+01:00");
	assert_int_equal(json_array_size(json_object_get(json, "items")), 2);
	assert_int_equal(json_array_size(json_object_get(json, "history")), 1);
	assert_true(json_is_null(json_object_get(json, "duplicate_of")));
	json_decref(json);
	assert_int_equal(DESK_RUN(cmd_report, "report", "list", "--state", "closed", "--json"), 0);
	assert_string_equal(scene.printed, "[]\n");
	assert_int_equal(DESK_RUN(cmd_report, "report", "list", "--csv", "--office", "tecnico"), 0);
	assert_string_equal(scene.printed,
		"number,state,office,from,channel,created,last,answered,closed,duplicate_of,count,text\r\n");
	desk_scene_close(&scene);
}

static void test_do(void **state)
{
	struct fixture *fixture = *state;
	struct desk_scene scene;
	struct message message;

	desk_scene_open(&scene, fixture);
	write_from(fixture, CHANNEL_SMS, "+393330000001", "Buca in via Roma", then);
	assert_int_equal(DESK_RUN(cmd_report, "report", "assign", "1", "ufficio TECNICO"), 0);
	assert_string_equal(scene.printed, "report 1: assigned\n");
	assert_int_equal(DESK_RUN(cmd_report, "report", "reply", "1", "È in programma per domani"), 0);
	assert_string_equal(scene.printed, "report 1: answered, 1 person answered\n");
	assert_string_equal(desk_text(fixture, 1, &message),
		"Comune di Santa Fiora, segnalazione 1, Ufficio tecnico: E' in programma per domani");
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM outbox WHERE address = '+393330000001' AND channel = 0"), 1);
	assert_int_equal(DESK_RUN(cmd_report, "report", "close", "1"), 0);
	assert_string_equal(scene.printed, "report 1: closed\n");
	assert_int_equal(DESK_RUN(cmd_report, "report", "list", "--json"), 0);
	assert_string_equal(scene.printed, "[]\n");
	assert_int_equal(DESK_RUN(cmd_report, "report", "close", "1", "Fatto, grazie", "--json"), 0);
	assert_string_equal(scene.printed, "{\"id\":1,\"people\":1}\n");
	assert_int_equal(ask(fixture, "SELECT state FROM report"), REPORT_CLOSED);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM message"), 2);
	assert_int_equal(ask(fixture, "SELECT message_id FROM report_event WHERE act = 3 ORDER BY id DESC"), 2);
	desk_scene_close(&scene);
}

/* One answer serves all who reported the same, each with their own number and by their own channel. */
static void test_fold(void **state)
{
	struct fixture *fixture = *state;
	struct desk_scene scene;
	struct message message;
	int64_t now = (int64_t)time(NULL) * 1000;

	desk_scene_open(&scene, fixture);
	scene.cli.settings->whatsapp.enabled = true;
	write_from(fixture, CHANNEL_SMS, "+393330000001", "Buca", then);
	write_from(fixture, CHANNEL_SMS, "+393330000002", "Una buca!", then);
	write_from(fixture, CHANNEL_WHATSAPP, "IT.abc", "Voragine", then);
	write_from(fixture, CHANNEL_SMS, "+393330000001", "Ancora la buca", then + HOUR);
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(limit_wrote(fixture->db, "IT.abc", now - HOUR, now, &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));
	for (int i = 2; i <= 4; i++) {
		char number[8];
		snprintf(number, sizeof number, "%d", i);
		assert_int_equal(DESK_RUN(cmd_report, "report", "fold", number, "1"), 0);
	}
	assert_int_equal(DESK_RUN(cmd_report, "report", "list"), 0);
	assert_null(strchr(strchr(scene.printed, '\n') + 1, '\n'));
	assert_int_equal(DESK_RUN(cmd_report, "report", "show", "1"), 0);
	assert_non_null(strstr(scene.printed, "duplicates: 4 3 2\n"));
	assert_int_equal(DESK_RUN(cmd_report, "report", "reply", "1", "Riparata"), 0);
	assert_string_equal(scene.printed, "report 1: answered, 3 people answered\n"); /* nobody twice */
	assert_int_equal(ask(fixture, "SELECT count(*) FROM outbox WHERE address = 'IT.abc' AND channel = 1"), 1);
	assert_int_equal(ask(fixture, "SELECT message_id FROM outbox WHERE address = '+393330000001'"), 3);
	assert_string_equal(desk_text(fixture, 3, &message), "Comune di Santa Fiora, segnalazione 1: Riparata");
	assert_string_equal(desk_text(fixture, 1, &message), "Comune di Santa Fiora, segnalazione 2: Riparata");
	desk_scene_close(&scene);
}

/* WhatsApp's window is shut: by SMS to whose number is known, else not at all and nothing is changed. */
static void test_window(void **state)
{
	struct fixture *fixture = *state;
	struct desk_scene scene;

	desk_scene_open(&scene, fixture);
	scene.cli.settings->whatsapp.enabled = true;
	write_from(fixture, CHANNEL_WHATSAPP, "+393330000003", "Buca", then);
	write_from(fixture, CHANNEL_WHATSAPP, "IT.hidden", "Buca", then);
	assert_int_equal(DESK_RUN(cmd_report, "report", "reply", "1", "Riparata"), 0);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM outbox WHERE address = '+393330000003' AND channel = 0"), 1);
	assert_int_equal(DESK_RUN(cmd_report, "report", "reply", "2", "Riparata"), EX_UNAVAILABLE);
	assert_non_null(strstr(fixture->err.text, "report 2: WhatsApp takes no answer"));
	assert_int_equal(ask(fixture, "SELECT count(*) FROM message"), 1);
	assert_int_equal(ask(fixture, "SELECT state FROM report WHERE id = 2"), REPORT_NEW);
	desk_scene_close(&scene);
}

static void test_refusals(void **state)
{
	struct fixture *fixture = *state;
	struct desk_scene scene;
	char longest[2000];

	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	desk_scene_open(&scene, fixture);
	write_from(fixture, CHANNEL_SMS, "+393330000001", "Buca", then);
	write_from(fixture, CHANNEL_SMS, "Pubblicita", "Offerta", then);
	assert_int_equal(DESK_RUN(cmd_report, "report"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_report, "report", "delete", "1"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_report, "report", "list", "1"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_report, "report", "list", "--stato"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_report, "report", "list", "--state", "nuovo"), EX_DATAERR);
	assert_int_equal(DESK_RUN(cmd_report, "report", "show"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_report, "report", "show", "uno"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_report, "report", "show", "9"), EX_REFUSED);
	assert_int_equal(DESK_RUN(cmd_report, "report", "assign", "1"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_report, "report", "assign", "1", "cucina"), EX_DATAERR);
	assert_int_equal(DESK_RUN(cmd_report, "report", "assign", "9", "tecnico"), EX_REFUSED);
	assert_int_equal(DESK_RUN(cmd_report, "report", "reply", "1", " "), EX_DATAERR);
	assert_int_equal(DESK_RUN(cmd_report, "report", "reply", "1", "\xFF"), EX_DATAERR);
	assert_int_equal(DESK_RUN(cmd_report, "report", "reply", "1", longest), EX_DATAERR);
	assert_int_equal(DESK_RUN(cmd_report, "report", "reply", "1", "a", "b"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_report, "report", "reply", "2", "Grazie"), EX_UNAVAILABLE); /* takes no answer */
	assert_int_equal(DESK_RUN(cmd_report, "report", "reply", "9", "Grazie"), EX_REFUSED);
	assert_int_equal(DESK_RUN(cmd_report, "report", "fold", "1", "1"), EX_REFUSED);
	assert_int_equal(DESK_RUN(cmd_report, "report", "fold", "9", "1"), EX_REFUSED);
	assert_int_equal(DESK_RUN(cmd_report, "report", "fold", "1", "x"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_report, "report", "close", "9"), EX_REFUSED);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM message"), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report_event WHERE act > 1"), 0);
	assert_int_equal(DESK_RUN(cmd_report, "report", "--help"), 0);
	desk_scene_close(&scene);
}

static void check_csv_row(const char *printed, const char *text)
{
	struct csv *csv = malloc(sizeof *csv);

	assert_non_null(csv);
	csv_open(csv, printed, strlen(printed));
	assert_int_equal(csv_read(csv), 1);
	assert_int_equal(csv_read(csv), 1);
	assert_int_equal(csv->count, 12);
	/* A spreadsheet takes none for a formula; what is guarded reads back. */
	for (int i = 0; i < csv->count; i++)
		assert_null(csv->fields[i][0] ? strchr("=+-@|%", csv->fields[i][0]) : NULL);
	if (strchr("=+", text[0]))
		assert_string_equal(csv_unguard(csv->fields[11]), text);
	assert_int_equal(csv_read(csv), 0);
	free(csv);
}

static void test_harmless(void **state)
{
	struct fixture *fixture = *state;
	struct desk_scene scene;
	json_t *json;

	desk_scene_open(&scene, fixture);
	for (size_t i = 0; i < HOSTILE_TEXTS; i++) {
		int64_t id = write_from(fixture, CHANNEL_WHATSAPP, hostile_texts[i], hostile_texts[i], then);
		char number[24];
		snprintf(number, sizeof number, "%lld", (long long)id);

		assert_int_equal(DESK_RUN(cmd_report, "report", "list"), 0);
		desk_check_harmless(scene.printed);
		assert_null(strchr(strchr(scene.printed, '\n') + 1, '\n')); /* one line */
		assert_int_equal(DESK_RUN(cmd_report, "report", "show", number), 0);
		desk_check_harmless(scene.printed);

		assert_int_equal(DESK_RUN(cmd_report, "report", "show", number, "--json"), 0);
		desk_check_harmless(scene.printed);
		json = json_loads(scene.printed, 0, NULL);
		assert_string_equal(json_string_value(json_object_get(json, "from")), hostile_texts[i]);
		json_t *item = json_array_get(json_object_get(json, "items"), 0);
		assert_string_equal(json_string_value(json_object_get(item, "text")), hostile_texts[i]);
		json_decref(json);

		assert_int_equal(DESK_RUN(cmd_report, "report", "list", "--csv"), 0);
		desk_check_harmless(scene.printed);
		check_csv_row(scene.printed, hostile_texts[i]);
		assert_int_equal(DESK_RUN(cmd_report, "report", "close", number), 0);
	}
	/* What is no UTF-8, as a broken modem may give. */
	write_from(fixture, CHANNEL_SMS, "+393330000001", "caff\xE8 \xFF", then);
	assert_int_equal(DESK_RUN(cmd_report, "report", "list", "--json"), 0);
	json = json_loads(scene.printed, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json, 0), "text")), "caff\uFFFD \uFFFD");
	json_decref(json);
	desk_scene_close(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_read, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_do, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_fold, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_window, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_refusals, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_harmless, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
