/* What goes wrong on purpose. */
#ifndef BANDITORE_SIM_FAULTS_H
#define BANDITORE_SIM_FAULTS_H

#include "tests/sim/dialogue.h"
#include "tests/sim/sim.h"

/* Whether an error rule refuses this: `command` "+CMGD" and so on with `to` NULL, or NULL for a submission to `to`
 * (at its prompt, where in PDU mode the recipient is not known yet and `to` is "", or after Ctrl-Z). Counts the rule
 * down. */
bool faults_refuse(struct modem *m, const char *command, const char *to, bool at_prompt, struct answer *ret);

/* A new rule; false: no room. */
bool faults_add(struct modem *m, const struct error_rule *rule);

/* All faults off; what is hung stays hung, see modem_unhang. */
void faults_clear(struct modem *m);

#endif
