/* What a single value of the configuration may look like. Pure functions; any thread; none blocks but
 * value_is_timezone, which looks a name up on the disk. */
#ifndef BANDITORE_VALUE_H
#define BANDITORE_VALUE_H

#include "config/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* Well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong). *ret_at, if given, is the first bad octet's offset. */
bool value_is_utf8(const char *text, size_t length, size_t *ret_at);

bool value_is_given(const char *value);		  /* holds something beside blanks */
bool value_is_id(const char *value);		  /* ASCII letters, digits, '-' and '_', the first no sign */
bool value_is_second_language(const char *value); /* an ISO 639 code in small letters, not "it"; or empty */
bool value_is_country(const char *value);	  /* an E.164 country code: 1 to 3 digits, the first not 0 */
bool value_is_phone(const char *value);		  /* E.164 with its '+', 7 to 15 digits; or empty */
bool value_is_digits(const char *value);	  /* digits only; or empty */
bool value_is_pin(const char *value);		  /* 4 to 8 digits, TS 31.101 clause 9.3; or empty */
bool value_is_imei(const char *value);		  /* 15 digits, TS 23.003 clause 6.2; or empty */
bool value_is_port(const char *value);		  /* "auto" or an absolute path or pattern */
bool value_is_host_port(const char *value);	  /* HOST:PORT, an IPv6 address in brackets */
bool value_is_listener(const char *value);	  /* the same, or empty */
bool value_is_url(const char *value);		  /* http:// or https://, no blanks; or empty */
bool value_is_template(const char *value);	  /* a WhatsApp template's name: a-z, 0-9 and '_' */
bool value_is_language(const char *value);	  /* "it" or "en_US" */
bool value_is_currency(const char *value);	  /* the form of ISO 4217: three capital letters */
bool value_is_opening(const char *value);	  /* "mon-fri 09:00-12:00 15:00-17:00, sat 09:00-12:00"; or empty */
bool value_is_date(const char *value);		  /* "2026-12-24", a day there is, from 1970 on; or empty */

/* A name of the time zone database. Where that is not installed any well-formed name is taken. */
bool value_is_timezone(const char *value);

/* "HH:MM-HH:MM", or "" for none (both ends 0). *ret_hours is untouched on failure. */
bool value_to_hours(const char *value, struct settings_hours *ret_hours);

/* Opening hours as ranges, in the order written; at most `max` are put into *ret (NULL with 0: only counted). Returns their
 * number, 0 for "", or -1 when malformed. A setting holds at most VALUE_OPENINGS_MAX. */
enum { VALUE_OPENINGS_MAX = SETTINGS_STRING_MAX / 12 + 1 };
struct value_opening {
	int first_day, last_day; /* 0 Monday to 6 */
	struct settings_hours hours;
};
int value_to_opening(const char *value, struct value_opening *ret, int max);

/* A date's number of days since 1970-01-01, or -1 when it is none. */
int32_t value_to_day(const char *value);

/* A name as an id: "Viabilità" gives "viabilita", "Lavori pubblici" "lavori-pubblici"; cut to fit. id may become empty. */
void value_to_id(const char *name, char *id, size_t size);

#endif
