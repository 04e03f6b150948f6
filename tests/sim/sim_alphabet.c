#include "tests/sim/sim_alphabet.h"

#include <stdbool.h>
#include <string.h>

/* 23.038 6.2.1, in code order. */
static const uint16_t default_alphabet[128] = {
	'@', 0xa3, '$', 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, '\n', 0xd8, 0xf8, '\r', 0xc5, 0xe5,	      /* 00 */
	0x394, '_', 0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, 0, 0xc6, 0xe6, 0xdf, 0xc9, /* 10 */
	' ', '!', '"', '#', 0xa4, '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',		      /* 20 */
	'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',			      /* 30 */
	0xa1, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',		      /* 40 */
	'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 0xc4, 0xd6, 0xd1, 0xdc, 0xa7,		      /* 50 */
	0xbf, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',		      /* 60 */
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0xe4, 0xf6, 0xf1, 0xfc, 0xe0,		      /* 70 */
};

/* 23.038 6.2.1.1. */
static const struct {
	uint8_t code;
	uint16_t character;
} extension[] = {{0x0a, '\f'}, {0x14, '^'}, {0x28, '{'}, {0x29, '}'}, {0x2f, '\\'}, {0x3c, '['}, {0x3d, '~'},
	{0x3e, ']'}, {0x40, '|'}, {0x65, 0x20ac}};

enum { EXTENSIONS = sizeof extension / sizeof extension[0] };

/* The next character of *text, which moves on; 0 at the end, UINT32_MAX when it is no UTF-8. */
static uint32_t utf8_next(const char **text)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *at = (const unsigned char *)*text;
	unsigned length = *at < 0x80 ? 1 : *at < 0xc0 ? 0 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : *at < 0xf8 ? 4 : 0;

	if (*at == 0)
		return 0;
	if (length == 0)
		return UINT32_MAX;
	uint32_t character = length == 1 ? *at : *at & (0x7fu >> length);
	for (unsigned i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return UINT32_MAX;
		character = character << 6 | (at[i] & 0x3fu);
	}
	if (character < least[length] || character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
		return UINT32_MAX;
	*text += length;
	return character;
}

/* Appends one character if it and the final NUL fit; returns the new length. */
static size_t utf8_put(uint32_t character, char *text, size_t used, size_t size)
{
	char octets[4];
	size_t length = 1;

	if (character < 0x80) {
		octets[0] = (char)character;
	} else if (character < 0x800) {
		octets[0] = (char)(0xc0 | character >> 6);
		octets[1] = (char)(0x80 | (character & 0x3f));
		length = 2;
	} else if (character < 0x10000) {
		octets[0] = (char)(0xe0 | character >> 12);
		octets[1] = (char)(0x80 | (character >> 6 & 0x3f));
		octets[2] = (char)(0x80 | (character & 0x3f));
		length = 3;
	} else {
		octets[0] = (char)(0xf0 | character >> 18);
		octets[1] = (char)(0x80 | (character >> 12 & 0x3f));
		octets[2] = (char)(0x80 | (character >> 6 & 0x3f));
		octets[3] = (char)(0x80 | (character & 0x3f));
		length = 4;
	}
	if (used + length >= size)
		return used;
	memcpy(text + used, octets, length);
	return used + length;
}

/* Septets of one character, 0 when the alphabet lacks it. */
static size_t septets_of(uint32_t character, uint8_t septets[2])
{
	for (unsigned i = 0; i < 128; i++)
		if (default_alphabet[i] == character && i != SIM_ESCAPE) {
			septets[0] = (uint8_t)i;
			return 1;
		}
	for (unsigned i = 0; i < EXTENSIONS; i++)
		if (extension[i].character == character) {
			septets[0] = SIM_ESCAPE;
			septets[1] = extension[i].code;
			return 2;
		}
	return 0;
}

int sim_septets_from_utf8(const char *text, uint8_t *septets, size_t max)
{
	size_t used = 0;

	for (uint32_t character; (character = utf8_next(&text)) != 0;) {
		uint8_t pair[2];
		size_t length = character == UINT32_MAX ? 0 : septets_of(character, pair);
		if (length == 0 || used + length > max)
			return -1;
		memcpy(septets + used, pair, length);
		used += length;
	}
	return (int)used;
}

int sim_units_from_utf8(const char *text, uint16_t *units, size_t max)
{
	size_t used = 0;

	for (uint32_t character; (character = utf8_next(&text)) != 0;) {
		if (character == UINT32_MAX || used + (character > 0xffff) >= max)
			return -1;
		if (character > 0xffff) {
			units[used++] = (uint16_t)(0xd800 | (character - 0x10000) >> 10);
			units[used++] = (uint16_t)(0xdc00 | ((character - 0x10000) & 0x3ff));
		} else {
			units[used++] = (uint16_t)character;
		}
	}
	return (int)used;
}

void sim_utf8_from_septets(const uint8_t *septets, size_t count, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t character = default_alphabet[septets[i] & 0x7f];
		if (septets[i] == SIM_ESCAPE) {
			if (++i == count)
				break;
			/* An unassigned code shows as in the default table; ESC ESC, reserved, as a space (6.2.1.1). */
			character = septets[i] == SIM_ESCAPE ? ' ' : default_alphabet[septets[i] & 0x7f];
			for (unsigned k = 0; k < EXTENSIONS; k++)
				if (extension[k].code == septets[i])
					character = extension[k].character;
		}
		used = utf8_put(character, text, used, size);
	}
	text[used] = '\0';
}

void sim_utf8_from_units(const uint16_t *units, size_t count, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t character = units[i];
		bool high = (character & 0xfc00) == 0xd800;
		if (high && i + 1 < count && (units[i + 1] & 0xfc00) == 0xdc00)
			character = 0x10000 + ((character & 0x3ff) << 10 | (units[++i] & 0x3ffu));
		else if ((character & 0xf800) == 0xd800)
			character = 0xfffd;
		used = utf8_put(character, text, used, size);
	}
	text[used] = '\0';
}

size_t sim_pack(const uint8_t *septets, size_t count, unsigned fill, uint8_t *octets)
{
	size_t bit = fill;

	for (size_t i = 0; i < count; i++, bit += 7) {
		unsigned value = (unsigned)(septets[i] & 0x7f) << (bit % 8);
		octets[bit / 8] |= (uint8_t)value;
		if (bit % 8 > 1)
			octets[bit / 8 + 1] |= (uint8_t)(value >> 8);
	}
	return (bit + 7) / 8;
}

void sim_unpack(const uint8_t *octets, size_t count, unsigned fill, uint8_t *septets)
{
	size_t bit = fill;

	for (size_t i = 0; i < count; i++, bit += 7) {
		unsigned value = octets[bit / 8];
		if (bit % 8 > 1)
			value |= (unsigned)octets[bit / 8 + 1] << 8;
		septets[i] = value >> (bit % 8) & 0x7f;
	}
}

void sim_hex_write(const uint8_t *octets, size_t count, char *hex)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < count; i++) {
		*hex++ = digits[octets[i] >> 4];
		*hex++ = digits[octets[i] & 15];
	}
	*hex = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int sim_hex_read(const char *hex, uint8_t *octets, size_t max)
{
	size_t count = 0;

	for (; hex[0] != '\0'; hex += 2) {
		int high = hex_digit(hex[0]);
		int low = hex[1] == '\0' ? -1 : hex_digit(hex[1]);
		if (high < 0 || low < 0 || count == max)
			return -1;
		octets[count++] = (uint8_t)(high << 4 | low);
	}
	return (int)count;
}
