#include "firmware-host/shown.h"

#include "modem/utf.h"

bool shown_is_unsafe(uint32_t code_point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1F}, {0x7F, 0x9F}, {0xAD, 0xAD}, /* soft hyphen */
		{0x61C, 0x61C},				  /* Arabic letter mark */
		{0x180E, 0x180E},			  /* Mongolian vowel separator */
		{0x200B, 0x200B}, /* zero width space; the joiners behind it are letters' and emoji's */
		{0x200E, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB},
		{0xE0000, 0xE001F}, /* tags; those behind spell the flags of Scotland and Wales */
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (code_point >= ranges[i].first && code_point <= ranges[i].last)
			return true;
	return false;
}

/* The next character as it may be shown; 0 at the end. CR before LF is part of it, a TAB is a blank. */
static uint32_t next_shown(const char **text)
{
	if ((*text)[0] == '\r' && (*text)[1] == '\n')
		++*text;
	uint32_t code_point = utf8_next(text);
	if (code_point == 0 || code_point == '\n')
		return code_point;
	if (code_point == '\t')
		return ' ';
	return shown_is_unsafe(code_point) ? UTF_REPLACEMENT : code_point;
}

static void put(FILE *out, uint32_t code_point)
{
	char octets[8];
	struct utf8_out one;

	utf8_out_init(&one, octets, sizeof octets);
	utf8_put(&one, code_point);
	fputs(octets, out);
}

void shown_line(FILE *out, const char *text, int columns)
{
	uint32_t next;

	for (int column = 1; (next = next_shown(&text)) != 0; column++) {
		if (columns > 0 && column == columns && *text != '\0') {
			put(out, 0x2026);
			return;
		}
		put(out, next == '\n' ? ' ' : next);
	}
}

void shown_block(FILE *out, const char *text, const char *indent)
{
	uint32_t next;

	fputs(indent, out);
	while ((next = next_shown(&text)) != 0) {
		put(out, next);
		if (next == '\n')
			fputs(indent, out);
	}
	fputc('\n', out);
}

const char *shown_text(const char *text, char *out, size_t size)
{
	struct utf8_out to;
	uint32_t next;

	utf8_out_init(&to, out, size);
	while ((next = next_shown(&text)) != 0)
		utf8_put(&to, next);
	return out;
}
