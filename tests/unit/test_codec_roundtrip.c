/* Texts through segments, PDUs and back: random ones with a fixed seed, every place a pair could be cut, both widths of
 * reference, and messages whose parts come out of order, twice, cut by their sender or not at all. */
#include "modem/concat.h"
#include "modem/gsm7.h"
#include "modem/segment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_MAX = 8192, TEXTS = 1500 };

static uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void text_random(uint32_t *state, int extended, int wide, char *out)
{
	static const uint32_t extras[] = {'^', '{', '}', '\\', '[', '~', ']', '|', 0x20AC, '\f'};
	static const uint32_t wides[] = {0xC8, 0x2019, 0x416, 0x4E16, 0xFFFD, 0x1F600, 0x10FFFF, 0x10000, 0xFEFF};
	unsigned length = random_next(state) % 700;
	struct utf8_out text;

	utf8_out_init(&text, out, TEXT_MAX);
	for (unsigned i = 0; i < length; i++) {
		unsigned kind = random_next(state) % 10;

		if (wide && kind < 3)
			utf8_put(&text, wides[random_next(state) % (sizeof wides / sizeof *wides)]);
		else if (extended && kind < 6)
			utf8_put(&text, extras[random_next(state) % (sizeof extras / sizeof *extras)]);
		else
			utf8_put(&text, ' ' + random_next(state) % 95);
	}
	assert_false(text.full);
}

struct message {
	struct pdu pdu[SEGMENT_COUNT_MAX];
	const struct pdu *parts[SEGMENT_COUNT_MAX];
	unsigned count;
};

/* Encodes and decodes every segment, checking what surrounds the text. */
static void transmit(const char *utf8, unsigned bits, uint16_t reference, struct message *message)
{
	struct pdu_submit base = {.to = "+393331234567", .mr = 77, .report = true, .vp = 167, .class = -1};
	struct segment_text text;
	struct segment_plan plan;

	assert_int_equal(segment_text_read(utf8, &text), 0);
	assert_int_equal(segment_plan(&text, bits, &plan), 0);
	message->count = plan.count;
	for (unsigned i = 0; i < plan.count; i++) {
		uint8_t octets[PDU_OCTETS_MAX];
		uint8_t tpdu_length;
		const char *why;
		struct pdu *pdu = &message->pdu[i];
		int length = segment_encode(&text, &plan, i, reference, bits, &base, octets, &tpdu_length, &why);

		assert_true(length > 0 && length <= 165);
		assert_int_equal(length, tpdu_length + 1);
		assert_null(pdu_decode(octets, (size_t)length, PDU_SMSC_PRESENT, true, pdu));
		assert_int_equal(pdu->tpdu_length, tpdu_length);
		assert_int_equal(pdu->type, PDU_SUBMIT);
		assert_string_equal(pdu->address.text, base.to);
		assert_int_equal(pdu->mr, base.mr);
		assert_int_equal(pdu->vp, base.vp);
		assert_true(pdu->report);
		assert_int_equal(pdu->alphabet, plan.alphabet);
		assert_false(pdu->truncated);
		assert_int_equal(pdu->trailing, 0);
		assert_int_equal(pdu->concat.bits, plan.count > 1 ? bits : 0);
		if (plan.count > 1) {
			assert_int_equal(pdu->concat.reference, bits == 16 ? reference : reference & 0xFF);
			assert_int_equal(pdu->concat.total, plan.count);
			assert_int_equal(pdu->concat.seq, i + 1);
		}
		message->parts[i] = pdu;
	}
	segment_text_free(&text);
}

static void shuffle(uint32_t *state, struct message *message)
{
	for (unsigned i = message->count; i > 1; i--) {
		unsigned j = random_next(state) % i;
		const struct pdu *swapped = message->parts[j];

		message->parts[j] = message->parts[i - 1];
		message->parts[i - 1] = swapped;
	}
}

/* Each segment read alone must give its piece of the text: no pair was cut. */
static void pieces_check(const struct message *message, const char *utf8)
{
	static char joined[TEXT_MAX];
	size_t at = 0;

	for (unsigned i = 0; i < message->count; i++) {
		char piece[PDU_TEXT_MAX];
		int length = pdu_text(&message->pdu[i], piece);

		memcpy(joined + at, piece, (size_t)length);
		at += (size_t)length;
	}
	joined[at] = '\0';
	assert_string_equal(joined, utf8);
}

static void round_trip(uint32_t *state, const char *utf8, unsigned bits, uint16_t reference)
{
	static struct message message;
	static char joined[CONCAT_TEXT_MAX];

	transmit(utf8, bits, reference, &message);
	pieces_check(&message, utf8);
	shuffle(state, &message);
	assert_int_equal(concat_join(message.parts, message.count, joined, sizeof joined), 0);
	assert_string_equal(joined, utf8);
}

static void random_texts_test(void **unused)
{
	static char text[TEXT_MAX];
	uint32_t state = 20240917;

	(void)unused;
	for (int i = 0; i < TEXTS; i++) {
		text_random(&state, i % 2, i % 3 == 0, text);
		round_trip(&state, text, i % 4 < 2 ? 8 : 16, (uint16_t)random_next(&state));
	}
}

static void every_cut_test(void **unused)
{
	static const struct {
		const char *filler, *pair;
		int longest;
	} cases[] = {{"a", "\u20AC", 470}, {"\u0416", "\U0001F600", 210}, {"a", "\U0001F600", 210}};
	static char text[TEXT_MAX];
	uint32_t state = 7;

	(void)unused;
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		for (int before = 0; before < cases[c].longest; before++) {
			struct utf8_out out;

			utf8_out_init(&out, text, sizeof text);
			for (int i = 0; i < before; i++)
				utf8_put_string(&out, cases[c].filler);
			for (int i = 0; i < 90; i++)
				utf8_put_string(&out, cases[c].pair);
			round_trip(&state, text, 8, 200);
			round_trip(&state, text, 16, 0xABCD);
		}
	}
}

static void lengths_test(void **unused)
{
	static const struct {
		const char *character;
		unsigned count, bits, parts;
	} cases[] = {
		{"a", 0, 8, 1},
		{"a", 160, 8, 1},
		{"a", 161, 8, 2},
		{"a", 306, 8, 2},
		{"a", 307, 8, 3},
		{"a", 304, 16, 2},
		{"a", 305, 16, 3},
		{"\u0416", 70, 8, 1},
		{"\u0416", 71, 8, 2},
		{"\u0416", 134, 8, 2},
		{"\u0416", 135, 8, 3},
		{"\u0416", 132, 16, 2},
		{"\u0416", 133, 16, 3},
		{"\u20AC", 80, 8, 1},
		{"\u20AC", 81, 8, 2},
		{"\u20AC", 152, 8, 2},
		{"\u20AC", 153, 8, 3},
		{"\U0001F600", 35, 8, 1},
		{"\U0001F600", 36, 8, 2},
		{"\U0001F600", 66, 8, 2},
		{"\U0001F600", 67, 8, 3},
	};

	(void)unused;
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct segment_text text;
		struct segment_plan plan;
		char utf8[TEXT_MAX];
		struct utf8_out out;

		utf8_out_init(&out, utf8, sizeof utf8);
		for (unsigned i = 0; i < cases[c].count; i++)
			utf8_put_string(&out, cases[c].character);
		assert_int_equal(segment_text_read(utf8, &text), 0);
		assert_int_equal(segment_plan(&text, cases[c].bits, &plan), 0);
		assert_int_equal(plan.count, cases[c].parts);
		assert_int_equal(plan.offset[plan.count], text.units);
		segment_text_free(&text);
		if (cases[c].bits == 8)
			assert_int_equal(segment_count(utf8, NULL), cases[c].parts);
	}
}

static struct pdu part(enum pdu_alphabet alphabet, uint8_t total, uint8_t seq, const void *data, uint8_t length)
{
	struct pdu pdu = {
		.type = PDU_DELIVER,
		.alphabet = alphabet,
		.address = {.text = "+393331234567", .type = 0x91, .ton = PDU_TON_INTERNATIONAL},
		.time = {true, 1700000000, 60},
		.concat = {.reference = 9, .bits = 8, .total = total, .seq = seq},
		.data_length = length,
	};

	memcpy(pdu.data, data, length);
	return pdu;
}

static void join_expect(const struct pdu *const *parts, unsigned count, int missing, const char *expected)
{
	char text[256];

	assert_int_equal(concat_join(parts, count, text, sizeof text), missing);
	assert_string_equal(text, expected);
}

static void pairs_heal_test(void **unused)
{
	struct pdu escape = part(PDU_GSM7, 2, 1, "ab\x1B", 3);
	struct pdu code = part(PDU_GSM7, 2, 2, "\x65z", 2);
	struct pdu high = part(PDU_UCS2, 2, 1, "\0a\xD8\x3D", 4);
	struct pdu low = part(PDU_UCS2, 2, 2, "\xDE\0\0b", 4);
	const struct pdu *gsm7[] = {&code, &escape};
	const struct pdu *ucs2[] = {&high, &low};
	const struct pdu *lone_escape[] = {&escape};
	const struct pdu *lone_high[] = {&high};
	const struct pdu *lone_low[] = {&low};
	const struct pdu *mixed[] = {&escape, &low};
	char text[PDU_TEXT_MAX];

	(void)unused;
	join_expect(gsm7, 2, 0, "ab\u20ACz");
	join_expect(ucs2, 2, 0, "a\U0001F600b");
	join_expect(lone_escape, 1, 1, "ab [\u2026]");
	join_expect(lone_high, 1, 1, "a\uFFFD[\u2026]");
	join_expect(lone_low, 1, 1,
		"[\u2026]\uFFFD"
		"b");
	join_expect(mixed, 2, 0,
		"ab \uFFFD"
		"b");
	assert_int_equal(pdu_text(&escape, text), 3);
	assert_string_equal(text, "ab ");
	assert_int_equal(pdu_text(&high, text), 4);
	assert_string_equal(text, "a\uFFFD");
}

static void join_edges_test(void **unused)
{
	struct pdu one = part(PDU_GSM7, 3, 1, "one ", 4);
	struct pdu two = part(PDU_8BIT, 3, 2, "\xFF\xFF", 2);
	struct pdu three = part(PDU_GSM7, 3, 3, "three", 5);
	struct pdu single = part(PDU_GSM7, 0, 0, "single", 6);
	const struct pdu *all[] = {&three, &two, &one, &three};
	const struct pdu *gap[] = {&one, &three};
	const struct pdu *alone[] = {&single};
	char small[6];

	(void)unused;
	single.concat = (struct pdu_concat){0};
	join_expect(all, 4, 0, "one three");
	join_expect(gap, 2, 1, "one [\u2026]three");
	join_expect(alone, 1, 0, "single");
	assert_int_equal(concat_join(all, 0, small, sizeof small), -1);

	/* Cut at a character's edge: the three octets of the ellipsis do not fit. */
	assert_int_equal(concat_join(gap, 2, small, sizeof small), 1);
	assert_string_equal(small, "one [");
}

static void sameness_test(void **unused)
{
	struct pdu one = part(PDU_GSM7, 2, 1, "x", 1);
	struct pdu other = part(PDU_GSM7, 2, 2, "y", 1);

	(void)unused;
	assert_true(concat_same(&one, &other));
	assert_false(concat_is_reuse(&one, &other));

	other.smsc.text[0] = '1'; /* parts come by different service centres */
	assert_true(concat_same(&one, &other));
	strcpy(other.address.text, "3331234567");
	other.address.ton = PDU_TON_NATIONAL;
	assert_true(concat_same(&one, &other));
	strcpy(other.address.text, "3331234568");
	assert_false(concat_same(&one, &other));
	strcpy(other.address.text, "Comune");
	other.address.ton = PDU_TON_ALPHANUMERIC;
	assert_false(concat_same(&one, &other));

	other = part(PDU_GSM7, 2, 2, "y", 1);
	other.concat.bits = 16;
	assert_false(concat_same(&one, &other));
	other.concat.bits = 8;
	other.concat.total = 3;
	assert_false(concat_same(&one, &other));
	other.concat.total = 2;
	other.concat.reference = 10;
	assert_false(concat_same(&one, &other));
	one.concat.bits = 0;
	assert_false(concat_same(&one, &one));
}

static void reuse_test(void **unused)
{
	struct pdu kept = part(PDU_GSM7, 2, 1, "x", 1);
	struct pdu fresh = kept;

	(void)unused;
	assert_false(concat_is_reuse(&kept, &fresh)); /* a duplicate */
	fresh.data[0] = 'y';
	assert_true(concat_is_reuse(&kept, &fresh));
	fresh.concat.reference++;
	assert_false(concat_is_reuse(&kept, &fresh)); /* another message altogether */

	fresh = kept;
	fresh.time.seconds += 15 * 60;
	assert_false(concat_is_reuse(&kept, &fresh));
	fresh.time.seconds++;
	assert_true(concat_is_reuse(&kept, &fresh));
	assert_true(concat_is_reuse(&fresh, &kept));
	fresh.time.valid = false;
	assert_false(concat_is_reuse(&kept, &fresh));

	fresh = part(PDU_GSM7, 2, 2, "y", 1);
	fresh.time.seconds += 7200; /* a late sibling: its sender had to try again */
	assert_false(concat_is_reuse(&kept, &fresh));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_texts_test),
		cmocka_unit_test(every_cut_test),
		cmocka_unit_test(lengths_test),
		cmocka_unit_test(pairs_heal_test),
		cmocka_unit_test(join_edges_test),
		cmocka_unit_test(sameness_test),
		cmocka_unit_test(reuse_test),
	};

	return cmocka_run_group_tests_name("roundtrip", tests, NULL, NULL);
}
