/* A PIN or a password, asked of whoever is there: twice on a terminal, which does not show it; else the first line of stdin. */
#ifndef BANDITORE_ASK_SECRET_H
#define BANDITORE_ASK_SECRET_H

#include "config/err.h"

#include <stddef.h>

/* `what` is what it is called, "PIN". Blocks for the person. Fails with EX_DATAERR: nothing came, two that differ, longer than
 * size - 1. The caller wipes `out`, also after a failure. */
int ask_secret(const char *what, char *out, size_t size, struct err *err);

#endif
