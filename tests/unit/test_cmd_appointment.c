/* `banditore appointment`: what an office sees and does, what the citizen is told, and the reminder of the day before. */
#include "tests/unit/desk_scene.h"

#include "firmware-host/appointment_notice.h"
#include "firmware-host/caretaker.h"
#include "firmware-host/csv.h"
#include "firmware-host/slots.h"
#include "firmware-host/when.h"
#include "tests/unit/hostile.h"

#include <sys/stat.h>

enum { MINUTE = 60000, DAY_MS = 86400000 };

/* 09:00 of the day so many from today, as a command takes it. */
static const char *day_at(int days, const char *clock, char out[32])
{
	time_t seconds = time(NULL);
	struct tm local;

	localtime_r(&seconds, &local);
	local.tm_mday += days;
	local.tm_hour = 12;
	local.tm_isdst = -1;
	mktime(&local);
	strftime(out, 16, "%Y-%m-%d", &local);
	snprintf(out + 10, 22, " %s", clock);
	return out;
}

static int64_t ms_of(const char *text)
{
	int64_t ms = 0;

	assert_null(when_read(text, 0, &ms));
	return ms;
}

static void book(struct fixture *fixture, struct appointment *appointment)
{
	appointment->who.channel = CHANNEL_SMS;
	if (!appointment->who.address[0])
		strcpy(appointment->who.address, "+393330000001");
	appointment->state = APPOINTMENT_BOOKED;
	appointment->minutes = 30;
	strcpy(appointment->office, "tecnico");
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_int_equal(appointment_book(fixture->db, appointment, 1000, &fixture->err), 1);
	assert_ok(db_commit(fixture->db, &fixture->err));
}

static void test_do(void **state)
{
	struct fixture *fixture = *state;
	struct appointment appointment = {.name = "Anna", .note = "passo carrabile"};
	struct desk_scene scene;
	struct message message;
	char at[32], later[32], expected[300], when[64];

	desk_scene_open(&scene, fixture);
	appointment.start = ms_of(day_at(3, "09:30", at));
	book(fixture, &appointment);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "list"), 0);
	snprintf(expected, sizeof expected,
		"    1  %.10sT09:30   30 min  booked     tecnico       +393330000001  Anna: passo carrabile\n", at);
	assert_string_equal(scene.printed, expected);

	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "confirm", "1", "Porti la planimetria."), 0);
	assert_string_equal(scene.printed, "appointment 1: confirmed\n");
	appointment_notice_when(scene.cli.texts, appointment.start, when, sizeof when);
	snprintf(expected, sizeof expected,
		"Comune di Santa Fiora: appuntamento confermato, Ufficio tecnico, %s. Porti la planimetria. Se non puoi "
		"venire: tel. 0564 000000.",
		when);
	assert_string_equal(desk_text(fixture, 1, &message), expected);

	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "move", "1", day_at(4, "11:00", later)), 0);
	assert_int_equal(ask(fixture, "SELECT start FROM appointment"), ms_of(later));
	assert_non_null(strstr(desk_text(fixture, 2, &message), "abbiamo dovuto spostare"));
	assert_non_null(strstr(message.text, "alle 11:00"));
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "decline", "1", "--json"), 0);
	assert_string_equal(scene.printed, "{\"id\":1,\"state\":\"declined\",\"told\":true}\n");
	assert_non_null(strstr(desk_text(fixture, 3, &message), "non è possibile"));
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "confirm", "1"), EX_REFUSED);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "list", "--json"), 0);
	assert_string_equal(scene.printed, "[]\n");
	assert_int_equal(ask(fixture, "SELECT count(*) FROM audit WHERE act LIKE 'appointment %'"), 3);
	desk_scene_close(&scene);
}

static void test_add_and_free(void **state)
{
	struct fixture *fixture = *state;
	struct desk_scene scene;
	struct message message;
	char at[32], expected[64];

	desk_scene_open(&scene, fixture);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "add", "Ufficio Tecnico", day_at(5, "10:00", at),
				 "333 0000001", "--name", "Bruno \"Bru\" D'Angiò", "--note", "=1+1"),
		0);
	assert_string_equal(scene.printed, "appointment 1: confirmed\n");
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM appointment WHERE state = 3 AND note = '=1+1' AND address = "
			     "'+393330000001'"),
		1);
	assert_non_null(strstr(desk_text(fixture, 1, &message), "confermato, Ufficio tecnico"));
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "add", "tecnico", at, "333 0000002"), EX_REFUSED);
	assert_non_null(strstr(fixture->err.text, "somebody has that time"));
	/* Its overlap, and a time of no slot. */
	assert_int_equal(
		DESK_RUN(cmd_appointment, "appointment", "add", "tecnico", day_at(5, "10:15", at), "3330000002"),
		EX_DATAERR);
	assert_non_null(strstr(fixture->err.text, "--anyway"));
	assert_int_equal(
		DESK_RUN(cmd_appointment, "appointment", "add", "tecnico", at, "3330000002", "--anyway"), EX_REFUSED);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "add", "tecnico", day_at(5, "20:00", at),
				 "3330000002", "--anyway"),
		0);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "free", "tecnico"), 0);
	snprintf(expected, sizeof expected, "%.10s 09:00\n", day_at(1, "", at));
	assert_non_null(strstr(scene.printed, expected));
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "free", "anagrafe", "--json"), 0);
	assert_string_equal(scene.printed, "[]\n"); /* no hours */
	desk_scene_close(&scene);
}

/* Nobody can write to them first: the office's act stands, and the office hears that it must tell them otherwise. */
static void test_untold(void **state)
{
	struct fixture *fixture = *state;
	struct appointment appointment = {.who = {.address = "Comune"}};
	struct desk_scene scene;
	char at[32], longest[2000];

	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	desk_scene_open(&scene, fixture);
	appointment.start = ms_of(day_at(3, "09:00", at));
	book(fixture, &appointment);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "confirm", "1"), 0);
	assert_non_null(
		strstr(scene.printed, "appointment 1: confirmed, but the person was not told: it came from Comune"));
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "decline", "1", "--json"), 0);
	assert_string_equal(scene.printed, "{\"id\":1,\"state\":\"declined\",\"told\":false}\n");
	assert_int_equal(ask(fixture, "SELECT state FROM appointment"), APPOINTMENT_DECLINED);
	/* But too many words are a mistake. */
	struct appointment other = {.start = ms_of(day_at(3, "10:00", at))};
	book(fixture, &other);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "confirm", "2", longest), EX_DATAERR);
	assert_int_equal(ask(fixture, "SELECT state FROM appointment WHERE id = 2"), APPOINTMENT_BOOKED);
	desk_scene_close(&scene);
}

static void test_refusals(void **state)
{
	struct fixture *fixture = *state;
	struct desk_scene scene;
	char at[32], longest[200];

	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	desk_scene_open(&scene, fixture);
	day_at(5, "10:00", at);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "delete", "1"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "confirm"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "confirm", "x"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "confirm", "9"), EX_REFUSED);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "move", "9"), EX_USAGE);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "move", "9", at), EX_REFUSED);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "move", "9", "domani"), EX_DATAERR);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "free", "cucina"), EX_DATAERR);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "list", "--office", "cucina"), EX_DATAERR);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "list", "--from", "boh"), EX_DATAERR);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "add", "cucina", at, "3330000001"), EX_DATAERR);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "add", "tecnico", at, "12"), EX_DATAERR);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "add", "tecnico", "2020-01-01 10:00", "3330000001",
				 "--anyway"),
		EX_DATAERR);
	assert_int_equal(
		DESK_RUN(cmd_appointment, "appointment", "add", "tecnico", at, "3330000001", "--name", longest),
		EX_DATAERR);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "export", "/nowhere/at/all.ics"), EX_CANTCREAT);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM appointment"), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM message"), 0);
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "--help"), 0);
	desk_scene_close(&scene);
}

static void test_harmless(void **state)
{
	struct fixture *fixture = *state;
	struct desk_scene scene;
	struct csv *csv = malloc(sizeof *csv);
	char at[32];
	int rows = 0, events = 0;

	assert_non_null(csv);
	desk_scene_open(&scene, fixture);
	int64_t start = ms_of(day_at(3, "09:00", at));
	for (int i = 0; i < HOSTILE_TEXTS; i++) {
		struct appointment appointment = {.start = start + (int64_t)i * 30 * MINUTE};
		snprintf(appointment.name, sizeof appointment.name, "%s", hostile_texts[i]);
		snprintf(appointment.note, sizeof appointment.note, "%s", hostile_texts[i]);
		snprintf(appointment.who.address, sizeof appointment.who.address, "%s", hostile_texts[i]);
		book(fixture, &appointment);
	}
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "list"), 0);
	desk_check_harmless(scene.printed);
	for (const char *line = scene.printed; *line; line = strchr(line, '\n') + 1)
		rows++;
	assert_int_equal(rows, HOSTILE_TEXTS);

	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "list", "--json"), 0);
	desk_check_harmless(scene.printed);
	json_t *json = json_loads(scene.printed, 0, NULL);
	for (size_t i = 0; i < HOSTILE_TEXTS; i++)
		assert_string_equal(
			json_string_value(json_object_get(json_array_get(json, i), "note")), hostile_texts[i]);
	json_decref(json);

	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "list", "--csv"), 0);
	desk_check_harmless(scene.printed);
	csv_open(csv, scene.printed, strlen(scene.printed));
	for (rows = 0; csv_read(csv) == 1; rows++)
		for (int i = 0; i < csv->count; i++)
			assert_null(csv->fields[i][0] ? strchr("=+-@|%", csv->fields[i][0]) : NULL);
	assert_int_equal(rows, HOSTILE_TEXTS + 1);

	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "export"), 0);
	desk_check_harmless(scene.printed);
	for (const char *line = scene.printed; (line = strstr(line, "BEGIN:VEVENT\r\n")) != NULL; line++)
		events += line == scene.printed || line[-1] == '\n';
	assert_int_equal(events, HOSTILE_TEXTS);
	free(csv);
	desk_scene_close(&scene);
}

static void test_export_file(void **state)
{
	struct fixture *fixture = *state;
	struct appointment appointment = {.name = "Anna"};
	struct desk_scene scene;
	struct stat status;
	char at[32], path[128];

	desk_scene_open(&scene, fixture);
	appointment.start = ms_of(day_at(3, "09:00", at));
	book(fixture, &appointment);
	snprintf(path, sizeof path, "%s/test.csv", fixture->folder); /* which the fixture removes */
	assert_int_equal(DESK_RUN(cmd_appointment, "appointment", "export", path, "--office", "tecnico"), 0);
	assert_string_equal(scene.printed, "");
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_true(status.st_size > 300);
	desk_scene_close(&scene);
}

/* ---- as time passes ---------------------------------------------------------------------------------------------- */

static void minute(struct fixture *fixture, const struct desk_scene *scene, const char *now)
{
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(caretaker_minute(fixture->db, scene->cli.settings, scene->cli.texts, ms_of(now), &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));
}

static void test_reminders(void **state)
{
	struct fixture *fixture = *state;
	struct appointment tomorrow = {.start = 0}, late = {.start = 0}, erased = {.start = 0}, today = {.start = 0};
	struct desk_scene scene;
	struct message message;

	desk_scene_open(&scene, fixture);
	tomorrow.start = ms_of("2026-11-24 09:15");
	late.start = ms_of("2026-11-24 23:15");
	today.start = ms_of("2026-11-23 19:00");
	erased.start = ms_of("2026-11-25 00:00");
	book(fixture, &tomorrow);
	book(fixture, &late);
	book(fixture, &today);
	book(fixture, &erased);
	minute(fixture, &scene, "2026-11-23 17:59");
	assert_int_equal(ask(fixture, "SELECT count(*) FROM message"), 0);
	minute(fixture, &scene, "2026-11-23 18:00");
	assert_int_equal(ask(fixture, "SELECT count(*) FROM message"), 2);
	assert_string_equal(desk_text(fixture, 1, &message),
		"Comune di Santa Fiora: ti ricordiamo l'appuntamento, Ufficio tecnico, martedì 24/11 alle 09:15. Per "
		"disdire rispondi NO. Se non puoi venire: tel. 0564 000000.");
	minute(fixture, &scene, "2026-11-23 18:01");
	assert_int_equal(ask(fixture, "SELECT count(*) FROM message"), 2);
	/* Just made: they know. */
	assert_ok(db_begin(fixture->db, &fixture->err));
	struct appointment fresh = tomorrow;
	fresh.start = ms_of("2026-11-24 10:00");
	assert_int_equal(appointment_book(fixture->db, &fresh, ms_of("2026-11-23 18:30"), &fixture->err), 1);
	assert_ok(db_commit(fixture->db, &fixture->err));
	minute(fixture, &scene, "2026-11-23 18:31");
	assert_int_equal(ask(fixture, "SELECT count(*) FROM message"), 2);
	/* Tomorrow has come: what is past is done. */
	minute(fixture, &scene, "2026-11-24 09:45");
	assert_int_equal(ask(fixture, "SELECT count(*) FROM appointment WHERE state = 7"), 2);
	/* Whom nobody can answer does not come back each minute. */
	assert_ok(db_script(fixture->db, "UPDATE appointment SET address = 'Tizio' WHERE id = 4", &fixture->err));
	minute(fixture, &scene, "2026-11-24 18:00");
	assert_int_equal(ask(fixture, "SELECT reminder_sent > 0 FROM appointment WHERE id = 4"), 1);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM message"), 2);
	scene.cli.settings->appointments.reminder_hour = -1;
	minute(fixture, &scene, "2026-11-24 23:00");
	desk_scene_close(&scene);
}

static void test_sweep(void **state)
{
	struct fixture *fixture = *state;
	struct desk_scene scene;
	char folder[160], path[224];
	bool more = true;

	desk_scene_open(&scene, fixture);
	assert_true(caretaker_media_folder(fixture->path, folder, sizeof folder));
	assert_int_equal(mkdir(folder, 0700), 0);
	snprintf(path, sizeof path, "%s/1-1.jpg", folder);
	fclose(fopen(path, "w"));
	assert_ok(db_script(fixture->db,
		"INSERT INTO media_litter (path) VALUES ('1-1.jpg'), ('gone.jpg'), ('../test.db')", &fixture->err));
	assert_int_equal(caretaker_sweep(fixture->db, fixture->path, &fixture->err), -1); /* the way out */
	assert_int_equal(fixture->err.status, EX_IOERR);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(fixture->path, F_OK), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM media_litter"), 1);
	assert_ok(db_script(fixture->db, "DELETE FROM media_litter", &fixture->err));
	assert_ok(caretaker_sweep(fixture->db, fixture->path, &fixture->err));
	assert_int_equal(rmdir(folder), 0);

	scene.cli.settings->inbox.retention_days = 1;
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(db_script(fixture->db,
		"INSERT INTO inbox (at, sent_at, kind, bearer, sender, answer, text) VALUES (1, 1, '', '', '', '', 'x'),"
		" (1795510800000, 1, '', '', '', '', 'x')",
		&fixture->err));
	assert_ok(caretaker_hour(fixture->db, scene.cli.settings, 1795510800000, &more, &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));
	assert_false(more);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM inbox"), 1);
	desk_scene_close(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_do, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_add_and_free, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_untold, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_refusals, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_harmless, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_export_file, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_reminders, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_sweep, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
