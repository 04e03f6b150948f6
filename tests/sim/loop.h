/* The life of the simulator. */
#ifndef BANDITORE_SIM_LOOP_H
#define BANDITORE_SIM_LOOP_H

#include "tests/sim/sim.h"

enum { LOOP_OPTIONS_MAX = 64 };

struct loop_options {
	const char *dir;
	const char *modems[SIM_MODEMS_MAX]; /* lists of knobs */
	unsigned modem_count;
	const char *scenarios[LOOP_OPTIONS_MAX];
	unsigned scenario_count;
	const char *log; /* NULL: none */
};

/* Plugs the modems, prints "ready DIR" on stdout and serves until `quit`, SIGINT or SIGTERM; leaves nothing behind.
 * Returns the exit status; what is wrong is on stderr. */
int loop_run(const struct loop_options *options);

#endif
