/* What the platform has accepted, and the figures. */
#ifndef BANDITORE_GRAPH_SIM_JOURNAL_H
#define BANDITORE_GRAPH_SIM_JOURNAL_H

#include "tests/graph-sim/graph.h"

/* `log_path` NULL: none. 0, or -1 with errno. */
int journal_init(struct journal *journal, const char *log_path);
void journal_finish(struct journal *journal);

/* Numbers and keeps a message, and writes its line to the log. The pointer is good until the next. */
struct message *journal_add(struct sim *sim, const struct message *message);

/* NULL: not kept. */
struct message *journal_message(struct journal *journal, uint32_t number);

/* Appends the line of JSON of `sent` and of the log, with newline. */
void journal_line(const struct message *message, struct bytes *out);

/* Counts a refusal of this code. */
void journal_refused(struct journal *journal, int code);

json_t *journal_stats(const struct sim *sim); /* a new reference */

/* For each person: {"to","user_id","messages","copies","delivered","failed"}; a line each. */
void journal_recipients(const struct sim *sim, struct bytes *out);

void journal_mark(struct journal *journal);  /* figures start anew, messages stay */
void journal_clear(struct journal *journal); /* forgets the messages; numbers go on */

const char *status_name(enum status status);

#endif
