/* The one table of options: each key's type, unit, range, default, example and help, and where its value lives.
 *
 * Checking, printing, the commented example and the manual are walks over this table; a new setting is a field in
 * settings.h and a row here. Internal to config/. Pure; any thread. */
#ifndef BANDITORE_OPTIONS_H
#define BANDITORE_OPTIONS_H

#include "config/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OPTION_KEY_MAX = 64, OPTION_FORM_MAX = 160, OPTION_WHY_MAX = 320 };

enum option_type {
	OPTION_STRING,
	OPTION_PATH,  /* a string; a relative one is resolved against the configuration file's directory */
	OPTION_WORD,  /* an enum, in the order of its words */
	OPTION_HOURS, /* struct settings_hours */
	OPTION_INT,   /* int32_t */
	OPTION_MONEY, /* int32_t: hundred-thousandths (1e-5) of the currency, written as a decimal number */
	OPTION_BOOL,
	OPTION_LIST /* of groups, each an item of an array */
};

enum option_flag {
	OPTION_REQUIRED = 1,	/* has no default */
	OPTION_SECRET = 2,	/* never shown */
	OPTION_UNIQUE = 4,	/* no two items of a list may have the same */
	OPTION_MADE_UP = 8,	/* left out, the list's complete() makes one up */
	OPTION_WHEN_GIVEN = 16, /* printed as a comment unless the file gave it: see given_offset */
};

struct option_list;

struct option {
	const char *key; /* with the groups it is in: "whatsapp.templates.alert"; in a list, as seen from the item */
	enum option_type type;
	unsigned flags;	     /* enum option_flag */
	size_t offset;	     /* in struct settings, or in the list's item */
	size_t size;	     /* octets there; of a string with its NUL */
	const char *initial; /* the default as a person writes it, without quotes */
	const char *example; /* for the example where that is not the default; NULL: the default, commented out */
	const char *help;    /* one line */
	const char *unit;    /* "seconds"; NULL: none */
	const char *words;   /* the only values: "two-way|one-way"; of a PATH: those which are no path; NULL: any */
	int32_t min, max;    /* INT; MONEY: of the currency, which is 0 to 20,000 */
	bool (*check)(const char *value); /* strings only; NULL: any */
	const char *form;		  /* what `check` wants */
	size_t given_offset; /* of a bool in struct settings, set where the file names another value than the default */
	const struct option_list *list; /* LIST only */
};

struct option_list {
	const struct option *options; /* of each item; the first two are what `initial` gives */
	size_t option_count;
	size_t item_size, count_offset;	 /* octets; of an int32_t in struct settings */
	int32_t max;			 /* items */
	bool small;			 /* an item is printed on one line */
	bool example_live;		 /* the example shows its item in force rather than commented out */
	const char *const (*initial)[2]; /* the default items' first two options, ended by NULL; NULL: none */
	/* Fills what the file left out of item number `index` (from 0) from what it gave. */
	void (*complete)(void *item, int32_t index);
	/* What no single option shows; on failure false, with the reason and remedy in why. NULL: nothing. */
	bool (*check)(const void *item, char why[OPTION_WHY_MAX]);
};

extern const struct option options_table[];
extern const size_t options_count;

/* The field of *base that holds the option's value. */
void *option_field(const struct option *option, void *base);
const void *option_field_const(const struct option *option, const void *base);

/* Puts the value, as a person writes it, into *base. Relative paths are put behind `directory` (NULL: left). On failure
 * returns false with the reason and the remedy in why, and leaves *base. A secret never appears in why. */
bool option_put(
	const struct option *option, void *base, const char *value, const char *directory, char why[OPTION_WHY_MAX]);
bool option_put_number(
	const struct option *option, void *base, double number, char why[OPTION_WHY_MAX]); /* INT, MONEY */

/* Fills *base with the defaults of `count` options. False, with why, only for a directory too long. */
bool options_put_initial(
	const struct option *options, size_t count, void *base, const char *directory, char why[OPTION_WHY_MAX]);

/* What a value may be: "0 to 3600 seconds", "\"never\", \"sms-only\" or \"fallback\"", "a path". */
void option_describe(const struct option *option, char *out, size_t size);

/* The known key nearest to a misspelt one of the same group (prefix "" or "alert."), or NULL. *ret_elsewhere tells that
 * it belongs to another group. The result lives in out. */
const char *options_nearest(const struct option *options, size_t count, const char *prefix, const char *name,
	char out[OPTION_KEY_MAX], bool *ret_elsewhere);

#endif
