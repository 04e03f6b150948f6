/* The subscriber list in and out: all or nothing, every bad line with its reason, nobody brought back unasked. */
#include "tests/unit/db_support.h"

#include "config/clock.h"
#include "firmware-host/csv.h"
#include "firmware-host/subscriber_csv.h"

static const int64_t NOW = 1795000000000; /* November 2026 */

static struct settings *comune(void)
{
	static struct settings settings = {
		.comune = {.country = "39"},
		.zones = {{"centro", "Centro storico", "piazza, Città vecchia"}, {"borgo", "Borgo", ""}},
		.zone_count = 2,
		.topics = {{"viabilita", "Viabilità", ""}, {"scuole", "Scuole", ""}},
		.topic_count = 2,
	};
	return &settings;
}

struct heard {
	char bad[4096];
	int told;
	int64_t done, all;
};

static void hear_bad(void *context, int line, const char *why)
{
	struct heard *heard = context;
	size_t used = strlen(heard->bad);

	snprintf(heard->bad + used, sizeof heard->bad - used, "%d: %s\n", line, why);
}

static void hear_progress(void *context, int64_t done, int64_t all)
{
	struct heard *heard = context;

	assert_true(done >= heard->done && done <= all);
	heard->told++;
	heard->done = done;
	heard->all = all;
}

static int import_text(struct fixture *fixture, const char *text, struct subscriber_csv_import import,
	struct subscriber_csv_counts *counts, struct heard *heard)
{
	memset(heard, 0, sizeof *heard);
	import.now = NOW;
	import.clock = "ntp";
	import.who = "mario";
	import.bad = hear_bad;
	import.progress = hear_progress;
	import.context = heard;
	return subscriber_csv_import(fixture->db, comune(), text, strlen(text), &import, counts, &fixture->err);
}

static void test_good(void **state)
{
	struct fixture *fixture = *state;
	struct subscriber_csv_counts counts;
	struct heard heard;
	struct subscriber got;
	struct subscriber_csv_import plain = {0};

	assert_ok(import_text(fixture,
		"\xEF\xBB\xBF"
		"Phone;NAME;canale;zone;topics;language;consent_at;consent_note\r\n"
		"333 123 4567;Anna;sms; CITTÀ VECCHIA ;Scuole| viabilita|scuole;IT;31/12/2023;\"modulo; n. 7\"\r\n"
		"\r\n"
		"0039 3331234568;\"D'Amico \"\"Lu\"\"\";WhatsApp;borgo;;;2024-05-01T10:00:00+02:00;\r\n"
		"'+393331234569;;;;;;;\r\n"
		"0564 977036;Bar\r\n",
		plain, &counts, &heard));
	assert_string_equal(heard.bad, "");
	assert_int_equal(counts.lines, 4);
	assert_int_equal(counts.added, 4);
	assert_int_equal(subscriber_find(fixture->db, "+393331234567", &got, &fixture->err), 1);
	assert_string_equal(got.name, "Anna");
	assert_int_equal(got.channel, CHANNEL_SMS);
	assert_string_equal(got.zone, "centro");
	assert_string_equal(got.topics, "scuole|viabilita");
	assert_string_equal(got.language, "it");
	assert_int_equal(got.joined_at, NOW);
	assert_int_equal(subscriber_find(fixture->db, "+393331234568", &got, &fixture->err), 1);
	assert_string_equal(got.name, "D'Amico \"Lu\"");
	assert_int_equal(got.channel, CHANNEL_WHATSAPP);
	assert_int_equal(subscriber_find(fixture->db, "+390564977036", &got, &fixture->err), 1);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM consent WHERE channel = 'import'"), 8);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM consent WHERE given_at = '31/12/2023' AND words = 'modulo; n. 7'"),
		2);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM audit WHERE act = 'import' AND who = 'mario'"), 1);
	assert_true(heard.told > 0 && heard.done == heard.all);
}

static void test_bad_lines(void **state)
{
	struct fixture *fixture = *state;
	struct subscriber_csv_counts counts;
	struct heard heard;
	static const char text[] = "phone,name,channel,zone,topics,language,consent_at\n"
				   "3331234567,good\n"
				   ",no phone\n"
				   "33A,letters\n"
				   "333 12,short\n"
				   "3331234568,x,pigeon\n"
				   "3331234569,x,sms,moon\n"
				   "3331234570,x,sms,,scuole|nuoto\n"
				   "3331234571,x,sms,,,it-IT\n"
				   "3331234572,x,sms,,,it,yesterday\n"
				   "3331234573,x,sms,,,it,2024-02-30\n"
				   "3331234574,x,sms,,,it,2031-01-01\n"
				   "3331234575,x,sms,,,it,32/01/2024\n"
				   "+39 333 1234567,twice\n"
				   "3331234576,\"open\n"
				   "3331234577,x,,,,,,,too many\n"
				   "3331234578,\"two\nlines\"\n"
				   "3331234579,also good\n";
	static const char reasons[] = "3: phone is missing\n"
				      "4: phone \"33A\": has a letter\n"
				      "5: phone \"333 12\": too short\n"
				      "6: unknown channel \"pigeon\"; it is whatsapp, sms or auto\n"
				      "7: unknown zone \"moon\"\n"
				      "8: unknown topic \"nuoto\"\n"
				      "9: language is not a code such as it or de\n"
				      "10: consent_at \"yesterday\": not a date\n"
				      "11: consent_at \"2024-02-30\": no such day\n"
				      "12: consent_at \"2031-01-01\": in the future\n"
				      "13: consent_at \"32/01/2024\": no such day\n"
				      "14: the same number as on line 2\n";

	assert_int_equal(import_text(fixture, text, (struct subscriber_csv_import){0}, &counts, &heard), -1);
	assert_int_equal(fixture->err.status, EX_DATAERR);
	assert_non_null(strstr(fixture->err.text, "nothing was imported"));
	if (strncmp(heard.bad, reasons, strlen(reasons)) != 0)
		fail_msg("%s", heard.bad);
	assert_non_null(strstr(heard.bad, "15: something stands behind a closing quote"));
	assert_non_null(strstr(heard.bad, "16: more fields than the header has\n"));
	assert_non_null(strstr(heard.bad, "17: name holds a line break or control character\n"));
	assert_int_equal(counts.bad, 15);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM audit"), 0);

	assert_ok(import_text(
		fixture, text, (struct subscriber_csv_import){.skip_bad = true, .dry_run = true}, &counts, &heard));
	assert_int_equal(counts.added, 2);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 0);
	assert_ok(import_text(fixture, text, (struct subscriber_csv_import){.skip_bad = true}, &counts, &heard));
	assert_int_equal(counts.added, 2);
	assert_int_equal(counts.bad, 15);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 2);
}

static void test_bad_headers(void **state)
{
	struct fixture *fixture = *state;
	struct subscriber_csv_counts counts;
	struct heard heard;
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "empty"},
		{"\n\n", "empty"},
		{"3331234567,Anna\n", "unknown column \"3331234567\""},
		{"name,zone\nAnna,borgo\n", "no column is named \"phone\""},
		{"phone,name,PHONE\n", "twice"},
		{"phone,indirizzo\n", "unknown column \"indirizzo\""},
		{"phone,\"name\n", "a quote"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(import_text(fixture, cases[i].text, (struct subscriber_csv_import){.skip_bad = true},
					 &counts, &heard),
			-1);
		assert_int_equal(fixture->err.status, EX_DATAERR);
		if (!strstr(fixture->err.text, cases[i].says))
			fail_msg("\"%s\" does not say \"%s\"", fixture->err.text, cases[i].says);
	}
}

static void test_again(void **state)
{
	struct fixture *fixture = *state;
	struct subscriber_csv_counts counts;
	struct heard heard;
	struct subscriber got;
	static const struct consent by_sms = {.clock = "ntp", .channel = "sms"};
	static const char text[] =
		"phone,name,channel\n3330000001,Anna,sms\n3330000002,Bruno,sms\n3330000003,Carla,sms\n"
		"3330000004,Dino,sms\n";
	int cancelled;

	assert_ok(import_text(fixture, text, (struct subscriber_csv_import){0}, &counts, &heard));
	assert_int_equal(counts.added, 4);
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(subscriber_leave(fixture->db, 3, &by_sms, 5, &cancelled, &fixture->err));
	assert_ok(subscriber_forget(fixture->db, 4, 5, &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));

	static const char changed[] =
		"phone,name,channel\n3330000001,,auto\n3330000002,Bruno,\n3330000003,Carla B.,sms\n"
		"3330000004,Dino,sms\n";
	assert_ok(import_text(fixture, changed, (struct subscriber_csv_import){.dry_run = true}, &counts, &heard));
	assert_int_equal(counts.updated, 1);
	assert_ok(import_text(fixture, changed, (struct subscriber_csv_import){0}, &counts, &heard));
	assert_int_equal(counts.added, 0);
	assert_int_equal(counts.updated, 1);
	assert_int_equal(counts.unchanged, 1);
	assert_int_equal(counts.left, 2);
	assert_int_equal(subscriber_get(fixture->db, 1, &got, &fixture->err), 1);
	assert_string_equal(got.name, "Anna"); /* an empty cell says nothing */
	assert_int_equal(got.channel, CHANNEL_AUTO);
	assert_int_equal(subscriber_get(fixture->db, 3, &got, &fixture->err), 1);
	assert_int_equal(got.state, SUBSCRIBER_LEFT);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 3);

	assert_ok(import_text(fixture, changed, (struct subscriber_csv_import){.rejoin = true}, &counts, &heard));
	assert_int_equal(counts.rejoined, 2);
	assert_int_equal(counts.unchanged, 2);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber WHERE state = 1"), 4);
	assert_int_equal(subscriber_get(fixture->db, 3, &got, &fixture->err), 1);
	assert_string_equal(got.name, "Carla B.");
}

static char *export_text(struct fixture *fixture, int64_t *rows, int64_t *left_out)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_ok(subscriber_csv_export(fixture->db, out, rows, left_out, &fixture->err));
	fclose(out);
	return text;
}

static void test_round_trip(void **state)
{
	struct fixture *fixture = *state;
	struct subscriber_csv_counts counts;
	struct heard heard;
	int64_t rows, left_out;
	struct consent consent = {.clock = "ntp", .channel = "sms", .words = "=cmd|'/c calc'!A1\n+ATTIVA"};
	struct subscriber fields = {
		.phone = "+393330000001", .name = "=1+1", .zone = "borgo", .topics = "scuole|viabilita"};
	struct subscriber wired = {.whatsapp_id = "IT.1"};
	int64_t id;
	int was;

	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(subscriber_join(fixture->db, &fields, &consent, NOW - 5000, &id, &was, &fixture->err));
	assert_ok(subscriber_join(fixture->db, &wired, &consent, NOW - 5000, &id, &was, &fixture->err));
	strcpy(fields.phone, "+393330000002");
	strcpy(fields.name, "'D’Amico; \"Lu\", 3°");
	assert_ok(subscriber_join(fixture->db, &fields, &consent, NOW - 5000, &id, &was, &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));

	char *first = export_text(fixture, &rows, &left_out);
	assert_int_equal(rows, 2);
	assert_int_equal(left_out, 1);
	/* No cell a spreadsheet would compute. */
	static struct csv csv;
	csv_open(&csv, first, strlen(first));
	while (csv_read(&csv) > 0)
		for (int i = 0; i < csv.count; i++)
			assert_null(csv.fields[i][0] ? strchr("=+-@\t\r|%", csv.fields[i][0]) : NULL);

	assert_ok(db_script(fixture->db, "DELETE FROM consent; DELETE FROM subscriber", &fixture->err));
	assert_ok(import_text(fixture, first, (struct subscriber_csv_import){0}, &counts, &heard));
	assert_int_equal(counts.added, 2);
	char *second = export_text(fixture, &rows, &left_out);
	assert_string_equal(first, second);
	free(first);
	free(second);
}

static void test_many(void **state)
{
	struct fixture *fixture = *state;
	struct subscriber_csv_counts counts;
	struct heard heard;
	char *text = NULL;
	size_t size;
	enum { PEOPLE = 20000 };
	FILE *out = open_memstream(&text, &size);

	fputs("phone,name,channel,zone,topics,language,consent_at,consent_note\n", out);
	for (int i = 0; i < PEOPLE; i++)
		fprintf(out, "333%07d,Persona %d,auto,borgo,scuole,it,2024-05-01,modulo %d\n", i, i, i);
	fclose(out);
	int64_t start = clock_mono_ms();
	assert_ok(import_text(fixture, text, (struct subscriber_csv_import){0}, &counts, &heard));
	int64_t took = clock_mono_ms() - start;
	assert_int_equal(counts.added, PEOPLE);
	assert_true(heard.told >= 50 && heard.told <= 210);
	assert_true(took < 3000);
	print_message("%d rows in %d ms\n", PEOPLE, (int)took);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_bad_lines, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_bad_headers, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_again, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_round_trip, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_many, fixture_set_up, fixture_tear_down),
	};

	setenv("TZ", "Europe/Rome", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
