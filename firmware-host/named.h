/* Zones and topics as people name them: by id, by name, by an alias; case, accents' case and surplus blanks aside. */
#ifndef BANDITORE_NAMED_H
#define BANDITORE_NAMED_H

#include "config/settings.h"

/* NULL: the list has no such thing. Pure. */
const struct settings_named *named_find(const struct settings_named *list, int count, const char *text);

/* Equal as people see it: case and blanks at both ends aside. `length` octets of `one`, all of `other`. */
bool named_is_word(const char *one, size_t length, const char *other);

#endif
