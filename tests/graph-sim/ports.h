/* The listening sockets, plain and TLS, and what becomes of connections while the link is down. */
#ifndef BANDITORE_GRAPH_SIM_PORTS_H
#define BANDITORE_GRAPH_SIM_PORTS_H

#include "tests/graph-sim/graph.h"

/* Listens on 127.0.0.1; number 0: any. 0, or -1 with errno. */
int port_open(struct sim *sim, struct port *port, int number);
void port_close(struct port *port);
void port_accept(struct sim *sim, struct port *port);

/* refuse: connections are reset and new ones refused; reset: new ones are taken and reset; blackhole: octets and SYNs
 * vanish. What was sent into a black hole never arrives: those connections are cut when the link comes up. */
void link_set(struct sim *sim, enum link_state state, bool api, bool hooks);

/* Resets every connection. */
void connections_cut(struct sim *sim);

#endif
