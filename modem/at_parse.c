/* Signal, registration, SIM and identity. */
#include "modem/at_parse.h"

#include "modem/at_class.h"
#include "modem/stamp.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void split(const char *line, const char *prefix, struct at_fields *fields)
{
	at_fields_split(at_argument(line, prefix), fields);
}

/* ---- signal ---- */

int at_dbm_from_csq(int value)
{
	if (value >= 0 && value <= 31)
		return -113 + 2 * value;
	if (value >= 100 && value <= 191)
		return value - 216;
	return 0;
}

bool at_parse_csq(const char *line, int *ret_dbm, int *ret_ber)
{
	struct at_fields fields;
	int value, ber = -1;

	split(line, "+CSQ:", &fields);
	if (!at_field_integer(&fields, 0, &value))
		return false;
	if (at_field_integer(&fields, 1, &ber) && ber > 7)
		ber = -1;
	*ret_dbm = at_dbm_from_csq(value);
	*ret_ber = ber;
	return true;
}

static int scaled(int value, int highest, int offset)
{
	return value >= 0 && value <= highest ? value + offset : AT_UNKNOWN;
}

bool at_parse_cesq(const char *line, struct at_cesq *ret)
{
	struct at_fields fields;
	int value[6];

	split(line, "+CESQ:", &fields);
	for (unsigned i = 0; i < 6; i++)
		if (!at_field_integer(&fields, i, &value[i]))
			return false;
	ret->rssi_dbm = scaled(value[0], 63, -111);
	ret->ber = value[1] <= 7 ? value[1] : -1;
	ret->rscp_dbm = scaled(value[2], 96, -121);
	ret->ecn0_half_db = scaled(value[3], 49, -49);
	ret->rsrq_half_db = scaled(value[4], 34, -40);
	ret->rsrp_dbm = scaled(value[5], 97, -141);
	return true;
}

bool at_parse_rssi(const char *line, int *ret_dbm)
{
	struct at_fields fields;
	bool counts_up = false;
	int value, dbm;

	if (strncasecmp(line, "^HCSQ", 5) == 0) {
		split(line, "^HCSQ:", &fields);
		counts_up = true;
	} else {
		split(line, "^RSSI:", &fields);
	}
	if (!at_field_integer(&fields, counts_up ? 1 : 0, &value))
		return false;
	/* ^HCSQ counts decibels from -120 dBm on. */
	if (counts_up)
		dbm = value >= 0 && value <= 96 ? value - 121 : 0;
	else
		dbm = at_dbm_from_csq(value);
	if (dbm == 0)
		return false;
	*ret_dbm = dbm;
	return true;
}

/* ---- registration ---- */

bool at_is_registered(int stat)
{
	return stat == 1 || (stat >= 5 && stat <= 7) || stat == 9 || stat == 10;
}

bool at_is_roaming(int stat)
{
	return stat == 5 || stat == 7 || stat == 10;
}

/* <AcT> of 27.007 §7.2 and §7.3. */
const char *at_technology(int act)
{
	switch (act) {
	case 0:
	case 1:
	case 3:
	case 8: return "2G";
	case 2:
	case 4:
	case 5:
	case 6: return "3G";
	case 7:
	case 9: return "LTE";
	case 10:
	case 11:
	case 12:
	case 13: return "5G";
	default: return "";
	}
}

/* A hexadecimal field in upper case without leading zeros; "" when it is none. */
static void hex_field(const struct at_fields *fields, unsigned index, char *out, size_t size)
{
	const char *text = index < fields->count ? fields->field[index].text : "";
	size_t length = index < fields->count ? fields->field[index].length : 0;
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < length; i++)
		if (!isxdigit((unsigned char)text[i]))
			return;
	for (size_t i = 0; i < length && used + 1 < size; i++)
		if (used > 0 || text[i] != '0')
			out[used++] = (char)toupper((unsigned char)text[i]);
	out[used] = '\0';
}

/* +CEREG may have a routing area between area and cell (27.007 §10.1.22 as several modems read it). */
static bool has_routing_area(const struct at_registration *registration, const struct at_fields *fields, unsigned area)
{
	return strcmp(registration->domain, "CEREG") == 0 && fields->count >= area + 4 &&
	       fields->field[area + 1].length <= 2 && fields->field[area + 2].length > 2;
}

static void domain_read(const char *line, char out[8])
{
	size_t length;

	line += strspn(line, " \t\r\n");
	length = strcspn(line, ":");
	out[0] = '\0';
	if (*line != '+' || line[length] != ':' || length > 8)
		return;
	for (size_t i = 1; i < length; i++)
		out[i - 1] = (char)toupper((unsigned char)line[i]);
	out[length - 1] = '\0';
}

bool at_parse_registration(const char *line, struct at_registration *ret)
{
	struct at_registration read = {.n = -1, .act = -1};
	struct at_fields fields;
	const char *argument = strchr(line, ':');
	unsigned stat, cell;

	domain_read(line, read.domain);
	at_fields_split(argument ? argument + 1 : line, &fields);
	stat = at_is_registration_urc(line) ? 0 : 1;
	if (!at_field_integer(&fields, stat, &read.stat) || read.stat < 0)
		return false;
	if (stat == 1)
		(void)at_field_integer(&fields, 0, &read.n);
	cell = stat + (has_routing_area(&read, &fields, stat + 1) ? 3 : 2);
	hex_field(&fields, stat + 1, read.lac, sizeof(read.lac));
	hex_field(&fields, cell, read.ci, sizeof(read.ci));
	if (!at_field_integer(&fields, cell + 1, &read.act))
		read.act = -1;
	*ret = read;
	return true;
}

bool at_parse_cops(const char *line, struct at_operator *ret)
{
	struct at_operator read = {.format = -1, .act = -1};
	struct at_fields fields;

	split(line, "+COPS:", &fields);
	if (!at_field_integer(&fields, 0, &read.mode))
		return false;
	(void)at_field_integer(&fields, 1, &read.format);
	(void)at_field_integer(&fields, 3, &read.act);
	if (fields.count > 2)
		at_string_read(fields.field[2].text, fields.field[2].length, read.name, sizeof(read.name));
	*ret = read;
	return true;
}

/* ---- SIM and identity ---- */

bool at_parse_cpin(const char *line, char out[AT_WORD_MAX])
{
	struct at_fields fields;
	char word[AT_WORD_MAX];

	split(line, "+CPIN:", &fields);
	at_field_string(&fields, 0, word, sizeof(word));
	for (char *c = word; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	if (strcmp(word, "READY") != 0 && strncmp(word, "SIM ", 4) != 0 && strncmp(word, "PH-", 3) != 0 &&
		strncmp(word, "NOT ", 4) != 0)
		return false;
	memcpy(out, word, sizeof(word));
	return true;
}

static bool is_iccid(const char *text, size_t length)
{
	return length >= 18 && length <= 20 && text[0] == '8' && text[1] == '9';
}

bool at_parse_iccid(const char *line, char out[24])
{
	const char *text = strchr(line, ':');
	char digits[24] = "";
	size_t length = 0;

	text = text ? text + 1 : line;
	text += strspn(text, " \t\"");
	while (length < sizeof(digits) - 1 && isxdigit((unsigned char)text[length])) {
		digits[length] = (char)toupper((unsigned char)text[length]);
		length++;
	}
	if (length >= 2 && digits[0] == '9' && digits[1] == '8')
		for (size_t i = 0; i + 1 < length; i += 2) {
			char first = digits[i];

			digits[i] = digits[i + 1];
			digits[i + 1] = first;
		}
	while (length > 0 && digits[length - 1] == 'F')
		length--;
	if (!is_iccid(digits, length))
		return false;
	memcpy(out, digits, length);
	out[length] = '\0';
	return true;
}

/* The digits of a line, prefix and quotes passed; false when there are fewer than `least` or something else stands there. */
static bool digits_read(const char *line, size_t least, size_t most, char out[20])
{
	const char *text = strchr(line, ':');
	size_t length;

	text = text ? text + 1 : line;
	text += strspn(text, " \t\r\n\"");
	length = strspn(text, "0123456789");
	if (length < least || length > most || (text[length] != '\0' && !strchr("\" ,\r\n", text[length])))
		return false;
	if (length > 15)
		length = 15;
	memcpy(out, text, length);
	out[length] = '\0';
	return true;
}

bool at_parse_imei(const char *line, char out[20])
{
	return digits_read(line, 14, 17, out);
}

bool at_parse_imsi(const char *line, char out[20])
{
	return digits_read(line, 6, 15, out);
}

static void number_read(const struct at_fields *fields, unsigned index, char out[AT_NUMBER_MAX])
{
	char number[AT_NUMBER_MAX - 1] = "";
	int type = 0;

	if (index < fields->count)
		at_string_read(fields->field[index].text, fields->field[index].length, number, sizeof(number));
	(void)at_field_integer(fields, index + 1, &type);
	(void)snprintf(out, AT_NUMBER_MAX, "%s%s", type == 145 && number[0] && number[0] != '+' ? "+" : "", number);
}

bool at_parse_cnum(const char *line, char out[AT_NUMBER_MAX])
{
	struct at_fields fields;

	split(line, "+CNUM:", &fields);
	if (fields.count < 2)
		return false;
	number_read(&fields, 1, out);
	return true;
}

bool at_parse_csca(const char *line, char out[AT_NUMBER_MAX])
{
	struct at_fields fields;

	split(line, "+CSCA:", &fields);
	if (fields.count < 1)
		return false;
	number_read(&fields, 0, out);
	return true;
}

bool at_parse_cfun(const char *line, int *ret_level)
{
	struct at_fields fields;

	split(line, "+CFUN:", &fields);
	return at_field_integer(&fields, 0, ret_level);
}

static uint8_t semi_octets(unsigned value)
{
	return (uint8_t)((value % 10) << 4 | value / 10 % 10);
}

bool at_parse_cclk(const char *line, struct pdu_time *ret_time)
{
	const char *text = at_argument(line, "+CCLK:");
	unsigned part[6], zone = 0;
	char sign = '+';
	uint8_t stamp[STAMP_OCTETS];
	struct pdu_time read;

	text += *text == '"';
	if (sscanf(text, "%2u/%2u/%2u,%2u:%2u:%2u%c%2u", &part[0], &part[1], &part[2], &part[3], &part[4], &part[5],
		    &sign, &zone) < 6)
		return false;
	for (int i = 0; i < 6; i++)
		stamp[i] = semi_octets(part[i]);
	stamp[6] = (uint8_t)(semi_octets(zone) | (sign == '-' ? 0x08 : 0));
	stamp_read(stamp, &read);
	if (read.valid)
		*ret_time = read;
	return read.valid;
}
