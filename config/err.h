/* The one error convention.
 *
 * A function that can fail for a reason a person must read returns 0, or -1 with `err` filled: the sysexits(3) status
 * the command line ends with, and one line that says what is wrong and what to do. Libraries fill it, programs print it.
 * A function that can fail in one way only returns bool, or a negative count, and says so in its header. */
#ifndef BANDITORE_ERR_H
#define BANDITORE_ERR_H

#include <sysexits.h>

enum { ERR_TEXT_MAX = 512 };

#define EX_REFUSED 1 /* interface: any other refusal */

struct err {
	int status; /* sysexits(3): EX_USAGE 64, EX_DATAERR 65, EX_UNAVAILABLE 69, EX_TEMPFAIL 75, EX_CONFIG 78 */
	char text[ERR_TEXT_MAX]; /* one line, no newline; cut, never overrun */
};

/* err_set(err, status, format, …) fills *err and is -1, so that `return err_set(err, EX_DATAERR, "…")` reads as one act.
 * err_prefix(err, format, …) puts "prefix: " before the text already in *err and is -1. err may not be NULL. Macros, so
 * that compiler and analyser see the -1. */
#define err_set(...)	(err_write(__VA_ARGS__), err_failed())
#define err_prefix(...) (err_write_before(__VA_ARGS__), err_failed())

void err_write(struct err *err, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
void err_write_before(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline int err_failed(void)
{
	return -1;
}

#endif
