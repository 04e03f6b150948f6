/* The simulator against facts that do not come from it. */
#ifndef BANDITORE_GRAPH_SIM_SELF_TEST_H
#define BANDITORE_GRAPH_SIM_SELF_TEST_H

/* Prints what failed and a sum; the exit status. */
int self_test(void);

#endif
