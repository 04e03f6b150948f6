/* What a request or an answer holds, said once: by it a body is checked, and the API described.
 *
 *	"phone!: phone, zones: words, colour: yellow|orange|red, exercise: flag"
 *
 * Fields are parted by commas, each a name, '!' where it must be there, ':' and a type; a '?' behind the type: or null. Types:
 * text (up to FIELDS_TEXT_MAX octets), word (up to FIELDS_WORD_MAX), secret (a word never shown), time (a word when_read
 * takes), date (a word, 2026-12-24), flag, count (a whole number from 0), number, words (a list of at most FIELDS_LIST_MAX),
 * list, object, or words parted by '|' of which it is one. Pure; any thread. */
#ifndef BANDITORE_CONSOLE_FIELDS_H
#define BANDITORE_CONSOLE_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { FIELDS_TEXT_MAX = 4000, FIELDS_WORD_MAX = 255, FIELDS_LIST_MAX = 128, FIELDS_WHY_MAX = 160, FIELD_MAX = 256 };

struct field {
	char name[32], type[FIELD_MAX];
	bool must, nullable;
};

/* The next field; *at goes behind it. False: no more. */
bool field_next(const char **at, struct field *ret);

/* Does the object hold nothing but these, each as it should be? `why`: what is wrong with it, in English. */
bool fields_check(const char *fields, const json_t *object, char why[FIELDS_WHY_MAX]);

/* The same for one name and value of a query. */
bool fields_check_query(const char *fields, const char *name, const char *value, char why[FIELDS_WHY_MAX]);

json_t *fields_schema(const char *fields, bool closed); /* JSON Schema of the object; closed: nothing else is allowed */
json_t *field_schema(const struct field *field);	/* of one field */

#endif
