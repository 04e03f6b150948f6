/* A file of commands with their moments:
 *
 *   after MS: COMMAND        MS milliseconds after the start
 *   after-sends N: COMMAND   when the network has accepted the Nth part and its answer is written
 *   at-part N: COMMAND       at the Ctrl-Z of the Nth submission, before its answer
 *   COMMAND                  at the start
 *
 * N counts over all modems. '@' as a modem is the one whose part it was. '#' starts a comment. */
#ifndef BANDITORE_SIM_SCENARIO_H
#define BANDITORE_SIM_SCENARIO_H

#include "tests/sim/sim.h"

enum { SCENARIO_MAX = 1000 }; /* lines of all files together */

/* Reads one file. 0, or -1 with "file:line: what is wrong" in `error`. */
int scenario_read(struct sim *sim, const char *path, char *error, size_t size);

/* Sets the clock of `after` and runs what has no moment. 0, or -1 with the first command's error. */
int scenario_start(struct sim *sim, char *error, size_t size);

void scenario_at_part(struct modem *m);
void scenario_after_sends(struct modem *m);
void scenario_free(struct sim *sim);

#endif
