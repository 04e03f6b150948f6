/* Text mode (27.005 3): strings in the character set of AT+CSCS, messages as words. */
#ifndef BANDITORE_SIM_TEXT_MODE_H
#define BANDITORE_SIM_TEXT_MODE_H

#include "tests/sim/sim.h"

enum { SIM_CODED_MAX = 4 * SIM_TEXT_MAX };

/* UTF-8 to the character set at hand and back; what the set lacks stays as it is. */
void text_to_charset(const struct modem *m, const char *text, char coded[SIM_CODED_MAX]);
void text_from_charset(const struct modem *m, const char *coded, char text[SIM_CODED_MAX]);

/* One message of +CMGR (`index` < 0) or +CMGL. */
void text_mode_show(struct modem *m, int index, const struct slot *slot);

/* "REC UNREAD" and the like to <stat>; 4 for "ALL", -1: none of them. */
int text_mode_stat(const char *word);

#endif
