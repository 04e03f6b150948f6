/* Italian public holidays (law 260/1949 as amended by 54/1977, 336/1985 (DPR 792), 336/2000; 4 October again from 2026, law
 * 151/2025). A comune's patron saint is its own affair. Pure; any thread. */
#ifndef BANDITORE_HOLIDAY_H
#define BANDITORE_HOLIDAY_H

#include <stdbool.h>

/* Years from 1583, month 1 to 12. Sundays are not meant, but for Easter's. */
bool holiday_is_italian(int year, int month, int day);

/* Easter Sunday of the Gregorian calendar. */
void holiday_easter(int year, int *ret_month, int *ret_day);

#endif
