#include "tests/unit/at_json.h"

#include "modem/at_parse.h"
#include "modem/pdu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <cmocka.h>

static json_t *string_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

json_t *json_integer_or_null(int value)
{
	return value >= 0 ? json_integer(value) : json_null();
}

void json_set(json_t *object, const char *key, json_t *value)
{
	assert_non_null(value);
	assert_int_equal(json_object_set_new(object, key, value), 0);
}

const char *json_line(const json_t *lines, size_t index)
{
	const char *line = json_string_value(json_array_get(lines, index));

	return line ? line : "";
}

/* ---- values of one line ---- */

void json_read_registration(json_t *actual, const char *line)
{
	struct at_registration registration;

	assert_true(at_parse_registration(line, &registration));
	json_set(actual, "domain", json_string(registration.domain));
	json_set(actual, "n", json_integer(registration.n));
	json_set(actual, "stat", json_integer(registration.stat));
	json_set(actual, "registered", json_boolean(at_is_registered(registration.stat)));
	json_set(actual, "lac", json_string(registration.lac));
	json_set(actual, "ci", json_string(registration.ci));
	json_set(actual, "act", json_integer_or_null(registration.act));
}

static json_t *words(const struct at_store_names *names)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < names->count; i++)
		assert_int_equal(json_array_append_new(list, json_string(names->name[i])), 0);
	return list;
}

static void read_cpms(json_t *actual, const char *line)
{
	static const char *const keys[] = {"mem1", "mem2", "mem3"};
	struct at_store_names names[AT_STORES];
	struct at_store stores[AT_STORES];
	const char *argument = at_argument(line, "+CPMS:");
	bool is_test = *argument == '(';
	int count = is_test ? at_parse_cpms_test(line, names) : at_parse_cpms(line, stores);

	assert_true(count > 0);
	for (int i = 0; i < AT_STORES; i++) {
		json_t *store;

		if (i >= count) {
			json_set(actual, keys[i], json_null());
			continue;
		}
		if (is_test) {
			json_set(actual, keys[i], words(&names[i]));
			continue;
		}
		store = json_object();
		json_set(store, "name", json_string(stores[i].name));
		json_set(store, "used", json_integer(stores[i].used));
		json_set(store, "total", json_integer(stores[i].total));
		json_set(store, "full", json_boolean(stores[i].used >= stores[i].total));
		json_set(actual, keys[i], store);
	}
}

static void read_cnum(json_t *actual, const json_t *lines)
{
	json_t *numbers = json_array();

	for (size_t i = 0; i < json_array_size(lines); i++) {
		char number[AT_NUMBER_MAX];

		assert_true(at_parse_cnum(json_line(lines, i), number));
		json_set(actual, "number", json_string(number));
		assert_int_equal(json_array_append_new(numbers, json_string(number)), 0);
	}
	json_set(actual, "numbers", numbers);
}

static void read_clcc(json_t *actual, const char *line)
{
	struct at_call call;
	json_t *one = json_object(), *calls = json_array();

	assert_true(at_parse_clcc(line, &call));
	json_set(one, "idx", json_integer(call.index));
	json_set(one, "dir", json_integer(call.direction));
	json_set(one, "stat", json_integer(call.stat));
	json_set(one, "number", json_string(call.number));
	assert_int_equal(json_object_update(actual, one), 0);
	assert_int_equal(json_array_append_new(calls, one), 0);
	json_set(actual, "cmd", json_string("+CLCC"));
	json_set(actual, "calls", calls);
}

static void read_cops(json_t *actual, const char *line)
{
	struct at_operator operator;

	assert_true(at_parse_cops(line, &operator));
	json_set(actual, "mode", json_integer(operator.mode));
	json_set(actual, "format", json_integer(operator.format));
	json_set(actual, "operator", json_string(operator.name));
	json_set(actual, "act", json_integer_or_null(operator.act));
}

static void read_cclk(json_t *actual, const char *line)
{
	struct pdu_time at;
	char text[64], zone[16] = "Z";
	time_t local;
	struct tm parts;

	assert_true(at_parse_cclk(line, &at));
	local = (time_t)(at.seconds + at.offset_minutes * 60);
	assert_non_null(gmtime_r(&local, &parts));
	if (at.offset_minutes != 0)
		(void)snprintf(zone, sizeof(zone), "%+03d", at.offset_minutes / 60);
	(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d%s", parts.tm_year + 1900, parts.tm_mon + 1,
		parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, zone);
	json_set(actual, "time", json_string(text));
	json_set(actual, "offset_min", json_integer(at.offset_minutes));
}

static void read_cesq(json_t *actual, const char *line)
{
	struct at_cesq signal;

	assert_true(at_parse_cesq(line, &signal));
	json_set(actual, "rat",
		json_string(signal.rsrp_dbm != AT_UNKNOWN   ? "lte"
			    : signal.rssi_dbm != AT_UNKNOWN ? "gsm"
							    : ""));
	json_set(actual, "rssi_dbm", json_real(signal.rssi_dbm));
	json_set(actual, "rsrq_db", json_real(signal.rsrq_half_db / 2.0));
	json_set(actual, "rsrp_dbm", json_real(signal.rsrp_dbm));
	json_set(actual, "ber", json_integer(signal.ber));
}

static void read_cscb(json_t *actual, const char *line)
{
	struct cbs_range ranges[CBS_RANGES_MAX];
	int count = at_parse_cscb(line, ranges);
	json_t *list;

	if (count < 0) {
		json_set(actual, "error", json_true());
		return;
	}
	list = json_array();
	for (int i = 0; i < count; i++)
		assert_int_equal(json_array_append_new(list, json_pack("[i,i]", ranges[i].from, ranges[i].to)), 0);
	json_set(actual, "ranges", list);
}

static void read_cscs(json_t *actual, const char *line)
{
	struct at_store_names names;
	int count = at_parse_cscs_test(line, names.name);

	assert_true(count > 0);
	names.count = (unsigned)count;
	json_set(actual, "charsets", words(&names));
}

static void read_cfun(json_t *actual, const char *line)
{
	int level = -1;

	if (!at_parse_cfun(line, &level))
		assert_int_equal(level, -1);
	json_set(actual, "fun", json_integer_or_null(level));
}

static void read_csca(json_t *actual, const char *line)
{
	char number[AT_NUMBER_MAX];

	assert_true(at_parse_csca(line, number));
	json_set(actual, "smsc", string_or_null(number));
}

static bool begins(const char *line, const char *prefix)
{
	return strncasecmp(line, prefix, strlen(prefix)) == 0;
}

void json_read_value(json_t *actual, const json_t *lines)
{
	const char *line = json_line(lines, 0);
	char word[AT_WORD_MAX];

	if (begins(line, "+C5GREG") || begins(line, "+CREG") || begins(line, "+CGREG") || begins(line, "+CEREG"))
		json_read_registration(actual, line);
	else if (begins(line, "+CNUM"))
		read_cnum(actual, lines);
	else if (begins(line, "+CLCC"))
		read_clcc(actual, line);
	else if (begins(line, "+COPS"))
		read_cops(actual, line);
	else if (begins(line, "+CSCS"))
		read_cscs(actual, line);
	else if (begins(line, "+CPMS") && strpbrk(line, "(\""))
		read_cpms(actual, line);
	else if (begins(line, "+CCLK"))
		read_cclk(actual, line);
	else if (begins(line, "+CFUN"))
		read_cfun(actual, line);
	else if (begins(line, "+CESQ"))
		read_cesq(actual, line);
	else if (begins(line, "+CSCB"))
		read_cscb(actual, line);
	else if (begins(line, "+CSCA"))
		read_csca(actual, line);
	else if (at_parse_cpin(line, word))
		json_set(actual, "cpin", json_string(word));
}

/* ---- PDUs ---- */

static void read_pdu(json_t *actual, const char *hex, int length)
{
	uint8_t octets[PDU_OCTETS_MAX];
	struct pdu pdu;
	char text[PDU_TEXT_MAX];
	int count = hex_read(hex, strlen(hex), octets, sizeof(octets));

	if (count < 0 || pdu_decode(octets, (size_t)count, PDU_SMSC_PRESENT, false, &pdu)) {
		json_set(actual, "error", json_string("PDU not decodable"));
		return;
	}
	(void)pdu_text(&pdu, text);
	json_set(actual, "type", json_string(pdu.type == PDU_STATUS_REPORT ? "status-report" : "deliver"));
	json_set(actual, "pdu_len_ok", json_boolean(pdu.tpdu_length == length));
	json_set(actual, "oa", json_string(pdu.address.text));
	json_set(actual, "text", json_string(text));
	if (pdu.type == PDU_STATUS_REPORT) {
		json_set(actual, "mr", json_integer(pdu.mr));
		json_set(actual, "st", json_integer(pdu.status));
	}
}

void json_read_message(json_t *actual, const char *header, const char *hex)
{
	struct at_message message;

	assert_true(at_parse_message(header, &message));
	assert_false(message.text_mode);
	if (!hex)
		hex = message.pdu;
	json_set(actual, "stat", json_integer_or_null(message.stat));
	json_set(actual, "len", json_integer(message.length));
	json_set(actual, "alpha", json_string(message.name));
	json_set(actual, "header", json_string(header));
	json_set(actual, "pdu", json_string(hex));
	if (!begins(header, "+CBM"))
		read_pdu(actual, hex, message.length);
}
