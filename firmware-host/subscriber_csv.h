/* The subscriber list as CSV: in and out. Columns: phone (must be there), name, channel (whatsapp|sms|auto), zone,
 * topics (a|b), language, consent_at, consent_note; their Italian names are taken too. Zones and topics by id, name or
 * alias. */
#ifndef BANDITORE_SUBSCRIBER_CSV_H
#define BANDITORE_SUBSCRIBER_CSV_H

#include "config/settings.h"
#include "db/db.h"

#include <stdio.h>

enum { SUBSCRIBER_CSV_MAX = 64 * 1024 * 1024 }; /* octets of a file */

struct subscriber_csv_import {
	bool dry_run, skip_bad, rejoin;
	int64_t now;
	const char *clock, *who, *door; /* for the ledger and the audit trail */
	int batch; /* lines a transaction, and as long a pause after it for other writers; 0: all in one */
	void (*bad)(void *context, int line, const char *why);	    /* every bad line, in order; may be NULL */
	void (*progress)(void *context, int64_t done, int64_t all); /* octets; about 100 times; may be NULL */
	void *context;
};

/* What became of the lines, the header not counted. */
struct subscriber_csv_counts {
	int64_t lines, bad, added, updated, unchanged, rejoined;
	int64_t left; /* had left or were erased, and stay so */
};

/* Checks all lines, then writes all in one transaction of its own, or in several where `batch` says so: then a fault of the
 * disk's in the middle leaves the first part written, and the same import again adds the rest. Fails, with nothing changed: EX_DATAERR for a bad
 * header, for bad lines unless skip_bad (the text says how many), for more than SUBSCRIBER_CSV_MAX octets; and as db.h
 * says. *ret is filled either way. Blocks: 20,000 lines take well under a second of the database's write lock. */
int subscriber_csv_import(struct db *db, const struct settings *settings, const char *octets, size_t length,
	const struct subscriber_csv_import *import, struct subscriber_csv_counts *ret, struct err *err);

/* Writes the active subscribers in order of joining. *ret_rows: how many; *ret_left_out: those without a phone, whom
 * this format cannot hold. EX_IOERR when `out` takes no more. */
int subscriber_csv_export(struct db *db, FILE *out, int64_t *ret_rows, int64_t *ret_left_out, struct err *err);

/* The words of the channel column; false when it is none of them. "" is auto. */
bool subscriber_csv_channel(const char *text, int *ret_channel);
const char *subscriber_csv_channel_to_string(int channel);

/* "scuole | Viabilità" to "scuole|viabilita". NULL, or why not, in the caller's `why` of 160 octets. */
const char *subscriber_csv_topics(
	const struct settings *settings, const char *text, char *out, size_t size, char why[160]);

#endif
