/* Received PDUs: every field a vector asserts or derives, concatenation, duplicates, reports and their sends. */
#include "modem/concat.h"
#include "modem/dcs.h"
#include "modem/gsm7.h"
#include "modem/receipt.h"
#include "modem/stamp.h"
#include "modem/user_data.h"
#include "tests/unit/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PARTS_MAX = 8 };

struct decoded {
	uint8_t octets[PDU_OCTETS_MAX];
	int length;
	struct pdu pdu;
	char text[PDU_TEXT_MAX];
};

static void decode(const char *hex, enum pdu_smsc_field smsc, struct decoded *ret)
{
	ret->length = hex_read(hex, strlen(hex), ret->octets, sizeof ret->octets);
	assert_true(ret->length > 0);

	/* Copied to its exact size, so that the sanitizer sees one octet too many being read. */
	uint8_t *exact = malloc((size_t)ret->length);
	assert_non_null(exact);
	memcpy(exact, ret->octets, (size_t)ret->length);
	const char *why = pdu_decode(exact, (size_t)ret->length, smsc, false, &ret->pdu);
	free(exact);
	if (why != NULL)
		fail_msg("refused: %s", why);
	int text_length = pdu_text(&ret->pdu, ret->text);
	assert_int_equal(text_length, strlen(ret->text));
}

static void type_check(const char *field, const json_t *value, const struct decoded *d)
{
	static const char *const names[] = {"deliver", "submit", "status-report"};

	vector_expect_string(field, value, names[d->pdu.type]);
}

static void smsc_check(const char *field, const json_t *value, const struct decoded *d)
{
	assert_true(d->pdu.has_smsc);
	vector_expect_string(field, value, d->pdu.smsc.text);
}

static void address_check(const char *field, const json_t *value, const struct decoded *d)
{
	static const char *const names[] = {"oa", "da", "ra"};

	assert_string_equal(field, names[d->pdu.type]);
	vector_expect_string(field, value, d->pdu.address.text);
}

static void scts_check(const char *field, const json_t *value, const struct decoded *d)
{
	char text[STAMP_TEXT_MAX];

	assert_true(stamp_format(&d->pdu.time, text));
	vector_expect_string(field, value, text);
}

static void discharge_check(const char *field, const json_t *value, const struct decoded *d)
{
	char text[STAMP_TEXT_MAX];

	assert_true(stamp_format(&d->pdu.discharge, text));
	vector_expect_string(field, value, text);
}

static void text_check(const char *field, const json_t *value, const struct decoded *d)
{
	vector_expect_string(field, value, d->text);
}

static void data_check(const char *field, const json_t *value, const struct decoded *d)
{
	char hex[2 * PDU_USER_DATA_MAX + 1];

	assert_int_equal(d->pdu.alphabet, PDU_8BIT);
	hex_write(d->pdu.data, d->pdu.data_length, hex);
	vector_expect_string(field, value, hex);
}

static void alphabet_check(const char *field, const json_t *value, const struct decoded *d)
{
	static const char *const names[] = {"gsm7", "8bit", "ucs2"};

	vector_expect_string(field, value, names[d->pdu.alphabet]);
}

static void pid_check(const char *field, const json_t *value, const struct decoded *d)
{
	vector_expect_integer(field, value, d->pdu.pid);
}

static void dcs_check(const char *field, const json_t *value, const struct decoded *d)
{
	vector_expect_integer(field, value, d->pdu.dcs);
}

static void class_check(const char *field, const json_t *value, const struct decoded *d)
{
	vector_expect_integer(field, value, d->pdu.class);
}

static void udl_check(const char *field, const json_t *value, const struct decoded *d)
{
	vector_expect_integer(field, value, d->pdu.udl);
}

static void tpdu_len_check(const char *field, const json_t *value, const struct decoded *d)
{
	vector_expect_integer(field, value, d->pdu.tpdu_length);
}

static void mr_check(const char *field, const json_t *value, const struct decoded *d)
{
	vector_expect_integer(field, value, d->pdu.mr);
}

static void st_check(const char *field, const json_t *value, const struct decoded *d)
{
	vector_expect_integer(field, value, d->pdu.status);
}

static void st_class_check(const char *field, const json_t *value, const struct decoded *d)
{
	const char *name = pdu_status_class_to_string(pdu_status_class(d->pdu.status));

	vector_expect_string(field, value, strcmp(name, "delivered") == 0 ? "ok" : name);
}

static void vpf_check(const char *field, const json_t *value, const struct decoded *d)
{
	/* The vectors name the format by its value: 10 relative, 11 absolute, 01 enhanced. */
	vector_expect_integer(field, value, d->pdu.vpf);
}

static void vp_check(const char *field, const json_t *value, const struct decoded *d)
{
	assert_int_equal(d->pdu.vpf, 2);
	vector_expect_integer(field, value, d->pdu.vp);
}

static void vp_seconds_check(const char *field, const json_t *value, const struct decoded *d)
{
	assert_int_equal(d->pdu.vpf, 2);
	vector_expect_integer(field, value, pdu_vp_to_seconds(d->pdu.vp));
}

static void srr_check(const char *field, const json_t *value, const struct decoded *d)
{
	vector_expect_bool(field, value, d->pdu.report);
}

static void pi_check(const char *field, const json_t *value, const struct decoded *d)
{
	assert_true(d->pdu.has_pi);
	vector_expect_integer(field, value, d->pdu.pi);
}

static void concat_check(const char *field, const json_t *value, const struct pdu *pdu)
{
	(void)field;
	assert_int_equal(json_object_size(value), 4);
	assert_int_equal(vector_integer(value, "ref"), pdu->concat.reference);
	assert_int_equal(vector_integer(value, "max"), pdu->concat.total);
	assert_int_equal(vector_integer(value, "seq"), pdu->concat.seq);
	assert_int_equal(vector_integer(value, "bits"), pdu->concat.bits);
}

static void ports_check(const char *field, const json_t *value, const struct pdu *pdu)
{
	(void)field;
	assert_true(pdu->ports);
	assert_int_equal(json_object_size(value), 2);
	assert_int_equal(vector_integer(value, "dst"), pdu->port_to);
	assert_int_equal(vector_integer(value, "src"), pdu->port_from);
}

static void decoded_concat_check(const char *field, const json_t *value, const struct decoded *d)
{
	concat_check(field, value, &d->pdu);
}

static void decoded_ports_check(const char *field, const json_t *value, const struct decoded *d)
{
	ports_check(field, value, &d->pdu);
}

static void udh_elements_check(const char *field, const json_t *value, const struct decoded *d)
{
	struct udh_element element;
	size_t at = 0;
	size_t count = 0;

	(void)field;
	assert_true(d->pdu.header_length > 0);
	while (udh_next(d->pdu.header + 1, d->pdu.header_length - 1u, &at, &element) > 0) {
		const json_t *expected = json_array_get(value, count++);
		char hex[2 * 140 + 1];

		assert_int_equal(vector_integer(expected, "iei"), element.id);
		hex_write(element.data, element.length, hex);
		assert_string_equal(vector_string(expected, "data"), hex);
	}
	assert_int_equal(count, json_array_size(value));
}

static void trailing_check(const char *field, const json_t *value, const struct decoded *d)
{
	char hex[2 * PDU_OCTETS_MAX + 1];

	hex_write(d->octets + d->length - d->pdu.trailing, d->pdu.trailing, hex);
	vector_expect_string(field, value, hex);
}

static void ud_truncated_check(const char *field, const json_t *value, const struct decoded *d)
{
	unsigned septets = gsm7_header_septets(d->pdu.header_length) + d->pdu.data_length;
	bool gsm7 = d->pdu.alphabet == PDU_GSM7;

	(void)field;
	assert_true(d->pdu.truncated);
	assert_int_equal(json_integer_value(json_array_get(value, 0)), gsm7 ? (d->pdu.udl * 7 + 7) / 8 : d->pdu.udl);
	assert_int_equal(json_integer_value(json_array_get(value, 1)),
		gsm7 ? (septets * 7 + 7) / 8 : (unsigned)d->pdu.header_length + d->pdu.data_length);
}

static void dcs_note_check(const char *field, const json_t *value, const struct decoded *d)
{
	static const char *const names[] = {"", "mwi-discard", "mwi-store"};

	vector_expect_string(field, value, names[dcs_read(d->pdu.dcs).waiting]);
}

static const struct {
	const char *field;
	void (*check)(const char *field, const json_t *value, const struct decoded *d);
} fields[] = {
	{"type", type_check},
	{"smsc", smsc_check},
	{"oa", address_check},
	{"da", address_check},
	{"ra", address_check},
	{"scts", scts_check},
	{"discharge", discharge_check},
	{"text", text_check},
	{"data", data_check},
	{"alphabet", alphabet_check},
	{"pid", pid_check},
	{"dcs", dcs_check},
	{"class", class_check},
	{"udl", udl_check},
	{"tpdu_len", tpdu_len_check},
	{"mr", mr_check},
	{"st", st_check},
	{"st_class", st_class_check},
	{"vpf", vpf_check},
	{"vp", vp_check},
	{"vp_seconds", vp_seconds_check},
	{"srr", srr_check},
	{"pi", pi_check},
	{"concat", decoded_concat_check},
	{"ports", decoded_ports_check},
	{"udh", udh_elements_check},
	{"trailing", trailing_check},
	{"ud_truncated", ud_truncated_check},
	{"dcs_note", dcs_note_check},
};

static void field_check(const char *field, const json_t *value, const struct decoded *d)
{
	if (vector_is_prose(field))
		return;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (strcmp(fields[i].field, field) == 0) {
			fields[i].check(field, value, d);
			return;
		}
	}
	fail_msg("nothing checks the field %s", field);
}

static void object_check(json_t *object, const struct decoded *d)
{
	const char *field;
	json_t *value;

	json_object_foreach(object, field, value)
	{
		if (strcmp(field, "derived") == 0)
			object_check(value, d);
		else
			field_check(field, value, d);
	}
}

/* What is absent from a row that shows all there is must be absent from the PDU too. */
static void absent_check(const struct vector *row, const struct decoded *d)
{
	const json_t *derived = json_object_get(row->expected, "derived");

	if (json_object_get(row->expected, "concat") == NULL && json_object_get(derived, "concat") == NULL)
		assert_int_equal(d->pdu.concat.bits, 0);
	if (json_object_get(derived, "ud_truncated") == NULL)
		assert_false(d->pdu.truncated);
	if (json_object_get(derived, "ports") == NULL)
		assert_false(d->pdu.ports);
	if (json_object_get(derived, "class") == NULL && d->pdu.type != PDU_STATUS_REPORT)
		assert_int_equal(d->pdu.class, -1);
}

static void pdu_mt_check(const struct vector *row)
{
	struct decoded d;

	decode(row->input, PDU_SMSC_PRESENT, &d);
	object_check(row->expected, &d);
	absent_check(row, &d);

	/* Where the field is there, guessing finds it. */
	struct decoded guessed;
	decode(row->input, PDU_SMSC_GUESS, &guessed);
	assert_string_equal(guessed.pdu.address.text, d.pdu.address.text);
	assert_string_equal(guessed.text, d.text);
}

static void pdu_mt_nosmsc_check(const struct vector *row)
{
	struct decoded d;

	decode(row->input, PDU_SMSC_ABSENT, &d);
	assert_false(d.pdu.has_smsc);
	object_check(row->expected, &d);

	decode(row->input, PDU_SMSC_GUESS, &d);
	object_check(row->expected, &d);
}

static void pdu_invalid_check(const struct vector *row)
{
	uint8_t octets[PDU_OCTETS_MAX];
	struct pdu pdu;
	const char *field;
	json_t *value;
	json_t *survives = json_object_get(row->expected, "codec_survives");
	int length = hex_read(row->input, strlen(row->input), octets, sizeof octets);

	json_object_foreach(row->expected, field, value) assert_true(
		vector_is_prose(field) || strcmp(field, "reject") == 0 || strcmp(field, "codec_survives") == 0);
	assert_true(json_is_true(json_object_get(row->expected, "reject")));

	/* Two of them a forgiving reader may read, and this one does, saying that octets are missing. */
	if (survives != NULL) {
		struct decoded d;

		decode(row->input, PDU_SMSC_PRESENT, &d);
		object_check(survives, &d);
		return;
	}
	if (length < 0)
		return;
	assert_non_null(pdu_decode(octets, (size_t)length, PDU_SMSC_PRESENT, false, &pdu));
	assert_non_null(pdu_decode(octets, (size_t)length, PDU_SMSC_GUESS, false, &pdu));
}

struct message {
	struct decoded part[PARTS_MAX];
	const struct pdu *pdus[PARTS_MAX];
	unsigned count;
};

static void message_read(const json_t *hexes, enum pdu_smsc_field smsc, struct message *ret)
{
	size_t index;
	json_t *hex;

	ret->count = 0;
	json_array_foreach(hexes, index, hex)
	{
		assert_true(ret->count < PARTS_MAX);
		decode(json_string_value(hex), smsc, &ret->part[ret->count]);
		ret->pdus[ret->count] = &ret->part[ret->count].pdu;
		ret->count++;
	}
}

static void concat_message_check(const struct vector *row)
{
	static char text[CONCAT_TEXT_MAX];
	struct message message;
	const char *field;
	json_t *value;

	message_read(row->json, PDU_SMSC_PRESENT, &message);
	for (unsigned i = 1; i < message.count; i++) {
		assert_true(concat_same(message.pdus[0], message.pdus[i]));
		assert_false(concat_is_reuse(message.pdus[0], message.pdus[i]));
	}
	int missing = concat_join(message.pdus, message.count, text, sizeof text);
	int total = message.pdus[0]->concat.total;

	json_object_foreach(row->expected, field, value)
	{
		if (vector_is_prose(field))
			continue;
		if (strcmp(field, "complete") == 0)
			vector_expect_bool(field, value, missing == 0);
		else if (strcmp(field, "parts") == 0)
			vector_expect_integer(field, value, total);
		else if (strcmp(field, "have") == 0)
			vector_expect_integer(field, value, total - missing);
		else if (strcmp(field, "text") == 0)
			vector_expect_string(field, value, text);
		else if (strcmp(field, "da") == 0)
			vector_expect_string(field, value, message.pdus[0]->address.text);
		else if (strcmp(field, "cmgs_len") == 0)
			for (unsigned i = 0; i < message.count; i++)
				vector_expect_integer(field, json_array_get(value, i), message.pdus[i]->tpdu_length);
		else
			fail_msg("nothing checks the field %s", field);
	}
}

/* Over whichever route it comes, a message is its TPDU; what is told apart by it is told once. */
static void dedupe_check(const struct vector *row)
{
	struct decoded kept[PARTS_MAX];
	int delivered = 0;
	size_t index;
	json_t *route;

	json_array_foreach(row->json, index, route)
	{
		struct decoded d;
		int known = 0;

		decode(json_string_value(json_array_get(route, 1)), PDU_SMSC_GUESS, &d);
		const uint8_t *tpdu = d.octets + d.length - d.pdu.tpdu_length;
		for (int i = 0; i < delivered; i++)
			known |= kept[i].pdu.tpdu_length == d.pdu.tpdu_length &&
				 memcmp(kept[i].octets + kept[i].length - d.pdu.tpdu_length, tpdu, d.pdu.tpdu_length) ==
					 0;
		if (!known)
			kept[delivered++] = d;
	}
	assert_int_equal(json_array_size(row->json), 2);
	vector_expect_integer("delivered", json_object_get(row->expected, "delivered"), delivered);
}

static void sr_match_check(const struct vector *row)
{
	const json_t *sent = json_object_get(row->json, "sent");
	const json_t *reports = json_object_get(row->json, "reports");
	struct receipt_candidate candidates[PARTS_MAX];
	bool open[PARTS_MAX] = {false};
	unsigned count = (unsigned)json_array_size(sent);
	unsigned waiting = count;
	unsigned checked = 0;

	for (unsigned i = 0; i < json_array_size(reports); i++) {
		const char *hex = json_string_value(json_array_get(reports, i));
		struct decoded d;
		char field[16];

		decode(hex, PDU_SMSC_ABSENT, &d);
		for (unsigned c = 0; c < count; c++) {
			const json_t *part = json_array_get(sent, c);

			candidates[c] = (struct receipt_candidate){
				.id = c + 1,
				.mr = (int16_t)vector_integer(part, "mr"),
				.sent_s = d.pdu.time.seconds - 3,
				.to = vector_string(part, "to"),
			};
			open[c] = open[c] || i == 0;
		}

		int found = receipt_match(&d.pdu, candidates, count);
		assert_in_range(found, 0, count - 1);
		assert_true(open[found]);
		assert_int_equal(pdu_status_class(d.pdu.status), PDU_STATUS_DELIVERED);
		open[found] = false;
		waiting--;

		(void)snprintf(field, sizeof field, "after_%u", i + 1);
		vector_expect_string(
			field, json_object_get(row->expected, field), waiting == 0 ? "delivered" : "pending");
		checked++;
	}
	checked += json_object_get(row->expected, "note") != NULL;
	assert_int_equal(checked, json_object_size(row->expected));
}

static void udh_check(const struct vector *row)
{
	uint8_t octets[140];
	struct pdu pdu = {0};
	const char *field;
	json_t *value;
	int length = hex_read(row->input, strlen(row->input), octets, sizeof octets);

	assert_true(length > 0);
	udh_read(octets, (size_t)length, &pdu);
	json_object_foreach(row->expected, field, value)
	{
		if (strcmp(field, "concat") == 0)
			concat_check(field, value, &pdu);
		else if (strcmp(field, "ports") == 0)
			ports_check(field, value, &pdu);
		else if (!vector_is_prose(field))
			fail_msg("nothing checks the field %s", field);
	}
}

static void ud_udh_check(const struct vector *row)
{
	uint8_t octets[140];
	char text[PDU_TEXT_MAX];
	const char *hex = vector_string(row->json, "ud");
	int length = hex_read(hex, strlen(hex), octets, sizeof octets);
	struct pdu pdu = {
		.udl = (uint8_t)vector_integer(row->json, "udl"), .dcs = (uint8_t)vector_integer(row->json, "dcs")};
	const char *field;
	json_t *value;

	assert_true(length > 0);
	pdu.alphabet = dcs_read(pdu.dcs).alphabet;
	user_data_read(octets, (size_t)length, true, &pdu);
	(void)pdu_text(&pdu, text);
	json_object_foreach(row->expected, field, value)
	{
		if (strcmp(field, "text") == 0)
			vector_expect_string(field, value, text);
		else if (strcmp(field, "concat") == 0)
			concat_check(field, value, &pdu);
		else if (strcmp(field, "fill_bits") == 0)
			vector_expect_integer(field, value, gsm7_fill_bits(pdu.header_length));
		else if (!vector_is_prose(field))
			fail_msg("nothing checks the field %s", field);
	}
}

int main(void)
{
	static const struct vector_check checks[] = {
		{"pdu_mt", pdu_mt_check},
		{"pdu_mt_nosmsc", pdu_mt_nosmsc_check},
		{"pdu_mo", pdu_mt_check},
		{"pdu_invalid", pdu_invalid_check},
		{"concat", concat_message_check},
		{"concat_mo", concat_message_check},
		{"dedupe", dedupe_check},
		{"sr_match", sr_match_check},
		{"udh", udh_check},
		{"ud_udh", ud_udh_check},
	};

	return vectors_run("pdu", checks, sizeof checks / sizeof *checks);
}
