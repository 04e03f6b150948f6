/* Fields, strings and lists: what all answers are made of. */
#include "modem/at_parse.h"

#include "modem/utf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t\r\n");
}

const char *at_argument(const char *line, const char *prefix)
{
	size_t length = strlen(prefix);

	line = skip_blanks(line);
	return strncasecmp(line, prefix, length) == 0 ? skip_blanks(line + length) : line;
}

/* Where the string that begins at `text` closes; NULL: nowhere. A quote right behind a comma opens the next field
 * instead, unless that is where this one ends. */
static const char *closing_quote(const char *text)
{
	for (const char *quote = strchr(text, '"'); quote; quote = strchr(quote + 1, '"')) {
		const char *next = quote + 1 + strspn(quote + 1, " ");

		if (*next == ',' || *next == '\0' || *next == '\r' || *next == '\n')
			return quote;
		if (quote > text && quote[-1] == ',')
			return NULL;
	}
	return NULL;
}

static const char *end_of_field(const char *text)
{
	int depth = 0;

	for (; *text && *text != '\r' && *text != '\n'; text++) {
		depth += *text == '(';
		depth -= *text == ')';
		if (*text == ',' && depth <= 0)
			break;
	}
	return text;
}

void at_fields_split(const char *text, struct at_fields *ret_fields)
{
	unsigned count = 0;

	text = skip_blanks(text);
	ret_fields->count = 0;
	if (*text == '\0')
		return;
	while (count < AT_FIELDS_MAX) {
		const char *begin = text + strspn(text, " \t");
		const char *close = *begin == '"' ? closing_quote(begin + 1) : NULL;
		const char *comma = end_of_field(close ? close + 1 : begin);
		const char *end = close ? close : comma;

		ret_fields->field[count].quoted = *begin == '"';
		if (*begin == '"')
			begin++;
		/* +CNUM: "",+79139131234",145 */
		while (!close && end > begin && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '"'))
			end--;
		ret_fields->field[count].text = begin;
		ret_fields->field[count].length = (size_t)(end - begin);
		count++;
		if (*comma != ',')
			break;
		text = comma + 1;
	}
	ret_fields->count = count;
}

bool at_field_integer(const struct at_fields *fields, unsigned index, int *ret_value)
{
	const char *text;
	size_t length, at = 0;
	int value = 0;

	if (index >= fields->count)
		return false;
	text = fields->field[index].text;
	length = fields->field[index].length;
	if (length > 0 && (text[0] == '-' || text[0] == '+'))
		at = 1;
	if (at == length || length - at > 12)
		return false;
	for (; at < length; at++) {
		if (!isdigit((unsigned char)text[at]) || value > 99999999)
			return false;
		value = value * 10 + (text[at] - '0');
	}
	*ret_value = text[0] == '-' ? -value : value;
	return true;
}

void at_field_string(const struct at_fields *fields, unsigned index, char *out, size_t size)
{
	size_t length = index < fields->count ? fields->field[index].length : 0;

	if (length >= size)
		length = size - 1;
	if (length > 0)
		memcpy(out, fields->field[index].text, length);
	out[length] = '\0';
}

static bool is_hex(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	return true;
}

bool at_string_is_ucs2(const char *text, size_t length)
{
	static const char *const pages[] = {"00", "01", "02", "03", "04", "05", "1E", "1e", "20"};

	if (length < 8 || length % 4 != 0 || !is_hex(text, length))
		return false;
	for (size_t i = 0; i < length; i += 4) {
		bool known = false;

		for (size_t j = 0; j < sizeof(pages) / sizeof(pages[0]) && !known; j++)
			known = memcmp(text + i, pages[j], 2) == 0;
		if (!known)
			return false;
	}
	return true;
}

bool at_ucs2_read(const char *text, size_t length, char *out, size_t size)
{
	struct utf8_out written;
	uint16_t high = 0;

	if (length % 4 != 0 || !is_hex(text, length))
		return false;
	utf8_out_init(&written, out, size);
	for (size_t i = 0; i < length; i += 4) {
		uint8_t unit[2];

		(void)hex_read(text + i, 4, unit, sizeof(unit));
		utf16_read(unit, sizeof(unit), &high, &written);
	}
	utf16_finish(&high, &written);
	return true;
}

void at_string_read(const char *text, size_t length, char *out, size_t size)
{
	struct utf8_out written;

	if (at_string_is_ucs2(text, length)) {
		(void)at_ucs2_read(text, length, out, size);
		return;
	}
	utf8_out_init(&written, out, size);
	for (const char *at = text; at < text + length && *at;)
		utf8_put(&written, utf8_next(&at));
}

unsigned at_words_read(const char *text, size_t length, char out[AT_WORDS_MAX][AT_WORD_MAX])
{
	unsigned count = 0;
	size_t i = 0;

	while (i < length && count < AT_WORDS_MAX) {
		size_t begin, end;

		while (i < length && strchr(" \t(),\"", text[i]))
			i++;
		begin = i;
		while (i < length && !strchr("(),\"", text[i]))
			i++;
		end = i;
		while (end > begin && (text[end - 1] == ' ' || text[end - 1] == '\t'))
			end--;
		if (end == begin || end - begin >= AT_WORD_MAX)
			continue;
		memcpy(out[count], text + begin, end - begin);
		out[count++][end - begin] = '\0';
	}
	return count;
}
