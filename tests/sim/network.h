/* The network and its SMSC behind every modem: it takes submissions, keeps and hands out messages and delivery
 * reports. */
#ifndef BANDITORE_SIM_NETWORK_H
#define BANDITORE_SIM_NETWORK_H

#include "tests/sim/sim.h"

/* A TPDU the modem has found well formed. The answer follows after the latency, by dialogue_finish. `slot`: where
 * AT+CMSS took it from, -1: none. */
void network_submit(struct modem *m, const uint8_t *tpdu, size_t length, const struct sim_submit *submit, int slot);

/* A message or delivery report for this modem, hexadecimal with SMSC field: handed over, or kept until it can be. */
void network_offer(struct modem *m, const char *hex);

/* Hands over what is kept, oldest first, as far as the modem takes it. */
void network_retry(struct modem *m);
void network_forget(struct modem *m);

/* AT+CNMA: takes (or refuses) the direct delivery at hand. False: none is waiting. */
bool network_acknowledge(struct modem *m, bool taken);

#endif
