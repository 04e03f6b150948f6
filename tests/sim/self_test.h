#ifndef BANDITORE_SIM_SELF_TEST_H
#define BANDITORE_SIM_SELF_TEST_H

/* Checks the simulator's codec against PDUs made by others. Prints a line for each failure and a summary; returns the
 * exit status. */
int self_test(void);

#endif
