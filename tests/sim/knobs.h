/* What can be set for a modem: `--modem name=m1,latency=200,…` and `set m1 latency=200,…`. */
#ifndef BANDITORE_SIM_KNOBS_H
#define BANDITORE_SIM_KNOBS_H

#include "tests/sim/sim.h"

/* Applies "key=value,key=value". 0, or -1 with what is wrong in `error`; then what stood before it is applied. */
int knobs_set(struct modem *m, const char *list, char *error, size_t size);

/* The table as help: one line for each key. */
void knobs_help(FILE *out);

#endif
