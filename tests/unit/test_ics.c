/* Calendar files and shown texts: whatever a citizen wrote, a file stays a file of appointments, a line a line. */
#include "firmware-host/ics.h"
#include "firmware-host/shown.h"

#include "config/value.h"
#include "tests/unit/hostile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static char *calendar_of(const char *summary, const char *description, enum ics_status status)
{
	struct ics_event event = {.uid = "0123456789abcdef@banditore",
		.start = 1795510800000,
		.minutes = 15,
		.sequence = 2,
		.created = 1790000000000,
		.changed = 1790000001000,
		.status = status,
		.summary = summary,
		.description = description,
		.location = ""};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	ics_begin(out, "PUBLISH", "Comune di \"Santa\" Fiora, Anagrafe");
	ics_event(out, &event, "Comune di \"Santa\" Fiora", 1790000002000);
	ics_end(out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void test_whole(void **state)
{
	char *text = calendar_of("Carta d'identità; Rossi, Mario", "riga \\uno\nriga due", ICS_CONFIRMED);

	(void)state;
	assert_string_equal(text,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Banditore//Appointments//IT\r\nCALSCALE:GREGORIAN\r\n"
		"METHOD:PUBLISH\r\nX-WR-CALNAME:Comune di \"Santa\" Fiora\\, Anagrafe\r\n"
		"BEGIN:VEVENT\r\nUID:0123456789abcdef@banditore\r\nDTSTAMP:20260921T141322Z\r\n"
		"DTSTART:20261124T090000Z\r\nDTEND:20261124T091500Z\r\nCREATED:20260921T141320Z\r\n"
		"LAST-MODIFIED:20260921T141321Z\r\nSEQUENCE:2\r\nSTATUS:CONFIRMED\r\nCLASS:PRIVATE\r\n"
		"ORGANIZER;CN=\"Comune di 'Santa' Fiora\":mailto:nobody@banditore.invalid\r\n"
		"SUMMARY:Carta d'identità\\; Rossi\\, Mario\r\nDESCRIPTION:riga \\\\uno\\nriga due\r\n"
		"END:VEVENT\r\nEND:VCALENDAR\r\n");
	free(text);
}

/* Each physical line is at most 75 octets and well-formed, holds no control, and only we begin components. */
static void check_lines(const char *text)
{
	int begins = 0;

	while (*text) {
		const char *end = strstr(text, "\r\n");
		assert_non_null(end);
		size_t length = (size_t)(end - text);
		if (length > 75 || !value_is_utf8(text, length, NULL))
			fail_msg("a line of %zu octets: %.*s", length, (int)length, text);
		for (const char *at = text; at < end; at++)
			assert_true((unsigned char)*at >= ' ' && *at != 0x7F);
		begins += strncmp(text, "BEGIN:", 6) == 0;
		text = end + 2;
	}
	assert_int_equal(begins, 2);
}

static void test_hostile(void **state)
{
	char wide[1024] = "";

	(void)state;
	for (size_t i = 0; i < HOSTILE_TEXTS; i++) {
		char *text = calendar_of(hostile_texts[i], hostile_texts[i], ICS_TENTATIVE);
		check_lines(text);
		assert_null(strstr(text, "\xE2\x80\xAE"));
		assert_null(strstr(text, "\xC2\x9B"));
		free(text);
	}
	/* Every offset of a character of each length to the fold. */
	for (int shift = 0; shift < 8; shift++) {
		memset(wide, 0, sizeof wide);
		for (int i = 0; i < 200; i++)
			strcat(wide, i < shift	  ? "a"
				     : i % 3 == 0 ? "\xF0\x9F\x98\xB1"
				     : i % 3 == 1 ? "\xE2\x82\xAC"
						  : "à");
		char *text = calendar_of(
			wide, ";,\\;,\\;,\\;,\\;,\\;,\\;,\\;,\\;,\\;,\\;,\\;,\\;,\\;,\\;,\\;,\\", ICS_CANCELLED);
		check_lines(text);
		free(text);
	}
}

struct shown_case {
	const char *text, *line;
};

static const struct shown_case shown[] = {
	{"", ""},
	{"perché no? €", "perché no? €"},
	{"a\tb\nc\r\nd", "a b c d"},
	{"\x1B[2J\x07\x7F", "\uFFFD[2J\uFFFD\uFFFD"},
	{"\xC2\x9B"
	 "31m",
		"\uFFFD31m"},
	{"\xE2\x80\xAE"
	 "abc\xE2\x80\xAC\xE2\x81\xA6\xE2\x81\xA9\xE2\x80\x8F\xE2\x80\x8E\xD8\x9C",
		"\uFFFDabc\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"},
	{"\xD8\xAD\xD9\x81\xD8\xB1\xD8\xA9", "\xD8\xAD\xD9\x81\xD8\xB1\xD8\xA9"},
	{"\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9", "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9"},
	{"a\xE2\x80\x8B"
	 "b\xEF\xBB\xBF\xC2\xAD",
		"a\uFFFDb\uFFFD\uFFFD"},
	{"\xFF\xC3(", "\uFFFD\uFFFD("},
	{"a\rb", "a\uFFFDb"},
};

static char *written(void (*write)(FILE *out, const char *text), const char *text)
{
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	assert_non_null(out);
	write(out, text);
	assert_int_equal(fclose(out), 0);
	return got;
}

static void write_line(FILE *out, const char *text)
{
	shown_line(out, text, 0);
}

static void write_cut(FILE *out, const char *text)
{
	shown_line(out, text, 4);
}

static void write_block(FILE *out, const char *text)
{
	shown_block(out, text, "> ");
}

static void check_written(void (*write)(FILE *out, const char *text), const char *text, const char *expected)
{
	char *got = written(write, text);

	assert_string_equal(got, expected);
	free(got);
}

static void test_shown(void **state)
{
	char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		check_written(write_line, shown[i].text, shown[i].line);
	check_written(write_cut, "àèìò", "àèìò");
	check_written(write_cut, "àèìòù", "àèì…");
	check_written(write_block, "uno\ndue\x1B", "> uno\n> due\uFFFD\n");
	assert_string_equal(shown_text("a\r\nb\x1B", out, sizeof out), "a\nb\uFFFD");
	assert_string_equal(shown_text("à\n€", out, 4), "à\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
