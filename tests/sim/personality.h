#ifndef BANDITORE_SIM_PERSONALITY_H
#define BANDITORE_SIM_PERSONALITY_H

#include "tests/sim/sim.h"

/* By name; NULL: no such model. Static. */
const struct personality *personality_find(const char *name);

/* All names, separated by blanks, for the help. */
void personality_names(char *text, size_t size);

#endif
