/* One modem as a device: power, plug, registration, SIM. */
#ifndef BANDITORE_SIM_MODEM_H
#define BANDITORE_SIM_MODEM_H

#include "tests/sim/sim.h"

/* A modem with the defaults of its index (name m1…, tty ttyUSB0…, identities of an Italian operator), not yet
 * plugged. */
struct modem *modem_new(struct sim *sim, unsigned index);
void modem_free(struct modem *m);

/* Power-up as seen once everything has settled: the state a modem that runs since long is in. */
void modem_settle(struct modem *m);

/* Loses power and port; the network keeps what it has for it. */
void modem_unplug(struct modem *m);

/* Comes back and boots; tty NULL: under its old name. 0, or -1 with errno. */
int modem_plug(struct modem *m, const char *tty);

/* Resets itself. `vanish`: its port goes until the modem is up again (USB), else it falls silent meanwhile. */
void modem_reboot(struct modem *m, bool vanish);

/* Deaf and dumb until unhung, unplugged or rebooted. A hung modem that comes back has forgotten its dialogue. */
void modem_hang(struct modem *m);
void modem_unhang(struct modem *m);

/* The SIM is unlocked: the ready lines follow, then registration after `attach`. */
void modem_open_sim(struct modem *m);

/* Tells +CREG and its kin where asked for, and takes what the network kept. */
void modem_register(struct modem *m, int registration);

bool modem_is_registered(const struct modem *m);

/* The network can hand it a message now. */
bool modem_is_reachable(const struct modem *m);

/* By name or tty; NULL: none. */
struct modem *modem_find(struct sim *sim, const char *name);

#endif
