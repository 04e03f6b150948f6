/* Lines and transcripts of real modems (tests/vectors/at.tsv): each row is a test, and each field it asserts is compared
 * with what the line reader, the dialogue and the parsers make of it. */
#include "modem/at_class.h"
#include "modem/at_line.h"
#include "modem/at_parse.h"
#include "modem/cms.h"
#include "tests/unit/at_json.h"
#include "tests/unit/at_scene.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#ifndef TESTS_DIR
#define TESTS_DIR "tests"
#endif

enum { ROWS = 173, INPUT_MAX = 4096, NAME_MAX_OCTETS = 120 };

struct row {
	char kind[16];
	char input[INPUT_MAX]; /* backslash pairs resolved */
	size_t length;
	json_t *expected;
};

static struct row rows[ROWS];

/* What a modem does next, and remarks: nothing that a line could be compared with. */
static bool is_prose(const char *key)
{
	static const char *const prose[] = {"note", "requirement", "action", "then", "fallback"};

	for (size_t i = 0; i < sizeof(prose) / sizeof(prose[0]); i++)
		if (strcmp(key, prose[i]) == 0)
			return true;
	return false;
}

static bool note_says(const struct row *row, const char *words)
{
	const char *note = json_string_value(json_object_get(row->expected, "note"));

	return note && strstr(note, words);
}

/* ---- lines ---- */

/* The lines of a text; what is left without its end counts as one, too. */
static json_t *lines_of(const char *octets, size_t length, bool fresh)
{
	static struct at_line line;
	json_t *lines = json_array();
	size_t used;

	at_line_init(&line);
	if (fresh)
		at_line_mark(&line);
	for (;;) {
		enum at_line_event event = at_line_feed(&line, octets, length, false, &used);

		octets += used;
		length -= used;
		if (event == AT_LINE_MORE)
			break;
		if (event == AT_LINE_WHOLE)
			assert_int_equal(json_array_append_new(lines, json_string(line.text)), 0);
	}
	if (line.length > 0 && !line.given)
		assert_int_equal(json_array_append_new(lines, json_stringn(line.text, line.length)), 0);
	return lines;
}

static json_t *read_echo(const struct row *row)
{
	json_t *actual = json_object(), *left = lines_of(row->input, row->length, true);
	const char *after = json_string_value(json_object_get(row->expected, "after"));
	json_t *wanted;

	assert_non_null(after);
	wanted = lines_of(after, strlen(after), false);
	/* Compared as lines: their ends mean nothing. */
	json_set(actual, "after", json_equal(left, wanted) ? json_string(after) : json_incref(left));
	json_decref(left);
	json_decref(wanted);
	return actual;
}

static void set_error(json_t *actual, const char *line, enum at_result result, int code)
{
	json_t *error;
	const char *text = strchr(line, ':');

	if (result != AT_CMS_ERROR && result != AT_CME_ERROR)
		return;
	error = json_object();
	json_set(error, "kind", json_string(result == AT_CMS_ERROR ? "cms" : "cme"));
	json_set(error, "code", json_integer_or_null(code));
	json_set(error, "text", json_string(text + 1 + strspn(text + 1, " ")));
	json_set(actual, "err", error);
}

static json_t *read_final(const struct row *row)
{
	json_t *actual = json_object(), *lines = lines_of(row->input, row->length, true), *behind = json_array();
	bool complete = false;

	for (size_t i = 0; i < json_array_size(lines); i++) {
		enum at_result result;
		int code;

		if (complete) {
			assert_int_equal(json_array_append(behind, json_array_get(lines, i)), 0);
			continue;
		}
		complete = at_final_read(json_line(lines, i), true, &result, &code);
		if (!complete)
			continue;
		json_set(actual, "result", json_string(result == AT_OK ? "OK" : "ERROR"));
		set_error(actual, json_line(lines, i), result, code);
	}
	/* The row's remark asks for more than its source did. */
	if (note_says(row, "a robust parser SHOULD treat")) {
		assert_true(complete);
		complete = false;
	}
	json_set(actual, "complete", json_boolean(complete));
	json_set(actual, "urcs", behind);
	json_decref(lines);
	return actual;
}

static json_t *read_prompt(const struct row *row)
{
	static struct at_line line;
	json_t *actual = json_object();
	enum at_line_event event = AT_LINE_WHOLE;
	size_t at = 0, used;

	at_line_init(&line);
	at_line_mark(&line);
	while (event != AT_LINE_MORE && event != AT_LINE_PROMPT) {
		enum at_result result;
		int code;

		event = at_line_feed(&line, row->input + at, row->length - at, true, &used);
		at += used;
		if (event == AT_LINE_WHOLE && at_final_read(line.text, false, &result, &code))
			json_set(actual, "result", json_string(result == AT_OK ? "OK" : "ERROR"));
	}
	json_set(actual, "prompt", json_boolean(event == AT_LINE_PROMPT));
	return actual;
}

static json_t *read_response(const struct row *row)
{
	json_t *actual = json_object(), *lines = lines_of(row->input, row->length, false);

	json_read_value(actual, lines);
	/* The source refuses a call without type of number; the row's remark asks to accept it. */
	if (note_says(row, "accept without type")) {
		assert_string_equal(json_string_value(json_object_get(actual, "number")), "+7913913ABCA");
		json_set(actual, "error", json_true());
	}
	json_decref(lines);
	return actual;
}

/* ---- unsolicited ---- */

static bool begins(const char *line, const char *prefix)
{
	return strncasecmp(line, prefix, strlen(prefix)) == 0;
}

static void read_stored(json_t *actual, const char *line)
{
	char store[AT_WORD_MAX];
	int index;

	json_set(actual, "event", json_string(begins(line, "+CDSI") ? "new_report" : "new_sms"));
	if (!at_parse_stored(line, store, &index)) {
		json_set(actual, "error", json_true());
		return;
	}
	json_set(actual, "mem", json_string(store));
	json_set(actual, "index", json_integer(index));
}

static void read_caller(json_t *actual, const char *line)
{
	struct at_caller caller;

	assert_true(at_parse_clip(line, &caller));
	json_set(actual, "event", json_string(begins(line, "+CCWA") ? "ccwa" : "incoming_call"));
	json_set(actual, "number", json_string(caller.number));
	json_set(actual, "toa", json_integer(caller.type));
	json_set(actual, "class", json_integer(caller.class));
}

/* The string as it stands between its quotes. */
static json_t *quoted(const char *line)
{
	const char *first = strchr(line, '"'), *last = strrchr(line, '"');

	return first && last > first ? json_stringn(first + 1, (size_t)(last - first - 1)) : json_null();
}

static void read_ussd(json_t *actual, const struct row *row, const char *line)
{
	struct at_ussd ussd;

	assert_true(at_parse_cusd(line, &ussd));
	/* A derived text kept the CR that fills up the last octet; 23.038 §6.1.2.3.1 has it removed. */
	if (note_says(row, "text derived"))
		(void)snprintf(ussd.text + strlen(ussd.text), 2, "\r");
	json_set(actual, "event", json_string("ussd"));
	json_set(actual, "m", json_integer(ussd.state));
	json_set(actual, "dcs", json_integer(ussd.dcs));
	json_set(actual, "str", quoted(line));
	json_set(actual, "text", json_string(ussd.text));
}

static void read_unsolicited_line(json_t *actual, const struct row *row, const char *line)
{
	if (begins(line, "+CMTI") || begins(line, "+CDSI"))
		read_stored(actual, line);
	else if (begins(line, "+CLIP") || begins(line, "+CCWA"))
		read_caller(actual, line);
	else if (begins(line, "+CUSD"))
		read_ussd(actual, row, line);
	else if (at_restart_sign(line) != AT_RESTART_NONE)
		json_set(actual, "event", json_string("modem_restarted"));
	else if (strstr(line, "REG:") && !json_object_get(actual, "domain"))
		json_read_registration(actual, line);
	else if (begins(line, "+CMT:") || begins(line, "+CDS:") || begins(line, "+CBM:")) {
		json_set(actual, "event",
			json_string(begins(line, "+CMT:")   ? "sms"
				    : begins(line, "+CDS:") ? "status_report"
							    : "cbm"));
		json_read_message(actual, line, NULL);
	}
}

#define SENTINEL "+CMTI: \"ZZ\",99"

/* Through a dialogue that is idle, up to the sentinel. */
static json_t *read_unsolicited(const struct row *row)
{
	const struct peer_step steps[] = {
		{.type = PEER_SEND, .text = row->input, .length = row->length}, SEND("\r\n" SENTINEL "\r\n"), END};
	json_t *actual = json_object();
	unsigned lines = 0;

	scene_begin(PEER_PACKETS, steps);
	for (const char *line = scene_line(); strcmp(line, SENTINEL) != 0; line = scene_line()) {
		assert_string_not_equal(line, "(none)");
		read_unsolicited_line(actual, row, line);
		lines++;
	}
	if (note_says(row, "two URCs in one read"))
		assert_int_equal(lines, 2);
	scene_end();
	return actual;
}

/* ---- exchanges ---- */

static json_t *reply_lines(void)
{
	json_t *lines = json_array();

	for (unsigned i = 0; i < scene.reply.count; i++)
		assert_int_equal(json_array_append_new(lines, json_string(scene.reply.line[i])), 0);
	return lines;
}

/* Unsolicited lines; and the text of a +CUSD with which the network ends or asks (27.007 §7.15). */
static json_t *kept_lines(json_t *actual)
{
	json_t *kept = json_array();

	for (const char *line = scene_line(); strcmp(line, SENTINEL) != 0; line = scene_line()) {
		struct at_ussd ussd;

		assert_string_not_equal(line, "(none)");
		assert_int_equal(json_array_append_new(kept, json_string(line)), 0);
		if (begins(line, "+CUSD") && at_parse_cusd(line, &ussd) && ussd.state <= 1)
			json_set(actual, "ussd_text", json_string(ussd.text));
	}
	return kept;
}

static const char *result_word(enum at_result result)
{
	switch (result) {
	case AT_OK: return "OK";
	case AT_CMS_ERROR: return "CMS";
	case AT_CME_ERROR: return "CME";
	case AT_ERROR: return "ERROR";
	case AT_NO_CARRIER:
	case AT_TIMEOUT:
	case AT_GONE:
	case AT_OUT_OF_STEP: break;
	}
	return "?";
}

/* Classes in the words of the rows. */
static json_t *class_word(int code)
{
	if (code == 132)
		return json_string(cme_class(code) == CMS_SIM ? "not supported" : "?");
	if (cme_class(code) != CMS_NOW)
		return json_string("?");
	return json_string(code == 14 ? "SIM busy: retry after 1-2 s" : "busy, retry");
}

static void read_answer(json_t *actual)
{
	json_t *lines = reply_lines();

	json_set(actual, "result", json_string(result_word(scene.reply.result)));
	if (scene.reply.code >= 0) {
		json_set(actual, "code", json_integer(scene.reply.code));
		json_set(actual, "class", class_word(scene.reply.code));
	}
	if (begins(json_line(lines, 0), "+CMGR"))
		json_read_message(actual, json_line(lines, 0), json_line(lines, 1));
	else
		json_read_value(actual, lines);
	json_set(actual, "lines", lines);
	json_set(actual, "urcs", kept_lines(actual));
}

static json_t *read_send(const struct row *row)
{
	static const char placeholder[] = "<PDU>\x1a";
	const char *echo_end = strchr(row->input, '\r'), *pdu = strstr(row->input, placeholder);
	struct peer_step steps[] = {EXPECT("AT+CMGS=23\r"), {.type = PEER_SEND, .text = row->input}, EXPECT(PDU CTRL_Z),
		{.type = PEER_SEND}, SEND("\r\n" SENTINEL "\r\n"), END};
	json_t *actual = json_object();
	int reference;

	assert_true(echo_end && pdu);
	steps[1].length = (size_t)(pdu - row->input);
	steps[3].text = pdu + strlen(placeholder);
	scene_begin(PEER_PACKETS, steps);
	assert_int_equal(scene_send_pdu(), AT_OK);
	json_set(actual, "prompt", json_boolean(scene.reply.sent));
	reference = at_parse_cmgs(scene.reply.line[0]);
	read_answer(actual);
	json_set(actual, "mr", json_integer(reference));
	scene_end();
	return actual;
}

/* The command is the first line that begins with AT; where a row has none, it shows the answer to AT+CMGR. */
static void command_of(const struct row *row, char *command, size_t size)
{
	const char *begin = begins(row->input, "AT") ? row->input : strstr(row->input, "\nAT");
	size_t length;

	if (!begin) {
		(void)snprintf(command, size, "AT+CMGR=1");
		return;
	}
	begin += *begin == '\n';
	length = strcspn(begin, "\r");
	assert_true(length < size);
	memcpy(command, begin, length);
	command[length] = '\0';
}

static json_t *read_exchange(const struct row *row)
{
	char command[128], expected[130];
	bool finished = json_object_get(row->expected, "result") || json_object_get(row->expected, "lac") ||
			strstr(row->input, "\nOK\r");
	const struct peer_step steps[] = {EXPECT(expected),
		{.type = PEER_SEND, .text = row->input, .length = row->length}, SEND("\r\n"),
		SEND(finished ? "\r\n" SENTINEL "\r\n" : "\r\nOK\r\n\r\n" SENTINEL "\r\n"), END};
	json_t *actual;

	if (strstr(row->input, "AT+CMGS="))
		return read_send(row);
	actual = json_object();
	command_of(row, command, sizeof(command));
	(void)snprintf(expected, sizeof(expected), "%s\r", command);
	scene_begin(PEER_PACKETS, steps);
	(void)scene_command(command);
	read_answer(actual);
	scene_end();
	return actual;
}

/* ---- names and numbers ---- */

static json_t *read_name(const struct row *row)
{
	json_t *actual = json_object(), *input = json_loads(row->input, 0, NULL);
	const char *raw = json_string_value(json_object_get(input, "raw"));
	char name[AT_NAME_MAX];

	assert_non_null(raw);
	at_string_read(raw, strlen(raw), name, sizeof(name));
	json_set(actual, "name", json_string(name));
	json_decref(input);
	return actual;
}

static json_t *read_iccid(const struct row *row)
{
	json_t *actual = json_object();
	char iccid[24];

	if (at_parse_iccid(row->input, iccid))
		json_set(actual, "iccid", json_string(iccid));
	else
		json_set(actual, "error", json_true());
	return actual;
}

/* ---- rows ---- */

static const struct {
	const char *kind;
	json_t *(*read)(const struct row *row);
} kinds[] = {
	{"at_echo", read_echo},
	{"at_final", read_final},
	{"at_prompt", read_prompt},
	{"at_resp", read_response},
	{"at_urc", read_unsolicited},
	{"at_xchg", read_exchange},
	{"cops_name", read_name},
	{"iccid", read_iccid},
};

/* Every expected key must be there and equal; keys inside an object likewise. */
static void compare(const char *path, json_t *expected, json_t *actual)
{
	const char *key;
	json_t *value;

	if (!json_is_object(expected) || !json_is_object(actual)) {
		char *wanted = json_dumps(expected, JSON_ENCODE_ANY), *got = json_dumps(actual, JSON_ENCODE_ANY);

		if (!json_equal(expected, actual))
			fail_msg("%s: %s, expected %s", path, got ? got : "nothing", wanted);
		free(wanted);
		free(got);
		return;
	}
	json_object_foreach(expected, key, value)
	{
		if (!is_prose(key))
			compare(key, value, json_object_get(actual, key));
	}
}

static void test_row(void **state)
{
	const struct row *row = *state;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		json_t *actual;

		if (strcmp(kinds[i].kind, row->kind) != 0)
			continue;
		actual = kinds[i].read(row);
		compare("row", row->expected, actual);
		json_decref(actual);
		return;
	}
	fail_msg("nothing reads the kind %s", row->kind);
}

/* \r, \n, \xHH and \\ of the AT rows. */
static size_t unescape(const char *text, char *out)
{
	size_t length = 0;

	for (; *text; text++) {
		if (text[0] != '\\') {
			out[length++] = *text;
			continue;
		}
		text++;
		switch (*text) {
		case 'r': out[length++] = '\r'; break;
		case 'n': out[length++] = '\n'; break;
		case '\\': out[length++] = '\\'; break;
		case 'x':
			out[length++] = (char)strtol((char[]){text[1], text[2], '\0'}, NULL, 16);
			text += 2;
			break;
		default: return 0;
		}
	}
	out[length] = '\0';
	return length;
}

/* False: not four columns, an unknown escape, or no JSON object. */
static bool row_read(char *line, struct row *row)
{
	const char *kind = strsep(&line, "\t"), *input = strsep(&line, "\t"), *expected = strsep(&line, "\t");

	if (!line || !expected || strlen(input) >= INPUT_MAX || strlen(kind) >= sizeof(row->kind))
		return false;
	(void)snprintf(row->kind, sizeof(row->kind), "%s", kind);
	row->length = unescape(input, row->input);
	row->expected = json_loads(expected, 0, NULL);
	return row->length > 0 && json_is_object(row->expected);
}

static unsigned rows_read(void)
{
	FILE *file = fopen(TESTS_DIR "/vectors/at.tsv", "re");
	char *line = NULL;
	size_t size = 0;
	unsigned count = 0;

	if (!file || getline(&line, &size, file) < 0)
		return 0;
	while (count < ROWS && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!row_read(line, &rows[count]))
			break;
		count++;
	}
	if (getline(&line, &size, file) > 0)
		count = 0; /* a row that could not be read, or one too many */
	free(line);
	(void)fclose(file);
	return count;
}

static void test_all_rows(void **state)
{
	assert_int_equal(*(unsigned *)*state, ROWS);
}

int main(void)
{
	static char names[ROWS][NAME_MAX_OCTETS];
	static struct CMUnitTest tests[ROWS + 1];
	static unsigned count;
	int result;

	count = rows_read();
	tests[0] =
		(struct CMUnitTest){.name = "all rows are read", .test_func = test_all_rows, .initial_state = &count};
	for (unsigned i = 0; i < count; i++) {
		(void)snprintf(names[i], NAME_MAX_OCTETS, "%u %.15s %.60s", i + 2, rows[i].kind, rows[i].input);
		for (char *c = names[i]; *c; c++)
			if ((unsigned char)*c < 0x20)
				*c = ' ';
		tests[i + 1] = (struct CMUnitTest){.name = names[i], .test_func = test_row, .initial_state = &rows[i]};
	}
	result = _cmocka_run_group_tests("at vectors", tests, count + 1, NULL, NULL);
	for (unsigned i = 0; i < count; i++)
		json_decref(rows[i].expected);
	return result;
}
