/* libFuzzer: the PDU decoder, its texts, the joining of parts, cell broadcast pages, and encoding again what was decoded.
 *
 * The first octet of an input cuts it: inputs with bit 7 hold two PDUs, the second from half of the rest on. */
#include "modem/cbs.h"
#include "modem/concat.h"
#include "modem/receipt.h"
#include "modem/segment.h"
#include "modem/user_data.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void check(bool true_always)
{
	if (!true_always)
		abort();
}

/* Text that was read can be sent, and what is sent reads as the same text. */
static void text_again(const char *text)
{
	static char joined[CONCAT_TEXT_MAX];
	static struct pdu part[SEGMENT_COUNT_MAX];
	const struct pdu *parts[SEGMENT_COUNT_MAX];
	struct pdu_submit base = {.to = "+393331234567", .vp = 11, .class = -1};
	struct segment_text units;
	struct segment_plan plan;

	check(segment_text_read(text, &units) == 0);
	check(segment_plan(&units, 8, &plan) == 0);
	for (unsigned i = 0; i < plan.count; i++) {
		uint8_t octets[PDU_OCTETS_MAX];
		uint8_t length;
		const char *why;
		int count = segment_encode(&units, &plan, i, 5, 8, &base, octets, &length, &why);

		check(count > 0);
		check(pdu_decode(octets, (size_t)count, PDU_SMSC_PRESENT, true, &part[i]) == NULL);
		parts[i] = &part[i];
	}
	check(concat_join(parts, plan.count, joined, sizeof joined) == 0);

	/* Letters and accents were joined on the way, so the texts are compared as units. */
	struct segment_text again;
	check(segment_text_read(joined, &again) == 0);
	check(again.units == units.units && again.alphabet == units.alphabet);
	check(memcmp(again.unit, units.unit, units.units * sizeof *units.unit) == 0);
	segment_text_free(&again);
	segment_text_free(&units);
}

static bool decode(
	const uint8_t *octets, size_t size, enum pdu_smsc_field smsc, bool mobile_originated, struct pdu *pdu)
{
	char text[PDU_TEXT_MAX];

	if (pdu_decode(octets, size, smsc, mobile_originated, pdu) != NULL)
		return false;
	check(pdu->data_length <= PDU_USER_DATA_MAX && pdu->header_length <= 140 && pdu->tpdu_length <= size);
	check(pdu->concat.bits == 0 || (pdu->concat.seq >= 1 && pdu->concat.seq <= pdu->concat.total));
	check(strnlen(pdu->address.text, PDU_ADDRESS_MAX) < PDU_ADDRESS_MAX);
	check(pdu_text(pdu, text) == (int)strlen(text));
	text_again(text);
	return true;
}

static void encode(const struct pdu *pdu)
{
	struct pdu_submit submit = {
		.smsc = pdu->has_smsc ? pdu->smsc.text : NULL,
		.to = pdu->address.text,
		.mr = pdu->mr,
		.vp = pdu->vp,
		.vp_absolute = pdu->time.valid ? &pdu->time : NULL,
		.class = pdu->class,
		.alphabet = pdu->alphabet,
		.concat = pdu->concat,
		.data = pdu->data,
		.data_length = pdu->data_length,
	};
	uint8_t octets[PDU_OCTETS_MAX];
	uint8_t length;
	const char *why;
	struct pdu again;
	int count = pdu_encode_submit(&submit, octets, &length, &why);

	if (count < 0 || pdu->compressed)
		return; /* compressed data is kept as octets, which no SUBMIT of ours carries */
	check(count <= 176 && length <= 164);
	check(pdu_decode(octets, (size_t)count, PDU_SMSC_PRESENT, true, &again) == NULL);
	check(again.data_length == pdu->data_length && memcmp(again.data, pdu->data, pdu->data_length) == 0);
	check(again.concat.bits == pdu->concat.bits && again.class == pdu->class && again.alphabet == pdu->alphabet);
}

static void pair(const struct pdu *one, const struct pdu *other)
{
	static char joined[CONCAT_TEXT_MAX];
	const struct pdu *parts[] = {one, other};
	struct receipt_candidate sent = {1, other->mr, other->time.seconds, other->address.text};

	(void)concat_is_reuse(one, other);
	check(concat_same(one, other) == concat_same(other, one));
	check(concat_join(parts, concat_same(one, other) ? 2 : 1, joined, sizeof joined) >= 0);
	(void)receipt_match(one, &sent, 1);
}

static void broadcast(const uint8_t *octets, size_t size)
{
	struct cbs_page page;
	char text[CBS_PAGE_TEXT_MAX];
	static char joined[CBS_TEXT_MAX];
	const struct cbs_page *pages[] = {&page};

	if (cbs_read(octets, size, &page) != NULL)
		return;
	check(cbs_text(&page, text) == (int)strlen(text));
	check(cbs_join(pages, 1, joined, sizeof joined) == page.pages - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct pdu one, other;

	if (size < 1 || size > 2 * PDU_OCTETS_MAX)
		return 0;

	uint8_t how = input[0];
	const uint8_t *octets = input + 1;
	size_t half = how & 0x80 ? (size - 1) / 2 : size - 1;
	bool first = decode(octets, half,
		how % 3 == 0   ? PDU_SMSC_PRESENT
		: how % 3 == 1 ? PDU_SMSC_ABSENT
			       : PDU_SMSC_GUESS,
		how & 0x40, &one);

	if (first)
		encode(&one);
	if (decode(octets + half, size - 1 - half, PDU_SMSC_GUESS, how & 0x40, &other) && first)
		pair(&one, &other);
	broadcast(octets, size - 1);
	return 0;
}
