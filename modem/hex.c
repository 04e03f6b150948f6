#include "modem/pdu.h"

static int digit_read(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int hex_read(const char *text, size_t length, uint8_t *out, size_t max)
{
	while (length > 0 && is_blank(text[length - 1]))
		length--;
	if (length / 2 > max)
		return -1;

	for (size_t i = 0; i < length; i++) {
		int digit = digit_read(text[i]);
		if (digit < 0)
			return -1;
		if (i / 2 == length / 2)
			break; /* the lone last digit */
		out[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : out[i / 2] | digit);
	}
	return (int)(length / 2);
}

void hex_write(const uint8_t *octets, size_t length, char *out)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < length; i++) {
		*out++ = digits[octets[i] >> 4];
		*out++ = digits[octets[i] & 15];
	}
	*out = '\0';
}
