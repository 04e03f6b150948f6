#include "modem/address.h"

#include "modem/gsm7.h"

#include <string.h>

enum { TYPE_INTERNATIONAL = 0x91, TYPE_UNKNOWN = 0x81, TYPE_ALPHANUMERIC = 0xD0 };

static const char semioctet_digits[] = "0123456789*#abc";

unsigned semioctets_read(const uint8_t *octets, unsigned count, char *out)
{
	unsigned length = 0;

	for (; length < count; length++) {
		unsigned code = length % 2 == 0 ? octets[length / 2] & 15 : octets[length / 2] >> 4;
		if (code == 15)
			break;
		out[length] = semioctet_digits[code];
	}
	out[length] = '\0';
	return length;
}

static enum pdu_ton ton_read(uint8_t type)
{
	static const enum pdu_ton tons[] = {
		[1] = PDU_TON_INTERNATIONAL,
		[2] = PDU_TON_NATIONAL,
		[5] = PDU_TON_ALPHANUMERIC,
		[7] = PDU_TON_UNKNOWN,
	};

	return tons[type >> 4 & 7];
}

static void number_read(const uint8_t *value, unsigned count, struct pdu_address *address)
{
	char *text = address->text;

	if (address->ton == PDU_TON_INTERNATIONAL)
		*text++ = '+';
	if (semioctets_read(value, count, text) == 0)
		address->text[0] = '\0';
}

static void name_read(const uint8_t *value, unsigned semioctets, struct pdu_address *address)
{
	uint8_t septets[ADDRESS_NAME_MAX];
	unsigned count = semioctets * 4 / 7;
	bool escape = false;
	struct utf8_out out;

	/* Some encoders count whole octets, so that seven characters seem to be eight, the last an '@' nobody wrote. */
	gsm7_unpack(value, 0, septets, count);
	if (count > 0 && count % 8 == 0 && septets[count - 1] == 0)
		count--;

	utf8_out_init(&out, address->text, sizeof address->text);
	gsm7_read(septets, count, GSM7_DEFAULT, GSM7_DEFAULT, &escape, &out);
	gsm7_finish(&escape, &out);
}

static void value_read(const uint8_t *value, unsigned semioctets, uint8_t type, struct pdu_address *ret_address)
{
	*ret_address = (struct pdu_address){.type = type, .ton = ton_read(type)};

	if (ret_address->ton == PDU_TON_ALPHANUMERIC)
		name_read(value, semioctets, ret_address);
	else
		number_read(value, semioctets, ret_address);
}

int address_read(const uint8_t *octets, size_t length, struct pdu_address *ret_address)
{
	if (length < 2 || octets[0] > ADDRESS_DIGITS_MAX)
		return -1;

	unsigned semioctets = octets[0];
	unsigned taken = 2 + (semioctets + 1) / 2;
	if (taken > length)
		return -1;

	value_read(octets + 2, semioctets, octets[1], ret_address);
	return (int)taken;
}

int address_read_smsc(const uint8_t *octets, size_t length, struct pdu_address *ret_address)
{
	*ret_address = (struct pdu_address){0};
	if (length < 1)
		return -1;
	if (octets[0] == 0)
		return 1;
	if (octets[0] >= ADDRESS_OCTETS_MAX || octets[0] >= length)
		return -1;

	value_read(octets + 2, 2u * (octets[0] - 1u), octets[1], ret_address);
	return octets[0] + 1;
}

/* The type and swapped digits of a number, without any length; returns the number of digits, or -1. */
static int number_write(const char *number, uint8_t *ret_type, uint8_t *value, const char **ret_why)
{
	unsigned count = 0;

	*ret_type = TYPE_UNKNOWN;
	if (number[0] == '+' || strncmp(number, "00", 2) == 0) {
		*ret_type = TYPE_INTERNATIONAL;
		number += number[0] == '+' ? 1 : 2;
	}

	*ret_why = "invalid destination";
	if (*number == '\0')
		return -1;
	for (; *number != '\0'; number++, count++) {
		const char *code = strchr(semioctet_digits, *number);

		if (code == NULL)
			return -1;
		if (count == ADDRESS_DIGITS_MAX) {
			*ret_why = "more than 20 digits";
			return -1;
		}
		unsigned nibble = (unsigned)(code - semioctet_digits);
		if (count % 2 == 0)
			value[count / 2] = (uint8_t)(0xF0 | nibble);
		else
			value[count / 2] = (uint8_t)((value[count / 2] & 15) | nibble << 4);
	}
	*ret_why = NULL;
	return (int)count;
}

int address_write(const char *number, uint8_t out[ADDRESS_OCTETS_MAX], const char **ret_why)
{
	int digits = number_write(number, &out[1], out + 2, ret_why);

	if (digits < 0)
		return -1;
	out[0] = (uint8_t)digits;
	return 2 + (digits + 1) / 2;
}

int address_write_smsc(const char *number, uint8_t out[ADDRESS_OCTETS_MAX], const char **ret_why)
{
	int digits = number_write(number, &out[1], out + 2, ret_why);

	if (digits < 0) {
		*ret_why = "invalid service centre";
		return -1;
	}
	out[0] = (uint8_t)(1 + (digits + 1) / 2);
	return 1 + out[0];
}

int address_write_name(const char *name, uint8_t out[ADDRESS_OCTETS_MAX])
{
	uint8_t septets[ADDRESS_NAME_MAX];
	unsigned count = 0;

	while (*name != '\0') {
		uint8_t pair[2] = {'?'};
		unsigned width = gsm7_from_code_point(utf8_next_composed(&name), pair);

		if (width == 0)
			width = gsm7_from_code_point('?', pair);
		if (count + width > ADDRESS_NAME_MAX)
			break;
		memcpy(septets + count, pair, width);
		count += width;
	}

	out[0] = (uint8_t)((count * 7 + 3) / 4);
	out[1] = TYPE_ALPHANUMERIC;
	return 2 + (int)gsm7_pack(septets, count, 0, out + 2);
}
