/* Commands with their moments, from files and from the control socket:
 *
 *   after MS: COMMAND        MS milliseconds after the start (on the control socket: from now)
 *   after-sends N: COMMAND   when the network has accepted the Nth part and its answer is written
 *   at-part N: COMMAND       at the Ctrl-Z of the Nth submission, before its answer
 *   COMMAND                  at the start
 *
 * N counts over all modems since the start; +N counts from now. '@' as a modem is the one whose part it was. A line
 * that starts with '#' is a comment. */
#ifndef BANDITORE_SIM_SCENARIO_H
#define BANDITORE_SIM_SCENARIO_H

#include "tests/sim/sim.h"

enum { SCENARIO_MAX = 1000 }; /* lines waiting at once */

/* Reads one file. 0, or -1 with "file:line: what is wrong" in `error`. */
int scenario_read(struct sim *sim, const char *path, char *error, size_t size);

/* Sets the clock of `after` and runs what has no moment. 0, or -1: a command failed and stderr says why. */
int scenario_start(struct sim *sim);

/* Whether a line begins with a moment; and one such line from the control socket: 0, or -1: broken, or too many. */
bool scenario_is_timed(const char *line);
int scenario_add(struct sim *sim, const char *line);

void scenario_at_part(struct modem *m);
void scenario_after_sends(struct modem *m);

/* Forgets what has not happened yet. */
void scenario_clear(struct sim *sim);
void scenario_free(struct sim *sim);

#endif
