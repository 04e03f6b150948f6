/* The scalar tables of the codec: alphabets, coding schemes, time stamps, validity, statuses, errors, cell broadcast. */
#include "modem/address.h"
#include "modem/cbs.h"
#include "modem/cms.h"
#include "modem/dcs.h"
#include "modem/gsm7.h"
#include "modem/segment.h"
#include "modem/stamp.h"
#include "tests/unit/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEPTETS_MAX = 2048 };

static const char *const alphabets[] = {"gsm7", "8bit", "ucs2"};

/* The septets of a text; fails when it is not in the alphabet. */
static size_t septets_of(const char *text, uint8_t out[SEPTETS_MAX])
{
	struct segment_text units;
	size_t count;

	assert_int_equal(segment_text_read(text, &units), 0);
	assert_int_equal(units.alphabet, PDU_GSM7);
	assert_true(units.units <= SEPTETS_MAX);
	for (size_t i = 0; i < units.units; i++)
		out[i] = (uint8_t)units.unit[i];
	count = units.units;
	segment_text_free(&units);
	return count;
}

static void text_of(const uint8_t *septets, size_t count, int locking, int single, char *out, size_t size)
{
	struct utf8_out text;
	bool escape = false;

	utf8_out_init(&text, out, size);
	gsm7_read(septets, count, (uint8_t)locking, (uint8_t)single, &escape, &text);
	gsm7_finish(&escape, &text);
	assert_false(text.full);
}

static void gsm7_pack_check(const struct vector *row)
{
	uint8_t septets[SEPTETS_MAX], packed[SEPTETS_MAX];
	char hex[2 * SEPTETS_MAX + 1];
	size_t count = septets_of(vector_string(row->json, "text"), septets);
	const char *field;
	json_t *value;

	json_object_foreach(row->expected, field, value)
	{
		if (strcmp(field, "septets") == 0) {
			vector_expect_integer(field, value, (long long)count);
		} else if (strcmp(field, "septets_hex") == 0) {
			hex_write(septets, count, hex);
			vector_expect_string(field, value, hex);
		} else if (strcmp(field, "packed") == 0) {
			hex_write(packed, gsm7_pack(septets, count, 0, packed), hex);
			vector_expect_string(field, value, hex);
		} else {
			fail_msg("nothing checks the field %s", field);
		}
	}
}

static void gsm7_unpack_check(const struct vector *row)
{
	uint8_t octets[256], septets[256];
	char text[1024];
	const char *hex = vector_string(row->json, "hex");
	size_t count = (size_t)vector_integer(row->json, "septets");
	int length = hex_read(hex, strlen(hex), octets, sizeof octets);

	assert_true(length > 0 && count <= gsm7_capacity((size_t)length, 0));
	gsm7_unpack(octets, 0, septets, count);
	text_of(septets, count, (int)vector_integer(row->json, "locking"), (int)vector_integer(row->json, "single"),
		text, sizeof text);
	vector_expect_string("text", json_object_get(row->expected, "text"), text);
	assert_int_equal(json_object_size(row->expected), 1);
}

static void gsm7_fill_check(const struct vector *row)
{
	static const char text[] = "0123456789";
	uint8_t septets[SEPTETS_MAX], packed[64], back[64];

	assert_non_null(strstr(vector_string(row->json, "text"), text));
	assert_true(json_is_true(json_object_get(row->expected, "roundtrip")));
	assert_int_equal(json_object_size(row->expected), 1);
	(void)septets_of(text, septets);
	for (unsigned fill = 0; fill <= 6; fill++) {
		for (size_t count = 0; count < sizeof text; count++) {
			size_t octets = gsm7_pack(septets, count, fill, packed);

			assert_int_equal(octets, (fill + 7 * count + 7) / 8);
			assert_true(gsm7_capacity(octets, fill) >= count);
			gsm7_unpack(packed, fill, back, count);
			assert_memory_equal(back, septets, count);
		}
	}
}

static void gsm7_repeat_check(const struct vector *row)
{
	uint8_t septets[SEPTETS_MAX], packed[SEPTETS_MAX], pattern[16];
	const char *character = vector_string(row->json, "char");
	const char *hex = vector_string(row->expected, "pattern");
	size_t count = (size_t)vector_integer(row->json, "count");
	int period = hex_read(hex, strlen(hex), pattern, sizeof pattern);

	assert_true(count <= SEPTETS_MAX && period > 0);
	memset(septets, character[0], count);
	size_t octets = gsm7_pack(septets, count, 0, packed);
	assert_int_equal(count, vector_integer(row->expected, "septets"));
	assert_int_equal(octets, vector_integer(row->expected, "octets"));
	for (size_t i = 0; i < count * 7 / 8; i++)
		assert_int_equal(packed[i], pattern[i % (size_t)period]);
	assert_int_equal(json_object_size(row->expected), 3);
}

static void gsm7_encodable_check(const struct vector *row)
{
	const char *text = vector_string(row->json, "text");
	const char *field;
	json_t *value;
	bool encodable = true;
	uint8_t septets[64];
	char hex[2 * sizeof septets + 1];
	size_t count = 0;
	uint32_t code_point;

	while ((code_point = utf8_next(&text)) != 0) {
		unsigned width = gsm7_from_code_point(code_point, septets + count);

		encodable = encodable && width > 0;
		count += width;
		assert_true(count + 2 <= sizeof septets);
	}
	hex_write(septets, count, hex);
	json_object_foreach(row->expected, field, value)
	{
		if (strcmp(field, "encodable") == 0)
			vector_expect_bool(field, value, encodable);
		else if (strcmp(field, "septets") == 0)
			vector_expect_string(field, value, hex);
		else if (strcmp(field, "cost") == 0)
			vector_expect_integer(field, value, (long long)count);
		else if (!vector_is_prose(field))
			fail_msg("nothing checks the field %s", field);
	}
}

static void ucs2_check(const struct vector *row)
{
	struct segment_text units;
	char hex[4 * 70 + 1];
	size_t at = 0;

	assert_int_equal(segment_text_read(vector_string(row->json, "text"), &units), 0);
	assert_int_equal(units.alphabet, PDU_UCS2);
	for (size_t i = 0; i < units.units && at + 5 < sizeof hex; i++)
		at += (size_t)sprintf(hex + at, "%04X", (unsigned)units.unit[i]);
	vector_expect_string("hex", json_object_get(row->expected, "hex"), hex);
	assert_int_equal(json_object_size(row->expected), 1);
	segment_text_free(&units);
}

static void semioctet_check(const struct vector *row)
{
	uint8_t octets[16];
	char digits[33];
	int length = hex_read(row->input, strlen(row->input), octets, sizeof octets);

	assert_true(length > 0);
	(void)semioctets_read(octets, 2 * (unsigned)length, digits);
	vector_expect_string("digits", json_object_get(row->expected, "digits"), digits);
	assert_int_equal(json_object_size(row->expected), 1);
}

static void dec_address_check(
	const struct vector *row, int (*read)(const uint8_t *octets, size_t length, struct pdu_address *ret_address))
{
	uint8_t octets[32];
	struct pdu_address address;
	int length = hex_read(row->input, strlen(row->input), octets, sizeof octets);

	assert_true(length > 0);
	vector_expect_integer(
		"octets", json_object_get(row->expected, "octets"), read(octets, (size_t)length, &address));
	vector_expect_string("address", json_object_get(row->expected, "address"), address.text);
	assert_int_equal(json_object_size(row->expected), 2);
}

static void dec_addr_check(const struct vector *row)
{
	dec_address_check(row, address_read);
}

static void dec_smsc_check(const struct vector *row)
{
	dec_address_check(row, address_read_smsc);
}

static void scts_check(const struct vector *row)
{
	uint8_t octets[STAMP_OCTETS], again[STAMP_OCTETS];
	char text[STAMP_TEXT_MAX];
	struct pdu_time time;

	assert_int_equal(hex_read(row->input, strlen(row->input), octets, sizeof octets), STAMP_OCTETS);
	stamp_read(octets, &time);
	assert_true(stamp_format(&time, text));
	vector_expect_string("time", json_object_get(row->expected, "time"), text);
	assert_int_equal(json_object_size(row->expected), 1);
	stamp_write(&time, again);
	assert_memory_equal(again, octets, STAMP_OCTETS);
}

static void vp_rel_encode_check(const struct vector *row)
{
	vector_expect_integer("vp", json_object_get(row->expected, "vp"),
		pdu_vp_from_seconds((uint32_t)vector_integer(row->json, "seconds")));
	assert_int_equal(json_object_size(row->expected), 1);
}

static void vp_rel_decode_check(const struct vector *row)
{
	uint8_t vp = (uint8_t)vector_integer(row->json, "vp");

	vector_expect_integer("seconds", json_object_get(row->expected, "seconds"), pdu_vp_to_seconds(vp));
	assert_int_equal(pdu_vp_from_seconds(pdu_vp_to_seconds(vp)), vp);
	assert_int_equal(json_object_size(row->expected), 1);
}

static void tp_st_check(const struct vector *row)
{
	static const struct {
		const char *words;
		enum pdu_status_class class;
	} classes[] = {
		{"success", PDU_STATUS_DELIVERED},
		{"temporary, SC still trying (not final)", PDU_STATUS_TRYING},
		{"permanent failure (final)", PDU_STATUS_PERMANENT},
		{"temporary, SC stopped trying (final)", PDU_STATUS_TEMPORARY},
		/* 63 is "service rejected" of the class above. */
		{"reserved: treat as SC error 0x63 (final failure)", PDU_STATUS_TEMPORARY},
	};
	uint8_t status = (uint8_t)strtoul(row->input, NULL, 16);
	const char *words = vector_string(row->expected, "class");
	size_t i = 0;

	while (i < sizeof classes / sizeof *classes && strcmp(classes[i].words, words) != 0)
		i++;
	assert_true(i < sizeof classes / sizeof *classes);
	assert_int_equal(pdu_status_class(status), classes[i].class);
	vector_expect_integer("st", json_object_get(row->expected, "st"), status);
	vector_expect_string("meaning", json_object_get(row->expected, "meaning"), pdu_status_to_string(status));
	vector_expect_bool(
		"final", json_object_get(row->expected, "final"), pdu_status_class(status) != PDU_STATUS_TRYING);
	assert_int_equal(json_object_size(row->expected), 4);
}

static void cms_class_check(const struct vector *row)
{
	int code = atoi(row->input);

	vector_expect_string("meaning", json_object_get(row->expected, "meaning"), cms_meaning(code));
	vector_expect_string("class", json_object_get(row->expected, "class"), cms_class_to_string(cms_class(code)));
	assert_int_equal(json_object_size(row->expected), 2);
}

static void cme_class_check(const struct vector *row)
{
	int code = atoi(row->input);

	vector_expect_string("meaning", json_object_get(row->expected, "meaning"), cme_meaning(code));
	vector_expect_string("class", json_object_get(row->expected, "class"), cms_class_to_string(cme_class(code)));
	assert_int_equal(json_object_size(row->expected), 2);
}

static void dcs_check(const struct vector *row)
{
	static const char *const waitings[] = {"none", "discard", "store"};
	static const char *const kinds[] = {"voicemail", "fax", "email", "other"};
	struct dcs dcs = dcs_read((uint8_t)strtoul(row->input, NULL, 16));
	const char *field;
	json_t *value;

	json_object_foreach(row->expected, field, value)
	{
		if (strcmp(field, "alphabet") == 0)
			vector_expect_string(field, value, dcs.reserved ? "reserved" : alphabets[dcs.alphabet]);
		else if (strcmp(field, "class") == 0)
			vector_expect_integer(field, value, dcs.class);
		else if (strcmp(field, "compressed") == 0)
			vector_expect_bool(field, value, dcs.compressed);
		else if (strcmp(field, "auto_delete") == 0)
			vector_expect_bool(field, value, dcs.auto_delete);
		else if (strcmp(field, "decode_as") == 0)
			vector_expect_string(field, value, dcs.compressed ? "raw" : alphabets[dcs.alphabet]);
		else if (strcmp(field, "mwi") == 0)
			vector_expect_string(field, value, waitings[dcs.waiting]);
		else if (strcmp(field, "active") == 0)
			vector_expect_bool(field, value, dcs.active);
		else if (strcmp(field, "kind") == 0)
			vector_expect_string(field, value, kinds[dcs.kind]);
		else
			fail_msg("nothing checks the field %s", field);
	}
	if (json_object_get(row->expected, "class") == NULL)
		assert_int_equal(dcs.class, -1);
	if (json_object_get(row->expected, "mwi") == NULL)
		assert_int_equal(dcs.waiting, DCS_WAITING_NONE);
	if (!dcs.reserved && !dcs.auto_delete && !dcs.compressed && dcs.waiting == DCS_WAITING_NONE &&
		strtoul(row->input, NULL, 16) < 0x80)
		assert_int_equal(dcs_write(dcs.alphabet, dcs.class), strtoul(row->input, NULL, 16));
}

static void page_read(const char *hex, struct cbs_page *ret_page)
{
	uint8_t octets[128];
	int length = hex_read(hex, strlen(hex), octets, sizeof octets);

	assert_true(length > 0);
	const char *why = cbs_read(octets, (size_t)length, ret_page);
	if (why != NULL)
		fail_msg("refused: %s", why);
}

static void page_check(json_t *expected, const struct cbs_page *page)
{
	char text[CBS_PAGE_TEXT_MAX];
	const char *field;
	json_t *value;

	(void)cbs_text(page, text);
	json_object_foreach(expected, field, value)
	{
		if (strcmp(field, "derived") == 0)
			page_check(value, page);
		else if (strcmp(field, "serial") == 0)
			vector_expect_integer(field, value, page->serial);
		else if (strcmp(field, "gs") == 0)
			vector_expect_integer(field, value, page->scope);
		else if (strcmp(field, "code") == 0)
			vector_expect_integer(field, value, page->code);
		else if (strcmp(field, "update") == 0)
			vector_expect_integer(field, value, page->update);
		else if (strcmp(field, "channel") == 0)
			vector_expect_integer(field, value, page->channel);
		else if (strcmp(field, "dcs") == 0)
			vector_expect_integer(field, value, page->dcs);
		else if (strcmp(field, "pages") == 0)
			vector_expect_integer(field, value, page->pages);
		else if (strcmp(field, "page") == 0)
			vector_expect_integer(field, value, page->page);
		else if (strcmp(field, "alphabet") == 0)
			vector_expect_string(field, value, alphabets[page->alphabet]);
		else if (strcmp(field, "lang") == 0)
			vector_expect_string(field, value, page->language);
		else if (strcmp(field, "text") == 0)
			vector_expect_string(field, value, text);
		else if (!vector_is_prose(field))
			fail_msg("nothing checks the field %s", field);
	}
}

static void cbm_check(const struct vector *row)
{
	struct cbs_page page;

	page_read(row->input, &page);
	page_check(row->expected, &page);
}

static void cbm_concat_check(const struct vector *row)
{
	struct cbs_page page[4];
	const struct cbs_page *pages[4];
	char text[CBS_TEXT_MAX];
	unsigned count = (unsigned)json_array_size(row->json);

	assert_in_range(count, 1, 4);
	for (unsigned i = 0; i < count; i++) {
		page_read(json_string_value(json_array_get(row->json, i)), &page[i]);
		pages[count - 1 - i] = &page[i]; /* their order must not matter */
		assert_true(cbs_same(&page[0], &page[i]));
		assert_false(cbs_is_update(&page[0], &page[i]));
	}
	vector_expect_bool(
		"complete", json_object_get(row->expected, "complete"), cbs_join(pages, count, text, sizeof text) == 0);
	vector_expect_integer("pages", json_object_get(row->expected, "pages"), page[0].pages);
	vector_expect_integer("channel", json_object_get(row->expected, "channel"), page[0].channel);
	vector_expect_string("lang", json_object_get(row->expected, "lang"), page[0].language);
	vector_expect_string("text", json_object_get(row->expected, "text"), text);
	assert_int_equal(json_object_size(row->expected), 5);

	assert_int_equal(cbs_join(pages, count - 1, text, sizeof text), 1);
	assert_memory_equal(text, "[\u2026]", 5);
}

static void cb_ranges_check(const struct vector *row)
{
	struct cbs_range ranges[CBS_RANGES_MAX];
	const char *field;
	json_t *value;

	/* The source allows topics up to 999, as the first networks did; alerts are above, and must be accepted by us. */
	vector_expect_bool(
		"valid", json_object_get(row->expected, "valid"), cbs_ranges_read(row->input, 999, ranges) >= 0);
	json_object_foreach(row->expected, field, value)
	{
		if (strcmp(field, "note") == 0)
			assert_int_equal(cbs_ranges_read(row->input, 65535, ranges), 2);
		else
			assert_string_equal(field, "valid");
	}
}

static void level_expect(unsigned from, unsigned to, enum cbs_level level, bool additional)
{
	for (unsigned channel = from; channel <= to; channel++) {
		bool told;

		assert_int_equal(cbs_level((uint16_t)channel, &told), level);
		assert_int_equal(told, additional);
	}
}

static void cell_broadcast_id_check(const struct vector *row)
{
	static const struct {
		const char *words;
		enum cbs_level level;
	} levels[] = {
		{"EU-Alert L1", CBS_LEVEL_1},
		{"L2", CBS_LEVEL_2},
		{"L3", CBS_LEVEL_3},
		{"AMBER", CBS_AMBER},
		{"monthly test", CBS_MONTHLY_TEST},
		{"exercise", CBS_EXERCISE},
		{"operator defined", CBS_OPERATOR},
		{"state/local test", CBS_LOCAL_TEST},
		{"EU-Info / EU-Alert L4", CBS_INFO},
	};
	const char *field;
	json_t *value;

	json_object_foreach(row->expected, field, value)
	{
		unsigned from = 0;
		unsigned to = 0;
		size_t i = 0;
		int numbers = sscanf(field, "%u%*1[-/]%u", &from, &to);

		to = numbers == 1 ? from : to;
		assert_true(from >= 4370 && to <= 6400);
		if (strstr(json_string_value(value), "(+13)") != NULL) {
			for (unsigned channel = from; channel <= to; channel++) {
				bool additional;

				level_expect(channel, channel, cbs_level((uint16_t)(channel - 13), &additional), true);
			}
			continue;
		}
		if (strstr(json_string_value(value), "(+language)") != NULL) {
			level_expect(from, from, CBS_LEVEL_4, false);
			level_expect(to, to, CBS_LEVEL_4, true);
			continue;
		}
		while (i < sizeof levels / sizeof *levels && strcmp(levels[i].words, json_string_value(value)) != 0)
			i++;
		assert_true(i < sizeof levels / sizeof *levels);
		level_expect(from, from, levels[i].level, false);
		for (unsigned channel = from; channel <= to; channel++) {
			bool additional;

			assert_int_equal(cbs_level((uint16_t)channel, &additional), levels[i].level);
		}
	}
}

int main(void)
{
	static const struct vector_check checks[] = {
		{"gsm7_pack", gsm7_pack_check},
		{"gsm7_unpack", gsm7_unpack_check},
		{"gsm7_fill", gsm7_fill_check},
		{"gsm7_repeat", gsm7_repeat_check},
		{"gsm7_encodable", gsm7_encodable_check},
		{"ucs2", ucs2_check},
		{"semioctet", semioctet_check},
		{"dec_addr", dec_addr_check},
		{"dec_smsc", dec_smsc_check},
		{"scts", scts_check},
		{"vp_rel_encode", vp_rel_encode_check},
		{"vp_rel_decode", vp_rel_decode_check},
		{"tp_st", tp_st_check},
		{"cms_class", cms_class_check},
		{"cme_class", cme_class_check},
		{"dcs", dcs_check},
		{"cbm", cbm_check},
		{"cbm_concat", cbm_concat_check},
		{"cb_ranges", cb_ranges_check},
		{"cell_broadcast_id", cell_broadcast_id_check},
	};

	return vectors_run("tables", checks, sizeof checks / sizeof *checks);
}
