/* The control socket DIR/control: lines of commands in, data lines out, each answer closed by "ok" or "error: …". */
#ifndef BANDITORE_GRAPH_SIM_CONTROL_H
#define BANDITORE_GRAPH_SIM_CONTROL_H

#include "tests/graph-sim/graph.h"

/* Listens. 0, or -1 with errno; EADDRINUSE: another simulator lives in this directory. */
int control_open(struct sim *sim);
void control_close(struct sim *sim); /* with all clients */

void control_accept(struct sim *sim);
void client_ready(struct client *client, uint32_t events);

/* Once each turn: answers those whose `wait` is over, sends on. */
void clients_turn(struct sim *sim);

/* The client of the command line: sends one command, prints its data lines. The exit status: 0 ok, 1 refused (the
 * reason on stderr), 2 no simulator there. */
int control_client(const char *dir, int count, char **words);

#endif
