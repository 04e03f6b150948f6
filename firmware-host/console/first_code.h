/* The one-time code of console_first_code, judged. */
#ifndef BANDITORE_CONSOLE_FIRST_CODE_H
#define BANDITORE_CONSOLE_FIRST_CODE_H

#include "db/db.h"

/* Is it what was typed (case, blanks and dashes aside), and is there no operator? 1, 0, -1. */
int first_code_is_right(struct db *db, const char *typed, struct err *err);

/* From here on it is good no more. Needs a transaction. */
int first_code_used(struct db *db, struct err *err);

#endif
