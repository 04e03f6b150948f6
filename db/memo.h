/* Small things the box remembers by name, such as how its message templates stand. Writers need a transaction. */
#ifndef BANDITORE_MEMO_H
#define BANDITORE_MEMO_H

#include "db/db.h"

int memo_put(struct db *db, const char *name, const char *text, struct err *err);

/* 1 with *ret_text, to be freed; 0: never put; -1. */
int memo_get(struct db *db, const char *name, char **ret_text, struct err *err);

#endif
