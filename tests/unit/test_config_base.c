/* The small things below the configuration: errors, clocks, the forms of single values, `banditore config`. */
#include "config/clock.h"
#include "config/err.h"
#include "config/value.h"
#include "firmware-host/cmd_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_err_is_one_line(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, EX_DATAERR, "line %d:\nbad\t%s", 3, "x"), -1);
	assert_int_equal(err.status, EX_DATAERR);
	assert_string_equal(err.text, "line 3: bad x");
	assert_int_equal(err_prefix(&err, "file %s", "a.csv"), -1);
	assert_int_equal(err.status, EX_DATAERR);
	assert_string_equal(err.text, "file a.csv: line 3: bad x");
	/* The old text may be an argument of the new. */
	(void)err_set(&err, EX_TEMPFAIL, "again: %s", err.text);
	assert_string_equal(err.text, "again: file a.csv: line 3: bad x");
}

static void test_err_is_cut_between_characters(void **state)
{
	struct err err;
	char text[ERR_TEXT_MAX + 8];

	(void)state;
	for (size_t before = ERR_TEXT_MAX - 6; before < ERR_TEXT_MAX; before++) {
		static const char *const letters[] = {"è", "…", "😀"};

		for (size_t i = 0; i < 3; i++) {
			memset(text, 'x', before);
			(void)snprintf(text + before, sizeof text - before, "%s", letters[i]);
			(void)err_set(&err, EX_USAGE, "%s", text);
			assert_true(strlen(err.text) < ERR_TEXT_MAX);
			assert_true(value_is_utf8(err.text, strlen(err.text), NULL));
			assert_int_equal(strlen(err.text),
				before + strlen(letters[i]) < ERR_TEXT_MAX ? before + strlen(letters[i]) : before);
			(void)err_prefix(&err, "prefix");
			assert_true(value_is_utf8(err.text, strlen(err.text), NULL));
		}
	}
}

static void test_clock(void **state)
{
	int64_t before = clock_mono_ms();

	(void)state;
	assert_true(clock_mono_ms() >= before);
	assert_true(clock_wall_ms() > 1700000000000);
	assert_int_equal(clock_left_ms(before - 1), 0);
	assert_int_equal(clock_left_ms(INT64_MIN), 0);
	assert_int_equal(clock_left_ms(INT64_MAX), INT_MAX);
	int left = clock_left_ms(clock_mono_ms() + 60000);
	assert_true(left > 50000 && left <= 60000);
}

static void test_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t bad; /* offset, or the length where it is well-formed */
	} table[] = {
		{"", 0},
		{"a\xc3\xa8", 3},
		{"\xe2\x82\xac", 3},
		{"\xf0\x9f\x98\x80", 4},
		{"\xf4\x8f\xbf\xbf", 4},
		{"ab\xe8", 2},
		{"\xc0\xaf", 0},
		{"\xc1\xbf", 0},
		{"\xe0\x9f\xbf", 0},
		{"\xed\xa0\x80", 0},
		{"\xf0\x8f\xbf\xbf", 0},
		{"\xf4\x90\x80\x80", 0},
		{"\xf5\x80\x80\x80", 0},
		{"a\x80", 1},
		{"\xe2\x82", 0},
		{"\xc3(", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		size_t length = strlen(table[i].text), at = length;

		assert_int_equal(value_is_utf8(table[i].text, length, &at), table[i].bad == length);
		assert_int_equal(at, table[i].bad);
	}
}

static void test_ids_from_names(void **state)
{
	static const char *const table[][2] = {
		{"Viabilità", "viabilita"},
		{"Lavori pubblici", "lavori-pubblici"},
		{"  Sant'Anna  ", "sant-anna"},
		{"ÈÀÇñ ß", "eacn-s"},
		{"日本", ""},
		{"a×b÷c", "a-b-c"},
		{"", ""},
		{"Zona 3/B", "zona-3-b"},
		{"abcdefghijklmnopqrstuvwxyz abcdefghij", "abcdefghijklmnopqrstuvwxyz-abcd"},
	};
	char id[SETTINGS_ID_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		value_to_id(table[i][0], id, sizeof id);
		assert_string_equal(id, table[i][1]);
		assert_true(id[0] == '\0' || value_is_id(id));
	}
}

static void test_forms(void **state)
{
	struct settings_hours hours = {-1, -1};

	(void)state;
	assert_true(value_is_host_port("[::1]:8080") && value_is_host_port("localhost:1") &&
		    value_is_host_port("10.0.0.1:65535"));
	assert_false(value_is_host_port("[::1]") || value_is_host_port(":80") || value_is_host_port("a:") ||
		     value_is_host_port("[]:80") || value_is_host_port("a:8o") || value_is_host_port("a:000080"));
	assert_true(value_is_opening("mon 09:00-12:00") && value_is_opening("mon-fri 08:00-12:00  14:00-24:00") &&
		    value_is_opening("sun 00:00-24:00,mon 01:00-02:00"));
	assert_false(value_is_opening("mon") || value_is_opening("mon09:00-12:00") || value_is_opening(",") ||
		     value_is_opening("mon 09:00-12:00 ") || value_is_opening("mon- 09:00-12:00"));
	assert_true(value_is_currency("EUR"));
	assert_false(value_is_currency("eur") || value_is_currency("EURO") || value_is_currency(""));
	struct value_opening openings[2];
	assert_int_equal(value_to_opening("mon-fri 08:00-12:00  14:00-24:00, sun 01:00-02:00", openings, 2), 2);
	assert_int_equal(value_to_opening("mon-fri 08:00-12:00  14:00-24:00, sun 01:00-02:00", NULL, 0), 3);
	assert_true(openings[1].first_day == 0 && openings[1].last_day == 4 && openings[1].hours.from_min == 14 * 60 &&
		    openings[1].hours.until_min == 24 * 60);
	assert_int_equal(value_to_opening("", openings, 2), 0);
	assert_int_equal(value_to_opening("mon 09:00-12:00, ", openings, 2), -1);
	assert_int_equal(value_to_day("1970-01-01"), 0);
	assert_int_equal(value_to_day("2024-02-29"), 19782);
	assert_int_equal(value_to_day("2026-12-31"), 20818);
	assert_true(value_to_day("2026-02-29") < 0 && value_to_day("2026-13-01") < 0 && value_to_day("2026-1-1") < 0 &&
		    value_to_day("2026-04-31") < 0 && value_to_day("1969-12-31") < 0 &&
		    value_to_day("2026-12-24 ") < 0);
	assert_true(value_is_date("") && value_is_date("2026-12-24"));
	assert_true(value_is_language("it") && value_is_language("fil") && value_is_language("pt_BR"));
	assert_false(value_is_language("i") || value_is_language("it_I") || value_is_language("it-IT"));
	assert_true(
		value_is_phone("+3905641234") && value_is_phone("") && !value_is_phone("+39") && !value_is_phone("+"));
	assert_false(value_to_hours("24:01-08:00", &hours) || value_to_hours("21:00", &hours));
	assert_int_equal(hours.from_min, -1);
	assert_true(value_to_hours("00:00-24:00", &hours));
	assert_int_equal(hours.until_min, 1440);
	assert_true(value_to_hours("", &hours));
	assert_int_equal(hours.until_min, 0);
}

/* ---- banditore config -------------------------------------------------------------------------------------------- */

/* Runs it with stdout (and stderr with it) in out, of 64 KiB. */
static int run(const char *path, const char *const *words, int count, char *out, struct err *err)
{
	char *argv[8] = {NULL};
	int saved_out = dup(1), saved_err = dup(2), pipe_fd[2], status;
	ssize_t got;

	assert_true(saved_out >= 0 && saved_err >= 0 && pipe(pipe_fd) == 0);
	for (int i = 0; i < count; i++)
		assert_non_null(argv[i] = strdup(words[i]));
	(void)fflush(NULL);
	assert_true(dup2(pipe_fd[1], 1) == 1 && dup2(pipe_fd[1], 2) == 2);
	status = cmd_config(path, count, argv, err); /* what it prints fits a pipe's 64 KiB */
	(void)fflush(NULL);
	assert_true(dup2(saved_out, 1) == 1 && dup2(saved_err, 2) == 2);
	(void)close(saved_out);
	(void)close(saved_err);
	(void)close(pipe_fd[1]);

	size_t length = 0;
	while ((got = read(pipe_fd[0], out + length, 65535 - length)) > 0)
		length += (size_t)got;
	out[length] = '\0';
	(void)close(pipe_fd[0]);
	for (int i = 0; i < count; i++)
		free(argv[i]);
	return status;
}

static void test_cmd_config(void **state)
{
	static const char *const check[] = {"check"};
	static const char *const print[] = {"check", "--print"};
	static const char *const example[] = {"example"};
	static const char *const manual[] = {"manual"};
	static const char *const help[] = {"check", "--help"};
	static const char *const wrong[][2] = {{"chek", NULL}, {"check", "--prnt"}, {"example", "more"}};
	char *out = malloc(65536), path[] = "/tmp/test_config.XXXXXX";
	struct settings *settings;
	struct err err;
	int fd = mkstemp(path);

	(void)state;
	assert_true(out != NULL && fd >= 0);
	assert_int_equal(run(NULL, example, 1, out, &err), 0);
	assert_int_equal(write(fd, out, strlen(out)), strlen(out));
	assert_int_equal(close(fd), 0);
	assert_int_equal(run(path, check, 1, out, &err), 0);
	assert_non_null(strstr(out, "configuration ok: /tmp/test_config."));
	assert_non_null(strstr(out, "warning: comune.privacy_url"));

	assert_int_equal(run(path, print, 2, out, &err), 0);
	assert_non_null(strstr(out, "day = 200;"));
	assert_int_equal(settings_read_string(strchr(out, '#'), strlen(strchr(out, '#')), path, &settings, &err), 0);
	settings_free(settings);

	assert_int_equal(run(NULL, manual, 1, out, &err), 0);
	assert_non_null(strstr(out, "| `alert.fallback_after` | 0 to 86400 seconds | 90 |"));
	assert_int_equal(run(NULL, help, 2, out, &err), 0);
	assert_non_null(strstr(out, "usage: banditore"));
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(run(NULL, wrong[i], wrong[i][1] ? 2 : 1, out, &err), -1);
		assert_int_equal(err.status, EX_USAGE);
		assert_string_equal(out, "");
	}
	assert_int_equal(run(NULL, wrong[0], 0, out, &err), -1);
	assert_int_equal(err.status, EX_USAGE);

	assert_int_equal(unlink(path), 0);
	assert_int_equal(run(path, check, 1, out, &err), -1);
	assert_int_equal(err.status, EX_CONFIG);
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err_is_one_line),
		cmocka_unit_test(test_err_is_cut_between_characters),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_ids_from_names),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_cmd_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
