/* The self-test's parts, and what the staff are told: once, after a while, by every way that works. */
#include "tests/unit/officer_scene.h"

#include "db/memo.h"
#include "firmware-host/health.h"
#include "firmware-host/notice.h"
#include "firmware-host/selftest_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the four at the top */
#include <cmocka.h>

#define STAFF "+393990000001"
#define WITH  "staff = ( { name = \"Ufficio tecnico\"; phone = \"" STAFF "\"; } );\nselftest = { hour = 9; };\n"

enum { HOUR_MS = 3600 * 1000 };

/* ---- the battery ------------------------------------------------------------------------------------------------- */

static void word_write(const char *folder, const char *supply, const char *file, const char *word)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", folder, supply);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/%s/%s", folder, supply, file);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fprintf(out, "%s\n", word);
	fclose(out);
}

static void word_remove(const char *folder, const char *supply)
{
	static const char *const files[] = {"type", "scope", "capacity", "status"};
	char path[256];

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "%s/%s/%s", folder, supply, files[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/%s", folder, supply);
	rmdir(path);
}

static void batteries_are_read(void **state)
{
	char folder[] = "/tmp/banditore-power-XXXXXX";
	struct selftest_battery battery;

	(void)state;
	assert_non_null(mkdtemp(folder));
	selftest_battery_read("/nonexistent", &battery);
	assert_false(battery.present);
	word_write(folder, "AC", "type", "Mains");
	word_write(folder, "mouse", "type", "Battery");
	word_write(folder, "mouse", "scope", "Device");
	word_write(folder, "mouse", "capacity", "3");
	selftest_battery_read(folder, &battery);
	assert_false(battery.present);
	word_write(folder, "ups", "type", "UPS");
	selftest_battery_read(folder, &battery);
	assert_true(battery.present);
	assert_int_equal(battery.percent, -1);
	word_write(folder, "ups", "capacity", "80");
	word_write(folder, "ups", "status", "Full");
	word_write(folder, "BAT0", "type", "Battery");
	word_write(folder, "BAT0", "capacity", "41");
	word_write(folder, "BAT0", "status", "Discharging");
	selftest_battery_read(folder, &battery);
	assert_int_equal(battery.percent, 41);
	assert_true(battery.discharging);
	word_write(folder, "BAT0", "capacity", "empty");
	word_write(folder, "BAT0", "status", "Charging");
	selftest_battery_read(folder, &battery);
	assert_int_equal(battery.percent, 80);
	assert_false(battery.discharging);
	static const char *const supplies[] = {"AC", "mouse", "ups", "BAT0"};
	for (size_t i = 0; i < sizeof supplies / sizeof *supplies; i++)
		word_remove(folder, supplies[i]);
	assert_int_equal(rmdir(folder), 0);
}

/* ---- what comes back --------------------------------------------------------------------------------------------- */

static void memo_set(struct hub_box *box, const char *name, const char *text)
{
	assert_int_equal(selftest_memo(box->other, name, text, &box->err), 0);
}

static void memo_is(struct hub_box *box, const char *name, const char *expected)
{
	char *text = NULL;

	assert_int_equal(memo_get(box->other, name, &text, &box->err), 1);
	assert_string_equal(text, expected);
	free(text);
}

static void what_comes_back_is_the_box_s_own(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 0, WITH);
	memo_set(&box, SELFTEST_SENT_MEMO, "ABCDEFG HJKLMNP ");
	memo_set(&box, SELFTEST_HEARD_MEMO, "");
	officer_scene_sms(&box, STRANGER, "Comune Amico: prova automatica HJKLMNP, non rispondere.");
	memo_is(&box, SELFTEST_HEARD_MEMO, "HJKLMNP=" STRANGER " ");
	officer_scene_sms(&box, STRANGER, "Comune Amico: prova automatica ABCDEFG, non rispondere.");
	memo_is(&box, SELFTEST_HEARD_MEMO, "HJKLMNP=" STRANGER " ABCDEFG=" STRANGER " ");
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE answer = 'selftest'"), 2);
	assert_int_equal(
		officer_scene_heard_count(&box, STRANGER), 0); /* nobody answers a machine, least of all oneself */
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM report"), 0);
	officer_scene_sms(&box, STRANGER, "prova automatica ABCDEFH");
	assert_int_equal(hub_box_value(&box, "SELECT count(*) FROM inbox WHERE answer = 'selftest'"), 2);
	hub_box_close(&box);
}

/* ---- the sentence, and when it is due ---------------------------------------------------------------------------- */

static void the_sentence_tells_the_last_test(void **state)
{
	struct hub_box box;
	char text[TEXTS_TEXT_MAX] = "Pronto.";

	(void)state;
	officer_scene_open(&box, false, 1, 0, WITH);
	selftest_sentence_add(box.db, box.hub->texts, box.now, text, sizeof text);
	assert_string_equal(text, "Pronto.");
	memo_set(&box, SELFTEST_MEMO, "{\"at\":\"2026-11-21T09:00:00+00:00\",\"ok\":true,\"why\":\"\"}");
	selftest_sentence_add(box.db, box.hub->texts, box.now, text, sizeof text);
	assert_string_equal(text, "Pronto. Prova delle 09:00: riuscita.");
	snprintf(text, sizeof text, "Pronto.");
	memo_set(&box, SELFTEST_MEMO,
		"{\"at\":\"2026-11-21T09:00:00+00:00\",\"ok\":false,\"why\":\"WhatsApp non risponde\"}");
	selftest_sentence_add(box.db, box.hub->texts, box.now, text, sizeof text);
	assert_string_equal(text, "Pronto. Prova delle 09:00: WhatsApp non risponde.");
	snprintf(text, sizeof text, "Pronto.");
	selftest_sentence_add(box.db, box.hub->texts, box.now + 49 * HOUR_MS, text, sizeof text);
	assert_string_equal(text, "Pronto.");
	memo_set(&box, SELFTEST_MEMO, "nonsense");
	selftest_sentence_add(box.db, box.hub->texts, box.now, text, sizeof text);
	assert_string_equal(text, "Pronto.");
	hub_box_close(&box);
}

static void it_is_due_once_a_day(void **state)
{
	struct hub_box box;
	const struct settings *settings;

	(void)state;
	officer_scene_open(&box, false, 1, 0, WITH);
	settings = box.hub->settings;
	assert_true(selftest_is_due(box.db, settings, box.now));		/* noon */
	assert_false(selftest_is_due(box.db, settings, box.now - 4 * HOUR_MS)); /* eight */
	memo_set(&box, SELFTEST_MEMO, "{\"at\":\"2026-11-21T09:00:00+00:00\",\"ok\":true,\"why\":\"\"}");
	assert_false(selftest_is_due(box.db, settings, box.now));
	assert_false(selftest_is_due(box.db, settings, box.now + 20 * HOUR_MS)); /* eight of the next day */
	assert_true(selftest_is_due(box.db, settings, box.now + 21 * HOUR_MS));
	hub_box_reload(&box, 1, "staff = ( { phone = \"" STAFF "\"; } );\nselftest = { hour = -1; };\n", "");
	assert_false(selftest_is_due(box.db, box.hub->settings, box.now + 21 * HOUR_MS));
	hub_box_reload(&box, 1, "", ""); /* nobody to tell */
	assert_false(selftest_is_due(box.db, box.hub->settings, box.now + 21 * HOUR_MS));
	hub_box_close(&box);
}

/* ---- the staff --------------------------------------------------------------------------------------------------- */

/* Time passes; the staff are told what there is to tell. */
static void watch(struct hub_box *box, int64_t ms)
{
	box->hub->able.since_mono -= ms;
	box->hub->able.look_mono = 0;
	hub_box_pass(box, ms);
	notice_tick(box->hub, box->now);
	hub_box_turn(box);
}

static int told(struct hub_box *box)
{
	return officer_scene_heard_count(box, STAFF);
}

static void the_staff_hear_once_that_it_cannot_and_once_that_it_can(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 0, WITH);
	watch(&box, 0);
	watch(&box, 600000);
	assert_int_equal(told(&box), 0); /* well from the first is no news */
	hub_box_state(&box, 0, BEARER_GONE);
	hub_box_turn(&box);
	watch(&box, 0);
	watch(&box, 170000);
	assert_int_equal(told(&box), 0); /* a modem that restarts is no news */
	hub_box_state(&box, 0, BEARER_READY);
	hub_box_turn(&box);
	watch(&box, 0);
	hub_box_state(&box, 0, BEARER_GONE);
	hub_box_turn(&box);
	watch(&box, 0);
	watch(&box, 170000);
	assert_int_equal(told(&box), 0); /* nor two in a row */
	watch(&box, 20000);
	assert_int_equal(told(&box), 1);
	assert_non_null(strstr(officer_scene_heard(&box, STAFF), "non può avvisare"));
	watch(&box, 600000);
	watch(&box, 600000);
	assert_int_equal(told(&box), 1);
	hub_box_restart(&box); /* it knows what it said */
	hub_box_state(&box, 0, BEARER_GONE);
	hub_box_turn(&box);
	watch(&box, 0);
	watch(&box, 600000);
	assert_int_equal(told(&box), 1);
	hub_box_state(&box, 0, BEARER_READY);
	hub_box_turn(&box);
	watch(&box, 0);
	watch(&box, 170000);
	assert_int_equal(told(&box), 1);
	watch(&box, 20000);
	assert_int_equal(told(&box), 2);
	assert_non_null(strstr(officer_scene_heard(&box, STAFF), "può di nuovo avvisare"));
	hub_box_close(&box);
}

static void whatsapp_tells_where_no_modem_can(void **state)
{
	struct hub_box box;
	struct bearer_ask ask;
	bool wired = false;

	(void)state;
	officer_scene_open(&box, true, 1, 0, WITH);
	officer_scene_wire(&box, STAFF, "IT.staff", "Buongiorno"); /* their window is open */
	while (hub_box_asked(&box, 0, &ask)) {
	}
	hub_box_state(&box, 1, BEARER_GONE);
	hub_box_turn(&box);
	watch(&box, 0);
	watch(&box, 200000);
	while (hub_box_asked(&box, 0, &ask))
		wired = wired || strstr(ask.text, "non può avvisare");
	assert_true(wired);
	hub_box_close(&box);
}

static void a_failed_test_is_told_once(void **state)
{
	struct hub_box box;

	(void)state;
	officer_scene_open(&box, false, 1, 0, WITH);
	for (int day = 0; day < 3; day++) {
		assert_int_equal(db_begin(box.db, &box.err), 0);
		assert_int_equal(
			notice_set(box.hub, NOTICE_SELFTEST, true, "il disco è quasi pieno", box.now, &box.err), 0);
		assert_int_equal(db_commit(box.db, &box.err), 0);
	}
	assert_int_equal(told(&box), 1);
	assert_non_null(strstr(officer_scene_heard(&box, STAFF), "non è riuscita: il disco è quasi pieno."));
	assert_int_equal(db_begin(box.db, &box.err), 0);
	assert_int_equal(notice_set(box.hub, NOTICE_SELFTEST, false, "", box.now, &box.err), 0);
	assert_int_equal(db_commit(box.db, &box.err), 0);
	assert_int_equal(told(&box), 2);
	assert_non_null(strstr(officer_scene_heard(&box, STAFF), "di nuovo riuscita"));
	hub_box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batteries_are_read),
		cmocka_unit_test(what_comes_back_is_the_box_s_own),
		cmocka_unit_test(the_sentence_tells_the_last_test),
		cmocka_unit_test(it_is_due_once_a_day),
		cmocka_unit_test(the_staff_hear_once_that_it_cannot_and_once_that_it_can),
		cmocka_unit_test(whatsapp_tells_where_no_modem_can),
		cmocka_unit_test(a_failed_test_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
