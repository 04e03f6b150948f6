/* The keypad's sheet: what each code means, and the hazards and message templates that every door shares. Read from
 * keypad.cfg, whose comments are its manual; what no file gives is built in. Immutable once read; any thread. */
#ifndef BANDITORE_SHEET_H
#define BANDITORE_SHEET_H

#include "config/settings.h"
#include "config/texts.h"
#include "db/message.h"

enum {
	SHEET_HAZARDS_MAX = 99,
	SHEET_CODES_MAX = 64,
	SHEET_TEMPLATES_MAX = 32,
	SHEET_NAME_MAX = 32, /* octets of a template's name, with the NUL */
	SHEET_LISTS_MAX = 9,
	SHEET_CODE_MAX = 16,	/* octets of what may be typed before ENTER, with the NUL */
	SHEET_WHOLE_DIGITS = 9, /* colour, risk (2), phase, from (2), until (2), list */
	SHEET_TEXT_MAX = 256,
	SHEET_HOURS_MAX = 72,
};

/* The commands, in the order of their names in the file. */
enum sheet_act {
	SHEET_CLEAR,	/* the all-clear of the last alert */
	SHEET_EXERCISE, /* alone: what comes next is an exercise */
	SHEET_STATUS,
	SHEET_REPEAT,
	SHEET_LOUDER,
	SHEET_QUIETER,
	SHEET_COMMANDS, /* how many of these */
	SHEET_ALERT = SHEET_COMMANDS,
	SHEET_NONE, /* there is no such code */
};

struct sheet_hazard {
	char code[3];
	char name[64];
	char instruction[SHEET_TEXT_MAX], brief[SHEET_TEXT_MAX];
};

/* What follows the headline of an alert or an all-clear, with the places draft_words_fill knows (keypad/draft.h). */
struct sheet_template {
	char name[SHEET_NAME_MAX];
	enum message_kind kind;				  /* MESSAGE_ALERT, MESSAGE_CLEAR */
	char text[SHEET_TEXT_MAX], brief[SHEET_TEXT_MAX]; /* brief "": there is no shorter one */
};

struct sheet_code {
	char code[8];
	int32_t hazard, template; /* indexes */
	enum message_colour colour;
	char phase[16];		    /* "": none */
	char zone[SETTINGS_ID_MAX]; /* "": everybody */
	int32_t hours;
	char text[SHEET_TEXT_MAX]; /* "": the hazard's instruction */
};

/* The comune's second language: its texts, and a sheet with templates and hazards alone. */
struct sheet_second {
	struct texts *texts;
	struct sheet *sheet;
};

struct sheet {
	char commands[SHEET_COMMANDS][4];
	char lists[SHEET_LISTS_MAX][SETTINGS_ID_MAX]; /* zones of digits 1 to 9 */
	int32_t list_count;
	struct sheet_template templates[SHEET_TEMPLATES_MAX];
	int32_t template_count;
	char contact[SHEET_TEXT_MAX];
	struct sheet_hazard hazards[SHEET_HAZARDS_MAX];
	int32_t hazard_count;
	struct sheet_code codes[SHEET_CODES_MAX];
	int32_t code_count;
	struct sheet_second *second; /* NULL: none */
};

/* What a code means. Pointers lead into the sheet or to constants. */
struct sheet_meaning {
	enum sheet_act act;
	bool exercise; /* ALERT: the exercise's code stood before it */
	const struct sheet_hazard *hazard;
	const struct sheet_template *template;
	enum message_colour colour;
	const char *phase, *zone, *text; /* NULL: none, everybody, the hazard's own */
	int from_hour, until_hour;	 /* 0 to 24, of a whole code; -1: from now on */
	int hours;			 /* from now on; 0: see above */
};

/* path absent while `required` is false: the built-in sheet. Fails with EX_CONFIG, file, line and remedy: an unknown key, a
 * wrong type, a code given twice or one that could be taken for another, a hazard or zone that is not there, a text too long
 * or with a placeholder it may not hold. With comune.second_language also texts.XX.cfg and keypad.XX.cfg are read, which must
 * stand beside the Italian files. Blocks for the files' reading. The caller frees with sheet_free. */
int sheet_read(
	const char *path, bool required, const struct settings *settings, struct sheet **ret_sheet, struct err *err);
int sheet_read_string(const char *text, size_t length, const char *path, const struct settings *settings,
	struct sheet **ret_sheet, struct err *err);

/* Only templates, hazards and contact, as a second language has them. */
int sheet_read_words(const char *text, size_t length, const char *path, const struct settings *settings,
	struct sheet **ret_sheet, struct err *err);
void sheet_free(struct sheet *sheet); /* NULL is allowed */

/* What is typed, without ENTER. Pure. */
struct sheet_meaning sheet_find(const struct sheet *sheet, const char *code);

/* By name, case aside; name NULL: the first of the kind, which an alert always has. NULL: there is none. Pure. */
const struct sheet_template *sheet_template(const struct sheet *sheet, enum message_kind kind, const char *name);

/* By its code, by its name (case aside), or as the only one whose name begins with these words. NULL: there is none. Pure. */
const struct sheet_hazard *sheet_hazard(const struct sheet *sheet, const char *name);

/* When a meaning begins and ends, in the process's time zone: until is the next such hour, from the last such hour before
 * it, which may have passed. A short code: now, and the full hour at or after its hours. */
void sheet_times(const struct sheet_meaning *meaning, int64_t now, int64_t *ret_from, int64_t *ret_until);

#endif
