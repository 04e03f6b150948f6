/* The edges no vector reaches: damaged PDUs, impossible times, odd encodings, folding, report matching, error words. */
#include "modem/address.h"
#include "modem/cbs.h"
#include "modem/cms.h"
#include "modem/gsm7.h"
#include "modem/receipt.h"
#include "modem/segment.h"
#include "modem/stamp.h"
#include "modem/user_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Decodes from a buffer of exactly that size, where a sanitizer sees every octet too many. */
static const char *decode_exact(const uint8_t *octets, size_t length, enum pdu_smsc_field smsc, struct pdu *ret_pdu)
{
	uint8_t *exact = malloc(length + (length == 0));

	assert_non_null(exact);
	if (length > 0)
		memcpy(exact, octets, length);
	const char *why = pdu_decode(exact, length, smsc, false, ret_pdu);
	free(exact);
	return why;
}

static const char *decode_hex(const char *hex, struct pdu *ret_pdu)
{
	uint8_t octets[PDU_OCTETS_MAX];
	int length = hex_read(hex, strlen(hex), octets, sizeof octets);

	assert_true(length >= 0);
	return decode_exact(octets, (size_t)length, PDU_SMSC_PRESENT, ret_pdu);
}

/* Every beginning of every kind of PDU is either refused or read as truncated. */
static void beginnings_test(void **state)
{
	static const char *const hexes[] = {
		"07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07",
		"07919471227210244405852122F039F1015062712181804F050003190202E4E8309B5E7683DAFC319A5E76B340F73D9A5D",
		"0019000B917228001011F100003170013193008017D474BB3CA787DB70903DCC4E93D3F43C885E9ED301",
		"07914306073011F006270B913426565711F7012081111345400120811174054043",
		"07918497483252F0440B918496445078F70008712132014474400B0800032A02017001000041",
	};

	(void)state;
	for (size_t i = 0; i < sizeof hexes / sizeof *hexes; i++) {
		uint8_t octets[PDU_OCTETS_MAX];
		int length = hex_read(hexes[i], strlen(hexes[i]), octets, sizeof octets);

		for (int cut = 0; cut <= length; cut++) {
			struct pdu pdu;
			char text[PDU_TEXT_MAX];
			const char *why = decode_exact(octets, (size_t)cut, PDU_SMSC_PRESENT, &pdu);

			if (why == NULL && pdu.type != PDU_STATUS_REPORT && cut < length - 30)
				assert_true(pdu.truncated);
			if (why == NULL)
				(void)pdu_text(&pdu, text);
			(void)decode_exact(octets, (size_t)cut, PDU_SMSC_GUESS, &pdu);
		}
	}
}

static void message_types_test(void **state)
{
	static const uint8_t report[] = {0x02, 7, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x30};
	static const uint8_t deliver_11[] = {0x07, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'A'};
	struct pdu pdu;

	(void)state;
	assert_null(pdu_decode(report, sizeof report, PDU_SMSC_ABSENT, false, &pdu));
	assert_int_equal(pdu.type, PDU_STATUS_REPORT);
	assert_int_equal(pdu.status, 0x30);
	assert_string_equal(pdu.address.text, "");
	assert_false(pdu.time.valid);
	assert_non_null(pdu_decode(report, sizeof report, PDU_SMSC_ABSENT, true, &pdu));

	assert_null(pdu_decode(deliver_11, sizeof deliver_11, PDU_SMSC_ABSENT, false, &pdu));
	assert_int_equal(pdu.type, PDU_DELIVER);
	assert_false(pdu.more);
	assert_int_equal(pdu.data_length, 1);
	assert_non_null(pdu_decode(report, 0, PDU_SMSC_PRESENT, false, &pdu));
	assert_non_null(pdu_decode(report, 0, PDU_SMSC_GUESS, false, &pdu));
}

static void user_data_expect(bool header, enum pdu_alphabet alphabet, uint8_t udl, const void *octets, size_t present,
	unsigned header_length, unsigned data_length, bool truncated)
{
	struct pdu pdu = {.alphabet = alphabet, .udl = udl};
	uint8_t *exact = malloc(present + 1);

	assert_non_null(exact);
	memcpy(exact, octets, present);
	uint8_t *fitted = realloc(exact, present + (present == 0));
	assert_non_null(fitted);
	user_data_read(fitted, present, header, &pdu);
	free(fitted);
	assert_int_equal(pdu.header_length, header_length);
	assert_int_equal(pdu.data_length, data_length);
	assert_int_equal(pdu.truncated, truncated);
}

static void headers_test(void **state)
{
	static const uint8_t concat[] = {5, 0, 3, 9, 2, 1, 'a', 'b'};
	static const uint8_t overrun[] = {5, 0, 9, 9, 2, 1, 'a', 'b'};
	static const uint8_t beyond[] = {200, 0, 3, 9, 2, 1, 'a', 'b'};
	static const uint8_t repeated[] = {0, 3, 1, 2, 1, 8, 4, 0x12, 0x34, 3, 2, 0x24, 1, 3, 0x25, 1, 1, 4, 2, 80, 81};
	static const uint8_t silly[] = {0, 3, 9, 0, 0, 0, 3, 9, 2, 3, 0, 3, 9, 2, 0, 0, 2, 9, 2};
	struct pdu pdu = {0};

	(void)state;
	user_data_expect(true, PDU_8BIT, 8, concat, 8, 6, 2, false);
	user_data_expect(true, PDU_8BIT, 8, overrun, 8, 6, 2, false);
	user_data_expect(true, PDU_8BIT, 8, beyond, 8, 0, 8, false);
	user_data_expect(true, PDU_8BIT, 3, concat, 8, 0, 3, false);
	user_data_expect(true, PDU_8BIT, 6, concat, 6, 6, 0, false);
	user_data_expect(true, PDU_GSM7, 7, concat, 7, 6, 0, false);
	user_data_expect(true, PDU_GSM7, 8, concat, 7, 6, 1, false);
	user_data_expect(true, PDU_GSM7, 3, concat, 8, 0, 3, false);
	user_data_expect(true, PDU_GSM7, 200, concat, 8, 6, 2, true);
	user_data_expect(true, PDU_UCS2, 0, concat, 0, 0, 0, false);
	user_data_expect(false, PDU_GSM7, 160, concat, 0, 0, 0, true);

	udh_read(overrun + 1, 5, &pdu);
	assert_int_equal(pdu.concat.bits, 0);
	udh_read(silly, sizeof silly, &pdu);
	assert_int_equal(pdu.concat.bits, 0);
	udh_read(repeated, sizeof repeated, &pdu);
	assert_int_equal(pdu.concat.bits, 16);
	assert_int_equal(pdu.concat.reference, 0x1234);
	assert_int_equal(pdu.concat.total, 3);
	assert_int_equal(pdu.concat.seq, 2);
	assert_int_equal(pdu.single, 3);
	assert_int_equal(pdu.locking, 1);
	assert_true(pdu.ports);
	assert_int_equal(pdu.port_to, 80);
	assert_int_equal(pdu.port_from, 81);
}

static void addresses_test(void **state)
{
	static const struct {
		const char *number, *hex, *why;
	} writes[] = {
		{"+393331234567", "0C91933313325476", NULL},
		{"00393331234567", "0C91933313325476", NULL},
		{"40916", "05810419F6", NULL},
		{"*100#", "05811A00FB", NULL},
		{"", NULL, "invalid destination"},
		{"+", NULL, "invalid destination"},
		{"00", NULL, "invalid destination"},
		{"+39 333", NULL, "invalid destination"},
		{"InfoSMS", NULL, "invalid destination"},
		{"123456789012345678901", NULL, "more than 20 digits"},
	};
	/* Seven characters told as eight: the last '@' is the sender's padding, but a written one stays. */
	static const uint8_t padded[] = {0x0E, 0xD0, 0xF3, 0x34, 0xFC, 0x1C, 0xA6, 0x97, 0x01};
	static const uint8_t at_sign[] = {0x04, 0xD0, 0x41, 0x00};
	struct pdu_address address;

	(void)state;
	for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
		uint8_t octets[ADDRESS_OCTETS_MAX];
		char hex[2 * ADDRESS_OCTETS_MAX + 1];
		const char *why;
		int length = address_write(writes[i].number, octets, &why);

		assert_int_equal(length < 0, writes[i].hex == NULL);
		if (length < 0) {
			assert_string_equal(why, writes[i].why);
			assert_int_equal(address_write_smsc(writes[i].number, octets, &why), -1);
			assert_string_equal(why, "invalid service centre");
			continue;
		}
		hex_write(octets, (size_t)length, hex);
		assert_string_equal(hex, writes[i].hex);
		assert_int_equal(address_read(octets, (size_t)length, &address), length);
		assert_string_equal(
			address.text, strncmp(writes[i].number, "00", 2) == 0 ? "+393331234567" : writes[i].number);
	}
	assert_int_equal(address_read(padded, sizeof padded, &address), (int)sizeof padded);
	assert_string_equal(address.text, "sipgate");
	assert_int_equal(address_read(at_sign, sizeof at_sign, &address), (int)sizeof at_sign);
	assert_string_equal(address.text, "A@");
}

static void names_test(void **state)
{
	static const struct {
		const char *name, *back;
	} cases[] = {
		{"Comune", "Comune"},
		{"", ""},
		{"sipgate", "sipgate"},
		{"Comune\u4E16", "Comune?"},
		{"\u20AC\u20AC\u20AC\u20AC\u20AC\u20AC", "\u20AC\u20AC\u20AC\u20AC\u20AC"},
		{"12345678901234", "12345678901"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t octets[ADDRESS_OCTETS_MAX];
		struct pdu_address address;
		int length = address_write_name(cases[i].name, octets);

		assert_int_equal(address_read(octets, (size_t)length, &address), length);
		assert_string_equal(address.text, cases[i].back);
	}
}

static void refusals_test(void **state)
{
	uint8_t data[PDU_USER_DATA_MAX] = {0};
	uint8_t octets[PDU_OCTETS_MAX];
	uint8_t length;
	const char *why;
	struct pdu_submit submit = {.to = "+3933", .vp = -1, .class = -1, .data = data, .data_length = 160};

	(void)state;
	assert_true(pdu_encode_submit(&submit, octets, &length, &why) > 0);
	submit.concat = (struct pdu_concat){1, 8, 2, 1};
	assert_int_equal(pdu_encode_submit(&submit, octets, &length, &why), -1);
	submit.data_length = 153;
	assert_true(pdu_encode_submit(&submit, octets, &length, &why) > 0);
	submit.concat.bits = 16;
	assert_int_equal(pdu_encode_submit(&submit, octets, &length, &why), -1);
	submit.data_length = 152;
	assert_true(pdu_encode_submit(&submit, octets, &length, &why) > 0);
	submit.alphabet = PDU_8BIT;
	assert_int_equal(pdu_encode_submit(&submit, octets, &length, &why), -1);
	assert_string_equal(why, "more than 140 octets of user data");
	submit.data_length = 133;
	assert_true(pdu_encode_submit(&submit, octets, &length, &why) > 0);
	submit.smsc = "centre";
	assert_int_equal(pdu_encode_submit(&submit, octets, &length, &why), -1);
	assert_string_equal(why, "invalid service centre");
}

static void days_test(void **state)
{
	int64_t from = 631152000; /* 1990-01-01 */

	(void)state;
	for (int day = 0; day < 36525; day++) {
		struct pdu_time time = {true, from + day * 86400LL + day % 86400, (int16_t)((day % 113 - 56) * 15)};
		struct pdu_time back;
		uint8_t octets[STAMP_OCTETS];

		if (time.seconds + time.offset_minutes * 60 < from || day > 36523)
			continue;
		stamp_write(&time, octets);
		stamp_read(octets, &back);
		assert_true(back.valid);
		assert_int_equal(back.seconds, time.seconds);
		assert_int_equal(back.offset_minutes, time.offset_minutes);
	}
}

static void stamps_test(void **state)
{
	static const struct {
		const char *hex, *text; /* "": not valid */
	} cases[] = {
		{"00000000000000", ""},
		{"42132100000000", ""},
		{"42200300000000", ""},
		{"42209200000000", "2024-02-29T00:00:00+00:00"},
		{"32209200000000", ""},
		{"42203242000000", ""},
		{"42205142000000", ""},
		{"42205100060000", ""},
		{"42205100000600", ""},
		{"FFFFFFFFFFFFFF", ""},
		{"42101032959500", "2024-01-01T23:59:59+00:00"},
		{"4210103295954F", "2024-01-01T23:59:59+00:00"},
		{"421010329595FF", "2024-01-01T23:59:59+00:00"},
		{"42101032959565", "2024-01-01T23:59:59+14:00"},
		{"A2101032959500", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t octets[STAMP_OCTETS];
		char text[STAMP_TEXT_MAX];
		struct pdu_time time;

		assert_int_equal(hex_read(cases[i].hex, 14, octets, sizeof octets), STAMP_OCTETS);
		stamp_read(octets, &time);
		assert_int_equal(stamp_format(&time, text), cases[i].text[0] != '\0');
		assert_string_equal(text, cases[i].text);
	}
}

static void validity_test(void **state)
{
	(void)state;
	for (unsigned vp = 0; vp < 256; vp++) {
		uint32_t seconds = pdu_vp_to_seconds((uint8_t)vp);

		assert_int_equal(pdu_vp_from_seconds(seconds), vp);
		assert_int_equal(pdu_vp_from_seconds(seconds - 1), vp == 0 ? 0 : vp - 1);
	}
	assert_int_equal(pdu_vp_from_seconds(0), 0);
	assert_int_equal(pdu_vp_from_seconds(UINT32_MAX), 255);
}

static void utf8_test(void **state)
{
	static const struct {
		const char *text;
		uint32_t code_points[6];
	} cases[] = {
		{"a\u00E8\u20AC\U0001F600", {'a', 0xE8, 0x20AC, 0x1F600}},
		{"\xC0\x80", {0xFFFD, 0xFFFD}},
		{"\xE0\x80\x80", {0xFFFD, 0xFFFD, 0xFFFD}},
		{"\xED\xA0\x80", {0xFFFD, 0xFFFD, 0xFFFD}},
		{"\xF4\x90\x80\x80", {0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD}},
		{"\xE2\x82", {0xFFFD}},
		{"\xE2\x82z", {0xFFFD, 'z'}},
		{"\xF0\x9F\x98", {0xFFFD}},
		{"\xFFz\x80", {0xFFFD, 'z', 0xFFFD}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *at = cases[i].text;

		for (size_t n = 0; cases[i].code_points[n] != 0; n++)
			assert_int_equal(utf8_next(&at), cases[i].code_points[n]);
		assert_int_equal(utf8_next(&at), 0);
		assert_int_equal(*at, '\0');
	}
}

static void composed_test(void **state)
{
	enum pdu_alphabet alphabet;
	struct segment_text text;

	(void)state;
	assert_int_equal(segment_count("perche\u0301 cosi\u0300 n\u0303 u\u0308", &alphabet), 1);
	assert_int_equal(alphabet, PDU_GSM7);
	assert_int_equal(segment_text_read("e\u0300x\u0301", &text), 0);
	assert_int_equal(text.alphabet, PDU_UCS2); /* no letter x with an accent: nothing to compose */
	assert_int_equal(text.units, 3);
	assert_int_equal(text.unit[0], 0xE8);
	segment_text_free(&text);
}

static void gsm7_text_expect(const char *septets, size_t count, const char *expected)
{
	char text[64];
	struct utf8_out out;
	bool escape = false;

	utf8_out_init(&out, text, sizeof text);
	gsm7_read((const uint8_t *)septets, count, 0, 0, &escape, &out);
	gsm7_finish(&escape, &out);
	assert_string_equal(text, expected);
}

static void gsm7_test(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 128; code++) {
		uint8_t septet = (uint8_t)code;
		uint8_t again[2];
		char text[8];
		const char *at = text;
		struct utf8_out out;
		bool escape = false;

		if (code == GSM7_ESCAPE)
			continue;
		utf8_out_init(&out, text, sizeof text);
		gsm7_read(&septet, 1, 0, 0, &escape, &out);
		assert_int_equal(gsm7_from_code_point(utf8_next(&at), again), 1);
		assert_int_equal(again[0], code);
	}
	gsm7_text_expect("a\x1B", 2, "a ");
	gsm7_text_expect("\x1B\x1B\x65", 3, " e");
	gsm7_text_expect("\x1B\x41", 2, "A");
	gsm7_text_expect("\x1B\x0A", 2, "\f");
	assert_int_equal(gsm7_from_code_point(0x1B, (uint8_t[2]){0}), 0);
}

static void ucs2_nul_test(void **state)
{
	struct pdu pdu = {.alphabet = PDU_UCS2, .data_length = 7, .data = {0, 'a', 0, 0, 0, 'b', 0}};
	char text[PDU_TEXT_MAX];

	(void)state;
	assert_int_equal(pdu_text(&pdu, text), 5);
	assert_string_equal(text, "a\uFFFD"
				  "b");
	pdu.compressed = true;
	assert_int_equal(pdu_text(&pdu, text), 0);
	pdu.compressed = false;
	pdu.alphabet = PDU_8BIT;
	assert_int_equal(pdu_text(&pdu, text), 0);
}

static void fold_expect(const char *text, const char *expected, unsigned changed_expected)
{
	char folded[256];
	unsigned changed = 99;

	assert_int_equal(fold_italian(text, folded, sizeof folded, &changed), strlen(expected));
	assert_string_equal(folded, expected);
	assert_int_equal(changed, changed_expected);
}

static void fold_test(void **state)
{
	char small[4];
	unsigned changed;

	(void)state;
	fold_expect("\u00C8 l\u2019ora", "E' l'ora", 2);
	fold_expect("\u00C0\u00C8\u00CC\u00D2\u00D9\u00C9", "A'E'I'O'U'\u00C9", 5);
	fold_expect("cos\u00ED virt\u00FA l\u00E1 per\u00F3", "cos\u00EC virt\u00F9 l\u00E0 per\u00F2", 4);
	fold_expect("E\u0300 perche\u0301", "E' perch\u00E9", 1);
	fold_expect("\u00ABciao\u00BB \u2013 10\u00A0%\u2026", "\"ciao\" - 10 %...", 5);
	fold_expect("a\r\nb\tc", "a\nb c", 2);
	fold_expect("n\u00B0 5, 38\u00B0C, 38 \u00B0C, 1\u00B0 e 2\u00AA", "n. 5, 38 gradi C, 38 gradi C, 1o e 2a", 5);
	fold_expect("zero\u200Blarghezza\uFEFF", "zerolarghezza", 2);
	fold_expect("\u20AC 5 {}", "\u20AC 5 {}", 0);
	/* UCS-2 in any case: nothing is spared, so nothing is changed. */
	fold_expect("\u00C8 \U0001F600", "\u00C8 \U0001F600", 0);
	assert_int_equal(fold_italian("\u00C8\u00C8", small, sizeof small, &changed), -1);
	assert_int_equal(fold_italian("\u00C8\U0001F600", small, sizeof small, &changed), -1);
	assert_int_equal(fold_italian("abc", small, sizeof small, &changed), 3);
	assert_int_equal(fold_italian("abcd", small, sizeof small, &changed), -1);
	assert_int_equal(fold_italian("", small, sizeof small, &changed), 0);
}

/* Every character in the table of folds is found there and folds to what GSM-7 has. */
static void folds_complete_test(void **state)
{
	(void)state;
	for (uint32_t code_point = 0xA0; code_point < 0x2700; code_point++) {
		char text[8], folded[32];
		struct utf8_out out;
		enum pdu_alphabet alphabet;
		unsigned changed;

		if (code_point >= 0x180 && code_point < 0x2000)
			continue;
		utf8_out_init(&out, text, sizeof text);
		utf8_put(&out, code_point);
		assert_true(fold_italian(text, folded, sizeof folded, &changed) >= 0);
		assert_int_equal(segment_count(folded, &alphabet), 1);
		if (changed > 0)
			assert_int_equal(alphabet, PDU_GSM7);
		else
			assert_string_equal(folded, text);
	}
}

static struct pdu report(uint8_t mr, const char *address, int64_t seconds)
{
	struct pdu pdu = {.type = PDU_STATUS_REPORT, .mr = mr, .time = {true, seconds, 60}};

	strcpy(pdu.address.text, address);
	return pdu;
}

static void receipts_test(void **state)
{
	enum { T = 1700000000, DAY = 86400 };
	static const struct receipt_candidate sent[] = {
		{1, 7, T - 100, "+393331234567"},
		{2, 7, T - 50, "+393331234567"}, /* the reference came round: the newer counts */
		{3, 8, T - 40, "+393331234568"},
		{4, -1, T - 30, "+393331234568"}, /* no answer was seen */
		{5, 9, T - 3 * DAY, "+393331234569"},
		{6, 10, 500, "+393331234570"}, /* sent when our clock was not set */
		{7, 11, T, "40916"},
	};
	const unsigned count = sizeof sent / sizeof *sent;
	struct pdu pdu;

	(void)state;
	pdu = report(7, "+393331234567", T);
	assert_int_equal(receipt_match(&pdu, sent, count), 1);
	pdu = report(7, "3331234567", T);
	assert_int_equal(receipt_match(&pdu, sent, count), 1);
	pdu = report(7, "+393331234567",
		T - 50 - 3600 - 301); /* before the newer, within an hour and five minutes of the older */
	assert_int_equal(receipt_match(&pdu, sent, count), 0);
	pdu = report(8, "+393331234568", T);
	assert_int_equal(receipt_match(&pdu, sent, count), 2); /* known goes before unknown, though older */
	pdu = report(200, "+393331234568", T);
	assert_int_equal(receipt_match(&pdu, sent, count), 3);
	pdu = report(200, "+393331234567", T);
	assert_int_equal(receipt_match(&pdu, sent, count), -1);
	pdu = report(9, "+393331234569", T);
	assert_int_equal(receipt_match(&pdu, sent, count), -1);
	pdu.time.valid = false;
	assert_int_equal(receipt_match(&pdu, sent, count), 4);
	pdu = report(10, "+393331234570", T);
	assert_int_equal(receipt_match(&pdu, sent, count), 5);
	pdu = report(11, "40916", T);
	assert_int_equal(receipt_match(&pdu, sent, count), 6);
	pdu = report(11, "", T);
	assert_int_equal(receipt_match(&pdu, sent, count), 6);
	pdu = report(200, "", T); /* neither reference nor number */
	assert_int_equal(receipt_match(&pdu, sent, count), -1);
	pdu = report(7, "+393331234567", T);
	assert_int_equal(receipt_match(&pdu, sent, 0), -1);
	pdu.type = PDU_DELIVER;
	assert_int_equal(receipt_match(&pdu, sent, count), -1);
}

static void same_number_test(void **state)
{
	(void)state;
	assert_true(receipt_same_number("+393331234567", "3331234567"));
	assert_true(receipt_same_number("+393331234567", "00393331234567"));
	assert_true(receipt_same_number("+390564977036", "0564977036"));
	assert_true(receipt_same_number("+491521234567", "01521234567"));
	assert_true(receipt_same_number("40916", "40916"));
	assert_false(receipt_same_number("+3940916", "40916"));
	assert_false(receipt_same_number("+393331234567", "+393331234568"));
	assert_false(receipt_same_number("", ""));
	assert_false(receipt_same_number("Comune", "+393331234567"));
	assert_true(receipt_same_number("Comune", "Comune"));
	assert_false(receipt_same_number("000000", "0000000"));
}

static void error_words_test(void **state)
{
	(void)state;
	for (int code = 0; code < 600; code++) {
		const char *meaning = cms_meaning(code);

		if (strcmp(meaning, "reserved") == 0 || strcmp(meaning, "vendor's own error") == 0)
			continue;
		assert_int_equal(cms_class(cms_from_words(meaning)), cms_class(code));
	}
	assert_int_equal(cms_from_words("  SIM PIN required\r"), 311);
	assert_int_equal(cms_from_words("sim-pin REQUIRED."), 311);
	assert_int_equal(cms_from_words("Invalid PDU mode parameter"), 304);
	assert_int_equal(cms_from_words("no network service"), 331);
	assert_int_equal(cms_from_words("something else"), -1);
	assert_int_equal(cms_from_words(""), -1);
	assert_int_equal(cme_from_words("SIM busy"), 14);
	assert_int_equal(cme_from_words("incorrect password"), 16);
	assert_int_equal(cme_from_words("Network not allowed, emergency calls only"), 32);
	assert_int_equal(cme_from_words("something else"), -1);
}

static void error_classes_test(void **state)
{
	(void)state;
	assert_int_equal(cms_class(-1), CMS_LATER);
	assert_int_equal(cms_class(77), CMS_NOW);
	assert_int_equal(cms_class(250), CMS_LATER);
	assert_int_equal(cms_class(332), CMS_UNKNOWN);
	assert_int_equal(cms_class(99999), CMS_LATER);
	assert_int_equal(cme_class(-1), CMS_LATER);
	assert_int_equal(cme_class(515), CMS_NOW);
	assert_string_equal(cms_meaning(-1), "no code given");
	assert_string_equal(cme_meaning(600), "vendor's own error");

	assert_int_equal(cms_outcome(CMS_NOW), BEARER_RETRY_SOON);
	assert_int_equal(cms_outcome(CMS_LATER), BEARER_RETRY_LATER);
	assert_int_equal(cms_outcome(CMS_RCPT), BEARER_BAD_RECIPIENT);
	assert_int_equal(cms_outcome(CMS_MSG), BEARER_BAD_MESSAGE);
	assert_int_equal(cms_outcome(CMS_SIM), BEARER_BARRED);
	assert_int_equal(cms_outcome(CMS_MODEM), BEARER_NOT_SENT);
	assert_int_equal(cms_outcome(CMS_FULL), BEARER_NOT_SENT);
	assert_int_equal(cms_outcome(CMS_MT), BEARER_RETRY_LATER);
	assert_int_equal(cms_outcome(CMS_DONE), BEARER_ACCEPTED);
	assert_int_equal(cms_outcome(CMS_IGNORE), BEARER_NOT_SENT);
	assert_int_equal(cms_outcome(CMS_UNKNOWN), BEARER_UNKNOWN);
}

static void hex_test(void **state)
{
	static const struct {
		const char *text;
		int length; /* -1: refused */
		uint8_t octets[3];
	} cases[] = {
		{"", 0, {0}},
		{"aBcD", 2, {0xAB, 0xCD}},
		{"ABCD \t\r\n", 2, {0xAB, 0xCD}},
		{"ABC", 1, {0xAB}},
		{"A", 0, {0}},
		{"ABG", -1, {0}},
		{"AB CD", -1, {0}},
		{"=96p", -1, {0}},
		{"00112233", -1, {0}},
		{"0011223", 3, {0, 0x11, 0x22}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t octets[3] = {0};

		assert_int_equal(
			hex_read(cases[i].text, strlen(cases[i].text), octets, sizeof octets), cases[i].length);
		if (cases[i].length > 0)
			assert_memory_equal(octets, cases[i].octets, (size_t)cases[i].length);
	}
}

static void reports_with_tails_test(void **state)
{
	char hex[600] = "0006230E9126983575169498610103409544006101034095440000";
	size_t length = strlen(hex);
	struct pdu pdu;

	(void)state;
	assert_null(decode_hex(hex, &pdu));
	assert_false(pdu.has_pi);
	assert_false(pdu.truncated);
	while (strlen(hex) < 540)
		strcat(hex, "FF");
	assert_null(decode_hex(hex, &pdu)); /* padded to 270 octets, as a modem did */
	assert_int_equal(pdu.tpdu_length, 269);
	assert_int_equal(pdu.mr, 0x23);
	assert_int_equal(pdu.status, 0);
	strcpy(hex + length, "07");
	assert_null(decode_hex(hex, &pdu));
	assert_int_equal(pdu.pi, 7);
	strcpy(hex + length, "0400024142");
	assert_null(decode_hex(hex, &pdu));
}

static void broadcast_test(void **state)
{
	static const uint8_t beyond_last[] = {0, 0, 0, 50, 0, 0x32, 1, 2};
	static const uint8_t no_number[] = {0, 0, 0, 50, 1, 0x02, 'a', 'b'};
	static const uint8_t padded[] = {0, 0, 0, 50, 0x48, 0x11, 0, 'a', 0, 13, 0, 13};
	struct cbs_page page, newer;
	char text[CBS_PAGE_TEXT_MAX];
	struct cbs_range ranges[CBS_RANGES_MAX];
	char list[12 * CBS_RANGES_MAX + 1];

	(void)state;
	assert_non_null(cbs_read(beyond_last, sizeof beyond_last, &page));
	assert_non_null(cbs_read(beyond_last, 6, &page));
	assert_null(cbs_read(no_number, sizeof no_number, &page));
	assert_int_equal(page.pages, 1);
	assert_string_equal(page.language, "en");
	assert_null(cbs_read(padded, sizeof padded, &page));
	assert_int_equal(cbs_text(&page, text), 1);
	assert_string_equal(text, "a");

	newer = page;
	assert_false(cbs_is_update(&page, &newer));
	page.update = 15;
	newer.update = 1; /* update numbers go round */
	assert_true(cbs_is_update(&page, &newer));
	assert_false(cbs_is_update(&newer, &page));
	newer.code++;
	assert_false(cbs_is_update(&page, &newer));

	int count = cbs_ranges_read("6400, 4370-4380,4375-4400, 4401", UINT16_MAX, ranges);
	assert_int_equal(count, 2);
	cbs_ranges_write(ranges, (unsigned)count, list);
	assert_string_equal(list, "4370-4401,6400");
	assert_int_equal(cbs_ranges_read("", UINT16_MAX, ranges), 0);
	assert_int_equal(cbs_ranges_read("5-1", UINT16_MAX, ranges), -1);
	assert_int_equal(cbs_ranges_read("1-", UINT16_MAX, ranges), -1);
	assert_int_equal(cbs_ranges_read("99999999999999999999", UINT16_MAX, ranges), -1);
	assert_int_equal(
		cbs_ranges_read(
			"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,"
			"33",
			UINT16_MAX, ranges),
		-1);
}

static void status_test(void **state)
{
	(void)state;
	for (unsigned status = 0; status < 256; status++) {
		enum pdu_status_class class = pdu_status_class((uint8_t)status);

		assert_int_equal(class, status < 0x20	? PDU_STATUS_DELIVERED
					: status < 0x40 ? PDU_STATUS_TRYING
					: status < 0x60 ? PDU_STATUS_PERMANENT
							: PDU_STATUS_TEMPORARY);
		assert_non_null(pdu_status_to_string((uint8_t)status));
	}
	assert_string_equal(pdu_status_to_string(0x46), "validity period expired");
	assert_string_equal(pdu_status_to_string(0x66), "reserved");
	assert_string_equal(pdu_status_to_string(0x70), "SC specific");
	assert_string_equal(pdu_status_class_to_string(PDU_STATUS_TRYING), "trying");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(beginnings_test),
		cmocka_unit_test(message_types_test),
		cmocka_unit_test(headers_test),
		cmocka_unit_test(addresses_test),
		cmocka_unit_test(names_test),
		cmocka_unit_test(refusals_test),
		cmocka_unit_test(days_test),
		cmocka_unit_test(stamps_test),
		cmocka_unit_test(validity_test),
		cmocka_unit_test(utf8_test),
		cmocka_unit_test(composed_test),
		cmocka_unit_test(gsm7_test),
		cmocka_unit_test(ucs2_nul_test),
		cmocka_unit_test(fold_test),
		cmocka_unit_test(folds_complete_test),
		cmocka_unit_test(receipts_test),
		cmocka_unit_test(same_number_test),
		cmocka_unit_test(error_words_test),
		cmocka_unit_test(error_classes_test),
		cmocka_unit_test(hex_test),
		cmocka_unit_test(reports_with_tails_test),
		cmocka_unit_test(broadcast_test),
		cmocka_unit_test(status_test),
	};

	return cmocka_run_group_tests_name("edges", tests, NULL, NULL);
}
