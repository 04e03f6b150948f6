/* How the first operator comes to be: a code that only who is at the box can read, good once and only as long as there is
 * nobody else. */
#include "firmware-host/console/first_code.h"
#include "db/memo.h"
#include "db/operator.h"
#include "firmware-host/console/console.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char memo_name[] = "console.first_code";

enum { GROUPS = 4, GROUP = 4 }; /* of letters of 5 bits: 80 bits in all */

static void code_make(char code[CONSOLE_CODE_MAX])
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"; /* none that looks like another */
	size_t used = 0;

	for (int i = 0; i < GROUPS * GROUP; i++) {
		if (i > 0 && i % GROUP == 0)
			code[used++] = '-';
		code[used++] = letters[randombytes_uniform(sizeof letters - 1)];
	}
	code[used] = '\0';
}

static int code_keep(struct db *db, const char *code, struct err *err)
{
	if (db_begin(db, err) != 0)
		return -1;
	if (memo_put(db, memo_name, code, err) != 0 || db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	return 0;
}

static int code_read(struct db *db, char code[CONSOLE_CODE_MAX], struct err *err)
{
	char *text = NULL;
	int found = memo_get(db, memo_name, &text, err);

	code[0] = '\0';
	if (found > 0)
		(void)snprintf(code, CONSOLE_CODE_MAX, "%s", text);
	free(text);
	return found < 0 ? -1 : 0;
}

int console_first_code(struct db *db, bool make, char ret_code[CONSOLE_CODE_MAX], struct err *err)
{
	int64_t operators = 0;

	ret_code[0] = '\0';
	if (operator_count(db, &operators, err) != 0)
		return -1;
	if (operators > 0)
		return 0;
	if (code_read(db, ret_code, err) != 0)
		return -1;
	if (ret_code[0] || !make)
		return 0;
	code_make(ret_code);
	return code_keep(db, ret_code, err);
}

int first_code_is_right(struct db *db, const char *typed, struct err *err)
{
	char code[CONSOLE_CODE_MAX], given[CONSOLE_CODE_MAX] = {0};
	int64_t operators = 0;
	size_t used = 0;

	if (operator_count(db, &operators, err) != 0 || code_read(db, code, err) != 0)
		return -1;
	for (; *typed && used + 1 < sizeof given; typed++) {
		char letter = *typed >= 'a' && *typed <= 'z' ? (char)(*typed - 'a' + 'A') : *typed;
		if (letter == ' ' || letter == '-')
			continue;
		if (used % (GROUP + 1) == GROUP)
			given[used++] = '-';
		if (used + 1 < sizeof given)
			given[used++] = letter;
	}
	char padded[CONSOLE_CODE_MAX] = {0};
	memcpy(padded, code, strlen(code));
	return operators == 0 && code[0] && *typed == '\0' && sodium_memcmp(given, padded, sizeof given) == 0;
}

int first_code_used(struct db *db, struct err *err)
{
	return memo_put(db, memo_name, "", err);
}
