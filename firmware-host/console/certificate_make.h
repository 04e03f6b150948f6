/* The making of the console's own certificate; certificate.h says what it is. Not for others than certificate.c. */
#ifndef BANDITORE_CONSOLE_CERTIFICATE_MAKE_H
#define BANDITORE_CONSOLE_CERTIFICATE_MAKE_H

#include "config/err.h"

#include <stddef.h>
#include <stdint.h>

enum { CERTIFICATE_YEAR_S = 365 * 24 * 60 * 60 };

/* Key and certificate as PEM into `out`. before: the PEM it follows, whose key it keeps; NULL: a new key.
 * Fails with EX_UNAVAILABLE or EX_SOFTWARE. */
int certificate_make(const char *before, int64_t now, char *out, size_t size, struct err *err);

/* When the first certificate of the text ends, in milliseconds since 1970; 0: it cannot be read. */
int64_t certificate_end(const char *pem);

#endif
