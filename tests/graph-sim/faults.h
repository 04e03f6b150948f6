/* Faults on demand: the rules of `error`, `fail`, `hold`, `slow`, `hangup`, `no-answer` and `redirect`. */
#ifndef BANDITORE_GRAPH_SIM_FAULTS_H
#define BANDITORE_GRAPH_SIM_FAULTS_H

#include "tests/graph-sim/graph.h"

/* Adds a rule; one of the same kind, prefix and place gives way. False: too many. */
bool fault_add(struct faults *faults, enum fault_kind kind, const struct fault *fault);

/* The rule of this kind that applies, counted down; the longest prefix wins. `person` NULL: only rules for everybody.
 * `on` NULL: rules of any place. False: none. */
bool fault_take(
	struct faults *faults, enum fault_kind kind, const struct person *person, const char *on, struct fault *ret);

void faults_clear(struct faults *faults, enum fault_kind kind);

/* ---- the limits of the platform, where settings have switched them on ---- */

/* 0, or the code to refuse with. Counts the message when it is let through. */
int limits_refuse(struct sim *sim, struct person *person, bool in_window);

bool window_is_open(const struct sim *sim, const struct person *person);

#endif
