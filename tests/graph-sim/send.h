/* POST /{phone number id}/messages */
#ifndef BANDITORE_GRAPH_SIM_SEND_H
#define BANDITORE_GRAPH_SIM_SEND_H

#include "tests/graph-sim/shape.h"

extern const struct member send_message[], send_read[]; /* send_shapes.c */

/* Checks, counts, keeps, and sets the statuses going. `reply.message` is the number of what was accepted. */
struct reply send_request(struct sim *sim, const json_t *body);

/* Whom a message is for, made up when new; NULL: nobody. */
struct person *send_recipient(struct sim *sim, const json_t *body);

#endif
