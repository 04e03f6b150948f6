/* A modem's serial port: the master side of a pseudo-terminal and the symbolic link that stands for /dev/ttyUSBn. */
#ifndef BANDITORE_SIM_PORT_H
#define BANDITORE_SIM_PORT_H

#include "tests/sim/sim.h"

/* Opens a pseudo-terminal, raw, and points DIR/<m->tty> to it. Returns 0, or -1 with errno. */
int port_open(struct modem *m);

/* Unplugs: whoever has the port open reads end of file. The link goes. */
void port_close(struct modem *m);

/* What epoll told of the master: reads all there is into the dialogue. */
void port_ready(struct modem *m, uint32_t events);

/* Queues octets for the other side; nothing when unplugged, hung or already cut. */
void port_put(struct modem *m, const void *data, size_t length);

/* Writes as much as the other side takes. Octets for a port that nobody has open are lost, as on a real line. */
void port_flush(struct modem *m);

#endif
