#include "modem/utf.h"

#include <string.h>

static bool is_scalar(uint32_t code_point)
{
	return code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
}

/* How many continuation octets the lead octet announces, and the range of the first of them, which is what keeps overlong
 * forms, surrogates and values beyond U+10FFFF out (Unicode, table 3-7). -1: no lead octet. */
static int lead_read(unsigned char lead, unsigned char *ret_low, unsigned char *ret_high)
{
	*ret_low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
	*ret_high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;

	if (lead < 0x80)
		return 0;
	if (lead >= 0xC2 && lead <= 0xDF)
		return 1;
	if (lead >= 0xE0 && lead <= 0xEF)
		return 2;
	if (lead >= 0xF0 && lead <= 0xF4)
		return 3;
	return -1;
}

uint32_t utf8_next(const char **text)
{
	const unsigned char *at = (const unsigned char *)*text;
	unsigned char low, high;
	int more = lead_read(*at, &low, &high);

	if (*at == 0)
		return 0;
	(*text)++;
	if (more < 0)
		return UTF_REPLACEMENT;
	if (more == 0)
		return *at;

	uint32_t code_point = *at & (0x3Fu >> more);
	for (int i = 1; i <= more; i++) {
		if (at[i] < low || at[i] > high)
			return UTF_REPLACEMENT;
		code_point = code_point << 6 | (at[i] & 0x3F);
		low = 0x80;
		high = 0xBF;
		(*text)++;
	}
	return code_point;
}

enum { MARKS = 7 };

static const uint16_t marks[MARKS] = {0x0300, 0x0301, 0x0302, 0x0303, 0x0308, 0x030A, 0x0327};

static const struct {
	char base;
	uint16_t composed[MARKS]; /* in the order of marks; 0: none */
} compositions[] = {
	{'A', {0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0}},
	{'C', {0, 0x106, 0x108, 0, 0, 0, 0xC7}},
	{'E', {0xC8, 0xC9, 0xCA, 0x1EBC, 0xCB, 0, 0x228}},
	{'I', {0xCC, 0xCD, 0xCE, 0x128, 0xCF, 0, 0}},
	{'N', {0x1F8, 0x143, 0, 0xD1, 0, 0, 0x145}},
	{'O', {0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0, 0}},
	{'U', {0xD9, 0xDA, 0xDB, 0x168, 0xDC, 0x16E, 0}},
	{'Y', {0x1EF2, 0xDD, 0x176, 0x1EF8, 0x178, 0, 0}},
	{'a', {0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0}},
	{'c', {0, 0x107, 0x109, 0, 0, 0, 0xE7}},
	{'e', {0xE8, 0xE9, 0xEA, 0x1EBD, 0xEB, 0, 0x229}},
	{'i', {0xEC, 0xED, 0xEE, 0x129, 0xEF, 0, 0}},
	{'n', {0x1F9, 0x144, 0, 0xF1, 0, 0, 0x146}},
	{'o', {0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0, 0}},
	{'u', {0xF9, 0xFA, 0xFB, 0x169, 0xFC, 0x16F, 0}},
	{'y', {0x1EF3, 0xFD, 0x177, 0x1EF9, 0xFF, 0, 0}},
};

/* The letter that base and mark make, or 0. */
static uint32_t compose(uint32_t base, uint32_t mark)
{
	unsigned column = 0;

	while (column < MARKS && marks[column] != mark)
		column++;
	if (column == MARKS)
		return 0;

	for (size_t i = 0; i < sizeof compositions / sizeof *compositions; i++)
		if ((uint32_t)compositions[i].base == base)
			return compositions[i].composed[column];
	return 0;
}

uint32_t utf8_next_composed(const char **text)
{
	uint32_t base = utf8_next(text);
	const char *behind = *text;
	uint32_t composed = base == 0 ? 0 : compose(base, utf8_next(&behind));

	if (composed == 0)
		return base;
	*text = behind;
	return composed;
}

void utf8_out_init(struct utf8_out *out, char *text, size_t size)
{
	*out = (struct utf8_out){.text = text, .size = size};
	text[0] = '\0';
}

void utf8_put(struct utf8_out *out, uint32_t code_point)
{
	unsigned char octets[4];
	size_t count;

	if (code_point == 0 || !is_scalar(code_point))
		code_point = UTF_REPLACEMENT;

	if (code_point < 0x80) {
		octets[0] = (unsigned char)code_point;
		count = 1;
	} else if (code_point < 0x800) {
		octets[0] = (unsigned char)(0xC0 | code_point >> 6);
		octets[1] = (unsigned char)(0x80 | (code_point & 0x3F));
		count = 2;
	} else if (code_point < 0x10000) {
		octets[0] = (unsigned char)(0xE0 | code_point >> 12);
		octets[1] = (unsigned char)(0x80 | (code_point >> 6 & 0x3F));
		octets[2] = (unsigned char)(0x80 | (code_point & 0x3F));
		count = 3;
	} else {
		octets[0] = (unsigned char)(0xF0 | code_point >> 18);
		octets[1] = (unsigned char)(0x80 | (code_point >> 12 & 0x3F));
		octets[2] = (unsigned char)(0x80 | (code_point >> 6 & 0x3F));
		octets[3] = (unsigned char)(0x80 | (code_point & 0x3F));
		count = 4;
	}

	if (out->full || out->size - out->length <= count) {
		out->full = true;
		return;
	}
	memcpy(out->text + out->length, octets, count);
	out->length += count;
	out->text[out->length] = '\0';
}

void utf8_put_string(struct utf8_out *out, const char *text)
{
	while (*text != '\0')
		utf8_put(out, utf8_next(&text));
}

unsigned utf16_from_code_point(uint32_t code_point, uint16_t out[2])
{
	if (!is_scalar(code_point))
		code_point = UTF_REPLACEMENT;
	if (code_point < 0x10000) {
		out[0] = (uint16_t)code_point;
		return 1;
	}
	out[0] = (uint16_t)(0xD800 + ((code_point - 0x10000) >> 10));
	out[1] = (uint16_t)(0xDC00 + ((code_point - 0x10000) & 0x3FF));
	return 2;
}

bool utf16_is_high(uint16_t unit)
{
	return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(uint16_t unit)
{
	return unit >= 0xDC00 && unit <= 0xDFFF;
}

void utf16_read(const uint8_t *octets, size_t length, uint16_t *high, struct utf8_out *out)
{
	for (size_t i = 0; i + 1 < length; i += 2) {
		uint16_t unit = (uint16_t)(octets[i] << 8 | octets[i + 1]);

		if (*high != 0 && is_low(unit)) {
			utf8_put(out, 0x10000 + ((uint32_t)(*high - 0xD800) << 10) + (uint32_t)(unit - 0xDC00));
			*high = 0;
			continue;
		}
		utf16_finish(high, out);
		if (utf16_is_high(unit))
			*high = unit;
		else
			utf8_put(out, unit); /* a lone second surrogate turns into U+FFFD there */
	}
}

void utf16_finish(uint16_t *high, struct utf8_out *out)
{
	if (*high != 0)
		utf8_put(out, UTF_REPLACEMENT);
	*high = 0;
}
