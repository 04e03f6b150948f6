#include "firmware-host/keypad/print.h"

#include "config/clock.h"
#include "firmware-host/keypad/child.h"
#include "firmware-host/keypad/draft.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	MARGIN = 12, /* mm, of an A4 page 210 by 297 */
	MIDDLE = 107,
	RIGHT = 198,
	FOOT = 291,
	PDF_MS = 30 * 1000,
	LOOK_MS = 20,
	ONE_COLUMN_MAX = 14, /* short codes */
};

/* Sizes are the height of the letters in mm on A4. */
static const double title_size = 6.5, heading_size = 4.4, text_size = 3.7, small_size = 3.2;

struct page {
	FILE *out;
	const struct sheet *sheet;
	const struct settings *settings;
	const struct texts *texts;
	double y;
};

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

static void escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else
			fputc(*text, out);
	}
}

/* most: the width in mm the text may take; one that may be longer is drawn smaller. The width of a letter is that of the
 * widest of the usual fonts. */
static void text_at(const struct page *page, double x, double y, double size, bool bold, double most, const char *text)
{
	double letters = 0, width = bold ? 0.68 : 0.61;

	for (const char *at = text; *at; at++)
		letters += ((unsigned char)*at & 0xC0) != 0x80;
	if (letters * size * width > most)
		size = most / (letters * width);
	fprintf(page->out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.2f\"%s>", x, y, size,
		bold ? " font-weight=\"bold\"" : "");
	escaped(page->out, text);
	fputs("</text>\n", page->out);
}

static void box_at(const struct page *page, double x, double y, double width, double height, const char *fill)
{
	fprintf(page->out,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" stroke=\"black\" "
		"stroke-width=\"0.3\"/>\n",
		x, y, width, height, fill);
}

static const char *word(const struct page *page, enum text_id id)
{
	return texts_get(page->texts, id);
}

static void heading(struct page *page, double x, enum text_id id)
{
	text_at(page, x, page->y, heading_size, true, RIGHT - x, word(page, id));
}

/* A code in its column and what it means. */
static void entry(
	const struct page *page, double x, double y, double indent, double most, const char *code, const char *meaning)
{
	text_at(page, x, y, text_size, true, indent - 1, code);
	text_at(page, x + indent, y, text_size, false, most, meaning);
}

/* ---- the page, from its top -------------------------------------------------------------------------------------- */

static void steps_draw(struct page *page)
{
	static const enum text_id ids[] = {TEXT_SHEET_STEP_CODE, TEXT_SHEET_STEP_READ, TEXT_SHEET_STEP_PIN,
		TEXT_SHEET_STEP_CONFIRM, TEXT_SHEET_STEP_STOP};
	char seconds[16], line[256], numbered[300];
	const struct text_value values[] = {{"seconds", seconds}, {"comune", page->settings->comune.name}};

	(void)snprintf(seconds, sizeof seconds, "%d", page->settings->keypad.stop_window_s);
	(void)texts_fill(page->texts, TEXT_SHEET_TITLE, values, 2, line, sizeof line);
	page->y = 19;
	text_at(page, MARGIN, page->y, title_size, true, RIGHT - MARGIN, line);
	page->y += 9;
	for (int i = 0; i < 5; i++) {
		(void)texts_fill(page->texts, ids[i], values, 2, line, sizeof line);
		(void)snprintf(numbered, sizeof numbered, "%d. %s", i + 1, line);
		text_at(page, i < 3 ? MARGIN : MIDDLE, page->y + 5.5 * (i % 3), heading_size - 0.2, i != 1, 90,
			numbered);
	}
	page->y += 20;
}

static void colours_draw(const struct page *page, double x, double y)
{
	static const struct {
		const char *digit, *fill;
		enum text_id name;
	} rows[] = {
		{"0", "white", TEXT_SHEET_NONE},
		{"2", "#ffd500", TEXT_COLOUR_YELLOW},
		{"3", "#ff8c00", TEXT_COLOUR_ORANGE},
		{"4", "#e00000", TEXT_COLOUR_RED},
		{"1", NULL, TEXT_SHEET_GREEN},
	};

	for (int i = 0; i < 5; i++) {
		text_at(page, x, y, text_size, true, 4, rows[i].digit);
		if (rows[i].fill)
			box_at(page, x + 4, y - 2.9, 4, 3.4, rows[i].fill);
		text_at(page, x + (rows[i].fill ? 10 : 4), y, rows[i].fill ? text_size : small_size, false,
			rows[i].fill ? 22 : 30, word(page, rows[i].name));
		y += 5;
	}
}

static void phases_draw(const struct page *page, double x, double y)
{
	static const enum text_id names[] = {
		TEXT_SHEET_NO_PHASE, TEXT_PHASE_ATTENTION, TEXT_PHASE_PREALARM, TEXT_PHASE_ALARM};
	char digit[2] = "0";

	for (int i = 0; i < 4; i++, y += 5) {
		digit[0] = (char)('0' + i);
		entry(page, x, y, 4, 27, digit, word(page, names[i]));
	}
}

static void lists_draw(const struct page *page, double x, double y)
{
	char digit[2] = "0";

	entry(page, x, y, 4, 34, digit, word(page, TEXT_KEYPAD_EVERYBODY));
	for (int i = 0; i < page->sheet->list_count; i++) {
		const char *name = page->sheet->lists[i];
		for (int z = 0; z < page->settings->zone_count; z++)
			if (strcmp(page->settings->zones[z].id, name) == 0)
				name = page->settings->zones[z].name;
		digit[0] = (char)('1' + i);
		y += 5;
		entry(page, x, y, 4, 34, digit, name);
	}
}

/* Nine boxes, one a digit, and under each group what it may hold. */
static void grammar_draw(struct page *page)
{
	static const struct {
		int digits;
		enum text_id name;
		double x;
	} groups[] = {
		{1, TEXT_SHEET_COLOUR, 12},
		{2, TEXT_SHEET_RISK, 49},
		{1, TEXT_SHEET_PHASE, 73},
		{2, TEXT_SHEET_FROM, 108},
		{2, TEXT_SHEET_UNTIL, 132},
		{1, TEXT_SHEET_LIST, 156},
	};

	heading(page, MARGIN, TEXT_SHEET_WHOLE);
	page->y += 3;
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		for (int digit = 0; digit < groups[i].digits; digit++)
			box_at(page, groups[i].x + 8 * digit, page->y, 8, 9, "white");
		text_at(page, groups[i].x, page->y + 13.5, text_size, true, 22, word(page, groups[i].name));
	}
	double y = page->y + 19;
	colours_draw(page, groups[0].x, y);
	text_at(page, groups[1].x, y, small_size, false, 20, word(page, TEXT_SHEET_SEE_BELOW));
	phases_draw(page, groups[2].x, y);
	text_at(page, groups[3].x, y, small_size, false, 20, word(page, TEXT_SHEET_HOURS_RANGE));
	text_at(page, groups[4].x, y, small_size, false, 20, word(page, TEXT_SHEET_HOURS_RANGE));
	lists_draw(page, groups[5].x, y);
	int lines = page->sheet->list_count + 1 > 5 ? page->sheet->list_count + 1 : 5;
	page->y = y + 5 * lines + 3;
}

/* Above the next heading. */
static void rule_draw(struct page *page)
{
	fprintf(page->out, "<path d=\"M%d %.1fH%d\" stroke=\"black\" stroke-width=\"0.3\"/>\n", MARGIN, page->y - 5.5,
		RIGHT);
}

/* How high a line of the lists below may be so that all find room. */
static double line_height(const struct page *page, int lines)
{
	double room = (FOOT - 10 - page->y - 3 * 14) / lines;

	return room > 5.4 ? 5.4 : room;
}

static void risks_draw(struct page *page, double height)
{
	int half = (page->sheet->hazard_count + 1) / 2;

	rule_draw(page);
	heading(page, MARGIN, TEXT_SHEET_RISKS);
	page->y += 6;
	for (int i = 0; i < page->sheet->hazard_count; i++) {
		const struct sheet_hazard *hazard = &page->sheet->hazards[i];
		entry(page, i < half ? MARGIN : MIDDLE, page->y + height * (i % half), 8, 80, hazard->code,
			hazard->name);
	}
	page->y += height * half + 3;
}

static void short_fill(const struct page *page, const struct sheet_code *code, char *out, size_t size)
{
	static const enum text_id colours[] = {[COLOUR_YELLOW] = TEXT_COLOUR_YELLOW,
		[COLOUR_ORANGE] = TEXT_COLOUR_ORANGE,
		[COLOUR_RED] = TEXT_COLOUR_RED};
	char hours[16], lasting[64];
	const struct text_value values[] = {{"hours", hours}};
	const char *colour = code->colour == COLOUR_NONE ? "" : word(page, colours[code->colour]);

	(void)snprintf(hours, sizeof hours, "%d", code->hours);
	(void)texts_fill(page->texts, TEXT_SHEET_HOURS, values, 1, lasting, sizeof lasting);
	(void)snprintf(out, size, "%s%s%s%s%s, %s%s%s", colour, colour[0] ? " " : "",
		page->sheet->hazards[code->hazard].name, code->phase[0] ? ", " : "",
		order_phase_text(page->texts, code->phase), lasting, code->zone[0] ? ", " : "", code->zone);
}

static int short_columns(const struct page *page)
{
	return page->sheet->code_count > ONE_COLUMN_MAX ? 2 : 1;
}

static void short_codes_draw(struct page *page, double height)
{
	int columns = short_columns(page), lines = (page->sheet->code_count + columns - 1) / columns;
	char meaning[256];

	rule_draw(page);
	heading(page, MARGIN, TEXT_SHEET_SHORT);
	page->y += 6;
	for (int i = 0; i < page->sheet->code_count; i++) {
		const struct sheet_code *code = &page->sheet->codes[i];
		short_fill(page, code, meaning, sizeof meaning);
		double indent = 3 + 2.6 * (double)strlen(code->code);
		entry(page, i < lines ? MARGIN : MIDDLE, page->y + height * (i % lines), indent < 8 ? 8 : indent,
			columns == 1 ? 170 : 78, code->code, meaning);
	}
	page->y += height * lines + 7;
}

static void commands_draw(struct page *page, double height)
{
	static const enum text_id names[SHEET_COMMANDS] = {TEXT_SHEET_CLEAR, TEXT_SHEET_EXERCISE, TEXT_SHEET_STATUS,
		TEXT_SHEET_REPEAT, TEXT_SHEET_LOUDER, TEXT_SHEET_QUIETER};
	int half = SHEET_COMMANDS / 2;

	rule_draw(page);
	heading(page, MARGIN, TEXT_SHEET_COMMANDS);
	page->y += 6;
	for (int i = 0; i < SHEET_COMMANDS; i++)
		entry(page, i < half ? MARGIN : MIDDLE, page->y + height * (i % half), 8, 83, page->sheet->commands[i],
			word(page, names[i]));
}

/* A whole code that really exists, spelt out as the box would read it back. */
static void example_draw(struct page *page)
{
	char code[SHEET_CODE_MAX], text[256], line[400];

	(void)snprintf(code, sizeof code, "3%s11420%d", page->sheet->hazards[0].code, page->sheet->list_count > 0);
	struct sheet_meaning meaning = sheet_find(page->sheet, code);
	const char *zone = word(page, TEXT_KEYPAD_EVERYBODY);
	for (int z = 0; meaning.zone && z < page->settings->zone_count; z++)
		if (strcmp(page->settings->zones[z].id, meaning.zone) == 0)
			zone = page->settings->zones[z].name;
	(void)snprintf(text, sizeof text, "%s, %s, %s, 14-20, %s", word(page, TEXT_COLOUR_ORANGE),
		page->sheet->hazards[0].name, word(page, TEXT_PHASE_ATTENTION), zone);
	const struct text_value values[] = {{"code", code}, {"text", text}};
	(void)texts_fill(page->texts, TEXT_SHEET_EXAMPLE, values, 2, line, sizeof line);
	text_at(page, MARGIN, FOOT - 6, text_size, false, RIGHT - MARGIN, line);
	text_at(page, MARGIN, FOOT, text_size, true, RIGHT - MARGIN, word(page, TEXT_SHEET_KEYS));
}

static void page_draw(struct page *page, bool a5)
{
	int columns = short_columns(page);
	int lines = (page->sheet->hazard_count + 1) / 2 + (page->sheet->code_count + columns - 1) / columns +
		    SHEET_COMMANDS / 2;

	fprintf(page->out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%s\" "
		"height=\"%s\" viewBox=\"0 0 210 297\" font-family=\"DejaVu Sans, Verdana, Arial, sans-serif\" fill=\"black\">\n"
		"<rect width=\"210\" height=\"297\" fill=\"white\"/>\n",
		a5 ? "148mm" : "210mm", a5 ? "210mm" : "297mm");
	steps_draw(page);
	grammar_draw(page);
	page->y += 5;
	double height = line_height(page, lines);
	risks_draw(page, height);
	page->y += 4;
	short_codes_draw(page, height);
	commands_draw(page, height);
	example_draw(page);
	fputs("</svg>\n", page->out);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

int print_svg(const struct sheet *sheet, const struct settings *settings, const struct texts *texts, bool a5,
	const char *path, struct err *err)
{
	struct page page = {.sheet = sheet, .settings = settings, .texts = texts};

	page.out = fopen(path, "we");
	if (!page.out)
		return err_set(err, EX_CANTCREAT, "%s: %s; name another file", path, strerror(errno));
	page_draw(&page, a5);
	bool failed = ferror(page.out) != 0;
	failed = fclose(page.out) != 0 || failed;
	return failed ? err_set(err, EX_IOERR, "%s could not be written; is the disk full?", path) : 0;
}

int print_pdf(const struct sheet *sheet, const struct settings *settings, const struct texts *texts, bool a5,
	const char *path, struct err *err)
{
	const char *const argv[] = {"rsvg-convert", "--format", "pdf", "--output", path, NULL};
	struct page page = {.sheet = sheet, .settings = settings, .texts = texts};
	struct child child = {0};
	char *svg = NULL;
	size_t length = 0;

	page.out = open_memstream(&svg, &length);
	if (!page.out)
		return err_set(err, EX_OSERR, "out of memory");
	page_draw(&page, a5);
	bool started = fclose(page.out) == 0 && child_find(argv[0]) && child_start(&child, argv, svg, length, PDF_MS);
	free(svg);
	if (!started)
		return err_set(err, EX_UNAVAILABLE,
			"rsvg-convert is not there; install the package librsvg2-bin, or use --svg");
	while (child_tick(&child))
		(void)poll(NULL, 0, LOOK_MS);
	if (child.status == 0)
		return 0;
	return err_set(err, EX_CANTCREAT, "%s could not be made by rsvg-convert; is the folder writable?", path);
}
