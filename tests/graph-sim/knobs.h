/* The settings: one table, for --set and for `set`. */
#ifndef BANDITORE_GRAPH_SIM_KNOBS_H
#define BANDITORE_GRAPH_SIM_KNOBS_H

#include "tests/graph-sim/graph.h"

#include <stdio.h>

void knobs_defaults(struct knobs *knobs);

/* KEY=VALUE. 0, or -1 with what is wrong in `error`. */
int knobs_set(struct knobs *knobs, const char *assignment, char *error, size_t size);

void knobs_help(FILE *out);
json_t *knobs_json(const struct knobs *knobs); /* secrets left out; a new reference */

#endif
