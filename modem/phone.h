/* Telephone numbers as people write them, to E.164 (ITU-T E.164; Italian plan: AGCOM del. 8/15/CIR). Pure. */
#ifndef BANDITORE_PHONE_H
#define BANDITORE_PHONE_H

#include <stdbool.h>

enum { PHONE_MAX = 17 }; /* '+', 15 digits, NUL */

/* "333 123 4567", "0039 333-1234567", "+39.333.1234567", "(0564) 977 036" → "+39…" with the country's prefix put before a
 * national number (Italy keeps the leading 0 of landlines). Returns NULL, or why it is refused (a constant string in
 * English): "too short", "too long", "has a letter", … `country` is digits without '+'. */
const char *phone_read(const char *text, const char *country, char out[PHONE_MAX]);

/* Can an SMS be answered to it? False for alphanumeric and short senders. */
bool phone_is_repliable(const char *address);

/* "+39333•••4567": for logs. out has PHONE_MAX + 8 octets (the dots are UTF-8). */
void phone_mask(const char *phone, char *out);

#endif
