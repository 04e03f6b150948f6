/* A file with people in it: nobody else may read it, and the last one stays whole until the new one is. */
#ifndef BANDITORE_PRIVATE_FILE_H
#define BANDITORE_PRIVATE_FILE_H

#include "config/err.h"

#include <stdio.h>

/* Has `write` fill the file `name` (NULL or "-": stdout): mode 0600, written beside its final name and synced first. Blocks
 * for the disk. Fails as `write` does, or with EX_CANTCREAT, EX_IOERR; then the old file is as it was. */
int private_file_write(
	const char *name, int (*write)(void *context, FILE *out, struct err *err), void *context, struct err *err);

#endif
