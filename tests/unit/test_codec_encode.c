/* What is sent: SUBMITs, addresses, splitting, folding; every vector, and round trips over what no vector holds. */
#include "modem/address.h"
#include "modem/gsm7.h"
#include "modem/segment.h"
#include "tests/unit/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static int optional(const json_t *object, const char *key, int otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? (int)json_integer_value(value) : otherwise;
}

/* "2013-07-10T13:39:00+02:00" */
static struct pdu_time time_parse(const char *text)
{
	struct tm tm = {0};
	int zone_hours, zone_minutes;

	assert_int_equal(sscanf(text, "%d-%d-%dT%d:%d:%d%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
				 &tm.tm_min, &tm.tm_sec, &zone_hours, &zone_minutes),
		8);
	tm.tm_year -= 1900;
	tm.tm_mon--;
	int offset = zone_hours * 60 + zone_minutes;
	return (struct pdu_time){true, (int64_t)timegm(&tm) - offset * 60, (int16_t)offset};
}

struct job {
	struct pdu_submit base;
	struct pdu_time vp_absolute;
	struct segment_text text;
	struct segment_plan plan;
	unsigned reference, bits;
};

/* Fails on a key that it does not know, so that no wish of a vector is overlooked. */
static void job_read(const json_t *input, struct job *job)
{
	static const char *const known[] = {
		"to",
		"text",
		"mr",
		"smsc",
		"vp_octet",
		"vp_abs",
		"class",
		"srr",
		"rd",
		"ref",
		"ref_bits",
	};
	const char *vp_absolute = json_string_value(json_object_get(input, "vp_abs"));
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)input, key, value)
	{
		size_t i = 0;

		while (i < sizeof known / sizeof *known && strcmp(known[i], key) != 0)
			i++;
		assert_true(i < sizeof known / sizeof *known);
	}

	*job = (struct job){
		.base =
			{
				.smsc = json_string_value(json_object_get(input, "smsc")),
				.to = vector_string(input, "to"),
				.mr = (uint8_t)optional(input, "mr", 0),
				.report = json_is_true(json_object_get(input, "srr")),
				.reject_duplicates = json_is_true(json_object_get(input, "rd")),
				.vp = (int16_t)optional(input, "vp_octet", -1),
				.class = (int8_t)optional(input, "class", -1),
			},
		.reference = (unsigned)optional(input, "ref", 0),
		.bits = (unsigned)optional(input, "ref_bits", 8),
	};
	if (vp_absolute != NULL) {
		job->vp_absolute = time_parse(vp_absolute);
		job->base.vp_absolute = &job->vp_absolute;
	}
	assert_int_equal(segment_text_read(vector_string(input, "text"), &job->text), 0);
	assert_int_equal(segment_plan(&job->text, job->bits, &job->plan), 0);
}

static void part_check(const struct job *job, unsigned part, const json_t *hex_expected, const json_t *length_expected)
{
	uint8_t octets[PDU_OCTETS_MAX];
	char hex[2 * PDU_OCTETS_MAX + 1];
	uint8_t tpdu_length;
	const char *why;
	int length = segment_encode(&job->text, &job->plan, part, (uint16_t)job->reference, job->bits, &job->base,
		octets, &tpdu_length, &why);

	if (length < 0)
		fail_msg("refused: %s", why);
	hex_write(octets, (size_t)length, hex);
	vector_expect_string("pdu", hex_expected, hex);
	vector_expect_integer("cmgs_len", length_expected, tpdu_length);
}

static void alphabet_check(const json_t *value, enum pdu_alphabet alphabet)
{
	static const char *const names[] = {"gsm7", "8bit", "ucs2"};

	vector_expect_string("alphabet", value, names[alphabet]);
}

static void enc_submit_check(const struct vector *row)
{
	struct job job;
	const char *field;
	json_t *value;

	job_read(row->json, &job);
	assert_int_equal(job.plan.count, 1);
	part_check(&job, 0, json_object_get(row->expected, "pdu"), json_object_get(row->expected, "cmgs_len"));
	json_object_foreach(row->expected, field, value)
	{
		if (strcmp(field, "alphabet") == 0)
			alphabet_check(value, job.text.alphabet);
		else if (strcmp(field, "pdu") != 0 && strcmp(field, "cmgs_len") != 0 && !vector_is_prose(field))
			fail_msg("nothing checks the field %s", field);
	}
	segment_text_free(&job.text);
}

static void enc_submit_multi_check(const struct vector *row)
{
	const json_t *pdus = json_object_get(row->expected, "pdus");
	const json_t *lengths = json_object_get(row->expected, "cmgs_len");
	struct job job;
	const char *field;
	json_t *value;

	job_read(row->json, &job);
	assert_int_equal(job.plan.count, json_array_size(pdus));
	assert_int_equal(job.plan.count, json_array_size(lengths));
	for (unsigned i = 0; i < job.plan.count; i++)
		part_check(&job, i, json_array_get(pdus, i), json_array_get(lengths, i));
	json_object_foreach(row->expected, field, value)
	{
		if (strcmp(field, "alphabet") == 0)
			alphabet_check(value, job.text.alphabet);
		else if (strcmp(field, "pdus") != 0 && strcmp(field, "cmgs_len") != 0 && !vector_is_prose(field))
			fail_msg("nothing checks the field %s", field);
	}
	segment_text_free(&job.text);
}

static void enc_error_check(const struct vector *row)
{
	uint8_t octets[PDU_OCTETS_MAX];
	uint8_t tpdu_length;
	const char *why = NULL;
	struct job job;

	job_read(row->json, &job);
	assert_int_equal(segment_encode(&job.text, &job.plan, 0, 0, 8, &job.base, octets, &tpdu_length, &why), -1);
	assert_int_equal(json_object_size(row->expected), 1);
	vector_expect_string("error", json_object_get(row->expected, "error"), why);
	segment_text_free(&job.text);
}

static void address_check(const struct vector *row, const uint8_t *octets, int length)
{
	char hex[2 * ADDRESS_OCTETS_MAX + 1];

	assert_true(length > 0);
	hex_write(octets, (size_t)length, hex);
	vector_expect_string("hex", json_object_get(row->expected, "hex"), hex);
}

static void enc_addr_check(const struct vector *row)
{
	uint8_t octets[ADDRESS_OCTETS_MAX];
	const char *why;

	address_check(row, octets, address_write(row->input, octets, &why));
	assert_int_equal(json_object_size(row->expected), 1);
}

static void enc_smsc_check(const struct vector *row)
{
	uint8_t octets[ADDRESS_OCTETS_MAX];
	const char *why;

	address_check(row, octets, address_write_smsc(row->input, octets, &why));
	assert_int_equal(json_object_size(row->expected), 1);
}

static void enc_alnum_check(const struct vector *row)
{
	uint8_t octets[ADDRESS_OCTETS_MAX];
	struct pdu_address back;
	const char *told = vector_string(row->expected, "truncated_to");
	int length = address_write_name(vector_string(row->json, "text"), octets);

	address_check(row, octets, length);
	assert_int_equal(address_read(octets, (size_t)length, &back), length);
	assert_int_equal(back.ton, PDU_TON_ALPHANUMERIC);
	assert_string_equal(strrchr(told, ' ') + 1, back.text); /* "11 characters: OpenBSCabcd" */
	assert_int_equal(json_object_size(row->expected), 2);
}

static void split_expect(const struct vector *row, const char *text)
{
	struct segment_text units;
	struct segment_plan plan;
	const char *field;
	json_t *value;

	assert_int_equal(segment_text_read(text, &units), 0);
	int result = segment_plan(&units, (unsigned)vector_integer(row->json, "ref_bits"), &plan);
	json_object_foreach(row->expected, field, value)
	{
		if (strcmp(field, "error") == 0)
			assert_int_equal(result, -1);
		else if (strcmp(field, "parts") == 0)
			vector_expect_integer(field, value, result == 0 ? plan.count : -1);
		else if (strcmp(field, "alphabet") == 0)
			alphabet_check(value, plan.alphabet);
		else if (!vector_is_prose(field))
			fail_msg("nothing checks the field %s", field);
	}
	for (unsigned i = 1; result == 0 && i < plan.count; i++) {
		uint16_t last = units.unit[plan.offset[i] - 1];

		if (plan.alphabet == PDU_GSM7)
			assert_int_not_equal(last, GSM7_ESCAPE);
		else
			assert_false(utf16_is_high(last));
	}
	segment_text_free(&units);
}

static void split_check(const struct vector *row)
{
	split_expect(row, vector_string(row->json, "text"));
}

static void split_repeat_check(const struct vector *row)
{
	const char *character = vector_string(row->json, "char");
	size_t width = strlen(character);
	size_t count = (size_t)vector_integer(row->json, "count");
	char *text = malloc(count * width + 1);

	assert_non_null(text);
	for (size_t i = 0; i < count; i++)
		memcpy(text + i * width, character, width);
	text[count * width] = '\0';
	split_expect(row, text);
	free(text);
}

static void translit_check(const struct vector *row)
{
	char folded[256];
	unsigned changed = 0;
	enum pdu_alphabet alphabet;
	const char *text = vector_string(row->json, "text");
	const char *expected = vector_string(row->expected, "gsm7");

	assert_int_equal(fold_italian(text, folded, sizeof folded, &changed), strlen(expected));
	assert_string_equal(folded, expected);
	assert_int_equal(changed > 0, strcmp(text, expected) != 0);
	assert_int_equal(segment_count(folded, &alphabet), 1);
	assert_int_equal(alphabet, PDU_GSM7);
	assert_int_equal(json_object_size(row->expected), 1);
}

int main(void)
{
	static const struct vector_check checks[] = {
		{"enc_submit", enc_submit_check},
		{"enc_submit_multi", enc_submit_multi_check},
		{"enc_error", enc_error_check},
		{"enc_addr", enc_addr_check},
		{"enc_smsc", enc_smsc_check},
		{"enc_alnum", enc_alnum_check},
		{"split", split_check},
		{"split_repeat", split_repeat_check},
		{"translit_it", translit_check},
	};

	return vectors_run("encode", checks, sizeof checks / sizeof *checks);
}
