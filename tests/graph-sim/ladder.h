/* accepted → sent → delivered → read, or failed: the statuses of a message. */
#ifndef BANDITORE_GRAPH_SIM_LADDER_H
#define BANDITORE_GRAPH_SIM_LADDER_H

#include "tests/graph-sim/graph.h"

/* Sets the statuses going as settings and `fail` rules say. */
void ladder_start(struct sim *sim, const struct message *message);

/* One failure, `after_ms` from now. */
void ladder_fail(struct sim *sim, const struct message *message, int code, long after_ms);

/* One status now, whatever came before. `code` only for STATUS_FAILED; `details` NULL: the code's title. */
void ladder_tell(struct sim *sim, struct message *message, enum status status, int code, const char *details);

/* What was held goes on its way, or fails with 132015. How many. */
unsigned ladder_release(struct sim *sim, bool drop);

#endif
