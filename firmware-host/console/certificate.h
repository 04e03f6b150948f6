/* The console's certificate and key, in one PEM file.
 *
 * One of its own making: EC P-256, self-signed, valid for this machine's names and addresses as they are when it is made, for
 * two years; renewed in its last 30 days with the same key. It is kept beside the database as "<database>.console.pem", mode
 * 0600. GnuTLS is loaded for the making alone: libmicrohttpd brings it with it. */
#ifndef BANDITORE_CONSOLE_CERTIFICATE_H
#define BANDITORE_CONSOLE_CERTIFICATE_H

#include "config/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CERTIFICATE_PEM_MAX = 64 * 1024, /* octets of a file with certificates and key */
	CERTIFICATE_FINGERPRINT_MAX = 96 /* "AB:CD:…" of SHA-256 */
};

/* Where it is: console.tls where that names a file, else beside the database. False: the path is too long. */
bool certificate_path(const struct settings *settings, char *out, size_t size);

/* The file's text, to be wiped and freed; makes or renews it first where console.tls is "auto". `now`: wall clock. Fails with
 * EX_CONFIG (a given file is absent, others may read it, it holds no certificate and key), EX_UNAVAILABLE (no GnuTLS), EX_IOERR
 * or EX_CANTCREAT. Blocks for the disk. */
int certificate_load(const struct settings *settings, int64_t now, char **ret_pem, struct err *err);

/* SHA-256 of the first certificate of the text, as browsers show it. False: it holds none. */
bool certificate_fingerprint(const char *pem, char out[CERTIFICATE_FINGERPRINT_MAX]);

/* The same of the file; "" when there is none that can be read. Blocks for the disk. */
void certificate_fingerprint_of(const struct settings *settings, char out[CERTIFICATE_FINGERPRINT_MAX]);

#endif
