/* A libconfig text, read so that every fault ends as one line "FILE:LINE: what is wrong; what to do".
 *
 * libconfig alone is too forgiving for a box that must not misread its orders: it wraps large numbers around, takes an
 * unterminated comment for the end of the file, and ends the process on an @include it cannot read. So the text is looked
 * over first. For readers of the configuration, the texts and the keypad's sheet. Any thread. */
#ifndef BANDITORE_SOURCE_H
#define BANDITORE_SOURCE_H

#include "config/err.h"

#include <libconfig.h>
#include <stddef.h>

enum {
	SOURCE_SIZE_MAX = 1024 * 1024, /* octets of a file */
	SOURCE_DEPTH_MAX = 16,	       /* brackets within brackets */
};

/* Reads the whole file into *ret_text, NUL-terminated, which the caller frees. Blocks for the file's reading. Fails with
 * EX_CONFIG; the remedy is what the reader may do about a file that is not there. */
int source_load(const char *path, const char *remedy, char **ret_text, size_t *ret_length, struct err *err);

/* Parses the text, which need not end in NUL, into *config, which this initialises; the caller destroys it with
 * config_destroy in any case. `name` is what errors call the file. Fails with EX_CONFIG. */
int source_parse(config_t *config, const char *text, size_t length, const char *name, struct err *err);

/* Fails with EX_CONFIG and "name:line: …". Returns -1. */
int source_fail(struct err *err, const char *name, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The line a setting stands on, from 1. */
int source_line(const config_setting_t *setting);

/* "a string", "a number", … */
const char *source_type(const config_setting_t *setting);

/* How many letters to insert, drop, change or swap to make one word of the other, case left aside. Words over 63 octets
 * are farther than any limit. */
int source_distance(const char *a, const char *b);

#endif
