#include "modem/gsm7.h"
#include "modem/segment.h"

#include <string.h>

/* What word processors and telephones put into Italian text and GSM-7 has not, in the order of code points. */
static const struct fold {
	uint16_t character;
	const char *to;
} folds[] = {{'\t', " "}, {'`', "'"}, {0xA0, " "}, {0xA9, "(c)"}, {0xAA, "a"}, {0xAB, "\""}, {0xAD, ""}, {0xAE, "(R)"},
	{0xB0, "o"}, {0xB2, "2"}, {0xB3, "3"}, {0xB4, "'"}, {0xB7, "-"}, {0xB9, "1"}, {0xBA, "o"}, {0xBB, "\""},
	{0xBC, "1/4"}, {0xBD, "1/2"}, {0xBE, "3/4"}, {0xC0, "A'"}, {0xC1, "A'"}, {0xC2, "A"}, {0xC3, "A"}, {0xC8, "E'"},
	{0xCA, "E"}, {0xCB, "E"}, {0xCC, "I'"}, {0xCD, "I'"}, {0xCE, "I"}, {0xCF, "I"}, {0xD2, "O'"}, {0xD3, "O'"},
	{0xD4, "O"}, {0xD5, "O"}, {0xD7, "x"}, {0xD9, "U'"}, {0xDA, "U'"}, {0xDB, "U"}, {0xE1, "\u00E0"}, {0xE2, "a"},
	{0xE3, "a"}, {0xE7, "c"}, {0xEA, "e"}, {0xEB, "e"}, {0xED, "\u00EC"}, {0xEE, "i"}, {0xEF, "i"},
	{0xF3, "\u00F2"}, {0xF4, "o"}, {0xF5, "o"}, {0xF7, ":"}, {0xFA, "\u00F9"}, {0xFB, "u"}, {0x152, "OE"},
	{0x153, "oe"}, {0x2BC, "'"}, {0x2000, " "}, {0x2001, " "}, {0x2002, " "}, {0x2003, " "}, {0x2004, " "},
	{0x2005, " "}, {0x2006, " "}, {0x2007, " "}, {0x2008, " "}, {0x2009, " "}, {0x200A, " "}, {0x200B, ""},
	{0x200C, ""}, {0x200D, ""}, {0x200E, ""}, {0x200F, ""}, {0x2010, "-"}, {0x2011, "-"}, {0x2012, "-"},
	{0x2013, "-"}, {0x2014, "-"}, {0x2015, "-"}, {0x2018, "'"}, {0x2019, "'"}, {0x201A, "'"}, {0x201B, "'"},
	{0x201C, "\""}, {0x201D, "\""}, {0x201E, "\""}, {0x201F, "\""}, {0x2020, "+"}, {0x2022, "-"}, {0x2026, "..."},
	{0x2028, "\n"}, {0x2029, "\n"}, {0x202A, ""}, {0x202B, ""}, {0x202C, ""}, {0x202D, ""}, {0x202E, ""},
	{0x202F, " "}, {0x2032, "'"}, {0x2033, "\""}, {0x2039, "'"}, {0x203A, "'"}, {0x2044, "/"}, {0x205F, " "},
	{0x2060, ""}, {0x2116, "n."}, {0x2122, "(TM)"}, {0x2190, "<-"}, {0x2192, "->"}, {0x2212, "-"}, {0x2248, "~"},
	{0x2264, "<="}, {0x2265, ">="}, {0x25CF, "-"}, {0x3000, " "}, {0xFB01, "fi"}, {0xFB02, "fl"}, {0xFEFF, ""}};

/* NULL: it is not folded. */
static const char *fold_find(uint32_t code_point)
{
	size_t low = 0;
	size_t high = sizeof folds / sizeof *folds;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (folds[middle].character == code_point)
			return folds[middle].to;
		if (folds[middle].character < code_point)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The degree sign says three things: "n° 5", "38 °C", and "1° piano", as many write it for º. */
static const char *degree_fold(uint32_t before, uint32_t behind)
{
	if (before == 'n' || before == 'N')
		return ".";
	if (behind == 'C' || behind == 'F')
		return before == ' ' ? "gradi " : " gradi ";
	return "o";
}

int fold_italian(const char *utf8, char *out, size_t size, unsigned *ret_changed)
{
	const char *text = utf8;
	struct utf8_out folded;
	unsigned changed = 0;
	uint32_t before = 0;
	uint32_t code_point;

	if (size == 0)
		return -1;
	utf8_out_init(&folded, out, size);

	while ((code_point = utf8_next_composed(&text)) != 0) {
		uint8_t pair[2];
		const char *behind = text;
		const char *to = fold_find(code_point);

		if (code_point == 0xB0)
			to = degree_fold(before, utf8_next(&behind));
		if (code_point == '\r' && *text == '\n')
			to = "";

		if (to == NULL) {
			utf8_put(&folded, code_point);
		} else {
			utf8_put_string(&folded, to);
			changed++;
		}
		before = code_point;

		if (to == NULL && gsm7_from_code_point(code_point, pair) == 0) {
			/* UCS-2 it will be, with every character its own: folding the others would spare nothing. */
			size_t length = strlen(utf8);
			if (length >= size)
				return -1;
			memcpy(out, utf8, length + 1);
			*ret_changed = 0;
			return (int)length;
		}
	}
	if (folded.full)
		return -1;
	*ret_changed = changed;
	return (int)folded.length;
}
