/* `banditore pdu`, driven as its users do: lines on stdin, lines of JSON on stdout, and an exit status. */
#include "firmware-host/cmd_pdu.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINES_MAX = 8, OUTPUT_MAX = 512 * 1024 };

struct run {
	int status; /* 0, or the error's */
	struct err err;
	unsigned count;
	json_t *line[LINES_MAX];
	char output[OUTPUT_MAX];
};

static struct run the_run;

/* Runs the command on this input with up to two arguments behind argv[0]. */
static struct run *run(const char *action, const char *one, const char *two, const char *input, size_t length)
{
	struct run *run = &the_run;
	char *argv[] = {(char *)(uintptr_t)action, (char *)(uintptr_t)one, (char *)(uintptr_t)two, NULL};
	int argc = action == NULL ? 0 : one == NULL ? 1 : two == NULL ? 2 : 3;
	FILE *in = tmpfile();
	FILE *out = tmpfile();

	assert_non_null(in);
	assert_non_null(out);
	assert_int_equal(fwrite(input, 1, length, in), length);
	assert_int_equal(fflush(in), 0);
	rewind(in);

	int old_in = dup(STDIN_FILENO);
	int old_out = dup(STDOUT_FILENO);
	(void)fflush(stdout);
	assert_true(dup2(fileno(in), STDIN_FILENO) >= 0 && dup2(fileno(out), STDOUT_FILENO) >= 0);
	clearerr(stdin);
	run->err = (struct err){0};
	int result = cmd_pdu(argc, argv, &run->err);
	(void)fflush(stdout);
	assert_true(dup2(old_in, STDIN_FILENO) >= 0 && dup2(old_out, STDOUT_FILENO) >= 0);
	(void)close(old_in);
	(void)close(old_out);

	rewind(out);
	run->output[fread(run->output, 1, OUTPUT_MAX - 1, out)] = '\0';
	(void)fclose(in);
	(void)fclose(out);
	run->status = result == 0 ? 0 : run->err.status;
	run->count = 0;
	return run;
}

static struct run *run_lines(const char *action, const char *one, const char *two, const char *input)
{
	struct run *run_made = run(action, one, two, input, strlen(input));
	char *at = run_made->output;

	for (char *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		assert_true(run_made->count < LINES_MAX);
		json_t *object = json_loadb(at, (size_t)(end - at), 0, NULL);
		assert_true(json_is_object(object));
		run_made->line[run_made->count++] = object;
	}
	assert_int_equal(*at, '\0');
	return run_made;
}

static void run_free(struct run *run_made)
{
	for (unsigned i = 0; i < run_made->count; i++)
		json_decref(run_made->line[i]);
	run_made->count = 0;
}

/* One line in, one line out: equal to `expected`, whose keys are all there are. */
static void expect_line(const char *action, const char *option, const char *input, const char *expected)
{
	json_t *wanted = json_loads(expected, 0, NULL);
	struct run *run_made = run_lines(action, option, NULL, input);

	assert_non_null(wanted);
	assert_int_equal(run_made->count, 1);
	if (!json_equal(run_made->line[0], wanted))
		fail_msg("%s, expected %s", run_made->output, expected);
	assert_int_equal(run_made->status, json_object_get(wanted, "error") != NULL ? EX_DATAERR : 0);
	json_decref(wanted);
	run_free(run_made);
}

static void deliver_test(void **state)
{
	(void)state;
	expect_line("decode", NULL, "07912143658709F1040B918100551512F20000111010214365000AE8329BFD4697D9EC37\n",
		"{\"type\":\"deliver\",\"smsc\":\"+12345678901\",\"length\":28,\"from\":\"+18005551212\",\"alpha\":"
		"null,"
		"\"time\":\"2011-01-01T12:34:56+00:00\",\"pid\":0,\"dcs\":0,\"alphabet\":\"gsm7\",\"class\":null,"
		"\"text\":\"hellohello\",\"data\":null,\"concat\":null,\"truncated\":false}");
	expect_line("decode", NULL, "07919730071111F10414D04937BD2C7797E9D3E614000811309291024061080442043504410442",
		"{\"type\":\"deliver\",\"smsc\":\"+79037011111\",\"length\":31,\"from\":null,\"alpha\":\"InternetSMS\","
		"\"time\":\"2011-03-29T19:20:04+04:00\",\"pid\":0,\"dcs\":8,\"alphabet\":\"ucs2\",\"class\":null,"
		"\"text\":\"\u0442\u0435\u0441\u0442\",\"data\":null,\"concat\":null,\"truncated\":false}");
	expect_line("decode", NULL, "07912143658709f1040b918100551512f200f4111010214365000ae8329bfd4697d9ec37de\r\n",
		"{\"type\":\"deliver\",\"smsc\":\"+12345678901\",\"length\":29,\"from\":\"+18005551212\",\"alpha\":"
		"null,"
		"\"time\":\"2011-01-01T12:34:56+00:00\",\"pid\":0,\"dcs\":244,\"alphabet\":\"8bit\",\"class\":0,"
		"\"text\":null,\"data\":\"E8329BFD4697D9EC37DE\",\"concat\":null,\"truncated\":false}");
	expect_line("decode", NULL, "07918497483252F0440B918496445078F70008712132014474400B0800032A02017001000041",
		"{\"type\":\"deliver\",\"smsc\":\"+48798423250\",\"length\":30,\"from\":\"+48694405877\",\"alpha\":"
		"null,"
		"\"time\":\"2017-12-23T10:44:47+01:00\",\"pid\":0,\"dcs\":8,\"alphabet\":\"ucs2\",\"class\":null,"
		"\"text\":\"A\",\"data\":null,\"concat\":{\"ref\":42,\"total\":2,\"seq\":1},\"truncated\":false}");
	expect_line("decode", NULL, "07912143658709F1040B918100551512F2000011FF10214365000AE8329BFD4697D9EC",
		"{\"type\":\"deliver\",\"smsc\":\"+12345678901\",\"length\":27,\"from\":\"+18005551212\",\"alpha\":"
		"null,"
		"\"time\":null,\"pid\":0,\"dcs\":0,\"alphabet\":\"gsm7\",\"class\":null,"
		"\"text\":\"hellohell\",\"data\":null,\"concat\":null,\"truncated\":true}");
}

static void report_test(void **state)
{
	static const char expected[] =
		"{\"type\":\"status-report\",\"smsc\":null,\"length\":26,\"to\":\"+4915259911630\",\"alpha\":null,"
		"\"mr\":4,"
		"\"time\":\"2010-06-21T14:03:43-05:00\",\"discharge\":\"2010-06-21T14:03:49-05:00\",\"status\":0,"
		"\"status_class\":\"delivered\",\"status_text\":\"received by SME\"}";
	static const char hex[] = "06040D91945152991136F00160124130340A0160124130940A00";

	(void)state;
	expect_line("decode", "--no-smsc", hex, expected);
	expect_line("decode", NULL, hex, expected); /* with no field where one was told to be */

	struct run *run_made =
		run_lines("decode", "--submit", "--no-smsc", hex); /* from a mobile it would be a command */
	assert_int_equal(run_made->count, 1);
	assert_string_equal(
		json_string_value(json_object_get(run_made->line[0], "error")), "an SMS-COMMAND, which is not read");
	assert_int_equal(run_made->status, EX_DATAERR);
	run_free(run_made);
}

static void submit_test(void **state)
{
	static const char expected[] =
		"{\"type\":\"submit\",\"smsc\":\"+31624000000\",\"length\":28,\"to\":\"+31628870634\",\"alpha\":null,"
		"\"mr\":13,"
		"\"report\":true,\"validity_minutes\":4320,\"valid_until\":null,\"pid\":0,\"dcs\":0,\"alphabet\":"
		"\"gsm7\","
		"\"class\":null,\"text\":\"www.diafaan.com\",\"data\":null,\"concat\":null,\"truncated\":false}";
	static const char hex[] = "07911326040000F0310D0B911326880736F40000A90FF7FBDD454E87CDE1B0DB357EB701";

	(void)state;
	expect_line("decode", "--submit", hex, expected);
	expect_line("decode", NULL, hex, expected);
	expect_line("decode", NULL, "0019000B917228001011F100003170013193008001D4",
		"{\"type\":\"submit\",\"smsc\":null,\"length\":21,\"to\":\"+27820001111\",\"alpha\":null,\"mr\":0,"
		"\"report\":false,\"validity_minutes\":null,\"valid_until\":\"2013-07-10T13:39:00+02:00\",\"pid\":0,"
		"\"dcs\":0,"
		"\"alphabet\":\"gsm7\",\"class\":null,\"text\":\"T\",\"data\":null,\"concat\":null,\"truncated\":"
		"false}");
}

/* A bad line costs nothing but itself. */
static void bad_lines_test(void **state)
{
	struct run *run_made = run_lines("decode", NULL, NULL,
		"\n \r\n  07912143658709F1040B918100551512F20000111010214365000AE8329BFD4697D9EC37  \r\nnot hex\n00\n"
		"07912143658709F1040B918100551512F20000111010214365000AE8329BFD4697D9EC37");

	(void)state;
	assert_int_equal(run_made->count, 4);
	assert_non_null(json_object_get(run_made->line[0], "text"));
	assert_string_equal(json_string_value(json_object_get(run_made->line[1], "error")), "not hexadecimal");
	assert_non_null(json_object_get(run_made->line[2], "error"));
	assert_non_null(json_object_get(run_made->line[3], "text"));
	assert_int_equal(run_made->status, EX_DATAERR);
	assert_non_null(strstr(run_made->err.text, "2 of 4 lines"));
	run_free(run_made);

	run_made = run_lines("encode", NULL, NULL,
		"{\"to\":\"+3933\",\"text\":\"a\",\"surplus\":1}\n[1]\n{\"to\":\"+3933\"}\n{\"to\":\"+3933\",\"text\":"
		"\"\xFF\"}\n"
		"{\"to\":\"Comune\",\"text\":\"a\"}\n{\"to\":\"+3933\",\"text\":\"a\",\"ref\":70000}\n{\n");
	assert_int_equal(run_made->count, 7);
	for (unsigned i = 0; i < run_made->count; i++)
		assert_true(json_is_string(json_object_get(run_made->line[i], "error")));
	assert_int_equal(run_made->status, EX_DATAERR);
	run_free(run_made);
}

static void long_lines_test(void **state)
{
	enum { LONG = 64 * 1024 };
	static char input[2 * LONG + 100];
	struct run *run_made;

	(void)state;
	/* 64 KiB are read, one octet more is not, and the next line is not part of it. */
	memset(input, 'A', LONG + 1);
	strcpy(input + LONG + 1, "\n07912143658709F1040B918100551512F20000111010214365000AE8329BFD4697D9EC37\n");
	run_made = run_lines("decode", NULL, NULL, input);
	assert_int_equal(run_made->count, 2);
	assert_string_equal(json_string_value(json_object_get(run_made->line[0], "error")), "longer than 64 KiB");
	assert_non_null(json_object_get(run_made->line[1], "text"));
	run_free(run_made);

	strcpy(input, "{\"to\":\"+393331234567\",\"text\":\"");
	size_t at = strlen(input);
	memset(input + at, 'x', LONG - at - 2);
	strcpy(input + LONG - 2, "\"}");
	run_made = run_lines("encode", NULL, NULL, input);
	assert_int_equal(run_made->count, 1);
	assert_string_equal(
		json_string_value(json_object_get(run_made->line[0], "error")), "too long: more than 255 parts");
	run_free(run_made);
}

static void encode_test(void **state)
{
	(void)state;
	expect_line("encode", NULL, "{\"to\":\"+46708251358\",\"text\":\"hellohello\",\"validity_minutes\":5760}\r\n",
		"{\"alphabet\":\"gsm7\",\"parts\":1,\"septets\":[10],\"units\":[10],\"text\":\"hellohello\",\"pdus\":"
		"[{\"length\":23,\"hex\":\"0011000B916407281553F80000AA0AE8329BFD4697D9EC37\"}]}");
	expect_line("encode", NULL, "{\"to\":\"+34654123456\",\"text\":\"hey yo\",\"flash\":true,\"report\":false}",
		"{\"alphabet\":\"gsm7\",\"parts\":1,\"septets\":[6],\"units\":[6],\"text\":\"hey yo\",\"pdus\":"
		"[{\"length\":19,\"hex\":\"0001000B914356143254F6001006E8721E947F03\"}]}");
	expect_line("encode", NULL,
		"{\"to\":\"+0123456789\",\"text\":\"Hell\u00F3 wor\u0142d!\",\"report\":true,\"mr\":141}",
		"{\"alphabet\":\"ucs2\",\"parts\":1,\"septets\":null,\"units\":[12],\"text\":\"Hell\u00F3 "
		"wor\u0142d!\",\"pdus\":"
		"[{\"length\":36,\"hex\":"
		"\"00218D0A91103254769800081800480065006C006C00F300200077006F0072014200640021\"}]}");
	expect_line("encode", "--fold", "{\"to\":\"+393331234567\",\"text\":\"\u00C8 l\u2019ora\"}",
		"{\"alphabet\":\"gsm7\",\"parts\":1,\"septets\":[8],\"units\":[8],\"text\":\"E' l'ora\",\"pdus\":"
		"[{\"length\":20,\"hex\":\"0001000C91933313325476000008C513887D7ACBC3\"}]}");
}

/* What encode prints, decode reads. */
static void there_and_back_test(void **state)
{
	static char input[1024];
	char text[194];
	char hex[2][400];
	struct run *run_made;

	(void)state;
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (int wide = 0; wide < 2; wide++) {
		(void)snprintf(input, sizeof input,
			"{\"to\":\"+393331234567\",\"smsc\":\"+393358815023\",\"text\":\"%s\",\"ref\":%d}", text,
			wide ? 0x1234 : 7);
		run_made = run_lines("encode", NULL, NULL, input);
		const json_t *pdus = json_object_get(run_made->line[0], "pdus");
		const json_t *septets = json_object_get(run_made->line[0], "septets");
		assert_int_equal(json_array_size(pdus), 2);
		assert_int_equal(json_integer_value(json_array_get(septets, 0)), wide ? 152 : 153);
		for (unsigned i = 0; i < 2; i++)
			(void)snprintf(hex[i], sizeof hex[i], "%s",
				json_string_value(json_object_get(json_array_get(pdus, i), "hex")));
		run_free(run_made);

		(void)snprintf(input, sizeof input, "%s\n%s\n", hex[0], hex[1]);
		run_made = run_lines("decode", "--submit", NULL, input);
		assert_int_equal(run_made->count, 2);
		for (unsigned i = 0; i < 2; i++) {
			const json_t *concat = json_object_get(run_made->line[i], "concat");

			assert_int_equal(json_integer_value(json_object_get(concat, "ref")), wide ? 0x1234 : 7);
			assert_int_equal(json_integer_value(json_object_get(concat, "total")), 2);
			assert_int_equal(json_integer_value(json_object_get(concat, "seq")), i + 1);
			assert_string_equal(
				json_string_value(json_object_get(run_made->line[i], "smsc")), "+393358815023");
		}
		run_free(run_made);
	}
}

static void arguments_test(void **state)
{
	(void)state;
	assert_int_equal(run(NULL, NULL, NULL, "", 0)->status, EX_USAGE);
	assert_int_equal(run("transcode", NULL, NULL, "", 0)->status, EX_USAGE);
	assert_int_equal(run("decode", "--fold", NULL, "", 0)->status, EX_USAGE);
	assert_int_equal(run("encode", "--submit", NULL, "", 0)->status, EX_USAGE);
	assert_int_equal(run("decode", "--no-smsc", "0011", "", 0)->status, EX_USAGE);
	assert_int_equal(run("decode", "--json", NULL, "", 0)->status, 0);
	assert_int_equal(run("decode", NULL, NULL, "\n\n", 2)->status, 0);
	assert_string_equal(the_run.output, "");
	assert_int_equal(run("decode", "--help", NULL, "zz\n", 3)->status, 0);
	assert_non_null(strstr(the_run.output, "--no-smsc"));
	assert_int_equal(run("encode", "--help", NULL, "", 0)->status, 0);
	assert_non_null(strstr(the_run.output, "--fold"));
	assert_int_equal(run("--help", NULL, NULL, "", 0)->status, 0);
	assert_int_equal(run("decode", NULL, NULL,
				 "0\0"
				 "0\n",
				 4)
				 ->status,
		EX_DATAERR);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(deliver_test),
		cmocka_unit_test(report_test),
		cmocka_unit_test(submit_test),
		cmocka_unit_test(bad_lines_test),
		cmocka_unit_test(long_lines_test),
		cmocka_unit_test(encode_test),
		cmocka_unit_test(there_and_back_test),
		cmocka_unit_test(arguments_test),
	};

	return cmocka_run_group_tests_name("cmd_pdu", tests, NULL, NULL);
}
