/* The CSV reader by table: what spreadsheets write, what people break; and that what is written reads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "firmware-host/csv.h"

/* Records as "<a><b>" at their lines, broken ones as "!why". */
static char *read_all(const char *octets, size_t length)
{
	static struct csv csv;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int got;

	csv_open(&csv, octets, length);
	while ((got = csv_read(&csv)) != 0) {
		fprintf(out, "%d:", csv.line);
		if (got < 0)
			fprintf(out, "!%s", csv.why);
		for (int i = 0; got > 0 && i < csv.count; i++)
			fprintf(out, "<%s>", csv.fields[i]);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

static void test_read(void **state)
{
	(void)state;
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"", ""},
		{"\n\r\n\r", ""},
		{"a,b\n1,2\n", "1:<a><b>\n2:<1><2>\n"},
		{"a,b\r\n1,2", "1:<a><b>\n2:<1><2>\n"},
		{"a,b\r1,2\r", "1:<a><b>\n2:<1><2>\n"},
		{"\xEF\xBB\xBF"
		 "a;b;c\n1,5;2;\n",
			"1:<a><b><c>\n2:<1,5><2><>\n"},
		{"a\tb\n1\t2", "1:<a><b>\n2:<1><2>\n"},
		{"phone\n+39", "1:<phone>\n2:<+39>\n"},
		{"\"a;x\",b,c\n1;2,3", "1:<a;x><b><c>\n2:<1;2><3>\n"},
		{"a,b\n\n\n\"x \"\"y\"\"\",2\n", "1:<a><b>\n4:<x \"y\"><2>\n"},
		{"a,b\n\"two\nlines\",2\n3,4\n", "1:<a><b>\n2:<two\nlines><2>\n4:<3><4>\n"},
		{"a,b\n\"two\r\nlines\",2\r\n3,4\r\n", "1:<a><b>\n2:<two\r\nlines><2>\n4:<3><4>\n"},
		{"a,b\n,\n", "1:<a><b>\n2:<><>\n"},
		{"a,b\n\"\",\"\"", "1:<a><b>\n2:<><>\n"},
		{"a,b\nx\"y,2", "1:<a><b>\n2:<x\"y><2>\n"},
		{"a,b\nNicol\xC3\xB2,\xE2\x82\xAC\xF0\x9F\x9A\xA8",
			"1:<a><b>\n2:<Nicol\xC3\xB2><\xE2\x82\xAC\xF0\x9F\x9A\xA8>\n"},
		/* Broken lines are told, and the next is read. */
		{"a,b\n\"x,2\n3,4\n", "1:<a><b>\n2:!a quote (\") is not closed\n3:<3><4>\n"},
		{"a,b\n\"x\"y,2\n3,4", "1:<a><b>\n2:!something stands behind a closing quote (\")\n3:<3><4>\n"},
		{"a,b\nNicol\xF2,2\n3,4", "1:<a><b>\n2:!not UTF-8; save it as CSV UTF-8\n3:<3><4>\n"},
		{"a\n\xC0\x80\n\xED\xA0\x80\n\xF5\x80\x80\x80\n\xE2\x82\nx",
			"1:<a>\n2:!not UTF-8; save it as CSV UTF-8\n3:!not UTF-8; save it as CSV UTF-8\n"
			"4:!not UTF-8; save it as CSV UTF-8\n5:!not UTF-8; save it as CSV UTF-8\n6:<x>\n"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *got = read_all(cases[i].text, strlen(cases[i].text));
		if (strcmp(got, cases[i].expected) != 0)
			fail_msg("case %zu: \"%s\", expected \"%s\"", i, got, cases[i].expected);
		free(got);
	}
	char *got = read_all("a,b\nx\0y,2\n3,4", 13);
	assert_string_equal(got, "1:<a><b>\n2:!holds a NUL; save it as CSV UTF-8\n3:<3><4>\n");
	free(got);
}

static void test_bounds(void **state)
{
	(void)state;
	char *text = malloc(3 * CSV_RECORD_MAX);
	assert_non_null(text);

	memset(text, 'x', CSV_RECORD_MAX);
	char *got = read_all(text, CSV_RECORD_MAX - 1);
	assert_int_equal(strlen(got), 2 + CSV_RECORD_MAX - 1 + 2 + 1);
	free(got);
	got = read_all(text, CSV_RECORD_MAX);
	assert_non_null(strstr(got, "!too long"));
	free(got);
	memset(text, ',', CSV_FIELDS_MAX);
	got = read_all(text, CSV_FIELDS_MAX - 1);
	assert_null(strstr(got, "!"));
	free(got);
	got = read_all(text, CSV_FIELDS_MAX);
	assert_non_null(strstr(got, "!too many fields"));
	free(got);
	/* A quote forgotten early does not take the rest of a long file with it. */
	memset(text, 'x', 3 * CSV_RECORD_MAX);
	memcpy(text, "a\n\"b\nc\n", 7);
	got = read_all(text, 2 * CSV_RECORD_MAX);
	assert_non_null(strstr(got, "2:!too long, or a quote"));
	assert_non_null(strstr(got, "3:<c>"));
	free(got);
	free(text);
}

static char *write_record(const char *const *fields, int count)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (int i = 0; i < count; i++)
		csv_write(out, fields[i], i == 0);
	csv_write_end(out);
	fclose(out);
	return text;
}

static void test_write(void **state)
{
	(void)state;
	static const char *const fields[] = {"plain", "", "+393331234567", "=HYPERLINK(\"http://x\",\"y\")", "-1",
		"@SUM(A1)", "a,b", "a;b", "say \"x\"", "two\r\nlines", " space", "'quoted'", "'=1", "''+1", "\tTAB",
		"\rCR", "|cmd", "%x", "D'Amico", "'", "''", "è"};
	enum { COUNT = sizeof fields / sizeof *fields };
	static struct csv csv;
	char *text = write_record(fields, COUNT);

	assert_non_null(strstr(
		text, "plain,,\"'+393331234567\",\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",\"'-1\",\"'@SUM(A1)\""));
	csv_open(&csv, text, strlen(text));
	assert_int_equal(csv_read(&csv), 1);
	assert_int_equal(csv.count, COUNT);
	for (int i = 0; i < COUNT; i++) {
		/* No cell begins with what makes a formula, and each reads back as it was. */
		assert_null(csv.fields[i][0] ? strchr("=+-@\t\r\n|%", csv.fields[i][0]) : NULL);
		assert_string_equal(csv_unguard(csv.fields[i]), fields[i]);
	}
	assert_int_equal(csv_read(&csv), 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
