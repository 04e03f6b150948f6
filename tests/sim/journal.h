/* What the network has accepted, and the figures. */
#ifndef BANDITORE_SIM_JOURNAL_H
#define BANDITORE_SIM_JOURNAL_H

#include "tests/sim/sim.h"

#include <jansson.h>

enum { JOURNAL_MAX = 200000 }; /* parts kept; the oldest half goes beyond that */

/* `log_path` NULL: none. 0, or -1 with errno. */
int journal_init(struct journal *journal, const char *log_path);
void journal_finish(struct journal *journal);

/* Keeps and logs the part in m->flight; returns its number. */
uint32_t journal_add(struct modem *m, const struct flight *flight, uint8_t reference);

/* NULL: not kept (any more). */
const struct part *journal_part(const struct journal *journal, uint32_t number);

/* The number of the first part kept. */
uint32_t journal_first(const struct journal *journal);

/* One line of JSON, without newline, into `line`; returns its length. */
size_t journal_line(const struct sim *sim, const struct part *part, char *line, size_t size);

/* The figures since the mark; a new reference. */
json_t *journal_stats(const struct sim *sim);

/* For each recipient among the kept parts: {"to","parts","copies"}: how many parts, and how often the most repeated
 * of them. Adds one line each to `out`. */
void journal_recipients(const struct sim *sim, struct bytes *out);

/* Figures start anew, the parts stay. */
void journal_mark(struct sim *sim);

/* Forgets the parts. Numbers go on, as the log does. */
void journal_clear(struct journal *journal);

#endif
