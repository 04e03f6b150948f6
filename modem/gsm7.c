#include "modem/gsm7.h"

/* 23.038 §6.2.1; the escape's own place holds the blank it shows when nothing follows. */
/* clang-format off */
static const uint16_t default_table[128] = {
	'@',   0xA3,  '$',   0xA5,  0xE8,  0xE9,  0xF9,  0xEC,  0xF2,  0xC7,  '\n',  0xD8,  0xF8,  '\r',  0xC5,  0xE5,
	0x394, '_',   0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, ' ',   0xC6,  0xE6,  0xDF,  0xC9,
	' ',   '!',   '"',   '#',   0xA4,  '%',   '&',   '\'',  '(',   ')',   '*',   '+',   ',',   '-',   '.',   '/',
	'0',   '1',   '2',   '3',   '4',   '5',   '6',   '7',   '8',   '9',   ':',   ';',   '<',   '=',   '>',   '?',
	0xA1,  'A',   'B',   'C',   'D',   'E',   'F',   'G',   'H',   'I',   'J',   'K',   'L',   'M',   'N',   'O',
	'P',   'Q',   'R',   'S',   'T',   'U',   'V',   'W',   'X',   'Y',   'Z',   0xC4,  0xD6,  0xD1,  0xDC,  0xA7,
	0xBF,  'a',   'b',   'c',   'd',   'e',   'f',   'g',   'h',   'i',   'j',   'k',   'l',   'm',   'n',   'o',
	'p',   'q',   'r',   's',   't',   'u',   'v',   'w',   'x',   'y',   'z',   0xE4,  0xF6,  0xF1,  0xFC,  0xE0,
};
/* clang-format on */

/* Where another table differs; a row of zeroes ends it. */
struct place {
	uint8_t code;
	uint16_t character;
};

/* §6.2.1.1; every single shift table below has these too. */
static const struct place extension[] = {{0x0A, '\f'}, {0x14, '^'}, {0x28, '{'}, {0x29, '}'}, {0x2F, '\\'}, {0x3C, '['},
	{0x3D, '~'}, {0x3E, ']'}, {0x40, '|'}, {0x65, 0x20AC}, {0, 0}};

/* Annex A.2.1, A.2.2, A.2.3: national single shift tables. */
static const struct place single_turkish[] = {
	{0x47, 0x11E}, {0x49, 0x130}, {0x53, 0x15E}, {0x63, 0xE7}, {0x67, 0x11F}, {0x69, 0x131}, {0x73, 0x15F}, {0, 0}};
static const struct place single_spanish[] = {{0x09, 0xE7}, {0x41, 0xC1}, {0x49, 0xCD}, {0x4F, 0xD3}, {0x55, 0xDA},
	{0x61, 0xE1}, {0x69, 0xED}, {0x6F, 0xF3}, {0x75, 0xFA}, {0, 0}};
static const struct place single_portuguese[] = {{0x05, 0xEA}, {0x09, 0xE7}, {0x0B, 0xD4}, {0x0C, 0xF4}, {0x0E, 0xC1},
	{0x0F, 0xE1}, {0x12, 0x3A6}, {0x13, 0x393}, {0x15, 0x3A9}, {0x16, 0x3A0}, {0x17, 0x3A8}, {0x18, 0x3A3},
	{0x19, 0x398}, {0x1F, 0xCA}, {0x41, 0xC0}, {0x49, 0xCD}, {0x4F, 0xD3}, {0x55, 0xDA}, {0x5B, 0xC3}, {0x5C, 0xD5},
	{0x61, 0xC2}, {0x69, 0xED}, {0x6F, 0xF3}, {0x75, 0xFA}, {0x7B, 0xE3}, {0x7C, 0xF5}, {0x7F, 0xE2}, {0, 0}};

/* Annex A.3.1, A.3.3: national locking shift tables; there is no Spanish one. */
static const struct place locking_turkish[] = {{0x04, 0x20AC}, {0x07, 0x131}, {0x0B, 0x11E}, {0x0C, 0x11F},
	{0x1C, 0x15E}, {0x1D, 0x15F}, {0x40, 0x130}, {0x60, 0xE7}, {0, 0}};
static const struct place locking_portuguese[] = {{0x04, 0xEA}, {0x06, 0xFA}, {0x07, 0xED}, {0x08, 0xF3}, {0x09, 0xE7},
	{0x0B, 0xD4}, {0x0C, 0xF4}, {0x0E, 0xC1}, {0x0F, 0xE1}, {0x12, 0xAA}, {0x13, 0xC7}, {0x14, 0xC0},
	{0x15, 0x221E}, {0x16, '^'}, {0x17, '\\'}, {0x18, 0x20AC}, {0x19, 0xD3}, {0x1A, '|'}, {0x1C, 0xC2},
	{0x1D, 0xE2}, {0x1E, 0xCA}, {0x24, 0xBA}, {0x40, 0xCD}, {0x5B, 0xC3}, {0x5C, 0xD5}, {0x5D, 0xDA}, {0x60, '~'},
	{0x7B, 0xE3}, {0x7C, 0xF5}, {0x7D, '`'}, {0, 0}};

static const struct place none[] = {{0, 0}};

static const struct place *const singles[] = {none, single_turkish, single_spanish, single_portuguese};
static const struct place *const lockings[] = {none, locking_turkish, none, locking_portuguese};

static uint16_t place_find(const struct place *table, uint8_t code)
{
	for (; table->character != 0; table++)
		if (table->code == code)
			return table->character;
	return 0;
}

unsigned gsm7_from_code_point(uint32_t code_point, uint8_t out[2])
{
	for (unsigned code = 0; code < 128; code++) {
		if (default_table[code] == code_point && code != GSM7_ESCAPE) {
			out[0] = (uint8_t)code;
			return 1;
		}
	}
	for (const struct place *place = extension; place->character != 0; place++) {
		if (place->character == code_point) {
			out[0] = GSM7_ESCAPE;
			out[1] = place->code;
			return 2;
		}
	}
	return 0;
}

void gsm7_read(
	const uint8_t *septets, size_t count, uint8_t locking, uint8_t single, bool *escape, struct utf8_out *out)
{
	const struct place *locked = lockings[locking <= GSM7_PORTUGUESE ? locking : GSM7_DEFAULT];
	const struct place *shifted = singles[single <= GSM7_PORTUGUESE ? single : GSM7_DEFAULT];

	for (size_t i = 0; i < count; i++) {
		uint8_t code = septets[i] & 0x7F;
		uint16_t character = 0;

		if (code == GSM7_ESCAPE) {
			if (*escape)
				utf8_put(out,
					' '); /* §6.2.1.1 note 1: reserved for one more table; until then a space */
			*escape = !*escape;
			continue;
		}
		if (*escape) {
			character = place_find(shifted, code);
			if (character == 0)
				character = place_find(extension, code);
		}
		if (character == 0)
			character = place_find(locked, code);
		if (character == 0)
			character = default_table[code];
		*escape = false;
		utf8_put(out, character);
	}
}

void gsm7_finish(bool *escape, struct utf8_out *out)
{
	if (*escape)
		utf8_put(out, ' ');
	*escape = false;
}

unsigned gsm7_fill_bits(unsigned header_octets)
{
	return (7 - header_octets * 8 % 7) % 7;
}

unsigned gsm7_header_septets(unsigned header_octets)
{
	return (header_octets * 8 + 6) / 7;
}

size_t gsm7_pack(const uint8_t *septets, size_t count, unsigned fill, uint8_t *out)
{
	size_t octets = (fill + 7 * count + 7) / 8;

	for (size_t i = 0; i < octets; i++)
		out[i] = 0;
	for (size_t i = 0; i < count; i++) {
		size_t bit = fill + 7 * i;
		unsigned spread = (septets[i] & 0x7Fu) << bit % 8;

		out[bit / 8] |= (uint8_t)spread;
		if (spread > 0xFF)
			out[bit / 8 + 1] |= (uint8_t)(spread >> 8);
	}
	return octets;
}

size_t gsm7_capacity(size_t octets, unsigned fill)
{
	return octets * 8 < fill ? 0 : (octets * 8 - fill) / 7;
}

void gsm7_unpack(const uint8_t *octets, unsigned fill, uint8_t *out, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t bit = fill + 7 * i;
		unsigned pair = octets[bit / 8];

		if (bit % 8 > 1) /* the septet ends in the next octet */
			pair |= (unsigned)octets[bit / 8 + 1] << 8;
		out[i] = pair >> bit % 8 & 0x7F;
	}
}
