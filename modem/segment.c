#include "modem/segment.h"

#include "modem/gsm7.h"

#include <stdlib.h>
#include <string.h>

/* Units one message holds, and one segment of several with each width of reference (23.040 §9.2.3.24.1 and .8). */
enum {
	SEPTETS_SINGLE = 160,
	SEPTETS_OF_8 = 153,
	SEPTETS_OF_16 = 152,
	UNITS_SINGLE = 70,
	UNITS_OF_8 = 67,
	UNITS_OF_16 = 66,
};

/* Alphabet of a text and its length in units of it. */
static enum pdu_alphabet measure(const char *utf8, size_t *ret_units)
{
	size_t septets = 0;
	size_t units = 0;
	bool gsm7 = true;
	uint32_t code_point;

	while ((code_point = utf8_next_composed(&utf8)) != 0) {
		uint8_t pair[2];
		uint16_t surrogates[2];
		unsigned width = gsm7_from_code_point(code_point, pair);

		gsm7 = gsm7 && width > 0;
		septets += width;
		units += utf16_from_code_point(code_point, surrogates);
	}
	*ret_units = gsm7 ? septets : units;
	return gsm7 ? PDU_GSM7 : PDU_UCS2;
}

static void fill(const char *utf8, enum pdu_alphabet alphabet, uint16_t *unit)
{
	uint32_t code_point;

	while ((code_point = utf8_next_composed(&utf8)) != 0) {
		uint8_t pair[2];

		if (alphabet == PDU_UCS2) {
			unit += utf16_from_code_point(code_point, unit);
			continue;
		}
		unsigned width = gsm7_from_code_point(code_point, pair);
		for (unsigned i = 0; i < width; i++)
			*unit++ = pair[i];
	}
}

int segment_text_read(const char *utf8, struct segment_text *ret_text)
{
	size_t units;
	enum pdu_alphabet alphabet = measure(utf8, &units);
	uint16_t *unit = calloc(units + 2, sizeof *unit); /* utf16_from_code_point is given room for two */

	if (unit == NULL || units > UINT32_MAX) {
		free(unit);
		return -1;
	}
	fill(utf8, alphabet, unit);
	*ret_text = (struct segment_text){.alphabet = alphabet, .units = (uint32_t)units, .unit = unit};
	return 0;
}

void segment_text_free(struct segment_text *text)
{
	free(text->unit);
	*text = (struct segment_text){0};
}

static bool opens_pair(enum pdu_alphabet alphabet, uint16_t unit)
{
	return alphabet == PDU_GSM7 ? unit == GSM7_ESCAPE : utf16_is_high(unit);
}

int segment_plan(const struct segment_text *text, unsigned reference_bits, struct segment_plan *ret_plan)
{
	bool gsm7 = text->alphabet == PDU_GSM7;
	uint32_t single = gsm7 ? SEPTETS_SINGLE : UNITS_SINGLE;
	uint32_t several =
		reference_bits == 16 ? (gsm7 ? SEPTETS_OF_16 : UNITS_OF_16) : (gsm7 ? SEPTETS_OF_8 : UNITS_OF_8);
	uint32_t most = text->units <= single ? single : several;
	struct segment_plan plan = {.alphabet = text->alphabet};
	uint32_t at = 0;

	do {
		if (plan.count == SEGMENT_COUNT_MAX)
			return -1;

		uint32_t end = text->units - at > most ? at + most : text->units;
		if (end < text->units && opens_pair(text->alphabet, text->unit[end - 1]))
			end--;
		plan.count++;
		plan.offset[plan.count] = (uint16_t)end;
		at = end;
	} while (at < text->units);

	*ret_plan = plan;
	return 0;
}

int segment_count(const char *utf8, enum pdu_alphabet *ret_alphabet)
{
	struct segment_text text;
	struct segment_plan plan;

	if (segment_text_read(utf8, &text) < 0)
		return -1;
	int result = segment_plan(&text, 8, &plan);
	segment_text_free(&text);
	if (result < 0)
		return -1;

	if (ret_alphabet != NULL)
		*ret_alphabet = plan.alphabet;
	return plan.count;
}

int segment_encode(const struct segment_text *text, const struct segment_plan *plan, unsigned segment,
	uint16_t reference, unsigned reference_bits, const struct pdu_submit *base, uint8_t *out,
	uint8_t *ret_tpdu_length, const char **ret_why)
{
	uint8_t data[PDU_USER_DATA_MAX];
	struct pdu_submit submit = *base;

	if (segment >= plan->count) {
		*ret_why = "no such segment";
		return -1;
	}

	submit.data_length = 0;
	for (unsigned i = plan->offset[segment]; i < plan->offset[segment + 1]; i++) {
		if (text->alphabet == PDU_UCS2)
			data[submit.data_length++] = (uint8_t)(text->unit[i] >> 8);
		data[submit.data_length++] = (uint8_t)text->unit[i];
	}
	submit.data = data;
	submit.alphabet = text->alphabet;
	submit.concat = (struct pdu_concat){0};
	if (plan->count > 1)
		submit.concat = (struct pdu_concat){
			.reference = reference_bits == 16 ? reference : reference & 0xFF,
			.bits = reference_bits == 16 ? 16 : 8,
			.total = plan->count,
			.seq = (uint8_t)(segment + 1),
		};
	return pdu_encode_submit(&submit, out, ret_tpdu_length, ret_why);
}
