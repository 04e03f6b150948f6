/* Storage, messages, calls and USSD. */
#include "modem/at_parse.h"

#include "modem/gsm7.h"
#include "modem/utf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void split(const char *line, const char *prefix, struct at_fields *fields)
{
	at_fields_split(at_argument(line, prefix), fields);
}

/* ---- storage ---- */

int at_parse_cpms(const char *line, struct at_store out[AT_STORES])
{
	struct at_store read[AT_STORES];
	struct at_fields fields;
	unsigned width, count;
	int first;

	split(line, "+CPMS:", &fields);
	width = at_field_integer(&fields, 0, &first) ? 2 : 3;
	count = fields.count / width < AT_STORES ? fields.count / width : AT_STORES;
	if (count == 0)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		unsigned at = i * width;

		read[i].name[0] = '\0';
		if (width == 3)
			at_field_string(&fields, at++, read[i].name, sizeof(read[i].name));
		if (!at_field_integer(&fields, at, &read[i].used) || !at_field_integer(&fields, at + 1, &read[i].total))
			return -1;
	}
	memcpy(out, read, count * sizeof(read[0]));
	return (int)count;
}

int at_parse_cpms_test(const char *line, struct at_store_names out[AT_STORES])
{
	const char *text = at_argument(line, "+CPMS:");
	size_t length = strlen(text);
	struct at_fields fields;
	char inner[512];
	unsigned count;

	/* Wavecom puts parentheses around the whole: (("SM","BM","SR"),("SM")). */
	if (*text == '(' && text[1 + strspn(text + 1, " ")] == '(') {
		while (length > 0 && text[length - 1] != ')')
			length--;
		if (length < 2 || length - 2 >= sizeof(inner))
			return -1;
		memcpy(inner, text + 1, length - 2);
		inner[length - 2] = '\0';
		text = inner;
	}
	at_fields_split(text, &fields);
	if (fields.count == 0)
		return -1;
	count = fields.count < AT_STORES ? fields.count : AT_STORES;
	for (unsigned i = 0; i < count; i++)
		out[i].count = at_words_read(fields.field[i].text, fields.field[i].length, out[i].name);
	return (int)count;
}

/* "(0-1,3)" as bits; 0 when it cannot be read. */
static uint32_t values_read(const char *text, size_t length)
{
	uint32_t bits = 0;
	int from = -1, value = -1;

	for (size_t i = 0; i <= length; i++) {
		char octet = ',';

		if (i < length)
			octet = text[i];
		if (isdigit((unsigned char)octet)) {
			value = (value < 0 ? 0 : value) * 10 + octet - '0';
			if (value > 31)
				return 0;
		} else if (octet == '-') {
			from = value;
			value = -1;
		} else if (octet == ',' || octet == ')') {
			for (int bit = from >= 0 ? from : value; value >= 0 && bit <= value; bit++)
				bits |= 1u << bit;
			from = value = -1;
		}
	}
	return bits;
}

int at_parse_cnmi_test(const char *line, uint32_t out[5])
{
	struct at_fields fields;
	unsigned count;

	split(line, "+CNMI:", &fields);
	if (fields.count == 0 || !strpbrk(line, "0123456789"))
		return -1;
	count = fields.count < 5 ? fields.count : 5;
	for (unsigned i = 0; i < count; i++)
		out[i] = values_read(fields.field[i].text, fields.field[i].length);
	return (int)count;
}

int at_parse_cscs_test(const char *line, char out[AT_WORDS_MAX][AT_WORD_MAX])
{
	const char *text = at_argument(line, "+CSCS:");
	unsigned count = at_words_read(text, strlen(text), out);

	return count > 0 ? (int)count : -1;
}

int at_parse_cscb(const char *line, struct cbs_range out[CBS_RANGES_MAX])
{
	struct at_fields fields;
	char topics[1024];

	split(line, "+CSCB:", &fields);
	if (fields.count < 2 || fields.field[1].length >= sizeof(topics))
		return -1;
	at_field_string(&fields, 1, topics, sizeof(topics));
	return cbs_ranges_read(topics, UINT16_MAX, out);
}

/* ---- messages ---- */

static bool begins(const char *line, const char *prefix)
{
	return strncasecmp(line, prefix, strlen(prefix)) == 0;
}

/* Text-mode headers: +CMGR and +CMGL have "REC READ" for a number, the others have more than name and length. */
static bool is_text_header(const char *line, const struct at_fields *fields, unsigned first, bool stored)
{
	if (stored)
		return fields->count > first && fields->field[first].quoted;
	if (begins(line, "+CMT:"))
		return fields->count > 2;
	return fields->count > (begins(line, "+CDS:") ? 2 : 1);
}

bool at_parse_message(const char *line, struct at_message *ret)
{
	struct at_message read = {.index = -1, .stat = -1, .length = -1};
	const char *colon, *newline;
	struct at_fields fields;
	unsigned first = 0;
	bool listed, stored;

	line += strspn(line, " \r\n");
	listed = begins(line, "+CMGL:");
	stored = listed || begins(line, "+CMGR:");
	if (!stored && !begins(line, "+CMT:") && !begins(line, "+CDS:") && !begins(line, "+CBM:"))
		return false;
	colon = strchr(line, ':');
	at_fields_split(colon + 1, &fields);
	if (listed && !at_field_integer(&fields, first++, &read.index))
		return false;
	read.text_mode = is_text_header(line, &fields, first, stored);
	if (!read.text_mode) {
		if (fields.count == 0 || !at_field_integer(&fields, fields.count - 1, &read.length) || read.length < 0)
			return false;
		if (stored)
			(void)at_field_integer(&fields, first++, &read.stat);
		if (fields.count >= first + 2)
			at_string_read(fields.field[fields.count - 2].text, fields.field[fields.count - 2].length,
				read.name, sizeof(read.name));
	}
	newline = strchr(line, '\n');
	if (newline && newline[1])
		read.pdu = newline + 1;
	*ret = read;
	return true;
}

bool at_parse_stored(const char *line, char store[AT_WORD_MAX], int *ret_index)
{
	struct at_fields fields;
	int index;

	split(line, begins(line, "+CDSI:") ? "+CDSI:" : "+CMTI:", &fields);
	if (!at_field_integer(&fields, 1, &index) || index < 0)
		return false;
	at_field_string(&fields, 0, store, AT_WORD_MAX);
	if (!isalpha((unsigned char)store[0]))
		store[0] = '\0';
	*ret_index = index;
	return true;
}

int at_parse_cmgs(const char *line)
{
	struct at_fields fields;
	int reference;

	split(line, "+CMGS:", &fields);
	if (!at_field_integer(&fields, 0, &reference) || reference < 0 || reference > 255)
		return -1;
	return reference;
}

/* ---- calls ---- */

static void number_read(const struct at_fields *fields, unsigned index, char out[AT_NUMBER_MAX])
{
	out[0] = '\0';
	if (index < fields->count)
		at_string_read(fields->field[index].text, fields->field[index].length, out, AT_NUMBER_MAX);
}

static void number_complete(char number[AT_NUMBER_MAX], int type)
{
	size_t length = strlen(number);

	if (type != 145 || length == 0 || number[0] == '+' || length + 2 > AT_NUMBER_MAX)
		return;
	memmove(number + 1, number, length + 1);
	number[0] = '+';
}

bool at_parse_clip(const char *line, struct at_caller *ret)
{
	struct at_caller read = {.type = -1, .class = -1};
	struct at_fields fields;

	split(line, begins(line, "+CCWA:") ? "+CCWA:" : "+CLIP:", &fields);
	if (fields.count == 0)
		return false;
	number_read(&fields, 0, read.number);
	(void)at_field_integer(&fields, 1, &read.type);
	(void)at_field_integer(&fields, 2, &read.class);
	number_complete(read.number, read.type);
	*ret = read;
	return true;
}

bool at_parse_clcc(const char *line, struct at_call *ret)
{
	struct at_call read = {.type = -1};
	struct at_fields fields;

	split(line, "+CLCC:", &fields);
	if (!at_field_integer(&fields, 0, &read.index) || !at_field_integer(&fields, 1, &read.direction) ||
		!at_field_integer(&fields, 2, &read.stat) || !at_field_integer(&fields, 3, &read.mode))
		return false;
	number_read(&fields, 5, read.number);
	(void)at_field_integer(&fields, 6, &read.type);
	number_complete(read.number, read.type);
	*ret = read;
	return true;
}

/* ---- USSD ---- */

enum { USSD_HEX_MAX = 512 }; /* octets of a packed or UCS-2 string; the network sends at most 160 */

/* Hexadecimal with at least one letter in it: digits alone are a credit or a number, and no packed text is so. */
static bool is_packed_hex(const char *text, size_t length)
{
	bool letter = false;

	if (length < 8 || length % 2 != 0 || length > 2 * (size_t)USSD_HEX_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return false;
		letter |= isalpha((unsigned char)text[i]) != 0;
	}
	return letter;
}

/* A last CR that fills up the octets is padding (23.038 §6.1.2.3.1). */
static void read_packed(const char *text, size_t length, char *out, size_t size)
{
	uint8_t octets[USSD_HEX_MAX], septets[USSD_HEX_MAX * 8 / 7];
	int count = hex_read(text, length, octets, sizeof(octets));
	size_t septet_count = count > 0 ? gsm7_capacity((size_t)count, 0) : 0;
	struct utf8_out written;
	bool escape = false;

	utf8_out_init(&written, out, size);
	gsm7_unpack(octets, 0, septets, septet_count);
	if (septet_count > 0 && septet_count % 8 == 0 && septets[septet_count - 1] == GSM7_CR)
		septet_count--;
	gsm7_read(septets, septet_count, GSM7_DEFAULT, GSM7_DEFAULT, &escape, &written);
	gsm7_finish(&escape, &written);
}

/* The string between the first quote and the last one, or up to the data coding scheme when there are none. */
static size_t ussd_string(const char *text, const char **ret_string, const char **ret_behind)
{
	const char *first = strchr(text, '"');
	const char *last = strrchr(text, '"');
	size_t length;

	if (first && last > first) {
		*ret_string = first + 1;
		*ret_behind = last + 1;
		return (size_t)(last - first - 1);
	}
	text = strchr(text, ',');
	*ret_string = *ret_behind = "";
	if (!text)
		return 0;
	text += 1 + strspn(text + 1, " ");
	if (*text == '"')
		text++;
	length = first ? strlen(text) : strcspn(text, ",");
	*ret_string = text;
	*ret_behind = text + length;
	return length;
}

bool at_parse_cusd(const char *line, struct at_ussd *ret)
{
	const char *argument = at_argument(line, "+CUSD:");
	const char *string, *behind;
	struct at_fields tail;
	size_t length;
	int dcs = -1;

	if (!isdigit((unsigned char)*argument))
		return false;
	ret->state = (int)strtol(argument, NULL, 10);
	length = ussd_string(argument, &string, &behind);
	at_fields_split(behind + strspn(behind, " ,"), &tail);
	(void)at_field_integer(&tail, 0, &dcs);
	ret->dcs = dcs;
	/* Data coding schemes of UCS-2 (23.038 §5); without one the string must look so. */
	if ((dcs == 0x48 || dcs == 0x11) && at_ucs2_read(string, length, ret->text, sizeof(ret->text)))
		return true;
	if (is_packed_hex(string, length) && !at_string_is_ucs2(string, length))
		read_packed(string, length, ret->text, sizeof(ret->text));
	else
		at_string_read(string, length, ret->text, sizeof(ret->text));
	return true;
}
