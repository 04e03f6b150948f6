/* Secrets, each in a file of its own that nobody else may read. Their values are never printed. */
#ifndef BANDITORE_SECRET_H
#define BANDITORE_SECRET_H

#include "config/err.h"

#include <stddef.h>

/* Reads the one word the file holds; white space around it is not part of it. `key` is the option that names the file, as
 * "whatsapp.token_file", for the error. Fails with EX_CONFIG and its remedy: no file named, absent, no plain file, readable
 * by others than its owner (chmod 600), empty, too long, more than one word. The caller wipes `out`. */
int secret_read(const char *path, const char *key, char *out, size_t size, struct err *err);

#endif
