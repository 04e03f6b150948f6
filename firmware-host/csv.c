#include "firmware-host/csv.h"

#include <string.h>

static const char bom[] = "\xEF\xBB\xBF";

/* The separator the header has most of outside quotes; ',' when it has none: one column. */
static char separator_find(const char *next, const char *end)
{
	static const char candidates[] = ",;\t";
	size_t counts[sizeof candidates - 1] = {0};
	size_t best = 0;
	bool quoted = false;

	for (; next < end && (quoted || (*next != '\n' && *next != '\r')); next++) {
		if (*next == '"')
			quoted = !quoted;
		for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
			counts[i] += !quoted && *next == candidates[i];
	}
	for (size_t i = 1; i < sizeof counts / sizeof *counts; i++)
		if (counts[i] > counts[best])
			best = i;
	return candidates[best];
}

void csv_open(struct csv *csv, const char *octets, size_t length)
{
	memset(csv, 0, sizeof *csv);
	csv->next = octets;
	csv->end = octets + length;
	csv->next_line = 1;
	if (length >= 3 && memcmp(octets, bom, 3) == 0)
		csv->next += 3;
	csv->separator = separator_find(csv->next, csv->end);
}

/* Passes one line end, CRLF as one. */
static bool line_end_pass(struct csv *csv)
{
	if (csv->next == csv->end || (*csv->next != '\n' && *csv->next != '\r'))
		return false;
	if (*csv->next == '\r' && csv->end - csv->next > 1 && csv->next[1] == '\n')
		csv->next++;
	csv->next++;
	csv->next_line++;
	return true;
}

/* A broken record ends with its first line: a forgotten quote must not swallow the rest of the file. */
static int record_break(struct csv *csv, const char *from, int line, const char *why)
{
	csv->why = why;
	csv->next = from;
	csv->next_line = line;
	while (csv->next < csv->end && *csv->next != '\n' && *csv->next != '\r')
		csv->next++;
	line_end_pass(csv);
	return -1;
}

static const char *octet_keep(struct csv *csv, char octet)
{
	if (octet == '\0')
		return "holds a NUL; save it as CSV UTF-8";
	if (csv->used >= CSV_RECORD_MAX - 1)
		return "too long, or a quote (\") is not closed";
	csv->text[csv->used++] = octet;
	return NULL;
}

static const char *quoted_read(struct csv *csv)
{
	const char *why = NULL;

	csv->next++;
	while (!why) {
		if (csv->next == csv->end)
			return "a quote (\") is not closed";
		if (*csv->next == '"') {
			csv->next++;
			if (csv->next == csv->end || *csv->next != '"')
				break;
			why = octet_keep(csv, *csv->next++);
		} else {
			/* A line end inside is kept as it is, and counted: CRLF as one. */
			bool pair = *csv->next == '\r' && csv->end - csv->next > 1 && csv->next[1] == '\n';
			csv->next_line += !pair && (*csv->next == '\r' || *csv->next == '\n');
			why = octet_keep(csv, *csv->next++);
		}
	}
	if (why)
		return why;
	if (csv->next < csv->end && *csv->next != csv->separator && *csv->next != '\n' && *csv->next != '\r')
		return "something stands behind a closing quote (\")";
	return NULL;
}

static const char *plain_read(struct csv *csv)
{
	const char *why = NULL;

	while (!why && csv->next < csv->end && *csv->next != csv->separator && *csv->next != '\n' && *csv->next != '\r')
		why = octet_keep(csv, *csv->next++);
	return why;
}

/* Well-formed UTF-8 (RFC 3629): no overlong form, no surrogate, nothing beyond U+10FFFF. */
static bool utf8_is_valid(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		unsigned char lead = *at++, low = 0x80, high = 0xBF;
		int more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
		if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4)
			return false;
		if (lead == 0xE0)
			low = 0xA0;
		else if (lead == 0xED)
			high = 0x9F;
		else if (lead == 0xF0)
			low = 0x90;
		else if (lead == 0xF4)
			high = 0x8F;
		for (; more > 0; more--, low = 0x80, high = 0xBF)
			if (*at < low || *at++ > high)
				return false;
	}
	return true;
}

static const char *field_read(struct csv *csv)
{
	if (csv->count == CSV_FIELDS_MAX)
		return "too many fields";
	const char *field = csv->text + csv->used;
	const char *why = csv->next < csv->end && *csv->next == '"' ? quoted_read(csv) : plain_read(csv);
	if (why)
		return why;
	csv->text[csv->used++] = '\0';
	csv->fields[csv->count++] = field;
	return utf8_is_valid(field) ? NULL : "not UTF-8; save it as CSV UTF-8";
}

int csv_read(struct csv *csv)
{
	while (line_end_pass(csv))
		;
	if (csv->next == csv->end)
		return 0;
	const char *from = csv->next;
	csv->line = csv->next_line;
	csv->count = 0;
	csv->used = 0;
	for (;;) {
		const char *why = csv->used >= CSV_RECORD_MAX - 1 ? "too long" : field_read(csv);
		if (why)
			return record_break(csv, from, csv->line, why);
		if (csv->next == csv->end || line_end_pass(csv))
			return 1;
		csv->next++; /* the separator */
	}
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Apostrophes and then what makes a formula. '|' and '%' begin the old DDE forms. */
static bool field_is_risky(const char *field)
{
	field += strspn(field, "'");
	return *field && strchr("=+-@\t\r\n|%", *field);
}

void csv_write(FILE *out, const char *field, bool first)
{
	bool guard = field_is_risky(field);

	if (!first)
		fputc(',', out);
	if (!guard && !field[strcspn(field, ",;\t\"\r\n")] && field[0] != ' ') {
		fputs(field, out);
		return;
	}
	fputc('"', out);
	if (guard)
		fputc('\'', out);
	for (; *field; field++) {
		if (*field == '"')
			fputc('"', out);
		fputc(*field, out);
	}
	fputc('"', out);
}

void csv_write_end(FILE *out)
{
	fputs("\r\n", out);
}

const char *csv_unguard(const char *field)
{
	return field[0] == '\'' && field_is_risky(field) ? field + 1 : field;
}
