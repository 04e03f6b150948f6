/* Incoming calls. */
#ifndef BANDITORE_SIM_CALLS_H
#define BANDITORE_SIM_CALLS_H

#include "tests/sim/sim.h"

/* Rings `rings` times, the first at once. False: busy, or out of reach. `from` "": withheld. */
bool call_offer(struct modem *m, const char *from, int rings);

#endif
