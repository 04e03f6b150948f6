/* CSV as spreadsheets write it (RFC 4180, plus what they add). Pure: no I/O but the writer's stream. Any thread.
 *
 * Read: UTF-8 with or without BOM; ',' ';' or TAB between fields, whichever the first line has most of; CRLF, LF or CR;
 * quoted fields may hold separators, "" and line ends. Blank lines are no records. The octets stay the caller's and
 * must outlive the reader. */
#ifndef BANDITORE_CSV_H
#define BANDITORE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
	CSV_FIELDS_MAX = 64,	/* of one record */
	CSV_RECORD_MAX = 16384, /* octets of one record's fields with their NULs */
};

struct csv {
	const char *next, *end;
	char separator;
	int next_line;			    /* 1-based */
	int line;			    /* where the record last read begins */
	int count;			    /* its fields */
	const char *fields[CSV_FIELDS_MAX]; /* without quotes, NUL-terminated, in `text`; valid until the next read */
	const char *why;		    /* csv_read returned -1: the reason, a constant string */
	size_t used;
	char text[CSV_RECORD_MAX];
};

void csv_open(struct csv *csv, const char *octets, size_t length);

/* The next record: 1 it is in `fields`; 0 no more; -1 it is broken (why), and the next read goes on behind it: a quote
 * never closed, octets behind a closing quote, NUL, not UTF-8, too many fields, too long. */
int csv_read(struct csv *csv);

/* Writes one field and what comes before it (a separator unless `first`), quoted where needed. A text a spreadsheet
 * would take for a formula (first character = + - @ TAB CR LF | %) gets an apostrophe before it, and so does one of
 * apostrophes before such a character, so that csv_unguard gives back exactly what was written. */
void csv_write(FILE *out, const char *field, bool first);
void csv_write_end(FILE *out); /* CRLF, as RFC 4180 wants it */

/* The field without the apostrophe csv_write put there: a pointer into it. Other apostrophes stay. */
const char *csv_unguard(const char *field);

#endif
